package simulation

import (
	"cmp"
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// spoil lets things go wrong between what happened and what is recorded: events
// known by day only, entered late, entered wrongly and taken back. It returns
// the events taken back, by id, with the retraction that does it.
func (t *story) spoil() map[string]string {
	retracted := map[string]string{}
	if t.chance(t.cfg.Rates.ByDay) {
		t.blur()
	}
	if t.chance(t.cfg.Rates.Retraction) && len(t.told) > 0 {
		for range 1 + t.r.IntN(2) {
			t.correct(retracted)
		}
	}
	for i := range t.told {
		e := &t.told[i]
		switch {
		case t.chance(t.cfg.Rates.LateEntry):
			e.RecordedAt = e.At.Add(time.Hour + t.share(days(12), 1)).Truncate(time.Second)
			if e.RecordedAt.Before(e.At) {
				e.RecordedAt = e.At
			}
		case e.RecordedAt.After(t.cfg.Until) && !e.At.After(t.cfg.Until):
			e.RecordedAt = e.At // entered as it happened
		}
	}
	return retracted
}

// blur turns some events of a case into events of which only the day is known.
// Days on which a scope ends, and the days of the truth and of the end of the
// record, keep their instants: there the order within the day decides.
func (t *story) blur() {
	exact := map[law.Date]bool{t.cat.DateOf(t.cfg.AsOf): true, t.cat.DateOf(t.cfg.Until): true}
	for i := range t.told {
		if t.book.IsVoiding(t.told[i].Type) {
			exact[t.cat.DateOf(t.told[i].At)] = true
		}
	}
	share := 0.05
	if t.chance(0.3) {
		share = 0.5 // an office that writes down days only
	}
	for i := range t.told {
		e := &t.told[i]
		if t.sharp[e.Type] || exact[t.cat.DateOf(e.At)] || !t.chance(share) {
			continue
		}
		e.At = event.StartOfDay(e.At, t.cat.Zone)
		fields := e.Data.Fields()
		fields["precision"] = "day"
		e.Data = fields.Data()
	}
}

// correct takes an event back and, mostly, tells it anew as it was. Now and then
// a retraction is aimed at another retraction, or at nothing, and does nothing.
func (t *story) correct(retracted map[string]string) {
	i := t.r.IntN(len(t.told))
	wrong := t.told[i]
	if wrong.Type == t.cat.Retraction || retracted[wrong.ID] != "" {
		return
	}
	reason := pick(t.r, corrections)
	if t.book.IsVoiding(wrong.Type) {
		reason = "other" // the scope did not end after all
	}
	by := t.unitOf(&wrong)
	noticed := t.soon(wrong.At.Add(time.Hour), days(15))
	switch reason {
	case "entered-twice":
		again := wrong
		again.ID = t.nextID()
		again.RecordedAt = again.RecordedAt.Add(10 * time.Minute)
		t.told = append(t.told, again)
		wrong = again
	case "wrong-time":
		t.shift(i)
		fallthrough
	case "wrong-content":
		right := wrong
		right.ID = t.nextID()
		right.RecordedAt = later(noticed, right.At)
		t.told = append(t.told, right)
		wrong = t.told[i]
	}
	// The retraction may have been entered with an earlier time than what it
	// takes back: it counts as soon as it is known.
	if t.chance(0.2) {
		noticed = wrong.At.Add(-time.Hour)
	}
	before := t.events
	t.tell(noticed, t.cat.Retraction, by, event.Fields{"source": wrong.Source, "id": wrong.ID, "reason": reason})
	if t.events == before {
		return // beyond the record
	}
	retraction := &t.told[len(t.told)-1]
	retracted[wrong.ID] = retraction.ID
	if t.chance(0.1) {
		t.tell(t.soon(retraction.At, days(3)), t.cat.Retraction, by, event.Fields{"source": retraction.Source, "id": retraction.ID, "reason": "other"})
	}
	if t.chance(0.05) {
		t.tell(t.soon(retraction.At, days(3)), t.cat.Retraction, by, event.Fields{"source": wrong.Source, "id": "e-lost", "reason": "other"})
	}
}

func (t *story) shift(i int) {
	e := &t.told[i]
	if e.ByDay() {
		return
	}
	e.At = e.At.Add(-t.share(days(2), 1)).Truncate(time.Second)
	if t.chance(0.3) {
		e.At = e.At.Add(days(2))
	}
	e.RecordedAt = later(e.RecordedAt, e.At)
}

func (t *story) unitOf(e *event.Event) unit {
	return unit{e.Data.Text("institution"), e.Data.Text("institution_kind"), e.Source, e.Place()}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// deliver puts the events into the order of arrival: roughly as they were
// written down, some twice, some cases in no order.
func (t *story) deliver() []event.Event {
	type arrival struct {
		at    time.Time
		event *event.Event
	}
	order := make([]arrival, 0, len(t.told)+len(t.told)/16)
	for i := range t.told {
		e := &t.told[i]
		order = append(order, arrival{e.RecordedAt, e})
		if t.chance(t.cfg.Rates.Duplicate) {
			order = append(order, arrival{e.RecordedAt.Add(t.share(days(3), 1)), e})
		}
	}
	slices.SortStableFunc(order, func(a, b arrival) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.event.ID, b.event.ID))
	})
	if t.chance(t.cfg.Rates.Disorder) {
		t.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	events := make([]event.Event, len(order))
	for i, a := range order {
		events[i] = *a.event
	}
	return events
}
