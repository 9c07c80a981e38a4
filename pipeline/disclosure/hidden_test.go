package disclosure_test

import (
	"encoding/json"
	"strings"
	"testing"

	"amparo/pipeline/disclosure"
)

func TestOneLookForWhatIsHidden(t *testing.T) {
	tests := map[string]struct {
		number         disclosure.Number
		json, cell, es string
	}{
		"shown":  {disclosure.Shown(1205), `{"value":1205}`, "1205", "1205"},
		"zero":   {disclosure.Shown(0), `{"value":0}`, "0", "0"},
		"hidden": {disclosure.Hide(disclosure.FewPersons), `{"value":null,"hidden":"few-persons"}`, "<few-persons>", "oculto: pocas personas"},
		"later":  {disclosure.Hide(disclosure.NotYet), `{"value":null,"hidden":"not-yet-published"}`, "<not-yet-published>", "aún no publicado"},
	}
	for name, test := range tests {
		b, err := json.Marshal(test.number)
		if string(b) != test.json || test.number.Cell() != test.cell || test.number.Alt("es") != test.es || err != nil {
			t.Errorf("%s: %s, %q, %q (%v)", name, b, test.number.Cell(), test.number.Alt("es"), err)
		}
	}
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
		for _, n := range figures[key].Numbers(2) {
			if value, ok := n.Value(); ok || value != 0 || !strings.HasPrefix(n.Cell(), "<") {
				t.Errorf("%s: %v", key, n)
			}
		}
	}
	for i, want := range []uint64{70, 30, 40} {
		if got, ok := figures["c"].Numbers(2)[i].Value(); !ok || got != want {
			t.Errorf("c: part %d is %d, want %d", i, got, want)
		}
	}
}
