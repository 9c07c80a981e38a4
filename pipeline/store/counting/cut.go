package counting

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// Spans are counted beside each other in one reading.
type Spans [3]store.Span

// predicates say in SQL which spans an instant lies in: a deadline, where the
// expression isDeadline holds, else what happens.
func (s Spans) predicates(at, isDeadline string, asOf time.Time) [3]string {
	var out [3]string
	for i, span := range s {
		if span == (store.Span{}) {
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

// InSpans counts in each span.
type InSpans [3]int64

// columns are where such columns go, and that of all.
func (in *InSpans) columns(every *int64) []any { return []any{&in[0], &in[1], &in[2], every} }

// counted are columns that count what lies in each span.
func counted(in [3]string) string {
	var b strings.Builder
	for i, p := range in {
		fmt.Fprintf(&b, "sumIf(sign, %s) AS in_%d,\n", p, i)
	}
	return b.String()
}

// within are columns that say whether a row lies in each span, for queries that use them
// many times: ClickHouse takes longer to understand such a text than to read what moves.
func within(in [3]string) string {
	var b strings.Builder
	for i, p := range in {
		fmt.Fprintf(&b, "(%s) AS within_%d, ", p, i)
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

var escapes = strings.NewReplacer("\\", "\\\\", "'", "\\'")

// quotedList is a list of texts in SQL.
func quotedList(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + escapes.Replace(v) + "'"
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// A Cut says which obligations are counted, as of when. What is empty leaves
// nothing out.
type Cut struct {
	AsOf time.Time
	store.Choice
	Duties       []string
	Risks        []string
	Place        string // codes that begin so
	Institution  string
	Cases        []string // only these
	StartedAfter time.Time
	DueBy        time.Time           // at the latest
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
	args := []any{store.Listed(c.Kinds), store.Listed(c.Without)}
	add := func(wanted bool, condition string, arg any) {
		if wanted {
			conditions, args = append(conditions, condition), append(args, arg)
		}
	}
	add(len(c.Duties) > 0, "duty IN (?)", c.Duties)
	add(len(c.Risks) > 0, "risk IN (?)", c.Risks)
	add(c.Place != "", "startsWith(place, ?)", c.Place)
	add(c.Institution != "", "institution = ?", c.Institution)
	add(len(c.Cases) > 0, "case_id IN (?)", c.Cases)
	add(!c.StartedAfter.IsZero(), "started_at > fromUnixTimestamp64Milli(toInt64(?), 'UTC')", c.StartedAfter.UnixMilli())
	add(!c.DueBy.IsZero(), "due_at <= fromUnixTimestamp64Milli(toInt64(?), 'UTC')", c.DueBy.UnixMilli())
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

// Parts are the values of what was told apart. Groups that are alike share them.
type Parts map[By]string

func (p *Parts) parts() *Parts { return p }
