package disclosure_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"amparo/pipeline/disclosure"
)

// What the project's solver finds, another's finds too.
func TestRangesAreThoseOfAnotherSolver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "unknowns")
		truth := rapid.SliceOfN(rapid.IntRange(0, 20), n, n).Draw(t, "truth")
		system := disclosure.System{Unknowns: n}
		var rows [][]float64
		for range rapid.IntRange(0, 6).Draw(t, "sums") {
			weights := rapid.SliceOfN(rapid.IntRange(-1, 1), n, n).Draw(t, "weights")
			row, value := make([]float64, n), 0.0
			for i, w := range weights {
				row[i] = float64(w)
				value += float64(w * truth[i])
			}
			system.Add(row, value)
			rows = append(rows, append(append([]float64{}, row...), value))
		}
		ranges, err := system.Ranges()
		if err != nil {
			t.Fatal(err)
		}
		rows = independent(rows)
		for i, got := range ranges {
			low, high := solve(t, rows, n, i, 1), -solve(t, rows, n, i, -1)
			if !near(got.Low, low) || !near(got.High, high) {
				t.Fatalf("unknown %d lies within %v, another says %g to %g", i, got, low, high)
			}
			if x := float64(truth[i]); x < got.Low-1e-6 || x > got.High+1e-6 {
				t.Fatalf("unknown %d is %g, outside of %v", i, x, got)
			}
		}
	})
}

func near(a, b float64) bool { return a == b || math.Abs(a-b) < 1e-6 }

func TestSystemsThatNothingFitsAreRefused(t *testing.T) {
	for name, values := range map[string][2]float64{"two values of one sum": {3, 4}, "less than nobody": {-1, -1}} {
		s := disclosure.System{Unknowns: 2}
		s.Add([]float64{1, 1}, values[0])
		s.Add([]float64{1, 1}, values[1])
		if _, err := s.Ranges(); !errors.Is(err, disclosure.ErrNoSolution) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
