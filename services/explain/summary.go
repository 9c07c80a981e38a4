package explain

import (
	"slices"
	"strings"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// summary is one paragraph: of the limits of the law what is missed, what was
// late, what the facts do not decide and what is open, the next one first; then
// targets and rights, apart.
func (b *builder) summary(w words, rows []obligation.Obligation, recorded int) string {
	if len(b.events) == 0 {
		return w.sayf("A esa fecha no cuenta ningún hecho: de los %d registrados, todos son posteriores, se dejaron sin efecto o no se conocían aún. No hay deberes que juzgar.",
			"No fact counts at that instant: of the %d recorded, all came later, were taken back or were not yet known. There are no duties to judge.", recorded)
	}
	of := func(kind law.Kind, status obligation.Status) []obligation.Obligation {
		return slices.DeleteFunc(slices.Clone(rows), func(o obligation.Obligation) bool {
			return o.Kind != kind || o.Status(b.query.AsOf) != status
		})
	}
	total := 0
	for i := range rows {
		if rows[i].Kind == law.Law {
			total++
		}
	}
	var said []string
	if total == 0 {
		said = append(said, w.say("Ningún deber con plazo legal ha nacido hasta ese momento.", "No duty with a limit of the law has arisen up to that instant."))
	} else {
		arisen := w.sayf("Han nacido %d deberes con plazo legal: ", "%d duties with a limit of the law have arisen: ", total)
		if total == 1 {
			arisen = w.say("Ha nacido 1 deber con plazo legal: ", "1 duty with a limit of the law has arisen: ")
		}
		said = append(said, arisen+strings.Join(b.legal(w, of), "; ")+".")
	}
	if next := b.next(w, of(law.Law, obligation.Open)); next != "" {
		said = append(said, next)
	}
	return strings.Join(append(said, b.apart(w, of)...), " ")
}

// legal counts the limits of the law by status, worst first, and names those
// that went wrong.
func (b *builder) legal(w words, of func(law.Kind, obligation.Status) []obligation.Obligation) []string {
	var parts []string
	for _, s := range []struct {
		status                   obligation.Status
		one, many, oneEN, manyEN string
		name                     bool
	}{
		{obligation.Missed, "vencido sin que conste cumplido", "vencidos sin que conste su cumplimiento", "missed", "missed", true},
		{obligation.Late, "cumplido fuera de plazo", "cumplidos fuera de plazo", "done late", "done late", true},
		{obligation.Unclear, "no determinable", "no determinables", "unclear", "unclear", true},
		{obligation.Open, "aún en plazo", "aún en plazo", "still in time", "still in time", false},
		{obligation.Met, "cumplido en plazo", "cumplidos en plazo", "done in time", "done in time", false},
		{obligation.Void, "sin efecto", "sin efecto", "void", "void", false},
	} {
		rows := of(law.Law, s.status)
		if len(rows) == 0 {
			continue
		}
		text := w.count(len(rows), s.one, s.many, s.oneEN, s.manyEN)
		if s.name {
			text += " (" + b.titles(w, rows) + ")"
		}
		parts = append(parts, text)
	}
	return parts
}

// titles lists the duties of some rows, each once: with when it fell due or how
// late it was done, or with how often it is among them.
func (b *builder) titles(w words, rows []obligation.Obligation) string {
	var titles []string
	at, times := map[string]int{}, map[string]int{}
	for i := range rows {
		o := &rows[i]
		title := w.quoted(o.Law.Title.In(w.lang))
		if times[title]++; times[title] == 1 {
			at[title] = len(titles)
			titles = append(titles, title+b.howFar(w, o))
			continue
		}
		titles[at[title]] = title + w.sayf(", %d veces", ", %d times", times[title])
	}
	return strings.Join(titles, "; ")
}

// howFar says of a missed obligation when it fell due, and of a late one how late
// it was done.
func (b *builder) howFar(w words, o *obligation.Obligation) string {
	switch o.Status(b.query.AsOf) {
	case obligation.Missed:
		return w.say(", que venció ", ", due ") + w.nextDue(o)
	case obligation.Late:
		return b.distanceTo(w, o, o.Deed)
	}
	return ""
}

// next names what falls due next.
func (b *builder) next(w words, open []obligation.Obligation) string {
	open = slices.DeleteFunc(slices.Clone(open), func(o obligation.Obligation) bool { return o.Due().IsZero() })
	if len(open) == 0 {
		return ""
	}
	first := slices.MinFunc(open, func(a, b obligation.Obligation) int { return a.DueAt.Compare(b.DueAt) })
	return w.say("El próximo en vencer es ", "The next to fall due is ") + w.quoted(first.Law.Title.In(w.lang)) + w.say(", vence ", ", due ") + w.nextDue(&first) + "."
}

func (w words) nextDue(o *obligation.Obligation) string {
	if o.Under.Limit.ByClock() && o.LapsesFrom.Equal(o.LapsesBy) {
		return w.say("el ", "") + w.due(o)
	}
	return w.due(o)
}

// apart counts targets and rights, which are no limits of the law.
func (b *builder) apart(w words, of func(law.Kind, obligation.Status) []obligation.Obligation) []string {
	var said []string
	targets, off := 0, 0
	rights := 0
	for _, status := range obligation.Statuses() {
		targets += len(of(law.Target, status))
		rights += len(of(law.Right, status))
		if status == obligation.Missed || status == obligation.Late {
			off += len(of(law.Target, status))
		}
	}
	if targets > 0 {
		text := w.say("Aparte, donde la norma no fija un número, el proyecto mide ", "Apart from these, where the norm gives no number, the project measures ") +
			w.count(targets, "meta", "metas", "target", "targets")
		if off > 0 {
			text += ": " + w.count(off, "no se alcanzó a tiempo", "no se alcanzaron a tiempo", "was not reached in time", "were not reached in time")
		}
		said = append(said, text+".")
	}
	if rights > 0 {
		said = append(said, w.count(rights, "plazo es un derecho de las partes: nadie incumple.", "plazos son derechos de las partes: nadie incumple.",
			"limit is a right of the parties: no one fails.", "limits are rights of the parties: no one fails."))
	}
	return said
}
