package explain

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// duty tells one obligation.
func (b *builder) duty(o *obligation.Obligation) Duty {
	d := Duty{
		Duty: o.Duty, Instance: o.Instance, Regime: o.Regime, Kind: o.Kind, Confidence: o.Confidence,
		Status: o.Status(b.query.AsOf), StartedAt: o.StartedAt.UTC(), DueAt: o.Due().UTC(),
		Title:   b.both(func(w words) string { return w.dutyTitle(o) }),
		Verdict: b.both(func(w words) string { return b.verdict(w, o) }),
	}
	if !o.DoneAt.IsZero() {
		done := o.DoneAt.UTC()
		d.DoneAt = &done
	}
	line := func(name, es, en string, write func(words) string) {
		if text := b.both(write); text.ES != "" {
			d.Lines = append(d.Lines, Line{Name: name, Label: law.Text{ES: es, EN: en}, Text: text})
		}
	}
	line("norm", "Norma", "Norm", func(w words) string { return w.norm(o) })
	line("because", "Por qué rige", "Why it applies", func(w words) string { return b.because(w, o) })
	line("gave-way", "Prevalece sobre", "Prevails over", func(w words) string { return w.gaveWay(o) })
	line("bearer", "Obligado", "Bearer", func(w words) string { return w.bearer(o) })
	line("start", "Empieza", "Starts", func(w words) string { return b.start(w, o) })
	if o.Kind == law.Target {
		line("limit", "Meta", "Target", func(w words) string { return w.limit(o) })
		line("due", "Hasta", "Until", func(w words) string { return w.due(o) })
	} else {
		line("limit", "Plazo", "Limit", func(w words) string { return w.limit(o) })
		line("due", "Vence", "Due", func(w words) string { return w.due(o) })
	}
	line("moved", "Cambios", "Changes", func(w words) string { return b.moved(w, o) })
	for i := range b.needed(o) {
		line("deed", "Acto", "Deed", func(w words) string { return b.deed(w, o, &b.needed(o)[i]) })
	}
	line("end", "Término", "End", func(w words) string { return b.end(w, o) })
	line("unclear", "Duda", "Doubt", func(w words) string { return b.doubt(w, o) })
	for _, e := range b.delays(o) {
		line("delay", "Demora", "Delay", func(w words) string { return b.delay(w, o, e) })
	}
	return d
}

// dutyTitle names the duty and its instance: the measure, the period.
func (w words) dutyTitle(o *obligation.Obligation) string {
	title := o.Law.Title.In(w.lang)
	switch {
	case o.Law.Every != "":
		return title + ", " + w.period(o.Law.Every, w.cat.DateOf(o.StartedAt))
	case o.Law.Repeats:
		cut := strings.LastIndex(o.Instance, "/")
		ref, n := o.Instance[:cut], o.Instance[cut+1:]
		title += ", "
		if ref != "-" {
			title += w.name(o.Law.Instance) + " " + ref + ", "
		}
		return title + w.say("período ", "period ") + n
	case o.Law.IsCaseInstance():
		return title
	}
	return title + ", " + w.name(o.Law.Instance) + " " + o.Instance
}

var months = [...][2]string{
	{"enero", "January"}, {"febrero", "February"}, {"marzo", "March"}, {"abril", "April"}, {"mayo", "May"}, {"junio", "June"},
	{"julio", "July"}, {"agosto", "August"}, {"septiembre", "September"}, {"octubre", "October"}, {"noviembre", "November"}, {"diciembre", "December"},
}

// period names the calendar period that begins on a date.
func (w words) period(p law.Period, begins law.Date) string {
	at := begins.Start(time.UTC)
	month, year := int(at.Month()), at.Year()
	switch p {
	case law.Monthly:
		return w.say(months[month-1][0]+" de ", months[month-1][1]+" ") + strconv.Itoa(year)
	case law.Quarterly:
		n := (month - 1) / 3
		return w.say([]string{"primer", "segundo", "tercer", "cuarto"}[n]+" trimestre de ", []string{"first", "second", "third", "fourth"}[n]+" quarter of ") + strconv.Itoa(year)
	case law.HalfYearly:
		n := (month - 1) / 6
		return w.say([]string{"primer", "segundo"}[n]+" semestre de ", []string{"first", "second"}[n]+" half of ") + strconv.Itoa(year)
	}
	return w.say("año ", "year ") + strconv.Itoa(year)
}

// norm says which article sets the limit, since when, and what weight it has.
func (w words) norm(o *obligation.Obligation) string {
	return o.Under.Citation + "; " + w.inForce(o.Under) + ". " + w.weight(o.Under) + "."
}

func (w words) inForce(r *law.Regime) string {
	if r.Ends {
		return w.sayf("vigente del %s al %s", "in force from %s to %s", w.day(r.From), w.day(r.To))
	}
	return w.say("vigente desde el ", "in force since ") + w.day(r.From)
}

// weight is what kind of limit it is. How sure the catalogue is of the norm is
// said of limits of the law: of a target there is no article to be sure of.
func (w words) weight(r *law.Regime) string {
	text := upperFirst(r.Kind.Title().In(w.lang))
	if r.Kind == law.Target {
		return text + w.say(": la norma citada no fija un número", ": the norm cited gives no number")
	}
	return text + "; " + w.confidence(r.Confidence)
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(r)) + s[n:]
}

func (w words) day(d law.Date) string { return w.date(d.Start(w.cat.Zone)) }

// because says which conditions chose the regime, and that a process keeps the
// rules with which it began, where that decides.
func (b *builder) because(w words, o *obligation.Obligation) string {
	var parts []string
	for _, k := range o.Why.Known {
		parts = append(parts, b.known(w, &k))
	}
	text := w.and(parts)
	lasts := o.Under.InForce(b.cat.DateOf(o.StartedAt)) && o.Under.InForce(b.cat.DateOf(o.DueAt))
	if o.Law.InForceBy == law.ByCase && !lasts {
		text = joinClauses(text, w.sayf("el caso empezó el %s y conserva las reglas de esa fecha", "the case began on %s and keeps the rules of that date", w.day(b.opening())))
	}
	if text == "" {
		return ""
	}
	return upperFirst(text) + "."
}

func joinClauses(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// opening is the date on which the case began.
func (b *builder) opening() law.Date {
	for i := range b.events {
		if b.events[i].Type == b.cat.CaseStart {
			return b.cat.DateOf(b.events[i].At)
		}
	}
	return b.cat.DateOf(b.events[0].At)
}

// known says what a condition looked at, and who said so.
func (b *builder) known(w words, k *obligation.Known) string {
	told := w.say("no consta", "not recorded")
	if k.Told != "" {
		told = w.value(k.Fact, k.Told)
	}
	text := w.value("fact", k.Fact) + ": " + told
	if k.By != nil {
		text += w.say(", según ", ", by ") + b.named(w, k.By)
	} else {
		text += w.say(", pues nada registrado hasta el inicio dice otra cosa", ", since nothing recorded up to the start says otherwise")
	}
	if k.Value != k.Told {
		text += w.sayf("; para este deber cuenta como %s", "; this duty reads it as %s", w.value(k.Fact, k.Value))
	}
	return text
}

// gaveWay says which other limits had started, and why they do not judge.
func (w words) gaveWay(o *obligation.Obligation) string {
	var parts []string
	for _, g := range o.Why.GaveWay {
		text := g.Regime.Citation
		if g.Duty != o.Law {
			text = w.quoted(g.Duty.Title.In(w.lang)) + ", " + text
		}
		text += " (" + w.bare(&g.Regime.Limit)
		if g.Stricter {
			text += w.say("; el que rige es más estricto", "; the one that applies is stricter")
		}
		parts = append(parts, text+")")
	}
	return strings.Join(parts, "; ")
}

// bearer says who owes the duty: who does in this case, and whom the norm binds
// where those are several. Nobody owes a right.
func (w words) bearer(o *obligation.Obligation) string {
	if o.Kind == law.Right {
		return ""
	}
	own := w.institution(o.InstitutionKind, o.Institution)
	switch {
	case own == "":
		return w.say("la institución del hecho que da inicio; no consta cuál", "the institution of the fact that starts it; which one is not recorded")
	case len(o.Why.Bearers) < 2 || o.Law.Every != "":
		return own
	}
	var all []string
	for _, kind := range o.Why.Bearers {
		all = append(all, w.value("institution_kind", kind))
	}
	bound := strings.Join(all, ", ")
	if o.Institution == "" {
		return bound + w.say(" (los que la norma nombra)", " (those whom the norm names)")
	}
	return own + w.say(" (la norma nombra a: ", " (the norm names: ") + bound + ")"
}
