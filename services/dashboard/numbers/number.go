package numbers

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// newNumber opens a number: what it counts, then the departments, the
// institutions and the cases behind it, with a denominator at each step. It
// returns nil where the link asks for nothing that the catalogue has.
func (p *room) newNumber(f page.Frame, s *snapshot.Snapshot, b *desk.Board) *page.Page {
	d, known := p.Catalogue.Duty(f.Query.Get("duty"))
	q := desk.Question{Window: page.WindowOf(f), Region: f.Query.Get("region"), Place: f.Query.Get("department"), Institution: f.Query.Get("institution")}
	if q.Window == indicator.All {
		q.Window = indicator.Year // Institutions are counted for the year and the month.
	}
	switch {
	case !known,
		q.Region != "" && !slices.Contains(p.Catalogue.Places.Regions(p.Grouping), q.Region),
		q.Place != "" && !p.Catalogue.Places.Known(q.Place):
		return nil
	}
	q.Duty = d.ID
	v := &page.Page{Frame: f}
	v.Heading = d.Title.In(f.Lang)
	v.Lead = []string{p.where(f, q)}
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	v.Sections = []page.Section{p.wholeOf(f, b, d, q), p.definition(f, b, d)}
	if q.Place == "" && q.Institution == "" {
		v.Sections = append(v.Sections, p.departments(f, b, q))
	}
	v.Sections = append(v.Sections, p.institutions(f, b, q))
	return v
}

// where says which part of the country a number is about.
func (p *room) where(f page.Frame, q desk.Question) string {
	parts := []string{present.Word("window", string(q.Window)).In(f.Lang)}
	switch {
	case q.Place != "":
		parts = append(parts, p.Catalogue.Places.Name(q.Place))
	case q.Region != "":
		parts = append(parts, page.RegionName(p.Catalogue, q.Region, f.Lang))
	default:
		parts = append(parts, page.RegionName(p.Catalogue, indicator.Nation, f.Lang))
	}
	if q.Institution != "" {
		parts = append(parts, q.Institution)
	}
	return strings.Join(parts, " · ")
}

// wholeOf shows the number itself with all that it leaves out.
func (p *room) wholeOf(f page.Frame, b *desk.Board, d *law.Duty, q desk.Question) page.Section {
	whole := b.Whole(q)
	share := page.ShareEntry(whole.Met, whole.Due(), whole.Basis, f)
	value, note := share.Value, share.N
	if share.Range != "" {
		note = share.Range + ", " + note
	}
	if share.Mark != "" {
		note += " (" + share.Mark + ")"
	}
	cases := func(statuses string) string {
		return f.CasesLink("duty", d.ID, "status", statuses, "window", string(q.Window), "region", q.Region, "department", q.Place, "institution", q.Institution)
	}
	return page.Section{
		ID: "whole", Title: f.T("La cifra", "The number"), Text: []string{f.T("Contada al ", "Counted as of ") + page.LocalTime(p.Catalogue, b.AsOf)},
		Form: &page.Form{Path: page.NumberPath, Label: f.T("Periodo y lugar", "Period and place"), Fields: []page.Field{
			page.WindowField(f, q.Window, indicator.Year, indicator.Month), page.DutyField(p.Catalogue, f, q.Duty), page.DepartmentField(p.Catalogue, f, q.Place),
		}},
		Tiles: []page.Tile{
			{Label: f.T("Cumplidas en plazo", "Done in time"), Value: value, Note: note},
			{Label: present.Word("status", string(obligation.Met)).In(f.Lang), Value: present.Count(whole.Met), Link: cases(string(obligation.Met))},
			{Label: f.T("tarde o sin cumplir", "late or undone"), Value: present.Count(whole.Failed), Link: cases("failed")},
			{Label: f.T("aún no vencen", "not yet due"), Value: present.Count(whole.NotDue), Note: f.T("fuera de la cifra", "left out")},
			{Label: present.Word("status", string(obligation.Unclear)).In(f.Lang), Value: present.Count(whole.Unclear), Link: cases(string(obligation.Unclear)), Note: f.T("fuera de la cifra", "left out")},
			{Label: present.Word("status", string(obligation.Void)).In(f.Lang), Value: present.Count(whole.Void), Link: cases(string(obligation.Void)), Note: f.T("fuera de la cifra", "left out")},
		},
	}
}

// definition says what the number counts, and under which law.
func (p *room) definition(f page.Frame, b *desk.Board, d *law.Duty) page.Section {
	bearers := make([]string, len(d.Bearer))
	for i, kind := range d.Bearer {
		bearers[i] = p.Catalogue.Word(kind, f.Lang)
	}
	if len(bearers) == 0 {
		bearers = []string{f.T("la institución del hecho que la inicia", "the institution of the event that starts it")}
	}
	rows := [][2]string{
		{f.T("Numerador", "Numerator"), f.T("obligaciones cumplidas dentro del plazo", "obligations done within the limit")},
		{f.T("Denominador", "Denominator"), f.T("obligaciones que vencieron en el periodo: cumplidas en plazo, cumplidas tarde y vencidas sin cumplir", "obligations that fell due in the period: done in time, done late, and overdue and undone")},
		{f.T("Excluye", "Leaves out"), f.T("las que aún no vencen, las que quedaron sin efecto y las no determinables con lo registrado; se cuentan al lado", "those not yet due, those that fell away, and those that the records do not decide; they are counted beside")},
		{f.T("Obligado", "Bearer"), strings.Join(bearers, ", ")},
		{f.T("Implicancia", "Implication"), page.ImplicationTitle(p.Catalogue, d.Implication, f.Lang)},
		{f.T("Catálogo", "Catalogue"), p.Catalogue.Label()},
		{f.T("Contado al", "Counted as of"), page.LocalTime(p.Catalogue, b.AsOf)},
	}
	if note := d.Note.In(f.Lang); note != "" {
		rows = append(rows, [2]string{f.T("Nota", "Note"), note})
	}
	t := &page.Table{Name: f.T("Definición", "Definition"), Head: []string{f.T("Qué", "What"), f.T("Definición", "Definition")}}
	for _, row := range rows {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: row[0]}, Cells: []page.Entry{page.Prose(row[1])}})
	}
	return page.Section{ID: "definition", Title: f.T("Qué cuenta", "What it counts"), Table: t, Figures: []page.Figure{{
		Title: f.T("El plazo según la ley vigente en cada fecha", "The limit under the law of each date"), Table: p.regimes(f, d),
	}}}
}

// regimes lists the versions of a duty.
func (p *room) regimes(f page.Frame, d *law.Duty) *page.Table {
	t := &page.Table{Name: f.T("Regímenes del deber", "Regimes of the duty"), Head: []string{
		f.T("Norma", "Norm"), f.T("Plazo", "Limit"), f.T("Vigente", "In force"), f.T("Peso", "Weight"), f.T("Confianza", "Confidence"),
	}}
	for _, r := range d.Regimes {
		span := f.T("desde ", "from ") + r.From.String()
		if r.Ends {
			span += f.T(" hasta ", " to ") + r.To.String()
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: r.Citation, Prose: true}, Cells: []page.Entry{
			page.Prose(p.Catalogue.Describe(&r.Limit, f.Lang)), page.Prose(span), page.Prose(r.Kind.Title().In(f.Lang)), page.Prose(present.Word("confidence", r.Confidence).In(f.Lang)),
		}})
	}
	return t
}

// departments splits a number by department.
func (p *room) departments(f page.Frame, b *desk.Board, q desk.Question) page.Section {
	sec := page.Section{ID: "departments", Title: f.T("Por departamento", "By department"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &page.Table{Name: sec.Title, Head: page.PartHead(f, f.T("Departamento", "Department")), None: f.T("Ninguno.", "None.")}
	for _, part := range b.ByDepartment(q) {
		if !f.Viewer.May(access.SeeNation) && !part.Any() {
			continue // It lies outside what the viewer sees, or nothing was counted there.
		}
		head := page.Entry{Value: p.Catalogue.Places.Name(part.Code), Link: f.Link(page.NumberPath, "duty", q.Duty, "window", string(q.Window), "department", part.Code)}
		t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: page.PartCells(f, &part)})
	}
	if q.Region != "" {
		sec.Notes = append(sec.Notes, f.T("De cada departamento se cuentan solo las provincias de la región; su enlace abre el departamento entero.", "Of each department only the provinces of the region are counted; its link opens the whole department."))
	}
	sec.Table = t
	return sec
}

// institutions splits a number by institution, by code.
func (p *room) institutions(f page.Frame, b *desk.Board, q desk.Question) page.Section {
	sec := page.Section{ID: "institutions", Title: f.T("Por institución", "By institution"), Notes: []string{
		f.T("En orden de código: el producto no ordena a nadie por resultado. Un número pequeño dice poco de una institución.", "In order of code: nobody is ranked by result. A small number says little about an institution."),
	}}
	parts := b.ByInstitution(q)
	if fig := funnel(f, parts); fig != nil && q.Institution == "" {
		sec.Figures = []page.Figure{*fig}
	}
	t := &page.Table{Name: sec.Title, Head: page.PartHead(f, f.T("Institución", "Institution")), None: f.T("Ninguna institución tuvo obligaciones aquí.", "No institution had obligations here.")}
	for i, part := range parts {
		if q.Place == "" && q.Institution == "" && i == mostInstitutions {
			sec.Notes = append(sec.Notes, fmt.Sprintf(f.T("Se muestran %s de %s; elija un departamento para ver las suyas.", "%s of %s are shown; choose a department to see its own."), present.Count(mostInstitutions), present.Count(int64(len(parts)))))
			break
		}
		head := page.Entry{Value: part.Code, Link: f.Link(page.NumberPath, "duty", q.Duty, "window", string(q.Window), "region", q.Region, "department", q.Place, "institution", part.Code)}
		if part.Code == "" {
			head = page.Entry{Value: f.T("sin institución registrada", "no institution recorded")}
		}
		t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: page.PartCells(f, &part)})
	}
	sec.Table = t
	return sec
}

// mostInstitutions keeps a page of the whole country light enough for a poor link.
const mostInstitutions = 200
