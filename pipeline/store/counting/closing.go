package counting

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/store"
)

// A Closing is what the folded tables held at an instant, kept aside so that counting
// costs what has changed since. As an accountant closes the books: what rests is added
// up once, and what moves or was judged again since is counted each time.
//
// Rows rest when neither time nor a window's edge can change how they count while the
// closing serves. A closing never changes; what was judged since is put right beside
// it (absorb), by whoever counts, in tables of his own.
type Closing struct {
	Name string `json:"name"` // of its database
	// At is the instant; it serves counts as of instants from it until Until.
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	Label string    `json:"label"` // of the catalogue that judged
	// Edges are where bounds that move with time can lie meanwhile: no row at rest
	// begins, falls due, can be told or ends there. OverdueDays are such bounds of
	// what is overdue for long.
	Edges       []store.Span `json:"edges"`
	OverdueDays []int        `json:"overdue_days"`
	// Region is the region of a place in SQL, in the grouping that the closing holds.
	Region string `json:"region"`
	// Begun is when it was begun to be made, by the clock of the store.
	Begun time.Time `json:"begun"`
	Cases int       `json:"cases"`
	// Blocks are up to which insert each folded table was closed, and Versions the highest
	// in it.
	Blocks   map[string]int64  `json:"blocks"`
	Versions map[string]uint64 `json:"versions"`
}

// serves reports whether a closing answers about an instant under a catalogue.
func (c *Closing) serves(label string, asOf time.Time) bool {
	return c.Label == label && !asOf.Before(c.At) && asOf.Before(c.Until)
}

// A ClosingPlan says what a closing is made for.
type ClosingPlan struct {
	At, Until   time.Time
	Label       string
	Edges       []store.Span
	OverdueDays []int
	Regions     Regions // that are asked for most
}

// A closable table is one of those that a closing holds.
type closable struct {
	table   string
	key     string // of what is written and replaced as one
	narrow  string // the column of the key that, beside the case, leaves most of a closing unread
	columns string // that count
}

// Contributions of these roles add up. The others are few, and are read as they stand.
const closedRoles = "'outcome', 'linked', 'link', 'wait', 'count', 'standing', 'need'"

var closables = []closable{
	{
		"obligations", "case_id, duty, instance", "duty",
		"case_id, duty, instance, regime, kind, confidence, implication, institution_kind, institution, place, risk, area, sides, " +
			"started_at, due_at, done_at, settled, lapses_from, lapses_by",
	},
	{
		"contributions", "role, case_id", "role",
		"role, case_id, indicator, place, region, unit, side, low, untold, at, told, until, ended, numerator, denominator, key, deeds",
	},
}

// fingerprint is a number made of all that counts of a row, where what was not done was so at
// the first instant of all: a hash of nothing would be nothing.
func (t closable) fingerprint() string {
	return "cityHash64(" + strings.ReplaceAll(t.columns, "done_at", "ifNull(done_at, toDateTime64(0, 3, 'UTC'))") + ")"
}

// since is which rows of a table as it stands were written behind a closing. ClickHouse numbers
// the inserts of a table, and names each part by the first and the last that it holds: parts
// without any such row are not read. What a merge put together is read whole, and comes to what the closing has.
func (t closable) since(c *Closing) string {
	return fmt.Sprintf("toInt64(splitByChar('_', _part)[3]) > %d", c.Blocks[t.table])
}

// counts is which rows of a table as it stands are those of a closing.
func (t closable) counts(c *Closing) string {
	if t.table == "obligations" {
		return "started_at < " + instant(c.Until)
	}
	return "role IN (" + closedRoles + ") AND at < " + instant(c.Until)
}

// closingState is the name under which the store remembers its closing. It changes with
// the form of closings, so that none of another form is taken for one.
const closingState = "closing-12"

// overlap is how long a row of the journal may take from its instant until it can be
// read.
const overlap = 10 * time.Second

// currentClosing is the last closing that was made, nil where there is none or
// everything was judged anew since.
func (s *Counts) currentClosing(ctx context.Context) (*Closing, error) {
	text, err := s.db.State(ctx, closingState)
	if err != nil || text == "" {
		return nil, err
	}
	c := &Closing{}
	if err := json.Unmarshal([]byte(text), c); err != nil {
		return nil, fmt.Errorf("read the closing: %w", err)
	}
	anew, err := s.db.JudgedAnew(ctx, c.Begun)
	if err != nil {
		return nil, err
	}
	if anew {
		return nil, nil //nolint:nilnil // None serves.
	}
	return c, nil
}

// MakeClosing makes a closing, which serves from then on. The one before stays until
// the next is made, for whoever is counting with it.
func (s *Counts) MakeClosing(ctx context.Context, plan ClosingPlan) error {
	c := &Closing{Name: fmt.Sprintf("%s%d_%08x", s.closingPrefix(), s.db.Now().Unix(), rand.Uint32()), //nolint:gosec // A name, not a secret.
		At: plan.At, Until: plan.Until, Label: plan.Label, Edges: plan.Edges, OverdueDays: plan.OverdueDays, Region: plan.Regions.of("place")}
	if err := s.db.Merged(ctx); err != nil {
		return err
	}
	if err := s.value(ctx, &c.Begun, "clock", "SELECT now64(3, 'UTC')"); err != nil {
		return fmt.Errorf("begin a closing: %w", err)
	}
	before, err := s.db.State(ctx, closingState)
	if err != nil {
		return err
	}
	if err := s.mark(ctx, c); err != nil {
		return err
	}
	// What the journal says by now is in the tables.
	for _, statement := range []string{
		"CREATE DATABASE " + c.Name,
		"CREATE TABLE " + c.Name + ".judged ENGINE = MergeTree ORDER BY at AS SELECT case_id, at FROM judged WHERE at >= " + instant(c.Begun.Add(-overlap)),
	} {
		if err := s.db.Exec(ctx, statement); err != nil {
			return fmt.Errorf("begin a closing: %w", err)
		}
	}
	marks := []string{
		"{closing}", c.Name, "{region}", c.Region, "{long}", long, "{at}", fmt.Sprint(c.At.UnixMilli()), "{until}", fmt.Sprint(c.Until.UnixMilli()), "{roles}", closedRoles,
		"{edge_of_start}", onEdge(c.Edges, "started_at", "started_at"), "{edge_of_due}", onEdge(c.Edges, "due_at", "due_at"),
		"{edge_of_at}", onEdge(c.Edges, "at", "at"), "{edge_of_told}", onEdge(c.Edges, "told", "told"),
		"{edge_of_until}", onEdge(c.Edges, "until", "until"), "{edge_of_deed}", onEdge(c.Edges, "t", "t"),
	}
	for _, t := range closables {
		if err := s.db.Exec(ctx, s.text("close_"+t.table, append(marks, "{fingerprint}", t.fingerprint())...)); err != nil {
			return fmt.Errorf("close the %s: %w", t.table, err)
		}
	}
	var cases uint64
	if err := s.value(ctx, &cases, "cases", "SELECT uniq(case_id) FROM "+c.Name+".obligations"); err != nil {
		return fmt.Errorf("count the cases of a closing: %w", err)
	}
	c.Cases = int(cases)
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write the closing: %w", err)
	}
	if err := s.db.SetState(ctx, closingState, string(text)); err != nil {
		return err
	}
	return s.dropClosings(ctx, c, before)
}

// mark remembers how far the folded tables have come that are about to be closed.
func (s *Counts) mark(ctx context.Context, c *Closing) error {
	c.Blocks, c.Versions = map[string]int64{}, map[string]uint64{}
	for _, t := range closables {
		var block int64
		if err := s.value(ctx, &block, "blocks", "SELECT max(max_block_number) FROM system.parts WHERE active AND database = ? AND table = ?", s.db.Database(), t.table); err != nil {
			return fmt.Errorf("look for the last insert of %s: %w", t.table, err)
		}
		var version uint64
		if err := s.value(ctx, &version, "versions", "SELECT max(version) FROM "+t.table); err != nil {
			return fmt.Errorf("look for the last version of %s: %w", t.table, err)
		}
		c.Blocks[t.table], c.Versions[t.table] = block, version
	}
	return nil
}

// onEdge says in SQL whether what lasts from one instant to another touches an edge.
func onEdge(edges []store.Span, from, to string) string {
	conditions := []string{"0"}
	for _, e := range edges {
		conditions = append(conditions, fmt.Sprintf("%s <= %s AND %s >= %s", from, instant(e.To), to, instant(e.From)))
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

func (s *Counts) closingPrefix() string { return s.db.Database() + "_closing_" }

func (s *Counts) sincePrefix() string { return s.db.Database() + "_since_" }

// dropClosings drops all closings but one and the one before it, and what was put
// right beside them.
func (s *Counts) dropClosings(ctx context.Context, now *Closing, before string) error {
	last := &Closing{}
	if before != "" {
		if err := json.Unmarshal([]byte(before), last); err != nil {
			return fmt.Errorf("read the closing before: %w", err)
		}
	}
	databases, err := textsOf(ctx, s, "databases", "SELECT name FROM system.databases WHERE startsWith(name, ?) OR startsWith(name, ?)", s.closingPrefix(), s.sincePrefix())
	if err != nil {
		return fmt.Errorf("look for old closings: %w", err)
	}
	for _, name := range databases {
		if s.belongs(name, now) || s.belongs(name, last) {
			continue
		}
		if err := s.db.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" SYNC"); err != nil {
			return fmt.Errorf("drop an old closing: %w", err)
		}
	}
	return nil
}

// belongs reports whether a database is a closing's or was put right beside it.
func (s *Counts) belongs(database string, c *Closing) bool {
	id, ok := strings.CutPrefix(c.Name, s.closingPrefix())
	return ok && (database == c.Name || strings.HasPrefix(database, s.sincePrefix()+id+"_"))
}

// books are what one process counts with: a closing, and what it has put right beside
// it.
type books struct {
	mu      sync.Mutex
	closing *Closing
	since   string // name of the database of what was put right
	through time.Time
	// absorbed are the rows of the journal that were put right, from through on.
	absorbed map[judgement]bool
	cases    map[string]bool
	rests    rests
}

// onward is what counts are read from besides the tables as they stand.
type onward struct {
	closing *Closing
	since   string // database of what was put right
	rests   *rests
}

// A judgement is a row of the journal.
type judgement struct {
	caseID string
	at     time.Time
}

// tooMuch reports whether so many cases changed that a new closing costs less than
// putting this one right.
func (b *books) tooMuch(more int) bool {
	return len(b.cases)+more > max(leastChanged, b.closing.Cases/changedShare)
}

// Up to a twentieth of the cases, and a few thousand in any store, are put right.
const (
	changedShare = 20
	leastChanged = 2_000
)

// Counting is the store as counts read it as of an instant under a catalogue: with its
// closing where one serves, put right up to now; else as it stands.
func (s *Counts) Counting(ctx context.Context, label string, asOf time.Time) (*Counts, error) {
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	c, err := s.currentClosing(ctx)
	if err != nil {
		return nil, err
	}
	if c == nil || !c.serves(label, asOf) {
		return s, nil
	}
	if s.books.closing == nil || s.books.closing.Name != c.Name {
		if err := s.open(ctx, c); err != nil {
			return nil, err
		}
	}
	if absorbed, err := s.absorb(ctx); err != nil || !absorbed {
		return s, err
	}
	out := *s
	out.counting = &onward{closing: c, since: s.books.since, rests: &s.books.rests}
	return &out, nil
}

// open begins to count with a closing. What was put right beside the one before stays as
// long as that does: a count that is under way may still read it.
func (s *Counts) open(ctx context.Context, c *Closing) error {
	b := s.books
	b.closing, b.through, b.absorbed, b.cases = c, c.Begun.Add(-overlap), map[judgement]bool{}, map[string]bool{}
	b.rests.forget()
	b.since = fmt.Sprintf("%s%s_%08x", s.sincePrefix(), strings.TrimPrefix(c.Name, s.closingPrefix()), rand.Uint32()) //nolint:gosec // A name.
	statements := []string{"CREATE DATABASE " + b.since}
	for _, t := range closables {
		statements = append(statements, fmt.Sprintf("CREATE TABLE %[1]s.%[2]s AS %[3]s.%[2]s ENGINE = MergeTree ORDER BY case_id", b.since, t.table, c.Name))
	}
	for _, statement := range statements {
		if err := s.db.Exec(ctx, statement); err != nil {
			b.closing = nil
			return fmt.Errorf("begin to count with a closing: %w", err)
		}
	}
	judged, err := s.journal(ctx, c.Name+".judged", b.through)
	if err != nil {
		return s.reopen(ctx, err)
	}
	for _, j := range judged {
		b.absorbed[j] = true
	}
	return nil
}

// dropSince drops what was put right beside the closing.
func (s *Counts) dropSince(ctx context.Context) error {
	if s.books.closing == nil {
		return nil
	}
	s.books.closing = nil
	if err := s.db.Exec(ctx, "DROP DATABASE IF EXISTS "+s.books.since+" SYNC"); err != nil {
		return fmt.Errorf("end a count: %w", err)
	}
	return nil
}

// absorb puts right what the closing says of cases that were judged since. It reports
// false where these are too many.
func (s *Counts) absorb(ctx context.Context) (bool, error) {
	b := s.books
	fresh, recent, newest, err := s.judgedSince(ctx)
	if err != nil {
		return false, err
	}
	unseen := 0
	for _, id := range fresh {
		if !b.cases[id] {
			unseen++
		}
	}
	if b.tooMuch(unseen) {
		return false, nil
	}
	if len(fresh) > 0 {
		group, both := errgroup.WithContext(ctx)
		for _, t := range closables {
			group.Go(func() error { return s.putRight(both, t, fresh) })
		}
		if err := group.Wait(); err != nil {
			// Half of it may be written: the books are begun anew.
			return false, fmt.Errorf("put right what was closed of %d cases: %w", len(fresh), s.reopen(ctx, err))
		}
	}
	for _, id := range fresh {
		b.cases[id] = true
	}
	b.absorbed, b.through = recent, newest
	return true, nil
}

// putRight puts right what a closing says of some cases in a table. Of the rows that were
// written again few are other than before: first it finds by their fingerprints which.
func (s *Counts) putRight(ctx context.Context, t closable, cases []string) error {
	b := s.books
	rewritten, now, differing := b.since+"."+t.table+"_rewritten", b.since+"."+t.table+"_now", b.since+"."+t.table+"_differing"
	closed := fmt.Sprint(b.closing.Versions[t.table])
	rows := func(condition, newest string) string {
		return s.views.Rows(t.table, fmt.Sprintf("%s AND case_id IN (SELECT case_id FROM %s WHERE newest %s %s)", condition, rewritten, newest, closed))
	}
	written := t.since(b.closing)
	marks := []string{
		"{rewritten}", rewritten, "{now}", now, "{differing}", differing, "{closing}", b.closing.Name, "{since}", b.since, "{table}", t.table, "{key}", t.key, "{narrow}", t.narrow,
		"{written}", written, "{columns}", t.columns, "{fingerprint}", t.fingerprint(), "{counts}", t.counts(b.closing), "{region}", b.closing.Region,
		"{closed}", closed, "{written_rows}", rows(written, ">"), "{all_rows}", rows("1", "<="),
	}
	if err := s.db.Exec(ctx, s.text("since_rewritten", marks...), cases); err != nil {
		return err
	}
	for _, step := range []string{"since_now", "since_differing", "since"} {
		if err := s.db.Exec(ctx, s.text(step, marks...)); err != nil {
			return err
		}
	}
	return s.db.Exec(ctx, "DROP TABLE "+rewritten+", "+now+", "+differing+" SYNC")
}

// reopen forgets the books after an error, and returns it.
func (s *Counts) reopen(ctx context.Context, cause error) error {
	if err := s.dropSince(context.WithoutCancel(ctx)); err != nil {
		s.db.Log().Warn("what was put right beside a closing stays behind", "error", err)
	}
	return cause
}

// journal reads a journal of what was judged, from an instant on.
func (s *Counts) journal(ctx context.Context, table string, from time.Time) ([]judgement, error) {
	return rowsOf(ctx, s, "judged_since", s.text("judged_since", "{journal}", table), func(rows driver.Rows, j *judgement) error { return rows.Scan(&j.caseID, &j.at) }, from.UnixMilli())
}

// judgedSince reads the journal from where it was read last: the cases to be put right,
// and its rows that may be read once more.
func (s *Counts) judgedSince(ctx context.Context) (fresh []string, recent map[judgement]bool, newest time.Time, err error) {
	b := s.books
	seen := map[string]bool{}
	recent, newest = map[judgement]bool{}, b.through
	all, err := s.journal(ctx, "judged", b.through)
	for _, j := range all {
		if j.caseID != "" && !b.absorbed[j] && !seen[j.caseID] {
			seen[j.caseID] = true
			fresh = append(fresh, j.caseID)
		}
		if from := j.at.Add(-overlap); from.After(newest) {
			newest = from
		}
	}
	for _, j := range all {
		if !j.at.Before(newest) {
			recent[j] = true
		}
	}
	slices.Sort(fresh)
	return fresh, recent, newest, err
}

// Changed reports whether so many cases were judged since the closing that serves an
// instant, or none serves, that it is time for another.
func (s *Counts) Changed(ctx context.Context, label string, asOf time.Time) (bool, error) {
	from, err := s.Counting(ctx, label, asOf)
	return err == nil && from.counting == nil, err
}

// Audit compares the cases behind one, of about so many obligations, as a closing has
// them and as they are stored, row by row, and returns those that differ and the last
// case that it came to: "" at the end. A case may differ because it is being judged at
// this moment; one that does so twice, an overlap apart, is counted wrong. There is
// nothing to compare where no closing serves.
func (s *Counts) Audit(ctx context.Context, label string, asOf time.Time, behind string, obligations int) (differ []string, to string, compared bool, err error) {
	from, err := s.Counting(ctx, label, asOf)
	if err != nil || from.counting == nil {
		return nil, "", false, err
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	c := from.counting
	if s.books.closing != c.closing {
		return nil, "", false, nil
	}
	if err := s.value(ctx, &to, "case_behind", s.sql["case_behind"], behind, obligations); err != nil {
		return nil, "", false, err
	}
	for _, t := range closables {
		sql := s.text("audit", "{since}", c.since, "{closing}", c.closing.Name, "{table}", t.table, "{columns}", t.columns, "{current}", s.views.Rows(t.table, "1"), "{counts}", t.counts(c.closing))
		cases, err := textsOf(ctx, s, "audit", sql, behind, to, to, s.books.through.UnixMilli())
		if err != nil {
			return nil, "", false, err
		}
		differ = append(differ, cases...)
	}
	return differ, to, true, nil
}

// DropClosing makes counts begin anew from what is stored.
func (s *Counts) DropClosing(ctx context.Context) error { return s.db.SetState(ctx, closingState, "") }

// AuditApart is how far apart a case has to differ twice to be counted wrong.
const AuditApart = 2 * overlap
