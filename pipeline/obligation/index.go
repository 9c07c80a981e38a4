package obligation

import (
	"slices"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// An Index says where the events of each type stand among those of a subject.
type Index struct {
	slots map[string]int // of the types that were ever seen
	types []string       // by slot
	at    [][]int        // by slot
	used  []int          // slots of the types that the subject has
}

// fill makes it the index of some events.
func (x *Index) fill(events []event.Event) {
	if x.slots == nil {
		x.slots = map[string]int{}
	}
	for _, slot := range x.used {
		x.at[slot] = x.at[slot][:0]
	}
	x.used = x.used[:0]
	for i := range events {
		slot, seen := x.slots[events[i].Type]
		if !seen {
			slot = len(x.types)
			x.slots[events[i].Type] = slot
			x.types, x.at = append(x.types, events[i].Type), append(x.at, nil)
		}
		if len(x.at[slot]) == 0 {
			x.used = append(x.used, slot)
		}
		x.at[slot] = append(x.at[slot], i)
	}
}

// At returns where the events of a type stand, in order. It is part of the index.
func (x *Index) At(eventType string) []int {
	if slot, seen := x.slots[eventType]; seen {
		return x.at[slot]
	}
	return nil
}

// Of returns where the events of the matches' types stand, in order. It may be part
// of the index.
func (x *Index) Of(matches []law.Match) []int {
	var one, all []int
	for i := range matches {
		at := x.At(matches[i].Type)
		if len(at) == 0 || slices.ContainsFunc(matches[:i], func(m law.Match) bool { return m.Type == matches[i].Type }) {
			continue
		}
		if one == nil {
			one = at // Of several types a case mostly has one.
			continue
		}
		if all == nil {
			all = slices.Clone(one)
		}
		all = append(all, at...)
	}
	if all == nil {
		return one
	}
	slices.Sort(all)
	return all
}

// Concerns are the numbers of what events of each type concern: of duties that they
// can start, of indicators to which they can add. A case has few of all types, so
// that it need not be held against every one.
type Concerns map[string][]int

// Add notes that events of the matches' types concern a number.
func (c Concerns) Add(number int, matches []law.Match) {
	for i := range matches {
		c.add(number, matches[i].Type)
	}
}

func (c Concerns) add(number int, eventType string) {
	if !slices.Contains(c[eventType], number) {
		c[eventType] = append(c[eventType], number)
	}
}

// Of are the numbers that the events of an index concern, in order, each once, in
// the memory of an earlier answer.
func (c Concerns) Of(x *Index, room []int) []int {
	room = room[:0]
	for _, slot := range x.used {
		room = append(room, c[x.types[slot]]...)
	}
	slices.Sort(room)
	return slices.Compact(room)
}

// startedBy says which duties events can start.
func startedBy(cat *law.Catalogue) Concerns {
	c := Concerns{}
	for n, d := range cat.Duties {
		switch {
		case d.NeverARow:
		case d.Every != "":
			c.add(n, cat.UnitReport)
		case d.Repeats:
			c.Add(n, d.StartsOn.Matches)
		default:
			for _, r := range d.Regimes {
				c.Add(n, d.Starts(r).Matches)
			}
		}
	}
	return c
}
