package disclosure

import "fmt"

// A Series is what is counted of one place month by month, and what of it anyone has been
// shown: each month by itself, and the twelve that end with it. Twelve months that end now
// and twelve that ended a month ago differ by two months: who knows one of them knows the
// other.
type Series struct {
	Months [][]uint64 // persons by outcome, the oldest month first
	// ShownMonth and ShownYear are of the month at the same place.
	ShownMonth, ShownYear []bool
}

// monthsOfYear is how many months a year holds.
const monthsOfYear = 12

// Pinned reports whether a hidden month of a series can be narrowed down to less than the
// floor by adding and subtracting what was shown of the place, now and before.
func (p Policy) Pinned(s Series) (bool, error) {
	if len(s.ShownMonth) != len(s.Months) || len(s.ShownYear) != len(s.Months) || len(s.Months) == 0 {
		return false, fmt.Errorf("%w: %d months, %d and %d said to be shown or not", ErrTable, len(s.Months), len(s.ShownMonth), len(s.ShownYear))
	}
	if p.HidesNothing() {
		return false, nil
	}
	for out := range s.Months[0] {
		if pinned, err := p.pinnedOutcome(s, out); pinned || err != nil {
			return pinned, err
		}
	}
	return false, nil
}

// Ties reports whether the last twelve months of a series, with the twelve shown before them
// that they overlap, tell of a hidden month: one that lies in these alone or in those. Their
// difference ties it to others of this place, and the sums over all places to theirs.
func (p Policy) Ties(s Series) bool {
	last := len(s.Months) - 1
	hidden := func(i int) bool {
		c := Cell{Parts: s.Months[i]}
		return !p.safe(&c) || s.published(i) && !s.ShownMonth[i]
	}
	for before := last - 1; before > last-monthsOfYear && before >= 0; before-- {
		if !s.ShownYear[before] {
			continue
		}
		for apart := range last - before {
			if old := before - monthsOfYear + 1 + apart; hidden(last-apart) || old >= 0 && hidden(old) {
				return !p.HidesNothing()
			}
		}
		return false
	}
	return false
}

func (p Policy) pinnedOutcome(s Series, out int) (bool, error) {
	unknown := map[int]int{} // the place of a hidden month among the unknowns
	for i := range s.Months {
		if !s.ShownMonth[i] {
			unknown[i] = len(unknown)
		}
	}
	system := System{Unknowns: len(unknown)}
	nobody := map[int]bool{} // a year that was shown says that nobody had this outcome
	for end := monthsOfYear - 1; end < len(s.Months); end++ {
		if !s.ShownYear[end] {
			continue
		}
		weights, left, all := make([]float64, len(unknown)), 0.0, uint64(0)
		for i := end - monthsOfYear + 1; i <= end; i++ {
			all += s.Months[i][out]
			if at, hidden := unknown[i]; hidden {
				weights[at], left = 1, left+float64(s.Months[i][out])
			}
		}
		system.Add(weights, left)
		for i := end - monthsOfYear + 1; i <= end && all == 0; i++ {
			nobody[i] = true
		}
	}
	ranges, err := system.Ranges()
	if err != nil {
		return false, fmt.Errorf("look at what was published before: %w", err)
	}
	for i, at := range unknown {
		if c := (Cell{Parts: s.Months[i]}); nobody[i] || p.safe(&c) && !s.published(i) {
			continue
		}
		if ranges[at].width() < float64(p.Floor())-tolerance {
			return true, nil
		}
	}
	return false, nil
}

// published reports whether a month, or a year that ends with it, could have been shown at all:
// what lies before the first publication is hidden for no reason.
func (s Series) published(month int) bool {
	for i := range month + 1 {
		if s.ShownMonth[i] || s.ShownYear[i] {
			return true
		}
	}
	return false
}
