package law

import (
	"maps"
	"slices"
)

// Places are the places of a catalogue: departments (2 digits), provinces (4)
// and districts (6), and the region of each under every grouping.
type Places struct {
	Groupings []string // in file order; the first is the default
	names     map[string]string
	regions   map[string]map[string]string // grouping → code → region
	codes     []string                     // departments, sorted
}

// NewPlaces is no place yet, under some groupings.
func NewPlaces(groupings []string) *Places {
	p := &Places{Groupings: groupings, names: map[string]string{}, regions: map[string]map[string]string{}}
	for _, g := range groupings {
		p.regions[g] = map[string]string{}
	}
	return p
}

// Add adds a place with its regions, one a grouping; a district has none.
func (p *Places) Add(code, name string, regions ...string) {
	p.names[code] = name
	for i, region := range regions {
		p.regions[p.Groupings[i]][code] = region
	}
	if len(code) == 2 {
		p.codes = append(p.codes, code)
		slices.Sort(p.codes)
	}
}

// NoDepartment is the department of events in a catalogue without places.
const NoDepartment = "00"

// Known reports whether the code is a place.
func (p *Places) Known(code string) bool {
	_, ok := p.names[code]
	return ok
}

// Name returns the place's name, or its code where it has none.
func (p *Places) Name(code string) string {
	if p != nil && p.names[code] != "" {
		return p.names[code]
	}
	return code
}

// Departments returns the codes of all departments, sorted.
func (p *Places) Departments() []string {
	if p == nil {
		return []string{NoDepartment}
	}
	return p.codes
}

// Department returns the department of a place.
func (p *Places) Department(code string) string {
	if len(code) < 2 {
		return NoDepartment
	}
	return code[:2]
}

// Region returns the region of a place under a grouping: that of its province,
// else that of its department. "" where the catalogue has no places.
func (p *Places) Region(grouping, code string) string {
	if p == nil {
		return ""
	}
	of := p.regions[grouping]
	if len(code) >= 4 {
		if r, ok := of[code[:4]]; ok {
			return r
		}
	}
	if len(code) >= 2 {
		return of[code[:2]]
	}
	return ""
}

// Reaches reports whether any part of a department lies in a region.
func (p *Places) Reaches(grouping, department, region string) bool {
	if p == nil {
		return false
	}
	for code, r := range p.regions[grouping] {
		if r == region && code[:2] == department {
			return true
		}
	}
	return false
}

// ByRegion gives the region of each province and department under a grouping.
func (p *Places) ByRegion(grouping string) map[string]string {
	if p == nil {
		return nil
	}
	return maps.Clone(p.regions[grouping])
}

// Regions returns the regions of a grouping, sorted.
func (p *Places) Regions(grouping string) []string {
	if p == nil {
		return nil
	}
	var out []string
	for _, r := range p.regions[grouping] {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// HasGrouping reports whether the grouping exists.
func (p *Places) HasGrouping(grouping string) bool {
	return p != nil && slices.Contains(p.Groupings, grouping)
}
