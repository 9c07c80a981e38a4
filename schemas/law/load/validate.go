package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"amparo/schemas/event"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// validate checks what the parts of the catalogue say of each other and returns
// all errors at once.
func (c *loader) validate() error {
	found := source.Findings{File: headFile, Lines: c.head}
	c.validateHead(found.Report)
	errs := found.Errs
	owner := map[string]*law.Duty{} // of each regime
	steps := map[int]*law.Duty{}
	for _, d := range c.Duties {
		found := source.Findings{File: d.File, Lines: c.lines[d], Errs: c.chosen(d.File)}
		c.validateDuty(d, &found)
		for i, r := range d.Regimes {
			if other := owner[r.ID]; other != nil && other != d {
				found.Report(source.Item("regimes", i)+".id", "regime %s is also in duty %s", r.ID, other.ID)
			}
			owner[r.ID] = d
		}
		if other := steps[d.Step]; d.Step < 0 {
			found.Report("step", "step is %d, expected none below zero", d.Step)
		} else if d.Step > 0 && other != nil {
			found.Report("step", "step %d is also that of duty %s", d.Step, other.ID)
		}
		steps[d.Step] = d
		errs = append(errs, found.Errs...)
	}
	return errors.Join(errs...)
}

// validateHead checks what catalogue.yaml says of events.
func (c *loader) validateHead(report source.Report) {
	if c.Title != (law.Text{}) {
		c.checkText(report, "title", c.Title)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		c.validateFact(c.Facts[name], report.Below("facts."+name).About("fact "+name))
	}
	for i, v := range c.VoidedBy {
		c.validateVoiding(v, report.Below(source.Item("voided_by", i)))
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
		report.Err(role.key, c.validateType(role.event))
		for _, field := range role.fields {
			if t, ok := c.Events.Type(role.event); ok && !t.HasField(field) {
				report(role.key, "event type %s has no field %q", role.event, field)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.FirstOnly)) {
		report.Err("first_only", c.validateType(name))
	}
	for _, bearer := range slices.Sorted(maps.Keys(c.Kinds)) {
		c.validateKinds([]string{bearer}, "kinds."+bearer, report)
		c.validateKinds(c.Kinds[bearer], "kinds."+bearer, report)
	}
}

func (c *loader) validateFact(f *law.Fact, report source.Report) {
	if _, taken := exampleKeys(&law.Example{})[f.Name]; taken {
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
		report.Err(source.Item(of, i), err)
		if err == nil {
			err = c.validateField(name, f.Field, nil)
			report.Err("field", err)
		}
		if err == nil && f.Holds != "" {
			report.Err("holds", c.validateField(name, f.Field, []string{f.Holds}))
		}
	}
	yesOrNo := []string{"true", "false"}
	if slices.Equal(valuesOf(f, c.Events), yesOrNo) && !slices.Contains(yesOrNo, f.Default) {
		report("default", "the fact is true or false, its default is %q", f.Default)
	}
}

func (c *loader) validateVoiding(v law.Voiding, report source.Report) {
	if err := c.validateType(v.Type); err != nil {
		report.Err("type", err)
		return
	}
	if v.Scope == law.InstanceCase {
		return
	}
	if err := c.validateField(v.Type, v.Scope, nil); err != nil {
		report("scope", "scope: expected case or a field: %w", err)
	}
}

func (c *loader) validateType(name string) error {
	if _, ok := c.Events.Type(name); !ok {
		return fmt.Errorf("unknown event type %q", name)
	}
	return nil
}

func (c *loader) validateKinds(kinds []string, path string, report source.Report) {
	for _, kind := range kinds {
		if !c.isKind(kind) {
			report(path, "unknown kind of institution %q", kind)
		}
	}
}

// isKind reports whether an institution can be of the kind. A catalogue whose
// events name no kinds allows any.
func (c *loader) isKind(kind string) bool {
	for _, name := range c.Events.Names() {
		if t, _ := c.Events.Type(name); t.HasField("institution_kind") {
			return t.Permits("institution_kind", kind)
		}
	}
	return true
}

// validateCondition refuses a condition that no event could ever meet.
func (c *loader) validateCondition(w law.Condition) error {
	f := c.Facts[w.Fact]
	if f == nil {
		return fmt.Errorf("unknown fact %q", w.Fact)
	}
	for _, v := range w.Values {
		if !permits(f, v, c.Events) {
			return fmt.Errorf("fact %s never has the value %q", w.Fact, v)
		}
	}
	return nil
}

// permits reports whether the fact can have the value.
func permits(f *law.Fact, value string, types *event.Schemas) bool {
	values := valuesOf(f, types)
	return value == f.Default || values == nil || slices.Contains(values, value)
}

// values lists what the fact can be beside its default, or nil where a schema
// leaves that open.
func valuesOf(f *law.Fact, types *event.Schemas) []string {
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
func (c *loader) validateMatches(list []law.Match, report source.Report) {
	for i := range list {
		at := source.Item("", i)
		if list[len(list)-1].Need > 0 { // of several requirements
			at = source.Item("", list[i].Need)
			of := func(m law.Match) bool { return m.Need == list[i].Need }
			if first := slices.IndexFunc(list, of); slices.ContainsFunc(list[first+1:], of) {
				at = source.Item(at+".any", i-first)
			}
		}
		c.validateMatch(&list[i], report.Below(at))
	}
}

func (c *loader) validateMatch(m *law.Match, report source.Report) {
	if err := c.validateType(m.Type); err != nil {
		report.Err("type", err)
		return
	}
	for _, f := range m.Fields {
		report.Err(f.Name, c.validateField(m.Type, f.Name, f.Values))
	}
}

// validateField refuses a field that an event type does not have, and values
// that it never has there.
func (c *loader) validateField(eventType, field string, values []string) error {
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
