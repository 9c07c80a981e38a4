package law

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// readAttributes reads attributes.csv: the column code, then one column an
// attribute of places, a number or empty. The table is optional.
func (c *Catalogue) readAttributes(fsys fs.FS) error {
	c.attributes = map[string]map[string]float64{}
	rows, err := readCSV(fsys, "attributes.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	header := rows[0]
	if header[0] != "code" || len(header) < 2 {
		return fmt.Errorf("attributes.csv:1: expected the column code and at least one attribute")
	}
	for _, name := range header[1:] {
		c.attributes[name] = map[string]float64{}
	}
	for i, row := range rows[1:] {
		if c.Places == nil || !c.Places.Known(row[0]) {
			return fmt.Errorf("attributes.csv:%d: unknown place %q", i+2, row[0])
		}
		for j, name := range header[1:] {
			if row[j+1] == "" {
				continue
			}
			v, err := strconv.ParseFloat(row[j+1], 64)
			if err != nil {
				return fmt.Errorf("attributes.csv:%d: %s is %q, expected a number", i+2, name, row[j+1])
			}
			c.attributes[name][row[0]] = v
		}
	}
	return nil
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
