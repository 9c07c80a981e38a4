// Package source reads the files of a catalogue as people see them, and says of
// everything in them on which line it stands.
package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"amparo/schemas/event"
)

// A FileError is an error in a catalogue file, with its line.
type FileError = event.FileError

// Lines are where the keys and items of a YAML file stand, by path:
// "regimes[0].limit.hours".
type Lines map[string]int

// Of is the line of a path, or of the nearest thing around it that is written.
func (l Lines) Of(path string) int {
	for path != "" {
		if line, ok := l[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

// Has reports whether the path is written.
func (l Lines) Has(path string) bool {
	_, ok := l[path]
	return ok
}

// Below is the path of a key or, as "[0]", of an item below another path.
func Below(path, sub string) string {
	if path == "" || sub == "" || strings.HasPrefix(sub, "[") {
		return path + sub
	}
	return path + "." + sub
}

// Item is the path of an item in a list.
func Item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// A Report notes an error at a path of a file.
type Report func(path, format string, args ...any)

// Below is the report for what lies below a path.
func (r Report) Below(path string) Report {
	return func(sub, format string, args ...any) { r(Below(path, sub), format, args...) }
}

// About is the report with a subject before each message.
func (r Report) About(subject string) Report {
	return func(path, format string, args ...any) { r(path, "%s: %w", subject, fmt.Errorf(format, args...)) }
}

// Err notes an error, where there is one.
func (r Report) Err(path string, err error) {
	if err != nil {
		r(path, "%w", err)
	}
}

// Findings are the errors found in one file.
type Findings struct {
	File  string
	Lines Lines
	Errs  []error
}

// Report notes an error at a path of the file.
func (f *Findings) Report(path, format string, args ...any) {
	f.Errs = append(f.Errs, &FileError{File: f.File, Line: f.Lines.Of(path), Err: fmt.Errorf(format, args...)})
}

// readText reads a file as what people see in it. A byte order mark would become
// part of the first word, and other encodings part of others.
func readText(fsys fs.FS, name string) ([]byte, error) {
	b, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &FileError{File: name, Err: fmt.Errorf("the file is missing: %w", fs.ErrNotExist)}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if bytes.HasPrefix(b, []byte("\uFEFF")) {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the file begins with a byte order mark: save it as UTF-8 without one")}
	}
	for i, line := range bytes.Split(b, []byte("\n")) {
		if !utf8.Valid(line) {
			return nil, &FileError{File: name, Line: i + 1, Err: errors.New("the line is not UTF-8: save the file as UTF-8")}
		}
	}
	return b, nil
}

// YAML decodes one file strictly and says where everything in it stands. Whatever
// is misspelt, repeated, empty or of another form is an error. A value that is none
// of those to choose from is one of the choices: the rest of the file can be read.
func YAML(fsys fs.FS, name string, forms *Forms, form string, into any) (lines Lines, choices []error, err error) {
	text, err := readText(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	// The library passes over tabs, also inside of words.
	if before, _, found := bytes.Cut(text, []byte("\t")); found {
		return nil, nil, &FileError{File: name, Line: 1 + bytes.Count(before, []byte("\n")), Err: errors.New("there is a tab: use blanks")}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, nil, yamlError(name, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, nil, &FileError{File: name, Line: 1, Err: errors.New("the file is empty")}
	}
	if len(file.Docs) > 1 {
		return nil, nil, &FileError{File: name, Line: lineOf(file.Docs[1].Body), Err: errors.New("a second document begins (---): give each file one")}
	}
	lines = Lines{}
	doc := &document{Findings{File: name, Lines: lines}, Findings{File: name, Lines: lines}}
	doc.index("", file.Docs[0].Body)
	if err := forms.check(doc, form, file.Docs[0].Body); err != nil {
		return nil, nil, err
	}
	if len(doc.Errs) > 0 {
		return nil, nil, errors.Join(append(doc.Errs, doc.choices.Errs...)...)
	}
	if err := yaml.NodeToValue(file.Docs[0].Body, into, yaml.Strict()); err != nil {
		return nil, nil, yamlError(name, err)
	}
	return doc.Lines, doc.choices.Errs, nil
}

// yamlError brings an error of the YAML library to the form of all others.
func yamlError(name string, err error) error {
	if located, ok := errors.AsType[yaml.Error](err); ok && located.GetToken() != nil {
		return &FileError{File: name, Line: located.GetToken().Position.Line, Err: errors.New(located.GetMessage())}
	}
	return &FileError{File: name, Line: 1, Err: err}
}

// A document is a YAML file that is being read.
type document struct {
	Findings
	choices Findings // values that are none of those to choose from
}

func lineOf(node ast.Node) int {
	if node == nil || node.GetToken() == nil {
		return 1
	}
	return node.GetToken().Position.Line
}

// index notes where everything stands. It refuses what can be read in two ways:
// a key without a value, and values that stand elsewhere in the file.
func (d *document) index(path string, node ast.Node) {
	switch node := node.(type) {
	case *ast.NullNode:
		d.Report(path, "there is no value: give one or leave %q out", KeyOf(path))
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.Report(path, "anchors, aliases and tags are not read: write the value itself")
	case ast.MapNode:
		for entries := node.MapRange(); entries.Next(); {
			key := Below(path, entries.Key().GetToken().Value)
			d.Lines[key] = lineOf(entries.Key())
			d.index(key, entries.Value())
		}
	case *ast.SequenceNode:
		for i, value := range node.Values {
			d.Lines[Item(path, i)] = lineOf(value)
			d.index(Item(path, i), value)
		}
	}
}

// KeyOf is the last key of a path.
func KeyOf(path string) string { return path[strings.LastIndexAny(path, ".")+1:] }

// Found names a node for a message.
func Found(node ast.Node) string {
	switch node.(type) {
	case ast.MapNode:
		return "a map"
	case *ast.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", node.GetToken().Value)
}

// Wrong is an error at a node, for types that read themselves.
func Wrong(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// Scalar is a single value as it is written.
func Scalar(node ast.Node) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, nil
	case *ast.LiteralNode:
		return node.Value.Value, nil
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, nil
	}
	return "", Wrong(node, "expected a value, found %s", Found(node))
}

// MaybeEmpty is text that may say nothing on purpose.
type MaybeEmpty string

// UnmarshalYAML reads any single value.
func (t *MaybeEmpty) UnmarshalYAML(node ast.Node) error {
	text, err := Scalar(node)
	*t = MaybeEmpty(text)
	return err
}

// Scalars are one value or a list of values, at least one.
func Scalars(node ast.Node) ([]string, error) {
	list, isList := node.(*ast.SequenceNode)
	if !isList {
		one, err := Scalar(node)
		return []string{one}, err
	}
	if len(list.Values) == 0 {
		return nil, Wrong(node, "expected a value or a list of values, found an empty list")
	}
	var out []string
	for _, value := range list.Values {
		one, err := Scalar(value)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, one) {
			return nil, Wrong(value, "%q is listed twice", one)
		}
		out = append(out, one)
	}
	return out, nil
}

// Strings are one text or a list of texts.
type Strings []string

// UnmarshalYAML accepts both forms.
func (l *Strings) UnmarshalYAML(node ast.Node) error {
	values, err := Scalars(node)
	if err == nil && slices.ContainsFunc(values, IsBlank) {
		return Wrong(node, "there is no text in it: give one or leave it out")
	}
	*l = values
	return err
}

// IsBlank reports whether a text says nothing.
func IsBlank(text string) bool { return strings.TrimSpace(text) == "" }

// ValueOf is the value of the only key of a map, where that is its name.
func ValueOf(node ast.Node, name string) (ast.Node, bool) {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return nil, false
	}
	entry := entries.MapRange()
	if !entry.Next() || entry.Key().GetToken().Value != name {
		return nil, false
	}
	value := entry.Value()
	return value, !entry.Next()
}
