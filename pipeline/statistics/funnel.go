package statistics

import (
	"fmt"
	"math"
	"slices"
)

// FunnelLimits are the shares between which an office of size N is expected to lie when it does no better and no worse
// than the target: 19 times in 20 (95) and 998 times in 1000 (998).
type FunnelLimits struct {
	N                              int64
	Low998, Low95, High95, High998 float64
}

// The tails of the four funnel limits.
const (
	tail998 = 0.001
	tail95  = 0.025
)

// Funnel gives the exact binomial limits around a target share for an office with n cases, interpolated so that they
// run smoothly in n: for the tail q, with X binomial(n, target) and r the smallest count with P(X ≤ r) > q,
//
//	limit = (r − α)/n,  α = (P(X ≤ r) − q)/P(X = r),  and 0 where that is negative
//
// Source: D. J. Spiegelhalter, Stat. Med. 24 (2005) 1185, appendix. Unlike the normal approximation the limits stay in
// [0, 1] for small offices. A target outside (0, 1) and an n below 1 are [ErrInvalid].
func Funnel(target float64, n int64) (FunnelLimits, error) {
	if err := checkFunnel(target, n); err != nil {
		return FunnelLimits{}, err
	}
	limit := func(q float64) float64 { return binomialLimit(q, float64(n), target) }
	return FunnelLimits{
		N: n, Low998: limit(tail998), Low95: limit(tail95), High95: limit(1 - tail95), High998: limit(1 - tail998),
	}, nil
}

func checkFunnel(target float64, n int64) error {
	if n < 1 {
		return fmt.Errorf("%w: an office of %d cases, at least 1 is needed", ErrInvalid, n)
	}
	return checkShare("target", target)
}

// binomialLimit is the interpolated q-quantile of binomial(n, p), as a share.
func binomialLimit(q, n, p float64) float64 {
	r := binomialQuantile(q, n, p)
	surplus := (binomialCDF(r, n, p, 1-p) - q) / binomialPMF(r, n, p, 1-p)
	if !(surplus > 0) { // Also where both are too small for a double.
		surplus = 0
	}
	return math.Max(0, (r-math.Min(surplus, 1))/n)
}

// binomialQuantile is the smallest count r with P(X ≤ r) > q. The normal quantile is a good first guess, from which
// steps of growing size find a bracket; a few evaluations are enough at any n.
func binomialQuantile(q, n, p float64) float64 {
	above := func(r float64) bool { return binomialCDF(r, n, p, 1-p) > q }
	low := math.Floor(n*p + normalQuantile(q)*math.Sqrt(n*p*(1-p)))
	low = math.Min(math.Max(low, -1), n)
	high := low
	for step := 1.0; low >= 0 && above(low); step *= 2 {
		high, low = low, math.Max(low-step, -1)
	}
	for step := 1.0; high < n && (high < 0 || !above(high)); step *= 2 {
		low, high = high, math.Min(high+step, n)
	}
	for high-low > 1 { // P(X ≤ low) ≤ q < P(X ≤ high).
		if middle := math.Floor(low + (high-low)/2); above(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// Unit is one office in a funnel.
type Unit struct {
	Successes, Total int64
}

// minUnits is the number of offices below which their scatter says nothing about over-dispersion.
const minUnits = 10

// Dispersion says how much more offices scatter around the target than chance alone makes them.
type Dispersion struct {
	// Phi is the mean squared z-score of the offices after winsorising; 1 is chance alone.
	Phi float64

	// Tau2 is the variance between offices, on the scale of squared shares; 0 where Phi shows none.
	Tau2 float64

	target float64
}

// Overdispersion measures the scatter of offices around the target share. The z-scores are winsorised: the lowest and
// the highest tenth are moved to the 10th and 90th percentile, so that the very outliers that a funnel is meant to
// show do not widen it. Phi = Σz²/I, and by the method of moments, with w the inverse variances,
//
//	tau² = (I·phi − (I − 1)) / (Σw − Σw²/Σw), at least 0
//
// Source: D. J. Spiegelhalter, Qual. Saf. Health Care 14 (2005) 347. Offices without cases are left out; fewer than
// ten others are [ErrUndefined]. A target outside (0, 1) and impossible counts are [ErrInvalid].
func Overdispersion(target float64, units []Unit) (Dispersion, error) {
	if err := checkShare("target", target); err != nil {
		return Dispersion{}, err
	}
	var scores []float64
	var sumW, sumW2 float64
	for i, u := range units {
		if u.Total == 0 && u.Successes == 0 {
			continue
		}
		if err := checkCounts(u.Successes, u.Total); err != nil {
			return Dispersion{}, fmt.Errorf("office %d: %w", i+1, err)
		}
		n := float64(u.Total)
		w := n / (target * (1 - target))
		scores = append(scores, (float64(u.Successes)/n-target)*math.Sqrt(w))
		sumW, sumW2 = sumW+w, sumW2+w*w
	}
	if len(scores) < minUnits {
		return Dispersion{}, fmt.Errorf("measure the scatter of offices: %w: %d have cases, %d are needed",
			ErrUndefined, len(scores), minUnits)
	}
	slices.Sort(scores)
	low, high := Percentile(scores, 0.1), Percentile(scores, 0.9)
	count, sum := float64(len(scores)), 0.0
	for _, z := range scores {
		z = math.Min(math.Max(z, low), high)
		sum += z * z
	}
	tau2 := math.Max(0, (sum-(count-1))/(sumW-sumW2/sumW))
	return Dispersion{Phi: sum / count, Tau2: tau2, target: target}, nil
}

// Limits are the funnel limits that allow for the scatter between offices: target ± z·√(target(1 − target)/n + tau²),
// cut at 0 and 1. Where Tau2 is 0 they are the exact ones of [Funnel]. An n below 1 is [ErrInvalid].
func (d Dispersion) Limits(n int64) (FunnelLimits, error) {
	if d.Tau2 == 0 {
		return Funnel(d.target, n)
	}
	if err := checkFunnel(d.target, n); err != nil {
		return FunnelLimits{}, err
	}
	spread := math.Sqrt(d.target*(1-d.target)/float64(n) + d.Tau2)
	reach95, reach998 := -normalQuantile(tail95)*spread, -normalQuantile(tail998)*spread
	return FunnelLimits{
		N:      n,
		Low998: math.Max(0, d.target-reach998), Low95: math.Max(0, d.target-reach95),
		High95: math.Min(1, d.target+reach95), High998: math.Min(1, d.target+reach998),
	}, nil
}
