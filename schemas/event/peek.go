package event

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// PeekID is the id of an event that may be broken, for an answer to its sender:
// "" where there is none, or where what stands there is not shaped like one.
func PeekID(raw []byte) string {
	if len(raw) > MaxBytes {
		return ""
	}
	var part struct {
		ID jsontext.Value `json:"id"`
	}
	if json.Unmarshal(raw, &part, jsontext.AllowDuplicateNames(true)) != nil {
		return ""
	}
	var id string
	if json.Unmarshal(part.ID, &id) != nil || !isCode(id) || personalShape(id) != "" {
		return ""
	}
	return id
}
