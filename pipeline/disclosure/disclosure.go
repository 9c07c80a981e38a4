// Package disclosure decides which counts may leave the house. A small group is
// hidden, and so much beside it that no one can compute it from the totals.
//
// It is pure: the same cells give the same answer, and no argument can lower
// the floor.
package disclosure

import (
	"cmp"
	"slices"
)

const (
	// Floor is the smallest group of which anything is shown.
	Floor = 10
	// Uniform is the smallest group that is shown when all in it share one
	// outcome: to know the group is then to know the outcome of each member.
	Uniform = 30
	// Step is what shown counts are rounded to.
	Step = 5
)

// A Cell is one share of a table: of those that had fallen due at a place, how
// many were done in time.
type Cell struct {
	Place    string
	Due, Met uint64
}

// safe reports whether a group may be shown: the group, those in time and those
// not in time are each nobody or at least Floor, and no small group is uniform.
func (c Cell) safe() bool {
	failed := c.Due - c.Met
	switch {
	case c.Due == 0:
		return true
	case c.Met == 0 || failed == 0:
		return c.Due >= Uniform
	}
	return c.Met >= Floor && failed >= Floor
}

func (c Cell) plus(other Cell) Cell {
	return Cell{Due: c.Due + other.Due, Met: c.Met + other.Met}
}

func (c Cell) rounded() Cell {
	return Cell{Place: c.Place, Due: round(c.Due), Met: round(c.Met)}
}

// round gives the nearest multiple of Step.
func round(n uint64) uint64 { return (n + Step/2) / Step * Step }

// Suppress returns the cells of a table that may be shown, rounded, in their
// order, and how many are hidden.
//
// The total of the table is taken to be known, and that of each block: a set of
// its places. What the hidden cells of one have together is then known as well,
// so they must be at least two, and together be a group that may be shown; the
// smallest of the others are hidden until they are. A place with nothing due is
// shown as zero.
func Suppress(cells []Cell, blocks ...[]string) (shown []Cell, hidden int) {
	hide := map[string]bool{}
	var all []string
	for _, c := range cells {
		all = append(all, c.Place)
		if !c.safe() {
			hide[c.Place] = true
		}
	}
	// By size, so that the smallest are hidden first.
	bySize := slices.SortedStableFunc(slices.Values(cells), func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Place, b.Place))
	})
	// A cell that is hidden for one set may be the only one of another, so all
	// are looked at until nothing more is hidden.
	sets := append(slices.Clone(blocks), all)
	for before := -1; before != len(hide); {
		before = len(hide)
		for _, set := range sets {
			protect(set, bySize, hide)
		}
	}
	for _, c := range cells {
		if !hide[c.Place] {
			shown = append(shown, c.rounded())
		}
	}
	return shown, len(hide)
}

// protect hides more cells of a set until none of the hidden can be computed
// from the set's total.
func protect(set []string, bySize []Cell, hide map[string]bool) {
	var together Cell
	n := 0
	for _, c := range bySize {
		if hide[c.Place] && slices.Contains(set, c.Place) {
			together, n = together.plus(c), n+1
		}
	}
	for _, c := range bySize {
		if n == 0 || n >= 2 && together.safe() {
			return
		}
		if c.Due > 0 && !hide[c.Place] && slices.Contains(set, c.Place) {
			hide[c.Place] = true
			together, n = together.plus(c), n+1
		}
	}
}

// Blocks splits places into those whose sum can be known from the totals of
// groups. A place may lie in several groups; a block is what is left when groups
// that share a place are taken as one.
func Blocks(groupsOf map[string][]string) [][]string {
	leader := map[string]string{}
	var find func(string) string
	find = func(group string) string {
		if next, ok := leader[group]; ok && next != group {
			return find(next)
		}
		return group
	}
	for _, groups := range groupsOf {
		for _, group := range groups {
			leader[find(group)] = find(groups[0])
		}
	}
	blocks := map[string][]string{}
	for place, groups := range groupsOf {
		key := ""
		if len(groups) > 0 {
			key = find(groups[0])
		}
		blocks[key] = append(blocks[key], place)
	}
	out := make([][]string, 0, len(blocks))
	for _, places := range blocks {
		slices.Sort(places)
		out = append(out, places)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}
