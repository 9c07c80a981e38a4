package sink

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amparo/schemas/law"
)

// sweepWhenDue writes recurring periods further ahead once a day: they are born
// by time, not by events.
func (s *Sink) sweepWhenDue(ctx context.Context) error {
	now := s.deps.Now()
	if now.Before(s.sweepAt) {
		return nil
	}
	if err := s.Sweep(ctx, now); err != nil {
		if isPermanent(err) || ctx.Err() != nil {
			return err
		}
		s.deps.Log.Warn("sweep failed, trying again", "error", err)
		s.sweepAt = now.Add(time.Minute)
		return nil
	}
	s.sweepAt = now.Add(s.cfg.SweepEvery)
	return nil
}

// Sweep writes the recurring periods that begin within the horizon.
func (s *Sink) Sweep(ctx context.Context, now time.Time) error {
	until := now.Add(s.cfg.Horizon)
	lagging, err := s.deps.To.Lagging(ctx, recurring(s.deps.Catalogue), until)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for ids := range slices.Chunk(lagging, chunkCases) {
		histories, err := s.deps.To.History(ctx, ids)
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		// What is remembered of them is written anew.
		s.recent.drop()
		s.batch.swept = true
		if _, err := s.judge.update(ctx, ids, histories, now); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	if err := s.deps.To.SetPeriodsUntil(ctx, until); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// recurring lists the duties whose obligations are born by time.
func recurring(cat *law.Catalogue) []string {
	var ids []string
	for _, d := range cat.Duties {
		if d.Repeats || d.Every != "" {
			ids = append(ids, d.ID)
		}
	}
	return ids
}
