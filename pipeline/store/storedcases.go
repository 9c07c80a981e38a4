package store

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// StoredCases says which of some cases have events.
func (s *Store) StoredCases(ctx context.Context, caseIDs []string) (map[string]bool, error) {
	out := make(map[string]bool)
	for part := range chunks(caseIDs, historyChunk) {
		err := s.each(ctx, "stored_cases", func(rows driver.Rows) error {
			var id string
			err := rows.Scan(&id)
			out[id] = true
			return err
		}, part)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
