package truth

// A handCase is a case small enough to be judged by hand.
type handCase struct {
	outcome string
	asOf    string // local time
	about   string // the duties looked at
	events  string
	want    string
}

// handWritten are cases whose truth was worked out on paper from the articles
// and the calendar of Peru.
func handWritten() []handCase {
	return []handCase{
		{
			"a file on the last instant is met and a millisecond later is late", "2024-06-01T00:00",
			"police-file-to-court police-file-to-prosecutor",
			`2024-03-01T10:15 report.received channel=police
			 2024-03-02T10:15 file.received from=police to=family-court
			 2024-03-02T10:15:00.001 file.received from=police to=prosecutor`,
			`police-file-to-court - police-to-court-24h 2024-03-01T10:15:00 2024-03-02T10:15:00 2024-03-02T10:15:00 met
			 police-file-to-prosecutor - police-to-prosecutor-24h 2024-03-01T10:15:00 2024-03-02T10:15:00 2024-03-02T10:15:00.001 late`,
		},
		{
			"at the very deadline a duty is still open", "2024-03-02T10:15", "police-file-to-court",
			`2024-03-01T10:15 report.received channel=police`,
			`police-file-to-court - police-to-court-24h 2024-03-01T10:15:00 2024-03-02T10:15:00 - open`,
		},
		{
			"a moment after the deadline it is missed, and what comes later is not seen", "2024-03-02T10:16", "police-file-to-court",
			`2024-03-01T10:15 report.received channel=police
			 2024-03-02T10:17 file.received from=police to=family-court`,
			`police-file-to-court - police-to-court-24h 2024-03-01T10:15:00 2024-03-02T10:15:00 - missed`,
		},
		{
			"in 2016 the clock counts back to the first violent event", "2016-06-01T00:00", "police-file-to-court",
			`2016-03-01T08:00 violence.occurred
			 2016-03-01T09:00 violence.occurred
			 2016-03-01T20:00 report.received channel=police
			 2016-03-02T08:30 file.received from=police to=family-court`,
			`police-file-to-court - police-to-court-24h-2015 2016-03-01T08:00:00 2016-03-02T08:00:00 2016-03-02T08:30:00 late`,
		},
		{
			"in 2016 there is no row without a violent event", "2016-06-01T00:00", "police-file-to-court",
			`2016-03-01T20:00 report.received channel=police
			 2016-03-02T08:30 file.received from=police to=family-court`, ``,
		},
		{
			"where the justice of the peace acts his duty displaces the family court's", "2024-06-01T00:00",
			"police-file-to-court police-file-to-peace-court",
			`2024-03-01T08:00 violence.occurred
			 2024-03-01T20:00 report.received channel=police peace_court=true
			 2024-03-02T07:00 file.received from=police to=peace-court`,
			`police-file-to-peace-court - police-to-peace-court-24h 2024-03-01T08:00:00 2024-03-02T08:00:00 2024-03-02T07:00:00 met`,
		},
		{
			"without a violent event the duty towards the family court stands", "2024-06-01T00:00",
			"police-file-to-court police-file-to-peace-court",
			`2024-03-01T20:00 report.received channel=police peace_court=true
			 2024-03-02T07:00 file.received from=police to=peace-court`,
			`police-file-to-court - police-to-court-24h 2024-03-01T20:00:00 2024-03-02T20:00:00 2024-03-02T07:00:00 met`,
		},
		{
			"a second report starts nothing", "2024-06-01T00:00", "police-file-to-court prosecutor-file-to-court",
			`2024-03-01T20:00 report.received channel=prosecutor
			 2024-03-04T20:00 report.received channel=police`,
			`prosecutor-file-to-court - prosecutor-to-court-24h 2024-03-01T20:00:00 2024-03-02T20:00:00 - missed`,
		},
		{
			"a case of 2018 keeps the 72 hours from the report", "2018-12-01T00:00", "measures-decided",
			`2018-09-04T23:00 report.received channel=police
			 2018-09-05T08:00 risk.assessed level=severe
			 2018-09-06T09:00 file.received from=police to=family-court
			 2018-09-07T22:59 measures.decided measure=m-1 outcome=granted`,
			`measures-decided - pm-72h-2015 2018-09-04T23:00:00 2018-09-07T23:00:00 2018-09-07T22:59:00 met`,
		},
		{
			"in the pandemic the clock runs from the report and displaces the court's", "2021-12-01T00:00", "measures-decided measures-in-total",
			`2021-03-01T10:00 report.received channel=police
			 2021-03-01T11:00 risk.assessed level=mild
			 2021-03-02T09:00 file.received from=police to=family-court
			 2021-03-02T12:00 measures.decided measure=m-1 outcome=denied`,
			`measures-decided - pm-covid-24h 2021-03-01T10:00:00 2021-03-02T10:00:00 2021-03-02T12:00:00 late`,
		},
		{
			"since 2023 the court's clock and the total stand side by side", "2024-12-01T00:00", "measures-decided measures-in-total",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-03T10:00 file.received from=police to=family-court
			 2024-03-03T10:00 risk.assessed level=mild
			 2024-03-04T10:00 measures.decided measure=m-1 outcome=denied`,
			`measures-decided - pm-known-risk-24h-2023 2024-03-03T10:00:00 2024-03-04T10:00:00 2024-03-04T10:00:00 met
			 measures-in-total - pm-total-48h-2023 2024-03-01T10:00:00 2024-03-03T10:00:00 2024-03-04T10:00:00 late`,
		},
		{
			"a sheet filled after the court knew leaves the risk undetermined", "2024-12-01T00:00", "measures-decided",
			`2024-03-01T10:00 report.received channel=family-court
			 2024-03-01T10:01 risk.assessed level=mild`,
			`measures-decided - pm-undetermined-48h-2023 2024-03-01T10:00:00 2024-03-03T10:00:00 - missed`,
		},
		{
			"a decision before the court knew counts", "2024-12-01T00:00", "measures-decided",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-01T11:00 measures.decided measure=m-1 outcome=granted
			 2024-03-01T12:00 file.received from=police to=family-court`,
			`measures-decided - pm-undetermined-48h-2023 2024-03-01T12:00:00 2024-03-03T12:00:00 2024-03-01T11:00:00 met`,
		},
		{
			"both parties must be told, and the later one decides", "2024-12-01T00:00", "measures-notified-to-parties",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-01T11:00 measures.decided measure=m-1 outcome=granted
			 2024-03-01T12:00 measures.notified measure=m-1 to=victim
			 2024-03-02T00:00 measures.notified measure=m-1 to=respondent
			 2024-03-03T11:00 measures.decided measure=m-2 outcome=granted
			 2024-03-03T10:00 measures.notified measure=m-2 to=victim
			 2024-03-03T12:00 measures.notified measure=m-2 to=respondent
			 2024-03-04T11:00 measures.decided measure=m-3 outcome=granted
			 2024-03-04T12:00 measures.notified measure=m-3 to=respondent`,
			`measures-notified-to-parties m-1 pm-notify-parties-same-day 2024-03-01T11:00:00 2024-03-02T00:00:00 2024-03-02T00:00:00 late
			 measures-notified-to-parties m-2 pm-notify-parties-same-day 2024-03-03T11:00:00 2024-03-04T00:00:00 2024-03-03T10:00:00 unclear
			 measures-notified-to-parties m-3 pm-notify-parties-same-day 2024-03-04T11:00:00 2024-03-05T00:00:00 - missed`,
		},
		{
			"after a transfer deeds are ignored, and only what was open is void", "2024-12-01T00:00",
			"police-file-to-court police-file-to-prosecutor measures-decided measures-in-total",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-01T20:00 file.received from=police to=prosecutor
			 2024-03-02T09:00 case.transferred
			 2024-03-02T09:00 file.received from=police to=family-court`,
			`measures-in-total - pm-total-48h-2023 2024-03-01T10:00:00 2024-03-03T10:00:00 - void
			 police-file-to-court - police-to-court-24h 2024-03-01T10:00:00 2024-03-02T10:00:00 - void
			 police-file-to-prosecutor - police-to-prosecutor-24h 2024-03-01T10:00:00 2024-03-02T10:00:00 2024-03-01T20:00:00 met`,
		},
		{
			"what was missed before a transfer stays missed", "2024-12-01T00:00", "police-file-to-court",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-02T10:00:00.001 case.merged into=c-2
			 2024-03-02T11:00 file.received from=police to=family-court`,
			`police-file-to-court - police-to-court-24h 2024-03-01T10:00:00 2024-03-02T10:00:00 - missed`,
		},
		{
			"a late report serves the older period, and periods end with the measure", "2025-12-01T00:00", "periodic-report",
			// 2024-08-30 plus three months is Saturday the 30th of November:
			// Monday the 2nd of December; plus six is the 28th of February.
			`2024-08-30T10:00 report.received channel=police
			 2024-08-30T10:00 risk.assessed level=severe
			 2024-08-30T10:00 measures.notified measure=m-1 to=police
			 2024-12-20T10:00 compliance.reported measure=m-1
			 2025-01-15T10:00 compliance.reported measure=m-1
			 2025-01-16T10:00 compliance.reported measure=m-1
			 2025-02-10T10:00 risk.assessed level=mild
			 2025-05-01T10:00 measures.ended measure=m-1`,
			`periodic-report m-1/1 periodic-report-severe-3m 2024-08-30T10:00:00 2024-12-03T00:00:00 2024-12-20T10:00:00 late
			 periodic-report m-1/2 periodic-report-severe-3m 2024-12-03T00:00:00 2025-03-01T00:00:00 2025-01-15T10:00:00 met
			 periodic-report m-1/3 periodic-report-6m 2025-03-01T00:00:00 2025-09-02T00:00:00 - void`,
		},
		{
			"the first report of execution counts business days around Easter", "2024-12-01T00:00", "execution-report",
			// From Monday the 25th: 26, 27, then Thursday and Friday are holy;
			// 1, 2 and 3 April make five.
			`2024-03-25T10:00 risk.assessed level=severe
			 2024-03-25T10:00 measures.notified measure=m-1 to=executor
			 2024-04-03T23:59:59.999 execution.reported measure=m-1`,
			`execution-report m-1 execution-report-severe-5d 2024-03-25T10:00:00 2024-04-04T00:00:00 2024-04-03T23:59:59.999 met`,
		},
		{
			"a day alone leaves hours unclear where it could be either", "2024-12-01T00:00", "police-file-to-court police-file-to-prosecutor",
			`2024-03-01T10:00 report.received channel=police
			 2024-03-02T00:00 file.received from=police to=family-court precision=day
			 2024-03-01T00:00 file.received from=police to=prosecutor precision=day`,
			`police-file-to-court - police-to-court-24h 2024-03-01T10:00:00 2024-03-02T10:00:00 2024-03-02T00:00:00 unclear
			 police-file-to-prosecutor - police-to-prosecutor-24h 2024-03-01T10:00:00 2024-03-02T10:00:00 2024-03-01T00:00:00 met`,
		},
		{
			"a report known by day knows the facts of its day and is unclear while its day allows both", "2024-03-02T12:00",
			"measures-decided police-file-to-court",
			`2024-03-01T00:00 report.received channel=family-court precision=day
			 2024-03-01T18:00 risk.assessed level=severe`,
			`measures-decided - pm-known-risk-24h-2023 2024-03-01T00:00:00 2024-03-02T00:00:00 - unclear`,
		},
		{
			"an appeal withdrawn is void from then on", "2024-12-01T00:00", "appeal-granted",
			// 27 March 2024 is a Wednesday; the third court day after it is 3 April.
			`2024-03-27T10:00 appeal.filed appeal=a-1 measure=m-1
			 2024-03-27T10:00 appeal.filed appeal=a-2 measure=m-1
			 2024-04-03T23:00 appeal.granted appeal=a-2
			 2024-03-28T10:00 appeal.withdrawn appeal=a-1
			 2024-03-29T10:00 appeal.granted appeal=a-1`,
			`appeal-granted a-1 appeal-grant-3d 2024-03-27T10:00:00 2024-04-04T00:00:00 - void
			 appeal-granted a-2 appeal-grant-3d 2024-03-27T10:00:00 2024-04-04T00:00:00 2024-04-03T23:00:00 met`,
		},
		{
			"the end of a measure does not end its breaches", "2024-12-01T00:00", "breach-informed execution-report",
			`2024-03-25T10:00 measures.notified measure=m-1 to=police
			 2024-03-26T10:00 breach.reported breach=b-1 measure=m-1
			 2024-03-26T11:00 measures.ended measure=m-1
			 2024-03-26T12:00 breach.informed breach=b-1 to=prosecutor
			 2024-03-27T12:00 breach.informed breach=b-1 to=family-court`,
			`breach-informed b-1 breach-to-court-24h 2024-03-26T10:00:00 2024-03-27T10:00:00 2024-03-27T12:00:00 late
			 execution-report m-1 execution-report-15d 2024-03-25T10:00:00 2024-04-18T00:00:00 - void`,
		},
	}
}
