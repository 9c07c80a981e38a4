package aggregator

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/simulation"
	"amparo/pipeline/simulation/truth"
	"amparo/schemas/law"
)

// national is what simulated cases add to each duty: a year that ends with the
// last month, by department and region.
func national(t *testing.T, cat *law.Catalogue, cases int) map[string][]disclosure.Piece {
	t.Helper()
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, cat.Zone)
	year, month := asOf.AddDate(-1, 0, 0), asOf.AddDate(0, -1, 0)
	s, err := simulation.New(cat, simulation.Config{Seed: 7, Cases: cases, From: year, AsOf: asOf, Grouping: "natural"})
	if err != nil {
		t.Fatal(err)
	}
	type at struct{ duty, department, region string }
	pieces := map[at]*disclosure.Piece{}
	for c := range s.Cases() {
		for _, row := range c.Truth {
			duty, ok := cat.Duty(row.Duty)
			outcome := map[truth.Status]int{truth.Met: 0, truth.Late: 1, truth.Missed: 1}
			which, decided := outcome[row.Status]
			if !ok || !duty.IsCaseInstance() || row.Kind != string(law.Law) || !decided || !row.DueAt.After(year) || row.DueAt.After(asOf) {
				continue
			}
			key := at{row.Duty, row.Department, row.Region}
			if pieces[key] == nil {
				pieces[key] = &disclosure.Piece{Department: key.department, Region: key.region, Month: make([]uint64, 2), Year: make([]uint64, 2)}
			}
			pieces[key].Year[which]++
			if row.DueAt.After(month) {
				pieces[key].Month[which]++
			}
		}
	}
	out := map[string][]disclosure.Piece{}
	for key, piece := range pieces {
		out[key.duty] = append(out[key.duty], *piece)
	}
	return out
}

// An attacker downloads all that a role can, of every duty, and is told besides
// how each shown number was before it was rounded.
func TestAttackerPinsNothingHiddenInNationalData(t *testing.T) {
	duties := national(t, catalogue(t), 4000)
	for _, policy := range []disclosure.Policy{disclosure.ForPublic, disclosure.ForAnalyst} {
		t.Run(policy.Name(), func(t *testing.T) {
			published, err := newRelease(duties, nil, policy, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			shown, hidden, found, foundUnprotected := 0, 0, 0, 0
			for _, duty := range slices.Sorted(maps.Keys(duties)) {
				table := disclosure.Places(duties[duty])
				visible, alone := map[string]bool{}, map[string]bool{}
				for _, c := range table.Cells {
					figure := published.Duties[duty][c.Key]
					visible[c.Key] = !c.Unpublished && figure.Hidden == ""
					alone[c.Key] = !c.Unpublished && !few(c, policy)
					if c.Unpublished {
						continue
					}
					if visible[c.Key] {
						shown++
					} else {
						hidden++
					}
				}
				for _, broken := range attack(t, table, visible, policy) {
					found++
					t.Errorf("%s: %s", duty, broken)
				}
				foundUnprotected += len(attack(t, table, alone, policy))
			}
			t.Logf("%s: %d duties, %d numbers shown, %d hidden, %d found out; %d where only small groups are hidden", policy.Name(), len(duties), shown, hidden, found, foundUnprotected)
			if shown < hidden/4 || hidden < 50 {
				t.Errorf("%d shown and %d hidden: the data does not put the rules to a test", shown, hidden)
			}
			if foundUnprotected == 0 {
				t.Error("the attack finds nothing even where complementary suppression is switched off")
			}
		})
	}
}

// few reports whether a cell tells of few persons by itself, as the rule is
// written and not as the program applies it.
func few(c disclosure.Cell, policy disclosure.Policy) bool {
	n := c.Persons()
	if n == 0 {
		return false
	}
	uniform := map[disclosure.Policy]uint64{disclosure.ForPublic: 30, disclosure.ForAnalyst: 15}[policy]
	for _, part := range c.Parts {
		if part > 0 && part < policy.Floor() || part == 0 && n < uniform {
			return true
		}
	}
	return n < policy.Floor()
}

// attack writes down what an attacker knows of each outcome (the shown cells, how
// cells add up) and solves what each hidden cell can be. It returns those that
// are narrowed down to less than the floor.
func attack(t *testing.T, table disclosure.Table, visible map[string]bool, policy disclosure.Policy) []string {
	t.Helper()
	unknown, cells := map[string]int{}, map[string]disclosure.Cell{}
	for _, c := range table.Cells {
		cells[c.Key] = c
		if !visible[c.Key] {
			unknown[c.Key] = len(unknown)
		}
	}
	var found []string
	for outcome := range 2 {
		system := disclosure.System{Unknowns: len(unknown)}
		for _, s := range table.Sums {
			weights, value := make([]float64, len(unknown)), 0.0
			put := func(key string, sign float64) {
				if i, hidden := unknown[key]; hidden {
					weights[i] += sign
				} else {
					value -= sign * float64(cells[key].Parts[outcome])
				}
			}
			put(s.Total, -1)
			for _, part := range s.Parts {
				put(part, 1)
			}
			system.Add(weights, value)
		}
		ranges, err := system.Ranges()
		if err != nil {
			t.Fatal(err)
		}
		nobody := publishedZeros(table, visible, outcome)
		for key, i := range unknown {
			c := cells[key]
			if nobody[key] || c.Unpublished && !few(c, policy) {
				continue
			}
			if r := ranges[i]; r.High-r.Low < float64(policy.Floor())-1e-6 {
				found = append(found, fmt.Sprintf("outcome %d of %s, %d, lies within %g and %g", outcome, key, c.Parts[outcome], r.Low, r.High))
			}
		}
	}
	slices.Sort(found)
	return found
}

// publishedZeros are the cells within a shown group that had nobody with an
// outcome: that is published, and the group is large enough to say so.
func publishedZeros(table disclosure.Table, visible map[string]bool, outcome int) map[string]bool {
	zero := map[string]bool{}
	for _, c := range table.Cells {
		zero[c.Key] = visible[c.Key] && c.Parts[outcome] == 0
	}
	for range 4 { // Nation, department or region, piece: and each in two periods.
		for _, s := range table.Sums {
			for _, part := range s.Parts {
				zero[part] = zero[part] || zero[s.Total]
			}
		}
	}
	return zero
}
