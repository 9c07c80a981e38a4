package dashboard

import (
	"slices"
	"strings"

	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// newMethods defines every number of the pages.
func (p *pages) newMethods(f page.Frame) page.Page {
	v := page.Page{Frame: f}
	v.Waiting = false // Definitions need no count.
	v.Heading = f.T("Métodos y definiciones", "Methods and definitions")
	v.Sections = []page.Section{p.rules(f), p.dutyDefinitions(f), p.indicatorDefinitions(f), p.lawChanges(f)}
	return v
}

// rules are what holds for every number.
func (p *pages) rules(f page.Frame) page.Section {
	say := func(es, en string) page.Item { return page.Item{Text: f.T(es, en)} }
	return page.Section{ID: "rules", Title: f.T("Reglas de todas las cifras", "Rules of all numbers"), Items: []page.Item{
		say("En plazo: de lo que venció, cuánto se cumplió dentro del plazo. Lo vencido y no cumplido cuenta como incumplido; lo que aún no vence no cuenta y se muestra al lado.", "On time: of what fell due, how much was done within the limit. What is overdue and undone counts as a failure; what is not yet due does not count and is shown beside."),
		say("Cada caso se juzga con la norma vigente cuando empezó su plazo. Las horas son las de la zona del catálogo y los días hábiles los de su calendario.", "Each case is judged by the norm in force when its clock started. Hours are those of the catalogue's zone, and business days those of its calendar."),
		say("Ninguna tasa sin su número de casos y su intervalo de 95 % (Wilson). Con menos de diez casos no se da; de diez a veintinueve se marca.", "No rate without its number of cases and its 95 % interval (Wilson). Below ten cases none is given; from ten to twenty-nine it is marked."),
		say("Los tiempos son de Kaplan-Meier: lo que sigue abierto cuenta por el tiempo que lleva abierto.", "Times are Kaplan-Meier: what is still open counts for as long as it has been open."),
		say("Las regiones se comparan a igual riesgo (Mantel-Haenszel), permitiendo la dispersión entre oficinas, con un margen decidido de antemano y la corrección de Holm. El resultado es diferente, equivalente o no se sabe.", "Regions are compared at equal risk (Mantel-Haenszel), allowing for the scatter of offices, with a margin decided beforehand and Holm's correction. The result is different, equivalent or unknown."),
		say("Las series son gráficos de control XmR; una señal pide mirar, no castiga.", "Series are XmR control charts; a signal asks for a look, it punishes nobody."),
		say("Son denuncias y actos registrados, no la prevalencia de la violencia: más denuncias pueden ser más confianza.", "These are recorded reports and acts, not the prevalence of violence: more reports can be more trust."),
		say("Una meta del proyecto no es un plazo legal y se marca dondequiera que aparezca. Nada de esto es asesoría legal.", "A target of the project is no limit of the law and is marked wherever it appears. None of this is legal advice."),
	}, Notes: []string{f.T("Catálogo: ", "Catalogue: ") + p.cat.Label() + " · " + p.cat.Zone.String()}}
}

func (p *pages) dutyDefinitions(f page.Frame) page.Section {
	sec := page.Section{ID: "duties", Title: f.T("Los deberes", "The duties")}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Deber", "Duty"), f.T("Obligado", "Bearer"), f.T("Plazo vigente hoy", "Limit in force today"), f.T("Norma", "Norm")}}
	group := ""
	for _, d := range page.ByImplication(p.cat, p.cat.Duties) {
		if d.Implication != group {
			group = d.Implication
			t.Rows = append(t.Rows, page.TableRow{Group: true, Head: page.Entry{Value: page.ImplicationTitle(p.cat, group, f.Lang)}})
		}
		var limits, norms, bearers []string
		for _, r := range p.inForce(d) {
			limits = appendOnce(limits, p.cat.Describe(&r.Limit, f.Lang))
			norms = appendOnce(norms, r.Citation)
		}
		for _, kind := range d.Bearer {
			bearers = append(bearers, p.cat.Word(kind, f.Lang))
		}
		if len(limits) == 0 {
			limits = []string{f.T("ninguno", "none")}
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.DutyEntry(f, d), Cells: []page.Entry{page.Prose(strings.Join(bearers, ", ")), page.Prose(strings.Join(limits, " / ")), page.Prose(strings.Join(norms, "; "))}})
	}
	sec.Table = t
	return sec
}

func appendOnce(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func (p *pages) indicatorDefinitions(f page.Frame) page.Section {
	sec := page.Section{ID: "indicators", Title: f.T("Los indicadores", "The indicators")}
	t := &page.Table{Name: sec.Title, None: f.T("Este catálogo no tiene indicadores.", "This catalogue has no indicators."), Head: []string{
		f.T("Indicador", "Indicator"), f.T("Numerador", "Numerator"), f.T("Denominador", "Denominator"), f.T("Unidad", "Unit"), f.T("Fuente", "Source"), f.T("Artículos", "Articles"), f.T("Mínimo", "Minimum"),
	}}
	for _, ind := range p.cat.Indicators {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: ind.Title.In(f.Lang), Prose: true}, Cells: []page.Entry{
			page.Prose(ind.Numerator.In(f.Lang)), page.Prose(ind.Denominator.In(f.Lang)), page.Prose(present.Unit(ind.Unit, f.Lang)), page.Prose(present.Word("source", ind.Source).In(f.Lang)),
			page.Prose(strings.Join(ind.Articles, ", ")), page.Counted(ind.MinimumN),
		}})
	}
	sec.Table = t
	return sec
}

// lawChanges lists when the law changed.
func (p *pages) lawChanges(f page.Frame) page.Section {
	sec := page.Section{ID: "changes", Title: f.T("Cambios de la ley que el catálogo conoce", "Changes of the law that the catalogue knows")}
	t := &page.Table{Name: sec.Title, None: f.T("Ninguno.", "None."), Head: []string{f.T("Fecha", "Date"), f.T("Deber", "Duty"), f.T("Qué", "What"), f.T("Norma", "Norm")}}
	for _, turn := range diff.Turns(p.cat) {
		if turn.Regime.Kind != law.Law {
			continue
		}
		what := f.T("termina un régimen", "a regime ends")
		if turn.Begins {
			what = f.T("empieza: ", "begins: ") + p.cat.Describe(&turn.Regime.Limit, f.Lang)
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: turn.On.String()}, Cells: []page.Entry{page.Prose(turn.Duty.Title.In(f.Lang)), page.Prose(what), page.Prose(turn.Regime.Citation)}})
	}
	sec.Table = t
	return sec
}
