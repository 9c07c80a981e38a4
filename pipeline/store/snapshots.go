package store

import (
	"context"
	"fmt"
	"time"
)

// A Number is one value of a snapshot with its labels.
type Number struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// InsertSnapshot keeps the numbers of one refresh.
func (s *Store) InsertSnapshot(ctx context.Context, asOf time.Time, catalogue string, numbers []Number) error {
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO snapshots (as_of, catalogue, name, labels, value)")
	if err != nil {
		return fmt.Errorf("prepare snapshot: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for _, n := range numbers {
		if err := batch.Append(asOf, catalogue, n.Name, sortedLabels(n.Labels), n.Value); err != nil {
			return fmt.Errorf("append %s: %w", n.Name, classify(err))
		}
	}
	return classify(batch.Send())
}
