package chart_test

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"regexp"
	"strings"
	"testing"

	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
)

// wellFormed reads a drawing as XML and returns the attributes of all its elements of a
// name.
func wellFormed(t *testing.T, svg template.HTML, element string) []map[string]string {
	t.Helper()
	var out []map[string]string
	decoder := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well formed: %v\n%s", err, svg)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != element {
			continue
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		out = append(out, attributes)
	}
}

const nasty = `<script>"&'`

func drawings() map[string]template.HTML {
	half := 0.5
	steps := chart.StepChart{Label: nasty, XTitle: nasty, XMax: 48, Ticks: []chart.Tick{{24, nasty}}, Rules: []chart.Rule{{24, nasty}},
		Series: []chart.Series{{Name: nasty, Class: "nation", Last: 48, Steps: []chart.Step{{}, {X: 12, Y: 0.5, Low: 0.4, High: 0.6}}}, {Name: "b", Class: "r0", Last: 48, Steps: []chart.Step{{}, {X: 12, Y: 0.5, Low: 0.4, High: 0.6}}}, {Name: "none"}}}
	control := chart.ControlChart{Label: nasty, MeanLabel: nasty, Mean: &half, Low: &half, High: &half, Changes: []chart.Rule{{1, nasty}},
		Points: []chart.Point{{nasty, 0.2, true, false}, {"b", 0, false, false}, {"c", 0.9, true, true}}}
	intervals := chart.IntervalChart{Label: nasty, Less: nasty, More: nasty, Margin: 0.05, Rows: []chart.Interval{{Name: nasty, Note: nasty, Estimate: 0.1, Low: 0, High: 0.2, Exists: true, Class: "different"}, {Name: "b"}}}
	funnel := chart.FunnelChart{Label: nasty, XTitle: nasty, Target: 0.5, Ticks: []chart.Tick{{10, nasty}}, Offices: []chart.Office{{N: 10, Share: 0.2, Outside: true}, {N: 20, Share: 0.4}}, Limits: []chart.Limit{{1, 0, 1, -1, 2}, {20, 0.3, 0.7, 0.2, 0.8}}}
	return map[string]template.HTML{
		"steps": steps.Draw(), "control": control.Draw(), "intervals": intervals.Draw(), "funnel": funnel.Draw(),
		"bars":  chart.Bars(nasty, []chart.Bar{{Name: nasty, Text: nasty, Share: 2}}),
		"tiles": chart.Tiles(nasty, []chart.Tile{{Name: nasty, Text: nasty, Link: "/x?a=1&b=" + nasty, Few: true}, {Row: 1, Column: 1, Level: 5}}),
		"empty": (&chart.ControlChart{}).Draw(), "nothing": (&chart.StepChart{}).Draw(),
	}
}

func TestDrawingsAreWellFormedNamedAndCarryNoMarkupFromTexts(t *testing.T) {
	for name, svg := range drawings() {
		root := wellFormed(t, svg, "svg")
		if len(root) != 1 || root[0]["role"] == "" {
			t.Errorf("%s: the drawing says no role", name)
		}
		if strings.Contains(string(svg), "<script") || strings.Contains(string(svg), "style=") || regexp.MustCompile(`NaN|Inf`).MatchString(string(svg)) {
			t.Errorf("%s: %s", name, svg)
		}
		if name != "empty" && name != "nothing" && root[0]["aria-label"] != nasty {
			t.Errorf("%s is named %q", name, root[0]["aria-label"])
		}
	}
}

func TestACurveStepsAtItsTimesAndEndsWhereNobodyIsWatched(t *testing.T) {
	c := chart.StepChart{XMax: 100, Series: []chart.Series{{Class: "nation", Last: 50, Steps: []chart.Step{{}, {X: 25, Y: 1, Low: 1, High: 1}}}}}
	for _, path := range wellFormed(t, c.Draw(), "path") {
		if path["class"] != "curve nation" {
			continue
		}
		// From 48 to 580: 25 of 100 is 181, 50 is 314; all done is at the top, 30.
		if want := "M48 290L181 290L181 30L314 30"; path["d"] != want {
			t.Errorf("curve %q, want %q", path["d"], want)
		}
		return
	}
	t.Error("no curve was drawn")
}

func TestNamesOfCurvesThatEndTogetherAreMovedApart(t *testing.T) {
	same := []chart.Step{{}, {X: 1, Y: 0.5, Low: 0.5, High: 0.5}}
	c := chart.StepChart{XMax: 10, Series: []chart.Series{{Name: "a", Steps: same, Last: 10}, {Name: "b", Steps: same, Last: 10}}}
	at := map[string]bool{}
	for _, text := range wellFormed(t, c.Draw(), "text") {
		if strings.HasPrefix(text["class"], "name") {
			at[text["y"]] = true
		}
	}
	if len(at) != 2 {
		t.Errorf("names at %v", at)
	}
}

func TestAMonthWithoutAShareIsAGap(t *testing.T) {
	c := chart.ControlChart{Points: []chart.Point{{"a", 0.5, true, false}, {"b", 0, false, false}, {"c", 0.5, true, false}}}
	for _, path := range wellFormed(t, c.Draw(), "path") {
		if path["class"] == "series" && strings.Count(path["d"], "M") != 2 {
			t.Errorf("the line runs through the gap: %s", path["d"])
		}
	}
}

func TestLevelsAreFiveSteps(t *testing.T) {
	for share, want := range map[float64]int{0: 1, 0.19: 1, 0.2: 2, 0.5: 3, 0.79: 4, 0.8: 5, 1: 5} {
		if got := chart.Level(share); got != want {
			t.Errorf("%v is level %d, want %d", share, got, want)
		}
	}
}

// square is a square of one degree, from a corner in the southwest.
func square(west, south float64) law.Shape {
	return law.Shape{{{west, south}, {west + 1, south}, {west + 1, south + 1}, {west, south + 1}, {west, south}}}
}

func TestAMapHatchesWhatIsHiddenAndLeavesWhiteWhatHasNoData(t *testing.T) {
	tiny := law.Shape{{{-70, -10}, {-69.99, -10}, {-69.99, -9.99}, {-70, -10}}}
	svg := chart.Map("a map", []chart.Area{
		{Shape: square(-75, -12), Name: "A", Text: "80%", Level: 5, Link: "/a?x=1&y=2"},
		{Shape: square(-74, -12), Name: "B", Text: "n = 3", Few: true, Link: "/b"},
		{Shape: square(-73, -12), Name: "C", Text: "n = 0"},
		{Shape: tiny, Name: "D <port>", Text: "40%", Level: 3, Link: "/d"},
	}, chart.MapKey{Title: "on time", Steps: [5]string{"1", "2", "3", "4", "5"}, Hidden: "few", None: "none"})
	levels, hatched := map[string]int{}, 0
	for _, path := range wellFormed(t, svg, "path") {
		levels[path["class"]]++
		if path["fill"] == "url(#hidden)" {
			hatched++
		}
	}
	if levels["area l5"] != 1 || levels["area l0"] != 2 || hatched != 1 {
		t.Errorf("areas %v, %d hatched", levels, hatched)
	}
	dots := wellFormed(t, svg, "circle")
	if len(dots) != 1 || dots[0]["class"] != "area l3" {
		t.Errorf("what is too small to be seen: %v", dots)
	}
	links := wellFormed(t, svg, "a")
	if len(links) != 3 || links[0]["href"] != "/a?x=1&y=2" || links[2]["aria-label"] != "D <port>: 40%" {
		t.Errorf("links %v", links)
	}
	if got := chart.Map("none", nil, chart.MapKey{}); got != "" {
		t.Errorf("a map of nothing: %s", got)
	}
}
