package present

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"amparo/schemas/law"
)

// The formats.
const (
	Table    = "table"     // aligned, for people
	CSV      = "csv"       // for programs: codes, instants in UTC
	CSVExcel = "csv-excel" // for a spreadsheet: byte-order mark, words, local time
	JSON     = "json"      // one document: what stands beside the numbers, and the rows
	NDJSON   = "ndjson"    // one object a line
	XLSX     = "xlsx"      // a workbook, for people
)

// Formats lists the formats: the one list, of every command.
func Formats() []string { return []string{Table, CSV, CSVExcel, JSON, NDJSON, XLSX} }

// ErrFormat means that a format is none of Formats.
var ErrFormat = errors.New("unknown format")

// Options say for whom to print.
type Options struct {
	Format string
	Lang   string
	Zone   *time.Location // of what people read
}

// A writer prints rows in one format.
type writer interface {
	// begin prints what comes before the rows.
	begin(columns []Column, stamp []entry, notes []law.Text) error
	row(cells []Cell) error
	end(legend []law.Text) error
}

// A Printer prints rows under fixed columns, each with its stamp, in one format.
type Printer struct {
	w       writer
	columns []Column
	stamp   []entry
	notes   []law.Text
	legend  []law.Text
	begun   bool
	inRow   bool // the stamp is repeated in every row
	buffer  *bufio.Writer
	few     bool
}

// New returns a printer of rows with these columns. Nothing is printed before the
// first row, a note of findings can still be added.
func New(w io.Writer, o Options, stamp Stamp, columns ...Column) (*Printer, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	buffer := bufio.NewWriterSize(w, 1<<16)
	p := &Printer{columns: columns, stamp: stamp.entries(), buffer: buffer, inRow: true}
	switch o.Format {
	case Table:
		p.w, p.inRow = &table{out: buffer, Options: o}, false
	case CSV:
		p.w = newCSV(buffer, o)
	case CSVExcel:
		p.w = newExcelCSV(buffer, o)
	case JSON:
		p.w, p.inRow = &document{lines: lines{out: buffer, lang: o.Lang}}, false
	case NDJSON:
		p.w = &lines{out: buffer, lang: o.Lang}
	case XLSX:
		p.w = &workbook{out: buffer, Options: o}
	default:
		return nil, fmt.Errorf("%w %q: there are %s", ErrFormat, o.Format, strings.Join(Formats(), ", "))
	}
	// A column that says what the stamp says is not repeated.
	p.stamp = slices.DeleteFunc(p.stamp, func(e entry) bool {
		return p.inRow && slices.ContainsFunc(columns, func(c Column) bool { return c.Name == e.column.Name })
	})
	if p.inRow {
		for _, e := range p.stamp {
			p.columns = append(slices.Clip(p.columns), e.column)
		}
	}
	return p, nil
}

// Note adds a sentence that readers see before the rows. It comes before the first
// row, or is an error.
func (p *Printer) Note(text law.Text) error {
	if p.begun {
		return errors.New("a note comes before the first row")
	}
	if text.In(Spanish) != "" {
		p.notes = append(p.notes, text)
	}
	return nil
}

// Legend adds a sentence that readers of a table see behind the rows.
func (p *Printer) Legend(text law.Text) { p.legend = append(p.legend, text) }

// Row prints a row: one cell for each column.
func (p *Printer) Row(cells ...Cell) error {
	if err := p.begin(); err != nil {
		return err
	}
	if p.inRow {
		cells = slices.Clip(cells)
		for _, e := range p.stamp {
			cells = append(cells, e.cell)
		}
	}
	if len(cells) != len(p.columns) {
		return fmt.Errorf("%d cells for %d columns", len(cells), len(p.columns))
	}
	for i := range cells {
		p.few = p.few || cells[i].kind == realCell && cells[i].unit != "count" && cells[i].n < MinimumFlag
	}
	return p.w.row(cells)
}

func (p *Printer) begin() error {
	if p.begun {
		return nil
	}
	p.begun = true
	return p.w.begin(p.columns, p.stamp, p.notes)
}

// End prints what comes behind the rows. Without it the output is not whole.
func (p *Printer) End() error {
	if err := p.begin(); err != nil {
		return err
	}
	if p.few {
		p.legend = append(p.legend, FewLegend)
	}
	if err := p.w.end(p.legend); err != nil {
		return err
	}
	return p.buffer.Flush()
}
