package contribution

import (
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
	Rows        []Row
}

// Of are the rows of one role, in the order of the catalogue.
func (j *Judged) Of(role Role) []Row {
	var out []Row
	for _, r := range j.Rows {
		if r.Role == role {
			out = append(out, r)
		}
	}
	return out
}

// Judge folds one subject into its obligations and what it adds to the
// indicators. events are all its events in any order, each once or more; they are
// not changed.
func Judge(cat *law.Catalogue, events []event.Event, q obligation.Query) Judged {
	if len(events) == 0 {
		return Judged{}
	}
	s := Subject{ID: events[0].Subject, Events: obligation.Visible(cat, events, q)}
	s.Obligations = obligation.FoldVisible(cat, s.Events, q)
	return Judged{CaseID: s.ID, Obligations: s.Obligations, Sides: Sides(cat, &s), Rows: Of(cat, &s)}
}

// JudgeMany judges several subjects on all processors. The result at i is that of
// subject i.
func JudgeMany(cat *law.Catalogue, subjects [][]event.Event, query func(i int) obligation.Query) []Judged {
	out := make([]Judged, len(subjects))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(subjects))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(subjects); i += workers {
				out[i] = Judge(cat, subjects[i], query(i))
			}
		})
	}
	wg.Wait()
	return out
}
