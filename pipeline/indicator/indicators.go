package indicator

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Count is what one reading of all cases gives.
type Count struct {
	Values       []Value
	Observations []Observation
}

// Indicators counts all indicators of the catalogue over every case at a query's
// instants: in each region of a grouping and the nation, in each window.
func Indicators(ctx context.Context, r *Reader, q obligation.Query, grouping string) ([]Value, error) {
	count, err := r.Count(ctx, q, grouping, r.Catalogue.Indicators)
	return count.Values, err
}

// Count counts some indicators, and what frontline workers observed. It reads
// all events once, works on all processors, and keeps no case in memory once it
// is counted.
func (r *Reader) Count(ctx context.Context, q obligation.Query, grouping string, indicators []*law.Indicator) (Count, error) {
	w := Windows(r.Catalogue, q.AsOf)
	meter := NewMeter(r.Catalogue, indicators, w)
	type worker struct {
		tally *Tally
		said  observations
	}
	workers := make([]worker, runtime.GOMAXPROCS(0))
	for i := range workers {
		workers[i] = worker{NewTally(r.Catalogue, indicators, w, grouping), observations{}}
	}
	err := deal(ctx, r.Store.Cases(ctx, ""), len(workers), func(n int, id string, events []event.Event) {
		s := Subject{ID: id, Events: obligation.Visible(r.Catalogue, events, q)}
		workers[n].said.add(r.Catalogue, grouping, &s)
		if len(indicators) > 0 {
			s.Obligations = slices.DeleteFunc(obligation.Fold(r.Catalogue, s.Events, q), func(o obligation.Obligation) bool {
				return r.leavesOut(o.Confidence)
			})
			meter.Contribute(s, workers[n].tally.Add)
		}
	})
	if err != nil {
		return Count{}, fmt.Errorf("count indicators: %w", err)
	}
	for _, other := range workers[1:] {
		workers[0].tally.Merge(other.tally)
		workers[0].said.merge(other.said)
	}
	return Count{workers[0].tally.Values(), workers[0].said.list()}, nil
}

// dealPart is how many cases are handed to a worker at a time. Each worker has
// at most two such parts before it, which bounds the memory that a count takes.
const dealPart = 500

// deal hands out cases to workers in turn, so that who counts what, and with it
// every digit of a sum, depends on the cases and the number of workers alone.
func deal(ctx context.Context, cases iter.Seq2[store.CaseHistory, error], workers int, work func(worker int, id string, events []event.Event)) error {
	parts := make([]chan []store.CaseHistory, workers)
	var wg sync.WaitGroup
	for i := range parts {
		parts[i] = make(chan []store.CaseHistory, 1)
		wg.Go(func() {
			for part := range parts[i] {
				for n := range part {
					work(i, part[n].CaseID, part[n].Plain())
				}
			}
		})
	}
	err := handOut(ctx, cases, parts)
	for i := range parts {
		close(parts[i])
	}
	wg.Wait()
	return err
}

func handOut(ctx context.Context, cases iter.Seq2[store.CaseHistory, error], parts []chan []store.CaseHistory) error {
	turn := 0
	var part []store.CaseHistory
	for c, err := range cases {
		if err != nil {
			return err
		}
		if part = append(part, c); len(part) < dealPart {
			continue
		}
		select {
		case parts[turn] <- part:
		case <-ctx.Done():
			return ctx.Err()
		}
		turn, part = (turn+1)%len(parts), nil
	}
	if len(part) > 0 {
		parts[turn] <- part
	}
	return nil
}
