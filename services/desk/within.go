package desk

import "amparo/pipeline/store"

// Within is the part of a board that a reader may see: institutions for which holds
// answers true. What is of no single institution, such as curves and movements, is not in
// it.
func (b *Board) Within(holds func(place, institution string) bool) *Board {
	out := &Board{AsOf: b.AsOf, Choice: b.Choice, cat: b.cat, grouping: b.grouping}
	for _, o := range b.Offices {
		if holds(o.Province, o.Institution) {
			out.Offices = append(out.Offices, o)
		}
	}
	out.Standing = make([]store.Standing, 0)
	for _, n := range b.Standing {
		if holds(n.Province, n.Institution) {
			out.Standing = append(out.Standing, n)
		}
	}
	return out
}
