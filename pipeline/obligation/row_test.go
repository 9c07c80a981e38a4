package obligation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/law/lawtest"
)

// The institution of a row is that of the start event when it can bear the duty,
// else the one the event went to, else only the bearer's kind.
func TestWhoOwesTheDuty(t *testing.T) {
	tests := []struct{ name, start, duty, want string }{
		{"the station that took the report", "report.received channel=police institution_kind=police-station institution=pnp-1", "police-file-to-prosecutor", "police-station,pnp-1"},
		{"a family station is a police station", "report.received channel=police institution_kind=family-station institution=pnp-2", "police-file-to-prosecutor", "family-station,pnp-2"},
		{"of the right kind, without a code", "report.received channel=police institution_kind=police-station", "police-file-to-prosecutor", "police-station,"},
		{"a code without its kind says nothing", "report.received channel=police institution=pnp-1", "police-file-to-prosecutor", "police-station,"},
		{"another kind than the bearer's", "report.received channel=police institution_kind=cem institution=cem-1", "police-file-to-prosecutor", "police-station,"},
		{"the court that received the file", "file.received from=police to=family-court institution_kind=family-court institution=jf-1", "measures-decided", "family-court,jf-1"},
		{"a peace court acts for the family court", "file.received from=police to=peace-court institution_kind=peace-court-letters institution=jp-1", "measures-decided", "peace-court-letters,jp-1"},
		{"a justice of the peace too", "file.received from=police to=peace-court institution_kind=justice-of-peace institution=jp-2", "measures-decided", "justice-of-peace,jp-2"},
		{"the court that the police sent it to", "file.received from=police to=family-court to_institution=jf-3 institution_kind=police-station institution=pnp-1", "measures-decided", "family-court,jf-3"},
		{"told to the police by the court", "measures.notified measure=m-1 to=police to_institution=pnp-7 institution_kind=family-court institution=jf-1", "execution-report", "police-station,pnp-7"},
		{"of two bearers the one that the event is of", "report.received channel=family-court institution_kind=family-court institution=jf-1", "measures-in-total", "family-court,jf-1"},
		{"of two bearers the first where the event is of neither", "report.received channel=health institution_kind=health-service institution=hs-1", "measures-in-total", "police-station,"},
		{"any bearer: whoever learnt of the breach", "breach.reported breach=b-1 institution_kind=school institution=ie-1", "breach-informed", "school,ie-1"},
		{"any bearer, unknown", "breach.reported breach=b-1", "breach-informed", ","},
		{"the unit itself", "unit.reported kind=family-station institution=other", "map-updated", "family-station,c-1"},
	}
	cat := lawtest.Shipped(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events := lawtest.Story(t, "2024-03-01T00:00 "+tt.start)
			asOf := lawtest.Instant(t, "2024-03-01T12:00")
			for _, o := range obligation.Fold(cat, events, obligation.Query{AsOf: asOf}) {
				if o.Duty != tt.duty {
					continue
				}
				if cells := o.Record(cat, "natural", asOf); strings.Join(cells[6:8], ",") != tt.want {
					t.Errorf("kind and institution %s, want %s", strings.Join(cells[6:8], ","), tt.want)
				}
				return
			}
			t.Errorf("no row of %s", tt.duty)
		})
	}
}

func TestRecordHasTheCellsOfTheColumns(t *testing.T) {
	cat := lawtest.Shipped(t)
	events := lawtest.Story(t,
		"2024-03-01T10:15 report.received channel=police ubigeo=040101 institution=pnp-1 institution_kind=police-station",
		"2024-03-01T10:15 risk.assessed level=severe ubigeo=15",
		"2024-03-01T15:30:00.500 file.received from=police to=prosecutor ubigeo=15",
	)
	asOf := lawtest.Instant(t, "2024-03-02T00:00")
	want := map[string]string{
		"case_id": "c-1", "duty": "police-file-to-prosecutor", "regime": "police-to-prosecutor-24h", "instance": "-", "kind": "law",
		"implication": "investigation", "institution_kind": "police-station", "institution": "pnp-1", "department": "04", "region": "highlands",
		"risk": "severe", "started_at": "2024-03-01T15:15:00Z", "due_at": "2024-03-02T15:15:00Z", "done_at": "2024-03-01T20:30:00.5Z",
		"status": "met", "as_of": "2024-03-02T05:00:00Z", "catalogue": cat.Label(),
	}
	for _, o := range obligation.Fold(cat, events, obligation.Query{AsOf: asOf}) {
		if o.Duty != want["duty"] {
			continue
		}
		got := map[string]string{}
		for i, cell := range o.Record(cat, "natural", asOf) {
			got[obligation.Columns()[i]] = cell
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("cells (-want +got):\n%s", diff)
		}
		return
	}
	t.Error("no such row")
}

// What the reader sees when nothing is known, and what kinds of rows there are.
func TestUnknownRiskIsPrintedAsUndetermined(t *testing.T) {
	cat := lawtest.Shipped(t)
	asOf := lawtest.Instant(t, "2024-03-02T00:00")
	kinds := map[string]string{}
	for _, o := range obligation.Fold(cat, lawtest.Story(t, "2024-03-01T10:00 measures.notified measure=m-1 to=police", "2024-03-01T10:00 measures.notified measure=m-1 to=victim"), obligation.Query{AsOf: asOf}) {
		if o.Risk != "undetermined" {
			t.Errorf("%s prints risk %q, want undetermined", o.Duty, o.Risk)
		}
		kinds[o.Duty] = string(o.Kind)
	}
	for duty, kind := range map[string]string{"execution-report": "law", "appeal-filed": "right", "measures-executed": "target"} {
		if kinds[duty] != kind {
			t.Errorf("%s is a %q, want a %s", duty, kinds[duty], kind)
		}
	}
}
