package event_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

func TestMaskKeepsWhatTheDoorWouldAccept(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	harmless := map[string]func(envelope, data object){
		"a good event":                      nil,
		"an event of the future":            func(envelope, _ object) { envelope["time"] = "2031-03-01T10:15:00-05:00" },
		"a time without zone":               func(envelope, _ object) { envelope["time"] = "01/03/2024 10:15" },
		"an unknown type":                   func(envelope, _ object) { envelope["type"] = "report.recieved" },
		"a place that does not exist":       func(_, data object) { data["ubigeo"] = "990101" },
		"a known field of another type":     func(_, data object) { data["measure"] = "m-1" },
		"a missing field":                   func(_, data object) { delete(data, "channel") },
		"a null where nothing is permitted": func(envelope, _ object) { envelope["recordedtime"] = nil },
	}
	for name, change := range harmless {
		t.Run(name, func(t *testing.T) {
			raw := report(change)
			if kept, masked := door.Mask(raw); masked || !bytes.Equal(kept, raw) {
				t.Errorf("kept %s\nof   %s", kept, raw)
			}
		})
	}
}

func TestMaskRemoves(t *testing.T) {
	good := string(report(nil))
	removed := func(change func(envelope, data object)) string { return string(report(change)) }
	tests := []struct{ name, raw, want string }{
		{"free text in a known field",
			removed(func(_, data object) { data["institution"] = "vive en Cayma" }),
			removed(func(_, data object) { data["institution"] = "[removed]" })},
		{"a word that its field does not know",
			removed(func(_, data object) { data["channel"] = "Juana" }),
			removed(func(_, data object) { data["channel"] = "[removed]" })},
		{"a number shaped like an identity card",
			removed(func(_, data object) { data["beds"] = 40123456 }),
			removed(func(_, data object) { data["beds"] = "[removed]" })},
		{"a code shaped like an identity card",
			removed(func(_, data object) { data["institution"] = "40123456" }),
			removed(func(_, data object) { data["institution"] = "[removed]" })},
		{"a list with free text",
			removed(func(_, data object) { data["violence"] = []any{"physical", "golpes"} }),
			removed(func(_, data object) { data["violence"] = "[removed]" })},
		{"what an unknown field holds",
			removed(func(_, data object) { data["notes"] = "a" }),
			removed(func(_, data object) { data["notes"] = "[removed]" })},
		{"a name that is a value",
			removed(func(_, data object) { data["Juana Quispe"], data["40123456"], data["dni40123456"] = true, true, true }),
			good},
		{"data that is text", removed(func(envelope, _ object) { envelope["data"] = "Juana" }),
			removed(func(envelope, _ object) { envelope["data"] = "[removed]" })},
		{"an unknown attribute", removed(func(envelope, _ object) { envelope["note"] = "c-1" }),
			removed(func(envelope, _ object) { envelope["note"] = "[removed]" })},
		{"the first of two values of one name", `{"subject":"40123456",` + good[1:], good},
	}
	door := lawtest.Shipped(t).Door()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept, masked := door.Mask([]byte(tt.raw))
			var got, want any
			if err := json.Unmarshal(kept, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || !masked {
				t.Errorf("masked %t (-want +got):\n%s", masked, diff)
			}
		})
	}
}

func TestMaskKeepsOnlyLengthAndDigestOfOtherBytes(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	for _, raw := range []string{"", "Juana Quispe", `["Juana"]`, `"Juana"`, "null", `{"id":"Juana`, "{\"id\":\"a\xff\"}", `{"data":{"beds":1e999}}`,
		`{"id":"` + strings.Repeat("a", event.MaxBytes) + `"}`} {
		kept, masked := door.Mask([]byte(raw))
		var got map[string]any
		if err := json.Unmarshal(kept, &got); err != nil || !masked {
			t.Fatalf("kept %s of %.40q, masked %t: %v", kept, raw, masked, err)
		}
		names := slices.Sorted(maps.Keys(got))
		if diff := cmp.Diff([]string{"bytes", "sha256"}, names); diff != "" || got["bytes"] != float64(len(raw)) {
			t.Errorf("kept %s of %.40q", kept, raw)
		}
	}
}

// TestNothingPersonalSurvivesMasking puts personal data in any place of an
// event, names included, and looks for it in what is kept.
func TestNothingPersonalSurvivesMasking(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	secret := rapid.OneOf(
		rapid.StringMatching(`[0-9]{8}`), rapid.StringMatching(`[0-9]{11}`), rapid.StringMatching(`9[0-9]{8}`),
		rapid.StringMatching(`[a-z]{3,8}@[a-z]{3,8}\.pe`),
		rapid.StringMatching(`[A-ZÑ][a-zñáé]{2,8} [A-ZÑ][a-zñáé]{2,8}`),
		rapid.StringMatching(`[A-Z][a-z]{2,8} le pegó`),
	)
	rapid.Check(t, func(t *rapid.T) {
		word := secret.Draw(t, "secret")
		var value any = word
		shape := rapid.SampledFrom([]string{"text", "number", "list", "object", "name in object", "list of lists"}).Draw(t, "shape")
		switch shape {
		case "number":
			if strings.Trim(word, "0123456789") == "" && word[0] != '0' {
				value = json.Number(word)
			}
		case "list":
			value = []any{"physical", word}
		case "object":
			value = object{"a": word}
		case "name in object":
			value = object{word: "a"}
		case "list of lists":
			value = []any{[]any{word}}
		}
		place := rapid.SampledFrom([]string{"attribute", "field", "name of an attribute", "name of a field", "twice"}).Draw(t, "place")
		attribute := rapid.SampledFrom([]string{"id", "source", "subject", "type", "time", "recordedtime", "dataschema", "datacontenttype", "specversion", "data", "note"}).Draw(t, "attribute")
		field := rapid.SampledFrom([]string{"ubigeo", "institution", "institution_kind", "channel", "violence", "flagrancy", "beds", "source", "until", "measure", "precision", "notes"}).Draw(t, "field")
		raw := report(func(envelope, data object) {
			if rapid.Bool().Draw(t, "unknown type") {
				envelope["type"] = "unknown.type"
			}
			switch place {
			case "attribute":
				envelope[attribute] = value
			case "field":
				data[field] = value
			case "name of an attribute":
				envelope[word] = value
			case "name of a field":
				data[word] = value
			}
		})
		if place == "twice" {
			raw = append([]byte(`{"`+attribute+`":`+string(encode(value))+","), raw[1:]...)
		}
		kept, _ := door.Mask(raw)
		if strings.Contains(string(kept), word) {
			t.Fatalf("kept %s\nof   %s", kept, raw)
		}
	})
}
