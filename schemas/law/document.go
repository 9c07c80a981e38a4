package law

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
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

// lines are where the keys and items of a YAML file stand, by path:
// "regimes[0].limit.hours".
type lines map[string]int

// of is the line of a path, or of the nearest thing around it that is written.
func (l lines) of(path string) int {
	for path != "" {
		if line, ok := l[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

// has reports whether the path is written.
func (l lines) has(path string) bool {
	_, ok := l[path]
	return ok
}

// below is the path of a key or, as "[0]", of an item below another path.
func below(path, sub string) string {
	if path == "" || sub == "" || strings.HasPrefix(sub, "[") {
		return path + sub
	}
	return path + "." + sub
}

// item is the path of an item in a list.
func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// A report notes an error at a path of a file.
type report func(path, format string, args ...any)

// below is the report for what lies below a path.
func (r report) below(path string) report {
	return func(sub, format string, args ...any) { r(below(path, sub), format, args...) }
}

// about is the report with a subject before each message.
func (r report) about(subject string) report {
	return func(path, format string, args ...any) { r(path, "%s: %w", subject, fmt.Errorf(format, args...)) }
}

// err notes an error, where there is one.
func (r report) err(path string, err error) {
	if err != nil {
		r(path, "%w", err)
	}
}

// findings are the errors found in one file.
type findings struct {
	file  string
	lines lines
	errs  []error
}

func (f *findings) report(path, format string, args ...any) {
	f.errs = append(f.errs, &FileError{File: f.file, Line: f.lines.of(path), Err: fmt.Errorf(format, args...)})
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

// readYAML decodes one file strictly and says where everything in it stands.
// Whatever is misspelt, repeated, empty or of another shape is an error.
func readYAML(fsys fs.FS, name string, into any) (lines, error) {
	text, err := readText(fsys, name)
	if err != nil {
		return nil, err
	}
	// The library passes over tabs, also inside of words.
	if before, _, found := bytes.Cut(text, []byte("\t")); found {
		return nil, &FileError{File: name, Line: 1 + bytes.Count(before, []byte("\n")), Err: errors.New("there is a tab: use blanks")}
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, yamlError(name, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the file is empty")}
	}
	if len(file.Docs) > 1 {
		return nil, &FileError{File: name, Line: lineOf(file.Docs[1].Body), Err: errors.New("a second document begins (---): give each file one")}
	}
	doc := &document{findings{file: name, lines: lines{}}}
	doc.index("", file.Docs[0].Body)
	doc.fit("", file.Docs[0].Body, reflect.TypeOf(into).Elem())
	if len(doc.errs) > 0 {
		return nil, errors.Join(doc.errs...)
	}
	if err := yaml.NodeToValue(file.Docs[0].Body, into, yaml.Strict()); err != nil {
		return nil, yamlError(name, err)
	}
	return doc.lines, nil
}

// yamlError brings an error of the YAML library to the form of all others.
func yamlError(name string, err error) error {
	if located, ok := errors.AsType[yaml.Error](err); ok && located.GetToken() != nil {
		return &FileError{File: name, Line: located.GetToken().Position.Line, Err: errors.New(located.GetMessage())}
	}
	return &FileError{File: name, Line: 1, Err: err}
}

// A document is a YAML file that is being read.
type document struct{ findings }

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
		d.report(path, "there is no value: give one or leave %q out", keyOf(path))
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.report(path, "anchors, aliases and tags are not read: write the value itself")
	case ast.MapNode:
		for entries := node.MapRange(); entries.Next(); {
			key := below(path, entries.Key().GetToken().Value)
			d.lines[key] = lineOf(entries.Key())
			d.index(key, entries.Value())
		}
	case *ast.SequenceNode:
		for i, value := range node.Values {
			d.lines[item(path, i)] = lineOf(value)
			d.index(item(path, i), value)
		}
	}
}

// keyOf is the last key of a path.
func keyOf(path string) string { return path[strings.LastIndexAny(path, ".")+1:] }

var ownReading = reflect.TypeFor[yaml.NodeUnmarshaler]()

// fit refuses what does not fit the type that it is read into. The YAML library
// would cut 2.5 down to a whole number and take 2026.10 for the text "2026.1".
func (d *document) fit(path string, node ast.Node, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(ownReading) {
		return
	}
	expect := func(what string, ok bool) bool {
		if !ok && node.Type() != ast.NullType {
			d.report(path, "expected %s, found %s", what, found(node))
		}
		return ok
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if entries, ok := node.(ast.MapNode); expect("a map of keys and values", ok) {
			d.fitEntries(path, entries, t)
		}
	case reflect.Slice:
		if list, ok := node.(*ast.SequenceNode); expect("a list", ok) {
			for i, value := range list.Values {
				d.fit(item(path, i), value, t.Elem())
			}
		}
	case reflect.String:
		ok := expect("text (a number needs quotes to be one)", isAny(node, ast.StringType, ast.LiteralType))
		if text, err := scalar(node); ok && err == nil && isBlank(text) {
			d.report(path, "there is no text: give one or leave %q out", keyOf(path))
		}
	case reflect.Bool:
		expect("true or false", isAny(node, ast.BoolType))
	case reflect.Int:
		expect("a whole number", isAny(node, ast.IntegerType))
	case reflect.Float64:
		expect("a number", isAny(node, ast.IntegerType, ast.FloatType))
	}
}

func (d *document) fitEntries(path string, entries ast.MapNode, t reflect.Type) {
	var keys map[string]reflect.Type
	if t.Kind() == reflect.Struct {
		keys = keysOf(t)
	}
	for each := entries.MapRange(); each.Next(); {
		key := each.Key().GetToken().Value
		of, known := keys[key]
		switch {
		case t.Kind() == reflect.Map:
			d.fit(below(path, key), each.Value(), t.Elem())
		case known:
			d.fit(below(path, key), each.Value(), of)
		default:
			d.report(below(path, key), "unknown key %q: expected one of %s", key, strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
		}
	}
}

// keysOf are the keys that a struct is read from, and their types.
func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			keys[name] = t.Field(i).Type
		}
	}
	return keys
}

func isAny(node ast.Node, types ...ast.NodeType) bool { return slices.Contains(types, node.Type()) }

// found names a node for a message.
func found(node ast.Node) string {
	switch node.(type) {
	case ast.MapNode:
		return "a map"
	case *ast.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", node.GetToken().Value)
}

// wrong is an error at a node, for types that read themselves.
func wrong(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// scalar is a single value as it is written.
func scalar(node ast.Node) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, nil
	case *ast.LiteralNode:
		return node.Value.Value, nil
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, nil
	}
	return "", wrong(node, "expected a value, found %s", found(node))
}

// possiblyEmpty is text that may say nothing on purpose.
type possiblyEmpty string

// UnmarshalYAML reads any single value.
func (t *possiblyEmpty) UnmarshalYAML(node ast.Node) error {
	text, err := scalar(node)
	*t = possiblyEmpty(text)
	return err
}

// scalars are one value or a list of values, at least one.
func scalars(node ast.Node) ([]string, error) {
	list, isList := node.(*ast.SequenceNode)
	if !isList {
		one, err := scalar(node)
		return []string{one}, err
	}
	if len(list.Values) == 0 {
		return nil, wrong(node, "expected a value or a list of values, found an empty list")
	}
	var out []string
	for _, value := range list.Values {
		one, err := scalar(value)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, one) {
			return nil, wrong(value, "%q is listed twice", one)
		}
		out = append(out, one)
	}
	return out, nil
}
