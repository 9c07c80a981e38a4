package statute

import (
	"errors"
	"testing"

	"amparo/schemas/law/lawtest"
	"amparo/services/amparo/command"
	"amparo/services/present"
)

func TestAWhatIfOfNothingIsRefused(t *testing.T) {
	cat := lawtest.Shipped(t)
	if _, err := (&lawWhatIfCmd{}).other(cat); !errors.Is(err, command.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// Every way of counting has words: a table shows no key of the catalogue's files.
func TestEveryFormOfAnIndicatorHasWords(t *testing.T) {
	for _, ind := range lawtest.Shipped(t).Indicators {
		if form := ind.Measure.Form(); present.Word("form", form).ES == form {
			t.Errorf("%s: no word for %q", ind.ID, form)
		}
	}
}
