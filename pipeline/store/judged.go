package store

import (
	"context"
	"fmt"
	"time"
)

// everything stands in the journal of judged cases for all of them.
var everything = []string{""}

// noteJudged writes cases to the journal.
func (s *Store) noteJudged(ctx context.Context, caseIDs []string) error {
	if len(caseIDs) == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, s.sql["insert_judged"])
	if err != nil {
		return fmt.Errorf("note %d judged cases: %w", len(caseIDs), classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	if err := batch.Column(0).Append(caseIDs); err != nil {
		return fmt.Errorf("append judged cases: %w", classify(err))
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("note %d judged cases: %w", len(caseIDs), classify(err))
	}
	return nil
}

// JudgedAnew reports whether everything was judged anew from an instant on, by the
// store's clock.
func (s *Store) JudgedAnew(ctx context.Context, since time.Time) (bool, error) {
	var n uint64
	err := s.conn.QueryRow(ctx, "SELECT count() FROM judged WHERE case_id = '' AND at >= fromUnixTimestamp64Milli(toInt64(?), 'UTC')", since.UnixMilli()).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look whether everything was judged anew: %w", classify(err))
	}
	return n > 0, nil
}

// fewParts is how many parts of the folded tables a reading of everything may meet: FINAL
// holds something of every column of each part in memory.
const fewParts = 60

// Merged waits while ClickHouse merges the folded tables and they lie in many parts, as after a
// rebuild.
func (s *Store) Merged(ctx context.Context) error {
	for idle := 0; idle < 3; {
		var parts, merges uint64
		if err := s.conn.QueryRow(ctx, s.sql["folded_parts"]).Scan(&parts, &merges); err != nil {
			return fmt.Errorf("count the parts of what is folded: %w", classify(err))
		}
		if parts <= fewParts {
			return nil
		}
		if idle++; merges > 0 {
			idle = 0
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil // Nothing is merged: waiting changes nothing.
}

// Merging reports whether ClickHouse merges anything at this moment.
func (s *Store) Merging(ctx context.Context) (bool, error) {
	var merges uint64
	if err := s.conn.QueryRow(ctx, "SELECT count() FROM system.merges").Scan(&merges); err != nil {
		return false, fmt.Errorf("count merges: %w", classify(err))
	}
	return merges > 0, nil
}

// Size is how many rows of obligations are stored, about.
func (s *Store) Size(ctx context.Context) (uint64, error) {
	var rows uint64
	err := s.conn.QueryRow(ctx, "SELECT sum(rows) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'obligations'").Scan(&rows)
	if err != nil {
		return 0, fmt.Errorf("size the obligations: %w", classify(err))
	}
	return rows, nil
}
