package event

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What nearly every event looks like: JSON of printable ASCII without an escape.
// Such bytes are read here in one pass, checked by the form of their type, and
// where all is well they are an event. In every other case nothing is said, and
// the library reads them, which alone knows how to refuse.

// unplain marks the bytes that no plain text has.
var unplain = func() (marks [256]bool) {
	for c := range marks {
		marks[c] = c < ' ' || c > '~' || c == '\\'
	}
	return marks
}()

// isPlain reports whether a text is printable ASCII without a backslash, so that
// a string in it ends at the next quotation mark and means what it says.
func isPlain(text string) bool {
	for i := range len(text) {
		if unplain[text[i]] {
			return false
		}
	}
	return true
}

// decodePlain is decode for plain bytes that hold an event in order.
func (d *Door) decodePlain(raw []byte, now time.Time) (Event, bool) {
	text := string(raw)
	if len(text) > MaxBytes || !isPlain(text) {
		return Event{}, false
	}
	env, dataText, ok := plainEnvelope(text)
	if !ok || checkAttributes(&env) != nil {
		return Event{}, false
	}
	t, ok := d.Schemas.Type(env.Type)
	if !ok || t.form == nil {
		return Event{}, false
	}
	data, ok := plainData(dataText, t.form)
	if !ok {
		return Event{}, false
	}
	if place := data.Text("ubigeo"); place != "" && d.KnownPlace != nil && !d.KnownPlace(place) {
		return Event{}, false
	}
	e := Event{Subject: env.Subject, Source: env.Source, ID: env.ID, Type: t.Name, DataSchema: env.DataSchema, Data: data}
	ok = d.setTimes(&e, &env, now) == nil
	return e, ok
}

// Reread reads a canonical line that this door has let in before, and checks
// nothing again.
func (d *Door) Reread(canonical []byte) (Line, error) {
	if l, ok := d.rereadPlain(canonical); ok {
		return l, nil
	}
	e, err := Parse(canonical)
	if err != nil {
		return Line{}, err
	}
	data, err := e.Data.Canonical()
	if err != nil {
		return Line{}, fmt.Errorf("bring the data of event %s to canonical form: %w", e.ID, err)
	}
	return Line{e, canonical, data}, nil
}

func (d *Door) rereadPlain(canonical []byte) (Line, bool) {
	text := string(canonical)
	if !isPlain(text) || !strings.HasPrefix(text, dataPrefix) {
		return Line{}, false
	}
	env, dataText, ok := plainEnvelope(text)
	t, known := d.Schemas.Type(env.Type)
	if !ok || !known {
		return Line{}, false
	}
	// The form is asked for the sake of its values, each of which is in memory
	// once.
	data, ok := plainData(dataText, t.form)
	if !ok {
		return Line{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, env.Time)
	recorded, recordedErr := time.Parse(time.RFC3339Nano, env.RecordedTime)
	if err != nil || recordedErr != nil {
		return Line{}, false
	}
	e := Event{
		Subject: env.Subject, Source: env.Source, ID: env.ID, Type: t.Name,
		At: at.UTC(), RecordedAt: recorded.UTC(), DataSchema: env.DataSchema, Data: data,
	}
	end := len(dataPrefix) + len(dataText)
	return Line{e, canonical, canonical[len(dataPrefix):end:end]}, true
}

// A reader steps through plain JSON.
type reader struct {
	text string
	at   int
}

// skip passes over spaces: the only white space that plain text has.
func (r *reader) skip() {
	for r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
}

// take steps over a mark, if it is next.
func (r *reader) take(mark byte) bool {
	r.skip()
	if r.at < len(r.text) && r.text[r.at] == mark {
		r.at++
		return true
	}
	return false
}

// string reads a string.
func (r *reader) string() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	end := strings.IndexByte(r.text[r.at:], '"')
	if end < 0 {
		return "", false
	}
	s := r.text[r.at : r.at+end]
	r.at += end + 1
	return s, true
}

// name reads the name of the next member and its colon.
func (r *reader) name() (string, bool) {
	name, ok := r.string()
	return name, ok && r.take(':')
}

// word reads true, false or a number of few digits, and leaves all else alone.
func (r *reader) word() string {
	r.skip()
	from := r.at
	for r.at < len(r.text) && isAlphanumeric(rune(r.text[r.at])) {
		r.at++
	}
	return r.text[from:r.at]
}

// more steps over a comma; where there is none, it reports whether the closing
// mark follows.
func (r *reader) more(closing byte) (more, ok bool) {
	if r.take(',') {
		return true, true
	}
	return false, r.take(closing)
}

// object returns a flat object as it stands.
func (r *reader) object() (string, bool) {
	r.skip()
	from := r.at
	if !r.take('{') {
		return "", false
	}
	for quoted := false; r.at < len(r.text); {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			return "", false
		case c == '}':
			return r.text[from:r.at], true
		}
	}
	return "", false
}

// plainEnvelope reads the attributes, each once at most, and finds the data.
func plainEnvelope(text string) (env envelope, data string, ok bool) {
	r := reader{text: text}
	if !r.take('{') {
		return env, "", false
	}
	for more := true; more; {
		name, ok := r.name()
		if !ok {
			return env, "", false
		}
		into := env.attribute(name)
		switch {
		case name == "data" && data == "":
			data, ok = r.object()
		case into != nil && *into == "":
			// An empty attribute could come twice; it is left to the library.
			*into, ok = r.string()
			ok = ok && *into != ""
		default:
			ok = false
		}
		if !ok {
			return env, "", false
		}
		if more, ok = r.more('}'); !ok {
			return env, "", false
		}
	}
	r.skip()
	return env, data, r.at == len(text) && data != ""
}

// attribute is where a text attribute is kept, nil where it has another name.
func (env *envelope) attribute(name string) *string {
	switch name {
	case "specversion":
		return &env.SpecVersion
	case "id":
		return &env.ID
	case "source":
		return &env.Source
	case "type":
		return &env.Type
	case "subject":
		return &env.Subject
	case "time":
		return &env.Time
	case "recordedtime":
		return &env.RecordedTime
	case "datacontenttype":
		return &env.DataContentType
	case "dataschema":
		return &env.DataSchema
	}
	return nil
}

// plainData reads a flat object: with a form, one that the form and the rules
// about personal data accept; without one, whatever it holds.
func plainData(text string, f *form) (Data, bool) {
	r := reader{text: text}
	if !r.take('{') {
		return nil, false
	}
	if r.take('}') {
		return nil, r.ended() && (f == nil || f.required == 0)
	}
	data := make(Data, 0, strings.Count(text, ":"))
	var seen uint64
	for more := true; more; {
		name, ok := r.name()
		if !ok {
			return nil, false
		}
		var check *fieldForm
		if f != nil {
			if check = f.fields[name]; check == nil {
				return nil, false
			}
			seen |= check.bit
			name = check.name
		}
		one := field{name: name}
		if !r.value(&one, check) {
			return nil, false
		}
		data = append(data, one)
		if more, ok = r.more('}'); !ok {
			return nil, false
		}
	}
	return data, data.sort() && r.ended() && (f == nil || f.required&^seen == 0)
}

func (r *reader) ended() bool {
	r.skip()
	return r.at == len(r.text)
}

// value reads one value of the data into a field.
func (r *reader) value(into *field, check *fieldForm) (ok bool) {
	r.skip()
	if r.at == len(r.text) {
		return false
	}
	switch r.text[r.at] {
	case '"':
		into.text, ok = r.string()
		if !ok || check == nil {
			return ok
		}
		into.text, ok = check.one(into.text)
		return ok && check.kind == textField
	case '[':
		into.value, ok = r.list(check)
		return ok
	}
	switch word := r.word(); word {
	case "true", "false":
		into.value = word == "true"
		return check == nil || check.kind == flagField
	default:
		into.value, ok = plainNumber(word, check)
		return ok
	}
}

// one is a text, where the field may have it: of an enumeration the one that is in
// memory already.
func (check *fieldForm) one(s string) (string, bool) {
	if check.values != nil {
		value, ok := check.values[s]
		return value, ok
	}
	return s, check.permits(s) && personalShape(s) == ""
}

// plainDigits is how many digits a plain number has at most: fewer than an
// identity card, and so few that no rounding plays a part.
const plainDigits = 7

// plainNumber reads a whole number without sign, point or exponent.
func plainNumber(word string, check *fieldForm) (any, bool) {
	if word == "" || len(word) > plainDigits || word[0] == '0' && len(word) > 1 {
		return nil, false
	}
	n, err := strconv.ParseUint(word, 10, 32)
	if err != nil {
		return nil, false
	}
	v := float64(n)
	if check != nil && (check.kind != countField && check.kind != amountField || v < check.least || v > check.top) {
		return nil, false
	}
	return v, true
}

// list reads a list of texts.
func (r *reader) list(check *fieldForm) (any, bool) {
	if check != nil && check.kind != listField || !r.take('[') {
		return nil, false
	}
	items := []string{}
	if r.take(']') {
		return items, true
	}
	for more := true; more; {
		s, ok := r.string()
		if !ok {
			return nil, false
		}
		if check != nil {
			if s, ok = check.one(s); !ok || len(items) == check.most || check.distinct && slices.Contains(items, s) {
				return nil, false
			}
		}
		items = append(items, s)
		if more, ok = r.more(']'); !ok {
			return nil, false
		}
	}
	return items, true
}
