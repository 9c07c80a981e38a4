// Package disclosure decides which counts may leave the house. A small group is
// hidden, and so much beside it that nobody can compute it from what is shown:
// not from a total, not from the hierarchy of places, not from a table that is
// linked with it.
//
// It is pure: the same table gives the same answer, and no argument can lower a
// floor. What is promised is what a solver of linear systems can find out: with
// all that is shown, and knowing that nobody is counted less than zero times,
// each outcome of a hidden cell can still be anything within a range at least as
// wide as the floor.
package disclosure

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Cell is one group of a table, as persons by outcome: those for whom a duty
// was met in time and those for whom it was not, say. A group that is only
// counted has one part.
type Cell struct {
	Key   string
	Parts []uint64
	// Unpublished cells are never shown. They say how others are linked.
	Unpublished bool
	// Withheld cells are hidden whatever they hold, since what was published before would
	// give something away with them.
	Withheld bool
}

// Persons is the size of the group.
func (c *Cell) Persons() uint64 {
	var n uint64
	for _, part := range c.Parts {
		n += part
	}
	return n
}

// A Sum says that a cell is the sum of others.
type Sum struct {
	Total string
	Parts []string
}

// A Table is cells and the sums that link them.
type Table struct {
	Cells []Cell
	Sums  []Sum
}

// A Figure is a cell as a reader sees it: rounded, or hidden for a reason.
type Figure struct {
	Persons uint64
	Parts   []uint64
	Hidden  Reason // "" where it is shown
}

// ErrTable means that a table contradicts itself.
var ErrTable = errors.New("the table contradicts itself")

// Figures returns the cells of a table as a reader sees them, by key. Cells that
// are unpublished are not among them.
func (p Policy) Figures(t Table) (map[string]Figure, error) {
	b, err := newBoard(p, t)
	if err != nil {
		return nil, err
	}
	if err := b.protect(); err != nil {
		return nil, err
	}
	return b.figures(), nil
}

// safe reports whether a group may be shown by itself: it is nobody, or each
// outcome was that of nobody or of at least the floor. That an outcome was
// nobody's tells the outcome of each, so such a group must be larger.
func (p Policy) safe(c *Cell) bool {
	n := c.Persons()
	if n == 0 || p.HidesNothing() {
		return true
	}
	for _, part := range c.Parts {
		if part == 0 && n < p.uniform() || part > 0 && part < p.Floor() {
			return false
		}
	}
	return n >= p.Floor()
}

// round gives the nearest multiple of the policy's step.
func (p Policy) round(n uint64) uint64 { return (n + p.step()/2) / p.step() * p.step() }

// A board is a table while it is decided what of it is hidden.
type board struct {
	policy Policy
	cells  []Cell
	sums   []link
	of     [][]int // the sums that a cell is in
	hidden []bool
	outs   int // outcomes of each cell
	// zero are outcomes that a shown group rules out for all that are in it.
	zero [][]bool
}

// A link is a sum by the places of its cells.
type link struct {
	total int
	parts []int
}

func newBoard(p Policy, t Table) (*board, error) {
	b := &board{policy: p, cells: t.Cells, hidden: make([]bool, len(t.Cells)), of: make([][]int, len(t.Cells)), zero: make([][]bool, len(t.Cells))}
	at := map[string]int{}
	for i := range t.Cells {
		c := &t.Cells[i]
		if _, twice := at[c.Key]; twice {
			return nil, fmt.Errorf("%w: the cell %q is there twice", ErrTable, c.Key)
		}
		if len(c.Parts) == 0 || len(c.Parts) != len(t.Cells[0].Parts) {
			return nil, fmt.Errorf("%w: the cell %q has %d outcomes, the first %d", ErrTable, c.Key, len(c.Parts), len(t.Cells[0].Parts))
		}
		at[c.Key], b.outs = i, len(c.Parts)
		b.hidden[i] = c.Unpublished || c.Withheld || !p.safe(c)
	}
	for n, s := range t.Sums {
		total, ok := at[s.Total]
		if !ok {
			return nil, fmt.Errorf("%w: a sum is of %q, which is no cell", ErrTable, s.Total)
		}
		l := link{total: total}
		b.of[total] = append(b.of[total], n)
		left := slices.Clone(t.Cells[total].Parts)
		for _, key := range s.Parts {
			part, found := at[key]
			if !found {
				return nil, fmt.Errorf("%w: %q is said to be part of %q, and is no cell", ErrTable, key, s.Total)
			}
			l.parts = append(l.parts, part)
			b.of[part] = append(b.of[part], n)
			for i := range left {
				left[i] -= t.Cells[part].Parts[i]
			}
		}
		if slices.ContainsFunc(left, func(n uint64) bool { return n != 0 }) {
			return nil, fmt.Errorf("%w: %q is not the sum of its parts", ErrTable, s.Total)
		}
		b.sums = append(b.sums, l)
	}
	return b, nil
}

func (b *board) figures() map[string]Figure {
	out := make(map[string]Figure, len(b.cells))
	for i := range b.cells {
		c := &b.cells[i]
		switch {
		case c.Unpublished:
		case b.hidden[i]:
			out[c.Key] = Figure{Hidden: FewPersons}
		default:
			f := Figure{Persons: b.policy.round(c.Persons()), Parts: make([]uint64, len(c.Parts))}
			for k, part := range c.Parts {
				f.Parts[k] = b.policy.round(part)
			}
			out[c.Key] = f
		}
	}
	return out
}

// protect hides more cells until no hidden one can be narrowed down.
func (b *board) protect() error {
	if b.policy.HidesNothing() {
		return nil
	}
	for {
		b.findZeros()
		weak, err := b.weakest()
		if err != nil || weak == nil {
			return err
		}
		next, ok := b.nextToHide(*weak)
		if !ok {
			return fmt.Errorf("%w: %q can be narrowed down though all linked with it is hidden", ErrTable, b.cells[weak.cell].Key)
		}
		b.hidden[next] = true
	}
}

// findZeros marks the outcomes that a shown group had nobody of, in all that is
// in it: the group was large enough to say so.
func (b *board) findZeros() {
	for i := range b.zero {
		b.zero[i] = make([]bool, b.outs)
		if !b.hidden[i] {
			for k, part := range b.cells[i].Parts {
				b.zero[i][k] = part == 0
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, s := range b.sums {
			for _, part := range s.parts {
				for k := range b.outs {
					if b.zero[s.total][k] && !b.zero[part][k] {
						b.zero[part][k], changed = true, true
					}
				}
			}
		}
	}
}

// A weakness is an outcome of a hidden cell that can be narrowed down too far.
type weakness struct {
	cell, out int
	width     float64
}

// matters reports whether an outcome of a cell must stay open.
func (b *board) matters(cell, out int) bool {
	if !b.hidden[cell] || b.zero[cell][out] {
		return false
	}
	return !b.cells[cell].Unpublished || !b.policy.safe(&b.cells[cell])
}

// weakest finds the outcome that can be narrowed down the most, nil where none
// is too narrow. Sums are looked at alone first, which finds most; then together.
func (b *board) weakest() (*weakness, error) {
	if w := b.weakestOfOneSum(); w != nil {
		return w, nil
	}
	var worst *weakness
	for _, part := range b.components() {
		for out := range b.outs {
			ranges, err := b.ranges(part, out)
			if err != nil {
				return nil, err
			}
			for i, cell := range part.cells {
				if b.matters(cell, out) {
					worst = narrower(worst, weakness{cell, out, ranges[i].width()}, b.policy)
				}
			}
		}
	}
	return worst, nil
}

// tolerance is how far a solved width may be off.
const tolerance = 1e-6

func narrower(worst *weakness, w weakness, p Policy) *weakness {
	if w.width >= float64(p.Floor())-tolerance || worst != nil && worst.width <= w.width {
		return worst
	}
	return &w
}

// weakestOfOneSum looks at each sum whose total is shown: its hidden parts share
// what the shown ones leave, so each can be anything from none to all of that,
// if there is another to take the rest.
func (b *board) weakestOfOneSum() *weakness {
	var worst *weakness
	for _, s := range b.sums {
		if b.hidden[s.total] {
			continue
		}
		for out := range b.outs {
			left, n := 0.0, 0
			for _, part := range s.parts {
				if b.hidden[part] {
					left, n = left+float64(b.cells[part].Parts[out]), n+1
				}
			}
			if n == 1 {
				left = 0
			}
			for _, part := range s.parts {
				if b.matters(part, out) {
					worst = narrower(worst, weakness{part, out, left}, b.policy)
				}
			}
		}
	}
	return worst
}

// A component is hidden cells that sums link, and those sums.
type component struct{ cells, sums []int }

// components are the parts of the table that can be looked at apart.
func (b *board) components() []component {
	var out []component
	seen := make([]bool, len(b.cells))
	sumSeen := make([]bool, len(b.sums))
	for start := range b.cells {
		if !b.hidden[start] || seen[start] {
			continue
		}
		var c component
		seen[start] = true
		for queue := []int{start}; len(queue) > 0; queue = queue[1:] {
			c.cells = append(c.cells, queue[0])
			for _, n := range b.of[queue[0]] {
				if sumSeen[n] {
					continue
				}
				sumSeen[n] = true
				c.sums = append(c.sums, n)
				for _, cell := range append([]int{b.sums[n].total}, b.sums[n].parts...) {
					if b.hidden[cell] && !seen[cell] {
						seen[cell] = true
						queue = append(queue, cell)
					}
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// ranges solves what an outcome of each cell of a component can be, given all
// that is shown.
func (b *board) ranges(c component, out int) ([]Range, error) {
	at := make(map[int]int, len(c.cells))
	for i, cell := range c.cells {
		at[cell] = i
	}
	var s System
	s.Unknowns = len(c.cells)
	for _, n := range c.sums {
		row := make([]float64, len(c.cells))
		rest := 0.0
		put := func(cell int, sign float64) {
			if i, ok := at[cell]; ok {
				row[i] += sign
			} else {
				rest -= sign * float64(b.cells[cell].Parts[out])
			}
		}
		put(b.sums[n].total, -1)
		for _, part := range b.sums[n].parts {
			put(part, 1)
		}
		s.Add(row, rest)
	}
	ranges, err := s.Ranges()
	if err != nil {
		return nil, fmt.Errorf("look at the table as an attacker: %w", err)
	}
	return ranges, nil
}

// nextToHide chooses what to hide so that an outcome opens up: of the sums that
// its cell is in, the smallest group that opens it far enough, else the one that
// opens it the furthest; where those are all hidden, of the sums beyond; a total
// only where no part is left.
func (b *board) nextToHide(w weakness) (int, bool) {
	need := float64(b.policy.Floor()) - w.width
	seen := map[int]bool{w.cell: true}
	for ring := []int{w.cell}; len(ring) > 0; {
		var parts, totals, next []int
		for _, cell := range ring {
			for _, n := range b.of[cell] {
				parts = append(parts, b.sums[n].parts...)
				totals = append(totals, b.sums[n].total)
			}
		}
		for _, candidates := range [][]int{parts, totals} {
			candidates = slices.DeleteFunc(slices.Clone(candidates), func(c int) bool { return b.hidden[c] || b.cells[c].Persons() == 0 })
			if len(candidates) > 0 {
				return slices.MinFunc(candidates, func(x, y int) int { return b.byCost(x, y, w.out, need) }), true
			}
		}
		for _, cell := range append(parts, totals...) {
			if !seen[cell] {
				seen[cell] = true
				next = append(next, cell)
			}
		}
		ring = next
	}
	return 0, false
}

// byCost orders cells by how good they are to hide: those that open an outcome
// far enough come first, the smallest of them first; then the others, the one
// that opens it furthest first.
func (b *board) byCost(x, y, out int, need float64) int {
	lacks := func(c int) float64 { return math.Max(0, need-float64(b.cells[c].Parts[out])) }
	return cmp.Or(
		cmp.Compare(lacks(x), lacks(y)),
		cmp.Compare(b.cells[x].Persons(), b.cells[y].Persons()),
		cmp.Compare(b.cells[x].Key, b.cells[y].Key),
	)
}
