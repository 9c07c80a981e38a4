package sink

import (
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// A whole case is one of which everything that is stored is in memory too.
type whole struct {
	events []store.Recorded
	// came is what the case came to when it was last judged; nil where it was not.
	came *outcome
}

// An outcome is what the store has of a judged case: its rows by their digests.
type outcome struct {
	obligations   []row[obligation.Key]
	contributions []row[store.ContributionKey]
}

type row[K any] struct {
	key    K
	digest uint64
}

// note takes down what cases came to, once that is stored.
func note(cases map[string]*whole, ids []string, rows *store.Rows) {
	for _, id := range ids {
		if c := cases[id]; c != nil {
			c.came = &outcome{}
		}
	}
	for i := range rows.Obligations {
		o := &rows.Obligations[i]
		if c := cases[o.CaseID]; c != nil {
			c.came.obligations = append(c.came.obligations, row[obligation.Key]{o.Key(), o.Digest()})
		}
	}
	for i := range rows.Contributions {
		r := &rows.Contributions[i]
		if c := cases[r.CaseID]; c != nil {
			c.came.contributions = append(c.came.contributions, row[store.ContributionKey]{r.Key(), r.Digest()})
		}
	}
}

// recent are whole cases that were judged a while ago and may soon be touched
// again: of these nothing has to be read back. It holds only what this sink has
// stored, judged and acknowledged, and is dropped whenever that may not be all.
//
// It is bounded by events, in two halves: when the young one is full, the old one
// is forgotten.
type recent struct {
	young, old map[string]*whole
	events     int // in the young half
	most       int // in each
}

// take gives a case away; nil where it is not remembered.
func (r *recent) take(id string) *whole {
	c, young := r.young[id]
	if !young {
		c = r.old[id]
		delete(r.old, id)
		return c
	}
	delete(r.young, id)
	r.events -= len(c.events)
	return c
}

// keep remembers a case that was judged.
func (r *recent) keep(id string, c *whole) {
	n := len(c.events)
	if n > r.most {
		return
	}
	if r.events+n > r.most || r.young == nil {
		r.young, r.old, r.events = map[string]*whole{}, r.young, 0
	}
	r.young[id] = c
	r.events += n
}

// drop forgets everything.
func (r *recent) drop() { r.young, r.old, r.events = nil, nil, 0 }
