// Package listing lists the obligations behind a number, page by page, in the order of their
// deadlines, which is not that of their table.
package listing

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

//go:embed queries/*.sql
var queries embed.FS

// Lists lists what is in a store.
type Lists struct {
	db    *store.Store
	sql   map[string]string
	views store.Views
}

// Of lists what is in a store.
func Of(db *store.Store) *Lists {
	sql, err := store.Queries(queries)
	if err != nil {
		panic(err) // They are in the binary.
	}
	return &Lists{db, sql, store.ReadViews()}
}

// A Query asks for the obligations that a number counts.
type Query struct {
	AsOf        time.Time
	Duty        string
	Due         store.Span
	Place       string   // a place and all within it; "" for everywhere
	Provinces   []string // 4 digits, or 2 where only the department is known; none for any
	Institution string   // "" for any
	Statuses    []obligation.Status
	store.Choice
	// After is behind which obligation the list goes on; the zero place begins it.
	After Place
	Limit int
}

// A Place is where an obligation stands in a list of one duty: by deadline, then by case
// and instance.
type Place struct {
	DueAt            time.Time
	CaseID, Instance string
}

// PlaceOf is where an obligation stands.
func PlaceOf(o *obligation.Obligation) Place { return Place{o.DueAt, o.CaseID, o.Instance} }

const mostFound = 4096 // at once, before they are asked for

// Behind lists the obligations of a query, the earliest deadline first: as many as its
// limit, fewer only at the end.
//
// They are found in the second order of the table, which keeps replaced rows as well, and
// then asked of the table by their cases. What stands is always among what is found, so
// none is missed; and what is only found is not listed.
func (s *Lists) Behind(ctx context.Context, q Query) ([]obligation.Obligation, error) {
	if q.Limit <= 0 || len(q.Statuses) == 0 {
		return nil, fmt.Errorf("list cases: a page of %d with %d statuses is none", q.Limit, len(q.Statuses))
	}
	var out []obligation.Obligation
	for want := q.Limit; len(out) < q.Limit; want = min(4*want, mostFound) {
		found, err := s.found(ctx, &q, want)
		if err == nil && len(found) > 0 {
			out, err = s.among(ctx, &q, found, out)
		}
		if err != nil {
			return nil, err
		}
		if len(found) < want {
			break
		}
		q.After = found[len(found)-1]
	}
	return out[:min(len(out), q.Limit)], nil
}

// found are places after that of a query where its obligations may stand, in order.
func (s *Lists) found(ctx context.Context, q *Query, limit int) ([]Place, error) {
	sql, args := s.toFind(q)
	var out []Place
	err := s.db.Ask(ctx, "cases_found", sql, func(rows driver.Rows) error {
		var at Place
		err := rows.Scan(&at.DueAt, &at.CaseID, &at.Instance)
		out = append(out, at)
		return err
	}, append(args, limit)...)
	return out, err
}

// toFind is the question after places, but for how many.
func (s *Lists) toFind(q *Query) (string, []any) {
	which, args := q.where()
	return s.text("cases_found", "obligations", q.AsOf, which), args
}

// among adds to a list the obligations of a query that stand where some were found.
func (s *Lists) among(ctx context.Context, q *Query, found []Place, out []obligation.Obligation) ([]obligation.Obligation, error) {
	var ids []string
	for i := range found {
		ids = append(ids, found[i].CaseID)
	}
	which, args := q.where()
	// What stands behind the last one found is found later.
	which += " AND (due_at, case_id, instance) <= (fromUnixTimestamp64Milli(toInt64(?), 'UTC'), ?, ?)"
	last := &found[len(found)-1]
	args = append(args, last.DueAt.UnixMilli(), last.CaseID, last.Instance)
	sql := s.text("cases_behind", "obligations FINAL PREWHERE duty = ? AND case_id IN (?)", q.AsOf, which)
	err := s.db.Ask(ctx, "cases_behind", sql, func(rows driver.Rows) error {
		o, err := store.ScanObligation(rows)
		out = append(out, o)
		return err
	}, append([]any{q.Duty, ids}, args...)...)
	return out, err
}

// text is a question about what obligations come to at an instant, of the rows of a table.
func (s *Lists) text(query, table string, asOf time.Time, which string) string {
	return strings.NewReplacer("{rows}", s.views.At("obligations", asOf, "SELECT * FROM "+table), "{which}", which).Replace(s.sql[query])
}

// where is the condition of a query, with its arguments.
func (q *Query) where() (string, []any) {
	conditions := []string{
		"duty = ?", "due_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')", "due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')",
		"kind IN (?)", "confidence NOT IN (?)", "status IN (?)",
	}
	args := []any{q.Duty, q.Due.From.UnixMilli(), q.Due.To.UnixMilli(), store.Listed(q.Kinds), store.Listed(q.Without), q.Statuses}
	add := func(wanted bool, condition string, more ...any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, more...)
		}
	}
	add(q.Place != "", "startsWith(place, ?)", q.Place)
	add(len(q.Provinces) > 0, "substring(place, 1, 4) IN (?)", q.Provinces)
	add(q.Institution != "", "institution = ?", q.Institution)
	if after := &q.After; *after != (Place{}) {
		// From there on the order is read.
		add(true, "due_at >= fromUnixTimestamp64Milli(toInt64(?), 'UTC')", after.DueAt.UnixMilli())
		add(true, "(due_at, case_id, instance) > (fromUnixTimestamp64Milli(toInt64(?), 'UTC'), ?, ?)", after.DueAt.UnixMilli(), after.CaseID, after.Instance)
	}
	return strings.Join(conditions, " AND "), args
}
