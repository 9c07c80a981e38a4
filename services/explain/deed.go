package explain

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// aboutDuty is the field by which an event speaks of a duty: the explanation of
// a delay is told beside the duty that it explains.
const aboutDuty = "duty"

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
	if o.Due().IsZero() {
		return w.say(": sin plazo con que medirlo", ": with no deadline to measure it by")
	}
	return w.say(": en plazo o no según la hora", ": in time or not depending on the hour")
}

// distanceTo says how far a deed lies from its deadline, with a comma before it;
// nothing where only a date is known and hours count.
func (b *builder) distanceTo(w words, o *obligation.Obligation, deed *event.Event) string {
	if o.Due().IsZero() {
		return ""
	}
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
func (b *builder) delay(w words, o *obligation.Obligation, e *event.Event) string {
	var said []string
	for name := range e.Data.All() {
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
	if n := b.times[o.Duty]; n > 1 {
		text += w.sayf("; habla del deber, y no dice de cuál de las %d veces", "; it speaks of the duty, and does not say which of the %d times", n)
	}
	return text
}
