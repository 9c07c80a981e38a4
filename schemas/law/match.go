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
}

// A FieldIs asks that a field of the data has, or where it is a list contains,
// one of the values.
type FieldIs struct {
	Name   string
	Values []string
}

// Matches reports whether the event is described.
func (m *Match) Matches(e *event.Event) bool {
	if e.Type != m.Type {
		return false
	}
	for _, f := range m.Fields {
		if !slices.ContainsFunc(f.Values, func(v string) bool { return e.Data.Holds(f.Name, v) }) {
			return false
		}
	}
	return true
}

// String says which events are described.
func (m *Match) String() string {
	text := m.Type
	for _, f := range m.Fields {
		text += " " + f.Name + "=" + strings.Join(f.Values, "|")
	}
	return text
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
