package statistics

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// twenty are watched: 5 end at 1, 5 at 2, and 10 are still there at 4.
func twenty(t testing.TB) *Curve {
	t.Helper()
	curve, err := KaplanMeier(LifeTable{{Time: 1, Events: 5}, {Time: 2, Events: 5}, {Time: 4, Censored: 10}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return curve
}

func TestAChanceOnACurveIsThatOfThoseWhoCameSoFar(t *testing.T) {
	curve := twenty(t)
	for _, c := range []struct {
		name        string
		from, until float64
		atLeast     int64
		want        float64 // none: the curve does not say
	}{
		{"from the start", 0, 2, 1, 0.5},
		{"an event at the start has come", 1, 2, 1, 10.0 / 15},
		{"nothing happens in between", 2, 3, 1, 1 - 0.5/21},
		{"as many as are asked for", 1, 2, 15, 10.0 / 15},
		{"fewer than are asked for", 1, 2, 16, none},
		{"nobody was watched that long", 0, 5, 1, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := curve.Conditional(c.from, c.until, c.atLeast)
			nearSome(t, "chance", Optional{p.Chance, ok}, c.want, 1e-12)
		})
	}
	gone, err := KaplanMeier(LifeTable{{Time: 1, Events: 4}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := gone.Conditional(1, 1, 0); ok {
		t.Errorf("a chance of %v after the end of all", p)
	}
}

// By hand: of 8 from the start until 2, p = 1/2; Greenwood's sum is 5/(20·15) + 5/(15·10) = 1/20. Four more from 1 until 2
// with p = 2/3 share the second term, 1/30, with them.
func TestVarianceOfAPrediction(t *testing.T) {
	curve := twenty(t)
	var p Prediction
	young, _ := curve.Conditional(0, 2, 1)
	p.Add(curve, young, 8)
	near(t, "mean", p.Mean, 4, 1e-12)
	near(t, "variance", p.Variance(), 8*0.25+16.0/20, 1e-12)
	older, _ := curve.Conditional(1, 2, 1)
	p.Add(curve, older, 4)
	near(t, "mean of both", p.Mean, 4+8.0/3, 1e-12)
	near(t, "variance of both", p.Variance(), 8*0.25+4*2.0/9+16.0/60+(4+8.0/3)*(4+8.0/3)/30, 1e-12)
	// On another curve the errors do not add.
	var apart Prediction
	apart.Add(curve, young, 8)
	apart.Add(twenty(t), older, 4)
	near(t, "variance on two curves", apart.Variance(), 8*0.25+4*2.0/9+16.0/20+64.0/9/30, 1e-12)
}

// A beta distribution over 0 … 100 with mean 50 and variance 25 has k = 99, and quantiles of 40.26 and 59.74.
func TestLimitsOfAPrediction(t *testing.T) {
	sure, err := KaplanMeier(LifeTable{{Time: 1, Events: 5_000_000_000}, {Time: 2, Censored: 5_000_000_000}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	var p Prediction
	if _, _, err := p.Limits(0.95); !errors.Is(err, ErrUndefined) {
		t.Errorf("about nobody: %v", err)
	}
	half, _ := sure.Conditional(0, 1, 1)
	p.Add(sure, half, 100)
	low, high, err := p.Limits(0.95)
	if err != nil || low != 40 || high != 60 {
		t.Errorf("%d to %d, %v", low, high, err)
	}
	if _, _, err := p.Limits(95); !errors.Is(err, ErrInvalid) {
		t.Errorf("a level in per cent: %v", err)
	}
}

func TestLimitsOfAnyPredictionHoldItsMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Prediction
		for range rapid.IntRange(1, 3).Draw(t, "curves") {
			curve, err := KaplanMeier(drawTable(t, "rows", Event), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(1, 3).Draw(t, "ages") {
				from := rapid.Float64Range(0, 5).Draw(t, "from")
				if c, ok := curve.Conditional(from, from+rapid.Float64Range(0, 5).Draw(t, "left"), 1); ok {
					p.Add(curve, c, rapid.Int64Range(1, 1_000_000).Draw(t, "n"))
				}
			}
		}
		if p.N == 0 {
			return
		}
		low, high, err := p.Limits(0.95)
		if err != nil {
			t.Fatal(err)
		}
		if !(0 <= low && float64(low) <= p.Mean && p.Mean <= float64(high) && float64(high) <= math.Ceil(p.N)) || !(p.Variance() >= 0) {
			t.Errorf("%d to %d around %v of %v", low, high, p.Mean, p.N)
		}
	})
}
