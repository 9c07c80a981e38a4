package docs

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// The page of the fold is written by hand; its list of what duty files amend is not.
func TestTheListOfAmendmentsIsUpToDate(t *testing.T) {
	const page, begins, ends = "fold.md", "<!-- amendments -->\n", "<!-- /amendments -->\n"
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(written), begins)
	_, after, closed := strings.Cut(rest, ends)
	if !found || !closed {
		t.Fatalf("docs/%s has no place for the list: expected %s… %s", page, begins, ends)
	}
	upToDate(t, page, before+begins+amendments(lawtest.Shipped(t))+ends+after, func(text string) string { return text })
}

// An amendment is a key of duty files, what it changes, and which regime of a duty has it.
type amendment struct {
	key, changes string
	has          func(d *law.Duty, r *law.Regime) bool
}

func allAmendments() []amendment {
	return []amendment{
		{"in_force_by: case", "4: the start of the case picks the regime", func(d *law.Duty, _ *law.Regime) bool { return d.InForceBy == law.ByCase }},
		{"undetermined_as", "4: reads a fact's default as another value", func(d *law.Duty, _ *law.Regime) bool { return len(d.Undetermined) > 0 }},
		{"clock_from", "4: the clock starts elsewhere", func(_ *law.Duty, r *law.Regime) bool { return r.ClockFrom != nil }},
		{"starts_on of a regime", "4: in place of the duty's", func(_ *law.Duty, r *law.Regime) bool { return r.StartsOn != nil }},
		{"overrides", "5: other regimes give way", func(_ *law.Duty, r *law.Regime) bool { return len(r.Overrides) > 0 }},
		{"limit: distance", "6: the term of distance is added", func(_ *law.Duty, r *law.Regime) bool { return r.Limit.Distance }},
		{"limit: shift: none", "6: the last day stays where it falls", func(_ *law.Duty, r *law.Regime) bool { return bool(r.Limit.NoShift) }},
		{"limit: on", "6: one date for all", func(_ *law.Duty, r *law.Regime) bool { return r.Limit.On != 0 }},
		{"limit: until, until_day", "6: the start event states the deadline", func(_ *law.Duty, r *law.Regime) bool { return r.Limit.IsStated() }},
		{"suspended_by, resumed_by", "6: the limit stands still", func(_ *law.Duty, r *law.Regime) bool { return len(r.SuspendedBy) > 0 }},
		{"extended_by", "6: more time", func(_ *law.Duty, r *law.Regime) bool { return len(r.ExtendedBy) > 0 }},
		{"fulfilled_by: all", "7: several deeds are required", func(d *law.Duty, r *law.Regime) bool { return len(d.Fulfils(r).Requirements()) > 1 }},
		{"fulfilled_by of a regime", "7: in place of the duty's", func(_ *law.Duty, r *law.Regime) bool { return r.FulfilledBy != nil }},
		{"early_deed: ignored", "7", func(d *law.Duty, _ *law.Regime) bool { return d.EarlyDeed == law.EarlyIgnored }},
		{"early_deed: counts", "7", func(d *law.Duty, _ *law.Regime) bool { return d.EarlyDeed == law.EarlyCounts }},
		{"voided_by of a duty", "8: ends of its own", func(d *law.Duty, _ *law.Regime) bool { return len(d.VoidedBy) > 0 }},
		{"repeats", "10", func(d *law.Duty, _ *law.Regime) bool { return d.Repeats && d.Serves == law.ServesOldest }},
		{"repeats, serves: own", "10: what was left out cannot be made up for", func(d *law.Duty, _ *law.Regime) bool { return d.Serves == law.ServesOwn }},
		{"every", "11", func(d *law.Duty, _ *law.Regime) bool { return d.Every != "" }},
		{"limit: last_day", "11: a day of each period", func(_ *law.Duty, r *law.Regime) bool { return r.Limit.LastDay != (law.MonthDay{}) }},
		{"bearer_by", "12: a fact narrows the bearers down", func(d *law.Duty, _ *law.Regime) bool { return d.BearerBy != nil }},
		{"never_a_row", "12: no clock", func(d *law.Duty, _ *law.Regime) bool { return d.NeverARow }},
	}
}

func amendments(cat *law.Catalogue) string {
	var b strings.Builder
	b.WriteString("| Key | Changes section | Duties of this catalogue |\n|---|---|---|\n")
	for _, a := range allAmendments() {
		var ids []string
		for _, d := range cat.Duties {
			if amends(d, a) {
				ids = append(ids, d.ID)
			}
		}
		named := strings.Join(ids, ", ")
		if named == "" {
			named = "none"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.key, a.changes, named)
	}
	return b.String()
}

func amends(d *law.Duty, a amendment) bool {
	if len(d.Regimes) == 0 {
		return d.NeverARow && a.has(d, &law.Regime{})
	}
	for _, r := range d.Regimes {
		if a.has(d, r) {
			return true
		}
	}
	return false
}
