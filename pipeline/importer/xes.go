package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"amparo/schemas/event"
)

// ofTrace stands before the names of a trace's attributes, where they are
// columns.
const ofTrace = "case:"

// logRows reads an event log in XES (IEEE 1849), one event at a time.
func logRows(r io.Reader, m *Mapping) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		limit := limitRows(r)
		l := &logReader{
			xml: xml.NewDecoder(limit), limit: limit, m: m, yield: yield,
			trace: make([]string, len(m.columns)),
			row:   row{cells: make([]string, len(m.columns)), columns: m.columns},
		}
		l.xml.CharsetReader = charset
		if err := l.read(); err != nil && !errors.Is(err, errEnough) {
			line, _ := l.xml.InputPos()
			yield(row{line: line}, fmt.Errorf("line %d: %w", line, plainly(err)))
		}
	}
}

// plainly says in plain words what is wrong with the XML.
func plainly(err error) error {
	syntax, ok := errors.AsType[*xml.SyntaxError](err)
	switch {
	case !ok:
		return err
	case syntax.Msg == "unexpected EOF":
		return errors.New("the log is cut off: </log> is missing")
	}
	return errors.New("broken XML: " + syntax.Msg)
}

// charset reads the encodings besides UTF-8 that logs declare.
func charset(label string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(r), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	}
	return nil, fmt.Errorf("the encoding %q is not read; save the log as UTF-8", label)
}

// errEnough ends the reading when the consumer wants no more.
var errEnough = errors.New("no more rows wanted")

type logReader struct {
	xml   *xml.Decoder
	limit *rowLimit
	m     *Mapping
	yield func(row, error) bool
	trace []string // cells of the trace that is being read
	row   row
}

func (l *logReader) read() error {
	root, err := l.element()
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return err
	}
	if root == nil || root.Name.Local != "log" {
		return errors.New("not an event log: expected XML that begins with <log>")
	}
	for {
		child, err := l.element()
		switch {
		case err != nil:
			return err
		case child == nil:
			return l.rest()
		case child.Name.Local == "trace":
			err = l.readTrace()
		case child.Name.Local == "event":
			// A log may have events outside of traces.
			err = l.readEvent()
		default:
			err = l.skip(child)
		}
		if err != nil {
			return err
		}
	}
}

// rest makes sure that nothing but comments follows the log.
func (l *logReader) rest() error {
	switch _, err := l.element(); {
	case err == nil:
		return errors.New("something follows the end of the log")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// element returns the next element that begins at this level, nil at the end of
// the level.
func (l *logReader) element() (*xml.StartElement, error) {
	for {
		l.limit.next()
		token, err := l.xml.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			return &token, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// skip passes over an element with all that it holds, which may be much: some
// logs keep whole statistics in nested attributes. Traces and events out of
// place are not passed over in silence.
func (l *logReader) skip(start *xml.StartElement) error {
	for depth := 1; depth > 0; {
		if start != nil {
			switch start.Name.Local {
			case "log", "trace", "event":
				return fmt.Errorf("<%s> is out of place", start.Name.Local)
			}
		}
		var err error
		if start, err = l.element(); err != nil {
			return err
		}
		if start != nil {
			depth++
		} else {
			depth--
		}
	}
	return nil
}

func (l *logReader) readTrace() error {
	clear(l.trace)
	defer clear(l.trace)
	begun := false
	for {
		child, err := l.element()
		if err != nil || child == nil {
			return err
		}
		if child.Name.Local == "event" {
			begun = true
			if err := l.readEvent(); err != nil {
				return err
			}
			continue
		}
		column, text := l.attribute(ofTrace, child)
		if err := l.skip(child); err != nil {
			return err
		}
		if column < 0 {
			continue
		}
		if begun {
			return fmt.Errorf("the attribute %q of a trace comes after its events, which need it", l.m.columns[column])
		}
		l.trace[column] = text
	}
}

func (l *logReader) readEvent() error {
	l.row.line, _ = l.xml.InputPos()
	l.row.number++
	copy(l.row.cells, l.trace)
	var refusal error
	for {
		child, err := l.element()
		if err != nil {
			return err
		}
		if child == nil {
			break
		}
		column, text := l.attribute("", child)
		if err := l.skip(child); err != nil {
			return err
		}
		if column < 0 {
			continue
		}
		if before := l.row.cells[column]; before != "" && before != text {
			refusal = refuse(event.BadValue, "", "the event has the attribute %s twice", l.m.columns[column])
		}
		l.row.cells[column] = text
	}
	if !l.yield(l.row, refusal) {
		return errEnough
	}
	return nil
}

// attribute returns the column that an attribute fills, -1 where the mapping
// does not name it, and its value. Attributes that hold others, such as lists,
// have no value of their own.
func (l *logReader) attribute(prefix string, start *xml.StartElement) (column int, text string) {
	switch start.Name.Local {
	case "string", "date", "int", "float", "boolean", "id":
	default:
		return -1, ""
	}
	var key string
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "key":
			key = a.Value
		case "value":
			text = strings.TrimSpace(a.Value)
		}
	}
	return slices.Index(l.m.columns, prefix+key), text
}
