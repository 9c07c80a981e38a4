package explain

import (
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

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
	if o.Due().IsZero() || len(o.Why.Moved) > 0 {
		return text // What moved it says so; the days are not those of the calendar alone.
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
	if l.ByClock() || bool(l.NoShift) || o.Law.Every != "" || l.IsStated() || len(o.Why.Moved) > 0 || w.cat.CountsBusinessDays(&l) {
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
	case o.Due().IsZero() && len(o.Why.Moved) == 0:
		return w.say("no consta: el hecho no señala el plazo", "not known: the event states no deadline")
	case o.Due().IsZero():
		return w.say("sin fecha mientras el plazo no corra", "no date while the clock stands still")
	case !o.Under.Limit.ByClock():
		return w.say("al terminar el ", "at the end of ") + w.lastDay(o.DueAt)
	case o.LapsesFrom.Equal(o.LapsesBy):
		return w.instant(o.DueAt)
	}
	return w.sayf("entre el %s y el %s, pues del inicio solo consta la fecha", "between %s and %s, since of the start only the date is known",
		w.instant(o.DueAt), w.instant(o.DueAt.Add(o.LapsesBy.Sub(o.LapsesFrom)).Add(time.Millisecond)))
}

// moved says which facts stopped the clock, let it run again or gave more time,
// under which article, and what that made of the deadline.
func (b *builder) moved(w words, o *obligation.Obligation) string {
	var said []string
	for _, m := range o.Why.Moved {
		what, article := w.say("el plazo vuelve a correr", "the clock runs again"), ""
		for _, stop := range o.Under.SuspendedBy {
			if stop.Event.Matches(m.By) {
				what, article = w.say("el plazo deja de correr", "the clock stands still"), stop.Citation
			}
		}
		for _, x := range o.Under.ExtendedBy {
			if x.Event.Matches(m.By) {
				what, article = w.say("prórroga", "more time"), x.Citation
			}
		}
		switch {
		case !m.Counts:
			what = w.say("no cambia el plazo, que ya había vencido o no admite otro cambio", "does not change the limit, which had run out already or allows no other change")
		case !m.DueAt.Equal(law.Never):
			moved := *o
			moved.DueAt = m.DueAt
			what += w.say("; entonces vence ", "; it then falls due ") + w.due(&moved)
		}
		if article != "" {
			what += " (" + article + ")"
		}
		said = append(said, b.named(w, m.By)+": "+what)
	}
	return strings.Join(said, "; ")
}
