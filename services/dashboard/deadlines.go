package dashboard

import (
	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// newDeadlines is the share of each duty that was done in time, by region.
func (p *pages) newDeadlines(f page.Frame, s *snapshot.Snapshot) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Deberes cumplidos en plazo", "Duties done in time")
	if s == nil {
		return v
	}
	window := page.WindowOf(f)
	sec := page.Section{
		ID: "share", Title: f.T("De las que vencieron, cuántas se cumplieron en plazo", "Of those that fell due, how many were done in time"),
		Form: &page.Form{Path: page.DeadlinesPath, Label: f.T("Periodo", "Period"), Fields: []page.Field{page.WindowField(f, window)}},
		Notes: []string{
			f.T("Intervalo de Wilson al 95 %. Lo vencido y no cumplido cuenta como incumplido; lo que aún no vence no cuenta. Con menos de diez casos no se muestra una tasa. Son denuncias y actos registrados, no la prevalencia de la violencia.",
				"95 % Wilson interval. What is overdue and undone counts as a failure; what is not yet due does not count. Below ten cases no rate is shown. These are recorded reports and acts, not the prevalence of violence."),
			present.FewLegend.In(f.Lang),
		},
	}
	t := &page.Table{Name: sec.Title + ", " + present.Word("window", string(window)).In(f.Lang), Head: append([]string{f.T("Deber", "Duty")}, page.RegionNames(p.cat, s, f.Lang)...)}
	group := ""
	for _, d := range page.ByImplication(p.cat, s.Duties) {
		if d.Implication != group {
			group = d.Implication
			t.Rows = append(t.Rows, page.TableRow{Group: true, Head: page.Entry{Value: page.ImplicationTitle(p.cat, group, f.Lang)}})
		}
		national := s.OnTime[snapshot.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: window}]
		row := page.TableRow{Head: page.DutyEntry(f, d)}
		row.Head.Mark = national.Basis.Mark().In(f.Lang)
		for _, region := range s.Places() {
			o := s.OnTime[snapshot.OnTimeKey{Region: region, Duty: d.ID, Window: window}]
			cell := page.ShareEntry(o.Met, o.Due, law.Basis{}, f)
			cell.Link = f.Link(page.NumberPath, "duty", d.ID, "window", string(window), "region", page.RegionParameter(region))
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	v.Sections = []page.Section{sec}
	return v
}
