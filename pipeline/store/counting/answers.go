package counting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"amparo/pipeline/store/columns"
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
	a, err := ask[T, G](ctx, s, q)
	if err != nil {
		return nil, err
	}
	return a.only(q.only), nil
}

// only are the groups of which what tells them apart first, beside the parts, is wanted.
func (a *answered[T, G]) only(wanted map[string]bool) []T {
	if wanted == nil {
		return a.groups
	}
	return slices.DeleteFunc(slices.Clone(a.groups), func(t T) bool {
		return !wanted[*G(&t).told()[0].(*string)] //nolint:forcetypeassert // As the sample.
	})
}

// ask is answer, with the keys of the groups.
func ask[T any, G group[T]](ctx context.Context, s *Counts, q sum) (*answered[T, G], error) {
	resting, moving := q.asks(s)
	moving.sql = q.columns(moving.sql)
	moved, err := read[T, G](ctx, s, &q, moving)
	if err != nil || resting.sql == "" {
		return moved, err
	}
	resting.sql = q.columns(resting.sql)
	table, err := s.keptTable(ctx, resting)
	if err != nil {
		return nil, fmt.Errorf("add up what rests for %s: %w", q.query, err)
	}
	answers := &s.counting.rests.answers
	if kept, ok := answers.Load(table); ok {
		return kept.(*answered[T, G]).with(moved), nil //nolint:forcetypeassert // A question has one type.
	}
	rested, err := read[T, G](ctx, s, &q, asked{sql: "SELECT * FROM " + table})
	if err != nil {
		return nil, err
	}
	rested.find()
	if !s.seldom {
		answers.Store(table, rested)
	}
	return rested.with(moved), nil
}

// An answered question has groups, and the key of each: the texts of all that tells it
// apart.
type answered[T any, G group[T]] struct {
	groups []T
	keys   []string       // beside the groups
	at     map[string]int // the place of each, once it was asked for
}

// find makes groups be found by their keys.
func (a *answered[T, G]) find() {
	if a.at != nil {
		return
	}
	a.at = make(map[string]int, len(a.keys))
	for i, key := range a.keys {
		a.at[key] = i
	}
}

// with are the groups together with others. A group of which nothing is left is none.
func (a *answered[T, G]) with(more *answered[T, G]) *answered[T, G] {
	a.find()
	out := &answered[T, G]{groups: slices.Grow(slices.Clone(a.groups), len(more.groups)), keys: slices.Grow(slices.Clone(a.keys), len(more.keys))}
	added, gone := map[string]int{}, map[int]bool{}
	for i, key := range more.keys {
		n, ok := a.at[key]
		if !ok {
			n, ok = added[key]
		}
		if ok {
			add(G(&out.groups[n]).sums(), G(&more.groups[i]).sums())
		} else {
			n = len(out.groups)
			added[key] = n
			out.groups, out.keys = append(out.groups, more.groups[i]), append(out.keys, key)
		}
		if nothing(G(&out.groups[n]).sums()) {
			gone[n] = true
		} else {
			delete(gone, n)
		}
	}
	if len(gone) == 0 {
		return out
	}
	left := &answered[T, G]{}
	for n := range out.groups {
		if !gone[n] {
			left.groups, left.keys = append(left.groups, out.groups[n]), append(left.keys, out.keys[n])
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
		}
	}
}

// read asks the store for columns of the types that are read.
func read[T any, G group[T]](ctx context.Context, s *Counts, q *sum, a asked) (*answered[T, G], error) {
	var (
		sample T
		set    columns.Set
		out    = &answered[T, G]{}
		told   = make([]*columns.Text, len(q.parts)+len(G(&sample).told()))
		sums   = columnsOf(&set, q, told, G(&sample).sums())
		texts  = make([]string, len(told))
		shared = map[string]Parts{} // groups that are alike share them
	)
	err := s.db.AskColumns(ctx, q.query, &set, func() error {
		for row := range set.Rows() {
			for i := range told {
				texts[i] = told[i].Row(row)
			}
			var t T
			g := G(&t)
			*g.parts() = partsOf(shared, q.parts, texts)
			if err := putTexts(g.told(), texts[len(q.parts):]); err != nil {
				return err
			}
			for i, sum := range g.sums() {
				sums[i](row, sum)
			}
			out.groups, out.keys = append(out.groups, t), append(out.keys, strings.Join(texts, "\x00"))
		}
		return nil
	}, a.sql, a.args...)
	return out, err
}

// columnsOf adds the columns of an answer to a set, and gives for each sum what puts its
// value in a row where it belongs.
func columnsOf(set *columns.Set, q *sum, told []*columns.Text, sums []any) []func(row int, to any) {
	for i := range told {
		told[i] = set.Text("told_" + strconv.Itoa(i))
	}
	out := make([]func(int, any), len(sums))
	for i, sum := range sums {
		switch sum.(type) {
		case *int64:
			c := set.Integer(q.sums[i])
			out[i] = func(row int, to any) { *to.(*int64) = c.Row(row) } //nolint:forcetypeassert // As the sample.
		case *float64:
			c := set.Quantity(q.sums[i])
			out[i] = func(row int, to any) { *to.(*float64) = c.Row(row) } //nolint:forcetypeassert // As the sample.
		case *Series:
			lists := make([]*columns.Integers, 1+len(q.sums))
			for n, name := range append([]string{q.along}, q.sums...) {
				lists[n] = set.Integers(name + "_list")
			}
			out[i] = func(row int, to any) { to.(*Series).read(row, lists) } //nolint:forcetypeassert // As the sample.
		}
	}
	return out
}

// columns is a question with columns of the types that are read. All that tells groups apart
// travels as text, and counts along a scale as lists in its order, far faster than as rows.
func (q *sum) columns(sql string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, by := range q.parts {
		fmt.Fprintf(&b, "CAST(%s, 'String') AS told_%d, ", by, i)
	}
	for i, name := range q.groups {
		fmt.Fprintf(&b, "CAST(%s, 'String') AS told_%d, ", name, len(q.parts)+i)
	}
	if q.along == "" {
		fmt.Fprintf(&b, "%s FROM (%s)", strings.Join(q.sums, ", "), sql)
		return b.String()
	}
	scale := append([]string{q.along}, q.sums...)
	for i, name := range scale {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "arraySort((v, k) -> k, groupArray(%[1]s), groupArray(%[2]s)) AS %[1]s_list", name, q.along)
	}
	fmt.Fprintf(&b, " FROM (%s) GROUP BY ALL", sql)
	return b.String()
}

func partsOf(shared map[string]Parts, by []By, texts []string) Parts {
	key := strings.Join(texts[:len(by)], "\x00")
	p, ok := shared[key]
	if !ok {
		p = make(Parts, len(by))
		for i, b := range by {
			p[b] = texts[i]
		}
		shared[key] = p
	}
	return p
}

// putTexts puts what tells groups apart where it belongs.
func putTexts(to []any, texts []string) error {
	var errs error
	for i := range to {
		var err error
		switch v := to[i].(type) {
		case *string:
			*v = texts[i]
		case *bool:
			*v, err = strconv.ParseBool(texts[i])
		case *int64:
			*v, err = strconv.ParseInt(texts[i], 10, 64)
		case *int8:
			var n int64
			n, err = strconv.ParseInt(texts[i], 10, 8)
			*v = int8(n)
		}
		errs = errors.Join(errs, err)
	}
	return errs
}

// A Series is what was counted along a scale: at ascending places on it the sums of a
// question, each a list as long.
type Series struct {
	At   []int64
	Sums [][]int64
}

// read takes a series from lists in a row.
func (s *Series) read(row int, lists []*columns.Integers) {
	s.At = listAt(lists[0], row)
	s.Sums = make([][]int64, len(lists)-1)
	for i := range s.Sums {
		s.Sums[i] = listAt(lists[i+1], row)
	}
}

// listAt is a list in a row, taken as a whole.
func listAt(lists *columns.Integers, row int) []int64 {
	var from uint64
	if row > 0 {
		from = lists.Offsets[row-1]
	}
	return slices.Clone((*lists.Values)[from:lists.Offsets[row]])
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
