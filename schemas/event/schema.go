package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"amparo/schemas/event/pattern"
	"amparo/schemas/event/schemafile"
)

// A FileError is an error in a file of a catalogue, with its line.
type FileError = schemafile.FileError

// Schemas are the compiled JSON Schemas of a catalogue's event types, one file
// a type, describing data alone.
type Schemas struct {
	types  map[string]*Type
	shared map[string]any // definitions that several types refer to
}

// A Type is one event type of a catalogue.
type Type struct {
	Name        string
	Description string            // one English sentence
	Title       map[string]string // label by language
	OfRegister  bool              // subject is a unit, not a case

	schema *jsonschema.Schema
	form   *form          // nil where only the schema itself can be asked
	doc    map[string]any // as it is written
	fields map[string]bool
	dates  []string // fields that hold instants
}

// Fields returns the names of the type's fields, sorted.
func (t *Type) Fields() []string { return slices.Sorted(maps.Keys(t.fields)) }

// Type returns the named type.
func (s *Schemas) Type(name string) (*Type, bool) {
	t, ok := s.types[name]
	return t, ok
}

// Names returns the names of all types, sorted.
func (s *Schemas) Names() []string { return slices.Sorted(maps.Keys(s.types)) }

// CompileSchemas compiles every *.json file of a folder. The file name is the
// event type; fields.json holds shared definitions. All errors found are
// returned together, each with file and line.
func CompileSchemas(fsys fs.FS, dir string) (*Schemas, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list event schemas: %w", err)
	}
	files, err := readSchemas(fsys, names)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	for _, name := range names {
		if err := compiler.AddResource(schemaURL(name), files[name].Doc); err != nil {
			return nil, fmt.Errorf("event schema %s: %w", name, err)
		}
	}
	// What is wrong with the shared fields is so for every type: it is said once.
	if shared := files[path.Join(dir, schemafile.SharedFields)]; shared != nil {
		if _, err := compiler.Compile(schemaURL(shared.Name)); err != nil {
			shared.ReportCompiler(err)
			return nil, errors.Join(shared.Errs...)
		}
	}
	out := &Schemas{types: make(map[string]*Type, len(names))}
	if shared := files[path.Join(dir, schemafile.SharedFields)]; shared != nil {
		out.shared, _ = shared.Doc["$defs"].(map[string]any)
	}
	forms := formMaker{files: files, matchers: map[string]*pattern.Matcher{}}
	var errs []error
	for _, name := range names {
		if path.Base(name) == schemafile.SharedFields {
			continue
		}
		if t := compileType(files[name], compiler, &forms); t != nil {
			out.types[t.Name] = t
		}
		errs = append(errs, files[name].Errs...)
	}
	if len(out.types)+len(errs) == 0 {
		return nil, fmt.Errorf("no event schemas found: expected one %s for each event type", path.Join(dir, "<type>.json"))
	}
	return out, errors.Join(errs...)
}

func schemaURL(name string) string { return "amparo:///" + name }

// readSchemas reads schemas and checks what the compiler would not see.
func readSchemas(fsys fs.FS, names []string) (map[string]*schemafile.File, error) {
	files := map[string]*schemafile.File{}
	var errs []error
	for _, name := range names {
		f, err := schemafile.Read(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files[name] = f
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, name := range names {
		files[name].Check(files)
		errs = append(errs, files[name].Errs...)
	}
	return files, errors.Join(errs...)
}

// compileType makes the schema a type, or notes why it cannot.
func compileType(f *schemafile.File, compiler *jsonschema.Compiler, forms *formMaker) *Type {
	compiled, err := compiler.Compile(schemaURL(f.Name))
	if err != nil {
		f.ReportCompiler(err)
		return nil
	}
	name := strings.TrimSuffix(path.Base(f.Name), ".json")
	if title, _ := f.Doc["title"].(string); title != name {
		f.Report("/title", "title is %q, expected the file's name %q", title, name)
	}
	if closed, ok := f.Doc["additionalProperties"].(bool); !ok || closed {
		f.Report("/additionalProperties", "additionalProperties must be false: schemas are closed")
	}
	if len(f.Errs) > 0 {
		return nil
	}
	t := newType(name, f.Doc, compiled)
	t.form = forms.form(f)
	return t
}

func newType(name string, doc map[string]any, compiled *jsonschema.Schema) *Type {
	t := &Type{Name: name, schema: compiled, doc: doc, fields: map[string]bool{}, Title: map[string]string{}}
	t.Description, _ = doc["description"].(string)
	t.OfRegister = doc["x-subject"] == schemafile.SubjectRegister
	titles, _ := doc["x-title"].(map[string]any)
	for lang, text := range titles {
		t.Title[lang], _ = text.(string)
	}
	for field, schema := range compiled.Properties {
		t.fields[field] = true
		schema = resolve(schema)
		if schema.Format != nil && schema.Format.Name == "date-time" {
			t.dates = append(t.dates, field)
		}
	}
	return t
}

// MarshalJSON lists the type's fields, for `amparo law show`.
func (t *Type) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"type": t.Name, "description": t.Description, "title": t.Title, "fields": t.Fields()})
}

// HasField reports whether the type has the field.
func (t *Type) HasField(name string) bool { return t.fields[name] }

// HoldsText reports whether the field is a single text, such as a reference.
func (t *Type) HoldsText(field string) bool {
	schema := resolve(t.schema.Properties[field])
	return schema != nil && schema.Types != nil && slices.Equal(schema.Types.ToStrings(), []string{"string"})
}

// Values lists what the field can be, as text, and for lists what they can
// hold. It is nil where the schema leaves that open, as for codes and numbers.
func (t *Type) Values(field string) []string {
	schema := resolve(t.schema.Properties[field])
	if schema != nil && schema.Items2020 != nil {
		schema = resolve(schema.Items2020)
	}
	switch {
	case schema == nil:
		return nil
	case schema.Types != nil && schema.Types.String() == "[boolean]":
		return []string{"true", "false"}
	case schema.Enum == nil:
		return nil
	}
	var values []string
	for _, v := range schema.Enum.Values {
		if text, ok := v.(string); ok {
			values = append(values, text)
		}
	}
	return values
}

// resolve follows references to the schema that they mean.
func resolve(schema *jsonschema.Schema) *jsonschema.Schema {
	for schema != nil && schema.Ref != nil {
		schema = schema.Ref
	}
	return schema
}

// Permits reports whether the schema lets the field have the value, given as
// text.
func (t *Type) Permits(field, value string) bool {
	values := t.Values(field)
	return t.fields[field] && (values == nil || slices.Contains(values, value))
}
