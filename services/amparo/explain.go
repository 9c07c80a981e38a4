package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/installation"
)

type explainCmd struct {
	instants
	Case string `arg:"" help:"The case (or unit), as its events name it."`
	Lang string `enum:"es,en" default:"es" help:"es or en."`
}

// Run explains a case to a lawyer: what happened, which duties arose, why each
// is due when it is due, and under which article.
func (c *explainCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		histories, err := in.Store.History(ctx, []string{c.Case})
		if err != nil {
			return err
		}
		stored, ok := histories[c.Case]
		if !ok {
			return invalid(fmt.Errorf("no case %q here: list cases with amparo obligations", c.Case))
		}
		events := make([]event.Event, len(stored))
		for i := range stored {
			events[i] = stored[i].Event
		}
		e := explainer{w: streams.Out, cat: in.Catalogue, lang: c.Lang, asOf: q.AsOf}
		e.header(c.Case)
		visible := obligation.Visible(in.Catalogue, events, q)
		e.timeline(visible, events)
		e.obligations(obligation.Fold(in.Catalogue, events, q))
		return nil
	})
}

// explainer writes an explanation in one language, with local times.
type explainer struct {
	w    io.Writer
	cat  *law.Catalogue
	lang string
	asOf time.Time
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

// local prints an instant in the catalogue's zone, with seconds only where
// there are any.
func (e *explainer) local(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t = t.In(e.cat.Zone)
	if t.Second() != 0 || t.Nanosecond() != 0 {
		return t.Format("02/01/2006 15:04:05.999")
	}
	return t.Format("02/01/2006 15:04")
}

func (e *explainer) header(id string) {
	e.printf("%s %s\n%s %s · %s %s\n\n", e.say("Caso", "Case"), id, e.say("Al", "As of"), e.local(e.asOf),
		e.say("catálogo", "catalogue"), e.cat.Label())
}

// timeline lists what happened, and what was taken back.
func (e *explainer) timeline(visible, all []event.Event) {
	e.printf("%s\n", e.say("CRONOLOGÍA", "TIMELINE"))
	for i := range visible {
		ev := &visible[i]
		when := e.local(ev.At)
		if ev.ByDay() {
			when = ev.At.In(e.cat.Zone).Format("02/01/2006") + e.say(" (solo fecha)", " (date only)")
		}
		e.printf("  %-24s %s%s\n", when, e.label(ev), e.details(ev))
		if late := ev.RecordedAt.Sub(ev.At); late > time.Hour && !ev.ByDay() {
			e.printf("  %-24s %s %s\n", "", e.say("registrado el", "recorded on"), e.local(ev.RecordedAt))
		}
	}
	counted := map[event.Identity]bool{}
	for i := range visible {
		counted[visible[i].Identity()] = true
	}
	hidden := 0
	for i := range all {
		if !counted[all[i].Identity()] && all[i].Type != e.cat.Retraction {
			hidden++
		}
	}
	if hidden > 0 {
		e.printf("  %s\n", fmt.Sprintf(e.say("(%d hechos retirados, o aún no ocurridos o no conocidos en ese momento)",
			"(%d facts taken back, or not yet happened or known at that instant)"), hidden))
	}
	e.printf("\n")
}

func (e *explainer) label(ev *event.Event) string {
	if t, ok := e.cat.Events.Type(ev.Type); ok && t.Title[e.lang] != "" {
		return t.Title[e.lang]
	}
	return ev.Type
}

// details are the fields of an event that tell it from its kin.
func (e *explainer) details(ev *event.Event) string {
	var parts []string
	for name := range ev.Data {
		if slices.Contains([]string{"ubigeo", "precision", "institution", "institution_kind", "area"}, name) || strings.HasPrefix(name, "victim_") {
			continue
		}
		values := []string{ev.Data.Scalar(name)}
		if list, ok := ev.Data[name].([]any); ok {
			values = values[:0]
			for _, item := range list {
				values = append(values, fmt.Sprint(item))
			}
		}
		for i, value := range values {
			values[i] = e.cat.Word(value, e.lang)
		}
		parts = append(parts, e.cat.Word(name, e.lang)+": "+strings.Join(values, " + "))
	}
	slices.Sort(parts)
	if place := ev.Place(); place != "" {
		parts = append(parts, e.cat.Places.Name(place))
	}
	if len(parts) == 0 {
		return ""
	}
	return " · " + strings.Join(parts, ", ")
}

func (e *explainer) obligations(rows []obligation.Obligation) {
	e.printf("%s\n", e.say("DEBERES", "DUTIES"))
	if len(rows) == 0 {
		e.printf("  %s\n", e.say("Ninguno hasta este momento.", "None up to this instant."))
	}
	// What the law sets first, then in the order in which the duties arose.
	weight := map[law.Kind]int{law.Law: 0, law.Target: 1, law.Right: 2}
	slices.SortStableFunc(rows, func(a, b obligation.Obligation) int {
		return cmp.Or(cmp.Compare(weight[a.Kind], weight[b.Kind]), a.StartedAt.Compare(b.StartedAt))
	})
	for i := range rows {
		e.obligation(&rows[i])
	}
}

var statusWords = map[obligation.Status][2]string{
	obligation.Open:    {"ABIERTO: aún en plazo", "OPEN: still in time"},
	obligation.Met:     {"CUMPLIDO en plazo", "DONE in time"},
	obligation.Late:    {"CUMPLIDO FUERA DE PLAZO", "DONE LATE"},
	obligation.Missed:  {"VENCIDO sin cumplirse", "MISSED"},
	obligation.Void:    {"SIN EFECTO: dejó de ser exigible mientras estaba en plazo", "VOID: it fell away while it was in time"},
	obligation.Unclear: {"NO DETERMINABLE con los hechos registrados", "UNCLEAR: the recorded facts do not decide"},
}

// obligation explains one row: duty, article, start, limit, due, done, status.
func (e *explainer) obligation(o *obligation.Obligation) {
	line := func(es, en, value string) { e.printf("    %-13s %s\n", e.say(es, en)+":", value) }
	title := o.Law.Title.In(e.lang)
	if o.Instance != "-" {
		title += " [" + o.Instance + "]"
	}
	status := statusWords[o.Status(e.asOf)]
	if o.Kind == law.Right && o.Status(e.asOf) == obligation.Missed {
		status = [2]string{"NO EJERCIDO en plazo", "NOT USED in time"}
	}
	e.printf("\n  %s\n", title)
	line("Estado", "Status", e.say(status[0], status[1]))
	line("Norma", "Article", o.Under.Citation+" ("+o.Kind.Title().In(e.lang)+", "+e.say("confianza ", "confidence ")+e.confidence(o.Confidence)+")")
	line("Régimen", "Regime", o.Regime+" · "+e.inForce(o.Under))
	line("Obligado", "Bearer", strings.TrimSpace(e.cat.Word(o.InstitutionKind, e.lang)+" "+o.Institution))
	line("Empieza", "Starts", e.start(o))
	line("Plazo", "Limit", e.cat.Describe(&o.Under.Limit, e.lang)+e.skipped(o))
	line("Vence", "Due", e.due(o))
	done := e.say("no consta", "not recorded")
	if !o.DoneAt.IsZero() {
		done = e.local(o.DoneAt)
		if o.Deed != nil {
			done += " · " + e.label(o.Deed) + e.distance(o)
		}
	}
	line("Hecho", "Done", done)
	line("Riesgo", "Risk", e.cat.Word(o.Risk, e.lang))
}

func (e *explainer) start(o *obligation.Obligation) string {
	text := e.local(o.StartedAt)
	if o.Start != nil {
		text += " · " + e.label(o.Start)
	}
	if o.Under.ClockFrom != nil {
		text += e.say(" (el plazo se cuenta desde el hecho de violencia)", " (the clock counts from the violent event)")
	}
	return text
}

// due prints the deadline as people say it: the last day for civil days, whose
// due instant is the first one after.
func (e *explainer) due(o *obligation.Obligation) string {
	if o.Under.Limit.ByClock() {
		return e.local(o.DueAt)
	}
	last := o.DueAt.Add(-time.Millisecond).In(e.cat.Zone)
	return e.say("al terminar el ", "at the end of ") + last.Format("02/01/2006")
}

// skipped names the days that were not counted.
func (e *explainer) skipped(o *obligation.Obligation) string {
	off := e.cat.DaysOff(&o.Under.Limit, o.StartedAt, o.DueAt)
	if len(off) == 0 || o.Under.Limit.Months != 0 || o.Under.Limit.CalendarDays != 0 {
		return ""
	}
	days := make([]string, len(off))
	for i, d := range off {
		days[i] = d.Start(e.cat.Zone).In(e.cat.Zone).Format("02/01")
	}
	return e.say("; no se cuentan ", "; not counted: ") + strings.Join(days, ", ")
}

// distance says how far before or after the deadline a deed was.
func (e *explainer) distance(o *obligation.Obligation) string {
	d := o.DoneAt.Sub(o.DueAt).Round(time.Minute)
	hours := func(d time.Duration) string {
		if d >= 72*time.Hour {
			return fmt.Sprintf(e.say("%d días", "%d days"), int(d.Hours())/24)
		}
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	switch o.Status(e.asOf) {
	case obligation.Met:
		return e.say(", ", ", ") + hours(-d) + e.say(" antes del vencimiento", " before it fell due")
	case obligation.Late:
		return e.say(", ", ", ") + hours(d) + e.say(" después del vencimiento", " after it fell due")
	}
	return ""
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
