package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// MaxBytes bounds one event. A real one has about 400 bytes.
const MaxBytes = 16 << 10

// MaxAhead is how far an event's time may lie ahead of the clock.
const MaxAhead = 5 * time.Minute

// A Door turns bytes into events, or says why not. It is the only way in.
type Door struct {
	Schemas *Schemas
	Zone    *time.Location
	// KnownPlace reports whether the catalogue has the place; nil where it has
	// no places.
	KnownPlace func(code string) bool
}

// Decode checks one event in CloudEvents JSON form against the clock and the
// catalogue. The error is a *Refusal.
func (d *Door) Decode(raw []byte, now time.Time) (Event, error) {
	if len(raw) > MaxBytes {
		return Event{}, refuse(TooLarge, "", "the event has %d bytes, at most %d are accepted", len(raw), MaxBytes)
	}
	var env envelope
	if err := json.Unmarshal(raw, &env, json.RejectUnknownMembers(true)); err != nil {
		return Event{}, envelopeRefusal(err)
	}
	if refusal := checkAttributes(&env); refusal != nil {
		return Event{}, refusal
	}
	schema, ok := d.Schemas.Type(env.Type)
	if !ok {
		return Event{}, refuse(UnknownType, "type", "the catalogue has no event type %q%s", shown(env.Type), nearest(env.Type, d.Schemas.Names()))
	}
	data, refusal := d.checkData(schema, env.Data)
	if refusal != nil {
		return Event{}, refusal
	}
	e := Event{
		Subject: env.Subject, Source: env.Source, ID: env.ID, Type: env.Type,
		DataSchema: env.DataSchema, Data: data,
	}
	if refusal := d.setTimes(&e, &env, now); refusal != nil {
		return Event{}, refusal
	}
	return e, nil
}

// envelopeRefusal explains a decoding error without repeating the input, which
// may hold what must not be kept.
func envelopeRefusal(err error) *Refusal {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		field := strings.TrimPrefix(string(semantic.JSONPointer), "/")
		switch {
		case errors.Is(err, json.ErrUnknownName):
			return refuse(UnknownAttribute, shown(field), "not an attribute of CloudEvents that is used here; remove it")
		case field == "":
			return refuse(BrokenJSON, "", "expected one JSON object, found another kind of value")
		}
		return refuse(BadValue, shown(field), "expected a JSON string")
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return refuse(BrokenJSON, "", "a name appears twice in one object")
		}
		return refuse(BrokenJSON, "", "invalid JSON at byte %d", syntactic.ByteOffset+1)
	}
	return refuse(BrokenJSON, "", "invalid JSON: the object ends too early")
}

func checkAttributes(env *envelope) *Refusal {
	if env.SpecVersion != specVersion {
		if env.SpecVersion == "" {
			return refuse(Missing, "specversion", `add "specversion":"1.0"`)
		}
		return refuse(BadValue, "specversion", "expected 1.0")
	}
	if env.DataContentType != "" && env.DataContentType != "application/json" {
		return refuse(BadValue, "datacontenttype", "expected application/json")
	}
	for _, a := range []struct{ name, value string }{
		{"id", env.ID}, {"source", env.Source}, {"type", env.Type}, {"subject", env.Subject}, {"time", env.Time},
	} {
		if a.value == "" {
			return refuse(Missing, a.name, "the attribute is required")
		}
	}
	for _, a := range []struct{ name, value string }{{"id", env.ID}, {"subject", env.Subject}} {
		if shape := personalShape(a.value); shape != "" {
			return refuse(PersonalData, a.name, "the value is shaped like %s; send a pseudonym", shape)
		}
		if !isCode(a.value) {
			return refuse(BadValue, a.name, "expected up to 64 letters, digits or . _ : - beginning with a letter or digit")
		}
	}
	for _, a := range []struct{ name, value string }{{"source", env.Source}, {"dataschema", env.DataSchema}} {
		if shape := personalPart(a.value); shape != "" {
			return refuse(PersonalData, a.name, "a part is shaped like %s", shape)
		}
		if a.value != "" && !isSource(a.value) {
			return refuse(BadValue, a.name, "expected a URI reference of at most %d characters without spaces", maxSource)
		}
	}
	return nil
}

func (d *Door) checkData(t *Type, raw jsontext.Value) (Data, *Refusal) {
	if len(raw) == 0 {
		return nil, refuse(Missing, "data", "the attribute is required")
	}
	if raw.Kind() != '{' {
		return nil, refuse(BadValue, "data", "expected a JSON object")
	}
	data, err := ParseData(raw)
	if err != nil {
		return nil, refuse(BrokenJSON, "data", "invalid JSON, or a name that appears twice")
	}
	if refusal := checkPersonal(data); refusal != nil {
		return nil, refusal
	}
	if err := t.schema.Validate(map[string]any(data)); err != nil {
		return nil, schemaRefusal(t, err)
	}
	for _, field := range t.dates {
		if text := data.Text(field); text != "" {
			at, refusal := parseInstant("data."+field, text)
			if refusal != nil {
				return nil, refusal
			}
			data[field] = FormatInstant(at)
		}
	}
	if ref := data.Text("source"); ref != "" && (!isSource(ref) || personalPart(ref) != "") {
		return nil, refuse(BadValue, "data.source", "expected the source attribute of the event that is meant")
	}
	if place := data.Text("ubigeo"); place != "" && d.KnownPlace != nil && !d.KnownPlace(place) {
		return nil, refuse(UnknownPlace, "data.ubigeo", "the catalogue has no place %s; send the code of a district, province or department", shown(place))
	}
	return data, nil
}

// checkPersonal looks at every value before the schema does, so that a document
// number is called by its name whatever field it hides in.
func checkPersonal(data Data) *Refusal {
	for _, field := range sortedKeys(data) {
		values, ok := data[field].([]any)
		if !ok {
			values = []any{data[field]}
		}
		for _, v := range values {
			text := ""
			switch v := v.(type) {
			case string:
				text = v
			case float64:
				text = Data{"n": v}.Scalar("n")
			}
			if shape := personalShape(text); shape != "" {
				return refuse(PersonalData, "data."+shown(field), "the value is shaped like %s; personal data is never stored", shape)
			}
		}
	}
	return nil
}

// schemaRefusal turns the first finding of the schema into field and reason.
// Values are not repeated: they may be what must not be kept.
func schemaRefusal(t *Type, err error) *Refusal {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return refuse(BadValue, "data", "the data does not fit the schema of %s", t.Name)
	}
	leaf := firstLeaf(invalid)
	field := strings.Join(append([]string{"data"}, leaf.InstanceLocation...), ".")
	switch k := leaf.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		name := slices.Min(k.Properties)
		return refuse(UnknownField, "data."+shown(name), "%s has no such field%s", t.Name, nearest(name, t.Fields()))
	case *kind.Required:
		name := slices.Min(k.Missing)
		return refuse(Missing, "data."+name, "%s needs this field", t.Name)
	case *kind.Enum:
		return refuse(BadValue, field, "expected one of %s", listed(k.Want))
	case *kind.Pattern:
		return refuse(BadValue, field, "expected a code of the form %s; free text is not stored", k.Want)
	case *kind.Type:
		return refuse(BadValue, field, "expected %s, found %s", strings.Join(k.Want, " or "), k.Got)
	case *kind.Format:
		return refuse(BadTime, field, "expected an RFC 3339 instant with zone")
	case *kind.Minimum, *kind.Maximum:
		return refuse(BadValue, field, "the number is out of range")
	}
	return refuse(BadValue, field, "the value does not fit the schema of %s", t.Name)
}

func firstLeaf(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	return e
}

// setTimes reads time and recordedtime. With day precision the time is the
// first instant of its local day, before anything is compared with it.
func (d *Door) setTimes(e *Event, env *envelope, now time.Time) *Refusal {
	at, refusal := parseInstant("time", env.Time)
	if refusal != nil {
		return refusal
	}
	if e.ByDay() {
		at = StartOfDay(at, d.Zone)
	}
	if at.After(now.Add(MaxAhead)) {
		return refuse(FutureTime, "time", "the event lies in the future; check the clock and the zone of the source")
	}
	recorded := at
	if env.RecordedTime != "" {
		if recorded, refusal = parseInstant("recordedtime", env.RecordedTime); refusal != nil {
			return refusal
		}
		if recorded.Before(at) {
			return refuse(RecordedEarly, "recordedtime", "an event cannot be recorded before it happened")
		}
		if recorded.After(now.Add(MaxAhead)) {
			return refuse(FutureTime, "recordedtime", "the entry lies in the future; check the clock and the zone of the source")
		}
	}
	e.At, e.RecordedAt = at, recorded
	return nil
}

// StartOfDay is the first instant of t's civil day in the zone.
func StartOfDay(t time.Time, zone *time.Location) time.Time {
	y, m, day := t.In(zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone).UTC()
}

// firstYear is the earliest year of an event; earlier ones are clock errors.
const firstYear = 1950

// parseInstant reads an RFC 3339 instant with zone and at most milliseconds.
func parseInstant(field, text string) (time.Time, *Refusal) {
	if len(text) >= 11 && text[10] == 't' {
		text = strings.ToUpper(text)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err == nil && strings.ContainsRune(text, ','), err != nil && !hasZone(text) && len(text) >= 10:
		return time.Time{}, refuse(BadTime, field, "expected an RFC 3339 instant with zone, such as 2024-03-01T10:15:00-05:00")
	case err != nil:
		return time.Time{}, refuse(BadTime, field, "not a valid instant; expected the form 2024-03-01T10:15:00-05:00")
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return time.Time{}, refuse(BadTime, field, "finer than a millisecond")
	case t.Year() < firstYear:
		return time.Time{}, refuse(BadTime, field, "the year is before %d", firstYear)
	}
	return t.UTC(), nil
}

func hasZone(text string) bool {
	return strings.HasSuffix(text, "Z") || len(text) > 6 && strings.ContainsAny(text[len(text)-6:], "+-")
}

// shown makes a name safe to repeat in a message: names that are not codes, or
// are shaped like personal data, are not repeated.
func shown(name string) string {
	if isCode(name) && personalShape(name) == "" {
		return name
	}
	return fmt.Sprintf("(not shown, %d bytes)", len(name))
}

func sortedKeys(d Data) []string {
	keys := make([]string, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func listed(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}
