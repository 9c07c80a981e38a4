package statistics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Holm adjusts p-values so that the chance of *any* false finding in the family stays below the level: in ascending
// order, the running maximum of (m − i + 1)·p(i), at most 1.
//
// Source: S. Holm, Scand. J. Stat. 6 (1979) 65. Use it for few, planned comparisons. The result has the order of the
// argument; an empty family gives an empty result. A value outside [0, 1] is [ErrInvalid].
func Holm(p []float64) ([]float64, error) {
	order, err := ascending(p)
	if err != nil {
		return nil, err
	}
	adjusted := make([]float64, len(p))
	running := 0.0
	for rank, i := range order {
		running = math.Max(running, math.Min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = running
	}
	return adjusted, nil
}

// ascending lists the positions of the p-values from the smallest to the largest.
func ascending(p []float64) ([]int, error) {
	order := make([]int, len(p))
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("%w: p-value %v does not lie in [0, 1]", ErrInvalid, v)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	return order, nil
}
