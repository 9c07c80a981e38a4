package event_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"amparo/schemas/event"
)

// What is printed without the general formatter is what that prints.
func TestInstantsArePrintedAsTheLibraryDoes(t *testing.T) {
	lima, rng := time.FixedZone("", -5*60*60), rand.New(rand.NewPCG(1, 1))
	instants := []time.Time{
		time.UnixMilli(0), time.Date(999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1000, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-3, 2, 29, 1, 2, 3, 4, time.UTC),
		time.Date(2024, 2, 29, 0, 0, 0, 10_000_000, lima), time.Date(2024, 2, 29, 23, 59, 59, 120_000_000, lima),
	}
	for range 20_000 {
		instants = append(instants, time.UnixMilli(rng.Int64N(1<<45)-1<<44), time.Unix(rng.Int64N(1<<33), rng.Int64N(1e9)).In(lima))
	}
	for _, at := range instants {
		if want, got := at.UTC().Format("2006-01-02T15:04:05.999Z07:00"), event.FormatInstant(at); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	if got := event.FormatInstant(time.Time{}); got != "" {
		t.Errorf("no instant is printed as %q", got)
	}
}
