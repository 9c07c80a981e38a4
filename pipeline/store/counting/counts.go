// Package counting asks ClickHouse for counts over what is folded of cases: obligations and
// contributions, at an instant, told apart by whatever is asked for. Its questions lie
// beside it in files, one each, and are written once, whatever rows they are asked of.
//
// In a large store counts go on from a closing: what rests is added up once, and what
// was judged since is put right beside it.
package counting

import (
	"context"
	"embed"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/store"
)

//go:embed queries/*.sql
var queries embed.FS

// Counts counts what is in a store.
type Counts struct {
	db    *store.Store
	sql   map[string]string
	views store.Views

	// books are what this process counts with, and counting what a count reads besides
	// the tables as they stand.
	books    *books
	counting *onward
	seldom   bool
}

// Seldom counts the same, and keeps nothing in memory of what rests.
func (s *Counts) Seldom() *Counts {
	out := *s
	out.seldom = true
	return &out
}

// Of counts what is in a store, as it stands. There is one for each.
func Of(db *store.Store) *Counts {
	return db.Attached(func() any { return newCounts(db) }).(*Counts) //nolint:forcetypeassert // Nothing else is attached.
}

func newCounts(db *store.Store) *Counts {
	sql, err := store.Queries(queries)
	if err != nil {
		panic(err) // They are in the binary.
	}
	s := &Counts{db: db, sql: sql, views: store.ReadViews(), books: &books{}}
	db.OnClose(func() error {
		s.books.mu.Lock()
		defer s.books.mu.Unlock()
		return s.dropSince(context.Background())
	})
	return s
}

// text is a query with its marks filled in.
func (s *Counts) text(query string, marks ...string) string {
	return strings.NewReplacer(marks...).Replace(s.sql[query])
}

// rowsOf reads what a question answers, row by row.
func rowsOf[T any](ctx context.Context, s *Counts, name, sql string, scan func(driver.Rows, *T) error, args ...any) ([]T, error) {
	var out []T
	err := s.db.Ask(ctx, name, sql, func(rows driver.Rows) error {
		var t T
		err := scan(rows, &t)
		out = append(out, t)
		return err
	}, args...)
	return out, err
}

// textsOf reads what a question answers in one column.
func textsOf(ctx context.Context, s *Counts, name, sql string, args ...any) ([]string, error) {
	return rowsOf(ctx, s, name, sql, func(rows driver.Rows, text *string) error { return rows.Scan(text) }, args...)
}

// value asks for one value.
func (s *Counts) value(ctx context.Context, into any, name, sql string, args ...any) error {
	return s.db.Ask(ctx, name, sql, func(rows driver.Rows) error { return rows.Scan(into) }, args...)
}

// A Stored is a store and what counts it, as it stands.
type Stored struct {
	*store.Store
	*Counts
}

// With is a store together with what counts it.
func With(db *store.Store) Stored { return Stored{db, Of(db)} }
