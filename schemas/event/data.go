package event

import (
	"strconv"

	"github.com/go-json-experiment/json"
)

// Data is the payload of an event: a flat object whose values are strings,
// booleans, numbers (float64) or lists of strings. Its shape is given by the
// catalogue's schema of the event type.
type Data map[string]any

// ParseData reads a JSON object. Duplicate names and invalid UTF-8 are errors.
func ParseData(b []byte) (Data, error) { return ParseDataText(string(b)) }

// ParseDataText is ParseData of a text, which the data's texts may share.
func ParseDataText(text string) (Data, error) {
	if text == "" {
		return Data{}, nil
	}
	if isPlain(text) {
		if d, ok := plainData(text, nil); ok {
			return d, nil
		}
	}
	var d Data
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, err
	}
	return d, nil
}

// Text returns a string field, or "" where it is absent or of another type.
func (d Data) Text(name string) string {
	s, _ := d[name].(string)
	return s
}

// Flag returns a boolean field; absent reads as false.
func (d Data) Flag(name string) bool {
	b, _ := d[name].(bool)
	return b
}

// Number returns a numeric field and whether it is there.
func (d Data) Number(name string) (float64, bool) {
	f, ok := d[name].(float64)
	return f, ok
}

// Has reports whether the field is there at all.
func (d Data) Has(name string) bool {
	_, ok := d[name]
	return ok
}

// Holds reports whether the field equals the value, or, where the field is a
// list, contains it. Booleans compare as "true" and "false".
func (d Data) Holds(name, value string) bool {
	switch v := d[name].(type) {
	case string:
		return v == value
	case bool:
		return strconv.FormatBool(v) == value
	case float64:
		return numberText(v) == value
	case []any:
		for _, item := range v {
			if s, ok := item.(string); ok && s == value {
				return true
			}
		}
	}
	return false
}

// Scalar returns a field as text, for conditions that compare facts. Absent
// fields and lists give "".
func (d Data) Scalar(name string) string {
	switch v := d[name].(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return numberText(v)
	}
	return ""
}

// numberText prints a number with all its digits and no exponent, as it is
// written in a catalogue and as it looks on an identity card.
func numberText(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
