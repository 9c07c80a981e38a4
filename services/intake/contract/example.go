// Package contract describes the intake to programs that send: OpenAPI for HTTP,
// AsyncAPI for NATS, and examples of every event type, all from the catalogue.
package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// An Example is an event of one type that is accepted, and one that is not.
type Example struct {
	Type     string
	Accepted json.RawMessage
	Refused  json.RawMessage
	// Reason and Field are why the second is refused.
	Reason event.Reason
	Field  string
}

// exampleTime is when the examples happened, exampleNow when they are sent.
const exampleTime = "2024-03-01T10:15:00-05:00"

var exampleNow = time.Date(2024, 3, 2, 0, 0, 0, 0, time.UTC)

// extraField is what the refused examples have too much: the data of an event is
// closed, and free text is never stored.
const extraField = "nota"

// Examples makes one for every event type of a catalogue. The door itself says
// what the data still lacks, until it accepts them.
func Examples(cat *law.Catalogue) ([]Example, error) {
	candidates := newCandidates(cat)
	var examples []Example
	for _, name := range cat.Events.Names() {
		t, _ := cat.Events.Type(name)
		data, err := candidates.complete(t)
		if err != nil {
			return nil, err
		}
		e := Example{Type: name, Accepted: encode(t, data), Reason: event.UnknownField, Field: "data." + extraField}
		data[extraField] = "texto libre"
		e.Refused = encode(t, data)
		examples = append(examples, e)
	}
	return examples, nil
}

// encode makes an event of the data of one.
func encode(t *event.Type, data map[string]any) json.RawMessage {
	subject := "c-ejemplo-1"
	if t.OfRegister {
		subject = "u-ejemplo-1"
	}
	b, err := json.Marshal(struct {
		SpecVersion string         `json:"specversion"`
		ID          string         `json:"id"`
		Source      string         `json:"source"`
		Type        string         `json:"type"`
		Subject     string         `json:"subject"`
		Time        string         `json:"time"`
		Data        map[string]any `json:"data"`
	}{"1.0", "ejemplo-" + t.Name, "urn:pe:ejemplo:registro", t.Name, subject, exampleTime, data})
	if err != nil {
		panic(fmt.Sprintf("encode an example of %s: %v", t.Name, err)) // Texts, numbers and flags can always be written.
	}
	return b
}

// candidates are values that a field may have.
type candidates struct {
	door   *event.Door
	places []string
	words  []string // of all fields, for codes that a schema narrows by condition
}

func newCandidates(cat *law.Catalogue) *candidates {
	words := map[string]bool{}
	for _, name := range cat.Events.Names() {
		t, _ := cat.Events.Type(name)
		for _, field := range t.Fields() {
			for _, value := range t.Values(field) {
				words[value] = true
			}
		}
	}
	return &candidates{door: cat.Door(), places: cat.Places.Departments(), words: slices.Sorted(maps.Keys(words))}
}

// of are the values to try for a field, the likeliest first.
func (c *candidates) of(t *event.Type, field string) []any {
	var values []any
	if field == "ubigeo" {
		for _, place := range c.places {
			values = append(values, place)
		}
	}
	for _, value := range t.Values(field) {
		values = append(values, value, []any{value})
	}
	values = append(values, true, 1, "x-1", "urn:pe:ejemplo:registro", exampleTime)
	for _, word := range c.words {
		values = append(values, word)
	}
	return values
}

// complete tries values until the door accepts the data.
func (c *candidates) complete(t *event.Type) (map[string]any, error) {
	data, tried := map[string]any{}, map[string]int{}
	for range 10_000 {
		_, err := c.door.Decode(encode(t, data), exampleNow)
		if err == nil {
			return data, nil
		}
		why := event.AsRefusal(err)
		field, ok := strings.CutPrefix(why.Field, "data.")
		field, _, _ = strings.Cut(field, ".")
		values := c.of(t, field)
		if !ok || tried[field] == len(values) {
			return nil, fmt.Errorf("no example of %s is accepted: %w", t.Name, err)
		}
		data[field] = values[tried[field]]
		tried[field]++
	}
	return nil, fmt.Errorf("no example of %s is accepted", t.Name)
}
