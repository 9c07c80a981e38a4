package event_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"
	"time"

	"amparo/schemas/event"
)

// now is the clock of all tests.
var now = time.Date(2024, 3, 1, 20, 0, 0, 0, time.UTC)

// An object is a JSON object to be changed by a test.
type object = map[string]any

// report is an event that the door accepts. change may spoil it.
func report(change func(envelope, data object)) []byte {
	data := object{
		"ubigeo": "040101", "institution": "pnp-aqp-017", "institution_kind": "police-station",
		"channel": "police", "violence": []any{"physical", "sexual"}, "flagrancy": true,
	}
	envelope := object{
		"specversion": "1.0", "id": "6f0c", "source": "urn:pe:pnp:sidpol", "type": "report.received", "subject": "c-9b1f",
		"time": "2024-03-01T10:15:00-05:00", "recordedtime": "2024-03-01T10:40:00-05:00", "data": data,
	}
	if change != nil {
		change(envelope, data)
	}
	return encode(envelope)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // A mistake in the test itself.
	}
	return b
}

// accept passes bytes through the door.
func accept(t testing.TB, door *event.Door, raw []byte) event.Event {
	t.Helper()
	e, err := door.Decode(raw, now)
	if err != nil {
		t.Fatalf("refused %s: %v", raw, err)
	}
	return e
}

func canonical(t testing.TB, e *event.Event) string {
	t.Helper()
	b, err := e.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// doorOf is the door of a catalogue with one event type, a.b.
func doorOf(t testing.TB, schema []byte) *event.Door {
	t.Helper()
	schemas, err := event.CompileSchemas(fstest.MapFS{"events/a.b.json": {Data: schema}}, "events")
	if err != nil {
		t.Fatal(err)
	}
	return &event.Door{Schemas: schemas, Zone: time.UTC}
}
