package main

import (
	"fmt"
	"io"
	"time"

	"amparo/services/present"
)

// A rowWriter prints rows of text cells under fixed columns, for commands whose
// rows are texts already.
type rowWriter struct{ p *present.Printer }

// newRowWriter prints in any format.
func newRowWriter(w io.Writer, format string, columns []string) (*rowWriter, error) {
	named := make([]present.Column, len(columns))
	for i, name := range columns {
		named[i] = present.Col(name, name, name)
	}
	p, err := present.New(w, present.Options{Format: format, Zone: time.UTC}, present.Stamp{}, named...)
	return &rowWriter{p}, err
}

func (r *rowWriter) write(cells []string) error {
	row := make([]present.Cell, len(cells))
	for i, text := range cells {
		row[i] = present.Text(text)
	}
	return r.p.Row(row...)
}

func (r *rowWriter) end() error { return r.p.End() }

// decimal writes a number as programs read it.
func decimal(v float64) string { return fmt.Sprintf("%.6f", v) }

// number writes a number that may not exist.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return decimal(*v)
}
