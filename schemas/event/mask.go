package event

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maskedValue replaces what a refused event may not keep.
const maskedValue = "[removed]"

// Mask returns what may be kept of a refused event, and whether anything was
// left out. Envelope attributes and fields that the catalogue knows are kept
// when their values are codes, instants, numbers or flags; anything that could
// be personal data or free text is replaced. Bytes that are not JSON are kept
// as length and digest only, since nothing in them can be told apart.
func (d *Door) Mask(raw []byte) (kept []byte, masked bool) {
	var object map[string]any
	if len(raw) > MaxBytes || json.Unmarshal(raw, &object, jsontext.AllowDuplicateNames(true)) != nil {
		sum := sha256.Sum256(raw)
		return fmt.Appendf(nil, `{"bytes":%d,"sha256":"%s"}`, len(raw), hex.EncodeToString(sum[:])), true
	}
	m := masker{schemas: d.Schemas}
	for name, value := range object {
		if name == "data" {
			data, ok := value.(map[string]any)
			if ok {
				m.data(data)
				continue
			}
		}
		if !envelopeNames[name] {
			m.remove(object, name)
			continue
		}
		if text, ok := value.(string); !ok || personalPart(text) != "" || !isSource(text) {
			m.remove(object, name)
		}
	}
	if !m.masked {
		return raw, false
	}
	kept, err := json.Marshal(object, json.Deterministic(true))
	if err != nil {
		return []byte("{}"), true
	}
	return kept, true
}

var envelopeNames = map[string]bool{
	"specversion": true, "id": true, "source": true, "type": true, "subject": true, "time": true,
	"recordedtime": true, "datacontenttype": true, "dataschema": true, "data": true,
}

type masker struct {
	schemas *Schemas
	masked  bool
}

// data keeps known fields with harmless values. A name that no event type has
// may itself say too much, so such a field goes with its name.
func (m *masker) data(data map[string]any) {
	for name, value := range data {
		if !m.schemas.hasField(name) {
			m.remove(data, name)
			continue
		}
		if list, ok := value.([]any); ok {
			for i, item := range list {
				if !harmless(item) {
					list[i], m.masked = maskedValue, true
				}
			}
			continue
		}
		if !harmless(value) {
			data[name], m.masked = maskedValue, true
		}
	}
}

func (m *masker) remove(object map[string]any, name string) {
	delete(object, name)
	if shown(name) == name {
		object[name] = maskedValue
	}
	m.masked = true
}

func harmless(value any) bool {
	switch v := value.(type) {
	case bool, nil:
		return true
	case float64:
		return personalShape(Data{"n": v}.Scalar("n")) == ""
	case string:
		return (isCode(v) || isSource(v)) && personalPart(v) == ""
	}
	return false
}

// hasField reports whether any event type has a field of that name.
func (s *Schemas) hasField(name string) bool {
	for _, t := range s.types {
		if t.fields[name] {
			return true
		}
	}
	return false
}
