package statistics

import "math"

// Newcombe is the hybrid score interval of the difference of two shares, k1/n1 − k2/n2 (his method 10): with the
// [Wilson] intervals (l1, u1) and (l2, u2) at the same level, and no continuity correction,
//
//	low  = d − √((p1 − l1)² + (u2 − p2)²)
//	high = d + √((u1 − p1)² + (p2 − l2)²)
//
// Source: R. G. Newcombe, Stat. Med. 17 (1998) 873. The result lies in [−1, 1]. Zero cells need no care: the interval
// keeps its width there. An empty group is [ErrInvalid], as are the other errors of [Wilson].
func Newcombe(k1, n1, k2, n2 int64, level float64) (Interval, error) {
	first, err := Wilson(k1, n1, level)
	if err != nil {
		return Interval{}, err
	}
	second, err := Wilson(k2, n2, level)
	if err != nil {
		return Interval{}, err
	}
	d := first.Estimate - second.Estimate
	below := math.Hypot(first.Estimate-first.Low, second.High-second.Estimate)
	above := math.Hypot(first.High-first.Estimate, second.Estimate-second.Low)
	return Interval{Estimate: d, Low: math.Max(d-below, -1), High: math.Min(d+above, 1)}, nil
}
