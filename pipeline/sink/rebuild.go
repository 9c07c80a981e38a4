package sink

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// History is what a rebuild asks of the store, besides what the sink does.
type History interface {
	Store
	Cases(ctx context.Context, after string) iter.Seq2[store.CaseHistory, error]
	Extent(ctx context.Context) (store.Extent, error)
	StartRebuild(ctx context.Context) (*store.Rebuild, error)
	CasesSince(ctx context.Context, seq uint64) ([]string, error)
}

// Rebuilding is the name under which the store remembers the last rebuild: when
// it began, and whether it still runs.
const Rebuilding = "rebuild"

const (
	rebuildRuns = "runs since "
	rebuildDone = "done, begun "
)

// Rebuild folds every case again from the stored events into a new table, puts
// it in the place of the old one, and judges again what arrived meanwhile.
// progress is told how many events have been folded.
func Rebuild(ctx context.Context, cat *law.Catalogue, s History, cfg Config, now time.Time, progress func(events int)) error {
	cfg = cfg.withDefaults()
	if err := s.SetState(ctx, Rebuilding, rebuildRuns+event.FormatInstant(now)); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	before, err := s.Extent(ctx)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	next, err := s.StartRebuild(ctx)
	if err != nil {
		return err
	}
	if err := refold(ctx, cat, s, next, cfg, now, progress); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := next.Finish(ctx); err != nil {
		return err
	}
	// The last of them may be a frame of which more came meanwhile.
	if err := CatchUp(ctx, cat, s, cfg, max(before.LastSeq, 1)-1, now); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := s.SetJudgedBy(ctx, cat.Label()); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := s.SetPeriodsUntil(ctx, now.Add(cfg.Horizon)); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return s.SetState(ctx, Rebuilding, rebuildDone+event.FormatInstant(now))
}

// A folding is some cases on their way into new tables.
type folding struct {
	cases  [][]store.Recorded
	events int
	rows   store.Rows
}

// refold folds every case into new tables. While some are stored the next are
// folded and those behind them read: no more of them are in memory.
func refold(ctx context.Context, cat *law.Catalogue, s History, next *store.Rebuild, cfg Config, now time.Time, progress func(events int)) error {
	read, folded := make(chan *folding), make(chan *folding)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(read)
		f := &folding{}
		for c, err := range s.Cases(ctx, "") {
			if err != nil {
				return err
			}
			if f.cases, f.events = append(f.cases, c.Events), f.events+len(c.Events); len(f.cases) < beginCases {
				continue
			}
			if err := pass(ctx, read, f); err != nil {
				return err
			}
			f = &folding{}
		}
		return pass(ctx, read, f)
	})
	group.Go(func() error {
		defer close(folded)
		for f := range read {
			f.rows, f.cases = judgeAll(cat, f.cases, now, cfg.Horizon), nil
			if err := pass(ctx, folded, f); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for f := range folded {
			if err := next.Insert(ctx, f.rows); err != nil {
				return err
			}
			progress(f.events)
		}
		return nil
	})
	return group.Wait()
}

// pass hands something on, unless the work has ended.
func pass[T any](ctx context.Context, to chan<- T, what T) error {
	select {
	case to <- what:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CatchUp judges the cases with events that the stream took after a sequence: while
// a rebuild runs, a sink at work writes what they come to to the tables that are put
// away.
func CatchUp(ctx context.Context, cat *law.Catalogue, s History, cfg Config, since uint64, now time.Time) error {
	ids, err := s.CasesSince(ctx, since)
	if err != nil || len(ids) == 0 {
		return err
	}
	j := judge{cat: cat, to: s, horizon: cfg.Horizon}
	for part := range slices.Chunk(ids, chunkCases) {
		history, err := s.History(ctx, part)
		if err != nil {
			return err
		}
		if _, err := j.update(ctx, part, history, now); err != nil {
			return err
		}
	}
	return nil
}
