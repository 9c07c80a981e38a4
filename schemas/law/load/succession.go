package load

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// validateSuccession refuses two regimes that could judge one obligation at
// once, dates between the first and the last regime without any, and people whom
// the law judged and then no longer does without saying so. All are looked for
// under each combination of what conditions can see: that the law for mild risk
// goes on does not fill a hole in the one for severe risk.
func (c *loader) validateSuccession(d *law.Duty, report source.Report) {
	said := map[string]bool{}
	once := func(path, format string, args ...any) {
		if of := fmt.Sprint(path, format, args[:2]); !said[of] {
			said[of] = true
			report(path, format, args...)
		}
	}
	for _, combined := range c.combinations(d) {
		combined.overlaps(once)
		combined.gaps(once)
		combined.drops(report)
	}
}

// A combination is some values of the facts, and the regimes of a duty that
// apply under them: under each of the values the same.
type combination struct {
	duty     *law.Duty
	where    string // "where risk is mild or moderate", or "" for everywhere
	regimes  []int  // positions in the duty
	released []int  // those of them that let these people go when they end
}

// Unjudged are people whom no regime of a duty judges: never, or no longer.
type Unjudged struct {
	Duty  *law.Duty
	Where string   // "where risk is mild", or "" for everyone
	From  law.Date // the first day without a regime; zero where there never is one
	line  int
}

// String says it as a warning with file and line.
func (u Unjudged) String() string {
	since := ""
	if u.From != 0 {
		since = fmt.Sprintf(" from %s on", u.From)
	}
	return fmt.Sprintf("%s:%d: no regime%s%s: nobody there is judged", u.Duty.File, u.line, u.Where, since)
}

// unjudged lists the combinations of conditions that a duty leaves without a
// regime, for someone to see whether the law does.
func (c *loader) unjudged() []Unjudged {
	var out []Unjudged
	for _, d := range c.Duties {
		if d.NeverARow {
			continue
		}
		for _, one := range c.combinations(d) {
			last := one.last()
			switch {
			case last < 0:
				out = append(out, Unjudged{Duty: d, Where: one.where, line: c.lines[d].Of("regimes")})
			case d.Regimes[last].Ends:
				out = append(out, Unjudged{Duty: d, Where: one.where, From: d.Regimes[last].To + 1, line: c.lines[d].Of(source.Item("regimes", last) + ".in_force")})
			}
		}
	}
	return out
}

// combinations parts what conditions can see as far as the regimes of a duty
// part it.
func (c *loader) combinations(d *law.Duty) []combination {
	whole := combination{duty: d}
	var facts []string
	for i, r := range d.Regimes {
		whole.regimes = append(whole.regimes, i)
		if r.Releases.All || r.Releases.When != nil {
			whole.released = append(whole.released, i)
		}
		for _, w := range slices.Concat(r.When, r.Releases.When) {
			if !slices.Contains(facts, w.Fact) {
				facts = append(facts, w.Fact)
			}
		}
	}
	all := []combination{whole}
	for _, fact := range facts {
		var parts []combination
		for _, one := range all {
			parts = append(parts, one.split(fact, c.possible(d, fact))...)
		}
		all = parts
	}
	return all
}

// possible lists the values of a fact as a duty reads it: those of the event
// schemas, those that its conditions name where the schemas leave it open, and
// the default.
func (c *loader) possible(d *law.Duty, fact string) []string {
	f := c.Facts[fact]
	values := slices.Clone(valuesOf(f, c.Events))
	if values == nil {
		values = append(values, anyOther)
	}
	add := func(value string) {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	for _, r := range d.Regimes {
		for _, w := range slices.Concat(r.When, r.Releases.When) {
			if w.Fact == fact {
				for _, v := range w.Values {
					add(v)
				}
			}
		}
	}
	add(f.Default)
	instead, replaced := d.Undetermined[fact]
	if replaced && instead != f.Default {
		values = slices.DeleteFunc(values, func(v string) bool { return v == f.Default })
	}
	return values
}

// anyOther stands for the values of an open field that no condition names.
const anyOther = "anything else"

// split parts a combination by a fact, as far as its regimes do.
func (whole combination) split(fact string, values []string) []combination {
	var parts []combination
	var named [][]string // the values of each part
	for _, value := range values {
		part := combination{duty: whole.duty}
		for _, i := range whole.regimes {
			if admits(whole.duty.Regimes[i].When, fact, value) {
				part.regimes = append(part.regimes, i)
			}
		}
		for _, i := range whole.released {
			if admits(whole.duty.Regimes[i].Releases.When, fact, value) {
				part.released = append(part.released, i)
			}
		}
		same := slices.IndexFunc(parts, func(p combination) bool {
			return slices.Equal(p.regimes, part.regimes) && slices.Equal(p.released, part.released)
		})
		if same < 0 {
			parts, named = append(parts, part), append(named, []string{value})
		} else {
			named[same] = append(named[same], value)
		}
	}
	for i := range parts {
		parts[i].where = whole.where
		if len(parts) > 1 {
			parts[i].where += conjunction(whole.where) + fact + " is " + orList(named[i])
		}
	}
	return parts
}

func conjunction(where string) string {
	if where == "" {
		return " where "
	}
	return " and "
}

// orList says values for a message; an empty one is said in quotes.
func orList(values []string) string {
	said := make([]string, len(values))
	for i, v := range values {
		said[i] = v
		if v == "" {
			said[i] = strconv.Quote(v)
		}
	}
	return strings.Join(said, " or ")
}

// admits reports whether conditions on a fact, if there are any, hold for a
// value.
func admits(when []law.Condition, fact, value string) bool {
	return !slices.ContainsFunc(when, func(w law.Condition) bool { return w.Fact == fact && !slices.Contains(w.Values, value) })
}

// overlaps reports regimes in force at once of which none gives way.
func (whole combination) overlaps(report source.Report) {
	regimes := whole.duty.Regimes
	for n, i := range whole.regimes {
		for _, j := range whole.regimes[:n] {
			a, b := regimes[i], regimes[j]
			if overlap(a, b) && !slices.Contains(a.Overrides, b.ID) && !slices.Contains(b.Overrides, a.ID) {
				report(source.Item("regimes", i)+".in_force", "regimes %s and %s (number %d) overlap%s: part them by dates or conditions, or let one override the other",
					a.ID, b.ID, j+1, whole.where)
			}
		}
	}
}

func overlap(a, b *law.Regime) bool { return a.From <= endOf(b) && b.From <= endOf(a) }

// end is the last day in force, or the last of all days.
func endOf(r *law.Regime) law.Date {
	if r.Ends {
		return r.To
	}
	return math.MaxInt32
}

// gaps reports the spans between the first and the last regime in which none is
// in force.
func (whole combination) gaps(report source.Report) {
	regimes := whole.duty.Regimes
	byStart := slices.SortedFunc(slices.Values(whole.regimes), func(i, j int) int { return int(regimes[i].From - regimes[j].From) })
	var before *law.Regime // the one that goes on the longest
	for _, i := range byStart {
		r := regimes[i]
		if before != nil && endOf(before) < r.From-1 {
			report(source.Item("regimes", i)+".in_force", "gap: no regime from %s to %s%s, between %s and %s", endOf(before)+1, r.From-1, whole.where, before.ID, r.ID)
		}
		if before == nil || endOf(r) > endOf(before) {
			before = r
		}
	}
}

// last is the position of the regime that goes on the longest, or -1 where there
// is none.
func (whole combination) last() int {
	last := -1
	for _, i := range whole.regimes {
		if last < 0 || endOf(whole.duty.Regimes[i]) > endOf(whole.duty.Regimes[last]) {
			last = i
		}
	}
	return last
}

// drops reports people whom the last of their regimes leaves without a law when
// it ends, unless it says that it does.
func (whole combination) drops(report source.Report) {
	last := whole.last()
	if last < 0 || !whole.duty.Regimes[last].Ends || slices.Contains(whole.released, last) {
		return
	}
	r := whole.duty.Regimes[last]
	report(source.Item("regimes", last)+".in_force", "drops people: after %s (%s) no regime judges them%s; add the regime that follows, or say in releases whom the law lets go",
		r.ID, r.To, whole.where)
}
