package present

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"amparo/schemas/law"
)

// marshal writes a JSON value without escaping what only HTML needs escaped.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// lines prints one JSON object a row, its keys in the order of the columns.
type lines struct {
	out  io.Writer
	lang string
	keys [][]byte
}

func (l *lines) begin(columns []Column, _ []entry, _ []law.Text) error {
	for _, c := range columns {
		key, err := marshal(c.Name)
		if err != nil {
			return err
		}
		l.keys = append(l.keys, key)
	}
	return nil
}

func (l *lines) object(cells []Cell) ([]byte, error) {
	b := []byte("{")
	for i := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := cells[i].json(l.lang)
		if err != nil {
			return nil, fmt.Errorf("write column %s: %w", l.keys[i], err)
		}
		b = append(append(append(b, l.keys[i]...), ':'), value...)
	}
	return append(b, '}'), nil
}

func (l *lines) row(cells []Cell) error {
	b, err := l.object(cells)
	if err != nil {
		return err
	}
	_, err = l.out.Write(append(b, '\n'))
	return err
}

func (l *lines) end([]law.Text) error { return nil }

// A document is the stamp, the notes and all rows in one JSON object, written row
// by row.
type document struct {
	lines
	rows int
}

func (d *document) begin(columns []Column, stamp []entry, notes []law.Text) error {
	if err := d.lines.begin(columns, stamp, notes); err != nil {
		return err
	}
	head, err := stampObject(stamp, d.lang)
	if err != nil {
		return err
	}
	texts := make([]string, len(notes))
	for i, n := range notes {
		texts[i] = n.In(d.lang)
	}
	said, err := marshal(texts)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "{%s\"notes\":%s,\"rows\":[", head, said)
	return err
}

// stampObject is the inside of the object of a stamp, with a comma behind each key.
func stampObject(stamp []entry, lang string) (string, error) {
	var b strings.Builder
	for _, e := range stamp {
		value, err := e.cell.json(lang)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%q:%s,", e.column.Name, value)
	}
	return b.String(), nil
}

func (d *document) row(cells []Cell) error {
	separator := ",\n"
	if d.rows == 0 {
		separator = "\n"
	}
	d.rows++
	b, err := d.object(cells)
	if err != nil {
		return err
	}
	_, err = d.out.Write(append([]byte(separator), b...))
	return err
}

func (d *document) end([]law.Text) error {
	_, err := io.WriteString(d.out, "\n]}\n")
	return err
}

// Document prints a value that is more than rows as one JSON object, with the
// stamp's keys before its own. The value must marshal to an object; keys of its
// own that the stamp has too are the value's.
func Document(w io.Writer, stamp Stamp, lang string, v any) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	var own map[string]json.RawMessage
	if err := json.Unmarshal(body, &own); err != nil {
		return errors.New("only an object can be printed as a document")
	}
	var head []entry
	for _, e := range stamp.entries() {
		if _, taken := own[e.column.Name]; !taken {
			head = append(head, e)
		}
	}
	first, err := stampObject(head, lang)
	if err != nil {
		return err
	}
	text := "{" + first + strings.TrimPrefix(string(body), "{")
	if len(own) == 0 {
		text = "{" + strings.TrimSuffix(first, ",") + "}"
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
	return err
}
