package indicator

import (
	"math"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// A Reason says why an indicator has no value.
type Reason string

// The reasons.
const (
	Exists       Reason = ""
	NoData       Reason = "no-data"       // nothing was counted
	BelowMinimum Reason = "below-minimum" // fewer than the indicator's minimum
	NotReached   Reason = "not-reached"   // the curve never comes that far
	NoDivisor    Reason = "zero-divisor"
	NoComparison Reason = "no-comparison" // one of two groups is empty, or there is nothing to vary
	NationOnly   Reason = "nation-only"   // the number compares regions
	NotByWindow  Reason = "not-by-window" // the number has no time
	OfTheWhole   Reason = "of-the-whole"  // the number of a whole is not that of its parts added up
)

// Title says a reason to a reader.
func (r Reason) Title() law.Text {
	return map[Reason]law.Text{
		NoData:       {ES: "sin datos", EN: "no data"},
		BelowMinimum: {ES: "menos que el mínimo", EN: "fewer than the minimum"},
		NotReached:   {ES: "no se alcanza", EN: "not reached"},
		NoDivisor:    {ES: "divisor cero", EN: "divisor is zero"},
		NoComparison: {ES: "no hay con qué comparar", EN: "nothing to compare"},
		NationOnly:   {ES: "solo existe para todo el país", EN: "exists for the whole country only"},
		OfTheWhole:   {ES: "se mide sobre el conjunto", EN: "measured over the whole"},
		NotByWindow:  {ES: "no depende del tiempo", EN: "does not depend on time"},
	}[r]
}

// A Value is an indicator of a region in a window. Where Estimate does not
// exist, Reason says why; Low and High exist where an interval is known.
type Value struct {
	Indicator *law.Indicator
	Region    string
	Window    Window

	Numerator, Denominator float64
	N                      int64 // what was counted, of which the minimum is asked
	LeftOut                int64 // not yet to be told, or never

	Estimate, Low, High statistics.Optional
	Reason              Reason
}

// Any reports whether there is any number to tell, if only an end of the interval.
func (v *Value) Any() bool { return v.Estimate.Exists || v.Low.Exists || v.High.Exists }

// Parts are two numbers of which the quotient is the value, for whoever can only
// divide: counts where the value is a share or rate of them, else the value and
// one. Both are zero where there is no value.
func (v *Value) Parts() (numerator, denominator float64) {
	switch {
	case !v.Estimate.Exists:
		return 0, 0
	case v.Denominator != 0 && v.Numerator/v.Denominator == v.Estimate.Value:
		return v.Numerator, v.Denominator
	}
	return v.Estimate.Value, 1
}

// confidence95 is the confidence of every interval.
const confidence95 = 0.95

// Beyond reports whether a value speaks for its indicator's cause: its whole interval
// lies beyond the threshold of the signal. Where a quantile is not reached the interval
// has a lower end alone. What has no interval speaks for nothing.
func (v *Value) Beyond() bool {
	s := v.Indicator.Signal
	if s == nil {
		return false
	}
	at, above := s.Threshold()
	if above {
		return v.Low.Exists && v.Low.Value > at
	}
	return v.High.Exists && v.High.Value < at
}

// Judgeable reports whether a signal can be told from chance: the value, or the bound of
// one that was not reached, has an interval.
func (v *Value) Judgeable() bool { return v.Low.Exists || v.High.Exists }

// set gives the value its estimate, unless too little was counted.
func (v *Value) set(i statistics.Interval, hasInterval bool) {
	switch {
	case v.N == 0:
		v.Reason = NoData
	case v.N < int64(v.Indicator.MinimumN):
		v.Reason = BelowMinimum
	default:
		v.Estimate = statistics.Some(i.Estimate)
		if !v.Estimate.Exists {
			v.Reason = NoDivisor
		} else if hasInterval {
			v.Low, v.High = statistics.Some(i.Low), statistics.Some(i.High)
		}
	}
}

// none gives the value a reason, unless it has a better one already.
func (v *Value) none(r Reason) {
	switch {
	case v.N == 0:
		v.Reason = NoData
	case v.N < int64(v.Indicator.MinimumN):
		v.Reason = BelowMinimum
	default:
		v.Reason = r
	}
}

// setRatio is numerator over denominator, with Wilson's interval where it is a share of
// counts, and that of a Poisson count where it is a rate of events.
func (v *Value) setRatio() {
	if v.Denominator == 0 {
		v.none(NoDivisor)
		return
	}
	estimate := statistics.Interval{Estimate: v.Numerator / v.Denominator}
	if v.Indicator.Unit == "rate" && isCount(v.Numerator) {
		if r, err := statistics.PoissonRate(int64(v.Numerator), v.Denominator, confidence95); err == nil {
			v.set(r, true)
			return
		}
	}
	if v.Indicator.Unit == "share" && isCount(v.Numerator) && isCount(v.Denominator) && v.Numerator <= v.Denominator {
		if w, err := statistics.Wilson(int64(v.Numerator), int64(v.Denominator), confidence95); err == nil {
			v.set(w, true)
			return
		}
	}
	v.set(estimate, false)
}

func isCount(f float64) bool { return f >= 0 && f == math.Trunc(f) && f < 1<<53 }
