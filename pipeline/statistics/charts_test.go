package statistics

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFunnelMatchesPublishedLimits(t *testing.T) {
	for n, want := range map[int64][4]float64{
		20:  {0.460746, 0.583885, 0.938316, 0.995663},
		50:  {0.600856, 0.672906, 0.895595, 0.945224},
		100: {0.663234, 0.713524, 0.870258, 0.909022},
		500: {0.742105, 0.763354, 0.833505, 0.852510},
	} {
		t.Run(fmt.Sprintf("n of %d", n), func(t *testing.T) {
			got, err := Funnel(0.8, n)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "low998", got.Low998, want[0], 1e-6)
			near(t, "low95", got.Low95, want[1], 1e-6)
			near(t, "high95", got.High95, want[2], 1e-6)
			near(t, "high998", got.High998, want[3], 1e-6)
		})
	}
}

func TestFunnelOfOneCaseStaysInRange(t *testing.T) {
	got, err := Funnel(0.5, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := FunnelLimits{N: 1, Low998: 0, Low95: 0, High95: 0.95, High998: 0.998}
	for what, pair := range map[string][2]float64{
		"low998": {got.Low998, want.Low998}, "low95": {got.Low95, want.Low95},
		"high95": {got.High95, want.High95}, "high998": {got.High998, want.High998},
	} {
		near(t, what, pair[0], pair[1], 1e-12)
	}
	for _, target := range []float64{0, 1, -1, 95, math.NaN()} {
		if _, err := Funnel(target, 10); !errors.Is(err, ErrInvalid) {
			t.Errorf("target %v: %v", target, err)
		}
	}
	if _, err := Funnel(0.5, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("n of 0: %v", err)
	}
}

func TestNormalFunnelMatchesPublishedLimits(t *testing.T) {
	// A vanishing variance between offices leaves the normal approximation alone (Public Health England).
	got, err := Dispersion{Tau2: 1e-300, target: 0.80642448}.Limits(50)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low95", got.Low95, 0.69691035, 1e-7)
	near(t, "high95", got.High95, 0.91593861, 1e-7)
	near(t, "low998", got.Low998, 0.63375595, 1e-7)
	near(t, "high998", got.High998, 0.97909301, 1e-7)
}

func TestOverdispersionWidensTheFunnel(t *testing.T) {
	scattered := make([]Unit, 0, 20)
	for i := range 20 {
		scattered = append(scattered, Unit{Successes: int64(60 + 40*(i%2)), Total: 200})
	}
	d, err := Overdispersion(0.4, scattered)
	if err != nil {
		t.Fatal(err)
	}
	// All offices lie at z = ± 0.1/√(0.4·0.6/200), so winsorising changes nothing.
	z2 := 0.01 * 200 / 0.24
	near(t, "phi", d.Phi, z2, 1e-9)
	w := 200 / 0.24
	near(t, "tau²", d.Tau2, (20*z2-19)/(20*w-w), 1e-9)
	wide, err := d.Limits(200)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := Funnel(0.4, 200)
	if err != nil {
		t.Fatal(err)
	}
	if wide.Low95 >= exact.Low95 || wide.High998 <= exact.High998 {
		t.Errorf("limits %+v are not wider than %+v", wide, exact)
	}

	calm := make([]Unit, 10)
	for i := range calm {
		calm[i] = Unit{Successes: 80, Total: 200}
	}
	if d, err = Overdispersion(0.4, calm); err != nil || d.Tau2 != 0 {
		t.Fatalf("offices that are all at the target: %+v, %v", d, err)
	}
	if got, err := d.Limits(200); err != nil || got != exact {
		t.Errorf("without scatter the limits are %+v, %v, want %+v", got, err, exact)
	}
	if _, err := Overdispersion(0.4, append(calm[:9:9], Unit{})); !errors.Is(err, ErrUndefined) {
		t.Errorf("nine offices with cases: %v", err)
	}
}

func TestWinsorisingKeepsOneOutlierFromWideningTheFunnel(t *testing.T) {
	units := make([]Unit, 21)
	for i := range units {
		units[i] = Unit{Successes: 80, Total: 200}
	}
	units[7].Successes = 200
	if d, err := Overdispersion(0.4, units); err != nil || d.Phi != 0 || d.Tau2 != 0 {
		t.Errorf("one outlier among 21 gives %+v, %v", d, err)
	}
}

func TestXmRMatchesPublishedLimits(t *testing.T) {
	got, err := XmR([]float64{1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", got.Mean, 1.944444, 1e-6)
	near(t, "low", got.Low, -0.715556, 1e-6)
	near(t, "high", got.High, 4.604444, 1e-6)
	if diff := cmp.Diff([]Signal{{5, OutsideLimits}}, got.Signals); diff != "" {
		t.Error(diff)
	}
	// Without screening the limits would be −3.062614 and 6.951503: only the two ranges beside the 10 are left out.
	near(t, "unscreened high", got.Mean+2.66*average([]float64{1, 1, 1, 8, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}), 6.951503, 1e-6)
}

func TestXmRSignals(t *testing.T) {
	repeat := func(n int, pattern ...float64) []float64 {
		var series []float64
		for range n {
			series = append(series, pattern...)
		}
		return series
	}
	for _, c := range []struct {
		name   string
		values []float64
		rule   Rule
		want   []int
	}{
		{"six on one side are none", append(repeat(6, 1), repeat(6, -1)...), SevenOneSide, nil},
		{
			"every point of seven on one side",
			[]float64{9, 1, 9, 1, 6, 6.5, 5.5, 6, 6.5, 5.5, 6, 1, 1, 1, 1, 2}, SevenOneSide,
			[]int{5, 6, 7, 8, 9, 10, 11},
		},
		{
			"a point at the mean ends a run",
			[]float64{1, 1, 1, 1, 0, 1, 1, 1, -1, -1, -1, 0, -1, -1, -1, -1}, SevenOneSide, nil,
		},
		{
			"every point of seven rising",
			[]float64{5, 1, 2, 3, 4, 5, 6, 7, 3, 6, 2}, SevenTrend, []int{2, 3, 4, 5, 6, 7, 8},
		},
		{"six rising are none", []float64{5, 1, 2, 3, 4, 5, 6, 3, 6, 2}, SevenTrend, nil},
		{"an equal neighbour ends a trend", []float64{1, 2, 3, 4, 4, 5, 6, 7}, SevenTrend, nil},
		{
			"a turning point belongs to both trends",
			[]float64{1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1}, SevenTrend,
			[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
		},
		{ // Mean 0, near the limit from about 3.7, outside from about 5.6.
			"the near points of three, not the third",
			[]float64{1, -1, 1, -1, 1, -1, 4.5, 1, 4.5, -1, 1, -1, 1, -2, -2, -2, -1.5, 1, -1, 1, -1, 1, -2, 1, -2}, TwoOfThree,
			[]int{7, 9},
		},
		{"near opposite limits is no pair", append(repeat(10, 1, -1), 5.5, -5.5), TwoOfThree, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := XmR(c.values)
			if err != nil {
				t.Fatal(err)
			}
			var marked []int
			for _, s := range got.Signals {
				if s.Rule == c.rule {
					marked = append(marked, s.Index)
				}
			}
			if diff := cmp.Diff(c.want, marked); diff != "" {
				t.Errorf("limits %v to %v: %s", got.Low, got.High, diff)
			}
		})
	}
}

func TestAConstantSeriesHasNoSignal(t *testing.T) {
	for _, value := range []float64{0, 0.1, -7e200} {
		series := make([]float64, 30)
		for i := range series {
			series[i] = value
		}
		if got, err := XmR(series); err != nil || len(got.Signals) != 0 {
			t.Errorf("thirty times %v: %+v, %v", value, got, err)
		}
	}
}

func TestXmRRefusesWhatIsNoSeries(t *testing.T) {
	for name, values := range map[string][]float64{
		"one value": {1}, "none": nil, "not a number": {1, math.NaN()}, "infinite": {1, math.Inf(1)},
		"too large": {math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64},
	} {
		if _, err := XmR(values); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
