package contribution

import (
	"iter"
	"runtime"
	"sync"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Judged is all that one subject comes to.
type Judged struct {
	CaseID      string
	Obligations []obligation.Obligation
	Sides       []string // of each obligation in turn
	Rows        []Row    // role by role
}

// Roles yields the rows of each role that there are any of, in the order of the
// catalogue.
func (j *Judged) Roles() iter.Seq2[Role, []Row] {
	return func(yield func(Role, []Row) bool) {
		for rest := j.Rows; len(rest) > 0; {
			n := 1
			for n < len(rest) && rest[n].Role == rest[0].Role {
				n++
			}
			if !yield(rest[0].Role, rest[:n:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// Of are the rows of one role, in the order of the catalogue.
func (j *Judged) Of(role Role) []Row {
	for r, rows := range j.Roles() {
		if r == role {
			return rows
		}
	}
	return nil
}

// Judge folds one subject into its obligations and what it adds to the
// indicators. events are all its events in any order, each once or more; they are
// not changed.
func Judge(cat *law.Catalogue, events []event.Event, q obligation.Query) Judged {
	return newJudge(cat).judge(events, q)
}

// A judge judges one subject after the other, in memory that it keeps. It is for
// one goroutine.
type judge struct {
	cat        *law.Catalogue
	room       obligation.Room
	divided    []*law.Indicator
	addingTo   obligation.Concerns
	indicators []int // to which the subject may add
	events     []event.Event
	rows       []Row
	word       []byte
	words      map[string]string // that Sides has said, each once
}

func newJudge(cat *law.Catalogue) *judge {
	return &judge{cat: cat, divided: divided(cat), addingTo: addingTo(cat), words: map[string]string{}}
}

func (j *judge) judge(events []event.Event, q obligation.Query) Judged {
	if len(events) == 0 {
		return Judged{}
	}
	s := Subject{ID: events[0].Subject, Events: j.room.Visible(j.cat, events, q)}
	s.Obligations = j.room.FoldVisible(j.cat, s.Events, q)
	v := &view{Subject: &s, cat: j.cat, byType: &j.room.Index, rows: j.rows[:0]}
	sides := j.sides(v)
	j.indicators = j.addingTo.Of(v.byType, j.indicators)
	v.all(j.indicators)
	j.rows = v.rows
	for i := range s.Obligations {
		s.Obligations[i].Start, s.Obligations[i].Deed = nil, nil // They are in the room, and go with it.
	}
	return Judged{CaseID: s.ID, Obligations: s.Obligations, Sides: sides, Rows: byRole(v.rows)}
}

// byRole copies rows, role by role, those of one role in their order.
func byRole(rows []Row) []Row {
	if len(rows) == 0 {
		return nil
	}
	out := make([]Row, 0, len(rows))
	for _, role := range Roles() {
		for i := range rows {
			if rows[i].Role == role {
				out = append(out, rows[i])
			}
		}
	}
	return out
}

// JudgeMany judges n subjects on all processors. The result at i is that of subject
// i, whose events appendEvents appends to memory that is used again.
func JudgeMany(cat *law.Catalogue, n int, appendEvents func(to []event.Event, i int) []event.Event, query func([]event.Event) obligation.Query) []Judged {
	out := make([]Judged, n)
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), n)
	for w := range workers {
		wg.Go(func() {
			j := newJudge(cat)
			for i := w; i < n; i += workers {
				j.events = appendEvents(j.events[:0], i)
				out[i] = j.judge(j.events, query(j.events))
			}
		})
	}
	wg.Wait()
	return out
}
