package statistics

import (
	"fmt"
	"math"
)

// Rule names a pattern in a control chart that chance alone rarely makes.
type Rule string

// The rules, in the order in which the signals of one point are reported.
const (
	OutsideLimits Rule = "outside-limits"
	SevenOneSide  Rule = "seven-one-side"
	SevenTrend    Rule = "seven-trend"
	TwoOfThree    Rule = "two-of-three"
)

// Signal marks one point of a series; Index is 1 for the first.
type Signal struct {
	Index int
	Rule  Rule
}

// Chart is the XmR control chart of a series: its mean, the natural process limits and the signals, by index and then
// in the order of the rules.
type Chart struct {
	Mean, Low, High float64
	Signals         []Signal
}

// Constants of the XmR chart: 3/d₂ and D₄ for moving ranges of two values.
const (
	limitFactor     = 2.66
	screeningFactor = 3.267
	runLength       = 7
)

// XmR draws the control chart of a series in time order. Moving ranges |xᵢ − xᵢ₋₁| greater than 3.267 × their mean are
// left out, once; the mean MR of the rest gives the limits mean ± 2.66·MR. The mean of the values is not screened and
// the limits are not cut at 0. The signals:
//
//   - outside-limits: a point above High or below Low.
//   - seven-one-side: each point of a run of at least seven on the same side of the mean; a point at the mean ends it.
//   - seven-trend: each point of a run of at least seven that only rises or only falls; an equal neighbour ends it.
//   - two-of-three: of three consecutive points on the same side of the mean, the two or three near the limit: beyond
//     two thirds of the way and not outside.
//
// Comparisons treat values within 1e-9 of the series' largest magnitude as equal, so that a constant series has no
// signal. With fewer than 12 points the limits are provisional.
//
// Sources: D. J. Wheeler, Understanding Variation (2000); the rules are those of NHS England's Making Data Count.
// Fewer than two values, a value that is not finite, or values so large that the limits overflow are [ErrInvalid].
func XmR(values []float64) (Chart, error) {
	if len(values) < 2 {
		return Chart{}, fmt.Errorf("%w: a series of %d values, at least 2 are needed", ErrInvalid, len(values))
	}
	largest := 0.0
	for i, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return Chart{}, fmt.Errorf("%w: value %d of the series is %v", ErrInvalid, i+1, x)
		}
		largest = math.Max(largest, math.Abs(x))
	}
	equal := 1e-9 * largest
	mean := average(values)
	reach := limitFactor * screenedRange(values, equal)
	chart := Chart{Mean: mean, Low: mean - reach, High: mean + reach}
	if math.IsInf(chart.High-chart.Low, 0) || math.IsNaN(chart.High-chart.Low) {
		return Chart{}, fmt.Errorf("%w: values up to %v are too large for limits", ErrInvalid, largest)
	}
	chart.Signals = chart.signals(values, reach, equal)
	return chart, nil
}

func average(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}

// screenedRange is the mean of the moving ranges without those that stand out.
func screenedRange(values []float64, equal float64) float64 {
	ranges := make([]float64, 0, len(values)-1)
	for i, x := range values[1:] {
		ranges = append(ranges, math.Abs(x-values[i]))
	}
	limit := screeningFactor * average(ranges)
	kept := ranges[:0]
	for _, r := range ranges {
		if r-limit <= equal {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 { // Only where the mean itself overflowed.
		return math.Inf(1)
	}
	return average(kept)
}

// signals applies the four rules.
func (c Chart) signals(values []float64, reach, equal float64) []Signal {
	outside := make([]bool, len(values))
	near := make([]bool, len(values))
	side := make([]int, len(values)) // 1 above the mean, −1 below, 0 at it.
	step := make([]int, len(values)) // Direction from the point before.
	for i, x := range values {
		outside[i] = x-c.High > equal || c.Low-x > equal
		near[i] = !outside[i] && math.Abs(x-c.Mean)-reach*2/3 > equal
		side[i] = direction(x-c.Mean, equal)
		if i > 0 {
			step[i] = direction(x-values[i-1], equal)
		}
	}
	oneSide := make([]bool, len(values))
	eachRun(side, func(from, to int) {
		if to-from >= runLength {
			mark(oneSide[from:to])
		}
	})
	trend := make([]bool, len(values))
	eachRun(step, func(from, to int) {
		if to-from >= runLength-1 { // Six steps join seven points: the run begins one point earlier.
			mark(trend[from-1 : to])
		}
	})
	twoOfThree := make([]bool, len(values))
	for i := 2; i < len(values); i++ {
		if side[i] == 0 || side[i] != side[i-1] || side[i] != side[i-2] {
			continue
		}
		if count(near[i-2:i+1]) < 2 {
			continue
		}
		for j := i - 2; j <= i; j++ {
			twoOfThree[j] = twoOfThree[j] || near[j]
		}
	}
	var signals []Signal
	for i := range values {
		for _, r := range []struct {
			rule   Rule
			marked bool
		}{{OutsideLimits, outside[i]}, {SevenOneSide, oneSide[i]}, {SevenTrend, trend[i]}, {TwoOfThree, twoOfThree[i]}} {
			if r.marked {
				signals = append(signals, Signal{Index: i + 1, Rule: r.rule})
			}
		}
	}
	return signals
}

// direction is the sign of a difference that is more than rounding.
func direction(difference, equal float64) int {
	switch {
	case difference > equal:
		return 1
	case difference < -equal:
		return -1
	}
	return 0
}

// eachRun calls found for every longest stretch [from, to) of the same sign other than 0.
func eachRun(signs []int, found func(from, to int)) {
	for from := 0; from < len(signs); {
		to := from + 1
		for to < len(signs) && signs[to] == signs[from] {
			to++
		}
		if signs[from] != 0 {
			found(from, to)
		}
		from = to
	}
}

func mark(points []bool) {
	for i := range points {
		points[i] = true
	}
}

func count(points []bool) int {
	n := 0
	for _, p := range points {
		if p {
			n++
		}
	}
	return n
}
