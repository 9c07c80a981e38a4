package obligation_test

import "testing"

func TestDaysAreCountedInTheirCalendar(t *testing.T) {
	appeal := func(filed string) []string { return []string{filed + " appeal.filed appeal=a-1 measure=m-1"} }
	grant := func(name, filed, due string) foldCase {
		return foldCase{name: name, events: appeal(filed + "T15:00"), asOf: filed + "T15:00", duties: []string{"appeal-granted"},
			want: []string{"a-1 appeal-grant-3d " + filed + "T15:00 " + due + "T00:00 . open"}}
	}
	runFold(t, []foldCase{
		grant("Easter 2025: Thursday 17 and Friday 18 April do not count", "2025-04-16", "2025-04-24"),
		grant("Easter 2026: Thursday 2 and Friday 3 April do not count", "2026-04-01", "2026-04-09"),
		grant("28 and 29 July 2025 after a weekend", "2025-07-25", "2025-08-02"),
		grant("23 July counts no more since 2023", "2025-07-22", "2025-07-31"),
		grant("23 July counted in 2021: Thursday, Friday, Monday", "2021-07-21", "2021-07-27"),
		grant("9 December 2021 is a working day", "2021-12-07", "2021-12-14"),
		grant("9 December 2022 is a holiday", "2022-12-07", "2022-12-15"),
		grant("courts do not count 2 January 2025, the opening of their year", "2024-12-31", "2025-01-08"),
		grant("courts do not count Judge's Day, nobody the 6th of August", "2025-08-01", "2025-08-09"),
		grant("7 June 2024 is a Friday off", "2024-06-06", "2024-06-13"),
		{
			name: "the administration works on 2 January", asOf: "2024-12-31T15:00", duties: []string{"appeal-opinion"},
			events: []string{"2024-12-31T15:00 appeal.sent-for-opinion appeal=a-1"},
			want:   []string{"a-1 appeal-prosecutor-opinion-5d 2024-12-31T15:00 2025-01-09T00:00 . open"},
		},
		{
			name: "a severe appeal goes up in one court day, over the weekend", asOf: "2024-03-04T23:59:59.999", duties: []string{"appeal-elevated"},
			events: []string{"2024-02-01T10:00 risk.assessed level=severe", "2024-03-01T23:00 appeal.granted appeal=a-1"},
			want:   []string{"a-1 appeal-elevate-severe-1d 2024-03-01T23:00 2024-03-05T00:00 . open"},
		},
		{
			name: "an appeal of unknown risk goes up in three, and the day after the last is missed", asOf: "2024-03-07T00:00", duties: []string{"appeal-elevated"},
			events: []string{"2024-03-01T23:00 appeal.granted appeal=a-1"},
			want:   []string{"a-1 appeal-elevate-3d 2024-03-01T23:00 2024-03-07T00:00 . missed"},
		},
		{
			name: "the last millisecond of the last day is in time", asOf: "2024-05-01T00:00", duties: []string{"appeal-granted"},
			events: []string{"2024-03-01T10:00 appeal.filed appeal=a-1", "2024-03-06T23:59:59.999 appeal.granted appeal=a-1"},
			want:   []string{"a-1 appeal-grant-3d 2024-03-01T10:00 2024-03-07T00:00 2024-03-06T23:59:59.999 met"},
		},
		{
			name: "the first instant of the next day is late", asOf: "2024-05-01T00:00", duties: []string{"appeal-granted"},
			events: []string{"2024-03-01T10:00 appeal.filed appeal=a-1", "2024-03-07T00:00 appeal.granted appeal=a-1"},
			want:   []string{"a-1 appeal-grant-3d 2024-03-01T10:00 2024-03-07T00:00 2024-03-07T00:00 late"},
		},
		{
			name: "60 calendar days over 29 February 2024 end on 1 March", asOf: "2024-02-29T00:00", duties: []string{"preliminary-inquiry"},
			events: []string{"2024-01-01T10:00 investigation.opened"},
			want:   []string{"- penal-preliminary-60d 2024-01-01T10:00 2024-03-02T00:00 . open"},
		},
		{
			// Easter Sunday is 31 March 2024; Easter Monday is a working day.
			name: "60 calendar days that end on Good Friday move to the next Monday", asOf: "2024-02-29T00:00", duties: []string{"preliminary-inquiry"},
			events: []string{"2024-01-29T10:00 investigation.opened"},
			want:   []string{"- penal-preliminary-60d 2024-01-29T10:00 2024-04-02T00:00 . open"},
		},
		{
			name: "the same day never moves, even on a Sunday", asOf: "2024-03-03T12:00", duties: []string{"measures-notified-to-executors"},
			events: []string{"2024-03-03T11:00 measures.decided measure=m-1 outcome=granted"},
			want:   []string{"m-1 pm-notify-executors-same-day 2024-03-03T11:00 2024-03-04T00:00 . open"},
		},
		{
			name: "15 and 5 business days for the execution report, by the risk then known", asOf: "2024-03-01T12:00", duties: []string{"execution-report"},
			events: []string{
				"2024-03-01T10:00 measures.notified measure=m-1 to=police",
				"2024-03-01T11:00 risk.assessed level=severe",
				"2024-03-01T12:00 measures.notified measure=m-2 to=executor",
			},
			// 1 March is a Friday; Holy Thursday 28 and Good Friday 29 fall after both.
			want: []string{
				"m-1 execution-report-15d 2024-03-01T10:00 2024-03-23T00:00 . open",
				"m-2 execution-report-severe-5d 2024-03-01T12:00 2024-03-09T00:00 . open",
			},
		},
		{
			name: "48 hours run through the night of 29 February", asOf: "2024-03-01T23:30:00.001", duties: []string{"detention-ended"},
			events: []string{"2024-02-28T23:30 arrest.made arrest=x-1"},
			want:   []string{"x-1 police-detention-max-48h 2024-02-28T23:30 2024-03-01T23:30 . missed"},
		},
	})
}

func TestDeedsBeforeTheStart(t *testing.T) {
	parties := []string{"measures-notified-to-parties"}
	runFold(t, []foldCase{
		{
			name: "an early deed alone is unclear, with its instant", asOf: "2024-04-01T00:00", duties: []string{"police-file-to-prosecutor"},
			events: []string{
				"2024-03-01T09:00 file.received from=police to=prosecutor", "2024-03-01T08:00 file.received from=police to=prosecutor",
				"2024-03-01T10:00 report.received channel=police",
			},
			want: []string{"- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-01T08:00 unclear"},
		},
		{
			name: "a deed at the very start fulfils", asOf: "2024-04-01T00:00", duties: []string{"police-file-to-prosecutor"},
			events: []string{"2024-03-01T10:00 file.received from=police to=prosecutor", "2024-03-01T10:00 report.received channel=police"},
			want:   []string{"- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-01T10:00 met"},
		},
		{
			name: "a deed after the start judges, whatever came before", asOf: "2024-04-01T00:00", duties: []string{"police-file-to-prosecutor"},
			events: []string{
				"2024-03-01T09:00 file.received from=police to=prosecutor", "2024-03-03T10:00 file.received from=police to=prosecutor",
				"2024-03-01T10:00 report.received channel=police",
			},
			want: []string{"- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-03T10:00 late"},
		},
		{
			name: "of two required deeds one lies only before: unclear, with the first deed of all", asOf: "2024-04-01T00:00", duties: parties,
			events: []string{
				"2024-03-04T08:00 measures.notified measure=m-1 to=victim", "2024-03-05T08:00 measures.notified measure=m-1 to=respondent",
				"2024-03-05T10:00 measures.decided measure=m-1 outcome=denied", "2024-03-05T11:00 measures.notified measure=m-1 to=victim",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-05T10:00 2024-03-06T00:00 2024-03-04T08:00 unclear"},
		},
		{
			name: "of two required deeds the last one is when it is done", asOf: "2024-04-01T00:00", duties: parties,
			events: []string{
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=denied",
				"2024-03-01T12:00 measures.notified measure=m-1 to=victim", "2024-03-02T09:00 measures.notified measure=m-1 to=victim",
				"2024-03-01T23:59 measures.notified measure=m-1 to=respondent",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T23:59 met"},
		},
		{
			name: "one of two required deeds is none", asOf: "2024-03-02T00:00", duties: parties,
			events: []string{
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-01T12:00 measures.notified measure=m-1 to=victim",
				"2024-03-01T12:00 measures.notified measure=m-2 to=respondent",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 . missed"},
		},
		{
			name: "one of two required deeds only before the start is unclear", asOf: "2024-04-01T00:00", duties: parties,
			events: []string{
				"2024-03-01T09:00 measures.notified measure=m-1 to=victim", "2024-03-01T10:00 measures.decided measure=m-1 outcome=granted",
				"2024-03-01T12:00 measures.notified measure=m-1 to=respondent",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T09:00 unclear"},
		},
		{
			name: "one only before the start and the other never is unclear too", asOf: "2024-04-01T00:00", duties: parties,
			events: []string{"2024-03-01T09:00 measures.notified measure=m-1 to=victim", "2024-03-01T10:00 measures.decided measure=m-1 outcome=granted"},
			want:   []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T09:00 unclear"},
		},
		{
			name: "of two early deeds the first is shown", asOf: "2024-04-01T00:00", duties: parties,
			events: []string{
				"2024-03-01T08:00 measures.notified measure=m-1 to=victim", "2024-03-01T09:00 measures.notified measure=m-1 to=respondent",
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted",
			},
			want: []string{"m-1 pm-notify-parties-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-01T08:00 unclear"},
		},
		{
			name: "files sent before the late evidence came are ignored", asOf: "2024-03-07T10:00", duties: []string{"late-evidence-informed"},
			events: []string{"2024-03-01T09:00 file.received from=prosecutor to=family-court", "2024-03-05T10:00 evidence.obtained"},
			want:   []string{"- pm-late-evidence-48h 2024-03-05T10:00 2024-03-07T10:00 . open"},
		},
		{
			name: "late evidence has no limit before 8 September 2023", asOf: "2024-03-07T10:00", duties: []string{"late-evidence-informed"},
			events: []string{"2023-09-07T23:59:59.999 evidence.obtained"},
		},
	})
}

func TestPartsOfACaseAreJudgedApart(t *testing.T) {
	runFold(t, []foldCase{
		{
			name: "each measure has its own clock, and a second decision on it starts none", asOf: "2024-03-05T00:00", duties: []string{"measures-notified-to-executors"},
			events: []string{
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-04T10:00 measures.decided measure=m-2 outcome=granted",
				"2024-03-02T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-02T11:00 measures.notified measure=m-1 to=police",
				"2024-03-04T23:00 measures.notified measure=m-2 to=executor", "2024-03-03T23:00 measures.decided measure=m-3 outcome=denied",
			},
			want: []string{
				"m-1 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 2024-03-02T11:00 late",
				"m-2 pm-notify-executors-same-day 2024-03-04T10:00 2024-03-05T00:00 2024-03-04T23:00 met",
			},
		},
		{
			name: "where a rural measure has 24 hours, an urban one beside it has the day", asOf: "2024-03-01T12:00", duties: []string{"measures-notified-to-executors"},
			events: []string{
				"2024-03-01T08:00 report.received channel=police victim_area=rural",
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-01T10:00 measures.decided measure=m-2 outcome=granted area=urban",
			},
			want: []string{
				"m-1 pm-notify-executors-24h 2024-03-01T10:00 2024-03-02T10:00 . open",
				"m-2 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 . open",
			},
		},
		{
			name: "the area of the decision goes before the victim's", asOf: "2024-03-01T12:00", duties: []string{"measures-notified-to-executors"},
			events: []string{
				"2024-03-01T08:00 report.received channel=police victim_area=urban area=rural",
				"2024-03-01T10:00 measures.decided measure=m-1 outcome=granted area=rural", "2024-03-01T10:00 measures.decided measure=m-2 outcome=granted",
			},
			want: []string{
				"m-1 pm-notify-executors-24h 2024-03-01T10:00 2024-03-02T10:00 . open",
				"m-2 pm-notify-executors-same-day 2024-03-01T10:00 2024-03-02T00:00 . open",
			},
		},
		{
			name: "the rural rule begins on 8 March 2019", asOf: "2019-03-07T12:00", duties: []string{"measures-notified-to-executors"},
			events: []string{"2019-03-07T10:00 measures.decided measure=m-1 outcome=granted area=rural"},
			want:   []string{"m-1 pm-notify-executors-same-day 2019-03-07T10:00 2019-03-08T00:00 . open"},
		},
		{
			name: "each breach has its own clock", asOf: "2024-03-03T00:00", duties: []string{"breach-informed"},
			events: []string{
				"2024-03-01T10:00 breach.reported breach=b-1", "2024-03-02T10:00 breach.reported breach=b-2 measure=m-1",
				"2024-03-02T10:00:00.001 breach.informed breach=b-1 to=family-court",
				"2024-03-02T11:00 breach.informed breach=b-2 to=prosecutor", "2024-03-02T11:00 breach.informed breach=b-2 to=peace-court",
			},
			want: []string{
				"b-1 breach-to-court-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-02T10:00:00.001 late",
				"b-2 breach-to-court-24h 2024-03-02T10:00 2024-03-03T10:00 . open",
			},
		},
		{
			name: "the penal court copies its decision only when flagrancy and severe risk are known", asOf: "2024-03-02T12:00", duties: []string{"penal-copy-to-court"},
			events: []string{
				"2024-03-01T08:00 report.received channel=police", "2024-03-01T08:30 arrest.made arrest=x-1 flagrancy=true",
				"2024-03-01T09:00 risk.assessed level=severe", "2024-03-02T10:00 measures.decided measure=m-1 outcome=granted institution_kind=penal-court",
			},
			want: []string{"- flagrancy-severe-copy-24h 2024-03-02T10:00 2024-03-03T10:00 . open"},
		},
		{
			name: "an arrest that was no flagrancy takes the report's word back", asOf: "2024-03-02T12:00", duties: []string{"penal-copy-to-court"},
			events: []string{
				"2024-03-01T08:00 report.received channel=police flagrancy=true", "2024-03-01T08:30 arrest.made arrest=x-1 flagrancy=false",
				"2024-03-01T09:00 risk.assessed level=severe", "2024-03-02T10:00 measures.decided measure=m-1 outcome=granted institution_kind=penal-court",
			},
		},
		{
			name: "an urgent report at the court goes to the prosecutor the same day, another has no row", asOf: "2024-03-02T12:00", duties: []string{"court-report-to-prosecutor"},
			events: []string{
				"2024-03-01T23:00 report.received channel=family-court urgent=true", "2024-03-02T00:00 file.received from=family-court to=prosecutor",
			},
			want: []string{"- court-direct-to-prosecutor-same-day 2024-03-01T23:00 2024-03-02T00:00 2024-03-02T00:00 late"},
		},
		{
			name: "a party's rights are rows, one a measure from the first notice and one an appeal", asOf: "2024-03-07T00:00", duties: []string{"appeal-filed", "appeal-adhered"},
			events: []string{
				"2024-03-01T10:00 measures.notified measure=m-1 to=respondent", "2024-03-04T10:00 measures.notified measure=m-1 to=victim",
				"2024-03-01T10:00 measures.notified measure=m-2 to=police",
				"2024-03-06T10:00 appeal.filed appeal=a-1 measure=m-1", "2024-03-06T11:00 appeal.notified appeal=a-1",
			},
			want: []string{
				"appeal-adhered a-1 appeal-adhere-3d 2024-03-06T11:00 2024-03-12T00:00 . open",
				"appeal-filed m-1 appeal-file-3d 2024-03-01T10:00 2024-03-07T00:00 2024-03-06T10:00 met",
			},
		},
		{
			name: "the employer has two business days for each request", asOf: "2024-03-30T00:00", duties: []string{"employer-answer"},
			events: []string{"2024-03-27T10:00 workplace.requested request=q-1", "2024-04-01T10:00 workplace.requested request=q-2"},
			want:   []string{"q-1 employer-answer-2bd 2024-03-27T10:00 2024-04-03T00:00 . open"},
		},
		{
			name: "an outcome is a sentence or an archive, whichever came first", asOf: "2024-03-30T00:00", duties: []string{"outcome-informed"},
			events: []string{"2024-03-04T10:00 sentence.issued outcome=convicted", "2024-03-01T10:00 case.archived", "2024-03-11T10:00 outcome.informed to=family-court"},
			want:   []string{"- outcome-to-family-court-5d 2024-03-01T10:00 2024-03-09T00:00 2024-03-11T10:00 late"},
		},
		{
			name: "a report taken back and a case closed void nothing", asOf: "2024-03-02T10:00:00.001", duties: []string{"police-file-to-prosecutor"},
			events: []string{"2024-03-01T10:00 report.received channel=police", "2024-03-01T11:00 report.withdrawn", "2024-03-01T12:00 case.closed"},
			want:   []string{"- police-to-prosecutor-24h 2024-03-01T10:00 2024-03-02T10:00 . missed"},
		},
	})
}
