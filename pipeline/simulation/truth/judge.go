package truth

import (
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A span is where an instant may lie: from lo to hi, both included. Where the
// instant is known they are the same; where only the day is known they are the
// first and the last millisecond of the day.
type span struct{ lo, hi time.Time }

func at(t time.Time) span { return span{t, t} }

func spanOf(e *event.Event, zone *time.Location) span {
	if !e.ByDay() {
		return at(e.At)
	}
	next := (law.DateOf(e.At, zone) + 1).Start(zone)
	return span{e.At, next.Add(-time.Millisecond)}
}

// A clock is a limit that runs from a start.
type clock struct {
	limit *law.Limit
	start span
	due   time.Time // for the start's first instant
}

// finished judges a deed: met or late, or unclear where the days that are
// known allow both. A deed is never placed before the start.
func (c *clock) finished(deed span) Status {
	var first, last bool // in time at the shortest and at the longest distance
	if c.limit.ByClock() {
		allowed := c.due.Sub(c.start.lo)
		first = max(0, deed.lo.Sub(c.start.hi)) <= allowed
		last = deed.hi.Sub(c.start.lo) <= allowed
	} else {
		// Whole days: the due instant is the same for every instant of the
		// day on which the clock started.
		first, last = deed.lo.Before(c.due), deed.hi.Before(c.due)
	}
	switch {
	case first && last:
		return Met
	case !first && !last:
		return Late
	}
	return Unclear
}

// unfinished judges the absence of a deed at an instant: missed, else open, or
// unclear where the day of the start allows both.
func (c *clock) unfinished(at time.Time) Status {
	latest := c.due
	if c.limit.ByClock() {
		latest = c.due.Add(c.start.hi.Sub(c.start.lo))
	}
	switch first, last := c.limit.Passed(c.due, at), c.limit.Passed(latest, at); {
	case first && last:
		return Missed
	case first != last:
		return Unclear
	}
	return Open
}

// abandoned judges the absence of a deed where the duty fell away at an
// instant: what was open then is void from then on.
func (c *clock) abandoned(at time.Time) Status {
	if s := c.unfinished(at); s != Open {
		return s
	}
	return Void
}
