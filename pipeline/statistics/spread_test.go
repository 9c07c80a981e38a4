package statistics_test

import (
	"errors"
	"math"
	"testing"

	"amparo/pipeline/statistics"
)

// By hand: two units of 100 with 40 and 60 of 100. p = 0.5, within = 0.25/100 = 0.0025,
// Q(τ²) = 2·0.01/(0.0025 + τ²); its expectation is 1, so τ² = 0.02 − 0.0025.
func TestBetweenUnits(t *testing.T) {
	units := []statistics.Unit{{Successes: 40, Total: 100}, {Successes: 60, Total: 100}}
	got, err := statistics.BetweenUnits(units, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Sqrt(0.0175); math.Abs(got.Estimate-want) > 1e-9 {
		t.Errorf("estimate %v, want %v", got.Estimate, want)
	}
	// Q(0) = 8, the 97.5 % quantile with one degree of freedom is 5.0239.
	if want := math.Sqrt(0.02/5.023886187314888 - 0.0025); math.Abs(got.Low-want) > 1e-9 {
		t.Errorf("low %v, want %v", got.Low, want)
	}
	if got.High < got.Estimate || got.High > 1 {
		t.Errorf("high %v", got.High)
	}
	equal, err := statistics.BetweenUnits([]statistics.Unit{{Successes: 50, Total: 100}, {Successes: 50, Total: 100}, {Successes: 51, Total: 100}}, 0.95)
	if err != nil || equal.Estimate != 0 || equal.Low != 0 {
		t.Errorf("equal units differ: %v, %v", equal, err)
	}
	for name, none := range map[string][]statistics.Unit{"one unit": units[:1], "all succeed": {{Successes: 5, Total: 5}, {Successes: 3, Total: 3}}} {
		if _, err := statistics.BetweenUnits(none, 0.95); !errors.Is(err, statistics.ErrUndefined) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// By hand: staff 2, 3, 5 and open cases 20, 33, 47: r = 10, residuals 0, 3, −3.
func TestRatioOfSums(t *testing.T) {
	got, err := statistics.RatioOfSums(3, 10, 100, 38, 20*20+33*33+47*47, 2*20+3*33+5*47, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	half := 1.959963984540054 * math.Sqrt(1.5*18) / 10
	if math.Abs(got.Estimate-10) > 1e-12 || math.Abs(got.Low-(10-half)) > 1e-9 || math.Abs(got.High-(10+half)) > 1e-9 {
		t.Errorf("%+v, want 10 ± %v", got, half)
	}
	if _, err := statistics.RatioOfSums(1, 10, 100, 100, 10000, 1000, 0.95); !errors.Is(err, statistics.ErrUndefined) {
		t.Errorf("one unit: %v", err)
	}
}

// PHE's worked example of an exact Poisson interval for 65 events is 50.165 to 82.848 (R: poisson.test(65)).
func TestPoissonRate(t *testing.T) {
	got, err := statistics.PoissonRate(65, 1, 0.95)
	if err != nil || math.Abs(got.Low-50.16562) > 1e-4 || math.Abs(got.High-82.84775) > 1e-4 {
		t.Errorf("%+v, %v", got, err)
	}
	none, err := statistics.PoissonRate(0, 2, 0.95)
	if err != nil || none.Low != 0 || math.Abs(none.High-3.688879454113936/2) > 1e-9 {
		t.Errorf("no event: %+v, %v", none, err)
	}
	if _, err := statistics.PoissonRate(1, 0, 0.95); !errors.Is(err, statistics.ErrInvalid) {
		t.Errorf("no exposure: %v", err)
	}
}

// By hand: (1, 2), (2, 3), (3, 5), (4, 6): Sxx = 5, Sxy = 7, Syy = 10, so that the slope is 1.4 and its squared error
// 0.2/2/5.
func TestSlopeOfSums(t *testing.T) {
	got, err := statistics.SlopeOfSums(4, 10, 16, 30, 47, 74, 0.95)
	half := 1.959963984540054 * math.Sqrt(0.02)
	if err != nil || math.Abs(got.Estimate-1.4) > 1e-12 || math.Abs(got.Low-(1.4-half)) > 1e-9 || math.Abs(got.High-(1.4+half)) > 1e-9 {
		t.Errorf("%+v, %v, want 1.4 ± %v", got, err, half)
	}
	for name, sums := range map[string][5]float64{"two points": {3, 5, 5, 8, 13}, "one x": {6, 9, 12, 18, 29}} {
		n := map[string]int64{"two points": 2, "one x": 3}[name]
		if _, err := statistics.SlopeOfSums(n, sums[0], sums[1], sums[2], sums[3], sums[4], 0.95); !errors.Is(err, statistics.ErrUndefined) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := statistics.SlopeOfSums(4, 10, 16, 30, 47, 74, 95); !errors.Is(err, statistics.ErrInvalid) {
		t.Errorf("a confidence in per cent: %v", err)
	}
}

// By hand: 1, 2, 3 have a mean of 2 and a squared error of (14/3 − 4)/2 = 1/3.
func TestMeanOfSums(t *testing.T) {
	got, err := statistics.MeanOfSums(3, 6, 14, 0.95)
	if half := 1.959963984540054 / math.Sqrt(3); err != nil || got.Estimate != 2 || math.Abs(got.High-(2+half)) > 1e-9 || math.Abs(got.Low-(2-half)) > 1e-9 {
		t.Errorf("%+v, %v", got, err)
	}
	if one, err := statistics.MeanOfSums(1, 7, 49, 0.95); err != nil || one != (statistics.Interval{Estimate: 7, Low: 7, High: 7}) {
		t.Errorf("one value: %+v, %v", one, err)
	}
	if _, err := statistics.MeanOfSums(0, 0, 0, 0.95); !errors.Is(err, statistics.ErrUndefined) {
		t.Errorf("no value: %v", err)
	}
}

// R: quantile(c(1, 2, 4, 8), c(0, 0.5, 0.9, 1)).
func TestPercentile(t *testing.T) {
	for share, want := range map[float64]float64{0: 1, 0.5: 3, 0.9: 6.8, 1: 8} {
		if got := statistics.Percentile([]float64{1, 2, 4, 8}, share); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v is %v, want %v", share, got, want)
		}
	}
}
