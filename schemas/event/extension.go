package event

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// arrived is an envelope as senders write it, with the attributes that Amparo
// does not know: extensions of CloudEvents such as traceparent.
type arrived struct {
	envelope
	Others map[string]jsontext.Value `json:",embed"`
}

// checkExtensions lets pass what CloudEvents calls an extension attribute. It is
// dropped, since nothing here reads it and it might hold anything; the names are
// told to the sender. What cannot be one, or is rather a slip of the pen, is
// refused: to drop it would lose a fact in silence.
func (d *Door) checkExtensions(others map[string]jsontext.Value) ([]string, *Refusal) {
	if len(others) == 0 {
		return nil, nil
	}
	names := slices.Sorted(maps.Keys(others))
	for i, name := range names {
		kind := others[name].Kind()
		switch {
		case d.Schemas.hasField(name):
			return nil, refuse(UnknownAttribute, shown(name), "this is a field of the data: put it into data")
		case slip(name) != "":
			return nil, refuse(UnknownAttribute, shown(name), "not an attribute; did you mean %q?", slip(name))
		case !isExtension(name):
			return nil, refuse(UnknownAttribute, shown(name), "not an attribute of CloudEvents that is used here; remove it")
		case kind == '{' || kind == '[':
			return nil, refuse(BadValue, shown(name), "an extension attribute is text, a number or true or false; remove it")
		}
		names[i] = shown(name)
	}
	return names, nil
}

// isExtension reports whether CloudEvents lets an attribute have the name: up to
// 20 lower-case letters and digits.
func isExtension(name string) bool {
	return name != "" && len(name) <= 20 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// attributes are those that the envelope has.
var attributes = []string{"specversion", "id", "source", "type", "subject", "time", "recordedtime", "datacontenttype", "dataschema", "data"}

// slip is the attribute that a name was meant to be, or "".
func slip(name string) string {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	if strings.HasPrefix(name, "recorded") {
		return "recordedtime"
	}
	for _, attribute := range attributes {
		most := (len(attribute) + 2) / 4 // letters that may be wrong
		if editDistance(name, attribute, most+1) <= most {
			return attribute
		}
	}
	return ""
}

// hasField reports whether any event type has the field.
func (s *Schemas) hasField(name string) bool {
	for _, t := range s.types {
		if t.fields[name] {
			return true
		}
	}
	return false
}
