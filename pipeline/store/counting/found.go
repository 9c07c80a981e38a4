package counting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/contribution"
	"amparo/pipeline/store"
)

// What lies behind a number is listed in two steps: cases are found that may have some of it,
// and then those alone are counted. They are found among rows as they lie, those that were
// replaced among them: so none is missed, and which of them count is not said here.

// slack is by how much the spans of a finding are wider than those that count: spans of civil
// days reach from midnight to midnight.
const slack = 24 * time.Hour

// departmentDigits are those of a place's code that name its department.
const departmentDigits = 2

// mayLieIn says in SQL whether an instant may lie in a span.
func mayLieIn(at string, span store.Span) string {
	return fmt.Sprintf("%[1]s >= %[2]s AND %[1]s <= %[3]s", at, instant(span.From.Add(-slack)), instant(span.To.Add(slack)))
}

// Found are cases in order. Where more may follow, all up to the last of them are there.
type Found struct {
	Cases []string
	More  bool
}

// CasesWithObligations finds the cases of so many obligations of a cut that may count in a
// span of its own, after a case. side is a word that their sides hold; "" for any.
func (s *Counts) CasesWithObligations(ctx context.Context, c Cut, span store.Span, side, after string, limit int) (Found, error) {
	which, args := c.where()
	if span != (store.Span{}) {
		at := "due_at"
		if c.SpansOfStarts {
			at = "started_at"
		}
		which += " AND " + mayLieIn(at, span)
	}
	if side != "" {
		which, args = which+" AND position(sides, ?) > 0", append(args, side)
	}
	rows := s.views.At("obligations", c.AsOf, "SELECT *, toInt8(1) AS sign FROM obligations")
	byDue := "0"
	if len(c.Duties) > 0 {
		byDue = "1"
	}
	found, err := textsOf(ctx, s, "cases_with_obligations", s.text("cases_with_obligations", "{rows}", rows, "{which}", which, "{by_due}", byDue), append(args, after, limit)...)
	return Found{slices.Compact(found), len(found) == limit}, err
}

// CasesWithContributions finds cases with contributions of a draw, of one indicator, that may
// count in a span of its own in some roles, after a case.
func (s *Counts) CasesWithContributions(ctx context.Context, d Draw, roles []contribution.Role, span store.Span, after string, limit int) (Found, error) {
	var out Found
	var last string // up to which all are there
	for _, role := range roles {
		whole, each, args := d.mayCount(role, after, span)
		found, err := textsOf(ctx, s, "cases_with_contributions", s.text("cases_with_contributions", "{whole}", whole, "{each}", each), append(args, limit)...)
		if err != nil {
			return Found{}, err
		}
		if n := len(found); n == limit && (!out.More || found[n-1] < last) {
			out.More, last = true, found[n-1]
		}
		out.Cases = append(out.Cases, found...)
	}
	slices.Sort(out.Cases)
	out.Cases = slices.Compact(out.Cases)
	if out.More {
		out.Cases = slices.DeleteFunc(out.Cases, func(id string) bool { return id > last })
	}
	return out, nil
}

// mayCount says in SQL which cases may have a contribution that counts in a span, as a whole,
// and whether each of their contributions may. Of those only what tells most apart is read:
// nearly every case lies in one department, and nearly all regimes count.
func (d *Draw) mayCount(role contribution.Role, after string, span store.Span) (whole, each string, args []any) {
	ofCase, args := []string{"1"}, []any{string(role), after}
	ofEach, eachArgs := []string{"an_indicator = ?"}, []any{d.Indicators[0]}
	columns := []string{"indicator"}
	if d.Place != "" {
		ofCase, args = append(ofCase, "has(departments, ?)"), append(args, d.Place[:min(departmentDigits, len(d.Place))])
	}
	if len(d.Place) > departmentDigits {
		ofEach, eachArgs, columns = append(ofEach, "startsWith(a_place, ?)"), append(eachArgs, d.Place), append(columns, "place")
	}
	if d.Unit != "" {
		ofCase, args = append(ofCase, "has(units, ?)"), append(args, d.Unit)
		ofEach, eachArgs, columns = append(ofEach, "a_unit = ?"), append(eachArgs, d.Unit), append(columns, "unit")
	}
	switch {
	case span == (store.Span{}):
	case role == contribution.Standing:
		ofEach = append(ofEach, fmt.Sprintf("a_at <= %s AND (toUnixTimestamp64Milli(a_until) = 0 OR a_until >= %s)", instant(span.To.Add(slack)), instant(span.From.Add(-slack))))
		columns = append(columns, "at", "until")
	default:
		ofEach = append(ofEach, "("+mayLieIn("a_at", span)+" OR "+mayLieIn("a_told", span)+")")
		columns = append(columns, "at", "told")
	}
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = "a_" + column
	}
	names[0] = "an_indicator"
	each = fmt.Sprintf("arrayExists((%s) -> %s, %s)", strings.Join(names, ", "), strings.Join(ofEach, " AND "), strings.Join(columns, ", "))
	return strings.Join(ofCase, " AND "), each, append(append(args, d.Indicators[0]), eachArgs...)
}
