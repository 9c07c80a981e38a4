// Package refold judges cases again from their events, as of another instant or under another
// catalogue, for questions that what is stored does not answer.
package refold

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// chunk bounds how many cases are judged at once.
const chunk = 4_000

// Into is where cases are stored as a catalogue judges them.
type Into struct {
	Catalogue *law.Catalogue
	To        *store.Scratch
}

// Every wants every case.
func Every([]event.Event) bool { return true }

// Fill judges every case that is wanted and stores what it comes to, under each of
// some catalogues. While one part is stored the next one is judged.
func Fill(ctx context.Context, from *store.Store, q obligation.Query, wanted func([]event.Event) bool, under ...Into) error {
	group, ctx := errgroup.WithContext(ctx)
	type part struct {
		to   *store.Scratch
		rows store.Rows
	}
	parts := make(chan part)
	group.Go(func() error {
		for p := range parts {
			if err := p.to.Insert(ctx, p.rows); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		defer close(parts)
		return Each(ctx, from, wanted, func(subjects [][]event.Event) error {
			for _, u := range under {
				p := part{to: u.To}
				judged := contribution.JudgeMany(u.Catalogue, len(subjects), func(to []event.Event, i int) []event.Event { return append(to, subjects[i]...) },
					func([]event.Event) obligation.Query { return q })
				for i := range judged {
					p.rows.Add(&judged[i], u.Catalogue.Label(), 1)
				}
				select {
				case parts <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	return group.Wait()
}

// Each reads the events of every case that is wanted, in case order, many cases at
// a time.
func Each(ctx context.Context, from *store.Store, wanted func([]event.Event) bool, take func([][]event.Event) error) error {
	var subjects [][]event.Event
	for c, err := range from.Cases(ctx, "") {
		if err != nil {
			return err
		}
		if events := c.Plain(); wanted(events) {
			subjects = append(subjects, events)
		}
		if len(subjects) >= chunk {
			if err := take(subjects); err != nil {
				return err
			}
			subjects = subjects[:0]
		}
	}
	return take(subjects)
}

// Obligations folds every case from its events, on all processors, in case order.
func Obligations(ctx context.Context, cat *law.Catalogue, from *store.Store, q obligation.Query) iter.Seq2[obligation.Obligation, error] {
	return func(yield func(obligation.Obligation, error) bool) {
		enough := errors.New("enough")
		err := Each(ctx, from, Every, func(subjects [][]event.Event) error {
			for _, obligations := range obligation.FoldMany(cat, subjects, func(int) obligation.Query { return q }) {
				for _, o := range obligations {
					if !yield(o, nil) {
						return enough
					}
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, enough) {
			yield(obligation.Obligation{}, fmt.Errorf("fold all cases: %w", err))
		}
	}
}
