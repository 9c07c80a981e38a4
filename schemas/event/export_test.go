package event

import (
	"time"

	"amparo/schemas/event/pattern"
)

// DecodePlain and DecodeByLibrary are the two readers behind Decode, to be held
// against each other.
func (d *Door) DecodePlain(raw []byte, now time.Time) (Event, bool) { return d.decodePlain(raw, now) }
func (d *Door) DecodeByLibrary(raw []byte, now time.Time) (Event, error) {
	e, _, err := d.decodeByLibrary(raw, now)
	return e, err
}

// EncodeByLibrary is Canonical without its short way.
func (e *Event) EncodeByLibrary() ([]byte, error) { return e.encode() }

// HasForm reports whether events of the type can be checked while they are read.
func (t *Type) HasForm() bool { return t.form != nil }

// Fits asks a matcher; known is false where the pattern has none.
func Fits(of, text string) (fits, known bool) {
	m, ok := pattern.New(of)
	return ok && isPlain(text) && m.Fits(text), ok
}
