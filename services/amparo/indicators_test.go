package main

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law/lawtest"
	ley30364 "amparo/schemas/ley-30364"
)

func TestTheCoverageOfTheLawIsUpToDate(t *testing.T) {
	written, err := os.ReadFile("../../docs/law-coverage.md")
	if err != nil {
		t.Fatal(err)
	}
	code, out, said := inProcess(t, nil, "law", "coverage")
	if code != exitDone {
		t.Fatal(said)
	}
	if diff := cmp.Diff(string(written), out); diff != "" {
		t.Errorf("docs/law-coverage.md is out of date, write it again with: amparo law coverage > docs/law-coverage.md\n%s", diff)
	}
}

func TestChangesOfTheLawAreListedByDate(t *testing.T) {
	code, out, said := inProcess(t, nil, "law", "changes", "--duty", "measures-in-total", "--duty", "police-file-to-court", "--format", "csv")
	if code != exitDone {
		t.Fatal(said)
	}
	var got []string
	for _, row := range table(t, out) {
		got = append(got, strings.Join([]string{row["date"], row["change"], row["regime"]}, " "))
	}
	want := []string{
		"2015-11-24 begins police-to-court-24h-2015",
		"2018-09-05 ended police-to-court-24h-2015",
		"2018-09-05 begins police-to-court-24h",
		"2023-03-23 begins pm-total-48h-2023",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// table reads CSV rows by column.
func table(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		named := map[string]string{}
		for i, column := range rows[0] {
			named[column] = row[i]
		}
		out = append(out, named)
	}
	return out
}

// stricterCatalogue is the shipped catalogue with 20 hours in place of 24 for
// the police file.
func stricterCatalogue(t *testing.T, dir string) string {
	t.Helper()
	if err := os.CopyFS(dir, ley30364.Files); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "duties", "police-file-to-court.yaml")
	b, err := fs.ReadFile(ley30364.Files, "duties/police-file-to-court.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(b), "examples:")
	write(t, file, strings.ReplaceAll(text, "{hours: 24}", "{hours: 20}")+"examples:\n"+
		`  - {start: "2024-03-01T10:15:00-05:00", regime: police-to-court-24h, due: "2024-03-02T06:15:00-05:00"}`+"\n")
	return dir
}

// whatIfEqualsRebuild judges a store under a stricter catalogue, first as a
// what-if and then in earnest.
func whatIfEqualsRebuild(t *testing.T, data string) {
	other := stricterCatalogue(t, filepath.Join(t.TempDir(), "other"))
	out, _ := amparo(t, exitDone, "law", "what-if", "--data", data, "--catalogue-b", other, "--as-of", asOf, "--all", "--format", "csv")
	before, after := map[string]string{}, map[string]string{}
	statuses := []string{"open", "met", "late", "missed", "void", "unclear"}
	for _, row := range table(t, out) {
		for _, status := range statuses {
			key := row["duty"] + " " + row["region"] + " " + status
			before[key], after[key] = row[status+"_a"], row[status+"_b"]
		}
	}
	count := func(args ...string) map[string]string {
		listed, _ := amparo(t, exitDone, append([]string{"obligations", "--data", data, "--as-of", asOf, "--format", "csv"}, args...)...)
		n := map[string]int{}
		for _, row := range table(t, listed) {
			for _, region := range []string{"nation", row["region"]} {
				n[row["duty"]+" "+region+" "+row["status"]]++
				if row["kind"] == "law" {
					n["* "+region+" "+row["status"]]++
				}
			}
		}
		out := map[string]string{}
		for key := range before {
			out[key] = fmt.Sprint(n[key])
		}
		for key, times := range n {
			out[key] = fmt.Sprint(times)
		}
		return out
	}
	if diff := cmp.Diff(count(), before); diff != "" {
		t.Errorf("under the law in force: %s", diff)
	}
	amparo(t, exitDone, "rebuild", "--data", data, "--catalogue", other)
	if diff := cmp.Diff(count("--catalogue", other), after); diff != "" {
		t.Errorf("under the other catalogue: %s", diff)
	}
	if cmp.Equal(before, after) {
		t.Error("the stricter limit changes nothing: the comparison says little")
	}
}

func TestIndicatorsOfARealStore(t *testing.T) {
	dir := t.TempDir()
	data, sim := filepath.Join(dir, "data"), filepath.Join(dir, "sim")
	amparo(t, exitDone, "simulate", "--cases", "60", "--seed", "9", "--as-of", asOf, "--out", sim)
	amparo(t, exitDone, "import", "--data", data, filepath.Join(sim, "events.ndjson"))

	t.Run("lists every indicator in every region", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--format", "csv")
		seen := map[string]int{}
		for _, row := range table(t, out) {
			seen[row["indicator"]]++
			if (row["value"] == "") == (row["reason"] == "") {
				t.Errorf("a value or a reason: %v", row)
			}
		}
		for id, n := range seen {
			if n != 4 {
				t.Errorf("%s has %d rows", id, n)
			}
		}
		if len(seen) < 100 {
			t.Errorf("%d indicators", len(seen))
		}
	})
	t.Run("agrees with the duties' share on time", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--indicator", "pm-on-time-share", "--format", "csv")
		duties, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--duties", "--format", "csv")
		want := map[string]string{}
		for _, row := range table(t, duties) {
			if row["duty"] == "measures-decided" {
				want[row["region"]] = row["on_time"] + "/" + row["due"]
			}
		}
		got := map[string]string{}
		for _, row := range table(t, out) {
			got[row["region"]] = row["numerator"] + "/" + row["denominator"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("counts what frontline workers observed", func(t *testing.T) {
		data := t.TempDir() // the simulation has observations of its own
		amparo(t, exitDone, "import", "--data", data, "--map", "../../examples/frontline/map.yaml", "../../examples/frontline/sample.csv")
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--observations", "--region", "highlands", "--format", "csv")
		got := map[string]string{}
		for _, row := range table(t, out) {
			if row["kind"] != "cause" {
				got[row["kind"]+" "+row["code"]] = row["count"]
			}
		}
		want := map[string]string{
			"discrepancy reporting": "1", "discrepancy celerity-compliance": "1", "suggestion rigorous-recruitment": "1",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("says of every cause what speaks for it, and that this proves nothing", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--causes", "--region", "nation", "--lang", "en", "--format", "csv")
		rows := table(t, out)
		if len(rows) != 7 {
			t.Fatalf("%d causes", len(rows))
		}
		var found []string
		for _, row := range rows {
			if row["found_by_study"] == "yes" {
				found = append(found, row["number"])
			}
			if !strings.Contains(row["note"], "does not prove it") {
				t.Errorf("%s has no note", row["cause"])
			}
			if row["study_interviews"] != "14" || (row["study_participants"] != "0") != (row["found_by_study"] == "yes") || row["strength"] == "" {
				t.Errorf("the study's coding and the strength of the signals: %v", row)
			}
		}
		if diff := cmp.Diff([]string{"1", "3", "4", "6", "7"}, found); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("says which duties are targets, and which norms were not verified", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--duties", "--kind", "law", "--kind", "target",
			"--window", "all", "--region", "nation", "--format", "csv")
		got := map[string]string{}
		for _, row := range table(t, out) {
			got[row["duty"]] = row["kind"] + " " + row["confidence"]
		}
		for duty, want := range map[string]string{"measures-decided": "law high", "measures-executed": "target high", "cem-reported": "target low"} {
			if got[duty] != want {
				t.Errorf("%s is %q, want %q", duty, got[duty], want)
			}
		}
	})
	t.Run("splits the share of a duty by risk and by regime", func(t *testing.T) {
		duties := func(by ...string) map[string]map[string]string {
			out, _ := amparo(t, exitDone, append([]string{"indicators", "--data", data, "--as-of", asOf, "--duties", "--window", "all",
				"--region", "nation", "--implication", "protection-measures", "--format", "csv"}, by...)...)
			counts := map[string]map[string]string{}
			for _, row := range table(t, out) {
				if counts[row["duty"]] == nil {
					counts[row["duty"]] = map[string]string{}
				}
				counts[row["duty"]][row["risk"]+row["regime"]] = row["on_time"] + "/" + row["due"]
			}
			return counts
		}
		whole, byRisk, byRegime := duties(), duties("--by", "risk"), duties("--by", "regime")
		sum := func(parts map[string]string) string {
			met, due := 0, 0
			for _, part := range parts {
				var m, d int
				fmt.Sscanf(part, "%d/%d", &m, &d)
				met, due = met+m, due+d
			}
			return fmt.Sprintf("%d/%d", met, due)
		}
		for duty, parts := range whole {
			if sum(byRisk[duty]) != parts[""] || sum(byRegime[duty]) != parts[""] {
				t.Errorf("%s: by risk %v, by regime %v, in all %s", duty, byRisk[duty], byRegime[duty], parts[""])
			}
		}
		if len(byRisk["measures-decided"]) < 3 || byRegime["measures-decided"]["pm-known-risk-24h-2023"] == "" {
			t.Errorf("measures-decided by risk %v, by regime %v", byRisk["measures-decided"], byRegime["measures-decided"])
		}
		amparo(t, exitInvalid, "indicators", "--data", data, "--by", "risk")
	})
	t.Run("leaves out low confidence, and says so", func(t *testing.T) {
		count := func(more ...string) map[string]string {
			out, _ := amparo(t, exitDone, append([]string{"indicators", "--data", data, "--as-of", asOf, "--window", "all", "--region", "nation",
				"--indicator", "deadline-on-time-share", "--format", "csv"}, more...)...)
			return table(t, out)[0]
		}
		all, without := count(), count("--leave-out-low")
		if all["low_confidence"] != "counted" || without["low_confidence"] != "left-out" || all["denominator"] == without["denominator"] {
			t.Errorf("with low confidence %v, without %v", all, without)
		}
	})
	t.Run("shows causes to a reader", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--causes", "--window", "all", "--grouping", "study")
		for _, want := range []string{
			"no la prueba", "1. Malas políticas", "sí: Nacional 3 de 14, Costa 1 de 6, Sierra 2 de 8", "no: Nacional 0 de 14",
			"Espera del examen, mediana", "> 2 días", "Indicio: fuerte si",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in:\n%s", want, out)
			}
		}
	})
	t.Run("refuses what the catalogue does not have", func(t *testing.T) {
		amparo(t, exitInvalid, "indicators", "--data", data, "--implication", "coffee")
	})
	t.Run("what-if says whom the other law drops, and what changes first", func(t *testing.T) {
		args := []string{"law", "what-if", "--data", data, "--under-date", "2019-01-01", "--as-of", asOf, "--format", "csv"}
		out, said := amparo(t, exitDone, args...)
		// The 48 hours in total came in 2023, and every report of the history has them.
		all := ""
		for _, row := range table(t, out) {
			if row["duty"] == "measures-in-total" && row["region"] == "nation" {
				all = row["dropped"]
			}
			if row["duty"] == "police-file-to-prosecutor" {
				t.Errorf("printed although nothing changes: %v", row)
			}
		}
		if want := fmt.Sprintf("measures-in-total: %s of %s recorded obligations are dropped", all, all); all == "" || !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
		more, _ := amparo(t, exitDone, append(args, "--all")...)
		if !strings.HasPrefix(more, strings.TrimSuffix(out, "\n")) || !strings.Contains(more, "police-file-to-prosecutor") {
			t.Error("--all does not print the same and then the rest")
		}
	})
	t.Run("a number opens to the cases behind it", func(t *testing.T) {
		args := []string{"indicators", "--data", data, "--as-of", asOf, "--indicator", "pm-on-time-share", "--region", "highlands", "--window", "all", "--format", "csv"}
		number, _ := amparo(t, exitDone, args...)
		cases, _ := amparo(t, exitDone, append(args, "--cases")...)
		sums := map[string]int{}
		for _, row := range table(t, cases) {
			if row["case_id"] == "" || row["duty"] != "measures-decided" || row["since"] == "" {
				t.Fatalf("not a case: %v", row)
			}
			for _, column := range []string{"numerator", "denominator", "n", "left_out"} {
				n, err := strconv.Atoi(row[column])
				if err != nil {
					t.Fatal(err)
				}
				sums[column] += n
			}
		}
		for column, sum := range sums {
			if want := table(t, number)[0][column]; strconv.Itoa(sum) != want {
				t.Errorf("%s adds up to %d, the number has %s", column, sum, want)
			}
		}
		if len(sums) == 0 {
			t.Error("nothing behind the number")
		}
		amparo(t, exitInvalid, "indicators", "--data", data, "--cases")
		amparo(t, exitInvalid, "indicators", "--data", data, "--cases", "--indicator", "no-number-duty-share")
	})
	t.Run("what-if equals a rebuild under that catalogue", func(t *testing.T) { whatIfEqualsRebuild(t, data) })
}

// The indicators of one history are the same however its events arrive: in order, the
// other way round, and delivered twice.
func TestIndicatorsDoNotDependOnTheWayEventsArrive(t *testing.T) {
	told := map[string]bool{}
	note := func(csv string) {
		for _, row := range table(t, csv) {
			told[row["indicator"]] = told[row["indicator"]] || row["n"] != "0"
		}
	}
	recent, _ := simulated(t, "--cases", "250", "--seed", "13", "--from", "2025-12-01")
	data := t.TempDir()
	amparo(t, exitDone, "import", recent, "--data", data)
	out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--format", "csv")
	note(out)

	events, _ := simulated(t, "--cases", "600", "--seed", "12", "--from", "2023-06-01")
	lines := strings.Split(strings.TrimSuffix(read(t, events), "\n"), "\n")
	backwards := slices.Clone(lines)
	slices.Reverse(backwards)
	var first string
	for name, arrival := range map[string][]string{"in order": lines, "backwards": backwards, "twice": slices.Concat(lines, backwards)} {
		file := filepath.Join(t.TempDir(), "events.ndjson")
		if err := os.WriteFile(file, []byte(strings.Join(arrival, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		data := t.TempDir()
		amparo(t, exitDone, "import", file, "--data", data)
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--format", "csv")
		if first == "" {
			first = out
		}
		if diff := cmp.Diff(first, out); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		note(out)
	}
	cat := lawtest.Shipped(t)
	for _, ind := range cat.Indicators {
		if !told[ind.ID] {
			t.Errorf("the simulation gives nothing to count for %s", ind.ID)
		}
	}
}
