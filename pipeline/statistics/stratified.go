package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// GailSimon tests for a qualitative interaction: whether the difference of two groups points in one direction in some
// strata and in the other in others, which no common difference may hide. With zᵢ the difference of stratum i over its
// error, and K strata,
//
//	Q = min(Σ zᵢ² where zᵢ > 0, Σ zᵢ² where zᵢ ≤ 0),  p = Σ over h = 1 … K − 1 of C(K − 1, h)·2^−(K−1)·P(χ² with h > Q)
//
// Each share is taken with one more case of either outcome, which keeps its error above 0. DF of the result is K − 1,
// the most of the mixture.
//
// Source: M. Gail and R. Simon, Biometrics 41 (1985) 361. Strata without both groups add nothing; fewer than two others
// are [ErrUndefined], impossible counts [ErrInvalid].
func GailSimon(tables []Table) (Test, error) {
	strata, err := compared(tables)
	if err != nil {
		return Test{}, err
	}
	if len(strata) < 2 {
		return Test{}, fmt.Errorf("look for opposed strata: %w: %d strata have both groups, two are needed", ErrUndefined, len(strata))
	}
	var above, below float64
	for _, s := range strata {
		p1, p2 := (s.a+1)/(s.n1+2), (s.c+1)/(s.n2+2)
		z2 := (p1 - p2) * (p1 - p2) / (p1*(1-p1)/s.n1 + p2*(1-p2)/s.n2)
		if p1 > p2 {
			above += z2
		} else {
			below += z2
		}
	}
	q := min(above, below)
	return Test{ChiSquared: q, DF: len(strata) - 1, P: qualitativeP(q, len(strata))}, nil
}

// qualitativeP is the largest chance of a Q as large as this in some strata of which none differs in direction.
func qualitativeP(q float64, strata int) float64 {
	chance := 0.0
	ways := distuv.Binomial{N: float64(strata - 1), P: 0.5}
	for h := 1; h < strata; h++ {
		chance += ways.Prob(float64(h)) * distuv.ChiSquared{K: float64(h)}.Survival(q)
	}
	return min(1, max(0, chance))
}

// ClusterCount counts the outcomes of one cluster, such as the cases of an office, in one stratum of a group. The group
// is 0 or 1. Cases without a Cluster belong to none.
type ClusterCount struct {
	Group            int
	Stratum, Cluster string
	Successes, Total int64
}

// Clustering says how much more than chance clusters of a group scatter around what their own mix of strata would give.
type Clustering struct {
	// Phi is by how much the variance of a difference between the groups exceeds that of independent cases. It does not
	// exist where one of the groups has fewer than two clusters with both outcomes to expect.
	Phi Optional
	// Clusters are those of each group that have a case, Covered the share of the group's variance that is in them.
	Clusters [2]int
	Covered  [2]float64
}

// Cluster measures the scatter of clusters. With oᵢ successes of cluster i, eᵢ = Σ n·p over its strata (p the share of
// the stratum in its group) and vᵢ = Σ n·p(1 − p), a group of m clusters scatters by
//
//	φ = m/(m − 1) · Σ (oᵢ − eᵢ)² / Σ vᵢ
//
// and the two groups are joined in the proportion in which each adds to the variance of the difference of their shares.
// Large clusters weigh as much as they do in the difference itself.
//
// Source: the robust variance of clustered counts, J. N. K. Rao and A. J. Scott, Biometrics 48 (1992) 577. Impossible
// counts and a group other than 0 and 1 are [ErrInvalid].
func Cluster(counts []ClusterCount) (Clustering, error) {
	type key struct {
		group int
		name  string
	}
	type sums struct{ successes, total float64 }
	strata := map[key]sums{}
	for i, c := range counts {
		if c.Group < 0 || c.Group > 1 || c.Successes < 0 || c.Successes > c.Total {
			return Clustering{}, fmt.Errorf("%w: count %d has %d successes of %d in group %d", ErrInvalid, i+1, c.Successes, c.Total, c.Group)
		}
		s := strata[key{c.Group, c.Stratum}]
		strata[key{c.Group, c.Stratum}] = sums{s.successes + float64(c.Successes), s.total + float64(c.Total)}
	}
	type cluster struct{ deviation, variance float64 }
	clusters := map[key]cluster{}
	var order []key // Sums in one order give one answer, to the last digit.
	var covered, all, cases [2]float64
	for _, c := range counts {
		n := float64(c.Total)
		cases[c.Group] += n
		if n == 0 {
			continue
		}
		s := strata[key{c.Group, c.Stratum}]
		p := s.successes / s.total
		all[c.Group] += n * p * (1 - p)
		if c.Cluster == "" {
			continue
		}
		covered[c.Group] += n * p * (1 - p)
		k := key{c.Group, c.Cluster}
		o, known := clusters[k]
		if !known {
			order = append(order, k)
		}
		clusters[k] = cluster{o.deviation + float64(c.Successes) - n*p, o.variance + n*p*(1-p)}
	}
	var squares [2]float64
	var out Clustering
	for _, k := range order {
		squares[k.group] += clusters[k].deviation * clusters[k].deviation
		out.Clusters[k.group]++
	}
	var above, below float64
	for group := range 2 {
		if covered[group] == 0 || out.Clusters[group] < 2 {
			return out, nil
		}
		out.Covered[group] = covered[group] / all[group]
		m, weight := float64(out.Clusters[group]), all[group]/(cases[group]*cases[group])
		above += weight * squares[group] / covered[group] * m / (m - 1)
		below += weight
	}
	if phi := above / below; phi >= 0 {
		out.Phi = Some(phi)
	}
	return out, nil
}

// StratifiedDifference is a difference of two shares with strata held fixed, from which intervals of any confidence,
// tests, equivalence and power follow. It is the [MantelHaenszel] difference with Sato's error. With one stratum or
// fewer than five of an outcome that error is too small: then an arm of an interval is no shorter than that of
// [Newcombe], over the strata that both groups have.
type StratifiedDifference struct {
	Estimate float64 // The first share less the second, in [−1, 1].

	stdError float64 // 0 where Newcombe alone serves.
	both     Table   // All cases of the strata that both groups have.
	sparse   bool
	widen    float64 // √φ, at least 1.
	df       float64 // Of φ; +Inf where it is not estimated.
}

// fewOutcomes is how many of an outcome a normal approximation needs.
const fewOutcomes = 5

// Stratify pools the strata that both groups have: a stratum of one says nothing of the difference, and must not make a
// small count look large. Phi, where it exists, is the [Clustering] of cases in so many clusters of both groups: errors
// grow by √φ, never below their own size, and Student's t with two degrees of freedom less than there are clusters
// takes the place of the normal distribution.
//
// No stratum with both groups is [ErrUndefined]; impossible counts, and a phi of fewer than three clusters, are
// [ErrInvalid].
func Stratify(tables []Table, phi Optional, clusters int) (*StratifiedDifference, error) {
	pooled, err := MantelHaenszel(tables, 0.95)
	if err != nil {
		return nil, err
	}
	if !pooled.RiskDifference.Exists {
		return nil, fmt.Errorf("pool a difference: %w: no stratum has both groups", ErrUndefined)
	}
	if phi.Exists && clusters < 3 {
		return nil, fmt.Errorf("%w: a phi of %d clusters, at least 3 are needed", ErrInvalid, clusters)
	}
	d := &StratifiedDifference{Estimate: min(1, max(-1, pooled.RiskDifference.Value)), widen: 1, df: math.Inf(1)}
	strata := 0
	for _, t := range tables {
		if t.Total1 > 0 && t.Total2 > 0 {
			strata++
			d.both.Successes1, d.both.Total1 = d.both.Successes1+t.Successes1, d.both.Total1+t.Total1
			d.both.Successes2, d.both.Total2 = d.both.Successes2+t.Successes2, d.both.Total2+t.Total2
		}
	}
	b, stdError := d.both, pooled.RiskDifferenceError.Value
	fewest := min(b.Successes1, b.Total1-b.Successes1, b.Successes2, b.Total2-b.Successes2)
	d.sparse = !(stdError > 0) || strata == 1 || fewest < fewOutcomes
	if strata > 1 {
		d.stdError = stdError
	}
	if phi.Exists {
		d.df, d.widen = float64(clusters-2), math.Sqrt(max(1, phi.Value))
	}
	return d, nil
}

// reach is the number of standard errors at a two-sided confidence.
func (d *StratifiedDifference) reach(level float64) float64 {
	if d.widen > 1 {
		return distuv.StudentsT{Nu: d.df, Sigma: 1}.Quantile((1 + level) / 2)
	}
	return distuv.UnitNormal.Quantile((1 + level) / 2)
}

// tail is the one-sided chance beyond a number of standard errors.
func (d *StratifiedDifference) tail(reach float64) float64 {
	if d.widen > 1 {
		return distuv.StudentsT{Nu: d.df, Sigma: 1}.Survival(reach)
	}
	return distuv.UnitNormal.Survival(reach)
}

// arms are the distances from the estimate to its limits.
func (d *StratifiedDifference) arms(reach float64) (down, up float64) {
	z := reach * d.widen
	down, up = z*d.stdError, z*d.stdError
	if d.sparse {
		level := math.Min(math.Erf(z/math.Sqrt2), 1-1e-15)
		if i, err := Newcombe(d.both.Successes1, d.both.Total1, d.both.Successes2, d.both.Total2, level); err == nil {
			down, up = max(down, i.Estimate-i.Low), max(up, i.High-i.Estimate)
		}
	}
	return down, up
}

// Interval is the difference with its limits, in [−1, 1]. A level outside (0, 1) is [ErrInvalid].
func (d *StratifiedDifference) Interval(level float64) (Interval, error) {
	if err := checkShare("level", level); err != nil {
		return Interval{}, err
	}
	down, up := d.arms(d.reach(level))
	return Interval{Estimate: d.Estimate, Low: max(-1, d.Estimate-down), High: min(1, d.Estimate+up)}, nil
}

// touching is how many standard errors away a value lies: those with which the interval just touches it.
func (d *StratifiedDifference) touching(value float64) float64 {
	covers := func(reach float64) bool {
		down, up := d.arms(reach)
		return value >= d.Estimate-down && value <= d.Estimate+up
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

// PValue is the two-sided chance of a difference as far from a value as this one: 1 less the confidence at which the
// interval just touches the value.
func (d *StratifiedDifference) PValue(value float64) float64 {
	return min(1, 2*d.tail(d.touching(value)))
}

// TOST is the p-value of two one-sided tests that the difference lies above −margin and below +margin: at most alpha
// exactly where the interval of confidence 1 − 2·alpha lies inside ± margin. 1 where the estimate itself lies outside. Its
// absence is not a difference: with too few observations two equal shares are not shown to be equal.
//
// Source: D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657. The margin is a share (0.05 is five percentage
// points) and is set before anyone looks at the data; one outside (0, 1) is [ErrInvalid].
func (d *StratifiedDifference) TOST(margin float64) (float64, error) {
	if err := checkShare("margin", margin); err != nil {
		return 0, err
	}
	if math.Abs(d.Estimate) >= margin {
		return 1, nil
	}
	return max(d.tail(d.touching(margin)), d.tail(d.touching(-margin))), nil
}

// Detectable is the smallest difference that a two-sided test at alpha would find on as many cases with the given power,
// by the normal approximation: (z of 1 − alpha/2 + z of the power) errors. It does not exist where it would reach 1.
//
// Source: J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), ch. 4. An
// alpha or a power outside (0, 1) is [ErrInvalid].
func (d *StratifiedDifference) Detectable(alpha, power float64) (Optional, error) {
	if err := checkShare("alpha", alpha); err != nil {
		return Optional{}, err
	}
	if err := checkShare("power", power); err != nil {
		return Optional{}, err
	}
	down, up := d.arms(1)
	least := (d.reach(1-alpha) + distuv.UnitNormal.Quantile(power)) * max(down, up)
	if least >= 1 {
		return Optional{}, nil
	}
	return Some(least), nil
}

// MoreNeeded is how many more cases of the smaller group would decide, if the shares and the ratio of the groups stay: an
// interval shrinks with the square root of their number, until it leaves out 0 or lies inside ± margin, whichever comes
// first. At least 1.
func (d *StratifiedDifference) MoreNeeded(now Interval, margin float64) int64 {
	n := float64(min(d.both.Total1, d.both.Total2))
	halfWidth := max(now.Estimate-now.Low, now.High-now.Estimate)
	target := max(math.Abs(d.Estimate), margin-math.Abs(d.Estimate))
	return max(1, int64(math.Ceil(n*(halfWidth*halfWidth/(target*target)-1))))
}
