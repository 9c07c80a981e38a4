package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// words writes in one language of the catalogue, with local times.
type words struct {
	cat  *law.Catalogue
	lang string
}

// both writes a text in each language.
func (b *builder) both(write func(words) string) law.Text {
	return law.Text{ES: write(words{b.cat, "es"}), EN: write(words{b.cat, "en"})}
}

func (w words) say(es, en string) string {
	if w.lang == "en" {
		return en
	}
	return es
}

func (w words) sayf(es, en string, args ...any) string { return fmt.Sprintf(w.say(es, en), args...) }

// value is how people read a value of a field. Ids and numbers read as
// themselves.
func (w words) value(field, value string) string {
	text, _ := w.cat.Reads(field, value)
	return cmp.Or(text.In(w.lang), value)
}

// name is how people read the name of a field or of a fact.
func (w words) name(field string) string { return w.value("field", field) }

func (w words) quoted(title string) string { return w.say("«"+title+"»", "“"+title+"”") }

// dateLayout prints a civil date: day first in Spanish; with the month's name in
// English, whose readers differ about which number is the month.
var dateLayout = law.Text{ES: "02/01/2006", EN: "2 Jan 2006"}

func (w words) date(t time.Time) string { return t.In(w.cat.Zone).Format(dateLayout.In(w.lang)) }

// instant prints a local instant, with seconds only where there are any.
func (w words) instant(t time.Time) string {
	clock, local := "15:04", t.In(w.cat.Zone)
	switch {
	case local.Nanosecond() != 0:
		clock = "15:04:05.000"
	case local.Second() != 0:
		clock = "15:04:05"
	}
	return w.date(t) + " " + local.Format(clock)
}

// when prints when an event happened.
func (w words) when(e *event.Event) string {
	if e.ByDay() {
		return w.date(e.At) + w.say(" (solo consta la fecha)", " (only the date is known)")
	}
	return w.instant(e.At)
}

// eventTitle names the type of an event.
func (w words) eventTitle(name string) string {
	if t, ok := w.cat.Events.Type(name); ok {
		return cmp.Or(t.Title[w.lang], t.Title["es"], t.Title["en"], name)
	}
	return name
}

// length is a span of time as people say it: days from three days on, hours
// and minutes below.
func (w words) length(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 72*time.Hour:
		return w.sayf("%d días", "%d days", int(d.Hours())/24)
	case d >= time.Hour && d%time.Hour < time.Minute:
		return w.count(int(d.Hours()), "hora", "horas", "hour", "hours")
	case d >= time.Hour:
		return w.count(int(d.Hours()), "hora", "horas", "hour", "hours") + " " + w.say("y ", "and ") +
			w.count(int(d.Minutes())%60, "minuto", "minutos", "minute", "minutes")
	case d >= time.Minute:
		return w.count(int(d.Minutes()), "minuto", "minutos", "minute", "minutes")
	}
	return w.say("menos de un minuto", "less than a minute")
}

func (w words) days(n int) string { return w.count(n, "día", "días", "day", "days") }

func (w words) count(n int, one, many, oneEN, manyEN string) string {
	if n == 1 {
		return "1 " + w.say(one, oneEN)
	}
	return fmt.Sprintf("%d %s", n, w.say(many, manyEN))
}

// and joins a list as people read one out.
func (w words) and(items []string) string { return joined(items, w.say(" y ", " and ")) }

func (w words) or(items []string) string { return joined(items, w.say(" o ", " or ")) }

func joined(items []string, last string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + last + items[n-1]
	}
	return strings.Join(items, "")
}

// done says what of a pattern an event is: “Measures notified” (to: victim).
func (w words) done(p *law.Pattern, e *event.Event) string {
	for i := range p.Matches {
		m := p.Matches[i]
		if !m.Matches(e) {
			continue
		}
		m.Fields = slices.DeleteFunc(slices.Clone(m.Fields), func(f law.FieldIs) bool { return f.Not })
		for j := range m.Fields {
			m.Fields[j].Values = slices.DeleteFunc(slices.Clone(m.Fields[j].Values), func(v string) bool { return !e.Data.Holds(m.Fields[j].Name, v) })
		}
		return w.deed(&law.Pattern{Matches: []law.Match{m}})
	}
	return w.quoted(w.eventTitle(e.Type))
}

// deed says which events a pattern asks for: “Measures notified” (to: victim).
func (w words) deed(p *law.Pattern) string {
	var parts []string
	for i := range p.Matches {
		m := &p.Matches[i]
		var fields []string
		for _, f := range m.Fields {
			var values []string
			for _, v := range f.Values {
				values = append(values, w.value(f.Name, v))
			}
			is := ": "
			if f.Not {
				is = w.say(": que no sea ", ": other than ")
			}
			fields = append(fields, w.name(f.Name)+is+w.or(values))
		}
		part := w.quoted(w.eventTitle(m.Type))
		if len(fields) > 0 {
			part += " (" + strings.Join(fields, "; ") + ")"
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return w.or(parts)
}

// institution names who acts: the kind in words, and the code of the unit.
func (w words) institution(kind, code string) string {
	if kind != "" {
		kind = w.value("institution_kind", kind)
	}
	return strings.TrimSpace(kind + " " + code)
}

// confidence says how sure the catalogue is of a norm.
func (w words) confidence(c string) string {
	return map[string]string{
		"high":   w.say("confianza alta en la norma", "high confidence in the norm"),
		"medium": w.say("confianza media en la norma: se leyó en parte o se interpreta", "medium confidence in the norm: read in part, or interpreted"),
		"low":    w.say("confianza baja en la norma: su texto no se ha comprobado", "low confidence in the norm: its text was not verified"),
	}[c]
}
