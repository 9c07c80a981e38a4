// Package house tests the rules of the house: which room may import which, where
// the clock may be read, and that what the README says of the rooms is true.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the checkout, seen from this package.
const root = "../.."

// rooms says what each room may import of the project. A room that is not
// listed may not exist; services may import everything.
var rooms = map[string][]string{
	"schemas/event":                    {"schemas/event/schemafile", "schemas/event/pattern"},
	"schemas/event/pattern":            {},
	"schemas/event/schemafile":         {},
	"schemas/law/source":               {"schemas/event"},
	"schemas/law":                      {"schemas/event", "schemas/law/source"},
	"schemas/law/load":                 {"schemas/event", "schemas/law", "schemas/law/source"},
	"schemas/law/diff":                 {"schemas/law"},
	"schemas/law/lawtest":              {"schemas/event", "schemas/law", "schemas/law/load", "schemas/ley-30364"},
	"schemas/ley-30364":                {},
	"pipeline/obligation":              {"schemas/event", "schemas/law"},
	"pipeline/statistics":              {"schemas/event", "schemas/law"},
	"pipeline/disclosure":              {"schemas/event", "schemas/law"},
	"pipeline/stream":                  {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/stream/host"},
	"pipeline/stream/host":             {},
	"pipeline/stream/streamtest":       {"pipeline/stream", "pipeline/stream/host"},
	"pipeline/store":                   {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/store/columns"},
	"pipeline/store/columns":           {},
	"pipeline/store/counting":          {"schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/store", "pipeline/store/columns"},
	"pipeline/store/listing":           {"pipeline/obligation", "pipeline/store"},
	"pipeline/store/engine":            {"deploy/engine"},
	"pipeline/store/engine/enginetest": {"pipeline/store/engine"},
	"pipeline/sink":                    {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/statistics", "pipeline/disclosure", "pipeline/stream", "pipeline/store"},
	"pipeline/contribution":            {"schemas/event", "schemas/law", "pipeline/obligation"},
	"pipeline/store/storetest":         {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/store", "pipeline/store/engine/enginetest"},
	"pipeline/refold":                  {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/store"},
	"pipeline/indicator":               {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/contribution", "pipeline/statistics", "pipeline/store", "pipeline/store/counting", "pipeline/refold"},
	"pipeline/comparison":              {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/statistics", "pipeline/store", "pipeline/store/counting", "pipeline/indicator"},
	"pipeline/forecast":                {"schemas/law", "pipeline/obligation", "pipeline/statistics", "pipeline/store", "pipeline/store/counting", "pipeline/indicator", "pipeline/comparison"},
	"pipeline/snapshot":                {"schemas/law", "pipeline/obligation", "pipeline/statistics", "pipeline/store", "pipeline/store/counting", "pipeline/indicator", "pipeline/comparison", "pipeline/forecast"},
	"pipeline/signals":                 {"schemas/law", "pipeline/indicator"},
	"pipeline/whatif":                  {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/store/counting", "pipeline/refold", "pipeline/indicator"},
	"pipeline/study":                   {"schemas/law", "pipeline/statistics", "pipeline/store", "pipeline/store/counting", "pipeline/comparison", "pipeline/forecast"},
	"pipeline/importer":                {"schemas/event", "schemas/law", "pipeline/obligation", "pipeline/statistics", "pipeline/disclosure", "pipeline/stream", "pipeline/store"},
	"pipeline/simulation":              {"schemas/event", "schemas/law", "pipeline/simulation/truth"}, // never obligation nor indicator: its truth is its own
	"pipeline/simulation/truth":        {"schemas/event", "schemas/law"},
	"deploy/engine":                    {},
	"deploy/grafana":                   {},
	"deploy/deploytest":                {"deploy/grafana", "pipeline/store/engine/enginetest"},
}

// A source is one Go file that is not a test.
type source struct {
	room string
	path string
	file *ast.File
	set  *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	for _, top := range []string{"schemas", "pipeline", "services", "deploy"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			room, err := filepath.Rel(root, filepath.Dir(path))
			out = append(out, source{filepath.ToSlash(room), path, file, set})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 50 {
		t.Fatalf("%d files found: the walk is broken", len(out))
	}
	return out
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	for _, s := range sources(t) {
		service := strings.HasPrefix(s.room, "services/")
		allowed, known := rooms[s.room]
		if !service && !known {
			t.Errorf("%s: the room %s is in no picture; add it to the README, the decision and this test, or use another", s.path, s.room)
			continue
		}
		for _, spec := range s.file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			own, ours := strings.CutPrefix(path, "amparo/")
			switch {
			case ours && strings.HasPrefix(own, "services/") && !service:
				t.Errorf("%s imports %s: nothing imports services", s.path, own)
			case ours && !service && !slices.Contains(allowed, own):
				t.Errorf("%s imports %s: %s may import %v", s.path, own, s.room, allowed)
			case strings.HasPrefix(path, "github.com/nats-io/") && !strings.HasPrefix(s.room, "pipeline/stream"):
				t.Errorf("%s imports %s: only pipeline/stream knows NATS", s.path, path)
			case strings.HasPrefix(path, "github.com/ClickHouse/") && !strings.HasPrefix(s.room, "pipeline/store"):
				t.Errorf("%s imports %s: only pipeline/store knows ClickHouse", s.path, path)
			}
		}
	}
}

// Only services know the clock, the environment and flags. Helpers of tests and
// the fetching of the engine's library stand outside the pure rooms.
func TestLibrariesReadNoClockAndNoEnvironment(t *testing.T) {
	forbidden := map[string][]string{"time": {"Now", "Since", "Until"}, "os": {"Getenv", "LookupEnv", "Environ", "Args"}}
	for _, s := range sources(t) {
		if strings.HasPrefix(s.room, "services/") || strings.HasSuffix(s.room, "test") || s.room == "pipeline/store/engine" || s.room == "pipeline/stream" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && slices.Contains(forbidden[pkg.Name], selector.Sel.Name) {
				t.Errorf("%s: %s.%s: only services may; take it as an argument", s.set.Position(n.Pos()), pkg.Name, selector.Sel.Name)
			}
			return true
		})
	}
}

func TestSQLHasOneRoom(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.room, "pipeline/store") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if ok && literal.Kind == token.STRING {
				for _, word := range []string{"SELECT ", "INSERT INTO", "CREATE TABLE", "ALTER TABLE"} {
					if strings.Contains(literal.Value, word) {
						t.Errorf("%s: SQL outside pipeline/store", s.set.Position(n.Pos()))
					}
				}
			}
			return true
		})
	}
}

// mostLines is how long a room may be, without its tests.
const mostLines = 2500

func TestRoomsAreNoLargerThanTheyMayBe(t *testing.T) {
	lines := map[string]int{}
	for _, s := range sources(t) {
		lines[s.room] += s.set.File(s.file.FileStart).LineCount()
	}
	for room, n := range lines {
		if n > mostLines {
			t.Errorf("%s has %d lines without tests, and may have %d: what in it is a subject of its own?", room, n, mostLines)
		}
	}
}

func TestReadmeNamesEveryRoom(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for room := range rooms {
		name := filepath.Base(room)
		if !strings.HasSuffix(name, "test") && !strings.Contains(string(readme), name+"/") {
			t.Errorf("the README's picture of the rooms lacks %s/", room)
		}
	}
}

// A decision page has a number of its own, a date, and says why, what and what follows.
func TestDecisionsHaveOneStyle(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "decisions", "*.md"))
	if err != nil || len(pages) < 10 {
		t.Fatal(pages, err)
	}
	numbers := map[string]string{}
	form := regexp.MustCompile(`(?s)^# ([1-9][0-9]*)\. [^\n]+\n\n20[0-9]{2}-[01][0-9]-[0-3][0-9][.\n].*\n## Context\n.+\n## Decision\n.+\n## Consequences\n.+\n$`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := form.FindSubmatch(text)
		name := filepath.Base(page)
		if found == nil {
			t.Errorf("%s: expected \"# N. Title\", a line with the date 2026-01-31, then ## Context, ## Decision and ## Consequences", name)
			continue
		}
		number := string(found[1])
		if strings.TrimLeft(name[:4], "0") != number {
			t.Errorf("%s calls itself decision %s", name, number)
		}
		if other := numbers[number]; other != "" {
			t.Errorf("%s and %s have one number: take the next free one", other, name)
		}
		numbers[number] = name
	}
}
