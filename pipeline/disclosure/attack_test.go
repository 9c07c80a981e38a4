package disclosure_test

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"amparo/pipeline/disclosure"
)

// failer is a test that can end.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// attack plays someone who knows every shown cell exactly, how cells add up and
// that nobody is counted less than zero times. It tells of the first outcome of
// a hidden cell that they can narrow down to less than the floor, "" where there
// is none. It knows nothing of how the cells to hide were chosen, and its solver
// is another's.
//
// Where a shown group has nobody with an outcome, that nobody within it has it
// is published and no disclosure.
func attack(t failer, table disclosure.Table, shown map[string]bool, policy disclosure.Policy) string {
	t.Helper()
	unknown := map[string]int{}
	byKey := map[string]disclosure.Cell{}
	for _, c := range table.Cells {
		byKey[c.Key] = c
		if !shown[c.Key] {
			unknown[c.Key] = len(unknown)
		}
	}
	if len(unknown) == 0 {
		return ""
	}
	for out := range table.Cells[0].Parts {
		nobody := publishedZeros(table, shown, out)
		var rows [][]float64
		for _, s := range table.Sums {
			row := make([]float64, len(unknown)+1)
			put := func(key string, sign float64) {
				if i, hidden := unknown[key]; hidden {
					row[i] += sign
				} else {
					row[len(unknown)] -= sign * float64(byKey[key].Parts[out])
				}
			}
			put(s.Total, -1)
			for _, part := range s.Parts {
				put(part, 1)
			}
			rows = append(rows, row)
		}
		rows = independent(rows)
		for _, c := range table.Cells {
			i, hidden := unknown[c.Key]
			if !hidden || nobody[c.Key] || c.Unpublished && !small(c, policy) {
				continue
			}
			low, high := solve(t, rows, len(unknown), i, 1), -solve(t, rows, len(unknown), i, -1)
			if high-low < float64(policy.Floor())-1e-6 {
				return fmt.Sprintf("outcome %d of %s, %d, is known to lie within %g and %g", out, c.Key, c.Parts[out], low, high)
			}
		}
	}
	return ""
}

// small reports whether a cell tells of few persons by itself.
func small(c disclosure.Cell, policy disclosure.Policy) bool {
	few := func(n uint64) bool { return n > 0 && n < policy.Floor() }
	if few(c.Persons()) {
		return true
	}
	return slices.ContainsFunc(c.Parts, few)
}

// publishedZeros are the cells within a shown group that had nobody with an
// outcome.
func publishedZeros(table disclosure.Table, shown map[string]bool, out int) map[string]bool {
	zero := map[string]bool{}
	for _, c := range table.Cells {
		zero[c.Key] = shown[c.Key] && c.Parts[out] == 0
	}
	for range table.Sums { // As deep as the sums go, at the most.
		for _, s := range table.Sums {
			for _, part := range s.Parts {
				zero[part] = zero[part] || zero[s.Total]
			}
		}
	}
	return zero
}

// independent leaves out rows that follow from others: the solver refuses them.
func independent(rows [][]float64) [][]float64 {
	var kept [][]float64
	if len(rows) == 0 {
		return nil
	}
	rank := 0
	for column := range len(rows[0]) - 1 {
		pivot := -1
		for i := rank; i < len(rows); i++ {
			if math.Abs(rows[i][column]) > 1e-9 && (pivot < 0 || math.Abs(rows[i][column]) > math.Abs(rows[pivot][column])) {
				pivot = i
			}
		}
		if pivot < 0 {
			continue
		}
		rows[rank], rows[pivot] = rows[pivot], rows[rank]
		for i := range rows {
			if i != rank && rows[i][column] != 0 {
				times := rows[i][column] / rows[rank][column]
				for j := range rows[i] {
					rows[i][j] -= times * rows[rank][j]
				}
			}
		}
		rank++
	}
	kept = append(kept, rows[:rank]...)
	return kept
}

// solve finds the least that sign times an unknown can be.
func solve(t failer, rows [][]float64, unknowns, of int, sign float64) float64 {
	t.Helper()
	// An unknown that no sum names can be anything, and the solver refuses it.
	var named []int
	for j := range unknowns {
		for _, row := range rows {
			if math.Abs(row[j]) > 1e-9 {
				named = append(named, j)
				break
			}
		}
	}
	at := slices.Index(named, of)
	if at < 0 {
		return map[bool]float64{true: 0, false: math.Inf(-1)}[sign > 0]
	}
	if len(rows) == len(named) { // As many sums as unknowns: there is one answer.
		for _, row := range rows {
			if math.Abs(row[of]) > 1e-9 {
				return sign * row[unknowns] / row[of]
			}
		}
	}
	a, b := mat.NewDense(len(rows), len(named), nil), make([]float64, len(rows))
	for i, row := range rows {
		for k, j := range named {
			a.Set(i, k, row[j])
		}
		b[i] = row[unknowns]
	}
	objective := make([]float64, len(named))
	objective[at] = sign
	value, _, err := lp.Simplex(objective, a, b, 1e-9, nil)
	if errors.Is(err, lp.ErrUnbounded) {
		return math.Inf(-1)
	}
	if err != nil {
		t.Fatalf("the attacker's solver gives up: %v", err)
	}
	return value
}
