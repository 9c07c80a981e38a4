package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"amparo/pipeline/importer"
)

func TestTheCodebookIsPrinted(t *testing.T) {
	code, out, stderr := inProcess(t, nil, "export", "codebook", "--format", "csv", "--lang", "en")
	if code != exitDone || len(table(t, out)) < 400 {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// logMapping reads an exported log back.
const logMapping = `
source: urn:test:export
subject: {column: "case:concept:name"}
id: {hash: ["concept:name", "time:timestamp", "amparo:recorded", "province"], number: true}
type: {column: "concept:name"}
time: {column: "time:timestamp"}
data: {ubigeo: {column: province, optional: true}, institution: {column: "org:resource", optional: true}}
`

func TestAnExportedLogIsWholeReadableAndAnonymous(t *testing.T) {
	events, _ := simulated(t, "--cases", "40", "--seed", "31")
	data := t.TempDir()
	amparo(t, exitDone, "import", events, "--data", data)
	dir := t.TempDir()
	export := func(format, name string, more ...string) string {
		file := filepath.Join(dir, name)
		amparo(t, exitDone, append([]string{"export", "log", "--data", data, "--as-of", asOf, "--format", format, "--out", file}, more...)...)
		return file
	}
	key := filepath.Join(dir, "key")
	write(t, key, "a key of exports with many bytes\n")
	xes, ocel := export("xes", "log.xes", "--pseudonym-key-file", key), export("ocel", "log.json", "--pseudonym-key-file", key)

	t.Run("nothing leads back to a case or a district", func(t *testing.T) {
		for _, file := range []string{xes, ocel} {
			text := read(t, file)
			for _, pattern := range []string{`c-1f-\d`, `"e-\d{4}"`, `ubigeo`, `"\d{6}"`} {
				if found := regexp.MustCompile(pattern).FindString(text); found != "" {
					t.Errorf("%s has %q", filepath.Base(file), found)
				}
			}
			if !strings.Contains(text, "synthetic") && file == xes {
				t.Errorf("%s does not say that it is made up", filepath.Base(file))
			}
		}
	})

	t.Run("the log in XES holds every event that counts", func(t *testing.T) {
		m, err := importer.LoadMapping("map.yaml", strings.NewReader(logMapping))
		if err != nil {
			t.Fatal(err)
		}
		cases := map[string]int{}
		for raw, err := range importer.Events(t.Context(), xes, bytes.NewReader([]byte(read(t, xes))), m) {
			if err != nil {
				t.Fatal(err)
			}
			var e struct{ Subject, Type string }
			if err := json.Unmarshal(raw.Bytes, &e); err != nil {
				t.Fatal(err)
			}
			cases[e.Subject]++
		}
		inOCEL := ocelCases(t, ocel)
		if len(cases) < 40 || len(cases) != len(inOCEL) {
			t.Errorf("%d cases in XES, %d in OCEL", len(cases), len(inOCEL))
		}
		for id, n := range cases {
			if inOCEL[id] != n {
				t.Fatalf("%s has %d events in XES and %d in OCEL", id, n, inOCEL[id])
			}
		}
	})

	t.Run("a key makes the pseudonyms, and by default each export has its own", func(t *testing.T) {
		if same := export("xes", "same.xes", "--pseudonym-key-file", key); read(t, same) != read(t, xes) {
			t.Error("the same key gives another log")
		}
		if other := export("xes", "other.xes"); read(t, other) == read(t, xes) {
			t.Error("another export has the same pseudonyms")
		}
		write(t, filepath.Join(dir, "short"), "short")
		amparo(t, exitInvalid, "export", "log", "--data", data, "--out", filepath.Join(dir, "no"), "--pseudonym-key-file", filepath.Join(dir, "short"))
		if _, err := os.Stat(filepath.Join(dir, "no")); !os.IsNotExist(err) {
			t.Errorf("half an export is there: %v", err)
		}
	})
}

// ocelCases reads an OCEL 2.0 log as strictly as its schema asks, and counts the
// events of each case.
func ocelCases(t *testing.T, file string) map[string]int {
	t.Helper()
	type attribute struct {
		Name  string  `json:"name"`
		Value *string `json:"value"`
		Time  string  `json:"time"`
	}
	type relation struct {
		ObjectID  string `json:"objectId"`
		Qualifier string `json:"qualifier"`
	}
	type kind struct {
		Name       string `json:"name"`
		Attributes []struct {
			Name string `json:"name"`
			Type string `json:"type"`
		} `json:"attributes"`
	}
	type thing struct {
		ID            string      `json:"id"`
		Type          string      `json:"type"`
		Time          string      `json:"time"`
		Attributes    []attribute `json:"attributes"`
		Relationships []relation  `json:"relationships"`
	}
	var log struct {
		EventTypes  []kind  `json:"eventTypes"`
		ObjectTypes []kind  `json:"objectTypes"`
		Events      []thing `json:"events"`
		Objects     []thing `json:"objects"`
	}
	decoder := json.NewDecoder(strings.NewReader(read(t, file)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, k := range append(log.EventTypes, log.ObjectTypes...) {
		declared[k.Name] = true
		for _, a := range k.Attributes {
			if !strings.Contains(" string time integer float boolean ", " "+a.Type+" ") {
				t.Fatalf("%s has an attribute of type %q", k.Name, a.Type)
			}
			declared[k.Name+"/"+a.Name] = true
		}
	}
	objects := map[string]string{}
	check := func(x thing) {
		t.Helper()
		if x.ID == "" || !declared[x.Type] {
			t.Fatalf("%q is of the type %q, which is not declared", x.ID, x.Type)
		}
		for _, a := range x.Attributes {
			if !declared[x.Type+"/"+a.Name] || a.Value == nil {
				t.Fatalf("%s: the attribute %s is not declared, or has no value", x.Type, a.Name)
			}
		}
	}
	for _, o := range log.Objects {
		check(o)
		if objects[o.ID] != "" {
			t.Fatalf("the object %s is there twice", o.ID)
		}
		objects[o.ID] = o.Type
	}
	ids, cases := map[string]bool{}, map[string]int{}
	for _, e := range log.Events {
		check(e)
		if ids[e.ID] || e.Time == "" {
			t.Fatalf("the event %s is there twice, or has no time", e.ID)
		}
		ids[e.ID] = true
		for _, r := range e.Relationships {
			if objects[r.ObjectID] == "" || r.Qualifier == "" {
				t.Fatalf("%s leads to %q, which is no object", e.ID, r.ObjectID)
			}
			if objects[r.ObjectID] == "case" {
				cases[r.ObjectID]++
			}
		}
	}
	return cases
}
