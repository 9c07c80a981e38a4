package importer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
)

// judicial is a table as an institution exports it, in the encoding and with the
// separator that a spreadsheet in Spanish uses.
func judicial(rows int) string {
	var b strings.Builder
	b.WriteString("Nro;Expediente;Acto;Fecha registro;Fecha;DNI;Víctima;Ubigeo;Resumen\n")
	for i := range rows {
		act, place := "Denuncia", "40101"
		if i%3 == 0 {
			act, place = "Medidas", "150101"
		}
		fmt.Fprintf(&b, "%d;E-%d;%s;%02d/03/2024 10:00;%02d/03/2024;%d;Ana Ruiz;%s;La señora dijo que volvió ayer a la casa\n", i+1, i/3, act, 1+i%28, 1+i%28, 45678900+i, place)
	}
	b.WriteString("99999;E-1;Único acto;01/03/2024 10:00;01/03/2024;45678912;Eva Paz;40101;x y z a b c\n")
	return b.String()
}

func TestAProposedMappingLoadsAndLeavesPersonalDataOut(t *testing.T) {
	encoded, err := charmap.Windows1252.NewEncoder().String(judicial(40))
	if err != nil {
		t.Fatal(err)
	}
	seen, err := Inspect(t.Context(), "actos.csv", strings.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	text := seen.Mapping()
	for _, want := range []string{
		`format: {comma: ";", encoding: windows-1252}`, `subject: {column: "Expediente"}`, `id: {column: "Nro"}`, `column: "Acto"`,
		`"Denuncia"`, `time: {column: "Fecha", zone: America/Lima, layouts: ["02/01/2006"]}`,
		`recorded: {column: "Fecha registro", zone: America/Lima, layouts: ["02/01/2006 15:04"]}`, `"Ubigeo": {pad: 6}`, `ubigeo: {column: "Ubigeo"}`,
		`"DNI": may be personal data`, `"Víctima": may be personal data`, `"Resumen": free text`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	for _, never := range []string{"Ruiz", "456789", "Único acto", "señora"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in:\n%s", never, text)
		}
	}
	// Corrected as it asks to be, it reads the file.
	text = strings.Replace(text, "values: {} ", "values: {Denuncia: report.received, Medidas: measures.decided, Único acto: case.archived} ", 1)
	before, rest, _ := strings.Cut(text, "skip:")
	_, after, _ := strings.Cut(rest, "\ntime:")
	got := run(t, "actos.csv", strings.NewReader(encoded), mapping(t, before+"time:"+after))
	if len(got.Events) != 41 || len(got.Refusals) > 0 || !strings.Contains(got.Events[1], `"ubigeo":"040101"`) {
		t.Errorf("%d events, %v, %s", len(got.Events), got.Refusals, got.Events)
	}
}

func TestTheProposalIsOfAnyTableOrLog(t *testing.T) {
	book := excelize.NewFile()
	for i, row := range [][]any{{"case", "activity", "date"}, {"c-1", "Report", "2024-03-01"}, {"c-1", "Report", "2024-03-02"}, {"c-2", "Report", "2024-03-03"}, {"c-2", "End", "2024-03-03"}, {"c-3", "End", "2024-03-03"}} {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var workbook bytes.Buffer
	if err := book.Write(&workbook); err != nil {
		t.Fatal(err)
	}
	log := `<?xml version="1.0"?><log><trace><string key="concept:name" value="c-1"/>` +
		strings.Repeat(`<event><string key="concept:name" value="Report"/><date key="time:timestamp" value="2024-03-01T10:00:00.000-05:00"/></event>`, 3) + `</trace></log>`
	for name, file := range map[string]string{"a.xlsx": workbook.String(), "a.xes": log, "a.tsv": "case\tactivity\tdate\nc-1\tReport\t2024-03-01\nc-1\tReport\t2024-03-02\n"} {
		seen, err := Inspect(t.Context(), name, strings.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := seen.Mapping()
		if !strings.Contains(text, `"Report"`) || !strings.Contains(text, "time: {column:") || strings.Contains(text, "WHEN") || strings.Contains(text, "unit-1") {
			t.Errorf("%s:\n%s", name, text)
		}
		mapping(t, text)
	}
	if _, err := Inspect(t.Context(), "a.ndjson", strings.NewReader("{}")); err == nil {
		t.Error("a file of events needs no mapping")
	}
	if _, err := Inspect(t.Context(), "a.xes", strings.NewReader("<log><trace>")); err == nil {
		t.Error("a log that is cut off is not inspected")
	}
	if seen, err := Inspect(t.Context(), "a.csv", strings.NewReader("")); err != nil || !strings.Contains(seen.Mapping(), "subject") {
		t.Errorf("an empty file: %v", err)
	}
}
