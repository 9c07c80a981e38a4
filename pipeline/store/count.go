package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// A Span holds the due dates in (From, To], and what happens in [From, To); an
// instant at which the count is made belongs to the span that it ends. The zero
// Span holds everything.
type Span struct{ From, To time.Time }

// And is what two spans share; they may share nothing.
func (s Span) And(o Span) Span {
	switch {
	case s == Span{}:
		return o
	case o == Span{}:
		return s
	}
	if o.From.After(s.From) {
		s.From = o.From
	}
	if o.To.Before(s.To) {
		s.To = o.To
	}
	return s
}

// Spans are counted beside each other in one reading.
type Spans [3]Span

// predicates say in SQL which spans an instant lies in: a deadline, where the
// expression isDeadline holds, else what happens.
func (s Spans) predicates(at, isDeadline string, asOf time.Time) [3]string {
	var out [3]string
	for i, span := range s {
		if span == (Span{}) {
			out[i] = "1"
			continue
		}
		end := span.To
		if end.Equal(asOf) {
			end = end.Add(time.Millisecond)
		}
		deadline := fmt.Sprintf("%[1]s > %[2]s AND %[1]s <= %[3]s", at, instant(span.From), instant(span.To))
		happening := fmt.Sprintf("%[1]s >= %[2]s AND %[1]s < %[3]s", at, instant(span.From), instant(end))
		switch isDeadline {
		case "1":
			out[i] = deadline
		case "0":
			out[i] = happening
		default:
			out[i] = fmt.Sprintf("if(%s, %s, %s)", isDeadline, deadline, happening)
		}
	}
	return out
}

// instant is an instant in SQL.
func instant(t time.Time) string {
	return fmt.Sprintf("fromUnixTimestamp64Milli(toInt64(%d), 'UTC')", t.UnixMilli())
}

// counted are columns that count what lies in each span.
func counted(in [3]string) string {
	var b strings.Builder
	for i, p := range in {
		fmt.Fprintf(&b, "countIf(%s) AS in_%d,\n", p, i)
	}
	return b.String()
}

// Regions give the region of each province and department.
type Regions map[string]string

// of is the region of a place in SQL: that of its province, else of its department.
func (r Regions) of(place string) string {
	var provinces, departments [2][]string
	for _, code := range slices.Sorted(maps.Keys(r)) {
		to := &provinces
		if len(code) == 2 {
			to = &departments
		}
		to[0], to[1] = append(to[0], code), append(to[1], r[code])
	}
	if len(departments[0]) == 0 {
		return "''"
	}
	outer := fmt.Sprintf("transform(substring(%s, 1, 2), %s, %s, '')", place, quotedList(departments[0]), quotedList(departments[1]))
	if len(provinces[0]) == 0 {
		return outer
	}
	return fmt.Sprintf("transform(substring(%s, 1, 4), %s, %s, %s)", place, quotedList(provinces[0]), quotedList(provinces[1]), outer)
}

// quotedList is a list of texts in SQL.
func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace(v) + "'"
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// A Choice says which obligations count: those under regimes of these kinds, and
// not of these confidences.
type Choice struct{ Kinds, Without []string }

// A Cut says which obligations are counted, as of when. What is empty leaves
// nothing out.
type Cut struct {
	AsOf time.Time
	Choice
	Duties       []string
	Risks        []string
	Place        string // codes that begin so
	Institution  string
	StartedAfter time.Time
	Only         obligation.Status // with this status alone
	Spans        Spans
	By           []By
	// SpansOfStarts makes the spans those of starts, not of deadlines.
	SpansOfStarts bool
	// Zone is that of civil days and months, and Regions those that ByRegion tells
	// apart.
	Zone    *time.Location
	Regions Regions
	// OverdueDays is what ByOverdue tells apart.
	OverdueDays int
	// Shocks are those that InShock tells apart. With it the spans hold a deadline by
	// the civil day that it ends.
	Shocks []Shock
}

// A Shock was declared for a place and all within it, from one civil day to another.
type Shock struct {
	Place    string
	From, To law.Date
}

// inShock says in SQL whether a place was in one of some shocks on a day.
func inShock(shocks []Shock, place, day string) string {
	var places, from, to []string
	for _, s := range shocks {
		places, from, to = append(places, s.Place), append(from, s.From.String()), append(to, s.To.String())
	}
	if len(shocks) == 0 {
		return "'0'"
	}
	return fmt.Sprintf("toString(toUInt8(arrayExists((p, f, u) -> startsWith(%s, p) AND %s >= f AND %s <= u, %s, %s, %s)))",
		place, day, day, quotedList(places), quotedList(from), quotedList(to))
}

// where is the condition of the cut, with its arguments.
func (c *Cut) where() (string, []any) {
	conditions := []string{"kind IN (?)", "confidence NOT IN (?)"}
	args := []any{listed(c.Kinds), listed(c.Without)}
	add := func(wanted bool, condition string, arg any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, arg)
		}
	}
	add(len(c.Duties) > 0, "duty IN (?)", c.Duties)
	add(len(c.Risks) > 0, "risk IN (?)", c.Risks)
	add(c.Place != "", "startsWith(place, ?)", c.Place)
	add(c.Institution != "", "institution = ?", c.Institution)
	add(!c.StartedAfter.IsZero(), "started_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')", c.StartedAfter.UnixMilli())
	add(c.Only != "", "status = ?", string(c.Only))
	return strings.Join(conditions, " AND "), args
}

// By is what counts are told apart by, besides what they always are.
type By string

// What obligations can be told apart by.
const (
	ByDuty        By = "duty"
	ByRegime      By = "regime"
	ByPlace       By = "place"
	ByProvince    By = "province" // 4 digits, or 2 where only the department is known
	ByRegion      By = "region"
	InDepartment  By = "department" // 2 digits
	ByArea        By = "area"
	ByRisk        By = "risk"
	ByInstitution By = "institution"
	ByBearer      By = "institution_kind"
	BySides       By = "sides"
	ByDay         By = "day"      // of the deadline: that which ends there, or in which it lies
	ByWeek        By = "week"     // the Monday of that day's week
	ByMonth       By = "month"    // that day's, such as 2024-03
	InShock       By = "in_shock" // 1 or 0
	// What tells obligations apart one by one, for whoever opens a number.
	ByCase     By = "case_id"
	ByInstance By = "instance"
	ByStarted  By = "started" // instants
	ByDue      By = "due"
	ByDone     By = "done"         // "" where undone
	ByEarly    By = "early"        // 1 where it was done before its clock began
	ByOverdue  By = "long_overdue" // 1 where the deadline passed more than OverdueDays days ago
	ByDoneDay  By = "done_day"     // "" where undone
	ByAge      By = "age"          // minutes since the start
	ByAllowed  By = "allowed_minutes"
)

// instantText is an instant as text in SQL.
func instantText(at string) string {
	return "formatDateTime(" + at + ", '%Y-%m-%dT%H:%i:%S', 'UTC') || 'Z'"
}

// dueDay is the civil day that a deadline ends, or in which it lies.
func dueDay(zone *time.Location) string {
	return fmt.Sprintf("toString(toDate(due_at - INTERVAL 1 MILLISECOND, '%s'))", zone)
}

// spans say in SQL which of the cut's spans a deadline lies in.
func (c *Cut) spans() [3]string {
	if c.SpansOfStarts {
		return c.Spans.predicates("started_at", "0", c.AsOf)
	}
	if !slices.Contains(c.By, InShock) {
		return c.Spans.predicates("due_at", "1", c.AsOf)
	}
	day := fmt.Sprintf("toDateTime64(toStartOfDay(due_at - INTERVAL 1 MILLISECOND, '%s'), 3)", c.Zone)
	return c.Spans.predicates(day, "0", c.AsOf)
}

// expression is a part in SQL, "" where it is a column.
func (b By) expression(c *Cut) string {
	zone := c.Zone
	switch b {
	case ByRegion:
		return c.Regions.of("place") + " AS region,"
	case InDepartment:
		return "substring(place, 1, 2) AS department,"
	case ByProvince:
		return "substring(place, 1, 4) AS province,"
	case InShock:
		return inShock(c.Shocks, "place", dueDay(zone)) + " AS in_shock,"
	case ByOverdue:
		return fmt.Sprintf("toString(toUInt8(due_at <= asked_at - toIntervalDay(%d))) AS long_overdue,", c.OverdueDays)
	case ByStarted:
		return instantText("started_at") + " AS started,"
	case ByDue:
		return instantText("due_at") + " AS due,"
	case ByDone:
		return "if(done_at IS NULL, '', " + instantText("assumeNotNull(done_at)") + ") AS done,"
	case ByEarly:
		return "toString(toUInt8(ifNull(done_at < started_at, 0))) AS early,"
	case ByDay:
		return dueDay(zone) + " AS day,"
	case ByWeek:
		return fmt.Sprintf("toString(toMonday(toDate(due_at - INTERVAL 1 MILLISECOND, '%s'))) AS week,", zone)
	case ByMonth:
		return fmt.Sprintf("formatDateTime(due_at - INTERVAL 1 MILLISECOND, '%%Y-%%m', '%s') AS month,", zone)
	case ByDoneDay:
		return fmt.Sprintf("ifNull(toString(toDate(done_at, '%s')), '') AS done_day,", zone)
	case ByAge:
		return "toString(intDiv(dateDiff('millisecond', started_at, asked_at), 60000)) AS age,"
	case ByAllowed:
		return "toString(intDiv(dateDiff('millisecond', started_at, due_at), 60000)) AS allowed_minutes,"
	}
	return ""
}

// parts are the columns of what is told apart: their expressions, their names, and
// a reader of a row's values.
func parts(by []By, expression func(By) string) (expressions, names string, row func() ([]any, func() Parts)) {
	for _, b := range by {
		expressions += expression(b) + " "
		names += string(b) + ", "
	}
	return expressions, names, func() ([]any, func() Parts) {
		values, into := make([]string, len(by)), make([]any, len(by))
		for i := range by {
			into[i] = &values[i]
		}
		return into, func() Parts {
			p := make(Parts, len(by))
			for i, b := range by {
				p[b] = values[i]
			}
			return p
		}
	}
}

// parts are the columns of what the cut tells apart.
func (c *Cut) parts() (expressions, names string, row func() ([]any, func() Parts)) {
	return parts(c.By, func(b By) string { return b.expression(c) })
}

// Parts are the values of what was told apart.
type Parts map[By]string

// An ObligationCount counts obligations that share all that a cut tells apart.
type ObligationCount struct {
	Parts
	Basis     law.Basis
	Status    obligation.Status
	FallenDue bool // the deadline is not after the instant of the count

	Every    uint64
	In       [3]uint64 // of them, due in each span
	FirstDue time.Time
	// Shortest and Longest bound what the law allowed from start to deadline.
	Shortest, Longest time.Duration
}

// ObligationCounts counts obligations at an instant.
func (s *Store) ObligationCounts(ctx context.Context, c Cut) ([]ObligationCount, error) {
	which, args := c.where()
	by, names, row := c.parts()
	sql := s.text("obligation_counts", "{by}", by, "{names}", names, "{which}", which, "{spans}", counted(c.spans()))
	var out []ObligationCount
	err := s.eachOf(ctx, "obligation_counts", sql, func(rows driver.Rows) error {
		var (
			n                 ObligationCount
			fallen            uint8
			shortest, longest int64
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence, (*string)(&n.Status), &fallen, &n.Every,
			&n.In[0], &n.In[1], &n.In[2], &n.FirstDue, &shortest, &longest)...)
		n.Parts, n.FallenDue = values(), fallen == 1
		n.Shortest, n.Longest = time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		out = append(out, n)
		return err
	}, append([]any{c.AsOf.UnixMilli()}, args...)...)
	return out, err
}

// A Clock says in which steps times are counted.
type Clock string

// The clocks. Rounding up keeps every limit of whole minutes exact: what was done
// in time stays at or below it.
const (
	// FineClock counts minutes begun, whole hours past ten days.
	FineClock Clock = "if(took <= 864000000, ceil(took / 60000), 60 * ceil(took / 3600000))"
	// CoarseClock counts minutes by the quarter of an hour, by the hour past three
	// days, by the day past two weeks.
	CoarseClock Clock = "multiIf(took <= 259200000, 15 * ceil(took / 900000), took <= 1209600000, 60 * ceil(took / 3600000), 1440 * ceil(took / 86400000))"
	// LimitClock counts thousandths of what the law allows: to the nearest up to ten
	// limits, to the nearest tenth beyond; a thousand limits end the scale. Where
	// nothing is allowed it is -1.
	LimitClock Clock = "multiIf(allowed <= 0, -1, took / allowed < 10, floor(took / allowed * 1000 + 0.5), took / allowed < 1000, 100 * floor(took / allowed * 10 + 0.5), 1000000)"
)

// An ObligationTime counts obligations that ended, or were last seen, at about the
// same time after their start.
type ObligationTime struct {
	Parts
	Status obligation.Status
	Ended  Ended
	Took   int64 // in the steps of the clock
	Every  uint64
	In     [3]uint64
}

// Ended says how an obligation's time ended.
type Ended string

// The ends.
const (
	EndedDone Ended = "done"
	EndedVoid Ended = "void" // fell away
	EndedOpen Ended = "open" // has not ended
)

// ObligationTimes counts how long obligations took, in the steps of a clock.
func (s *Store) ObligationTimes(ctx context.Context, c Cut, clock Clock) ([]ObligationTime, error) {
	which, args := c.where()
	by, names, row := c.parts()
	sql := s.text("obligation_times", "{by}", by, "{names}", names, "{which}", which, "{clock}", string(clock), "{spans}", counted(c.spans()))
	var out []ObligationTime
	err := s.eachOf(ctx, "obligation_times", sql, func(rows driver.Rows) error {
		var (
			n    ObligationTime
			none uint8
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Status), (*string)(&n.Ended), &n.Took, &n.Every, &n.In[0], &n.In[1], &n.In[2], &none)...)
		n.Parts = values()
		out = append(out, n)
		return err
	}, append([]any{c.AsOf.UnixMilli()}, args...)...)
	return out, err
}

// A SlopeSum is what a straight line through the hours that obligations of one
// place took needs, in each span of due dates.
type SlopeSum struct {
	Place         string
	N, LeftOut    [3]uint64
	Hours, Square [3]float64
}

// ObligationSlopes sums the hours that obligations took by place.
func (s *Store) ObligationSlopes(ctx context.Context, c Cut) ([]SlopeSum, error) {
	which, args := c.where()
	var sums strings.Builder
	for _, in := range c.Spans.predicates("due_at", "1", c.AsOf) {
		fmt.Fprintf(&sums, "countIf(done AND (%[1]s)), countIf(NOT done AND (%[1]s)), sumIf(hours, done AND (%[1]s)), sumIf(hours * hours, done AND (%[1]s)),\n", in)
	}
	var out []SlopeSum
	err := s.eachOf(ctx, "obligation_slopes", s.text("obligation_slopes", "{sums}", sums.String(), "{which}", which), func(rows driver.Rows) error {
		var (
			n    SlopeSum
			none uint8
		)
		into := []any{&n.Place}
		for i := range n.N {
			into = append(into, &n.N[i], &n.LeftOut[i], &n.Hours[i], &n.Square[i])
		}
		err := rows.Scan(append(into, &none)...)
		out = append(out, n)
		return err
	}, append([]any{c.AsOf.UnixMilli()}, args...)...)
	return out, err
}

// A Dip is how many institutions of a region did so much worse in one week than in the
// one before, of those with enough outcomes in both. The nation's region is "".
type Dip struct {
	Region     string
	Nation     bool
	Week       law.Date // its Monday
	Fell, Seen uint64
}

// ObligationDips counts, by week, institutions whose share on time fell by drop or more
// from one week to the next, of those with at least so many outcomes in each.
func (s *Store) ObligationDips(ctx context.Context, c Cut, atLeast int, drop float64) ([]Dip, error) {
	c.By = []By{ByInstitution, ByRegion, ByWeek}
	which, args := c.where()
	by, _, _ := c.parts()
	var out []Dip
	args = append(append([]any{c.AsOf.UnixMilli()}, args...), drop-1e-12, atLeast, atLeast)
	err := s.eachOf(ctx, "obligation_dips", s.text("obligation_dips", "{by}", by, "{which}", which), func(rows driver.Rows) error {
		var (
			d      Dip
			nation uint8
			week   string
		)
		err := rows.Scan(&d.Region, &nation, &week, &d.Fell, &d.Seen)
		if err != nil {
			return err
		}
		d.Nation = nation == 1
		d.Week, err = law.ParseDate(week)
		out = append(out, d)
		return err
	}, args...)
	return out, err
}

// text is a query with its marks filled in.
func (s *Store) text(query string, marks ...string) string {
	return strings.NewReplacer(marks...).Replace(s.sql[query])
}

// each runs a query as its file has it and scans its rows.
func (s *Store) each(ctx context.Context, query string, scan func(driver.Rows) error, args ...any) error {
	return s.eachOf(ctx, query, s.sql[query], scan, args...)
}

// eachOf runs a query and scans its rows. name is that of its file, for errors.
func (s *Store) eachOf(ctx context.Context, name, sql string, scan func(driver.Rows) error, args ...any) error {
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

// listed is a list for IN, which may not be empty.
func listed(values []string) []string {
	if len(values) == 0 {
		return []string{"\x00"}
	}
	return values
}
