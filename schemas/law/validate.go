package law

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"amparo/schemas/event"
)

// validate checks the catalogue as a whole and returns all errors at once.
func (c *Catalogue) validate() error {
	var errs []error
	owner := map[string]*Duty{} // of each regime
	for _, d := range c.Duties {
		errs = append(errs, c.validateDuty(d)...)
		for i, r := range d.Regimes {
			if other := owner[r.ID]; other != nil && other != d {
				errs = append(errs, d.errorAt(fmt.Sprintf("regimes[%d]", i), "regime %s is also in duty %s", r.ID, other.ID))
			}
			owner[r.ID] = d
		}
	}
	errs = append(errs, c.validateHead()...)
	return errors.Join(errs...)
}

// validateHead checks what catalogue.yaml says of events.
func (c *Catalogue) validateHead() []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		f := c.Facts[name]
		var values []string
		if f.Holds != "" {
			values = []string{f.Holds}
		}
		for _, t := range f.Types {
			if err := c.validateField(t, f.Field, values); err != nil {
				errs = append(errs, c.errorAt("facts", "fact %s: %w", name, err))
			}
		}
	}
	for i, v := range c.VoidedBy {
		where := fmt.Sprintf("voided_by[%d]", i)
		if _, ok := c.Events.Type(v.Type); !ok {
			errs = append(errs, c.errorAt(where, "unknown event type %q", v.Type))
		} else if err := c.validateField(v.Type, v.Scope, nil); v.Scope != InstanceCase && err != nil {
			errs = append(errs, c.errorAt(where, "scope: %w", err))
		}
	}
	named := map[string][]string{
		"case_start": {c.CaseStart}, "retraction": {c.Retraction}, "unit_report": {c.UnitReport},
		"observation": {c.Observation},
		"first_only":  slices.Collect(maps.Keys(c.FirstOnly)),
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		for _, t := range named[key] {
			if _, ok := c.Events.Type(t); !ok && t != "" {
				errs = append(errs, c.errorAt(key, "unknown event type %q", t))
			}
		}
	}
	for _, bearer := range slices.Sorted(maps.Keys(c.kinds)) {
		for _, kind := range append([]string{bearer}, c.kinds[bearer]...) {
			if !c.isKind(kind) {
				errs = append(errs, c.errorAt("kinds", "unknown kind of institution %q", kind))
			}
		}
	}
	return errs
}

func (c *Catalogue) validateDuty(d *Duty) []error {
	var errs []error
	report := func(where, format string, args ...any) { errs = append(errs, d.errorAt(where, format, args...)) }
	if d.Title.ES == "" && d.Title.EN == "" {
		report("id", "title is missing")
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
	for _, kind := range d.Bearer {
		if !c.isKind(kind) {
			report("bearer", "unknown kind of institution %q", kind)
		}
	}
	for fact := range d.Undetermined {
		if c.Facts[fact] == nil {
			report("undetermined_as", "unknown fact %q", fact)
		}
	}
	if d.Every != "" && d.Every.Months() == 0 {
		report("every", "expected month, quarter, half-year or year, found %q", d.Every)
	}
	patterns := map[string]*Pattern{"starts_on": &d.StartsOn, "fulfilled_by": &d.FulfilledBy, "voided_by": {Matches: d.VoidedBy}}
	for where, p := range patterns {
		if err := c.validatePattern(p); err != nil {
			report(where, "%w", err)
		}
	}
	if len(d.Regimes) == 0 {
		report("id", "the duty has no regime")
	}
	for i, r := range d.Regimes {
		where := fmt.Sprintf("regimes[%d]", i)
		for _, err := range c.validateRegime(d, r) {
			report(where, "regime %s: %w", r.ID, err)
		}
	}
	errs = append(errs, d.validateSuccession()...)
	if len(errs) == 0 {
		for i := range d.Examples {
			if err := c.checkExample(d, &d.Examples[i]); err != nil {
				report(fmt.Sprintf("examples[%d]", i), "example: %w", err)
			}
		}
	}
	return errs
}

// isKind reports whether an institution can be of the kind. A catalogue whose
// events name no kinds allows any.
func (c *Catalogue) isKind(kind string) bool {
	for _, name := range c.Events.Names() {
		if t, _ := c.Events.Type(name); t.HasField("institution_kind") {
			return t.Permits("institution_kind", kind)
		}
	}
	return true
}

func (c *Catalogue) validateRegime(d *Duty, r *Regime) []error {
	var errs []error
	if r.ID == "" || r.Citation == "" || r.From == 0 {
		errs = append(errs, errors.New("id, citation and in_force.from are required"))
	}
	if !slices.Contains([]Kind{Law, Target, Right}, r.Kind) {
		errs = append(errs, fmt.Errorf("kind is %q, expected law, target or right", r.Kind))
	}
	if !slices.Contains([]string{"high", "medium", "low"}, r.Confidence) {
		errs = append(errs, fmt.Errorf("confidence is %q, expected high, medium or low", r.Confidence))
	}
	if r.Ends && r.To < r.From {
		errs = append(errs, fmt.Errorf("in force from %s to %s: the end is before the start", r.From, r.To))
	}
	for _, w := range r.When {
		if err := c.validateCondition(w); err != nil {
			errs = append(errs, fmt.Errorf("when: %w", err))
		}
	}
	for _, id := range r.Overrides {
		if !c.hasRegime(id) {
			errs = append(errs, fmt.Errorf("overrides %s, which is no regime", id))
		}
	}
	for _, p := range []*Pattern{r.StartsOn, r.FulfilledBy} {
		if p != nil {
			if err := c.validatePattern(p); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if r.ClockFrom != nil {
		if err := c.validatePattern(&Pattern{Matches: []Match{*r.ClockFrom}}); err != nil {
			errs = append(errs, err)
		}
	}
	if d.NeverARow || d.Every != "" {
		return errs
	}
	if err := c.validateLimit(&r.Limit); err != nil {
		errs = append(errs, err)
	}
	if err := c.validateInstance(d, r); err != nil {
		errs = append(errs, err)
	}
	if len(d.Starts(r).Matches) == 0 || len(d.Fulfils(r).Matches) == 0 {
		errs = append(errs, errors.New("starts_on and fulfilled_by are required, in the duty or the regime"))
	}
	if d.Repeats && r.Limit.Months == 0 {
		errs = append(errs, errors.New("a duty that repeats needs a limit in months"))
	}
	return errs
}

// validateCondition refuses a condition that no event could ever meet.
func (c *Catalogue) validateCondition(w Condition) error {
	f := c.Facts[w.Fact]
	if f == nil {
		return fmt.Errorf("unknown fact %q", w.Fact)
	}
	for _, v := range w.Values {
		if !f.permits(v, c.Events) {
			return fmt.Errorf("fact %s never has the value %q", w.Fact, v)
		}
	}
	return nil
}

// permits reports whether the fact can have the value.
func (f *Fact) permits(value string, types *event.Schemas) bool {
	if value == f.Default {
		return true
	}
	if f.Holds != "" {
		return value == "true" || value == "false"
	}
	return slices.ContainsFunc(f.Types, func(name string) bool {
		t, ok := types.Type(name)
		return ok && t.Permits(f.Field, value)
	})
}

func (c *Catalogue) validateLimit(l *Limit) error {
	units := 0
	for _, set := range []bool{l.ByClock(), l.SameDay, l.Days != 0, l.BusinessDays != 0, l.CalendarDays != 0, l.Months != 0, l.On != 0} {
		if set {
			units++
		}
	}
	if units != 1 || l.Hours < 0 || l.Minutes < 0 || l.Seconds < 0 || l.Days < 0 || l.BusinessDays < 0 || l.CalendarDays < 0 || l.Months < 0 {
		return errors.New("limit: give exactly one of hours (minutes, seconds), same_day, days, business_days, calendar_days, months, on, and none below zero")
	}
	needs := l.Days != 0 || l.BusinessDays != 0
	if l.Calendar == "" && !needs {
		return nil
	}
	if c.Calendars[l.Calendar] == nil {
		return fmt.Errorf("limit: unknown calendar %q", l.Calendar)
	}
	return nil
}

func (c *Catalogue) validatePattern(p *Pattern) error {
	for _, m := range p.Matches {
		if _, ok := c.Events.Type(m.Type); !ok {
			return fmt.Errorf("unknown event type %q", m.Type)
		}
		for _, f := range m.Fields {
			if err := c.validateField(m.Type, f.Name, f.Values); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Catalogue) validateField(eventType, field string, values []string) error {
	t, ok := c.Events.Type(eventType)
	if !ok {
		return fmt.Errorf("unknown event type %q", eventType)
	}
	return permits(t, field, values)
}

func permits(t *event.Type, field string, values []string) error {
	if !t.HasField(field) {
		return fmt.Errorf("event type %s has no field %q", t.Name, field)
	}
	for _, v := range values {
		if !t.Permits(field, v) {
			return fmt.Errorf("field %s of event type %s never has the value %q", field, t.Name, v)
		}
	}
	return nil
}

func (c *Catalogue) hasRegime(id string) bool {
	for _, d := range c.Duties {
		if slices.ContainsFunc(d.Regimes, func(r *Regime) bool { return r.ID == id }) {
			return true
		}
	}
	return false
}

// validateInstance refuses a duty that tells its obligations apart by a field
// that its events do not have.
func (c *Catalogue) validateInstance(d *Duty, r *Regime) error {
	if d.IsCaseInstance() {
		return nil
	}
	for _, m := range slices.Concat(d.Starts(r).Matches, d.Fulfils(r).Matches) {
		if err := c.validateField(m.Type, d.Instance, nil); err != nil {
			return fmt.Errorf("instance: %w", err)
		}
	}
	return nil
}

// validateSuccession refuses two regimes that could judge one obligation at
// once, and dates between the first and the last regime without any.
func (d *Duty) validateSuccession() []error {
	var errs []error
	for i, a := range d.Regimes {
		for j, b := range d.Regimes[:i] {
			if overlap(a, b) && exclusive(a, b) == "" && !slices.Contains(a.Overrides, b.ID) && !slices.Contains(b.Overrides, a.ID) {
				errs = append(errs, d.errorAt(fmt.Sprintf("regimes[%d]", i),
					"regimes %s and %s (number %d) overlap: part them by dates or conditions, or let one override the other", a.ID, b.ID, j+1))
			}
		}
	}
	byStart := slices.SortedFunc(slices.Values(d.Regimes), func(a, b *Regime) int { return int(a.From - b.From) })
	for i := 1; i < len(byStart); i++ {
		covered := false
		var last Date
		for _, r := range byStart[:i] {
			covered = covered || !r.Ends || r.To >= byStart[i].From-1
			last = max(last, r.To)
		}
		if !covered {
			errs = append(errs, d.errorAt("regimes", "gap: no regime from %s to %s (regimes: %s)", last+1, byStart[i].From-1, d.allRegimes()))
		}
	}
	return errs
}

func overlap(a, b *Regime) bool {
	return (!a.Ends || a.To >= b.From) && (!b.Ends || b.To >= a.From)
}

// exclusive names a fact on which two regimes ask for values that exclude each
// other, or "".
func exclusive(a, b *Regime) string {
	for _, x := range a.When {
		for _, y := range b.When {
			if x.Fact == y.Fact && !slices.ContainsFunc(x.Values, func(v string) bool { return slices.Contains(y.Values, v) }) {
				return x.Fact
			}
		}
	}
	return ""
}

// Select returns the regimes of a duty that judge a clock starting on a date
// under some facts, with those gone that another of them overrides.
func (c *Catalogue) Select(d *Duty, on Date, facts Facts) []*Regime {
	read := func(name string) string { return d.FactFor(name, facts, c.Facts) }
	var in []*Regime
	for _, r := range d.Regimes {
		if r.InForce(on) && r.Applies(read) {
			in = append(in, r)
		}
	}
	return slices.DeleteFunc(slices.Clone(in), func(r *Regime) bool {
		return slices.ContainsFunc(in, func(o *Regime) bool { return slices.Contains(o.Overrides, r.ID) })
	})
}
