package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// aboutDuty is the field by which an event speaks of a duty: the explanation of
// a delay is told beside the duty that it explains.
const aboutDuty = "duty"

// duty tells one obligation.
func (b *builder) duty(o *obligation.Obligation) Duty {
	d := Duty{
		Duty: o.Duty, Instance: o.Instance, Regime: o.Regime, Kind: o.Kind, Confidence: o.Confidence,
		Status: o.Status(b.query.AsOf), StartedAt: o.StartedAt.UTC(), DueAt: o.DueAt.UTC(),
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
	for i := range b.needed(o) {
		line("deed", "Acto", "Deed", func(w words) string { return b.deed(w, o, &b.needed(o)[i]) })
	}
	line("end", "Término", "End", func(w words) string { return b.end(w, o) })
	line("unclear", "Duda", "Doubt", func(w words) string { return b.doubt(w, o) })
	for _, e := range b.delays(o) {
		line("delay", "Demora", "Delay", func(w words) string { return b.delay(w, e) })
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

var verdicts = map[obligation.Status]law.Text{
	obligation.Open:    {ES: "EN PLAZO, aún no consta cumplido", EN: "STILL IN TIME, not recorded as done yet"},
	obligation.Met:     {ES: "CUMPLIDO EN PLAZO", EN: "DONE IN TIME"},
	obligation.Late:    {ES: "CUMPLIDO FUERA DE PLAZO", EN: "DONE LATE"},
	obligation.Missed:  {ES: "VENCIDO, no consta cumplido", EN: "MISSED, not recorded as done"},
	obligation.Void:    {ES: "SIN EFECTO, dejó de ser exigible estando en plazo", EN: "VOID, it fell away while it was in time"},
	obligation.Unclear: {ES: "NO DETERMINABLE con lo registrado", EN: "UNCLEAR from what is recorded"},
}

// ofTarget and ofRight say the same of what no one owes by a limit of the law.
var ofTarget = map[obligation.Status]law.Text{
	obligation.Met:    {ES: "HECHO DENTRO DE LA META", EN: "DONE WITHIN THE TARGET"},
	obligation.Late:   {ES: "HECHO DESPUÉS DE LA META", EN: "DONE AFTER THE TARGET"},
	obligation.Missed: {ES: "META NO ALCANZADA, no consta hecho", EN: "TARGET NOT REACHED, not recorded as done"},
	obligation.Open:   {ES: "DENTRO DE LA META, aún no consta hecho", EN: "WITHIN THE TARGET, not recorded as done yet"},
}

var ofRight = map[obligation.Status]law.Text{
	obligation.Met:    {ES: "EJERCIDO EN PLAZO", EN: "USED IN TIME"},
	obligation.Late:   {ES: "EJERCIDO FUERA DE PLAZO", EN: "USED LATE"},
	obligation.Missed: {ES: "NO EJERCIDO EN PLAZO", EN: "NOT USED IN TIME"},
	obligation.Open:   {ES: "PUEDE EJERCERSE", EN: "CAN STILL BE USED"},
}

// verdict is the status in words, with how long ago a deadline passed unmet.
func (b *builder) verdict(w words, o *obligation.Obligation) string {
	status := o.Status(b.query.AsOf)
	text := verdicts[status]
	switch o.Kind {
	case law.Target:
		if t, ok := ofTarget[status]; ok {
			text = t
		}
	case law.Right:
		if t, ok := ofRight[status]; ok {
			return t.In(w.lang)
		}
	}
	if status == obligation.Missed {
		return text.In(w.lang) + b.overdue(w, o) + w.partly(o)
	}
	return text.In(w.lang) + w.partly(o)
}

// partly says how many of several required deeds came, where not all of them
// did.
func (w words) partly(o *obligation.Obligation) string {
	done := 0
	for i := range o.Why.Needed {
		if o.Why.Needed[i].Deed != nil {
			done++
		}
	}
	if n := len(o.Why.Needed); done > 0 && done < n {
		return w.sayf("; de %d actos exigidos, %d", "; of %d required deeds, %d", n, done)
	}
	return ""
}

// overdue says how long ago an undone obligation fell due.
func (b *builder) overdue(w words, o *obligation.Obligation) string {
	switch {
	case !o.Under.Limit.ByClock():
		ago := w.days(int(b.cat.DateOf(b.query.AsOf)-b.cat.DateOf(o.DueAt)) + 1)
		return w.say(" (hace "+ago+")", " ("+ago+" ago)")
	case !o.LapsesFrom.Equal(o.LapsesBy):
		ago := w.length(b.query.AsOf.Sub(o.LapsesBy))
		return w.say(" (hace al menos "+ago+")", " (at least "+ago+" ago)")
	}
	ago := w.length(b.query.AsOf.Sub(o.DueAt))
	return w.say(" (hace "+ago+")", " ("+ago+" ago)")
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

// start says when the clock started and with which fact.
func (b *builder) start(w words, o *obligation.Obligation) string {
	clock := o.Why.Clock
	switch {
	case o.Law.Every != "":
		return w.sayf("%s, al comenzar el período; la unidad consta por %s", "%s, as the period begins; the unit is known from %s", w.instant(o.StartedAt), b.named(w, o.Start))
	case clock == nil:
		return w.sayf("%s, al vencer el período anterior; el primero empezó con %s", "%s, as the period before fell due; the first began with %s", w.instant(o.StartedAt), b.named(w, o.Start))
	case clock.Identity() == o.Start.Identity():
		return b.dated(w, w.done(o.Law.Starts(o.Under), clock), clock)
	}
	return w.sayf("%s; desde ahí se cuenta el plazo del deber que nace con %s", "%s; the limit counts from there, for a duty that arises with %s", b.named(w, clock), b.named(w, o.Start))
}

// bare is a limit in words, without what only a place adds. A calendar is named
// where its days are counted.
func (w words) bare(l *law.Limit) string {
	plain := *l
	plain.Distance, plain.Calendar = false, ""
	if l.On != 0 {
		return w.say("hasta el ", "by ") + w.day(l.On)
	}
	text := w.cat.Describe(&plain, w.lang)
	if !w.cat.CountsBusinessDays(l) {
		return text
	}
	if calendar := w.cat.Calendars[l.Calendar]; calendar != nil {
		text += w.say(" del calendario ", " of the calendar ") + w.quoted(calendar.Title.In(w.lang))
	}
	if l.Days != 0 {
		text += w.say("; la norma dice «días», que se leen como hábiles", "; the norm says “days”, which are read as business days")
	}
	return text
}

// limit says the limit, and what of the counting a reader could not guess.
func (w words) limit(o *obligation.Obligation) string {
	switch {
	case o.Under.Limit.LastDay != law.MonthDay{}:
		return w.cat.Describe(&o.Under.Limit, w.lang)
	case o.Law.Every != "":
		return w.say("hasta que termine el período siguiente", "until the end of the period after it")
	}
	l := &o.Under.Limit
	text := w.bare(l)
	if o.Law.Repeats && o.Why.Clock == nil {
		text += w.say(" más, contados desde el primer inicio", " more, counted from the first start")
	}
	text += w.distance(o)
	if off := w.cat.DaysOff(l, o.StartedAt, o.DueAt); len(off) > 0 && w.cat.CountsBusinessDays(l) {
		var days []string
		for _, d := range off {
			days = append(days, d.Start(time.UTC).Format(w.say("02/01", "2 Jan")))
		}
		text += w.say("; días no contados: ", "; days not counted: ") + w.and(days)
	}
	return text + w.shifted(o)
}

// distance says what the term of distance adds, where it adds anything.
func (w words) distance(o *obligation.Obligation) string {
	if !o.Under.Limit.Distance {
		return ""
	}
	plain := o.Under.Limit
	plain.Distance = false
	extra := o.DueAt.Sub(w.cat.Due(&plain, o.StartedAt, o.Start.Place()))
	if extra <= 0 {
		return ""
	}
	return w.sayf(" más %s por el término de la distancia", " plus %s for the term of distance", w.length(extra))
}

// shifted says that a last day fell on a day off and moved.
func (w words) shifted(o *obligation.Obligation) string {
	l := o.Under.Limit
	if l.ByClock() || l.NoShift || o.Law.Every != "" || w.cat.CountsBusinessDays(&l) {
		return ""
	}
	l.NoShift = true
	fixed := w.cat.Due(&l, o.StartedAt, o.Start.Place())
	if o.Law.Repeats {
		fixed = w.unshifted(o)
	}
	if fixed.Equal(o.DueAt) {
		return ""
	}
	return w.sayf("; el último día, %s, no es hábil y pasa al siguiente hábil", "; the last day, %s, is a day off and moves to the next business day", w.lastDay(fixed))
}

// unshifted is when a recurring period would fall due without moving: a whole
// number of months after the first start.
func (w words) unshifted(o *obligation.Obligation) time.Time {
	first, due := w.cat.DateOf(o.Start.At), w.cat.DateOf(o.DueAt)
	n := 0
	for first.AddMonths(n+1) < due {
		n++
	}
	return (first.AddMonths(n) + 1).Start(w.cat.Zone)
}

// lastDay is the day that ends just before an instant.
func (w words) lastDay(due time.Time) string { return w.date(due.Add(-time.Millisecond)) }

// due prints the deadline as people say it: the last day for civil days, whose
// due instant is the first one after; from and to where the start is known by
// its day alone.
func (w words) due(o *obligation.Obligation) string {
	switch {
	case !o.Under.Limit.ByClock():
		return w.say("al terminar el ", "at the end of ") + w.lastDay(o.DueAt)
	case o.LapsesFrom.Equal(o.LapsesBy):
		return w.instant(o.DueAt)
	}
	return w.sayf("entre el %s y el %s, pues del inicio solo consta la fecha", "between %s and %s, since of the start only the date is known",
		w.instant(o.DueAt), w.instant(o.DueAt.Add(o.LapsesBy.Sub(o.LapsesFrom)).Add(time.Millisecond)))
}

// needed lists the deeds that the duty requires, and what became of each.
func (b *builder) needed(o *obligation.Obligation) []obligation.Requirement {
	if len(o.Why.Needed) > 0 {
		return o.Why.Needed
	}
	return []obligation.Requirement{{Pattern: *o.Law.Fulfils(o.Under), Deed: o.Deed, Status: o.Settled}}
}

// deed says of one required deed when it was done, or that it was not.
func (b *builder) deed(w words, o *obligation.Obligation, r *obligation.Requirement) string {
	wanted := w.deed(&r.Pattern)
	switch {
	case r.Deed != nil && r.Before != nil && r.Deed.Identity() == r.Before.Identity():
		return b.dated(w, w.done(&r.Pattern, r.Deed), r.Deed) + w.say(", antes de que empezara el plazo: cuenta como hecho en plazo", ", before the clock started: it counts as done in time")
	case r.Deed != nil:
		return b.dated(w, w.done(&r.Pattern, r.Deed), r.Deed) + b.timing(w, o, r)
	case r.Before != nil && r.Status == obligation.Unclear:
		return w.sayf("Consta solo antes del inicio: %s", "Recorded only before the start: %s", b.dated(w, w.done(&r.Pattern, r.Before), r.Before))
	case r.Before != nil:
		return w.sayf("No consta después del inicio: %s; el anterior, %s, no cuenta", "Not recorded after the start: %s; the earlier one, %s, does not count", wanted, b.named(w, r.Before))
	}
	text := w.say("No consta: ", "Not recorded: ") + wanted
	if after := b.afterEnd(o, r); after != nil {
		text += w.sayf("; el del %s (hecho %d) es posterior al término y no cuenta", "; the one of %s (fact %d) came after the end and does not count", w.date(after.At), b.number[after.Identity()])
	}
	return text
}

// afterEnd is the first deed that would have counted, had the scope not ended.
func (b *builder) afterEnd(o *obligation.Obligation, r *obligation.Requirement) *event.Event {
	if o.Why.End == nil {
		return nil
	}
	ref, _, _ := strings.Cut(o.Instance, "/")
	for i := range b.events {
		e := &b.events[i]
		own := o.Law.IsCaseInstance() || e.Data.Text(o.Law.Instance) == ref
		if own && !e.At.Before(o.Why.End.At) && r.Pattern.Any(e) {
			return e
		}
	}
	return nil
}

// timing says whether a deed was in time, and how it lies to its deadline.
func (b *builder) timing(w words, o *obligation.Obligation, r *obligation.Requirement) string {
	target := o.Kind == law.Target
	switch {
	case r.Status == obligation.Met && target:
		return w.say(": dentro de la meta", ": within the target") + b.distanceTo(w, o, r.Deed)
	case r.Status == obligation.Met:
		return w.say(": en plazo", ": in time") + b.distanceTo(w, o, r.Deed)
	case r.Status == obligation.Late && target:
		return w.say(": después de la meta", ": after the target") + b.distanceTo(w, o, r.Deed)
	case r.Status == obligation.Late:
		return w.say(": fuera de plazo", ": late") + b.distanceTo(w, o, r.Deed)
	}
	return w.say(": en plazo o no según la hora", ": in time or not depending on the hour")
}

// distanceTo says how far a deed lies from its deadline, with a comma before it;
// nothing where only a date is known and hours count.
func (b *builder) distanceTo(w words, o *obligation.Obligation, deed *event.Event) string {
	if o.Under.Limit.ByClock() {
		due := w.say("del vencimiento", "it fell due")
		if o.Kind == law.Target {
			due = w.say("de su fin", "its end")
		}
		switch d := deed.At.Sub(o.DueAt); {
		case deed.ByDay() || o.Why.Clock != nil && o.Why.Clock.ByDay():
			return ""
		case d > 0:
			return ", " + w.length(d) + w.say(" después ", " after ") + due
		case d < 0:
			return ", " + w.length(-d) + w.say(" antes ", " before ") + due
		}
		return w.say(", en el último instante", ", at the last instant")
	}
	last := b.cat.DateOf(o.DueAt) - 1
	switch n := int(b.cat.DateOf(deed.At) - last); {
	case n > 0:
		return ", " + w.sayf("%s después del último día", "%s after the last day", w.days(n))
	case n < 0:
		return ", " + w.sayf("%s antes del último día", "%s before the last day", w.days(-n))
	}
	return w.say(", el último día", ", on the last day")
}

// end says what ended the scope of the duty, where that mattered to it.
func (b *builder) end(w words, o *obligation.Obligation) string {
	end := o.Why.End
	if end == nil {
		return ""
	}
	switch o.Status(b.query.AsOf) {
	case obligation.Void:
		return b.named(w, end) + w.say(": desde entonces el deber no es exigible y nada posterior cuenta", ": from then on the duty no longer binds, and nothing later counts")
	case obligation.Missed:
		for i := range b.needed(o) {
			if b.afterEnd(o, &b.needed(o)[i]) != nil {
				return b.named(w, end) + w.say(": el plazo ya había vencido, y nada posterior cuenta", ": the limit had already run out, and nothing later counts")
			}
		}
	}
	return ""
}

// doubt says in a sentence why the facts do not decide.
func (b *builder) doubt(w words, o *obligation.Obligation) string {
	if o.Status(b.query.AsOf) != obligation.Unclear {
		return ""
	}
	early := func(r obligation.Requirement) bool {
		return r.Status == obligation.Unclear && r.Deed == nil && r.Before != nil
	}
	switch {
	case slices.ContainsFunc(b.needed(o), early):
		return w.say("Un acto exigido consta solo antes de que empezara el plazo. O ya estaba hecho, o falta registrar el que siguió, o una de las dos fechas está equivocada: lo registrado no lo dice.",
			"A required deed is recorded only before the clock started. Either it had already been done, or the one that followed was not recorded, or one of the two dates is wrong: what is recorded does not say.")
	case o.Deed != nil:
		return w.sayf("De %s solo consta la fecha: según la hora, el acto fue en plazo o fuera de plazo.", "Of %s only the date is known: depending on the hour the deed was in time or late.", b.byDay(w, o.Why.Clock, o.Deed))
	case o.Why.End != nil && o.Settled == obligation.Unclear:
		return w.sayf("De %s solo consta la fecha: no se sabe si el plazo ya había vencido cuando llegó %s.", "Of %s only the date is known: it is not known whether the limit had run out when %s came.",
			b.byDay(w, o.Why.Clock), b.named(w, o.Why.End))
	}
	return w.sayf("De %s solo consta la fecha: según la hora, el plazo ya venció o todavía corre.", "Of %s only the date is known: depending on the hour the limit has run out or still runs.", b.byDay(w, o.Why.Clock))
}

// byDay names, of some events, those of which only the date is known.
func (b *builder) byDay(w words, events ...*event.Event) string {
	var names []string
	for _, e := range events {
		if e != nil && e.ByDay() {
			names = append(names, w.quoted(w.eventTitle(e.Type))+w.sayf(" (hecho %d)", " (fact %d)", b.number[e.Identity()]))
		}
	}
	return w.and(names)
}

// delays are the events that speak of the duty once it has begun, and are no
// deed of it.
func (b *builder) delays(o *obligation.Obligation) []*event.Event {
	var out []*event.Event
	for i := range b.events {
		e := &b.events[i]
		if e.Data.Text(aboutDuty) == o.Duty && !e.At.Before(o.StartedAt) && !o.Law.Fulfils(o.Under).Any(e) {
			out = append(out, e)
		}
	}
	return out
}

// delay tells what was said of a duty: who, when, and the cause given.
func (b *builder) delay(w words, e *event.Event) string {
	var said []string
	for name := range e.Data {
		if !slices.Contains([]string{aboutDuty, "ubigeo", "precision", "institution", "institution_kind", "area"}, name) {
			said = append(said, w.field(e, name))
		}
	}
	slices.Sort(said)
	text := b.named(w, e)
	if len(said) > 0 {
		text += "; " + strings.Join(said, "; ")
	}
	if who := w.institution(e.Data.Text("institution_kind"), e.Data.Text("institution")); who != "" {
		text += fmt.Sprintf(" (%s)", who)
	}
	return text
}
