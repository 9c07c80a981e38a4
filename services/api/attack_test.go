package api_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"amparo/pipeline/disclosure"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/api"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
)

// The attacker plays one role. They download every table of shares by place that
// the role may have, know the map of the country, that nobody is counted less
// than zero times and how counts were rounded, and solve what each hidden number
// can be. They know nothing of how the hidden ones were chosen.
func TestAnAttackerPinsNothingHiddenInWhatARoleDownloads(t *testing.T) {
	in := desktest.Counted(t)
	// The store is small. The same country with ten times the cases has more to show
	// and still small groups.
	dense := in.Board.Within(func(string, string) bool { return true })
	for i := range dense.Offices {
		for _, n := range []*int64{&dense.Offices[i].Month.Met, &dense.Offices[i].Month.Failed, &dense.Offices[i].Year.Met, &dense.Offices[i].Year.Failed} {
			*n *= 10
		}
	}
	tests := map[string]struct {
		viewer access.Viewer
		paths  map[string]string // by period
		slack  float64           // how far a shown number may be from the true one
		least  int               // numbers that have to be hidden and shown, for the test to mean something
	}{
		"public":  {access.Viewer{}, map[string]string{"month": "/public/on-time?period=month", "year": "/public/on-time?period=year"}, disclosure.Step / 2, 5},
		"analyst": {ana, map[string]string{"month": "/on-time?window=month", "year": "/on-time?window=year"}, 0, 50},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, _ := served(t, test.viewer, func(c *api.Config) { c.Board = func() *desk.Board { return dense } })
			hidden, shown, found, unprotected := 0, 0, 0, 0
			floor := float64(test.viewer.Policy("", "").Floor())
			for duty, cells := range downloaded(t, server, test.paths) {
				a := attacker{cat: in.Catalogue, cells: cells, slack: test.slack}
				for _, c := range cells {
					if c.hidden {
						hidden++
					} else if c.due > 0 {
						shown++
					}
				}
				for _, text := range a.pins(t, floor) {
					found++
					t.Errorf("%s: %s", duty, text)
				}
				unprotected += a.pinsWithout(t, floor)
			}
			t.Logf("%d numbers shown, %d hidden, %d found out; in %d duties something would be if one hidden number were shown", shown, hidden, found, unprotected)
			if hidden < test.least || shown < test.least {
				t.Errorf("%d hidden and %d shown are too few for a test", hidden, shown)
			}
			if test.slack == 0 && unprotected == 0 {
				t.Error("the attack finds nothing even where one hidden number is shown")
			}
		})
	}
}

// A share is one row that was downloaded.
type share struct {
	period, level, place string
	hidden               bool
	met, due             float64
}

func (s share) key() string { return s.period + "/" + s.level + "/" + s.place }

// downloaded are the rows of all tables, by duty.
func downloaded(t *testing.T, server *httptest.Server, paths map[string]string) map[string][]share {
	t.Helper()
	out := map[string][]share{}
	for period, path := range paths {
		for _, row := range rows(t, server, path).Rows {
			s := share{period: period, level: row["level"].(string), place: row["place"].(string), hidden: row["hidden"] != nil}
			if !s.hidden {
				s.met, s.due = row["met"].(float64), row["due"].(float64)
			} else if row["met"] != nil || row["due"] != nil {
				t.Fatalf("a hidden row tells: %v", row)
			}
			duty := row["duty"].(string)
			out[duty] = append(out[duty], s)
		}
	}
	return out
}

type attacker struct {
	cat   *law.Catalogue
	cells []share
	slack float64
}

// unknowns numbers what is not known, as it is met.
type unknowns struct {
	at   map[string]int
	sums []map[int]float64
	rest []float64
}

func (u *unknowns) of(key string) int {
	i, ok := u.at[key]
	if !ok {
		i = len(u.at)
		u.at[key] = i
	}
	return i
}

func (u *unknowns) add(rest float64, weights map[int]float64) {
	u.sums, u.rest = append(u.sums, weights), append(u.rest, rest)
}

// know writes down one outcome of all that was downloaded, and the geography: the
// year is the month and a rest, a region is its pieces, and so is a department.
func (a *attacker) know(value func(share) float64) *unknowns {
	u := &unknowns{at: map[string]int{}}
	for _, c := range a.cells {
		if c.hidden {
			continue
		}
		i := u.of(c.key())
		if a.slack == 0 || c.due == 0 {
			u.add(value(c), map[int]float64{i: 1})
			continue
		}
		// The true number is the shown one less the slack, and something up to twice it.
		more, less := u.of(c.key()+" more"), u.of(c.key()+" less")
		u.add(value(c)-a.slack, map[int]float64{i: 1, more: -1})
		u.add(2*a.slack, map[int]float64{more: 1, less: 1})
	}
	sum := func(total string, parts ...string) {
		weights := map[int]float64{u.of(total): -1}
		for _, part := range parts {
			weights[u.of(part)] += 1
		}
		u.add(0, weights)
	}
	nation := a.nation()
	for _, period := range []string{"month", "rest", "year"} {
		regions, departments, byRegion := []string{}, []string{}, map[string][]string{}
		for _, department := range a.cat.Places.Departments() {
			key := period + "/department/" + department
			var pieces []string
			for _, region := range a.cat.Places.Regions("natural") {
				if a.cat.Places.Reaches("natural", department, region) {
					piece := period + "/piece/" + department + region
					pieces, byRegion[region] = append(pieces, piece), append(byRegion[region], piece)
				}
			}
			departments = append(departments, key)
			sum(key, pieces...)
			sum("year/department/"+department, "month/department/"+department, "rest/department/"+department)
		}
		for _, region := range a.cat.Places.Regions("natural") {
			regions = append(regions, period+"/region/"+region)
			sum(period+"/region/"+region, byRegion[region]...)
		}
		sum(period+"/nation/"+nation, departments...)
		sum(period+"/nation/"+nation, regions...)
	}
	for _, key := range append(regionKeys(a.cat), "nation/"+nation) {
		sum("year/"+key, "month/"+key, "rest/"+key)
	}
	return u
}

func regionKeys(cat *law.Catalogue) []string {
	var out []string
	for _, region := range cat.Places.Regions("natural") {
		out = append(out, "region/"+region)
	}
	return out
}

// nation is the code of the row of the whole country.
func (a *attacker) nation() string {
	i := slices.IndexFunc(a.cells, func(c share) bool { return c.level == "nation" })
	return a.cells[i].place
}

// pins are the hidden numbers that the attacker narrows down to less than the
// floor. A shown group that had nobody with an outcome says so of all within it.
func (a *attacker) pins(t *testing.T, floor float64) []string {
	t.Helper()
	var out []string
	for outcome, value := range map[string]func(share) float64{
		"met": func(c share) float64 { return c.met }, "failed": func(c share) float64 { return c.due - c.met },
	} {
		if a.slack > 0 && outcome == "failed" {
			continue // It is not downloaded: the difference of two rounded numbers says less.
		}
		u := a.know(value)
		ranges := solved(t, u.system())
		for _, c := range a.cells {
			r := ranges[u.at[c.key()]]
			if c.hidden && r.High-r.Low < floor-1e-6 && !a.zeroAbove(c, value) {
				out = append(out, fmt.Sprintf("%s of %s lies within %g and %g", outcome, c.key(), r.Low, r.High))
			}
		}
	}
	slices.Sort(out)
	return out
}

// zeroAbove reports whether a shown group that holds this one has nobody with the
// outcome: a department is held by the nation, and a month by its year.
func (a *attacker) zeroAbove(c share, value func(share) float64) bool {
	return slices.ContainsFunc(a.cells, func(o share) bool {
		holds := o.place == c.place && o.level == c.level || o.level == "nation" ||
			o.level == "region" && c.level == "department" && a.within(c.place, o.place)
		return !o.hidden && o.due > 0 && value(o) == 0 && holds && (o.period == c.period || o.period == "year")
	})
}

// within reports whether a department lies in one region alone.
func (a *attacker) within(department, region string) bool {
	for _, other := range a.cat.Places.Regions("natural") {
		if a.cat.Places.Reaches("natural", department, other) != (other == region) {
			return false
		}
	}
	return true
}

// pinsWithout reports, as 1, whether the attacker would find something if one
// hidden number were shown after all: with a truth that fits all the rest.
func (a *attacker) pinsWithout(t *testing.T, floor float64) int {
	t.Helper()
	u := a.know(func(c share) float64 { return c.met })
	system := u.system()
	ranges := solved(t, system)
	for _, c := range a.cells {
		i := u.at[c.key()]
		if !c.hidden || ranges[i].High > 1e9 {
			continue
		}
		row := make([]float64, len(u.at))
		row[i] = 1
		system.Add(row, ranges[i].High)
		for j, r := range solved(t, system) {
			if j != i && r.High-r.Low < floor-1e-6 && ranges[j].High-ranges[j].Low >= floor {
				return 1
			}
		}
		return 0
	}
	return 0
}

// system is all that is known, as the solver wants it.
func (u *unknowns) system() *disclosure.System {
	out := &disclosure.System{Unknowns: len(u.at)}
	for i, weights := range u.sums {
		row := make([]float64, len(u.at))
		for j, w := range weights {
			row[j] = w
		}
		out.Add(row, u.rest[i])
	}
	return out
}

func solved(t *testing.T, s *disclosure.System) []disclosure.Range {
	t.Helper()
	ranges, err := s.Ranges()
	if err != nil {
		t.Fatal(err)
	}
	return ranges
}
