package obligation

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Fold returns the obligations of one subject, ordered by duty and instance.
// events are all its events in any order, each once or more; they are not
// changed.
func Fold(cat *law.Catalogue, events []event.Event, q Query) []Obligation {
	return FoldVisible(cat, Visible(cat, events, q), q)
}

// FoldVisible is Fold of what Visible has returned already.
func FoldVisible(cat *law.Catalogue, visible []event.Event, q Query) []Obligation {
	return new(Room).FoldVisible(cat, visible, q)
}

// A Room is memory that one fold leaves to the next. It is for one goroutine.
type Room struct {
	// Index says where the events of the last fold stand.
	Index Index

	cat       *law.Catalogue // to which startedBy belongs
	startedBy Concerns
	duties    []int // that the events concern

	seen  []event.Event
	out   []Obligation
	order []int
}

// Visible is the function of that name in this memory: what it returns is gone with
// the next call.
func (r *Room) Visible(cat *law.Catalogue, events []event.Event, q Query) []event.Event {
	r.seen = appendVisible(r.seen[:0], cat, events, q)
	return r.seen
}

// FoldVisible is the function of that name in this memory. What it returns is not
// part of it.
func (r *Room) FoldVisible(cat *law.Catalogue, visible []event.Event, q Query) []Obligation {
	if r.cat != cat {
		r.cat, r.startedBy = cat, startedBy(cat)
	}
	r.Index.fill(visible)
	if len(visible) == 0 {
		return nil
	}
	r.duties = r.startedBy.Of(&r.Index, r.duties)
	f := folder{cat: cat, events: visible, byType: &r.Index, duties: r.duties, query: q, out: r.out[:0]}
	f.findScopes()
	f.fold()
	r.out = f.out
	return r.sorted()
}

// sorted copies what was folded, by duty and instance. Obligations are large: they
// are moved once.
func (r *Room) sorted() []Obligation {
	if len(r.out) == 0 {
		return nil
	}
	r.order = r.order[:0]
	for i := range r.out {
		r.order = append(r.order, i)
	}
	slices.SortFunc(r.order, func(a, b int) int {
		if c := strings.Compare(r.out[a].Duty, r.out[b].Duty); c != 0 {
			return c
		}
		return strings.Compare(r.out[a].Instance, r.out[b].Instance)
	})
	out := make([]Obligation, len(r.order))
	for n, i := range r.order {
		out[n] = r.out[i]
	}
	return out
}

// Visible returns the events that count at a query's instants, in fold order:
// known, not retracted, not later than AsOf, each identity once.
func Visible(cat *law.Catalogue, events []event.Event, q Query) []event.Event {
	return appendVisible(make([]event.Event, 0, len(events)), cat, events, q)
}

// appendVisible is Visible in memory that is there.
func appendVisible(seen []event.Event, cat *law.Catalogue, events []event.Event, q Query) []event.Event {
	var few [64]int
	order := few[:0]
	retracted := Retractions(cat, events, q)
	for i := range events {
		e := &events[i]
		if e.Type != cat.Retraction && q.knows(e) && !e.At.After(q.AsOf) && (len(retracted) == 0 || retracted[e.Identity()] == nil) {
			order = append(order, i)
		}
	}
	// Of one identity the first that was given stays.
	slices.SortFunc(order, func(a, b int) int {
		if c := event.Compare(&events[a], &events[b]); c != 0 {
			return c
		}
		return a - b
	})
	for _, i := range order {
		if n := len(seen); n == 0 || seen[n-1].Identity() != events[i].Identity() {
			seen = append(seen, events[i])
		}
	}
	return seen
}

// Retractions returns, of what a query knows to be taken back, the first event
// that does so.
func Retractions(cat *law.Catalogue, events []event.Event, q Query) map[event.Identity]*event.Event {
	var by map[event.Identity]*event.Event
	for i := range events {
		e := &events[i]
		if e.Type != cat.Retraction || !q.knows(e) {
			continue
		}
		if by == nil {
			by = map[event.Identity]*event.Event{}
		}
		target := event.Identity{Subject: e.Subject, Source: e.Data.Text("source"), ID: e.Data.Text("id")}
		if other := by[target]; other == nil || event.Compare(e, other) < 0 {
			by[target] = e
		}
	}
	return by
}

// folder is the state of one fold.
type folder struct {
	cat    *law.Catalogue
	query  Query
	events []event.Event // visible, in order
	out    []Obligation

	opening   law.Date // the case's start, for duties in force by case
	byType    *Index
	duties    []int                  // that the events can start, by number
	caseEnd   *event.Event           // nil while the case goes on
	scopeEnds map[scope]*event.Event // of measures, appeals …; nil where none ends
}

// A scope is one instance of a ref: the measure m-1.
type scope struct{ field, ref string }

// findScopes notes where the case begins, and where it and its parts end.
func (f *folder) findScopes() {
	first := &f.events[0]
	if at := f.byType.At(f.cat.CaseStart); len(at) > 0 {
		first = &f.events[at[0]]
	}
	f.opening = f.cat.DateOf(first.At)
	for _, v := range f.cat.VoidedBy {
		for _, i := range f.byType.At(v.Type) {
			e := &f.events[i]
			if v.Scope == law.InstanceCase {
				f.caseEnd = earlier(f.caseEnd, e)
			} else if ref := e.Data.Text(v.Scope); ref != "" {
				if f.scopeEnds == nil {
					f.scopeEnds = map[scope]*event.Event{}
				}
				s := scope{v.Scope, ref}
				f.scopeEnds[s] = earlier(f.scopeEnds[s], e)
			}
		}
	}
}

// earlier is the earlier of two events, of which nil is none.
func earlier(a, b *event.Event) *event.Event {
	if a == nil || b != nil && b.At.Before(a.At) {
		return b
	}
	return a
}

// over reports whether an instant lies at or after the end of its scope, if
// that has one.
func over(end *event.Event, at time.Time) bool { return end != nil && !at.Before(end.At) }

// A candidate is a regime that has started for an instance.
type candidate struct {
	duty   *law.Duty
	regime *law.Regime
	ref    string       // "" for one a case
	start  *event.Event // what started it
	clock  *event.Event // where the clock starts: start, or what the regime counts back to
}

// fold finds which regimes have started, lets some give way, and judges the
// rest.
func (f *folder) fold() {
	var started []candidate
	for _, n := range f.duties {
		d := f.cat.Duties[n]
		switch {
		case d.Every != "":
			f.foldRegister(d)
		case d.Repeats:
			f.foldRepeating(d)
		default:
			started = f.appendStarted(started, d)
		}
	}
	overridden := map[scope]bool{} // here field is the regime that gives way
	for _, c := range started {
		for _, id := range c.regime.Overrides {
			overridden[scope{id, c.ref}] = true
		}
	}
	all := started
	if f.query.Why {
		all = slices.Clone(started)
	}
	started = slices.DeleteFunc(started, func(c candidate) bool { return overridden[scope{c.regime.ID, c.ref}] })
	f.out = slices.Grow(f.out, len(started))
	for i, c := range started {
		o := f.judge(c)
		if f.query.Why {
			o.Why.GaveWay = f.overriddenBy(c, all)
		}
		// Where regimes still compete in one instance, the stricter one judges.
		if n := len(f.out); i > 0 && n > 0 && started[i-1].duty == c.duty && started[i-1].ref == c.ref {
			f.out[n-1] = stricter(f.out[n-1], o)
			continue
		}
		f.out = append(f.out, o)
	}
}

// appendStarted appends the regimes of a duty that have started, instance by
// instance in order of their first start.
func (f *folder) appendStarted(started []candidate, d *law.Duty) []candidate {
	from := len(started)
	for _, r := range d.Regimes {
		at := f.positions(d.Starts(r))
		if len(at) == 0 {
			continue
		}
		refs := map[string]bool{}
		for _, i := range at {
			e := &f.events[i]
			ref, ok := f.instance(d, e)
			if !ok || refs[ref] || !f.mayStart(e, i) || !d.Starts(r).Any(e) {
				continue
			}
			refs[ref] = true
			if c, ok := f.start(d, r, ref, e); ok {
				started = append(started, c)
			}
		}
	}
	slices.SortStableFunc(started[from:], func(a, b candidate) int { return cmp.Compare(a.ref, b.ref) })
	return started
}

// positions returns where the events of a pattern's types stand, in order.
func (f *folder) positions(p *law.Pattern) []int { return f.byType.Of(p.Matches) }

// instance returns the ref by which the duty tells obligations apart.
func (f *folder) instance(d *law.Duty, e *event.Event) (ref string, ok bool) {
	if d.IsCaseInstance() {
		return "", true
	}
	ref = e.Data.Text(d.Instance)
	return ref, ref != ""
}

// mayStart reports whether the event can start anything: of some types only the
// first in a case does.
func (f *folder) mayStart(e *event.Event, at int) bool {
	return !f.cat.FirstOnly[e.Type] || f.byType.At(e.Type)[0] == at
}

// start checks whether a regime starts for an instance with an event.
func (f *folder) start(d *law.Duty, r *law.Regime, ref string, e *event.Event) (candidate, bool) {
	c := candidate{duty: d, regime: r, ref: ref, start: e, clock: e}
	end := f.end(d, ref)
	if over(end, e.At) {
		return c, false
	}
	on := f.cat.DateOf(e.At)
	if d.InForceBy == law.ByCase {
		on = f.opening
	}
	if !r.InForce(on) || len(r.When) > 0 && !r.Applies(f.reading(d, e)) {
		return c, false
	}
	if r.ClockFrom != nil {
		c.clock = nil
		for _, i := range f.byType.At(r.ClockFrom.Type) {
			if r.ClockFrom.Matches(&f.events[i]) {
				c.clock = &f.events[i]
				break
			}
		}
	}
	return c, c.clock != nil && !over(end, c.clock.At)
}

// end is the event from which on a duty's instance is void, or nil.
func (f *folder) end(d *law.Duty, ref string) *event.Event {
	end := f.caseEnd
	if ref != "" {
		end = earlier(end, f.scopeEnds[scope{d.Instance, ref}])
	}
	for i := range d.VoidedBy {
		m := &d.VoidedBy[i]
		for _, at := range f.byType.At(m.Type) {
			e := &f.events[at]
			if own, ok := f.instance(d, e); ok && own == ref && m.Matches(e) {
				end = earlier(end, e)
				break
			}
		}
	}
	return end
}

// reading gives the facts known when an event starts a duty. Where only the
// date of the start is known, everything of that date counts as known.
func (f *folder) reading(d *law.Duty, start *event.Event) law.Facts {
	return f.readingAt(d, start, spanOf(f.cat, start).last)
}

func (f *folder) readingAt(d *law.Duty, start *event.Event, until time.Time) law.Facts {
	return func(name string) string { return d.FactFor(name, f.factsAt(start, until), f.cat.Facts) }
}

func (f *folder) factsAt(start *event.Event, until time.Time) law.Facts {
	return func(name string) string {
		fact := f.cat.Facts[name]
		if fact == nil {
			return ""
		}
		return fact.At(start, f.events, until)
	}
}

// judge turns a started regime into an obligation.
func (f *folder) judge(c candidate) Obligation {
	clock := spanOf(f.cat, c.clock)
	due, moved, known := f.due(c, clock.first)
	o := f.row(c.duty, c.regime, c.start, spanOf(f.cat, c.start).last)
	o.Instance = cmp.Or(c.ref, "-")
	o.StartedAt, o.DueAt = clock.first, due
	o.LapsesFrom, o.LapsesBy = lapses(&c.regime.Limit, clock, due)
	end := f.end(c.duty, c.ref)
	if f.query.Why {
		o.Why = f.why(c.duty, c.regime, c.start, spanOf(f.cat, c.start).last, end)
		o.Why.Clock, o.Why.Moved = c.clock, f.moves(c, clock.first, moved)
	}
	f.judgeDeeds(&o, c, clock, end)
	if !known { // A deadline that nobody states is neither kept nor missed.
		o.Settled = Unclear
	}
	if o.Settled == pending && end != nil {
		o.Settled = voidedAt(&o, end.At)
	}
	return o
}

// A deed is what counts towards fulfilment: where it lies, and the event.
type deed struct {
	when span
	done *event.Event
}

// judgeDeeds looks for the deeds that fulfil the obligation and settles it
// where they decide.
func (f *folder) judgeDeeds(o *Obligation, c candidate, clock span, end *event.Event) {
	needed := c.duty.Fulfils(c.regime).Requirements()
	var done deed
	var earliest *event.Event // the first deed of any requirement
	unclear, complete := false, true
	for n, requirement := range needed {
		first, before := f.firstDeed(c, requirement, clock, end)
		if came := cmp.Or(before, first); came != nil && (earliest == nil || event.Compare(came, earliest) < 0) {
			earliest = came
		}
		if first == nil && before != nil && c.duty.EarlyDeed == law.EarlyCounts {
			first = before
		}
		o.Why.needs(f, c, requirement, clock, o.DueAt, first, before)
		if first == nil {
			complete = false
			unclear = unclear || before != nil && c.duty.EarlyDeed == law.EarlyUnclear
			continue
		}
		when := spanOf(f.cat, first)
		if n == 0 || done.done == nil || when.first.After(done.when.first) {
			done.done = first
		}
		done.when = done.when.latest(when)
	}
	switch {
	case unclear:
		o.Settled, o.DoneAt, o.Deed = Unclear, earliest.At, earliest
	case complete && done.done != nil && done.when.last.Before(clock.first):
		// An early deed that counts is done at its own instant.
		o.Settled, o.DoneAt, o.Deed = Met, done.done.At, done.done
	case complete && done.done != nil:
		o.Settled, o.DoneAt, o.Deed = judgeDeed(&c.regime.Limit, clock, done.when, o.DueAt), done.done.At, done.done
	}
}

// firstDeed is the first event of a requirement at or after the start, or else
// the first before it. On one date, where either is known by its day, the deed
// counts as after the start.
func (f *folder) firstDeed(c candidate, p law.Pattern, clock span, end *event.Event) (first, before *event.Event) {
	startsOn := f.cat.DateOf(clock.first)
	for _, i := range f.positions(&p) {
		e := &f.events[i]
		if over(end, e.At) {
			break
		}
		if ref, ok := f.instance(c.duty, e); !ok || ref != c.ref || !p.Any(e) {
			continue
		}
		// A start known by its day is at the first instant of it: no deed of that
		// date is before it.
		if !e.At.Before(clock.first) || e.ByDay() && f.cat.DateOf(e.At) == startsOn {
			return e, before
		}
		if before == nil {
			before = e
		}
	}
	return nil, before
}
