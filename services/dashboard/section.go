package dashboard

import (
	"html/template"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/present"
)

// A page is a heading and its sections. One template shows all of them, so that
// every table, form and figure looks and reads alike.
type page struct {
	frame
	Lead     []string
	Sections []section
}

// A section is a part of a page. What it does not have is not shown.
type section struct {
	ID, Title string
	Text      []string
	Tiles     []tile
	Form      *form
	Figures   []figure
	Table     *table
	Items     []item
	Notes     []string
	Links     []link
}

type tile struct{ Label, Value, Note, Link string }

type item struct{ Mark, Text, Link string }

type link struct{ Text, Address string }

// A figure is a chart: its title states the finding, and a table has its numbers.
type figure struct {
	Title string
	SVG   template.HTML
	Note  string
	Table *table
}

// A table has a heading for each column and each row.
type table struct {
	Name string // for whoever cannot see where it stands
	Head []string
	Rows []tableRow
	None string // what is said where there are no rows
}

type tableRow struct {
	Group bool // a heading over the rows that follow
	Head  entry
	Cells []entry
}

// An entry is one cell. A number never stands without its n and, where there is
// one, its interval.
type entry struct {
	Value, Range, N string
	Mark            string // what it rests on, where that is not plain law
	Link            string
	Prose           bool // runs over lines
	Beyond          bool
	Sign            string // read before the value
}

// A form asks for what a page shows.
type form struct {
	Path   string
	Label  string
	Fields []field
}

type field struct {
	Name, Label string
	Options     []option
}

type option struct {
	Value, Text string
	Selected    bool
	Group       string
}

// prose is a cell of words.
func prose(text string) entry { return entry{Value: text, Prose: true} }

// counted is a cell with a count.
func counted[N int64 | uint64 | int](n N) entry { return entry{Value: present.Count(int64(n))} }

// shareEntry is a share with its 95 % Wilson interval and n. Below the least n
// there is none.
func shareEntry(met, due int64, basis law.Basis, f frame) entry {
	e := entry{Value: "–", N: "n = " + present.Count(due), Mark: basis.Mark().In(f.Lang)}
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

// options lists values with their texts; one of them is selected.
func options(selected string, pairs ...string) []option {
	var out []option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, option{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == selected})
	}
	return out
}
