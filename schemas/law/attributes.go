package law

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strconv"
)

// readAttributes reads attributes.csv: the column code, then one column an
// attribute of places, a number or empty. The table is optional.
func (c *Catalogue) readAttributes(fsys fs.FS) error {
	c.attributes = map[string]map[string]float64{}
	t, err := readTable(fsys, attributesFile, []string{"code"}, "attribute")
	if t == nil {
		return err
	}
	for _, name := range t.header[1:] {
		c.attributes[name] = map[string]float64{}
	}
	seen := onlyOnce{}
	for _, row := range t.rows {
		code := row.cells[0]
		seen.check(row.report, "place", code)
		if c.Places == nil || !c.Places.Known(code) {
			row.report("", "unknown place %q", code)
		}
		for j, name := range t.header[1:] {
			text := row.cells[j+1]
			if text == "" {
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				row.report("", "%s is %q, expected a number", name, text)
			}
			c.attributes[name][code] = v
		}
	}
	return errors.Join(t.errs...)
}

// Attribute is a number that the catalogue knows of a place: of itself, else of
// its province, else of its department.
func (c *Catalogue) Attribute(name, place string) (float64, bool) {
	of := c.attributes[name]
	for n := len(place); n >= 2; n -= 2 {
		if v, ok := of[place[:n]]; ok {
			return v, true
		}
	}
	return 0, false
}

// HasAttribute reports whether the catalogue has the attribute.
func (c *Catalogue) HasAttribute(name string) bool {
	_, ok := c.attributes[name]
	return ok
}

// WithDigits returns the places whose codes have a length, sorted: 2 for
// departments, 4 for provinces, 6 for districts.
func (p *Places) WithDigits(n int) []string {
	if p == nil {
		return nil
	}
	var out []string
	for code := range p.names {
		if len(code) == n {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}
