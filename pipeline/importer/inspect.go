package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"amparo/schemas/event"
)

// inspectedRows bounds how much of a file is looked at.
const inspectedRows = 5_000

// An Inspection is what the first rows of a table or a log look like: enough to
// propose a mapping. It keeps values only of columns that have few.
type Inspection struct {
	Name    string
	Rows    int
	Columns []*InspectedColumn

	log      bool
	comma    rune
	encoding string
	sheet    string
}

// An InspectedColumn is what one column holds.
type InspectedColumn struct {
	Name   string
	Filled int

	values             map[string]int // nil once there are too many
	seen               map[uint64]bool
	again              bool // some value came twice
	personal, numbers  int
	words, short, long int // words in all, and the lengths of texts of digits
	layouts            map[string]int
}

// mostValues is how many different values a column may have for them to be kept.
const mostValues = 80

// Inspect looks at the first rows of a table or a log.
func Inspect(ctx context.Context, name string, r io.Reader) (*Inspection, error) {
	ending, plain, err := open(name, r)
	if err != nil {
		return nil, err
	}
	in := &Inspection{Name: name}
	var rows iter.Seq2[[][2]string, error]
	switch ending {
	case ".csv", ".tsv":
		rows, err = in.textCells(plain, ending == ".tsv")
	case ".xlsx":
		rows, err = in.workbookCells(plain)
	case ".xes":
		in.log, rows = true, logCells(plain)
	default:
		return nil, fmt.Errorf("only tables and logs are inspected (.csv, .tsv, .xlsx, .xes), not %q: other files hold events already", ending)
	}
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", name, err)
	}
	for cells, err := range rows {
		if err := errors.Join(ctx.Err(), err); err != nil {
			return nil, fmt.Errorf("inspect %s: %w", name, err)
		}
		in.Rows++
		for _, cell := range cells {
			in.column(cell[0]).take(cell[1])
		}
		if in.Rows == inspectedRows {
			break
		}
	}
	return in, nil
}

func (in *Inspection) column(name string) *InspectedColumn {
	for _, c := range in.Columns {
		if c.Name == name {
			return c
		}
	}
	c := &InspectedColumn{Name: name, values: map[string]int{}, seen: map[uint64]bool{}, layouts: map[string]int{}}
	in.Columns = append(in.Columns, c)
	return c
}

// take looks at one cell.
func (c *InspectedColumn) take(text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	c.Filled++
	h := fnv.New64a()
	io.WriteString(h, text) //nolint:errcheck // A hash takes everything.
	c.again = c.again || c.seen[h.Sum64()]
	c.seen[h.Sum64()] = true
	if event.LooksPersonal(text) {
		c.personal++
	}
	if _, ok := number(text); ok {
		c.numbers++
	}
	c.words += len(strings.Fields(text))
	if strings.Trim(text, "0123456789") == "" {
		switch len(text) {
		case ubigeoDigits - 1:
			c.short++
		case ubigeoDigits:
			c.long++
		}
	}
	for _, form := range knownLayouts {
		if _, err := time.Parse(form, text); err == nil {
			c.layouts[form]++
		}
	}
	if c.values == nil {
		return
	}
	if c.values[text]++; len(c.values) > mostValues {
		c.values = nil
	}
}

// ubigeoDigits are the digits of a district.
const ubigeoDigits = 6

// knownLayouts are the ways to write instants that are looked for, those with an
// hour first.
var knownLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04", "02/01/2006 15:04:05", "02/01/2006 15:04",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "02-01-2006 15:04:05", "02-01-2006 15:04",
	"2006-01-02", "02/01/2006", "2006/01/02", "02-01-2006",
}

// head is how much of a text is looked at for its encoding and separator.
const head = 64 << 10

func (in *Inspection) textCells(r io.Reader, tabs bool) (iter.Seq2[[][2]string, error], error) {
	buffered := bufio.NewReaderSize(skipMark(r), head)
	first, err := buffered.Peek(head)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	r = buffered
	if !utf8.Valid(wholeLines(first)) {
		in.encoding = "windows-1252"
		r = encodings[in.encoding].NewDecoder().Reader(buffered)
	}
	line, _, _ := bytes.Cut(first, []byte("\n"))
	in.comma = '\t'
	if !tabs {
		in.comma = ','
		for _, separator := range ";\t|" {
			if bytes.Count(line, []byte(string(separator))) > bytes.Count(line, []byte(string(in.comma))) {
				in.comma = separator
			}
		}
	}
	limit := limitRows(r)
	records := csv.NewReader(limit)
	records.Comma, records.FieldsPerRecord, records.LazyQuotes = in.comma, -1, true
	return func(yield func([][2]string, error) bool) {
		var header []string
		for {
			limit.next()
			record, err := records.Read()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(nil, err)
				return
			case header == nil:
				header = record
			case !yield(paired(header, record), nil):
				return
			}
		}
	}, nil
}

// wholeLines is a text up to its last line end, so that no letter is cut.
func wholeLines(text []byte) []byte {
	if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
		return text[:end]
	}
	return text
}

// paired gives each cell its heading.
func paired(header, record []string) [][2]string {
	var out [][2]string
	for i, name := range header {
		if name = strings.TrimSpace(name); name != "" {
			cell := [2]string{name}
			if i < len(record) {
				cell[1] = record[i]
			}
			out = append(out, cell)
		}
	}
	return out
}

func (in *Inspection) workbookCells(r io.Reader) (iter.Seq2[[][2]string, error], error) {
	limited := &io.LimitedReader{R: r, N: maxWorkbook + 1}
	book, err := excelize.OpenReader(limited, excelize.Options{UnzipSizeLimit: maxUnpacked})
	if limited.N <= 0 {
		err = errWorkbookTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("open workbook: %w", err)
	}
	in.sheet = book.GetSheetName(0)
	rows, err := book.Rows(in.sheet)
	if err != nil {
		return nil, errors.Join(err, book.Close())
	}
	return func(yield func([][2]string, error) bool) {
		defer book.Close() //nolint:errcheck // Only removes temporary files.
		defer rows.Close() //nolint:errcheck // Read only.
		var header []string
		for rows.Next() {
			record, err := rows.Columns()
			switch {
			case err != nil:
				yield(nil, err)
				return
			case header == nil:
				header = record
			case !yield(paired(header, record), nil):
				return
			}
		}
	}, nil
}

// logCells reads the attributes of the events of a log, with those of their traces.
func logCells(r io.Reader) iter.Seq2[[][2]string, error] {
	return func(yield func([][2]string, error) bool) {
		limit := limitRows(r)
		tokens := xml.NewDecoder(limit)
		tokens.CharsetReader = charset
		var path []string
		var trace, own [][2]string
		for {
			limit.next()
			token, err := tokens.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, plainly(err))
				return
			}
			switch token := token.(type) {
			case xml.StartElement:
				path = append(path, token.Name.Local)
				switch {
				case token.Name.Local == "trace":
					trace = nil
				case token.Name.Local == "event":
					own = slices.Clone(trace)
				case len(path) >= 2 && path[len(path)-2] == "trace":
					trace = append(trace, attributeOf(ofTrace, token))
				case len(path) >= 2 && path[len(path)-2] == "event":
					own = append(own, attributeOf("", token))
				}
			case xml.EndElement:
				path = path[:len(path)-1]
				if token.Name.Local == "event" && !yield(own, nil) {
					return
				}
			}
		}
	}
}

func attributeOf(prefix string, start xml.StartElement) (cell [2]string) {
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "key":
			cell[0] = prefix + a.Value
		case "value":
			cell[1] = a.Value
		}
	}
	return cell
}
