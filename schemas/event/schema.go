package event

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schemas are the compiled JSON Schemas of a catalogue's event types, one file
// a type, describing data alone.
type Schemas struct{ types map[string]*Type }

// A Type is one event type of a catalogue.
type Type struct {
	Name        string
	Description string            // one English sentence
	Title       map[string]string // label by language
	OfRegister  bool              // subject is a unit, not a case

	schema *jsonschema.Schema
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

// sharedFields is the file of definitions that schemas refer to.
const sharedFields = "fields.json"

// CompileSchemas compiles every *.json file at the root of fsys. The file name
// is the event type; fields.json holds shared definitions.
func CompileSchemas(fsys fs.FS) (*Schemas, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list event schemas: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	documents := map[string]map[string]any{}
	for _, name := range names {
		doc, err := readSchema(fsys, name)
		if err != nil {
			return nil, err
		}
		documents[name] = doc
		if err := compiler.AddResource(schemaURL(name), doc); err != nil {
			return nil, fmt.Errorf("event schema %s: %w", name, err)
		}
	}
	out := &Schemas{types: make(map[string]*Type, len(names))}
	for _, name := range names {
		if name == sharedFields {
			continue
		}
		compiled, err := compiler.Compile(schemaURL(name))
		if err != nil {
			return nil, fmt.Errorf("event schema %s: %w", name, err)
		}
		t, err := newType(strings.TrimSuffix(path.Base(name), ".json"), documents[name], compiled)
		if err != nil {
			return nil, fmt.Errorf("event schema %s: %w", name, err)
		}
		out.types[t.Name] = t
	}
	if len(out.types) == 0 {
		return nil, fmt.Errorf("no event schemas found: expected one <type>.json for each event type")
	}
	return out, nil
}

func schemaURL(name string) string { return "amparo:///events/" + name }

func readSchema(fsys fs.FS, name string) (map[string]any, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open event schema: %w", err)
	}
	defer f.Close() //nolint:errcheck // Read only.
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, fmt.Errorf("event schema %s: %w", name, err)
	}
	object, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("event schema %s: expected a JSON object", name)
	}
	// The compiler resolves references against the resource's own address.
	delete(object, "$id")
	return object, nil
}

func newType(name string, doc map[string]any, compiled *jsonschema.Schema) (*Type, error) {
	if title, _ := doc["title"].(string); title != name {
		return nil, fmt.Errorf("title is %q, expected the file's name %q", title, name)
	}
	if closed, ok := doc["additionalProperties"].(bool); !ok || closed {
		return nil, fmt.Errorf("additionalProperties must be false: schemas are closed")
	}
	t := &Type{Name: name, schema: compiled, fields: map[string]bool{}, Title: map[string]string{}}
	t.Description, _ = doc["description"].(string)
	t.OfRegister = doc["x-subject"] == "register"
	titles, _ := doc["x-title"].(map[string]any)
	for lang, text := range titles {
		t.Title[lang], _ = text.(string)
	}
	for field, schema := range compiled.Properties {
		t.fields[field] = true
		if schema.Ref != nil {
			schema = schema.Ref
		}
		if schema.Format != nil && schema.Format.Name == "date-time" {
			t.dates = append(t.dates, field)
		}
	}
	return t, nil
}

// MarshalJSON lists the type's fields, for `amparo law show`.
func (t *Type) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"type": t.Name, "description": t.Description, "title": t.Title, "fields": t.Fields()})
}

// HasField reports whether the type has the field.
func (t *Type) HasField(name string) bool { return t.fields[name] }

// Permits reports whether the schema lets the field have the value, given as
// text. Only value lists and booleans are looked at; codes permit anything.
func (t *Type) Permits(field, value string) bool {
	schema := t.schema.Properties[field]
	for schema != nil && schema.Ref != nil {
		schema = schema.Ref
	}
	if schema == nil {
		return false
	}
	if items, ok := schema.Items2020, schema.Items2020 != nil; ok {
		for schema = items; schema.Ref != nil; {
			schema = schema.Ref
		}
	}
	if schema.Types != nil && schema.Types.String() == "[boolean]" {
		return value == "true" || value == "false"
	}
	if schema.Enum == nil {
		return true
	}
	for _, v := range schema.Enum.Values {
		if v == any(value) {
			return true
		}
	}
	return false
}
