package law

import "slices"

// Select returns the regimes of a duty that judge a clock starting on a date
// under some facts, with those gone that another of them overrides. For a register
// duty the date is the first one of its period.
func (c *Catalogue) Select(d *Duty, on Date, facts Facts) []*Regime {
	read := func(name string) string { return d.FactFor(name, facts, c.Facts) }
	var in []*Regime
	for _, r := range d.Regimes {
		inForce := r.InForce(on)
		if d.Every != "" {
			inForce = d.InForceFor(r, on)
		}
		if inForce && r.Applies(read) {
			in = append(in, r)
		}
	}
	return slices.DeleteFunc(slices.Clone(in), func(r *Regime) bool {
		return slices.ContainsFunc(in, func(o *Regime) bool { return slices.Contains(o.Overrides, r.ID) })
	})
}
