package law

import (
	"slices"
	"strings"

	"amparo/schemas/event"
)

// A Match describes events: a type, and fields that must have one of some
// values.
type Match struct {
	Type   string
	Fields []FieldIs
	// Need is the requirement that the event serves, where a pattern asks for
	// several: events of one number stand in for each other.
	Need int
}

// A FieldIs asks that a field of the data has, or where it is a list contains,
// one of the values; or, with Not, that it is silent or says something else.
type FieldIs struct {
	Name   string
	Values []string
	Not    bool
}

// holds reports whether the event's data are as asked.
func (f *FieldIs) holds(e *event.Event) bool {
	return f.Not != slices.ContainsFunc(f.Values, func(v string) bool { return e.Data.Holds(f.Name, v) })
}

// Matches reports whether the event is described.
func (m *Match) Matches(e *event.Event) bool {
	if e.Type != m.Type {
		return false
	}
	for i := range m.Fields {
		if !m.Fields[i].holds(e) {
			return false
		}
	}
	return true
}

// String says which events are described.
func (m *Match) String() string {
	var text strings.Builder
	text.WriteString(m.Type)
	for _, f := range m.Fields {
		is := "="
		if f.Not {
			is = "≠"
		}
		text.WriteString(" " + f.Name + is + strings.Join(f.Values, "|"))
	}
	return text.String()
}

// A Pattern is a set of matches of which any one suffices, or all are needed.
type Pattern struct {
	Matches []Match
	All     bool
}

// Any reports whether the event is described by one of the matches.
func (p *Pattern) Any(e *event.Event) bool {
	for i := range p.Matches {
		if p.Matches[i].Matches(e) {
			return true
		}
	}
	return false
}

// Requirements are the parts of a pattern that must each be fulfilled: one,
// unless all are needed.
func (p *Pattern) Requirements() []Pattern {
	if !p.All {
		return []Pattern{*p}
	}
	var parts []Pattern
	for _, m := range p.Matches {
		if m.Need == len(parts) {
			parts = append(parts, Pattern{})
		}
		parts[m.Need].Matches = append(parts[m.Need].Matches, m)
	}
	return parts
}

// String says which events a pattern means: "a b=c or d", "(a or b) and c".
func (p *Pattern) String() string { return p.Text(" or ", " and ") }

// Text is String with other words for or and and.
func (p *Pattern) Text(or, and string) string {
	var needs []string
	parts := p.Requirements()
	for _, part := range parts {
		var choices []string
		for i := range part.Matches {
			choices = append(choices, part.Matches[i].String())
		}
		need := strings.Join(choices, or)
		if len(parts) > 1 && len(choices) > 1 {
			need = "(" + need + ")"
		}
		needs = append(needs, need)
	}
	return strings.Join(needs, and)
}

// Types returns the event types of the pattern.
func (p *Pattern) Types() []string {
	var types []string
	for _, m := range p.Matches {
		if !slices.Contains(types, m.Type) {
			types = append(types, m.Type)
		}
	}
	return types
}
