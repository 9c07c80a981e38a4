package disclosure_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/disclosure"
)

func TestSuppress(t *testing.T) {
	type cells = []disclosure.Cell
	tests := map[string]struct {
		cells  cells
		shown  cells
		hidden int
	}{
		"large groups are shown, rounded": {
			cells: cells{{"a", 203, 102}, {"b", 97, 48}}, shown: cells{{"a", 205, 100}, {"b", 95, 50}},
		},
		"nothing due is shown as zero":                    {cells: cells{{"a", 0, 0}, {"b", 100, 50}}, shown: cells{{"a", 0, 0}, {"b", 100, 50}}},
		"one small group takes the next smallest with it": {cells: cells{{"a", 9, 5}, {"b", 60, 30}, {"c", 40, 20}}, shown: cells{{"b", 60, 30}}, hidden: 2},
		"few in time are a small group":                   {cells: cells{{"a", 100, 9}, {"b", 60, 30}, {"c", 80, 40}}, shown: cells{{"c", 80, 40}}, hidden: 2},
		"few not in time are a small group":               {cells: cells{{"a", 100, 91}, {"b", 60, 30}, {"c", 80, 40}}, shown: cells{{"c", 80, 40}}, hidden: 2},
		"a small group with one outcome is hidden":        {cells: cells{{"a", 29, 29}, {"b", 60, 30}, {"c", 80, 40}}, shown: cells{{"c", 80, 40}}, hidden: 2},
		"a large group with one outcome is shown":         {cells: cells{{"a", 30, 30}, {"b", 60, 0}}, shown: cells{{"a", 30, 30}, {"b", 60, 0}}},
		"two small groups are not enough when their sum is small": {
			cells: cells{{"a", 2, 1}, {"b", 3, 1}, {"c", 40, 20}, {"d", 50, 25}}, shown: cells{{"d", 50, 25}}, hidden: 3,
		},
		"two small groups with a large sum hide no other": {
			cells: cells{{"a", 25, 9}, {"b", 25, 9}, {"c", 40, 20}}, shown: cells{{"c", 40, 20}}, hidden: 2,
		},
		"a table of one small group is hidden whole": {cells: cells{{"a", 3, 3}}, hidden: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shown, hidden := disclosure.Suppress(test.cells)
			if diff := cmp.Diff(test.shown, shown); diff != "" || hidden != test.hidden {
				t.Errorf("%d hidden, want %d; shown -want +got:\n%s", hidden, test.hidden, diff)
			}
		})
	}
}

// An attacker who knows every shown count exactly, and the exact total of the
// table, must not learn any hidden count to less than Floor.
func TestAttackerWithTheTotalsLearnsNoHiddenCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := make([]disclosure.Cell, rapid.IntRange(1, 8).Draw(t, "cells"))
		byPlace := map[string]disclosure.Cell{}
		for i := range cells {
			due := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(0, 80)).Draw(t, "due")
			cells[i] = disclosure.Cell{Place: fmt.Sprint("p", i), Due: due, Met: rapid.Uint64Range(0, due).Draw(t, "met")}
			byPlace[cells[i].Place] = cells[i]
		}
		shown, hidden := disclosure.Suppress(cells)
		for _, c := range shown {
			exact := byPlace[c.Place]
			if n := exact.Due; n > 0 && n < disclosure.Floor || c.Due%disclosure.Step != 0 || c.Met%disclosure.Step != 0 {
				t.Fatalf("%v is shown as %v", exact, c)
			}
			delete(byPlace, c.Place)
		}
		if len(byPlace) != hidden {
			t.Fatalf("%d cells said to be hidden, %d are", hidden, len(byPlace))
		}
		if len(shown) == 0 || hidden == 0 {
			return
		}
		if len(shown) == countZero(shown) {
			return // Nothing of the table is shown, so its total is not known either.
		}
		// What the total leaves for the hidden cells: each lies anywhere
		// between none of it and all of it, since there is another to take it.
		var due, met uint64
		for _, c := range byPlace {
			due, met = due+c.Due, met+c.Met
		}
		failed := due - met
		if hidden < 2 || due < disclosure.Floor {
			t.Fatalf("%d hidden cells share %d: %v of %v", hidden, due, byPlace, cells)
		}
		for _, part := range []uint64{met, failed} {
			if part > 0 && part < disclosure.Floor || part == 0 && due < disclosure.Uniform {
				t.Fatalf("the hidden cells are known to have %d of %d: %v", part, due, byPlace)
			}
		}
	})
}

func countZero(cells []disclosure.Cell) (n int) {
	for _, c := range cells {
		if c.Due == 0 {
			n++
		}
	}
	return n
}

func TestBlocks(t *testing.T) {
	tests := map[string]struct {
		groups map[string][]string
		want   [][]string
	}{
		"groups that share no place are apart": {
			groups: map[string][]string{"01": {"x"}, "02": {"x"}, "03": {"y"}}, want: [][]string{{"01", "02"}, {"03"}},
		},
		"a place in two groups joins them": {
			groups: map[string][]string{"01": {"x"}, "02": {"x", "y"}, "03": {"y"}, "04": {"z"}}, want: [][]string{{"01", "02", "03"}, {"04"}},
		},
		"places without groups are one block": {groups: map[string][]string{"00": nil}, want: [][]string{{"00"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, disclosure.Blocks(test.groups)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
