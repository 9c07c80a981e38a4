package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A rowWriter prints rows of text cells under fixed columns.
type rowWriter interface {
	write(cells []string) error
	end() error
}

// newRowWriter prints as table, csv or ndjson.
func newRowWriter(w io.Writer, format string, columns []string) (rowWriter, error) {
	switch format {
	case "csv":
		c := &csvRows{csv.NewWriter(w)}
		return c, c.write(columns)
	case "ndjson":
		return &jsonRows{w, columns}, nil
	}
	t := &tableRows{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), w}
	return t, t.write(columns)
}

type csvRows struct{ w *csv.Writer }

func (c *csvRows) write(cells []string) error { return c.w.Write(cells) }

func (c *csvRows) end() error {
	c.w.Flush()
	return c.w.Error()
}

type tableRows struct {
	w   *tabwriter.Writer
	out io.Writer
}

func (t *tableRows) write(cells []string) error {
	_, err := fmt.Fprintln(t.w, strings.Join(cells, "\t"))
	return err
}

func (t *tableRows) end() error { return t.w.Flush() }

// jsonRows prints one object a line, the columns in order, every value as text.
type jsonRows struct {
	w       io.Writer
	columns []string
}

func (j *jsonRows) write(cells []string) error {
	var b strings.Builder
	for i, column := range j.columns {
		key, err := json.Marshal(column)
		if err != nil {
			return err
		}
		value, err := json.Marshal(cells[i])
		if err != nil {
			return err
		}
		b.WriteByte("{,"[min(i, 1)])
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	_, err := fmt.Fprintln(j.w, b.String()+"}")
	return err
}

func (j *jsonRows) end() error { return nil }
