package obligation_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// tb is what helpers need of a test, whether of testing or of rapid.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var loadShipped = sync.OnceValues(func() (*law.Catalogue, error) { return load.Catalogue(ley30364.Files) })

// shipped is the catalogue that ships.
func shipped(t tb) *law.Catalogue {
	t.Helper()
	cat, err := loadShipped()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// minutes is how tests write local instants: with seconds and milliseconds only
// where there are any.
const minutes = "2006-01-02T15:04"

// instant reads a local instant of Peru, or a whole RFC 3339 one.
func instant(t tb, s string) time.Time {
	t.Helper()
	if len(s) == len(minutes) {
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

// local prints a local instant as tests write it, "." for none.
func local(cat *law.Catalogue, at time.Time) string {
	if at.IsZero() {
		return "."
	}
	at = at.In(cat.Zone)
	if at.Equal(at.Truncate(time.Minute)) {
		return at.Format(minutes)
	}
	return at.Format(minutes + ":05.999")
}

// story reads the events of one case, one a line: local time, type, then
// name=value for fields of the data. A date without time of day is precision
// day. id= and recorded= are those of the envelope; retracts= names the event
// that is meant. The n-th line has the id e<n>. All pass the door.
func story(t tb, lines ...string) []event.Event {
	t.Helper()
	door := shipped(t).Door()
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
				recorded = event.FormatInstant(instant(t, value))
			case "retracts":
				data["source"], data["id"] = "urn:test", value
			case "violence":
				data[name] = strings.Split(value, ",")
			default:
				data[name] = scalar(value)
			}
		}
		raw, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": id, "source": "urn:test", "subject": "c-1", "type": words[1],
			"time": event.FormatInstant(instant(t, at)), "recordedtime": recorded, "data": data,
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

// rows are the obligations of some duties, each as "instance regime started due
// done status" in local time, with the duty in front where there are several.
func rows(t tb, events []event.Event, q obligation.Query, duties ...string) []string {
	t.Helper()
	return rowsUnder(t, shipped(t), events, q, duties...)
}

// rowsUnder are the same under another law.
func rowsUnder(t tb, cat *law.Catalogue, events []event.Event, q obligation.Query, duties ...string) []string {
	t.Helper()
	var out []string
	for _, duty := range duties {
		if _, ok := cat.Duty(duty); !ok {
			t.Fatalf("the catalogue has no duty %s", duty)
		}
	}
	for _, o := range obligation.Fold(cat, events, q) {
		for _, duty := range duties {
			if o.Duty != duty {
				continue
			}
			row := strings.Join([]string{
				o.Instance, o.Regime, local(cat, o.StartedAt), local(cat, o.DueAt), local(cat, o.DoneAt), string(o.Status(q.AsOf)),
			}, " ")
			if len(duties) > 1 {
				row = duty + " " + row
			}
			out = append(out, row)
		}
	}
	return out
}
