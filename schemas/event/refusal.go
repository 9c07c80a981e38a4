package event

import (
	"errors"
	"fmt"
)

// A Reason says in one word why bytes were refused. The set is closed, so it
// can label a metric.
type Reason string

// The reasons for which the door refuses an event.
const (
	BrokenJSON       Reason = "broken-json"          // not one JSON object
	UnknownAttribute Reason = "unknown-attribute"    // the envelope is closed
	Missing          Reason = "missing"              // a required attribute or field is absent
	UnknownType      Reason = "unknown-type"         // no schema of that name
	UnknownField     Reason = "unknown-field"        // the data is closed
	BadValue         Reason = "bad-value"            // outside the permitted values
	PersonalData     Reason = "personal-data"        // shaped like a document, phone or e-mail
	BadTime          Reason = "bad-time"             // not an instant with a zone
	FutureTime       Reason = "future-time"          // later than the clock allows
	RecordedEarly    Reason = "recorded-before-time" // written down before it happened
	UnknownPlace     Reason = "unknown-place"        // not a code of the catalogue
	TooLarge         Reason = "too-large"            // longer than MaxBytes
	NotAllowed       Reason = "not-allowed"          // the sender does not speak for it
	Conflict         Reason = "conflict"             // same identity, other content
	Unstorable       Reason = "unstorable"           // the store has proven that it cannot take it
)

// Reasons lists every reason, in the order above.
func Reasons() []Reason {
	return []Reason{
		BrokenJSON, UnknownAttribute, Missing, UnknownType, UnknownField, BadValue, PersonalData,
		BadTime, FutureTime, RecordedEarly, UnknownPlace, TooLarge, NotAllowed, Conflict, Unstorable,
	}
}

// A Refusal says why an event was not accepted, in which field, and what to do.
type Refusal struct {
	Reason Reason
	Field  string // "time", "data.channel"; empty where the whole is at fault
	Detail string
}

func (r *Refusal) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("%s: %s", r.Reason, r.Detail)
	}
	return fmt.Sprintf("%s in %s: %s", r.Reason, r.Field, r.Detail)
}

func refuse(reason Reason, field, detail string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Field: field, Detail: fmt.Sprintf(detail, args...)}
}

// AsRefusal is the refusal in an error. Another error becomes one that blames
// the whole event.
func AsRefusal(err error) *Refusal {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal
	}
	return refuse(BadValue, "", "%v", err)
}
