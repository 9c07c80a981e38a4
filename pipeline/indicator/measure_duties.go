package indicator

import (
	"strconv"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// duties gives one outcome for each obligation that has fallen due, by its due
// date, read as the measure says.
func (v *view) duties(ms *law.Measure) {
	missed := len(ms.Missed) > 0
	for i := range v.Obligations {
		o := &v.Obligations[i]
		if !v.has(o) {
			continue
		}
		c := Contribution{Place: o.Place, Unit: o.Institution, At: o.DueAt, Due: true}
		status := o.Status(v.windows.AsOf)
		switch {
		case status == obligation.Missed && missed, status == obligation.Met && !missed:
			c.Numerator, c.Denominator = 1, 1
		case status == obligation.Late, status == obligation.Missed, status == obligation.Met:
			c.Denominator = 1
		default:
			c.Role = LeftOut
		}
		v.read(ms, c, reading{kind: o.InstitutionKind, started: o.StartedAt, done: o.DoneAt})
	}
}

// A reading is what readings need of an outcome besides the contribution.
type reading struct {
	kind          string // of the institution
	started, done time.Time
}

// read gives an outcome in the form that the measure's reading needs.
func (v *view) read(ms *law.Measure, c Contribution, r reading) {
	switch {
	case ms.Gap != nil:
		if c.Side = v.side(ms.Gap, c.Place, r.started); c.Side == NoSide {
			c.Role = LeftOut
		}
	case ms.Units != nil:
		if c.Unit == "" || len(ms.Units.Kinds) > 0 && !contains(ms.Units.Kinds, r.kind) {
			c.Role = LeftOut
		}
	case ms.Slope != nil:
		km, ok := v.cat.Attribute(ms.Slope.Attribute, c.Place)
		if !ok || r.done.IsZero() || c.Role == LeftOut {
			c.Role = LeftOut
			break
		}
		c.X, c.Time = km/ms.Slope.Per, r.done.Sub(r.started).Hours()
	case ms.Load:
		if !r.done.IsZero() {
			done := c
			done.Role, done.At, done.Due, done.Numerator = Done, r.done, false, 1
			v.emit(done)
		}
		if c.Role == Outcome {
			c.Numerator = 0
		}
	}
	v.emit(c)
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// side is the group of a gap to which a case, a place or a start belongs.
func (v *view) side(g *law.Gap, place string, started time.Time) Side {
	switch {
	case g.Places != "":
		switch belongs, ok := v.cat.Attribute(g.Places, place); {
		case !ok:
			return NoSide
		case belongs != 0:
			return InGroup
		}
		return Against
	case g.Hours != nil:
		hour := started.In(v.cat.Zone).Hour()
		if v.cat.Calendars[g.Hours.Calendar].IsBusiness(v.cat.DateOf(started)) && hour >= g.Hours.From && hour < g.Hours.To {
			return InGroup
		}
		return Against
	}
	side, known := v.sides[g]
	if !known {
		switch {
		case v.first(g.Group) != nil:
			side = InGroup
		case len(g.Against) == 0 || v.first(g.Against) != nil:
			side = Against
		}
		v.sides[g] = side
	}
	return side
}

// allOnTime reports whether every obligation with a number in the law that has
// fallen due was met, and that there was one.
func (v *view) allOnTime() bool {
	met := false
	for i := range v.Obligations {
		if o := &v.Obligations[i]; o.Kind == law.Law {
			switch o.Status(v.windows.AsOf) {
			case obligation.Met:
				met = true
			case obligation.Late, obligation.Missed, obligation.Unclear:
				return false
			}
		}
	}
	return met
}

// overdue counts obligations that are undone: how many of them are overdue.
func (v *view) overdue() {
	for i := range v.Obligations {
		o := &v.Obligations[i]
		if !v.has(o) {
			continue
		}
		c := Contribution{Place: o.Place, At: o.DueAt, Due: true, Denominator: 1}
		switch o.Status(v.windows.AsOf) {
		case obligation.Missed:
			c.Numerator = 1
		case obligation.Open:
		default:
			continue
		}
		v.emit(c)
	}
}

// limits measures how long obligations take, each in its own limit.
func (v *view) limits() {
	for i := range v.Obligations {
		o := &v.Obligations[i]
		allowed := o.DueAt.Sub(o.StartedAt)
		if !v.has(o) || allowed <= 0 {
			continue
		}
		c := Contribution{Role: Duration, Place: o.Place, At: o.StartedAt, End: statistics.Event}
		until := o.DoneAt
		switch o.Status(v.windows.AsOf) {
		case obligation.Met, obligation.Late:
		case obligation.Open, obligation.Missed:
			until, c.End = v.windows.AsOf, statistics.Censored
		default:
			c.Role = LeftOut
		}
		c.Time = max(0, float64(until.Sub(o.StartedAt))/float64(allowed))
		v.emit(c)
	}
}

// latest gives, for each window, what the unit's last report in it says.
func (v *view) latest(l *law.Latest) {
	for _, w := range AllWindows() {
		var last *event.Event
		for e := range v.all(l.Report) {
			if in(v.windows, w, e.At, false) && e.Data.Has(l.Numerator) && (l.Minus == "" || e.Data.Has(l.Minus)) &&
				(l.Denominator == "" || e.Data.Has(l.Denominator)) {
				last = e
			}
		}
		if last == nil {
			continue
		}
		c := at(last, Outcome)
		c.Only, c.Numerator, c.Denominator = w, amount(last, l.Numerator, 0), 1
		if l.Minus != "" {
			c.Numerator -= amount(last, l.Minus, 0)
		}
		if l.Denominator != "" {
			c.Denominator = amount(last, l.Denominator, 0)
		}
		v.emit(c)
	}
}

// amount is a field as a number: flags are one or zero.
func amount(e *event.Event, field string, silent float64) float64 {
	if n, ok := e.Data.Number(field); ok {
		return n
	}
	switch {
	case !e.Data.Has(field):
		return silent
	case e.Data.Flag(field):
		return 1
	}
	n, err := strconv.ParseFloat(e.Data.Scalar(field), 64)
	if err != nil {
		return 0
	}
	return n
}
