package indicator_test

import (
	"fmt"
	"testing"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/signals"
	"amparo/schemas/law/lawtest"
)

func TestStrengthIsTheShareOfSignalsBeyondTheirThreshold(t *testing.T) {
	for _, test := range []struct {
		beyond, withValue, all int
		want                   signals.Strength
	}{
		{0, 0, 0, signals.UnknownStrength},
		{1, 1, 1, signals.UnknownStrength}, // one signal says too little
		{2, 2, 7, signals.UnknownStrength}, // most have no value
		{2, 2, 6, signals.Strong},
		{0, 5, 6, signals.NoSign},
		{1, 2, 4, signals.Moderate}, // half, but only one
		{1, 4, 4, signals.Moderate},
		{1, 5, 6, signals.Weak},
		{4, 8, 9, signals.Strong},
		{3, 8, 9, signals.Moderate},
	} {
		if got := signals.StrengthOf(test.beyond, test.withValue, test.all); got != test.want {
			t.Errorf("%d beyond of %d with a value of %d: %s, want %s", test.beyond, test.withValue, test.all, got, test.want)
		}
	}
}

// What is said about causes is a sign of them: by those who are late, and by
// frontline workers, also where these name a region and no place.
func TestExplainedDelaysAndObservationsSpeakForCauses(t *testing.T) {
	story := ""
	for i := range 12 {
		cause := "insufficient-resources"
		if i%4 == 0 {
			cause = "bad-luck"
		}
		story += fmt.Sprintf("c-%d 2020-03-01T10:00 delay.explained duty=exam-performed cause=%s\n", i, cause)
	}
	for i := range 6 {
		story += fmt.Sprintf("p-%d 2020-03-01T10:00 observation.recorded kind=cause code=insufficient-resources\n", i)
	}
	story += "p-7 2020-03-01T10:00 observation.recorded kind=discrepancy code=training\n"
	cat := lawtest.Shipped(t)
	r := tell(t, story).reader(t, cat)
	count, err := r.Answer(t.Context(), obligation.Query{AsOf: now}, indicator.Request{Indicators: cat.Indicators, Grouping: "natural"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		cause, id string
		want      string
	}{
		{"insufficient-resources", "explained-delay-share-insufficient-resources", "9/12 beyond true"},
		{"bad-luck", "explained-delay-share-bad-luck", "3/12 beyond false"},
		{"insufficient-resources", "frontline-cause-share-insufficient-resources", "6/6 beyond true"},
		{"bad-luck", "frontline-cause-share-bad-luck", "0/6 beyond false"},
	} {
		for _, region := range []string{indicator.Nation, "highlands"} {
			got := "no signal"
			for _, v := range signals.SignsOf(count.Values, test.cause, region, indicator.All).All {
				if v.Indicator.ID == test.id {
					got = fmt.Sprintf("%g/%g beyond %t", v.Numerator, v.Denominator, v.Beyond())
				}
			}
			if got != test.want {
				t.Errorf("%s in %s: %s, want %s", test.id, region, got, test.want)
			}
		}
	}
	signs := signals.SignsOf(count.Values, "insufficient-resources", indicator.Nation, indicator.All)
	if signs.Beyond != 2 || signs.WithValue != 2 || signs.Strength() != signals.UnknownStrength {
		t.Errorf("%d beyond of %d of %d: %s", signs.Beyond, signs.WithValue, len(signs.All), signs.Strength())
	}
}
