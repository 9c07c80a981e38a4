package contribution

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// anyEvents draws events of the catalogue's types with fields of theirs.
func anyEvents(cat *law.Catalogue) *rapid.Generator[[]event.Event] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event.Event {
		name := rapid.SampledFrom(cat.Events.Names()).Draw(t, "type")
		kind, _ := cat.Events.Type(name)
		data := event.Fields{}
		for _, field := range kind.Fields() {
			switch values := kind.Values(field); {
			case !rapid.Bool().Draw(t, field):
			case values != nil:
				data[field] = rapid.SampledFrom(values).Draw(t, "value")
			default:
				data[field] = rapid.SampledFrom([]any{"m-1", "m-2", true, 12.0}).Draw(t, "reference")
			}
		}
		data["ubigeo"] = rapid.SampledFrom([]string{"150101", "0401", "21"}).Draw(t, "place")
		at := time.Date(2024, 1, 1, 5, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 700*24).Draw(t, "hours")) * time.Hour)
		return event.Event{
			Subject: "c-1", Source: "urn:test", ID: rapid.StringMatching(`[a-z]{6}`).Draw(t, "id"), Type: name, At: at, RecordedAt: at, Data: data.Data(),
		}
	}), 1, 20)
}

// An indicator to which none of a subject's events can add would have added nothing.
func TestNoIndicatorIsPassedOver(t *testing.T) {
	cat := lawtest.Shipped(t)
	every := obligation.Concerns{}
	for n := range cat.Indicators {
		for _, name := range cat.Events.Names() {
			every[name] = append(every[name], n)
		}
	}
	some, all := newJudge(cat), newJudge(cat)
	all.addingTo = every
	added := 0
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(cat).Draw(t, "events")
		q := obligation.Query{AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		want, got := all.judge(events, q), some.judge(events, q)
		added += len(want.Rows)
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" {
			t.Fatalf("-all +those concerned:\n%s", diff)
		}
	})
	if added == 0 {
		t.Error("nothing was added to any indicator")
	}
}

// What is judged in the memory of the subject before is what is judged alone.
func TestOneSubjectLeavesNothingToTheNext(t *testing.T) {
	cat := lawtest.Shipped(t)
	j := newJudge(cat)
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(cat).Draw(t, "events")
		q := obligation.Query{AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		want, got := Judge(cat, events, q), j.judge(events, q)
		same := cmp.Comparer(func(a, b *law.Duty) bool { return a == b })
		if diff := cmp.Diff(want, got, same, cmp.Comparer(func(a, b *law.Regime) bool { return a == b })); diff != "" {
			t.Fatalf("-alone +after others:\n%s", diff)
		}
	})
}
