package law_test

import (
	"testing"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

func TestABasisIsTheKindAndTheLowestConfidence(t *testing.T) {
	high, medium, low := law.Basis{law.Law, "high"}, law.Basis{law.Law, "medium"}, law.Basis{law.Law, law.LowConfidence}
	for name, test := range map[string]struct {
		of   []law.Basis
		want law.Basis
	}{
		"nothing":                  {nil, law.Basis{}},
		"one":                      {[]law.Basis{medium}, medium},
		"lowest first":             {[]law.Basis{low, high}, low},
		"lowest last":              {[]law.Basis{high, medium, low}, low},
		"law and target":           {[]law.Basis{high, {law.Target, "medium"}}, law.Basis{law.Mixed, "medium"}},
		"mixed stays mixed":        {[]law.Basis{high, {law.Target, "high"}, low}, law.Basis{law.Mixed, law.LowConfidence}},
		"nothing changes nothing":  {[]law.Basis{high, {}}, high},
		"mixed with a mixed basis": {[]law.Basis{high, {law.Mixed, "medium"}}, law.Basis{law.Mixed, "medium"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got law.Basis
			for _, b := range test.of {
				got.Add(b)
			}
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTargetsAndLowConfidenceAreMarked(t *testing.T) {
	for want, of := range map[string]law.Basis{
		"": {law.Law, "medium"}, "confianza baja": {law.Law, law.LowConfidence},
		"meta del proyecto, no es un plazo legal":                    {law.Target, "high"},
		"meta del proyecto, no es un plazo legal; confianza baja":    {law.Target, law.LowConfidence},
		"en parte meta del proyecto, no plazo legal; confianza baja": {law.Mixed, law.LowConfidence},
	} {
		if got := of.Mark().ES; got != want {
			t.Errorf("%v is marked %q, want %q", of, got, want)
		}
	}
}

func TestIndicatorsSayOnWhatWeightTheyRest(t *testing.T) {
	c := lawtest.Shipped(t)
	want := map[string]law.Kind{
		"pm-on-time-share": law.Law, "deadline-on-time-share": law.Law, "outcome-despite-compliance": law.Law,
		"breach-response-on-time-share": law.Mixed, "pm-executed-share": "", "no-number-duty-share": "",
	}
	for _, ind := range c.Indicators {
		if kind, ok := want[ind.ID]; ok && c.WeightOf(ind) != kind {
			t.Errorf("%s rests on %q, want %q", ind.ID, c.WeightOf(ind), kind)
		}
		delete(want, ind.ID)
	}
	if len(want) > 0 {
		t.Errorf("no such indicators: %v", want)
	}
}
