package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/store/columns"
)

// text is a query with its marks filled in.
func (s *Store) text(query string, marks ...string) string {
	return strings.NewReplacer(marks...).Replace(s.sql[query])
}

// each runs a query as its file has it and scans its rows.
func (s *Store) each(ctx context.Context, query string, scan func(driver.Rows) error, args ...any) error {
	return s.Ask(ctx, query, s.sql[query], scan, args...)
}

// Ask runs a query and scans its rows. name is that of the question, for errors.
func (s *Store) Ask(ctx context.Context, name, sql string, scan func(driver.Rows) error, args ...any) error {
	rows, err := s.conn.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("query %s: %w", name, classify(err))
	}
	defer rows.Close() //nolint:errcheck // finish reports what matters.
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan %s: %w", name, classify(err))
		}
	}
	if err := finish(rows); err != nil {
		return fmt.Errorf("query %s: %w", name, err)
	}
	return nil
}

// AskColumns runs a query and hands over its rows column by column, part by part, in a set
// that has its columns.
func (s *Store) AskColumns(ctx context.Context, name string, set *columns.Set, take func() error, sql string, args ...any) error {
	if err := set.Query(ctx, s.conn, s.inside, take, sql, args...); err != nil {
		return fmt.Errorf("query %s: %w", name, classify(err))
	}
	return nil
}

// Listed is a list for IN, which may not be empty.
func Listed(values []string) []string {
	if len(values) == 0 {
		return []string{"\x00"}
	}
	return values
}

// Exec runs a statement.
func (s *Store) Exec(ctx context.Context, sql string, args ...any) error {
	return classify(s.conn.Exec(ctx, sql, args...))
}

// Database is the name of the store's own.
func (s *Store) Database() string { return s.options.Auth.Database }

// Log and Now are those that the store was opened with.
func (s *Store) Log() *slog.Logger { return s.log }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// Attached is what counts this store, made the first time: all who count it in a process
// go on from one another.
func (s *Store) Attached(anew func() any) any {
	s.attach.Do(func() { s.attached = anew() })
	return s.attached
}

// OnClose has something done before the connection ends.
func (s *Store) OnClose(do func() error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	s.before = append(s.before, do)
}
