package statistics

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// near checks a number against a published one, relative to its size.
func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Max(1, math.Abs(want)) || math.IsNaN(got) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

// nearSome checks an optional number; a NaN is wanted where none may exist.
func nearSome(t *testing.T, what string, got Optional, want, relative float64) {
	t.Helper()
	if got.Exists == math.IsNaN(want) {
		t.Errorf("%s = %v, want %v", what, got, want)
		return
	}
	if got.Exists {
		near(t, what, got.Value, want, relative)
	}
}

// none stands for a number that does not exist.
var none = math.NaN()

// frame is a data set with its columns by name.
type frame map[string][]string

func load(t *testing.T, name string) frame {
	t.Helper()
	source, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	records, err := csv.NewReader(source).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := frame{}
	for i, column := range records[0] {
		for _, record := range records[1:] {
			columns[column] = append(columns[column], record[i])
		}
	}
	return columns
}

// without drops the rows in which a column holds a value.
func (f frame) without(column, value string) frame {
	kept := frame{}
	for i, v := range f[column] {
		if v == value {
			continue
		}
		for name := range f {
			kept[name] = append(kept[name], f[name][i])
		}
	}
	return kept
}

// whole is the life table of all rows.
func (f frame) whole(t *testing.T) LifeTable {
	t.Helper()
	return f.table(t, func(int) bool { return true })
}

func (f frame) table(t *testing.T, in func(row int) bool) LifeTable {
	t.Helper()
	var rows []Observation
	for i := range f["time"] {
		if !in(i) {
			continue
		}
		time, err := strconv.ParseFloat(f["time"][i], 64)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := strconv.Atoi(f["event"][i])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, Observation{Time: time, Outcome: Outcome(outcome), Count: 1})
	}
	return tabulate(t, rows)
}

// groups is one stratum, with the groups of a column in the order given.
func (f frame) groups(t *testing.T, column string, names ...string) Stratum {
	t.Helper()
	var stratum Stratum
	for _, name := range names {
		stratum = append(stratum, f.table(t, func(i int) bool { return f[column][i] == name }))
	}
	return stratum
}

// strata splits the groups of one column by another.
func (f frame) strata(t *testing.T, by, column string, names ...string) []Stratum {
	t.Helper()
	var strata []Stratum
	for _, value := range slices.Compact(slices.Sorted(slices.Values(f[by]))) {
		var stratum Stratum
		for _, name := range names {
			stratum = append(stratum, f.table(t, func(i int) bool { return f[by][i] == value && f[column][i] == name }))
		}
		strata = append(strata, stratum)
	}
	return strata
}

func tabulate(t *testing.T, rows []Observation) LifeTable {
	t.Helper()
	table, err := Tabulate(rows)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// rows pairs times with outcomes.
func rows(times []float64, events []int) []Observation {
	var made []Observation
	for i, time := range times {
		made = append(made, Observation{Time: time, Outcome: Outcome(events[i]), Count: 1})
	}
	return made
}

func kaplanMeier(t *testing.T, table LifeTable) *Curve {
	t.Helper()
	curve, err := KaplanMeier(table, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return curve
}

func logRank(t *testing.T, strata []Stratum, rho float64) LogRankTest {
	t.Helper()
	result, err := LogRank(strata, rho)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
