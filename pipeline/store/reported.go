package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amparo/schemas/event"
)

// A ReportedSpan is since when and until when a province has reported, and how much of that
// is made up.
type ReportedSpan struct {
	Province  string    `ch:"province"` // the department where no more is known, or ""
	First     time.Time `ch:"first"`
	Until     time.Time `ch:"until"`
	Events    uint64    `ch:"events"`    // with duplicates
	Synthetic uint64    `ch:"synthetic"` // of these
}

// Reported says of each province between which instants its sources wrote down what
// is stored, leaving out what was written down after an instant.
func (s *Store) Reported(ctx context.Context, knownAt time.Time) ([]ReportedSpan, error) {
	all, err := s.reported(ctx, "1")
	later := func(r ReportedSpan) bool { return r.Until.After(knownAt) }
	if err == nil && slices.ContainsFunc(all, later) {
		all, err = s.reported(ctx, fmt.Sprintf("recorded_at <= fromUnixTimestamp64Milli(%d, 'UTC')", knownAt.UnixMilli()))
	}
	if err != nil {
		return nil, fmt.Errorf("ask until when provinces have reported: %w", classify(err))
	}
	return all, nil
}

func (s *Store) reported(ctx context.Context, known string) ([]ReportedSpan, error) {
	var out []ReportedSpan
	err := s.conn.Select(ctx, &out, s.text("reported", "{known}", known), event.SyntheticSource, event.SyntheticSource+":")
	return out, err
}
