package load_test

import (
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEveryImplicationAndCauseHasItsIndicators(t *testing.T) {
	c := lawtest.Shipped(t)
	list, err := os.ReadFile("testdata/indicators.txt")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string][]string{}
	for _, ind := range c.Indicators {
		for _, id := range slices.Concat(ind.Implications, ind.Causes) {
			have[id] = append(have[id], ind.ID)
		}
	}
	listed := 0
	for line := range strings.Lines(string(list)) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, "#") || len(words) == 0 {
			continue
		}
		listed++
		for _, id := range words[1:] {
			if !slices.Contains(have[words[0]], id) {
				t.Errorf("%s lacks %s", words[0], id)
			}
		}
	}
	if listed != len(c.Implications)+len(c.Causes) || listed != 23 {
		t.Errorf("%d lines for %d implications and %d causes", listed, len(c.Implications), len(c.Causes))
	}
	for id, indicators := range have {
		if len(indicators) < 2 {
			t.Errorf("%s has only %v", id, indicators)
		}
	}
}

// anIndicator is a small list of indicators that is in order.
const anIndicator = `
- id: appeals-on-time
  title: {es: Apelaciones a tiempo, en: Appeals in time}
  implications: [protection-measures]
  causes: [poor-execution]
  numerator: {es: concedidas a tiempo, en: granted in time}
  denominator: {es: vencidas, en: fallen due}
  unit: share
  direction: higher
  articles: [L 16]
  source: case-events
  cannot_see: {es: nada, en: nothing}
  minimum_n: 10
  signal: {below: 0.5}
  measure:
    on_time: [appeal-granted]
    gap:
      group: [{type: report.received, victim_area: rural}]
- id: refusals
  title: {es: Rechazos, en: Refusals}
  implications: [reporting]
  numerator: {es: rechazos, en: refusals}
  denominator: {es: intentos, en: attempts}
  unit: share
  direction: lower
  source: case-events
  cannot_see: {es: nada, en: nothing}
  minimum_n: 10
  measure:
    share:
      of: [{type: report.attempted}]
      per: attempt
      with: [{type: report.refused}]
`

func TestIndicatorsLoad(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted")
	o.Write("indicators.yaml", anIndicator)
	c, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{c.Indicators[0].Measure.Form(), c.Indicators[1].Measure.Form()}
	if !slices.Equal(forms, []string{"gap", "share"}) {
		t.Errorf("forms %v", forms)
	}
}

func TestLoadRefusesIndicators(t *testing.T) {
	tests := []struct{ name, from, to, at, reason string }{
		{"unknown key", "minimum_n: 10\n  signal", "minimum: 10\n  signal", "minimum: 10", `unknown key "minimum"`},
		{"unknown form", "on_time: [appeal-granted]", "in_time: [appeal-granted]", "in_time:", `unknown key "in_time"`},
		{"unknown key of a form", "per: attempt", "for: attempt", "for: attempt", `unknown key "for"`},
		{"no form", "    on_time: [appeal-granted]\n    gap:\n      group: [{type: report.received, victim_area: rural}]", "    in_cases: []", "measure:", "exactly one way of counting"},
		{"two forms", "on_time: [appeal-granted]", "on_time: [appeal-granted]\n    overdue: [appeal-granted]", "measure:", "exactly one way of counting, found [on_time overdue]"},
		{"two readings", "    gap:", "    load: true\n    gap:", "load: true", "at most one reading, found [gap load]"},
		{"reading of no outcomes", "on_time: [appeal-granted]", "overdue: [appeal-granted]", "gap:", "gap reads successes and failures"},
		{"unknown duty", "[appeal-granted]", "[appeal-given]", "on_time:", `unknown duty "appeal-given"`},
		{"unknown event type", "report.attempted", "report.tried", "report.tried", `unknown event type "report.tried"`},
		{"unknown field", "victim_area: rural", "victim_place: rural", "victim_place", `has no field "victim_place"`},
		{"unknown value", "victim_area: rural", "victim_area: remote", "remote", `never has the value "remote"`},
		{"instance that no event carries", "per: attempt", "per: breach", "per: breach", `per: event type report.attempted has no field "breach"`},
		{"share of nothing", "      with: [{type: report.refused}]\n", "", "share:", "with, without or linked is needed"},
		{"other event in a share of events", "per: attempt", "per: event", "{type: report.refused}", "per event, with and without describe the event itself"},
		{"event without a type", "{type: report.refused}", "{reason: other}", "reason: other", "needs a type"},
		{"unknown implication", "[protection-measures]", "[protection]", "implications: [protection]", `unknown implication "protection"`},
		{"unknown cause", "[poor-execution]", "[bad-execution]", "causes:", `unknown cause "bad-execution"`},
		{"article that no implication names", "[L 16]", "[L 99]", "articles:", `article "L 99" is named by no implication`},
		{"unknown unit", "unit: share\n  direction: higher", "unit: percent\n  direction: higher", "unit: percent", `unit is "percent"`},
		{"unknown source", "source: case-events\n  cannot_see: {es: nada, en: nothing}\n  minimum_n: 10\n  signal", "source: hearsay\n  cannot_see: {es: nada, en: nothing}\n  minimum_n: 10\n  signal", "source: hearsay", `source is "hearsay"`},
		{"unknown direction", "direction: higher", "direction: up", "direction: up", `direction is "up"`},
		{"one language", "{es: Rechazos, en: Refusals}", "{es: Rechazos}", "title: {es: Rechazos}", "title is needed in Spanish and English"},
		{"no minimum", "minimum_n: 10\n  signal", "minimum_n: 0\n  signal", "minimum_n: 0", "minimum_n must be at least 1"},
		{"cause without a signal", "  signal: {below: 0.5}\n", "", "id: appeals-on-time", "needs a signal"},
		{"signal of two thresholds", "{below: 0.5}", "{below: 0.5, above: 0.6}", "signal:", "exactly one of above and below"},
		{"id twice", "id: refusals", "id: appeals-on-time", "id: appeals-on-time", "listed twice"},
		{"attribute that places do not have", "group: [{type: report.received, victim_area: rural}]", "places: altitude", "altitude", `places have no attribute "altitude"`},
		{"hours of no calendar", "group: [{type: report.received, victim_area: rural}]", "hours: {calendar: moon, from: 8, to: 18}", "hours:", "hours need a calendar"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := lawtest.NewOverlay(t, "appeal-granted")
			o.Write("indicators.yaml", anIndicator)
			o.Edit("indicators.yaml", test.from, test.to)
			o.Refused("indicators.yaml", test.at, test.reason)
		})
	}
}

func TestLoadRefusesArticles(t *testing.T) {
	const two = `- article: L 1
  duties: [appeal-granted]
- article: L 2
  not_visible: {es: principio, en: principle}
`
	tests := []struct{ name, from, to, at, reason string }{
		{"nothing that measures it", "  duties: [appeal-granted]\n", "", "article: L 1", "no duty and no indicator measures it"},
		{"unknown duty", "appeal-granted", "appeal-given", "appeal-given", `unknown duty "appeal-given"`},
		{"one language", "{es: principio, en: principle}", "{es: principio}", "{es: principio}", "not_visible is needed in Spanish and English"},
		{"listed twice", "article: L 2", "article: L 1", "article: L 1", "article L 1 is listed twice"},
		{"that no implication names", "article: L 2", "article: L 3", "article: L 3", "article L 3: named by no implication"},
		{"missing", "- article: L 2\n  not_visible: {es: principio, en: principle}\n", "", "article: L 1", "article L 2, named by implication protection-measures, is missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := lawtest.NewOverlay(t, "appeal-granted")
			o.Write("implications.yaml", "- id: protection-measures\n  number: 8\n  area: III\n  title: {es: Medidas, en: Measures}\n  articles: [L 1, L 2]\n")
			o.Write("articles.yaml", two)
			if _, err := load.Catalogue(o.MapFS); err != nil {
				t.Fatal(err)
			}
			o.Edit("articles.yaml", test.from, test.to)
			o.Refused("articles.yaml", test.at, test.reason)
		})
	}
}

func TestLoadRefusesAttributes(t *testing.T) {
	for name, test := range map[string]struct{ table, reason string }{
		"unknown place":   {"code,km\n9901,3\n", `attributes.csv:2: unknown place "9901"`},
		"no number":       {"code,km\n0101,far\n", `attributes.csv:2: km is "far"`},
		"without a place": {"place,km\n0101,3\n", "attributes.csv:1: expected the columns code and at least one attribute"},
	} {
		t.Run(name, func(t *testing.T) {
			o := lawtest.NewOverlay(t, "appeal-granted")
			o.Write("attributes.csv", test.table)
			if _, err := load.Catalogue(o.MapFS); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want %s", err, test.reason)
			}
		})
	}
}

func TestAttributeOfAPlace(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted")
	o.Write("attributes.csv", "code,km\n02,7\n0201,3\n0202,\n")
	c, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		place string
		want  float64
		ok    bool
	}{{"020101", 3, true}, {"0201", 3, true}, {"0202", 7, true}, {"02", 7, true}, {"0301", 0, false}, {"", 0, false}} {
		if got, ok := c.Attribute("km", test.place); got != test.want || ok != test.ok {
			t.Errorf("%q: %v, %v, want %v, %v", test.place, got, ok, test.want, test.ok)
		}
	}
}
