package obligation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// reform is a law of 2027 with a first term of distance, as an edit of the
// catalogue: text that stands once in
// a file, and what takes its place.
var reform = []struct{ file, from, to string }{
	{
		"duties/measures-decided.yaml",
		"    in_force: {from: 2023-03-23}\n    when: {risk: [mild, moderate, severe]}\n",
		"    in_force: {from: 2023-03-23, to: 2026-12-31}\n    when: {risk: [mild, moderate, severe]}\n",
	},
	{
		"duties/measures-decided.yaml",
		"examples:\n",
		`  - id: pm-severe-12h-2027
    citation: Ley 99999 art. 1
    in_force: {from: 2027-01-01}
    when: {risk: severe}
    limit: {hours: 12}
    confidence: high
  - id: pm-mild-moderate-24h-2027
    citation: Ley 99999 art. 1
    in_force: {from: 2027-01-01}
    when: {risk: [mild, moderate]}
    limit: {hours: 24}
    confidence: high
examples:
  - {start: "2026-12-31T23:59:59-05:00", risk: severe, regime: pm-known-risk-24h-2023, due: "2027-01-01T23:59:59-05:00", note: the last day}
  - {start: "2027-01-01T00:00:00-05:00", risk: severe, regime: pm-severe-12h-2027, due: "2027-01-01T12:00:00-05:00", note: the first day}
  - {start: "2027-01-01T00:00:00-05:00", risk: mild, regime: pm-mild-moderate-24h-2027, due: "2027-01-02T00:00:00-05:00", note: the first day}
`,
	},
	{
		"calendars/holidays.yaml",
		"days_off:\n",
		"days_off:\n  - {name: {es: Día nuevo, en: New day}, date: \"05-05\", since: 2027, citation: Ley 99999 art. 2}\n",
	},
	{"calendars/general.yaml", "extra: []\n", "extra: [2027-04-02]\n"},
	{"distances.csv", "code,hours\n", "code,hours\n1601,48\n"},
}

// reformed is the catalogue that ships with the reform: nothing but data.
func reformed(t *testing.T) *law.Catalogue {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, ley30364.Files); err != nil {
		t.Fatal(err)
	}
	for _, edit := range reform {
		file := filepath.Join(dir, edit.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), edit.from); n != 1 {
			t.Fatalf("%s holds %q %d times, expected once", edit.file, edit.from, n)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), edit.from, edit.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := load.Catalogue(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// A change of law is a change of data: docs/changing-the-law.md.
func TestChangeOfLawIsAChangeOfData(t *testing.T) {
	cat := reformed(t)
	for _, tt := range []struct {
		name, duty string
		events     []string
		want       string
	}{
		{
			"a report of the last day keeps the old limit", "measures-decided",
			[]string{
				"2026-12-31T23:59:59 report.received channel=police",
				"2027-01-01T07:00 risk.assessed level=severe",
				"2027-01-01T08:00 file.received from=police to=family-court",
				"2027-01-02T08:00 measures.decided measure=m-1 outcome=granted",
			},
			"- pm-known-risk-24h-2023 2027-01-01T08:00 2027-01-02T08:00 2027-01-02T08:00 met",
		},
		{
			"one of the first day has the new one", "measures-decided",
			[]string{
				"2027-01-01T00:00 report.received channel=police",
				"2027-01-01T07:00 risk.assessed level=severe",
				"2027-01-01T08:00 file.received from=police to=family-court",
				"2027-01-01T20:00:01 measures.decided measure=m-1 outcome=granted",
			},
			"- pm-severe-12h-2027 2027-01-01T08:00 2027-01-01T20:00 2027-01-01T20:00:01 late",
		},
		{
			"for other risks the limit stays", "measures-decided",
			[]string{
				"2027-01-01T00:00 report.received channel=family-court",
				"2027-01-01T00:00 risk.assessed level=moderate",
				"2027-01-01T20:00:01 measures.decided measure=m-1 outcome=granted",
			},
			"- pm-mild-moderate-24h-2027 2027-01-01T00:00 2027-01-02T00:00 2027-01-01T20:00:01 met",
		},
		{
			"before its first year the new holiday counts", "execution-report",
			[]string{"2026-05-04T09:00 risk.assessed level=severe", "2026-05-04T10:00 measures.notified to=police measure=m-1"},
			"m-1 execution-report-severe-5d 2026-05-04T10:00 2026-05-12T00:00 . missed",
		},
		{
			"from then on it does not", "execution-report",
			[]string{"2027-05-03T09:00 risk.assessed level=severe", "2027-05-03T10:00 measures.notified to=police measure=m-1"},
			"m-1 execution-report-severe-5d 2027-05-03T10:00 2027-05-12T00:00 . missed",
		},
		{
			"nor does the day of a decree", "execution-report",
			[]string{"2027-03-31T09:00 risk.assessed level=severe", "2027-03-31T10:00 measures.notified to=police measure=m-1"},
			"m-1 execution-report-severe-5d 2027-03-31T10:00 2027-04-09T00:00 . missed",
		},
		{
			"a far province has its term of distance", "variation-notified",
			[]string{"2027-01-10T10:00 measures.varied variation=v-1 measure=m-1 change=extended ubigeo=160101"},
			"v-1 pm-variation-notify-24h 2027-01-10T10:00 2027-01-13T10:00 . missed",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := rowsUnder(t, cat, lawtest.Story(t, tt.events...), obligation.Query{AsOf: lawtest.Instant(t, "2028-01-01T00:00")}, tt.duty)
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("obligations (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("and what changes can be listed", func(t *testing.T) {
		want := []diff.Difference{
			{Duty: "measures-decided", Regime: "pm-known-risk-24h-2023", What: diff.Changed, Part: "in_force", Before: "2023-03-23..", After: "2023-03-23..2026-12-31"},
			{Duty: "measures-decided", Regime: "pm-mild-moderate-24h-2027", What: diff.Added, After: "24 hours, 2027-01-01.."},
			{Duty: "measures-decided", Regime: "pm-severe-12h-2027", What: diff.Added, After: "12 hours, 2027-01-01.."},
			{What: diff.Added, Part: "distance 1601", After: "48 hours"},
			{What: diff.Changed, Part: "calendar court: days off", After: "2027-05-05, 2028-05-05, 2031-05-05, and 120 more"},
			{What: diff.Changed, Part: "calendar general: days off", After: "2027-04-02, 2027-05-05, 2028-05-05, and 121 more"},
			{What: diff.Changed, Part: "calendar holidays: days off", After: "2027-05-05, 2028-05-05, 2031-05-05, and 120 more"},
		}
		if diff := cmp.Diff(want, diff.Of(lawtest.Shipped(t), cat, "en")); diff != "" {
			t.Errorf("differences (-want +got):\n%s", diff)
		}
	})
}
