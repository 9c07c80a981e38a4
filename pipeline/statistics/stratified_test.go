package statistics

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The critical values at 5 % of the paper's first table.
func TestGailSimonMatchesPublishedCriticalValues(t *testing.T) {
	for strata, q := range map[int]float64{2: 2.71, 3: 4.23, 4: 5.43} {
		near(t, fmt.Sprintf("chance with %d strata", strata), qualitativeP(q, strata), 0.05, 5e-4)
	}
}

// By hand: 79 and 59 of 98 with one more of either outcome are 0.8 and 0.6, so that z² = 0.04/(0.16/98 + 0.24/98) = 9.8
// in both directions, and with two strata p is half the tail of a chi-squared variable with one degree of freedom.
func TestGailSimonSeesStrataThatPointApart(t *testing.T) {
	up, down := Table{79, 98, 59, 98}, Table{59, 98, 79, 98}
	got, err := GailSimon([]Table{up, down, {3, 5, 0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Q", got.ChiSquared, 9.8, 1e-12)
	near(t, "p", got.P, math.Erfc(math.Sqrt(4.9))/2, 1e-12)
	same, err := GailSimon([]Table{up, up})
	if err != nil || same.ChiSquared != 0 || same.P != 0.5 {
		t.Errorf("in one direction: %+v, %v", same, err)
	}
	for name, tables := range map[string][]Table{"one stratum": {up}, "one with both groups": {up, {1, 2, 0, 0}}, "none": nil} {
		if _, err := GailSimon(tables); !errors.Is(err, ErrUndefined) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := GailSimon([]Table{{3, 2, 1, 2}, up}); !errors.Is(err, ErrInvalid) {
		t.Errorf("impossible counts: %v", err)
	}
}

func TestGailSimonKnowsNoFirstGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tables := rapid.SliceOfN(rapid.Custom(drawStratum), 2, 6).Draw(t, "strata")
		turned := make([]Table, len(tables))
		for i, s := range tables {
			turned[i] = Table{s.Successes2, s.Total2, s.Successes1, s.Total1}
		}
		a, err := GailSimon(rapid.Permutation(tables).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := GailSimon(turned)
		if err != nil || !isClose(a.ChiSquared, b.ChiSquared) || !isClose(a.P, b.P) || !(a.P >= 0 && a.P <= 1) {
			t.Errorf("%+v, with the groups exchanged %+v, %v", a, b, err)
		}
	})
}

// By hand: of ten clusters of 100 half have 50 and half 90 successes. Each is 20 off the 70 expected, over a variance of
// 21: φ = 10/9 · 400/21 in both groups.
func scattered(group int) []ClusterCount {
	var counts []ClusterCount
	for i := range 10 {
		counts = append(counts, ClusterCount{Group: group, Cluster: fmt.Sprint(i), Successes: int64(50 + 40*(i%2)), Total: 100})
	}
	return counts
}

func TestClustersScatterMoreThanCases(t *testing.T) {
	both := append(scattered(0), scattered(1)...)
	got, err := Cluster(both)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "phi", got.Phi, 400.0/21*10/9, 1e-12)
	if got.Clusters != [2]int{10, 10} || got.Covered != [2]float64{1, 1} {
		t.Errorf("%+v", got)
	}
	// As many cases again without a cluster, in the same shares.
	loose := append(both, ClusterCount{Group: 0, Successes: 700, Total: 1000})
	if got, err = Cluster(loose); err != nil || math.Abs(got.Covered[0]-0.5) > 1e-12 || got.Covered[1] != 1 {
		t.Errorf("half without a cluster: %+v, %v", got, err)
	}
	if got, err = Cluster(both[:11]); err != nil || got.Phi.Exists || got.Clusters != [2]int{10, 1} {
		t.Errorf("one cluster in a group: %+v, %v", got, err)
	}
	// A mix of strata that explains it all is no scatter.
	mix := []ClusterCount{}
	for group := range 2 {
		for i := range 4 {
			mix = append(mix, ClusterCount{group, "mild", fmt.Sprint(i), int64(9 * i), int64(10 * i)}, ClusterCount{group, "severe", fmt.Sprint(i), int64(5 * (4 - i)), int64(10 * (4 - i))})
		}
	}
	if got, err = Cluster(mix); err != nil || !got.Phi.Exists || got.Phi.Value > 1e-12 {
		t.Errorf("scatter of the mix alone: %+v, %v", got, err)
	}
	for name, bad := range map[string]ClusterCount{"a third group": {Group: 2, Total: 1}, "more than all": {Successes: 2, Total: 1}, "a negative count": {Successes: -1}} {
		if _, err := Cluster([]ClusterCount{bad}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func stratify(t testing.TB, phi Optional, clusters int, tables ...Table) *StratifiedDifference {
	t.Helper()
	d, err := Stratify(tables, phi, clusters)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func interval(t testing.TB, d *StratifiedDifference, level float64) Interval {
	t.Helper()
	i, err := d.Interval(level)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestOneStratumIsNewcombesDifference(t *testing.T) {
	want, err := Newcombe(56, 70, 48, 80, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	got := interval(t, stratify(t, Optional{}, 0, Table{56, 70, 48, 80}, Table{5, 9, 0, 0}), 0.95)
	near(t, "estimate", got.Estimate, want.Estimate, 1e-12)
	near(t, "low", got.Low, want.Low, 1e-9)
	near(t, "high", got.High, want.High, 1e-9)
}

func TestManyStrataHaveSatosErrorAndClustersWidenIt(t *testing.T) {
	pooled, err := MantelHaenszel(admissions(t), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	d, stdError := pooled.RiskDifference.Value, pooled.RiskDifferenceError.Value
	got := interval(t, stratify(t, Optional{}, 0, admissions(t)...), 0.95)
	near(t, "low", got.Low, d-1.9599639845400545*stdError, 1e-9)
	near(t, "high", got.High, d+1.9599639845400545*stdError, 1e-9)
	// φ = 4 doubles the error; t with 10 degrees of freedom at 95 % is 2.228138852.
	wide := interval(t, stratify(t, Some(4), 12, admissions(t)...), 0.95)
	near(t, "low with clusters", wide.Low, d-2.228138851986274*2*stdError, 1e-9)
	// Clusters that differ less than chance narrow nothing.
	if even := interval(t, stratify(t, Some(0.2), 12, admissions(t)...), 0.95); even != got {
		t.Errorf("even clusters give %+v, not %+v", even, got)
	}
}

func TestWhatCannotBePooledIsRefused(t *testing.T) {
	if _, err := Stratify([]Table{{1, 2, 0, 0}}, Optional{}, 0); !errors.Is(err, ErrUndefined) {
		t.Errorf("one group: %v", err)
	}
	if _, err := Stratify([]Table{{1, 2, 1, 2}}, Some(2), 2); !errors.Is(err, ErrInvalid) {
		t.Errorf("two clusters: %v", err)
	}
	d := stratify(t, Optional{}, 0, Table{1, 2, 1, 2})
	_, level := d.Interval(95)
	_, margin := d.TOST(0)
	_, alpha := d.Detectable(0, 0.8)
	_, power := d.Detectable(0.05, 1)
	for name, err := range map[string]error{"a level in per cent": level, "no margin": margin, "no alpha": alpha, "certain power": power} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEquivalenceNeedsEnoughData(t *testing.T) {
	small, err := stratify(t, Optional{}, 0, Table{80, 100, 78, 100}).TOST(0.10)
	if err != nil || small <= 0.05 {
		t.Errorf("80 %% v 78 %% of 100 at ± 10 points: p = %v, %v", small, err)
	}
	large, err := stratify(t, Optional{}, 0, Table{800, 1000, 780, 1000}).TOST(0.05)
	if err != nil || large > 0.05 {
		t.Errorf("80 %% v 78 %% of 1000 at ± 5 points: p = %v, %v", large, err)
	}
}

// Tests and intervals are one thing looked at from two sides.
func TestTestsAndIntervalsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tables := rapid.SliceOfN(rapid.Custom(drawStratum), 1, 4).Draw(t, "strata")
		phi, clusters := Optional{}, 0
		if rapid.Bool().Draw(t, "clusters") {
			phi, clusters = Some(rapid.Float64Range(0, 2).Draw(t, "phi")), 20
		}
		d, err := Stratify(tables, phi, clusters)
		if err != nil {
			t.Skip(err)
		}
		value := rapid.Float64Range(-0.9, 0.9).Draw(t, "value")
		if p := d.PValue(value); p > 1e-3 && p < 1-1e-3 {
			i, err := d.Interval(1 - p)
			if err != nil {
				t.Fatal(err)
			}
			if distance := math.Min(math.Abs(i.Low-value), math.Abs(i.High-value)); distance > 1e-5 {
				t.Errorf("p %v of %v, but the interval %+v does not end there", p, value, i)
			}
		}
		margin, alpha := rapid.Float64Range(0.01, 0.5).Draw(t, "margin"), rapid.Float64Range(0.001, 0.4).Draw(t, "alpha")
		p, err := d.TOST(margin)
		if err != nil {
			t.Fatal(err)
		}
		i, err := d.Interval(1 - 2*alpha)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p-alpha) > 1e-6 && (p <= alpha) != i.Within(margin) {
			t.Errorf("p %v at an alpha of %v, interval %+v, margin %v", p, alpha, i, margin)
		}
	})
}

// By hand: two equal strata of 50 and 50 of 100 have an error of √(2·0.25/200) = 0.05; what 8 of 10 such would show is
// (1.959964 + 0.841621)·0.05. Four times as many cases halve it, and three times as many more decide a
// difference of 0 at a margin of half the interval.
func TestPowerOfADifference(t *testing.T) {
	d := stratify(t, Optional{}, 0, Table{50, 100, 50, 100}, Table{50, 100, 50, 100})
	least, err := d.Detectable(0.05, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "detectable", least, (1.9599639845400545+0.8416212335729143)*0.05, 1e-9)
	more, err := stratify(t, Optional{}, 0, Table{200, 400, 200, 400}, Table{200, 400, 200, 400}).Detectable(0.05, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "with four times as many", more, least.Value/2, 1e-9)
	now := interval(t, d, 0.95)
	if n := d.MoreNeeded(now, now.High/2); n != 600 {
		t.Errorf("%d more cases, want 600", n)
	}
	if tiny, err := stratify(t, Optional{}, 0, Table{1, 2, 1, 2}).Detectable(0.001, 0.99); err != nil || tiny.Exists {
		t.Errorf("two cases detect %v, %v", tiny, err)
	}
}

func TestAveragesDifferByTheirErrorsTogether(t *testing.T) {
	d := Mean{10, 3}.Minus(Mean{4, 4})
	if d != (Mean{6, 5}) {
		t.Errorf("%+v", d)
	}
	i, err := d.Interval(0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low", i.Low, 6-1.9599639845400545*5, 1e-12)
	if !i.Within(16) || i.Within(15) {
		t.Errorf("%+v", i)
	}
	if _, err := d.Interval(0); !errors.Is(err, ErrInvalid) {
		t.Errorf("no level: %v", err)
	}
}
