package counting

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"amparo/pipeline/store"
)

// A sum is a question whose answer adds up over rows: groups and their sums. So the
// part of it that rests is asked once for each closing.
type sum struct {
	query  string   // its file
	table  string   // obligations or contributions
	groups string   // columns that tell the groups apart
	sums   []string // columns that add up; the last, every, is how many rows a group has
	asOf   time.Time
	// text is the question with all marks filled in but {rows}: as it is asked, or where
	// a closing is given as it is asked of what rests.
	text func(s *Counts, at *Closing) (sql string, args []any)
	// kept says that the part that rests is worth keeping, and rest from which degree on
	// it rests. Where it is not kept, all rows of the closing are read.
	kept bool
	rest int
	// overdueDays is a bound of what is overdue for long, 0 where none is asked about.
	overdueDays int
	// apart says that the answer tells rows apart one by one: nothing is gained.
	apart bool
}

// added is the answer's relation: what rests, kept or asked for now, and what moves.
func (s *Counts) added(ctx context.Context, q sum) (sql string, args []any, err error) {
	asked, args := q.text(s, nil)
	c := s.counting
	if c == nil || q.apart {
		return strings.ReplaceAll(asked, "{rows}", fmt.Sprintf("%s_at(as_of = %d)", q.table, q.asOf.UnixMilli())), args, nil
	}
	// below are the rows that rest less than so much, put right.
	below := func(degree int) string {
		return s.rowsAt(q.table, q.asOf, fmt.Sprintf("SELECT * FROM %[1]s.%[3]s WHERE rests < %[4]d UNION ALL SELECT * FROM %[2]s.%[3]s",
			c.closing.Name, c.since, q.table, degree))
	}
	if !q.kept || q.overdueDays > 0 && !slices.Contains(c.closing.OverdueDays, q.overdueDays) {
		return c.closing.text(asked, below(later)), args, nil
	}
	resting, restingArgs := q.text(s, c.closing)
	resting = c.closing.text(resting, s.rowsAt(q.table, c.closing.At,
		fmt.Sprintf("SELECT * FROM %s.%s WHERE rests >= %d AND rests < %d", c.closing.Name, q.table, q.rest, later)))
	kept, err := s.keptSum(ctx, resting, restingArgs)
	if err != nil {
		return "", nil, fmt.Errorf("add up what rests for %s: %w", q.query, err)
	}
	names := q.groups + ", " + strings.Join(q.sums, ", ")
	added := make([]string, len(q.sums))
	for i, name := range q.sums {
		added[i] = fmt.Sprintf("sum(%[1]s) AS %[1]s", name)
	}
	return fmt.Sprintf("SELECT %[1]s, %[2]s FROM (SELECT %[3]s FROM %[4]s UNION ALL SELECT %[3]s FROM (%[5]s)) GROUP BY %[1]s HAVING every != 0",
		q.groups, strings.Join(added, ", "), names, kept, c.closing.text(asked, below(q.rest))), args, nil
}

// text is a question of rows of a closing, which know their region.
func (c *Closing) text(asked, rows string) string {
	if c.Region == noRegion {
		return strings.ReplaceAll(asked, "{rows}", rows)
	}
	return strings.NewReplacer("{rows}", rows, c.Region, "closed_region").Replace(asked)
}

// Degrees of rest of an obligation. Of contributions there is none but the first.
const (
	missedLately = 1
	undoneLong   = 2
	ended        = 3
	later        = 4 // not at rest: it begins when the closing no longer serves
)

// long is for how long an obligation is open, in milliseconds, before coarse clocks watch
// it until the beginning of the civil day only.
const long = "2592000000"

// rowsAt is what the view of a table says of other rows of its form: the rule that
// the migration wrote is the only one.
func (s *Counts) rowsAt(table string, asOf time.Time, rows string) string {
	of := strings.TrimSuffix(table, "s")
	return "(" + strings.NewReplacer("FROM "+of+"_rows", "FROM ("+rows+")", "{as_of:Int64}", fmt.Sprintf("toInt64(%d)", asOf.UnixMilli())).
		Replace(s.views[table]) + ")"
}

// rests are the sums of what rests that a process knows to be kept.
type rests struct {
	mu   sync.Mutex
	kept map[string]bool
}

func (r *rests) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = map[string]bool{}
}

// keptSum is the table with the answer to a question about what rests in the closing.
// It is made where it is not there yet; whoever makes it first keeps it for all.
func (s *Counts) keptSum(ctx context.Context, sql string, args []any) (string, error) {
	c := s.counting
	c.rests.mu.Lock()
	defer c.rests.mu.Unlock()
	name := fmt.Sprintf("sum_%016x", xxhash.Sum64String(fmt.Sprint(sql, args)))
	table := c.closing.Name + "." + name
	if c.rests.kept[name] {
		return table, nil
	}
	there, err := s.hasTable(ctx, c.closing.Name, name)
	if err != nil {
		return "", err
	}
	if !there {
		making := fmt.Sprintf("%s_%08x", table, rand.Uint32()) //nolint:gosec // A name, not a secret.
		if err := s.db.Exec(ctx, "CREATE TABLE "+making+" ENGINE = MergeTree ORDER BY tuple() AS "+sql, args...); err != nil {
			return "", err
		}
		// Only a whole one is found under its name.
		if err := s.db.Exec(ctx, "RENAME TABLE "+making+" TO "+table); err != nil {
			if there, errThere := s.hasTable(ctx, c.closing.Name, name); errThere != nil || !there {
				return "", err
			}
			if err := s.db.Exec(ctx, "DROP TABLE "+making+" SYNC"); err != nil {
				return "", err
			}
		}
	}
	c.rests.kept[name] = true
	return table, nil
}

func (s *Counts) hasTable(ctx context.Context, database, name string) (bool, error) {
	var n uint64
	err := s.value(ctx, &n, "tables", "SELECT count() FROM system.tables WHERE database = ? AND name = ?", database, name)
	return n > 0, err
}

// resting are a question's spans as they hold what rests: bounds that move with time
// lie beyond it, or on an edge where nothing rests.
func (c *Closing) resting(spans Spans) Spans {
	var out Spans
	for i, s := range spans {
		if s != (store.Span{}) {
			out[i] = store.Span{From: c.restingAt(s.From), To: c.restingAt(s.To)}
		}
	}
	return out
}

// restingAt is an instant that parts what rests as another does, and stays the same
// while the closing serves.
func (c *Closing) restingAt(t time.Time) time.Time {
	if !t.Before(c.At) {
		return c.Until
	}
	for _, e := range c.Edges {
		if !t.Before(e.From) && t.Before(e.To) {
			return e.To
		}
	}
	return t
}
