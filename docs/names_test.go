package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// described are the pages for the first day, which name files and identifiers.
func described(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"life-of-an-event.md", "fold.md", "contributions.md", "glossary.md", "howto/*.md", "decisions/0009-*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no page %s (%v)", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			pages[name] = string(text)
		}
	}
	return pages
}

// sources are the files of the project by path, and what Go packages declare, by the
// package's name.
func sources(t *testing.T) (files map[string]bool, declared map[string]map[string]bool) {
	t.Helper()
	files, declared = map[string]bool{}, map[string]map[string]bool{}
	for _, top := range []string{"schemas", "pipeline", "services", "deploy", "examples", "docs"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			path, err = filepath.Rel("..", path)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(path)], files[entry.Name()] = true, true
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", path), nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name := file.Name.Name
			if declared[name] == nil {
				declared[name] = map[string]bool{}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					declared[name][n.Name.Name] = true
				case *ast.TypeSpec:
					declared[name][n.Name.Name] = true
				case *ast.ValueSpec:
					for _, id := range n.Names {
						declared[name][id.Name] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files, declared
}

var (
	aFile = regexp.MustCompile("`([a-z0-9_/-]+[.](?:go|sql|yaml|csv))`")
	aName = regexp.MustCompile("`([a-z]+)[.]([A-Z][A-Za-z]+)`")
)

// Whoever reads on from a page finds the file and the name that it speaks of.
func TestPagesNameWhatIsThere(t *testing.T) {
	files, declared := sources(t)
	found := 0
	for page, text := range described(t) {
		for _, m := range aFile.FindAllStringSubmatch(text, -1) {
			if found++; !files[m[1]] {
				t.Errorf("%s names the file %s, which is not there", page, m[1])
			}
		}
		for _, m := range aName.FindAllStringSubmatch(text, -1) {
			if found++; !declared[m[1]][m[2]] {
				t.Errorf("%s names %s.%s, which is not declared", page, m[1], m[2])
			}
		}
	}
	if found < 100 {
		t.Fatalf("%d names found: the search is broken", found)
	}
}
