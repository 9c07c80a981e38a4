package disclosure_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/disclosure"
)

// cell is a group of which some met a duty in time.
func cell(key string, persons, met uint64) disclosure.Cell {
	return disclosure.Cell{Key: key, Parts: []uint64{met, persons - met}}
}

// under links cells to their sum, which is a cell as well.
func under(total string, cells ...disclosure.Cell) disclosure.Table {
	sum := disclosure.Cell{Key: total, Parts: []uint64{0, 0}}
	s := disclosure.Sum{Total: total}
	for _, c := range cells {
		sum.Parts[0] += c.Parts[0]
		sum.Parts[1] += c.Parts[1]
		s.Parts = append(s.Parts, c.Key)
	}
	return disclosure.Table{Cells: append(cells, sum), Sums: []disclosure.Sum{s}}
}

// shown are the cells that are shown, as "key persons/met".
func shown(figures map[string]disclosure.Figure) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(figures)) {
		if f := figures[key]; f.Hidden == "" {
			out = append(out, fmt.Sprintf("%s %d/%d", key, f.Persons, f.Parts[0]))
		}
	}
	return strings.Join(out, ", ")
}

func TestFigures(t *testing.T) {
	tests := map[string]struct {
		cells []disclosure.Cell
		want  string
	}{
		"large groups are shown, rounded":                 {[]disclosure.Cell{cell("a", 203, 102), cell("b", 97, 48)}, "a 205/100, b 95/50, nation 300/150"},
		"nobody is shown as zero":                         {[]disclosure.Cell{cell("a", 0, 0), cell("b", 100, 50)}, "a 0/0, b 100/50, nation 100/50"},
		"one small group takes the next smallest with it": {[]disclosure.Cell{cell("a", 9, 5), cell("b", 60, 30), cell("c", 40, 20)}, "b 60/30, nation 110/55"},
		"few in time are a small group":                   {[]disclosure.Cell{cell("a", 100, 9), cell("b", 60, 30), cell("c", 80, 40)}, "c 80/40, nation 240/80"},
		"few not in time are a small group":               {[]disclosure.Cell{cell("a", 100, 91), cell("b", 60, 30), cell("c", 80, 40)}, "c 80/40, nation 240/160"},
		"a small group with one outcome is hidden":        {[]disclosure.Cell{cell("a", 29, 29), cell("b", 60, 30), cell("c", 80, 40)}, "c 80/40, nation 170/100"},
		"a large group with one outcome is shown":         {[]disclosure.Cell{cell("a", 30, 30), cell("b", 60, 0)}, "a 30/30, b 60/0, nation 90/30"},
		"two small groups are not enough when together small": {
			[]disclosure.Cell{cell("a", 2, 1), cell("b", 3, 1), cell("c", 40, 20), cell("d", 50, 25)}, "d 50/25, nation 95/45",
		},
		"two small groups that are large together hide no other": {
			[]disclosure.Cell{cell("a", 25, 9), cell("b", 25, 9), cell("c", 40, 20)}, "c 40/20, nation 90/40",
		},
		"what opens far enough is hidden, not just the smallest": {
			[]disclosure.Cell{cell("a", 5, 0), cell("b", 31, 0), cell("c", 60, 30), cell("d", 90, 45)}, "b 30/0, d 90/45, nation 185/75",
		},
		"a total goes when all beneath it is hidden": {[]disclosure.Cell{cell("a", 6, 3), cell("b", 6, 3)}, ""},
		"a nation that never met a duty says so":     {[]disclosure.Cell{cell("a", 300, 0), cell("b", 9, 0), cell("c", 40, 0)}, "a 300/0, nation 350/0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			figures, err := disclosure.ForPublic.Figures(under("nation", test.cells...))
			if got := shown(figures); err != nil || got != test.want {
				t.Errorf("got  %s (%v)\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestAnalystsSeeSmallerGroupsExactly(t *testing.T) {
	table := under("nation", cell("a", 12, 6), cell("b", 8, 4), cell("c", 203, 101), cell("d", 77, 30))
	figures, err := disclosure.ForAnalyst.Figures(table)
	if got, want := shown(figures), "c 203/101, d 77/30, nation 300/141"; got != want || err != nil {
		t.Errorf("analysts see %s (%v), want %s", got, err, want)
	}
	figures, err = disclosure.Exact.Figures(table)
	if got, want := shown(figures), "a 12/6, b 8/4, c 203/101, d 77/30, nation 300/141"; got != want || err != nil {
		t.Errorf("those who must act see %s (%v), want %s", got, err, want)
	}
}

func TestTablesThatContradictThemselvesAreRefused(t *testing.T) {
	a, b := cell("a", 20, 10), cell("b", 20, 10)
	beyond := disclosure.Piece{Department: "04", Region: "highlands", Month: []uint64{3, 1}, Year: []uint64{2, 9}}
	for name, table := range map[string]disclosure.Table{
		"a month beyond its year": disclosure.Places([]disclosure.Piece{beyond}),
		"a cell twice":            {Cells: []disclosure.Cell{a, a}},
		"other outcomes":          {Cells: []disclosure.Cell{a, {Key: "b", Parts: []uint64{1}}}},
		"no outcome":              {Cells: []disclosure.Cell{{Key: "a"}}},
		"a sum of nothing":        {Sums: []disclosure.Sum{{Total: "a"}}},
		"a part that is none":     {Cells: []disclosure.Cell{a, b}, Sums: []disclosure.Sum{{Total: "a", Parts: []string{"c"}}}},
		"a sum that is wrong":     {Cells: []disclosure.Cell{a, b, cell("n", 41, 20)}, Sums: []disclosure.Sum{{Total: "n", Parts: []string{"a", "b"}}}},
	} {
		if _, err := disclosure.ForPublic.Figures(table); !errors.Is(err, disclosure.ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// linked draws a table of places by regions, which cross: a place may lie in two
// regions. Both are shown, and the nation; what a place has in a region is not.
func linked(t *rapid.T, highest uint64) disclosure.Table {
	places, regions := rapid.IntRange(1, 7).Draw(t, "places"), rapid.IntRange(1, 3).Draw(t, "regions")
	atoms := map[string][]disclosure.Cell{}
	for i := range places {
		for j := range regions {
			if j > 0 && rapid.IntRange(0, 2).Draw(t, "crosses") > 0 {
				continue
			}
			n := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(0, highest)).Draw(t, "persons")
			c := cell(fmt.Sprintf("p%d r%d", i, j), n, rapid.OneOf(rapid.Just(uint64(0)), rapid.Just(n), rapid.Uint64Range(0, n)).Draw(t, "met"))
			c.Unpublished = true
			atoms[fmt.Sprint("p", i)] = append(atoms[fmt.Sprint("p", i)], c)
			atoms[fmt.Sprint("r", j)] = append(atoms[fmt.Sprint("r", j)], c)
		}
	}
	var table disclosure.Table
	seen := map[string]bool{}
	byKind := map[string][]disclosure.Cell{}
	for _, key := range slices.Sorted(maps.Keys(atoms)) {
		sub := under(key, atoms[key]...)
		for _, c := range sub.Cells {
			if !seen[c.Key] {
				seen[c.Key] = true
				table.Cells = append(table.Cells, c)
			}
		}
		table.Sums = append(table.Sums, sub.Sums...)
		byKind[key[:1]] = append(byKind[key[:1]], sub.Cells[len(sub.Cells)-1])
	}
	nation := under("nation", byKind["p"]...)
	table.Cells = append(table.Cells, nation.Cells[len(nation.Cells)-1])
	table.Sums = append(table.Sums, nation.Sums...)
	table.Sums = append(table.Sums, under("nation", byKind["r"]...).Sums...)
	return table
}

func TestAttackerWithAllThatIsShownPinsNoHiddenCell(t *testing.T) {
	for _, policy := range []disclosure.Policy{disclosure.ForPublic, disclosure.ForAnalyst} {
		t.Run(policy.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				table := linked(t, 80)
				figures, err := policy.Figures(table)
				if err != nil {
					t.Fatal(err)
				}
				if broken := attack(t, table, visible(figures), policy); broken != "" {
					t.Fatal(broken)
				}
			})
		})
	}
}

// The attack is worth something only if it succeeds where nothing protects.
func TestAttackerFindsWhatSmallGroupsAloneWouldLeaveOpen(t *testing.T) {
	table := under("nation", cell("a", 9, 5), cell("b", 60, 30), cell("c", 40, 20))
	if broken := attack(t, table, map[string]bool{"b": true, "c": true, "nation": true}, disclosure.ForPublic); !strings.Contains(broken, "a") {
		t.Errorf("a is what b and c leave of the nation, and the attack found %q", broken)
	}
}

func TestFiguresAreTheSameEveryTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := linked(t, 40)
		first, err1 := disclosure.ForPublic.Figures(table)
		second, err2 := disclosure.ForPublic.Figures(table)
		if diff := cmp.Diff(first, second); diff != "" || err1 != nil || err2 != nil {
			t.Fatal(diff, err1, err2)
		}
	})
}

func visible(figures map[string]disclosure.Figure) map[string]bool {
	out := map[string]bool{}
	for key, f := range figures {
		out[key] = f.Hidden == ""
	}
	return out
}

func TestStatisticsOfFewPersonsAreNotShown(t *testing.T) {
	if disclosure.ForPublic.Statistic(9) != disclosure.TooFew || disclosure.ForPublic.Statistic(10) != "" ||
		disclosure.ForAnalyst.Statistic(4) != disclosure.TooFew || disclosure.ForAnalyst.Statistic(5) != "" || disclosure.Exact.Statistic(1) != "" {
		t.Error("a statistic may rest on fewer persons than the floor")
	}
	if got := disclosure.ForPublic.Curve([]uint64{120, 40, 10, 9, 30}); got != 3 {
		t.Errorf("a curve goes on for %d steps, though nine persons are left at the fourth", got)
	}
	if got := disclosure.ForPublic.Curve([]uint64{120, 40}); got != 2 {
		t.Errorf("a curve of many persons has %d steps, want 2", got)
	}
}
