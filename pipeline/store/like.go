package store

import (
	"context"
	"fmt"
)

// CasesLike returns up to n cases whose ids are nearly the one given: for whoever
// mistyped it.
func (s *Store) CasesLike(ctx context.Context, caseID string, n int) ([]string, error) {
	var cases []struct {
		CaseID string `ch:"case_id"`
	}
	if err := s.conn.Select(ctx, &cases, s.sql["cases_like"], caseID, caseID, n); err != nil {
		return nil, fmt.Errorf("look for cases like %q: %w", caseID, classify(err))
	}
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.CaseID
	}
	return ids, nil
}
