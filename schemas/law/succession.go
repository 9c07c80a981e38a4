package law

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// validateSuccession refuses two regimes that could judge one obligation at
// once, and dates between the first and the last regime without any. Both are
// looked for under each combination of what conditions can see: that the law for
// mild risk goes on does not fill a hole in the one for severe risk.
func (c *Catalogue) validateSuccession(d *Duty, report report) {
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
	}
}

// A combination is some values of the facts, and the regimes of a duty that
// apply under them: under each of the values the same.
type combination struct {
	duty    *Duty
	where   string // "where risk is mild or moderate", or "" for everywhere
	regimes []int  // positions in the duty
}

// combinations parts what conditions can see as far as the regimes of a duty
// part it.
func (c *Catalogue) combinations(d *Duty) []combination {
	whole := combination{duty: d}
	var facts []string
	for i, r := range d.Regimes {
		whole.regimes = append(whole.regimes, i)
		for _, w := range r.When {
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
func (c *Catalogue) possible(d *Duty, fact string) []string {
	f := c.Facts[fact]
	values := slices.Clone(f.values(c.Events))
	if values == nil {
		values = append(values, anyOther)
	}
	add := func(value string) {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	for _, r := range d.Regimes {
		for _, w := range r.When {
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
			if whole.duty.Regimes[i].admits(fact, value) {
				part.regimes = append(part.regimes, i)
			}
		}
		same := slices.IndexFunc(parts, func(p combination) bool { return slices.Equal(p.regimes, part.regimes) })
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

// admits reports whether the regime's conditions on a fact, if any, hold for a
// value.
func (r *Regime) admits(fact, value string) bool {
	return !slices.ContainsFunc(r.When, func(w Condition) bool { return w.Fact == fact && !slices.Contains(w.Values, value) })
}

// overlaps reports regimes in force at once of which none gives way.
func (whole combination) overlaps(report report) {
	regimes := whole.duty.Regimes
	for n, i := range whole.regimes {
		for _, j := range whole.regimes[:n] {
			a, b := regimes[i], regimes[j]
			if overlap(a, b) && !slices.Contains(a.Overrides, b.ID) && !slices.Contains(b.Overrides, a.ID) {
				report(item("regimes", i)+".in_force", "regimes %s and %s (number %d) overlap%s: part them by dates or conditions, or let one override the other",
					a.ID, b.ID, j+1, whole.where)
			}
		}
	}
}

func overlap(a, b *Regime) bool { return a.From <= b.end() && b.From <= a.end() }

// end is the last day in force, or the last of all days.
func (r *Regime) end() Date {
	if r.Ends {
		return r.To
	}
	return math.MaxInt32
}

// gaps reports the spans between the first and the last regime in which none is
// in force.
func (whole combination) gaps(report report) {
	regimes := whole.duty.Regimes
	byStart := slices.SortedFunc(slices.Values(whole.regimes), func(i, j int) int { return int(regimes[i].From - regimes[j].From) })
	var before *Regime // the one that goes on the longest
	for _, i := range byStart {
		r := regimes[i]
		if before != nil && before.end() < r.From-1 {
			report(item("regimes", i)+".in_force", "gap: no regime from %s to %s%s, between %s and %s", before.end()+1, r.From-1, whole.where, before.ID, r.ID)
		}
		if before == nil || r.end() > before.end() {
			before = r
		}
	}
}
