package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amparo/schemas/law/lawtest"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// asked is an installation with made-up data up to asOf. A process serves it, so
// that each question need not open it anew.
func asked(t *testing.T) (data string, stop func()) {
	t.Helper()
	events, _ := simulated(t, "--cases", "120", "--seed", "5", "--from", "2025-01-01")
	data = filepath.Join(t.TempDir(), "data")
	amparo(t, exitDone, "import", events, "--data", data)
	return data, running(t, data, "--every", "1h")
}

func TestQuestionsToAnInstallation(t *testing.T) {
	data, stop := asked(t)
	defer stop()
	obligations := func(args ...string) []map[string]string {
		t.Helper()
		out, _ := amparo(t, exitDone, append([]string{"obligations", "--data", data, "--as-of", asOf, "--format", "csv"}, args...)...)
		return table(t, out)
	}

	t.Run("a filter that names nothing is refused with what is near it", func(t *testing.T) {
		for _, tt := range []struct {
			args []string
			says string
		}{
			{[]string{"obligations", "--department", "Pumo"}, "did you mean 21 (Puno)?"},
			{[]string{"obligations", "--duty", "measures-decidde"}, "did you mean measures-decided"},
			{[]string{"obligations", "--duty", "nonsense"}, "see amparo law list"},
			{[]string{"obligations", "--status", "foo"}, "there are open, met, late"},
			{[]string{"obligations", "--kind", "nope"}, "there are law, target, right"},
			{[]string{"obligations", "--case", "c-none"}, `no case "c-none" here`},
			{[]string{"obligations", "--region", "cosat"}, "did you mean coast"},
			{[]string{"obligations", "--from", "2025-02-01", "--to", "2025-01-01"}, "lies after"},
			{[]string{"indicators", "--region", "luna"}, "nation, coast, highlands, jungle"},
			{[]string{"indicators", "--duties", "--kind", "nope"}, "there are law, target, right"},
			{[]string{"warnings", "--department", "Pumo"}, "did you mean 21 (Puno)?"},
			{[]string{"warnings", "--duty", "nonsense"}, "see amparo law list"},
			{[]string{"compare", "offices", "--duty", "nonsense"}, "see amparo law list"},
			{[]string{"compare", "moon", "coast"}, "there is none of that name"},
			{[]string{"indicators", "--implication", "17"}, "there are training, "},
			{[]string{"indicators", "--department", "4"}, "did you mean 04 (Arequipa)?"},
			{[]string{"explain", " "}, "name a case"},
			{[]string{"law", "what-if", "--under-date", "1990-06-01"}, "no regime was in force yet"},
			{[]string{"law", "what-if", "--days", "calendar", "--from", "2026-01-01", "--to", "2025-01-01"}, "does not lie before"},
		} {
			stdout, stderr := amparo(t, exitInvalid, append(tt.args, "--data", data, "--as-of", asOf)...)
			if stdout != "" || !strings.Contains(stderr, tt.says) {
				t.Errorf("%v: %q is not in %q (and on standard output: %q)", tt.args, tt.says, stderr, stdout)
			}
		}
	})

	t.Run("so is a reason", func(t *testing.T) {
		if _, stderr := amparo(t, exitInvalid, "rejected", "list", "--data", data, "--from", "2025-02-01", "--to", "2025-01-01"); !strings.Contains(stderr, "lies after") {
			t.Error(stderr)
		}
		if _, stderr := amparo(t, exitInvalid, "rejected", "list", "--data", data, "--reason", "bad-valeu"); !strings.Contains(stderr, "did you mean bad-value") {
			t.Error(stderr)
		}
	})

	t.Run("a folder that is no installation is refused, not made", func(t *testing.T) {
		mistyped := filepath.Join(filepath.Dir(data), "dtaa")
		for _, args := range [][]string{{"obligations"}, {"indicators"}, {"warnings"}, {"compare", "coast", "highlands"}, {"explain", "c-1"}, {"rejected", "list"}, {"rebuild"}} {
			_, stderr := amparo(t, exitInvalid, append(args, "--data", mistyped)...)
			if !strings.Contains(stderr, "no installation") || !strings.Contains(stderr, data) {
				t.Errorf("%v: %s", args, stderr)
			}
		}
		if _, err := os.Stat(mistyped); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder was made: %v", err)
		}
	})

	t.Run("names that people use are understood", func(t *testing.T) {
		same := func(a, b []string) {
			t.Helper()
			first, _ := amparo(t, exitDone, append(a, "--data", data, "--as-of", asOf, "--format", "csv")...)
			second, _ := amparo(t, exitDone, append(b, "--data", data, "--as-of", asOf, "--format", "csv")...)
			if first != second || strings.Count(first, "\n") < 2 {
				t.Errorf("%v and %v differ, or say nothing", a, b)
			}
		}
		same([]string{"indicators", "--implication", "8"}, []string{"indicators", "--implication", implicationNumber(t, 8)})
		same([]string{"indicators", "--region", "Sierra"}, []string{"indicators", "--region", "highlands"})
		same([]string{"indicators", "--region", "nacional"}, []string{"indicators", "--region", "nation"})
		same([]string{"indicators", "--duties", "--kind", "meta"}, []string{"indicators", "--duties", "--kind", "target"})
		same([]string{"obligations", "--status", "incumplido"}, []string{"obligations", "--status", "missed"})
		same([]string{"obligations", "--department", "lima"}, []string{"obligations", "--department", "15"})
		same([]string{"compare", "sierra", "costa"}, []string{"compare", "highlands", "coast"})
		same([]string{"compare", "Lima", "departamento:Cusco"}, []string{"compare", "department:15", "department:08"})
		same([]string{"warnings", "--horizon", "7d"}, []string{"warnings", "--horizon", "168h"})
		day, _ := amparo(t, exitDone, "obligations", "--data", data, "--as-of", "2025-12-31", "--format", "csv")
		instant, _ := amparo(t, exitDone, "obligations", "--data", data, "--as-of", "2025-12-31T23:59:59.999-05:00", "--format", "csv")
		if day != instant {
			t.Error("a day as an instant is its last moment")
		}
	})

	t.Run("deadlines are picked by local days", func(t *testing.T) {
		lima := time.FixedZone("", -5*3600)
		within := func(row map[string]string) bool {
			due, err := time.Parse(time.RFC3339, row["due_at"])
			if err != nil {
				t.Fatal(err)
			}
			due = due.In(lima)
			return due.After(time.Date(2025, 3, 10, 0, 0, 0, 0, lima)) && !due.After(time.Date(2025, 3, 13, 0, 0, 0, 0, lima))
		}
		want := slices.DeleteFunc(obligations(), func(row map[string]string) bool { return !within(row) })
		got := obligations("--from", "2025-03-10", "--to", "2025-03-12")
		if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
			t.Errorf("%d rows: %s", len(got), diff)
		}
	})

	t.Run("indicators of a department are those of its own cases", func(t *testing.T) {
		out, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--duties", "--department", "Lima", "--format", "csv")
		got := map[string]string{}
		for _, row := range table(t, out) {
			if row["region"] != "15" {
				t.Fatalf("a row of %s", row["region"])
			}
			got[row["duty"]] = row["on_time"] + "/" + row["due"]
		}
		met, due := 0, 0
		for _, row := range obligations("--department", "15", "--duty", "measures-decided") {
			switch row["status"] {
			case "met":
				met++
				due++
			case "late", "missed":
				due++
			}
		}
		want := fmt.Sprintf("%d/%d", met, due)
		if got["measures-decided"] != want || due == 0 {
			t.Errorf("measures-decided: %s, want %s", got["measures-decided"], want)
		}
		counted, _ := amparo(t, exitDone, "indicators", "--data", data, "--as-of", asOf, "--window", "all", "--department", "Lima", "--indicator", "pm-on-time-share", "--format", "csv")
		if row := table(t, counted)[0]; row["numerator"]+"/"+row["denominator"] != want {
			t.Errorf("pm-on-time-share: %v, want %s", row, want)
		}
	})

	t.Run("a flag that means nothing is refused", func(t *testing.T) {
		for _, args := range [][]string{
			{"indicators", "--kind", "law"}, {"indicators", "--observations", "--indicator", "breach-rate"},
			{"indicators", "--department", "Lima", "--region", "coast"}, {"indicators", "--causes", "--department", "Lima"},
			{"warnings", "--by", "region", "--department", "Lima"},
		} {
			amparo(t, exitInvalid, append(args, "--data", data)...)
		}
	})

	t.Run("every number says what it rests on, in every format", func(t *testing.T) {
		for _, args := range [][]string{
			{"obligations", "--duty", "measures-decided"}, {"indicators"}, {"indicators", "--duties"}, {"indicators", "--causes"},
			{"indicators", "--observations"}, {"compare", "coast", "highlands"}, {"compare", "offices", "--duty", "measures-decided"},
			{"compare", "months", "--duty", "measures-decided"}, {"warnings"}, {"law", "what-if", "--under-date", "2023-06-01"},
		} {
			stampedForPrograms(t, append(args, "--data", data, "--as-of", asOf))
			stampedInTables(t, append(args, "--data", data, "--as-of", asOf))
		}
		for _, args := range [][]string{{"obligations", "--duty", "measures-decided"}, {"compare", "months", "--duty", "measures-decided"}} {
			stampedInSpreadsheets(t, append(args, "--data", data, "--as-of", asOf))
		}
	})

	t.Run("what was not reported is no compliance and no failure", func(t *testing.T) {
		later := []string{"--data", data, "--as-of", "2026-11-25"}
		out, _ := amparo(t, exitDone, append([]string{"indicators", "--duties", "--format", "csv"}, later...)...)
		for _, row := range table(t, out) {
			if row["share"] != "" || row["reason"] == "" || row["reported_until"] > "2026-01-01T05" {
				t.Fatalf("a share of a time that nobody reported: %v", row)
			}
		}
		out, _ = amparo(t, exitDone, append([]string{"indicators", "--format", "csv", "--window", "month"}, later...)...)
		for _, row := range table(t, out) {
			if row["value"] != "" {
				t.Fatalf("a value of a time that nobody reported: %v", row)
			}
		}
		page, _ := amparo(t, exitDone, append([]string{"indicators", "--duties", "--region", "nation"}, later...)...)
		if !strings.Contains(page, "Las fuentes informaron hasta el 31/12/2025") {
			t.Error(page[:min(len(page), 600)])
		}
		if _, stderr := amparo(t, exitInvalid, append([]string{"compare", "coast", "highlands", "--lang", "en"}, later...)...); !strings.Contains(stderr, "reported until") {
			t.Error(stderr)
		}
		if _, stderr := amparo(t, exitInvalid, append([]string{"compare", "coast", "hihglands"}, later...)...); !strings.Contains(stderr, "did you mean highlands?") {
			t.Errorf("a slip of the pen is told first: %s", stderr)
		}
		for _, args := range [][]string{{"warnings"}, {"law", "what-if", "--under-date", "2023-06-01"}} {
			out, _ := amparo(t, exitDone, append(append(args, "--format", "csv"), later...)...)
			for _, row := range table(t, out) {
				if row["expected_missed"]+row["on_time_a"]+row["on_time_b"]+row["difference"] != "" || row["reason"] == "" {
					t.Fatalf("%v: a number of a time that nobody reported: %v", args, row)
				}
			}
		}
		soon, _ := amparo(t, exitDone, "indicators", "--duties", "--region", "nation", "--data", data, "--as-of", "2026-02-10", "--lang", "en")
		if !strings.Contains(soon, "Sources reported until") || !strings.Contains(soon, "%") {
			t.Error(soon[:min(len(soon), 600)])
		}
	})

	t.Run("a table speaks one language", func(t *testing.T) {
		for _, args := range [][]string{{"compare", "costa", "sierra", "--duty", "measures-decided"}, {"obligations", "--duty", "measures-decided"}, {"indicators", "--duties"}, {"law", "what-if", "--under-date", "2023-06-01"}} {
			spanish, _ := amparo(t, exitDone, append(args, "--data", data, "--as-of", asOf)...)
			for _, word := range []string{" severe", " moderate", " different", " unknown", "missed", "highlands", "police-station", " high ", "family-court"} {
				if strings.Contains(spanish, word) {
					t.Errorf("%v: %q is in:\n%s", args, word, spanish[:min(len(spanish), 1500)])
				}
			}
			english, _ := amparo(t, exitDone, append(args, "--data", data, "--as-of", asOf, "--lang", "en")...)
			for _, word := range []string{"severo", "moderado", "diferente", "no se sabe", "incumplida", "Sierra", "comisaría", " alta "} {
				if strings.Contains(english, word) {
					t.Errorf("%v: %q is in:\n%s", args, word, english[:min(len(english), 1500)])
				}
			}
		}
	})
}

// stampedForPrograms asks one question in the formats of programs, and looks for
// as-of, catalogue, until when sources reported, and that the data are made up.
func stampedForPrograms(t *testing.T, args []string) {
	t.Helper()
	stamped := func(what map[string]any) bool {
		text := func(key string) string { s, _ := what[key].(string); return s }
		until, err := time.Parse(time.RFC3339, text("reported_until"))
		return err == nil && until.Year() > 2024 && text("as_of") == "2026-01-01T04:59:59Z" &&
			strings.HasPrefix(text("catalogue"), "ley-30364/") && text("data") == "synthetic"
	}
	out, _ := amparo(t, exitDone, append(args, "--format", "csv")...)
	for _, row := range table(t, out)[:1] {
		values := map[string]any{}
		for key, value := range row {
			values[key] = value
		}
		if !stamped(values) {
			t.Errorf("%v as CSV: %v", args, row)
		}
	}
	out, _ = amparo(t, exitDone, append(args, "--format", "ndjson")...)
	first, _, _ := strings.Cut(out, "\n")
	var row map[string]any
	if err := json.Unmarshal([]byte(first), &row); err != nil || !stamped(row) {
		t.Errorf("%v as NDJSON: %v, %s", args, err, first)
	}
	out, _ = amparo(t, exitDone, append(args, "--format", "json")...)
	var document map[string]any
	if err := json.Unmarshal([]byte(out), &document); err != nil || !stamped(document) {
		t.Errorf("%v as JSON: %v, %s", args, err, out[:min(len(out), 300)])
	}
}

// stampedInTables asks for tables in both languages.
func stampedInTables(t *testing.T, args []string) {
	t.Helper()
	for lang, words := range map[string][]string{
		"es": {"l 31/12/2025 23:59:59", "catálogo ley-30364/", "nformado hasta 31/12/2025", "datos sintéticos"},
		"en": {"s of 31/12/2025 23:59:59", "catalogue ley-30364/", "eported until 31/12/2025", "data synthetic"},
	} {
		page, _ := amparo(t, exitDone, append(args, "--lang", lang)...)
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%v as a table: %q is not in:\n%s", args, word, page[:min(len(page), 500)])
			}
		}
	}
}

// stampedInSpreadsheets asks for what spreadsheets read.
func stampedInSpreadsheets(t *testing.T, args []string) {
	t.Helper()
	excel, _ := amparo(t, exitDone, append(args, "--format", "csv-excel")...)
	if !strings.HasPrefix(excel, "\ufeff") || !strings.Contains(excel, "2025-12-31 23:59:59") || !strings.Contains(excel, "sintéticos") {
		t.Errorf("%v for a spreadsheet: %s", args, excel[:min(len(excel), 500)])
	}
	file := filepath.Join(t.TempDir(), "answer.xlsx")
	amparo(t, exitDone, append(args, "--format", "xlsx", "--out", file)...)
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatalf("%v as a workbook: %v", args, err)
	}
	defer book.Close()
	rows, err := book.GetRows("datos")
	if err != nil || len(rows) < 2 || !slices.Contains(rows[1], "31/12/2025 23:59:59") || !slices.Contains(rows[1], "sintéticos") {
		t.Errorf("%v as a workbook: %v, %d rows", args, err, len(rows))
	}
}

func implicationNumber(t *testing.T, number int) string {
	t.Helper()
	cat := lawtest.Shipped(t)
	return cat.Implications[number-1].ID
}
