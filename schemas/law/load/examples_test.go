package load_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// A worked example of a duty: the loader has checked that it is right.
type worked struct {
	*law.Example
	on     law.Date // that picks the regime
	regime *law.Regime
	due    time.Time
}

// workedExamples finds what follows from the examples of a duty, from their
// starts and facts alone.
func workedExamples(c *law.Catalogue, d *law.Duty) []worked {
	var out []worked
	for i := range d.Examples {
		x := worked{Example: &d.Examples[i]}
		x.on = c.DateOf(x.Start)
		if d.InForceBy == law.ByCase && !x.CaseStart.IsZero() {
			x.on = c.DateOf(x.CaseStart)
		}
		picked := x.on
		if d.Every != "" {
			picked = d.Every.Containing(x.on)
		}
		if regimes := c.Select(d, picked, factsOf(c, x.Facts)); len(regimes) == 1 {
			x.regime = regimes[0]
			x.due = dueOf(c, d, x)
		}
		out = append(out, x)
	}
	return out
}

func dueOf(c *law.Catalogue, d *law.Duty, x worked) time.Time {
	limit := &x.regime.Limit
	switch {
	case d.Every != "":
		return d.PeriodDue(x.regime, d.Every.Containing(c.DateOf(x.Start))).Start(c.Zone)
	case d.Repeats:
		return c.DuePeriod(limit, x.Start, x.Months+limit.Months)
	}
	return c.Due(limit, x.Start, x.Place)
}

func factsOf(c *law.Catalogue, given map[string]string) law.Facts {
	return func(name string) string {
		if v, ok := given[name]; ok {
			return v
		}
		return c.Facts[name].Default
	}
}

// meets reports whether an example's facts are those that a regime asks for,
// whatever the date.
func (x worked) meets(c *law.Catalogue, d *law.Duty, r *law.Regime) bool {
	return r.Applies(func(name string) string { return d.FactFor(name, factsOf(c, x.Facts), c.Facts) })
}

// judges reports whether a regime alone judges what starts on a date under the
// first of each of its values.
func judges(c *law.Catalogue, d *law.Duty, r *law.Regime, on law.Date) bool {
	facts := map[string]string{}
	for _, w := range r.When {
		facts[w.Fact] = w.Values[0]
	}
	if d.Every != "" {
		on = d.Every.Containing(on)
	}
	return slices.Equal(c.Select(d, on, factsOf(c, facts)), []*law.Regime{r})
}

// A kind of example that a duty must have, where it can.
type kind struct {
	name  string
	can   bool
	shown func(x worked) bool
}

// kindsOfRegime are the examples that every regime must have.
func kindsOfRegime(c *law.Catalogue, d *law.Duty, r *law.Regime) []kind {
	edge := time.Second // a limit by the clock includes its last instant, one by days ends before it
	if r.Limit.ByClock() {
		edge = 0
	}
	own := func(shown func(x worked) bool) func(worked) bool {
		return func(x worked) bool { return x.regime == r && shown(x) }
	}
	startsOn := func(on law.Date) func(worked) bool {
		return func(x worked) bool { return x.on == on && x.meets(c, d, r) }
	}
	kinds := []kind{
		{"done in its last second", true, own(func(x worked) bool { return x.Status == "met" && x.Done.Equal(x.due.Add(-edge)) })},
		{"done one second later", true, own(func(x worked) bool { return x.Status == "late" && x.Done.Equal(x.due.Add(time.Second-edge)) })},
		{"open in its last second", true, own(func(x worked) bool { return x.Status == "open" && x.AsOf.Equal(x.due.Add(-edge)) })},
		{"missed one second later", true, own(func(x worked) bool { return x.Status == "missed" && x.AsOf.Equal(x.due.Add(time.Second-edge)) })},
		{"on its first day", true, startsOn(r.From)},
		{"on the day before", true, startsOn(r.From - 1)},
		{"on its last day", r.Ends, startsOn(r.To)},
		{"on the day after", r.Ends, startsOn(r.To + 1)},
	}
	var leapDays, yearEnds []law.Date
	for year := 2015; year <= 2028; year++ {
		if day := law.NewDate(year, time.February, 29); day.String()[5:] == "02-29" && judges(c, d, r, day) {
			leapDays = append(leapDays, day)
		}
		if day := law.NewDate(year, time.December, 31); judges(c, d, r, day) {
			yearEnds = append(yearEnds, day)
		}
	}
	kinds = append(kinds,
		kind{"on a leap day", len(leapDays) > 0, own(func(x worked) bool { return slices.Contains(leapDays, x.on) })},
		kind{"over the end of a year", len(yearEnds) > 0 && r.Limit.LastDay == (law.MonthDay{}), own(func(x worked) bool { return c.DateOf(x.due).Year() > x.on.Year() })},
		kind{"read as calendar days", r.Limit.Days != 0, own(func(x worked) bool { return x.Days == "calendar" })},
	)
	for _, w := range r.When {
		for _, value := range w.Values {
			kinds = append(kinds, kind{fmt.Sprintf("where %s is %q", w.Fact, value), true, own(func(x worked) bool { return factsOf(c, x.Facts)(w.Fact) == value })})
		}
	}
	return slices.Concat(kinds, easters(c, d, r, own), stricter(c, d, r, own))
}

// easters asks for starts before the Easters of 2025 and 2026, or another one
// where the regime judges neither. Periods of the calendar have no use for it.
func easters(c *law.Catalogue, d *law.Duty, r *law.Regime, own func(func(worked) bool) func(worked) bool) []kind {
	var judged []int
	for year := 2016; year <= 2026; year++ {
		if judges(c, d, r, law.Easter(year)-4) {
			judged = append(judged, year)
		}
	}
	if len(judged) == 0 || d.Every != "" {
		return nil
	}
	before := func(years []int) func(worked) bool {
		return own(func(x worked) bool {
			easter := law.Easter(x.on.Year())
			return slices.Contains(years, x.on.Year()) && x.on >= easter-4 && x.on < easter
		})
	}
	recent := slices.DeleteFunc(slices.Clone(judged), func(year int) bool { return year < 2025 })
	if len(recent) == 0 {
		return []kind{{fmt.Sprintf("before an Easter of %v", judged), true, before(judged)}}
	}
	var kinds []kind
	for _, year := range recent {
		kinds = append(kinds, kind{fmt.Sprintf("before Easter %d", year), true, before([]int{year})})
	}
	return kinds
}

// stricter asks for a start on which each regime of the duty that this one
// overrides would judge.
func stricter(c *law.Catalogue, d *law.Duty, r *law.Regime, own func(func(worked) bool) func(worked) bool) []kind {
	var kinds []kind
	for _, o := range d.Regimes {
		if slices.Contains(r.Overrides, o.ID) {
			kinds = append(kinds, kind{"where it overrides " + o.ID, true, own(func(x worked) bool { return o.InForce(x.on) && x.meets(c, d, o) })})
		}
	}
	return kinds
}

// daysThatTurned are days from Monday to Friday on which a calendar changed, or
// that it has every year.
var daysThatTurned = []struct {
	calendar string // "" for all
	day      string
	off      bool
}{
	{"", "2023-06-07", false},
	{"", "2024-06-07", true},
	{"", "2021-07-23", false},
	{"", "2024-07-23", true},
	{"", "2025-07-28", true},
	{"", "2025-07-29", true},
	{"court", "2025-08-04", true},
	{"", "2021-08-06", false},
	{"", "2025-08-06", true},
	{"", "2021-12-08", true},
	{"", "2021-12-09", false},
	{"", "2022-12-09", true},
	{"court", "2025-01-02", true},
}

// kindsOfCounting are the examples that a duty must have, under some regime,
// for the way in which it counts days.
func kindsOfCounting(t *testing.T, c *law.Catalogue, d *law.Duty) []kind {
	var kinds []kind
	limits := func(has func(l *law.Limit) bool) bool {
		return slices.ContainsFunc(d.Regimes, func(r *law.Regime) bool { return has(&r.Limit) })
	}
	for _, turn := range daysThatTurned {
		on := date(t, turn.day)
		counts := func(l *law.Limit) bool {
			return (l.Days != 0 || l.BusinessDays != 0) && (turn.calendar == "" || turn.calendar == l.Calendar)
		}
		inForce := slices.ContainsFunc(d.Regimes, func(r *law.Regime) bool { return counts(&r.Limit) && r.InForce(on-1) })
		word := "counts"
		if turn.off {
			word = "skips"
		}
		kinds = append(kinds, kind{fmt.Sprintf("that %s %s", word, turn.day), inForce, func(x worked) bool {
			return x.regime != nil && x.Days != "calendar" && counts(&x.regime.Limit) && x.on < on && on < c.DateOf(x.due) &&
				c.Calendars[x.regime.Limit.Calendar].IsBusiness(on) != turn.off
		}})
	}
	moves := func(l *law.Limit) bool {
		return l.Calendar != "" && !bool(l.NoShift) && (l.CalendarDays != 0 || l.Months != 0)
	}
	kinds = append(kinds,
		kind{"whose last day moves to a business day", limits(moves), func(x worked) bool {
			if x.regime == nil || !moves(&x.regime.Limit) {
				return false
			}
			still := x.regime.Limit
			still.NoShift = true
			unmoved := *x.regime
			unmoved.Limit = still
			x.regime = &unmoved
			return dueOf(c, d, x).Before(x.due)
		}},
		kind{"to a date that its month lacks", limits(func(l *law.Limit) bool { return l.Months != 0 }), func(x worked) bool {
			return x.regime != nil && x.Months == 0 && dayOf(x.on) > dayOf(x.on.AddMonths(x.regime.Limit.Months))
		}},
		kind{"of a later period", d.Repeats, func(x worked) bool { return x.Months > 0 }},
	)
	return append(kinds, kindsOfFacts(c, d)...)
}

func dayOf(d law.Date) string { return d.String()[8:] }

// kindsOfFacts asks for an example in which a fact that matters is not known.
func kindsOfFacts(c *law.Catalogue, d *law.Duty) []kind {
	var kinds []kind
	for _, r := range d.Regimes {
		for _, w := range r.When {
			kinds = append(kinds, kind{"without a known " + w.Fact, true, func(x worked) bool {
				value, given := x.Facts[w.Fact]
				return !given || value == c.Facts[w.Fact].Default
			}})
		}
	}
	return kinds
}

// The loader works the examples; here is checked, from what they state, that
// they leave nothing out. A new duty without them fails.
func TestExamplesAreWhole(t *testing.T) {
	c := lawtest.Shipped(t)
	for _, d := range c.Duties {
		if d.NeverARow {
			continue
		}
		examples := workedExamples(c, d)
		check := func(of string, kinds []kind) {
			for _, k := range kinds {
				if k.can && !slices.ContainsFunc(examples, k.shown) {
					t.Errorf("%s%s: no example %s", d.ID, of, k.name)
				}
			}
		}
		for i, r := range d.Regimes {
			check(fmt.Sprintf(", regime %s (number %d)", r.ID, i+1), kindsOfRegime(c, d, r))
		}
		check("", kindsOfCounting(t, c, d))
	}
}
