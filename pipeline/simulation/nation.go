package simulation

import (
	"bytes"
	_ "embed" // The margins are part of the program.
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// marginsCSV holds the real cases by department and risk that made-up cases
// are spread by.
//
//go:embed margins.csv
var marginsCSV []byte

// levels are the levels of risk, in the order of the columns of margins.csv.
var levels = [...]string{"mild", "moderate", "severe"}

// A cell of the margins: one department and level of risk, with its cases.
type cell struct {
	department string
	level      string
	cases      int
}

func readMargins() ([]cell, error) {
	r := csv.NewReader(bytes.NewReader(marginsCSV))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read margins: %w", err)
	}
	var cells []cell
	for _, row := range rows[1:] {
		for i, level := range levels {
			n, err := strconv.Atoi(row[1+i])
			if err != nil {
				return nil, fmt.Errorf("read margins of department %s: %w", row[0], err)
			}
			cells = append(cells, cell{row[0], level, n})
		}
	}
	return cells, nil
}

// limaDepartment is where national institutions sit.
const limaDepartment = "15"

// A unit is one made-up institution.
type unit struct {
	code   string
	kind   string
	source string // the system that its events come from
	place  string // ubigeo
}

// A province holds its districts and the institutions that serve them.
type province struct {
	code      string
	seed      uint64
	districts []string
	rural     float64 // share of its cases
	penalty   float64 // added to the chance that a step is late
	weight    int

	stations, familyStations, courts, cems                        []unit
	prosecutor, penalProsecutor, penalCourt, peaceCourt, medicine unit
	health, shelter                                               unit
}

// A nation is the places and institutions of a catalogue, and where its cases
// happen.
type nation struct {
	seed      uint64
	cells     []cell
	total     int                   // cases of all cells
	provinces map[string][]province // by department
	weights   map[string]int        // of all provinces of a department
	shocks    map[string][]shock    // by department
	chambers  map[string]unit       // by department
	superiors map[string]unit
	line100   unit
	ministry  unit
	judiciary unit
	sucamec   unit
}

// A shock is a time in which much stands still in a department.
type shock struct {
	kind        string
	from, until time.Time
}

// Sources are the systems in which institutions record, each as the made-up source
// that it is: the label of synthetic data travels with every event.
const (
	policeSystem      = event.SyntheticSource + ":pnp:sidpol"
	courtSystem       = event.SyntheticSource + ":pj:sij"
	prosecutorSystem  = event.SyntheticSource + ":mpfn:sgf"
	medicineSystem    = event.SyntheticSource + ":mpfn:diclis"
	programmeSystem   = event.SyntheticSource + ":mimp:registro-cem"
	healthSystem      = event.SyntheticSource + ":minsa:his"
	defenceSystem     = event.SyntheticSource + ":minjus:defensa"
	employerSystem    = event.SyntheticSource + ":mtpe:ventanilla"
	publicationSystem = event.SyntheticSource + ":mimp:observatorio"
	frontlineSystem   = event.SyntheticSource + ":mimp:primera-linea"
)

// newNation lays out the institutions. Places that the margins do not know, or
// that the catalogue does not, take no part.
func newNation(cat *law.Catalogue, cfg *Config) (*nation, error) {
	cells, err := readMargins()
	if err != nil {
		return nil, err
	}
	n := &nation{
		seed: cfg.Seed, provinces: map[string][]province{}, weights: map[string]int{}, shocks: map[string][]shock{},
		chambers: map[string]unit{}, superiors: map[string]unit{},
	}
	for _, c := range cells {
		if !cat.Places.Known(c.department) {
			continue
		}
		n.cells = append(n.cells, c)
		n.total += c.cases
		if n.provinces[c.department] == nil {
			n.addDepartment(cat, cfg, c.department)
		}
	}
	if n.total == 0 {
		return nil, fmt.Errorf("the catalogue %s has none of the departments of the margins: simulate with a catalogue of Peru", cat.ID)
	}
	capital := n.cells[0].department
	if cat.Places.Known(limaDepartment) {
		capital = limaDepartment
	}
	n.line100 = unit{unitCode(cfg.Seed, "l100-lima"), "line-100", programmeSystem, capital}
	n.ministry = unit{unitCode(cfg.Seed, "mimp-lima"), "ministry", publicationSystem, capital}
	n.judiciary = unit{unitCode(cfg.Seed, "pj-lima"), "judiciary", courtSystem, capital}
	n.sucamec = unit{unitCode(cfg.Seed, "sucamec-lima"), "sucamec", policeSystem, capital}
	return n, nil
}

// unitCode names a unit. Units are subjects themselves, so those of different
// seeds have different names, and simulations never meet in one store.
func unitCode(seed uint64, name string) string { return fmt.Sprintf("u%x-%s", seed, name) }

func (n *nation) addDepartment(cat *law.Catalogue, cfg *Config, department string) {
	n.chambers[department] = unit{unitCode(cfg.Seed, "sf-"+department), "family-chamber", courtSystem, department}
	n.superiors[department] = unit{unitCode(cfg.Seed, "fs-"+department), "prosecutor-superior", prosecutorSystem, department}
	// A department has its own pace, the same in every run of a seed.
	pace := rand.New(rand.NewPCG(cfg.Seed, departmentStream+uint64(len(n.provinces))))
	habit := (pace.Float64() - 0.5) * 2 * cfg.Rates.DepartmentSpread
	for range pace.IntN(3) {
		from := cfg.From.Add(time.Duration(pace.Float64() * float64(cfg.AsOf.Sub(cfg.From)))).Truncate(time.Hour)
		n.shocks[department] = append(n.shocks[department], shock{pick(pace, shockKinds), from, from.Add(days(4 + pace.IntN(17)))})
	}
	for i := 1; i < 100; i++ {
		code := fmt.Sprintf("%s%02d", department, i)
		if !cat.Places.Known(code) {
			continue
		}
		n.provinces[department] = append(n.provinces[department], newProvince(cat, cfg, code, habit))
	}
	if len(n.provinces[department]) == 0 {
		n.provinces[department] = []province{newProvince(cat, cfg, department, habit)}
	}
	for i := range n.provinces[department] {
		n.weights[department] += n.provinces[department][i].weight
	}
}

// departmentStream keeps the random numbers of departments apart from those of
// cases.
const departmentStream = 1 << 62

// Regions of the natural grouping whose services are slower and more rural.
const (
	highlands = "highlands"
	jungle    = "jungle"
)

func newProvince(cat *law.Catalogue, cfg *Config, code string, habit float64) province {
	p := province{code: code, seed: cfg.Seed, weight: 2, rural: 0.15, penalty: habit}
	stations := 3
	if len(code) < 4 || code[2:] == "01" { // holds the capital of the department
		p.weight, stations = 12, 8
	}
	switch region := cat.Places.Region(cat.Places.Groupings[0], code); region {
	case highlands:
		p.rural, p.penalty = 0.42, habit+cfg.Rates.HighlandsGap
	case jungle:
		p.rural, p.penalty = 0.38, habit+cfg.Rates.JungleGap
	}
	for i := 1; i < 100; i++ {
		if d := fmt.Sprintf("%s%02d", code, i); len(d) == 6 && cat.Places.Known(d) {
			p.districts = append(p.districts, d)
		}
	}
	if len(p.districts) == 0 {
		p.districts = []string{code}
	}
	several := func(prefix, kind, source string, n int) []unit {
		var units []unit
		for i := range n {
			units = append(units, unit{unitCode(cfg.Seed, fmt.Sprintf("%s-%s-%d", prefix, code, i+1)), kind, source, p.districts[i%len(p.districts)]})
		}
		return units
	}
	one := func(prefix, kind, source string) unit {
		return unit{unitCode(cfg.Seed, prefix+"-"+code), kind, source, code}
	}
	p.stations = several("pnp", "police-station", policeSystem, stations)
	p.familyStations = several("pnpf", "family-station", policeSystem, 1)
	p.courts = several("jf", "family-court", courtSystem, 1+stations/4)
	p.cems = several("cem", "cem", programmeSystem, 1+stations/4)
	p.prosecutor = one("fpf", "prosecutor-family", prosecutorSystem)
	p.penalProsecutor = one("fpp", "prosecutor-penal", prosecutorSystem)
	p.penalCourt = one("jp", "penal-court", courtSystem)
	p.peaceCourt = one("jpaz", "justice-of-peace", courtSystem)
	p.medicine = one("uml", "legal-medicine", medicineSystem)
	p.health = one("eess", "health-service", healthSystem)
	p.shelter = one("hrt", "shelter", programmeSystem)
	return p
}

// shocked reports whether a shock holds a department at an instant.
func (n *nation) shocked(department string, at time.Time) bool {
	return slices.ContainsFunc(n.shocks[department], func(s shock) bool { return !at.Before(s.from) && !at.After(s.until) })
}

// draw picks a department with a level of risk by the margins, then a province.
func (n *nation) draw(r *rand.Rand) (*province, string, string) {
	pick := r.IntN(n.total)
	c := n.cells[0]
	for _, c = range n.cells {
		if pick -= c.cases; pick < 0 {
			break
		}
	}
	list := n.provinces[c.department]
	pick = r.IntN(n.weights[c.department])
	i := slices.IndexFunc(list, func(p province) bool {
		pick -= p.weight
		return pick < 0
	})
	return &list[i], c.department, c.level
}

// localGovernment runs the programmes of a province; it sits in its capital.
func (p *province) localGovernment() unit {
	return unit{unitCode(p.seed, "gl-"+p.code), "local-government", programmeSystem, p.districts[0]}
}

func (n *nation) units() []unit {
	units := []unit{n.line100, n.ministry, n.judiciary, n.sucamec}
	for department := range n.provinces {
		units = append(units, n.chambers[department], n.superiors[department],
			unit{unitCode(n.seed, "gr-"+department), "regional-government", publicationSystem, department})
		for i := range n.provinces[department] {
			p := &n.provinces[department][i]
			units = slices.Concat(units, p.stations, p.familyStations, p.courts, p.cems,
				[]unit{p.prosecutor, p.penalProsecutor, p.penalCourt, p.peaceCourt, p.medicine, p.health, p.shelter, p.localGovernment()})
		}
	}
	slices.SortFunc(units, func(a, b unit) int { return strings.Compare(a.code, b.code) })
	return units
}
