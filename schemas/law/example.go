package law

import "time"

// An Example is a worked case of a duty: a start, facts, and what follows. The
// examples are the duty's tests.
type Example struct {
	Start  time.Time
	Facts  map[string]string
	Place  string
	Regime string // expected regime, or "none"
	Due    time.Time
	Done   time.Time
	AsOf   time.Time
	Status string // expected status, where Done or AsOf is given
	// CaseStart is the start of the case where the duty goes by it and it
	// differs from Start.
	CaseStart time.Time
	// Months are those of the periods before, for a duty that repeats.
	Months int
	// Stated is the deadline that the start states, and Suspended, Resumed and
	// Extended are when the clock stops, goes on and gets more time, under the
	// regime's first entry for it; Until is the deadline that the extension states.
	Stated, Suspended, Resumed, Extended, Until time.Time
	// Days is how plain days are read in this example; business where it does
	// not say. An example holds whatever the catalogue's switch says.
	Days string
	Note string
}

// Moved is what the example says of its deadline.
func (x *Example) Moved(r *Regime) *Moved {
	m := &Moved{Stated: x.Stated}
	if !x.Suspended.IsZero() {
		m.Pauses = []Pause{{x.Suspended, x.Resumed}}
	}
	if !x.Extended.IsZero() && len(r.ExtendedBy) > 0 {
		m.More = []More{{At: x.Extended, Under: &r.ExtendedBy[0], Stated: x.Until}}
	}
	return m
}
