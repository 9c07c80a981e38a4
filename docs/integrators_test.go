package docs

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/deploy/deploytest"
	"amparo/schemas/event"
	"amparo/services/intake/contract"
	"amparo/services/notifier"
)

// A block is a piece of a guide that is run, or a file that is written, as it
// stands.
type block struct {
	file  string // its name, where it is a file
	shows string // what its output has to show
	text  string
}

// marked finds a block behind the note that says what it is for.
var marked = regexp.MustCompile("(?ms)^<!-- (run|file)([^\n]*?) -->\n```[a-z]*\n(.*?)^```$")

func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []block
	for _, m := range marked.FindAllStringSubmatch(string(text), -1) {
		b := block{text: m[3]}
		if m[1] == "file" {
			b.file = strings.TrimSpace(m[2])
		} else {
			b.shows = strings.TrimPrefix(m[2], ", shows ")
		}
		found = append(found, b)
	}
	return found
}

// The guide alone leads to the first event, by each of its four ways: its own
// commands and files, run in their order by a shell in an empty folder.
func TestTheGuideLeadsToTheFirstEvent(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	program := deploytest.Build(t)
	if err := os.Symlink(program, filepath.Join(dir, "bin", "amparo")); err != nil {
		t.Fatal(err)
	}
	nats := freeAddress(t)
	running := deploytest.Start(t, program, "run", "--data", filepath.Join(dir, "datos"), "--listen", "127.0.0.1:0", "--nats-listen", nats)
	// The guide's addresses are those of its first command; a test takes free ones.
	addresses := strings.NewReplacer("http://127.0.0.1:8364", running.URL(t), "127.0.0.1:4222", nats)

	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	var wanted []string
	for i, b := range blocks(t, "integradores.md") {
		if b.file != "" {
			if err := os.WriteFile(filepath.Join(dir, b.file), []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		fmt.Fprintf(&script, "echo '--- block %d'\n%s\necho\n", i, addresses.Replace(b.text))
		wanted = append(wanted, b.shows)
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	command.Dir = dir
	command.Env = append(os.Environ(), "npm_config_prefer_offline=true")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("the guide's commands fail: %v\n%s", err, out)
	}
	parts := regexp.MustCompile(`(?m)^--- block \d+$`).Split(string(out), -1)[1:]
	if len(parts) != len(wanted) || len(wanted) < 7 {
		t.Fatalf("%d blocks ran of %d:\n%s", len(parts), len(wanted), out)
	}
	for i, want := range wanted {
		if !strings.Contains(parts[i], want) {
			t.Errorf("block %d does not show %s but:\n%s", i, want, parts[i])
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Both guides have the same commands and files.
func TestTheGuidesAgree(t *testing.T) {
	plain := func(page string) []block { return blocks(t, page) }
	if diff := cmp.Diff(plain("integradores.md"), plain("integrators.md"), cmp.AllowUnexported(block{})); diff != "" {
		t.Errorf("es → en:\n%s", diff)
	}
}

// What the guide says of signatures is what the notifier does.
func TestTheGuideChecksSignatures(t *testing.T) {
	dir := t.TempDir()
	for _, b := range blocks(t, "integradores.md") {
		if b.file == "firma.mjs" {
			if err := os.WriteFile(filepath.Join(dir, b.file), []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	const body, stamp = `{"kind":"missed"}`, "1700000000"
	signature := notifier.Sign([]byte("secreto"), stamp, []byte(body))
	script := fmt.Sprintf(`import { esDeAmparo } from "./firma.mjs";
const h = { "amparo-timestamp": %q, "amparo-signature": "v1=" + %q };
console.log(esDeAmparo("secreto", h, %q, 1700000010), esDeAmparo("otro", h, %q, 1700000010), esDeAmparo("secreto", h, "{}", 1700000010), esDeAmparo("secreto", h, %q, 1700000400));`,
		stamp, signature, body, body, body)
	command := exec.CommandContext(t.Context(), "node", "--input-type=module", "-e", script)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "true false false false" {
		t.Errorf("right, other secret, other body, too old: %s (%v)", got, err)
	}
}

// The page of answers names every status and every reason, with the words that
// the description serves.
func TestThePageOfAnswersIsComplete(t *testing.T) {
	b, err := os.ReadFile("door.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for status, meaning := range contract.Meanings() {
		if row := fmt.Sprintf("| %d | %s | %s |", status, meaning.ES, meaning.EN); !strings.Contains(page, row) {
			t.Errorf("lacks the row %s", row)
		}
	}
	for _, reason := range event.Reasons() {
		if !strings.Contains(page, fmt.Sprintf("| `%s` |", reason)) {
			t.Errorf("lacks the reason %s", reason)
		}
	}
}

// The page of mappings names every key that a mapping can have.
func TestThePageOfMappingsIsComplete(t *testing.T) {
	page, err := os.ReadFile("mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../pipeline/importer/mapping.go")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile("`yaml:\"([a-z_]+)").FindAllStringSubmatch(string(source), -1)
	var names []string
	for _, key := range keys {
		names = append(names, key[1])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) < 30 {
		t.Fatalf("%d keys found: the search is broken", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("lacks the key %s", name)
		}
	}
}
