package law

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// readPlaces reads places.csv (code,name, then one column a grouping) and, where
// it exists, districts.csv (code,name). It returns nil without places.csv.
func readPlaces(fsys fs.FS) (*Places, error) {
	rows, err := readCSV(fsys, "places.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	header := rows[0]
	if len(header) < 3 || header[0] != "code" || header[1] != "name" {
		return nil, fmt.Errorf("places.csv:1: expected the columns code, name and at least one grouping")
	}
	p := &Places{Groupings: header[2:], names: map[string]string{}, regions: map[string]map[string]string{}}
	for _, g := range p.Groupings {
		p.regions[g] = map[string]string{}
	}
	for i, row := range rows[1:] {
		if err := p.addPlace(row); err != nil {
			return nil, fmt.Errorf("places.csv:%d: %w", i+2, err)
		}
	}
	slices.Sort(p.codes)
	districts, err := readCSV(fsys, "districts.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	for i, row := range districts[1:] {
		if len(row[0]) != 6 || !p.Known(row[0][:4]) {
			return nil, fmt.Errorf("districts.csv:%d: %q is not a district of a known province", i+2, row[0])
		}
		p.names[row[0]] = row[1]
	}
	return p, nil
}

func (p *Places) addPlace(row []string) error {
	code := row[0]
	switch {
	case len(code) == 2:
		p.codes = append(p.codes, code)
	case len(code) != 4:
		return fmt.Errorf("%q is neither a department (2 digits) nor a province (4)", code)
	case !p.Known(code[:2]):
		return fmt.Errorf("province %s stands before its department", code)
	}
	if p.Known(code) {
		return fmt.Errorf("place %s is listed twice", code)
	}
	p.names[code] = row[1]
	for i, g := range p.Groupings {
		if row[2+i] == "" {
			return fmt.Errorf("place %s has no region under %s", code, g)
		}
		p.regions[g][code] = row[2+i]
	}
	return nil
}

func readCSV(fsys fs.FS, name string) ([][]string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // Read only.
	r := csv.NewReader(f)
	r.ReuseRecord = false
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, row)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s: the table is empty", name)
	}
	return rows, nil
}
