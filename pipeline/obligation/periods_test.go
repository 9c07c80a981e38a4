package obligation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/law/lawtest"
)

// Notified on Friday 1 March 2024 under mild risk, the last days are 1 September
// 2024 (a Sunday, moved to Monday the 2nd), 1 March 2025 (a Saturday, moved to
// Monday the 3rd) and 1 September 2025 (a Monday).
func TestPeriodicReports(t *testing.T) {
	duties := []string{"periodic-report"}
	notified := "2024-03-01T10:00 measures.notified measure=m-1 to=police"
	report := func(at string) string { return at + " compliance.reported measure=m-1" }
	const (
		first  = "m-1/1 periodic-report-6m 2024-03-01T10:00 2024-09-03T00:00 "
		second = "m-1/2 periodic-report-6m 2024-09-03T00:00 2025-03-04T00:00 "
		third  = "m-1/3 periodic-report-6m 2025-03-04T00:00 2025-09-02T00:00 "
	)
	runFold(t, []foldCase{
		{name: "the next period begins when the first falls due, counted from the original date", asOf: "2025-03-04T00:00", duties: duties,
			events: []string{notified}, want: []string{first + ". missed", second + ". missed", third + ". open"}},
		{name: "a period that has not begun is none", asOf: "2024-09-02T23:59:59.999", duties: duties, events: []string{notified}, want: []string{first + ". open"}},
		{name: "a late report serves the oldest period undone, and only that", asOf: "2025-03-04T00:00", duties: duties,
			events: []string{notified, report("2024-10-01T10:00")}, want: []string{first + "2024-10-01T10:00 late", second + ". missed", third + ". open"}},
		{name: "two reports in the second period serve the first late and the second in time", asOf: "2025-03-04T00:00", duties: duties,
			events: []string{notified, report("2024-10-01T10:00"), report("2024-10-01T10:00:00.001")},
			want:   []string{first + "2024-10-01T10:00 late", second + "2024-10-01T10:00:00.001 met", third + ". open"}},
		{name: "a second report in one period serves none", asOf: "2025-03-04T00:00", duties: duties,
			events: []string{notified, report("2024-05-01T10:00"), report("2024-06-01T10:00")}, want: []string{first + "2024-05-01T10:00 met", second + ". missed", third + ". open"}},
		{name: "a report before the start serves none, and is no early deed", asOf: "2024-09-03T00:00", duties: duties,
			events: []string{notified, report("2024-03-01T09:59")}, want: []string{first + ". missed", second + ". open"}},
		{name: "a report at the very due instant is late for the first and leaves the second", asOf: "2024-09-03T00:00", duties: duties,
			events: []string{notified, report("2024-09-03T00:00")}, want: []string{first + "2024-09-03T00:00 late", second + ". open"}},
		{name: "a report known by its day on the date of the start serves", asOf: "2024-05-01T00:00", duties: duties,
			events: []string{notified, "2024-03-01 compliance.reported measure=m-1"}, want: []string{first + "2024-03-01T00:00 met"}},
		{name: "the report of another measure serves none", asOf: "2024-05-01T00:00", duties: duties,
			events: []string{notified, "2024-04-01T10:00 compliance.reported measure=m-2"}, want: []string{first + ". open"}},
		{name: "an end in the middle leaves the first as it was, voids the second and lets no third begin", asOf: "2026-01-01T00:00", duties: duties,
			events: []string{notified, "2025-01-15T10:00 measures.ended measure=m-1", report("2025-01-15T10:00")},
			want:   []string{first + ". missed", second + ". void"}},
		{name: "an end at the very due instant leaves the first missed and lets no second begin", asOf: "2026-01-01T00:00", duties: duties,
			events: []string{notified, "2024-09-03T00:00 measures.ended measure=m-1"}, want: []string{first + ". missed"}},
		{name: "a served period stays served after the end", asOf: "2026-01-01T00:00", duties: duties,
			events: []string{notified, report("2024-08-01T10:00"), "2024-08-15T10:00 case.transferred"}, want: []string{first + "2024-08-01T10:00 met"}},
		{name: "an end at the start lets nothing begin", asOf: "2026-01-01T00:00", duties: duties, events: []string{notified, "2024-03-01T10:00 case.merged into=c-2"}},
		{
			// Periods 1 and 2 of 6 + 3 months: 1 December 2024 is a Sunday, so Monday the 2nd.
			name: "a risk that rises in the first period shortens the second", asOf: "2024-12-03T00:00", duties: duties,
			events: []string{notified, "2024-06-01T10:00 risk.assessed level=severe"},
			want: []string{
				first + ". missed", "m-1/2 periodic-report-severe-3m 2024-09-03T00:00 2024-12-03T00:00 . missed",
				// 1 March 2025 moved to Monday the 3rd.
				"m-1/3 periodic-report-severe-3m 2024-12-03T00:00 2025-03-04T00:00 . open",
			},
		},
		{
			name: "a risk that rises one millisecond after the second began leaves it", asOf: "2024-12-03T00:00", duties: duties,
			events: []string{notified, "2024-09-03T00:00:00.001 risk.assessed level=severe"},
			want:   []string{first + ". missed", second + ". open"},
		},
		{
			name: "from 31 August 2023 six months end on 29 February 2024", asOf: "2024-02-29T23:59:59.999", duties: duties,
			events: []string{"2023-08-31T10:00 measures.notified measure=m-1 to=executor"},
			want:   []string{"m-1/1 periodic-report-6m 2023-08-31T10:00 2024-03-01T00:00 . open"},
		},
		{name: "before 5 September 2018 there were none, and none begin later", asOf: "2020-01-01T00:00", duties: duties,
			events: []string{"2018-09-04T10:00 measures.notified measure=m-1 to=executor"}},
		{
			name: "known by its day, a period starts with the day and its limit is not in doubt", asOf: "2024-09-03T00:00", duties: duties,
			events: []string{"2024-03-01 measures.notified measure=m-1 to=police"},
			want:   []string{"m-1/1 periodic-report-6m 2024-03-01T00:00 2024-09-03T00:00 . missed", second + ". open"},
		},
		{
			name: "each measure has its own periods, ordered within it", asOf: "2024-09-05T00:00", duties: duties,
			events: []string{notified, "2024-03-04T10:00 measures.notified measure=m-0 to=executor"},
			want: []string{
				"m-0/1 periodic-report-6m 2024-03-04T10:00 2024-09-05T00:00 . missed", "m-0/2 periodic-report-6m 2024-09-05T00:00 2025-03-05T00:00 . open",
				first + ". missed", second + ". open",
			},
		},
	})
}

func TestPeriodsAreWrittenToTheHorizon(t *testing.T) {
	events := lawtest.Story(t, "2024-03-01T10:00 measures.notified measure=m-1 to=police")
	q := obligation.Query{AsOf: lawtest.Instant(t, "2024-03-02T00:00"), Horizon: lawtest.Instant(t, "2024-09-03T00:00")}
	want := []string{
		"m-1/1 periodic-report-6m 2024-03-01T10:00 2024-09-03T00:00 . open",
		"m-1/2 periodic-report-6m 2024-09-03T00:00 2025-03-04T00:00 . open",
	}
	if diff := cmp.Diff(want, rows(t, events, q, "periodic-report")); diff != "" {
		t.Errorf("periods (-want +got):\n%s", diff)
	}
	q.Horizon = lawtest.Instant(t, "2024-09-02T23:59:59.999")
	if diff := cmp.Diff(want[:1], rows(t, events, q, "periodic-report")); diff != "" {
		t.Errorf("periods (-want +got):\n%s", diff)
	}
}

// A station is known from its first report; each period of the calendar that
// begins from then on is due when one more has passed.
func TestRegisterDuties(t *testing.T) {
	station := "2023-09-15T08:00 unit.reported kind=police-station"
	maps := []string{"map-updated"}
	const (
		october  = "2023-10 police-map-monthly 2023-10-01T00:00 2023-12-01T00:00 "
		november = "2023-11 police-map-monthly 2023-11-01T00:00 2024-01-01T00:00 "
		december = "2023-12 police-map-monthly 2023-12-01T00:00 2024-02-01T00:00 "
	)
	runFold(t, []foldCase{
		{name: "the month in which the station is first known has none", asOf: "2023-12-01T00:00", duties: maps, events: []string{station},
			want: []string{october + ". missed", november + ". open", december + ". open"}},
		{name: "one map serves every month that has begun and waits for it", asOf: "2023-12-01T00:00", duties: maps,
			events: []string{station, "2023-11-30T23:59 map.updated", "2023-09-30T10:00 map.updated"},
			want:   []string{october + "2023-11-30T23:59 met", november + "2023-11-30T23:59 met", december + ". open"}},
		{name: "a map at the due instant is late", asOf: "2023-12-01T00:00", duties: maps, events: []string{station, "2023-12-01T00:00 map.updated"},
			want: []string{october + "2023-12-01T00:00 late", november + "2023-12-01T00:00 met", december + "2023-12-01T00:00 met"}},
		{name: "a station known by its day on the first of a month owes that month", asOf: "2023-10-02T00:00", duties: maps,
			events: []string{"2023-10-01 unit.reported kind=family-station"}, want: []string{october + ". open"}},
		{name: "a station known one millisecond into the month does not", asOf: "2023-10-02T00:00", duties: maps,
			events: []string{"2023-10-01T00:00:00.001 unit.reported kind=police-station"}},
		{name: "the rule of 8 September 2023 begins with October", asOf: "2023-10-31T00:00", duties: maps,
			events: []string{"2019-01-01T08:00 unit.reported kind=police-station"}, want: []string{october + ". open"}},
		{name: "a unit of another kind owes none", asOf: "2023-12-01T00:00", duties: maps, events: []string{"2023-09-15T08:00 unit.reported kind=cem"}},
		{name: "a unit that leaves the system owes no further month", asOf: "2024-03-01T00:00", duties: maps, events: []string{station, "2023-11-15T08:00 case.transferred"},
			want: []string{october + ". void", november + ". void"}},
		{
			name: "the courts publish once a year, named as such", asOf: "2025-01-01T00:00", duties: []string{"timeliness-published"},
			events: []string{"2022-06-01T08:00 unit.reported kind=judiciary", "2024-03-01T08:00 publication.made duty=timeliness-published", "2023-03-01T08:00 publication.made duty=observatory-data-supplied"},
			want: []string{
				"2023 pj-publish-timeliness-yearly 2023-01-01T00:00 2025-01-01T00:00 2024-03-01T08:00 met",
				"2024 pj-publish-timeliness-yearly 2024-01-01T00:00 2026-01-01T00:00 2024-03-01T08:00 met",
				"2025 pj-publish-timeliness-yearly 2025-01-01T00:00 2027-01-01T00:00 . open",
			},
		},
		{
			name: "quarters and half-years have their names", asOf: "2024-07-01T00:00", duties: []string{"observatory-data-supplied", "weapons-reported"},
			events: []string{"2024-01-15T08:00 unit.reported kind=sucamec"},
			want: []string{
				"observatory-data-supplied 2024-Q2 observatory-data-quarterly 2024-04-01T00:00 2024-10-01T00:00 . open",
				"observatory-data-supplied 2024-Q3 observatory-data-quarterly 2024-07-01T00:00 2025-01-01T00:00 . open",
				"weapons-reported 2024-H2 sucamec-half-yearly 2024-07-01T00:00 2025-07-01T00:00 . open",
			},
		},
		{
			name: "observations of a shelter are corrected in 15 business days", asOf: "2025-04-07T12:00", duties: []string{"accreditation-corrected"},
			// Seven working days before Holy Thursday the 17th, then 21 to 30 April.
			events: []string{"2025-04-04T10:00 accreditation.observed observation=o-0", "2025-04-07T10:00 accreditation.observed observation=o-1"},
			want:   []string{"o-1 shelter-accredit-fix-15bd 2025-04-07T10:00 2025-05-01T00:00 . open"},
		},
	})
}
