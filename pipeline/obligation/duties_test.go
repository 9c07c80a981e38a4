package obligation_test

import (
	"strings"
	"testing"

	"amparo/pipeline/obligation"
	"amparo/schemas/law/lawtest"
)

func TestMeasuresDecidedBeforeTheFileCame(t *testing.T) {
	asOf, duty := "2024-04-01T00:00", []string{"measures-decided"}
	runFold(t, []foldCase{
		{
			name: "the court knew already: done at that earlier instant", asOf: asOf, duties: duty,
			events: []string{
				"2024-03-01T10:00 report.received channel=police", "2024-03-01T15:00 measures.decided measure=m-1 outcome=granted",
				"2024-03-02T09:00 file.received from=police to=family-court",
			},
			want: []string{"- pm-undetermined-48h-2023 2024-03-02T09:00 2024-03-04T09:00 2024-03-01T15:00 met"},
		},
		{
			name: "a decision after the file came is judged before an earlier one", asOf: asOf, duties: duty,
			events: []string{
				"2024-03-01T10:00 report.received channel=police", "2024-03-01T15:00 measures.decided measure=m-1 outcome=granted",
				"2024-03-02T09:00 file.received from=police to=family-court", "2024-03-05T09:00 measures.decided measure=m-2 outcome=granted",
			},
			want: []string{"- pm-undetermined-48h-2023 2024-03-02T09:00 2024-03-04T09:00 2024-03-05T09:00 late"},
		},
	})
}

func TestVisitsToAVulnerableVictim(t *testing.T) {
	report := func(band string) string {
		return "2024-01-30T10:00 report.received channel=police victim_age_band=" + band
	}
	decided := "2024-01-31T10:00 measures.decided measure=m-1 outcome=granted"
	asOf, duty := "2024-04-15T00:00", []string{"vulnerable-victim-visited"}
	month := func(n, from, due, rest string) string {
		return "m-1/" + n + " supervision-visits-vulnerable " + from + " " + due + " " + rest
	}
	runFold(t, []foldCase{
		{
			name: "one row a month, from the original date, for as long as the measure stands", asOf: asOf, duties: duty,
			events: []string{report("6-11"), decided},
			// 31 January, 29 February, 31 March.
			want: []string{
				month("1", "2024-01-31T10:00", "2024-03-01T00:00", ". missed"),
				month("2", "2024-03-01T00:00", "2024-04-01T00:00", ". missed"),
				month("3", "2024-04-01T00:00", "2024-05-01T00:00", ". open"),
			},
		},
		{
			name: "a visit counts for its own month, and the next one does not make up for it", asOf: asOf, duties: duty,
			events: []string{
				report("60-plus"), decided,
				"2024-03-31T23:59 visit.made measure=m-1 announced=false institution_kind=cem",
				"2024-04-01T00:00 visit.made measure=m-1 announced=false institution_kind=judiciary",
				"2024-04-02T10:00 visit.made measure=m-1 announced=false institution_kind=cem",
			},
			want: []string{
				month("1", "2024-01-31T10:00", "2024-03-01T00:00", ". missed"),
				month("2", "2024-03-01T00:00", "2024-04-01T00:00", "2024-03-31T23:59 met"),
				month("3", "2024-04-01T00:00", "2024-05-01T00:00", "2024-04-01T00:00 met"),
			},
		},
		{
			name: "police, announced visits and visits by nobody knows whom do not count", asOf: "2024-02-20T00:00", duties: duty,
			events: []string{
				report("0-5"), decided,
				"2024-02-02T10:00 visit.made measure=m-1 announced=false institution_kind=police-station",
				"2024-02-03T10:00 visit.made measure=m-1 announced=true institution_kind=cem",
				"2024-02-04T10:00 visit.made measure=m-1 announced=false",
				"2024-02-05T10:00 visit.made measure=m-1 institution_kind=health-service",
				"2024-02-06T10:00 visit.made measure=m-2 announced=false institution_kind=cem",
			},
			want: []string{month("1", "2024-01-31T10:00", "2024-03-01T00:00", ". open")},
		},
		{
			name: "when the measure ends, what is open is void and no month begins", asOf: asOf, duties: duty,
			events: []string{report("6-11"), decided, "2024-03-10T10:00 measures.ended measure=m-1"},
			want: []string{
				month("1", "2024-01-31T10:00", "2024-03-01T00:00", ". missed"),
				month("2", "2024-03-01T00:00", "2024-04-01T00:00", ". void"),
			},
		},
		{
			name: "a visit of which only the day is known lies in that day's month", asOf: "2024-03-20T00:00", duties: duty,
			events: []string{report("6-11"), decided, "2024-02-29 visit.made measure=m-1 announced=false institution_kind=sar"},
			want: []string{
				month("1", "2024-01-31T10:00", "2024-03-01T00:00", "2024-02-29T00:00 met"),
				month("2", "2024-03-01T00:00", "2024-04-01T00:00", ". open"),
			},
		},
		{
			name: "an adult of whom nothing else is known is owed no such visit", asOf: asOf, duties: duty,
			events: []string{report("26-35"), decided}, want: nil,
		},
	})
}

func TestARelativeIsNoInterpreter(t *testing.T) {
	needed := "2025-07-01T10:00 interpreter.needed language=quechua"
	duty := []string{"interpreter-provided"}
	runFold(t, []foldCase{
		{
			name: "a relative came", asOf: "2025-07-01T13:00", duties: duty,
			events: []string{needed, "2025-07-01T10:30 interpreter.provided mode=relative"},
			want:   []string{"- interpreter-immediate 2025-07-01T10:00 2025-07-01T12:00 . missed"},
		},
		{
			name: "an interpreter came after the relative", asOf: "2025-07-01T13:00", duties: duty,
			events: []string{needed, "2025-07-01T10:30 interpreter.provided mode=relative", "2025-07-01T11:30 interpreter.provided mode=remote"},
			want:   []string{"- interpreter-immediate 2025-07-01T10:00 2025-07-01T12:00 2025-07-01T11:30 met"},
		},
		{
			name: "an interpreter of whom the mode is not stated", asOf: "2025-07-01T13:00", duties: duty,
			events: []string{needed, "2025-07-01T11:30 interpreter.provided"},
			want:   []string{"- interpreter-immediate 2025-07-01T10:00 2025-07-01T12:00 2025-07-01T11:30 met"},
		},
	})
}

func TestSexualViolenceNeedsMedicalAndPsychologicalCare(t *testing.T) {
	report := "2024-03-01T10:00 report.received channel=police violence=sexual"
	duty, asOf := []string{"sexual-violence-attended"}, "2024-03-05T00:00"
	row := func(rest string) []string {
		return []string{"- sexual-violence-care-immediate 2024-03-01T10:00 2024-03-02T10:00 " + rest}
	}
	runFold(t, []foldCase{
		{
			name: "an examination alone is not enough", asOf: asOf, duties: duty,
			events: []string{report, "2024-03-01T12:00 exam.performed exam=x-1 kind=medical-legal"}, want: row(". missed"),
		},
		{
			name: "both, and the last one decides", asOf: asOf, duties: duty,
			events: []string{
				report, "2024-03-01T12:00 exam.performed exam=x-1 kind=medical-legal", "2024-03-02T10:00 support.attended service=cem specialty=psychological",
			},
			want: row("2024-03-02T10:00 met"),
		},
		{
			name: "the second one late", asOf: asOf, duties: duty,
			events: []string{report, "2024-03-02T10:00:00.001 support.attended service=health", "2024-03-01T11:00 exam.performed exam=x-1 kind=psychological"},
			want:   row("2024-03-02T10:00:00.001 late"),
		},
		{
			name: "a psychologist of the health service gives no medical care", asOf: asOf, duties: duty,
			events: []string{report, "2024-03-01T12:00 support.attended service=health specialty=psychological", "2024-03-01T13:00 support.attended service=cem specialty=legal"},
			want:   row(". missed"),
		},
	})
}

func TestTheRiskSheetBindsWhomTheLawBinds(t *testing.T) {
	duty, asOf := []string{"risk-sheet-applied"}, "2024-03-05T00:00"
	for channel, binds := range map[string]bool{
		"police": true, "prosecutor": true, "family-court": true, "peace-court": true,
		"line-100": false, "health": false, "school": false, "digital": false, "ex-officio": false,
	} {
		want := []string{"- risk-sheet-applied 2024-03-01T10:00 2024-03-02T10:00 . missed"}
		if !binds {
			want = nil
		}
		runFold(t, []foldCase{{name: channel, asOf: asOf, duties: duty, events: []string{"2024-03-01T10:00 report.received channel=" + channel}, want: want}})
	}
}

// The 48 hours are shared: by whom depends on where the report was made.
func TestBearerByChannel(t *testing.T) {
	for _, tc := range []struct{ duty, fields, kind, institution string }{
		{"measures-in-total", "channel=police", "police-station", ""},
		{"measures-in-total", "channel=police institution_kind=family-station institution=f-1", "family-station", "f-1"},
		{"measures-in-total", "channel=prosecutor", "prosecutor-family", ""},
		{"measures-in-total", "channel=prosecutor institution_kind=prosecutor-penal institution=p-1", "prosecutor-penal", "p-1"},
		{"measures-in-total", "channel=family-court", "family-court", ""},
		{"measures-in-total", "channel=peace-court institution_kind=justice-of-peace institution=j-1", "justice-of-peace", "j-1"},
		{"measures-in-total", "channel=health institution_kind=health-service institution=h-1", "police-station", ""},
		{"risk-sheet-applied", "channel=prosecutor", "prosecutor-family", ""},
		{"risk-sheet-applied", "channel=family-court institution_kind=family-court institution=c-1", "family-court", "c-1"},
	} {
		events := lawtest.Story(t, "2024-03-01T10:00 report.received "+tc.fields)
		found := false
		for _, o := range obligation.Fold(lawtest.Shipped(t), events, obligation.Query{AsOf: lawtest.Instant(t, "2024-03-02T00:00")}) {
			found = found || o.Duty == tc.duty
			if o.Duty == tc.duty && (o.InstitutionKind != tc.kind || o.Institution != tc.institution) {
				t.Errorf("%s, %s: %s %q, want %s %q", tc.duty, tc.fields, o.InstitutionKind, o.Institution, tc.kind, tc.institution)
			}
		}
		if !found {
			t.Errorf("%s, %s: no obligation", tc.duty, tc.fields)
		}
	}
}

func TestPoliceAreToldInTheActWithinTheHoursOfTheirPatrol(t *testing.T) {
	runFold(t, []foldCase{{
		name: "two hours for both", asOf: "2021-06-01T13:00", duties: []string{"police-told-in-the-act", "patrol-assigned"},
		events: []string{
			"2021-06-01T08:00 report.received channel=police", "2021-06-01T10:00 risk.assessed level=severe",
			"2021-06-01T10:00 measures.decided measure=m-1 outcome=granted",
		},
		want: []string{
			"patrol-assigned - severe-patrol-immediate 2021-06-01T10:00 2021-06-01T12:00 . missed",
			"police-told-in-the-act m-1 pm-covid-notify-in-act 2021-06-01T10:00 2021-06-01T12:00 . missed",
		},
	}})
}

// Where the report comes late, the clock that counts from the violence has run out
// before there is anything to send.
func TestAFileIsDueBeforeItsReport(t *testing.T) {
	events := lawtest.Story(t,
		"2024-03-01T10:00 violence.occurred", "2024-03-04T09:00 report.received channel=police peace_court=true",
		"2024-03-04T11:00 file.received from=police to=peace-court")
	q := obligation.Query{AsOf: lawtest.Instant(t, "2024-03-05T00:00")}
	got := rows(t, events, q, "police-file-to-peace-court")
	if want := "- police-to-peace-court-24h 2024-03-01T10:00 2024-03-02T10:00 2024-03-04T11:00 late"; strings.Join(got, "\n") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for _, o := range obligation.Fold(lawtest.Shipped(t), events, q) {
		if o.Duty == "police-file-to-peace-court" && !o.DueAt.Before(o.Start.At) {
			t.Errorf("due %s, not before the report of %s", o.DueAt, o.Start.At)
		}
	}
}

func TestDetentionBeforeAndAfterTheReformOfTheConstitution(t *testing.T) {
	runFold(t, []foldCase{
		{
			name: "24 hours on the day of publication", asOf: "2017-05-10T23:00:00.001", duties: []string{"detention-ended"},
			events: []string{"2017-05-09T23:00 arrest.made arrest=x-1"},
			want:   []string{"x-1 police-detention-max-24h 2017-05-09T23:00 2017-05-10T23:00 . missed"},
		},
		{
			name: "48 hours from the day after", asOf: "2017-05-11T00:00", duties: []string{"detention-ended"},
			events: []string{"2017-05-10T00:00 arrest.made arrest=x-1"},
			want:   []string{"x-1 police-detention-max-48h 2017-05-10T00:00 2017-05-12T00:00 . open"},
		},
	})
}

func TestTheYearlyReportFallsDueOnItsRealDate(t *testing.T) {
	runFold(t, []foldCase{{
		name: "25 November until 2022, nothing in 2023, March from 2024", asOf: "2025-03-31T12:00", duties: []string{"annual-report-presented"},
		events: []string{
			"2020-06-01T10:00 unit.reported kind=ministry",
			"2021-11-25T23:00 publication.made duty=annual-report-presented",
			"2024-04-02T10:00 publication.made duty=annual-report-presented",
		},
		want: []string{
			"2021 pcm-report-nov25 2021-01-01T00:00 2021-11-26T00:00 2021-11-25T23:00 met",
			"2022 pcm-report-nov25 2022-01-01T00:00 2022-11-26T00:00 2024-04-02T10:00 late",
			"2024 mimp-report-march 2024-01-01T00:00 2024-04-01T00:00 2024-04-02T10:00 late",
			"2025 mimp-report-march 2025-01-01T00:00 2025-04-01T00:00 . open",
		},
	}})
}
