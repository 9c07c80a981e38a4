package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// A Table is a CSV file that is being read.
type Table struct {
	Findings
	Header []string
	Rows   []Row
}

// A Row is a row with what notes errors on its line.
type Row struct {
	Cells  []string
	Report Report
}

// ReadTable reads an optional table with the columns and, where more says what
// they are, at least one further column. It returns nil without the table.
func ReadTable(fsys fs.FS, name string, columns []string, more ...string) (*Table, error) {
	text, err := readText(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &Table{Findings: Findings{File: name}}
	r := csv.NewReader(bytes.NewReader(text))
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, &FileError{File: name, Line: broken.Line, Err: broken.Err}
		}
		line, _ := r.FieldPos(0)
		report := func(_, format string, args ...any) {
			t.Errs = append(t.Errs, &FileError{File: name, Line: line, Err: fmt.Errorf(format, args...)})
		}
		for i, cell := range cells {
			if strings.TrimSpace(cell) != cell {
				report("", "%q has blanks around it", cell)
			}
			if t.Header == nil && (cell == "" || slices.Contains(cells[:i], cell)) {
				report("", "column %q has no name or that of another", cell)
			}
		}
		if t.Header == nil {
			t.Header = cells
			t.checkHeader(report, columns, more)
			continue
		}
		t.Rows = append(t.Rows, Row{cells, report})
	}
	if t.Header == nil {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the table is empty: give it its columns")}
	}
	if err := errors.Join(t.Errs...); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Table) checkHeader(report Report, columns, more []string) {
	enough := len(t.Header) == len(columns)
	if len(more) > 0 {
		enough = len(t.Header) > len(columns)
	}
	if !enough || !slices.Equal(t.Header[:len(columns)], columns) {
		var expected strings.Builder
		expected.WriteString(strings.Join(columns, ", "))
		for _, what := range more {
			expected.WriteString(" and at least one " + what)
		}
		report("", "expected the columns %s, found %s", expected.String(), strings.Join(t.Header, ", "))
	}
}
