// Package obligation folds the events of one subject into its obligations:
// each duty of the law that arose, since when, until when, done when, and how
// that stands at an instant.
//
// The fold is pure: events, law and instants in, obligations out. The order in
// which events arrived plays no part, so every replay gives the same answer.
package obligation

import (
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Status is where an obligation stands at an instant.
type Status string

// The statuses.
const (
	Open    Status = "open"    // not done, the deadline has not passed
	Met     Status = "met"     // done in time
	Late    Status = "late"    // done after the deadline
	Missed  Status = "missed"  // not done, the deadline has passed
	Void    Status = "void"    // fell away while it was open
	Unclear Status = "unclear" // the facts do not decide
)

// Statuses lists all statuses.
func Statuses() []Status { return []Status{Open, Met, Late, Missed, Void, Unclear} }

// Decided reports whether an obligation of the status counts in a share on time:
// it was done, or has fallen due undone. This is the only place that says so.
// Whether it counts as done in time is whether it is Met.
func (s Status) Decided() bool { return s == Met || s == Late || s == Missed }

// pending is the settled status of an obligation that only time decides.
const pending Status = ""

// An Obligation is one duty applied to one case, measure, breach or period.
type Obligation struct {
	CaseID   string
	Duty     string
	Instance string // "-" for one a case, else the ref, "m-1/2" for its second period

	Regime      string
	Kind        law.Kind
	Confidence  string
	Implication string

	InstitutionKind string
	Institution     string
	Place           string // of the start event
	Risk            string // known at the start
	Area            string // urban, rural or "" as known at the start

	StartedAt time.Time
	DueAt     time.Time // law.Never while it has no date
	DoneAt    time.Time // zero while undone

	// Settled is the status that no passing of time changes, or pending ("").
	Settled Status
	// LapsesFrom and LapsesBy bound the first instant at which an undone
	// obligation is missed. They differ only where the start is known by its
	// day and the limit runs by the clock.
	LapsesFrom, LapsesBy time.Time

	// Why, for explanations; not kept in the store.
	Start *event.Event
	Deed  *event.Event
	Law   *law.Duty
	Under *law.Regime
	Why   *Why // only where the query asks
}

// Status is the status at an instant, given all events up to it. The store's
// queries have a twin of this rule in SQL.
func (o *Obligation) Status(asOf time.Time) Status {
	switch {
	case o.Settled != pending:
		return o.Settled
	case !o.LapsesBy.After(asOf):
		return Missed
	case o.LapsesFrom.After(asOf):
		return Open
	}
	return Unclear
}

// Due is when the obligation falls due, zero while it has no date: its clock
// stands still, or the deadline that its events should state is not known.
func (o *Obligation) Due() time.Time {
	if o.DueAt.Equal(law.Never) {
		return time.Time{}
	}
	return o.DueAt
}

// Key tells the obligations of a catalogue apart.
type Key struct{ CaseID, Duty, Instance string }

// Key returns the obligation's key.
func (o *Obligation) Key() Key { return Key{o.CaseID, o.Duty, o.Instance} }

// Basis is what a number that counts the obligation rests on.
func (o *Obligation) Basis() law.Basis { return law.Basis{Kind: o.Kind, Confidence: o.Confidence} }

// A Query says from which knowledge obligations are folded.
type Query struct {
	// AsOf hides events that happened later.
	AsOf time.Time
	// KnownAt hides what was recorded later; zero means everything recorded is
	// known.
	KnownAt time.Time
	// Horizon is how far ahead recurring periods are written; zero means AsOf.
	Horizon time.Time
	// Why asks each obligation to say what decided it.
	Why bool
}

// knows reports whether an event had been recorded.
func (q *Query) knows(e *event.Event) bool {
	return q.KnownAt.IsZero() || !e.RecordedAt.After(q.KnownAt)
}
