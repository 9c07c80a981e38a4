package lawtest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"amparo/schemas/event"
)

// Minutes is how tests write local instants: with seconds and milliseconds only
// where there are any.
const Minutes = "2006-01-02T15:04"

// Instant reads a local instant of Peru, or a whole RFC 3339 one.
func Instant(t TB, s string) time.Time {
	t.Helper()
	if len(s) == len(Minutes) {
		s += ":00"
	}
	if !strings.HasSuffix(s, "Z") {
		s += "-05:00"
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Story reads the events of one case, one a line: local time, type, then
// name=value for fields of the data. A date without time of day is precision
// day. id= and recorded= are those of the envelope; retracts= names the event
// that is meant. The n-th line has the id e<n>. All pass the door.
func Story(t TB, lines ...string) []event.Event {
	t.Helper()
	door := Shipped(t).Door()
	events := make([]event.Event, len(lines))
	for i, line := range lines {
		words := strings.Fields(line)
		data := map[string]any{"ubigeo": "150101"}
		id, at, recorded := fmt.Sprintf("e%d", i+1), words[0], ""
		if len(at) == len(time.DateOnly) {
			data["precision"], at = "day", at+"T15:00"
		}
		for _, word := range words[2:] {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "id":
				id = value
			case "recorded":
				recorded = event.FormatInstant(Instant(t, value))
			case "retracts":
				data["source"], data["id"] = "urn:test", value
			case "violence", "measures", "sanctions":
				data[name] = strings.Split(value, ",")
			default:
				data[name] = scalar(value)
			}
		}
		raw, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": id, "source": "urn:test", "subject": "c-1", "type": words[1],
			"time": event.FormatInstant(Instant(t, at)), "recordedtime": recorded, "data": data,
		})
		if err != nil {
			t.Fatal(err)
		}
		if events[i], err = door.Decode(raw, time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return events
}

func scalar(value string) any {
	if b, err := strconv.ParseBool(value); err == nil && len(value) > 1 {
		return b
	}
	return value
}
