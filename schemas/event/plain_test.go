package event_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

// hold decodes bytes both ways: what is read in one pass must be what the
// library accepts, as the same event.
func hold(t interface {
	Helper()
	Fatalf(string, ...any)
}, door *event.Door, raw []byte,
) (plain bool) {
	t.Helper()
	quick, plain := door.DecodePlain(raw, now)
	if !plain {
		return false
	}
	e, err := door.DecodeByLibrary(raw, now)
	if err != nil {
		t.Fatalf("accepted %s\nwhich the library refuses: %v", raw, err)
	}
	if diff := cmp.Diff(e, quick); diff != "" {
		t.Fatalf("read %s\notherwise than the library (-library +plain):\n%s", raw, diff)
	}
	return true
}

// example is an event of a type with a value in every field.
func example(ty *event.Type, value func(field string) any) []byte {
	data := object{}
	for _, field := range ty.Fields() {
		data[field] = value(field)
	}
	return encode(object{
		"specversion": "1.0", "id": "e-1", "source": "urn:pe:pnp:sidpol", "type": ty.Name, "subject": "c-9b1f",
		"time": "2024-03-01T10:15:00-05:00", "recordedtime": "2024-03-01T15:40:00Z", "data": data,
	})
}

// permitted is a value that the field may have, or, where of several shapes one
// may be wanted, the number-th of those.
func permitted(ty *event.Type, field string, number int) any {
	if field == "ubigeo" {
		return "040101"
	}
	values := ty.Values(field)
	switch {
	case slices.Equal(values, []string{"true", "false"}):
		return number%2 == 0
	case values != nil && ty.HoldsText(field):
		return values[number%len(values)]
	case values != nil:
		return []any{values[number%len(values)]}
	case ty.HoldsText(field):
		return "a.b-1"
	}
	return number
}

// TestEveryTypeButThreeIsReadInOnePass: the short way is the one that is taken.
// Fields that hold instants, sources of other events and rules across fields are
// the library's.
func TestEveryTypeButThreeIsReadInOnePass(t *testing.T) {
	cat := lawtest.Shipped(t)
	var left []string
	for _, name := range cat.Events.Names() {
		ty, _ := cat.Events.Type(name)
		if !ty.HasForm() {
			left = append(left, name)
			continue
		}
		for number := range 3 {
			raw := example(ty, func(field string) any { return permitted(ty, field, number) })
			if !hold(t, cat.Door(), raw) {
				t.Errorf("not read in one pass: %s", raw)
			}
		}
	}
	if diff := cmp.Diff([]string{"event.retracted", "observation.recorded", "shock.declared"}, left); diff != "" {
		t.Errorf("types that only the library can check (-want +got):\n%s", diff)
	}
}

// anyValue draws what a field could be sent as, right or wrong.
func anyValue(t *rapid.T, ty *event.Type, field string) any {
	number := rapid.IntRange(0, 12_000_000).Draw(t, "number")
	list := func(n int) any {
		var items []any
		for range n {
			items = append(items, rapid.SampledFrom(append(ty.Values(field), "other-text")).Draw(t, "item"))
		}
		return items
	}
	switch rapid.IntRange(0, 40).Draw(t, "shape") {
	case 36:
		return rapid.SampledFrom([]string{"", "40123456", "987654321", "a@b.pe", "x y", "año", `a"b`, "a\\b", "\x7f", strings.Repeat("a", 65)}).Draw(t, "text")
	case 37:
		return rapid.SampledFrom([]any{nil, 1.5, -1, 1e21, true, []any{}, object{}, object{"a": "b"}, []any{1}}).Draw(t, "odd")
	case 38:
		return list(rapid.IntRange(0, 3).Draw(t, "items"))
	case 39:
		return rapid.StringMatching(`[0-9]{1,12}`).Draw(t, "digits")
	case 40:
		return number
	}
	return permitted(ty, field, number)
}

func anyRaw(t *rapid.T, door *event.Door) []byte {
	name := rapid.SampledFrom(door.Schemas.Names()).Draw(t, "type")
	ty, _ := door.Schemas.Type(name)
	data := object{}
	for _, field := range ty.Fields() {
		if slices.Contains([]string{"ubigeo", "channel"}, field) || rapid.IntRange(0, 5).Draw(t, "kept") < 4 {
			data[field] = anyValue(t, ty, field)
		}
	}
	if rapid.IntRange(0, 30).Draw(t, "strange") == 30 {
		data["strange"] = "a"
	}
	envelope := object{"specversion": "1.0", "id": "e-1", "source": "urn:a", "type": name, "subject": "c-1", "time": "2024-03-01T10:15:00-05:00", "data": data}
	for attribute, values := range map[string][]any{
		"recordedtime":    {"2024-03-01T15:40:00.5Z", "2024-03-01T09:40:00Z", "2024-03-01t15:40:00z", "x", "", nil},
		"time":            {"2024-02-30T10:15:00Z", "2024-03-01T10:15:00.0001Z", "2024-03-01T00:00:00+14:00", "1949-01-01T00:00:00Z", "2024-03-01T10:15:60Z", "2024-03-01T24:00:00Z"},
		"id":              {"40123456", "a b", strings.Repeat("x", 64), strings.Repeat("x", 65)},
		"source":          {"urn:pe:40123456", "https://a.pe/~x?y=%20", "", "a b", strings.Repeat("s", 257)},
		"dataschema":      {"urn:schema", "", "40123456"},
		"datacontenttype": {"application/json", "application/json; charset=UTF-8", "text/xml"},
		"subject":         {"c.1", "", 7},
		"specversion":     {"1.0", "1.1"},
	} {
		if rapid.IntRange(0, 20).Draw(t, attribute) == 20 {
			envelope[attribute] = rapid.SampledFrom(values).Draw(t, attribute+" value")
		}
	}
	raw := encode(envelope)
	switch rapid.IntRange(0, 40).Draw(t, "damage") {
	case 35:
		raw = raw[:rapid.IntRange(0, len(raw)).Draw(t, "cut")]
	case 36:
		raw = append(raw, "{}"...)
	case 37:
		raw = bytes.ReplaceAll(raw, []byte(`":`), []byte(`" : `))
	case 38:
		raw = bytes.Replace(raw, []byte(`{"`), []byte(`{"subject":"c-2","`), 1)
	case 39:
		raw = bytes.Replace(raw, []byte(`"data":{`), []byte(`"data":{"ubigeo":"04",`), 1)
	case 40:
		raw = bytes.Replace(raw, []byte(`,`), []byte(`,,`), 1)
	}
	return raw
}

func TestWhatIsReadInOnePassIsWhatTheLibraryAccepts(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	plain, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		all++
		if hold(t, door, anyRaw(t, door)) {
			plain++
		}
	})
	t.Logf("%d of %d were read in one pass", plain, all)
	if plain == 0 || plain == all {
		t.Errorf("%d of %d were read in one pass: the drawn events say nothing", plain, all)
	}
}

// What the door has let in is read again as the same event, whatever the way.
func TestRereadIsWhatTheDoorLetIn(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	same := func(t interface {
		Helper()
		Fatalf(string, ...any)
	}, e event.Event,
	) {
		t.Helper()
		line, err := e.Line()
		if err != nil {
			t.Fatalf("%v", err)
		}
		again, err := door.Reread(line.Bytes)
		if diff := cmp.Diff(line, again); err != nil || diff != "" {
			t.Fatalf("read again otherwise (%v; -let in +again):\n%s", err, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if e, err := door.Decode(anyRaw(t, door), now); err == nil {
			same(t, e)
		}
	})
	for _, name := range door.Schemas.Names() {
		ty, _ := door.Schemas.Type(name)
		raw := example(ty, func(field string) any { return permitted(ty, field, 1) })
		if e, err := door.Decode(raw, now); err == nil {
			same(t, e)
		} else if ty.HasForm() {
			t.Errorf("refused %s: %v", raw, err)
		}
	}
	same(t, accept(t, door, report(func(envelope, _ object) { envelope["dataschema"] = "urn:a" })))
	for _, broken := range []string{"", "{", `{"data":{}}`, `{"data":{},"time":"x"}`} {
		if _, err := door.Reread([]byte(broken)); err == nil {
			t.Errorf("read %q as an event", broken)
		}
	}
}

// FuzzPlain holds both readers against each other, on every event type.
func FuzzPlain(f *testing.F) {
	cat := lawtest.Shipped(f)
	for _, name := range cat.Events.Names() {
		ty, _ := cat.Events.Type(name)
		f.Add(example(ty, func(field string) any { return permitted(ty, field, 1) }))
	}
	f.Add(report(nil))
	door := cat.Door()
	f.Fuzz(func(t *testing.T, raw []byte) { hold(t, door, raw) })
}

// FuzzParseData: data read in one pass is what the library reads.
func FuzzParseData(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":"b","c":[],"d":["e"],"f":true,"g":17}`, `{"a":1,"a":2}`, `{"a":"\u0041"}`, `{"a":{}}`, ` { "a" : [ "b" , "c" ] } `, `{"a":007}`, `{"a":truex}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		quick, err := event.ParseData(raw)
		// A byte that is not plain sends the same text to the library.
		slow, slowErr := event.ParseData(append([]byte("\t"), raw...))
		if len(raw) == 0 {
			return
		}
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("%q: %v, the library says %v", raw, err, slowErr)
		}
		if diff := cmp.Diff(slow, quick); err == nil && diff != "" {
			t.Fatalf("%q (-library +plain):\n%s", raw, diff)
		}
	})
}

func TestTheCanonicalFormIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		if rapid.IntRange(0, 5).Draw(t, "number") == 0 {
			fields := e.Data.Fields()
			fields["n"] = rapid.Float64().Draw(t, "n")
			e.Data = fields.Data()
		}
		want, wantErr := e.EncodeByLibrary()
		got, err := e.Canonical()
		if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("wrote %s (%v)\n want %s (%v)", got, err, want, wantErr)
		}
	})
}

func TestPatternsAreTheRegularExpressions(t *testing.T) {
	patterns := map[string]bool{ // whether there is a table for it
		`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`: true,
		`^[0-9]{2}([0-9]{2}){0,2}$`:          true,
		`^[^\s"<>\\^{|}` + "`" + `]+$`:       true,
		`^(a|ab)(c|bcd)*$`:                   true,
		`^$`:                                 false,
		`^a*$`:                               true,
		`(?i)^ab$`:                           true,
		`^a$|^b$`:                            false,
		`^a`:                                 false,
		`a$`:                                 false,
		`^[a-z]{1,400}$`:                     false,
	}
	texts := rapid.OneOf(
		rapid.StringMatching(`[ -~]{0,8}`), rapid.StringMatching(`[0-9]{0,7}`), rapid.StringMatching(`[abcdAB]{0,6}`),
		rapid.StringMatching(`[A-Za-z0-9._:-]{60,70}`))
	for pattern, table := range patterns {
		t.Run(pattern, func(t *testing.T) {
			if _, known := event.Fits(pattern, ""); known != table {
				t.Fatalf("has a table: %t, want %t", known, table)
			}
			if !table {
				return
			}
			expression := regexp.MustCompile(pattern)
			rapid.Check(t, func(t *rapid.T) {
				text := texts.Draw(t, "text")
				if fits, _ := event.Fits(pattern, text); fits != (expression.MatchString(text) && !strings.Contains(text, `\`)) {
					t.Fatalf("%q fits: %t", text, fits)
				}
			})
		})
	}
}

// TestSchemasThatCannotBeExpressedAreTheLibrarys: a word that the form does not
// know must never be passed over.
func TestSchemasThatCannotBeExpressedAreTheLibrarys(t *testing.T) {
	schema := func(change func(doc, field object)) []byte {
		field := object{"type": "string"}
		doc := object{"title": "a.b", "type": "object", "properties": object{"f": field}, "required": []any{"f"}, "additionalProperties": false}
		change(doc, field)
		return encode(doc)
	}
	tests := map[string]struct {
		change func(doc, field object)
		form   bool
	}{
		"text":               {func(_, _ object) {}, true},
		"a pattern":          {func(_, field object) { field["pattern"] = "^a$" }, true},
		"an open pattern":    {func(_, field object) { field["pattern"] = "a" }, false},
		"a least length":     {func(_, field object) { field["minLength"] = 2 }, false},
		"several types":      {func(_, field object) { field["type"] = []any{"string", "null"} }, false},
		"no type":            {func(_, field object) { delete(field, "type") }, false},
		"an instant":         {func(_, field object) { field["format"] = "date-time" }, false},
		"a constant":         {func(_, field object) { field["const"] = "a" }, false},
		"a number":           {func(_, field object) { field["type"], field["minimum"] = "number", 3 }, true},
		"an open minimum":    {func(_, field object) { field["type"], field["exclusiveMinimum"] = "number", 3 }, false},
		"a list":             {func(_, field object) { field["type"], field["items"] = "array", object{"type": "string"} }, true},
		"a list of anything": {func(_, field object) { field["type"] = "array" }, false},
		"a list of lists": {func(_, field object) {
			field["type"], field["items"] = "array", object{"type": "array", "items": object{"type": "string"}}
		}, false},
		"a list of few": {func(_, field object) {
			field["type"], field["items"], field["minItems"] = "array", object{"type": "string"}, 1
		}, false},
		"a rule across":        {func(doc, _ object) { doc["anyOf"] = []any{object{"required": []any{"f"}}} }, false},
		"a field in an object": {func(_, field object) { field["type"], field["properties"] = "object", object{} }, false},
		"an enumeration":       {func(_, field object) { field["enum"] = []any{"a", "b"} }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			door := doorOf(t, schema(tt.change))
			ty, _ := door.Schemas.Type("a.b")
			if ty.HasForm() != tt.form {
				t.Errorf("has a form: %t, want %t", ty.HasForm(), tt.form)
			}
			for _, value := range []any{"a", "b", "ab", "", "40123456", 1, 3, 3.5, 12345678, true, nil, []any{}, []any{"a"}, []any{"a", "a"}, object{}} {
				raw := encode(object{
					"specversion": "1.0", "id": "e", "source": "urn:a", "type": "a.b", "subject": "c",
					"time": "2024-03-01T10:15:00Z", "data": object{"f": value},
				})
				hold(t, door, raw)
			}
		})
	}
}

func BenchmarkDecodeByLibrary(b *testing.B) {
	door, raw := lawtest.Shipped(b).Door(), report(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := door.DecodeByLibrary(raw, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseData(b *testing.B) {
	e := accept(b, lawtest.Shipped(b).Door(), report(nil))
	text, err := e.Data.Canonical()
	if err = errors.Join(err, json.Unmarshal(text, &object{})); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.ParseData(text); err != nil {
			b.Fatal(err)
		}
	}
}
