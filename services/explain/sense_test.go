package explain_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/services/explain"
)

// anyEvents draws events of the catalogue's types with fields of theirs and
// values of all kinds, in the years of the reforms.
func anyEvents(cat *law.Catalogue) *rapid.Generator[[]event.Event] {
	one := rapid.Custom(func(t *rapid.T) event.Event {
		kind := rapid.SampledFrom(cat.Events.Names()).Draw(t, "type")
		schema, _ := cat.Events.Type(kind)
		data := event.Fields{"ubigeo": "150101"}
		for _, field := range schema.Fields() {
			if values := schema.Values(field); values != nil && rapid.Bool().Draw(t, field) {
				data[field] = rapid.SampledFrom(values).Draw(t, "value")
			} else if values == nil {
				data[field] = rapid.SampledFrom([]string{"m-1", "m-2", "police-file-to-court", "12"}).Draw(t, "ref")
			}
		}
		data["ubigeo"] = "150101"
		at := time.Date(2016, 1, 1, 5, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 11*365*24).Draw(t, "hours")) * time.Hour)
		if data["precision"] == "day" {
			at = event.StartOfDay(at, cat.Zone)
		}
		return event.Event{Subject: "c-1", Source: "urn:x", ID: rapid.StringMatching(`[a-z]{6}`).Draw(t, "id"), Type: kind, At: at, RecordedAt: at.Add(time.Duration(rapid.IntRange(0, 99).Draw(t, "late")) * time.Hour), Data: data.Data()}
	})
	return rapid.SliceOfN(one, 1, 25)
}

// Whatever was recorded, the explanation is whole: a row for each obligation with
// its status in words, no line that says nothing, no sentence with a hole in it,
// and no limit that is none beside one that has run out.
func TestAnyExplanationIsWhole(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(cat).Draw(t, "events")
		q := obligation.Query{AsOf: time.Date(2016, 1, 1, 5, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 4500).Draw(t, "as-of"))}
		if rapid.Bool().Draw(t, "known") {
			q.KnownAt = q.AsOf.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "known-at"))
		}
		x, err := explain.Build(cat, "c-1", events, q)
		if err != nil {
			t.Fatal(err)
		}
		rows := obligation.Fold(cat, events, q)
		if len(rows) != len(x.Duties) {
			t.Fatalf("%d obligations, %d told", len(rows), len(x.Duties))
		}
		told := map[string]obligation.Status{}
		for _, d := range x.Duties {
			told[d.Duty+" "+d.Instance] = d.Status
			names := map[string]bool{}
			for _, l := range d.Lines {
				names[l.Name] = true
				whole(t, l.Label, l.Text)
			}
			whole(t, d.Title, d.Verdict)
			for _, name := range []string{"norm", "start", "limit", "due", "deed"} {
				if !names[name] {
					t.Fatalf("%s has no line %q", d.Duty, name)
				}
			}
			if norm := d.Lines[0].Text; d.Kind == law.Target && (strings.Contains(norm.ES, "confianza") || strings.Contains(norm.EN, "confidence")) {
				t.Fatalf("%s is a target of the project, and sure of its norm: %s", d.Duty, norm.ES)
			}
			if (d.Status == obligation.Unclear) != names["unclear"] {
				t.Fatalf("%s is %s, and says why unclear: %t", d.Duty, d.Status, names["unclear"])
			}
			if d.Status == obligation.Void && !names["end"] {
				t.Fatalf("%s is void, and what ended it is not said", d.Duty)
			}
		}
		for i := range rows {
			if key := rows[i].Duty + " " + rows[i].Instance; told[key] != rows[i].Status(q.AsOf) {
				t.Fatalf("%s is %s, told as %q", key, rows[i].Status(q.AsOf), told[key])
			}
		}
		whole(t, x.Title, x.Instant, x.Law, x.Summary)
		whole(t, x.Cautions...)
		whole(t, x.LeftOut...)
		for _, f := range append(x.Facts, x.Retracted...) {
			whole(t, f.When, f.Title)
		}
	})
}

func whole(t *rapid.T, texts ...law.Text) {
	for _, text := range texts {
		for _, s := range []string{text.ES, text.EN} {
			for _, hole := range []string{"%!", "«»", "“”", "  ", " ,", "()", ": ,", ": ;", "sin plazo", "no limit", "0001"} {
				if strings.Contains(s, hole) || strings.TrimSpace(s) == "" {
					t.Fatalf("%q in %q", hole, s)
				}
			}
		}
	}
}
