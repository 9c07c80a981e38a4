package store

import "time"

// A Span holds the due dates in (From, To], and what happens in [From, To); an
// instant at which the count is made belongs to the span that it ends. The zero
// Span holds everything.
type Span struct{ From, To time.Time }

// And is what two spans share; they may share nothing.
func (s Span) And(o Span) Span {
	switch {
	case s == Span{}:
		return o
	case o == Span{}:
		return s
	}
	if o.From.After(s.From) {
		s.From = o.From
	}
	if o.To.Before(s.To) {
		s.To = o.To
	}
	return s
}

// A Choice says which obligations count: those under regimes of these kinds, and
// not of these confidences.
type Choice struct{ Kinds, Without []string }
