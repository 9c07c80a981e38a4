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
// table and of its blocks, must not learn any hidden count to less than Floor.
func TestAttackerWithTheTotalsLearnsNoHiddenCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := make([]disclosure.Cell, rapid.IntRange(1, 8).Draw(t, "cells"))
		byPlace := map[string]disclosure.Cell{}
		for i := range cells {
			due := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(0, 80)).Draw(t, "due")
			cells[i] = disclosure.Cell{Place: fmt.Sprint("p", i), Due: due, Met: rapid.Uint64Range(0, due).Draw(t, "met")}
			byPlace[cells[i].Place] = cells[i]
		}
		half := rapid.IntRange(0, len(cells)).Draw(t, "half")
		var all []string
		for _, c := range cells {
			all = append(all, c.Place)
		}
		shown, hidden := disclosure.Suppress(cells, all[:half], all[half:])
		visible := map[string]bool{}
		for _, c := range shown {
			visible[c.Place] = true
			if n := byPlace[c.Place].Due; n > 0 && n < disclosure.Floor || c.Due%disclosure.Step != 0 || c.Met%disclosure.Step != 0 {
				t.Fatalf("%v is shown as %v", byPlace[c.Place], c)
			}
		}
		if len(cells)-len(shown) != hidden {
			t.Fatalf("%d cells said to be hidden, %d are", hidden, len(cells)-len(shown))
		}
		for _, known := range [][]string{all[:half], all[half:], all} {
			attack(t, known, byPlace, visible)
		}
	})
}

// attack takes the total of a set to be known. What it leaves for the hidden
// cells is then known too, and each lies anywhere between none of that and all
// of it, as long as there is another to take the rest.
func attack(t *rapid.T, set []string, cells map[string]disclosure.Cell, visible map[string]bool) {
	var due, met, hidden, shown uint64
	for _, place := range set {
		if c := cells[place]; !visible[place] {
			due, met, hidden = due+c.Due, met+c.Met, hidden+1
		} else {
			shown += c.Due
		}
	}
	if hidden == 0 || shown == 0 {
		return // Nothing is hidden, or nothing is shown and the total with it.
	}
	if hidden < 2 || due < disclosure.Floor {
		t.Fatalf("%d hidden cells share %d: %v of %v", hidden, due, set, cells)
	}
	for _, part := range []uint64{met, due - met} {
		if part > 0 && part < disclosure.Floor || part == 0 && due < disclosure.Uniform {
			t.Fatalf("the hidden cells are known to have %d of %d: %v of %v", part, due, set, cells)
		}
	}
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
