package explain_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law/load"
	"amparo/services/explain"
)

// Another statute, whose clocks stop and whose limits are extended: what changed
// the deadline says to when, and what came too late or once too often says that it
// changed nothing.
func TestWhatMovesADeadlineIsTold(t *testing.T) {
	cat, err := load.Catalogue(os.DirFS("../../examples/data-protection/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		events []string // instant, type, and a field with its value
		says   []string
		status obligation.Status
	}{
		{
			"a second extension gives nothing", []string{"2024-03-15T10:00:00Z request.received", "2024-04-10T09:00:00Z request.extended", "2024-06-10T09:00:00Z request.extended"},
			[]string{"(hecho 2): prórroga; entonces vence al terminar el 17/06/2024", "(hecho 3): no cambia el plazo"}, obligation.Missed,
		},
		{
			"an extension after the month is over gives nothing", []string{"2024-01-31T10:00:00Z request.received", "2024-03-01T09:00:00Z request.extended"},
			[]string{"(hecho 2): no cambia el plazo", "art. 12(3)"}, obligation.Missed,
		},
		{
			"a clock that stands still has no date", []string{"2024-01-31T10:00:00Z request.received", "2024-02-05T09:00:00Z identity.asked"},
			[]string{"el plazo deja de correr", "Guidelines 01/2022", "sin fecha mientras el plazo no corra"}, obligation.Open,
		},
		{
			"and has one again when it runs", []string{"2024-01-31T10:00:00Z request.received", "2024-02-05T09:00:00Z identity.asked", "2024-02-14T17:00:00Z identity.shown"},
			[]string{"(hecho 3): el plazo vuelve a correr; entonces vence al terminar el 11/03/2024"}, obligation.Missed,
		},
		{
			"a deadline that nobody states", []string{"2024-05-02T10:00:00Z order.issued order=o-1", "2024-05-20T10:00:00Z order.carried-out order=o-1"},
			[]string{"no consta: el hecho no señala el plazo", "sin plazo con que medirlo", "no señala el plazo: no se sabe"}, obligation.Unclear,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var events []event.Event
			for i, line := range tt.events {
				words := strings.Fields(line)
				at, err := time.Parse(time.RFC3339, words[0])
				if err != nil {
					t.Fatal(err)
				}
				data := event.Fields{}
				for _, word := range words[2:] {
					name, value, _ := strings.Cut(word, "=")
					data[name] = value
				}
				events = append(events, event.Event{Subject: "r-1", Source: "urn:x", ID: string(rune('a' + i)), Type: words[1], At: at, RecordedAt: at, Data: data.Data()})
			}
			q := obligation.Query{AsOf: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Why: true}
			x, err := explain.Build(cat, "r-1", events, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(x.Duties) != 1 || x.Duties[0].Status != tt.status {
				t.Fatalf("%d duties, the first %s: want one, %s", len(x.Duties), x.Duties[0].Status, tt.status)
			}
			var told strings.Builder
			for _, l := range x.Duties[0].Lines {
				told.WriteString(l.Text.ES + "\n")
			}
			for _, want := range tt.says {
				if !strings.Contains(told.String(), want) {
					t.Errorf("%q is not in:\n%s", want, told.String())
				}
			}
			for _, o := range obligation.Fold(cat, events, q) {
				if n := len(o.Why.Moved); n > 0 && !o.Why.Moved[n-1].DueAt.Equal(o.DueAt) {
					t.Errorf("after the last event that moves it, it is due %s; it is due %s", o.Why.Moved[n-1].DueAt, o.DueAt)
				}
				if slices.ContainsFunc(x.Duties[0].Lines, func(l explain.Line) bool { return strings.Contains(l.Text.ES, "2261") }) {
					t.Error("the date that stands for none is told")
				}
			}
		})
	}
}
