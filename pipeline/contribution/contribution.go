// Package contribution says what one subject adds to each indicator of a
// catalogue, as rows: a share's outcome, a wait, a measure in force, a unit's
// report, a link to another subject.
//
// It is pure, as the fold of obligations is: events, obligations and law in, rows
// out. A row holds the instants at which it turns, so that it stays true while
// time passes; what it comes to at an instant is counted by the store. What a
// subject's obligations add is in the obligations themselves: a row would only
// repeat them. Of these only the groups are told here (see Sides).
package contribution

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Role says what a row is to its indicator.
type Role string

// The roles.
const (
	Outcome  Role = "outcome"  // adds to numerator and denominator
	Linked   Role = "linked"   // an outcome without success that an event of another subject can complete
	Link     Role = "link"     // an event that names another subject's instance
	Count    Role = "count"    // how many events an instance has: Numerator
	Wait     Role = "wait"     // from At to Until, ended as Ended says
	Standing Role = "standing" // in force from At to Until, with Deeds
	Report   Role = "report"   // what a unit says of itself
	Need     Role = "need"     // a place needs what is looked for
	Has      Role = "has"      // a place has it from At on
	Mark     Role = "mark"     // a unit's mark
	Shock    Role = "shock"    // a place's shock from At to Until
	Saying   Role = "saying"   // what a frontline worker observed: its kind and code in place of an indicator
)

// Roles lists all roles.
func Roles() []Role {
	return []Role{Outcome, Linked, Link, Count, Wait, Standing, Report, Need, Has, Mark, Shock, Saying}
}

// RolesOf are the roles in which a case adds to a measure.
func RolesOf(m *law.Measure) []Role {
	switch {
	case m.Count != nil:
		return []Role{Count}
	case m.Wait != nil:
		return []Role{Wait}
	case m.InForce != nil:
		return []Role{Standing}
	case m.Latest != nil:
		return []Role{Report}
	}
	if m.Share != nil && m.Share.Linked != nil {
		return []Role{Outcome, Linked}
	}
	return []Role{Outcome}
}

// A Side is the group of a gap to which an outcome belongs.
type Side int8

// The sides.
const (
	NoSide  Side = 0
	InGroup Side = 1
	Against Side = -1
)

// An End says how a wait ended.
type End int8

// The ends.
const (
	StillWaits End = iota
	Reached
	EndedOtherwise
)

// A Low says for which reading of regimes of low confidence a row holds.
type Low int8

// The readings.
const (
	Always      Low = 0
	WithLow     Low = 1  // only where they count
	WithLowLeft Low = -1 // only where they are left out
)

// A Row is what one subject adds to one indicator. Zero instants are none.
type Row struct {
	Indicator string
	Role      Role
	Place     string // of the event that it comes from
	Region    string // where that has a region and no place
	Unit      string // the institution that answers for it
	Side      Side
	Low       Low
	// Untold rows can never be told, and are counted beside.
	Untold bool

	At time.Time // when it happened or began
	// Told is from when an outcome can be told, and then it counts at that
	// instant; none where it can be told at once.
	Told time.Time
	// Until ends waits, standing, shocks and what a link can complete. An outcome
	// with it no longer counts from then on.
	Until time.Time
	Ended End // of waits

	Numerator, Denominator float64
	Key                    uint64      // of links
	Deeds                  []time.Time // of standing: what is looked for in the window
}

// A Subject is one case or unit: its visible events in fold order, and its
// obligations.
type Subject struct {
	ID          string
	Events      []event.Event
	Obligations []obligation.Obligation
}

// all gives everything that a subject adds to some indicators of its catalogue.
func (v *view) all(indicators []int) {
	for _, n := range indicators {
		v.ind = v.cat.Indicators[n]
		v.measure(&v.ind.Measure)
	}
	v.sayings()
}

// addingTo says to which indicators events can add rows.
func addingTo(cat *law.Catalogue) obligation.Concerns {
	c := obligation.Concerns{}
	for n, ind := range cat.Indicators {
		for _, of := range begins(&ind.Measure) {
			c.Add(n, of)
		}
	}
	return c
}

// begins are the events that the rows of a measure come from: without one of them
// there is none.
func begins(m *law.Measure) []law.Matches {
	var of []law.Matches
	if m.After != nil {
		of = append(of, m.After.Mark)
	}
	if m.Shock != nil {
		of = append(of, m.Shock.Declared)
	}
	switch {
	case m.Share != nil:
		if of = append(of, m.Share.Of); m.Share.Linked != nil {
			of = append(of, m.Share.Linked.By)
		}
	case m.Ratio != nil:
		of = append(of, m.Ratio.Numerator.Of, m.Ratio.Denominator.Of)
	case m.Latest != nil:
		of = append(of, m.Latest.Report)
	case m.Count != nil:
		of = append(of, m.Count.Of)
	case m.Wait != nil:
		of = append(of, m.Wait.From)
	case m.InForce != nil:
		of = append(of, m.InForce.Of)
	case m.Coverage != nil:
		of = append(of, m.Coverage.Of, m.Coverage.By)
	case m.Mismatch != nil:
		of = append(of, m.Mismatch.Of)
	}
	return of
}

// sayings gives what frontline workers observed.
func (v *view) sayings() {
	if cat := v.cat; cat.Observation != "" {
		for _, i := range v.byType.At(cat.Observation) {
			e := &v.Events[i]
			r := begin(e, Saying)
			r.Indicator = e.Data.Text("kind") + " " + e.Data.Text("code")
			v.rows = append(v.rows, r)
		}
	}
}

// A view is one subject under one indicator at a time.
type view struct {
	*Subject
	cat    *law.Catalogue
	byType *obligation.Index
	ind    *law.Indicator
	rows   []Row
}

func (v *view) emit(r Row) {
	r.Indicator = v.ind.ID
	v.rows = append(v.rows, r)
}

func (v *view) measure(m *law.Measure) {
	v.marks(m)
	if len(m.InCases) > 0 && v.first(m.InCases) == nil {
		return
	}
	switch {
	case m.Share != nil && m.AllOnTime:
		v.shareWhereAllOnTime(m)
	case m.Share != nil:
		v.share(m, Row{})
	case m.Ratio != nil:
		v.ratio(m.Ratio)
	case m.Latest != nil:
		v.report(m.Latest)
	case m.Count != nil:
		v.count(m.Count)
	case m.Wait != nil:
		v.wait(m.Wait)
	case m.InForce != nil:
		v.standing(m.InForce)
	case m.Coverage != nil:
		v.coverage(m.Coverage)
	case m.Mismatch != nil:
		v.mismatch(m.Mismatch)
	}
}

// marks gives what concerns other subjects, whatever the case itself adds.
func (v *view) marks(m *law.Measure) {
	if m.After != nil {
		if e := v.first(m.After.Mark); e != nil {
			v.emit(Row{Role: Mark, Unit: v.ID, Place: e.Place(), At: e.At})
		}
	}
	if m.Shock != nil {
		for e := range v.events(m.Shock.Declared) {
			r := Row{Role: Shock, Place: e.Place(), At: e.At}
			if until, err := time.Parse(time.RFC3339Nano, e.Data.Text(m.Shock.Until)); err == nil {
				r.Until = until.UTC()
			}
			v.emit(r)
		}
	}
	if m.Share != nil && m.Share.Linked != nil {
		for e := range v.events(m.Share.Linked.By) {
			if named := e.Data.Text(m.Share.Linked.Field); named != "" {
				v.emit(Row{Role: Link, At: e.At, Key: keyOf(named)})
			}
		}
	}
}

// keyOf shortens the name of an instance. Two that collide in 64 bits would be
// taken for one, which no number of cases makes likely.
func keyOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// begin begins a row with where and when an event was.
func begin(e *event.Event, role Role) Row {
	r := Row{Role: role, Place: e.Place(), Unit: e.Data.Text("institution"), At: e.At}
	if r.Place == "" {
		r.Region = e.Data.Text("region")
	}
	return r
}

// events yields the events that one of the matches describes, in order.
func (v *view) events(of law.Matches) func(func(*event.Event) bool) {
	return func(yield func(*event.Event) bool) {
		for _, i := range v.positions(of) {
			if e := &v.Events[i]; matches(of, e) && !yield(e) {
				return
			}
		}
	}
}

// positions are those of the matches' types, in order.
func (v *view) positions(of law.Matches) []int { return v.byType.Of(of) }

func matches(of law.Matches, e *event.Event) bool {
	for i := range of {
		if of[i].Matches(e) {
			return true
		}
	}
	return false
}

// first is the first event that one of the matches describes, or nil.
func (v *view) first(of law.Matches) *event.Event {
	for e := range v.events(of) {
		return e
	}
	return nil
}

// An instance is what a measure counts once: its first event, and all events of
// the subject that carry the same reference.
type instance struct {
	begins *event.Event
	ref    string
	per    []string
}

// has reports whether an event belongs to the instance.
func (i *instance) has(e *event.Event) bool {
	return i.per == nil || refOf(e, i.per) == i.ref
}

// instances lists the instances that begin with one of the matches. Events
// without the reference belong to none.
func (v *view) instances(of law.Matches, per []string) []instance {
	var out []instance
	if len(per) == 0 || per[0] == law.PerEvent {
		for e := range v.events(of) {
			out = append(out, instance{begins: e})
		}
		return out
	}
	if per[0] == law.PerCase {
		if e := v.first(of); e != nil {
			out = append(out, instance{begins: e})
		}
		return out
	}
	for e := range v.events(of) {
		ref := refOf(e, per)
		if ref != "" && !slices.ContainsFunc(out, func(i instance) bool { return i.ref == ref }) {
			out = append(out, instance{begins: e, ref: ref, per: per})
		}
	}
	return out
}

// refOf joins the fields that name an instance; "" where one is missing.
func refOf(e *event.Event, per []string) string {
	if len(per) == 1 {
		return e.Data.Text(per[0])
	}
	parts := make([]string, len(per))
	for i, field := range per {
		if parts[i] = e.Data.Text(field); parts[i] == "" {
			return ""
		}
	}
	return strings.Join(parts, "\x1f")
}

// next is the first event of an instance that one of the matches describes, not
// before its beginning and strictly before an end, if there is one.
func (v *view) next(i *instance, of law.Matches, end time.Time) *event.Event {
	for e := range v.events(of) {
		if !v.follows(i, e) {
			continue
		}
		if !end.IsZero() && !e.At.Before(end) {
			return nil
		}
		if i.has(e) {
			return e
		}
	}
	return nil
}

// follows reports whether an event lies at or after the beginning of an instance.
// On one date of which either is known only by its day the order is unknown, and
// taken as it should be.
func (v *view) follows(i *instance, e *event.Event) bool {
	if !e.At.Before(i.begins.At) {
		return true
	}
	return (e.ByDay() || i.begins.ByDay()) && v.cat.DateOf(e.At) == v.cat.DateOf(i.begins.At)
}

// earliest is the first of two instants of which either may be none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
