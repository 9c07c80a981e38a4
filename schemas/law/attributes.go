package law

import "slices"

// Attribute is a number that the catalogue knows of a place: of itself, else of
// its province, else of its department.
func (c *Catalogue) Attribute(name, place string) (float64, bool) {
	of := c.Attributes[name]
	for n := len(place); n >= 2; n -= 2 {
		if v, ok := of[place[:n]]; ok {
			return v, true
		}
	}
	return 0, false
}

// HasAttribute reports whether the catalogue has the attribute.
func (c *Catalogue) HasAttribute(name string) bool {
	_, ok := c.Attributes[name]
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
