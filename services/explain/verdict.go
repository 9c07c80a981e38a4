package explain

import (
	"slices"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

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
		if done == 1 {
			return w.sayf("; consta 1 de los %d actos exigidos", "; 1 of the %d required deeds is recorded", n)
		}
		return w.sayf("; constan %d de los %d actos exigidos", "; %d of the %d required deeds are recorded", done, n)
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

// doubt says in a sentence why the facts do not decide.
func (b *builder) doubt(w words, o *obligation.Obligation) string {
	if o.Status(b.query.AsOf) != obligation.Unclear {
		return ""
	}
	if o.Due().IsZero() {
		return w.say("El hecho que inicia el deber no señala el plazo: no se sabe si se cumplió en él.", "The event that starts the duty states no deadline: whether it was kept is not known.")
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
		return w.sayf("De %s solo consta la fecha: no se sabe si el plazo ya había vencido cuando ocurrió %s.", "Of %s only the date is known: it is not known whether the limit had run out when %s came.",
			b.byDay(w, o.Why.Clock), b.named(w, o.Why.End))
	}
	return w.sayf("De %s solo consta la fecha: según la hora, el plazo ya venció o todavía corre.", "Of %s only the date is known: depending on the hour the limit has run out or still runs.", b.byDay(w, o.Why.Clock))
}
