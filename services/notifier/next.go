package notifier

import (
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// History is what has been announced about one obligation.
type History struct {
	Count  int       // of all notices
	Last   Kind      // the last one that is no warning: missed, late or cleared
	Due    time.Time // the deadline of which that was said
	Warned time.Time // the deadline of the last warning
	Seq    uint64    // of the last notice, in the stream of notices
}

// With adds a notice. One that is in the history already changes nothing.
func (h History) With(a store.Announcement) History {
	if a.Seq <= h.Seq {
		return h
	}
	h.Count, h.Seq = h.Count+1, a.Seq
	if Kind(a.Kind) == DueSoon {
		h.Warned = a.DueAt
	} else {
		h.Last, h.Due = Kind(a.Kind), a.DueAt
	}
	return h
}

// claims reports whether the world was last told that the deadline was broken.
func (h History) claims() bool { return h.Last == Missed || h.Last == Late }

// Circumstances are what the next notice depends on besides the obligation and
// its history.
type Circumstances struct {
	Now time.Time
	// Since: what lapsed by then is history, and announced only if something
	// was said of it before.
	Since time.Time
	// Lead is how long before the deadline the warning comes.
	Lead time.Duration
}

// Next says what is to be announced next about an obligation, and from when on;
// a zero instant means at once. ok is false when no passing of time brings a
// notice.
//
// This is the whole rule of notices. It never asks what was announced when, only
// what was announced last, so it comes to the same whenever it is asked.
func Next(o *obligation.Obligation, h History, c Circumstances) (kind Kind, at time.Time, ok bool) {
	old := h.Last == "" && !o.LapsesBy.After(c.Since)
	lapsed := !o.LapsesBy.After(c.Now)
	switch {
	case o.Settled == obligation.Late:
		return Late, time.Time{}, h.Last != Late && !old
	case o.Settled != "":
		return Cleared, time.Time{}, h.claims()
	case h.Last == Missed && lapsed, old:
		return "", time.Time{}, false
	case h.claims() && !lapsed:
		// With the same deadline it is the clock that went back, and nothing is
		// taken back for that.
		return Cleared, time.Time{}, !h.Due.Equal(o.DueAt)
	case lapsed:
		return Missed, o.LapsesBy, true
	}
	// A warning is of use while the deadline is ahead. Between LapsesFrom and
	// LapsesBy nobody knows, and nothing is said.
	if c.Lead > 0 && !h.Warned.Equal(o.DueAt) && c.Now.Before(o.LapsesFrom) {
		if warn := o.DueAt.Add(-c.Lead); warn.Before(o.LapsesFrom) {
			return DueSoon, warn, true
		}
	}
	return Missed, o.LapsesBy, true
}
