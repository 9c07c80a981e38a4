package stats

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseNumber reads a finite number written with digits, a point and perhaps an exponent; ok is false for anything
// else. Go's own parser also takes hexadecimal, "inf" and "nan", which a file of observations must not hold.
func parseNumber(text string) (v float64, ok bool) {
	text = strings.TrimSpace(text)
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v + 0, err == nil // Adding zero turns -0 into 0.
}

// parseWhole reads a whole number that a double holds exactly.
func parseWhole(text string) (n int64, ok bool) {
	v, ok := parseNumber(text)
	if !ok || v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return 0, false
	}
	return int64(v), true
}

func (l language) wholeArgument(name, text string) (int64, error) {
	n, ok := parseWhole(text)
	if !ok {
		return 0, l.invalid("%s: %q no es un número entero", "%s: %q is not a whole number", name, text)
	}
	return n, nil
}

// shareArgument reads a number strictly between 0 and 1 given on the command line.
func (l language) shareArgument(name, text string) (float64, error) {
	v, ok := parseNumber(text)
	if !ok || v <= 0 || v >= 1 {
		return 0, l.invalid("%s: %q no está entre 0 y 1; escriba, por ejemplo, 0.95",
			"%s: %q does not lie between 0 and 1; write, for example, 0.95", name, text)
	}
	return v, nil
}

func (l language) timeArgument(name, text string) (float64, error) {
	v, ok := parseNumber(text)
	if !ok || v < 0 {
		return 0, l.invalid("%s: %q no es un número mayor o igual que 0", "%s: %q is not a number of at least 0", name, text)
	}
	return v, nil
}

func (l language) timeArguments(name string, texts []string) ([]float64, error) {
	times := make([]float64, len(texts))
	for i, text := range texts {
		v, err := l.timeArgument(name, text)
		if err != nil {
			return nil, err
		}
		times[i] = v
	}
	return times, nil
}

// file is a CSV file (RFC 4180, first line the header) of which some columns are read, found by name.
type file struct {
	path    string
	columns []string
	lang    language
}

// row is one record: the cells of the wanted columns, in their order. It is valid until the next one is read.
type row struct {
	file  *file
	line  int
	cells []string
}

// missing tells whether any wanted cell is empty or NA.
func (r row) missing() bool {
	return slices.ContainsFunc(r.cells, func(c string) bool { return c == "" || c == "NA" })
}

// invalid names the file, line and column of a cell that cannot be used.
func (r row) invalid(column int, spanish, english string) error {
	return r.file.lang.invalid("%s:%d: columna %q: %q "+spanish, "%s:%d: column %q: %q "+english,
		filepath.Base(r.file.path), r.line, r.file.columns[column], r.cells[column])
}

func (r row) number(column int) (float64, error) {
	v, ok := parseNumber(r.cells[column])
	if !ok {
		return 0, r.invalid(column, "no es un número", "is not a number")
	}
	return v, nil
}

// time is a cell that has to be a number of at least 0.
func (r row) time(column int) (float64, error) {
	v, err := r.number(column)
	if err == nil && v < 0 {
		err = r.invalid(column, "es negativo", "is negative")
	}
	return v, err
}

// count is a cell that has to be a whole number of at least 0.
func (r row) count(column int) (int64, error) {
	n, ok := parseWhole(r.cells[column])
	if !ok || n < 0 {
		return 0, r.invalid(column, "no es un número entero mayor o igual que 0", "is not a whole number of at least 0")
	}
	return n, nil
}

// code is a cell that has to be a whole number from 0 to largest.
func (r row) code(column int, largest float64) (float64, error) {
	v, err := r.number(column)
	if err == nil && (v < 0 || v > largest || v != math.Trunc(v)) {
		err = r.invalid(column, fmt.Sprintf("no es un código de 0 a %v", largest), fmt.Sprintf("is not a code from 0 to %v", largest))
	}
	return v, err
}

func (r row) label(column int) (string, error) {
	if !utf8.ValidString(r.cells[column]) {
		return "", r.invalid(column, "no está en UTF-8", "is not in UTF-8")
	}
	return r.cells[column], nil
}

// each calls use for every row. In a file with one column an empty line is a row whose cell is missing; in a wider one
// it is no row.
func (f *file) each(use func(row) error) error {
	source, err := os.Open(f.path)
	if err != nil {
		return f.lang.invalid("no se puede abrir %s: %v", "cannot open %s: %v", f.path, err)
	}
	defer func() { _ = source.Close() }() // Nothing was written that closing could lose.

	buffered := bufio.NewReaderSize(source, 1<<16)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = buffered.Discard(len(mark)) // Just peeked at, so it is there.
	}
	reader := csv.NewReader(buffered)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return f.lang.invalid("%s está vacío", "%s is empty", f.path)
	}
	if err != nil {
		return f.unreadable(err)
	}
	positions, err := f.find(header)
	if err != nil {
		return err
	}
	single := len(header) == 1
	next := lineAfter(reader, header)
	current := row{file: f, cells: make([]string, len(positions))}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return f.unreadable(err)
		}
		first, _ := reader.FieldPos(0)
		for ; single && next < first; next++ {
			current.line = next
			clear(current.cells)
			if err := use(current); err != nil {
				return err
			}
		}
		next = lineAfter(reader, record)
		current.line = first
		for i, p := range positions {
			current.cells[i] = record[p]
		}
		if err := use(current); err != nil {
			return err
		}
	}
}

// lineAfter is the number of the line on which the next record would start if there is no empty line between.
func lineAfter(reader *csv.Reader, record []string) int {
	line, _ := reader.FieldPos(len(record) - 1)
	return line + strings.Count(record[len(record)-1], "\n") + 1
}

// find gives the positions of the wanted columns in the header.
func (f *file) find(header []string) ([]int, error) {
	positions := make([]int, len(f.columns))
	for i, name := range f.columns {
		at := slices.Index(header, name)
		if at < 0 {
			return nil, f.lang.invalid("%s: no hay columna %q; hay %q", "%s: there is no column %q; there are %q",
				filepath.Base(f.path), name, header)
		}
		if slices.Contains(header[at+1:], name) {
			return nil, f.lang.invalid("%s: hay dos columnas %q", "%s: there are two columns %q", filepath.Base(f.path), name)
		}
		positions[i] = at
	}
	return positions, nil
}

func (f *file) unreadable(err error) error {
	var bad *csv.ParseError
	switch {
	case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &bad):
		return f.lang.invalid("%s:%d: la fila no tiene tantas celdas como la cabecera",
			"%s:%d: the row does not have as many cells as the header", filepath.Base(f.path), bad.Line)
	case errors.As(err, &bad):
		return f.lang.invalid("%s:%d:%d: comillas mal puestas: %v", "%s:%d:%d: misplaced quotes: %v",
			filepath.Base(f.path), bad.Line, bad.Column, bad.Err)
	}
	return f.lang.invalid("no se puede leer %s: %v", "cannot read %s: %v", f.path, err)
}

// noRows is the complaint about a file without a usable row.
func (f *file) noRows() error {
	return f.lang.invalid("%s: no hay ninguna fila utilizable", "%s: there is no usable row", filepath.Base(f.path))
}
