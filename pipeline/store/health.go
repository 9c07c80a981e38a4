package store

import (
	"context"
	"fmt"
	"time"
)

// A Health is what an operator should know of the server that holds the tables.
type Health struct {
	Version string    `ch:"version"`
	Clock   time.Time `ch:"clock"` // of the server, when it answered
	Free    uint64    `ch:"free"`  // bytes of its fullest disk
	Total   uint64    `ch:"total"`
}

// Health asks the server how it is.
func (s *Store) Health(ctx context.Context) (Health, error) {
	var out []Health
	if err := s.conn.Select(ctx, &out, s.sql["health"]); err != nil {
		return Health{}, fmt.Errorf("ask ClickHouse how it is: %w", classify(err))
	}
	if len(out) != 1 {
		return Health{}, fmt.Errorf("ask ClickHouse how it is: %d answers", len(out))
	}
	return out[0], nil
}
