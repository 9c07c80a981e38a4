package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/desk"
	"amparo/services/present"
)

// newNumber opens a number: what it counts, then the departments, the
// institutions and the cases behind it, with a denominator at each step. It
// returns nil where the link asks for nothing that the catalogue has.
func (p *pages) newNumber(f frame, s *snapshot.Snapshot, b *desk.Board) *page {
	d, known := p.cat.Duty(f.Query.Get("duty"))
	q := desk.Question{Window: windowOf(f), Region: f.Query.Get("region"), Place: f.Query.Get("department"), Institution: f.Query.Get("institution")}
	if q.Window == indicator.All {
		q.Window = indicator.Year // Institutions are counted for the year and the month.
	}
	switch {
	case !known,
		q.Region != "" && !slices.Contains(p.cat.Places.Regions(p.grouping), q.Region),
		q.Place != "" && !p.cat.Places.Known(q.Place):
		return nil
	}
	q.Duty = d.ID
	v := &page{frame: f}
	v.Heading = d.Title.In(f.Lang)
	v.Lead = []string{p.where(f, q)}
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	v.Sections = []section{p.wholeOf(f, b, d, q), p.definition(f, b, d)}
	if q.Place == "" && q.Institution == "" {
		v.Sections = append(v.Sections, p.departments(f, b, q))
	}
	v.Sections = append(v.Sections, p.institutions(f, b, q))
	return v
}

// where says which part of the country a number is about.
func (p *pages) where(f frame, q desk.Question) string {
	parts := []string{present.Word("window", string(q.Window)).In(f.Lang)}
	switch {
	case q.Place != "":
		parts = append(parts, p.cat.Places.Name(q.Place))
	case q.Region != "":
		parts = append(parts, regionName(p.cat, q.Region, f.Lang))
	default:
		parts = append(parts, regionName(p.cat, indicator.Nation, f.Lang))
	}
	if q.Institution != "" {
		parts = append(parts, q.Institution)
	}
	return strings.Join(parts, " · ")
}

// wholeOf shows the number itself with all that it leaves out.
func (p *pages) wholeOf(f frame, b *desk.Board, d *law.Duty, q desk.Question) section {
	whole := b.Whole(q)
	share := shareEntry(whole.Met, whole.Due(), whole.Basis, f)
	value, note := share.Value, share.N
	if share.Range != "" {
		note = share.Range + ", " + note
	}
	if share.Mark != "" {
		note += " (" + share.Mark + ")"
	}
	cases := func(statuses string) string {
		return f.casesLink("duty", d.ID, "status", statuses, "window", string(q.Window), "region", q.Region, "department", q.Place, "institution", q.Institution)
	}
	return section{
		ID: "whole", Title: f.T("La cifra", "The number"), Text: []string{f.T("Contada al ", "Counted as of ") + localTime(p.cat, b.AsOf)},
		Form: &form{Path: numberPath, Label: f.T("Periodo y lugar", "Period and place"), Fields: []field{
			windowField(f, q.Window, indicator.Year, indicator.Month), p.dutyField(f, q.Duty), p.departmentField(f, q.Place),
		}},
		Tiles: []tile{
			{Label: f.T("Cumplidas en plazo", "Done in time"), Value: value, Note: note},
			{Label: present.Word("status", string(obligation.Met)).In(f.Lang), Value: present.Count(whole.Met), Link: cases(string(obligation.Met))},
			{Label: f.T("tarde o sin cumplir", "late or undone"), Value: present.Count(whole.Failed), Link: cases("failed")},
			{Label: f.T("aún no vencen", "not yet due"), Value: present.Count(whole.NotDue), Note: f.T("fuera de la cifra", "left out")},
			{Label: present.Word("status", string(obligation.Unclear)).In(f.Lang), Value: present.Count(whole.Unclear), Link: cases(string(obligation.Unclear)), Note: f.T("fuera de la cifra", "left out")},
			{Label: present.Word("status", string(obligation.Void)).In(f.Lang), Value: present.Count(whole.Void), Link: cases(string(obligation.Void)), Note: f.T("fuera de la cifra", "left out")},
		},
	}
}

func (p *pages) dutyField(f frame, selected string) field {
	var pairs []string
	for _, d := range byImplication(p.cat, p.cat.Duties) {
		if !d.NeverARow {
			pairs = append(pairs, d.ID, d.Title.In(f.Lang))
		}
	}
	return field{Name: "duty", Label: f.T("Deber", "Duty"), Options: options(selected, pairs...)}
}

func (p *pages) departmentField(f frame, selected string) field {
	pairs := []string{"", f.T("Todo el país", "The whole country")}
	for _, code := range p.cat.Places.Departments() {
		pairs = append(pairs, code, p.cat.Places.Name(code))
	}
	return field{Name: "department", Label: f.T("Departamento", "Department"), Options: options(selected, pairs...)}
}

// definition says what the number counts, and under which law.
func (p *pages) definition(f frame, b *desk.Board, d *law.Duty) section {
	bearers := make([]string, len(d.Bearer))
	for i, kind := range d.Bearer {
		bearers[i] = p.cat.Word(kind, f.Lang)
	}
	if len(bearers) == 0 {
		bearers = []string{f.T("la institución del hecho que la inicia", "the institution of the event that starts it")}
	}
	rows := [][2]string{
		{f.T("Numerador", "Numerator"), f.T("obligaciones cumplidas dentro del plazo", "obligations done within the limit")},
		{f.T("Denominador", "Denominator"), f.T("obligaciones que vencieron en el periodo: cumplidas en plazo, cumplidas tarde y vencidas sin cumplir", "obligations that fell due in the period: done in time, done late, and overdue and undone")},
		{f.T("Excluye", "Leaves out"), f.T("las que aún no vencen, las que quedaron sin efecto y las no determinables con lo registrado; se cuentan al lado", "those not yet due, those that fell away, and those that the records do not decide; they are counted beside")},
		{f.T("Obligado", "Bearer"), strings.Join(bearers, ", ")},
		{f.T("Implicancia", "Implication"), implicationTitle(p.cat, d.Implication, f.Lang)},
		{f.T("Catálogo", "Catalogue"), p.cat.Label()},
		{f.T("Contado al", "Counted as of"), localTime(p.cat, b.AsOf)},
	}
	if note := d.Note.In(f.Lang); note != "" {
		rows = append(rows, [2]string{f.T("Nota", "Note"), note})
	}
	t := &table{Name: f.T("Definición", "Definition"), Head: []string{f.T("Qué", "What"), f.T("Definición", "Definition")}}
	for _, row := range rows {
		t.Rows = append(t.Rows, tableRow{Head: entry{Value: row[0]}, Cells: []entry{prose(row[1])}})
	}
	return section{ID: "definition", Title: f.T("Qué cuenta", "What it counts"), Table: t, Figures: []figure{{
		Title: f.T("El plazo según la ley vigente en cada fecha", "The limit under the law of each date"), Table: p.regimes(f, d),
	}}}
}

// regimes lists the versions of a duty.
func (p *pages) regimes(f frame, d *law.Duty) *table {
	t := &table{Name: f.T("Regímenes del deber", "Regimes of the duty"), Head: []string{
		f.T("Norma", "Norm"), f.T("Plazo", "Limit"), f.T("Vigente", "In force"), f.T("Peso", "Weight"), f.T("Confianza", "Confidence"),
	}}
	for _, r := range d.Regimes {
		span := f.T("desde ", "from ") + r.From.String()
		if r.Ends {
			span += f.T(" hasta ", " to ") + r.To.String()
		}
		t.Rows = append(t.Rows, tableRow{Head: entry{Value: r.Citation, Prose: true}, Cells: []entry{
			prose(p.cat.Describe(&r.Limit, f.Lang)), prose(span), prose(r.Kind.Title().In(f.Lang)), prose(present.Word("confidence", r.Confidence).In(f.Lang)),
		}})
	}
	return t
}

// departments splits a number by department.
func (p *pages) departments(f frame, b *desk.Board, q desk.Question) section {
	sec := section{ID: "departments", Title: f.T("Por departamento", "By department"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &table{Name: sec.Title, Head: p.partHead(f, f.T("Departamento", "Department")), None: f.T("Ninguno.", "None.")}
	for _, part := range b.ByDepartment(q) {
		if !f.viewer.May(access.SeeNation) && !part.Any() {
			continue // It lies outside what the viewer sees, or nothing was counted there.
		}
		head := entry{Value: p.cat.Places.Name(part.Code), Link: f.Link(numberPath, "duty", q.Duty, "window", string(q.Window), "department", part.Code)}
		t.Rows = append(t.Rows, tableRow{Head: head, Cells: p.partCells(f, &part)})
	}
	if q.Region != "" {
		sec.Notes = append(sec.Notes, f.T("De cada departamento se cuentan solo las provincias de la región; su enlace abre el departamento entero.", "Of each department only the provinces of the region are counted; its link opens the whole department."))
	}
	sec.Table = t
	return sec
}

// institutions splits a number by institution, by code.
func (p *pages) institutions(f frame, b *desk.Board, q desk.Question) section {
	sec := section{ID: "institutions", Title: f.T("Por institución", "By institution"), Notes: []string{
		f.T("En orden de código: el producto no ordena a nadie por resultado. Un número pequeño dice poco de una institución.", "In order of code: nobody is ranked by result. A small number says little about an institution."),
	}}
	parts := b.ByInstitution(q)
	if fig := funnel(f, parts); fig != nil && q.Institution == "" {
		sec.Figures = []figure{*fig}
	}
	t := &table{Name: sec.Title, Head: p.partHead(f, f.T("Institución", "Institution")), None: f.T("Ninguna institución tuvo obligaciones aquí.", "No institution had obligations here.")}
	for i, part := range parts {
		if q.Place == "" && q.Institution == "" && i == mostInstitutions {
			sec.Notes = append(sec.Notes, fmt.Sprintf(f.T("Se muestran %s de %s; elija un departamento para ver las suyas.", "%s of %s are shown; choose a department to see its own."), present.Count(mostInstitutions), present.Count(int64(len(parts)))))
			break
		}
		head := entry{Value: part.Code, Link: f.Link(numberPath, "duty", q.Duty, "window", string(q.Window), "region", q.Region, "department", q.Place, "institution", part.Code)}
		if part.Code == "" {
			head = entry{Value: f.T("sin institución registrada", "no institution recorded")}
		}
		t.Rows = append(t.Rows, tableRow{Head: head, Cells: p.partCells(f, &part)})
	}
	sec.Table = t
	return sec
}

// mostInstitutions keeps a page of the whole country light enough for a poor link.
const mostInstitutions = 200

func (p *pages) partHead(f frame, what string) []string {
	return []string{what, f.T("En plazo", "On time"), f.T("Cumplidas en plazo", "Done in time"), f.T("Vencieron", "Fell due"), f.T("Aún no vencen", "Not yet due"), f.T("No determinables", "Unclear"), f.T("Sin efecto", "Void")}
}

func (p *pages) partCells(f frame, part *desk.Part) []entry {
	return []entry{shareEntry(part.Met, part.Due(), part.Basis, f), counted(part.Met), counted(part.Due()), counted(part.NotDue), counted(part.Unclear), counted(part.Void)}
}
