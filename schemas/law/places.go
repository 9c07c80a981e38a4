package law

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Places are the places of a catalogue: departments (2 digits), provinces (4)
// and districts (6), and the region of each under every grouping.
type Places struct {
	Groupings []string // in file order; the first is the default
	names     map[string]string
	regions   map[string]map[string]string // grouping → code → region
	codes     []string                     // departments, sorted
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

// readPlaces reads places.csv (code, name, then one column a grouping) and, where
// it exists, districts.csv (code, name). Both are optional.
func (c *Catalogue) readPlaces(fsys fs.FS) error {
	t, err := readTable(fsys, placesFile, []string{"code", "name"}, "grouping")
	if t == nil {
		return err
	}
	p := &Places{Groupings: t.header[2:], names: map[string]string{}, regions: map[string]map[string]string{}}
	for _, g := range p.Groupings {
		p.regions[g] = map[string]string{}
	}
	for _, row := range t.rows {
		p.addPlace(row, c.words)
	}
	slices.Sort(p.codes)
	c.Places = p
	districts, err := readTable(fsys, districtsFile, []string{"code", "name"})
	if districts == nil {
		return errors.Join(append(t.errs, err)...)
	}
	for _, row := range districts.rows {
		code := row.cells[0]
		if !isDigits(code) || len(code) != 6 || !p.Known(code[:4]) {
			row.report("", "%q is not a district (6 digits) of a known province", code)
			continue
		}
		p.addName(row, code)
	}
	return errors.Join(append(t.errs, districts.errs...)...)
}

// addPlace adds a department or province. A region that has no word, where there
// are words, is taken for a misspelt one.
func (p *Places) addPlace(row tableRow, words map[string]Text) {
	code := row.cells[0]
	switch {
	case !isDigits(code) || len(code) != 2 && len(code) != 4:
		row.report("", "%q is neither a department (2 digits) nor a province (4)", code)
		return
	case len(code) == 2:
		p.codes = append(p.codes, code)
	case !p.Known(code[:2]):
		row.report("", "province %s stands before its department", code)
		return
	}
	p.addName(row, code)
	for i, g := range p.Groupings {
		region := row.cells[2+i]
		if region == "" {
			row.report("", "place %s has no region under %s", code, g)
		} else if _, known := words[region]; !known && len(words) > 0 {
			row.report("", "region %q has no word in %s: give it one, or is it misspelt?", region, wordsFile)
		}
		p.regions[g][code] = region
	}
}

func (p *Places) addName(row tableRow, code string) {
	if p.Known(code) {
		row.report("", "place %s is listed twice", code)
	}
	if row.cells[1] == "" {
		row.report("", "place %s has no name", code)
	}
	p.names[code] = row.cells[1]
}

func isDigits(code string) bool {
	return !strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' })
}
