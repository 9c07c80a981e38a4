package docs

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

func TestThePageOfCatalogueKeysIsUpToDate(t *testing.T) {
	upToDate(t, "catalogue.md", cataloguePage(t), func(text string) string { return text })
}

// A form is what the loader says of a file or of a part of one: the schema that it
// checks with.
type form struct {
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Properties  keys            `json:"properties"`
	Type        string          `json:"type"`
	Enum        []string        `json:"enum"`
	Ref         string          `json:"$ref"`
	Items       *form           `json:"items"`
	Others      json.RawMessage `json:"additionalProperties"`
	Definitions map[string]form `json:"$defs"`
}

// others is the form of what stands under any key.
func (f *form) others() *form {
	if text := string(f.Others); text == "" || text == "false" || text == "true" {
		return nil
	}
	var other form
	if err := json.Unmarshal(f.Others, &other); err != nil {
		return nil
	}
	return &other
}

// keys are properties in the order in which they are written.
type keys []struct {
	name string
	form form
}

func (k *keys) UnmarshalJSON(b []byte) error {
	var of map[string]form
	if err := json.Unmarshal(b, &of); err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	for depth, isKey := 0, false; ; {
		token, err := dec.Token()
		if err != nil {
			return nil //nolint:nilerr // It was read before: this is its end.
		}
		switch text, isText := token.(string); {
		case token == json.Delim('{') || token == json.Delim('['):
			depth++
			isKey = depth == 1
		case token == json.Delim('}') || token == json.Delim(']'):
			depth--
			isKey = depth == 1
		case depth == 1 && isKey && isText:
			*k = append(*k, struct {
				name string
				form form
			}{text, of[text]})
			isKey = false
		case depth == 1:
			isKey = true
		}
	}
}

// pageOfKeys collects what is written of forms.
type pageOfKeys struct {
	t        *testing.T
	files    map[string]*form
	examples map[string]map[string]string // by part and key
	places   map[string][]string          // by part: where it may stand
	order    []string                     // parts, as they are first met
}

// catalogueFiles are the files of a catalogue with their forms, in reading order.
var catalogueFiles = []struct{ file, form string }{
	{"catalogue.yaml", "catalogue.json"},
	{"duties/*.yaml", "duty.json"},
	{"calendars/*.yaml", "calendar.json"},
	{"indicators.yaml", "indicators.json"},
	{"implications.yaml", "implications.json"},
	{"causes.yaml", "causes.json"},
	{"articles.yaml", "articles.json"},
	{"study.yaml", "study.json"},
	{"words.yaml", "words.json"},
}

func cataloguePage(t *testing.T) string {
	p := &pageOfKeys{t: t, files: map[string]*form{}, examples: map[string]map[string]string{}, places: map[string][]string{}}
	p.readForms()
	for _, f := range catalogueFiles {
		p.visit(f.form, p.files[f.form], f.file)
		for _, data := range shippedData(t, f.file) {
			p.collect(f.form, p.files[f.form], data)
		}
	}
	var b strings.Builder
	b.WriteString(`# The keys of a catalogue

Generated from the forms with which the loader checks a catalogue (` + "`schemas/law/load/form`" + `); write it again with
` + "`go test ./docs -update`" + `. A key that is not here is refused, with file, line and what may stand there. ` + "`amparo law schemas DIR`" + ` writes
the same forms as JSON Schemas, with which an editor completes and checks a file while it is written: put
` + "`# yaml-language-server: $schema=DIR/duty.json`" + ` into its first line. How to change the law: [changing-the-law.md](changing-the-law.md).

Examples are from the catalogues that ship. What a form cannot say (that a duty which is named exists, that days without a regime
are none) ` + "`amparo law check`" + ` says.

`)
	for _, f := range catalogueFiles {
		p.section(&b, "## `"+f.file+"`", f.form, p.files[f.form])
		for _, part := range p.order {
			if strings.HasPrefix(part, f.form+"#") {
				p.section(&b, "### "+partName(part), part, p.part(part))
			}
		}
	}
	b.WriteString("## What files share\n\n")
	for _, part := range p.order {
		if strings.HasPrefix(part, "common.json#") {
			p.section(&b, "### "+partName(part), part, p.part(part))
		}
	}
	b.WriteString(tables(t))
	return b.String()
}

func (p *pageOfKeys) readForms() {
	names, err := fs.Glob(load.Forms(), "*.json")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(load.Forms(), name)
		if err != nil {
			p.t.Fatal(err)
		}
		p.files[name] = &form{}
		if err := json.Unmarshal(text, p.files[name]); err != nil {
			p.t.Fatal(name, err)
		}
		if name != "common.json" && !slices.ContainsFunc(catalogueFiles, func(f struct{ file, form string }) bool { return f.form == name }) {
			p.t.Errorf("no file is checked by %s", name)
		}
	}
}

// part is the form of a name such as common.json#limit.
func (p *pageOfKeys) part(name string) *form {
	file, definition, _ := strings.Cut(name, "#")
	if definition == "" {
		return p.files[file]
	}
	f := p.files[file].Definitions[definition]
	return &f
}

func partName(part string) string {
	_, name, _ := strings.Cut(part, "#")
	return name
}

// resolve follows a reference, from a part of a file, and names the part it leads to.
func (p *pageOfKeys) resolve(in string, f *form) (string, *form) {
	if f.Ref == "" {
		return in, f
	}
	file, definition, _ := strings.Cut(f.Ref, "#/$defs/")
	if file == "" {
		file, _, _ = strings.Cut(in, "#")
	}
	part := file + "#" + definition
	return part, p.part(part)
}

// visit notes where each part may stand.
func (p *pageOfKeys) visit(in string, f *form, place string) {
	part, to := p.resolve(in, f)
	if f.Ref != "" {
		known := slices.Contains(p.order, part)
		if !slices.Contains(p.places[part], place) {
			p.places[part] = append(p.places[part], place)
		}
		if known {
			return
		}
		p.order = append(p.order, part)
	}
	for _, key := range to.Properties {
		p.visit(part, &key.form, "`"+key.name+"` of "+strings.TrimPrefix(cmpOr(partName(part), place), "a "))
	}
	for _, inside := range []*form{to.Items, to.others()} {
		if inside != nil {
			p.visit(part, inside, place)
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return "`" + strings.Trim(b, "`") + "`"
}

// shippedData are the files of a name in the catalogues that ship, as data.
func shippedData(t *testing.T, pattern string) []any {
	t.Helper()
	var all []any
	for _, folder := range []fs.FS{ley30364.Files, os.DirFS("../examples/data-protection/catalogue"), os.DirFS("../examples/road-traffic/catalogue"), os.DirFS("../examples/permit-receipt/catalogue")} {
		names, err := fs.Glob(folder, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			if err != nil {
				t.Fatal(err)
			}
			var data any
			if err := yaml.UnmarshalWithOptions(text, &data, yaml.UseOrderedMap()); err != nil {
				t.Fatal(name, err)
			}
			all = append(all, data)
		}
	}
	return all
}

// collect takes the first short example of each key.
func (p *pageOfKeys) collect(in string, f *form, data any) {
	part, to := p.resolve(in, f)
	switch data := data.(type) {
	case []any:
		for _, item := range data {
			if to.Items != nil {
				p.collect(part, to.Items, item)
			}
		}
	case yaml.MapSlice:
		for _, entry := range data {
			name := fmt.Sprint(entry.Key)
			i := slices.IndexFunc(to.Properties, func(k struct {
				name string
				form form
			}) bool {
				return k.name == name
			})
			switch other := to.others(); {
			case i >= 0:
				p.example(part, name, entry.Value)
				p.collect(part, &to.Properties[i].form, entry.Value)
			case other != nil:
				p.collect(part, other, entry.Value)
			}
		}
	}
}

// longestExample is how long the text of an example may be.
const longestExample = 90

func (p *pageOfKeys) example(part, key string, value any) {
	if p.examples[part] == nil {
		p.examples[part] = map[string]string{}
	}
	text := flow(value)
	if before, given := p.examples[part][key]; (!given || len(before) > longestExample && len(text) < len(before)) && text != "" {
		p.examples[part][key] = text
	}
}

// flow writes a value in one line of YAML.
func flow(value any) string {
	switch value := value.(type) {
	case []any:
		parts := make([]string, len(value))
		for i := range value {
			parts[i] = flow(value[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MapSlice:
		parts := make([]string, len(value))
		for i, entry := range value {
			parts[i] = fmt.Sprintf("%v: %s", entry.Key, flow(entry.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		var read any
		if err := yaml.Unmarshal([]byte(value), &read); err != nil || read != value || strings.ContainsAny(value, ",[]{}:#") {
			return fmt.Sprintf("%q", value) // It needs quotes to be this text.
		}
		return value
	}
	return fmt.Sprint(value)
}

// section is the table of the keys of a part.
func (p *pageOfKeys) section(b *strings.Builder, heading, part string, f *form) {
	fmt.Fprintf(b, "%s\n\n", heading)
	if about := p.about(part, f); about != "" {
		fmt.Fprintf(b, "%s\n\n", about)
	}
	if len(f.Properties) == 0 {
		return
	}
	b.WriteString("| Key | It may hold | What it says | Example |\n|---|---|---|---|\n")
	for _, key := range f.Properties {
		example := p.examples[part][key.name]
		if len(example) > longestExample || example == "" {
			example = ""
		} else {
			example = "`` " + strings.ReplaceAll(example, "|", `\|`) + " ``"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key.name, p.holds(part, &key.form), strings.ReplaceAll(key.form.Description, "|", `\|`), example)
	}
	b.WriteString("\n")
}

// about says what a part is and where it may stand.
func (p *pageOfKeys) about(part string, f *form) string {
	var lines []string
	switch {
	case f.Title != "":
		_, title, _ := strings.Cut(f.Title, ": ")
		title = cmpOr(title, f.Title)
		lines = append(lines, strings.ToUpper(title[:1])+title[1:]+".")
	case f.Description != "":
		lines = append(lines, f.Description)
	}
	if f.Type == "array" && f.Items != nil {
		lines = append(lines, "The file is a "+p.holds(part, f)+".")
	}
	if other := f.others(); other != nil && partName(part) == "" {
		lines = append(lines, "Under each key: "+p.holds(part, other)+".")
	}
	if places := p.places[part]; partName(part) != "" && !slices.Contains(unplaced, partName(part)) {
		lines = append(lines, "It stands in "+strings.Join(places, ", ")+".")
	}
	return strings.Join(lines, " ")
}

// unplaced are parts of which it says nothing where they stand.
var unplaced = []string{"words", "text", "texts", "maybeEmpty", "date"}

// holds says what may stand under a key.
func (p *pageOfKeys) holds(in string, f *form) string {
	part, to := p.resolve(in, f)
	switch name := partName(part); {
	case name == "words" && f.Ref != "":
		return "text"
	case f.Ref != "" && to.Enum != nil:
		return strings.Join(to.Enum, ", ")
	case f.Ref != "":
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	case f.Enum != nil:
		return strings.Join(f.Enum, ", ")
	case f.Items != nil:
		return "list of " + p.holds(part, f.Items)
	case f.others() != nil:
		return "map of " + p.holds(part, f.others())
	case len(f.Properties) > 0:
		var parts []string
		for _, key := range f.Properties {
			parts = append(parts, "`"+key.name+"`: "+p.holds(part, &key.form))
		}
		return strings.Join(parts, ", ")
	case f.Type == "integer":
		return "whole number"
	case f.Type == "boolean":
		return "true, false"
	case f.Type != "":
		return f.Type
	}
	return "text"
}

// columns are what the tables of a catalogue hold.
var columns = map[string]map[string]string{
	"places.csv": {
		"code": "Two digits for a department, four for a province.", "name": "Its name.",
		"": "One column for each grouping of places: the region that the place belongs to under it.",
	},
	"districts.csv":  {"code": "Six digits.", "name": "Its name."},
	"distances.csv":  {"code": "A place.", "hours": "The term of distance that its courts have."},
	"attributes.csv": {"code": "A place.", "": "One column for each attribute: a number, or empty."},
}

// tables describes the CSV files, each column of those that ship.
func tables(t *testing.T) string {
	var b strings.Builder
	b.WriteString("## Tables\n\nIn UTF-8, cells separated by commas, a line of names first. Each is optional.\n\n| File | Column | What it says |\n|---|---|---|\n")
	names, err := fs.Glob(ley30364.Files, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if columns[name] == nil {
			t.Errorf("nothing is said of %s", name)
		}
		text, err := ley30364.Files.ReadFile(path.Clean(name))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(string(text), "\n")
		for column := range strings.SplitSeq(strings.TrimSpace(header), ",") {
			if columns[name][column] == "" && columns[name][""] == "" {
				t.Errorf("nothing is said of the column %s of %s", column, name)
			}
		}
		for _, column := range slices.Sorted(maps.Keys(columns[name])) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, cmpOr(map[bool]string{true: "all others"}[column == ""], column), columns[name][column])
		}
	}
	return b.String()
}
