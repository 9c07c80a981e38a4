package comparison

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"amparo/pipeline/statistics"
)

// scatter measures how much more than chance offices of one side scatter around
// what their own mix of strata would give: the sum of squared deviations over
// the sum of binomial variances, which is the square of how much wider a
// difference between the sides has to be. Large offices weigh as much as they do
// in the difference itself.
func scatter(tallies []SideCount) Scatter {
	type key struct {
		side int
		name string
	}
	share := map[key][2]float64{} // by side and stratum: met, due
	for _, t := range tallies {
		s := share[key{t.Side, t.Stratum}]
		share[key{t.Side, t.Stratum}] = [2]float64{s[0] + float64(t.Met), s[1] + float64(t.Due())}
	}
	type office struct{ deviation, variance float64 }
	offices := map[key]office{}
	var order []key // sums in one order give one answer, to the last digit
	var named, all, cases [2]float64
	for _, t := range tallies {
		n := float64(t.Due())
		cases[t.Side] += n
		if n == 0 {
			continue
		}
		s := share[key{t.Side, t.Stratum}]
		p := s[0] / s[1]
		all[t.Side] += n * p * (1 - p)
		if t.Office == "" {
			continue
		}
		named[t.Side] += n * p * (1 - p)
		o, known := offices[key{t.Side, t.Office}]
		if !known {
			order = append(order, key{t.Side, t.Office})
		}
		offices[key{t.Side, t.Office}] = office{o.deviation + float64(t.Met) - n*p, o.variance + n*p*(1-p)}
	}
	var squares, count [2]float64
	for _, k := range order {
		o := offices[k]
		squares[k.side] += o.deviation * o.deviation
		count[k.side]++
	}
	out := Scatter{Offices: len(offices)}
	// Every side must have two offices, and most cases an office.
	if len(offices) < MinimumOffices || count[0] < 2 || count[1] < 2 || named[0] < all[0]/2 || named[1] < all[1]/2 ||
		named[0] == 0 || named[1] == 0 {
		return out
	}
	// A side weighs by what it adds to the variance of the difference.
	var above, below float64
	for side := range 2 {
		weight := all[side] / (cases[side] * cases[side])
		above += weight * squares[side] / named[side] * count[side] / (count[side] - 1)
		below += weight
	}
	phi := above / below
	if !(phi >= 0) || math.IsInf(phi, 0) {
		return out
	}
	out.Phi = &phi
	return out
}

// A spread is a difference with its uncertainty, from which intervals of any
// confidence follow.
type spread struct {
	estimate float64
	stdError float64 // of the pooled difference; 0 where Newcombe alone serves
	// a and b are the cases of the strata that both sides have, for Newcombe's
	// interval where counts are small.
	a, b   Counts
	sparse bool
	widen  float64 // √φ, at least 1
	df     float64 // of φ; +Inf where it is not estimated
}

// newSpread pools the strata that both sides have; nil where there is none. A
// stratum of one side says nothing of the difference, and must not make a small
// count look large.
func newSpread(strata []statistics.Table, offices Scatter) *spread {
	var tables []statistics.Table
	var a, b Counts
	for _, t := range strata {
		if t.Total1 > 0 && t.Total2 > 0 {
			tables = append(tables, t)
			a.add(Counts{Met: t.Successes1, Failed: t.Total1 - t.Successes1})
			b.add(Counts{Met: t.Successes2, Failed: t.Total2 - t.Successes2})
		}
	}
	pooled, err := statistics.MantelHaenszel(tables, 0.95)
	if err != nil || !pooled.RiskDifference.Exists {
		return nil
	}
	s := &spread{
		estimate: min(1, max(-1, pooled.RiskDifference.Value)), stdError: pooled.RiskDifferenceError.Value, a: a, b: b, widen: 1, df: math.Inf(1),
		sparse: !(pooled.RiskDifferenceError.Value > 0) || len(tables) == 1 || min(a.Met, a.Failed, b.Met, b.Failed) < 5,
	}
	if len(tables) == 1 {
		s.stdError = 0
	}
	if offices.Phi != nil {
		s.df = float64(offices.Offices - 2)
		s.widen = math.Sqrt(max(1, *offices.Phi))
	}
	return s
}

// reach is the number of standard errors at a two-sided confidence.
func (s *spread) reach(level float64) float64 {
	if s.widen > 1 {
		return distuv.StudentsT{Nu: s.df, Sigma: 1}.Quantile((1 + level) / 2)
	}
	return distuv.UnitNormal.Quantile((1 + level) / 2)
}

// tail is the one-sided chance beyond a number of standard errors.
func (s *spread) tail(reach float64) float64 {
	if s.widen > 1 {
		return distuv.StudentsT{Nu: s.df, Sigma: 1}.Survival(reach)
	}
	return distuv.UnitNormal.Survival(reach)
}

// arms are the distances from the estimate to its limits.
func (s *spread) arms(reach float64) (down, up float64) {
	z := reach * s.widen
	down, up = z*s.stdError, z*s.stdError
	if s.sparse {
		level := math.Min(math.Erf(z/math.Sqrt2), 1-1e-15)
		if i, err := statistics.Newcombe(s.a.Met, s.a.Due(), s.b.Met, s.b.Due(), level); err == nil {
			down, up = max(down, i.Estimate-i.Low), max(up, i.High-i.Estimate)
		}
	}
	return down, up
}

func (s *spread) at(level float64) *Bounds {
	down, up := s.arms(s.reach(level))
	return &Bounds{Estimate: s.estimate, Low: max(-1, s.estimate-down), High: min(1, s.estimate+up), Level: level}
}

// touching is how many standard errors away a value lies: those with which the
// interval just touches it.
func (s *spread) touching(value float64) float64 {
	covers := func(reach float64) bool {
		down, up := s.arms(reach)
		return value >= s.estimate-down && value <= s.estimate+up
	}
	low, high := 0.0, 1.0
	for !covers(high) {
		if high > 1e3 {
			return high
		}
		low, high = high, 2*high
	}
	for range 60 {
		if middle := (low + high) / 2; covers(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// chanceOf is the two-sided chance of a difference as far from a value as this.
func (s *spread) chanceOf(value float64) float64 {
	return math.Min(1, 2*s.tail(s.touching(value)))
}

// chanceOutside is the larger of the two one-sided chances of this difference,
// were it in truth the margin, up or down.
func (s *spread) chanceOutside(margin float64) float64 {
	if math.Abs(s.estimate) >= margin {
		return 1
	}
	return max(s.tail(s.touching(margin)), s.tail(s.touching(-margin)))
}

// powerWanted is the chance with which a difference should be found.
const powerWanted = 0.8

// detectable is the smallest difference that these numbers show with the power
// wanted, by the normal approximation.
func (s *spread) detectable(alpha float64) *float64 {
	down, up := s.arms(1)
	d := (s.reach(1-alpha) + distuv.UnitNormal.Quantile(powerWanted)) * max(down, up)
	if d >= 1 {
		return nil
	}
	return &d
}

// more is how many more cases on the smaller side would decide, if the shares
// and the ratio of the sides stay: the interval shrinks with the square root of
// their number until it leaves out zero or lies inside the margin, whichever
// comes first.
func (s *spread) more(now *Bounds, margin float64) int64 {
	n := float64(min(s.a.Due(), s.b.Due()))
	halfWidth := max(now.Estimate-now.Low, now.High-now.Estimate)
	target := max(math.Abs(s.estimate), margin-math.Abs(s.estimate))
	return max(1, int64(math.Ceil(n*(halfWidth*halfWidth/(target*target)-1))))
}
