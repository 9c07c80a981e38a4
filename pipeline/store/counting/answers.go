package counting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// A group is one group of the answer to a sum.
type group[T any] interface {
	*T
	// parts are the values of what was asked to be told apart.
	parts() *Parts
	// told are where what always tells groups apart is put, and sums where the sums are:
	// *int64 and *float64, or one *Series of all. The last is how many rows there are.
	told() []any
	sums() []any
}

// answer asks for the groups of a sum. What rests is read once, and what moves added to it.
func answer[T any, G group[T]](ctx context.Context, s *Counts, q sum) ([]T, error) {
	resting, moving := q.asks(s)
	read := reading[T, G]{q: &q, parts: map[string]Parts{}}
	if resting.sql == "" {
		err := read.each(ctx, s, moving)
		return read.groups, err
	}
	table, err := s.keptTable(ctx, resting)
	if err != nil {
		return nil, fmt.Errorf("add up what rests for %s: %w", q.query, err)
	}
	answers := &s.counting.rests.answers
	kept, ok := answers.Load(table)
	if !ok {
		read.at = map[string]int{}
		if err := read.each(ctx, s, asked{sql: "SELECT * FROM " + table}); err != nil {
			return nil, err
		}
		kept, _ = answers.LoadOrStore(table, &read)
	}
	moved := reading[T, G]{q: &q, parts: map[string]Parts{}}
	if err := moved.each(ctx, s, moving); err != nil {
		return nil, err
	}
	return kept.(*reading[T, G]).with(moved.groups), nil //nolint:forcetypeassert // A question has one type.
}

// A reading is what was read of an answer.
type reading[T any, G group[T]] struct {
	q      *sum
	groups []T
	at     map[string]int   // groups by their key, where it is asked for by it
	parts  map[string]Parts // groups share those that are alike
}

// each reads the answer to a question. Counts along a scale travel as lists, far faster than
// as rows.
func (r *reading[T, G]) each(ctx context.Context, s *Counts, a asked) error {
	if r.q.along != "" {
		a.sql = r.q.listed(a.sql)
	}
	values, into := make([]string, len(r.q.parts)), make([]any, len(r.q.parts))
	for i := range values {
		into[i] = &values[i]
	}
	return s.db.Ask(ctx, r.q.query, a.sql, func(rows driver.Rows) error {
		var t T
		g := G(&t)
		columns := append(slices.Clip(into), g.told()...)
		for _, sum := range g.sums() {
			if series, ok := sum.(*Series); ok {
				columns = append(columns, series.columns(len(r.q.sums))...)
			} else {
				columns = append(columns, sum)
			}
		}
		if err := rows.Scan(columns...); err != nil {
			return err
		}
		for _, sum := range g.sums() {
			if series, ok := sum.(*Series); ok {
				series.sort()
			}
		}
		*g.parts() = r.partsOf(values)
		if r.at != nil {
			r.at[keyOf[T](g, r.q.parts)] = len(r.groups)
		}
		r.groups = append(r.groups, t)
		return nil
	}, a.args...)
}

// listed is a question whose answer has one row for all that lies along its scale.
func (q *sum) listed(sql string) string {
	names := make([]string, 0, len(q.parts)+len(q.groups))
	for _, by := range q.parts {
		names = append(names, string(by))
	}
	groups := strings.Join(append(names, q.groups...), ", ")
	return fmt.Sprintf("SELECT %s, groupArray(%s), groupArray(%s) FROM (%s) GROUP BY %s", groups, q.along, strings.Join(q.sums, "), groupArray("), sql, groups)
}

func (r *reading[T, G]) partsOf(values []string) Parts {
	key := strings.Join(values, "\x00")
	p, ok := r.parts[key]
	if !ok {
		p = make(Parts, len(values))
		for i, by := range r.q.parts {
			p[by] = values[i]
		}
		r.parts[key] = p
	}
	return p
}

// keyOf tells a group from all others that are told apart by some things.
func keyOf[T any, G group[T]](g G, by []By) string {
	var b strings.Builder
	parts := *g.parts()
	for _, by := range by {
		b.WriteString(parts[by])
		b.WriteByte(0)
	}
	for _, told := range g.told() {
		switch v := told.(type) {
		case *string:
			b.WriteString(*v)
		case *bool:
			fmt.Fprint(&b, *v)
		case *int8:
			fmt.Fprint(&b, *v)
		case *int64:
			fmt.Fprint(&b, *v)
		default:
			panic(fmt.Sprintf("a group is told apart by a %T", told))
		}
		b.WriteByte(0)
	}
	return b.String()
}

// with are the groups together with others.
func (r *reading[T, G]) with(more []T) []T { return added[T, G](r.q.parts, r.groups, r.at, more) }

// together are groups that are told apart by some things together with others.
func together[T any, G group[T]](by []By, groups, more []T) []T {
	at := make(map[string]int, len(groups))
	for i := range groups {
		at[keyOf[T](G(&groups[i]), by)] = i
	}
	return added[T, G](by, groups, at, more)
}

// added are groups, which are found by their keys, together with others. A group of which
// nothing is left is none.
func added[T any, G group[T]](by []By, groups []T, found map[string]int, more []T) []T {
	out := slices.Grow(slices.Clone(groups), len(more))
	at, gone := map[string]int{}, map[int]bool{}
	for i := range more {
		g := G(&more[i])
		key := keyOf[T](g, by)
		n, ok := found[key]
		if !ok {
			n, ok = at[key]
		}
		if ok {
			add(G(&out[n]).sums(), g.sums())
		} else {
			n = len(out)
			at[key] = n
			out = append(out, more[i])
		}
		if nothing(G(&out[n]).sums()) {
			gone[n] = true
		} else {
			delete(gone, n)
		}
	}
	if len(gone) == 0 {
		return out
	}
	left := out[:0]
	for n := range out {
		if !gone[n] {
			left = append(left, out[n])
		}
	}
	return left
}

// nothing reports whether sums are of no rows.
func nothing(sums []any) bool {
	switch every := sums[len(sums)-1].(type) {
	case *int64:
		return *every == 0
	case *Series:
		return len(every.At) == 0
	}
	return false
}

// add adds sums to others.
func add(to, more []any) {
	for i := range to {
		switch sum := to[i].(type) {
		case *int64:
			*sum += *more[i].(*int64)
		case *float64:
			*sum += *more[i].(*float64)
		case *Series:
			*sum = sum.with(more[i].(*Series))
		default:
			panic(fmt.Sprintf("a sum is a %T", to[i]))
		}
	}
}

// A Series is what was counted along a scale: at ascending places on it the sums of a
// question, each a list as long.
type Series struct {
	At   []int64
	Sums [][]int64
}

// columns are where the columns of a series with so many sums go.
func (s *Series) columns(sums int) []any {
	s.Sums = make([][]int64, sums)
	out := []any{&s.At}
	for i := range s.Sums {
		out = append(out, &s.Sums[i])
	}
	return out
}

// sort puts a series as it was read in the order of its scale.
func (s *Series) sort() {
	order := make([]int, len(s.At))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.At[a], s.At[b]) })
	for _, list := range append([]*[]int64{&s.At}, s.lists()...) {
		sorted := make([]int64, len(order))
		for i, from := range order {
			sorted[i] = (*list)[from]
		}
		*list = sorted
	}
}

func (s *Series) lists() []*[]int64 {
	out := make([]*[]int64, len(s.Sums))
	for i := range s.Sums {
		out[i] = &s.Sums[i]
	}
	return out
}

// with is a series together with another, of which neither changes. Where nothing is left,
// by the last sum, there is no place.
func (s *Series) with(more *Series) Series {
	room := len(s.At) + len(more.At)
	out := Series{At: make([]int64, 0, room), Sums: make([][]int64, len(s.Sums))}
	for k := range out.Sums {
		out.Sums[k] = make([]int64, 0, room)
	}
	last := len(s.Sums) - 1
	for i, k := 0, 0; i < len(s.At) || k < len(more.At); {
		from, at := s, i
		switch {
		case k == len(more.At) || i < len(s.At) && s.At[i] < more.At[k]:
			i++
		case i == len(s.At) || more.At[k] < s.At[i]:
			from, at = more, k
			k++
		default:
			if s.Sums[last][i]+more.Sums[last][k] != 0 {
				out.At = append(out.At, s.At[i])
				for n := range out.Sums {
					out.Sums[n] = append(out.Sums[n], s.Sums[n][i]+more.Sums[n][k])
				}
			}
			i, k = i+1, k+1
			continue
		}
		out.At = append(out.At, from.At[at])
		for n := range out.Sums {
			out.Sums[n] = append(out.Sums[n], from.Sums[n][at])
		}
	}
	return out
}
