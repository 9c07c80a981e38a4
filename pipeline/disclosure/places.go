package disclosure

import (
	"cmp"
	"maps"
	"slices"
)

// A Piece is what is counted where a department and a region cross: persons by
// outcome in the last month, and in the year that ends with it.
type Piece struct {
	Department, Region string
	Month, Year        []uint64
}

// A Place is a cell of a table of places: its period, its level and its code.
type Place struct {
	Period Period
	Level  Level
	Code   string
}

// Period is a time that is published.
type Period string

// The periods. What the year holds beside its month is never shown, and anyone
// can subtract it: it is protected like the others.
const (
	Month Period = "month"
	Year  Period = "year"
	rest  Period = "rest"
)

// Level is one of the ways to divide the nation.
type Level string

// The levels. Pieces are never shown: a department that lies in two regions
// links their totals.
const (
	Nation     Level = "nation"
	Region     Level = "region"
	Department Level = "department"
	piece      Level = "piece"
)

// Key is the cell's key in the table that Places makes.
func (p Place) Key() string { return string(p.Period) + "/" + string(p.Level) + "/" + p.Code }

// Places links what was counted in pieces: pieces to departments and to regions,
// both to the nation, and the month to the year. It is the table from which all
// shares by place are shown, so that what one page hides no other gives away.
func Places(pieces []Piece) Table {
	b := placesBuilder{cells: map[Place][]uint64{}, sums: map[division]map[Place]bool{}}
	for _, p := range pieces {
		left := slices.Clone(p.Year)
		for i := range left {
			left[i] -= min(left[i], p.Month[i]) // A month beyond its year makes a table that contradicts itself.
		}
		for period, parts := range map[Period][]uint64{Month: p.Month, Year: p.Year, rest: left} {
			b.add(period, p, parts)
		}
	}
	return b.table()
}

type placesBuilder struct {
	cells map[Place][]uint64
	sums  map[division]map[Place]bool
}

// A division is one way in which a place is the sum of others: by period, or by
// a level beneath it.
type division struct {
	total Place
	by    string
}

func (b *placesBuilder) add(period Period, p Piece, parts []uint64) {
	at := Place{period, piece, p.Department + "×" + p.Region}
	department, region, nation := Place{period, Department, p.Department}, Place{period, Region, p.Region}, Place{period, Nation, ""}
	for _, place := range []Place{at, department, region, nation} {
		if b.cells[place] == nil {
			b.cells[place] = make([]uint64, len(parts))
		}
		for i, n := range parts {
			b.cells[place][i] += n
		}
		if period != Year {
			b.link(Place{Year, place.Level, place.Code}, "period", place)
		}
	}
	b.link(department, "piece", at)
	b.link(region, "piece", at)
	b.link(nation, "department", department)
	b.link(nation, "region", region)
}

func (b *placesBuilder) link(total Place, by string, part Place) {
	d := division{total, by}
	if b.sums[d] == nil {
		b.sums[d] = map[Place]bool{}
	}
	b.sums[d][part] = true
}

func (b *placesBuilder) table() Table {
	var t Table
	for _, place := range slices.SortedFunc(maps.Keys(b.cells), comparePlaces) {
		t.Cells = append(t.Cells, Cell{Key: place.Key(), Parts: b.cells[place], Unpublished: place.Level == piece || place.Period == rest})
	}
	for _, d := range slices.SortedFunc(maps.Keys(b.sums), compareDivisions) {
		s := Sum{Total: d.total.Key()}
		for _, part := range slices.SortedFunc(maps.Keys(b.sums[d]), comparePlaces) {
			s.Parts = append(s.Parts, part.Key())
		}
		t.Sums = append(t.Sums, s)
	}
	return t
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Period, b.Period), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Code, b.Code))
}

func compareDivisions(a, b division) int {
	return cmp.Or(comparePlaces(a.total, b.total), cmp.Compare(a.by, b.by))
}
