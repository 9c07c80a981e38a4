package truth

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

// miniCase reads events, one a line: local time, type, then field=value. The
// place is Arequipa unless a line says otherwise.
func miniCase(t *testing.T, zone *time.Location, text string) []*event.Event {
	t.Helper()
	var events []*event.Event
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		at := localTime(t, zone, words[0])
		fields := event.Fields{"ubigeo": "040101"}
		for _, w := range words[2:] {
			name, value, ok := strings.Cut(w, "=")
			if !ok {
				t.Fatalf("%q is not field=value", w)
			}
			switch value {
			case "true", "false":
				fields[name] = value == "true"
			default:
				fields[name] = value
			}
		}
		events = append(events, &event.Event{
			Subject: "c-1", Source: "urn:test", ID: fmt.Sprintf("e-%02d", len(events)), Type: words[1],
			At: at, RecordedAt: at, Data: fields.Data(),
		})
	}
	slices.SortStableFunc(events, event.Compare)
	return events
}

func localTime(t *testing.T, zone *time.Location, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04:05.999", text, zone)
	if err != nil {
		at, err = time.ParseInLocation("2006-01-02T15:04", text, zone)
	}
	if err != nil {
		t.Fatalf("bad time in the test: %v", err)
	}
	return at.UTC()
}

// shown prints rows of some duties the way the expectations below are written:
// duty, instance, regime, start, due, deed, status, in local time.
func shown(rows []Row, zone *time.Location, about string) string {
	var lines []string
	short := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.In(zone).Format("2006-01-02T15:04:05.999")
	}
	for _, r := range rows {
		if slices.Contains(strings.Fields(about), r.Duty) {
			lines = append(lines, strings.Join([]string{r.Duty, r.Instance, r.Regime, short(r.StartedAt), short(r.DueAt), short(r.DoneAt), string(r.Status)}, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// tidy brings an expectation to the form of shown.
func tidy(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

func TestLedgerOfHandWrittenCases(t *testing.T) {
	cat := lawtest.Shipped(t)
	for _, c := range handWritten() {
		t.Run(c.outcome, func(t *testing.T) {
			b := New(cat, "natural", localTime(t, cat.Zone, c.asOf))
			var seen []*event.Event
			for _, e := range miniCase(t, cat.Zone, c.events) {
				if !e.At.After(b.asOf) {
					seen = append(seen, e)
				}
			}
			if diff := cmp.Diff(tidy(c.want), shown(b.Keep(seen), cat.Zone, c.about)); diff != "" {
				t.Errorf("truth differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInstitutionCellFollowsTheBearer(t *testing.T) {
	cat := lawtest.Shipped(t)
	b := New(cat, "natural", localTime(t, cat.Zone, "2024-12-01T00:00"))
	rows := b.Keep(miniCase(t, cat.Zone, `
		2024-03-01T10:00 report.received channel=police institution=pnp-1 institution_kind=family-station
		2024-03-01T11:00 risk.assessed level=severe
		2024-03-01T12:00 file.received from=police to=family-court institution=jf-1 institution_kind=peace-court-letters ubigeo=150101
		2024-03-01T15:00 measures.decided measure=m-1 outcome=granted
		2024-03-01T16:00 measures.notified measure=m-1 to=police to_institution=pnp-9 institution=jf-1 institution_kind=family-court ubigeo=15
		2024-03-05T16:00 breach.reported breach=b-1 measure=m-1 institution=cem-1 institution_kind=cem ubigeo=0401`))
	want := map[string][]string{
		"police-file-to-court":         {"family-station", "pnp-1", "04", "highlands", "undetermined"},
		"measures-decided":             {"peace-court-letters", "jf-1", "15", "coast", "severe"},
		"measures-in-total":            {"family-station", "pnp-1", "04", "highlands", "undetermined"},
		"measures-notified-to-parties": {"family-court", "", "04", "highlands", "severe"},
		"execution-report":             {"police-station", "pnp-9", "15", "coast", "severe"},
		"breach-informed":              {"cem", "cem-1", "04", "highlands", "severe"},
	}
	got := map[string][]string{}
	for _, r := range rows {
		if want[r.Duty] != nil {
			got[r.Duty] = []string{r.InstitutionKind, r.Institution, r.Department, r.Region, r.Risk}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells differ (-want +got):\n%s", diff)
	}
}
