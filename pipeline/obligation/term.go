package obligation

import (
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// due is when a regime that has started falls due: by its limit, and by what the
// events of its instance do to it. It is law.Never while the limit stands still.
// known is false where a deadline is not stated that should be.
func (f *folder) due(c candidate, start time.Time) (due time.Time, moved []*event.Event, known bool) {
	limit := &c.regime.Limit
	if !c.regime.Moves() {
		return f.cat.Due(limit, start, c.start.Place()), nil, true
	}
	var m law.Moved
	if limit.IsStated() {
		m.Stated, _ = f.cat.ParseDeadline(c.start.Data.Scalar(limit.Until + limit.UntilDay))
	}
	m.Pauses, moved = f.pauses(c)
	for i := range f.events {
		e := &f.events[i]
		if !f.concerns(c, e) {
			continue
		}
		for j := range c.regime.ExtendedBy {
			x := &c.regime.ExtendedBy[j]
			if !x.Event.Matches(e) {
				continue
			}
			more := law.More{At: e.At, Under: x}
			if x.By.IsStated() {
				more.Stated, _ = f.cat.ParseDeadline(e.Data.Scalar(x.By.Until + x.By.UntilDay))
			}
			m.More, moved = append(m.More, more), append(moved, e)
		}
	}
	due, known = f.cat.DueMoved(limit, start, c.start.Place(), &m)
	slices.SortStableFunc(moved, event.Compare)
	return due, moved, known
}

// pauses are the times in which a regime's clock stands still: from a stop to the
// next resumption.
func (f *folder) pauses(c candidate) (pauses []law.Pause, by []*event.Event) {
	stops := func(e *event.Event) bool {
		return slices.ContainsFunc(c.regime.SuspendedBy, func(s law.Stop) bool { return s.Event.Matches(e) })
	}
	resumes := c.regime.ResumedBy.Pattern()
	standing := false
	for i := range f.events {
		e := &f.events[i]
		switch {
		case !f.concerns(c, e):
		case !standing && stops(e):
			pauses, by, standing = append(pauses, law.Pause{From: e.At}), append(by, e), true
		case standing && resumes.Any(e):
			pauses[len(pauses)-1].To, by, standing = e.At, append(by, e), false
		}
	}
	return pauses, by
}

// concerns reports whether an event can move the deadline of an instance: it names
// that one, or none at all.
func (f *folder) concerns(c candidate, e *event.Event) bool {
	ref, named := f.instance(c.duty, e)
	return !named || ref == c.ref
}
