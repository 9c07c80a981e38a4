package indicator

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// meterChunk is how many cases are handed to a processor at a time. Each has at
// most two such parts before it, which bounds the memory that a count takes.
const meterChunk = 500

// Indicators counts the given indicators (nil for all of the catalogue) over
// every case at a query's instants: in each region of a grouping and the nation,
// in each window. It reads all events once, and works on all processors.
func (r *Reader) Indicators(ctx context.Context, q obligation.Query, grouping string, indicators []*law.Indicator) ([]Value, error) {
	if indicators == nil {
		indicators = r.Catalogue.Indicators
	}
	w := Windows(r.Catalogue, q.AsOf)
	t, err := tallyCases(ctx, r.Catalogue, r.Store.Cases(ctx, ""), q, w, grouping, indicators)
	if err != nil {
		return nil, fmt.Errorf("count indicators: %w", err)
	}
	return t.Values(), nil
}

// tallyCases deals cases out to workers in turn, so that who counts what, and
// with it every digit of the result, depends on the cases alone.
func tallyCases(ctx context.Context, cat *law.Catalogue, cases iter.Seq2[store.CaseHistory, error], q obligation.Query,
	w store.Windows, grouping string, indicators []*law.Indicator,
) (*Tally, error) {
	meter := NewMeter(cat, indicators, w)
	parts := make([]chan []store.CaseHistory, runtime.GOMAXPROCS(0))
	tallies := make([]*Tally, len(parts))
	var wg sync.WaitGroup
	for i := range parts {
		parts[i], tallies[i] = make(chan []store.CaseHistory, 1), NewTally(cat, indicators, w, grouping)
		wg.Go(func() {
			for part := range parts[i] {
				for n := range part {
					events := obligation.Visible(cat, part[n].Plain(), q)
					subject := Subject{ID: part[n].CaseID, Events: events, Obligations: obligation.Fold(cat, events, q)}
					meter.Contribute(subject, tallies[i].Add)
				}
			}
		})
	}
	err := deal(ctx, cases, parts)
	for i := range parts {
		close(parts[i])
	}
	wg.Wait()
	if err != nil {
		return nil, err
	}
	for _, t := range tallies[1:] {
		tallies[0].Merge(t)
	}
	return tallies[0], nil
}

func deal(ctx context.Context, cases iter.Seq2[store.CaseHistory, error], parts []chan []store.CaseHistory) error {
	turn := 0
	var part []store.CaseHistory
	for c, err := range cases {
		if err != nil {
			return err
		}
		if part = append(part, c); len(part) < meterChunk {
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
