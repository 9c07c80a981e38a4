package load

import (
	"maps"
	"slices"
	"strings"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

func (c *loader) validateDuty(d *law.Duty, found *source.Findings) {
	report := source.Report(found.Report)
	c.checkText(report, "title", d.Title)
	if d.Note != (law.Text{}) {
		c.checkText(report, "note", d.Note)
	}
	if len(c.Implications) > 0 && !slices.ContainsFunc(c.Implications, func(i law.Implication) bool { return i.ID == d.Implication }) {
		report("implication", "unknown implication %q", d.Implication)
	}
	if !found.Lines.Has("bearer") {
		report("id", "bearer is missing: name kinds of institutions, or any for the institution of the start event")
	}
	c.validateKinds(d.Bearer, "bearer", report)
	c.validateBearerBy(d, found)
	for fact, value := range d.Undetermined {
		report.Err("undetermined_as."+fact, c.validateCondition(law.Condition{Fact: fact, Values: []string{value}}))
	}
	if d.ReviewedOn != "" {
		_, err := law.ParseDate(d.ReviewedOn)
		report.Err("reviewed.on", err)
	}
	if (d.ReviewedBy == "") != (d.ReviewedOn == "") {
		report("reviewed", "a review has someone who made it and a date: give by and on")
	}
	c.validateMatches(d.StartsOn.Matches, report.Below(listOf(found.Lines, "starts_on")))
	c.validateMatches(d.FulfilledBy.Matches, report.Below(listOf(found.Lines, "fulfilled_by")))
	c.validateMatches(d.VoidedBy, report.Below("voided_by"))
	validateForm(d, found)
	if len(d.Regimes) == 0 {
		report("regimes", "the duty has no regime")
	}
	for i, r := range d.Regimes {
		c.validateRegime(d, r, found.Lines, source.Item("regimes", i), report)
	}
	if len(d.Examples) == 0 && !d.NeverARow {
		report("id", "the duty has no examples: work at least one by hand, with start, regime and due")
	}
	// What follows would only echo the errors above.
	if len(found.Errs) == 0 {
		if !d.NeverARow {
			c.validateSuccession(d, report)
		}
	}
	if len(found.Errs) == 0 {
		for i := range d.Examples {
			if err := c.checkExample(d, &d.Examples[i]); err != nil {
				report(source.Item("examples", i), "example: %w", err)
			}
		}
	}
}

// validateBearerBy checks the choice of bearers by a fact.
func (c *loader) validateBearerBy(d *law.Duty, found *source.Findings) {
	by := d.BearerBy
	if by == nil {
		return
	}
	report := source.Report(found.Report).Below("bearer_by")
	for path := range found.Lines {
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
		report.Err(at, c.validateCondition(law.Condition{Fact: by.Fact, Values: []string{value}}))
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
func listOf(l source.Lines, path string) string {
	for _, form := range []string{"any", "all"} {
		if l.Has(source.Below(path, form)) {
			return source.Below(path, form)
		}
	}
	return path
}

// validateForm refuses keys that a duty of its form would not look at, and which
// therefore would promise what does not happen.
func validateForm(d *law.Duty, found *source.Findings) {
	form, unread, unreadInRegimes := "", []string{}, []string{}
	switch {
	case d.NeverARow:
		form = "is never a row"
		unread = []string{"starts_on", "fulfilled_by", "voided_by", "early_deed", "undetermined_as", "in_force_by", "instance", "repeats", "serves", "every", "examples", "bearer_by"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides", "suspended_by", "resumed_by", "extended_by", "limit", "releases"}
	case d.Every != "":
		form = "falls due every " + string(d.Every)
		unread = []string{"starts_on", "early_deed", "in_force_by", "instance", "repeats", "serves", "fulfilled_by.all", "bearer_by"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides", "suspended_by", "resumed_by", "extended_by"}
		if d.Every != law.Yearly {
			unreadInRegimes = append(unreadInRegimes, "limit")
		}
	case d.Repeats:
		form = "repeats"
		unread = []string{"early_deed", "fulfilled_by.all"}
		unreadInRegimes = []string{"starts_on", "fulfilled_by", "clock_from", "overrides", "suspended_by", "resumed_by", "extended_by", "limit.distance"}
	}
	if !d.Repeats {
		unread = append(unread, "serves")
	}
	for i := range d.Regimes {
		for _, key := range append(unreadInRegimes, "starts_on.all") {
			unread = append(unread, source.Below(source.Item("regimes", i), key))
		}
	}
	for _, path := range append(unread, "starts_on.all") {
		switch {
		case !found.Lines.Has(path):
		case source.KeyOf(path) == "all" && form == "":
			found.Report(path, "a duty starts with one event: give any")
		case source.KeyOf(path) == "serves" && form == "":
			found.Report(path, "serves is for a duty that repeats")
		default:
			found.Report(path, "a duty that %s has no use for %s", form, source.KeyOf(path))
		}
	}
}

func (c *loader) validateRegime(d *law.Duty, r *law.Regime, at source.Lines, path string, whole source.Report) {
	whole = whole.About("regime " + r.ID)
	report := whole.Below(path)
	for _, required := range []struct {
		key     string
		missing bool
	}{{"id", source.IsBlank(r.ID)}, {"citation", source.IsBlank(r.Citation)}, {"in_force.from", !at.Has(source.Below(path, "in_force.from"))}} {
		if required.missing {
			report(required.key, "%s is missing: id, citation and in_force.from are required", required.key)
		}
	}
	if !at.Has(source.Below(path, "confidence")) {
		report("confidence", "confidence is missing: expected high, medium or low")
	}
	if r.Ends && r.To < r.From {
		report("in_force.to", "in force from %s to %s: the end is before the start", r.From, r.To)
	}
	for _, w := range r.When {
		report.Err("when."+w.Fact, c.validateCondition(w))
	}
	for _, w := range r.Releases.When {
		report.Err("releases."+w.Fact, c.validateCondition(w))
	}
	if !r.Ends && (r.Releases.All || r.Releases.When != nil) {
		report("releases", "the regime has no end: releases says whom the law lets go when it ends")
	}
	c.validateOverrides(d, r, report)
	if r.StartsOn != nil {
		c.validateMatches(r.StartsOn.Matches, whole.Below(listOf(at, source.Below(path, "starts_on"))))
	}
	if r.FulfilledBy != nil {
		c.validateMatches(r.FulfilledBy.Matches, whole.Below(listOf(at, source.Below(path, "fulfilled_by"))))
	}
	if r.ClockFrom != nil {
		c.validateMatch(r.ClockFrom, report.Below("clock_from"))
	}
	switch {
	case d.NeverARow:
	case d.Every != "":
		if len(d.FulfilledBy.Matches) == 0 {
			report("", "fulfilled_by is required in the duty")
		}
		if rest := (law.Limit{LastDay: r.Limit.LastDay}); d.Every == law.Yearly && r.Limit != rest {
			report("limit", "limit: a duty of every year is due one year after its end, or in it by a last_day; it has no other limit")
		}
	default:
		c.validateLimit(d, r, report.Below("limit"))
		c.validateStated(d.Starts(r).Matches, &r.Limit, report.Below("limit"))
		c.validateMoves(r, report)
		c.validateInstance(d, r, whole.Below("instance"))
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

func (c *loader) validateLimit(d *law.Duty, r *law.Regime, report source.Report) {
	l := &r.Limit
	if l.LastDay != (law.MonthDay{}) {
		report("last_day", "limit: last_day is for duties of every year")
	}
	if l.On != 0 && l.On < r.From {
		report("on", "limit: on %s is before the regime is in force", l.On)
	}
	if d.Repeats && l.Months == 0 {
		report("", "limit: a duty that repeats needs a limit in months")
	}
	c.validateLength(l, report)
}

// validateLength checks a limit by itself.
func (c *loader) validateLength(l *law.Limit, report source.Report) {
	units := 0
	for _, set := range []bool{l.Until != "", l.UntilDay != "", l.Duration() != 0, l.SameDay, l.Days != 0, l.BusinessDays != 0, l.CalendarDays != 0, l.Months != 0, l.On != 0} {
		if set {
			units++
		}
	}
	if units != 1 {
		report("", "limit: give exactly one of hours (minutes, seconds), same_day, days, business_days, calendar_days, months, on, until, until_day")
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
	c.validateCounting(l, report)
}

// validateStated refuses a deadline in a field that the events do not have.
func (c *loader) validateStated(events law.Matches, l *law.Limit, report source.Report) {
	for key, field := range map[string]string{"until": l.Until, "until_day": l.UntilDay} {
		if field == "" {
			continue
		}
		report.Err(key, c.validateEveryField(events, field))
		for _, m := range events {
			if t, ok := c.Events.Type(m.Type); ok && t.HasField(field) && !t.HoldsText(field) {
				report(key, "field %s of event type %s is no text: a deadline is an instant or a date", field, m.Type)
			}
		}
	}
}

// validateMoves checks what stops a regime's clock, lets it run again and gives
// more time.
func (c *loader) validateMoves(r *law.Regime, report source.Report) {
	for i := range r.SuspendedBy {
		stop, report := &r.SuspendedBy[i], report.Below(source.Item("suspended_by", i))
		c.validateMatch(&stop.Event, report.Below("event"))
		validateArticle(stop.Citation, report)
	}
	c.validateMatches(r.ResumedBy, report.Below("resumed_by"))
	if (len(r.SuspendedBy) > 0) != (len(r.ResumedBy) > 0) {
		report("", "suspended_by and resumed_by go together: a clock that stops forever is never due")
	}
	for i := range r.ExtendedBy {
		x, report := &r.ExtendedBy[i], report.Below(source.Item("extended_by", i))
		c.validateMatch(&x.Event, report.Below("event"))
		validateArticle(x.Citation, report)
		c.validateLength(&x.By, report.Below("by"))
		c.validateStated(law.Matches{x.Event}, &x.By, report.Below("by"))
		if x.By.ByClock() != r.Limit.ByClock() {
			report("by", "an extension is of the kind of its limit: hours and until go together, and so do days, months and until_day")
		}
		if x.By.SameDay || x.By.On != 0 || x.By.Distance {
			report("by", "an extension has a length, or the deadline that its event states")
		}
		if x.AtMost < 0 {
			report("at_most", "at_most is %d, expected a number of times", x.AtMost)
		}
	}
	if r.Limit.On != 0 && (len(r.SuspendedBy) > 0 || len(r.ExtendedBy) > 0) {
		report("limit.on", "a day that is fixed for all does not move: leave suspended_by and extended_by out")
	}
}

func validateArticle(citation string, report source.Report) {
	if source.IsBlank(citation) {
		report("", "citation is missing: say the article under which the deadline moves")
	}
}

// validateCounting checks what a limit's days are counted with. A calendar says
// nothing where none are.
func (c *loader) validateCounting(l *law.Limit, report source.Report) {
	counts := l.Days != 0 || l.BusinessDays != 0
	moves := l.Days != 0 || l.CalendarDays != 0 || l.Months != 0
	switch {
	case l.Calendar == "" && counts:
		report("", "limit: days need the calendar in which they count: expected one of %v", slices.Sorted(maps.Keys(c.Calendars)))
	case l.Calendar != "" && c.Calendars[l.Calendar] == nil:
		report("calendar", "limit: unknown calendar %q: expected one of %v", l.Calendar, slices.Sorted(maps.Keys(c.Calendars)))
	case l.Calendar != "" && !counts && !moves:
		report("calendar", "limit: a calendar has no part in hours, same_day and on: they run through all days")
	case bool(l.NoShift) && !moves:
		report("shift", "limit: only the last day of days, calendar_days and months can move: leave shift out")
	}
}

// validateInstance refuses a duty that tells its obligations apart by a field
// that its events do not have.
func (c *loader) validateInstance(d *law.Duty, r *law.Regime, report source.Report) {
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
func (c *loader) validateOverrides(d *law.Duty, r *law.Regime, report source.Report) {
	for i, id := range r.Overrides {
		at := source.Item("overrides", i)
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
		case !slices.ContainsFunc(other.Regimes, func(o *law.Regime) bool { return o.ID == id && overlap(o, r) }):
			report(at, "overrides %s, which is never in force together with it", id)
		}
	}
}

// dutyOf is the duty that has a regime of an id.
func (c *loader) dutyOf(regime string) *law.Duty {
	for _, d := range c.Duties {
		if slices.ContainsFunc(d.Regimes, func(r *law.Regime) bool { return r.ID == regime }) {
			return d
		}
	}
	return nil
}

// overridesReach reports whether the overrides that begin with a regime lead to
// another. past are those on the way.
func (c *loader) overridesReach(from, to string, past []string) bool {
	if from == to {
		return true
	}
	d := c.dutyOf(from)
	if d == nil || slices.Contains(past, from) {
		return false
	}
	past = append(past, from)
	return slices.ContainsFunc(d.Regimes, func(r *law.Regime) bool {
		return r.ID == from && slices.ContainsFunc(r.Overrides, func(next string) bool { return c.overridesReach(next, to, past) })
	})
}
