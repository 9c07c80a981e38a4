package law

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"amparo/schemas/law/source"
)

// How lawyers write dates, conditions and events: short forms that read themselves.

// UnmarshalYAML reads YYYY-MM-DD.
func (d *Date) UnmarshalYAML(node ast.Node) error {
	text, err := source.Scalar(node)
	if err != nil {
		return err
	}
	if *d, err = ParseDate(text); err != nil {
		return source.Wrong(node, "%v", err)
	}
	return nil
}

// UnmarshalYAML reads MM-DD.
func (d *MonthDay) UnmarshalYAML(node ast.Node) error {
	text, err := source.Scalar(node)
	if err != nil {
		return err
	}
	if *d, err = ParseMonthDay(text); err != nil {
		return source.Wrong(node, "%v", err)
	}
	return nil
}

// NoShift is the key "shift", which has one value: none.
type NoShift bool

// UnmarshalYAML reads none.
func (s *NoShift) UnmarshalYAML(node ast.Node) error {
	if text, err := source.Scalar(node); err != nil || text != "none" {
		return source.Wrong(node, "shift is %s, expected none: without the key last days move to business days of the calendar", source.Found(node))
	}
	*s = true
	return nil
}

// UnmarshalYAML reads all, or conditions.
func (r *Release) UnmarshalYAML(node ast.Node) error {
	if text, err := source.Scalar(node); err == nil {
		if text != releasesAll {
			return source.Wrong(node, "releases is %q, expected %s, or a map of facts to values", text, releasesAll)
		}
		r.All = true
		return nil
	}
	var when Conditions
	err := when.UnmarshalYAML(node)
	r.When = when
	return err
}

// Conditions are facts and the values that they must have.
type Conditions []Condition

// UnmarshalYAML reads a map of fact to value or values.
func (c *Conditions) UnmarshalYAML(node ast.Node) error {
	fields, err := fieldsOf(node)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Not {
			return source.Wrong(node, "a condition lists the values that %s may have: not is for the fields of events", f.Name)
		}
		*c = append(*c, Condition{Fact: f.Name, Values: f.Values})
	}
	return nil
}

// UnmarshalYAML reads a flat map of field to value or values, of which type is one.
func (m *Match) UnmarshalYAML(node ast.Node) error {
	fields, err := fieldsOf(node)
	if err != nil {
		return err
	}
	for _, f := range fields {
		switch {
		case f.Name != "type":
			m.Fields = append(m.Fields, f)
		case len(f.Values) > 1 || f.Not:
			return source.Wrong(node, "an event pattern has one type, found %v: give each its own pattern", f.Values)
		default:
			m.Type = f.Values[0]
		}
	}
	if m.Type == "" {
		return source.Wrong(node, "an event pattern needs a type")
	}
	return nil
}

// matchesOf reads a list of event patterns.
func matchesOf(node ast.Node) (Matches, error) { return needsOf(node, false) }

// needsOf reads a list of event patterns of which, with all, each is needed; one
// that holds any is fulfilled by any of its own.
func needsOf(node ast.Node, all bool) (Matches, error) {
	list, isList := node.(*ast.SequenceNode)
	if !isList {
		return nil, source.Wrong(node, "expected a list of event patterns, found %s", source.Found(node))
	}
	var out Matches
	for need, value := range list.Values {
		if alternatives, ok := source.ValueOf(value, "any"); all && ok {
			matches, err := matchesOf(alternatives)
			if err != nil {
				return nil, err
			}
			for _, m := range matches {
				m.Need = need
				out = append(out, m)
			}
			continue
		}
		var m Match
		if err := m.UnmarshalYAML(value); err != nil {
			return nil, err
		}
		if all {
			m.Need = need
		}
		out = append(out, m)
	}
	return out, nil
}

// UnmarshalYAML reads a list of matches of which any suffices, or {any: …}, or
// {all: …}.
func (p *Pattern) UnmarshalYAML(node ast.Node) error {
	list := node
	if forms, isMap := node.(ast.MapNode); isMap {
		form := forms.MapRange()
		if !form.Next() {
			return source.Wrong(node, "expected a list of event patterns, any or all")
		}
		name := form.Key().GetToken().Value
		if name != "any" && name != "all" {
			return source.Wrong(form.Key(), "unknown key %q: expected a list of event patterns, any or all", name)
		}
		list, p.All = form.Value(), name == "all"
		if form.Next() {
			return source.Wrong(form.Key(), "give any or all, not both")
		}
	}
	matches, err := needsOf(list, p.All)
	p.Matches = matches
	return err
}

// fieldsOf reads a map of name to value or values, by name.
func fieldsOf(node ast.Node) ([]FieldIs, error) {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return nil, source.Wrong(node, "expected a map of names to a value or a list of values, found %s", source.Found(node))
	}
	var out []FieldIs
	for each := entries.MapRange(); each.Next(); {
		value, not := source.ValueOf(each.Value(), "not")
		if !not {
			value = each.Value()
		}
		values, err := source.Scalars(value)
		if err != nil {
			return nil, err
		}
		out = append(out, FieldIs{Name: each.Key().GetToken().Value, Values: values, Not: not})
	}
	if len(out) == 0 {
		return nil, source.Wrong(node, "the map is empty: say something in it or leave it out")
	}
	slices.SortFunc(out, func(a, b FieldIs) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// UnmarshalYAML reads a list of flat maps.
func (m *Matches) UnmarshalYAML(node ast.Node) error {
	list, err := matchesOf(node)
	*m = list
	return err
}
