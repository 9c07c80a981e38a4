package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/signals"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// newMatrix shows the law as the study read it: areas, implications and articles, with
// what is measured of each in every region, and what is not.
func (p *pages) newMatrix(f page.Frame, s *snapshot.Snapshot) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Cumplimiento por área e implicancia", "Compliance by area and implication")
	if s == nil {
		return v
	}
	v.Lead = []string{fmt.Sprintf(f.T("%d implicancias en %d áreas. En plazo: de las obligaciones con plazo de ley que vencieron en los últimos doce meses, cuántas se cumplieron en plazo. Donde la ley no pone plazo, solo hay indicadores.",
		"%d implications in %d areas. On time: of the obligations with a limit of the law that fell due in the last twelve months, how many were done in time. Where the law sets no limit there are indicators alone."), len(p.cat.Implications), len(areas(p.cat)))}
	sec := page.Section{ID: "matrix", Title: f.T("La matriz", "The matrix"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &page.Table{Name: sec.Title, Head: slices.Concat([]string{f.T("Implicancia", "Implication")}, page.RegionNames(p.cat, s, f.Lang),
		[]string{f.T("Indicadores con valor", "Indicators with a value"), f.T("Artículos", "Articles")})}
	for _, area := range areas(p.cat) {
		t.Rows = append(t.Rows, page.TableRow{Group: true, Head: page.Entry{Value: f.T("Área ", "Area ") + area}})
		for i := range p.cat.Implications {
			if imp := &p.cat.Implications[i]; imp.Area == area {
				t.Rows = append(t.Rows, p.matrixRow(f, s, imp))
			}
		}
	}
	sec.Table = t
	v.Sections = []page.Section{sec, p.causeRow(f, s), p.blind(f)}
	return v
}

// areas are the areas of the implications, in their order.
func areas(cat *law.Catalogue) []string {
	var out []string
	for _, i := range cat.Implications {
		if !slices.Contains(out, i.Area) {
			out = append(out, i.Area)
		}
	}
	return out
}

func (p *pages) matrixRow(f page.Frame, s *snapshot.Snapshot, imp *law.Implication) page.TableRow {
	row := page.TableRow{Head: page.Entry{Value: fmt.Sprintf("%d · %s", imp.Number, imp.Title.In(f.Lang)), Link: f.Link(page.ImplicationsPath) + "#" + imp.ID, Prose: true}}
	for _, region := range s.Places() {
		var met, due int64
		var basis law.Basis
		for _, d := range s.Duties {
			if d.Implication == imp.ID {
				o := s.OnTime[snapshot.OnTimeKey{Region: region, Duty: d.ID, Window: indicator.Year}]
				met, due = met+o.Met, due+o.Due
				if o.Any() {
					basis.Add(o.Basis)
				}
			}
		}
		cell := page.ShareEntry(met, due, basis, f)
		if !slices.ContainsFunc(s.Duties, func(d *law.Duty) bool { return d.Implication == imp.ID }) {
			cell = page.Prose(f.T("sin plazo de ley", "no limit of the law"))
		}
		row.Cells = append(row.Cells, cell)
	}
	have, all := 0, 0
	for _, ind := range p.cat.Indicators {
		if slices.Contains(ind.Implications, imp.ID) {
			all++
			if v := s.Value(ind.ID, indicator.Nation, indicator.Year); v != nil && v.Estimate.Exists {
				have++
			}
		}
	}
	row.Cells = append(row.Cells, page.Entry{Value: fmt.Sprintf(f.T("%d de %d", "%d of %d"), have, all), Link: f.Link(page.ImplicationsPath) + "#" + imp.ID}, page.Prose(strings.Join(imp.Articles, ", ")))
	return row
}

// causeRow is how strongly each cause is indicated in each region.
func (p *pages) causeRow(f page.Frame, s *snapshot.Snapshot) page.Section {
	sec := page.Section{ID: "causes", Title: f.T("Las causas posibles", "The possible causes"), Text: []string{signals.SignalCaution.In(f.Lang)}, Links: []page.Link{{Text: f.T("Ver las señales de cada causa", "See the signals of each cause"), Address: f.Link(page.CausesPath)}}}
	t := &page.Table{Name: sec.Title, Head: append([]string{f.T("Causa", "Cause")}, page.RegionNames(p.cat, s, f.Lang)...), None: f.T("Este catálogo no nombra causas.", "This catalogue names no causes.")}
	for i := range p.cat.Causes {
		cause := &p.cat.Causes[i]
		row := page.TableRow{Head: page.Entry{Value: fmt.Sprintf("%d · %s", cause.Number, cause.Title.In(f.Lang)), Link: f.Link(page.CausesPath) + "#" + cause.ID}}
		for _, region := range s.Places() {
			signs := signals.SignsOf(s.Indicators, cause.ID, region, indicator.Year)
			cell := page.Prose(signs.Strength().Title().In(f.Lang))
			cell.N = fmt.Sprintf(f.T("%d de %d señales", "%d of %d signals"), signs.Beyond, signs.WithValue)
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	return sec
}

// blind says what the events cannot show, indicator by indicator.
func (p *pages) blind(f page.Frame) page.Section {
	sec := page.Section{ID: "blind", Title: f.T("Lo que estas cifras no pueden ver", "What these numbers cannot see")}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Indicador", "Indicator"), f.T("No ve", "Cannot see")}}
	for _, ind := range p.cat.Indicators {
		if text := ind.CannotSee.In(f.Lang); text != "" && len(ind.Implications) > 0 {
			t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: ind.Title.In(f.Lang), Prose: true}, Cells: []page.Entry{page.Prose(text)}})
		}
	}
	sec.Figures = []page.Figure{{Title: f.T("Por indicador", "By indicator"), Table: t}}
	return sec
}
