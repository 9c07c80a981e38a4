// Package event holds the facts that Amparo records: the CloudEvents 1.0
// envelope, its canonical form, and the one door through which bytes become
// events.
//
// An event is immutable. Its identity is (subject, source, id); two events of
// one identity are the same event when their digests agree, and in conflict
// when they do not.
package event

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An Event is one recorded fact about one subject: a case, or a unit that
// reports about itself.
type Event struct {
	Subject string // pseudonymous case, or unit of a register
	Source  string // who recorded it, a URI reference
	ID      string // unique within subject and source
	Type    string // noun.verb-in-past

	// At is when it happened, in UTC. With day precision it is the first
	// instant of the local day.
	At time.Time
	// RecordedAt is when it was written down at the source, in UTC.
	RecordedAt time.Time

	DataSchema string // CloudEvents dataschema, kept as given
	Data       Data
}

// Identity tells events apart. Two events with one Identity are one event or
// a conflict.
type Identity struct{ Subject, Source, ID string }

// Identity returns the event's identity.
func (e *Event) Identity() Identity { return Identity{e.Subject, e.Source, e.ID} }

// Place returns the INEI code of the place, or "" where the event has none.
func (e *Event) Place() string { return e.Data.Text("ubigeo") }

// ByDay reports whether only the date of the event is known.
func (e *Event) ByDay() bool { return e.Data.Text("precision") == "day" }

// Compare orders the events of one subject: by time, then recorded time,
// source and id. Arrival plays no part, so every replay folds alike.
func Compare(a, b *Event) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := a.RecordedAt.Compare(b.RecordedAt); c != 0 {
		return c
	}
	if c := strings.Compare(a.Source, b.Source); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// Digest is the SHA-256 of an event's canonical form.
type Digest [sha256.Size]byte

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// envelope is the CloudEvents JSON form. Unknown attributes are refused by the
// decoder; a null attribute equals an absent one, as CloudEvents says.
type envelope struct {
	SpecVersion     string         `json:"specversion"`
	ID              string         `json:"id"`
	Source          string         `json:"source"`
	Type            string         `json:"type"`
	Subject         string         `json:"subject"`
	Time            string         `json:"time"`
	RecordedTime    string         `json:"recordedtime,omitzero"`
	DataContentType string         `json:"datacontenttype,omitzero"`
	DataSchema      string         `json:"dataschema,omitzero"`
	Data            jsontext.Value `json:"data,omitzero"`
}

const specVersion = "1.0"

// DigestOf is the digest of an event's canonical bytes.
func DigestOf(canonical []byte) Digest { return sha256.Sum256(canonical) }

// Parse reads canonical bytes that already passed the door, without checking
// them again.
func Parse(canonical []byte) (Event, error) {
	var env envelope
	if err := json.Unmarshal(canonical, &env); err != nil {
		return Event{}, fmt.Errorf("parse event: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, env.Time)
	if err != nil {
		return Event{}, fmt.Errorf("parse time of event %s: %w", env.ID, err)
	}
	recorded, err := time.Parse(time.RFC3339Nano, env.RecordedTime)
	if err != nil {
		return Event{}, fmt.Errorf("parse recordedtime of event %s: %w", env.ID, err)
	}
	data, err := ParseData(env.Data)
	if err != nil {
		return Event{}, fmt.Errorf("parse data of event %s: %w", env.ID, err)
	}
	return Event{
		Subject: env.Subject, Source: env.Source, ID: env.ID, Type: env.Type,
		At: at.UTC(), RecordedAt: recorded.UTC(), DataSchema: env.DataSchema, Data: data,
	}, nil
}

// SyntheticSource begins the source of every made-up event. The label is part of
// the event's identity, so it stays with the event wherever that is sent, imported,
// stored or exported.
const SyntheticSource = "urn:amparo:synthetic"

// Synthetic reports whether an event is made up.
func (e *Event) Synthetic() bool { return Synthetic(e.Source) }

// Synthetic reports whether a source is one of made-up events.
func Synthetic(source string) bool {
	rest, ok := strings.CutPrefix(source, SyntheticSource)
	return ok && (rest == "" || rest[0] == ':')
}

// FormatInstant prints an instant as Amparo prints it everywhere: RFC 3339 in
// UTC, milliseconds only where there are any, empty for the zero time.
func FormatInstant(t time.Time) string { return string(AppendInstant(nil, t)) }

// AppendInstant appends what FormatInstant prints.
func AppendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	t = t.UTC()
	year := t.Year()
	if year < 1000 || year > 9999 {
		return t.AppendFormat(b, instantLayout)
	}
	// What is printed of nearly every event and obligation, without the general
	// formatter.
	_, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = digits(digits(b, year/100), year%100)
	b = digits(append(digits(append(b, '-'), int(month)), '-'), day)
	b = digits(append(digits(append(b, 'T'), hour), ':'), minute)
	b = digits(append(b, ':'), second)
	if ms := t.Nanosecond() / int(time.Millisecond); ms != 0 {
		b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)) //nolint:gosec // Digits.
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, 'Z')
}

// digits appends a number of two digits.
func digits(b []byte, n int) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10)) //nolint:gosec // Digits.
}

const instantLayout = "2006-01-02T15:04:05.999Z07:00"
