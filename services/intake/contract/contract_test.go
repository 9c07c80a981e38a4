package contract_test

import (
	"os"
	"testing"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/intake/contract"
)

// catalogues are those that ship: the contract is made of any.
func catalogues(t *testing.T) map[string]*law.Catalogue {
	t.Helper()
	shipped, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	road, err := load.Catalogue(os.DirFS("../../../examples/road-traffic/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*law.Catalogue{"ley-30364": shipped, "road-traffic": road}
}

func TestEveryEventTypeHasAnExampleThatIsAcceptedAndOneThatIsNot(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, cat := range catalogues(t) {
		examples, err := contract.Examples(cat)
		if err != nil {
			t.Fatal(err)
		}
		if len(examples) != len(cat.Events.Names()) {
			t.Errorf("%s: %d examples for %d types", name, len(examples), len(cat.Events.Names()))
		}
		for _, e := range examples {
			if _, err := cat.Door().Decode(e.Accepted, now); err != nil {
				t.Errorf("%s is refused: %v\n%s", e.Type, err, e.Accepted)
			}
			_, err := cat.Door().Decode(e.Refused, now)
			if why := event.AsRefusal(err); err == nil || why.Reason != e.Reason || why.Field != e.Field {
				t.Errorf("%s: refused with %v, want %s in %s\n%s", e.Type, err, e.Reason, e.Field, e.Refused)
			}
		}
	}
}
