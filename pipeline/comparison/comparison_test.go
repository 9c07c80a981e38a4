package comparison

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"amparo/schemas/law"
)

var (
	names = [2]law.Text{{ES: "Sierra", EN: "Highlands"}, {ES: "Costa", EN: "Coast"}}
	title = law.Text{ES: "Dictar medidas", EN: "Decide"}
)

// stratum is both sides of one stratum: on time of due.
func stratum(name string, metA, dueA, metB, dueB int64) []SideCount {
	return []SideCount{
		{Side: 0, Stratum: name, Counts: Counts{Met: metA, Failed: dueA - metA}},
		{Side: 1, Stratum: name, Counts: Counts{Met: metB, Failed: dueB - metB}},
	}
}

func strata(parts ...[]SideCount) []SideCount {
	var out []SideCount
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func compared(t testing.TB, counts []SideCount) Comparison {
	t.Helper()
	out, err := Compare(names, []Topic{{ID: "d", Title: title, Counts: counts}}, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// berkeley are the applications to six departments in 1973, men against women:
// P. J. Bickel, E. A. Hammel and J. W. O'Connell, Science 187 (1975) 398.
func berkeley() []SideCount {
	return strata(
		stratum("A", 512, 825, 89, 108), stratum("B", 353, 560, 17, 25), stratum("C", 120, 325, 202, 593),
		stratum("D", 138, 417, 131, 375), stratum("E", 53, 191, 94, 393), stratum("F", 22, 373, 24, 341),
	)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestStrataTurnTheCrudeDifferenceRound(t *testing.T) {
	c := compared(t, berkeley())
	near(t, "crude difference", c.Crude.Estimate, 0.141645, 1e-6)
	near(t, "its lower limit", c.Crude.Low, 0.113213, 1e-6)
	near(t, "its upper limit", c.Crude.High, 0.169570, 1e-6)
	near(t, "pooled difference", c.Difference.Estimate, -0.018425, 1e-6)
	near(t, "its half width", c.Difference.High-c.Difference.Estimate, 1.959964*0.014825, 1e-5)
	near(t, "heterogeneity", *c.Heterogeneity, 0.002071, 1e-6)
	if c.Verdict == Different {
		t.Error("a difference made by the mix alone came out as different")
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name    string
		counts  []SideCount
		verdict Verdict
		doubt   Doubt
	}{
		{"a clear gap is different", strata(stratum("mild", 1400, 2000, 1600, 2000)), Different, ""},
		{"a gap in every stratum is different", strata(stratum("mild", 700, 1000, 800, 1000), stratum("severe", 500, 1000, 600, 1000)), Different, ""},
		{"large equal sides are equivalent", strata(stratum("mild", 4000, 5000, 3990, 5000)), Equivalent, ""},
		{"small equal sides are unknown", strata(stratum("mild", 80, 100, 78, 100)), Unknown, DoubtWide},
		{"all on time on both sides is equivalent when large", strata(stratum("mild", 1000, 1000, 1000, 1000)), Equivalent, ""},
		{"none on time on both sides is equivalent when large", strata(stratum("mild", 0, 1000, 0, 1000)), Equivalent, ""},
		{"all against none is different", strata(stratum("mild", 50, 50, 0, 50)), Different, ""},
		{"nothing at all is unknown", nil, Unknown, DoubtNoCases},
		{"one empty side is unknown", strata(stratum("mild", 30, 40, 0, 0)), Unknown, DoubtNoCases},
		{"nine cases give no rate", strata(stratum("mild", 0, 9, 900, 1000)), Unknown, DoubtTooFew},
		{"twenty-nine cases give no flag", strata(stratum("mild", 0, 29, 1000, 1000)), Unknown, DoubtTooFew},
		{"thirty cases may be flagged", strata(stratum("mild", 0, 30, 1000, 1000)), Different, ""},
		{"no stratum in common is unknown", strata(stratum("mild", 50, 100, 0, 0), stratum("severe", 0, 0, 90, 100)), Unknown, DoubtNoStrata},
		{"strata that point apart are not pooled", strata(stratum("mild", 900, 1000, 500, 1000), stratum("severe", 500, 1000, 900, 1000)), Unknown, DoubtOpposed},
		{"missing risk is a stratum like others", strata(stratum("", 1400, 2000, 1600, 2000)), Different, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compared(t, c.counts)
			if got.Verdict != c.verdict || got.Reason != c.doubt {
				t.Errorf("verdict %s (%s), want %s (%s): %+v", got.Verdict, got.Reason, c.verdict, c.doubt, got.Difference)
			}
		})
	}
}

func TestRatesNeedTen(t *testing.T) {
	c := compared(t, strata(stratum("mild", 3, 9, 5, 10)))
	if c.Sides[0].Rate != nil || c.Sides[1].Rate == nil || c.Crude != nil || c.Difference != nil {
		t.Errorf("rates %v and %v, differences %v and %v", c.Sides[0].Rate, c.Sides[1].Rate, c.Crude, c.Difference)
	}
}

func TestADifferenceWithinTheMarginSaysSo(t *testing.T) {
	c := compared(t, strata(stratum("mild", 800_000, 1_000_000, 810_000, 1_000_000)))
	if c.Verdict != Different || !c.SmallButSet {
		t.Errorf("verdict %s, small %t", c.Verdict, c.SmallButSet)
	}
}

func TestTheMoreIsLookedAtTheMoreItTakes(t *testing.T) {
	gap := strata(stratum("mild", 700, 1000, 745, 1000)) // about 2.2 errors
	if c := compared(t, gap); c.Verdict != Different {
		t.Fatalf("alone: %s", c.Verdict)
	}
	topics := []Topic{{ID: "gap", Counts: gap}}
	for range 9 {
		topics = append(topics, Topic{Counts: strata(stratum("mild", 700, 1000, 700, 1000))})
	}
	out, err := Compare(names, topics, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	if out[0].Verdict == Different || out[0].Family != 10 {
		t.Errorf("in a family of %d: %s", out[0].Family, out[0].Verdict)
	}
	near(t, "confidence in the family", out[0].InFamily.Level, 0.995, 1e-12)
}

func TestScatterOfOfficesWidensTheInterval(t *testing.T) {
	var even, uneven []SideCount
	for side := range 2 {
		for i := range 10 {
			office := string(rune('a' + i))
			even = append(even, SideCount{Side: side, Stratum: "mild", Office: office, Counts: Counts{Met: 70, Failed: 30}})
			met := int64(50 + 40*(i%2))
			uneven = append(uneven, SideCount{Side: side, Stratum: "mild", Office: office, Counts: Counts{Met: met, Failed: 100 - met}})
		}
	}
	narrow, wide := compared(t, even), compared(t, uneven)
	if narrow.Scatter.Phi == nil || *narrow.Scatter.Phi != 0 {
		t.Errorf("phi of equal offices = %v", narrow.Scatter.Phi)
	}
	// Each office is 20 cases off: 400 over a variance of 21, times 10/9.
	near(t, "phi", *wide.Scatter.Phi, 400.0/21*10/9, 1e-9)
	if wide.Difference.High < 3*narrow.Difference.High {
		t.Errorf("upper limit %v, with scatter %v", narrow.Difference.High, wide.Difference.High)
	}
}

func TestFewOfficesSayNothingOfScatter(t *testing.T) {
	c := compared(t, []SideCount{
		{Side: 0, Office: "a", Counts: Counts{Met: 90, Failed: 10}}, {Side: 0, Office: "b", Counts: Counts{Met: 10, Failed: 90}},
		{Side: 1, Office: "c", Counts: Counts{Met: 50, Failed: 50}}, {Side: 1, Office: "d", Counts: Counts{Met: 50, Failed: 50}},
	})
	if c.Scatter.Phi != nil || c.Scatter.Offices != 4 {
		t.Errorf("scatter %+v", c.Scatter)
	}
}

func TestWhatIsNotDueIsCountedBeside(t *testing.T) {
	c := compared(t, []SideCount{{Side: 0, Counts: Counts{Met: 40, Failed: 10, NotDue: 7, Unclear: 3, Void: 2}}, {Side: 1, Counts: Counts{Met: 40, Failed: 10}}})
	if got := c.Sides[0].Counts; got.Due() != 50 || got.NotDue != 7 || got.Unclear != 3 || got.Void != 2 {
		t.Errorf("counts %+v", got)
	}
}

func TestTermsAreChecked(t *testing.T) {
	for _, terms := range []Terms{{}, {Margin: 0, Alpha: 0.05}, {Margin: 1, Alpha: 0.05}, {Margin: math.NaN(), Alpha: 0.05}, {Margin: 0.05, Alpha: 0.5}, {Margin: 0.05, Alpha: math.NaN()}} {
		if _, err := Compare(names, nil, terms); err == nil {
			t.Errorf("%+v was accepted", terms)
		}
	}
}

func swapped(counts []SideCount) []SideCount {
	out := make([]SideCount, len(counts))
	for i, c := range counts {
		c.Side = 1 - c.Side
		out[i] = c
	}
	return out
}

// Any counts give an answer that is all numbers, and swapping the sides turns
// the difference round and keeps the verdict.
func TestAnyCountsGiveAnAnswerThatSwapsWithTheSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int64{0, 1, 3, 15, 40, 300, 5000, 2_000_000_000})
		counts := make([]SideCount, rapid.IntRange(0, 30).Draw(t, "counts"))
		for i := range counts {
			n := size.Draw(t, "n")
			met := rapid.SampledFrom([]int64{0, n, n / 2, n / 3, rapid.Int64Range(0, n).Draw(t, "met")}).Draw(t, "which")
			counts[i] = SideCount{
				Side: rapid.IntRange(0, 1).Draw(t, "side"), Stratum: rapid.SampledFrom([]string{"", "mild", "severe"}).Draw(t, "stratum"),
				Office: rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f", "g"}).Draw(t, "office"),
				Counts: Counts{Met: met, Failed: n - met, NotDue: n / 5},
			}
		}
		terms := Terms{Margin: rapid.SampledFrom([]float64{0.001, 0.05, 0.5}).Draw(t, "margin"), Alpha: 0.05}
		topics := []Topic{{Counts: counts}, {Counts: counts[:len(counts)/2]}}
		turned := []Topic{{Counts: swapped(counts)}, {Counts: swapped(counts[:len(counts)/2])}}
		a, err := Compare(names, topics, terms)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Compare([2]law.Text{names[1], names[0]}, turned, terms)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a {
			if _, err := json.Marshal(a[i]); err != nil {
				t.Fatalf("%+v: %v", a[i], err)
			}
			if a[i].Verdict != b[i].Verdict || a[i].Reason != b[i].Reason {
				t.Fatalf("%s (%s), swapped %s (%s)", a[i].Verdict, a[i].Reason, b[i].Verdict, b[i].Reason)
			}
			checkBounds(t, a[i].Crude, b[i].Crude)
			checkBounds(t, a[i].Difference, b[i].Difference)
			checkBounds(t, a[i].InFamily, b[i].InFamily)
			if a[i].Verdict == Unknown && a[i].Reason == "" || a[i].Verdict != Unknown && a[i].Reason != "" {
				t.Fatalf("verdict %s, reason %q", a[i].Verdict, a[i].Reason)
			}
			if a[i].MoreNeeded < 0 {
				t.Fatal(a[i].MoreNeeded)
			}
		}
	})
}

func checkBounds(t *rapid.T, a, b *Bounds) {
	if (a == nil) != (b == nil) {
		t.Fatalf("%v, swapped %v", a, b)
	}
	if a == nil {
		return
	}
	if !(a.Low <= a.Estimate && a.Estimate <= a.High) || a.Low < -1 || a.High > 1 {
		t.Fatalf("interval %+v", *a)
	}
	const tiny = 1e-6 // Thousands of millions of cases cost digits.
	if math.Abs(a.Estimate+b.Estimate) > tiny || math.Abs(a.Low+b.High) > tiny || math.Abs(a.High+b.Low) > tiny {
		t.Fatalf("interval %+v, swapped %+v", *a, *b)
	}
}
