package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	ley30364 "amparo/schemas/ley-30364"
)

func TestThePageOfEventTypesIsUpToDate(t *testing.T) {
	upToDate(t, "events.md", eventsPage(t, lawtest.Shipped(t)), func(text string) string { return text })
}

// A schema is what the page says of an event type or of a field.
type schema struct {
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Label       map[string]string `json:"x-title"`
	Subject     string            `json:"x-subject"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Ref         string            `json:"$ref"`
	Type        string            `json:"type"`
	Format      string            `json:"format"`
	Pattern     string            `json:"pattern"`
	Enum        []string          `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	Items       *schema           `json:"items"`
	Definitions map[string]schema `json:"$defs"`
}

func readSchema(t *testing.T, name string) schema {
	t.Helper()
	b, err := ley30364.Files.ReadFile(path.Join("events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(name, err)
	}
	return s
}

// definition is the name of what a field refers to.
func (s schema) definition() string {
	_, name, _ := strings.Cut(s.Ref, "#/$defs/")
	return name
}

// resolve follows references to what a field may hold.
func (s schema) resolve(fields schema) schema {
	for s.Ref != "" {
		s = fields.Definitions[s.definition()]
	}
	return s
}

// may says what a field may hold.
func (s schema) may(fields schema) string {
	s = s.resolve(fields)
	switch {
	case s.Enum != nil:
		return strings.Join(s.Enum, ", ")
	case s.Format == "date-time":
		return "RFC 3339 instant"
	case s.Pattern != "":
		return "`` " + strings.ReplaceAll(s.Pattern, "|", `\|`) + " ``"
	case s.Items != nil:
		return "list of: " + s.Items.may(fields)
	case s.Type == "boolean":
		return "true, false"
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf("%s, %v to %.0f", s.Type, *s.Minimum, *s.Maximum)
	}
	return s.Type
}

// example is a value that a field may hold.
func (s schema) example(name string, fields schema) any {
	s = s.resolve(fields)
	switch {
	case s.Enum != nil:
		return s.Enum[0]
	case s.Format == "date-time":
		return "2024-03-31T05:00:00Z"
	case name == "ubigeo":
		return "150101"
	case name == "source":
		return exampleSource
	case s.Items != nil:
		return []any{s.Items.example(name, fields)}
	case s.Type == "boolean":
		return true
	case s.Type == "integer", s.Type == "number":
		return 1
	}
	return name + "-1"
}

// exampleSource says of itself that what it sends is made up.
const exampleSource = event.SyntheticSource + ":example"

// everywhere are the fields that nearly every type has, explained once.
var everywhere = []string{"ubigeo", "institution", "institution_kind", "precision", "area"}

// own are the fields of a type that not every type has, those required first.
func (s schema) own() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(s.Properties)), func(name string) bool { return slices.Contains(everywhere, name) })
	slices.SortStableFunc(names, func(a, b string) int { return s.optional(a) - s.optional(b) })
	return names
}

func (s schema) optional(name string) int {
	if slices.Contains(s.Required, name) {
		return 0
	}
	return 1
}

func eventsPage(t *testing.T, cat *law.Catalogue) string {
	t.Helper()
	fields := readSchema(t, "fields")
	var b strings.Builder
	fmt.Fprintf(&b, `# Event types

Generated from the schemas in `+"`schemas/ley-30364/events`"+` and the duties that name them; write it again with
`+"`go test ./docs -update`"+`.

Each of the %d types has one closed JSON Schema: there is no other field, and no free text. The envelope is CloudEvents 1.0 with
one attribute of our own, `+"`recordedtime`"+`. Identity is (`+"`subject`, `source`, `id`"+`). What every type may have is not
repeated below:

| Field | What it says | It may be |
|---|---|---|
`, len(cat.Events.Names()))
	for _, name := range everywhere {
		d := fields.Definitions[name]
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, d.Description, d.may(fields))
	}
	b.WriteString(`
In the lists below a field in **bold** is required, and so is ` + "`ubigeo`" + ` unless a type says otherwise. A word in brackets leads to the
[table of fields](#fields) where it differs from the field's name. Examples are made up, and each has passed the door.
"Starts", "fulfils" and "voids" name duties under any of their regimes, past ones included; a duty may ask more of the event than
its type, which ` + "`amparo law show DUTY`" + ` says.
`)
	for _, subject := range []struct{ kind, title string }{{"case", "Events of cases"}, {"register", "Events of registers"}} {
		fmt.Fprintf(&b, "\n## %s\n", subject.title)
		for _, name := range cat.Events.Names() {
			if s := readSchema(t, name); s.Subject == subject.kind {
				writeType(t, &b, cat, s, fields)
			}
		}
	}
	b.WriteString("\n## Fields\n\n| Definition | What it says | It may be |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(fields.Definitions)) {
		if d := fields.Definitions[name]; !slices.Contains(everywhere, name) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, d.Description, d.may(fields))
		}
	}
	return b.String()
}

func writeType(t *testing.T, b *strings.Builder, cat *law.Catalogue, s, fields schema) {
	t.Helper()
	fmt.Fprintf(b, "\n### %s\n\n*%s* · *%s*. %s\n", s.Title, s.Label["es"], s.Label["en"], s.Description)
	var words []string
	for _, name := range s.own() {
		word := "`" + name + "`"
		if s.optional(name) == 0 {
			word = "**" + word + "**"
		}
		if d := s.Properties[name].definition(); d != name {
			word += " [" + d + "]"
		}
		words = append(words, word)
	}
	if len(words) > 0 {
		fmt.Fprintf(b, "\nFields: %s.", strings.Join(words, ", "))
		if s.Properties["ubigeo"].Ref != "" && s.optional("ubigeo") == 1 {
			b.WriteString(" `ubigeo` is not required.")
		}
		b.WriteString("\n")
	}
	if cat.FirstOnly[s.Title] {
		b.WriteString("\nOnly the first in a case starts duties.\n")
	}
	for _, use := range usesOf(cat, s.Title) {
		if len(use.duties) > 0 {
			fmt.Fprintf(b, "\n%s: %s.\n", use.verb, strings.Join(use.duties, ", "))
		}
	}
	fmt.Fprintf(b, "\n```json\n%s\n```\n", exampleOf(t, cat, s, fields))
}

// A use is what a type does to some duties.
type use struct {
	verb   string
	duties []string
}

// usesOf lists the duties that a type starts, fulfils and voids.
func usesOf(cat *law.Catalogue, name string) []use {
	starts, fulfils, voids := use{verb: "Starts"}, use{verb: "Fulfils"}, use{verb: "Voids"}
	names := func(matches []law.Match) bool {
		return slices.ContainsFunc(matches, func(m law.Match) bool { return m.Type == name })
	}
	for _, d := range cat.Duties {
		if d.NeverARow {
			continue
		}
		started, fulfilled := names(d.StartsOn.Matches), names(d.FulfilledBy.Matches)
		for _, r := range d.Regimes {
			started, fulfilled = started || names(d.Starts(r).Matches), fulfilled || names(d.Fulfils(r).Matches)
		}
		if started || d.Every != "" && name == cat.UnitReport {
			starts.duties = append(starts.duties, d.ID)
		}
		if fulfilled {
			fulfils.duties = append(fulfils.duties, d.ID)
		}
		if names(d.VoidedBy) {
			voids.duties = append(voids.duties, d.ID)
		}
	}
	for _, v := range cat.VoidedBy {
		if v.Type == name {
			voids.duties = append(voids.duties, "all of the "+v.Scope)
		}
	}
	return []use{starts, fulfils, voids}
}

// exampleOf is one event of a type that passes the door, in the order of the
// envelope.
func exampleOf(t *testing.T, cat *law.Catalogue, s, fields schema) string {
	t.Helper()
	subject := "case-1"
	if s.Subject == "register" {
		subject = "unit-1"
	}
	var data []string
	for _, name := range append([]string{"ubigeo"}, s.own()...) {
		property, has := s.Properties[name]
		if !has || name == "region" { // A region stands in for a place, and the example has one.
			continue
		}
		value, err := json.Marshal(property.example(name, fields))
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, fmt.Sprintf("%q:%s", name, value))
	}
	text := fmt.Sprintf(`{"specversion":"1.0","subject":%q,"source":%q,"id":"e-1","type":%q,"time":"2024-03-01T10:15:00-05:00",`+"\n"+` "data":{%s}}`,
		subject, exampleSource, s.Title, strings.Join(data, ","))
	if _, err := cat.Door().Decode([]byte(text), time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Errorf("the example of %s does not pass the door: %v\n%s", s.Title, err, text)
	}
	return text
}
