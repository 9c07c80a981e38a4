package law

import (
	"fmt"
	"strings"
	"time"
)

// Describe says a limit in words: "24 horas", "15 días hábiles (calendario
// general)".
func (c *Catalogue) Describe(l *Limit, lang string) string {
	es := lang != "en"
	say := func(spanish, english string) string {
		if es {
			return spanish
		}
		return english
	}
	business := l.BusinessDays
	calendar := l.CalendarDays
	if l.Days != 0 && c.Days == BusinessDays {
		business = l.Days
	} else if l.Days != 0 {
		calendar = l.Days
	}
	var text string
	switch {
	case l.IsStated():
		text = say("hasta lo que el hecho señala en ", "until what the event states in ") + l.Until + l.UntilDay
	case l.ByClock():
		text = clockWords(l, es)
	case l.SameDay:
		text = say("el mismo día", "the same day")
	case business != 0:
		text = count(business, say("día hábil", "business day"), say("días hábiles", "business days"))
	case calendar != 0:
		text = count(calendar, say("día calendario", "calendar day"), say("días calendario", "calendar days"))
	case l.Months != 0:
		text = count(l.Months, say("mes", "month"), say("meses", "months"))
	case l.On != 0:
		text = say("hasta el ", "by ") + l.On.String()
	case l.LastDay != (MonthDay{}):
		text = say(fmt.Sprintf("hasta el %d de %s de cada año", l.LastDay.Day, spanishMonths[l.LastDay.Month-1]), fmt.Sprintf("by %d %s of each year", l.LastDay.Day, l.LastDay.Month))
	default:
		return say("sin plazo", "no limit")
	}
	if calendar := c.Calendars[l.Calendar]; calendar != nil && !l.ByClock() && !l.SameDay {
		text += fmt.Sprintf(" (%s)", calendar.Title.In(lang))
	}
	if l.Distance {
		text += say(" más el término de la distancia", " plus the term of distance")
	}
	return text
}

var spanishMonths = [...]string{
	"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
}

func clockWords(l *Limit, es bool) string {
	var parts []string
	for _, unit := range []struct {
		n                        int
		one, many, oneEN, manyEN string
	}{
		{l.Hours, "hora", "horas", "hour", "hours"},
		{l.Minutes, "minuto", "minutos", "minute", "minutes"},
		{l.Seconds, "segundo", "segundos", "second", "seconds"},
	} {
		switch {
		case unit.n == 0:
		case es:
			parts = append(parts, count(unit.n, unit.one, unit.many))
		default:
			parts = append(parts, count(unit.n, unit.oneEN, unit.manyEN))
		}
	}
	return strings.Join(parts, " ")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// DaysOff lists the days between two dates that a limit's calendar does not
// count, the ends left out: what a reader needs to follow the counting.
func (c *Catalogue) DaysOff(l *Limit, from, to time.Time) []Date {
	calendar := c.Calendars[l.Calendar]
	if calendar == nil || l.ByClock() {
		return nil
	}
	var off []Date
	for d := c.DateOf(from) + 1; d < c.DateOf(to); d++ {
		if !calendar.IsBusiness(d) {
			off = append(off, d)
		}
	}
	return off
}
