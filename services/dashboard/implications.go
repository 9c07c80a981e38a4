package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/message"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

// implications is what the page of the implications shows.
type implications struct {
	frame
	CountedAt string
	Regions   []string
	Columns   int
	Groups    []indicatorGroup
}

// An indicatorGroup is one implication with its indicators.
type indicatorGroup struct {
	ID, Title, Articles string
	Rows                []indicatorRow
}

type indicatorRow struct {
	ID, Title string
	Mark      string // where its numbers come from, if not from the law's deadlines or case events
	Counts    string
	CannotSee string
	Cells     []cell
}

func newImplications(cat *law.Catalogue, f frame, s *indicator.Snapshot) implications {
	f.Heading = f.T("Implicancias · ", "Implications · ")
	v := implications{frame: f}
	if v.Waiting = s == nil || s.IndicatorsAsOf.IsZero(); v.Waiting {
		return v
	}
	v.CountedAt = localTime(cat, s.IndicatorsAsOf)
	v.Regions = regionNames(cat, s, f.Lang)
	v.Columns = 1 + len(v.Regions)
	for _, i := range cat.Implications {
		group := indicatorGroup{
			ID: i.ID, Title: fmt.Sprintf("%d · %s", i.Number, i.Title.In(f.Lang)), Articles: strings.Join(i.Articles, ", "),
		}
		for _, ind := range cat.Indicators {
			if slices.Contains(ind.Implications, i.ID) {
				group.Rows = append(group.Rows, newIndicatorRow(cat, s, ind, f.Lang))
			}
		}
		v.Groups = append(v.Groups, group)
	}
	return v
}

func newIndicatorRow(cat *law.Catalogue, s *indicator.Snapshot, ind *law.Indicator, lang string) indicatorRow {
	row := indicatorRow{
		ID: ind.ID, Title: ind.Title.In(lang), Mark: markOf(cat, ind, lang), CannotSee: ind.CannotSee.In(lang),
		Counts: ind.Numerator.In(lang) + " / " + ind.Denominator.In(lang),
	}
	print := printer(lang)
	for _, region := range s.Places() {
		row.Cells = append(row.Cells, valueCell(s.Value(ind.ID, region, indicator.Year), lang, print))
	}
	return row
}

// markOf says on what an indicator rests, where that is not plain case events
// under deadlines of the law.
func markOf(cat *law.Catalogue, ind *law.Indicator, lang string) string {
	var marks []string
	source := map[string]law.Text{
		"registers": {ES: "de registros", EN: "from registers"},
		"proxy":     {ES: "indirecto", EN: "proxy"},
		"catalogue": {ES: "del catálogo", EN: "from the catalogue"},
	}[ind.Source].In(lang)
	for _, mark := range []string{source, law.Basis{Kind: cat.WeightOf(ind)}.Mark().In(lang)} {
		if mark != "" {
			marks = append(marks, mark)
		}
	}
	return strings.Join(marks, "; ")
}

// valueCell is a value with its interval and n, or why there is none.
func valueCell(v *indicator.Value, lang string, print *message.Printer) cell {
	if v == nil {
		return cell{Share: "–"}
	}
	c := cell{Share: "–", N: print.Sprintf("n = %d", v.N)}
	if !v.Estimate.Exists {
		c.Interval = v.Reason.Title().In(lang)
		return c
	}
	c.Share = numberIn(v.Indicator.Unit, v.Estimate.Value, lang)
	if v.Low.Exists && v.High.Exists {
		format, scale := formatOf(v.Indicator.Unit)
		c.Interval = print.Sprintf(format+" – "+format, scale*v.Low.Value, scale*v.High.Value)
	}
	return c
}

// numberIn is a number with its unit, as people write it.
func numberIn(unit string, f float64, lang string) string {
	format, scale := formatOf(unit)
	return printer(lang).Sprintf(format, scale*f) + unitOf(unit, lang)
}

// formatOf is how numbers of a unit are printed, and by what they are multiplied.
func formatOf(unit string) (format string, scale float64) {
	switch unit {
	case "share":
		return "%.1f%%", 100
	case "points":
		return "%+.1f", 100
	case "hours", "days", "count":
		return "%.1f", 1
	}
	return "%.2f", 1
}

// unitOf is what stands after a number, "" after one that needs nothing.
func unitOf(unit, lang string) string {
	return map[string]law.Text{
		"points": {ES: " puntos", EN: " points"}, "hours": {ES: " horas", EN: " hours"}, "days": {ES: " días", EN: " days"},
	}[unit].In(lang)
}
