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

// crossing is where a department and a region cross.
type crossing struct{ department, region string }

// byMonth is what simulated cases add to each duty, by month: as many months as releases and
// the eleven before them need.
func byMonth(t *testing.T, cat *law.Catalogue, cases, months int) map[string]map[crossing][][]uint64 {
	t.Helper()
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, cat.Zone)
	from := asOf.AddDate(0, -months, 0)
	s, err := simulation.New(cat, simulation.Config{Seed: 11, Cases: cases, From: from, AsOf: asOf, Grouping: "natural"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[crossing][][]uint64{}
	for c := range s.Cases() {
		for _, row := range c.Truth {
			duty, ok := cat.Duty(row.Duty)
			outcome := map[truth.Status]int{truth.Met: 0, truth.Late: 1, truth.Missed: 1}
			which, decided := outcome[row.Status]
			if !ok || !duty.IsCaseInstance() || row.Kind != string(law.Law) || !decided || !row.DueAt.After(from) || row.DueAt.After(asOf) {
				continue
			}
			at := row.DueAt.Add(-time.Millisecond).In(cat.Zone)
			month := (at.Year()-from.Year())*12 + int(at.Month()) - int(from.Month())
			if out[row.Duty] == nil {
				out[row.Duty] = map[crossing][][]uint64{}
			}
			key := crossing{row.Department, row.Region}
			if out[row.Duty][key] == nil {
				list := make([][]uint64, months)
				for i := range list {
					list[i] = make([]uint64, 2)
				}
				out[row.Duty][key] = list
			}
			out[row.Duty][key][month][which]++
		}
	}
	return out
}

// pieceOf is a release's piece of a crossing: the month, and the twelve that end with it.
func pieceOf(at crossing, months [][]uint64, end int) disclosure.Piece {
	p := disclosure.Piece{Department: at.department, Region: at.region, Month: slices.Clone(months[end]), Year: make([]uint64, 2)}
	for i := end - 11; i <= end; i++ {
		for out := range p.Year {
			p.Year[out] += months[i][out]
		}
	}
	return p
}

// publish makes a release a month, each with what was published before, or as if nothing had
// been.
func publish(t *testing.T, counted map[string]map[crossing][][]uint64, months int, jointly bool) map[int]*release {
	t.Helper()
	out := map[int]*release{}
	for end := 11; end < months; end++ {
		pieces := map[string][]disclosure.Piece{}
		before := &past{months: map[string]map[disclosure.Place][][]uint64{}}
		for duty, crossings := range counted {
			for at, list := range crossings {
				pieces[duty] = append(pieces[duty], pieceOf(at, list, end))
				for i := range list[:end+1] {
					for outcome, n := range list[i] {
						before.add(duty, at.department, at.region, pastMonths-1-end+i, outcome, n)
					}
				}
			}
		}
		for earlier, r := range out {
			before.releases[pastMonths-1-end+earlier] = r
		}
		if !jointly || len(out) == 0 {
			before = nil
		}
		r, err := newRelease(pieces, before, disclosure.ForPublic, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		out[end] = r
	}
	return out
}

// A chain is what an attacker knows of one place of a duty, from all releases together.
type chain struct {
	months [][]uint64
	shown  map[string][]bool // by period, of each month
}

// found solves what each hidden month of a place can be, from all that was shown of it. It
// returns those that are narrowed down to less than the floor.
func (c *chain) found(t *testing.T) []string {
	t.Helper()
	var out []string
	unknown := map[int]int{}
	for i := range c.months {
		if !c.shown["month"][i] {
			unknown[i] = len(unknown)
		}
	}
	for outcome := range 2 {
		system := disclosure.System{Unknowns: len(unknown)}
		nobody := map[int]bool{}
		for end := 11; end < len(c.months); end++ {
			if !c.shown["year"][end] {
				continue
			}
			weights, left, all := make([]float64, len(unknown)), 0.0, uint64(0)
			for i := end - 11; i <= end; i++ {
				all += c.months[i][outcome]
				if at, hidden := unknown[i]; hidden {
					weights[at], left = 1, left+float64(c.months[i][outcome])
				}
			}
			system.Add(weights, left)
			for i := end - 11; all == 0 && i <= end; i++ {
				nobody[i] = true
			}
		}
		ranges, err := system.Ranges()
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range unknown {
			small := few(disclosure.Cell{Parts: c.months[i]}, disclosure.ForPublic)
			if r := ranges[at]; !nobody[i] && (small || i >= 11) && r.High-r.Low < float64(disclosure.ForPublic.Floor())-1e-6 {
				out = append(out, fmt.Sprintf("month %d, outcome %d, of %d, lies within %g and %g", i, outcome, c.months[i][outcome], r.Low, r.High))
			}
		}
	}
	return out
}

// chains are what was published of every place of a duty, in all releases.
func chains(duty string, crossings map[crossing][][]uint64, releases map[int]*release, months int) map[disclosure.Place]*chain {
	out := map[disclosure.Place]*chain{}
	for at, list := range crossings {
		for _, place := range []disclosure.Place{{Level: disclosure.Department, Code: at.department}, {Level: disclosure.Region, Code: at.region}, {Level: disclosure.Nation}} {
			c := out[place]
			if c == nil {
				c = &chain{shown: map[string][]bool{"month": make([]bool, months), "year": make([]bool, months)}}
				for range months {
					c.months = append(c.months, make([]uint64, 2))
				}
				out[place] = c
			}
			for i := range list {
				for outcome, n := range list[i] {
					c.months[i][outcome] += n
				}
			}
		}
	}
	for place, c := range out {
		for end, r := range releases {
			for _, period := range []disclosure.Period{disclosure.Month, disclosure.Year} {
				at := place
				at.Period = period
				c.shown[string(period)][end] = r.Duties[duty][at.Key()].Hidden == ""
			}
		}
	}
	return out
}

// Someone keeps every release of more than a year, and adds and subtracts: of each place by
// itself nothing hidden is found, though it is where each release was made as if it were the
// first.
func TestAttackerWhoKeepsEveryReleaseFindsNoHiddenMonthOfAPlace(t *testing.T) {
	arithmeticAlone(t)
	const months = 26
	counted := byMonth(t, catalogue(t), 6000, months)
	found := map[bool]int{}
	shownYears := map[bool]int{}
	for _, jointly := range []bool{true, false} {
		releases := publish(t, counted, months, jointly)
		for _, duty := range slices.Sorted(maps.Keys(counted)) {
			for place, c := range chains(duty, counted[duty], releases, months) {
				for _, broken := range c.found(t) {
					if found[jointly]++; jointly {
						t.Errorf("%s, %s: %s", duty, place.Key(), broken)
					}
				}
				for _, shown := range c.shown["year"] {
					if shown {
						shownYears[jointly]++
					}
				}
			}
		}
	}
	t.Logf("found: %d, and %d where each release is made as if it were the first; years shown: %d and %d", found[true], found[false], shownYears[true], shownYears[false])
	if found[false] == 0 {
		t.Error("the attack finds nothing even where earlier releases are not looked at")
	}
	if shownYears[true]*3 < shownYears[false] {
		t.Errorf("%d years are shown of %d: too much is withheld", shownYears[true], shownYears[false])
	}
}

// A reader who joins places and months in one system knows more than from each place by
// itself: the months of the departments add up to the nation's, and each place's to its
// years. They find nothing either.
func TestPlacesAndMonthsInOneSystem(t *testing.T) {
	arithmeticAlone(t)
	const months = 15
	counted := byMonth(t, catalogue(t), 3000, months)
	found, hidden := map[bool]int{}, 0
	for _, jointly := range []bool{true, false} {
		releases := publish(t, counted, months, jointly)
		for duty, crossings := range counted {
			n, of := crossed(t, chains(duty, crossings, releases, months), months)
			if found[jointly] += n; jointly {
				hidden += of
			}
		}
	}
	t.Logf("of %d hidden numbers %d are found by whoever joins places and months, and %d where each release is made as if it were the first", hidden, found[true], found[false])
	if hidden < 500 || found[false] == 0 {
		t.Errorf("%d hidden, %d found without protection: the data does not put the rules to a test", hidden, found[false])
	}
	if found[true] > 0 {
		t.Errorf("%d of %d are found", found[true], hidden)
	}
}

// crossed solves departments and the nation together over all months. It returns how many hidden
// months are narrowed down to less than the floor, and how many are hidden.
func crossed(t *testing.T, all map[disclosure.Place]*chain, months int) (found, hidden int) {
	t.Helper()
	type cell struct {
		place disclosure.Place
		month int
	}
	nation := disclosure.Place{Level: disclosure.Nation}
	unknown := map[cell]int{}
	places := slices.DeleteFunc(slices.Collect(maps.Keys(all)), func(p disclosure.Place) bool { return p.Level == disclosure.Region })
	for _, place := range places {
		for i := range months {
			if !all[place].shown["month"][i] {
				unknown[cell{place, i}] = len(unknown)
			}
		}
	}
	for outcome := range 2 {
		system := disclosure.System{Unknowns: len(unknown)}
		nobody := map[cell]bool{}
		sum := func(total *cell, value uint64, parts []cell) {
			weights, left := make([]float64, len(unknown)), float64(value)
			if total != nil {
				if at, is := unknown[*total]; is {
					weights[at], left = -1, 0
				}
			}
			for _, part := range parts {
				if at, is := unknown[part]; is {
					weights[at] = 1
				} else {
					left -= float64(all[part.place].months[part.month][outcome])
				}
				nobody[part] = nobody[part] || value == 0 && (total == nil || all[total.place].shown["month"][total.month])
			}
			system.Add(weights, left)
		}
		for i := range months {
			var parts []cell
			for _, place := range places {
				if place != nation {
					parts = append(parts, cell{place, i})
				}
			}
			sum(&cell{nation, i}, all[nation].months[i][outcome], parts)
		}
		for _, place := range places {
			for end := 11; end < months; end++ {
				var parts []cell
				var value uint64
				for i := end - 11; i <= end; i++ {
					parts, value = append(parts, cell{place, i}), value+all[place].months[i][outcome]
				}
				if all[place].shown["year"][end] {
					sum(nil, value, parts)
				}
			}
		}
		ranges, err := system.Ranges()
		if err != nil {
			t.Fatal(err)
		}
		for c, at := range unknown {
			small := few(disclosure.Cell{Parts: all[c.place].months[c.month]}, disclosure.ForPublic)
			if nobody[c] || !small && c.month < 11 {
				continue
			}
			hidden++
			if ranges[at].High-ranges[at].Low < float64(disclosure.ForPublic.Floor())-1e-6 {
				found++
			}
		}
	}
	return found, hidden
}
