package simulation

import (
	"testing"
	"time"

	"amparo/schemas/law/lawtest"
)

func TestSeedsShareNoSubjectAndEveryEventSaysThatItIsMadeUp(t *testing.T) {
	subjects := map[string]uint64{}
	for _, seed := range []uint64{1, 2, 0x12345678} {
		cfg := Recent(seed, 150, time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC))
		s, err := New(lawtest.Shipped(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		beside := 0
		for c := range s.Cases() {
			for e := range c.Arrivals() {
				if !e.Synthetic() {
					t.Fatalf("%s of %s: the source %s does not say that it is made up", e.ID, e.Subject, e.Source)
				}
				if other, known := subjects[e.Subject]; known && other != seed {
					t.Fatalf("the seeds %d and %d share the subject %s", other, seed, e.Subject)
				}
				subjects[e.Subject] = seed
			}
			beside += len(c.Beside)
		}
		if beside == 0 && seed == 1 {
			t.Error("no event of another subject: the test says less than it should")
		}
	}
}
