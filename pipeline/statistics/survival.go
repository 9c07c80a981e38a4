package statistics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Curve is a Kaplan-Meier curve: the share of a group for whom the event has not happened yet, as a function of time.
type Curve struct {
	// Points are the event times in ascending order, with the curve just after each.
	Points []Point

	// Size is the number of observations, Events how many of them ended with the event.
	Size, Events int64

	last     float64 // The time of the last event or censoring.
	observed bool    // Whether anyone was watched at all.
	z        float64
}

// Point is the curve just after one event time.
type Point struct {
	Time           float64
	AtRisk, Events int64
	Survival       float64

	logVariance float64 // Greenwood's sum Σ d/(r(r − d)), the variance of log S.
}

// Estimate is the curve at one time. Low and High are its pointwise log-log limits.
type Estimate struct {
	Survival, StdError, Low, High Optional
}

// KaplanMeier estimates the survival curve of a group, with intervals at the given level. At an event time with d
// events among r at risk the curve is multiplied by 1 − d/r; r counts who had entered before and had not left.
//
// Sources: E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958) 457; late entry: the product-limit estimator under
// left truncation. With late entry a curve that once reached 0 stays 0, whoever enters later. An empty table gives a
// curve on which nothing exists. A level outside (0, 1), an inconsistent table and one with competing ends are
// [ErrInvalid]: decide first what they mean, see [LifeTable.CompetingAsCensored] and [AalenJohansen].
func KaplanMeier(table LifeTable, level float64) (*Curve, error) {
	if err := checkShare("level", level); err != nil {
		return nil, err
	}
	atRisk, err := table.start()
	if err != nil {
		return nil, err
	}
	curve := &Curve{z: twoSidedZ(level)}
	curve.last, curve.observed = table.lastObserved()
	survival, logVariance := 1.0, 0.0
	for _, s := range table {
		if s.Competing > 0 {
			return nil, errCompeting
		}
		if s.Events > 0 {
			left := atRisk - s.Events
			survival *= float64(left) / float64(atRisk)
			logVariance += greenwoodTerm(atRisk, s.Events)
			curve.Points = append(curve.Points, Point{
				Time: s.Time, AtRisk: atRisk, Events: s.Events, Survival: survival, logVariance: logVariance,
			})
			curve.Events += s.Events
		}
		curve.Size += s.leaving()
		atRisk += s.Entries - s.leaving()
	}
	return curve, nil
}

var errCompeting = fmt.Errorf("%w: the table has competing ends, count them as censored or as events first", ErrInvalid)

// greenwoodTerm is d/(r(r − d)), or 0 at the step that takes the curve to 0 and leaves nothing to vary.
func greenwoodTerm(atRisk, events int64) float64 {
	if atRisk == events {
		return 0
	}
	return float64(events) / float64(atRisk) / float64(atRisk-events)
}

// At is the curve at time t; a step at t counts. The standard error is Greenwood's, S·√Σ d/(r(r − d)); the limits are
// exp(−exp(log(−log S) ± z·σ/log S)), which stay inside [0, 1].
//
// Before the first event S is 1 with error 0 and no limits; where S is 0 there is neither error nor limit. After the
// last observed time nothing exists, since nobody was watched that long, except a curve that has reached 0.
func (c *Curve) At(t float64) Estimate {
	if !c.observed || math.IsNaN(t) {
		return Estimate{}
	}
	i, found := slices.BinarySearchFunc(c.Points, t, func(p Point, t float64) int { return cmp.Compare(p.Time, t) })
	if !found {
		i--
	}
	switch {
	case i >= 0 && c.Points[i].Survival == 0:
		return Estimate{Survival: Some(0)}
	case t > c.last:
		return Estimate{}
	case i < 0:
		return Estimate{Survival: Some(1), StdError: Some(0)}
	}
	p := c.Points[i]
	low, high := p.limits(c.z)
	return Estimate{
		Survival: Some(p.Survival),
		StdError: Some(p.Survival * math.Sqrt(p.logVariance)),
		Low:      low,
		High:     high,
	}
}

// limits are the log-log limits of a point, where 0 < S < 1.
func (p Point) limits(z float64) (low, high Optional) {
	if p.Survival <= 0 || p.Survival >= 1 {
		return Optional{}, Optional{}
	}
	logSurvival := math.Log(p.Survival)
	spread := math.Exp(z * math.Sqrt(p.logVariance) / -logSurvival)
	return Some(math.Min(math.Exp(logSurvival*spread), p.Survival)),
		Some(math.Max(math.Exp(logSurvival/spread), p.Survival))
}

// Quantile is the time by which the share q of the group has had the event, 0 < q < 1, with the Brookmeyer-Crowley
// interval on the log-log scale. Each of the three exists only where its curve comes down that far.
type Quantile struct {
	Time, Low, High Optional
}

// Median is the quantile of one half.
func (c *Curve) Median() Quantile {
	median, _ := c.Quantile(0.5) // One half is a share.
	return median
}

// Quantile is the first time at which the curve is at or below 1 − q. Where it *equals* 1 − q over an interval (up to
// √ε, because products of fractions are rarely exact), it is the middle of that interval: from the drop to the next
// event time or, after the last event, to the last observed time. The limits are the same rule on the curves of lower
// and upper limits, skipping points that have none.
//
// Source: R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29; the midpoint is R's. With late entry the limits can
// rise again: the first crossing counts. A q outside (0, 1) is [ErrInvalid].
func (c *Curve) Quantile(q float64) (Quantile, error) {
	if err := checkShare("quantile", q); err != nil {
		return Quantile{}, err
	}
	var found Quantile
	height := 1 - q
	for i, p := range c.Points {
		c.cross(&found.Time, Some(p.Survival), height, i)
		// Their limits take time: the lower one comes down first, and the upper one no sooner than the curve.
		if !found.Low.Exists {
			low, _ := p.limits(c.z)
			c.cross(&found.Low, low, height, i)
		}
		if found.Time.Exists && !found.High.Exists {
			_, high := p.limits(c.z)
			c.cross(&found.High, high, height, i)
		}
	}
	return found, nil
}

// cross sets the time at which a curve with the given value after point i first comes down to a height.
func (c *Curve) cross(crossing *Optional, value Optional, height float64, i int) {
	if crossing.Exists || !value.Exists || value.Value >= height+tolerance {
		return
	}
	from := c.Points[i].Time
	if math.Abs(value.Value-height) >= tolerance {
		*crossing = Some(from)
		return
	}
	until := c.last
	if i+1 < len(c.Points) {
		until = c.Points[i+1].Time
	}
	*crossing = Some(from + (until-from)/2)
}

// Mean is an average time with its standard error.
type Mean struct {
	Value, StdError float64
}

// Minus is the difference of two independent averages: their errors add as squares.
func (m Mean) Minus(other Mean) Mean {
	return Mean{Value: m.Value - other.Value, StdError: math.Hypot(m.StdError, other.StdError)}
}

// Interval has the normal limits of the average. A level outside (0, 1) is [ErrInvalid].
func (m Mean) Interval(level float64) (Interval, error) {
	if err := checkShare("level", level); err != nil {
		return Interval{}, err
	}
	reach := twoSidedZ(level) * m.StdError
	return Interval{Estimate: m.Value, Low: m.Value - reach, High: m.Value + reach}, nil
}

// RestrictedMean is the average time without the event within the first tau: the area under the curve from 0 to tau,
// also with late entry. Its variance is Σ over event times tᵢ ≤ tau of (area from tᵢ to tau)²·d/(r(r − d)), without a
// small-sample factor. It needs no proportional hazards, so it compares curves that cross.
//
// Source: P. Royston and M. K. B. Parmar, Stat. Med. 30 (2011) 2409. A curve that ends above 0 before tau is carried
// on at its last value, as R does. A tau that is negative or not finite is [ErrInvalid], an empty curve [ErrUndefined].
func (c *Curve) RestrictedMean(tau float64) (Mean, error) {
	if !(tau >= 0) || math.IsInf(tau, 1) {
		return Mean{}, fmt.Errorf("%w: a horizon of %v, a finite number of at least 0 is needed", ErrInvalid, tau)
	}
	if !c.observed {
		return Mean{}, fmt.Errorf("average the time up to %v: %w: nobody was watched", tau, ErrUndefined)
	}
	if tau == 0 {
		return Mean{}, nil
	}
	var area, sum float64
	right := tau
	for _, p := range slices.Backward(c.Points) {
		if p.Time > tau {
			continue
		}
		area += p.Survival * (right - p.Time)
		right = p.Time
		share := area / tau // Squares of shares cannot overflow.
		sum += share * share * greenwoodTerm(p.AtRisk, p.Events)
	}
	return Mean{Value: area + right, StdError: tau * math.Sqrt(sum)}, nil
}
