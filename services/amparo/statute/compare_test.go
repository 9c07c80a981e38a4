package statute

import (
	"errors"
	"testing"

	"amparo/schemas/law/lawtest"
	"amparo/services/amparo/command"
)

func TestAWhatIfOfNothingIsRefused(t *testing.T) {
	cat := lawtest.Shipped(t)
	if _, err := (&lawWhatIfCmd{}).other(cat); !errors.Is(err, command.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
