package store

import (
	"context"
	"fmt"
)

// A Whereabout is a place and the institution that acted there; either may be
// unknown.
type Whereabout struct {
	Place       string `ch:"place"`
	Institution string `ch:"institution"`
}

// Whereabouts returns where a case happened and which institutions acted in it;
// nothing for a case that is not stored.
func (s *Store) Whereabouts(ctx context.Context, caseID string) ([]Whereabout, error) {
	var out []Whereabout
	if err := s.conn.Select(ctx, &out, s.sql["whereabouts"], caseID); err != nil {
		return nil, fmt.Errorf("look up where a case happened: %w", classify(err))
	}
	return out, nil
}
