package event_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

func TestDoorRefuses(t *testing.T) {
	set := func(name string, value any) func(envelope, data object) {
		return func(envelope, _ object) { envelope[name] = value }
	}
	field := func(name string, value any) func(envelope, data object) {
		return func(_, data object) { data[name] = value }
	}
	without := func(name string) func(envelope, data object) {
		return func(envelope, data object) { delete(envelope, name); delete(data, name) }
	}
	tests := []struct {
		name   string
		change func(envelope, data object)
		reason event.Reason
		field  string
		detail string // part of it
	}{
		{"an attribute that no extension may be called", set("trace_parent", "x"), event.UnknownAttribute, "trace_parent", "remove it"},
		{"an extension that is not one value", set("traceparent", object{"a": 1}), event.BadValue, "traceparent", "text"},
		{"a slip of the pen, which to drop would lose a fact", set("recordtime", "2024-03-01T10:15:00-05:00"), event.UnknownAttribute, "recordtime", `"recordedtime"`},
		{"another one", set("recordedat", "2024-03-01T10:15:00-05:00"), event.UnknownAttribute, "recordedat", `"recordedtime"`},
		{"a field beside the data", set("flagrancy", true), event.UnknownAttribute, "flagrancy", "data"},
		{"an attribute in another case", set("Subject", "c-1"), event.UnknownAttribute, "(not shown, 7 bytes)", ""},
		{"binary data", set("data_base64", "e30="), event.UnknownAttribute, "data_base64", ""},
		{"a missing specversion", without("specversion"), event.Missing, "specversion", `"1.0"`},
		{"another specversion", set("specversion", "0.3"), event.BadValue, "specversion", "1.0"},
		{"a missing id", without("id"), event.Missing, "id", ""},
		{"a missing source", without("source"), event.Missing, "source", ""},
		{"a missing subject", without("subject"), event.Missing, "subject", ""},
		{"a missing type", without("type"), event.Missing, "type", ""},
		{"a missing time", without("time"), event.Missing, "time", ""},
		{"a null subject, which is an absent one", set("subject", nil), event.Missing, "subject", ""},
		{"missing data", without("data"), event.Missing, "data", ""},
		{"null data, which is absent data", set("data", nil), event.Missing, "data", ""},
		{"data that is a list", set("data", []any{}), event.BadValue, "data", "object"},
		{"data that is text", set("data", "golpes"), event.BadValue, "data", "object"},
		{"an id that is a number", set("id", 17), event.BadValue, "id", "string"},
		{"an id with a space", set("id", "a b"), event.BadValue, "id", "letters"},
		{"an id of 65 characters", set("id", strings.Repeat("a", 65)), event.BadValue, "id", "64"},
		{"a subject that begins with a dash", set("subject", "-a"), event.BadValue, "subject", ""},
		{"a subject with NUL", set("subject", "c\x00"), event.BadValue, "subject", ""},
		{"a source with a space", set("source", "urn:pe pnp"), event.BadValue, "source", "URI"},
		{"a source with a letter that no URI has", set("source", "urn:pe:año"), event.BadValue, "source", "URI"},
		{"a source that is too long", set("source", "urn:"+strings.Repeat("a", 256)), event.BadValue, "source", "256"},
		{"data of another content type", set("datacontenttype", "text/xml"), event.BadValue, "datacontenttype", "application/json"},

		{"an identity card number as subject", set("subject", "40123456"), event.PersonalData, "subject", "identity document"},
		{"a tax number as id", set("id", "10401234567"), event.PersonalData, "id", "tax"},
		{"a phone number as subject", set("subject", "987654321"), event.PersonalData, "subject", "phone"},
		{"an e-mail address as subject", set("subject", "ana@example.pe"), event.PersonalData, "subject", "e-mail"},
		{"an identity card number in the source", set("source", "urn:pe:40123456"), event.PersonalData, "source", "identity"},
		{"an e-mail address in the dataschema", set("dataschema", "mailto:a@b.pe"), event.PersonalData, "dataschema", "e-mail"},
		{"an identity card number in a code", field("institution", "40123456"), event.PersonalData, "data.institution", "identity"},
		{"a tax number in a code", field("institution", "20123456789"), event.PersonalData, "data.institution", "tax"},
		{"a phone number in a code", field("attempt", "912345678"), event.PersonalData, "data.attempt", "phone"},
		{"an e-mail address in a value list", field("channel", "a@b"), event.PersonalData, "data.channel", "e-mail"},
		{"an identity card number as a number", field("institution", 40123456), event.PersonalData, "data.institution", "identity"},
		{"a phone number as a number", field("attempt", 987654321), event.PersonalData, "data.attempt", "phone"},
		{"a tax number as a number", field("attempt", 20123456789), event.PersonalData, "data.attempt", "tax"},
		{"an identity card number in a list", field("violence", []any{"physical", "40123456"}), event.PersonalData, "data.violence", "identity"},
		{"an identity card number in an object", field("victim", object{"dni": "40123456"}), event.PersonalData, "data.victim", "identity"},
		{"an identity card number in an unknown field", field("dni", "40123456"), event.PersonalData, "data.dni", "identity"},

		{"an unknown type, with the nearest one", set("type", "report.recieved"), event.UnknownType, "type", `did you mean "report.received"?`},
		{"an unknown type that is near to none", set("type", "weather.changed"), event.UnknownType, "type", `"weather.changed"`},
		{"a type that may be a name, without repeating it", set("type", "Juana Quispe"), event.UnknownType, "type", "not shown"},
		{"an unknown field, with the nearest one", field("victim_sexx", "female"), event.UnknownField, "data.victim_sexx", `did you mean "victim_sex"?`},
		{"an unknown field before the missing one that it stands for", func(_, data object) {
			delete(data, "channel")
			data["chanel"] = "police"
		}, event.UnknownField, "data.chanel", `"channel"`},
		{"an unknown field before a bad value", func(_, data object) {
			data["area"], data["notes"] = "coastal", "a"
		}, event.UnknownField, "data.notes", ""},
		{"a bad value before a missing field", func(_, data object) {
			data["area"] = "coastal"
			delete(data, "channel")
		}, event.BadValue, "data.area", "urban, rural"},
		{"a field name that may be a person's, without repeating it", field("Juana", "a"), event.UnknownField, "data.(not shown, 5 bytes)", ""},
		{"a missing field", without("channel"), event.Missing, "data.channel", "report.received"},
		{"a missing place", without("ubigeo"), event.Missing, "data.ubigeo", ""},
		{"a value outside its list", field("channel", "carrier-pigeon"), event.BadValue, "data.channel", "line-100"},
		{"a value outside its list, in a list", field("violence", []any{"physical", "other"}), event.BadValue, "data.violence.1", "economic"},
		{"a list with a value twice", field("violence", []any{"physical", "physical"}), event.BadValue, "data.violence", ""},
		{"text where a flag belongs", field("flagrancy", "yes"), event.BadValue, "data.flagrancy", "boolean"},
		{"free text where a code belongs", field("institution", "Comisaría de Cayma"), event.BadValue, "data.institution", "free text"},
		{"an empty code", field("institution", ""), event.BadValue, "data.institution", ""},
		{"an object where a code belongs", field("institution", object{}), event.BadValue, "data.institution", "string"},
		{"null where a code belongs", field("institution", nil), event.BadValue, "data.institution", "string"},
		{"region, which only observations may carry", field("region", "coast"), event.UnknownField, "data.region", ""},
		{"a place of three digits", field("ubigeo", "040"), event.BadValue, "data.ubigeo", ""},
		{"a district that does not exist", field("ubigeo", "040199"), event.UnknownPlace, "data.ubigeo", "040199"},
		{"a department that does not exist", field("ubigeo", "99"), event.UnknownPlace, "data.ubigeo", "99"},

		{"a time without zone", set("time", "2024-03-01T10:15:00"), event.BadTime, "time", "zone"},
		{"a time without seconds", set("time", "2024-03-01T10:15-05:00"), event.BadTime, "time", "RFC 3339"},
		{"a time with an hour of one digit", set("time", "2024-03-01T9:15:00-05:00"), event.BadTime, "time", ""},
		{"a date alone", set("time", "2024-03-01"), event.BadTime, "time", ""},
		{"a comma before the fraction", set("time", "2024-03-01T10:15:00,5-05:00"), event.BadTime, "time", ""},
		{"a zone of 24 hours", set("time", "2024-03-01T10:15:00-24:00"), event.BadTime, "time", ""},
		{"29 February of a common year", set("time", "2023-02-29T10:15:00-05:00"), event.BadTime, "time", ""},
		{"a year before all records", set("time", "1949-12-31T10:15:00-05:00"), event.BadTime, "time", "1950"},
		{"a time six minutes ahead", set("time", "2024-03-01T20:06:00Z"), event.FutureTime, "time", "clock"},
		{"a time one millisecond too far ahead", func(envelope, _ object) {
			envelope["time"] = "2024-03-01T20:05:00.001Z"
			delete(envelope, "recordedtime")
		}, event.FutureTime, "time", ""},
		{"tomorrow by its day", func(envelope, data object) {
			envelope["time"], data["precision"] = "2024-03-02T12:00:00-05:00", "day"
			delete(envelope, "recordedtime")
		}, event.FutureTime, "time", ""},
		{"recorded before it happened", set("recordedtime", "2024-03-01T10:14:59.999-05:00"), event.RecordedEarly, "recordedtime", ""},
		{"recorded in the future", set("recordedtime", "2024-03-02T10:15:00-05:00"), event.FutureTime, "recordedtime", ""},
		{"recorded at no instant", set("recordedtime", "yesterday"), event.BadTime, "recordedtime", ""},
	}
	door := lawtest.Shipped(t).Door()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := door.Decode(report(tt.change), now)
			refusal, ok := errors.AsType[*event.Refusal](err)
			if !ok {
				t.Fatalf("got error %v, want a refusal", err)
			}
			if refusal.Reason != tt.reason || refusal.Field != tt.field || !strings.Contains(refusal.Detail, tt.detail) {
				t.Errorf("refused with %v\nwant %s in %s: …%s…", refusal, tt.reason, tt.field, tt.detail)
			}
		})
	}
}

func TestDoorRefusesBytesThatAreNoEvent(t *testing.T) {
	good := string(report(nil))
	tests := []struct {
		name   string
		raw    string
		reason event.Reason
		detail string
	}{
		{"nothing", "", event.BrokenJSON, ""},
		{"cut short", good[:len(good)/2], event.BrokenJSON, ""},
		{"two events", good + good, event.BrokenJSON, ""},
		{"a list", "[" + good + "]", event.BrokenJSON, "object"},
		{"a word", `"c-9b1f"`, event.BrokenJSON, "object"},
		{"null", "null", event.Missing, ""},
		{"a name twice", `{"subject":"c-1",` + good[1:], event.BrokenJSON, "twice"},
		{"a name twice in the data", strings.Replace(good, `"data":{`, `"data":{"ubigeo":"040101",`, 1), event.BrokenJSON, "twice"},
		{"invalid UTF-8", strings.Replace(good, "6f0c", "6f\xff", 1), event.BrokenJSON, ""},
		{"half a surrogate pair", strings.Replace(good, "6f0c", `6f\ud800`, 1), event.BrokenJSON, ""},
		{"a NUL byte", strings.Replace(good, "6f0c", "6f\x00", 1), event.BrokenJSON, ""},
		{"a comment", "/* */" + good, event.BrokenJSON, ""},
		{"a byte order mark", "\xef\xbb\xbf" + good, event.BrokenJSON, ""},
		{"a number that no machine has", strings.Replace(good, `"flagrancy":true`, `"beds":1e999`, 1), event.BadValue, "out of range"},
		{"deep nesting", strings.Replace(good, `"flagrancy":true`, `"a":`+strings.Repeat("[", 7000)+strings.Repeat("]", 7000), 1), event.UnknownField, ""},
		{"nesting without end", strings.Repeat("[", 16000), event.BrokenJSON, ""},
		{"one byte too many", good + strings.Repeat(" ", event.MaxBytes+1-len(good)), event.TooLarge, "16384"},
	}
	door := lawtest.Shipped(t).Door()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := door.Decode([]byte(tt.raw), now)
			refusal, ok := errors.AsType[*event.Refusal](err)
			if !ok || refusal.Reason != tt.reason || !strings.Contains(refusal.Detail, tt.detail) {
				t.Errorf("refused with %v, want %s: …%s…", err, tt.reason, tt.detail)
			}
		})
	}
}

func TestDoorAccepts(t *testing.T) {
	tests := []struct {
		name   string
		change func(envelope, data object)
		at     string
	}{
		{"an event", nil, "2024-03-01T15:15:00Z"},
		{"the standard attributes", func(envelope, _ object) {
			envelope["datacontenttype"], envelope["dataschema"] = "application/json; charset=UTF-8", "https://example.pe/report.json#v1"
		}, "2024-03-01T15:15:00Z"},
		{"no recordedtime", func(envelope, _ object) { delete(envelope, "recordedtime") }, "2024-03-01T15:15:00Z"},
		{"five minutes ahead", func(envelope, _ object) {
			envelope["time"], envelope["recordedtime"] = "2024-03-01T15:05:00-05:00", nil
		}, "2024-03-01T20:05:00Z"},
		{"milliseconds", func(envelope, _ object) { envelope["time"] = "2024-03-01T10:15:00.120-05:00" }, "2024-03-01T15:15:00.12Z"},
		{"microseconds, as Python writes them", func(envelope, _ object) { envelope["time"] = "2024-03-01T10:15:00.123999-05:00" }, "2024-03-01T15:15:00.123Z"},
		{"nanoseconds, as Go writes them", func(envelope, _ object) {
			envelope["time"], envelope["recordedtime"] = "2024-03-01T10:15:00.123456789-05:00", "2024-03-01T10:15:00.1230001-05:00"
		}, "2024-03-01T15:15:00.123Z"},
		{"finer than nanoseconds", func(envelope, _ object) { envelope["time"] = "2024-03-01T10:15:00.1239999999999-05:00" }, "2024-03-01T15:15:00.123Z"},
		{"extensions of CloudEvents", func(envelope, _ object) {
			envelope["traceparent"], envelope["sampledrate"], envelope["sequence"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 30, nil
		}, "2024-03-01T15:15:00Z"},
		{"a fraction of zeros", func(envelope, _ object) { envelope["time"] = "2024-03-01T10:15:00.000000000000-05:00" }, "2024-03-01T15:15:00Z"},
		{"t and z in lower case, as RFC 3339 lets them be", func(envelope, _ object) { envelope["time"] = "2024-03-01t15:15:00z" }, "2024-03-01T15:15:00Z"},
		{"an unknown local offset", func(envelope, _ object) { envelope["time"] = "2024-03-01T15:15:00-00:00" }, "2024-03-01T15:15:00Z"},
		{"the whole of today by its day", func(envelope, data object) {
			envelope["time"], envelope["recordedtime"], data["precision"] = "2024-03-01T23:59:59-05:00", "2024-03-01T00:00:00-05:00", "day"
		}, "2024-03-01T05:00:00Z"},
		{"a day that is another one in UTC", func(envelope, data object) {
			envelope["time"], data["precision"] = "2024-03-01T02:00:00Z", "day"
		}, "2024-02-29T05:00:00Z"},
		{"a department as place", func(_, data object) { data["ubigeo"] = "04" }, "2024-03-01T15:15:00Z"},
		{"ids of nine digits that are no mobile phone", func(envelope, _ object) { envelope["subject"] = "812345678" }, "2024-03-01T15:15:00Z"},
		{"ids of ten digits", func(envelope, _ object) { envelope["id"] = "1234567890" }, "2024-03-01T15:15:00Z"},
		{"ids with eight digits among others", func(envelope, _ object) { envelope["subject"] = "c-40123456" }, "2024-03-01T15:15:00Z"},
	}
	door := lawtest.Shipped(t).Door()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := accept(t, door, report(tt.change))
			if got := event.FormatInstant(e.At); got != tt.at {
				t.Errorf("happened at %s, want %s", got, tt.at)
			}
		})
	}
}

// What is dropped changes nothing of the event, and its names are told.
func TestExtensionAttributesAreDropped(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	plain := accept(t, door, report(nil))
	traced, dropped, err := door.DecodeNoting(report(func(envelope, _ object) {
		envelope["traceparent"], envelope["exampleextension"] = "00-0af7", "40123456"
	}), now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"exampleextension", "traceparent"}, dropped); diff != "" {
		t.Errorf("dropped, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(plain, traced); diff != "" {
		t.Errorf("without and with extensions, -want +got:\n%s", diff)
	}
}

func TestObservationNeedsPlaceOrRegion(t *testing.T) {
	observation := func(place, value string) []byte {
		return report(func(envelope, data object) {
			clear(data)
			envelope["type"], data["kind"], data["code"] = "observation.recorded", "cause", "bad-luck"
			if place != "" {
				data[place] = value
			}
		})
	}
	door := lawtest.Shipped(t).Door()
	accept(t, door, observation("region", "coast"))
	accept(t, door, observation("ubigeo", "0401"))
	_, err := door.Decode(observation("", ""), now)
	if r := event.AsRefusal(err); r.Reason != event.Missing || r.Field != "data.ubigeo" {
		t.Errorf("an observation without either was refused with %v, want missing in data.ubigeo", r)
	}
}

func TestRetractionNamesASource(t *testing.T) {
	retraction := func(source string) []byte {
		return report(func(envelope, data object) {
			clear(data)
			envelope["type"] = "event.retracted"
			data["ubigeo"], data["source"], data["id"] = "04", source, "6f0c"
		})
	}
	door := lawtest.Shipped(t).Door()
	accept(t, door, retraction("https://sidpol.example.pe/17?x=1"))
	for _, source := range []string{"urn:pe:40123456", "María", strings.Repeat("a", 257)} {
		_, err := door.Decode(retraction(source), now)
		if r := event.AsRefusal(err); r.Reason != event.BadValue || r.Field != "data.source" {
			t.Errorf("source %q was refused with %v, want bad-value in data.source", source, r)
		}
	}
}

func TestFieldsThatHoldInstantsAreKeptInUTC(t *testing.T) {
	shock := func(until string) []byte {
		return report(func(envelope, data object) {
			clear(data)
			envelope["type"], data["ubigeo"], data["until"] = "shock.declared", "04", until
		})
	}
	door := lawtest.Shipped(t).Door()
	e := accept(t, door, shock("2024-06-30T23:59:59.500999-05:00"))
	if got := e.Data.Text("until"); got != "2024-07-01T04:59:59.5Z" {
		t.Errorf("until is %s, want 2024-07-01T04:59:59.5Z", got)
	}
	for _, until := range []string{"2024-06-30", "2024-06-30T10:00:00", "9999-12-31T23:59:59-05:00"} {
		_, err := door.Decode(shock(until), now)
		if r := event.AsRefusal(err); r.Reason != event.BadTime || r.Field != "data.until" {
			t.Errorf("until %s was refused with %v, want bad-time in data.until", until, r)
		}
	}
}

func TestRefusalsDoNotRepeatValues(t *testing.T) {
	secrets := []any{"Juana Quispe", "40123456", 40123456, "ana@example.pe", "me pegó anoche", []any{"Juana"}, object{"Juana": "Quispe"}}
	words := []string{"Juana", "Quispe", "40123456", "ana@", "pegó"}
	door := lawtest.Shipped(t).Door()
	for _, name := range []string{"id", "source", "subject", "type", "time", "recordedtime", "dataschema", "datacontenttype", "specversion", "data", "Juana"} {
		for _, inData := range []bool{false, true} {
			for _, secret := range secrets {
				raw := report(func(envelope, data object) {
					if inData {
						data[name] = secret
					} else {
						envelope[name] = secret
					}
				})
				_, err := door.Decode(raw, now)
				if err == nil {
					t.Errorf("accepted %s", raw)
					continue
				}
				for _, word := range words {
					if strings.Contains(err.Error(), word) {
						t.Errorf("the refusal of %s says %q: %v", raw, word, err)
					}
				}
			}
		}
	}
}

// FuzzDecode: the door never panics, and what it accepts it accepts again in
// canonical form, as the same event.
func FuzzDecode(f *testing.F) {
	f.Add(report(nil))
	f.Add(report(func(envelope, data object) { envelope["time"], data["precision"] = "2024-03-01T02:00:00Z", "day" }))
	f.Add(report(func(envelope, data object) {
		envelope["type"] = "unit.reported"
		clear(data)
		data["ubigeo"], data["beds"] = "04", 3.0
	}))
	f.Add([]byte(`{"specversion":"1.0","data":{"a":[{"b":-0}]}}`))
	door := lawtest.Shipped(f).Door()
	f.Fuzz(func(t *testing.T, raw []byte) {
		door.Mask(raw)
		e, err := door.Decode(raw, now)
		if err != nil {
			if refusal, ok := errors.AsType[*event.Refusal](err); !ok || refusal.Detail == "" {
				t.Fatalf("got error %v, want a refusal with its reason", err)
			}
			return
		}
		first, err := e.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := door.Decode(first, now)
		if err != nil {
			t.Fatalf("refused its own canonical form %s: %v", first, err)
		}
		second, err := again.Canonical()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("canonical form changed (%v)\nfrom %s\n  to %s", err, first, second)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	door, raw := lawtest.Shipped(b).Door(), report(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := door.Decode(raw, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	e := accept(b, lawtest.Shipped(b).Door(), report(nil))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Canonical(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestStartOfDayIsThatOfTheZone(t *testing.T) {
	lima, err := time.LoadLocation("America/Lima")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"2024-03-01T04:59:59.999Z": "2024-02-29T05:00:00Z",
		"2024-03-01T05:00:00Z":     "2024-03-01T05:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := event.FormatInstant(event.StartOfDay(at, lima)); got != want {
			t.Errorf("the day of %s starts at %s, want %s", in, got, want)
		}
	}
}
