package desk

import "amparo/pipeline/disclosure"

type protectedKey struct {
	policy string
	duty   string
}

// Figures are the shares of a duty by place, of the month and the year, as a policy lets
// them be seen: persons who were done right by in time, then those who were not. Only a
// duty with one obligation a case counts persons; ask for no other. A board is protected once,
// since to protect is to solve.
func (b *Board) Figures(policy disclosure.Policy, duty string) (map[string]disclosure.Figure, error) {
	key := protectedKey{policy.Name(), duty}
	if held, ok := b.protected.Load(key); ok {
		return held.(map[string]disclosure.Figure), nil
	}
	figures, err := b.protect(policy, duty)
	if err == nil {
		b.protected.Store(key, figures)
	}
	return figures, err
}

func (b *Board) protect(policy disclosure.Policy, duty string) (map[string]disclosure.Figure, error) {
	type at struct{ department, region string }
	cells := map[at]*disclosure.Piece{}
	var order []at
	offices := b.of(duty)
	for i := range offices {
		o := &offices[i]
		k := at{b.cat.Places.Department(o.Province), b.cat.Places.Region(b.grouping, o.Province)}
		c := cells[k]
		if c == nil {
			c = &disclosure.Piece{Department: k.department, Region: k.region, Month: make([]uint64, 2), Year: make([]uint64, 2)}
			cells[k], order = c, append(order, k)
		}
		c.Month[0] += uint64(o.Month.Met)    //nolint:gosec // A count fits.
		c.Month[1] += uint64(o.Month.Failed) //nolint:gosec // This too.
		c.Year[0] += uint64(o.Year.Met)      //nolint:gosec // And this.
		c.Year[1] += uint64(o.Year.Failed)   //nolint:gosec // And this.
	}
	pieces := make([]disclosure.Piece, len(order))
	for i, k := range order {
		pieces[i] = *cells[k]
	}
	if len(pieces) == 0 {
		return nil, nil
	}
	return policy.Figures(disclosure.Places(pieces))
}
