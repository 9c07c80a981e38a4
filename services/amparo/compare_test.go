package main

import (
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amparo/pipeline/comparison"

	"github.com/google/go-cmp/cmp"
)

// A gap that the simulation put there is found, and what the store counts is what
// folding the events again counts.
func TestComparisonsOfARealStore(t *testing.T) {
	events, _ := simulated(t, "--cases", "700", "--gap", "0.3", "--from", "2025-01-01", "--to", "2025-12-01", "--as-of", "2025-12-31T00:00:00Z")
	data := filepath.Join(t.TempDir(), "data")
	amparo(t, exitDone, "import", "--data", data, events)
	run := func(args ...string) string {
		t.Helper()
		out, _ := amparo(t, exitDone, append(args, "--data", data, "--as-of", "2025-12-31T00:00:00Z")...)
		return out
	}
	compared := func(args ...string) (r comparison.Report) {
		t.Helper()
		if err := json.Unmarshal([]byte(run(append([]string{"compare", "highlands", "coast", "--format", "json"}, args...)...)), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	stored := compared("--duty", "measures-decided")
	if c := stored.Comparisons[0]; c.Verdict != comparison.Different || c.Difference.High >= 0 {
		t.Errorf("verdict %s: %+v", c.Verdict, c.Difference)
	}
	for lang, verdict := range map[string]string{"es": "DIFERENTE", "en": "DIFFERENT"} {
		var told struct{ Comparisons []struct{ Sentence string } }
		text := run("compare", "highlands", "coast", "--duty", "measures-decided", "--format", "json", "--lang", lang)
		table := run("compare", "highlands", "coast", "--duty", "measures-decided", "--lang", lang)
		if err := json.Unmarshal([]byte(text), &told); err != nil || !strings.Contains(told.Comparisons[0].Sentence, verdict) || !strings.Contains(table, told.Comparisons[0].Sentence) {
			t.Errorf("%s: %v, the sentence of JSON is not that of the table: %+v\n%s", lang, err, told, table)
		}
	}
	folded := compared("--duty", "measures-decided", "--known-at", "2027-01-01T00:00:00Z")
	if diff := cmp.Diff(stored, folded, cmp.AllowUnexported(comparison.Comparison{}), cmp.FilterPath(unexported, cmp.Ignore())); diff != "" {
		t.Errorf("(-stored +folded):\n%s", diff)
	}
	for _, args := range [][]string{{"compare", "offices", "--duty", "measures-decided"}, {"compare", "months", "--duty", "measures-decided"}, {"warnings", "--by", "region"}} {
		args = append(args, "--format", "csv")
		if stored, folded := run(args...), without(t, "known_at", run(append(args, "--known-at", "2027-01-01T00:00:00Z")...)); stored != folded || strings.Count(stored, "\n") < 2 {
			t.Errorf("%v: stored\n%s\nfolded\n%s", args, stored, folded)
		}
	}
	if _, stderr := amparo(t, exitInvalid, "compare", "coast", "department:15", "--data", data, "--as-of", "2025-12-31"); !strings.Contains(stderr, "overlap") {
		t.Error(stderr)
	}
}

// without drops a column of a CSV.
func without(t *testing.T, column, text string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], column)
	if at < 0 {
		t.Fatalf("no column %s in %v", column, rows[0])
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	for _, row := range rows {
		w.Write(slices.Delete(row, at, at+1))
	}
	w.Flush()
	return out.String()
}

// unexported fields are not printed.
func unexported(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && field.Name()[0] >= 'a' && field.Name()[0] <= 'z'
}
