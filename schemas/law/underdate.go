package law

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// UnderDate is the catalogue as if the regimes in force on a date had always
// been in force and always would be: what the law of that day would have asked.
// Duties without a regime on that day are gone, as are the overrides of regimes
// that are. The catalogue itself is not changed.
func (c *Catalogue) UnderDate(d Date) *Catalogue {
	under := c.variant(d.String())
	var duties []*Duty
	inForce := map[string]bool{}
	for _, duty := range c.Duties {
		for _, r := range duty.Regimes {
			if r.InForce(d) {
				inForce[r.ID] = true
			}
		}
	}
	for _, duty := range c.Duties {
		always := *duty
		always.Regimes, always.Examples = nil, nil // The examples state dates in force.
		for _, r := range duty.Regimes {
			if r.InForce(d) {
				always.Regimes = append(always.Regimes, r.always(inForce))
			}
		}
		if len(always.Regimes) > 0 {
			duties = append(duties, &always)
		}
	}
	under.SetDuties(duties)
	return under
}

// WithDays is the catalogue with plain "días" read as business or as calendar
// days. It is the catalogue itself where that is how it reads them.
func (c *Catalogue) WithDays(reading string) (*Catalogue, error) {
	switch days := DayReading(reading); days {
	case c.Days:
		return c, nil
	case BusinessDays, CalendarDays:
		with := c.variant(reading + "-days")
		with.Days = days
		return with, nil
	}
	return nil, fmt.Errorf("days are read as %q: expected %s or %s", reading, BusinessDays, CalendarDays)
}

// variant is a copy of the catalogue under a name and a hash of its own.
func (c *Catalogue) variant(name string) *Catalogue {
	other := *c
	sum := sha256.Sum256([]byte(c.Hash + "@" + name))
	other.Version, other.Hash = c.Version+"@"+name, hex.EncodeToString(sum[:])
	return &other
}

// always is the regime without dates in force; of what it overrides, only what
// is in force.
func (r *Regime) always(inForce map[string]bool) *Regime {
	out := *r
	out.From, out.To, out.Ends = firstDate, 0, false
	out.Overrides = slices.DeleteFunc(slices.Clone(r.Overrides), func(id string) bool { return !inForce[id] })
	return &out
}

// Always reports whether the regime is that of a catalogue under one date.
func (r *Regime) Always() bool { return r.From == firstDate }

// firstDate lies before every event.
const firstDate Date = -1 << 31
