package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever reads the figures finds each of them, measured.
func TestBenchPrintsEveryFigure(t *testing.T) {
	out, _ := amparo(t, 0, "bench", "--events", "1500", "--part", "400", "--visible", "3")
	var names []string
	for line := range strings.Lines(out) {
		var figure struct {
			Name  string  `json:"name"`
			Value float64 `json:"value"`
			Unit  string  `json:"unit"`
		}
		if err := json.Unmarshal([]byte(line), &figure); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if figure.Value <= 0 || figure.Unit == "" {
			t.Errorf("not measured: %s", line)
		}
		names = append(names, figure.Name)
	}
	want := []string{
		"idle", "simulate", "plain_copy", "bulk", "rebuild", "refresh_first", "refresh", "refresh_after_1_percent", "refresh_then",
		"question_indicators", "question_causes", "question_duties_by_risk", "question_compare", "question_warnings", "raw_stream", "raw_insert", "pipeline", "pipeline_to_raw",
		"visible_p50", "visible_p95", "fold", "resident",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if _, stderr := amparo(t, 2, "bench", "--only", "plain-copy"); !strings.Contains(stderr, "plain-copy") {
		t.Errorf("a stage that does not exist: %s", stderr)
	}
}
