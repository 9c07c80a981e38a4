// Package statistics holds the estimators behind every number that the project publishes: intervals and differences of
// proportions, stratified comparison, survival curves and their tests, competing risks, control charts and funnels.
//
// It is pure: counts and times in, estimates out, no clock, no input or output. Every function refuses what it cannot
// answer with [ErrInvalid] or [ErrUndefined]; no input makes it return NaN, an infinity or an interval that misses its
// own estimate. Counts are int64 and times are float64 in any one unit that the caller chooses.
package statistics

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

var (
	// ErrInvalid says that an argument lies outside what the function accepts; the text names the argument.
	ErrInvalid = errors.New("invalid argument")

	// ErrUndefined says that the arguments are sound but the quantity does not exist for these data, such as a test
	// between groups of which one has nobody.
	ErrUndefined = errors.New("not defined for these data")
)

// Interval is an estimate between its confidence limits: Low ≤ Estimate ≤ High.
type Interval struct {
	Estimate, Low, High float64
}

// Within reports whether the whole interval lies strictly inside ± margin: at a confidence of 1 − 2·alpha, that two
// one-sided tests at alpha call the estimate equivalent to none.
func (i Interval) Within(margin float64) bool { return -margin < i.Low && i.High < margin }

// Test is the result of a chi-squared test. P is the upper tail, computed as such, so that very small values keep
// their digits.
type Test struct {
	ChiSquared float64
	DF         int
	P          float64
}

// newTest attaches the p-value to a statistic. Rounding can leave a sum of squares a hair below zero, hence the floor.
func newTest(chiSquared float64, df int) Test {
	chiSquared = math.Max(chiSquared, 0)
	return Test{ChiSquared: chiSquared, DF: df, P: chiSquaredUpper(chiSquared, df)}
}

// Optional is a number that may not exist: a median that was not reached, a ratio whose divisor is zero. The zero
// value is a number that does not exist.
type Optional struct {
	Value  float64
	Exists bool
}

// Some is the Optional that holds v, or the one that holds nothing when v is not a finite number.
func Some(v float64) Optional {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Optional{}
	}
	return Optional{Value: v + 0, Exists: true} // Adding zero turns a negative zero into a plain one.
}

// MarshalJSON writes the number with all its digits, or null.
func (o Optional) MarshalJSON() ([]byte, error) {
	if !o.Exists {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, o.Value, 'g', -1, 64), nil
}

// String is the number in its shortest exact form, or "–".
func (o Optional) String() string {
	if !o.Exists {
		return "–"
	}
	return strconv.FormatFloat(o.Value, 'g', -1, 64)
}

// checkCounts accepts 0 ≤ successes ≤ total with at least one trial.
func checkCounts(successes, total int64) error {
	switch {
	case total < 1:
		return fmt.Errorf("%w: a total of %d, at least 1 is needed", ErrInvalid, total)
	case successes < 0:
		return fmt.Errorf("%w: %d successes, a count is not negative", ErrInvalid, successes)
	case successes > total:
		return fmt.Errorf("%w: %d successes of a total of %d", ErrInvalid, successes, total)
	}
	return nil
}

// checkShare accepts a number strictly between 0 and 1.
func checkShare(name string, v float64) error {
	if !(v > 0 && v < 1) {
		return fmt.Errorf("%w: %s %v does not lie between 0 and 1", ErrInvalid, name, v)
	}
	return nil
}
