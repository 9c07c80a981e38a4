package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
)

// plain is a mapping with a little of everything.
const plain = `
format: {sheet: Cases}
source: urn:test:registry
subject: {column: case}
id: {column: number}
type:
  column: activity
  values: {Report: report.received, Decision: measures.decided}
skip: [Note]
time: {column: when, zone: America/Lima}
recorded: {column: entered, optional: true}
data:
  ubigeo: {constant: "040101"}
types:
  report.received:
    data:
      channel: {column: via, values: {Comisaría: police, "": ""}}
      urgent: {column: urgent, type: bool, optional: true}
      violence: {column: kinds, type: list, separator: "+", optional: true}
      age: {column: age, type: number, optional: true}
`

const header = "case,number,activity,when,entered,via,urgent,kinds,age,name\n"

func mapping(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := LoadMapping("map.yaml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// outcome is what came of a file: events by line, refusals by line, and what
// ended it.
type outcome struct {
	Events   []string
	Refusals []string
	End      string
}

func run(t testing.TB, name string, file io.Reader, m *Mapping) outcome {
	t.Helper()
	var o outcome
	for raw, err := range Events(t.Context(), name, file, m) {
		if o.End != "" {
			t.Fatalf("line %d: yielded after the error that ends a file", raw.Line)
		}
		if refusal, ok := errors.AsType[*event.Refusal](err); ok {
			o.Refusals = append(o.Refusals, fmt.Sprintf("%d: %v", raw.Line, refusal))
		} else if err != nil {
			o.End = err.Error()
		} else {
			o.Events = append(o.Events, fmt.Sprintf("%d: %s", raw.Line, raw.Bytes))
		}
	}
	return o
}

func same(t *testing.T, got, want outcome) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// ids returns the ids of the events.
func ids(t testing.TB, o outcome) []string {
	t.Helper()
	var out []string
	for _, line := range o.Events {
		_, text, _ := strings.Cut(line, ": ")
		var e struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e.ID)
	}
	return out
}

func packed(t testing.TB, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestJSONNeedsNoMapping(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		want             outcome
	}{
		{"one event a line", "a.ndjson", "{\"id\":\"1\"}\n\n{\"id\":\"2\"}\n", outcome{Events: []string{`1: {"id":"1"}`, `3: {"id":"2"}`}}},
		{"broken line is the door's", "a.jsonl", "{\n{\"id\":\"2\"}", outcome{Events: []string{`1: {`, `2: {"id":"2"}`}}},
		{"batch", "a.json", `[{"id":"1"},{"id":"2"}]`, outcome{Events: []string{`1: {"id":"1"}`, `2: {"id":"2"}`}}},
		{"single", "a.JSON", "\ufeff{\"id\":\"1\"}", outcome{Events: []string{`1: {"id":"1"}`}}},
		{"broken batch ends the file", "a.json", `[{"id":"1"},{"id"`, outcome{Events: []string{`1: {"id":"1"}`}, End: `read a.json: event 2: invalid JSON at byte 18`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			same(t, run(t, test.file, strings.NewReader(test.text), nil), test.want)
			same(t, run(t, test.file+".gz", packed(t, test.text), nil), outcome{test.want.Events, nil, strings.ReplaceAll(test.want.End, "a.json", "a.json.gz")})
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	m := mapping(t, plain)
	for _, test := range []struct{ name, file, text, want string }{
		{"unknown ending", "cases.pdf", "x", `the ending ".pdf" is not known`},
		{"no ending", "cases", "x", `the ending "" is not known`},
		{"not packed", "cases.csv.gz", "case,number", "unpack cases.csv.gz: "},
		{"cut off while packed", "cases.csv.gz", packed(t, header+"c-1,1,Report,2024-03-01,,,,,,\n").String()[:60], "unexpected EOF"},
		{"empty table", "cases.csv", "", "read cases.csv: the file has no header"},
		{"not a workbook", "cases.xlsx", "case,number", "open workbook: "},
		{"empty log", "cases.xes", "", "the file is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, test.file, strings.NewReader(test.text), m)
			if !strings.Contains(got.End, test.want) || len(got.Events)+len(got.Refusals) > 0 {
				t.Errorf("got %+v, want an end with %q alone", got, test.want)
			}
		})
	}
	t.Run("a table without a mapping", func(t *testing.T) {
		if got := run(t, "cases.csv", strings.NewReader(header), nil); !strings.Contains(got.End, "needs a mapping") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestReadingStops(t *testing.T) {
	m := mapping(t, plain)
	skipped := header + strings.Repeat("c-1,1,Note,2024-03-01,,,,,,\n", 10)
	t.Run("when cancelled, even where all rows are skipped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var last error
		for _, err := range Events(ctx, "a.csv", strings.NewReader(skipped), m) {
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("ended with %v, want the context's error", last)
		}
	})
	rows := header + strings.Repeat("c-1,1,Report,2024-03-01,,Comisaría,,,,\n", 10)
	for name, file := range map[string]string{"a.csv": rows, "a.xes": xes(strings.Repeat(`<trace><event/></trace>`, 9)), "a.ndjson": "{}\n{}"} {
		t.Run("when "+name+" is left early", func(t *testing.T) {
			n := 0
			for range Events(t.Context(), name, strings.NewReader(file), m) {
				n++
				break
			}
			if n != 1 {
				t.Errorf("yielded %d times, want 1", n)
			}
		})
	}
}

// endless is a table without end.
type endless struct {
	head, row string
	pending   string
	read      int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.pending == "" {
		if e.pending = e.row; e.read == 0 {
			e.pending = e.head
		}
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	e.read += n
	return n, nil
}

func TestFilesAreReadAsTheyAreUsed(t *testing.T) {
	m := mapping(t, plain)
	row := "c-1,1,Report,2024-03-01,,Comisaría,,,,\n"
	trace := `<trace><string key="concept:name" value="c-1"/><event/></trace>`
	for name, file := range map[string]*endless{
		"a.csv":    {head: header, row: row},
		"a.xes":    {head: "<log>", row: trace},
		"a.ndjson": {head: "{}\n", row: "{}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			const wanted, ahead = 10_000, 128 << 10
			n := 0
			for range Events(t.Context(), name, file, m) {
				if n++; n == wanted {
					break
				}
			}
			if used := n * len(file.row); file.read > used+ahead {
				t.Errorf("read %d bytes for %d rows of %d bytes in all, want at most %d ahead", file.read, n, used, ahead)
			}
		})
	}
	t.Run("an open quotation mark does not take in the rest", func(t *testing.T) {
		file := &endless{head: header + `"`, row: row}
		got := run(t, "a.csv", file, m)
		if !strings.Contains(got.End, "a row is longer than") || file.read > 2*maxRow {
			t.Errorf("read %d bytes, then %+v", file.read, got)
		}
	})
	t.Run("an open tag does not take in the rest", func(t *testing.T) {
		file := &endless{head: `<log><trace key="`, row: row}
		got := run(t, "a.xes", file, m)
		if !strings.Contains(got.End, "a row is longer than") || file.read > 2*maxRow {
			t.Errorf("read %d bytes, then %+v", file.read, got)
		}
	})
}
