package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"amparo/schemas/event"
)

// A row is one row of a table or one event of a log: the cells of the columns
// that the mapping names, without surrounding blanks. The cells are valid until
// the next row.
type row struct {
	line    int // where it stands in the file, from 1
	number  int // which row it is, without the header, from 1
	cells   []string
	columns []string // their names, for messages
	// serial reads the numbers that a workbook has for dates; nil elsewhere.
	serial func(float64) (time.Time, error)
}

// A cell is the value of a column, or the same for all rows.
type cell struct {
	column   int
	constant string
}

func (c *cell) read(r *row, attribute string) (string, error) {
	if c.constant != "" {
		return c.constant, nil
	}
	return r.text(c.column, attribute)
}

// text returns a cell that must not be empty.
func (r *row) text(column int, attribute string) (string, error) {
	text := r.cells[column]
	if text == "" {
		return "", refuse(event.Missing, attribute, "the cell of column %s is empty", r.columns[column])
	}
	if !utf8.ValidString(text) {
		return "", refuse(event.BadValue, attribute, "the cell of column %s is not UTF-8; say format.encoding in the mapping", r.columns[column])
	}
	return text, nil
}

// A typeRule turns the activity of a row into an event type.
type typeRule struct {
	cell
	values map[string]string // none: the cell is the type
}

// A fieldKind is what a field of data holds.
type fieldKind string

const (
	textField   fieldKind = "text"
	numberField fieldKind = "number"
	boolField   fieldKind = "bool"
	listField   fieldKind = "list"

	instantField fieldKind = "instant"
	dayField     fieldKind = "day"
)

// A field is one field of data.
type field struct {
	name      string
	column    int
	constant  any
	values    map[string]string
	kind      fieldKind
	separator string
	decimal   string
	factor    float64
	time      timeRule // of an instant or a day
	optional  bool
}

// made is the CloudEvents form of an event.
type made struct {
	SpecVersion  string         `json:"specversion"`
	ID           string         `json:"id"`
	Source       string         `json:"source"`
	Type         string         `json:"type"`
	Subject      string         `json:"subject"`
	Time         string         `json:"time"`
	RecordedTime string         `json:"recordedtime,omitzero"`
	Data         map[string]any `json:"data"`
}

// event turns a row into an event; nil where the mapping skips its activity, or
// where a condition of the event does not hold.
// The error is a *event.Refusal, except where ids can no longer be numbered.
func (m *Mapping) event(r *row, ids *numbering) ([]byte, error) {
	if slices.ContainsFunc(m.when, func(c condition) bool { return !c.holds(r) }) {
		return nil, nil
	}
	e := made{SpecVersion: "1.0", Source: m.source, Data: map[string]any{}}
	activity, err := m.kind.read(r, "type")
	if err != nil {
		return nil, err
	}
	if slices.Contains(m.skip, activity) {
		return nil, nil
	}
	if e.Type, err = m.kind.of(r, activity); err != nil {
		return nil, err
	}
	if e.Subject, err = m.subject.read(r, "subject"); err != nil {
		return nil, err
	}
	if m.pseudonym {
		e.Subject = pseudonymOf(m.key, e.Subject)
	}
	when, _, err := m.time.read(r, "time")
	if err != nil {
		return nil, err
	}
	e.Time = when.at.Format(instant)
	if m.entered != nil {
		entered, known, err := m.entered.read(r, "recordedtime")
		if err != nil {
			return nil, err
		}
		if known {
			e.RecordedTime = entered.at.Format(instant)
		}
	}
	if err := m.fill(&e, r, when); err != nil {
		return nil, err
	}
	if e.ID, err = m.rowID(r, e.Subject, when.at, ids); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, refuse(event.BadValue, "data", "the row cannot be written as JSON")
	}
	return raw, nil
}

func (t *typeRule) of(r *row, activity string) (string, error) {
	if t.constant != "" || len(t.values) == 0 {
		return activity, nil
	}
	name, ok := t.values[activity]
	if !ok {
		return "", unmapped(activity, event.UnknownType, "type", "the mapping does not know the activity in column %s; add it to type.values, or to skip", r.columns[t.column])
	}
	return name, nil
}

// fill reads the fields of data.
func (m *Mapping) fill(e *made, r *row, when moment) error {
	if when.byDay {
		e.Data["precision"] = "day"
	}
	fields, own := m.data[e.Type]
	if !own {
		fields = m.data[""]
	}
	for i := range fields {
		f := &fields[i]
		value, err := f.read(r)
		if err != nil {
			return err
		}
		if value != nil {
			e.Data[f.name] = value
		}
	}
	return nil
}

// read returns the value of the field, nil where an optional one is not there.
func (f *field) read(r *row) (any, error) {
	if f.constant != nil {
		return f.constant, nil
	}
	attribute := "data." + f.name
	text := r.cells[f.column]
	if f.kind == listField && text != "" {
		return f.list(r, attribute)
	}
	if text != "" && f.values != nil {
		instead, ok := f.values[text]
		if !ok {
			return nil, unmapped(text, event.BadValue, attribute, "the mapping does not know the value in column %s; add it to the values of the field", r.columns[f.column])
		}
		text = instead
	}
	if text == "" && f.optional {
		return nil, nil
	}
	if text == "" {
		return nil, refuse(event.Missing, attribute, "the cell of column %s is empty; mark the field optional if it may be", r.columns[f.column])
	}
	if !utf8.ValidString(text) {
		return r.text(f.column, attribute)
	}
	return f.convert(r, attribute, text)
}

func (f *field) convert(r *row, attribute, text string) (any, error) {
	switch f.kind {
	case numberField:
		if n, ok := f.number(text); ok {
			return n, nil
		}
		return nil, refuse(event.BadValue, attribute, "column %s has no number such as 1234.5", r.columns[f.column])
	case boolField:
		switch strings.ToLower(text) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, refuse(event.BadValue, attribute, "column %s has neither true nor false; map its words with values", r.columns[f.column])
	case instantField, dayField:
		m, problem := f.time.parse(text, r.serial)
		switch {
		case problem != "":
			return nil, refuse(event.BadTime, attribute, "column %s: %s", r.columns[f.column], problem)
		case f.kind == dayField:
			return m.at.Format(time.DateOnly), nil
		case m.byDay:
			return nil, refuse(event.BadTime, attribute, "column %s has a day without an hour: add type: day, or a layout with an hour", r.columns[f.column])
		}
		return m.at.Format(instant), nil
	}
	return text, nil
}

// list splits a cell and reads each part by the values of the field.
func (f *field) list(r *row, attribute string) (any, error) {
	text, err := r.text(f.column, attribute)
	if err != nil {
		return nil, err
	}
	items := []string{}
	for part := range strings.SplitSeq(text, f.separator) {
		part = strings.TrimSpace(part)
		if part != "" && f.values != nil {
			instead, ok := f.values[part]
			if !ok {
				return nil, unmapped(part, event.BadValue, attribute, "the mapping does not know a value in column %s; add it to the values of the field", r.columns[f.column])
			}
			part = instead
		}
		if part != "" {
			items = append(items, part)
		}
	}
	return items, nil
}

// number reads a JSON number: what other readers of numbers let pass besides,
// such as "inf", is text here.
func number(text string) (float64, bool) {
	v := jsontext.Value(text)
	if !v.IsValid() || v.Kind() != '0' {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// An idRule gives each row its id.
type idRule struct {
	column   int   // -1 where the id is made
	hash     []int // columns; none: the number of the row
	numbered bool
}

// idBytes is the length of a hash in an id.
const idBytes = 16

// maxNumbered bounds the memory of numbering: about 150 MB.
const maxNumbered = 4 << 20

// numbering counts rows of one hash. It is nil where rows are not numbered.
type numbering struct {
	seen  map[uint64]uint32
	limit int
}

func (id *idRule) numbering() *numbering {
	if !id.numbered {
		return nil
	}
	return &numbering{seen: map[uint64]uint32{}, limit: maxNumbered}
}

// rowID gives a row the id that it has whenever its file is imported.
func (m *Mapping) rowID(r *row, subject string, at time.Time, ids *numbering) (string, error) {
	switch {
	case m.id.column >= 0:
		id, err := r.text(m.id.column, "id")
		return m.named(id), err
	case len(m.id.hash) == 0:
		return m.named("row-" + strconv.Itoa(r.number)), nil
	}
	h := sha256.New()
	put := func(text string) {
		// The length before each part keeps "ab" + "c" and "a" + "bc" apart.
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	put(subject)
	if m.name != "" {
		put(m.name)
	}
	for _, column := range m.id.hash {
		text := r.cells[column]
		if column == m.time.column {
			text = event.FormatInstant(at)
		} else if n, ok := number(text); ok {
			text = strconv.FormatFloat(n, 'g', -1, 64)
		}
		put(text)
	}
	sum := h.Sum(nil)
	id := hex.EncodeToString(sum[:idBytes])
	if ids == nil {
		return id, nil
	}
	n, err := ids.next(binary.BigEndian.Uint64(sum))
	if err != nil || n == 1 {
		return id, err
	}
	return fmt.Sprintf("%s.%d", id, n), nil
}

// named tells the ids of several events of one row apart.
func (m *Mapping) named(id string) string {
	if m.name == "" {
		return id
	}
	return id + "." + m.name
}

// next says which row of its hash this is, from 1.
func (n *numbering) next(key uint64) (uint32, error) {
	if _, known := n.seen[key]; !known && len(n.seen) >= n.limit {
		return 0, fmt.Errorf("more than %d rows to tell apart; split the file by subject, or name columns under hash that make number needless", n.limit)
	}
	n.seen[key]++
	return n.seen[key], nil
}
