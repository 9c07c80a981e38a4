package importer

import (
	"strconv"
	"strings"
	"time"

	"amparo/schemas/event"
)

// A timeRule reads an instant from a cell, or gives the same one to all rows.
type timeRule struct {
	column   int
	constant *moment
	layouts  []layout
	zone     *time.Location // nil where none is given
	byDay    bool
	optional bool
}

// A moment is an instant and whether only its date is known.
type moment struct {
	at    time.Time
	byDay bool
}

// A layout is one way in which a file writes instants.
type layout struct {
	form             string
	hasHour, hasZone bool
}

// plainLayouts are read where a mapping names none.
func plainLayouts() []layout {
	return []layout{
		{time.RFC3339Nano, true, true},
		{"2006-01-02 15:04:05Z07:00", true, true},
		{"2006-01-02T15:04:05", true, false},
		{time.DateTime, true, false},
		{time.DateOnly, false, false},
	}
}

func (c *compiler) timeRule(where string, f *timeFile) timeRule {
	t := timeRule{column: c.column(f.Column), layouts: plainLayouts(), byDay: f.Precision == "day", optional: f.Optional}
	if (f.Column == "") == (f.Constant == "") {
		c.wrong(where, "give either column or constant")
	}
	if f.Precision != "" && f.Precision != "day" {
		c.wrong(where+".precision", "expected day, or nothing where the hour is known")
	}
	if f.Zone != "" {
		zone, err := time.LoadLocation(f.Zone)
		if err != nil {
			c.wrong(where+".zone", "the zone is not in the tz database; expected a name such as America/Lima")
		}
		t.zone = zone
	}
	if len(f.Layouts) > 0 {
		t.layouts = nil
	}
	for _, form := range f.Layouts {
		l, ok := newLayout(form)
		if !ok {
			c.wrong(where+".layouts", "%q does not write a date; write 2 January 2006, 15:04:05 as the file does, such as 02/01/2006 15:04", form)
			continue
		}
		if !l.hasZone && f.Zone == "" {
			c.wrong(where+".layouts", "%q has no offset; add a zone such as America/Lima", form)
		}
		t.layouts = append(t.layouts, l)
	}
	if f.Constant != "" {
		same, problem := t.parse(f.Constant, nil)
		if problem != "" {
			c.wrong(where+".constant", "%s", problem)
		}
		t.constant = &same
	}
	return t
}

// newLayout finds out what a layout says, by writing an instant and reading it
// again. Abbreviations of zones are not read: they are ambiguous.
func newLayout(form string) (layout, bool) {
	const hour, minute, second, offset = 4, 5, 6, 5 * 60 * 60
	wrote := time.Date(2001, time.February, 3, hour, minute, second, 0, time.FixedZone("", offset))
	read, err := time.Parse(form, wrote.Format(form))
	if err != nil || strings.Contains(form, "MST") {
		return layout{}, false
	}
	y, m, d := read.Date()
	_, zone := read.Zone()
	return layout{form: form, hasHour: read.Hour() == hour, hasZone: zone == offset},
		y == 2001 && m == time.February && d == 3
}

// read returns the moment of a row; ok is false where an optional one is not
// there.
func (t *timeRule) read(r *row, attribute string) (m moment, ok bool, err error) {
	if t.constant != nil {
		return *t.constant, true, nil
	}
	text := r.cells[t.column]
	if text == "" {
		if t.optional {
			return moment{}, false, nil
		}
		return moment{}, false, refuse(event.Missing, attribute, "the cell of column %s is empty", r.columns[t.column])
	}
	m, problem := t.parse(text, r.serial)
	if problem != "" {
		return moment{}, false, refuse(event.BadTime, attribute, "column %s: %s", r.columns[t.column], problem)
	}
	return m, true, nil
}

// parse reads one text, or says what is wrong with it. serial reads the numbers
// that a workbook has for dates; nil elsewhere.
func (t *timeRule) parse(text string, serial func(float64) (time.Time, error)) (m moment, problem string) {
	for _, l := range t.layouts {
		at, err := time.ParseInLocation(l.form, text, t.location())
		if err != nil {
			continue
		}
		if !l.hasZone && t.zone == nil {
			return moment{}, "the text has no offset; give the mapping a zone such as America/Lima"
		}
		// Events are known to the millisecond at most.
		return moment{at.Truncate(time.Millisecond), t.byDay || !l.hasHour}, ""
	}
	days, err := strconv.ParseFloat(text, 64)
	if serial == nil || err != nil {
		return moment{}, "the text fits no layout of the mapping"
	}
	if t.zone == nil {
		return moment{}, "dates of a workbook have no offset; give the mapping a zone such as America/Lima"
	}
	local, err := serial(days)
	if err != nil || days > maxSerial {
		return moment{}, "the number is not a date"
	}
	year, month, day := local.Date()
	at := time.Date(year, month, day, local.Hour(), local.Minute(), local.Second(), 0, t.zone)
	return moment{at, t.byDay || days == float64(int64(days))}, ""
}

// maxSerial is 31 December 9999, the last date of a workbook.
const maxSerial = 2958465

func (t *timeRule) location() *time.Location {
	if t.zone == nil {
		return time.UTC
	}
	return t.zone
}

// instant is the form of instants in the events that are made.
const instant = "2006-01-02T15:04:05.999Z07:00"
