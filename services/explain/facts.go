package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// lateEntry is from when on it is worth saying that a fact was recorded later
// than it happened.
const lateEntry = time.Hour

// aboutVictim begins the fields by which the first event of a case describes
// the victim. They are left out: what a condition of the law looks at is said
// where it decides.
const aboutVictim = "victim_"

// facts tells the events that count, those taken back, and how many others there
// are.
func (b *builder) facts(x *Explanation, all []event.Event) error {
	for i := range b.events {
		f, err := b.fact(&b.events[i])
		if err != nil {
			return err
		}
		f.Number = i + 1
		x.Facts = append(x.Facts, f)
	}
	taken := obligation.Retractions(b.cat, all, b.query)
	seen := map[event.Identity]bool{}
	var later, unknown int
	for i := range all {
		e := &all[i]
		if seen[e.Identity()] || b.number[e.Identity()] != 0 || e.Type == b.cat.Retraction {
			continue
		}
		seen[e.Identity()] = true
		switch by := taken[e.Identity()]; {
		case !b.query.KnownAt.IsZero() && e.RecordedAt.After(b.query.KnownAt):
			unknown++
		case by != nil:
			f, err := b.fact(e)
			if err != nil {
				return err
			}
			f.Note = b.both(func(w words) string { return joinNotes(f.Note.In(w.lang), w.takenBack(by)) })
			x.Retracted = append(x.Retracted, f)
		default:
			later++
		}
	}
	slices.SortStableFunc(x.Retracted, func(a, b Fact) int { return a.At.Compare(b.At) })
	b.leftOut(x, later, unknown)
	return nil
}

func (b *builder) leftOut(x *Explanation, later, unknown int) {
	if later > 0 {
		x.LeftOut = append(x.LeftOut, b.both(func(w words) string {
			return w.count(later, "hecho posterior a esa fecha no se cuenta.", "hechos posteriores a esa fecha no se cuentan.",
				"fact after that instant is left out.", "facts after that instant are left out.")
		}))
	}
	if unknown > 0 {
		x.LeftOut = append(x.LeftOut, b.both(func(w words) string {
			return w.count(unknown, "hecho que aún no estaba registrado no se cuenta.", "hechos que aún no estaban registrados no se cuentan.",
				"fact that had not yet been recorded is left out.", "facts that had not yet been recorded are left out.")
		}))
	}
}

// fact tells one event.
func (b *builder) fact(e *event.Event) (Fact, error) {
	canonical, err := e.Canonical()
	if err != nil {
		return Fact{}, fmt.Errorf("explain %s: %w", e.Subject, err)
	}
	f := Fact{
		Type: e.Type, Source: e.Source, ID: e.ID, Digest: event.DigestOf(canonical).String(),
		At: e.At.UTC(), DateOnly: e.ByDay(), RecordedAt: e.RecordedAt.UTC(),
		When:   b.both(func(w words) string { return w.when(e) }),
		Title:  b.both(func(w words) string { return w.eventTitle(e.Type) }),
		Detail: b.both(func(w words) string { return w.detail(e) }),
	}
	if late := e.RecordedAt.Sub(e.At); late > lateEntry && (!e.ByDay() || b.cat.DateOf(e.RecordedAt) != b.cat.DateOf(e.At)) {
		f.Note = b.both(func(w words) string { return w.say("Registrado el ", "Recorded on ") + w.instant(e.RecordedAt) + "." })
	}
	return f, nil
}

func joinNotes(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(n string) bool { return n == "" }), " ")
}

// takenBack says when and why an event was retracted.
func (w words) takenBack(by *event.Event) string {
	text := w.say("Dejado sin efecto el ", "Taken back on ") + w.when(by)
	if reason := by.Data.Text("reason"); reason != "" {
		text += w.say("; motivo: ", "; reason: ") + w.value("reason", reason)
	}
	return text + w.say(". No cuenta.", ". It does not count.")
}

// detail says what an event tells beyond its type: its fields, who acted, and
// where.
func (w words) detail(e *event.Event) string {
	var fields []string
	victim := false
	for name := range e.Data.All() {
		if strings.HasPrefix(name, aboutVictim) && e.Type == w.cat.CaseStart {
			victim = true
			continue
		}
		if slices.Contains([]string{"ubigeo", "precision", "institution", "institution_kind"}, name) {
			continue
		}
		fields = append(fields, w.field(e, name))
	}
	if victim {
		fields = append(fields, w.say("datos de la víctima omitidos", "data about the victim left out"))
	}
	var parts []string
	if len(fields) > 0 {
		parts = append(parts, strings.Join(fields, "; "))
	}
	if who := w.institution(e.Data.Text("institution_kind"), e.Data.Text("institution")); who != "" {
		parts = append(parts, who)
	}
	if place := e.Place(); place != "" {
		parts = append(parts, w.cat.Places.Name(place))
	}
	return strings.Join(parts, " · ")
}

// field prints a field of an event and its values.
func (w words) field(e *event.Event, name string) string {
	values := []string{e.Data.Scalar(name)}
	if list, ok := e.Data.Value(name).([]string); ok {
		values = slices.Clone(list)
	}
	for i, value := range values {
		values[i] = w.read(e, name, value)
	}
	return w.name(name) + ": " + w.and(values)
}

// read is one value in words. Only what the schema lists is a code with a word;
// anything else is somebody's id or number, or an instant.
func (w words) read(e *event.Event, name, value string) string {
	t, ok := w.cat.Events.Type(e.Type)
	switch {
	case !ok:
		return value
	case t.Values(name) != nil:
		return w.value(name, value)
	case t.HoldsText(name):
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return w.instant(at)
		}
		if d, ok := w.cat.Duty(value); ok {
			return w.quoted(d.Title.In(w.lang))
		}
	}
	return value
}

// named refers to an event by name, date and number.
func (b *builder) named(w words, e *event.Event) string {
	return b.dated(w, w.quoted(w.eventTitle(e.Type)), e)
}

// dated puts an event's date and number behind what it is called.
func (b *builder) dated(w words, name string, e *event.Event) string {
	at := w.instant(e.At)
	if e.ByDay() {
		at = w.date(e.At)
	}
	text := name + w.say(" del ", " of ") + at + w.sayf(" (hecho %d", " (fact %d", b.number[e.Identity()])
	if e.ByDay() {
		text += w.say("; solo consta la fecha", "; only the date is known")
	}
	return text + ")"
}

// catalogue names the law that judges.
func (b *builder) catalogue() (Catalogue, law.Text) {
	c := Catalogue{ID: b.cat.ID, Version: b.cat.Version, Hash: b.cat.Hash, Title: b.cat.Title}
	return c, b.both(func(w words) string {
		return w.cat.Title.In(w.lang) + w.say(" (catálogo, versión ", " (catalogue, version ") + w.cat.Version + w.say("; huella ", "; hash ") + w.cat.Hash[:12] + ")"
	})
}
