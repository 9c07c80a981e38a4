package statistics

import (
	"math"
)

// Wilson is the score interval of a share, without continuity correction: the p with |p̂ − p| ≤ z·√(p(1−p)/n).
//
// Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. Level is the confidence, such as 0.95. It is the project's
// interval for every share: it stays inside [0, 1], keeps its width at 0 and at n, and holds its level at small n.
// With no successes Low is exactly 0, with nothing but successes High is exactly 1. A total below 1, successes outside
// 0…total and a level outside (0, 1) are [ErrInvalid].
func Wilson(successes, total int64, level float64) (Interval, error) {
	if err := checkCounts(successes, total); err != nil {
		return Interval{}, err
	}
	if err := checkShare("level", level); err != nil {
		return Interval{}, err
	}
	return wilson(float64(successes), float64(total), twoSidedZ(level)), nil
}

// wilson solves the quadratic for its smaller root twice, once for the share and once for its complement: that form
// has no difference in it and is exact at both ends.
func wilson(k, n, z float64) Interval {
	spread := z * math.Sqrt(z*z+4*k*((n-k)/n))
	smaller := func(k float64) float64 {
		if k == 0 {
			return 0
		}
		return 2 * k * (k / n) / (2*k + z*z + spread)
	}
	p := k / n
	return Interval{
		Estimate: p,
		Low:      math.Min(smaller(k), p),
		High:     math.Max(1-smaller(n-k), p),
	}
}

// ClopperPearson is the exact interval of a share: the beta quantiles that leave (1 − level)/2 in each tail, also
// when successes is 0 or total.
//
// Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404. It never covers less than its level and is wider
// than [Wilson] for it; use it as a check. With no successes Low is exactly 0, with nothing but successes High is
// exactly 1. Errors are those of [Wilson].
func ClopperPearson(successes, total int64, level float64) (Interval, error) {
	if err := checkCounts(successes, total); err != nil {
		return Interval{}, err
	}
	if err := checkShare("level", level); err != nil {
		return Interval{}, err
	}
	k, n, tail := float64(successes), float64(total), (1-level)/2
	guess := wilson(k, n, twoSidedZ(level))
	p := k / n
	exact := Interval{Estimate: p, Low: 0, High: 1}
	if successes > 0 {
		exact.Low = math.Min(betaQuantile(tail, k, n-k+1, guess.Low), p)
	}
	if successes < total {
		exact.High = math.Max(1-betaQuantile(tail, n-k, k+1, 1-guess.High), p)
	}
	return exact, nil
}
