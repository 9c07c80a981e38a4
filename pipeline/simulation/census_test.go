package simulation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
)

// tellCase makes a case or register subject of its events, with the truth about it.
func tellCase(t *testing.T, b *book, id, text string) *Case {
	t.Helper()
	facts := miniCase(t, b.cat.Zone, text)
	for _, e := range facts {
		e.Subject = id
	}
	return &Case{ID: id, Truth: b.keep(facts), facts: facts}
}

// Expected numbers are counted by hand: numerator / denominator, n and what is
// left out, in the Highlands unless it says otherwise. It is 1 July 2024, noon.
func TestTheCensusCountsWhatTheIndicatorsAsk(t *testing.T) {
	cat := shippedCatalogue(t)
	b := newBook(cat, "natural", localTime(t, cat.Zone, "2024-07-01T12:00"))
	c := newCensus(b)
	for id, told := range map[string]string{
		// In time; told twice; visited; a leaflet.
		"c-1": `2024-06-03T10:00 report.received channel=police institution=pnp-1 institution_kind=police-station victim_area=urban victim_language=es
			2024-06-03T11:00 leaflet.delivered
			2024-06-03T11:30 statement.taken private_room=true
			2024-06-05T11:30 statement.taken private_room=false
			2024-06-04T09:00 file.sent from=police to=family-court risk=mild
			2024-06-04T10:00 file.received from=police to=family-court risk=severe names_prosecutor=true
			2024-06-04T16:00 measures.decided measure=m-1 outcome=granted cease_only=false
			2024-06-11T16:00 visit.made measure=m-1`,
		// Late; no leaflet; the measure ends before the month does.
		"c-2": `2024-06-04T10:00 report.received channel=police institution=pnp-2 institution_kind=police-station victim_area=rural victim_language=quechua
			2024-06-05T10:01 file.received from=police to=family-court
			2024-06-06T10:00 measures.decided measure=m-1 outcome=granted cease_only=true
			2024-06-16T10:00 measures.ended measure=m-1`,
		// Not yet due at the count; only its day is known, which is in July.
		"c-3": `2024-07-01T00:00 report.received channel=police institution=pnp-1 institution_kind=police-station precision=day`,
		// On the Coast, and the second report of the first person within six months.
		"c-4": `2024-06-20T10:00 report.received ubigeo=150101 channel=police previous=c-1 institution=pnp-9 institution_kind=police-station`,
		"pnp-1": `2024-06-30T10:00 unit.reported kind=police-station open_24h=true
			2024-07-01T08:00 unit.reported kind=police-station open_24h=false`,
	} {
		c.take(tellCase(t, b, id, told))
	}
	got := map[string]string{}
	for truth := range c.results() {
		got[truth.Indicator+" "+truth.Region+" "+truth.Window] = strings.TrimSpace(fmt.Sprintf("%s/%s n=%d left=%d",
			numberText(truth.Numerator), numberText(truth.Denominator), truth.N, truth.LeftOut))
	}
	for name, want := range map[string]string{
		"leaflet-delivered-share highlands month":         "1/2 n=2 left=0",
		"leaflet-delivered-share highlands all":           "1/3 n=3 left=0",
		"leaflet-delivered-share nation month":            "1/3 n=3 left=0",
		"retelling-count highlands month":                 "2/1 n=1 left=0",
		"retelling-share highlands month":                 "1/1 n=1 left=0",
		"private-room-share highlands month":              "1/2 n=2 left=0",
		"pm-granted-share highlands month":                "2/2 n=2 left=0",
		"bare-cease-order-share highlands month":          "1/2 n=2 left=0",
		"pm-visited-share highlands month":                "1/2 n=2 left=0",
		"mismatch-share highlands month":                  "1/1 n=1 left=0",
		"missing-prosecutor-name-share highlands month":   "1/2 n=2 left=0",
		"24h-coverage-share highlands month":              "1/1 n=1 left=0",
		"24h-coverage-share highlands year":               "0/1 n=1 left=0",
		"pm-on-time-share highlands month":                "2/2 n=2 left=0",
		"urban-rural-gap coast month":                     "0/0 n=0 left=3", // three duties fell due, and nobody asked where she lives
		"outcome-despite-compliance highlands month":      "0/0 n=0 left=0",
		"handoff-delay-p90-police-court highlands month":  "1/1 n=1 left=0",
		"withdrawal-after-contact-rate highlands all":     "0/0 n=0 left=3",
		"shelter-gap-provinces highlands all":             "0/0 n=0 left=0",
		"single-interview-share highlands month":          "0/0 n=0 left=0",
		"specialist-handled-share highlands month":        "0/0 n=0 left=0",
		"frontline-suggestion-answered-share nation all":  "0/0 n=0 left=0",
		"report-refusal-rate highlands month":             "0/0 n=0 left=0",
		"transfer-instead-of-sanction-share nation month": "0/0 n=0 left=0",
		"reoffence-after-programme nation all":            "0/0 n=0 left=0",
		"cem-unattended-share highlands month":            "0/0 n=0 left=0",
	} {
		if got[name] != want {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
	if share := got["police-24h-share highlands month"]; share != "1/4 n=4 left=0" {
		t.Errorf("police-24h-share: got %s: one of two files to the court in time, none of two to the prosecutor", share)
	}
}

// A failure is final only when nobody else names the case in time.
func TestTheCensusWaitsForOtherSubjects(t *testing.T) {
	cat := shippedCatalogue(t)
	b := newBook(cat, "natural", localTime(t, cat.Zone, "2024-12-31T12:00"))
	tell := func(named string) string {
		c := newCensus(b)
		c.take(tellCase(t, b, "c-1", `2024-01-10T10:00 reeducation.completed programme=p-1`))
		c.take(tellCase(t, b, "c-2", `2024-03-10T10:00 report.received channel=digital previous=`+named))
		for truth := range c.results() {
			if truth.Indicator == "reoffence-after-programme" && truth.Region == nationwide && truth.Window == "all" {
				return fmt.Sprintf("%g/%g", truth.Numerator, truth.Denominator)
			}
		}
		return "none"
	}
	if diff := cmp.Diff([]string{"1/1", "0/1"}, []string{tell("c-1"), tell("c-7")}); diff != "" {
		t.Error(diff)
	}
}

func TestWhatACaseLeadsToElsewhereIsOfAnotherSubject(t *testing.T) {
	cat := shippedCatalogue(t)
	transfers := 0
	for c := range newSimulation(t, cat, season(5, 1200)).Cases() {
		for _, e := range c.Beside {
			transfers++
			if e.Subject == c.ID || e.Type != "staff.transferred" || e.Data.Text("complaint") == "" {
				t.Errorf("beside case %s: %s of %s", c.ID, e.Type, e.Subject)
			}
			filed := slices.ContainsFunc(c.Events, func(f event.Event) bool { return f.Data.Text("complaint") == e.Data.Text("complaint") })
			if !filed {
				t.Errorf("%s transfers for a complaint that nobody filed", e.ID)
			}
		}
	}
	if transfers == 0 {
		t.Error("no official was transferred")
	}
}
