package numbers

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// implications is what the page of the implications shows.
type implications struct {
	page.Frame
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

func newImplications(cat *law.Catalogue, f page.Frame, s *snapshot.Snapshot) implications {
	f.Heading = f.T("Implicancias", "Implications")
	v := implications{Frame: f}
	if v.Waiting = s == nil; v.Waiting {
		return v
	}
	v.CountedAt = page.LocalTime(cat, s.AsOf)
	v.Regions = page.RegionNames(cat, s, f.Lang)
	v.Columns = 1 + len(v.Regions)
	for _, i := range cat.Implications {
		group := indicatorGroup{
			ID: i.ID, Title: fmt.Sprintf("%d · %s", i.Number, i.Title.In(f.Lang)), Articles: strings.Join(i.Articles, ", "),
		}
		for _, ind := range cat.Indicators {
			if slices.Contains(ind.Implications, i.ID) {
				group.Rows = append(group.Rows, newIndicatorRow(cat, s, ind, f))
			}
		}
		v.Groups = append(v.Groups, group)
	}
	return v
}

func newIndicatorRow(cat *law.Catalogue, s *snapshot.Snapshot, ind *law.Indicator, f page.Frame) indicatorRow {
	row := indicatorRow{
		ID: ind.ID, Title: ind.Title.In(f.Lang), Mark: markOf(cat, ind, f.Lang), CannotSee: ind.CannotSee.In(f.Lang),
		Counts: ind.Numerator.In(f.Lang) + " / " + ind.Denominator.In(f.Lang),
	}
	for _, region := range s.Places() {
		c := valueCell(s.Value(ind.ID, region, indicator.Year), f)
		c.Link = f.Link(page.IndicatorPath, "indicator", ind.ID, "region", page.RegionParameter(region))
		row.Cells = append(row.Cells, c)
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

// A cell is one number: never without n and, where there is one, its interval.
type cell struct {
	Share, Interval, N string
	Beyond             bool   // it speaks for a cause
	Link               string // opens the number
}

// valueCell is a value with its interval and n, or why there is none.
func valueCell(v *indicator.Value, f page.Frame) cell {
	if v == nil {
		return cell{Share: "–"}
	}
	c := cell{Share: "–", N: "n = " + present.Count(v.N)}
	lang := f.Lang
	switch {
	case !v.Estimate.Exists:
		c.Interval = v.Reason.Title().In(lang)
		return c
	case f.Unreported:
		c.Interval = present.NoCover.Text().In(lang)
		return c
	}
	c.Share = present.Amount(v.Estimate.Value, v.Indicator.Unit, v.N, lang)
	if v.Low.Exists && v.High.Exists {
		c.Interval = present.Range(present.Threshold(v.Low.Value, v.Indicator.Unit, v.N, lang), present.Threshold(v.High.Value, v.Indicator.Unit, v.N, lang), lang)
	}
	return c
}
