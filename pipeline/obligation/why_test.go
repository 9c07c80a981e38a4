package obligation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// because prints what decided an obligation, one fact a line.
func because(t lawtest.TB, o *obligation.Obligation) []string {
	name := func(e *event.Event) string {
		if e == nil {
			return "-"
		}
		return e.ID
	}
	lines := []string{"start " + name(o.Start), "clock " + name(o.Why.Clock)}
	for _, k := range o.Why.Known {
		lines = append(lines, fmt.Sprintf("known %s=%s told %s by %s", k.Fact, k.Value, k.Told, name(k.By)))
	}
	for i := range o.Why.Needed {
		n := &o.Why.Needed[i]
		var wanted []string
		for j := range n.Pattern.Matches {
			wanted = append(wanted, n.Pattern.Matches[j].String())
		}
		lines = append(lines, fmt.Sprintf("needs %s: deed %s before %s %s", strings.Join(wanted, " or "), name(n.Deed), name(n.Before), n.Status))
	}
	for _, g := range o.Why.GaveWay {
		lines = append(lines, fmt.Sprintf("gave way %s due %s stricter %t", g.Regime.ID, local(lawtest.Shipped(t), g.DueAt), g.Stricter))
	}
	return append(lines, "end "+name(o.Why.End))
}

func TestWhatDecidedAnObligation(t *testing.T) {
	for _, tt := range []struct {
		name, duty, asOf string
		events           []string
		want             []string
	}{
		{
			"the clock runs from the violent event, though the report starts the duty", "police-file-to-court", "2016-04-01T00:00",
			[]string{"2016-03-01T08:00 violence.occurred", "2016-03-01T10:00 report.received channel=police"},
			[]string{"start e2", "clock e1", "needs file.received from=police to=family-court|peace-court: deed - before - ", "end -"},
		},
		{
			"what a condition looked at, and who said so", "measures-decided", "2024-04-01T00:00",
			[]string{
				"2024-03-01T10:00 report.received channel=police", "2024-03-01T10:30 risk.assessed level=mild", "2024-03-01T11:00 risk.assessed level=severe",
				"2024-03-01T12:00 file.received from=police to=family-court", "2024-03-01T13:00 risk.assessed level=moderate",
			},
			[]string{"start e4", "clock e4", "known risk=severe told severe by e3", "needs measures.decided: deed - before - ", "end -"},
		},
		{
			"nobody said it: the default, and how the duty reads it", "execution-report", "2024-04-01T00:00",
			[]string{"2024-03-01T10:00 measures.notified measure=m-1 to=police"},
			[]string{"start e1", "clock e1", "known risk=mild told undetermined by -", "needs execution.reported: deed - before - ", "end -"},
		},
		{
			"the regime that gave way, and when it would have fallen due", "measures-decided", "2021-04-01T00:00",
			[]string{"2021-03-01T10:00 report.received channel=police", "2021-03-01T11:00 risk.assessed level=severe", "2021-03-01T12:00 file.received from=police to=family-court"},
			[]string{"start e1", "clock e1", "needs measures.decided: deed - before - ", "gave way pm-severe-24h-2018 due 2021-03-02T12:00 stricter false", "end -"},
		},
		{
			"each required deed on its own", "measures-notified-to-parties", "2024-04-01T00:00",
			[]string{"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-02T10:00 measures.notified measure=m-1 to=victim"},
			[]string{"start e1", "clock e1", "needs measures.notified to=victim: deed e2 before - late", "needs measures.notified to=respondent: deed - before - ", "end -"},
		},
		{
			"a deed only before the start leaves it unclear", "measures-notified-to-parties", "2024-04-01T00:00",
			[]string{"2024-02-28T10:00 measures.notified measure=m-1 to=victim", "2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-01T11:00 measures.notified measure=m-1 to=respondent"},
			[]string{"start e2", "clock e2", "needs measures.notified to=victim: deed - before e1 unclear", "needs measures.notified to=respondent: deed e3 before - met", "end -"},
		},
		{
			"what ended it", "police-file-to-prosecutor", "2024-04-01T00:00",
			[]string{"2024-03-01T10:00 report.received channel=police", "2024-03-01T12:00 case.transferred", "2024-03-01T11:00 case.merged into=c-2"},
			[]string{"start e1", "clock e1", "needs file.received from=police to=prosecutor: deed - before - ", "end e3"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := obligation.Query{AsOf: lawtest.Instant(t, tt.asOf), Why: true}
			for _, o := range obligation.Fold(lawtest.Shipped(t), lawtest.Story(t, tt.events...), q) {
				if o.Duty != tt.duty {
					continue
				}
				if diff := cmp.Diff(tt.want, because(t, &o)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
			t.Errorf("no row of %s", tt.duty)
		})
	}
}

// Where two regimes compete and neither overrides the other, the stricter one
// judges, and says which one gave way to it.
func TestTheStricterRegimeSaysWhichOneGaveWay(t *testing.T) {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	duty, ok := cat.Duty("measures-decided")
	if !ok {
		t.Fatal("no such duty")
	}
	for _, r := range duty.Regimes {
		r.Overrides = nil
	}
	events := lawtest.Story(t, "2021-03-01T10:00 report.received channel=police", "2021-03-01T11:00 risk.assessed level=mild", "2021-03-01T12:00 file.received from=police to=family-court")
	for _, o := range obligation.Fold(cat, events, obligation.Query{AsOf: lawtest.Instant(t, "2021-04-01T00:00"), Why: true}) {
		if o.Duty != duty.ID {
			continue
		}
		want := []string{"start e1", "clock e1", "needs measures.decided: deed - before - ", "gave way pm-mild-moderate-48h-2018 due 2021-03-03T12:00 stricter true", "end -"}
		if diff := cmp.Diff(want, because(t, &o)); diff != "" || o.Regime != "pm-covid-24h" {
			t.Errorf("under %s (-want +got):\n%s", o.Regime, diff)
		}
		return
	}
	t.Error("no row")
}

// Asking why changes no answer, and the answer is there for every row.
func TestAskingWhyChangesNothing(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyStory(t)
		q := obligation.Query{AsOf: lastOf(events).AddDate(0, 0, rapid.IntRange(-30, 400).Draw(t, "as-of"))}
		want := records(cat, obligation.Fold(cat, events, q), q.AsOf)
		q.Why = true
		got := obligation.Fold(cat, events, q)
		if diff := cmp.Diff(want, records(cat, got, q.AsOf)); diff != "" {
			t.Fatalf("(-without +with why):\n%s", diff)
		}
		for i := range got {
			if o := &got[i]; o.Why == nil || o.Why.Clock != nil && o.Law.Every != "" {
				t.Fatalf("%v has no reasons, or a register's clock: %+v", o.Key(), o.Why)
			}
		}
	})
}
