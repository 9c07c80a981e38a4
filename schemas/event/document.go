package event

import "strings"

// Documents are the schemas as they are written, as one set under which others
// can be put: "field.<definition>" for what several types share and "data.<type>"
// for the data of each type. base is where the set will stand, such as
// "#/components/schemas/"; references lead there.
func (s *Schemas) Documents(base string) map[string]any {
	out := map[string]any{}
	for name, definition := range s.shared {
		out["field."+name] = moved(definition, base, base+"field.")
	}
	for name, t := range s.types {
		schema, _ := moved(t.doc, base, base+"data."+name+"/$defs/").(map[string]any)
		delete(schema, "$schema") // That of the whole document counts.
		out["data."+name] = schema
	}
	return out
}

// moved copies a part of a schema with its references led to where the set
// stands; local is where those within its own file lead.
func moved(part any, base, local string) any {
	switch part := part.(type) {
	case map[string]any:
		out := make(map[string]any, len(part))
		for word, value := range part {
			ref, isText := value.(string)
			if word == "$ref" && isText {
				out[word] = movedRef(ref, base, local)
				continue
			}
			out[word] = moved(value, base, local)
		}
		return out
	case []any:
		out := make([]any, len(part))
		for i, value := range part {
			out[i] = moved(value, base, local)
		}
		return out
	}
	return part
}

func movedRef(ref, base, local string) string {
	file, definition, _ := strings.Cut(ref, "#/$defs/")
	if file == "" {
		return local + definition
	}
	return base + "field." + definition
}
