package statistics

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// isClose is equality up to rounding.
func isClose(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}

var (
	levels = rapid.Float64Range(0.01, 0.9999)
	totals = rapid.OneOf(rapid.Int64Range(1, 30), rapid.Int64Range(1, 1_000_000_000))
)

// drawShare draws a count of successes and its total.
func drawShare(t *rapid.T) (k, n int64) {
	n = totals.Draw(t, "n")
	return rapid.Int64Range(0, n).Draw(t, "k"), n
}

func drawStratum(t *rapid.T) Table {
	k1, n1 := drawShare(t)
	k2, n2 := drawShare(t)
	return Table{k1, n1, k2, n2}
}

// drawRows draws observations with many ties, some of them entering late.
func drawRows(outcomes Outcome) *rapid.Generator[[]Observation] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Observation {
		o := Observation{
			Time:    float64(rapid.IntRange(0, 20).Draw(t, "time")) / 4,
			Outcome: Outcome(rapid.IntRange(0, int(outcomes)).Draw(t, "outcome")),
			Count:   rapid.Int64Range(1, 3).Draw(t, "count"),
		}
		if entry := float64(rapid.IntRange(0, 20).Draw(t, "entry")) / 4; entry < o.Time {
			o.Entry = entry
		}
		return o
	}), 1, 30)
}

func drawTable(t *rapid.T, label string, outcomes Outcome) LifeTable {
	table, err := Tabulate(drawRows(outcomes).Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestIntervalsOfSharesContainTheEstimateAndMirror(t *testing.T) {
	for name, estimate := range map[string]func(k, n int64, level float64) (Interval, error){
		"Wilson": Wilson, "Clopper-Pearson": ClopperPearson,
	} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			k, n := drawShare(t)
			level := levels.Draw(t, "level")
			v, err := estimate(k, n, level)
			if err != nil {
				t.Fatal(err)
			}
			if !(0 <= v.Low && v.Low <= v.Estimate && v.Estimate <= v.High && v.High <= 1) {
				t.Errorf("%+v", v)
			}
			mirror, err := estimate(n-k, n, level)
			if err != nil {
				t.Fatal(err)
			}
			if !isClose(mirror.Low, 1-v.High) || !isClose(mirror.High, 1-v.Low) {
				t.Errorf("%+v mirrors to %+v", v, mirror)
			}
		}))
	}
}

func TestExactIntervalLeavesHalfTheRestInEachTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(2, 100_000).Draw(t, "n")
		k := rapid.Int64Range(1, n-1).Draw(t, "k")
		level := levels.Draw(t, "level")
		v, err := ClopperPearson(k, n, level)
		if err != nil {
			t.Fatal(err)
		}
		below := binomialCDF(float64(k), float64(n), v.High, 1-v.High)
		above := 1 - binomialCDF(float64(k-1), float64(n), v.Low, 1-v.Low)
		if tail := (1 - level) / 2; math.Abs(below-tail) > 1e-9 || math.Abs(above-tail) > 1e-9 {
			t.Errorf("tails %v and %v, want %v", below, above, tail)
		}
	})
}

func TestNewcombeChangesSignWithTheGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, level := drawStratum(t), levels.Draw(t, "level")
		v, err := Newcombe(s.Successes1, s.Total1, s.Successes2, s.Total2, level)
		if err != nil {
			t.Fatal(err)
		}
		w, err := Newcombe(s.Successes2, s.Total2, s.Successes1, s.Total1, level)
		if err != nil {
			t.Fatal(err)
		}
		if !(-1 <= v.Low && v.Low <= v.Estimate && v.Estimate <= v.High && v.High <= 1) {
			t.Errorf("%+v", v)
		}
		if !isClose(v.Low, -w.High) || !isClose(v.High, -w.Low) {
			t.Errorf("%+v turns to %+v", v, w)
		}
	})
}

func TestOneStratumPoolsToTheCrudeEstimates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawStratum(t)
		pooled, err := MantelHaenszel([]Table{s}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		p1, p2 := float64(s.Successes1)/float64(s.Total1), float64(s.Successes2)/float64(s.Total2)
		if !isClose(pooled.RiskDifference.Value, p1-p2) || !isClose(CrudeRiskDifference([]Table{s}).Value, p1-p2) {
			t.Errorf("difference %v, want %v", pooled.RiskDifference, p1-p2)
		}
		if pooled.RiskRatio.Exists != (p2 > 0) || p2 > 0 && !isClose(pooled.RiskRatio.Value, p1/p2) {
			t.Errorf("ratio %v, want %v", pooled.RiskRatio, p1/p2)
		}
		if pooled.RiskDifferenceError.Value < 0 {
			t.Errorf("error %v", pooled.RiskDifferenceError)
		}
	})
}

func TestStrataInAnyOrderAndDoubledKeepTheEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.SliceOfN(rapid.Custom(drawStratum), 1, 6).Draw(t, "strata")
		once, err := MantelHaenszel(strata, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := MantelHaenszel(slices.Concat(strata, rapid.Permutation(strata).Draw(t, "again")), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if !isClose(once.RiskDifference.Value, twice.RiskDifference.Value) ||
			math.Abs(once.OddsRatio.Value-twice.OddsRatio.Value) > 1e-9*once.OddsRatio.Value {
			t.Errorf("%+v, doubled %+v", once, twice)
		}
	})
}

func TestBreslowDayIsZeroWhereTheOddsRatiosAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Int64Range(1, 1_000_000)
		a, b, c, d := count.Draw(t, "a"), count.Draw(t, "b"), count.Draw(t, "c"), count.Draw(t, "d")
		f := rapid.Int64Range(1, 100).Draw(t, "factor")
		test, err := BreslowDay([]Table{{a, a + b, c, c + d}, {f * a, f * (a + b), f * c, f * (c + d)}})
		if err != nil {
			t.Fatal(err)
		}
		if test.ChiSquared > 1e-6 || test.DF != 1 {
			t.Errorf("%+v", test)
		}
	})
}

func TestKaplanMeierWithoutCensoringIsTheShareStillWaiting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 60).Draw(t, "times")
		var all []Observation
		for _, time := range times {
			all = append(all, Observation{Time: time, Outcome: Event, Count: 1})
		}
		table, err := Tabulate(all)
		if err != nil {
			t.Fatal(err)
		}
		curve, err := KaplanMeier(table, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Float64Range(0, 110).Draw(t, "at")
		waiting, total := 0, 0.0
		for _, time := range times {
			if time > at {
				waiting++
			}
			total += math.Min(time, 110)
		}
		s := curve.At(at)
		want := float64(waiting) / float64(len(times))
		if !isClose(s.Survival.Value, want) {
			t.Errorf("S(%v) = %v, want %v", at, s.Survival, want)
		}
		if s.StdError.Exists && !isClose(s.StdError.Value, math.Sqrt(want*(1-want)/float64(len(times)))) {
			t.Errorf("error %v is not binomial", s.StdError)
		}
		mean, err := curve.RestrictedMean(110)
		if err != nil {
			t.Fatal(err)
		}
		if !isClose(mean.Value, total/float64(len(times))) {
			t.Errorf("mean %v, want %v", mean.Value, total/float64(len(times)))
		}
	})
}

func TestCurvesFallInsideTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		curve, err := KaplanMeier(drawTable(t, "rows", Event), levels.Draw(t, "level"))
		if err != nil {
			t.Fatal(err)
		}
		before := 1.0
		for _, p := range curve.Points {
			e := curve.At(p.Time)
			if !(0 <= p.Survival && p.Survival <= before) {
				t.Errorf("S(%v) = %v after %v", p.Time, p.Survival, before)
			}
			if e.Low.Exists != (p.Survival > 0) || e.Low.Exists && !(0 <= e.Low.Value && e.Low.Value <= p.Survival && p.Survival <= e.High.Value && e.High.Value <= 1) {
				t.Errorf("at %v: %+v", p.Time, e)
			}
			before = p.Survival
		}
		if m := curve.Median(); m.Time.Exists && m.Low.Exists && m.Low.Value > m.Time.Value || m.High.Exists && m.High.Value < m.Time.Value {
			t.Errorf("median %+v", m)
		}
	})
}

func TestAggregatedTablesEqualSingleRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		aggregated := drawRows(Competing).Draw(t, "rows")
		var single []Observation
		for _, o := range aggregated {
			for range o.Count {
				row := o
				row.Count = 1
				single = append(single, row)
			}
		}
		a, errA := Tabulate(aggregated)
		b, errB := Tabulate(rapid.Permutation(single).Draw(t, "order"))
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Errorf("%v, %v and %v, %v", a, errA, b, errB)
		}
	})
}

func TestGroupsJoinToTheTableOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := drawRows(Competing).Draw(t, "first"), drawRows(Competing).Draw(t, "second")
		a, errA := Tabulate(first)
		b, errB := Tabulate(second)
		before := slices.Clone(a)
		all, err := Tabulate(append(first, second...))
		if err != nil || errA != nil || errB != nil {
			t.Fatal(err, errA, errB)
		}
		if got := Join(a, b); !slices.Equal(got, all) || !slices.Equal(a, before) {
			t.Errorf("%v and %v join to %v, want %v", a, b, got, all)
		}
	})
}

func TestIncidencesOfBothKindsAddUpToThoseWhoEnded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, "rows", Competing)
		swapped := slices.Clone(table)
		for i := range swapped {
			swapped[i].Events, swapped[i].Competing = swapped[i].Competing, swapped[i].Events
		}
		of, err := AalenJohansen(table)
		if err != nil {
			t.Fatal(err)
		}
		other, err := AalenJohansen(swapped)
		if err != nil {
			t.Fatal(err)
		}
		either := slices.Clone(table)
		for i := range either {
			either[i].Events, either[i].Competing = either[i].Events+either[i].Competing, 0
		}
		free, err := KaplanMeier(either, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, 1, 2.5, 4, 5, 6} {
			s, f, g := free.At(at).Survival, of.At(at).Incidence, other.At(at).Incidence
			if s.Exists != f.Exists || s.Exists != g.Exists || s.Exists && !isClose(s.Value+f.Value+g.Value, 1) {
				t.Errorf("at %v: %v free, %v and %v ended", at, s, f, g)
			}
		}
	})
}

func TestWithoutCompetingEndsIncidenceIsOneLessSurvival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t, "rows", Event)
		incidence, err := AalenJohansen(table)
		if err != nil {
			t.Fatal(err)
		}
		curve, err := KaplanMeier(table, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, 1, 2.5, 4, 5, 6} {
			e, s := incidence.At(at), curve.At(at)
			if e.Incidence.Exists != s.Survival.Exists || s.Survival.Exists && !isClose(e.Incidence.Value, 1-s.Survival.Value) {
				t.Errorf("at %v: incidence %v, survival %v", at, e.Incidence, s.Survival)
			}
			if e.StdError.Exists != s.StdError.Exists || math.Abs(e.StdError.Value-s.StdError.Value) > 1e-7 {
				t.Errorf("at %v: Aalen's error %v, Greenwood's %v", at, e.StdError, s.StdError)
			}
		}
	})
}

func TestLogRankDoesNotDependOnTheOrderOfTheGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stratum := Stratum{drawTable(t, "a", Event), drawTable(t, "b", Event), drawTable(t, "c", Event)}
		rho := rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "rho")
		one, errOne := LogRank([]Stratum{stratum}, rho)
		other, errOther := LogRank([]Stratum{rapid.Permutation(stratum).Draw(t, "order")}, rho)
		if (errOne == nil) != (errOther == nil) {
			t.Fatalf("%v and %v", errOne, errOther)
		}
		if math.Abs(one.ChiSquared-other.ChiSquared) > 1e-6*math.Max(1, one.ChiSquared) || one.DF != other.DF {
			t.Errorf("%+v and %+v", one, other)
		}
		if errOne == nil && !(one.P >= 0 && one.P <= 1) {
			t.Errorf("p = %v", one.P)
		}
	})
}

func TestTheSameStrataTwiceDoubleTheLogRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stratum := Stratum{drawTable(t, "a", Event), drawTable(t, "b", Event)}
		once, err := LogRank([]Stratum{stratum}, 0)
		twice, errTwice := LogRank([]Stratum{stratum, stratum}, 0)
		if (err == nil) != (errTwice == nil) || !isClose(2*once.ChiSquared, twice.ChiSquared) {
			t.Errorf("once %+v, %v; twice %+v, %v", once.Test, err, twice.Test, errTwice)
		}
	})
}

func TestLogRankAccountsForEveryEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stratum := Stratum{drawTable(t, "a", Event), drawTable(t, "b", Event)}
		got, _ := LogRank([]Stratum{stratum}, 0) // The groups are filled even where the test is undefined.
		var observed, expected float64
		for _, g := range got.Groups {
			observed, expected = observed+g.Observed, expected+g.Expected
		}
		if events := stratum[0].Events() + stratum[1].Events(); observed != float64(events) || !isClose(expected, observed) {
			t.Errorf("%d events, observed %v, expected %v", events, observed, expected)
		}
	})
}

func TestFunnelNarrowsTowardsTheTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target := rapid.Float64Range(0.001, 0.999).Draw(t, "target")
		n := totals.Draw(t, "n")
		v, err := Funnel(target, n)
		if err != nil {
			t.Fatal(err)
		}
		if !(0 <= v.Low998 && v.Low998 <= v.Low95 && v.Low95 <= v.High95 && v.High95 <= v.High998 && v.High998 <= 1) {
			t.Errorf("%+v", v)
		}
		// The interpolation moves a limit by less than one case beyond the plain quantile.
		if one := 1 / float64(n); v.Low95 > target+one || v.High95 < target-one {
			t.Errorf("%+v around %v", v, target)
		}
	})
}

func TestAdjustedPValuesKeepOrderAndOnlyGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 20).Draw(t, "p")
		holm, err := Holm(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p {
			if !(p[i] <= holm[i] && holm[i] <= 1) {
				t.Errorf("p %v, Holm %v", p[i], holm[i])
			}
			for j := range p {
				if p[i] < p[j] && holm[i] > holm[j] {
					t.Errorf("order of %v and %v is lost", p[i], p[j])
				}
			}
		}
	})
}
