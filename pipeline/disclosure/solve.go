package disclosure

import (
	"errors"
	"math"
)

// A System is what an attacker knows of the unknowns: that none is less than
// zero, and some sums of them.
type System struct {
	Unknowns int
	rows     [][]float64
	rests    []float64
}

// Add says that a weighted sum of the unknowns has a value.
func (s *System) Add(weights []float64, value float64) {
	s.rows = append(s.rows, weights)
	s.rests = append(s.rests, value)
}

// A Range is what an unknown can be. High is infinite where nothing bounds it.
type Range struct{ Low, High float64 }

func (r Range) width() float64 { return r.High - r.Low }

// ErrNoSolution means that nothing fits all that is known.
var ErrNoSolution = errors.New("nothing fits all that is known")

// errNoEnd means that the solver did not come to an end.
var errNoEnd = errors.New("the solver does not come to an end")

// epsilon is what counts as zero: weights are small whole numbers.
const epsilon = 1e-9

// Ranges solves, for each unknown, the least and the most that it can be. It is
// the simplex method on a table: once to find anything that fits, then from
// there for each unknown, down and up.
func (s *System) Ranges() ([]Range, error) {
	t := newTableau(s)
	if err := t.findFit(); err != nil {
		return nil, err
	}
	out := make([]Range, s.Unknowns)
	for i := range out {
		low, err := t.least(i, 1)
		if err != nil {
			return nil, err
		}
		high, err := t.least(i, -1)
		if err != nil {
			return nil, err
		}
		out[i] = Range{low, -high}
	}
	return out, nil
}

// A tableau holds one row for each sum: its weights in terms of the unknowns
// that are not in the basis, then its value.
type tableau struct {
	unknowns int
	rows     [][]float64
	basis    []int // the unknown that a row gives the value of
	cost     []float64
}

// newTableau gives each row a helper unknown of its own, which makes up what the
// row lacks at first.
func newTableau(s *System) *tableau {
	m := len(s.rows)
	t := &tableau{unknowns: s.Unknowns}
	for i, weights := range s.rows {
		row := make([]float64, s.Unknowns+m+1)
		sign := 1.0
		if s.rests[i] < 0 {
			sign = -1
		}
		for j, w := range weights {
			row[j] = sign * w
		}
		row[s.Unknowns+i] = 1
		row[len(row)-1] = sign * s.rests[i]
		t.rows = append(t.rows, row)
		t.basis = append(t.basis, s.Unknowns+i)
	}
	return t
}

// findFit brings the helpers to zero and drops them.
func (t *tableau) findFit() error {
	if len(t.rows) == 0 {
		return nil
	}
	helpers := make([]float64, len(t.rows[0]))
	for j := t.unknowns; j < len(helpers)-1; j++ {
		helpers[j] = 1
	}
	left, err := t.minimise(helpers, len(helpers)-1)
	if err != nil {
		return err
	}
	if left > tolerance {
		return ErrNoSolution
	}
	// A helper that is left in the basis is zero: another takes its place, or its
	// row says nothing new.
	kept := 0
	for i := range t.rows {
		if t.basis[i] >= t.unknowns {
			for j := range t.unknowns {
				if math.Abs(t.rows[i][j]) > epsilon {
					t.pivot(i, j)
					break
				}
			}
		}
		if t.basis[i] < t.unknowns {
			t.rows[kept], t.basis[kept] = t.rows[i], t.basis[i]
			kept++
		}
	}
	t.rows, t.basis = t.rows[:kept], t.basis[:kept]
	for i, row := range t.rows {
		t.rows[i] = append(row[:t.unknowns:t.unknowns], row[len(row)-1])
	}
	return nil
}

// least is the least that sign times an unknown can be.
func (t *tableau) least(unknown int, sign float64) (float64, error) {
	objective := make([]float64, t.unknowns+1)
	objective[unknown] = sign
	return t.minimise(objective, t.unknowns)
}

// minimise finds the least value of a weighted sum of the first columns.
func (t *tableau) minimise(objective []float64, columns int) (float64, error) {
	last := len(objective) - 1
	t.cost = append(t.cost[:0], objective...)
	for i, row := range t.rows {
		if w := objective[t.basis[i]]; w != 0 {
			addTimes(t.cost, row, -w)
		}
	}
	// The steepest column first; after many steps the first, which cannot cycle.
	patience := 50 * (len(t.rows) + columns)
	for step := 0; ; step++ {
		enter := t.entering(columns, step > patience)
		if enter < 0 {
			return -t.cost[last], nil
		}
		leave := t.leaving(enter)
		if leave < 0 {
			return math.Inf(-1), nil
		}
		if step > 100*patience {
			return 0, errNoEnd
		}
		t.pivot(leave, enter)
		addTimes(t.cost, t.rows[leave], -t.cost[enter])
	}
}

func (t *tableau) entering(columns int, first bool) int {
	best := -1
	for j := range columns {
		if t.cost[j] >= -epsilon {
			continue
		}
		if first {
			return j
		}
		if best < 0 || t.cost[j] < t.cost[best] {
			best = j
		}
	}
	return best
}

// leaving is the row that bounds a column the most; of several the one whose
// unknown comes first.
func (t *tableau) leaving(column int) int {
	best, least := -1, math.Inf(1)
	for i, row := range t.rows {
		if row[column] <= epsilon {
			continue
		}
		ratio := row[len(row)-1] / row[column]
		if best < 0 || ratio < least-epsilon || ratio < least+epsilon && t.basis[i] < t.basis[best] {
			best, least = i, math.Min(least, ratio)
		}
	}
	return best
}

// pivot brings an unknown into the basis in place of that of a row.
func (t *tableau) pivot(row, column int) {
	r := t.rows[row]
	by := r[column]
	for j := range r {
		r[j] /= by
	}
	for i, other := range t.rows {
		if i != row && other[column] != 0 {
			addTimes(other, r, -other[column])
		}
	}
	t.basis[row] = column
}

func addTimes(to, from []float64, times float64) {
	if times == 0 {
		return
	}
	for j, v := range from {
		to[j] += times * v
	}
}
