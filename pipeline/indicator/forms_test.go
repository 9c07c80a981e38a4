package indicator_test

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/store/storetest"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// now is the instant of all counts: July 2024 has begun, June is closed.
var now = time.Date(2024, 7, 1, 17, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

// A history is some cases with their events.
type history struct{ cases []store.CaseHistory }

// reader reads a history from a store of its own that nothing has judged: each
// question is folded for itself.
func (h history) reader(t *testing.T, cat *law.Catalogue) *indicator.Reader {
	t.Helper()
	s := storetest.Open(t)
	storetest.Events(t, s, h.events()...)
	return &indicator.Reader{Catalogue: cat, Store: s}
}

func (h history) events() []event.Event {
	var events []event.Event
	for i := range h.cases {
		events = append(events, h.cases[i].Plain()...)
	}
	return events
}

// values asks for all indicators of the catalogue.
func values(t *testing.T, r *indicator.Reader, q obligation.Query, grouping string) []indicator.Value {
	t.Helper()
	answer, err := r.Answer(t.Context(), q, indicator.Request{Indicators: r.Catalogue.Indicators, Grouping: grouping})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Values
}

// tell writes a history down, one event a line: subject, time, type, then fields
// as name=value; a comma makes a list, true and false are flags, #n is a number.
// Without a place it is Arequipa, in the Highlands.
func tell(t *testing.T, text string) history {
	t.Helper()
	byCase := map[string][]store.Recorded{}
	var order []string
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		words := strings.Fields(line)
		at, err := time.Parse("2006-01-02T15:04-07:00", words[1]+"-05:00")
		if err != nil {
			t.Fatal(err)
		}
		fields := event.Fields{"ubigeo": "040101"}
		for _, word := range words[3:] {
			name, value, _ := strings.Cut(word, "=")
			fields[name] = fieldValue(name, value)
		}
		e := event.Event{
			Subject: words[0], Source: "urn:test", ID: fmt.Sprintf("e-%d", n), Type: words[2],
			At: at.UTC(), RecordedAt: at.UTC(), Data: fields.Data(),
		}
		if _, seen := byCase[e.Subject]; !seen {
			order = append(order, e.Subject)
		}
		byCase[e.Subject] = append(byCase[e.Subject], store.Recorded{Event: e})
	}
	var h history
	for _, id := range order {
		h.cases = append(h.cases, store.CaseHistory{CaseID: id, Events: byCase[id]})
	}
	return h
}

func fieldValue(name, value string) any {
	switch {
	case value == "true" || value == "false":
		return value == "true"
	case strings.HasPrefix(value, "#"):
		var f float64
		fmt.Sscan(value[1:], &f)
		return f
	case name == "violence" || name == "programmes":
		var list []any
		for one := range strings.SplitSeq(value, ",") {
			list = append(list, one)
		}
		return list
	}
	return value
}

// catalogueWith is the shipped catalogue with some of its duties, and other
// indicators: one for each measure, of the same name.
func catalogueWith(t *testing.T, measures map[string]string) *law.Catalogue {
	t.Helper()
	kept := map[string]bool{
		"police-file-to-court": true, "police-file-to-prosecutor": true, "measures-decided": true, "report-registered": true,
	}
	files := fstest.MapFS{}
	err := fs.WalkDir(ley30364.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		duty, isDuty := strings.CutPrefix(name, "duties/")
		if err != nil || entry.IsDir() || isDuty && !kept[strings.TrimSuffix(duty, ".yaml")] || name == "articles.yaml" {
			return err
		}
		b, err := fs.ReadFile(ley30364.Files, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var yaml strings.Builder
	for id, measure := range measures {
		unit, measure, _ := strings.Cut(strings.TrimSpace(measure), "\n")
		fmt.Fprintf(&yaml, "- id: %s\n  title: {es: t, en: t}\n  causes: [bad-luck]\n  numerator: {es: n, en: n}\n"+
			"  denominator: {es: d, en: d}\n  unit: %s\n  direction: neutral\n  source: proxy\n  cannot_see: {es: c, en: c}\n"+
			"  minimum_n: 2\n  signal: {above: 0.5}\n  measure:\n    %s\n", id, unit, strings.ReplaceAll(measure, "\n", "\n    "))
	}
	files["indicators.yaml"] = &fstest.MapFile{Data: []byte(yaml.String())}
	c, err := load.Catalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A form is a measure with a history and what it must give. Expected are lines
// of region, window, numerator, denominator, n and value; a value that does not
// exist is its reason.
type form struct{ name, measure, events, expected string }

// reports are three cases in June 2024 in Arequipa and one in Lima. The police
// file of the first reaches the court in time, that of the second late, that of
// the third never; that of Lima in time.
const reports = `
c1 2024-06-03T10:00 report.received channel=police institution=pnp-1 institution_kind=police-station victim_area=urban victim_language=es
c1 2024-06-03T20:00 file.received from=police to=family-court
c2 2024-06-04T10:00 report.received channel=police institution=pnp-1 institution_kind=police-station victim_area=rural victim_language=quechua
c2 2024-06-06T10:00 file.received from=police to=family-court
c3 2024-06-05T22:00 report.received channel=police institution=pnp-2 institution_kind=police-station victim_area=rural victim_language=quechua
c4 2024-06-06T10:00 report.received channel=police ubigeo=150101 institution=pnp-3 institution_kind=police-station victim_area=urban victim_language=es
c4 2024-06-06T11:00 file.received from=police to=family-court ubigeo=150101`

func forms() []form {
	return []form{
		{"on-time", "share\non_time: [police-file-to-court]", reports, `
nation all 2 4 4 0.5
nation month 2 4 4 0.5
highlands year 1 3 3 0.333333
coast all 1 1 1 below-minimum
jungle all 0 0 0 no-data`},
		{"missed", "share\nmissed: [police-file-to-court]", reports, "nation all 1 4 4 0.25"},
		{"all-duties-of-the-law", "share\non_time: [\"*\"]", reports, "nation all 2 11 11 0.181818"},
		{"overdue", "share\noverdue: [police-file-to-court]", reports + `
c5 2024-07-01T10:00 report.received channel=police
c6 2024-06-20T10:00 report.received channel=police`, "nation all 2 3 3 0.666667"},
		{"at-risk", "share\non_time: [police-file-to-court]\nat_risk: [severe]", `
r1 2024-06-03T10:00 report.received channel=police
r1 2024-06-03T10:00 risk.assessed level=severe
r2 2024-06-03T10:00 report.received channel=police
r2 2024-06-03T10:00 risk.assessed level=severe
r2 2024-06-03T12:00 file.received from=police to=family-court
r3 2024-06-03T10:00 report.received channel=police
r3 2024-06-03T11:00 risk.assessed level=severe`, "nation all 1 2 2 0.5"}, // the third was assessed after the clock had started
		{"early", "share\nearly: [measures-decided]", `
e1 2024-06-03T10:00 report.received channel=police
e1 2024-06-03T11:00 measures.decided measure=m outcome=granted
e1 2024-06-04T09:00 file.received from=police to=family-court
e2 2024-06-03T10:00 report.received channel=police
e2 2024-06-04T09:00 file.received from=police to=family-court
e2 2024-06-04T11:00 measures.decided measure=m outcome=granted
e3 2024-06-03T10:00 report.received channel=police
e3 2024-06-04T09:00 file.received from=police to=family-court
e3 2024-06-20T11:00 measures.decided measure=m outcome=granted`, "nation all 1 2 2 0.5"}, // the third came late
		{"overdue-long", "share\noverdue: [police-file-to-court]\nolder_than_days: 20", reports + `
c5 2024-07-01T10:00 report.received channel=police
c6 2024-06-20T10:00 report.received channel=police`, "nation all 1 2 2 0.5"},
		{"in-cases", "share\nin_cases: [{type: report.received, victim_area: rural}]\non_time: [police-file-to-court]", reports, "nation all 0 2 2 0"},
		{"gap-by-events", "points\non_time: [police-file-to-court]\ngap:\n  group: [{type: report.received, victim_area: urban}]\n  against: [{type: report.received, victim_area: rural}]",
			reports, "nation all 1 0 2 1\nhighlands all 1 0 1 below-minimum\ncoast all 0 0 0 no-comparison"},
		{"gap-against-the-rest", "points\non_time: [police-file-to-court]\ngap:\n  group: [{type: report.received, victim_language: quechua}]", reports, "nation all 0 1 2 -1"},
		{"gap-by-place", "points\non_time: [police-file-to-court]\ngap: {places: specialised_justice}", reports + `
c7 2024-06-07T10:00 report.received channel=police ubigeo=230101
c8 2024-06-07T10:00 report.received channel=police ubigeo=230101`, "nation all 0.333333 0 2 0.333333"},
		{"gap-by-hour", "points\non_time: [police-file-to-court]\ngap: {hours: {calendar: general, from: 8, to: 18}}", reports + `
c7 2024-06-08T10:00 report.received channel=police`, "nation all 0.666667 0 2 0.666667"},
		// Two stations with 4 of 4 and 0 of 4: Q(τ²) = 0.5/(0.25/4 + τ²) is 1 at τ² = 0.4375.
		{"units-spread", "points\non_time: [police-file-to-court]\nunits: {stat: spread, at_least: 2, kinds: [police-station]}", `
a1 2024-06-03T10:00 report.received channel=police institution=p1 institution_kind=police-station
a1 2024-06-03T11:00 file.received from=police to=family-court
a2 2024-06-03T10:00 report.received channel=police institution=p1 institution_kind=police-station
a2 2024-06-03T11:00 file.received from=police to=family-court
a3 2024-06-03T10:00 report.received channel=police institution=p1 institution_kind=police-station
a3 2024-06-03T11:00 file.received from=police to=family-court
a4 2024-06-03T10:00 report.received channel=police institution=p1 institution_kind=police-station
a4 2024-06-03T11:00 file.received from=police to=family-court
b1 2024-06-03T10:00 report.received channel=police institution=p2 institution_kind=police-station
b2 2024-06-03T10:00 report.received channel=police institution=p2 institution_kind=police-station
b3 2024-06-03T10:00 report.received channel=police institution=p2 institution_kind=police-station
b4 2024-06-03T10:00 report.received channel=police institution=p2 institution_kind=police-station
c1 2024-06-03T10:00 report.received channel=police institution=p3 institution_kind=police-station
f1 2024-06-03T10:00 report.received channel=police institution=f1 institution_kind=family-station
f2 2024-06-03T10:00 report.received channel=police institution=f1 institution_kind=family-station`, "nation all 0.661438 1 2 0.661438"},
		{"units-best", "share\non_time: [police-file-to-court]\nunits: {stat: best, at_least: 1}", reports, "nation all 1 1 3 1"},
		{"shock", "points\non_time: [police-file-to-court]\nshock: {declared: [{type: shock.declared}], until: until}", reports + `
s1 2024-06-06T00:00 shock.declared kind=strike until=2024-06-06T23:00:00-05:00 ubigeo=04`, "nation all 0 0.666667 1 below-minimum"},
		{"shock-in-the-place-alone", "points\non_time: [police-file-to-court]\nshock: {declared: [{type: shock.declared}], until: until}", reports + `
s1 2024-06-05T00:00 shock.declared kind=strike until=2024-06-08T23:00:00-05:00 ubigeo=04`, "nation all 0 1 2 -1"},
		// Highlands 1 of 3, Coast 1 of 1: (2/3)²/(1/12 + 1/4 + 2 τ²) is 1 at τ² = 1/18; within is 1/4.
		{"explained", "ratio\non_time: [police-file-to-court]\nexplained_by_region: true", reports, "nation all 0.055556 0.305556 4 0.181818\ncoast all 0 0 0 nation-only"},
		{"slope", "hours\non_time: [police-file-to-court]\nslope: {attribute: capital_km, per: 100}", `
a1 2024-06-03T10:00 report.received channel=police ubigeo=0102
a1 2024-06-03T12:00 file.received from=police to=family-court
a2 2024-06-03T10:00 report.received channel=police ubigeo=0101
a2 2024-06-03T11:00 file.received from=police to=family-court
a3 2024-06-03T10:00 report.received channel=police ubigeo=0101
a3 2024-06-03T11:00 file.received from=police to=family-court`, "nation all 1.020408 1 3 1.020408"},
		{"load", "share\non_time: [police-file-to-court]\nload: true", `
l1 2024-06-03T10:00 report.received channel=police
l1 2024-06-04T09:00 file.received from=police to=family-court
l2 2024-06-03T10:00 report.received channel=police
l3 2024-06-03T10:00 report.received channel=police
l4 2024-06-04T10:00 report.received channel=police
l4 2024-06-05T09:00 file.received from=police to=family-court`, "nation all 1 2 2 0.5"}, // three and one fall due, one a day is done
		{"share-by-event", "share\nshare:\n  of: [{type: measures.decided}]\n  with: [{type: measures.decided, outcome: granted}]", `
m1 2024-06-03T10:00 measures.decided measure=m outcome=granted
m2 2024-06-03T10:00 measures.decided measure=m outcome=denied
m2 2024-06-04T10:00 measures.decided measure=n outcome=granted`, "nation all 2 3 3 0.666667"},
		{"share-stated", "share\nshare:\n  of: [{type: staff.posted}]\n  with: [{type: staff.posted, trained: false}]\n  stated: trained", `
u1 2024-06-03T10:00 staff.posted trained=true
u1 2024-06-04T10:00 staff.posted
u2 2024-06-04T10:00 staff.posted trained=false`, "nation all 1 2 2 0.5"},
		{"share-all-but-without", "share\nshare:\n  of: [{type: exam.ordered}]\n  with: [{type: exam.ordered, repeat: true}]\n  without: [{type: exam.ordered, reasoned: true}]", `
x1 2024-06-03T10:00 exam.ordered exam=a repeat=true reasoned=true
x1 2024-06-04T10:00 exam.ordered exam=b repeat=true
x2 2024-06-04T10:00 exam.ordered exam=a`, "nation all 1 3 3 0.333333"},
		{"share-by-ref", "share\nshare:\n  of: [{type: report.attempted}, {type: report.refused}]\n  per: attempt\n  with: [{type: report.refused}]", `
r1 2024-06-03T10:00 report.attempted attempt=a-1 channel=police
r1 2024-06-03T10:10 report.refused attempt=a-1 reason=no-proof
r1 2024-06-03T11:00 report.attempted attempt=a-2 channel=police
r2 2024-06-03T11:00 report.refused attempt=a-1 reason=other
r3 2024-06-03T11:00 report.attempted channel=police`, "nation all 2 3 3 0.666667"},
		{"share-by-two-refs", "share\nshare:\n  of: [{type: file.sent}]\n  per: [from, to]\n  without: [{type: file.received}]\n  within: {hours: 72}", `
f1 2024-06-03T10:00 file.sent from=police to=family-court
f1 2024-06-03T12:00 file.sent from=police to=prosecutor
f1 2024-06-04T12:00 file.received from=police to=family-court`, "nation all 1 2 2 0.5"},
		{"share-all", "share\nshare:\n  of: [{type: support.attended}]\n  per: case\n  with: [{type: support.attended, specialty: legal}, {type: support.attended, specialty: social}]\n  all: true", `
s1 2024-06-03T10:00 support.attended service=cem specialty=legal
s1 2024-06-05T10:00 support.attended service=cem specialty=social
s2 2024-06-03T10:00 support.attended service=cem specialty=legal`, "nation all 1 2 2 0.5"},
		{"share-before", "share\nshare:\n  of: [{type: report.received}]\n  per: case\n  with: [{type: risk.assessed, complete: true}]\n  before: [{type: file.sent}]", `
b1 2024-06-03T10:00 report.received channel=police
b1 2024-06-03T11:00 risk.assessed level=mild complete=true
b1 2024-06-03T12:00 file.sent from=police to=prosecutor
b2 2024-06-03T10:00 report.received channel=police
b2 2024-06-03T12:00 file.sent from=police to=prosecutor
b2 2024-06-03T13:00 risk.assessed level=mild complete=true`, "nation all 1 2 2 0.5"},
		{"share-within", "share\nshare:\n  of: [{type: therapy.ordered}]\n  per: therapy\n  with: [{type: therapy.session-held}]\n  within: {days: 30}", `
t1 2024-05-01T10:00 therapy.ordered therapy=a
t1 2024-05-31T10:00 therapy.session-held therapy=a
t2 2024-05-01T10:00 therapy.ordered therapy=a
t2 2024-06-20T10:00 therapy.session-held therapy=a
t3 2024-06-20T10:00 therapy.ordered therapy=a
t3 2024-06-21T10:00 therapy.session-held therapy=a`, "nation all 1 2 2 0.5\nnation month 0 0 0 no-data"},
		{"linked-by-case", "share\nshare:\n  of: [{type: reeducation.completed}]\n  per: case\n  with: [{type: breach.reported}]\n  within: {months: 6}\n  linked: {key: case, by: [{type: report.received}], field: previous}", `
z9 2023-08-01T10:00 report.received channel=police previous=l1
l1 2023-07-10T10:00 reeducation.completed
l2 2023-07-10T10:00 reeducation.completed
l2 2023-08-10T10:00 breach.reported breach=b
l3 2023-07-10T10:00 reeducation.completed
z8 2024-05-01T10:00 report.received channel=police previous=l3
l4 2024-05-10T10:00 reeducation.completed`, "nation all 2 3 3 0.666667\nhighlands year 2 3 3 0.666667"},
		{"linked-by-ref", "share\nshare:\n  of: [{type: complaint.filed}]\n  per: complaint\n  without: [{type: complaint.decided, outcome: sanction}]\n  within: {days: 90}\n  linked: {key: complaint, by: [{type: staff.transferred}], field: complaint}", `
k1 2024-02-01T10:00 complaint.filed complaint=q-1
k2 2024-02-01T10:00 complaint.filed complaint=q-2
k2 2024-02-10T10:00 complaint.decided complaint=q-2 outcome=sanction
k3 2024-02-01T10:00 complaint.filed complaint=q-3
u1 2024-02-05T10:00 staff.transferred complaint=q-1
u1 2024-02-15T10:00 staff.transferred complaint=q-2`, "nation all 1 3 3 0.333333"},
		{"linked-by-id", "share\nshare:\n  of: [{type: observation.recorded, kind: suggestion}]\n  linked: {key: id, by: [{type: suggestion.answered}], field: observation}", `
p1 2024-02-01T10:00 observation.recorded kind=suggestion code=resources-and-coverage
p2 2024-02-01T10:00 observation.recorded kind=suggestion code=resources-and-coverage
p2 2024-02-01T11:00 observation.recorded kind=cause code=bad-luck
u1 2024-03-01T10:00 suggestion.answered observation=e-1`, "nation all 1 2 2 0.5"},
		{"all-on-time", "share\nall_on_time: true\nshare:\n  of: [{type: report.received}]\n  per: case\n  with: [{type: breach.reported}]", `
o1 2023-08-01T10:00 report.received channel=family-court
o1 2023-08-01T12:00 measures.decided measure=m outcome=granted
o1 2023-09-01T10:00 breach.reported breach=b
o2 2023-08-01T10:00 report.received channel=family-court
o2 2023-08-01T12:00 measures.decided measure=m outcome=granted
o3 2023-08-01T10:00 report.received channel=family-court
o3 2023-09-01T10:00 breach.reported breach=b`, "nation all 1 2 2 0.5"},
		{"after", "points\nshare:\n  of: [{type: report.attempted}]\n  with: [{type: report.attempted, proof_demanded: true}]\nafter: {mark: [{type: training.delivered}]}", `
pnp-1 2024-06-10T10:00 training.delivered
v1 2024-06-03T10:00 report.attempted institution=pnp-1 proof_demanded=true
v2 2024-06-04T10:00 report.attempted institution=pnp-1 proof_demanded=true
v3 2024-06-10T08:00 report.attempted institution=pnp-1 proof_demanded=true
v4 2024-06-13T10:00 report.attempted institution=pnp-1 proof_demanded=true
v5 2024-06-14T10:00 report.attempted institution=pnp-1 proof_demanded=false
v6 2024-06-14T10:00 report.attempted institution=pnp-2 proof_demanded=true`, "nation all 0.5 1 2 -0.5"},
		{"dips", "share\non_time: [police-file-to-court]\ndips: {at_least: 1, drop: 0.5}", `
d1 2024-06-03T10:00 report.received channel=police institution=a institution_kind=police-station
d1 2024-06-03T11:00 file.received from=police to=family-court
d2 2024-06-10T10:00 report.received channel=police institution=a institution_kind=police-station
d3 2024-06-05T10:00 report.received channel=police institution=b institution_kind=police-station
d3 2024-06-05T11:00 file.received from=police to=family-court
d4 2024-06-14T10:00 report.received channel=police institution=b institution_kind=police-station
d5 2024-06-05T10:00 report.received channel=police institution=c institution_kind=police-station
d5 2024-06-05T11:00 file.received from=police to=family-court
d6 2024-06-12T10:00 report.received channel=police institution=c institution_kind=police-station
d6 2024-06-12T11:00 file.received from=police to=family-court
d7 2024-06-26T10:00 report.received channel=police institution=c institution_kind=police-station`, "nation all 2 3 3 0.666667"},
		{"ratio-of-events", "rate\nratio:\n  numerator: {of: [{type: complaint.filed, about: mistreatment}]}\n  denominator: {of: [{type: report.received}, {type: statement.taken}]}", `
q1 2024-06-03T10:00 report.received channel=police
q1 2024-06-03T11:00 statement.taken
q1 2024-06-13T11:00 complaint.filed complaint=q about=mistreatment
q2 2024-06-03T10:00 report.received channel=police
q2 2024-06-04T10:00 complaint.filed complaint=r about=misconduct
q2 2024-06-05T10:00 statement.taken`, "nation all 1 4 4 0.25"},
		{"ratio-of-sums", "share\nratio:\n  numerator: {of: [{type: media.observed}], field: breaches}\n  denominator: {of: [{type: media.observed}], field: items}", `
u1 2024-06-03T10:00 media.observed items=#100 breaches=#20
u2 2024-06-04T10:00 media.observed items=#100 breaches=#10`, "nation all 30 200 2 0.15"},
		{"ratio-by-ref", "ratio\nratio:\n  numerator: {of: [{type: therapy.session-held}], field: sessions, silent: 1}\n  denominator: {of: [{type: therapy.planned}], field: sessions}\n  per: therapy", `
h1 2024-05-03T10:00 therapy.planned therapy=a sessions=#8
h1 2024-06-03T10:00 therapy.session-held therapy=a sessions=#2
h1 2024-06-04T10:00 therapy.session-held therapy=a
h2 2024-05-03T10:00 therapy.planned therapy=a sessions=#4
h2 2024-05-03T11:00 therapy.session-held therapy=b`, "nation all 3 12 2 0.25\nnation month 0 0 0 no-data"},
		{"latest", "ratio\nlatest: {report: [{type: unit.reported, kind: cem}], numerator: open_cases, denominator: staff}", `
u1 2024-04-03T10:00 unit.reported kind=cem open_cases=#90 staff=#1
u1 2024-06-03T10:00 unit.reported kind=cem open_cases=#30 staff=#2
u1 2024-06-20T10:00 unit.reported kind=cem open_cases=#30
u2 2024-05-03T10:00 unit.reported kind=cem open_cases=#30 staff=#4
u3 2024-05-03T10:00 unit.reported kind=sau open_cases=#99 staff=#1`, "nation all 60 6 2 10\nnation month 30 2 1 below-minimum"},
		{"latest-difference", "share\nlatest: {report: [{type: unit.reported}], numerator: posts, minus: staff, denominator: posts}", `
u1 2024-06-03T10:00 unit.reported kind=cem posts=#10 staff=#7
u2 2024-06-03T10:00 unit.reported kind=cem posts=#10 staff=#9`, "nation all 4 20 2 0.2"},
		{"latest-flags", "share\nlatest: {report: [{type: unit.reported}], numerator: open_24h}", `
u1 2024-06-03T10:00 unit.reported kind=cem open_24h=true
u2 2024-06-03T10:00 unit.reported kind=cem open_24h=false
u3 2024-06-03T10:00 unit.reported kind=cem`, "nation all 1 2 2 0.5"},
		{"count-mean", "count\ncount: {of: [{type: statement.taken}], per: case}", statements, "nation all 6 3 3 2"},
		{"count-quantile", "count\ncount: {of: [{type: statement.taken}], per: case, quantile: 0.9}", statements, "nation all 4 1 3 4"},
		{"count-more-than", "share\ncount: {of: [{type: statement.taken}], per: case, more_than: 1}", statements, "nation all 1 3 3 0.333333"},
		{"wait", "hours\nwait: {from: [{type: exam.ordered}], to: [{type: exam.performed}], per: exam, quantile: 0.5}", `
w1 2024-06-03T10:00 exam.ordered exam=a
w1 2024-06-03T20:00 exam.performed exam=a
w1 2024-06-03T10:00 exam.ordered exam=b
w1 2024-06-04T10:00 exam.performed exam=b
w2 2024-06-03T10:00 exam.ordered exam=a
w2 2024-06-03T12:00 exam.performed exam=z`, "nation all 24 1 3 24"},
		{"wait-in-days", "days\nwait: {from: [{type: exam.ordered}], to: [{type: exam.performed}], per: exam, quantile: 0.9}", `
w1 2024-06-03T10:00 exam.ordered exam=a
w1 2024-06-05T10:00 exam.performed exam=a
w2 2024-06-03T10:00 exam.ordered exam=a
w2 2024-06-05T10:00 exam.performed exam=a`, "nation all 2 1 2 2"},
		{"wait-never-that-far", "days\nwait: {from: [{type: exam.ordered}], to: [{type: exam.performed}], per: exam, quantile: 0.9}", `
w1 2024-06-03T10:00 exam.ordered exam=a
w1 2024-06-05T10:00 exam.performed exam=a
w2 2024-06-03T10:00 exam.ordered exam=a`, "nation all 0 0 2 not-reached"},
		{"wait-with-withdrawals", "hours\nwait: {from: [{type: report.received}], to: [{type: sentence.issued}], per: case, competing: [{type: report.withdrawn}], quantile: 0.5}", `
w1 2024-06-03T10:00 report.received channel=police
w1 2024-06-03T20:00 sentence.issued outcome=convicted
w2 2024-06-03T10:00 report.received channel=police
w2 2024-06-03T12:00 report.withdrawn
w3 2024-06-03T10:00 report.received channel=police
w3 2024-06-03T15:00 report.withdrawn
w4 2024-06-03T10:00 report.received channel=police
w4 2024-06-04T10:00 sentence.issued outcome=convicted`, "nation all 24 1 4 24"},
		{"limit-to-wait", "ratio\nlimit_to_wait: {duties: [police-file-to-court], quantile: 0.5}", `
w1 2024-06-03T10:00 report.received channel=police
w1 2024-06-03T16:00 file.received from=police to=family-court
w2 2024-06-03T10:00 report.received channel=police
w2 2024-06-03T22:00 file.received from=police to=family-court
w3 2024-06-03T10:00 report.received channel=police`, "nation all 1 0.5 3 2"},
		{"in-force", "share\nin_force:\n  of: [{type: measures.decided, outcome: granted}]\n  per: measure\n  until: [{type: measures.ended}]\n  with: [{type: visit.made}]", measures, `
nation all 2 3 3 0.666667
nation month 1 2 2 0.5`},
		{"in-force-rate", "rate\nin_force:\n  of: [{type: measures.decided, outcome: granted}]\n  per: measure\n  until: [{type: measures.ended}]\n  with: [{type: breach.reported}]\n  rate_per_days: 30", `
i1 2024-05-02T12:00 measures.decided measure=m outcome=granted
i1 2024-05-12T12:00 breach.reported breach=b measure=m
i1 2024-05-13T12:00 breach.reported breach=c measure=m
i2 2024-06-01T12:00 measures.decided measure=m outcome=granted
i2 2024-06-16T12:00 measures.ended measure=m
i2 2024-06-20T12:00 breach.reported breach=b measure=m`, "nation all 2 2.5 2 0.8"},
		{"coverage", "share\ncoverage:\n  level: province\n  of: [{type: shelter.requested}]\n  by: [{type: unit.reported, kind: shelter}]", shelters, "nation all 1 2 2 0.5"},
		{"coverage-missing", "share\ncoverage:\n  level: province\n  of: [{type: shelter.requested}]\n  by: [{type: unit.reported, kind: shelter}]\n  missing: true", shelters, "nation all 1 2 2 0.5"},
		{"coverage-of-all", "share\ncoverage:\n  level: department\n  by: [{type: unit.reported, kind: shelter}]", shelters, "nation all 1 25 25 0.04"},
		{"mismatch", "share\nmismatch: {of: [{type: file.sent}, {type: file.received}], fields: [risk, victim]}", `
y1 2024-06-03T10:00 file.sent from=police to=family-court risk=mild
y1 2024-06-03T11:00 file.received from=police to=family-court risk=severe
y2 2024-06-03T10:00 file.sent from=police to=family-court victim=v-1 risk=mild
y2 2024-06-03T11:00 file.received from=police to=family-court victim=v-1
y3 2024-06-03T10:00 file.sent from=police to=family-court risk=mild`, "nation all 1 2 2 0.5"},
		{"duty-share", "share\nduty_share: {kinds: [target], of: [law, target]}", reports, "nation all 1 4 4 0.25\ncoast all 0 0 0 nation-only"},
	}
}

const statements = `
n1 2024-06-03T10:00 statement.taken
n2 2024-06-03T10:00 statement.taken
n3 2024-06-03T10:00 statement.taken
n3 2024-06-04T10:00 statement.taken
n3 2024-06-05T10:00 statement.taken
n3 2024-06-06T10:00 statement.taken`

const measures = `
i1 2024-04-01T12:00 measures.decided measure=m outcome=granted
i1 2024-04-10T12:00 visit.made measure=m
i1 2024-05-10T12:00 measures.ended measure=m
i2 2024-04-01T12:00 measures.decided measure=m outcome=granted
i2 2024-06-10T12:00 visit.made measure=m
i3 2024-06-01T12:00 measures.decided measure=m outcome=granted
i3 2024-06-02T12:00 visit.made measure=other
i3 2024-06-03T12:00 measures.decided measure=n outcome=denied`

const shelters = `
u1 2024-06-03T10:00 unit.reported kind=shelter ubigeo=0401
a1 2024-06-03T10:00 shelter.requested shelter=s ubigeo=040102
a2 2024-06-03T10:00 shelter.requested shelter=s ubigeo=1501
a3 2024-06-03T10:00 shelter.requested shelter=s ubigeo=15`

func TestEveryForm(t *testing.T) {
	measures := map[string]string{}
	for _, f := range forms() {
		measures[f.name] = f.measure
	}
	cat := catalogueWith(t, measures)
	seen := map[string]bool{}
	for _, ind := range cat.Indicators {
		seen[ind.Measure.Form()] = true
	}
	for _, ind := range lawtest.Shipped(t).Indicators {
		if !seen[ind.Measure.Form()] {
			t.Errorf("no test of the form %s", ind.Measure.Form())
		}
	}
	r := &indicator.Reader{Catalogue: cat, Store: storetest.Open(t)}
	for _, f := range forms() {
		t.Run(f.name, func(t *testing.T) {
			judged := storetest.Scratch(t, r.Store, cat, now, tell(t, f.events).events()...)
			values, err := r.Count(t.Context(), counting.Of(judged.Store), now, indicator.Request{Indicators: named(cat, f.name), Grouping: "natural"})
			if err != nil {
				t.Fatal(err)
			}
			for want := range strings.SplitSeq(strings.TrimSpace(f.expected), "\n") {
				words := strings.Fields(want)
				got := "no such value"
				for i := range values {
					if v := &values[i]; v.Indicator.ID == f.name && v.Region == words[0] && string(v.Window) == words[1] {
						got = line(v)
					}
				}
				if got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
		})
	}
}

// named is one indicator of a catalogue.
func named(cat *law.Catalogue, id string) []*law.Indicator {
	for _, ind := range cat.Indicators {
		if ind.ID == id {
			return []*law.Indicator{ind}
		}
	}
	return nil
}

// line prints a value as tests expect it.
func line(v *indicator.Value) string {
	value := string(v.Reason)
	if v.Estimate.Exists {
		value = short(v.Estimate.Value)
	}
	return strings.Join([]string{v.Region, string(v.Window), short(v.Numerator), short(v.Denominator), fmt.Sprint(v.N), value}, " ")
}

func short(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", f), "0"), ".")
}

func TestValuesAreNeverNaN(t *testing.T) {
	cat := lawtest.Shipped(t)
	for name, events := range map[string]string{"one event": "c1 2024-06-03T10:00 report.withdrawn", "reports": reports, "measures": measures, "shelters": shelters} {
		t.Run(name, func(t *testing.T) {
			r := tell(t, events).reader(t, cat)
			values := values(t, r, obligation.Query{AsOf: now}, "natural")
			if want := len(cat.Indicators) * 4 * 3; len(values) != want {
				t.Errorf("%d values, want %d", len(values), want)
			}
			for i := range values {
				v := &values[i]
				for _, f := range []float64{v.Numerator, v.Denominator, v.Estimate.Value, v.Low.Value, v.High.Value} {
					if math.IsNaN(f) || math.IsInf(f, 0) {
						t.Errorf("%s %s %s: %+v", v.Indicator.ID, v.Region, v.Window, v)
					}
				}
				if v.Estimate.Exists == (v.Reason != indicator.Exists) {
					t.Errorf("%s %s %s: a value or a reason, not both: %+v", v.Indicator.ID, v.Region, v.Window, v)
				}
				if n, d := v.Parts(); v.Estimate.Exists && math.Abs(n/d-v.Estimate.Value) > 1e-12 || !v.Estimate.Exists && (n != 0 || d != 0) {
					t.Errorf("%s: parts %v/%v of %v", v.Indicator.ID, n, d, v.Estimate)
				}
			}
		})
	}
}

func TestKnownAtHidesWhatWasRecordedLater(t *testing.T) {
	cat := catalogueWith(t, map[string]string{"attended": "share\nshare:\n  of: [{type: report.received}]\n  per: case\n  with: [{type: support.attended}]"})
	h := tell(t, "c1 2024-06-03T10:00 report.received channel=police\nc1 2024-06-04T10:00 support.attended service=cem\nc2 2024-06-03T10:00 report.received channel=police")
	h.cases[0].Events[1].RecordedAt = now.Add(-time.Hour)
	r := h.reader(t, cat)
	for want, q := range map[float64]obligation.Query{
		0.5: {AsOf: now},
		0:   {AsOf: now, KnownAt: now.Add(-2 * time.Hour)},
	} {
		values := values(t, r, q, "natural")
		for i := range values {
			if v := &values[i]; v.Region == indicator.Nation && v.Window == indicator.All && (!v.Estimate.Exists || v.Estimate.Value != want) {
				t.Errorf("known at %v: %v, want %v", q.KnownAt, v.Estimate, want)
			}
		}
	}
}

func TestSignalNeedsItsIntervalBeyondTheThreshold(t *testing.T) {
	cat := catalogueWith(t, map[string]string{"granted": "share\nshare:\n  of: [{type: measures.decided}]\n  with: [{type: measures.decided, outcome: granted}]"})
	for n, want := range map[int]bool{3: false, 60: true} {
		var events strings.Builder
		for i := range n {
			outcome := "granted"
			if i%3 == 0 {
				outcome = "denied"
			}
			fmt.Fprintf(&events, "c%d 2024-06-03T10:00 measures.decided measure=m outcome=%s\n", i, outcome)
		}
		r := tell(t, events.String()).reader(t, cat)
		values := values(t, r, obligation.Query{AsOf: now}, "natural")
		// Two thirds are above one half; only of many is that more than chance.
		if got := values[0].Beyond(); got != want {
			t.Errorf("n = %d: beyond %v, want %v (%v)", n, got, want, values[0].Low)
		}
	}
}

func TestAFailingReadIsTold(t *testing.T) {
	s := storetest.Open(t)
	s.Close()
	r := &indicator.Reader{Catalogue: lawtest.Shipped(t), Store: s}
	if _, err := r.Answer(t.Context(), obligation.Query{AsOf: now}, indicator.Request{}); err == nil {
		t.Error("a closed store gave an answer")
	}
}

// Of 40 examinations 24 were never made within a year: nine tenths are not reached, and
// take more than a year. That is a finding, not too few data.
func TestAQuantileThatIsNotReachedHasABound(t *testing.T) {
	cat := catalogueWith(t, map[string]string{"exam": "hours\nwait: {from: [{type: exam.ordered}], to: [{type: exam.performed}], per: exam, quantile: 0.9}"})
	var events strings.Builder
	for i := range 40 {
		fmt.Fprintf(&events, "c%d 2023-06-01T10:00 exam.ordered exam=e kind=medical-legal\n", i)
		if i < 16 {
			fmt.Fprintf(&events, "c%d 2023-06-02T10:00 exam.performed exam=e kind=medical-legal\n", i)
		}
	}
	r := tell(t, events.String()).reader(t, cat)
	v := values(t, r, obligation.Query{AsOf: now}, "natural")[8] // all, the nation first
	if v.Window != indicator.All || v.Region != indicator.Nation || v.Reason != indicator.NotReached {
		t.Fatalf("%s %s: %s", v.Region, v.Window, v.Reason)
	}
	// From 1 June 2023 10:00 in Lima to 1 July 2024 12:00.
	if want := 396*24 + 2.0; v.Low.Value != want || v.High.Exists || v.Estimate.Exists {
		t.Errorf("more than %v hours, want %v", v.Low, want)
	}
	if !v.Beyond() {
		t.Error("not flagged although the threshold is half an hour")
	}
}

// Equal treatment is no gap, whatever registers of units do or do not.
func TestGapsComparePersonsWithPersons(t *testing.T) {
	cat := lawtest.Shipped(t)
	var events strings.Builder
	for i := range 60 {
		language := []string{"es", "quechua"}[i%2]
		fmt.Fprintf(&events, "c%d 2024-05-06T10:00 report.received channel=police institution=p institution_kind=police-station victim_language=%s\n", i, language)
		fmt.Fprintf(&events, "c%d 2024-05-06T11:00 file.received from=police to=family-court\n", i)
		fmt.Fprintf(&events, "c%d 2024-05-06T11:00 file.received from=police to=prosecutor\n", i)
		fmt.Fprintf(&events, "c%d 2024-05-06T12:00 measures.decided measure=m outcome=denied\n", i)
	}
	for i := range 40 { // Units that never update their map.
		fmt.Fprintf(&events, "u%d 2024-01-06T10:00 unit.reported kind=police-station\n", i)
	}
	r := tell(t, events.String()).reader(t, cat)
	checked := 0
	for _, v := range values(t, r, obligation.Query{AsOf: now}, "natural") {
		if v.Region != indicator.Nation || v.Window != indicator.All {
			continue
		}
		switch v.Indicator.ID {
		case "language-gap", "group-gap":
			checked++
			if !v.Estimate.Exists || v.Estimate.Value != 0 {
				t.Errorf("%s is %v (%s) under equal treatment", v.Indicator.ID, v.Estimate, v.Reason)
			}
		case "night-weekend-penalty": // all clocks started on a Monday at ten
			checked++
			if v.Estimate.Exists {
				t.Errorf("a penalty of nights out of nothing: %v", v.Estimate)
			}
		case "attitude-proxy":
			checked++
			if v.Beyond() {
				t.Error("none before and none after is no sign")
			}
		}
	}
	if checked != 4 {
		t.Errorf("%d of 4 indicators looked at", checked)
	}
}

// A measure decided after the case was transferred never stands.
func TestMeasuresDecidedAfterATransferDoNotStand(t *testing.T) {
	cat := catalogueWith(t, map[string]string{"visited": "share\nin_force:\n  of: [{type: measures.decided, outcome: granted}]\n  per: measure\n  until: [{type: measures.ended}, {type: case.transferred}]\n  with: [{type: visit.made}]"})
	r := tell(t, `
a1 2024-06-03T10:00 case.transferred
a1 2024-06-04T10:00 measures.decided measure=m outcome=granted
a2 2024-06-03T10:00 measures.decided measure=m outcome=granted
a3 2024-06-03T10:00 measures.decided measure=m outcome=granted
a3 2024-06-05T10:00 visit.made measure=m`).reader(t, cat)
	for _, v := range values(t, r, obligation.Query{AsOf: now}, "natural") {
		if v.Region == indicator.Nation && v.Window == indicator.All && (v.Numerator != 1 || v.Denominator != 2) {
			t.Errorf("%v of %v visited, want 1 of 2", v.Numerator, v.Denominator)
		}
	}
}
