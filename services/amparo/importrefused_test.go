package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// refusedTable is a table of which most rows fail in the mapping.
func refusedTable(t *testing.T) (file, mapping string) {
	t.Helper()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("id,caso,acto,fecha,lugar\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%d,c-%d,REMITIDO A FISCALIA,2024-03-01,040101\n", i, i)
	}
	rows.WriteString("100,c-100,María Quispe,2024-03-01,040101\n") // once: no code
	rows.WriteString("101,c-101,denuncia,2024-03-01,040101\n")     // good
	rows.WriteString("102,c-102,denuncia,2024-03-01,999999\n")     // refused by the catalogue
	rows.WriteString("103,c-103,denuncia,el martes,040101\n")      // refused by the mapping
	for i := range 5 {
		fmt.Fprintf(&rows, "%d,c-%d,45678912,2024-03-01,040101\n", 200+i, 200+i) // often, but shaped like a document number
	}
	file, mapping = filepath.Join(dir, "actos.csv"), filepath.Join(dir, "map.yaml")
	write(t, file, rows.String())
	write(t, mapping, `source: urn:test:registry
subject: {column: caso}
id: {column: id}
type: {column: acto, values: {denuncia: report.received}}
time: {column: fecha, zone: America/Lima}
data: {channel: {constant: police}, ubigeo: {column: lugar}}
`)
	return file, mapping
}

func TestWhatIsRefusedIsCountedByReasonAndValue(t *testing.T) {
	file, mapping := refusedTable(t)
	code, _, stderr := inProcess(t, nil, "import", file, "--map", mapping, "--dry-run", "--data", filepath.Join(t.TempDir(), "none"))
	if code != exitInvalid || !strings.Contains(stderr, "dry run: 1 would be accepted, 68 refused") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
	if strings.Count(stderr, "\n") > 40 {
		t.Errorf("%d lines for 68 refused rows", strings.Count(stderr, "\n"))
	}
	for _, want := range []string{"REMITIDO A FISCALIA", "actos.csv:2 ", "unknown-place", "bad-time"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in:\n%s", want, stderr)
		}
	}
	for _, never := range []string{"Quispe", "45678912"} {
		if strings.Contains(stderr, never) {
			t.Errorf("%q may be personal data:\n%s", never, stderr)
		}
	}
}

func TestTheListOfRejectedEventsHasWhatFailedInTheMapping(t *testing.T) {
	file, mapping := refusedTable(t)
	data := t.TempDir()
	_, stderr := amparo(t, exitInvalid, "import", file, "--map", mapping, "--data", data)
	if !strings.Contains(stderr, "1 accepted, 68 refused, 0 in conflict") || !strings.Contains(stderr, "REMITIDO A FISCALIA") {
		t.Errorf("%s", stderr)
	}
	list := func(args ...string) []map[string]string {
		out, _ := amparo(t, exitDone, append([]string{"rejected", "list", "--data", data, "--format", "csv"}, args...)...)
		if strings.Contains(out, "Quispe") || strings.Contains(out, "45678912") {
			t.Errorf("values that may be personal data are kept:\n%s", out)
		}
		return table(t, out)
	}
	all := list()
	if len(all) != 68 {
		t.Errorf("%d rows are listed, want 68", len(all))
	}
	if rows := list("--reason", "bad-time"); len(rows) != 1 || rows[0]["origin"] != "actos.csv:65" {
		t.Errorf("%v", rows)
	}
	if rows := list("--reason", "lugar desconocido", "--source", "urn:test:registry"); len(rows) > 1 {
		t.Errorf("%v", rows)
	}
	if rows := list("--from", "2001-01-01", "--to", "2001-12-31"); len(rows) != 0 {
		t.Errorf("%d rows of 2001", len(rows))
	}
	summary := list("--summary")
	if summary[0]["count"] != "66" || summary[0]["reason"] != "unknown-type" {
		t.Errorf("%v", summary)
	}
}
