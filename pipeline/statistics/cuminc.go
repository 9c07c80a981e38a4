package statistics

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Incidence is a cumulative incidence curve: the share of a group for whom the event has happened, where a competing
// end can make it impossible.
type Incidence struct {
	points   []incidencePoint
	last     float64
	observed bool
}

// incidencePoint is the state just after one time with an event of either kind, and the step that led there.
type incidencePoint struct {
	time      float64
	incidence float64
	survival  float64 // Free of either kind of end, after the step.
	before    float64 // The same, before the step.
	atRisk    int64
	events    int64
	ends      int64 // Events and competing ends together.
}

// IncidenceEstimate is a cumulative incidence at one time.
type IncidenceEstimate struct {
	Incidence, StdError Optional
}

// AalenJohansen estimates the cumulative incidence of the event in the presence of competing ends: the sum over times
// tᵢ ≤ t of S(tᵢ−)·d₁/r, with S the Kaplan-Meier curve of *any* end. Both kinds at one instant act on the same risk
// set, before the censorings of that instant.
//
// Source: O. O. Aalen and S. Johansen, Scand. J. Stat. 5 (1978) 141. One minus a Kaplan-Meier curve that censors the
// competing ends answers another question and is always larger. Without competing ends the two agree. An empty table
// gives a curve on which nothing exists; an inconsistent table is [ErrInvalid].
func AalenJohansen(table LifeTable) (*Incidence, error) {
	atRisk, err := table.start()
	if err != nil {
		return nil, err
	}
	curve := &Incidence{}
	curve.last, curve.observed = table.lastObserved()
	incidence, survival := 0.0, 1.0
	for _, s := range table {
		if ends := s.Events + s.Competing; ends > 0 {
			p := incidencePoint{time: s.Time, before: survival, atRisk: atRisk, events: s.Events, ends: ends}
			incidence += survival * (float64(s.Events) / float64(atRisk))
			survival *= float64(atRisk-ends) / float64(atRisk)
			p.incidence, p.survival = math.Min(incidence, 1), survival
			curve.points = append(curve.points, p)
		}
		atRisk += s.Entries - s.leaving()
	}
	return curve, nil
}

// At is the incidence at time t; a step at t counts. After the last observed time it does not exist, except once
// everyone has had an end of either kind: then it stays what it was.
//
// The variance is Aalen's, by the delta method: the sum over tᵢ ≤ t of
// (F(t) − Fᵢ)²·d/(r(r − d)) + S(tᵢ−)²·d₁(r − d₁)/r³ − 2(F(t) − Fᵢ)·S(tᵢ−)·d₁/r²; without competing ends it is
// Greenwood's. There is no error where nobody is left. Source: E. Marubini and M. G. Valsecchi, Analysing Survival
// Data (1995), ch. 10.
func (c *Incidence) At(t float64) IncidenceEstimate {
	if !c.observed || math.IsNaN(t) {
		return IncidenceEstimate{}
	}
	i, found := slices.BinarySearchFunc(c.points, t, func(p incidencePoint, t float64) int { return cmp.Compare(p.time, t) })
	if !found {
		i--
	}
	exhausted := i >= 0 && c.points[i].survival == 0
	switch {
	case t > c.last && !exhausted:
		return IncidenceEstimate{}
	case i < 0:
		return IncidenceEstimate{Incidence: Some(0), StdError: Some(0)}
	case exhausted:
		return IncidenceEstimate{Incidence: Some(c.points[i].incidence)}
	}
	now := c.points[i].incidence
	var variance float64
	for _, p := range c.points[:i+1] {
		r, d1 := float64(p.atRisk), float64(p.events)
		rest := now - p.incidence
		variance += rest*rest*greenwoodTerm(p.atRisk, p.ends) +
			p.before*p.before*d1*(r-d1)/(r*r*r) - 2*rest*p.before*d1/(r*r)
	}
	return IncidenceEstimate{Incidence: Some(now), StdError: Some(math.Sqrt(math.Max(variance, 0)))}
}

// TimeBy is the time by which a share of a group has had the event, with 95 % limits where they are known. Without
// competing ends it is the quantile of the Kaplan-Meier curve; with them it is read off the cumulative incidence, of
// all who began, and the limits where that with 1.96 standard errors more or less comes as far. What the curve never
// reaches does not exist. An inconsistent table or a share outside (0, 1) is [ErrInvalid].
func (t LifeTable) TimeBy(share float64) (Quantile, error) {
	if !slices.ContainsFunc(t, func(s Step) bool { return s.Competing > 0 }) {
		curve, err := KaplanMeier(t, 0.95)
		if err != nil {
			return Quantile{}, err
		}
		return curve.Quantile(share)
	}
	if err := checkShare("share", share); err != nil {
		return Quantile{}, err
	}
	curve, err := AalenJohansen(t)
	if err != nil {
		return Quantile{}, err
	}
	first := func(reached func(p incidencePoint) bool) Optional {
		i := sort.Search(len(curve.points), func(i int) bool { return reached(curve.points[i]) })
		if i == len(curve.points) {
			return Optional{}
		}
		return Some(curve.points[i].time)
	}
	// The error of a point costs a walk over all before it: it is asked for where it can matter alone.
	limit := func(p incidencePoint, z float64) float64 { return p.incidence + z*curve.At(p.time).StdError.Value }
	z := normalQuantile(0.975)
	return Quantile{
		Time: first(func(p incidencePoint) bool { return p.incidence >= share }),
		Low:  first(func(p incidencePoint) bool { return p.incidence >= share || limit(p, z) >= share }),
		High: first(func(p incidencePoint) bool { return p.incidence >= share && limit(p, -z) >= share }),
	}, nil
}
