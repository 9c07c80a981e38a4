package obligation

import (
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Why says what decided an obligation: for explanations, kept nowhere. It is
// noted by the one fold that judges, so that it cannot tell another story.
type Why struct {
	// Clock is the event from which the limit runs. It is nil for periods that
	// begin with the calendar or with the end of the period before.
	Clock *event.Event
	// Known are the facts on which the conditions of the regime looked.
	Known []Known
	// Bearers are the kinds of institution that owe the duty in this case.
	Bearers []string
	// Needed is each deed that the law requires. Recurring duties name none:
	// a report serves one period, and that is the obligation's deed.
	Needed []Requirement
	// GaveWay are regimes that had started too, in the same instance.
	GaveWay []GaveWay
	// Moved are the events that stop the clock, let it run again or give more
	// time, where the regime knows of any, with what each did.
	Moved []Move
	// End is the event from which on the scope no longer binds, or nil.
	End *event.Event
}

// Known is a fact on which a condition of a regime looked.
type Known struct {
	Fact  string
	Value string // as the duty reads it
	Told  string // as the events say; it differs where the duty reads a default otherwise
	By    *event.Event
}

// A Requirement is one deed that must come, or one of several that would do.
type Requirement struct {
	Pattern law.Pattern
	Deed    *event.Event // that counts; nil while there is none
	Before  *event.Event // that lies before the start, where none came after it
	Status  Status       // of the deed alone; "" while there is none
}

// A Move is an event that may move a deadline, and the deadline after it: law.Never
// while the clock stands still.
type Move struct {
	By     *event.Event
	DueAt  time.Time
	Counts bool // it changed the deadline; what comes too late or once too often does not
}

// GaveWay is a regime that had started and does not judge: another one
// overrides it, or a stricter one judges in its place.
type GaveWay struct {
	Duty      *law.Duty
	Regime    *law.Regime
	StartedAt time.Time
	DueAt     time.Time
	Stricter  bool // the one that judges is the stricter, else it overrides this one
}

// needs notes what became of one requirement. Nobody asked where w is nil.
func (w *Why) needs(f *folder, c candidate, p law.Pattern, clock span, due time.Time, deed, before *event.Event) {
	if w == nil {
		return
	}
	r := Requirement{Pattern: p, Deed: deed, Before: before}
	switch {
	case deed == nil && before != nil && c.duty.EarlyDeed == law.EarlyUnclear:
		r.Status = Unclear
	case deed == nil:
	case c.regime.Limit.IsStated() && due.Equal(law.Never):
		r.Status = Unclear
	case spanOf(f.cat, deed).last.Before(clock.first):
		r.Status = Met // An early deed that counts.
	default:
		r.Status = judgeDeed(&c.regime.Limit, clock, spanOf(f.cat, deed), due)
	}
	w.Needed = append(w.Needed, r)
}

// moves says what each of some events did to the deadline: the deadline of a fold
// that ends with it, beside the one before.
func (f *folder) moves(c candidate, start time.Time, by []*event.Event) []Move {
	if len(by) == 0 {
		return nil
	}
	upTo := *f
	upTo.events = nil
	before, _, _ := upTo.due(c, start)
	var out []Move
	for i := range f.events {
		if !slices.Contains(by, &f.events[i]) {
			continue
		}
		upTo.events = f.events[:i+1]
		due, _, _ := upTo.due(c, start)
		out = append(out, Move{By: &f.events[i], DueAt: due, Counts: !due.Equal(before)})
		before = due
	}
	return out
}

// why notes what decided a regime, and whom it binds, by what is known at an
// instant.
func (f *folder) why(d *law.Duty, r *law.Regime, start *event.Event, until time.Time, end *event.Event) *Why {
	return &Why{Known: f.chosenBy(d, r, start, until), Bearers: d.Bearers(f.factsAt(start, until)), End: end}
}

// chosenBy lists the facts on which the conditions of a regime looked, as known
// at an instant.
func (f *folder) chosenBy(d *law.Duty, r *law.Regime, start *event.Event, until time.Time) []Known {
	var known []Known
	for _, c := range r.When {
		fact := f.cat.Facts[c.Fact]
		if fact == nil {
			continue
		}
		told, by := fact.Told(start, f.events, until)
		known = append(known, Known{Fact: c.Fact, Value: f.readingAt(d, start, until)(c.Fact), Told: told, By: by})
	}
	return known
}

// overriddenBy lists, of all regimes that started, those of the instance that
// one of them overrides.
func (f *folder) overriddenBy(c candidate, all []candidate) []GaveWay {
	var out []GaveWay
	for _, other := range all {
		for _, id := range c.regime.Overrides {
			if other.regime.ID == id && other.ref == c.ref {
				o := f.judge(other)
				out = append(out, GaveWay{Duty: other.duty, Regime: other.regime, StartedAt: o.StartedAt, DueAt: o.DueAt})
			}
		}
	}
	return out
}

// stricter is which of two regimes judges that compete in one instance: the one
// that falls due first, and of equals the first.
func stricter(standing, o Obligation) Obligation {
	judges, yields := standing, o
	if o.DueAt.Before(standing.DueAt) {
		judges, yields = o, standing
	}
	if judges.Why != nil && yields.Why != nil {
		gone := GaveWay{Duty: yields.Law, Regime: yields.Under, StartedAt: yields.StartedAt, DueAt: yields.DueAt, Stricter: true}
		judges.Why.GaveWay = append(append(judges.Why.GaveWay, yields.Why.GaveWay...), gone)
	}
	return judges
}
