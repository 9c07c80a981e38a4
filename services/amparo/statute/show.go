package statute

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"amparo/pipeline/signals"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

type lawShowCmd struct {
	ID   string `arg:"" help:"Id of a duty, a regime, an indicator, an implication (or its number) or a cause; an article, as L 16 or R 20; or words of a citation, as 'DL 1470'."`
	Lang string `enum:"es,en" default:"es" help:"es or en."`
}

// Run shows one entry of the catalogue as a person reads it.
func (c *lawShowCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	e := explainer{w: streams.Out, cat: cat, lang: c.Lang}
	if !e.showNamed(c.ID) && (!isWords(c.ID) || !e.showCited(c.ID)) {
		hint := "see amparo law list and amparo law indicators"
		if !isWords(c.ID) {
			hint = fmt.Sprintf("implications have the numbers 1 to %d, an article is written as L 16 or R 20", len(cat.Implications))
		}
		return command.Invalid(fmt.Errorf("no duty, regime, indicator, implication, cause, article or citation %q%s: %s", c.ID, e.near(c.ID), hint))
	}
	stamp := stampOf(cat)
	e.printf("\n%s\n", stamp.Line(c.Lang, cat.Zone))
	return nil
}

// isWords reports whether a text can be words of a citation. A number alone stands
// in nearly all of them, and none means any.
func isWords(text string) bool {
	return len(strings.TrimSpace(text)) > 2 && strings.ContainsFunc(text, unicode.IsLetter)
}

// showNamed shows the entry of which this is the name.
func (e *explainer) showNamed(id string) bool {
	if d, ok := e.cat.Duty(id); ok {
		e.showDuty(d)
		return true
	}
	for _, d := range e.cat.Duties {
		if slices.ContainsFunc(d.Regimes, func(r *law.Regime) bool { return r.ID == id }) {
			e.showRegime(d, id)
			return true
		}
	}
	for _, ind := range e.cat.Indicators {
		if ind.ID == id {
			e.showIndicator(ind)
			return true
		}
	}
	for i := range e.cat.Implications {
		if one := &e.cat.Implications[i]; one.ID == id || strconv.Itoa(one.Number) == id {
			e.showImplication(one)
			return true
		}
	}
	for i := range e.cat.Causes {
		if e.cat.Causes[i].ID == id {
			e.showCause(&e.cat.Causes[i])
			return true
		}
	}
	return e.showArticle(id)
}

func (e *explainer) near(id string) string {
	var names []string
	for _, d := range e.cat.Duties {
		names = append(names, d.ID)
		for _, r := range d.Regimes {
			names = append(names, r.ID)
		}
	}
	for _, ind := range e.cat.Indicators {
		names = append(names, ind.ID)
	}
	for _, i := range e.cat.Implications {
		names = append(names, append(slices.Clone(i.Articles), i.ID)...)
	}
	for _, cause := range e.cat.Causes {
		names = append(names, cause.ID)
	}
	near := event.Near(id, names, 1+len(id)/5)
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near[:min(3, len(near))], ", ") + "?"
}

// showArticle shows what an article that the study names asks, and what measures
// it. Blanks and letters small or large make no difference: l16 is L 16.
func (e *explainer) showArticle(id string) bool {
	plain := func(article string) string { return strings.ToLower(strings.ReplaceAll(article, " ", "")) }
	for _, i := range e.cat.Implications {
		for _, article := range i.Articles {
			if plain(article) == plain(id) {
				e.article(article)
				return true
			}
		}
	}
	return false
}

func (e *explainer) article(id string) {
	e.printf("%s · %s\n\n", id, e.say("artículo nombrado por el estudio", "article named by the study"))
	for _, i := range e.cat.NamedBy(id) {
		e.printf("%s %d · %s (%s)\n", e.say("Implicancia", "Implication"), i.Number, i.Title.In(e.lang), i.ID)
	}
	for _, a := range e.cat.Articles {
		if a.ID != id {
			continue
		}
		if len(a.Duties) > 0 {
			e.printf("\n%s\n", e.say("Deberes", "Duties"))
		}
		for _, duty := range a.Duties {
			if d, ok := e.cat.Duty(duty); ok {
				e.printf("  %s · %s\n", d.ID, d.Title.In(e.lang))
				e.listRegimes(d, func(*law.Regime) bool { return true })
			}
		}
		if why := a.NotVisible.In(e.lang); why != "" {
			e.printf("\n%s: %s\n", e.say("Lo que los eventos no muestran", "What events cannot show"), why)
		}
	}
	if indicators := e.cat.IndicatorsOf(id); len(indicators) > 0 {
		e.printf("\n%s\n", e.say("Indicadores", "Indicators"))
		for _, ind := range indicators {
			e.printf("  %s · %s\n", ind.ID, ind.Title.In(e.lang))
		}
	}
}

// showCited lists the regimes of which the citation has these words.
func (e *explainer) showCited(words string) bool {
	cites := func(r *law.Regime) bool { return strings.Contains(strings.ToLower(r.Citation), strings.ToLower(words)) }
	found := false
	for _, d := range e.cat.Duties {
		if slices.ContainsFunc(d.Regimes, cites) {
			found = true
			e.printf("%s · %s\n", d.ID, d.Title.In(e.lang))
			e.listRegimes(d, cites)
		}
	}
	return found
}

func (e *explainer) listRegimes(d *law.Duty, wanted func(*law.Regime) bool) {
	for _, r := range d.Regimes {
		if wanted(r) {
			e.printf("    %s · %s · %s · %s\n", r.ID, r.Citation, limitOf(e.cat, d, r, e.lang), e.inForce(r))
		}
	}
}

func (e *explainer) showRegime(d *law.Duty, id string) {
	e.dutyHead(d)
	for _, r := range d.Regimes {
		if r.ID == id {
			e.regime(d, r)
		}
	}
	e.printf("\n%s: amparo law show %s\n", e.say("Todas las versiones", "All versions"), d.ID)
}

func (e *explainer) showDuty(d *law.Duty) {
	e.dutyHead(d)
	for _, r := range d.Regimes {
		e.regime(d, r)
	}
	e.printf("\n%s: %d (%s)\n", e.say("Ejemplos comprobados", "Examples checked"), len(d.Examples), d.File)
}

func (e *explainer) dutyHead(d *law.Duty) {
	e.printf("%s\n%s · %s %s\n", d.Title.In(e.lang), d.ID, e.say("implicancia", "implication"), d.Implication)
	if note := d.Note.In(e.lang); note != "" {
		e.printf("%s\n", note)
	}
	e.printf("\n%s: %s\n", e.say("Obligado", "Bearer"), strings.Join(d.Bearer, ", "))
	if d.BearerBy != nil {
		e.printf("  %s %s\n", e.say("según", "by"), d.BearerBy)
	}
	e.printf("%s: %s\n", e.say("Empieza con", "Starts on"), e.pattern(&d.StartsOn))
	e.printf("%s: %s\n", e.say("Se cumple con", "Fulfilled by"), e.pattern(&d.FulfilledBy))
	if d.Serves == law.ServesOwn {
		e.printf("%s\n", e.say("Cada cumplimiento vale para el periodo en que ocurre; lo omitido no se repone", "Each deed counts for the period in which it lies; what was left out is not made up for"))
	}
}

func (e *explainer) regime(d *law.Duty, r *law.Regime) {
	e.printf("\n  %s\n    %s\n    %s: %s · %s · %s %s\n    %s\n", r.ID, r.Citation, e.say("plazo", "limit"),
		limitOf(e.cat, d, r, e.lang), r.Kind.Title().In(e.lang), e.say("confianza", "confidence"), e.confidence(r.Confidence), e.inForce(r))
	for _, w := range r.When {
		e.printf("    %s %s: %s\n", e.say("si", "when"), w.Fact, strings.Join(w.Values, ", "))
	}
	if r.StartsOn != nil {
		e.printf("    %s: %s\n", e.say("empieza con", "starts on"), e.pattern(r.StartsOn))
	}
	if r.ClockFrom != nil {
		e.printf("    %s: %s\n", e.say("el plazo corre desde", "the clock runs from"), r.ClockFrom)
	}
	if r.FulfilledBy != nil {
		e.printf("    %s: %s\n", e.say("se cumple con", "fulfilled by"), e.pattern(r.FulfilledBy))
	}
	if len(r.Overrides) > 0 {
		e.printf("    %s: %s\n", e.say("prevalece sobre", "overrides"), strings.Join(r.Overrides, ", "))
	}
	for _, stop := range r.SuspendedBy {
		e.printf("    %s: %s (%s)\n", e.say("deja de correr con", "stands still from"), &stop.Event, stop.Citation)
	}
	if len(r.ResumedBy) > 0 {
		resumes := r.ResumedBy.Pattern()
		e.printf("    %s: %s\n", e.say("corre de nuevo con", "runs again from"), e.pattern(&resumes))
	}
	for i := range r.ExtendedBy {
		x := &r.ExtendedBy[i]
		e.printf("    %s: %s, %s (%s)\n", e.say("se prorroga con", "is extended by"), &x.Event, e.cat.Describe(&x.By, e.lang), x.Citation)
	}
	if whom := r.Releases.String(); whom != "" {
		e.printf("    %s: %s\n", e.say("al terminar deja de obligar", "when it ends it lets go"), whom)
	}
}

func (e *explainer) pattern(p *law.Pattern) string {
	return p.Text(e.say(" o ", " or "), e.say(" y ", " and "))
}

// line prints a part of an entry that may be empty.
func (e *explainer) line(es, en, text string) {
	if text == "" {
		text = "—"
	}
	e.printf("%s: %s\n", e.say(es, en), text)
}

func (e *explainer) showIndicator(ind *law.Indicator) {
	e.printf("%s\n%s · %s\n\n", ind.Title.In(e.lang), ind.ID, e.say("indicador", "indicator"))
	e.line("Numerador", "Numerator", ind.Numerator.In(e.lang))
	e.line("Denominador", "Denominator", ind.Denominator.In(e.lang))
	e.line("Unidad", "Unit", e.term(ind.Unit))
	e.line("Mejor", "Better", e.term(ind.Direction))
	e.line("Fuente", "Source", e.term(ind.Source))
	e.line("Forma de contar", "Way of counting", ind.Measure.Form())
	e.line("n mínimo", "Minimum n", strconv.Itoa(ind.MinimumN))
	e.line("Artículos", "Articles", strings.Join(ind.Articles, ", "))
	e.line("Deberes que cuenta", "Duties that it counts", e.duties(ind))
	if weight := e.cat.WeightOf(ind); weight != "" {
		e.line("Descansa en", "Rests on", weight.Title().In(e.lang))
	}
	if s := ind.Signal; s != nil {
		e.line("Señal de la causa", "Signal of the cause", e.signal(s))
	}
	e.line("Implicancias", "Implications", strings.Join(ind.Implications, ", "))
	e.line("Causas", "Causes", strings.Join(ind.Causes, ", "))
	e.printf("\n%s: %s\n", e.say("Lo que no ve", "What it cannot see"), ind.CannotSee.In(e.lang))
}

func (e *explainer) duties(ind *law.Indicator) string {
	duties := ind.DutiesOf()
	if i := slices.Index(duties, law.AllDuties); i >= 0 {
		duties[i] = e.say("todos los que tienen plazo legal", "all with a limit of the law")
	}
	return strings.Join(duties, ", ")
}

func (e *explainer) signal(s *law.Signal) string {
	at, above := s.Threshold()
	word := e.say("por encima de", "above")
	if !above {
		word = e.say("por debajo de", "below")
	}
	return fmt.Sprintf("%s %g (%s)", word, at, e.say("parámetro del proyecto", "a parameter of the project"))
}

// term says a word of the format of indicators.
func (e *explainer) term(code string) string {
	spanish := map[string]string{
		"share": "proporción", "rate": "tasa", "ratio": "razón", "count": "cuenta", "hours": "horas", "days": "días",
		"points": "diferencia de proporciones", "higher": "más alto", "lower": "más bajo", "neutral": "ni lo uno ni lo otro",
		"case-events": "eventos de casos", "registers": "registros de las unidades",
		"proxy": "eventos que solo lo representan", "catalogue": "el catálogo mismo",
	}
	english := map[string]string{
		"points": "difference of shares", "neutral": "neither", "case-events": "events of cases", "registers": "registers of units",
		"proxy": "events that only stand for it", "catalogue": "the catalogue itself",
	}
	words := spanish
	if e.lang == "en" {
		words = english
	}
	if word := words[code]; word != "" {
		return word
	}
	return code
}

// showImplication shows the articles, duties and indicators of an implication.
func (e *explainer) showImplication(i *law.Implication) {
	e.printf("%s\n%s · %s %d · %s %s\n\n", i.Title.In(e.lang), i.ID, e.say("implicancia", "implication"), i.Number, e.say("área", "area"), i.Area)
	e.line("Artículos", "Articles", strings.Join(i.Articles, ", "))
	e.printf("\n%s\n", e.say("Deberes", "Duties"))
	for _, d := range e.cat.Duties {
		if d.Implication == i.ID {
			e.printf("  %s · %s (%s)\n", d.ID, d.Title.In(e.lang), d.Basis().Kind.Title().In(e.lang))
		}
	}
	e.printf("\n%s\n", e.say("Indicadores", "Indicators"))
	e.listIndicators(i.ID, func(ind *law.Indicator) []string { return ind.Implications })
}

// showCause shows how a cause reads, its signals and what the study found.
func (e *explainer) showCause(c *law.Cause) {
	e.printf("%s\n%s · %s %d\n\n", c.Title.In(e.lang), c.ID, e.say("causa", "cause"), c.Number)
	e.line("Se lee como esta causa cuando", "Reads as this cause when", c.ReadsAs.In(e.lang))
	e.line("El estudio la encontró", "The study found it", command.YesNo(c.Found).In(e.lang))
	for _, coding := range c.Coded {
		_, interviewed := e.cat.InStudy(c, coding.Region)
		e.printf("  %s: %s\n", e.cat.Word(coding.Region, e.lang), fmt.Sprintf(e.say(
			"la nombran %d de %d personas entrevistadas (observaciones: %d)", "%d of %d people interviewed name it (observations: %d)"),
			coding.Participants, interviewed, coding.Observations))
	}
	e.printf("\n%s\n", e.say("Señales", "Signals"))
	e.listIndicators(c.ID, func(ind *law.Indicator) []string { return ind.Causes })
	e.printf("\n%s\n", signals.SignalCaution.In(e.lang))
}

func (e *explainer) listIndicators(id string, list func(*law.Indicator) []string) {
	for _, ind := range e.cat.Indicators {
		if !slices.Contains(list(ind), id) {
			continue
		}
		e.printf("  %s · %s", ind.ID, ind.Title.In(e.lang))
		if ind.Signal != nil {
			e.printf(" · %s", e.signal(ind.Signal))
		}
		e.printf("\n")
	}
}

type lawIndicatorsCmd struct{ command.Output }

// Run lists the definition of every indicator.
func (c *lawIndicatorsCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	return c.Rows(streams, cat.Zone, stampOf(cat), indicatorColumns(), func(p *present.Printer) error {
		for _, ind := range command.InOrder(cat) {
			above, below := present.None, present.None
			if s := ind.Signal; s != nil {
				above, below = threshold(s.Above, ind.Unit), threshold(s.Below, ind.Unit)
			}
			if err := p.Row(present.Text(ind.ID), present.Texts(ind.Implications), present.Texts(ind.Causes), present.Coded(ind.Unit, present.UnitWord(ind.Unit)),
				present.Coded(ind.Direction, present.Word("direction", ind.Direction)), present.Coded(ind.Source, present.Word("source", ind.Source)),
				present.Coded(ind.Measure.Form(), present.Word("form", ind.Measure.Form())), present.Texts(ind.DutiesOf()), kindCell(cat.WeightOf(ind)), present.Int(ind.MinimumN), above, below,
				present.Texts(ind.Articles), present.Words(ind.Title), present.Words(ind.Numerator), present.Words(ind.Denominator), present.Words(ind.CannotSee)); err != nil {
				return err
			}
		}
		return nil
	})
}

// threshold is one end of a signal, where there is one.
func threshold(v *float64, unit string) present.Cell {
	if v == nil {
		return present.None
	}
	return present.Real(*v, unit)
}

func indicatorColumns() []present.Column {
	return []present.Column{
		present.Col("indicator", "indicador", "indicator"), present.Col("implications", "implicancias", "implications"), present.Col("causes", "causas", "causes"),
		present.Col("unit", "unidad", "unit"), present.Col("direction", "sentido", "direction"), present.Col("source", "fuente", "source"),
		present.Col("form", "forma", "form"), present.Col("duties", "deberes", "duties"), kindColumn, present.Col("minimum_n", "n mínimo", "minimum n"),
		present.Col("signal_above", "señal por encima de", "signal above"), present.Col("signal_below", "señal por debajo de", "signal below"),
		present.Col("articles", "artículos", "articles"), present.Col("title", "título", "title"), present.Col("numerator", "numerador", "numerator"),
		present.Col("denominator", "denominador", "denominator"), present.Col("cannot_see", "lo que no muestra", "cannot see"),
	}
}

// explainer shows entries of the catalogue in one language.
type explainer struct {
	w    io.Writer
	cat  *law.Catalogue
	lang string
}

func (e *explainer) say(es, en string) string {
	if e.lang == "en" {
		return en
	}
	return es
}

func (e *explainer) printf(format string, args ...any) {
	fmt.Fprintf(e.w, format, args...)
}

func (e *explainer) inForce(r *law.Regime) string {
	from := e.say("vigente desde ", "in force from ") + r.From.String()
	if r.Ends {
		from += e.say(" hasta ", " to ") + r.To.String()
	}
	return from
}

func (e *explainer) confidence(c string) string {
	words := map[string]string{"high": "alta", "medium": "media", "low": "baja"}
	if e.lang == "en" || words[c] == "" {
		return c
	}
	return words[c]
}
