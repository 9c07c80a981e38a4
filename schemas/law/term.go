package law

import (
	"cmp"
	"slices"
	"time"
)

// What happens to a deadline once its clock runs: it may stand in the events
// themselves, stop and go on, and be extended.

// A Stop is an event from which on a limit does not run, under an article.
type Stop struct {
	Event    Match  `yaml:"event"`
	Citation string `yaml:"citation"`
}

// An Extension is an event that gives more time, under an article: a limit that
// counts from the old deadline, or a new deadline that the event states.
type Extension struct {
	Event    Match  `yaml:"event"`
	Citation string `yaml:"citation"`
	By       Limit  `yaml:"by"`
	AtMost   int    `yaml:"at_most"` // times; any number where it is 0
}

// Moves reports whether events can move the deadline of the regime.
func (r *Regime) Moves() bool {
	return r.Limit.IsStated() || len(r.SuspendedBy) > 0 || len(r.ExtendedBy) > 0
}

// Never is the due instant of a limit that stands still, or of which the deadline
// is not known. It lies after all others, as far as stores count nanoseconds, and is
// not to be printed.
var Never = time.Date(2261, time.December, 31, 0, 0, 0, 0, time.UTC)

// Moved is what events did to a limit.
type Moved struct {
	Stated time.Time // the deadline that the start states, zero where it states none
	Pauses []Pause   // one after the other
	More   []More    // in order
}

// A Pause is a time in which a limit does not run. It lasts where To is zero.
type Pause struct{ From, To time.Time }

// More is time given at an instant.
type More struct {
	At     time.Time
	Under  *Extension
	Stated time.Time // the deadline that the event states, zero where it states none
}

// DueMoved is Due with what events did to the limit. It is Never while the limit
// stands still. known is false where a deadline is not stated that should be.
func (c *Catalogue) DueMoved(l *Limit, start time.Time, place string, m *Moved) (due time.Time, known bool) {
	length := *l
	due, known = c.dueStopped(&length, start, place, m)
	times := map[*Extension]int{}
	for i := range m.More {
		more := &m.More[i]
		x := more.Under
		if !known || more.At.Before(start) || !l.InTime(more.At, due) || x.AtMost > 0 && times[x] == x.AtMost {
			continue
		}
		times[x]++
		if length.lengthen(&x.By) {
			due, known = c.dueStopped(&length, start, place, m)
			continue
		}
		due, known = c.extended(due, more, m.Pauses)
	}
	return due, known
}

// lengthen adds a limit of the same unit: one month and two more are three, from
// the original date. It reports whether the units are the same.
func (l *Limit) lengthen(by *Limit) bool {
	switch {
	case l.IsStated() || by.IsStated():
		return false
	case l.ByClock() && by.ByClock():
		l.Hours, l.Minutes, l.Seconds = l.Hours+by.Hours, l.Minutes+by.Minutes, l.Seconds+by.Seconds
	case l.Months != 0 && by.Months != 0:
		l.Months += by.Months
	case l.CalendarDays != 0 && by.CalendarDays != 0:
		l.CalendarDays += by.CalendarDays
	case l.BusinessDays != 0 && by.BusinessDays != 0:
		l.BusinessDays += by.BusinessDays
	case l.Days != 0 && by.Days != 0:
		l.Days += by.Days
	default:
		return false
	}
	return true
}

// dueStopped is when a limit runs out that stands still at times.
func (c *Catalogue) dueStopped(l *Limit, start time.Time, place string, m *Moved) (time.Time, bool) {
	stopped := c.stoppedDays(m.Pauses)
	switch {
	case l.IsStated() && m.Stated.IsZero():
		return Never, false
	case l.Until != "":
		return run(start, m.Stated.Sub(start), m.Pauses), true
	case l.UntilDay != "":
		first := c.DateOf(start)
		return c.endOf(pushed(first, c.DateOf(m.Stated), stopped)), true
	case l.ByClock():
		length := l.Duration()
		if l.Distance {
			length += c.distance(place)
		}
		return run(start, length, m.Pauses), true
	case len(m.Pauses) == 0:
		return c.Due(l, start, place), true
	}
	last := c.lastRunningDay(l, c.DateOf(start), stopped)
	if days := Date(c.distance(place).Hours() / 24); l.Distance && days > 0 {
		last = c.shiftRunning(l, last+days, stopped)
	}
	return c.endOf(last), true
}

// extended is the new deadline, where it counts from the old one or is stated. A
// deadline that an extension states is never earlier than the old one.
func (c *Catalogue) extended(due time.Time, more *More, pauses []Pause) (time.Time, bool) {
	by := &more.Under.By
	switch {
	case due.Equal(Never):
		return due, true
	case by.IsStated() && more.Stated.IsZero():
		return Never, false
	case by.Until != "":
		return slices.MaxFunc([]time.Time{due, more.Stated}, time.Time.Compare), true
	case by.UntilDay != "":
		return slices.MaxFunc([]time.Time{due, c.endOf(c.DateOf(more.Stated))}, time.Time.Compare), true
	case by.ByClock():
		return run(due, by.Duration(), pauses), true
	}
	return c.endOf(c.lastRunningDay(by, c.DateOf(due)-1, c.stoppedDays(pauses))), true
}

// run is where a clock stands after it has run for a time, pauses not counted.
func run(from time.Time, length time.Duration, pauses []Pause) time.Time {
	for _, p := range pauses {
		switch {
		case !p.From.Before(from.Add(length)):
			return from.Add(length)
		case p.To.IsZero():
			return Never
		case !p.To.After(from):
			continue
		}
		if p.From.After(from) {
			length -= p.From.Sub(from)
		}
		from = p.To
	}
	return from.Add(length)
}

// stoppedDays tells the days that do not count: from the day of a stop to that of
// the resumption, so that the first day to count again is the next one.
func (c *Catalogue) stoppedDays(pauses []Pause) func(Date) bool {
	type days struct{ from, to Date }
	var stopped []days
	for _, p := range pauses {
		to := afterAll
		if !p.To.IsZero() {
			to = c.DateOf(p.To)
		}
		stopped = append(stopped, days{c.DateOf(p.From), to})
	}
	return func(d Date) bool {
		return slices.ContainsFunc(stopped, func(s days) bool { return s.from <= d && d <= s.to })
	}
}

// afterAll lies after all days that calendars know: no limit runs until then.
var afterAll = NewDate(LastYear+1, time.January, 1)

// endOf is the due instant of a last day.
func (c *Catalogue) endOf(last Date) time.Time {
	if last >= afterAll {
		return Never
	}
	return (last + 1).Start(c.Zone)
}

// lastRunningDay is lastDay with days that do not count.
func (c *Catalogue) lastRunningDay(l *Limit, start Date, stopped func(Date) bool) Date {
	last := start
	switch {
	case l.SameDay:
		for ; stopped(last) && last < afterAll; last++ {
		}
		return last
	case l.Months != 0:
		return c.shiftRunning(l, pushed(start, start.AddMonths(l.Months), stopped), stopped)
	}
	business := c.CountsBusinessDays(l)
	for left := cmp.Or(l.Days, l.BusinessDays, l.CalendarDays); left > 0 && last < afterAll; {
		if last++; !stopped(last) && (!business || c.Calendars[l.Calendar].IsBusiness(last)) {
			left--
		}
	}
	if business {
		return last
	}
	return c.shiftRunning(l, last, stopped)
}

// pushed is a last day moved by as many days as do not count until then.
func pushed(start, last Date, stopped func(Date) bool) Date {
	for d := start + 1; d <= last && last < afterAll; d++ {
		if stopped(d) {
			last++
		}
	}
	return last
}

// shiftRunning is shift past the days that do not count.
func (c *Catalogue) shiftRunning(l *Limit, last Date, stopped func(Date) bool) Date {
	for last = c.shift(l, last); stopped(last) && last < afterAll; last = c.shift(l, last) {
		last++
	}
	return last
}

// ParseDeadline reads a deadline as an event states it: an instant, or a date,
// which stands for its first instant.
func (c *Catalogue) ParseDeadline(text string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, true
	}
	if d, err := ParseDate(text); err == nil {
		return d.Start(c.Zone), true
	}
	return time.Time{}, false
}
