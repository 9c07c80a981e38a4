package dashboard

import (
	"fmt"
	"math"
	"slices"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// newPublic is what anyone may see: rounded shares of closed months, with small groups
// hidden, as they were published.
func (p *pages) newPublic(f page.Frame) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Cifras públicas", "Public numbers")
	v.AsOf = ""
	published := p.cfg.Published()
	if v.Waiting = false; published == nil {
		v.Lead = []string{f.T("Aún no se ha publicado ningún mes. Un mes se publica treinta días después de cerrarse, cuando hay datos. Esto no es lo mismo que un cero.",
			"No month has been published yet. A month is published thirty days after it closed, once there are data. That is not the same as a zero.")}
		return v
	}
	month := published.Closed.In(p.cat.Zone).AddDate(0, 0, -1)
	v.Lead = []string{fmt.Sprintf(f.T("De cada deber con plazo de ley: de los casos en que venció, en cuántos se cumplió en plazo. Periodos cerrados: %s, y los doce meses que terminan con él. Publicado el %s, versión %d; lo publicado no cambia con lo que llegue después.",
		"Of each duty with a limit of the law: of the cases in which it fell due, in how many it was done in time. Closed periods: %s, and the twelve months that end with it. Published on %s, version %d; what is published does not change with what comes in later."),
		month.Format("01/2006"), present.Day(published.CountedAt, p.cat.Zone), published.Version)}
	v.Sections = []page.Section{p.publicRegions(f, published), p.publicDepartments(f, published), publicRules(f)}
	return v
}

// shares are figures of duties by place, as a reader may see them.
type shares interface {
	Has(duty string) bool
	Figure(duty string, at disclosure.Place) disclosure.Figure
}

// publicPeriod reads the period of the public page: the year where none is named.
func publicPeriod(f page.Frame) disclosure.Period {
	if f.Query.Get("window") == string(disclosure.Month) {
		return disclosure.Month
	}
	return disclosure.Year
}

func (p *pages) publicPeriodField(f page.Frame) page.Field {
	return page.Field{Name: "window", Label: f.T("Periodo", "Period"), Options: page.Options(string(publicPeriod(f)),
		string(disclosure.Year), f.T("doce meses", "twelve months"), string(disclosure.Month), f.T("el mes", "the month"))}
}

func (p *pages) publicRegions(f page.Frame, published shares) page.Section {
	sec := page.Section{ID: "regions", Title: f.T("El país y sus regiones", "The country and its regions"),
		Form: &page.Form{Path: f.Path, Label: f.T("Periodo", "Period"), Fields: []page.Field{p.publicPeriodField(f), p.publicDutyField(f, published)}}}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Deber", "Duty"), page.RegionName(p.cat, indicator.Nation, f.Lang)}, None: f.T("Nada se publicó.", "Nothing was published.")}
	regions := p.cat.Places.Regions(p.grouping)
	for _, region := range regions {
		t.Head = append(t.Head, page.RegionName(p.cat, region, f.Lang))
	}
	group := ""
	for _, d := range p.publishedDuties(published) {
		if d.Implication != group {
			group = d.Implication
			t.Rows = append(t.Rows, page.TableRow{Group: true, Head: page.Entry{Value: page.ImplicationTitle(p.cat, group, f.Lang)}})
		}
		row := page.TableRow{Head: page.Entry{Value: d.Title.In(f.Lang), Prose: true}}
		row.Cells = append(row.Cells, publicEntry(published.Figure(d.ID, disclosure.Place{Period: publicPeriod(f), Level: disclosure.Nation}), f))
		for _, region := range regions {
			row.Cells = append(row.Cells, publicEntry(published.Figure(d.ID, disclosure.Place{Period: publicPeriod(f), Level: disclosure.Region, Code: region}), f))
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	return sec
}

// publishedDuties are the duties of which something was published, by implication.
func (p *pages) publishedDuties(published shares) []*law.Duty {
	return slices.DeleteFunc(page.ByImplication(p.cat, p.cat.Duties), func(d *law.Duty) bool { return !published.Has(d.ID) })
}

// publicDuty is the duty that is asked for, else that of which most was published.
func (p *pages) publicDuty(f page.Frame, published shares, duties []*law.Duty) *law.Duty {
	most, n := duties[0], uint64(0)
	for _, d := range duties {
		if d.ID == f.Query.Get("duty") {
			return d
		}
		if of := published.Figure(d.ID, disclosure.Place{Period: publicPeriod(f), Level: disclosure.Nation}); of.Hidden == "" && of.Persons > n {
			most, n = d, of.Persons
		}
	}
	return most
}

func (p *pages) publicDutyField(f page.Frame, published shares) page.Field {
	var pairs []string
	duties := p.publishedDuties(published)
	selected := ""
	if len(duties) > 0 {
		selected = p.publicDuty(f, published, duties).ID
	}
	for _, d := range duties {
		pairs = append(pairs, d.ID, d.Title.In(f.Lang))
	}
	return page.Field{Name: "duty", Label: f.T("Deber, por departamento", "Duty, by department"), Options: page.Options(selected, pairs...)}
}

// publicDepartments shows one duty in every department.
func (p *pages) publicDepartments(f page.Frame, published shares) page.Section {
	sec := page.Section{ID: "departments", Title: f.T("Por departamento", "By department")}
	duties := p.publishedDuties(published)
	if len(duties) == 0 {
		return sec
	}
	duty := p.publicDuty(f, published, duties)
	sec.Text = []string{duty.Title.In(f.Lang)}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Departamento", "Department"), f.T("En plazo", "On time")}}
	var marks []mark
	for _, code := range p.cat.Places.Departments() {
		figure := published.Figure(duty.ID, disclosure.Place{Period: publicPeriod(f), Level: disclosure.Department, Code: code})
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: p.cat.Places.Name(code)}, Cells: []page.Entry{publicEntry(figure, f)}})
		marks = append(marks, markOfFigure(f, code, figure))
	}
	sec.Table, sec.Beside = t, true
	sec.Figures = p.placeFigures(f, duty.Title.In(f.Lang), marks)
	return sec
}

// publicEntry is a figure as anyone sees it: one look for what is hidden, which is neither
// zero nor missing. Its share and interval are those of the rounded counts.
func publicEntry(figure disclosure.Figure, f page.Frame) page.Entry {
	if figure.Hidden != "" {
		return page.Entry{Value: disclosure.Sign, Range: figure.Hidden.Text().In(f.Lang)}
	}
	n := page.Signed(figure.Persons)
	e := page.Entry{Value: "–", N: "n ≈ " + present.Count(n)}
	if n == 0 {
		e.N = f.T("nada venció", "none fell due")
		return e
	}
	met := min(page.Signed(figure.Parts[0]), n)
	i, err := statistics.Wilson(met, n, 0.95)
	if err != nil || !present.Rated(n) {
		return e
	}
	e.Value = fmt.Sprintf("%.0f%%", 100*i.Estimate)
	e.Range = present.Range(fmt.Sprintf("%.0f%%", math.Floor(100*i.Low)), fmt.Sprintf("%.0f%%", math.Ceil(100*i.High)), f.Lang)
	return e
}

// publicRules say what was done to the numbers, and what they are not.
func publicRules(f page.Frame) page.Section {
	return page.Section{ID: "rules", Title: f.T("Cómo leer estas cifras", "How to read these numbers"), Items: []page.Item{
		{Text: f.T("Los casos se redondean a cinco; las tasas y sus intervalos de 95 % son las de los números redondeados.", "Cases are rounded to five; rates and their 95 % intervals are those of the rounded numbers.")},
		{Mark: disclosure.Sign, Text: f.T("oculta un grupo de menos de diez personas, o lo que permitiría calcularlo. No es cero ni falta de datos.", "hides a group of fewer than ten people, or what would let it be computed. It is neither zero nor missing.")},
		{Text: f.T("Son denuncias y actos registrados, no la prevalencia de la violencia: más denuncias pueden ser más confianza.", "These are recorded reports and acts, not the prevalence of violence: more reports can be more trust.")},
		{Text: f.T("Lo vencido y no cumplido cuenta como incumplido, y lo que no se informa también.", "What is overdue and undone counts as a failure, and so does what is not reported.")},
		{Text: f.T("No hay tabla de posiciones: un número pequeño dice poco de un lugar.", "There is no league table: a small number says little about a place.")},
	}, Links: []page.Link{{Text: f.T("Métodos y definiciones", "Methods and definitions"), Address: f.Link(page.MethodsPath)}}}
}
