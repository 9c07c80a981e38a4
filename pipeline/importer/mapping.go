package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A Mapping says how the rows of a file become events: which columns give the
// envelope, how the activity of a row becomes an event type, and which columns
// become fields of data. A column that is not named is never read, so values
// that may be personal data are kept out by leaving them out.
//
// It is written in YAML; unknown keys are errors. docs/mapping.md lists all keys. In an
// event log the attributes are the columns, those of a trace with "case:" before
// their name.
//
//	source: urn:it:fines           # who recorded the events: the same for all of the file
//	subject: {column: case}        # or {constant: unit-7}
//	id: {hash: [activity, date], number: true} # or {column: number}, or {row: true}
//	type:
//	  column: activity             # or {constant: observation.recorded}
//	  values: {Create Fine: fine.created, Send Fine: fine.sent}
//	time: {column: date, layouts: ["02/01/2006 15:04", 02/01/2006], zone: America/Lima}
//	data:                          # fields of all events
//	  channel: {column: via, values: {Comisaría: police, Fiscalía: prosecutor}}
//	  urgent: {column: urgent, type: bool, optional: true}
//	  comply_by: {column: plazo, type: day, layouts: [02/01/2006], zone: America/Lima}
//
// Where one row tells of several events, events lists them in place of type. Each has a
// name, which is part of its id, and is made where all of its conditions hold:
//
//	events:
//	  - {name: report, type: {constant: report.received}, time: {column: reported}}
//	  - name: decision
//	    when: [{column: decided, empty: false}]
//	    type: {constant: measures.decided}
//	    time: {column: decided}
//
// A subject that must not leave the institution as it is, such as a document
// number, becomes a pseudonym: subject: {column: dni, pseudonym: true}. It is the
// first 32 digits of the HMAC-SHA-256 of the cell under a key that is not in the
// mapping, in the letters a to p with p- before them, so that it looks like no number.
//
// Without layouts, RFC 3339 and the forms 2006-01-02 15:04:05, 2006-01-02T15:04:05 and
// 2006-01-02 are read, with or without offset. In a workbook a number is a date as
// well, by day where it is whole.
//
// The id of a row must come out the same whenever its file is imported again.
// hash takes it from the subject and the named columns, read as instants and
// numbers where they are, so that it depends neither on the order of the file
// nor on its format. Rows that agree in all of them get one id, and so are one
// event, unless number tells the second and third apart. A hash hides no
// document number, since all of them can be tried: name no column of that kind.
//
// A field is text, or by type number, bool, list, instant or day; the last two are
// read as time is. A number may be written with a
// comma before its decimals (decimal: ",") and in another unit than the event has
// it (factor: 24 makes hours of days). With values, a cell must be
// one of the keys and stands for what is written there; "" stands for an empty
// cell. An empty cell is refused unless the field is optional, which leaves it
// out.
type Mapping struct {
	source  string
	subject cell
	id      idRule
	kind    typeRule
	skip    []string
	time    timeRule
	entered *timeRule
	data    map[string][]field // by event type

	clean     []cleaning
	skipRows  []condition
	name      string      // of one of several events
	when      []condition // of one of several events
	parts     []*Mapping  // the events of one row, where they are several
	pseudonym bool
	key       []byte

	columns []string // all that are named, each once
	options options
}

// ErrNoKey means that a mapping makes pseudonyms and has no key to make them with.
var ErrNoKey = errors.New("the mapping makes pseudonyms of subjects: a secret key is needed")

// minimumKey is the least length of a key of pseudonyms: all document numbers could
// be tried against a short one.
const minimumKey = 16

// NeedsKey reports whether the mapping makes pseudonyms.
func (m *Mapping) NeedsKey() bool { return m.pseudonym }

// SetKey gives the key of pseudonyms.
func (m *Mapping) SetKey(key []byte) error {
	if len(key) < minimumKey {
		return fmt.Errorf("the key of pseudonyms has %d bytes, at least %d are needed", len(key), minimumKey)
	}
	m.key = key
	for _, part := range m.parts {
		part.key = key
	}
	return nil
}

// mappingFile is a mapping as it is written.
type mappingFile struct {
	Format struct {
		Comma    string `yaml:"comma"`
		Encoding string `yaml:"encoding"`
		Sheet    string `yaml:"sheet"`
		Header   int    `yaml:"header"`
	} `yaml:"format"`
	Source   string               `yaml:"source"`
	Subject  subjectFile          `yaml:"subject"`
	ID       idFile               `yaml:"id"`
	Type     cellFile             `yaml:"type"`
	Skip     []string             `yaml:"skip"`
	Time     *timeFile            `yaml:"time"`
	Recorded *timeFile            `yaml:"recorded"`
	Data     map[string]fieldFile `yaml:"data"`
	Types    map[string]struct {
		Data map[string]fieldFile `yaml:"data"`
	} `yaml:"types"`
	Clean    map[string]cleanFile `yaml:"clean"`
	SkipRows []conditionFile      `yaml:"skip_rows"`
	Events   []eventFile          `yaml:"events"`
}

type subjectFile struct {
	Column    string `yaml:"column"`
	Constant  string `yaml:"constant"`
	Pseudonym bool   `yaml:"pseudonym"`

	Values map[string]string `yaml:"values"` // refused
}

type cleanFile struct {
	Trim   string            `yaml:"trim"`
	Case   string            `yaml:"case"`
	Empty  []string          `yaml:"empty"`
	Values map[string]string `yaml:"values"`
	Pad    int               `yaml:"pad"`
}

type conditionFile struct {
	Column string   `yaml:"column"`
	Is     []string `yaml:"is"`
	Not    []string `yaml:"not"`
	Empty  *bool    `yaml:"empty"`
}

type eventFile struct {
	Name     string               `yaml:"name"`
	When     []conditionFile      `yaml:"when"`
	Type     cellFile             `yaml:"type"`
	Skip     []string             `yaml:"skip"`
	Time     *timeFile            `yaml:"time"`
	Recorded *timeFile            `yaml:"recorded"`
	Data     map[string]fieldFile `yaml:"data"`
}

type cellFile struct {
	Column   string            `yaml:"column"`
	Constant string            `yaml:"constant"`
	Values   map[string]string `yaml:"values"`
}

type idFile struct {
	Column string   `yaml:"column"`
	Hash   []string `yaml:"hash"`
	Number bool     `yaml:"number"`
	Row    bool     `yaml:"row"`
}

type timeFile struct {
	Column    string   `yaml:"column"`
	Constant  string   `yaml:"constant"`
	Layouts   []string `yaml:"layouts"`
	Zone      string   `yaml:"zone"`
	Precision string   `yaml:"precision"`
	Optional  bool     `yaml:"optional"`
}

type fieldFile struct {
	Column    string            `yaml:"column"`
	Constant  any               `yaml:"constant"`
	Values    map[string]string `yaml:"values"`
	Type      string            `yaml:"type"`
	Separator string            `yaml:"separator"`
	Decimal   string            `yaml:"decimal"`
	Factor    float64           `yaml:"factor"`
	Layouts   []string          `yaml:"layouts"`
	Zone      string            `yaml:"zone"`
	Optional  bool              `yaml:"optional"`
}

// options are the hints about the form of a file.
type options struct {
	comma    rune
	encoding string
	sheet    string
	header   int // the row with the column names, from 1
}

// LoadMapping reads a mapping. The errors name the file and the line, all that
// are found at once.
func LoadMapping(name string, r io.Reader) (*Mapping, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", name, err)
	}
	var f mappingFile
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return nil, yamlError(name, err)
	}
	c, err := newCompiler(name, text)
	if err != nil {
		return nil, err
	}
	m := c.mapping(&f)
	if err := errors.Join(c.errs...); err != nil {
		return nil, err
	}
	return m, nil
}

// mapping compiles what was written, noting what is wrong with it.
func (c *compiler) mapping(f *mappingFile) *Mapping {
	c.options(f)
	c.m.source = f.Source
	if f.Source == "" || strings.ContainsAny(f.Source, " \t\n") {
		c.wrong("source", "expected who recorded the events, a URI reference without spaces such as urn:pe:registry")
	}
	if len(f.Subject.Values) > 0 {
		c.wrong("subject", "a subject takes column or constant alone")
	}
	c.m.subject = c.cell("subject", f.Subject.Column, f.Subject.Constant)
	if c.m.pseudonym = f.Subject.Pseudonym; f.Subject.Pseudonym && f.Subject.Column == "" {
		c.wrong("subject.pseudonym", "only the value of a column becomes a pseudonym")
	}
	c.cleaning(f.Clean)
	c.m.skipRows = c.conditions("skip_rows", f.SkipRows)
	if len(f.Events) > 0 {
		c.several(f)
		return c.m
	}
	c.event(f)
	return c.m
}

// event compiles what makes an event of a row.
func (c *compiler) event(f *mappingFile) {
	c.times(f)
	c.types(f)
	c.ids(&f.ID)
}

func (c *compiler) options(f *mappingFile) {
	o := options{comma: ',', encoding: f.Format.Encoding, sheet: f.Format.Sheet, header: max(f.Format.Header, 1)}
	if f.Format.Header < 0 {
		c.wrong("format.header", "expected the number of the row with the column names, from 1")
	}
	if text := []rune(f.Format.Comma); len(text) == 1 && !slices.Contains([]rune{'"', '\r', '\n'}, text[0]) {
		o.comma = text[0]
	} else if len(text) > 0 {
		c.wrong("format.comma", `expected the one character that separates cells, such as ";" or "\t"`)
	}
	if _, known := encodings[o.encoding]; !known {
		c.wrong("format.encoding", "expected utf-8, windows-1252 or iso-8859-1")
	}
	c.m.options = o
}

func (c *compiler) types(f *mappingFile) {
	c.m.kind = typeRule{cell: c.cell("type", f.Type.Column, f.Type.Constant), values: f.Type.Values}
	c.m.skip = f.Skip
	if f.Type.Constant != "" && (len(f.Type.Values) > 0 || len(f.Skip) > 0) {
		c.wrong("type", "a constant type leaves no activities to map or to skip")
	}
	for _, activity := range f.Skip {
		if _, both := f.Type.Values[activity]; both {
			c.wrong("skip", "%q is also in type.values; leave it in one of them", activity)
		}
	}
	for _, activity := range sortedKeys(f.Type.Values) {
		if f.Type.Values[activity] == "" {
			c.wrong("type.values", "%q has no event type; to leave the activity out, put it under skip", activity)
		}
	}
	all := c.fields("data", f.Data)
	c.m.data = map[string][]field{"": all}
	for _, name := range sortedKeys(f.Types) {
		if !c.m.kind.makes(name) {
			c.wrong("types."+name, "no row becomes an event of type %s", name)
		}
		own := c.fields("types."+name+".data", f.Types[name].Data)
		for _, shared := range all {
			if _, replaced := f.Types[name].Data[shared.name]; !replaced {
				own = append(own, shared)
			}
		}
		c.m.data[name] = own
	}
}

// makes reports whether a row can become an event of the type.
func (t *typeRule) makes(name string) bool {
	if t.constant != "" || len(t.values) == 0 {
		return t.constant == "" || t.constant == name
	}
	for _, made := range t.values {
		if made == name {
			return true
		}
	}
	return false
}

func (c *compiler) fields(where string, files map[string]fieldFile) []field {
	var out []field
	for _, name := range sortedKeys(files) {
		out = append(out, c.field(where+"."+name, name, files[name]))
	}
	return out
}

func (c *compiler) field(where, name string, f fieldFile) field {
	out := field{
		name: name, column: c.column(f.Column), constant: f.Constant, values: f.Values,
		kind: fieldKind(f.Type), separator: f.Separator, optional: f.Optional,
	}
	switch {
	case name == "precision":
		c.wrong(where, "the precision follows from time; see time.precision")
	case (f.Column == "") == (f.Constant == nil):
		c.wrong(where, "give either column or constant")
	case f.Constant != nil && (f.Values != nil || f.Type != "" || f.Separator != "" || f.Optional || f.Decimal != "" || f.Factor != 0 || f.Zone != "" || f.Layouts != nil):
		c.wrong(where, "a constant stands as it is written; leave out the other keys")
	case !plainConstant(f.Constant):
		c.wrong(where+".constant", "expected text, a number, true or false, or a list of texts")
	}
	if out.kind == "" {
		out.kind = textField
	}
	if !slices.Contains([]fieldKind{textField, numberField, boolField, listField, instantField, dayField}, out.kind) {
		c.wrong(where+".type", "expected text, number, bool, list, instant or day")
	}
	switch {
	case out.kind == instantField || out.kind == dayField:
		out.time = c.timeRule(where, &timeFile{Column: f.Column, Layouts: f.Layouts, Zone: f.Zone})
	case f.Zone != "" || f.Layouts != nil:
		c.wrong(where, "layouts and zone are of instants and days; add type: instant or type: day")
	}
	c.numbers(where, &out, &f)
	if out.separator == "" {
		out.separator = ";"
	} else if out.kind != listField {
		c.wrong(where+".separator", "only a list has a separator; add type: list")
	}
	return out
}

func plainConstant(v any) bool {
	list, ok := v.([]any)
	if !ok {
		_, isMap := v.(map[string]any)
		return !isMap
	}
	return !slices.ContainsFunc(list, func(item any) bool { _, ok := item.(string); return !ok })
}

func (c *compiler) ids(f *idFile) {
	ways := 0
	for _, given := range []bool{f.Column != "", len(f.Hash) > 0, f.Row} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		c.wrong("id", "give exactly one of column, hash (a list of columns) and row: true")
	}
	if f.Number && len(f.Hash) == 0 {
		c.wrong("id", "number tells rows of one hash apart; give hash with it")
	}
	c.m.id = idRule{column: c.column(f.Column), numbered: f.Number}
	for _, name := range f.Hash {
		c.m.id.hash = append(c.m.id.hash, c.column(name))
	}
}

func (c *compiler) times(f *mappingFile) {
	if f.Time == nil {
		c.wrong("time", "time is missing: say when the events happened, with column or constant")
		return
	}
	c.m.time = c.timeRule("time", f.Time)
	if f.Time.Optional {
		c.wrong("time.optional", "every event has a time")
	}
	if f.Recorded == nil {
		return
	}
	if f.Recorded.Zone == "" {
		f.Recorded.Zone = f.Time.Zone
	}
	if f.Recorded.Precision != "" {
		c.wrong("recorded.precision", "precision is about time; leave it out here")
	}
	entered := c.timeRule("recorded", f.Recorded)
	c.m.entered = &entered
}
