package present_test

import (
	"strings"
	"testing"

	"amparo/pipeline/comparison"
	"amparo/schemas/law"
	"amparo/services/present"
)

// compared compares two sides of one stratum: in time, of due.
func compared(t *testing.T, metA, dueA, metB, dueB int64) *comparison.Comparison {
	t.Helper()
	out, err := comparison.Compare(sides, []comparison.Topic{{ID: "d", Counts: []comparison.SideCount{
		{Side: 0, Stratum: "mild", Counts: comparison.Counts{Met: metA, Failed: dueA - metA}},
		{Side: 1, Stratum: "mild", Counts: comparison.Counts{Met: metB, Failed: dueB - metB}},
	}}}, comparison.DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	return &out[0]
}

var sides = [2]law.Text{present.Say("Sierra", "Highlands"), present.Say("Costa", "Coast")}

func TestAComparisonIsSaidWithNumbersIntervalAndVerdict(t *testing.T) {
	for _, tt := range []struct {
		metA, dueA, metB, dueB int64
		es, en                 string
	}{
		{1400, 2000, 1600, 2000,
			"Dictar medidas: Sierra 70.0% en plazo (n = 2,000), Costa 80.0% en plazo (n = 2,000); diferencia de −10.0 puntos (intervalo de 95%: −12.7 a −7.3) entre casos de igual riesgo. DIFERENTE.",
			"Decide: Highlands 70.0% in time (n = 2,000), Coast 80.0% in time (n = 2,000); a difference of −10.0 points (95% interval: −12.7 to −7.3) between cases of equal risk. DIFFERENT."},
		{3, 9, 5, 10,
			"Dictar medidas: Sierra n = 9, Costa 50%† en plazo (n = 10). NO SE SABE: hacen falta al menos 30 casos vencidos en cada lado.",
			"Decide: Highlands n = 9, Coast 50%† in time (n = 10). UNKNOWN: at least 30 cases that have fallen due are needed on each side."},
	} {
		said := present.Comparison(sides, present.Say("Dictar medidas", "Decide"), compared(t, tt.metA, tt.dueA, tt.metB, tt.dueB))
		if said.ES != tt.es {
			t.Errorf("%s\nwant\n%s", said.ES, tt.es)
		}
		if said.EN != tt.en {
			t.Errorf("%s\nwant\n%s", said.EN, tt.en)
		}
	}
}

func TestADifferenceWithinTheMarginIsSaid(t *testing.T) {
	said := present.Comparison(sides, present.Say("", ""), compared(t, 800_000, 1_000_000, 810_000, 1_000_000))
	if !strings.Contains(said.ES, "menos que el margen de 5 puntos") || !strings.Contains(said.EN, "less than the margin of 5 points") {
		t.Errorf("%+v", said)
	}
}

func TestNoCountsAreSaidAsNumbersThatAreNone(t *testing.T) {
	for _, n := range [][4]int64{{0, 0, 0, 0}, {0, 0, 40, 50}, {1, 1, 0, 1}, {0, 2_000_000_000, 2_000_000_000, 2_000_000_000}} {
		said := present.Comparison(sides, present.Say("", ""), compared(t, n[0], n[1], n[2], n[3]))
		if text := said.ES + said.EN; strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || strings.Contains(text, "%!") {
			t.Errorf("%v: %s", n, text)
		}
	}
}
