package event

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maskedValue replaces what a refused event may not keep.
const maskedValue = "[removed]"

// Mask returns what may be kept of a refused event, and whether anything was
// left out. What the door would accept in the same place is kept: attributes of
// the right shape, and fields with a value that some event type permits. All
// else may be personal data or free text and is replaced. Bytes that are not
// JSON are kept as length and digest only, since nothing in them can be told
// apart.
func (d *Door) Mask(raw []byte) (kept []byte, masked bool) {
	var object map[string]any
	if len(raw) > MaxBytes || json.Unmarshal(raw, &object, jsontext.AllowDuplicateNames(true)) != nil || object == nil {
		sum := sha256.Sum256(raw)
		return fmt.Appendf(nil, `{"bytes":%d,"sha256":"%s"}`, len(raw), hex.EncodeToString(sum[:])), true
	}
	// Where a name appears twice, the object holds one of its values only.
	value := jsontext.Value(raw)
	m := masker{schemas: d.Schemas, masked: !value.IsValid()}
	m.envelope(object)
	if !m.masked {
		return raw, false
	}
	kept, err := json.Marshal(object, json.Deterministic(true))
	if err != nil {
		return []byte("{}"), true
	}
	return kept, true
}

type masker struct {
	schemas *Schemas
	masked  bool
}

func (m *masker) envelope(object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		if data, ok := value.(map[string]any); ok && name == "data" {
			m.data(data)
		} else if !harmlessAttribute(name, value) {
			m.remove(object, name)
		}
	}
}

// data keeps known fields with permitted values.
func (m *masker) data(data map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(data)) {
		value := data[name]
		if personalValue(value) != "" || !m.schemas.permits(name, value) {
			m.remove(data, name)
		}
	}
}

// remove replaces a value, and drops a name that may itself say too much.
func (m *masker) remove(object map[string]any, name string) {
	delete(object, name)
	if shown(name) == name {
		object[name] = maskedValue
	}
	m.masked = true
}

// harmlessAttribute reports whether an attribute of the envelope has the shape
// that it ought to have.
func harmlessAttribute(name string, value any) bool {
	if value == nil {
		return shown(name) == name
	}
	text, ok := value.(string)
	if !ok {
		return false
	}
	switch name {
	case "id", "subject":
		return isCode(text) && personalShape(text) == ""
	case "source", "dataschema":
		return isSource(text) && personalPart(text) == ""
	case "type":
		return shown(text) == text
	case "time", "recordedtime":
		return looksLikeInstant(text)
	case "specversion":
		return text == specVersion
	case "datacontenttype":
		return isJSON(text)
	}
	return false
}

// looksLikeInstant reports whether a text begins like a date and goes on like a
// time of day, even where it is not an instant, and no number in it is shaped
// like personal data.
func looksLikeInstant(text string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return 'd'
		}
		return r
	}, text[:min(10, len(text))])
	if digits != "dddd-dd-dd" && digits != "dd/dd/dddd" && digits != "dd-dd-dddd" || len(text) > 35 {
		return false
	}
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("TZtz:+-., /", r) }) {
		if strings.Trim(number, "0123456789") != "" || personalShape(number) != "" {
			return false
		}
	}
	return true
}

// permits reports whether any event type lets a field of the name have the
// value.
func (s *Schemas) permits(field string, value any) bool {
	for _, t := range s.types {
		schema, ok := t.schema.Properties[field]
		if !ok || schema.Validate(value) != nil {
			continue
		}
		// The schema of a source leaves to the door what a URI is made of.
		text, isText := value.(string)
		return !isText || isCode(text) || isSource(text) && personalPart(text) == ""
	}
	return false
}
