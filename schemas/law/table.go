package law

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

// A table is a CSV file that is being read.
type table struct {
	findings
	header []string
	rows   []tableRow
}

// A tableRow is a row with what notes errors on its line.
type tableRow struct {
	cells  []string
	report report
}

// readTable reads an optional table with the columns and, where more says what
// they are, at least one further column. It returns nil without the table.
func readTable(fsys fs.FS, name string, columns []string, more ...string) (*table, error) {
	text, err := readText(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &table{findings: findings{file: name}}
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
			t.errs = append(t.errs, &FileError{File: name, Line: line, Err: fmt.Errorf(format, args...)})
		}
		for i, cell := range cells {
			if strings.TrimSpace(cell) != cell {
				report("", "%q has blanks around it", cell)
			}
			if t.header == nil && (cell == "" || slices.Contains(cells[:i], cell)) {
				report("", "column %q has no name or that of another", cell)
			}
		}
		if t.header == nil {
			t.header = cells
			t.checkHeader(report, columns, more)
			continue
		}
		t.rows = append(t.rows, tableRow{cells, report})
	}
	if t.header == nil {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("the table is empty: give it its columns")}
	}
	if err := errors.Join(t.errs...); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *table) checkHeader(report report, columns, more []string) {
	enough := len(t.header) == len(columns)
	if len(more) > 0 {
		enough = len(t.header) > len(columns)
	}
	if !enough || !slices.Equal(t.header[:len(columns)], columns) {
		expected := strings.Join(columns, ", ")
		for _, what := range more {
			expected += " and at least one " + what
		}
		report("", "expected the columns %s, found %s", expected, strings.Join(t.header, ", "))
	}
}
