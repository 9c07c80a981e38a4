package simulation

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"amparo/schemas/event"
)

// appendJSON appends an event as one line of CloudEvents JSON, with local times,
// the way institutions send them. The order of names is fixed.
func appendJSON(b []byte, e *event.Event, zone *time.Location) []byte {
	b = append(b, `{"specversion":"1.0","id":`...)
	b = appendText(b, e.ID)
	b = append(b, `,"source":`...)
	b = appendText(b, e.Source)
	b = append(b, `,"type":`...)
	b = appendText(b, e.Type)
	b = append(b, `,"subject":`...)
	b = appendText(b, e.Subject)
	b = append(b, `,"time":"`...)
	b = e.At.In(zone).AppendFormat(b, instantForm)
	if !e.RecordedAt.Equal(e.At) {
		b = append(b, `","recordedtime":"`...)
		b = e.RecordedAt.In(zone).AppendFormat(b, instantForm)
	}
	b = append(b, `","data":{`...)
	first := true
	for name, value := range e.Data.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendText(b, name)
		b = append(b, ':')
		b = appendValue(b, value)
	}
	return append(b, "}}\n"...)
}

// instantForm shows milliseconds only where there are any.
const instantForm = "2006-01-02T15:04:05.999Z07:00"

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case []string:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, item)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendText(b []byte, s string) []byte {
	// The only error is invalid UTF-8, which made-up codes do not have.
	out, err := jsontext.AppendQuote(b, s)
	if err != nil {
		return append(b, `""`...)
	}
	return out
}
