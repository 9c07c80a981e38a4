package event

import (
	"encoding/json"
	"math"
	"strings"

	"amparo/schemas/event/pattern"
	"amparo/schemas/event/schemafile"
)

// A form is a flat closed schema made ready to be checked while the bytes are
// read, without a value in memory that is not kept. It says yes or nothing: what
// it does not accept, and every schema that it cannot express, goes to the
// library, which alone refuses.
type form struct {
	fields   map[string]*fieldForm
	required uint64 // the bits of the fields that must be there
}

// A fieldForm is what one field may be.
type fieldForm struct {
	name   string
	bit    uint64
	kind   fieldKind
	values map[string]string // of an enumeration, by themselves; nil where every text will do
	fits   *pattern.Matcher  // nil where there is no pattern
	longest,
	most int // characters, items
	distinct   bool // no item twice
	least, top float64
}

type fieldKind int

const (
	textField fieldKind = iota + 1
	flagField
	countField  // a whole number
	amountField // any number
	listField   // of texts
)

// maxFields is how many fields can be told apart by a bit each.
const maxFields = 64

// A formMaker expresses schemas as forms.
type formMaker struct {
	files map[string]*schemafile.File
	// matchers are those of the patterns of all schemas, made once: most fields
	// share a few patterns.
	matchers map[string]*pattern.Matcher
}

// matcher is the matcher of a pattern, or nil where only the regular expression
// itself can decide.
func (m *formMaker) matcher(of string) *pattern.Matcher {
	fits, made := m.matchers[of]
	if !made {
		fits, _ = pattern.New(of)
		m.matchers[of] = fits
	}
	return fits
}

// form expresses the schema of an event type, or returns nil: a field that is
// looked at once more behind the schema, or any word that is not known here, is
// for the library.
func (m *formMaker) form(f *schemafile.File) *form {
	properties, _ := f.Doc["properties"].(map[string]any)
	if !expresses(f.Doc, "type", "properties", "required", "additionalProperties", "$defs") ||
		f.Doc["type"] != "object" || f.Doc["additionalProperties"] != false || len(properties) > maxFields {
		return nil
	}
	out := &form{fields: make(map[string]*fieldForm, len(properties))}
	for name, part := range properties {
		field := m.field(f, part)
		if field == nil || name == "source" || !isPlain(name) {
			return nil
		}
		field.name, field.bit = name, 1<<len(out.fields)
		out.fields[name] = field
	}
	required, _ := f.Doc["required"].([]any)
	for _, name := range required {
		field := out.fields[name.(string)] //nolint:forcetypeassert // The compiler has checked the schema.
		if field == nil {
			return nil
		}
		out.required |= field.bit
	}
	return out
}

// expresses reports whether a schema has no words but the given ones and those
// that only describe.
func expresses(schema map[string]any, words ...string) bool {
	known := " " + strings.Join(words, " ") + " $schema $id title description x-title x-subject "
	for word := range schema {
		if !strings.Contains(known, " "+word+" ") {
			return false
		}
	}
	return true
}

func (m *formMaker) field(f *schemafile.File, part any) *fieldForm {
	schema, _ := part.(map[string]any)
	for hops := 0; schema["$ref"] != nil; hops++ {
		if f, schema = m.follow(f, schema); schema == nil || hops > maxHops {
			return nil
		}
	}
	out := &fieldForm{longest: math.MaxInt, most: math.MaxInt, least: math.Inf(-1), top: math.Inf(1)}
	switch schema["type"] {
	case "string":
		out.kind = textField
		return out.text(schema, m.matcher)
	case "boolean":
		out.kind = flagField
		return only(expresses(schema, "type"), out)
	case "integer", "number":
		out.kind = amountField
		if schema["type"] == "integer" {
			out.kind = countField
		}
		return only(expresses(schema, "type", "minimum", "maximum") && number(schema, "minimum", &out.least) && number(schema, "maximum", &out.top), out)
	case "array":
		item := m.field(f, schema["items"])
		if item == nil || item.kind != textField || !expresses(schema, "type", "items", "uniqueItems", "maxItems") {
			return nil
		}
		item.kind = listField
		item.distinct, _ = schema["uniqueItems"].(bool)
		return only(whole(schema, "maxItems", &item.most), item)
	}
	return nil
}

// maxHops ends a circle of references.
const maxHops = 16

// follow is the definition that a reference means, and the file where it stands.
func (m *formMaker) follow(f *schemafile.File, schema map[string]any) (*schemafile.File, map[string]any) {
	ref, _ := schema["$ref"].(string)
	if !expresses(schema, "$ref") {
		return nil, nil
	}
	file, definition := f.Follow(ref, m.files)
	target, _ := definition.(map[string]any)
	return file, target
}

// text completes the form of a field that holds text.
func (out *fieldForm) text(schema map[string]any, matcherOf func(of string) *pattern.Matcher) *fieldForm {
	if !expresses(schema, "type", "enum", "pattern", "maxLength") || !whole(schema, "maxLength", &out.longest) {
		return nil
	}
	if of, given := schema["pattern"].(string); given {
		if out.fits = matcherOf(of); out.fits == nil {
			return nil
		}
	}
	if enum, given := schema["enum"].([]any); given {
		out.values = make(map[string]string, len(enum))
		for _, value := range enum {
			if text, ok := value.(string); ok && out.permits(text) && isPlain(text) && personalShape(text) == "" {
				out.values[text] = text
			}
		}
	}
	return out
}

// permits reports whether a text that is not one of an enumeration will do.
func (out *fieldForm) permits(text string) bool {
	return len(text) <= out.longest && (out.fits == nil || out.fits.Fits(text))
}

// only is the form where it can be expressed.
func only(expressed bool, form *fieldForm) *fieldForm {
	if !expressed {
		return nil
	}
	return form
}

// number reads a number of a schema, where it is given.
func number(schema map[string]any, word string, into *float64) bool {
	value, given := schema[word]
	if !given {
		return true
	}
	text, ok := value.(json.Number)
	if !ok {
		return false
	}
	n, err := text.Float64()
	*into = n
	return err == nil
}

// whole reads a whole number of a schema, where it is given.
func whole(schema map[string]any, word string, into *int) bool {
	n := float64(*into)
	if _, given := schema[word]; !given {
		return true
	}
	if !number(schema, word, &n) || n != math.Trunc(n) || n > math.MaxInt32 {
		return false
	}
	*into = int(n)
	return true
}
