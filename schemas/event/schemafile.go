package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A FileError is an error in a file of a catalogue, with its line.
type FileError struct {
	File string
	Line int // 0 where unknown
	Err  error
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// A schemaFile is the schema of an event type as it is written.
type schemaFile struct {
	name  string
	doc   map[string]any
	lines map[string]int // of everything in it, by JSON pointer
	errs  []error
	// matchers are those of the patterns of all schemas, made once: most fields
	// share a few patterns.
	matchers map[string]*matcher
}

// matcher is the matcher of a pattern, or nil where only the regular expression
// itself can decide.
func (f *schemaFile) matcher(pattern string) *matcher {
	m, made := f.matchers[pattern]
	if !made {
		m, _ = newMatcher(pattern)
		f.matchers[pattern] = m
	}
	return m
}

// report notes an error at a JSON pointer, or at the nearest thing around it
// that is written.
func (f *schemaFile) report(pointer, format string, args ...any) {
	line := 1
	for ; pointer != ""; pointer = pointer[:strings.LastIndex(pointer, "/")] {
		if at, ok := f.lines[pointer]; ok {
			line = at
			break
		}
	}
	f.errs = append(f.errs, &FileError{File: f.name, Line: line, Err: fmt.Errorf(format, args...)})
}

func readSchema(fsys fs.FS, name string) (*schemaFile, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read event schema: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the file is empty")}
	}
	f := &schemaFile{name: name}
	if f.lines, err = jsonLines(b); err != nil {
		line := 1
		if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			line, err = lineAt(b, syntactic.ByteOffset), syntactic.Err
		}
		return nil, &FileError{File: name, Line: line, Err: fmt.Errorf("not JSON: %w", err)}
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, &FileError{File: name, Line: 1, Err: err}
	}
	object, ok := doc.(map[string]any)
	if !ok {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("expected a JSON object")}
	}
	// The compiler resolves references against the resource's own address.
	delete(object, "$id")
	f.doc = object
	return f, nil
}

// jsonLines says on which line everything in a JSON text stands, by pointer. It
// refuses repeated names and bytes that are not UTF-8.
func jsonLines(b []byte) (map[string]int, error) {
	lines := map[string]int{}
	decoder := jsontext.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := decoder.ReadToken(); errors.Is(err, io.EOF) {
			return lines, nil
		} else if err != nil {
			return nil, err
		}
		if at := string(decoder.StackPointer()); lines[at] == 0 {
			lines[at] = lineAt(b, decoder.InputOffset())
		}
	}
}

func lineAt(b []byte, offset int64) int { return 1 + bytes.Count(b[:offset], []byte("\n")) }

// schemaKeywords are the words that a schema may use. JSON Schema ignores all
// others, and so everything that is misspelt.
var schemaKeywords = []string{
	"$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "description", "else", "enum",
	"exclusiveMaximum", "exclusiveMinimum", "format", "if", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum",
	"not", "oneOf", "pattern", "properties", "required", "then", "title", "type", "uniqueItems", "x-subject", "x-title",
}

// check refuses what JSON Schema would pass over in silence: unknown words and
// formats, and references and required fields that do not exist.
func (f *schemaFile) check(all map[string]*schemaFile) {
	f.checkPart("", f.doc, all)
	properties, _ := f.doc["properties"].(map[string]any)
	required, _ := f.doc["required"].([]any)
	for i, field := range required {
		if name, _ := field.(string); properties[name] == nil {
			f.report(fmt.Sprintf("/required/%d", i), "required field %q is not among the properties", field)
		}
	}
	if subject, given := f.doc["x-subject"]; given && subject != subjectCase && subject != subjectRegister {
		f.report("/x-subject", "x-subject is %q, expected %s or %s", subject, subjectCase, subjectRegister)
	}
}

func (f *schemaFile) checkPart(at string, part any, all map[string]*schemaFile) {
	switch part := part.(type) {
	case bool: // All or nothing is permitted.
	case []any:
		for i, one := range part {
			f.checkPart(fmt.Sprintf("%s/%d", at, i), one, all)
		}
	case map[string]any:
		for _, word := range slices.Sorted(maps.Keys(part)) {
			f.checkWord(at+"/"+word, word, part[word], all)
		}
	default:
		f.report(at, "expected a schema, found %v", part)
	}
}

func (f *schemaFile) checkWord(at, word string, value any, all map[string]*schemaFile) {
	switch word {
	case "properties", "$defs":
		parts, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			f.checkPart(at+"/"+name, parts[name], all)
		}
	case "items", "if", "then", "else", "not", "allOf", "anyOf", "oneOf", "additionalProperties":
		f.checkPart(at, value, all)
	case "$ref":
		if ref, _ := value.(string); !f.resolves(ref, all) {
			f.report(at, "%q does not exist: expected %s#/$defs/ and the name of a definition there", ref, sharedFields)
		}
	case "format":
		if value != "date-time" {
			f.report(at, "format is %q, expected date-time", value)
		}
	default:
		if !slices.Contains(schemaKeywords, word) {
			f.report(at, "unknown key %q: expected one of %s", word, strings.Join(schemaKeywords, ", "))
		}
	}
}

// resolves reports whether a reference leads to a definition, in the file itself
// or in another.
func (f *schemaFile) resolves(ref string, all map[string]*schemaFile) bool {
	name, definition, found := strings.Cut(ref, "#/$defs/")
	file := f
	if name != "" {
		file = all[path.Join(path.Dir(f.name), name)]
	}
	if !found || file == nil {
		return false
	}
	definitions, _ := file.doc["$defs"].(map[string]any)
	_, ok := definitions[definition]
	return ok
}

// reportCompiler notes what the compiler of schemas refuses.
func (f *schemaFile) reportCompiler(err error) {
	schema, ok := errors.AsType[*jsonschema.SchemaValidationError](err)
	if !ok {
		f.report("", "%w", err)
		return
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Err)
	if !ok {
		f.report("", "%w", schema.Err)
		return
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	// The message ends with the one line that says what is wrong.
	lines := strings.Split(strings.TrimSpace(invalid.Error()), "\n")
	f.report("/"+strings.Join(invalid.InstanceLocation, "/"), "not a JSON Schema: %s", strings.TrimLeft(lines[len(lines)-1], "- "))
}
