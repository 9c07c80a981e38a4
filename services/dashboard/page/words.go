package page

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/desk"
	"amparo/services/present"
)

// RegionParameter is a region as a link names it: none for the nation.
func RegionParameter(region string) string {
	if region == indicator.Nation {
		return ""
	}
	return region
}

// WindowOf reads the window of a page, twelve months where none is named.
func WindowOf(f Frame) indicator.Window {
	if w := indicator.Window(f.Query.Get("window")); slices.Contains(indicator.AllWindows(), w) {
		return w
	}
	return indicator.Year
}

// WindowField asks for one of some windows, of all where none is named.
func WindowField(f Frame, selected indicator.Window, among ...indicator.Window) Field {
	if len(among) == 0 {
		among = indicator.AllWindows()
	}
	var pairs []string
	for _, w := range among {
		pairs = append(pairs, string(w), present.Word("window", string(w)).In(f.Lang))
	}
	return Field{Name: "window", Label: f.T("Periodo", "Period"), Options: Options(string(selected), pairs...)}
}

// ByImplication orders duties as the catalogue orders its implications.
func ByImplication(cat *law.Catalogue, duties []*law.Duty) []*law.Duty {
	number := map[string]int{}
	for i, implication := range cat.Implications {
		number[implication.ID] = i
	}
	return slices.SortedStableFunc(slices.Values(duties), func(a, b *law.Duty) int {
		return cmp.Compare(number[a.Implication], number[b.Implication])
	})
}

// ImplicationTitle is the title of an implication.
func ImplicationTitle(cat *law.Catalogue, id, lang string) string {
	for _, implication := range cat.Implications {
		if implication.ID == id {
			return implication.Title.In(lang)
		}
	}
	return id
}

// RegionNames are the columns of tables: the nation, then the regions.
func RegionNames(cat *law.Catalogue, s *snapshot.Snapshot, lang string) []string {
	var names []string
	for _, region := range s.Places() {
		names = append(names, RegionName(cat, region, lang))
	}
	return names
}

// RegionName is the name of a region, or of the nation.
func RegionName(cat *law.Catalogue, region, lang string) string {
	return present.Place(cat, region).In(lang)
}

// DutyField asks for a duty that can have obligations.
func DutyField(cat *law.Catalogue, f Frame, selected string) Field {
	var pairs []string
	for _, d := range ByImplication(cat, cat.Duties) {
		if !d.NeverARow {
			pairs = append(pairs, d.ID, d.Title.In(f.Lang))
		}
	}
	return Field{Name: "duty", Label: f.T("Deber", "Duty"), Options: Options(selected, pairs...)}
}

// DepartmentField asks for a department, or the whole country.
func DepartmentField(cat *law.Catalogue, f Frame, selected string) Field {
	pairs := []string{"", f.T("Todo el país", "The whole country")}
	for _, code := range cat.Places.Departments() {
		pairs = append(pairs, code, cat.Places.Name(code))
	}
	return Field{Name: "department", Label: f.T("Departamento", "Department"), Options: Options(selected, pairs...)}
}

// PartHead are the columns of a table of parts; what says of what.
func PartHead(f Frame, what string) []string {
	return []string{what, f.T("En plazo", "On time"), f.T("Cumplidas en plazo", "Done in time"), f.T("Vencieron", "Fell due"), f.T("Aún no vencen", "Not yet due"), f.T("No determinables", "Unclear"), f.T("Sin efecto", "Void")}
}

// PartCells are the cells of a part: a share with its denominator, and what is left out.
func PartCells(f Frame, part *desk.Part) []Entry {
	return []Entry{ShareEntry(part.Met, part.Due(), part.Basis, f), Counted(part.Met), Counted(part.Due()), Counted(part.NotDue), Counted(part.Unclear), Counted(part.Void)}
}

// Signed is a count as a number that may be subtracted.
func Signed(n uint64) int64 { return int64(n) } //nolint:gosec // A count fits.

// DutyEntry names a duty and opens its definition.
func DutyEntry(f Frame, d *law.Duty) Entry {
	return Entry{Value: d.Title.In(f.Lang), Link: f.Link(NumberPath, "duty", d.ID), Prose: true, Mark: d.Basis().Mark().In(f.Lang)}
}

// PlaceName is a place with its department.
func PlaceName(cat *law.Catalogue, code string) string {
	name := cat.Places.Name(code)
	if len(code) > 2 {
		name += ", " + cat.Places.Name(code[:2])
	}
	return name
}

// LocalTime is an instant as people in the catalogue's zone write it.
func LocalTime(cat *law.Catalogue, t time.Time) string { return present.Instant(t, cat.Zone) }

// Ago says a span of time in its largest useful unit.
func Ago(d time.Duration, f Frame) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf(f.T("%d días", "%d days"), int(d.Hours()/24))
}
