package event

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Canonical returns the event as one line of RFC 8785 JSON with instants in
// UTC: the form that travels on the stream and that the digest covers. Equal
// facts have equal bytes.
func (e *Event) Canonical() ([]byte, error) {
	l, err := e.Line()
	return l.Bytes, err
}

// A Line is an event with its canonical form, which is made once and carried.
type Line struct {
	Event
	Bytes []byte
	// DataText is the data's own canonical form.
	DataText []byte
}

// Digest is the digest of the event.
func (l *Line) Digest() Digest { return DigestOf(l.Bytes) }

// Line makes the event's canonical form.
func (e *Event) Line() (Line, error) {
	if b, data, ok := e.appendPlain(make([]byte, 0, usualLine)); ok {
		return Line{*e, b, data}, nil
	}
	b, err := e.encode()
	if err != nil {
		return Line{}, err
	}
	data, err := e.Data.Canonical()
	if err != nil {
		return Line{}, fmt.Errorf("bring the data of event %s to canonical form: %w", e.ID, err)
	}
	return Line{*e, b, data}, nil
}

// usualLine is room for the canonical form of nearly every event.
const usualLine = 512

// encode is Canonical by the library, for what is not plain.
func (e *Event) encode() ([]byte, error) {
	b, err := json.Marshal(struct {
		envelope
		Data Fields `json:"data"` // in place of the envelope's own, to be encoded once
	}{envelope{
		SpecVersion: specVersion, ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject,
		Time: FormatInstant(e.At), RecordedTime: FormatInstant(e.RecordedAt), DataSchema: e.DataSchema,
	}, e.Data.Fields()})
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	v := jsontext.Value(b)
	if err := v.Canonicalize(); err != nil {
		return nil, fmt.Errorf("bring event %s to canonical form: %w", e.ID, err)
	}
	return v, nil
}

// appendPlain writes an event all of whose texts are plain: nothing needs an
// escape, and so sorting the names is all there is to do. data is the part of
// the line that holds the data.
func (e *Event) appendPlain(b []byte) (line, data []byte, ok bool) {
	b = append(b, dataPrefix...)
	if b, ok = e.Data.appendPlain(b); !ok || e.At.IsZero() {
		return nil, nil, false
	}
	end := len(b)
	if e.DataSchema != "" {
		if b, ok = appendMember(b, "dataschema", e.DataSchema); !ok {
			return nil, nil, false
		}
	}
	if b, ok = appendMember(b, "id", e.ID); !ok {
		return nil, nil, false
	}
	if !e.RecordedAt.IsZero() {
		b = appendInstant(append(b, `,"recordedtime":`...), e.RecordedAt)
	}
	if b, ok = appendMember(b, "source", e.Source); !ok {
		return nil, nil, false
	}
	b = append(b, `,"specversion":"`+specVersion+`"`...)
	if b, ok = appendMember(b, "subject", e.Subject); !ok {
		return nil, nil, false
	}
	b = appendInstant(append(b, `,"time":`...), e.At)
	if b, ok = appendMember(b, "type", e.Type); !ok {
		return nil, nil, false
	}
	return append(b, '}'), b[len(dataPrefix):end:end], true
}

// dataPrefix is how the canonical form of every event begins.
const dataPrefix = `{"data":`

func appendMember(b []byte, name, value string) ([]byte, bool) {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendText(b, value)
}

// appendText writes a string that needs no escape.
func appendText(b []byte, text string) ([]byte, bool) {
	for i := range len(text) {
		if unplain[text[i]] || text[i] == '"' {
			return nil, false
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"'), true
}

func appendInstant(b []byte, t time.Time) []byte {
	return append(AppendInstant(append(b, '"'), t), '"')
}

// Canonical returns the RFC 8785 form.
func (d Data) Canonical() (jsontext.Value, error) {
	if b, ok := d.appendPlain(nil); ok {
		return b, nil
	}
	b, err := json.Marshal(d.Fields())
	if err != nil {
		return nil, err
	}
	v := jsontext.Value(b)
	return v, v.Canonicalize()
}

// appendPlain writes data all of whose texts are plain.
func (d Data) appendPlain(b []byte) (_ []byte, ok bool) {
	b = append(b, '{')
	for i := range d {
		if i > 0 {
			b = append(b, ',')
		}
		if b, ok = appendText(b, d[i].name); !ok {
			return nil, false
		}
		if b, ok = d[i].appendPlain(append(b, ':')); !ok {
			return nil, false
		}
	}
	return append(b, '}'), true
}

// appendPlain writes a value.
func (f *field) appendPlain(b []byte) (_ []byte, ok bool) {
	switch v := f.value.(type) {
	case nil:
		return appendText(b, f.text)
	case bool:
		return strconv.AppendBool(b, v), true
	case float64:
		// Numbers with a fraction or many digits have rules of their own.
		if v != math.Trunc(v) || v < 0 || v > maxPlainNumber {
			return nil, false
		}
		return strconv.AppendUint(b, uint64(v), 10), true
	case []string:
		b = append(b, '[')
		for i, text := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, ok = appendText(b, text); !ok {
				return nil, false
			}
		}
		return append(b, ']'), true
	}
	return nil, false
}

// maxPlainNumber is far below where RFC 8785 begins to write an exponent.
const maxPlainNumber = 1e9
