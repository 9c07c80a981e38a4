package explain

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// builder is the state of one explanation.
type builder struct {
	cat    *law.Catalogue
	query  obligation.Query
	events []event.Event          // that count, in order
	number map[event.Identity]int // of those, as they are listed
	times  map[string]int         // how often each duty arose
}

// Build explains one subject from all its events, in any order, as a query's
// instants see it.
func Build(cat *law.Catalogue, subject string, events []event.Event, q obligation.Query) (*Explanation, error) {
	q.Why = true
	b := &builder{cat: cat, query: q, events: obligation.Visible(cat, events, q), number: map[event.Identity]int{}, times: map[string]int{}}
	for i := range b.events {
		b.number[b.events[i].Identity()] = i + 1
	}
	x := &Explanation{
		Subject: subject, Unit: isUnit(cat, events), AsOf: q.AsOf, Zone: cat.Zone.String(),
		Counts: map[obligation.Status]int{}, Facts: []Fact{}, Duties: []Duty{},
	}
	if !q.KnownAt.IsZero() {
		x.KnownAt = &q.KnownAt
	}
	b.head(x)
	if err := b.facts(x, events); err != nil {
		return nil, err
	}
	rows := obligation.Fold(cat, events, q)
	order(rows)
	for i := range rows {
		b.times[rows[i].Duty]++
	}
	for i := range rows {
		x.Duties = append(x.Duties, b.duty(&rows[i]))
		if rows[i].Kind == law.Law {
			x.Counts[rows[i].Status(q.AsOf)]++
		}
	}
	x.Summary = b.both(func(w words) string { return b.summary(w, rows, len(events)) })
	return x, nil
}

// isUnit reports whether the events are those of a register's unit.
func isUnit(cat *law.Catalogue, events []event.Event) bool {
	return !slices.ContainsFunc(events, func(e event.Event) bool {
		t, ok := cat.Events.Type(e.Type)
		return !ok || !t.OfRegister
	})
}

// order puts what the law sets first, then in the order in which duties arose.
func order(rows []obligation.Obligation) {
	weight := map[law.Kind]int{law.Law: 0, law.Target: 1, law.Right: 2}
	slices.SortStableFunc(rows, func(a, b obligation.Obligation) int {
		return cmp.Or(cmp.Compare(weight[a.Kind], weight[b.Kind]), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Duty, b.Duty))
	})
}

func (b *builder) head(x *Explanation) {
	x.Title = b.both(func(w words) string {
		if x.Unit {
			return w.say("Explicación de los deberes de la unidad ", "Explanation of the duties of unit ") + x.Subject
		}
		return w.say("Explicación de los deberes del caso ", "Explanation of the duties in case ") + x.Subject
	})
	x.Instant = b.both(func(w words) string {
		return w.say("Situación al ", "As of ") + w.instant(b.query.AsOf) + ". " +
			w.say("Todas las fechas y horas: ", "All dates and times: ") + w.zone(b.query.AsOf) + "."
	})
	x.Catalogue, x.Law = b.catalogue()
	x.Synthetic = label(b.events)
	if at := b.query.KnownAt; !at.IsZero() {
		x.Cautions = append(x.Cautions, b.both(func(w words) string { return w.knownAt(at, b.query.AsOf) }))
	}
}

// label says how many of the events are made up, if any.
func label(events []event.Event) law.Text {
	made := 0
	for i := range events {
		if events[i].Synthetic() {
			made++
		}
	}
	switch made {
	case 0:
		return law.Text{}
	case len(events):
		return law.Text{ES: "Datos sintéticos: ninguna persona ni caso es real.", EN: "Synthetic data: no person or case is real."}
	}
	return law.Text{ES: "Hechos sintéticos mezclados con hechos registrados: no use esta explicación.", EN: "Synthetic facts mixed with recorded ones: do not use this explanation."}
}

// zone names the time zone and how far it is from UTC at an instant.
func (w words) zone(at time.Time) string {
	name := w.cat.Zone.String()
	offset := strings.Replace(at.In(w.cat.Zone).Format("-07:00"), "-", "−", 1)
	return w.value("zone", name) + " (UTC" + offset + ")"
}

// knownAt warns what a limit of knowledge does to an explanation.
func (w words) knownAt(known, asOf time.Time) string {
	text := w.sayf("Solo se usa lo que estaba registrado hasta el %s.", "Only what had been recorded by %s is used.", w.instant(known))
	if known.Before(asOf) {
		text += w.sayf(" Entre ese momento y el %s nada consta: lo que entonces se hizo y no estaba registrado aparece como no hecho, y lo que venció, como vencido.",
			" Nothing is known of the time from then to %s: what was done but not yet recorded shows as undone, and what fell due in that time as missed.", w.instant(asOf))
	}
	return text
}
