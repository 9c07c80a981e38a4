package forecast

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestWarnings(t *testing.T) {
	region := func(string) string { return "highlands" }
	past := []Past{
		{Duty: "d", Minutes: 600, Ended: true, Count: 500}, {Duty: "d", Minutes: 1500, Ended: true, Count: 500},
	}
	open := func(age, n int64) []Age {
		return []Age{{Duty: "d", Place: "2101", Age: age, Allowed: 1440, FallsDue: true, Count: n}}
	}
	for _, c := range []struct {
		name     string
		past     []Past
		open     []Age
		expected float64 // below 0: none
	}{
		{"half of the young are missed", past, open(0, 40), 20},
		{"all that are past the quick ones are missed", past, open(700, 40), 40},
		{"without a past nothing is known", nil, open(0, 40), -1},
		{"a past that was not watched long enough tells nothing", []Past{{Duty: "d", Minutes: 600, Count: 500}}, open(0, 40), -1},
		{"nothing falls due", past, []Age{{Duty: "d", Place: "2101", Allowed: 9999, Count: 40}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Forecast(c.past, c.open, region, region)
			if err != nil || len(got) != 1 {
				t.Fatalf("%v, %v", got, err)
			}
			w := got[0]
			if w.Open != 40 || (w.Expected == nil) != (c.expected < 0) {
				t.Fatalf("%+v", w)
			}
			if w.Expected != nil {
				if diff := *w.Expected - c.expected; diff < -0.05 || diff > 0.05 {
					t.Errorf("expected %v, want %v", *w.Expected, c.expected)
				}
				if float64(w.Low) > *w.Expected || float64(w.High) < *w.Expected || w.High > w.FallDue {
					t.Errorf("%d to %d around %v", w.Low, w.High, *w.Expected)
				}
			}
		})
	}
}

func TestAnyPastGivesAForecast(t *testing.T) {
	same := func(place string) string { return place }
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SampledFrom([]int64{0, 15, 1440, 3000, 100_000})
		some := rapid.SampledFrom([]int64{1, 29, 31, 1_000_000})
		past := make([]Past, rapid.IntRange(0, 8).Draw(t, "past"))
		for i := range past {
			past[i] = Past{
				Duty: "d", Risk: rapid.SampledFrom([]string{"", "mild"}).Draw(t, "risk"), Minutes: minutes.Draw(t, "minutes"),
				Ended: rapid.Bool().Draw(t, "ended"), Count: some.Draw(t, "count"),
			}
		}
		open := []Age{}
		for range rapid.IntRange(1, 5).Draw(t, "open") {
			age := minutes.Draw(t, "age")
			open = append(open, Age{
				Duty: "d", Risk: "mild", Age: age, Allowed: age + minutes.Draw(t, "left"), FallsDue: rapid.Bool().Draw(t, "due"), Count: 1 + some.Draw(t, "count"),
			})
		}
		got, err := Forecast(past, open, same, same)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range got {
			if _, err := json.Marshal(w); err != nil {
				t.Fatal(err)
			}
			if w.Expected != nil && (float64(w.Low) > *w.Expected+1e-6 || float64(w.High) < *w.Expected-1e-6 || w.Low < 0 || w.High > w.FallDue) {
				t.Fatalf("%d to %d of %d around %v", w.Low, w.High, w.FallDue, *w.Expected)
			}
		}
	})
}
