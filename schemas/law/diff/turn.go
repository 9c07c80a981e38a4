package diff

import (
	"amparo/schemas/law"
	"cmp"
	"slices"
)

// A Turn is a date on which a regime begins, or from which on it has ended: a
// change of the law that trends should show.
type Turn struct {
	On     law.Date
	Begins bool // else it ended the day before
	Duty   *law.Duty
	Regime *law.Regime
}

// Change says in a word what happens: begins or ended.
func (t Turn) Change() string {
	if t.Begins {
		return "begins"
	}
	return "ended"
}

// Turns lists all changes of law in a catalogue by date. What comes first on a
// date is what ends.
func Turns(c *law.Catalogue) []Turn {
	var out []Turn
	for _, d := range c.Duties {
		for _, r := range d.Regimes {
			if !r.Always() {
				out = append(out, Turn{On: r.From, Begins: true, Duty: d, Regime: r})
			}
			if r.Ends {
				out = append(out, Turn{On: r.To + 1, Duty: d, Regime: r})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Turn) int {
		order := map[bool]int{false: 0, true: 1}
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(order[a.Begins], order[b.Begins]),
			cmp.Compare(a.Duty.ID, b.Duty.ID), cmp.Compare(a.Regime.ID, b.Regime.ID))
	})
	return out
}
