package present_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"amparo/schemas/event"
	"amparo/services/present"
)

var (
	lima  = time.FixedZone("Lima", -5*3600)
	until = time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC)
	stamp = present.Stamp{
		AsOf: time.Date(2026, 1, 1, 4, 59, 59, 0, time.UTC), Catalogue: "ley/1+abc", LowConfidence: "counted",
		Reported: present.Reported{From: until, Until: until, Asked: true}, Data: present.SyntheticData,
	}
	columns = []present.Column{
		present.Col("department", "departamento", "department"), present.Col("status", "estado", "status"),
		present.Col("due", "vencidas", "due"), present.Col("share", "en plazo", "in time"),
		present.Col("due_at", "vence", "due at"), present.Col("regimes", "regímenes", "regimes"),
	}
)

// printed prints two rows: one with all values, one of few cases and gaps.
func printed(t *testing.T, format, lang string) []byte {
	t.Helper()
	var out bytes.Buffer
	p, err := present.New(&out, present.Options{Format: format, Lang: lang, Zone: lima}, stamp, columns...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Note(present.Say("Dos filas.", "Two rows.")); err != nil {
		t.Fatal(err)
	}
	rows := [][]present.Cell{
		{
			present.Text("04"), present.Coded("missed", present.Word("status", "missed")), present.Int(1234), present.Share(0.7341234567, 1234),
			present.At(time.Date(2025, 3, 1, 15, 15, 0, 0, time.UTC)), present.Texts([]string{"a", "b"}),
		},
		{present.Text("=1+1"), present.Coded("met", present.Word("status", "met")), present.Int(9), present.Share(0.5, 9), present.None, present.None},
	}
	for _, row := range rows {
		if err := p.Row(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.End(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestATableReadsInOneLanguageAndSaysWhatItRestsOn(t *testing.T) {
	want := `Al 31/12/2025 23:59:59 · catálogo ley/1+abc · confianza baja incluida · informado hasta 31/12/2025 18:30 · datos sintéticos
Dos filas.

departamento  estado      vencidas  en plazo  vence             regímenes
04            incumplida     1,234     73.4%  01/03/2025 10:15  a, b
=1+1          cumplida           9         –  –                 –
`
	if diff := cmp.Diff(want, string(printed(t, present.Table, present.Spanish))); diff != "" {
		t.Error(diff)
	}
	english := string(printed(t, present.Table, present.English))
	for _, word := range []string{"As of", "missed", "data synthetic", "in time", "Two rows."} {
		if !strings.Contains(english, word) {
			t.Errorf("%q is not in:\n%s", word, english)
		}
	}
}

func TestProgramsGetCodesInstantsInUTCAndRealNumbers(t *testing.T) {
	want := `department,status,due,share,due_at,regimes,as_of,catalogue,low_confidence,reported_until,data
04,missed,1234,0.734123,2025-03-01T15:15:00Z,a b,2026-01-01T04:59:59Z,ley/1+abc,counted,2025-12-31T23:30:00Z,synthetic
=1+1,met,9,,,,2026-01-01T04:59:59Z,ley/1+abc,counted,2025-12-31T23:30:00Z,synthetic
`
	if diff := cmp.Diff(want, string(printed(t, present.CSV, present.Spanish))); diff != "" {
		t.Error(diff)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(printed(t, present.NDJSON, present.Spanish))), "\n") {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if i == 0 && (row["due"] != 1234.0 || row["share"] != 0.734123 || row["department"] != "04" || row["data"] != "synthetic") {
			t.Errorf("%s", line)
		}
		if value, there := row["share"]; i == 1 && (!there || value != nil) {
			t.Errorf("a share of nine is no number: %s", line)
		}
	}
	var doc struct {
		AsOf          time.Time        `json:"as_of"`
		ReportedUntil time.Time        `json:"reported_until"`
		Notes         []string         `json:"notes"`
		Rows          []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal(printed(t, present.JSON, present.English), &doc); err != nil {
		t.Fatal(err)
	}
	if !doc.AsOf.Equal(stamp.AsOf) || !doc.ReportedUntil.Equal(until) || len(doc.Rows) != 2 || !cmp.Equal(doc.Notes, []string{"Two rows."}) {
		t.Errorf("%+v", doc)
	}
}

func TestASpreadsheetKeepsAccentsZerosLocalTimeAndRunsNoFormula(t *testing.T) {
	text := string(printed(t, present.CSVExcel, present.Spanish))
	if !strings.HasPrefix(text, "\ufeff") {
		t.Error("no byte-order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`="04"`, "incumplida", "1234", "0.734123", "2025-03-01 10:15:00", "a, b"}, rows[1][:6]); diff != "" {
		t.Error(diff)
	}
	if rows[2][0] != "'=1+1" || rows[0][1] != "estado" {
		t.Errorf("%v", rows)
	}
}

func TestAWorkbookHoldsNumbersInstantsAndTexts(t *testing.T) {
	book, err := excelize.OpenReader(bytes.NewReader(printed(t, present.XLSX, present.Spanish)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	raw, err := book.GetRows("datos", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if raw[1][0] != "04" || raw[1][2] != "1234" || raw[2][0] != "=1+1" {
		t.Errorf("%v", raw)
	}
	shown, err := book.GetRows("datos")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"04", "incumplida", "1,234", "73.4%", "01/03/2025 10:15:00", "a, b"}, shown[1][:6]); diff != "" {
		t.Error(diff)
	}
	if kind, err := book.GetCellType("datos", "A3"); err != nil || kind == excelize.CellTypeFormula {
		t.Errorf("a formula: %v, %v", kind, err)
	}
	if notes, err := book.GetRows("notas"); err != nil || notes[0][0] != "Dos filas." {
		t.Errorf("%v, %v", notes, err)
	}
}

func TestARowHasACellForEachColumn(t *testing.T) {
	p, err := present.New(&bytes.Buffer{}, present.Options{Format: present.CSV}, present.Stamp{}, columns...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Row(present.Int(1)); err == nil {
		t.Error("one cell for six columns is taken")
	}
	if _, err := present.New(&bytes.Buffer{}, present.Options{Format: "pdf"}, present.Stamp{}); !errors.Is(err, present.ErrFormat) {
		t.Error(err)
	}
}

func TestALongTableStaysInLine(t *testing.T) {
	var out bytes.Buffer
	p, err := present.New(&out, present.Options{Format: present.Table, Lang: present.English}, present.Stamp{},
		present.Col("a", "a", "a"), present.Col("b", "b", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1200 {
		if err := p.Row(present.Text(fmt.Sprintf("case-%04d", i)), present.Int(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.End(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1201 || !strings.HasPrefix(lines[1200], "case-1199  1,199") {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestADocumentCarriesTheStamp(t *testing.T) {
	var out bytes.Buffer
	value := struct {
		AsOf   string `json:"as_of"`
		Answer int    `json:"answer"`
	}{"mine", 42}
	if err := present.Document(&out, stamp, present.Spanish, value); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["as_of"] != "mine" || got["catalogue"] != "ley/1+abc" || got["answer"] != 42.0 || strings.Count(out.String(), "as_of") != 1 {
		t.Errorf("%s", out.String())
	}
	if err := present.Document(&out, stamp, present.Spanish, []int{1}); err == nil {
		t.Error("a list is no document")
	}
}

func TestEveryCodeReadsInBothLanguages(t *testing.T) {
	for _, reason := range event.Reasons() {
		if text := present.Word("refusal", string(reason)); text.ES == text.EN {
			t.Errorf("the reason %s has no words", reason)
		}
	}
	for _, family := range []string{"status", "kind", "confidence", "window", "verdict", "doubt", "position", "side", "direction", "source", "low", "data"} {
		codes := present.Codes(family)
		if len(codes) < 2 {
			t.Errorf("%s has %d codes", family, len(codes))
		}
		for _, code := range codes {
			if text := present.Word(family, code); text.ES == "" || text.EN == "" {
				t.Errorf("%s %s: %v", family, code, text)
			}
		}
	}
}
