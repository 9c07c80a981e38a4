package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"amparo/schemas/event"
)

// encodings are the encodings of text files; nil for UTF-8.
var encodings = map[string]encoding.Encoding{
	"": nil, "utf-8": nil, "windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1,
}

// textRows reads CSV, or values parted by tabs.
func textRows(r io.Reader, m *Mapping, tabs bool) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		if code := encodings[m.options.encoding]; code != nil {
			r = code.NewDecoder().Reader(r)
		}
		limit := limitRows(skipMark(r))
		records := csv.NewReader(limit)
		records.Comma, records.ReuseRecord, records.FieldsPerRecord = m.options.comma, true, -1
		if tabs {
			records.Comma = '\t'
		}
		t := table{m: m, row: row{cells: make([]string, len(m.columns)), columns: m.columns}}
		for n := 1; ; n++ {
			limit.next()
			record, err := records.Read()
			if errors.Is(err, io.EOF) {
				t.end(yield)
				return
			}
			line, refusal, err := recordLine(records, err)
			if err != nil {
				yield(row{line: line}, err)
				return
			}
			if !t.take(n, line, record, refusal, yield) {
				return
			}
		}
	}
}

// recordLine tells a broken record, after which the next can be read, from a
// broken file, and says where it stands.
func recordLine(records *csv.Reader, err error) (line int, refusal, fatal error) {
	if err == nil {
		line, _ = records.FieldPos(0)
		return line, nil, nil
	}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		return broken.StartLine, refuse(event.BadValue, "", "a quotation mark is out of place"), nil
	}
	return 0, nil, err
}

// Limits of a workbook: packed it is held in memory, unpacked on disk.
const (
	maxWorkbook = 256 << 20
	maxUnpacked = 2 << 30
)

var errWorkbookTooLarge = fmt.Errorf("the workbook is larger than %d MB; save it as CSV", maxWorkbook>>20)

// workbookRows reads one sheet of a workbook, with numbers and dates as they
// are stored and not as they are shown.
func workbookRows(r io.Reader, m *Mapping) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		limited := &io.LimitedReader{R: r, N: maxWorkbook + 1}
		book, err := excelize.OpenReader(limited, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked})
		if limited.N <= 0 {
			err = errWorkbookTooLarge
		}
		if err != nil {
			yield(row{}, fmt.Errorf("open workbook: %w", err))
			return
		}
		defer book.Close() //nolint:errcheck // Only removes temporary files.
		if err := sheetRows(book, m, yield); err != nil {
			yield(row{}, err)
		}
	}
}

func sheetRows(book *excelize.File, m *Mapping, yield func(row, error) bool) error {
	sheets := book.GetSheetList()
	sheet := m.options.sheet
	if sheet == "" && len(sheets) > 0 {
		sheet = sheets[0]
	}
	if !slices.Contains(sheets, sheet) {
		return fmt.Errorf("the workbook has no sheet %q; it has %s", sheet, listed(sheets, ", "))
	}
	properties, err := book.GetWorkbookProps()
	if err != nil {
		return fmt.Errorf("read workbook properties: %w", err)
	}
	from1904 := properties.Date1904 != nil && *properties.Date1904
	rows, err := book.Rows(sheet)
	if err != nil {
		return fmt.Errorf("open sheet %s: %w", sheet, err)
	}
	defer rows.Close() //nolint:errcheck // Read only.
	t := table{m: m, ragged: true, row: row{
		cells: make([]string, len(m.columns)), columns: m.columns,
		serial: func(days float64) (time.Time, error) { return excelize.ExcelDateToTime(days, from1904) },
	}}
	for n := 1; rows.Next(); n++ {
		record, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("read row %d: %w", n, err)
		}
		if !t.take(n, n, record, nil, yield) {
			return nil
		}
	}
	if err := rows.Error(); err != nil {
		return fmt.Errorf("read sheet %s: %w", sheet, err)
	}
	t.end(yield)
	return nil
}

// A table finds the columns of the mapping in the header and then in each row.
type table struct {
	m      *Mapping
	ragged bool  // rows end with their last filled cell
	width  int   // cells of the header; 0 before it
	at     []int // where each column of the mapping stands
	row    row
}

// take passes on one record, the n-th of the file. It reports whether there is
// more to read.
func (t *table) take(n, line int, record []string, refusal error, yield func(row, error) bool) bool {
	switch {
	case n < t.m.options.header:
		return true
	case n == t.m.options.header:
		err := refusal
		if err == nil {
			err = t.bind(record)
		}
		if err != nil {
			// Not a refusal: without a header no row can be read.
			yield(row{line: line}, fmt.Errorf("header in line %d: %s", line, err.Error()))
			return false
		}
		return true
	}
	t.row.number++
	t.row.line = line
	if refusal != nil {
		return yield(row{line: line}, refusal)
	}
	if !slices.ContainsFunc(record, func(text string) bool { return strings.TrimSpace(text) != "" }) {
		return true
	}
	if len(record) != t.width && !t.ragged {
		return yield(row{line: line}, refuse(event.BadValue, "", "the row has %d cells and the header %d; quote cells that hold the separator", len(record), t.width))
	}
	for i, at := range t.at {
		t.row.cells[i] = ""
		if at < len(record) {
			t.row.cells[i] = strings.TrimSpace(record[at])
		}
	}
	return yield(t.row, nil)
}

// bind finds the columns of the mapping in the header.
func (t *table) bind(header []string) error {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
	}
	t.width, t.at = len(names), make([]int, len(t.m.columns))
	var missing []string
	for i, column := range t.m.columns {
		t.at[i] = slices.Index(names, column)
		if t.at[i] < 0 {
			missing = append(missing, column)
			continue
		}
		if slices.Contains(names[t.at[i]+1:], column) {
			return fmt.Errorf("the column %q is there twice; rename one", column)
		}
	}
	if len(missing) > 0 {
		// What is there is not repeated: in a file without a header it is data.
		return fmt.Errorf("none of the %d cells is %s; check the names in the mapping, and its format.comma and format.header", len(names), listed(missing, " or "))
	}
	return nil
}

// end reports a file that ended before its header.
func (t *table) end(yield func(row, error) bool) {
	if t.width == 0 {
		yield(row{}, errors.New("the file has no header; its first row must name the columns"))
	}
}

// listed prints names for a message.
func listed(names []string, between string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, between)
}
