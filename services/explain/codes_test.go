package explain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/services/explain"
)

// A use is one value of one field of an event type.
type use struct{ kind, field, value string }

// uses are all values of all enumerations of the catalogue's event schemas.
func uses(t *testing.T) []use {
	t.Helper()
	var all []use
	schemas := lawtest.Shipped(t).Events
	for _, kind := range schemas.Names() {
		schema, _ := schemas.Type(kind)
		for _, field := range schema.Fields() {
			for _, value := range schema.Values(field) {
				all = append(all, use{kind, field, value})
			}
		}
	}
	if len(all) < 1000 {
		t.Fatalf("%d values: the walk is broken", len(all))
	}
	return all
}

func TestEveryCodeHasAWordInBothLanguages(t *testing.T) {
	cat := lawtest.Shipped(t)
	missing := map[string]bool{}
	check := func(field, code string) {
		if text, ok := cat.Reads(field, code); !ok || text.ES == "" || text.EN == "" {
			missing[field+"."+code] = true
		}
	}
	for _, u := range uses(t) {
		check(u.field, u.value)
	}
	for _, kind := range cat.Events.Names() {
		schema, _ := cat.Events.Type(kind)
		if schema.Title["es"] == "" || schema.Title["en"] == "" {
			missing[kind] = true
		}
		for _, field := range schema.Fields() {
			check("field", field)
		}
	}
	for name := range cat.Facts {
		check("fact", name)
	}
	check("zone", cat.Zone.String())
	for _, d := range cat.Duties {
		for _, kind := range d.Bearer {
			check("institution_kind", kind)
		}
		if d.Title.ES == "" || d.Title.EN == "" {
			missing[d.ID] = true
		}
	}
	for code := range missing {
		t.Errorf("words.yaml has no word in both languages for %s", code)
	}
}

// codes are the codes of the catalogue that a reader must never meet: those that
// are not, in that language, a word of people as well.
func codes(t *testing.T, lang string) map[string]bool {
	t.Helper()
	cat := lawtest.Shipped(t)
	all := map[string]bool{}
	for _, kind := range cat.Events.Names() {
		schema, _ := cat.Events.Type(kind)
		all[kind] = true
		for _, field := range schema.Fields() {
			all[field] = true
		}
	}
	for _, u := range uses(t) {
		all[u.value] = true
	}
	for _, d := range cat.Duties {
		all[d.ID] = true
		for _, r := range d.Regimes {
			all[r.ID] = true
		}
	}
	if lang != "en" { // In English these are the words.
		for _, s := range obligation.Statuses() {
			all[string(s)] = true
		}
		for _, k := range []law.Kind{law.Law, law.Target, law.Right} {
			all[string(k)] = true
		}
	}
	spoken := readable(t, lang)
	for code := range all {
		if spoken[code] {
			delete(all, code)
		}
	}
	return all
}

// readable are the words that texts for people are made of: those of the
// catalogue, and those of an explanation of a case without codes.
func readable(t *testing.T, lang string) map[string]bool {
	t.Helper()
	spoken := map[string]bool{}
	add := func(text string) {
		for _, word := range tokens(text) {
			spoken[word] = true
		}
	}
	b, err := os.ReadFile("../../schemas/ley-30364/words.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		_, rest, ok := strings.Cut(line, "{es: ")
		es, en, both := strings.Cut(rest, ", en: ")
		if !ok || !both {
			continue
		}
		add(map[string]string{"es": es, "en": en}[lang])
	}
	cat := lawtest.Shipped(t)
	for _, d := range cat.Duties {
		add(d.Title.In(lang))
	}
	for _, c := range cat.Causes {
		add(c.Title.In(lang))
	}
	for _, i := range cat.Implications {
		add(i.Title.In(lang))
	}
	for _, kind := range cat.Events.Names() {
		schema, _ := cat.Events.Type(kind)
		add(schema.Title[lang])
	}
	source, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(source, "page.html") { // the sentences
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(string(b), `"`) {
			if i%2 == 1 && strings.Contains(part, " ") {
				add(part)
			}
		}
	}
	return spoken
}

// tokens are the words of a text as a code would stand in it.
func tokens(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./", r)
	})
	for i := range words {
		words[i] = strings.Trim(words[i], ".-/")
	}
	return words
}

// One event of each type with each value of each field, in both languages and as
// text and page: no code is left.
func TestNoCodeReachesAReader(t *testing.T) {
	outputs := map[string][]string{}
	write := func(events []event.Event, q obligation.Query) {
		x, err := explain.Build(lawtest.Shipped(t), "c-1", events, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range explain.Languages {
			var page strings.Builder
			if err := x.Page(&page, explain.Paper{Lang: lang, IssuedAt: q.AsOf, Program: "test"}); err != nil {
				t.Fatal(err)
			}
			outputs[lang] = append(outputs[lang], text(t, x, lang), markup.ReplaceAllString(page.String(), " "))
		}
	}
	at := time.Date(2024, 3, 1, 15, 0, 0, 0, time.UTC)
	byKind := map[string][]use{}
	for _, u := range uses(t) {
		byKind[u.kind] = append(byKind[u.kind], u)
	}
	for kind, all := range byKind {
		var events []event.Event
		for i, u := range all {
			data := event.Fields{"ubigeo": "150101", u.field: u.value}
			if u.value == "true" || u.value == "false" {
				data[u.field] = u.value == "true"
			}
			for _, ref := range []string{"measure", "appeal", "breach", "variation", "exam", "arrest", "shelter"} {
				if data[ref] == nil {
					data[ref] = fmt.Sprintf("%s1-%d", ref[:1], i)
				}
			}
			events = append(events, event.Event{Subject: "c-1", Source: "urn:x", ID: fmt.Sprint("i", i), Type: kind, At: at.Add(time.Duration(i) * time.Minute), RecordedAt: at.AddDate(0, 0, 1), Data: data.Data()})
		}
		write(events, obligation.Query{AsOf: at.AddDate(0, 2, 0)})
	}
	for _, s := range stories(t) {
		write(s.events, s.query)
	}
	for _, lang := range explain.Languages {
		forbidden, found := codes(t, lang), map[string]bool{}
		for _, output := range outputs[lang] {
			for _, word := range tokens(output) {
				if forbidden[word] {
					found[word] = true
				}
			}
		}
		var list []string
		for code := range found {
			list = append(list, code)
		}
		if slices.Sort(list); len(list) > 0 {
			t.Errorf("in %s these codes are left as they are: %s", lang, strings.Join(list, ", "))
		}
		if len(forbidden) < 250 {
			t.Errorf("only %d codes are looked for in %s", len(forbidden), lang)
		}
	}
}
