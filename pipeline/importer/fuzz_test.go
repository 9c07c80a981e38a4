package importer

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"amparo/schemas/event"
)

// FuzzEvents feeds any bytes to the readers of text files: whatever they hold,
// what comes out is JSON or an error, and an error of the file comes last.
func FuzzEvents(f *testing.F) {
	f.Add(true, []byte(header+"c-1,1,Report,2024-03-01 10:15:00,,Comisaría,TRUE,physical+economic,31.5,\"Quispe, Ana\"\n"))
	f.Add(true, []byte("\xef\xbb\xbf"+header+"\"c-1\",2,Decision,2024-03-02,,,,,,\r\n,,\n\"\n"))
	f.Add(true, []byte(header+"c-1,\xed,Report,2024-03-01,,,,\xff,1e999,\n"))
	f.Add(false, []byte(xes(`<trace><string key="concept:name" value="c-1"/>`+report+decision+`</trace>`)))
	f.Add(false, []byte(xes(`<trace><event><trace/></event>`)))
	f.Add(false, []byte(`<?xml version="1.0" encoding="windows-1252"?><log><event><string/></event></log>`))
	m := mapping(f, strings.Replace(logged, "id: {column: number}", `id: {hash: [number, when], number: true}`, 1))
	tables := mapping(f, strings.Replace(plain, "id: {column: number}", `id: {hash: [number, when], number: true}`, 1))
	f.Fuzz(func(t *testing.T, table bool, file []byte) {
		name, mapping := "a.xes", m
		if table {
			name, mapping = "a.csv", tables
		}
		ended := false
		for raw, err := range Events(t.Context(), name, bytes.NewReader(file), mapping) {
			if ended {
				t.Fatal("yielded after the error that ends a file")
			}
			_, refused := errors.AsType[*event.Refusal](err)
			ended = err != nil && !refused
			if err == nil && !jsontext.Value(raw.Bytes).IsValid() {
				t.Fatalf("line %d became %q", raw.Line, raw.Bytes)
			}
		}
	})
}
