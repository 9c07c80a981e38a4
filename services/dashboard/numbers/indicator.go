package numbers

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// An indicatorRequest is which number of an indicator is asked for.
type indicatorRequest struct {
	ind                        *law.Indicator
	window                     indicator.Window
	region, department, office string
	of                         bool // one office is asked for, be it that none is recorded
}

// none stands in a link for what no institution is recorded of.
const none = "-"

// readIndicator reads the request; it is not ok where the link asks for nothing that the
// catalogue has.
func (p *room) readIndicator(f page.Frame) (q indicatorRequest, ok bool) {
	i := slices.IndexFunc(p.Catalogue.Indicators, func(ind *law.Indicator) bool { return ind.ID == f.Query.Get("indicator") })
	if i < 0 {
		return q, false
	}
	q = indicatorRequest{ind: p.Catalogue.Indicators[i], window: page.WindowOf(f), region: f.Query.Get("region"), department: f.Query.Get("department"), office: f.Query.Get("institution")}
	if q.of = q.office != ""; q.office == none {
		q.office = ""
	}
	return q, (q.region == "" || slices.Contains(p.Catalogue.Places.Regions(p.Grouping), q.region)) &&
		(q.department == "" || slices.Contains(p.Catalogue.Places.Departments(), q.department)) && (q.region == "" || q.department == "" && !q.of)
}

// link leads to a number of the same indicator and window.
func (q *indicatorRequest) link(f page.Frame, pairs ...string) string {
	return f.Link(page.IndicatorPath, append([]string{"indicator", q.ind.ID, "window", string(q.window)}, pairs...)...)
}

// newIndicator opens a number of an indicator: its definition, then the departments, the
// institutions and, for those who may, the cases behind it. What lies outside the reader's
// scope is not on it.
func (p *room) newIndicator(f page.Frame, s *snapshot.Snapshot) (page.Page, error) {
	v := page.Page{Frame: f}
	q, ok := p.readIndicator(f)
	if !ok {
		return v, page.ErrNothing
	}
	v.Heading, v.Path = q.ind.Title.In(f.Lang), page.ImplicationsPath
	b := p.Breakdown()
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v, nil
	}
	v.Lead = []string{p.whereOf(f, &q)}
	holds := f.Viewer.Numbers().Holds
	v.Sections = []page.Section{p.theNumber(f, s, b, &q), p.meaning(f, s, b, &q)}
	if !q.of && q.department == "" {
		if f.Viewer.May(access.SeeNation) && q.region == "" {
			v.Sections = append(v.Sections, p.byRegion(f, s, &q))
		}
		v.Sections = append(v.Sections, p.byDepartment(f, b, &q))
	}
	if list := b.Institutions(q.ind.ID, q.department, holds); q.region == "" && !q.of && (q.department != "" || !f.Viewer.May(access.SeeNation)) {
		v.Sections = append(v.Sections, p.byInstitution(f, b, &q, list))
	}
	return v, nil
}

// whereOf says which part of the country a number is about.
func (p *room) whereOf(f page.Frame, q *indicatorRequest) string {
	parts := []string{present.Word("window", string(q.window)).In(f.Lang)}
	switch {
	case q.department != "":
		parts = append(parts, p.Catalogue.Places.Name(q.department))
	case q.region != "":
		parts = append(parts, page.RegionName(p.Catalogue, q.region, f.Lang))
	case f.Viewer.May(access.SeeNation):
		parts = append(parts, page.RegionName(p.Catalogue, indicator.Nation, f.Lang))
	default:
		parts = append(parts, f.T("lo propio", "what is yours"))
	}
	if q.of {
		parts = append(parts, officeName(f, q.office))
	}
	return strings.Join(parts, " · ")
}

func officeName(f page.Frame, code string) string {
	if code == "" {
		return f.T("sin institución registrada", "no institution recorded")
	}
	return code
}

// value is the number that is asked for, nil where the reader may not see it or it was not
// counted. Whole numbers are those of the snapshot and of the departments; what is of
// single institutions is added up of those that the reader may see.
func (p *room) value(f page.Frame, s *snapshot.Snapshot, b *desk.Breakdown, q *indicatorRequest) *indicator.Value {
	holds := f.Viewer.Numbers().Holds
	switch {
	case q.of:
		var list []*indicator.Institution
		for _, i := range b.Institutions(q.ind.ID, q.department, holds) {
			if i.Code == q.office {
				list = append(list, i)
			}
		}
		return indicator.InstitutionValue(q.ind, q.window, list...)
	case q.department != "" && holds(q.department, ""):
		return b.Value(q.ind.ID, q.department, q.window)
	case q.department != "" || !f.Viewer.May(access.SeeNation):
		return indicator.InstitutionValue(q.ind, q.window, b.Institutions(q.ind.ID, q.department, holds)...)
	case q.region != "":
		return s.Value(q.ind.ID, q.region, q.window)
	}
	return s.Value(q.ind.ID, indicator.Nation, q.window)
}

// theNumber shows the number itself with all that it leaves out.
func (p *room) theNumber(f page.Frame, s *snapshot.Snapshot, b *desk.Breakdown, q *indicatorRequest) page.Section {
	asOf := b.AsOf
	if q.department == "" && !q.of && f.Viewer.May(access.SeeNation) {
		asOf = s.AsOf
	}
	sec := page.Section{
		ID: "whole", Title: f.T("La cifra", "The number"), Text: []string{f.T("Contada al ", "Counted as of ") + page.LocalTime(p.Catalogue, asOf)},
		Form: &page.Form{Path: page.IndicatorPath, Label: f.T("Periodo y lugar", "Period and place"), Fields: []page.Field{
			{Name: "indicator", Hidden: q.ind.ID}, page.WindowField(f, q.window), page.DepartmentField(p.Catalogue, f, q.department),
		}},
	}
	v := p.value(f, s, b, q)
	if v == nil {
		sec.Notes = []string{f.T("Esta cifra no existe por lugares.", "This number does not exist by place.")}
		return sec
	}
	cell := valueCell(v, f)
	sec.Tiles = []page.Tile{{Label: q.ind.Title.In(f.Lang), Value: cell.Share, Note: cell.Interval}}
	cases := ""
	if q.department != "" || q.of {
		cases = p.casesOf(f, q)
	}
	sec.Tiles = append(sec.Tiles,
		page.Tile{Label: f.T("Se cuenta sobre (n)", "It counts (n)"), Value: present.Count(v.N), Link: cases, Note: fmt.Sprintf(f.T("mínimo para dar un valor: %d", "least n for a value: %d"), q.ind.MinimumN)},
		page.Tile{Label: f.T("Fuera de la cifra", "Left out"), Value: present.Count(v.LeftOut), Note: f.T("aún no se sabe, o nunca", "not known yet, or never")})
	if indicator.AddsUp(&q.ind.Measure) && v.N > 0 {
		sec.Tiles = append(sec.Tiles, page.Tile{Label: f.T("Numerador y denominador", "Numerator and denominator"), Value: amounts(v.Numerator) + " / " + amounts(v.Denominator)})
	}
	if cases != "" {
		sec.Links = []page.Link{{Text: f.T("Lo que hay detrás, uno por uno", "What lies behind, one by one"), Address: cases}}
	} else if f.Viewer.May(access.SeeQueue) && opensCases(q.ind) {
		sec.Notes = []string{f.T("Los casos se abren desde un departamento o una institución.", "Cases are opened from a department or an institution.")}
	}
	return sec
}

// amounts writes a sum, which need not be of whole things.
func amounts(v float64) string {
	if v == float64(int64(v)) {
		return present.Count(int64(v))
	}
	return present.Fixed(v, 1)
}

// meaning is what the number counts, and under which law.
func (p *room) meaning(f page.Frame, s *snapshot.Snapshot, b *desk.Breakdown, q *indicatorRequest) page.Section {
	ind := q.ind
	var about []string
	for i := range p.Catalogue.Implications {
		if imp := &p.Catalogue.Implications[i]; slices.Contains(ind.Implications, imp.ID) {
			about = append(about, fmt.Sprintf("%d · %s", imp.Number, imp.Title.In(f.Lang)))
		}
	}
	for i := range p.Catalogue.Causes {
		if c := &p.Catalogue.Causes[i]; slices.Contains(ind.Causes, c.ID) {
			about = append(about, fmt.Sprintf(f.T("causa %d · %s", "cause %d · %s"), c.Number, c.Title.In(f.Lang)))
		}
	}
	rows := [][2]string{
		{f.T("Numerador", "Numerator"), ind.Numerator.In(f.Lang)},
		{f.T("Denominador", "Denominator"), ind.Denominator.In(f.Lang)},
		{f.T("Excluye", "Leaves out"), f.T("lo que a esta fecha aún no se puede saber y lo que los registros no deciden; se cuenta al lado", "what cannot be known yet at this date, and what the records do not decide; it is counted beside")},
		{f.T("No puede ver", "Cannot see"), ind.CannotSee.In(f.Lang)},
		{f.T("Unidad", "Unit"), present.Unit(ind.Unit, f.Lang)},
		{f.T("Mejor", "Better"), directions[ind.Direction].In(f.Lang)},
		{f.T("Artículos", "Articles"), strings.Join(ind.Articles, ", ")},
		{f.T("Mide", "Measures"), strings.Join(about, "; ")},
		{f.T("Sobre qué descansa", "Rests on"), orPlain(f, markOf(p.Catalogue, ind, f.Lang))},
		{f.T("Catálogo", "Catalogue"), p.Catalogue.Label()},
		{f.T("Contado al", "Counted as of"), fmt.Sprintf(f.T("%s (país y regiones); %s (departamentos e instituciones)", "%s (country and regions); %s (departments and institutions)"), page.LocalTime(p.Catalogue, s.AsOf), page.LocalTime(p.Catalogue, b.AsOf))},
	}
	if ind.Signal != nil {
		rows = append(rows, [2]string{f.T("Señal", "Signal"), thresholdOf(ind, f)})
	}
	t := &page.Table{Name: f.T("Definición", "Definition"), Head: []string{f.T("Qué", "What"), f.T("Definición", "Definition")}}
	for _, row := range rows {
		if row[1] != "" {
			t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: row[0]}, Cells: []page.Entry{page.Prose(row[1])}})
		}
	}
	return page.Section{ID: "definition", Title: f.T("Qué cuenta", "What it counts"), Table: t}
}

var directions = map[string]law.Text{
	"higher": {ES: "más es mejor", EN: "higher is better"}, "lower": {ES: "menos es mejor", EN: "lower is better"}, "neutral": {ES: "ni más ni menos es mejor por sí mismo", EN: "neither higher nor lower is better by itself"},
}

func orPlain(f page.Frame, mark string) string {
	if mark == "" {
		return f.T("hechos de casos y plazos de la ley", "events of cases and limits of the law")
	}
	return mark
}

// indicatorHead are the columns of a table of values.
func indicatorHead(f page.Frame, what string) []string {
	return []string{what, f.T("Valor", "Value"), f.T("Numerador", "Numerator"), f.T("Denominador", "Denominator"), f.T("Fuera", "Left out")}
}

// indicatorCells are the cells of a value: never without its n and interval.
func indicatorCells(f page.Frame, v *indicator.Value) []page.Entry {
	if v == nil {
		return []page.Entry{{Value: "–"}, {Value: "–"}, {Value: "–"}, {Value: "–"}}
	}
	c := valueCell(v, f)
	numerator, denominator := page.Entry{Value: "–"}, page.Entry{Value: "–"}
	if indicator.AddsUp(&v.Indicator.Measure) {
		numerator.Value, denominator.Value = amounts(v.Numerator), amounts(v.Denominator)
	}
	return []page.Entry{{Value: c.Share, Range: c.Interval, N: c.N}, numerator, denominator, page.Counted(v.LeftOut)}
}

func (p *room) byRegion(f page.Frame, s *snapshot.Snapshot, q *indicatorRequest) page.Section {
	sec := page.Section{ID: "regions", Title: f.T("Por región", "By region")}
	t := &page.Table{Name: sec.Title, Head: indicatorHead(f, f.T("Región", "Region")), None: f.T("Ninguna.", "None.")}
	for _, region := range s.Regions {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: page.RegionName(p.Catalogue, region, f.Lang), Link: q.link(f, "region", region)}, Cells: indicatorCells(f, s.Value(q.ind.ID, region, q.window))})
	}
	sec.Table = t
	return sec
}

// byDepartment splits the number by those departments that the reader may see whole.
func (p *room) byDepartment(f page.Frame, b *desk.Breakdown, q *indicatorRequest) page.Section {
	sec := page.Section{ID: "departments", Title: f.T("Por departamento", "By department"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &page.Table{Name: sec.Title, Head: indicatorHead(f, f.T("Departamento", "Department")), None: f.T("Ninguno que usted vea entero; abajo están sus instituciones.", "None that you see whole; your institutions are below.")}
	if q.region == "" && f.Viewer.May(access.SeeNation) {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: page.RegionName(p.Catalogue, indicator.Nation, f.Lang)}, Cells: indicatorCells(f, b.Value(q.ind.ID, indicator.Nation, q.window))})
	}
	for _, code := range p.Catalogue.Places.Departments() {
		if !f.Viewer.Numbers().Holds(code, "") || q.region != "" && !p.Catalogue.Places.Reaches(p.Grouping, code, q.region) {
			continue
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: p.Catalogue.Places.Name(code), Link: q.link(f, "department", code)}, Cells: indicatorCells(f, b.Value(q.ind.ID, code, q.window))})
	}
	if q.region != "" {
		sec.Notes = append(sec.Notes, f.T("Los departamentos que tienen alguna provincia en la región, contados enteros.", "The departments that have a province in the region, counted whole."))
	}
	sec.Table = t
	return sec
}

// byInstitution splits the number by institution, by code.
func (p *room) byInstitution(f page.Frame, b *desk.Breakdown, q *indicatorRequest, list []*indicator.Institution) page.Section {
	sec := page.Section{ID: "institutions", Title: f.T("Por institución", "By institution"), Text: []string{f.T("Contado al ", "Counted as of ") + page.LocalTime(p.Catalogue, b.AsOf)}, Notes: []string{
		f.T("En orden de código: el producto no ordena a nadie por resultado. Un número pequeño dice poco de una institución.", "In order of code: nobody is ranked by result. A small number says little about an institution."),
	}}
	if !indicator.AddsUp(&q.ind.Measure) {
		sec.Notes = append(sec.Notes, f.T("Esta cifra se mide sobre el conjunto: no es la suma de sus instituciones, de las que se dice cuánto cuentan.", "This number is measured over the whole: it is not the sum of its institutions, of which it is said how much they count."))
	}
	t := &page.Table{Name: sec.Title, Head: indicatorHead(f, f.T("Institución", "Institution")), None: f.T("Ninguna institución cuenta aquí.", "No institution counts here.")}
	for _, i := range list {
		v := i.Value(q.ind, q.window)
		if v.N == 0 && v.LeftOut == 0 {
			continue
		}
		if len(t.Rows) == mostInstitutions {
			sec.Notes = append(sec.Notes, fmt.Sprintf(f.T("Se muestran las primeras %d.", "The first %d are shown."), mostInstitutions))
			break
		}
		code := i.Code
		if code == "" {
			code = none
		}
		head := page.Entry{Value: officeName(f, i.Code), Link: q.link(f, "department", i.Region, "institution", code)}
		if q.department == "" && i.Region != "" {
			head.Mark = p.Catalogue.Places.Name(i.Region)
		}
		t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: indicatorCells(f, v)})
	}
	sec.Table = t
	return sec
}
