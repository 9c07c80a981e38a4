package law

import (
	"maps"
	"slices"
	"strings"
)

func (c *Catalogue) validateDuty(d *Duty, found *findings) {
	report := report(found.report)
	c.checkText(report, "title", d.Title)
	if d.Note != (Text{}) {
		c.checkText(report, "note", d.Note)
	}
	if len(c.Implications) > 0 && !slices.ContainsFunc(c.Implications, func(i Implication) bool { return i.ID == d.Implication }) {
		report("implication", "unknown implication %q", d.Implication)
	}
	if d.InForceBy != ByDuty && d.InForceBy != ByCase {
		report("in_force_by", "expected duty or case, found %q", d.InForceBy)
	}
	if !slices.Contains([]EarlyDeed{EarlyUnclear, EarlyIgnored, EarlyCounts}, d.EarlyDeed) {
		report("early_deed", "expected unclear, ignored or counts, found %q", d.EarlyDeed)
	}
	if !found.lines.has("bearer") {
		report("id", "bearer is missing: name kinds of institutions, or any for the institution of the start event")
	}
	c.validateKinds(d.Bearer, "bearer", report)
	c.validateBearerBy(d, found)
	for fact, value := range d.Undetermined {
		report.err("undetermined_as."+fact, c.validateCondition(Condition{Fact: fact, Values: []string{value}}))
	}
	if d.Serves != ServesOldest && d.Serves != ServesOwn {
		report("serves", "expected oldest or own, found %q", d.Serves)
	}
	if d.Every != "" && d.Every.Months() == 0 {
		report("every", "expected month, quarter, half-year or year, found %q", d.Every)
	}
	if d.ReviewedOn != "" {
		_, err := ParseDate(d.ReviewedOn)
		report.err("reviewed.on", err)
	}
	if (d.ReviewedBy == "") != (d.ReviewedOn == "") {
		report("reviewed", "a review has someone who made it and a date: give by and on")
	}
	c.validateMatches(d.StartsOn.Matches, report.below(found.lines.listOf("starts_on")))
	c.validateMatches(d.FulfilledBy.Matches, report.below(found.lines.listOf("fulfilled_by")))
	c.validateMatches(d.VoidedBy, report.below("voided_by"))
	d.validateForm(found)
	if len(d.Regimes) == 0 {
		report("regimes", "the duty has no regime")
	}
	for i, r := range d.Regimes {
		c.validateRegime(d, r, found.lines, item("regimes", i), report)
	}
	if len(d.Examples) == 0 && !d.NeverARow {
		report("id", "the duty has no examples: work at least one by hand, with start, regime and due")
	}
	// What follows would only echo the errors above.
	if len(found.errs) == 0 {
		if !d.NeverARow {
			c.validateSuccession(d, report)
		}
	}
	if len(found.errs) == 0 {
		for i := range d.Examples {
			if err := c.checkExample(d, &d.Examples[i]); err != nil {
				report(item("examples", i), "example: %w", err)
			}
		}
	}
}

// validateBearerBy checks the choice of bearers by a fact.
func (c *Catalogue) validateBearerBy(d *Duty, found *findings) {
	by := d.BearerBy
	if by == nil {
		return
	}
	report := report(found.report).below("bearer_by")
	for path := range found.lines {
		if fact, ok := strings.CutPrefix(path, "bearer_by."); ok && !strings.Contains(fact, ".") && fact != by.Fact {
			report("", "give one fact, found %s as well as %s", min(fact, by.Fact), max(fact, by.Fact))
		}
	}
	if c.Facts[by.Fact] == nil {
		report(by.Fact, "unknown fact %q", by.Fact)
		return
	}
	for _, value := range slices.Sorted(maps.Keys(by.Of)) {
		at := by.Fact + "." + value
		report.err(at, c.validateCondition(Condition{Fact: by.Fact, Values: []string{value}}))
		if len(by.Of[value]) == 0 {
			report(at, "no bearer is given for %s", value)
		}
		for _, kind := range by.Of[value] {
			if !slices.Contains(d.Bearer, kind) {
				report(at, "%s is not among the bearers of the duty: add it to bearer", kind)
			}
		}
	}
}

// listOf is the path of a pattern's list, which may stand under any or all.
func (l lines) listOf(path string) string {
	for _, form := range []string{"any", "all"} {
		if l.has(below(path, form)) {
			return below(path, form)
		}
	}
	return path
}

// validateForm refuses keys that a duty of its form would not look at, and which
// therefore would promise what does not happen.
func (d *Duty) validateForm(found *findings) {
	form, unread, unreadInRegimes := "", []string{}, []string{}
	switch {
	case d.NeverARow:
		form = "is never a row"
		unread = []string{"starts_on", "fulfilled_by", "voided_by", "early_deed", "undetermined_as", "in_force_by", "instance", "repeats", "serves", "every", "examples", "bearer_by"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides", "limit", "releases"}
	case d.Every != "":
		form = "falls due every " + string(d.Every)
		unread = []string{"starts_on", "early_deed", "in_force_by", "instance", "repeats", "serves", "fulfilled_by.all", "bearer_by"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides"}
		if d.Every != Yearly {
			unreadInRegimes = append(unreadInRegimes, "limit")
		}
	case d.Repeats:
		form = "repeats"
		unread = []string{"early_deed", "fulfilled_by.all"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides", "limit.distance"}
	}
	if !d.Repeats {
		unread = append(unread, "serves")
	}
	for i := range d.Regimes {
		for _, key := range append(unreadInRegimes, "starts_on.all") {
			unread = append(unread, below(item("regimes", i), key))
		}
	}
	for _, path := range append(unread, "starts_on.all") {
		switch {
		case !found.lines.has(path):
		case keyOf(path) == "all" && form == "":
			found.report(path, "a duty starts with one event: give any")
		case keyOf(path) == "serves" && form == "":
			found.report(path, "serves is for a duty that repeats")
		default:
			found.report(path, "a duty that %s has no use for %s", form, keyOf(path))
		}
	}
}

func (c *Catalogue) validateRegime(d *Duty, r *Regime, at lines, path string, whole report) {
	whole = whole.about("regime " + r.ID)
	report := whole.below(path)
	for _, required := range []struct {
		key     string
		missing bool
	}{{"id", isBlank(r.ID)}, {"citation", isBlank(r.Citation)}, {"in_force.from", !at.has(below(path, "in_force.from"))}} {
		if required.missing {
			report(required.key, "%s is missing: id, citation and in_force.from are required", required.key)
		}
	}
	if !slices.Contains([]Kind{Law, Target, Right}, r.Kind) {
		kind := below(path, "kind")
		if !at.has(kind) {
			kind = "kind" // of the duty, for all its regimes
		}
		whole(kind, "kind is %q, expected law, target or right", r.Kind)
	}
	if !slices.Contains([]string{"high", "medium", "low"}, r.Confidence) {
		report("confidence", "confidence is %q, expected high, medium or low", r.Confidence)
	}
	if r.Ends && r.To < r.From {
		report("in_force.to", "in force from %s to %s: the end is before the start", r.From, r.To)
	}
	for _, w := range r.When {
		report.err("when."+w.Fact, c.validateCondition(w))
	}
	for _, w := range r.Releases.When {
		report.err("releases."+w.Fact, c.validateCondition(w))
	}
	if !r.Ends && (r.Releases.All || r.Releases.When != nil) {
		report("releases", "the regime has no end: releases says whom the law lets go when it ends")
	}
	c.validateOverrides(d, r, report)
	if r.StartsOn != nil {
		c.validateMatches(r.StartsOn.Matches, whole.below(at.listOf(below(path, "starts_on"))))
	}
	if r.FulfilledBy != nil {
		c.validateMatches(r.FulfilledBy.Matches, whole.below(at.listOf(below(path, "fulfilled_by"))))
	}
	if r.ClockFrom != nil {
		c.validateMatch(r.ClockFrom, report.below("clock_from"))
	}
	switch {
	case d.NeverARow:
	case d.Every != "":
		if len(d.FulfilledBy.Matches) == 0 {
			report("", "fulfilled_by is required in the duty")
		}
		if rest := (Limit{LastDay: r.Limit.LastDay}); d.Every == Yearly && r.Limit != rest {
			report("limit", "limit: a duty of every year is due one year after its end, or in it by a last_day; it has no other limit")
		}
	default:
		c.validateLimit(d, r, report.below("limit"))
		c.validateInstance(d, r, whole.below("instance"))
		if len(d.Starts(r).Matches) == 0 || len(d.Fulfils(r).Matches) == 0 {
			report("", "starts_on and fulfilled_by are required, in the duty or the regime")
		}
	}
}

// A limit longer than this is a slip of the pen.
const (
	maxYears = 100
	maxHours = maxYears * 366 * 24
)

func (c *Catalogue) validateLimit(d *Duty, r *Regime, report report) {
	l := &r.Limit
	units := 0
	for _, set := range []bool{l.ByClock(), l.SameDay, l.Days != 0, l.BusinessDays != 0, l.CalendarDays != 0, l.Months != 0, l.On != 0} {
		if set {
			units++
		}
	}
	if l.LastDay != (MonthDay{}) {
		report("last_day", "limit: last_day is for duties of every year")
	}
	if units != 1 {
		report("", "limit: give exactly one of hours (minutes, seconds), same_day, days, business_days, calendar_days, months, on")
		return
	}
	for _, number := range []struct {
		key        string
		value, max int
	}{
		{"hours", l.Hours, maxHours},
		{"minutes", l.Minutes, maxHours * 60},
		{"seconds", l.Seconds, maxHours * 60 * 60},
		{"days", l.Days, maxYears * 366},
		{"business_days", l.BusinessDays, maxYears * 366},
		{"calendar_days", l.CalendarDays, maxYears * 366},
		{"months", l.Months, maxYears * 12},
	} {
		if number.value < 0 || number.value > number.max {
			report(number.key, "limit: %s is %d, expected none below zero and at most %d years", number.key, number.value, maxYears)
		}
	}
	if l.On != 0 && l.On < r.From {
		report("on", "limit: on %s is before the regime is in force", l.On)
	}
	if d.Repeats && l.Months == 0 {
		report("", "limit: a duty that repeats needs a limit in months")
	}
	c.validateCounting(l, report)
}

// validateCounting checks what a limit's days are counted with. A calendar says
// nothing where none are.
func (c *Catalogue) validateCounting(l *Limit, report report) {
	counts := l.Days != 0 || l.BusinessDays != 0
	moves := l.Days != 0 || l.CalendarDays != 0 || l.Months != 0
	switch {
	case l.Calendar == "" && counts:
		report("", "limit: days need the calendar in which they count: expected one of %v", slices.Sorted(maps.Keys(c.Calendars)))
	case l.Calendar != "" && c.Calendars[l.Calendar] == nil:
		report("calendar", "limit: unknown calendar %q: expected one of %v", l.Calendar, slices.Sorted(maps.Keys(c.Calendars)))
	case l.Calendar != "" && !counts && !moves:
		report("calendar", "limit: a calendar has no part in hours, same_day and on: they run through all days")
	case l.NoShift && !moves:
		report("shift", "limit: only the last day of days, calendar_days and months can move: leave shift out")
	}
}

// validateInstance refuses a duty that tells its obligations apart by a field
// that its events do not have.
func (c *Catalogue) validateInstance(d *Duty, r *Regime, report report) {
	if d.IsCaseInstance() {
		return
	}
	for _, m := range slices.Concat(d.Starts(r).Matches, d.Fulfils(r).Matches, d.VoidedBy) {
		t, ok := c.Events.Type(m.Type)
		switch {
		case !ok: // Said where the pattern stands.
		case !t.HasField(d.Instance):
			report("", "event type %s has no field %q", t.Name, d.Instance)
		case !t.HoldsText(d.Instance):
			report("", "field %s of event type %s is no reference", d.Instance, t.Name)
		}
	}
}

// validateOverrides refuses overrides that would never happen: of regimes that
// do not exist, have no rows to give way with, tell obligations apart otherwise
// or are never in force together; and those in a circle, which would leave none.
func (c *Catalogue) validateOverrides(d *Duty, r *Regime, report report) {
	for i, id := range r.Overrides {
		at := item("overrides", i)
		other := c.dutyOf(id)
		switch {
		case other == nil:
			report(at, "overrides %s, which is no regime", id)
		case c.overridesReach(id, r.ID, nil):
			report(at, "overrides %s, which is or overrides %s: neither would be left", id, r.ID)
		case other.NeverARow || other.Repeats || other.Every != "":
			report(at, "overrides %s, but duty %s never gives way: it is never a row, repeats or has periods", id, other.ID)
		case other.Instance != d.Instance:
			report(at, "overrides %s of duty %s, which has one obligation per %s; this duty has one per %s", id, other.ID, other.Instance, d.Instance)
		case !slices.ContainsFunc(other.Regimes, func(o *Regime) bool { return o.ID == id && overlap(o, r) }):
			report(at, "overrides %s, which is never in force together with it", id)
		}
	}
}

// dutyOf is the duty that has a regime of an id.
func (c *Catalogue) dutyOf(regime string) *Duty {
	for _, d := range c.Duties {
		if slices.ContainsFunc(d.Regimes, func(r *Regime) bool { return r.ID == regime }) {
			return d
		}
	}
	return nil
}

// overridesReach reports whether the overrides that begin with a regime lead to
// another. past are those on the way.
func (c *Catalogue) overridesReach(from, to string, past []string) bool {
	if from == to {
		return true
	}
	d := c.dutyOf(from)
	if d == nil || slices.Contains(past, from) {
		return false
	}
	past = append(past, from)
	return slices.ContainsFunc(d.Regimes, func(r *Regime) bool {
		return r.ID == from && slices.ContainsFunc(r.Overrides, func(next string) bool { return c.overridesReach(next, to, past) })
	})
}
