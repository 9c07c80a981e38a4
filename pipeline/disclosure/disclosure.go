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
// The total of the table is taken to be known. What the hidden cells have
// together is then known as well, so they must be at least two, and together be
// a group that may be shown; the smallest of the others are hidden until they
// are. A place with nothing due is shown as zero.
func Suppress(cells []Cell) (shown []Cell, hidden int) {
	var (
		hide      = map[string]bool{}
		together  Cell
		candidate []Cell
	)
	for _, c := range cells {
		switch {
		case !c.safe():
			hide[c.Place], together = true, together.plus(c)
		case c.Due > 0:
			candidate = append(candidate, c)
		}
	}
	slices.SortStableFunc(candidate, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Place, b.Place))
	})
	for _, c := range candidate {
		if len(hide) == 0 || len(hide) >= 2 && together.safe() {
			break
		}
		hide[c.Place], together = true, together.plus(c)
	}
	for _, c := range cells {
		if !hide[c.Place] {
			shown = append(shown, c.rounded())
		}
	}
	return shown, len(hide)
}

// Blocks splits places into those whose sum can be known from the totals of
// groups. A place may lie in several groups; a block is what is left when groups
// that share a place are taken as one. Each block is a table of its own for
// Suppress.
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
