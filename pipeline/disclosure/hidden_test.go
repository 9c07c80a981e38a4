package disclosure_test

import (
	"testing"

	"amparo/pipeline/disclosure"
)

func TestEveryReasonHasWords(t *testing.T) {
	for _, why := range []disclosure.Reason{disclosure.FewPersons, disclosure.TooFew, disclosure.NotYet} {
		if why.Text().ES == "" || why.Text().EN == "" {
			t.Errorf("%s has no words", why)
		}
	}
}

func TestAHiddenFigureHasNoNumberLeftInIt(t *testing.T) {
	figures, err := disclosure.ForPublic.Figures(under("nation", cell("a", 7, 3), cell("b", 60, 30), cell("c", 70, 30)))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b"} {
		if f := figures[key]; f.Hidden != disclosure.FewPersons || f.Persons != 0 || f.Parts != nil {
			t.Errorf("%s, of which one is small and one protects it, is %+v: both are hidden alike, and tell nothing", key, f)
		}
	}
}
