package event

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"mime"
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
	e, _, err := d.DecodeNoting(raw, now)
	return e, err
}

// DecodeNoting is Decode that also names the extension attributes that were
// dropped.
func (d *Door) DecodeNoting(raw []byte, now time.Time) (e Event, dropped []string, err error) {
	if len(raw) > MaxBytes {
		return Event{}, nil, refuse(TooLarge, "", "the event has %d bytes, at most %d are accepted", len(raw), MaxBytes)
	}
	if e, ok := d.decodePlain(raw, now); ok {
		return e, nil, nil
	}
	return d.decodeByLibrary(raw, now)
}

// decodeByLibrary reads and checks by the library, which is the authority: what
// it says of bytes is what is true of them.
func (d *Door) decodeByLibrary(raw []byte, now time.Time) (e Event, dropped []string, err error) {
	var env arrived
	if err := json.Unmarshal(raw, &env); err != nil {
		return Event{}, nil, envelopeRefusal(err)
	}
	dropped, refusal := d.checkExtensions(env.Others)
	if refusal != nil {
		return Event{}, nil, refusal
	}
	e, err = d.decode(&env.envelope, now)
	return e, dropped, err
}

func (d *Door) decode(env *envelope, now time.Time) (Event, error) {
	if refusal := checkAttributes(env); refusal != nil {
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
	if refusal := d.setTimes(&e, env, now); refusal != nil {
		return Event{}, refusal
	}
	return e, nil
}

// envelopeRefusal explains a decoding error without repeating the input, which
// may hold what must not be kept.
func envelopeRefusal(err error) *Refusal {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		field := strings.TrimPrefix(string(semantic.JSONPointer), "/")
		if field == "" {
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
	if env.DataContentType != "" && !isJSON(env.DataContentType) {
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

// isJSON reports whether a content type is JSON. Naming the charset, of which
// JSON has one only, is common and harmless.
func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset, named := params["charset"]
	return len(params) == 0 || len(params) == 1 && named && strings.EqualFold(charset, "utf-8")
}

func (d *Door) checkData(t *Type, raw jsontext.Value) (Data, *Refusal) {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return nil, refuse(Missing, "data", "the attribute is required")
	}
	if raw.Kind() != '{' {
		return nil, refuse(BadValue, "data", "expected a JSON object")
	}
	fields, err := parseFields(raw)
	if err != nil {
		// The envelope's decoder has read the same bytes: only a number too
		// large for any field is left.
		return nil, refuse(BadValue, "data", "a number is out of range")
	}
	if refusal := checkPersonal(fields); refusal != nil {
		return nil, refusal
	}
	if err := t.schema.Validate(map[string]any(fields)); err != nil {
		return nil, schemaRefusal(t, err)
	}
	for _, field := range t.dates {
		if text, _ := fields[field].(string); text != "" {
			at, refusal := parseInstant("data."+field, text)
			if refusal != nil {
				return nil, refusal
			}
			fields[field] = FormatInstant(at)
		}
	}
	data := fields.Data()
	if ref := data.Text("source"); ref != "" && (!isSource(ref) || personalPart(ref) != "") {
		return nil, refuse(BadValue, "data.source", "expected the source attribute of the event that is meant")
	}
	if place := data.Text("ubigeo"); place != "" && d.KnownPlace != nil && !d.KnownPlace(place) {
		return nil, refuse(UnknownPlace, "data.ubigeo", "the catalogue has no place %s; send the code of a district, province or department", place)
	}
	return data, nil
}

// checkPersonal looks at every value before the schema does, so that a document
// number is called by its name whatever field it hides in.
func checkPersonal(fields Fields) *Refusal {
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if shape := personalValue(fields[field]); shape != "" {
			return refuse(PersonalData, "data."+shown(field), "the value is shaped like %s; personal data is never stored", shape)
		}
	}
	return nil
}

// personalValue is personalShape for any JSON value. It looks into lists and
// objects too, which no field may be.
func personalValue(value any) (shape string) {
	switch v := value.(type) {
	case string:
		return personalShape(v)
	case float64:
		return personalShape(numberText(v))
	case []any:
		for _, item := range v {
			if shape = personalValue(item); shape != "" {
				return shape
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if shape = personalValue(v[name]); shape != "" {
				return shape
			}
		}
	}
	return ""
}

// schemaRefusal turns the finding of the schema that explains most into field
// and reason. Values are not repeated: they may be what must not be kept.
func schemaRefusal(t *Type, err error) *Refusal {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return refuse(BadValue, "data", "the data does not fit the schema of %s", t.Name)
	}
	leaf := slices.MinFunc(leaves(invalid), compareFindings)
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

// leaves are the findings themselves, without the rules that hold them. Where
// any of several rules would do, the first one speaks for all.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	causes := e.Causes
	if _, choice := e.ErrorKind.(*kind.AnyOf); choice {
		causes = causes[:1]
	}
	var out []*jsonschema.ValidationError
	for _, cause := range causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

// compareFindings puts an unknown field first, since a mistyped name is also
// why a field is missing; then by place, since the schema reports in any order.
func compareFindings(a, b *jsonschema.ValidationError) int {
	rank := func(e *jsonschema.ValidationError) int {
		switch e.ErrorKind.(type) {
		case *kind.AdditionalProperties:
			return 0
		case *kind.Required:
			return 2
		}
		return 1
	}
	return cmp.Or(rank(a)-rank(b), slices.Compare(a.InstanceLocation, b.InstanceLocation))
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
	if at.Year() < firstYear {
		return refuse(BadTime, "time", "the year is before %d", firstYear)
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

// parseInstant reads an RFC 3339 instant with zone, floored to its millisecond:
// Amparo knows none finer, and clients write down to nanoseconds.
func parseInstant(field, text string) (time.Time, *Refusal) {
	text = strings.ToUpper(text) // RFC 3339 lets T and Z be lower-case.
	t, err := time.Parse(time.RFC3339Nano, text)
	t = t.UTC().Truncate(time.Millisecond)
	switch {
	case err != nil || !strictlyRFC3339(text):
		return time.Time{}, refuse(BadTime, field, "expected an RFC 3339 instant with zone, such as 2024-03-01T10:15:00-05:00")
	case t.Year() > 9999:
		return time.Time{}, refuse(BadTime, field, "the year in UTC has more than four digits")
	}
	return t, nil
}

// strictlyRFC3339 refuses what time.Parse lets pass: an hour of one digit, a
// comma before the fraction, and zones that are a day or more away.
func strictlyRFC3339(text string) bool {
	zone := text[len(text)-len("07:00"):]
	return text[len("2006-01-02T15")] == ':' && !strings.Contains(text, ",") &&
		(strings.HasSuffix(text, "Z") || zone[:2] < "24" && zone[3:] < "60")
}

// shown makes a name safe to repeat in a message. Programs write names that
// begin in lower case and have no long numbers; what looks otherwise may be a
// value in the wrong place.
func shown(name string) string {
	if isCode(name) && name[0] >= 'a' && name[0] <= 'z' && !hasLongNumber(name) {
		return name
	}
	return fmt.Sprintf("(not shown, %d bytes)", len(name))
}

// hasLongNumber reports whether more than four digits stand in a row.
func hasLongNumber(s string) bool {
	digits := 0
	for _, r := range s {
		if digits++; r < '0' || r > '9' {
			digits = 0
		}
		if digits > 4 {
			return true
		}
	}
	return false
}

func listed(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, ", ")
}
