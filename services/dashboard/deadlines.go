package dashboard

import (
	"cmp"
	"slices"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/present"
)

// newDeadlines is the share of each duty that was done in time, by region.
func (p *pages) newDeadlines(f frame, s *snapshot.Snapshot) page {
	v := page{frame: f}
	v.Heading = f.T("Deberes cumplidos en plazo", "Duties done in time")
	if s == nil {
		return v
	}
	window := windowOf(f)
	sec := section{
		ID: "share", Title: f.T("De las que vencieron, cuántas se cumplieron en plazo", "Of those that fell due, how many were done in time"),
		Form: &form{Path: deadlinesPath, Label: f.T("Periodo", "Period"), Fields: []field{windowField(f, window)}},
		Notes: []string{
			f.T("Intervalo de Wilson al 95 %. Lo vencido y no cumplido cuenta como incumplido; lo que aún no vence no cuenta. Con menos de diez casos no se muestra una tasa. Son denuncias y actos registrados, no la prevalencia de la violencia.",
				"95 % Wilson interval. What is overdue and undone counts as a failure; what is not yet due does not count. Below ten cases no rate is shown. These are recorded reports and acts, not the prevalence of violence."),
			present.FewLegend.In(f.Lang),
		},
	}
	t := &table{Name: sec.Title + ", " + present.Word("window", string(window)).In(f.Lang), Head: append([]string{f.T("Deber", "Duty")}, regionNames(p.cat, s, f.Lang)...)}
	group := ""
	for _, d := range byImplication(p.cat, s.Duties) {
		if d.Implication != group {
			group = d.Implication
			t.Rows = append(t.Rows, tableRow{Group: true, Head: entry{Value: implicationTitle(p.cat, group, f.Lang)}})
		}
		national := s.OnTime[snapshot.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: window}]
		row := tableRow{Head: p.dutyEntry(f, d)}
		row.Head.Mark = national.Basis.Mark().In(f.Lang)
		for _, region := range s.Places() {
			o := s.OnTime[snapshot.OnTimeKey{Region: region, Duty: d.ID, Window: window}]
			cell := shareEntry(signed(o.Met), signed(o.Due), law.Basis{}, f)
			cell.Link = f.Link(numberPath, "duty", d.ID, "window", string(window), "region", regionParameter(region))
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	v.Sections = []section{sec}
	return v
}

// regionParameter is a region as a link names it: none for the nation.
func regionParameter(region string) string {
	if region == indicator.Nation {
		return ""
	}
	return region
}

// windowOf reads the window of a page, twelve months where none is named.
func windowOf(f frame) indicator.Window {
	if w := indicator.Window(f.Query.Get("window")); slices.Contains(indicator.AllWindows(), w) {
		return w
	}
	return indicator.Year
}

func windowField(f frame, selected indicator.Window, among ...indicator.Window) field {
	if len(among) == 0 {
		among = indicator.AllWindows()
	}
	var pairs []string
	for _, w := range among {
		pairs = append(pairs, string(w), present.Word("window", string(w)).In(f.Lang))
	}
	return field{Name: "window", Label: f.T("Periodo", "Period"), Options: options(string(selected), pairs...)}
}

// byImplication orders duties as the catalogue orders its implications.
func byImplication(cat *law.Catalogue, duties []*law.Duty) []*law.Duty {
	number := map[string]int{}
	for i, implication := range cat.Implications {
		number[implication.ID] = i
	}
	return slices.SortedStableFunc(slices.Values(duties), func(a, b *law.Duty) int {
		return cmp.Compare(number[a.Implication], number[b.Implication])
	})
}

func implicationTitle(cat *law.Catalogue, id, lang string) string {
	for _, implication := range cat.Implications {
		if implication.ID == id {
			return implication.Title.In(lang)
		}
	}
	return id
}

// regionNames are the columns of tables: the nation, then the regions.
func regionNames(cat *law.Catalogue, s *snapshot.Snapshot, lang string) []string {
	var names []string
	for _, region := range s.Places() {
		names = append(names, regionName(cat, region, lang))
	}
	return names
}

// regionName is the name of a region, or of the nation.
func regionName(cat *law.Catalogue, region, lang string) string {
	return present.Place(cat, region).In(lang)
}
