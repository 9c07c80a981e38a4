// Package export writes the event log in the two formats that process mining
// reads: XES (IEEE 1849-2016) and OCEL 2.0. It is for analysts whose purpose was
// approved: cases, and every reference that leads to one, become pseudonyms of the
// export, districts become provinces, and event ids are left out.
package export

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Cases are the events of each case that are to be exported, in the order in which
// they count. They may be read more than once.
type Cases func() iter.Seq2[[]event.Event, error]

// An Export says what is written, and how it is made anonymous.
type Export struct {
	Catalogue *law.Catalogue
	// Key makes the pseudonyms: the same key gives the same ones.
	Key []byte
	// About stands in the file: until when, under which law, from which data.
	About []Note
}

// A Note is one entry of what stands in the file about it.
type Note struct{ Name, Text string }

// provinceDigits are what is left of a place.
const provinceDigits = 4

// pseudonymDigits is the length of a pseudonym.
const pseudonymDigits = 20

// pseudonym is the pseudonym of a name, apart for each kind of name.
func (x *Export) pseudonym(kind, name string) string {
	h := hmac.New(sha256.New, x.Key)
	h.Write([]byte(kind + "\x00" + name))
	// Letters for digits: nothing in an export is shaped like a document number.
	text := []byte(hex.EncodeToString(h.Sum(nil))[:pseudonymDigits])
	for i, c := range text {
		if c <= '9' {
			text[i] = c - '0' + 'g'
		}
	}
	return kind[:1] + "-" + string(text)
}

// An attribute is one field of an event as it is exported: text, a number, a truth
// or a list of texts.
type attribute struct {
	name  string
	value any
}

// attributes are the fields of an event, by name. What the catalogue leaves open is
// a reference and becomes a pseudonym, but for institutions; a place becomes its
// province.
func (x *Export) attributes(e *event.Event) []attribute {
	kind, _ := x.Catalogue.Events.Type(e.Type)
	var out []attribute
	for name, value := range e.Data.All() {
		switch text, isText := value.(string); {
		case name == "ubigeo" && isText:
			out = append(out, attribute{"province", text[:min(provinceDigits, len(text))]})
			continue
		case isText && name != "institution" && name != "to_institution" && kind != nil && kind.HoldsText(name) && kind.Values(name) == nil && !isInstant(text):
			value = x.pseudonym("ref", text)
		}
		out = append(out, attribute{name, value})
	}
	return out
}

func isInstant(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	_, day := time.Parse(time.DateOnly, text)
	return err == nil || day == nil
}

// instant is an instant as both formats write it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
