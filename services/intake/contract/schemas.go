package contract

import (
	"maps"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// object is a part of a JSON document.
type object = map[string]any

// components are the schemas that both descriptions share, to stand at base.
func components(cat *law.Catalogue, base string) object {
	out := cat.Events.Documents(base)
	var anyEvent []any
	for _, name := range cat.Events.Names() {
		t, _ := cat.Events.Type(name)
		out["event."+name] = eventSchema(t, base)
		anyEvent = append(anyEvent, ref(base, "event."+name))
	}
	out["envelope"] = envelope()
	out["event"] = object{"description": both("Un evento de cualquier tipo.", "An event of any type."), "oneOf": anyEvent}
	out["batch"] = object{"type": "array", "items": ref(base, "event")}
	out["result"] = object{"type": "string", "enum": []any{"accepted", "duplicate", "conflict", "refused"}, "description": both(
		"accepted: en disco; duplicate: el mismo evento ya se recibió; conflict: ya se recibió otro contenido con esa identidad, queda el primero; refused: no se guarda.",
		"accepted: on disk; duplicate: the same event came before; conflict: other content came before under that identity, the first stays; refused: it is not stored.")}
	out["reason"] = object{"type": "string", "enum": reasons()}
	out["answer"] = answerSchema(base)
	out["group"] = groupSchema(base)
	out["report"] = reportSchema(base)
	out["problem"] = problemSchema()
	out["fate"] = object{
		"type": "object", "additionalProperties": false, "required": []any{"receipt", "fate"},
		"properties": object{
			"receipt": text(),
			"fate":    object{"type": "string", "enum": []any{"pending", "stored", "conflict", "unstorable"}},
		},
	}
	return out
}

func ref(base, name string) object { return object{"$ref": base + name} }

func text() object { return object{"type": "string"} }

func count() object { return object{"type": "integer", "minimum": 0} }

// both is a text in Spanish, then in English.
func both(es, en string) string { return es + "\n\n" + en }

func reasons() []any {
	var out []any
	for _, reason := range event.Reasons() {
		out = append(out, string(reason))
	}
	return out
}

// envelope are the attributes of CloudEvents 1.0 as they are used here.
func envelope() object {
	code := object{"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"}
	with := func(schema object, es, en string) object {
		out := maps.Clone(schema)
		out["description"] = both(es, en)
		return out
	}
	instant := object{"type": "string", "format": "date-time"}
	return object{
		"type":     "object",
		"required": []any{"specversion", "id", "source", "type", "subject", "time", "data"},
		"properties": object{
			"specversion":     object{"const": "1.0"},
			"id":              with(code, "Único en su fuente y caso. El mismo evento se reenvía con el mismo id.", "Unique within source and case. The same event is sent again under the same id."),
			"source":          with(object{"type": "string", "maxLength": 256}, "Quién lo registró: la URI de su credencial.", "Who recorded it: the URI of your credential."),
			"type":            with(text(), "El tipo de evento del catálogo.", "The event type of the catalogue."),
			"subject":         with(code, "Seudónimo del caso, o código de la unidad; nunca un documento de identidad.", "Pseudonym of the case, or code of the unit; never an identity document."),
			"time":            with(instant, "Cuándo ocurrió, con zona; se trunca al milisegundo.", "When it happened, with zone; floored to the millisecond."),
			"recordedtime":    with(instant, "Cuándo se anotó, si fue después.", "When it was written down, if later."),
			"datacontenttype": with(text(), "application/json.", "application/json."),
			"dataschema":      text(),
		},
		"additionalProperties": object{
			"type":        []any{"string", "number", "boolean", "null"},
			"description": both("Los atributos de extensión de CloudEvents se aceptan y no se guardan.", "Extension attributes of CloudEvents are accepted and dropped."),
		},
	}
}

// eventSchema is the schema of the events of one type.
func eventSchema(t *event.Type, base string) object {
	schema := envelope()
	properties, _ := schema["properties"].(object)
	properties["type"] = object{"const": t.Name}
	properties["data"] = ref(base, "data."+t.Name)
	schema["title"] = t.Name
	schema["description"] = both(t.Title["es"], t.Description)
	return schema
}

func answerSchema(base string) object {
	return object{
		"type": "object", "additionalProperties": false, "required": []any{"line", "result"},
		"properties": object{
			"line":    object{"type": "integer", "minimum": 1, "description": both("Línea, o posición en el lote.", "Line, or position in the batch.")},
			"id":      text(),
			"result":  ref(base, "result"),
			"receipt": object{"type": "string", "description": both("Con él se pregunta después en /events/receipts/….", "To ask later at /events/receipts/….")},
			"reason":  ref(base, "reason"),
			"field":   text(),
			"detail":  text(), "detail_es": text(),
		},
	}
}

func groupSchema(base string) object {
	return object{
		"type": "object", "additionalProperties": false, "required": []any{"reason", "detail", "count", "lines"},
		"properties": object{
			"reason": ref(base, "reason"), "field": text(), "detail": text(), "detail_es": text(), "count": count(),
			"lines": object{"type": "array", "items": object{"type": "integer"}},
		},
	}
}

func reportSchema(base string) object {
	return object{
		"type": "object", "additionalProperties": false,
		"required": []any{"accepted", "duplicate", "conflict", "refused", "events"},
		"properties": object{
			"accepted": count(), "duplicate": count(), "conflict": count(), "refused": count(),
			"events":             object{"type": "array", "items": ref(base, "answer")},
			"dropped_attributes": object{"type": "array", "items": text()},
			"dry_run":            object{"type": "boolean"},
			"groups":             object{"type": "array", "items": ref(base, "group")},
		},
	}
}

func problemSchema() object {
	return object{
		"type": "object", "additionalProperties": false, "required": []any{"title", "title_es", "status", "detail", "detail_es"},
		"properties":  object{"title": text(), "title_es": text(), "status": object{"type": "integer"}, "detail": text(), "detail_es": text()},
		"description": both("No se tomó nada.", "Nothing was taken."),
	}
}

// examplesOf are the examples of accepted events, by type.
func examplesOf(examples []Example) object {
	out := object{}
	for _, e := range examples {
		out[e.Type] = object{"value": e.Accepted}
	}
	return out
}
