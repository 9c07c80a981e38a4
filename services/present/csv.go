package present

import (
	"encoding/csv"
	"io"
	"strings"
	"time"

	"amparo/schemas/law"
)

// A csvWriter prints comma-separated values for programs, or for a spreadsheet.
type csvWriter struct {
	out  *csv.Writer
	lang string
	cell func(*Cell) string
	// heading is the heading of a column.
	heading func(Column) string
	mark    func() error // printed first
}

func newCSV(w io.Writer, o Options) *csvWriter {
	return &csvWriter{
		out: csv.NewWriter(w), lang: o.Lang,
		cell:    func(c *Cell) string { return c.plain(o.Lang) },
		heading: func(c Column) string { return c.Name },
		mark:    func() error { return nil },
	}
}

// newExcelCSV is for Excel: a byte-order mark, without which it takes accents for
// other letters; headings and words in the reader's language; local time in the
// one form that it reads as an instant everywhere; codes with leading zeros as text;
// and no cell that it would take for a formula.
func newExcelCSV(w io.Writer, o Options) *csvWriter {
	return &csvWriter{
		out: csv.NewWriter(w), lang: o.Lang,
		cell:    func(c *Cell) string { return excelText(c, o) },
		heading: func(c Column) string { return c.Title.In(o.Lang) },
		mark: func() error {
			_, err := io.WriteString(w, "\ufeff")
			return err
		},
	}
}

func excelText(c *Cell, o Options) string {
	switch c.kind {
	case none:
		return ""
	case instantCell:
		return c.at.In(o.Zone).Format(time.DateTime)
	case dayCell, countCell, realCell:
		return c.plain(o.Lang)
	}
	text := c.read(o.Lang, o.Zone)
	switch {
	case leadingZero(text):
		return `="` + text + `"`
	case text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])):
		return "'" + text
	}
	return text
}

// leadingZero reports whether a spreadsheet would take zeros off the front.
func leadingZero(text string) bool {
	return len(text) > 1 && text[0] == '0' && strings.Trim(text, "0123456789") == ""
}

func (c *csvWriter) begin(columns []Column, _ []entry, _ []law.Text) error {
	if err := c.mark(); err != nil {
		return err
	}
	heading := make([]string, len(columns))
	for i, column := range columns {
		heading[i] = c.heading(column)
	}
	return c.out.Write(heading)
}

func (c *csvWriter) row(cells []Cell) error {
	line := make([]string, len(cells))
	for i := range cells {
		line[i] = c.cell(&cells[i])
	}
	return c.out.Write(line)
}

func (c *csvWriter) end([]law.Text) error {
	c.out.Flush()
	return c.out.Error()
}
