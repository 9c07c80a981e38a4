package page

import (
	"html/template"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/present"
)

// A Page is a heading and its sections. One template shows all of them, so that
// every table, form and figure looks and reads alike.
type Page struct {
	Frame
	Lead     []string
	Sections []Section
}

// A Section is a part of a page. What it does not have is not shown.
type Section struct {
	ID, Title string
	Text      []string
	Tiles     []Tile
	Form      *Form
	Deeds     []Form // what the reader can do here
	Figures   []Figure
	Beside    bool // the figures stand beside each other where there is room
	Table     *Table
	Items     []Item
	Notes     []string
	Links     []Link
}

// A Tile is one number that is read first.
type Tile struct {
	Label, Value, Note, Link string
	Words                    bool // it is no number
}

// An Item is one line of a list.
type Item struct{ Mark, Text, Link string }

// A Link leads to another page.
type Link struct{ Text, Address string }

// A Figure is a chart: its title states the finding, and a table has its numbers.
type Figure struct {
	Title string
	SVG   template.HTML
	Note  string
	Table *Table
}

// A Table has a heading for each column and each row.
type Table struct {
	Name string // for whoever cannot see where it stands
	Head []string
	Rows []TableRow
	None string // what is said where there are no rows
}

// A TableRow is a row, or a heading over rows.
type TableRow struct {
	Group bool // a heading over the rows that follow
	Head  Entry
	Cells []Entry
}

// An Entry is one cell. A number never stands without its n and, where there is
// one, its interval.
type Entry struct {
	Value, Range, N string
	Mark            string // what it rests on, where that is not plain law
	Link            string
	Prose           bool // runs over lines
	Beyond          bool
	Sign            string // read before the value
}

// A Form asks for what a page shows; one with a Deed changes something, and is sent as a
// POST.
type Form struct {
	Path   string
	Label  string
	Fields []Field
	Deed   string // what the button says that does it
}

// A Field is one thing that a form asks for: one of some options, or an instant, or
// something that the page knows already.
type Field struct {
	Name, Label string
	Options     []Option
	Hidden      string // its value
	// Least and Most bound an instant in local time, as 2006-01-02T15:04.
	Least, Most string
}

// An Option is one value that a field offers.
type Option struct {
	Value, Text string
	Selected    bool
	Group       string
}

// Prose is a cell of words.
func Prose(text string) Entry { return Entry{Value: text, Prose: true} }

// Counted is a cell with a count.
func Counted[N int64 | uint64 | int](n N) Entry { return Entry{Value: present.Count(int64(n))} }

// ShareEntry is a share with its 95 % Wilson interval and n. Below the least n
// there is none.
func ShareEntry(met, due int64, basis law.Basis, f Frame) Entry {
	e := Entry{Value: "–", N: "n = " + present.Count(due), Mark: basis.Mark().In(f.Lang)}
	if f.Unreported {
		e.Mark = f.T("no informado", "not reported")
		return e
	}
	if !present.Rated(due) {
		return e
	}
	i, err := statistics.Wilson(met, due, 0.95)
	if err != nil {
		return e
	}
	e.Value = present.Rate(i.Estimate, due)
	e.Range = present.Range(present.Percent(i.Low, due), present.Percent(i.High, due), f.Lang)
	return e
}

// Options lists values with their texts; one of them is selected.
func Options(selected string, pairs ...string) []Option {
	var out []Option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, Option{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == selected})
	}
	return out
}
