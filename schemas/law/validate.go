package law

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"amparo/schemas/event"
)

// validate checks what the parts of the catalogue say of each other and returns
// all errors at once.
func (c *Catalogue) validate() error {
	found := findings{file: headFile, lines: c.line}
	c.validateHead(found.report)
	errs := found.errs
	owner := map[string]*Duty{} // of each regime
	for _, d := range c.Duties {
		found := findings{file: d.File, lines: d.line}
		c.validateDuty(d, &found)
		for i, r := range d.Regimes {
			if other := owner[r.ID]; other != nil && other != d {
				found.report(item("regimes", i)+".id", "regime %s is also in duty %s", r.ID, other.ID)
			}
			owner[r.ID] = d
		}
		errs = append(errs, found.errs...)
	}
	return errors.Join(errs...)
}

// validateHead checks what catalogue.yaml says of events.
func (c *Catalogue) validateHead(report report) {
	if c.Title != (Text{}) {
		c.checkText(report, "title", c.Title)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		c.validateFact(c.Facts[name], report.below("facts."+name).about("fact "+name))
	}
	for i, v := range c.VoidedBy {
		c.validateVoiding(v, report.below(item("voided_by", i)))
	}
	for _, role := range []struct {
		key, event string
		fields     []string // that the program reads in such an event
	}{
		{"case_start", c.CaseStart, nil},
		{"retraction", c.Retraction, []string{"source", "id"}},
		{"unit_report", c.UnitReport, []string{"kind"}},
		{"observation", c.Observation, []string{"kind", "code"}},
	} {
		if role.event == "" {
			continue
		}
		report.err(role.key, c.validateType(role.event))
		for _, field := range role.fields {
			if t, ok := c.Events.Type(role.event); ok && !t.HasField(field) {
				report(role.key, "event type %s has no field %q", role.event, field)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.FirstOnly)) {
		report.err("first_only", c.validateType(name))
	}
	for _, bearer := range slices.Sorted(maps.Keys(c.kinds)) {
		c.validateKinds([]string{bearer}, "kinds."+bearer, report)
		c.validateKinds(c.kinds[bearer], "kinds."+bearer, report)
	}
}

func (c *Catalogue) validateFact(f *Fact, report report) {
	if _, taken := (&Example{}).keys()[f.Name]; taken {
		report("", "the name is a key of examples, which could not state the fact")
	}
	if len(f.Types) == 0 && f.StartField == "" {
		report("", "say in first or last of which events it is, or in start_field")
	}
	has := func(name string) bool { return c.validateField(name, f.StartField, nil) == nil }
	if f.StartField != "" && !slices.ContainsFunc(c.Events.Names(), has) {
		report("start_field", "no event type has the field %q", f.StartField)
	}
	of := "first"
	if f.Last {
		of = "last"
	}
	for i, name := range f.Types {
		err := c.validateType(name)
		report.err(item(of, i), err)
		if err == nil {
			err = c.validateField(name, f.Field, nil)
			report.err("field", err)
		}
		if err == nil && f.Holds != "" {
			report.err("holds", c.validateField(name, f.Field, []string{f.Holds}))
		}
	}
	yesOrNo := []string{"true", "false"}
	if slices.Equal(f.values(c.Events), yesOrNo) && !slices.Contains(yesOrNo, f.Default) {
		report("default", "the fact is true or false, its default is %q", f.Default)
	}
}

func (c *Catalogue) validateVoiding(v Voiding, report report) {
	if err := c.validateType(v.Type); err != nil {
		report.err("type", err)
		return
	}
	if v.Scope == InstanceCase {
		return
	}
	if err := c.validateField(v.Type, v.Scope, nil); err != nil {
		report("scope", "scope: expected case or a field: %w", err)
	}
}

func (c *Catalogue) validateType(name string) error {
	if _, ok := c.Events.Type(name); !ok {
		return fmt.Errorf("unknown event type %q", name)
	}
	return nil
}

func (c *Catalogue) validateKinds(kinds []string, path string, report report) {
	for _, kind := range kinds {
		if !c.isKind(kind) {
			report(path, "unknown kind of institution %q", kind)
		}
	}
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
	values := f.values(types)
	return value == f.Default || values == nil || slices.Contains(values, value)
}

// values lists what the fact can be beside its default, or nil where a schema
// leaves that open.
func (f *Fact) values(types *event.Schemas) []string {
	if f.Holds != "" {
		return []string{"true", "false"}
	}
	var values []string
	for _, name := range f.Types {
		t, ok := types.Type(name)
		if !ok || t.Values(f.Field) == nil {
			return nil
		}
		for _, v := range t.Values(f.Field) {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values
}

// validateMatches checks the events that a list of patterns describes. The
// report is that of the list.
func (c *Catalogue) validateMatches(list []Match, report report) {
	for i := range list {
		at := item("", i)
		if list[len(list)-1].Need > 0 { // of several requirements
			at = item("", list[i].Need)
			of := func(m Match) bool { return m.Need == list[i].Need }
			if first := slices.IndexFunc(list, of); slices.ContainsFunc(list[first+1:], of) {
				at = item(at+".any", i-first)
			}
		}
		c.validateMatch(&list[i], report.below(at))
	}
}

func (c *Catalogue) validateMatch(m *Match, report report) {
	if err := c.validateType(m.Type); err != nil {
		report.err("type", err)
		return
	}
	for _, f := range m.Fields {
		report.err(f.Name, c.validateField(m.Type, f.Name, f.Values))
	}
}

// validateField refuses a field that an event type does not have, and values
// that it never has there.
func (c *Catalogue) validateField(eventType, field string, values []string) error {
	t, ok := c.Events.Type(eventType)
	if !ok {
		return fmt.Errorf("unknown event type %q", eventType)
	}
	if !t.HasField(field) {
		return fmt.Errorf("event type %s has no field %q", t.Name, field)
	}
	for _, v := range values {
		if !t.Permits(field, v) {
			return fmt.Errorf("field %s of event type %s never has the value %q: expected one of %v", field, t.Name, v, t.Values(field))
		}
	}
	return nil
}

// Select returns the regimes of a duty that judge a clock starting on a date
// under some facts, with those gone that another of them overrides. For a register
// duty the date is the first one of its period.
func (c *Catalogue) Select(d *Duty, on Date, facts Facts) []*Regime {
	read := func(name string) string { return d.FactFor(name, facts, c.Facts) }
	var in []*Regime
	for _, r := range d.Regimes {
		inForce := r.InForce(on)
		if d.Every != "" {
			inForce = d.InForceFor(r, on)
		}
		if inForce && r.Applies(read) {
			in = append(in, r)
		}
	}
	return slices.DeleteFunc(slices.Clone(in), func(r *Regime) bool {
		return slices.ContainsFunc(in, func(o *Regime) bool { return slices.Contains(o.Overrides, r.ID) })
	})
}
