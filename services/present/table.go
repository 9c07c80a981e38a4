package present

import (
	"io"
	"strings"
	"unicode/utf8"

	"amparo/schemas/law"
)

// tableBlock is how many rows are aligned together. The columns of later blocks
// are never narrower, so that a long table stays in line while memory stays small.
const tableBlock = 500

// A table prints aligned columns for people.
type table struct {
	Options
	out    io.Writer
	widths []int
	right  []bool
	rows   [][]string
	any    bool
}

func (t *table) begin(columns []Column, stamp []entry, notes []law.Text) error {
	var b strings.Builder
	if line := stampLine(stamp, t.Lang, t.Zone); line != "" {
		b.WriteString(line + "\n")
	}
	for _, n := range notes {
		b.WriteString(n.In(t.Lang) + "\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	heading := make([]string, len(columns))
	for i, c := range columns {
		heading[i] = c.Title.In(t.Lang)
	}
	t.widths, t.right = make([]int, len(columns)), make([]bool, len(columns))
	t.rows = append(t.rows, heading)
	_, err := io.WriteString(t.out, b.String())
	return err
}

func (t *table) row(cells []Cell) error {
	line := make([]string, len(cells))
	for i := range cells {
		line[i] = oneLine(cells[i].read(t.Lang, t.Zone))
		if !t.any && cells[i].kind != none || cells[i].number() {
			t.right[i] = cells[i].number()
		}
	}
	t.any = true
	t.rows = append(t.rows, line)
	if len(t.rows) < tableBlock {
		return nil
	}
	return t.flush()
}

// oneLine keeps a cell in its row, and control characters from the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (t *table) flush() error {
	for _, line := range t.rows {
		for i, cell := range line {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range t.rows {
		for i, cell := range line {
			pad := strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell))
			if line[i] = cell + pad; t.right[i] {
				line[i] = pad + cell
			}
		}
		if _, err := io.WriteString(t.out, strings.TrimRight(strings.Join(line, "  "), " ")+"\n"); err != nil {
			return err
		}
	}
	t.rows = t.rows[:0]
	return nil
}

func (t *table) end(legend []law.Text) error {
	if err := t.flush(); err != nil {
		return err
	}
	var b strings.Builder
	if !t.any {
		b.WriteString(Say("(ninguna fila)", "(no rows)").In(t.Lang) + "\n")
	}
	for i, l := range legend {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(l.In(t.Lang) + "\n")
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}
