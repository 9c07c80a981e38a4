package statistics

import (
	"fmt"
	"math"
)

// Power is the chance that a two-sided test at alpha finds the difference between two true shares p1 and p2 from n1
// and n2 observations, by the normal approximation with the pooled error under equality and the unpooled one under
// the difference:
//
//	Φ((|p1 − p2| − z·√(p̄(1−p̄)(1/n1 + 1/n2))) / √(p1(1−p1)/n1 + p2(1−p2)/n2)),  p̄ the share of both together
//
// Source: J. L. Fleiss, B. Levin and M. C. Paik, Statistical Methods for Rates and Proportions, 3rd ed. (2003), ch. 4;
// for n1 = n2 it is R's power.prop.test. The far tail, a significant difference in the wrong direction, is not
// counted. Shares outside [0, 1], totals below 1 and an alpha outside (0, 1) are [ErrInvalid].
func Power(p1 float64, n1 int64, p2 float64, n2 int64, alpha float64) (float64, error) {
	for _, p := range []float64{p1, p2} {
		if !(p >= 0 && p <= 1) {
			return 0, fmt.Errorf("%w: share %v does not lie in [0, 1]", ErrInvalid, p)
		}
	}
	if n1 < 1 || n2 < 1 {
		return 0, fmt.Errorf("%w: groups of %d and %d, at least 1 is needed in each", ErrInvalid, n1, n2)
	}
	if err := checkShare("alpha", alpha); err != nil {
		return 0, err
	}
	return power(p1, float64(n1), p2, float64(n2), criticalZ(alpha)), nil
}

// criticalZ is the two-sided critical value, from the tail so that a tiny alpha keeps its digits.
func criticalZ(alpha float64) float64 { return -normalQuantile(alpha / 2) }

func power(p1, n1, p2, n2, z float64) float64 {
	pooled := (p1*n1 + p2*n2) / (n1 + n2)
	under0 := math.Sqrt(pooled * (1 - pooled) * (1/n1 + 1/n2))
	under1 := math.Sqrt(p1*(1-p1)/n1 + p2*(1-p2)/n2)
	excess := math.Abs(p1-p2) - z*under0
	if under1 == 0 { // Both shares are 0 or 1: the outcome is certain.
		if excess > 0 {
			return 1
		}
		return 0
	}
	return normalCDF(excess / under1)
}

// SampleSize is the number of observations that each of two equal groups needs, so that a two-sided test at alpha
// finds the difference between the shares p1 and p2 with the given power. It inverts [Power]. Equal shares, shares
// outside [0, 1], and an alpha or a power outside (0, 1) are [ErrInvalid].
func SampleSize(p1, p2, alpha, power float64) (int64, error) {
	if !(p1 >= 0 && p1 <= 1 && p2 >= 0 && p2 <= 1) || p1 == p2 {
		return 0, fmt.Errorf("%w: shares %v and %v, two different ones in [0, 1] are needed", ErrInvalid, p1, p2)
	}
	if err := checkShare("alpha", alpha); err != nil {
		return 0, err
	}
	if err := checkShare("power", power); err != nil {
		return 0, err
	}
	mean := (p1 + p2) / 2
	root := criticalZ(alpha)*math.Sqrt(2*mean*(1-mean)) + normalQuantile(power)*math.Sqrt(p1*(1-p1)+p2*(1-p2))
	n := math.Ceil(root * math.Abs(root) / ((p1 - p2) * (p1 - p2)))
	if n >= math.MaxInt64 {
		return 0, fmt.Errorf("%w: the shares %v and %v are too close to tell apart", ErrInvalid, p1, p2)
	}
	return max(int64(n), 1), nil
}

// MinimumDetectableDifference is the smallest rise and the smallest fall from the share p1, observed on n1, that a
// two-sided test at alpha finds on n2 further observations with the given power. Both are positive numbers; one that
// would leave [0, 1] does not exist. Errors are those of [Power], and a power outside (0, 1).
func MinimumDetectableDifference(p1 float64, n1, n2 int64, alpha, wanted float64) (rise, fall Optional, err error) {
	if _, err := Power(p1, n1, p1, n2, alpha); err != nil {
		return Optional{}, Optional{}, err
	}
	if err := checkShare("power", wanted); err != nil {
		return Optional{}, Optional{}, err
	}
	z := criticalZ(alpha)
	smallest := func(direction, most float64) Optional {
		reached := func(d float64) bool { return power(p1, float64(n1), p1+direction*d, float64(n2), z) >= wanted }
		if most <= 0 || !reached(most) {
			return Optional{}
		}
		low, high := 0.0, most
		for range 100 {
			if middle := low + (high-low)/2; reached(middle) {
				high = middle
			} else {
				low = middle
			}
		}
		return Some(high)
	}
	return smallest(1, 1-p1), smallest(-1, p1), nil
}
