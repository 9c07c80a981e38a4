package sink

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"amparo/pipeline/store"
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

// Rebuild folds every case again from the stored events into a new table, puts
// it in the place of the old one, and judges again what arrived meanwhile.
// progress is told how many events have been folded.
func Rebuild(ctx context.Context, cat *law.Catalogue, s History, cfg Config, now time.Time, progress func(events int)) error {
	cfg = cfg.withDefaults()
	before, err := s.Extent(ctx)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	next, err := s.StartRebuild(ctx)
	if err != nil {
		return err
	}
	var chunk [][]store.Recorded
	events := 0
	flush := func() error {
		err := next.Insert(ctx, judgeAll(cat, chunk, now, cfg.Horizon))
		progress(events)
		chunk, events = chunk[:0], 0
		return err
	}
	for c, err := range s.Cases(ctx, "") {
		if err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		chunk, events = append(chunk, c.Events), events+len(c.Events)
		if len(chunk) >= chunkCases {
			if err := flush(); err != nil {
				return fmt.Errorf("rebuild: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := next.Finish(ctx); err != nil {
		return err
	}
	if err := CatchUp(ctx, cat, s, cfg, before.LastSeq, now); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	if err := s.SetJudgedBy(ctx, cat.Label()); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return s.SetPeriodsUntil(ctx, now.Add(cfg.Horizon))
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
