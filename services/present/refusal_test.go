package present

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestARefusalReadsInBothLanguages(t *testing.T) {
	for english, spanish := range map[string]string{
		"the attribute is required":                                           "el atributo es obligatorio",
		"the event has 100230 bytes, at most 16384 are accepted":              "el evento tiene 100230 bytes; se aceptan 16384 como máximo",
		`the catalogue has no event type "a.b"; did you mean "a.c"?`:          `el catálogo no tiene el tipo de evento "a.b"; ¿quiso decir "a.c"?`,
		`the catalogue has no event type "a.b"`:                               `el catálogo no tiene el tipo de evento "a.b"`,
		`report.received has no such field; did you mean "channel"?`:          `report.received no tiene ese campo; ¿quiso decir "channel"?`,
		"the value is shaped like a phone number; send a pseudonym":           "el valor tiene forma de un número de teléfono; envíe un seudónimo",
		"expected string, found number":                                       "se esperaba texto, hay número",
		"column fecha: the text fits no layout of the mapping":                "columna fecha: el texto no responde a ninguna forma (layout) del mapeo",
		"the cell of column v is empty; mark the field optional if it may be": "la celda de la columna v está vacía; marque el campo como optional si puede estarlo",
		"code: 349, too large":                                                "code: 349, too large",
	} {
		if got := Refusal(english); got.ES != spanish || got.EN != english {
			t.Errorf("%q\nreads %q\nwant  %q", english, got.ES, spanish)
		}
	}
}

// Every sentence with which something is refused has its Spanish: whoever writes a new
// one is told here.
func TestEveryRefusalHasItsSpanish(t *testing.T) {
	known := map[string]bool{}
	for _, pair := range refusals {
		known[pair[0]] = true
		if strings.Count(pair[0], "%") != strings.Count(pair[1], "%") {
			t.Errorf("%q has other gaps than %q", pair[1], pair[0])
		}
	}
	// How they are refused, and which argument is the sentence.
	at := map[string]int{"refuse": 2, "unmapped": 3, "notAllowed": 1}
	found := 0
	for _, room := range []string{"schemas/event", "pipeline/importer", "services/senders"} {
		root := filepath.Join("..", "..", room)
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				call, isCall := node.(*ast.CallExpr)
				if !isCall {
					return true
				}
				name, _ := call.Fun.(*ast.Ident)
				if name == nil {
					return true
				}
				i, refuses := at[name.Name]
				if !refuses || i >= len(call.Args) {
					return true
				}
				if literal, ok := call.Args[i].(*ast.BasicLit); ok {
					sentence, err := strconv.Unquote(literal.Value)
					if found++; err != nil || !known[sentence] && sentence != "%v" {
						t.Errorf("%s/%s: no Spanish for %q: add it to services/present/refusal.go", room, path, sentence)
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
	if found < 50 {
		t.Errorf("%d sentences were found: the test looks in the wrong place", found)
	}
}
