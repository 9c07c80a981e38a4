package statistics

import (
	"fmt"
	"math"
)

// BetweenUnits is the standard deviation of the true shares of units: how much they differ beyond what chance alone
// makes of equal ones. Its interval is the set of deviations under which the spread that was seen is no surprise (the
// Q-profile): with τ² between the units and p(1 − p)/nᵢ within,
//
//	Q(τ²) = Σ wᵢ (pᵢ − p̂)²,  wᵢ = 1/(p(1 − p)/nᵢ + τ²),  p̂ = Σ wᵢ pᵢ / Σ wᵢ,  p = Σ kᵢ / Σ nᵢ
//
// is chi-squared with one degree of freedom less than there are units. The estimate is where Q equals its expectation,
// the limits where it equals its quantiles; all are 0 where even equal units differ as much.
//
// Source: W. Viechtbauer, Stat. Med. 26 (2007) 37. Fewer than two units, or a common share of 0 or 1, are
// [ErrUndefined]; an inconsistent unit or a confidence outside (0, 1) is [ErrInvalid].
func BetweenUnits(units []Unit, confidence float64) (Interval, error) {
	if err := checkShare("confidence", confidence); err != nil {
		return Interval{}, err
	}
	var k, n float64
	for _, u := range units {
		if err := checkCounts(u.Successes, u.Total); err != nil {
			return Interval{}, err
		}
		k, n = k+float64(u.Successes), n+float64(u.Total)
	}
	if len(units) < 2 || k == 0 || k == n {
		return Interval{}, fmt.Errorf("%w: the spread of %d units with %v of %v successes", ErrUndefined, len(units), k, n)
	}
	within := k / n * (1 - k/n)
	df := len(units) - 1
	at := func(q float64) float64 { return math.Sqrt(varianceWhere(units, within, q)) }
	return Interval{
		Estimate: at(float64(df)),
		Low:      at(chiSquaredQuantile((1+confidence)/2, df)),
		High:     at(chiSquaredQuantile((1-confidence)/2, df)),
	}, nil
}

// varianceWhere is the variance between units at which Q has a value, 0 where it is smaller even without one. Q falls
// as the variance rises; shares lie in [0, 1], so no variance above 1 is looked for.
func varianceWhere(units []Unit, within, value float64) float64 {
	q := func(variance float64) float64 {
		var weights, mean, sum float64
		for _, u := range units {
			w := 1 / (within/float64(u.Total) + variance)
			weights += w
			mean += w * float64(u.Successes) / float64(u.Total)
		}
		mean /= weights
		for _, u := range units {
			d := float64(u.Successes)/float64(u.Total) - mean
			sum += d * d / (within/float64(u.Total) + variance)
		}
		return sum
	}
	if q(0) <= value {
		return 0
	}
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; q(middle) > value {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// RatioOfSums is the ratio of two sums over units, such as open cases to staff, with the interval that units which are
// a sample of those like them would have (the delta method): with r = Σ y / Σ x,
//
//	se² = n/(n − 1) · Σ (yᵢ − r xᵢ)² / (Σ x)²
//
// Sums are over n units: of x, y, x², y² and x y. Fewer than two units or a divisor of 0 are [ErrUndefined].
//
// Source: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), section 6.4, without the correction for a finite
// population.
func RatioOfSums(n int64, x, y, xx, yy, xy, confidence float64) (Interval, error) {
	if err := checkShare("confidence", confidence); err != nil {
		return Interval{}, err
	}
	if n < 2 || !(x > 0) {
		return Interval{}, fmt.Errorf("%w: a ratio of sums over %d units with a divisor of %v", ErrUndefined, n, x)
	}
	r := y / x
	squares := math.Max(0, yy-2*r*xy+r*r*xx)
	half := normalQuantile((1+confidence)/2) * math.Sqrt(float64(n)/float64(n-1)*squares) / x
	return Interval{Estimate: r, Low: r - half, High: r + half}, nil
}

// PoissonRate is a count of events over an exposure with its exact interval (Garwood): half the quantiles of a
// chi-squared variable with 2k and 2k + 2 degrees of freedom, over the exposure. A negative count or an exposure that is
// not above 0 is [ErrInvalid].
//
// Source: F. Garwood, Biometrika 28 (1936) 437.
func PoissonRate(events int64, exposure, confidence float64) (Interval, error) {
	if err := checkShare("confidence", confidence); err != nil {
		return Interval{}, err
	}
	if events < 0 || !(exposure > 0) || math.IsInf(exposure, 1) {
		return Interval{}, fmt.Errorf("%w: %d events in an exposure of %v", ErrInvalid, events, exposure)
	}
	i := Interval{Estimate: float64(events) / exposure, High: chiSquaredQuantile((1+confidence)/2, int(2*events+2)) / 2 / exposure}
	if events > 0 {
		i.Low = chiSquaredQuantile((1-confidence)/2, int(2*events)) / 2 / exposure
	}
	return i, nil
}

// Percentile interpolates linearly between order statistics, which are in ascending order and not none: R's default
// (type 7). The share lies in [0, 1].
func Percentile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// SlopeOfSums is the least-squares slope of y on x over n points, with the interval that takes the errors for normal. Sums
// are of x, y, x², x y and y²: with Sxx = Σ x² − (Σ x)²/n and so on,
//
//	slope = Sxy/Sxx,  se² = (Syy − slope·Sxy)/(n − 2)/Sxx
//
// Source: any text on regression, such as J. Neter et al., Applied Linear Statistical Models, 4th ed. (1996), section 2.1,
// with the normal quantile for Student's. Fewer than three points, and points that all have one x, are [ErrUndefined].
func SlopeOfSums(n int64, x, y, xx, xy, yy, confidence float64) (Interval, error) {
	if err := checkShare("confidence", confidence); err != nil {
		return Interval{}, err
	}
	count := float64(n)
	sxx, sxy, syy := xx-x*x/count, xy-x*y/count, yy-y*y/count
	if n < 3 || sxx <= 1e-9*xx {
		return Interval{}, fmt.Errorf("fit a line to %d points: %w: three that differ in x are needed", n, ErrUndefined)
	}
	slope := sxy / sxx
	half := twoSidedZ(confidence) * math.Sqrt(max(0, syy-slope*sxy)/(count-2)/sxx)
	return Interval{Estimate: slope, Low: slope - half, High: slope + half}, nil
}

// MeanOfSums is the average of n values from their sum and the sum of their squares, with its normal interval, which has
// no width where there is one value. None at all are [ErrUndefined].
func MeanOfSums(n int64, sum, squares, confidence float64) (Interval, error) {
	if n < 1 {
		return Interval{}, fmt.Errorf("average %d values: %w", n, ErrUndefined)
	}
	count := float64(n)
	m := Mean{Value: sum / count}
	if n > 1 {
		m.StdError = math.Sqrt(max(0, squares/count-m.Value*m.Value) / (count - 1))
	}
	return m.Interval(confidence)
}
