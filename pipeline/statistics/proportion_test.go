package statistics

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestDistributionsMatchR(t *testing.T) {
	lower := func(a, b, x float64) float64 { v, _ := betaTails(a, b, x, 1-x); return v }
	upper := func(a, b, x float64) float64 { _, v := betaTails(a, b, x, 1-x); return v }
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"beta tail", lower(15, 134, 0.06), 0.033034967106765761},
		{"beta tail of a million", lower(500001, 500000, 0.4985), 0.0013454396830776083},
		{"beta tail of a thousand million", lower(5e8, 5e8, 0.49995), 0.00078270110987544925},
		{"far beta tail", upper(100, 900, 0.2), 4.3317933248214617e-18},
		{"binomial distribution", binomialCDF(3, 10, 0.2, 0.8), 0.87912611839999988},
		{"binomial probability", binomialPMF(5e8, 1e9, 0.5, 0.5), 2.5231325213893771e-05},
		{"beta quantile", betaQuantile(0.025, 81, 183, 0.2), 0.25273674558527115},
		{"beta quantile of a thousand million", betaQuantile(0.025, 5e8, 5e8+1, 0.4), 0.49996900974842229},
		{"beta quantile next to 1", betaQuantile(0.025, 1e9, 1, 0.5), 0.99999999631112058},
		{"chi-squared tail", chiSquaredUpper(25.4, 3), 1.2735139409743363e-05},
		{"tiny chi-squared tail", chiSquaredUpper(1400, 1), 2.1010145162641344e-306},
		{"chi-squared tail, many degrees", chiSquaredUpper(300, 10), 1.5546747543803181e-58},
		{"normal quantile", twoSidedZ(0.95), 1.9599639845400538},
	} {
		t.Run(c.name, func(t *testing.T) {
			if math.Abs(c.got/c.want-1) > 1e-11 {
				t.Errorf("got %.17g, want %.17g", c.got, c.want)
			}
		})
	}
}

func TestWilsonMatchesPublishedIntervals(t *testing.T) {
	for _, c := range []struct {
		k, n             int64
		level, low, high float64
		tolerance        float64
	}{
		{81, 263, 0.95, 0.255289, 0.366210, 1e-6}, // Newcombe 1998, table I.
		{15, 148, 0.95, 0.062386, 0.160487, 1e-6},
		{0, 20, 0.95, 0, 0.161125, 1e-6},
		{1, 29, 0.95, 0.006113, 0.171755, 1e-6},
		{10, 10, 0.95, 0.722467, 1, 1e-6},
		{19, 38, 0.95, 0.348499284, 0.651500716, 1e-9},
		{65, 100, 0.95, 0.5525444, 0.7363575, 1e-7}, // Public Health England, test workbook.
		{65, 100, 0.998, 0.4954947, 0.7783541, 1e-7},
		{1045, 5000, 0.95, 0.1979555, 0.2204913, 1e-7},
	} {
		t.Run(fmt.Sprintf("%d of %d at %v", c.k, c.n, c.level), func(t *testing.T) {
			got, err := Wilson(c.k, c.n, c.level)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "low", got.Low, c.low, c.tolerance)
			near(t, "high", got.High, c.high, c.tolerance)
		})
	}
}

func TestClopperPearsonMatchesR(t *testing.T) {
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{
		{81, 263, 0.252737, 0.367622},
		{0, 20, 0, 0.168433},
		{20, 20, 1 - 0.168433, 1},
		{1, 1, 0.025, 1},
		{500_000_000, 1_000_000_000, 0.49996900974842234, 0.5000309902515776},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.k, c.n), func(t *testing.T) {
			got, err := ClopperPearson(c.k, c.n, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "low", got.Low, c.low, 1e-6)
			near(t, "high", got.High, c.high, 1e-6)
		})
	}
}

func TestIntervalsAreExactAtTheEnds(t *testing.T) {
	for name, estimate := range map[string]func(k, n int64, level float64) (Interval, error){
		"Wilson": Wilson, "Clopper-Pearson": ClopperPearson,
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int64{1, 7, 1000, 1_000_000_000} {
				nobody, err := estimate(0, n, 0.95)
				if err != nil || nobody.Low != 0 || nobody.High >= 1 {
					t.Errorf("0 of %d gives %+v, %v", n, nobody, err)
				}
				everyone, err := estimate(n, n, 0.95)
				if err != nil || everyone.High != 1 || everyone.Low <= 0 {
					t.Errorf("%d of %d gives %+v, %v", n, n, everyone, err)
				}
			}
		})
	}
}

func TestImpossibleCountsAndLevelsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		k, n  int64
		level float64
	}{
		{"no trials", 0, 0, 0.95},
		{"negative successes", -1, 5, 0.95},
		{"more successes than trials", 6, 5, 0.95},
		{"level in percent", 1, 5, 95},
		{"level of 1", 1, 5, 1},
		{"level of 0", 1, 5, 0},
		{"level that is not a number", 1, 5, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Wilson(c.k, c.n, c.level); !errors.Is(err, ErrInvalid) {
				t.Errorf("Wilson: %v", err)
			}
			if _, err := ClopperPearson(c.k, c.n, c.level); !errors.Is(err, ErrInvalid) {
				t.Errorf("ClopperPearson: %v", err)
			}
			if _, err := Newcombe(1, 2, c.k, c.n, c.level); !errors.Is(err, ErrInvalid) {
				t.Errorf("Newcombe: %v", err)
			}
		})
	}
}

func TestNewcombeMatchesPublishedIntervals(t *testing.T) {
	for _, c := range []struct {
		k1, n1, k2, n2   int64
		level, low, high float64
	}{
		{56, 70, 48, 80, 0.95, 0.052431, 0.333873}, // Newcombe 1998, table II.
		{9, 10, 3, 10, 0.95, 0.170523, 0.809018},
		{6, 7, 2, 7, 0.95, 0.058228, 0.806250},
		{5, 56, 0, 29, 0.95, -0.038137, 0.192560},
		{0, 10, 0, 20, 0.95, -0.161125, 0.277533},
		{10, 10, 0, 20, 0.95, 0.679086, 1},
		{7, 34, 1, 34, 0.95, 0.018921, 0.340369},
		{80, 100, 78, 100, 0.90, -0.074894, 0.114515},
		{800, 1000, 780, 1000, 0.90, -0.009972, 0.049934},
	} {
		t.Run(fmt.Sprintf("%d of %d less %d of %d", c.k1, c.n1, c.k2, c.n2), func(t *testing.T) {
			got, err := Newcombe(c.k1, c.n1, c.k2, c.n2, c.level)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "low", got.Low, c.low, 1e-6)
			near(t, "high", got.High, c.high, 1e-6)
		})
	}
}

func TestHolmMatchesR(t *testing.T) {
	family := []float64{
		0.838541367553, 0.642193923795, 0.680845947633, 0.967833824309, 0.71626938238, 0.177096952723,
		5.23656777208e-005, 0.0202732688798, 0.00028140506198, 0.0149877310796,
	}
	holm, err := Holm(family)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1, 1, 1, 1, 1, 1, 0.00052365677720800005, 0.14191288215860001, 0.0025326455578199999, 0.11990184863680001} {
		near(t, fmt.Sprintf("Holm %d", i), holm[i], want, 1e-12)
	}
	if got, err := Holm(nil); err != nil || len(got) != 0 {
		t.Errorf("an empty family: %v, %v", got, err)
	}
	if _, err := Holm([]float64{0.1, math.NaN()}); !errors.Is(err, ErrInvalid) {
		t.Errorf("NaN: %v", err)
	}
}
