package obligation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/law/lawtest"
)

// A foldCase is a story and what the law makes of it. The expected rows are
// worked out by hand from the norms, not by the code.
type foldCase struct {
	name   string
	events []string
	asOf   string
	duties []string
	want   []string
}

func runFold(t *testing.T, tests []foldCase) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := rows(t, lawtest.Story(t, tt.events...), obligation.Query{AsOf: lawtest.Instant(t, tt.asOf)}, tt.duties...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("obligations (-want +got):\n%s", diff)
			}
		})
	}
}

// A process keeps the rules with which it began: the date of the first report
// picks the regime, even where the court's clock starts on a later day.
func TestMeasuresAreJudgedByTheLawOfTheReport(t *testing.T) {
	decided := []string{"measures-decided"}
	both := []string{"measures-decided", "measures-in-total"}
	runFold(t, []foldCase{
		{
			name: "on the last day of 2015's text the 72 hours run from the report, whatever the risk and the court know",
			events: []string{
				"2018-09-04T23:59:59 report.received channel=police",
				"2018-09-05T00:30 risk.assessed level=severe",
				"2018-09-05T08:00 file.received from=police to=family-court",
				"2018-09-07T23:59:59 measures.decided measure=m-1 outcome=granted",
			},
			asOf: "2019-01-01T00:00", duties: both,
			want: []string{"measures-decided - pm-72h-2015 2018-09-04T23:59:59 2018-09-07T23:59:59 2018-09-07T23:59:59 met"},
		},
		{
			name: "on the first day of DL 1386 the clock starts when the court takes knowledge",
			events: []string{
				"2018-09-05T00:00 report.received channel=police",
				"2018-09-05T19:00 risk.assessed level=mild",
				"2018-09-05T20:00 file.received from=police to=family-court",
				"2018-09-07T20:00:00.001 measures.decided measure=m-1 outcome=denied",
			},
			asOf: "2019-01-01T00:00", duties: decided,
			want: []string{"- pm-mild-moderate-48h-2018 2018-09-05T20:00 2018-09-07T20:00 2018-09-07T20:00:00.001 late"},
		},
		{
			name:   "before the court knows nothing runs under DL 1386",
			events: []string{"2018-09-05T00:00 report.received channel=police", "2018-09-05T01:00 file.received from=police to=prosecutor"},
			asOf:   "2019-01-01T00:00", duties: decided,
		},
		{
			name: "on the eve of the emergency the case keeps the 24 hours of severe risk from the court's knowledge",
			events: []string{
				"2020-04-27T23:00 report.received channel=police",
				"2020-04-28T09:00 risk.assessed level=severe",
				"2020-04-28T10:00 file.received from=police to=peace-court",
			},
			asOf: "2020-04-29T10:00", duties: decided,
			want: []string{"- pm-severe-24h-2018 2020-04-28T10:00 2020-04-29T10:00 . open"},
		},
		{
			name:   "on the first day of the emergency 24 hours run from the report, before any court knows",
			events: []string{"2020-04-28T00:00 report.received channel=police"},
			asOf:   "2020-04-29T00:00:00.001", duties: decided,
			want: []string{"- pm-covid-24h 2020-04-28T00:00 2020-04-29T00:00 . missed"},
		},
		{
			name: "during the emergency the clock from the court's knowledge gives way",
			events: []string{
				"2021-06-01T08:00 report.received channel=police",
				"2021-06-01T09:00 risk.assessed level=severe",
				"2021-06-02T09:00 file.received from=police to=family-court",
				"2021-06-02T10:00 measures.decided measure=m-1 outcome=granted",
			},
			asOf: "2021-07-01T00:00", duties: decided,
			want: []string{"- pm-covid-24h 2021-06-01T08:00 2021-06-02T08:00 2021-06-02T10:00 late"},
		},
		{
			name:   "in the emergency a case without a report goes by the court's knowledge: the 24 hours never started",
			events: []string{"2021-06-02T09:00 file.received from=prosecutor to=family-court"},
			asOf:   "2021-06-02T10:00", duties: decided,
			want: []string{"- pm-undetermined-72h-2018 2021-06-02T09:00 2021-06-05T09:00 . open"},
		},
		{
			name: "the day before Law 31715 there is no total, even when the court knows the day after",
			events: []string{
				"2023-03-22T23:59 report.received channel=police",
				"2023-03-23T10:00 file.received from=police to=family-court",
			},
			asOf: "2023-03-23T12:00", duties: both,
			want: []string{"measures-decided - pm-covid-24h 2023-03-22T23:59 2023-03-23T23:59 . open"},
		},
		{
			name: "on the first day of Law 31715 the stricter emergency rule decides and the total stands beside it",
			events: []string{
				"2023-03-23T00:00 report.received channel=police",
				"2023-03-23T10:00 risk.assessed level=moderate",
				"2023-03-23T10:00 file.received from=police to=family-court",
				"2023-03-24T06:00 measures.decided measure=m-1 outcome=granted",
			},
			asOf: "2023-04-01T00:00", duties: both,
			want: []string{
				"measures-decided - pm-covid-24h 2023-03-23T00:00 2023-03-24T00:00 2023-03-24T06:00 late",
				"measures-in-total - pm-total-48h-2023 2023-03-23T00:00 2023-03-25T00:00 2023-03-24T06:00 met",
			},
		},
		{
			name: "the last day of the emergency still has its rule, though the court knows after it",
			events: []string{
				"2023-05-25T23:59:59.999 report.received channel=police",
				"2023-05-26T06:00 file.received from=police to=family-court",
			},
			asOf: "2023-05-26T07:00", duties: both,
			want: []string{
				"measures-decided - pm-covid-24h 2023-05-25T23:59:59.999 2023-05-26T23:59:59.999 . open",
				"measures-in-total - pm-total-48h-2023 2023-05-25T23:59:59.999 2023-05-27T23:59:59.999 . open",
			},
		},
		{
			name: "after the emergency a known risk gives the court 24 hours",
			events: []string{
				"2023-05-26T00:00 report.received channel=police",
				"2023-05-26T06:00 risk.assessed level=mild",
				"2023-05-26T06:00 file.received from=police to=family-court",
				"2023-05-27T06:00 measures.decided measure=m-1 outcome=granted",
			},
			asOf: "2023-06-01T00:00", duties: both,
			want: []string{
				"measures-decided - pm-known-risk-24h-2023 2023-05-26T06:00 2023-05-27T06:00 2023-05-27T06:00 met",
				"measures-in-total - pm-total-48h-2023 2023-05-26T00:00 2023-05-28T00:00 2023-05-27T06:00 met",
			},
		},
		{
			name: "a risk found one millisecond after the court knows is not known at the start",
			events: []string{
				"2023-05-26T00:00 report.received channel=police",
				"2023-05-26T06:00 file.received from=police to=family-court",
				"2023-05-26T06:00:00.001 risk.assessed level=severe",
			},
			asOf: "2023-05-26T07:00", duties: decided,
			want: []string{"- pm-undetermined-48h-2023 2023-05-26T06:00 2023-05-28T06:00 . open"},
		},
		{
			name: "the last sheet counts, and a report at the court is its knowledge",
			events: []string{
				"2024-02-28T10:15 report.received channel=family-court",
				"2024-02-28T10:00 risk.assessed level=severe",
				"2024-02-28T10:15 risk.assessed level=undetermined",
			},
			asOf: "2024-02-28T12:00", duties: decided,
			want: []string{"- pm-undetermined-48h-2023 2024-02-28T10:15 2024-03-01T10:15 . open"},
		},
		{
			name: "a second report starts nothing, neither a clock nor another law",
			events: []string{
				"2023-05-20T10:00 report.received channel=police",
				"2024-01-10T10:00 report.received channel=family-court",
			},
			asOf: "2024-01-10T11:00", duties: both,
			want: []string{
				"measures-decided - pm-covid-24h 2023-05-20T10:00 2023-05-21T10:00 . missed",
				"measures-in-total - pm-total-48h-2023 2023-05-20T10:00 2023-05-22T10:00 . missed",
			},
		},
		{
			name: "a penal court's decision is a decision",
			events: []string{
				"2024-02-28T10:15 report.received channel=peace-court",
				"2024-02-29T10:15 measures.decided measure=m-1 outcome=denied institution_kind=penal-court",
			},
			asOf: "2024-03-28T12:00", duties: decided,
			want: []string{"- pm-undetermined-48h-2023 2024-02-28T10:15 2024-03-01T10:15 2024-02-29T10:15 met"},
		},
		{
			name:   "midnight is that of Lima: 04:59 UTC is still the day before",
			events: []string{"2018-09-05T04:59:59Z report.received channel=family-court"},
			asOf:   "2018-09-05T12:00", duties: decided,
			want: []string{"- pm-72h-2015 2018-09-04T23:59:59 2018-09-07T23:59:59 . open"},
		},
	})
}

func TestVariationsAreDecidedByTheLawOfTheRequest(t *testing.T) {
	variation := func(report, request, risk string) []string {
		events := []string{report + " report.received channel=police", request + " variation.requested measure=m-1 variation=v-1"}
		if risk != "" {
			events = append(events, request+" risk.assessed level="+risk)
		}
		return events
	}
	duties := []string{"variation-decided"}
	runFold(t, []foldCase{
		{name: "before 2019 no limit", events: variation("2018-10-01T10:00", "2019-03-07T23:59", "mild"), asOf: "2019-03-08T12:00", duties: duties},
		{name: "mild in 2019: 48 hours", events: variation("2018-10-01T10:00", "2019-03-08T00:00", "mild"), asOf: "2019-03-08T12:00", duties: duties,
			want: []string{"v-1 pm-variation-decision 2019-03-08T00:00 2019-03-10T00:00 . open"}},
		{name: "severe in the emergency, which does not count: 24 hours", events: variation("2020-10-01T10:00", "2021-03-08T00:00", "severe"), asOf: "2021-03-08T12:00", duties: duties,
			want: []string{"v-1 pm-variation-decision 2021-03-08T00:00 2021-03-09T00:00 . open"}},
		{name: "unknown risk on the last day: 72 hours", events: variation("2023-01-01T10:00", "2023-03-22T23:59", ""), asOf: "2023-03-23T12:00", duties: duties,
			want: []string{"v-1 pm-variation-decision 2023-03-22T23:59 2023-03-25T23:59 . open"}},
		{name: "mild under Law 31715, by the request's date and not the report's: 24 hours", events: variation("2018-10-01T10:00", "2023-03-23T00:00", "mild"), asOf: "2023-03-23T12:00", duties: duties,
			want: []string{"v-1 pm-variation-decision 2023-03-23T00:00 2023-03-24T00:00 . open"}},
		{name: "unknown risk under Law 31715: 48 hours", events: variation("2018-10-01T10:00", "2023-03-23T00:00", ""), asOf: "2023-03-23T12:00", duties: duties,
			want: []string{"v-1 pm-variation-decision 2023-03-23T00:00 2023-03-25T00:00 . open"}},
		{
			name: "two variations of one measure are two obligations",
			events: []string{
				"2024-01-01T10:00 report.received channel=police",
				"2024-03-01T10:00 variation.requested measure=m-1 variation=v-1",
				"2024-03-02T10:00 variation.requested measure=m-1 variation=v-2",
				"2024-03-02T12:00 measures.varied measure=m-1 variation=v-2 change=lifted",
			},
			asOf: "2024-03-04T00:00", duties: []string{"variation-decided", "variation-notified"},
			want: []string{
				"variation-decided v-1 pm-variation-decision 2024-03-01T10:00 2024-03-03T10:00 . missed",
				"variation-decided v-2 pm-variation-decision 2024-03-02T10:00 2024-03-04T10:00 2024-03-02T12:00 met",
				"variation-notified v-2 pm-variation-notify-24h 2024-03-02T12:00 2024-03-03T12:00 . missed",
			},
		},
	})
}

func TestCaseIsSentToTheProsecutor(t *testing.T) {
	sent := func(channel, decided string, files ...string) []string {
		return append([]string{
			"2023-09-01T08:00 report.received channel=" + channel,
			decided + " measures.decided measure=m-1 outcome=denied",
		}, files...)
	}
	duties := []string{"case-sent-to-prosecutor"}
	runFold(t, []foldCase{
		{name: "until 7 September 2023 every decision", events: sent("police", "2023-09-07T23:59"), asOf: "2023-09-08T23:59", duties: duties,
			want: []string{"- case-to-prosecutor-24h-2019 2023-09-07T23:59 2023-09-08T23:59 . open"}},
		{name: "from the 8th no longer those of a police report", events: sent("police", "2023-09-08T00:00"), asOf: "2023-09-09T12:00", duties: duties},
		{name: "from the 8th those of a report at the court", events: sent("peace-court", "2023-09-08T00:00"), asOf: "2023-09-09T12:00", duties: duties,
			want: []string{"- case-to-prosecutor-24h 2023-09-08T00:00 2023-09-09T00:00 . missed"}},
		{name: "a file that went before the decision is in time, done when it went",
			events: sent("family-court", "2023-09-08T10:00", "2023-09-02T09:00 file.received from=family-court to=prosecutor"), asOf: "2024-01-01T00:00", duties: duties,
			want: []string{"- case-to-prosecutor-24h 2023-09-08T10:00 2023-09-09T10:00 2023-09-02T09:00 met"}},
		{name: "a file after the decision judges, even beside an earlier one",
			events: sent("family-court", "2023-09-08T10:00", "2023-09-02T09:00 file.received from=family-court to=prosecutor", "2023-09-10T09:00 file.received from=family-court to=peace-court"),
			asOf:   "2024-01-01T00:00", duties: duties,
			want: []string{"- case-to-prosecutor-24h 2023-09-08T10:00 2023-09-09T10:00 2023-09-10T09:00 late"}},
	})
}

func TestPoliceFileGoesToTheCourtThatIsThere(t *testing.T) {
	duties := []string{"police-file-to-court", "police-file-to-peace-court"}
	runFold(t, []foldCase{
		{
			name: "in 2015's text the clock counts back from the first violent event, and a file before the report is a deed",
			events: []string{
				"2017-05-10T06:00 violence.occurred", "2017-05-09T22:00 violence.occurred",
				"2017-05-10T09:00 file.received from=police to=family-court",
				"2017-05-10T10:00 report.received channel=police",
			},
			asOf: "2018-01-01T00:00", duties: duties,
			want: []string{"police-file-to-court - police-to-court-24h-2015 2017-05-09T22:00 2017-05-10T22:00 2017-05-10T09:00 met"},
		},
		{name: "in 2015's text without the violent event there is no row", events: []string{"2017-05-10T10:00 report.received channel=police"},
			asOf: "2018-01-01T00:00", duties: duties},
		{
			name:   "the law is that of the report, not of the violence before it",
			events: []string{"2018-09-04T22:00 violence.occurred", "2018-09-05T08:00 report.received channel=police"},
			asOf:   "2018-09-05T09:00", duties: duties,
			want: []string{"police-file-to-court - police-to-court-24h 2018-09-05T08:00 2018-09-06T08:00 . open"},
		},
		{
			name: "where there is no family court the peace court's clock takes the place of the other",
			events: []string{
				"2024-03-01T02:00 violence.occurred",
				"2024-03-01T10:00 report.received channel=police peace_court=true",
				"2024-03-02T03:00 file.received from=police to=peace-court",
			},
			asOf: "2024-04-01T00:00", duties: duties,
			want: []string{"police-file-to-peace-court - police-to-peace-court-24h 2024-03-01T02:00 2024-03-02T02:00 2024-03-02T03:00 late"},
		},
		{
			name: "without the violent event the peace court's clock never starts and the general one stays",
			events: []string{
				"2024-03-01T10:00 report.received channel=police peace_court=true",
				"2024-03-02T03:00 file.received from=police to=peace-court",
			},
			asOf: "2024-04-01T00:00", duties: duties,
			want: []string{"police-file-to-court - police-to-court-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-02T03:00 met"},
		},
		{
			name:   "the peace court's rule begins on 23 July 2021",
			events: []string{"2021-07-22T02:00 violence.occurred", "2021-07-22T10:00 report.received channel=police peace_court=true"},
			asOf:   "2021-07-22T12:00", duties: duties,
			want: []string{"police-file-to-court - police-to-court-24h 2021-07-22T10:00 2021-07-23T10:00 . open"},
		},
		{name: "a report at another channel is not the police's", events: []string{"2024-03-01T02:00 violence.occurred", "2024-03-01T10:00 report.received channel=digital peace_court=true"},
			asOf: "2024-04-01T00:00", duties: duties},
		{
			name: "violence that is said to come after the case has left starts nothing",
			events: []string{
				"2024-03-01T10:00 report.received channel=police peace_court=true", "2024-03-01T11:00 case.transferred",
				"2024-03-01T12:00 violence.occurred",
			},
			asOf: "2024-04-01T00:00", duties: []string{"police-file-to-peace-court"},
		},
	})
}
