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
	query string          // its file
	table string          // obligations or contributions
	lists string          // of contributions that are asked for, beside those of every outcome; "" for all
	only  map[string]bool // of what tells groups apart first, beside the parts; nil for all
	// parts and groups are the columns that tell the groups apart: what was asked for,
	// and what always does. along is one more, of a scale, "" where there is none.
	parts  []By
	groups []string
	along  string
	sums   []string // columns that add up; the last, every, is how many rows a group has
	asOf   time.Time
	// text is the question with all marks filled in but {rows}: as it is asked, or where
	// a closing is given as it is asked of what rests.
	text func(s *Counts, at *Closing) (sql string, args []any)
	// kept says that the part that rests is worth keeping, and rest from which degree on
	// it rests. Where it is not kept, all rows of the closing of some degrees are read.
	kept    bool
	rest    int
	degrees string
	// overdueDays is a bound of what is overdue for long, 0 where none is asked about.
	overdueDays int
	// apart says that the answer tells rows apart one by one: nothing is gained.
	apart bool
}

// asked is a question as it is put to the store.
type asked struct {
	sql  string
	args []any
}

// asks are the questions of which the answers, added up, are that of a sum: about what
// rests in the closing, which is asked once and has the empty text where nothing is kept,
// and about everything else.
func (q *sum) asks(s *Counts) (resting, moving asked) {
	sql, args := q.text(s, nil)
	c := s.counting
	if c == nil || q.apart {
		rows := fmt.Sprintf("%s_at(as_of = %d)", q.table, q.asOf.UnixMilli())
		if q.lists != "" {
			rows = s.views.At(q.table, q.asOf, s.text("outcome_rows", "{lists}", q.lists))
		}
		return asked{}, asked{strings.ReplaceAll(sql, "{rows}", rows), args}
	}
	// put are rows of the closing, put right.
	put := func(degrees string) string {
		return s.views.At(q.table, q.asOf, fmt.Sprintf("SELECT * FROM %[1]s.%[3]s WHERE rests %[4]s UNION ALL SELECT * FROM %[2]s.%[3]s",
			c.closing.Name, c.since, q.table, degrees))
	}
	if !q.kept || q.overdueDays > 0 && !slices.Contains(c.closing.OverdueDays, q.overdueDays) {
		return asked{}, asked{c.closing.text(sql, put(q.degrees)), args}
	}
	atRest, restingArgs := q.text(s, c.closing)
	atRest = c.closing.text(atRest, s.views.At(q.table, c.closing.At,
		fmt.Sprintf("SELECT * FROM %s.%s WHERE rests >= %d AND rests < %d", c.closing.Name, q.table, q.rest, later)))
	return asked{atRest, restingArgs}, asked{c.closing.text(sql, put(fmt.Sprintf("< %d", q.rest))), args}
}

// text is a question of rows of a closing, which know their region.
func (c *Closing) text(asked, rows string) string {
	if c.Region == noRegion {
		return strings.ReplaceAll(asked, "{rows}", rows)
	}
	return strings.NewReplacer("{rows}", rows, c.Region, "closed_region").Replace(asked)
}

// Degrees of rest of an obligation. A contribution moves or rests.
const (
	moves      = 0
	openLately = 1 // and nothing happens to it while the closing serves: its age alone goes on
	missed     = 2 // lately: here too
	missedLong = 3
	openLong   = 4
	ended      = 5
	later      = 6 // not at rest: it begins when the closing no longer serves

	resting = 1 // from here on
)

// Degrees of what can be open, and of what can be undone, at rest.
var (
	canBeOpen = fmt.Sprintf("IN (%d, %d, %d)", moves, openLately, openLong)
	isUndone  = fmt.Sprintf("IN (%d, %d, %d, %d)", openLately, missed, missedLong, openLong)
	ofAny     = fmt.Sprintf("< %d", later)
)

// long is for how long an obligation is open, in milliseconds, before coarse clocks watch
// it until the beginning of the civil day only.
const long = "2592000000"

// rests are the answers about what rests: the tables that a process knows to be there,
// and what it has read of them.
type rests struct {
	mu      sync.Mutex
	tables  map[string]bool
	answers sync.Map // by table, of each question's own type
}

func (r *rests) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tables = map[string]bool{}
	r.answers.Clear()
}

// keptTable is the table with the answer to a question about what rests in the closing.
// It is made where it is not there yet; whoever makes it first keeps it for all.
func (s *Counts) keptTable(ctx context.Context, q asked) (string, error) {
	c := s.counting
	c.rests.mu.Lock()
	defer c.rests.mu.Unlock()
	name := fmt.Sprintf("sum_%016x", xxhash.Sum64String(fmt.Sprint(q.sql, q.args)))
	table := c.closing.Name + "." + name
	if len(c.rests.tables) == 0 { // As when a process begins: what others have made is learned at once.
		if err := s.findTables(ctx); err != nil {
			return "", err
		}
	}
	if !c.rests.tables[table] {
		making := fmt.Sprintf("%s_%08x", table, rand.Uint32()) //nolint:gosec // A name, not a secret.
		if err := s.db.Exec(ctx, "CREATE TABLE "+making+" ENGINE = MergeTree ORDER BY tuple() AS "+q.sql, q.args...); err != nil {
			return "", err
		}
		// Only a whole one is found under its name.
		if err := s.db.Exec(ctx, "RENAME TABLE "+making+" TO "+table); err != nil {
			if errThere := s.findTables(ctx); errThere != nil || !c.rests.tables[table] {
				return "", err
			}
			if err := s.db.Exec(ctx, "DROP TABLE "+making+" SYNC"); err != nil {
				return "", err
			}
		}
	}
	c.rests.tables[table] = true
	return table, nil
}

// findTables learns which tables the closing has.
func (s *Counts) findTables(ctx context.Context) error {
	c := s.counting
	names, err := textsOf(ctx, s, "tables", "SELECT name FROM system.tables WHERE database = ?", c.closing.Name)
	for _, name := range names {
		c.rests.tables[c.closing.Name+"."+name] = true
	}
	return err
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
// while the closing serves. One beyond that is taken as it is: who asks with one that
// moves keeps nothing.
func (c *Closing) restingAt(t time.Time) time.Time {
	switch {
	case t.After(c.Until):
		return t
	case !t.Before(c.At):
		return c.Until
	}
	for _, e := range c.Edges {
		if !t.Before(e.From) && t.Before(e.To) {
			return e.To
		}
	}
	return t
}
