package obligation

import (
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// tick is the finest difference between two instants of events.
const tick = time.Millisecond

// A span is where an instant lies: a point, or anywhere in a local day. Both
// ends belong to it.
type span struct{ first, last time.Time }

func point(t time.Time) span { return span{t, t} }

// spanOf places an event: at its instant, or in its local day where only the
// date is known.
func spanOf(cat *law.Catalogue, e *event.Event) span {
	if !e.ByDay() {
		return point(e.At)
	}
	next := (cat.DateOf(e.At) + 1).Start(cat.Zone)
	return span{e.At, next.Add(-tick)}
}

// latest is the later of two, end by end: when both are needed, this is when
// the last has come.
func (s span) latest(o span) span {
	if o.first.After(s.first) {
		s.first = o.first
	}
	if o.last.After(s.last) {
		s.last = o.last
	}
	return s
}

// judgeDeed is the status of a deed: that of every placement of start and deed
// in their spans with the deed not before the start, or unclear where they
// differ.
func judgeDeed(limit *law.Limit, start, deed span, due time.Time) Status {
	if !limit.ByClock() {
		// Civil days: neither the start's instant in its day nor the deed's in
		// its own changes which day it is.
		if limit.InTime(deed.first, due) {
			return Met
		}
		return Late
	}
	allowed := due.Sub(start.first)
	shortest, longest := deed.first.Sub(start.last), deed.last.Sub(start.first)
	switch {
	case longest <= allowed:
		return Met
	case shortest > allowed:
		return Late
	}
	return Unclear
}

// lapses bounds the first instant at which the limit has run out.
func lapses(limit *law.Limit, start span, due time.Time) (from, by time.Time) {
	if !limit.ByClock() {
		return due, due
	}
	from = due.Add(tick)
	return from, from.Add(start.last.Sub(start.first))
}

// voidedAt is the settled status of an undone obligation whose scope ends at an
// instant: void if it was open then, else what it was.
func voidedAt(o *Obligation, end time.Time) Status {
	switch o.Status(end) {
	case Open:
		return Void
	case Missed:
		return pending // It stays missed, which time alone says.
	}
	return Unclear
}
