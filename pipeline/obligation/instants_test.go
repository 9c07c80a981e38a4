package obligation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/law/lawtest"
)

// Where only the date is known, the status is that of every instant of the day,
// or unclear. 24 hours from 1 March by its day end between 2 March 00:00 and
// 2 March 23:59:59.999.
func TestDayPrecision(t *testing.T) {
	breach := []string{"breach-informed"}
	byDay := "2024-03-01 breach.reported breach=b-1"
	exact := "2024-03-01T10:00 breach.reported breach=b-1"
	informed := func(at string) string { return at + " breach.informed breach=b-1 to=family-court" }
	row := func(started, done, status string) []string {
		due := map[string]string{"2024-03-01T00:00": "2024-03-02T00:00", "2024-03-01T10:00": "2024-03-02T10:00"}[started]
		return []string{"b-1 breach-to-court-24h " + started + " " + due + " " + done + " " + status}
	}
	later := "2024-04-01T00:00"
	runFold(t, []foldCase{
		{name: "start by its day: a deed 24 hours after the first instant is in time from any other", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-02T00:00")}, want: row("2024-03-01T00:00", "2024-03-02T00:00", "met")},
		{name: "start by its day: one millisecond later it is late from the first instant", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-02T00:00:00.001")}, want: row("2024-03-01T00:00", "2024-03-02T00:00:00.001", "unclear")},
		{name: "start by its day: at the end of the next day it is in time from the last instant", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-02T23:59:59.999")}, want: row("2024-03-01T00:00", "2024-03-02T23:59:59.999", "unclear")},
		{name: "start by its day: one millisecond later it is late from every instant", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-03T00:00")}, want: row("2024-03-01T00:00", "2024-03-03T00:00", "late")},
		{name: "start by its day, undone: open until 24 hours from the first instant", asOf: "2024-03-02T00:00", duties: breach,
			events: []string{byDay}, want: row("2024-03-01T00:00", ".", "open")},
		{name: "start by its day, undone: one millisecond later it is missed from the first instant", asOf: "2024-03-02T00:00:00.001", duties: breach,
			events: []string{byDay}, want: row("2024-03-01T00:00", ".", "unclear")},
		{name: "start by its day, undone: at the end of the next day it is open from the last instant", asOf: "2024-03-02T23:59:59.999", duties: breach,
			events: []string{byDay}, want: row("2024-03-01T00:00", ".", "unclear")},
		{name: "start by its day, undone: then it is missed from every instant", asOf: "2024-03-03T00:00", duties: breach,
			events: []string{byDay}, want: row("2024-03-01T00:00", ".", "missed")},
		{name: "seen as soon as its day begins", asOf: "2024-03-01T00:00", duties: breach,
			events: []string{byDay}, want: row("2024-03-01T00:00", ".", "open")},
		{name: "not seen the millisecond before", asOf: "2024-02-29T23:59:59.999", duties: breach, events: []string{byDay}},
		{name: "deed by its day on the date of the start counts as after it, printed at the day's first instant", asOf: later, duties: breach,
			events: []string{exact, informed("2024-03-01")}, want: row("2024-03-01T10:00", "2024-03-01T00:00", "met")},
		{name: "deed by its day on the date of the limit is unclear", asOf: later, duties: breach,
			events: []string{exact, informed("2024-03-02")}, want: row("2024-03-01T10:00", "2024-03-02T00:00", "unclear")},
		{name: "deed by its day after the limit is late", asOf: later, duties: breach,
			events: []string{exact, informed("2024-03-03")}, want: row("2024-03-01T10:00", "2024-03-03T00:00", "late")},
		{name: "deed by its day before the date of the start is early", asOf: later, duties: breach,
			events: []string{exact, informed("2024-02-29")}, want: row("2024-03-01T10:00", "2024-02-29T00:00", "unclear")},
		{name: "both by their day, on one date: within 24 hours however they lie", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-01")}, want: row("2024-03-01T00:00", "2024-03-01T00:00", "met")},
		{name: "both by their day, on following dates: unclear", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-02")}, want: row("2024-03-01T00:00", "2024-03-02T00:00", "unclear")},
		{name: "both by their day, two days apart: late however they lie", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-03")}, want: row("2024-03-01T00:00", "2024-03-03T00:00", "late")},
		{name: "start by its day and an exact deed on that date, which counts as after it", asOf: later, duties: breach,
			events: []string{byDay, informed("2024-03-01T00:00")}, want: row("2024-03-01T00:00", "2024-03-01T00:00", "met")},
		{
			name: "days do not ask for the hour: the same day by dates alone is met", asOf: later, duties: []string{"measures-notified-to-executors"},
			events: []string{"2024-03-01 measures.decided measure=m-1 outcome=granted", "2024-03-01 measures.notified measure=m-1 to=police"},
			want:   []string{"m-1 pm-notify-executors-same-day 2024-03-01T00:00 2024-03-02T00:00 2024-03-01T00:00 met"},
		},
		{
			name: "of two deeds, one by its day, the last is the exact one of that date", asOf: later, duties: []string{"measures-notified-to-parties"},
			events: []string{
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-01 measures.notified measure=m-1 to=victim",
				"2024-03-01T12:00 measures.notified measure=m-1 to=respondent",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T12:00 met"},
		},
		{
			name: "facts of the date are known when the fact has the day", asOf: "2024-03-01T12:00", duties: []string{"measures-decided"},
			events: []string{"2024-03-01T10:00 report.received channel=family-court", "2024-03-01 risk.assessed level=severe"},
			want:   []string{"- pm-known-risk-24h-2023 2024-03-01T10:00 2024-03-02T10:00 . open"},
		},
		{
			name: "facts of the date are known when the start has the day", asOf: "2024-03-01T23:00", duties: []string{"measures-decided"},
			events: []string{"2024-03-01 report.received channel=family-court", "2024-03-01T22:00 risk.assessed level=severe"},
			want:   []string{"- pm-known-risk-24h-2023 2024-03-01T00:00 2024-03-02T00:00 . open"},
		},
		{
			name: "facts of the next date are not", asOf: "2024-03-03T23:00", duties: []string{"measures-decided"},
			events: []string{"2024-03-01 report.received channel=family-court", "2024-03-02 risk.assessed level=severe"},
			want:   []string{"- pm-undetermined-48h-2023 2024-03-01T00:00 2024-03-03T00:00 . unclear"},
		},
	})
}

func TestVoiding(t *testing.T) {
	prosecutor := []string{"police-file-to-prosecutor"}
	start := "2024-03-01T10:00 report.received channel=police"
	file := func(at string) string { return at + " file.received from=police to=prosecutor" }
	row := func(done, status string) []string {
		return []string{"- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 " + done + " " + status}
	}
	later := "2024-04-01T00:00"
	executors := []string{"measures-notified-to-executors"}
	decided := "2024-03-01T10:00 measures.decided measure=m-1 outcome=granted"
	runFold(t, []foldCase{
		{name: "what was open falls away", asOf: later, duties: prosecutor, events: []string{start, "2024-03-01T11:00 case.merged into=c-2"}, want: row(".", "void")},
		{name: "transferred and erased do the same", asOf: later, duties: prosecutor, events: []string{start, "2024-03-01T12:00 case.erased", "2024-03-01T11:00 case.transferred"}, want: row(".", "void")},
		{name: "before that instant it is open", asOf: "2024-03-01T10:59:59.999", duties: prosecutor, events: []string{start, "2024-03-01T11:00 case.merged into=c-2"}, want: row(".", "open")},
		{name: "at that instant it is void", asOf: "2024-03-01T11:00", duties: prosecutor, events: []string{start, "2024-03-01T11:00 case.merged into=c-2"}, want: row(".", "void")},
		{name: "at the due instant it was still open", asOf: later, duties: prosecutor, events: []string{start, "2024-03-02T10:00 case.merged into=c-2"}, want: row(".", "void")},
		{name: "one millisecond later it was missed and stays so", asOf: later, duties: prosecutor, events: []string{start, "2024-03-02T10:00:00.001 case.merged into=c-2"}, want: row(".", "missed")},
		{name: "days: at the due instant it was missed", asOf: later, duties: executors, events: []string{decided, "2024-03-02T00:00 measures.ended measure=m-1"},
			want: []string{"m-1 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 . missed"}},
		{name: "days: the millisecond before it was open", asOf: later, duties: executors, events: []string{decided, "2024-03-01T23:59:59.999 measures.ended measure=m-1"},
			want: []string{"m-1 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 . void"}},
		{name: "a deed at the very instant is ignored", asOf: later, duties: prosecutor, events: []string{start, file("2024-03-01T11:00"), "2024-03-01T11:00 case.merged into=c-2"}, want: row(".", "void")},
		{name: "a deed the millisecond before counts", asOf: later, duties: prosecutor, events: []string{start, file("2024-03-01T10:59:59.999"), "2024-03-01T11:00 case.merged into=c-2"}, want: row("2024-03-01T10:59:59.999", "met")},
		{name: "what was missed gets no later deed", asOf: later, duties: prosecutor, events: []string{start, "2024-03-03T00:00 case.merged into=c-2", file("2024-03-04T10:00")}, want: row(".", "missed")},
		{name: "nothing starts at the very instant", asOf: later, duties: prosecutor, events: []string{start, "2024-03-01T10:00 case.merged into=c-2"}},
		{name: "an unclear start voided inside its last placements is unclear", asOf: later, duties: []string{"breach-informed"},
			events: []string{"2024-03-01 breach.reported breach=b-1", "2024-03-02T12:00 case.transferred"},
			want:   []string{"b-1 breach-to-court-24h 2024-03-01T00:00 2024-03-02T00:00 . unclear"}},
		{name: "an early deed stays unclear", asOf: later, duties: prosecutor, events: []string{file("2024-03-01T09:00"), start, "2024-03-01T11:00 case.merged into=c-2"}, want: row("2024-03-01T09:00", "unclear")},
		{
			name: "the end of a measure ends its duties, not its breaches, variations or other measures", asOf: later,
			duties: []string{"breach-informed", "execution-report", "measures-notified-to-executors", "variation-decided"},
			events: []string{
				decided, "2024-03-01T10:00 measures.decided measure=m-2 outcome=granted", "2024-03-01T11:00 measures.notified measure=m-1 to=police",
				"2024-03-01T12:00 breach.reported breach=b-1 measure=m-1", "2024-03-01T12:00 variation.requested variation=v-1 measure=m-1",
				"2024-03-01T13:00 measures.ended measure=m-1",
				"2024-03-01T14:00 breach.informed breach=b-1 measure=m-1 to=family-court", "2024-03-01T15:00 measures.varied variation=v-1 measure=m-1",
			},
			want: []string{
				"breach-informed b-1 breach-to-court-24h 2024-03-01T12:00 2024-03-02T12:00 2024-03-01T14:00 met",
				"execution-report m-1 execution-report-15d 2024-03-01T11:00 2024-03-23T00:00 . void",
				"measures-notified-to-executors m-1 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T11:00 met",
				"measures-notified-to-executors m-2 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 . missed",
				"variation-decided v-1 pm-variation-decision 2024-03-01T12:00 2024-03-03T12:00 2024-03-01T15:00 met",
			},
		},
		{
			name: "a withdrawn appeal ends that appeal only, not the right to file one", asOf: "2024-03-05T00:00", duties: []string{"appeal-filed", "appeal-granted"},
			events: []string{
				"2024-03-04T09:00 measures.notified measure=m-1 to=victim",
				"2024-03-04T10:00 appeal.filed appeal=a-1 measure=m-1", "2024-03-04T10:00 appeal.filed appeal=a-2 measure=m-2", "2024-03-04T11:00 appeal.withdrawn appeal=a-1",
			},
			want: []string{
				"appeal-filed m-1 appeal-file-3d 2024-03-04T09:00 2024-03-08T00:00 2024-03-04T10:00 met",
				"appeal-granted a-1 appeal-grant-3d 2024-03-04T10:00 2024-03-08T00:00 . void",
				"appeal-granted a-2 appeal-grant-3d 2024-03-04T10:00 2024-03-08T00:00 . open",
			},
		},
		{name: "two required deeds, the second too late for the end", asOf: later, duties: []string{"measures-notified-to-parties"},
			events: []string{decided, "2024-03-01T11:00 measures.notified measure=m-1 to=victim", "2024-03-01T12:00 measures.ended measure=m-1", "2024-03-01T12:00 measures.notified measure=m-1 to=respondent"},
			want:   []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 . void"}},
	})
}

func TestRetractionsAndKnowledge(t *testing.T) {
	duties := []string{"police-file-to-prosecutor"}
	const row = "- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 "
	start := "2024-03-01T10:00 report.received channel=police recorded=2024-03-01T10:00"
	tests := []struct {
		name          string
		events        []string
		asOf, knownAt string
		want          []string
	}{
		{"a retracted start never was", []string{start, "2024-03-05T00:00 event.retracted retracts=e1"}, "2024-04-01T00:00", "", nil},
		{"a retraction counts even before the instant at which it happened", []string{start, "2024-03-05T00:00 event.retracted retracts=e1"}, "2024-03-01T12:00", "", nil},
		{"a retracted deed leaves it undone", []string{start, "2024-03-01T11:00 file.received from=police to=prosecutor", "2024-03-05T00:00 event.retracted retracts=e2"},
			"2024-03-02T10:00", "", []string{row + ". open"}},
		{"a retraction of what nobody knows does nothing", []string{start, "2024-03-05T00:00 event.retracted retracts=e9"}, "2024-03-02T10:00", "", []string{row + ". open"}},
		{"a retraction written before its target arrives takes it back all the same", []string{"2024-02-05T00:00 event.retracted retracts=e2", start}, "2024-03-02T10:00", "", nil},
		{"a retraction cannot be retracted", []string{start, "2024-03-05T00:00 event.retracted retracts=e1", "2024-03-06T00:00 event.retracted retracts=e2"}, "2024-04-01T00:00", "", nil},
		{"before it is recorded a retraction is not known", []string{start, "2024-03-02T00:00 event.retracted retracts=e1 recorded=2024-03-05T00:00"},
			"2024-03-02T10:00", "2024-03-04T23:59:59.999", []string{row + ". open"}},
		{"at the instant of its entry it is known", []string{start, "2024-03-02T00:00 event.retracted retracts=e1 recorded=2024-03-05T00:00"},
			"2024-03-02T10:00", "2024-03-05T00:00", nil},
		{"a retracted voiding voids nothing", []string{start, "2024-03-01T11:00 case.merged into=c-2", "2024-03-05T00:00 event.retracted retracts=e2"},
			"2024-03-02T10:00", "", []string{row + ". open"}},
		{"a deed entered late is judged by when it happened", []string{start, "2024-03-02T10:00 file.received from=police to=prosecutor recorded=2024-03-20T00:00"},
			"2024-04-01T00:00", "", []string{row + "2024-03-02T10:00 met"}},
		{"before its entry it looks missed", []string{start, "2024-03-02T10:00 file.received from=police to=prosecutor recorded=2024-03-20T00:00"},
			"2024-04-01T00:00", "2024-03-19T00:00", []string{row + ". missed"}},
		{"an event later than as-of is not seen, though it is known", []string{start, "2024-03-02T10:00 file.received from=police to=prosecutor"},
			"2024-03-02T09:59:59.999", "", []string{row + ". open"}},
		{"another start moves up when the first report is taken back",
			[]string{start, "2024-03-04T10:00 report.received channel=police", "2024-03-05T00:00 event.retracted retracts=e1"}, "2024-03-04T12:00", "",
			[]string{"- police-to-prosecutor-24h 2024-03-04T10:00 2024-03-05T10:00 . open"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := obligation.Query{AsOf: lawtest.Instant(t, tt.asOf)}
			if tt.knownAt != "" {
				q.KnownAt = lawtest.Instant(t, tt.knownAt)
			}
			got := rows(t, lawtest.Story(t, tt.events...), q, duties...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("obligations (-want +got):\n%s", diff)
			}
		})
	}
}
