package statistics

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// Conditional is the chance to be without the event at a later time, given that it had not come by an earlier one.
type Conditional struct {
	Chance float64

	from, to int  // Points in between: from <= i < to.
	unseen   bool // All or none of those watched came through.
}

// Conditional is S(until)/S(from) of a curve. A chance that was never, or always, seen is not taken for impossible, or
// certain: it is 1/2 of one case of those watched away from it.
//
// Ok is false where the curve does not say: fewer than atLeast were at risk just after from, nobody was watched until
// then, or the curve has come down to 0 before.
func (c *Curve) Conditional(from, until float64, atLeast int64) (p Conditional, ok bool) {
	upTo := func(t float64) int {
		return sort.Search(len(c.Points), func(i int) bool { return c.Points[i].Time > t })
	}
	survival := func(points int) float64 {
		if points == 0 {
			return 1
		}
		return c.Points[points-1].Survival
	}
	p.from, p.to = upTo(from), upTo(until)
	before := survival(p.from)
	known := p.from < len(c.Points) && c.Points[p.from].AtRisk >= atLeast ||
		p.from == len(c.Points) && float64(c.Size)*before >= float64(atLeast)
	if !known || before <= 0 || c.last < until {
		return Conditional{}, false
	}
	p.Chance = survival(p.to) / before
	if half := 0.5 / float64(c.Size+1); p.Chance < half || p.Chance > 1-half {
		p.Chance, p.unseen = min(max(p.Chance, half), 1-half), true
	}
	return p, true
}

// Prediction is how many of some will be without the event, each at a time of its own. The zero value is a prediction
// about nobody.
type Prediction struct {
	N    float64 // About how many.
	Mean float64 // Of them, Σ n·p.

	chance float64 // Σ n·p(1 − p): the variance if the chances were known.
	on     map[*Curve][]predicted
	curves []*Curve // The keys of on, in the order of their first use: sums in one order give one answer.
}

type predicted struct {
	Conditional
	n float64
}

// Add adds n that have the same chance on a curve.
func (p *Prediction) Add(curve *Curve, c Conditional, n int64) {
	count := float64(n)
	p.N += count
	p.Mean += count * c.Chance
	p.chance += count * c.Chance * (1 - c.Chance)
	if p.on == nil {
		p.on = map[*Curve][]predicted{}
	}
	if p.on[curve] == nil {
		p.curves = append(p.curves, curve)
	}
	p.on[curve] = append(p.on[curve], predicted{c, count})
}

// Variance is that of the count: Σ n·p(1 − p) because each may go either way, and that of the mean because the curves are
// estimates. Those on one curve err together. By the delta method on log S it is
//
//	Σ over event times t of (Σ n·p of those that t lies before)² · d/(r(r − d))
//
// and for chances that were never or always seen another (Σ n)²/(size + 1)², since such a chance is within about one case
// in size of the truth.
//
// Source: M. Greenwood, Reports on Public Health and Medical Subjects 33 (1926), for the terms d/(r(r − d)).
func (p *Prediction) Variance() float64 {
	sum := 0.0
	for _, curve := range p.curves {
		steps := make([]float64, len(curve.Points)+1)
		flat := 0.0
		for _, c := range p.on[curve] {
			steps[c.from] += c.n * c.Chance
			steps[c.to] -= c.n * c.Chance
			if c.unseen {
				flat += c.n
			}
		}
		weight, previous := 0.0, 0.0
		for i := range curve.Points {
			weight += steps[i]
			sum += weight * weight * (curve.Points[i].logVariance - previous)
			previous = curve.Points[i].logVariance
		}
		sum += flat * flat / (float64(curve.Size+1) * float64(curve.Size+1))
	}
	return p.chance + sum
}

// Limits bound the count, whole numbers around the mean in 0 … N: quantiles of the beta distribution over that range with
// the mean and the variance of the prediction (the method of moments), each as the middle of a count.
//
// A prediction about nobody is [ErrUndefined], a level outside (0, 1) [ErrInvalid].
func (p *Prediction) Limits(level float64) (low, high int64, err error) {
	if err := checkShare("level", level); err != nil {
		return 0, 0, err
	}
	if !(p.N > 0) {
		return 0, 0, fmt.Errorf("bound a prediction: %w: it is about nobody", ErrUndefined)
	}
	below, above := int64(math.Floor(p.Mean)), int64(math.Ceil(p.Mean))
	share, spread := p.Mean/p.N, p.Variance()/(p.N*p.N)
	if spread <= 0 || share <= 0 || share >= 1 {
		return below, above, nil
	}
	spread = min(spread, 0.999*share*(1-share)) // More than the range holds.
	k := share*(1-share)/spread - 1
	a, b := share*k, (1-share)*k
	low = int64(max(0, math.Floor(p.N*mathext.InvRegIncBeta(a, b, (1-level)/2)+0.5)))
	high = int64(min(p.N, math.Ceil(p.N*mathext.InvRegIncBeta(a, b, (1+level)/2)-0.5)))
	return min(low, below), max(high, above), nil
}
