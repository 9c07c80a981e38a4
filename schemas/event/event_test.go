package event_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

func TestCanonicalFormIsSortedAndInUTC(t *testing.T) {
	e := accept(t, lawtest.Shipped(t).Door(), report(nil))
	want := `{"data":{"channel":"police","flagrancy":true,"institution":"pnp-aqp-017","institution_kind":"police-station",` +
		`"ubigeo":"040101","violence":["physical","sexual"]},"id":"6f0c","recordedtime":"2024-03-01T15:40:00Z","source":"urn:pe:pnp:sidpol",` +
		`"specversion":"1.0","subject":"c-9b1f","time":"2024-03-01T15:15:00Z","type":"report.received"}`
	if diff := cmp.Diff(want, canonical(t, &e)); diff != "" {
		t.Errorf("canonical form (-want +got):\n%s", diff)
	}
}

func TestOneFactHasOneCanonicalForm(t *testing.T) {
	door := lawtest.Shipped(t).Door()
	first := accept(t, door, report(func(envelope, _ object) { delete(envelope, "recordedtime") }))
	want := canonical(t, &first)
	good := string(report(func(envelope, _ object) { delete(envelope, "recordedtime") }))
	same := map[string]string{
		"recordedtime that says the same":  `{"recordedtime":"2024-03-01T15:15:00Z",` + good[1:],
		"a null recordedtime":              `{"recordedtime":null,` + good[1:],
		"another zone":                     strings.Replace(good, "2024-03-01T10:15:00-05:00", "2024-03-02T00:15:00+09:00", 1),
		"milliseconds that are zero":       strings.Replace(good, "10:15:00-05:00", "10:15:00.000-05:00", 1),
		"an escaped letter":                strings.Replace(good, "police-station", `\u0070olice-station`, 1),
		"white space":                      strings.ReplaceAll(good, `":`, `" : `),
		"the content type that is implied": `{"datacontenttype":"application/json",` + good[1:],
	}
	for name, raw := range same {
		t.Run(name, func(t *testing.T) {
			e := accept(t, door, []byte(raw))
			if diff := cmp.Diff(want, canonical(t, &e)); diff != "" {
				t.Errorf("canonical form (-want +got):\n%s", diff)
			}
		})
	}
	other := map[string]string{
		"another field":                strings.Replace(good, `"flagrancy":true`, `"flagrancy":false`, 1),
		"one field less":               strings.Replace(good, `"flagrancy":true,`, ``, 1),
		"a list in another order":      strings.Replace(good, `["physical","sexual"]`, `["sexual","physical"]`, 1),
		"a recordedtime that is later": `{"recordedtime":"2024-03-01T15:15:00.001Z",` + good[1:],
		"a dataschema":                 `{"dataschema":"https://example.pe/a",` + good[1:],
	}
	for name, raw := range other {
		t.Run(name+" is other content", func(t *testing.T) {
			e := accept(t, door, []byte(raw))
			if got := canonical(t, &e); got == want || event.DigestOf([]byte(got)) == event.DigestOf([]byte(want)) {
				t.Errorf("has the canonical form of an event with other content: %s", got)
			}
			if e.Identity() != first.Identity() {
				t.Errorf("identity %v, want %v: this is a conflict", e.Identity(), first.Identity())
			}
		})
	}
}

func TestNumbersHaveOneCanonicalForm(t *testing.T) {
	unit := func(beds string) []byte {
		raw := report(func(envelope, data object) {
			envelope["type"] = "unit.reported"
			clear(data)
			data["ubigeo"], data["kind"] = "04", "shelter"
		})
		return []byte(strings.Replace(string(raw), `"kind"`, `"beds":`+beds+`,"kind"`, 1))
	}
	door := lawtest.Shipped(t).Door()
	for _, written := range []string{"9000000", "9e6", "9000000.0", "90.0E5"} {
		e := accept(t, door, unit(written))
		if got := canonical(t, &e); !strings.Contains(got, `"beds":9000000,`) {
			t.Errorf("%s is written %s, want 9000000", written, got)
		}
		if !e.Data.Holds("beds", "9000000") || e.Data.Scalar("beds") != "9000000" {
			t.Errorf("%s does not compare as 9000000", written)
		}
	}
	zero := accept(t, door, unit("-0"))
	if got := canonical(t, &zero); !strings.Contains(got, `"beds":0,`) {
		t.Errorf("-0 is written %s, want 0", got)
	}
	for _, beds := range []string{"-1", "1.5", "1e20"} {
		if _, err := door.Decode(unit(beds), now); event.AsRefusal(err).Reason != event.BadValue {
			t.Errorf("%s beds were refused with %v, want bad-value", beds, err)
		}
	}
}

// anyEvent draws an event as the door leaves it.
func anyEvent() *rapid.Generator[event.Event] {
	code := rapid.StringMatching(`[A-Za-z][A-Za-z0-9._:-]{0,20}`)
	value := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "?") }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.IntRange(0, 9999999), func(n int) any { return float64(n) }),
		rapid.Map(rapid.SliceOf(code), func(list []string) any {
			items := make([]any, len(list))
			for i := range list {
				items[i] = list[i]
			}
			return items
		}),
	)
	return rapid.Custom(func(t *rapid.T) event.Event {
		at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at")).UTC()
		return event.Event{
			Subject: code.Draw(t, "subject"), Source: code.Draw(t, "source"), ID: code.Draw(t, "id"), Type: code.Draw(t, "type"),
			At: at, RecordedAt: at.Add(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "delay")) * time.Millisecond),
			DataSchema: rapid.SampledFrom([]string{"", "urn:a"}).Draw(t, "dataschema"),
			Data:       event.Fields(rapid.MapOfN(code, value, 1, 6).Draw(t, "data")).Data(),
		}
	})
}

func TestParseUndoesCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent().Draw(t, "event")
		written, err := e.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		read, err := event.Parse(written)
		if err != nil {
			t.Fatalf("parse %s: %v", written, err)
		}
		if diff := cmp.Diff(e, read); diff != "" {
			t.Fatalf("event changed (-before +after):\n%s", diff)
		}
		again, err := read.Canonical()
		if err != nil || !bytes.Equal(written, again) {
			t.Fatalf("canonical form changed (%v) from %s to %s", err, written, again)
		}
		data, err := e.Data.Canonical()
		if err != nil || !bytes.Contains(written, data) {
			t.Fatalf("the data alone is written %s (%v), other than in %s", data, err, written)
		}
		line, err := e.Line()
		if diff := cmp.Diff(event.Line{Event: e, Bytes: written, DataText: data}, line); err != nil || diff != "" {
			t.Fatalf("the line is another (%v; -want +got):\n%s", err, diff)
		}
	})
}

func TestEventsAreOrderedByTimeThenEntryThenSourceThenID(t *testing.T) {
	at := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	inOrder := []event.Event{
		{At: at, RecordedAt: at.Add(2), Source: "b", ID: "b"},
		{At: at.Add(1), RecordedAt: at.Add(1), Source: "b", ID: "b"},
		{At: at.Add(1), RecordedAt: at.Add(2), Source: "a", ID: "b"},
		{At: at.Add(1), RecordedAt: at.Add(2), Source: "b", ID: "a"},
		{At: at.Add(1), RecordedAt: at.Add(2), Source: "b", ID: "b"},
	}
	shuffled := []event.Event{inOrder[3], inOrder[4], inOrder[0], inOrder[2], inOrder[1]}
	slices.SortFunc(shuffled, func(a, b event.Event) int { return event.Compare(&a, &b) })
	if diff := cmp.Diff(inOrder, shuffled); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
