// Package schemafile reads the JSON Schemas of event types as they are written, and
// refuses what JSON Schema itself passes over in silence, with the line.
package schemafile

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

// A File is a schema as it is written.
type File struct {
	Name string
	Doc  map[string]any
	Errs []error // what is wrong with it, as far as it was looked at

	lines map[string]int // of everything in it, by JSON pointer
}

// SharedFields is the file of definitions that schemas refer to.
const SharedFields = "fields.json"

// What the subject of an event is.
const (
	SubjectCase     = "case"
	SubjectRegister = "register"
)

// Report notes an error at a JSON pointer, or at the nearest thing around it
// that is written.
func (f *File) Report(pointer, format string, args ...any) {
	line := 1
	for ; pointer != ""; pointer = pointer[:strings.LastIndex(pointer, "/")] {
		if at, ok := f.lines[pointer]; ok {
			line = at
			break
		}
	}
	f.Errs = append(f.Errs, &FileError{File: f.Name, Line: line, Err: fmt.Errorf(format, args...)})
}

// Read reads a schema.
func Read(fsys fs.FS, name string) (*File, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read event schema: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the file is empty")}
	}
	f := &File{Name: name}
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
	f.Doc = object
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

// Check refuses what JSON Schema would pass over in silence: unknown words and
// formats, and references and required fields that do not exist.
func (f *File) Check(all map[string]*File) {
	f.checkPart("", f.Doc, all)
	properties, _ := f.Doc["properties"].(map[string]any)
	required, _ := f.Doc["required"].([]any)
	for i, field := range required {
		if name, _ := field.(string); properties[name] == nil {
			f.Report(fmt.Sprintf("/required/%d", i), "required field %q is not among the properties", field)
		}
	}
	if subject, given := f.Doc["x-subject"]; given && subject != SubjectCase && subject != SubjectRegister {
		f.Report("/x-subject", "x-subject is %q, expected %s or %s", subject, SubjectCase, SubjectRegister)
	}
}

func (f *File) checkPart(at string, part any, all map[string]*File) {
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
		f.Report(at, "expected a schema, found %v", part)
	}
}

func (f *File) checkWord(at, word string, value any, all map[string]*File) {
	switch word {
	case "properties", "$defs":
		parts, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			f.checkPart(at+"/"+name, parts[name], all)
		}
	case "items", "if", "then", "else", "not", "allOf", "anyOf", "oneOf", "additionalProperties":
		f.checkPart(at, value, all)
	case "$ref":
		ref, _ := value.(string)
		if _, to := f.Follow(ref, all); to == nil {
			f.Report(at, "%q does not exist: expected %s#/$defs/ and the name of a definition there", ref, SharedFields)
		}
	case "format":
		if value != "date-time" {
			f.Report(at, "format is %q, expected date-time", value)
		}
	default:
		if !slices.Contains(schemaKeywords, word) {
			f.Report(at, "unknown key %q: expected one of %s", word, strings.Join(schemaKeywords, ", "))
		}
	}
}

// Follow is the definition that a reference leads to, in the file itself or in another,
// and the file where it stands; nil where there is none.
func (f *File) Follow(ref string, all map[string]*File) (*File, any) {
	name, definition, found := strings.Cut(ref, "#/$defs/")
	file := f
	if name != "" {
		file = all[path.Join(path.Dir(f.Name), name)]
	}
	if !found || file == nil {
		return nil, nil
	}
	definitions, _ := file.Doc["$defs"].(map[string]any)
	return file, definitions[definition]
}

// ReportCompiler notes what the compiler of schemas refuses.
func (f *File) ReportCompiler(err error) {
	schema, ok := errors.AsType[*jsonschema.SchemaValidationError](err)
	if !ok {
		f.Report("", "%w", err)
		return
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Err)
	if !ok {
		f.Report("", "%w", schema.Err)
		return
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	// The message ends with the one line that says what is wrong.
	lines := strings.Split(strings.TrimSpace(invalid.Error()), "\n")
	f.Report("/"+strings.Join(invalid.InstanceLocation, "/"), "not a JSON Schema: %s", strings.TrimLeft(lines[len(lines)-1], "- "))
}
