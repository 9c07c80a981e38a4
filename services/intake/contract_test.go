package intake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"amparo/pipeline/stream/streamtest"
	"amparo/services/intake"
	"amparo/services/intake/contract"
)

// javascript makes a folder with the packages that the tests use.
func javascript(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "javascript"))); err != nil {
		t.Fatal(err)
	}
	runIn(t, dir, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	return dir
}

// runIn runs a program in a folder and returns what it prints.
func runIn(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = dir
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.Bytes()
}

// get reads what an address serves.
func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", url, resp.StatusCode, err, b)
	}
	return b
}

// The descriptions are what their standards say, by the standards' own schemas.
func TestTheDescriptionsAreValid(t *testing.T) {
	server := open(t, streamtest.Open(t))
	dir := javascript(t)
	for _, name := range []string{"openapi.json", "asyncapi.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), get(t, server.URL+"/"+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := string(runIn(t, dir, "node", "validate.mjs")); !strings.Contains(out, "openapi 3.1 valid") || !strings.Contains(out, "asyncapi 3.0.0 valid") {
		t.Errorf("%s", out)
	}
}

// schemas are those of the description, to check what the intake takes and says.
func schemas(t *testing.T, openapi []byte) func(name string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return func(name string) *jsonschema.Schema {
		t.Helper()
		s, err := compiler.Compile("openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func valid(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// Every example is what the description says and is answered as it says: by the
// handler itself.
func TestTheDescriptionAgreesWithTheHandler(t *testing.T) {
	server := open(t, streamtest.Open(t))
	compile := schemas(t, get(t, server.URL+"/openapi.json"))
	report, problem := compile("report"), compile("problem")
	examples, err := contract.Examples(catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		own := compile("event." + e.Type)
		if err := valid(t, own, e.Accepted); err != nil {
			t.Errorf("%s: the accepted example: %v", e.Type, err)
		}
		if err := valid(t, own, e.Refused); err == nil {
			t.Errorf("%s: the description permits the refused example", e.Type)
		}
		for body, want := range map[string]string{string(e.Accepted): "202 accepted ", string(e.Refused): "422 refused " + string(e.Reason)} {
			status, text := exchange(t, server.URL+"/events", body, "application/cloudevents+json")
			if err := valid(t, report, text); err != nil {
				t.Errorf("%s: %v in %s", e.Type, err, text)
			}
			var got intake.Report
			if err := json.Unmarshal(text, &got); err != nil || len(got.Events) != 1 {
				t.Fatalf("%s: %v in %s", e.Type, err, text)
			}
			if short := fmt.Sprintf("%d %s %s", status, got.Events[0].Result, got.Events[0].Reason); short != want {
				t.Errorf("%s: %s, want %s: %s", e.Type, short, want, got.Events[0].Detail)
			}
		}
	}
	for media, body := range map[string]string{"text/csv": "a", "application/x-ndjson": "\n"} {
		status, text := exchange(t, server.URL+"/events", body, media)
		if err := valid(t, problem, text); err != nil || contract.Meanings()[status].ES == "" {
			t.Errorf("status %d: %v in %s", status, err, text)
		}
	}
	_, dry := exchange(t, server.URL+"/events?dry-run", string(examples[0].Refused), "application/cloudevents+json")
	if err := valid(t, report, dry); err != nil {
		t.Errorf("dry run: %v in %s", err, dry)
	}
}

func exchange(t *testing.T, url, body, media string) (int, []byte) {
	t.Helper()
	resp, err := http.Post(url, media, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, text
}
