// Package truth keeps the truth about obligations by bookkeeping: every duty that an
// event may start is an account, later events pay into it or close it, and in the end
// each account states how it stands.
//
// It knows nothing of how the product folds, so that each can prove the other wrong.
package truth

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A ledger keeps the accounts of one case. Its facts are entered in the order
// in which they happened; each opens, pays into or closes accounts. When the
// last one is in, the ledger is closed and every account states how it stands.
type ledger struct {
	*Book
	accounts [][]account // by track
	stated   map[*law.Fact][]*event.Event
	clocked  []*event.Event // events that clocks may count back to
	ended    map[scope]time.Time
	dutyEnds []*event.Event
	onceOnly map[string]bool // event types of which the first has come

	caseStart, first *event.Event
}

// An account is one obligation in the making: the event that opened it and
// what was paid into it, before or after.
type account struct {
	track    *track
	instance string
	start    *event.Event
	deeds    []deed
}

// A deed is an event that fulfils one requirement of the account's pattern.
type deed struct {
	need  int
	event *event.Event
}

// A scope is what a voiding event ends: the case, or one measure or appeal.
type scope struct{ name, ref string }

// entire is the scope name of the whole case.
const entire = law.InstanceCase

// Keep enters the facts of one case, which are in order, and states the truth.
func (b *Book) Keep(facts []*event.Event) []Row {
	l := &ledger{
		Book: b, accounts: make([][]account, len(b.tracks)), stated: map[*law.Fact][]*event.Event{},
		ended: map[scope]time.Time{}, onceOnly: map[string]bool{},
	}
	for _, e := range facts {
		l.enterFact(e)
	}
	return l.close()
}

func (l *ledger) enterFact(e *event.Event) {
	if l.first == nil {
		l.first = e
	}
	if l.caseStart == nil && e.Type == l.cat.CaseStart {
		l.caseStart = e
	}
	for _, f := range l.facts[e.Type] {
		l.stated[f] = append(l.stated[f], e)
	}
	if l.clocks[e.Type] {
		l.clocked = append(l.clocked, e)
	}
	l.enterEnding(e)
	if !l.onceOnly[e.Type] {
		l.onceOnly[e.Type] = l.cat.FirstOnly[e.Type]
		l.openAccounts(e)
	}
	for _, p := range l.pays[e.Type] {
		t := &l.tracks[p.track]
		m := &t.fulfils.Matches[p.match]
		if !m.Matches(e) {
			continue
		}
		if ref, ok := instanceOf(t.duty, e); ok {
			a := l.account(p.track, ref)
			a.deeds = append(a.deeds, deed{m.Need, e})
		}
	}
}

func (l *ledger) openAccounts(e *event.Event) {
	for _, i := range l.opens[e.Type] {
		t := &l.tracks[i]
		if !t.starts.Any(e) {
			continue
		}
		if ref, ok := instanceOf(t.duty, e); ok {
			if a := l.account(i, ref); a.start == nil {
				a.start = e
			}
		}
	}
}

// enterEnding notes from when on scopes are void: the first ending counts.
func (l *ledger) enterEnding(e *event.Event) {
	if l.dutyVoids[e.Type] {
		l.dutyEnds = append(l.dutyEnds, e)
	}
	for _, v := range l.endings[e.Type] {
		s := scope{v.Scope, ""}
		if v.Scope != entire {
			s.ref = e.Data.Text(v.Scope)
		}
		if _, known := l.ended[s]; !known {
			l.ended[s] = e.At
		}
	}
}

func (l *ledger) account(track int, instance string) *account {
	list := l.accounts[track]
	for i := range list {
		if list[i].instance == instance {
			return &list[i]
		}
	}
	l.accounts[track] = append(list, account{track: &l.tracks[track], instance: instance})
	return &l.accounts[track][len(list)]
}

// endOf is the instant from which an account's scope is void, zero where it is
// not.
func (l *ledger) endOf(a *account) time.Time {
	end := l.ended[scope{entire, ""}]
	sooner := func(t time.Time) {
		if !t.IsZero() && (end.IsZero() || t.Before(end)) {
			end = t
		}
	}
	if !a.track.duty.IsCaseInstance() {
		sooner(l.ended[scope{a.track.duty.Instance, a.instance}])
	}
	for _, m := range a.track.duty.VoidedBy {
		for _, e := range l.dutyEnds {
			ref := e.Data.Text(a.track.duty.Instance)
			if m.Matches(e) && (ref == "" || ref == a.instance) {
				sooner(e.At)
			}
		}
	}
	return end
}

// An obligation is an account that became one: under which regime, from when.
type obligation struct {
	*account
	regime *law.Regime
	begun  *event.Event // where the clock starts: the start event, or what the clock counts back to
	end    time.Time    // void from here on; zero where it is not
}

// close turns the accounts into rows, ordered by duty and instance.
func (l *ledger) close() []Row {
	standing := l.standing()
	rows := make([]Row, 0, len(standing))
	for i := range standing {
		if o := &standing[i]; o.track.duty.Repeats {
			rows = l.periods(rows, o)
		} else {
			rows = append(rows, l.state(o))
		}
	}
	sortRows(rows)
	return rows
}

func sortRows(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Instance, b.Instance))
	})
}

// standing lists the obligations that arose and that no other one displaced.
func (l *ledger) standing() []obligation {
	var arisen []obligation
	for _, list := range l.accounts {
		for i := range list {
			arisen = l.arise(arisen, &list[i])
		}
	}
	displaced := func(o obligation) bool {
		return slices.ContainsFunc(arisen, func(by obligation) bool {
			return by.instance == o.instance && slices.Contains(by.regime.Overrides, o.regime.ID)
		})
	}
	var out []obligation
	for _, o := range arisen {
		if displaced(o) {
			continue
		}
		// One obligation of a duty and instance: the stricter one.
		same := slices.IndexFunc(out, func(p obligation) bool {
			return p.track.duty == o.track.duty && p.instance == o.instance
		})
		switch {
		case same < 0:
			out = append(out, o)
		case l.due(&o).Before(l.due(&out[same])):
			out[same] = o
		}
	}
	return out
}

// arise adds the obligations that an account amounts to: one for each regime
// that was in force and whose conditions held.
func (l *ledger) arise(to []obligation, a *account) []obligation {
	end := l.endOf(a)
	if a.start == nil || !end.IsZero() && !a.start.At.Before(end) {
		return to
	}
	begun := a.start
	if a.track.clockFrom != nil {
		i := slices.IndexFunc(l.clocked, a.track.clockFrom.Matches)
		if i < 0 {
			return to
		}
		begun = l.clocked[i]
	}
	for _, r := range l.regimesAt(a, a.start.At, a.start.ByDay()) {
		to = append(to, obligation{a, r, begun, end})
	}
	return to
}

// regimesAt are the regimes of an account's track for a clock that starts at an
// instant, or somewhere in its day.
func (l *ledger) regimesAt(a *account, at time.Time, byDay bool) []*law.Regime {
	d := a.track.duty
	on := l.cat.DateOf(at)
	if d.InForceBy == law.ByCase {
		on = l.cat.DateOf(cmp.Or(l.caseStart, l.first).At)
	}
	known := func(name string) string {
		return d.FactFor(name, func(n string) string { return l.fact(n, a.start, at, byDay) }, l.cat.Facts)
	}
	var out []*law.Regime
	for _, r := range a.track.regimes {
		if r.InForce(on) && holds(r.When, known) {
			out = append(out, r)
		}
	}
	return out
}

func holds(conditions []law.Condition, known func(string) string) bool {
	for _, c := range conditions {
		if !slices.Contains(c.Values, known(c.Fact)) {
			return false
		}
	}
	return true
}

// fact is what was known at an instant, that instant included. Where only the
// day of the start or of the fact is known, everything of that date counts.
func (l *ledger) fact(name string, start *event.Event, at time.Time, byDay bool) string {
	f := l.cat.Facts[name]
	if f == nil {
		return ""
	}
	if f.StartField != "" {
		if v := start.Data.Scalar(f.StartField); v != "" {
			return v
		}
	}
	value := ""
	for _, e := range l.stated[f] {
		if e.At.After(at) && (!byDay || l.cat.DateOf(e.At) != l.cat.DateOf(at)) {
			continue
		}
		// The last one that says something decides; or the first one, even if
		// it is silent.
		value = cmp.Or(saidIn(f, e), value)
		if !f.Last {
			break
		}
	}
	return cmp.Or(value, f.Default)
}

// saidIn is what an event says of a fact, or "" where it is silent.
func saidIn(f *law.Fact, e *event.Event) string {
	if f.Holds == "" || !e.Data.Has(f.Field) {
		return e.Data.Scalar(f.Field)
	}
	return strconv.FormatBool(e.Data.Holds(f.Field, f.Holds))
}

// follows reports whether a deed lies at or after the beginning of a clock.
// A deed on the same date counts as after where one of the two is known by day
// only.
func (b *Book) follows(e, begun *event.Event) bool {
	if !e.At.Before(begun.At) {
		return true
	}
	return (e.ByDay() || begun.ByDay()) && b.cat.DateOf(e.At) == b.cat.DateOf(begun.At)
}

// state judges an obligation that does not recur.
func (l *ledger) state(o *obligation) Row {
	row := l.row(o.track.duty, o.regime, o.start)
	row.Instance = o.instance
	row.Risk = l.risk(o.start, o.start.At, o.start.ByDay())
	row.InstitutionKind, row.Institution = l.owes(o.track.duty, o.start, o.start.At, o.start.ByDay())
	row.StartedAt = o.begun.At
	row.DueAt = l.due(o)
	c := clock{&o.regime.Limit, spanOf(o.begun, l.cat.Zone), row.DueAt}
	done, early := l.paid(o)
	switch {
	case done != nil:
		row.DoneAt, row.Status = done.At, c.finished(spanOf(done, l.cat.Zone))
	case early != nil && o.track.duty.EarlyDeed == law.EarlyCounts:
		row.DoneAt, row.Status = early.At, Met
	case early != nil && o.track.duty.EarlyDeed == law.EarlyUnclear:
		row.DoneAt, row.Status = early.At, Unclear
	default:
		row.Status = l.unpaid(&c, o.end)
	}
	return row
}

// owes is who owes a duty, where that depends on what was known at an instant.
func (l *ledger) owes(d *law.Duty, start *event.Event, at time.Time, byDay bool) (kind, institution string) {
	owing := d.Bearer
	if d.BearerBy != nil {
		if named := d.BearerBy.Of[l.fact(d.BearerBy.Fact, start, at, byDay)]; len(named) > 0 {
			owing = named
		}
	}
	return l.bearer(owing, start)
}

// due is the deadline for the first instant at which the clock may have begun.
func (l *ledger) due(o *obligation) time.Time {
	return l.cat.Due(&o.regime.Limit, o.begun.At, o.start.Place())
}

// risk is the cell of that name.
func (l *ledger) risk(start *event.Event, at time.Time, byDay bool) string {
	return cmp.Or(l.fact("risk", start, at, byDay), "undetermined")
}

func (l *ledger) unpaid(c *clock, end time.Time) Status {
	if !end.IsZero() {
		return c.abandoned(end)
	}
	return c.unfinished(l.asOf)
}

// paid finds the deed that settles an obligation. Where all matches are needed
// it is the last of their first deeds. Where a match was only ever paid before
// the clock began, early is the first deed of all.
func (l *ledger) paid(o *obligation) (done, early *event.Event) {
	needed := 1
	if o.track.fulfils.All {
		needed = 1 + o.track.fulfils.Matches[len(o.track.fulfils.Matches)-1].Need
	}
	var firsts, tooEarly = make([]*event.Event, needed), make([]*event.Event, needed)
	var tooEarlyt *event.Event
	for _, d := range o.deeds {
		if !o.end.IsZero() && !d.event.At.Before(o.end) {
			break
		}
		slot := 0
		if o.track.fulfils.All {
			slot = d.need
		}
		tooEarlyt = cmp.Or(tooEarlyt, d.event)
		if l.follows(d.event, o.begun) {
			firsts[slot] = cmp.Or(firsts[slot], d.event)
		} else {
			tooEarly[slot] = cmp.Or(tooEarly[slot], d.event)
		}
	}
	complete := true
	for i, f := range firsts {
		switch {
		case f == nil && tooEarly[i] != nil:
			early = tooEarlyt
			complete = false
		case f == nil:
			complete = false
		case done == nil || event.Compare(f, done) > 0:
			done = f
		}
	}
	if !complete {
		return nil, early
	}
	return done, nil
}
