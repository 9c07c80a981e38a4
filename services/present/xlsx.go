package present

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"amparo/schemas/law"
)

// ErrTooManyRows means that a sheet cannot hold the rows.
var ErrTooManyRows = errors.New("a sheet holds 1,048,576 rows: narrow the question, or use --format csv")

// A workbook prints one sheet of rows, numbers as numbers and instants as local
// instants, and one of notes. Rows go to a file as they come.
type workbook struct {
	Options
	out    io.Writer
	file   *excelize.File
	sheet  *excelize.StreamWriter
	styles map[string]int
	rows   int
	notes  []law.Text
}

// names of the sheets.
var (
	dataSheet = Say("datos", "data")
	noteSheet = Say("notas", "notes")
)

func (w *workbook) begin(columns []Column, _ []entry, notes []law.Text) error {
	w.file, w.styles, w.notes = excelize.NewFile(), map[string]int{}, notes
	name := dataSheet.In(w.Lang)
	if err := w.file.SetSheetName("Sheet1", name); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	var err error
	if w.sheet, err = w.file.NewStreamWriter(name); err != nil {
		return fmt.Errorf("write the sheet: %w", err)
	}
	if err := w.sheet.SetColWidth(1, len(columns), 18); err != nil {
		return fmt.Errorf("set the widths: %w", err)
	}
	if err := w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("freeze the headings: %w", err)
	}
	bold, err := w.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("style the headings: %w", err)
	}
	heading := make([]any, len(columns))
	for i, c := range columns {
		heading[i] = excelize.Cell{StyleID: bold, Value: c.Title.In(w.Lang)}
	}
	return w.write(heading)
}

func (w *workbook) write(values []any) error {
	if w.rows == excelize.TotalRows {
		return ErrTooManyRows
	}
	w.rows++
	return w.sheet.SetRow(fmt.Sprintf("A%d", w.rows), values)
}

// style is the style with a number format.
func (w *workbook) style(format string) (int, error) {
	if id, ok := w.styles[format]; ok {
		return id, nil
	}
	id, err := w.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return 0, fmt.Errorf("style %s: %w", format, err)
	}
	w.styles[format] = id
	return id, nil
}

func (w *workbook) row(cells []Cell) error {
	values := make([]any, len(cells))
	for i := range cells {
		value, format := w.value(&cells[i])
		if format == "" {
			values[i] = value
			continue
		}
		id, err := w.style(format)
		if err != nil {
			return err
		}
		values[i] = excelize.Cell{StyleID: id, Value: value}
	}
	return w.write(values)
}

// value is a cell's value and the format of its number.
func (w *workbook) value(c *Cell) (value any, format string) {
	switch c.kind {
	case none:
		return nil, ""
	case countCell:
		return int64(c.value), "#,##0"
	case realCell:
		if c.unit == "share" && c.n >= decimalFrom {
			return c.value, "0.0%"
		}
		return c.value, map[string]string{"share": "0%", "count": "#,##0"}[c.unit]
	case instantCell:
		return wall(c.at.In(w.Zone)), "dd/mm/yyyy hh:mm:ss"
	case dayCell:
		return wall(c.at), "dd/mm/yyyy"
	}
	return c.read(w.Lang, w.Zone), ""
}

// wall is the clock on the wall: a workbook knows no zones.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func (w *workbook) end(legend []law.Text) error {
	if err := w.sheet.Flush(); err != nil {
		return fmt.Errorf("end the sheet: %w", err)
	}
	if all := append(w.notes, legend...); len(all) > 0 {
		name := noteSheet.In(w.Lang)
		if _, err := w.file.NewSheet(name); err != nil {
			return fmt.Errorf("add the notes: %w", err)
		}
		for i, n := range all {
			if err := w.file.SetCellStr(name, fmt.Sprintf("A%d", i+1), n.In(w.Lang)); err != nil {
				return fmt.Errorf("write the notes: %w", err)
			}
		}
	}
	if err := w.file.Write(w.out); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return w.file.Close()
}
