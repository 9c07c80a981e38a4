package truth

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
)

// withMap is the shipped catalogue with a duty to file a return every quarter.
func withMap(t *testing.T) *law.Catalogue {
	t.Helper()
	text, err := os.ReadFile("testdata/test-map.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := lawtest.All(t)
	files["duties/test-map.yaml"] = &fstest.MapFile{Data: text}
	cat, err := load.Catalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestUnitsOweOneReturnForEachPeriodSinceTheyAreKnown(t *testing.T) {
	cat := withMap(t)
	b := New(cat, "natural", localTime(t, cat.Zone, "2025-01-01T00:00"))
	rows := b.keepRegister(miniCase(t, cat.Zone, `
		2024-01-01T00:00:00.001 unit.reported kind=family-station
		2024-02-01T10:00 publication.made duty=test-map
		2024-09-20T10:00 publication.made duty=another
		2024-09-30T23:00 publication.made duty=test-map
		2024-12-31T10:00 unit.reported kind=family-station`))
	want := tidy(`
		test-map 2024-Q2 test-map-quarterly 2024-04-01T00:00:00 2024-10-01T00:00:00 2024-09-30T23:00:00 met
		test-map 2024-Q3 test-map-quarterly 2024-07-01T00:00:00 2025-01-01T00:00:00 2024-09-30T23:00:00 met
		test-map 2024-Q4 test-map-quarterly 2024-10-01T00:00:00 2025-04-01T00:00:00 - open
		test-map 2025-Q1 test-map-quarterly 2025-01-01T00:00:00 2025-07-01T00:00:00 - open`)
	if got := shown(rows, cat.Zone, "test-map"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteTruthPrintsTheColumnsOfTheContract(t *testing.T) {
	cat := lawtest.Shipped(t)
	b := New(cat, "natural", localTime(t, cat.Zone, "2024-12-01T00:00"))
	rows := b.Keep(miniCase(t, cat.Zone, `2024-03-01T10:15 report.received channel=police institution=pnp-1 institution_kind=police-station`))
	rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Duty != "police-file-to-court" })
	var out strings.Builder
	truth, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(truth.Write(rows), truth.Flush()); err != nil {
		t.Fatal(err)
	}
	want := "case_id,duty,regime,instance,kind,implication,institution_kind,institution,department,region,risk,started_at,due_at,done_at,status,as_of,catalogue\n" +
		"c-1,police-file-to-court,police-to-court-24h,-,law,investigation,police-station,pnp-1,04,highlands,undetermined," +
		"2024-03-01T15:15:00Z,2024-03-02T15:15:00Z,,missed,2024-12-01T05:00:00Z," + cat.Label() + "\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
