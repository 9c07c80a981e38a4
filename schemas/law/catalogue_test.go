package law_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
)

func TestShippedCatalogue(t *testing.T) {
	c := lawtest.Shipped(t)
	t.Run("is named with version and hash", func(t *testing.T) {
		if !strings.HasPrefix(c.Label(), "ley-30364/2026.2+") || len(c.Hash) != 64 {
			t.Errorf("label %s, hash %s", c.Label(), c.Hash)
		}
	})
	t.Run("speaks Spanish and English", func(t *testing.T) {
		for _, d := range c.Duties {
			if d.Title.ES == "" || d.Title.EN == "" || (d.Note.ES == "") != (d.Note.EN == "") {
				t.Errorf("%s: title %+v, note %+v", d.ID, d.Title, d.Note)
			}
		}
		for _, i := range c.Implications {
			if i.Title.ES == "" || i.Title.EN == "" || len(i.Articles) == 0 {
				t.Errorf("implication %s: %+v", i.ID, i)
			}
		}
		for _, cause := range c.Causes {
			if cause.Title.ES == "" || cause.Title.EN == "" || cause.ReadsAs.ES == "" || cause.ReadsAs.EN == "" {
				t.Errorf("cause %s: %+v", cause.ID, cause)
			}
		}
	})
	t.Run("counts sixteen implications and seven causes", func(t *testing.T) {
		var numbers []int
		for _, i := range c.Implications {
			numbers = append(numbers, i.Number)
		}
		if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}; !slices.Equal(numbers, want) {
			t.Errorf("implications %v", numbers)
		}
		var found []string
		for i, cause := range c.Causes {
			if cause.Number != i+1 {
				t.Errorf("cause %s has number %d at position %d", cause.ID, cause.Number, i+1)
			}
			if cause.Found {
				found = append(found, cause.ID)
			}
		}
		want := []string{"poor-policies", "poor-execution", "unrealistic-expectations", "lack-of-collaboration", "insufficient-resources"}
		if diff := cmp.Diff(want, found); diff != "" || len(c.Causes) != 7 {
			t.Errorf("causes the study found (-want +got):\n%s", diff)
		}
	})
	t.Run("knows which kinds bear what others owe", func(t *testing.T) {
		for _, tc := range []struct {
			bearer, kind string
			want         bool
		}{
			{"police-station", "police-station", true}, {"police-station", "family-station", true},
			{"family-court", "justice-of-peace", true}, {"family-court", "peace-court-letters", true},
			{"family-station", "police-station", false}, {"penal-court", "justice-of-peace", false},
		} {
			if got := c.Bears(tc.bearer, tc.kind); got != tc.want {
				t.Errorf("Bears(%s, %s) = %t", tc.bearer, tc.kind, got)
			}
		}
	})
	t.Run("lets its own events in", func(t *testing.T) {
		door := c.Door()
		raw := `{"specversion":"1.0","id":"e-1","source":"test","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"150101","channel":"police"}}`
		e, err := door.Decode([]byte(raw), instant(t, "2024-03-02T00:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		d, _ := c.Duty("police-file-to-court")
		if !d.StartsOn.Any(&e) {
			t.Error("a report to the police does not start the duty to send it on")
		}
	})
}

// Every row of the law is in a duty, under its own id.
func TestEveryRowOfTheLawIsADuty(t *testing.T) {
	c := lawtest.Shipped(t)
	found := map[string]bool{}
	for _, d := range c.Duties {
		found[d.ID] = true
		for _, r := range d.Regimes {
			found[r.ID] = true
		}
	}
	b, err := os.ReadFile("testdata/law-rows.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Fields(string(b))
	for _, id := range rows {
		if !found[id] {
			t.Errorf("row %s is neither a duty nor a regime", id)
		}
	}
	for _, d := range c.Duties {
		for _, r := range d.Regimes {
			if !slices.Contains(rows, r.ID) {
				t.Errorf("regime %s of duty %s is no row of the law", r.ID, d.ID)
			}
		}
	}
}

// The numbers of the law, written once more: a slip in a duty file shows here.
func TestNumbersOfTheLaw(t *testing.T) {
	hours := func(n int) law.Limit { return law.Limit{Hours: n} }
	days := func(n int, calendar string) law.Limit { return law.Limit{Days: n, Calendar: calendar} }
	sameDay := law.Limit{SameDay: true}
	want := map[string][]law.Limit{
		"police-to-court-24h-2015": {hours(24)}, "police-to-court-24h": {hours(24)}, "police-to-prosecutor-24h": {hours(24)},
		"police-to-peace-court-24h": {hours(24)}, "prosecutor-to-court-24h": {hours(24)}, "court-direct-to-prosecutor-same-day": {sameDay},
		"police-detention-max-24h": {{Hours: 24, Distance: true}}, "police-detention-max-48h": {{Hours: 48, Distance: true}}, "flagrancy-severe-copy-24h": {hours(24)},
		"pm-72h-2015": {hours(72)}, "pm-mild-moderate-48h-2018": {hours(48)}, "pm-severe-24h-2018": {hours(24)}, "pm-undetermined-72h-2018": {hours(72)},
		"pm-covid-24h": {hours(24)}, "pm-known-risk-24h-2023": {hours(24)}, "pm-undetermined-48h-2023": {hours(48)}, "pm-total-48h-2023": {hours(48)},
		"pm-late-evidence-48h": {hours(48)}, "pm-notify-executors-same-day": {sameDay}, "pm-notify-executors-24h": {{Hours: 24, Distance: true}},
		"pm-notify-parties-same-day": {sameDay}, "case-to-prosecutor-24h-2019": {hours(24)}, "case-to-prosecutor-24h": {hours(24)},
		"penal-court-acknowledges-same-day": {sameDay}, "execution-report-15d": {days(15, "general")}, "execution-report-severe-5d": {days(5, "general")},
		"periodic-report-6m": {{Months: 6, Calendar: "general"}}, "periodic-report-severe-3m": {{Months: 3, Calendar: "general"}},
		"breach-to-court-24h": {hours(24)}, "pm-variation-decision": {hours(48), hours(24), hours(72), hours(24), hours(24), hours(48)},
		"pm-variation-notify-24h": {{Hours: 24, Distance: true}}, "appeal-grant-3d": {days(3, "court")}, "appeal-elevate-3d": {days(3, "court")},
		"appeal-elevate-severe-1d": {days(1, "court")}, "appeal-prosecutor-opinion-5d": {days(5, "general")}, "appeal-hearing-3d": {days(3, "court")},
		"appeal-decision-3d": {days(3, "court")}, "penal-preliminary-60d": {{CalendarDays: 60, Calendar: "general"}},
		"penal-preparatory-120d": {{CalendarDays: 120, Calendar: "general"}}, "penal-decide-15d": {days(15, "general")},
		"outcome-to-family-court-5d": {days(5, "court")}, "employer-answer-2bd": {{BusinessDays: 2, Calendar: "general"}},
		"shelter-accredit-fix-15bd": {{BusinessDays: 15, Calendar: "general"}}, "shelter-regularise-5y": {{On: date(t, "2030-04-04")}},
	}
	got := map[string][]law.Limit{}
	for _, d := range lawtest.Shipped(t).Duties {
		for _, r := range d.Regimes {
			if r.Kind == law.Law && !d.NeverARow && d.Every == "" {
				got[r.ID] = append(got[r.ID], r.Limit)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("limits of kind law (-want +got):\n%s", diff)
	}
}

func TestKindsOfDuties(t *testing.T) {
	var rights, never, registers []string
	for _, d := range lawtest.Shipped(t).Duties {
		switch {
		case d.NeverARow:
			never = append(never, d.ID)
			if d.Note.EN == "" {
				t.Errorf("%s does not say why it is never a row", d.ID)
			}
		case d.Every != "":
			registers = append(registers, d.ID)
		case d.Regimes[0].Kind == law.Right:
			rights = append(rights, d.ID)
		}
		for _, r := range d.Regimes {
			if r.Kind == law.Target && d.Note.ES == "" {
				t.Errorf("%s does not say that its limit is a parameter", d.ID)
			}
		}
	}
	for _, tc := range []struct {
		name      string
		want, got []string
	}{
		{"rights", []string{"appeal-adhered", "appeal-filed"}, rights},
		{"never a row", []string{"appeal-rules-2016", "missing-report-chased", "sentence-content-stated", "shelter-open-24h"}, never},
		{"registers", []string{"annual-report-presented", "map-updated", "observatory-data-supplied", "timeliness-published", "training-given", "weapons-reported"}, registers},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestRegimesInForce(t *testing.T) {
	c := lawtest.Shipped(t)
	cases := []struct {
		name  string
		duty  string
		on    string
		facts map[string]string
		want  []string
	}{
		{"72 hours to the last day of 2015's text", "measures-decided", "2018-09-04", map[string]string{"risk": "severe"}, []string{"pm-72h-2015"}},
		{"24 hours for severe risk from the next day", "measures-decided", "2018-09-05", map[string]string{"risk": "severe"}, []string{"pm-severe-24h-2018"}},
		{"no risk known is undetermined", "measures-decided", "2019-01-01", nil, []string{"pm-undetermined-72h-2018"}},
		{"the emergency overrides 2018", "measures-decided", "2020-04-28", map[string]string{"risk": "mild"}, []string{"pm-covid-24h"}},
		{"the emergency overrides 2023 while both hold", "measures-decided", "2023-03-23", nil, []string{"pm-covid-24h"}},
		{"the emergency's last day", "measures-decided", "2023-05-25", nil, []string{"pm-covid-24h"}},
		{"48 hours for undetermined risk after it", "measures-decided", "2023-05-26", nil, []string{"pm-undetermined-48h-2023"}},
		{"undetermined counts as mild for the execution report", "execution-report", "2024-01-01", nil, []string{"execution-report-15d"}},
		{"undetermined counts as mild for the notebook", "appeal-elevated", "2024-01-01", nil, []string{"appeal-elevate-3d"}},
		{"rural measures have 24 hours", "measures-notified-to-executors", "2024-01-01", map[string]string{"area": "rural"}, []string{"pm-notify-executors-24h"}},
		{"unknown area is not rural", "measures-notified-to-executors", "2024-01-01", nil, []string{"pm-notify-executors-same-day"}},
		{"no total limit before 2023", "measures-in-total", "2023-03-22", nil, nil},
		{"the interpreter's law overrides the regulation of 2019", "interpreter-provided", "2025-04-12", nil, []string{"interpreter-immediate"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			d, ok := c.Duty(tc.duty)
			if !ok {
				t.Fatalf("no duty %s", tc.duty)
			}
			facts := func(name string) string {
				if v, ok := tc.facts[name]; ok {
					return v
				}
				return c.Facts[name].Default
			}
			var got []string
			for _, r := range c.Select(d, date(t, tc.on), facts) {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("regimes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHashCoversTheCatalogueAlone(t *testing.T) {
	load := func(o lawtest.Overlay) string {
		c, err := load.Catalogue(o.MapFS)
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash
	}
	plain := lawtest.NewOverlay(t, "appeal-granted")
	withReadme := lawtest.NewOverlay(t, "appeal-granted")
	withReadme.Write("README.md", "Read me.")
	if load(plain) != load(withReadme) {
		t.Error("a README changed the hash")
	}
	renamed := lawtest.NewOverlay(t, "appeal-granted")
	renamed.Edit("duties/appeal-granted.yaml", "en: Grant the appeal", "en: Admit the appeal")
	if load(plain) == load(renamed) {
		t.Error("a changed title left the hash as it was")
	}
}

// A catalogue of another statute needs no places, kinds or registers.
func TestMinimalCatalogue(t *testing.T) {
	o := lawtest.Overlay{MapFS: fstest.MapFS{}, T: t}
	o.Write("catalogue.yaml", "id: fines\nversion: \"1\"\nzone: Europe/Rome\nlanguages: [en]\ndays: calendar\ncase_start: fine.sent\n")
	for _, name := range []string{"fine.sent", "fine.paid"} {
		o.Write("events/"+name+".json", `{"title":"`+name+`","type":"object","properties":{},"additionalProperties":false}`)
	}
	const duty = `id: fine-paid
title: {en: Pay the fine}
bearer: driver
starts_on: [{type: fine.sent}]
fulfilled_by: {any: [{type: fine.paid}]}
regimes:
  - {id: pay-60d, citation: Art. 202, in_force: {from: 1993-01-01}, limit: {calendar_days: 60}, confidence: high}
examples:
  - {start: "2024-03-01T12:00:00+01:00", regime: pay-60d, due: "2024-05-01T00:00:00+02:00"}
`
	o.Write("duties/fine-paid.yaml", duty)
	c, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := c.Duty("fine-paid")
	// Clocks went forward in between: days are civil days.
	due := c.Due(&d.Regimes[0].Limit, instant(t, "2024-03-01T12:00:00+01:00"), "")
	if want := instant(t, "2024-05-01T00:00:00+02:00"); !due.Equal(want) {
		t.Errorf("due %s, want %s", due, want)
	}
	if c.Places != nil || c.Places.Region("natural", "15") != "" || c.Places.Departments()[0] != law.NoDepartment {
		t.Errorf("places %+v, expected none", c.Places)
	}
	for name, broken := range map[string]string{
		"no regime":     duty[:strings.Index(duty, "  - ")] + "  []\nexamples: []\n",
		"nothing to do": strings.Replace(duty, "fulfilled_by: {any: [{type: fine.paid}]}\n", "", 1),
	} {
		o.Write("duties/fine-paid.yaml", broken)
		if _, err := load.Catalogue(o.MapFS); err == nil {
			t.Errorf("%s: loaded, expected a refusal", name)
		}
	}
}

func TestFactAt(t *testing.T) {
	c := lawtest.Shipped(t)
	at := func(minute int) time.Time { return time.Date(2024, 3, 1, 10, minute, 0, 0, time.UTC) }
	events := []event.Event{
		{Type: "report.received", At: at(0), Data: event.Fields{"channel": "police", "flagrancy": true, "victim_area": "rural", "violence": []any{"physical", "sexual"}}.Data()},
		{Type: "risk.assessed", At: at(10), Data: event.Fields{"level": "mild"}.Data()},
		{Type: "arrest.made", At: at(20), Data: event.Fields{"arrest": "a-1"}.Data()},
		{Type: "risk.assessed", At: at(30), Data: event.Fields{"level": "severe"}.Data()},
		{Type: "report.received", At: at(40), Data: event.Fields{"channel": "prosecutor", "violence": []any{"economic"}}.Data()},
	}
	start := &event.Event{Type: "measures.decided", At: at(50), Data: event.Fields{"area": "urban"}.Data()}
	cases := []struct {
		name, fact string
		start      *event.Event
		minute     int
		want       string
	}{
		{"nothing known yet", "risk", nil, 9, "undetermined"},
		{"known at its very instant", "risk", nil, 10, "mild"},
		{"the last one counts", "risk", nil, 30, "severe"},
		{"a silent event changes nothing", "flagrancy", nil, 20, "true"},
		{"the first report decides", "channel", nil, 60, "police"},
		{"an absent field has its default", "urgent", nil, 60, "false"},
		{"a list holds the item", "sexual", nil, 60, "true"},
		{"before the report nothing holds", "sexual", nil, -1, "false"},
		{"the start's own field goes first", "area", start, 60, "urban"},
		{"else the report's", "area", nil, 60, "rural"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got := c.Facts[tc.fact].At(tc.start, events, at(tc.minute)); got != tc.want {
				t.Errorf("%s = %q, want %q", tc.fact, got, tc.want)
			}
		})
	}
}
