package event

import (
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Data is the payload of an event: a flat object whose values are texts, flags,
// numbers or lists of texts. Its shape is given by the catalogue's schema of the
// event type. Nothing in it is changed: an event has few fields, so that they lie
// behind each other, in order of their names.
type Data []field

// A field is one member of the data.
type field struct {
	name string
	text string // nothing else, where value is nil
	// value is a bool, a float64 or a []string; or null, or what no schema of an event
	// lets pass, as it was read.
	value any
}

// null stands for a null, since nil stands for a text.
type null struct{}

// Fields are data while they are put together: strings, bools, float64s, and lists
// of strings as []any or []string.
type Fields map[string]any

// Data are the fields as an event holds them.
func (f Fields) Data() Data {
	if len(f) == 0 {
		return nil
	}
	d := make(Data, 0, len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		d = append(d, fieldOf(name, f[name]))
	}
	return d
}

func fieldOf(name string, value any) field {
	switch v := value.(type) {
	case string:
		return field{name: name, text: v}
	case nil:
		return field{name: name, value: null{}}
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			text, ok := item.(string)
			if !ok {
				return field{name: name, value: v}
			}
			texts[i] = text
		}
		return field{name: name, value: texts}
	}
	return field{name: name, value: value}
}

// ParseData reads a JSON object. Duplicate names and invalid UTF-8 are errors.
func ParseData(b []byte) (Data, error) { return ParseDataText(string(b)) }

// ParseDataText is ParseData of a text, which the data's texts may share.
func ParseDataText(text string) (Data, error) {
	if text == "" {
		return nil, nil
	}
	if isPlain(text) {
		if d, ok := plainData(text, nil); ok {
			return d, nil
		}
	}
	f, err := parseFields([]byte(text))
	return f.Data(), err
}

// parseFields reads a JSON object by the library.
func parseFields(b []byte) (Fields, error) {
	var f Fields
	err := json.Unmarshal(b, &f)
	return f, err
}

// at is a field, nil where there is none of the name.
func (d Data) at(name string) *field {
	for i := range d {
		if d[i].name == name {
			return &d[i]
		}
	}
	return nil
}

// Text returns a string field, or "" where it is absent or of another type.
func (d Data) Text(name string) string {
	if f := d.at(name); f != nil {
		return f.text
	}
	return ""
}

// Flag returns a boolean field; absent reads as false.
func (d Data) Flag(name string) bool {
	b, _ := d.Value(name).(bool)
	return b
}

// Number returns a numeric field and whether it is there.
func (d Data) Number(name string) (float64, bool) {
	n, ok := d.Value(name).(float64)
	return n, ok
}

// Has reports whether the field is there at all.
func (d Data) Has(name string) bool { return d.at(name) != nil }

// Value returns a field as a string, a bool, a float64 or a []string; nil where it
// is absent.
func (d Data) Value(name string) any {
	if f := d.at(name); f != nil {
		return f.any()
	}
	return nil
}

// All yields the fields in order of their names, with their values as Value has them.
func (d Data) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range d {
			if !yield(d[i].name, d[i].any()) {
				return
			}
		}
	}
}

// Fields are the data in a form in which they can be changed.
func (d Data) Fields() Fields { return maps.Collect(d.All()) }

func (f *field) any() any {
	switch f.value.(type) {
	case nil:
		return f.text
	case null:
		return nil
	}
	return f.value
}

// Holds reports whether the field equals the value, or, where the field is a
// list, contains it. Booleans compare as "true" and "false".
func (d Data) Holds(name, value string) bool {
	f := d.at(name)
	if f == nil {
		return false
	}
	switch v := f.value.(type) {
	case nil:
		return f.text == value
	case bool:
		return strconv.FormatBool(v) == value
	case float64:
		return numberText(v) == value
	case []string:
		return slices.Contains(v, value)
	}
	return false
}

// Scalar returns a field as text, for conditions that compare facts. Absent
// fields and lists give "".
func (d Data) Scalar(name string) string {
	f := d.at(name)
	if f == nil {
		return ""
	}
	switch v := f.value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return numberText(v)
	}
	return f.text
}

// Equal reports whether both have the same fields with the same values.
func (d Data) Equal(other Data) bool { return reflect.DeepEqual(d.Fields(), other.Fields()) }

// sort puts fields in order of their names. It reports whether each name is there
// once.
func (d Data) sort() bool {
	for i := 1; i < len(d); i++ {
		for at := i; at > 0; at-- {
			order := strings.Compare(d[at-1].name, d[at].name)
			if order == 0 {
				return false
			}
			if order < 0 {
				break
			}
			d[at-1], d[at] = d[at], d[at-1]
		}
	}
	return true
}

// numberText prints a number with all its digits and no exponent, as it is
// written in a catalogue and as it looks on an identity card.
func numberText(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
