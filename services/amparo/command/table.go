package command

import (
	"fmt"
	"io"
	"time"

	"amparo/schemas/law"
	"amparo/services/present"
)

// A RowWriter prints rows of text cells under fixed columns, for commands whose
// rows are texts already.
type RowWriter struct{ p *present.Printer }

// NewRowWriter prints in any format.
func NewRowWriter(w io.Writer, format string, columns []string) (*RowWriter, error) {
	named := make([]present.Column, len(columns))
	for i, name := range columns {
		named[i] = present.Col(name, name, name)
	}
	p, err := present.New(w, present.Options{Format: format, Zone: time.UTC}, present.Stamp{}, named...)
	return &RowWriter{p}, err
}

// Write prints a row.
func (r *RowWriter) Write(cells []string) error {
	row := make([]present.Cell, len(cells))
	for i, text := range cells {
		row[i] = present.Text(text)
	}
	return r.p.Row(row...)
}

// End prints what is left.
func (r *RowWriter) End() error { return r.p.End() }

// Decimal writes a number as programs read it.
func Decimal(v float64) string { return fmt.Sprintf("%.6f", v) }

// Number writes a number that may not exist.
func Number(v *float64) string {
	if v == nil {
		return ""
	}
	return Decimal(*v)
}

// YesNo says whether something holds.
func YesNo(holds bool) law.Text {
	if holds {
		return present.Say("sí", "yes")
	}
	return present.Say("no", "no")
}
