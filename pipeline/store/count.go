package store

import (
	"context"
	"errors"
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

// inSpans are the names of such columns, and of the one that counts all.
var inSpans = []string{"in_0", "in_1", "in_2", "every"}

// counted are columns that count what lies in each span.
func counted(in [3]string) string {
	var b strings.Builder
	for i, p := range in {
		fmt.Fprintf(&b, "sumIf(sign, %s) AS in_%d,\n", p, i)
	}
	return b.String()
}

// Regions give the region of each province and department.
type Regions map[string]string

// noRegion is in SQL the region of any place where there are none.
const noRegion = "''"

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
		return noRegion
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
	Only         []obligation.Status // with one of these statuses
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
	add(len(c.Only) > 0, "status IN (?)", c.Only)
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

	Every uint64
	In    [3]uint64 // of them, due in each span
}

// ObligationCounts counts obligations at an instant.
func (s *Store) ObligationCounts(ctx context.Context, c Cut) ([]ObligationCount, error) {
	by, names, row := c.parts()
	q := c.sum("obligation_counts", names+"kind, confidence, status, fallen_due", inSpans, "{by}", by, "{names}", names)
	q.rest = missedLately
	var out []ObligationCount
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n      ObligationCount
			fallen uint8
			counts [4]int64
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence, (*string)(&n.Status), &fallen,
			&counts[0], &counts[1], &counts[2], &counts[3])...)
		n.Parts, n.FallenDue = values(), fallen == 1
		n.In, n.Every = unsigned(counts)
		out = append(out, n)
		return err
	})
	return out, err
}

// unsigned are counts that no row takes back any longer: of each span, and of all.
func unsigned(counts [4]int64) (in [3]uint64, every uint64) {
	for i := range in {
		in[i] = uint64(counts[i]) //nolint:gosec // What is taken back was counted.
	}
	return in, uint64(counts[3]) //nolint:gosec // Here too.
}

// Outcomes are what became of obligations.
type Outcomes struct{ Met, Failed, NotDue, Unclear, Void int64 }

// Sum is how many there are.
func (o Outcomes) Sum() int64 { return o.Met + o.Failed + o.NotDue + o.Unclear + o.Void }

// An ObligationOutcome is what became, in each span, of obligations that share all
// that a cut tells apart.
type ObligationOutcome struct {
	Parts
	Basis law.Basis
	In    [3]Outcomes
}

// ObligationOutcomes counts what became of obligations by an instant.
func (s *Store) ObligationOutcomes(ctx context.Context, c Cut) ([]ObligationOutcome, error) {
	by, names, row := c.parts()
	q := c.sum("obligation_outcomes", names+"kind, confidence", numbered(15), "{by}", by, "{names}", names)
	q.rest = missedLately
	q = c.summing(q, func(c *Cut) string {
		var sums strings.Builder
		for i, in := range c.spans() {
			for k, became := range []string{"status = 'met' AND fallen_due", "status IN ('late', 'missed')", "status = 'open' OR status = 'met' AND NOT fallen_due", "status = 'unclear'", "status = 'void'"} {
				fmt.Fprintf(&sums, "sumIf(sign, (%s) AND (%s)) AS s_%d,\n", became, in, 5*i+k)
			}
		}
		return sums.String()
	})
	var out []ObligationOutcome
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n     ObligationOutcome
			every int64
		)
		into, values := row()
		into = append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence)
		for i := range n.In {
			o := &n.In[i]
			into = append(into, &o.Met, &o.Failed, &o.NotDue, &o.Unclear, &o.Void)
		}
		err := rows.Scan(append(into, &every)...)
		n.Parts = values()
		out = append(out, n)
		return err
	})
	return out, err
}

// An ObligationBound is between which bounds what the law allowed lies, from start to
// deadline. Bounds do not add up: they are read as all stands.
type ObligationBound struct {
	Parts
	Shortest, Longest time.Duration
}

// ObligationBounds bounds obligations at an instant that lie in one of the spans.
func (s *Store) ObligationBounds(ctx context.Context, c Cut) ([]ObligationBound, error) {
	by, names, row := c.parts()
	within := c.spans()
	sql, args := c.text(s, "obligation_bounds", nil, "{by}", by, "{names}", names, "{within}", strings.Join(within[:], " OR "))
	var out []ObligationBound
	err := s.eachOf(ctx, "obligation_bounds", strings.ReplaceAll(sql, "{rows}", fmt.Sprintf("obligations_at(as_of = %d)", c.AsOf.UnixMilli())), func(rows driver.Rows) error {
		var (
			n                 ObligationBound
			shortest, longest int64
		)
		into, values := row()
		err := rows.Scan(append(into, &shortest, &longest)...)
		n.Parts = values()
		n.Shortest, n.Longest = time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		out = append(out, n)
		return err
	}, args...)
	return out, err
}

// sum is a question about the obligations of a cut that adds up.
func (c *Cut) sum(query, groups string, sums []string, marks ...string) sum {
	return sum{
		query: query, table: "obligations", groups: groups, sums: sums, asOf: c.AsOf, kept: c.kept(), overdueDays: c.OverdueDays, apart: c.apart(),
		text: func(s *Store, at *Closing) (string, []any) { return c.text(s, query, at, marks...) },
	}
}

// summing fills in the sums of a question, which depend on the spans.
func (c *Cut) summing(q sum, sums func(c *Cut) string) sum {
	text := q.text
	q.text = func(s *Store, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		return strings.ReplaceAll(sql, "{sums}", sums(&asked)), args
	}
	return q
}

// atRest is the cut as it is asked of what rests in a closing; without one, as it is.
func (c Cut) atRest(at *Closing) Cut {
	if at != nil {
		c.AsOf, c.Spans = at.At, at.resting(c.Spans)
		if !c.StartedAfter.IsZero() {
			c.StartedAfter = at.restingAt(c.StartedAfter)
		}
	}
	return c
}

// text is a question about the obligations of a cut, as it is asked, or as it is asked
// of those at rest in a closing.
func (c Cut) text(s *Store, query string, at *Closing, marks ...string) (string, []any) {
	c = c.atRest(at)
	which, args := c.where()
	return s.text(query, append(marks, "{which}", which, "{spans}", counted(c.spans()))...), args
}

// watchedUntil is in SQL until when an obligation is watched that has not ended: until
// the instant of the count, or where the clock is coarse and it has been open for long,
// until that civil day began.
func (c *Cut) watchedUntil(clock Clock) string {
	if clock == FineClock {
		return "asked_at"
	}
	local := c.AsOf.In(c.Zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.Zone)
	return fmt.Sprintf("if(dateDiff('millisecond', started_at, asked_at) > %s, %s, asked_at)", long, instant(today))
}

// apart reports whether a cut tells obligations apart one by one.
func (c *Cut) apart() bool {
	return slices.ContainsFunc(c.By, func(b By) bool {
		return slices.Contains([]By{ByCase, ByInstance, ByStarted, ByDue, ByDone}, b)
	})
}

// kept reports whether what rests of a cut is worth keeping: the same is asked again and
// again of everything, and nothing in it is told apart by the instant alone.
func (c *Cut) kept() bool {
	return c.Place == "" && c.Institution == "" && len(c.Only) == 0 && !slices.Contains(c.By, ByAge)
}

// A Clock says in which steps times are counted.
type Clock string

// The clocks. Rounding up keeps every limit of whole minutes exact: what was done
// in time stays at or below it. By all but the fine one, what has been open for more than
// thirty days is watched until the civil day began: the hours since matter to nobody,
// and so it rests for a day.
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
	if c.Zone == nil && clock != FineClock {
		return nil, errors.New("count times: say in which zone civil days begin")
	}
	by, names, row := c.parts()
	q := c.sum("obligation_times", names+"status, ended, took_steps", inSpans, "{by}", by, "{names}", names, "{clock}", string(clock))
	q.rest = undoneLong // What was missed lately grows older.
	if clock == FineClock {
		q.rest = ended
	}
	text := q.text
	q.text = func(s *Store, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		return strings.ReplaceAll(sql, "{watched_until}", asked.watchedUntil(clock)), args
	}
	var out []ObligationTime
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n      ObligationTime
			counts [4]int64
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Status), (*string)(&n.Ended), &n.Took, &counts[0], &counts[1], &counts[2], &counts[3])...)
		n.Parts = values()
		n.In, n.Every = unsigned(counts)
		out = append(out, n)
		return err
	})
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
	q := c.sum("obligation_slopes", "place", numbered(12))
	q.rest = missedLately
	q = c.summing(q, func(c *Cut) string {
		var sums strings.Builder
		for i, in := range c.Spans.predicates("due_at", "1", c.AsOf) {
			fmt.Fprintf(&sums, "sumIf(sign, done AND (%[1]s)) AS s_%[2]d, sumIf(sign, NOT done AND (%[1]s)) AS s_%[3]d, "+
				"sumIf(hours * sign, done AND (%[1]s)) AS s_%[4]d, sumIf(hours * hours * sign, done AND (%[1]s)) AS s_%[5]d,\n", in, 4*i, 4*i+1, 4*i+2, 4*i+3)
		}
		return sums.String()
	})
	var out []SlopeSum
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n        SlopeSum
			n3, left [3]int64
			every    int64
		)
		into := []any{&n.Place}
		for i := range n.N {
			into = append(into, &n3[i], &left[i], &n.Hours[i], &n.Square[i])
		}
		err := rows.Scan(append(into, &every)...)
		for i := range n.N {
			n.N[i], n.LeftOut[i] = uint64(n3[i]), uint64(left[i]) //nolint:gosec // What is taken back was counted.
		}
		out = append(out, n)
		return err
	})
	return out, err
}

// numbered are names of so many columns that add up, and of the one that counts all.
func numbered(n int) []string {
	out := make([]string, n, n+1)
	for i := range out {
		out[i] = fmt.Sprintf("s_%d", i)
	}
	return append(out, "every")
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
	by, _, _ := c.parts()
	q := c.sum("obligation_weeks", "region, institution, week", []string{"decided", "met", "every"}, "{by}", by)
	q.rest = missedLately
	weeks, args, err := s.added(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Dip
	args = append(args, atLeast, drop-1e-12)
	err = s.eachOf(ctx, "obligation_dips", s.text("obligation_dips", "{weeks}", weeks), func(rows driver.Rows) error {
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

// eachAdded asks a question that adds up and scans the rows of its answer.
func (s *Store) eachAdded(ctx context.Context, q sum, scan func(driver.Rows) error) error {
	sql, args, err := s.added(ctx, q)
	if err != nil {
		return err
	}
	return s.eachOf(ctx, q.query, sql, scan, args...)
}

// listed is a list for IN, which may not be empty.
func listed(values []string) []string {
	if len(values) == 0 {
		return []string{"\x00"}
	}
	return values
}
