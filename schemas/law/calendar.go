package law

import "time"

// A Calendar knows which days are business days. It does not change once
// the catalogue is loaded.
type Calendar struct {
	ID    string
	Title Text

	first    Date   // of the table
	business []bool // one entry a day
}

// Years that a calendar covers. Dates outside have no holidays.
const (
	FirstYear = 1950
	LastYear  = 2199
)

// NewCalendar is a calendar in which all days count but those of the weekend.
func NewCalendar(id string, title Text, weekend map[time.Weekday]bool) *Calendar {
	first, last := Dates()
	c := &Calendar{ID: id, Title: title, first: first, business: make([]bool, last-first+1)}
	for d := first; d <= last; d++ {
		c.business[d-first] = !weekend[d.Weekday()]
	}
	return c
}

// TakeOff makes a day one that does not count.
func (c *Calendar) TakeOff(d Date) {
	if i := int(d - c.first); i >= 0 && i < len(c.business) {
		c.business[i] = false
	}
}

// Dates are all dates that calendars cover.
func Dates() (first, last Date) {
	return NewDate(FirstYear, time.January, 1), NewDate(LastYear, time.December, 31)
}

// IsBusiness reports whether the calendar counts the day.
func (c *Calendar) IsBusiness(d Date) bool {
	i := int(d - c.first)
	if i < 0 || i >= len(c.business) {
		wd := d.Weekday()
		return wd != time.Saturday && wd != time.Sunday
	}
	return c.business[i]
}

// OnOrAfter is the first business day that is not before d.
func (c *Calendar) OnOrAfter(d Date) Date {
	for !c.IsBusiness(d) {
		d++
	}
	return d
}

// AddBusiness is the n-th business day after d; the first is the next one
// after d. With n = 0 it is d itself.
func (c *Calendar) AddBusiness(d Date, n int) Date {
	for ; n > 0; n-- {
		d = c.OnOrAfter(d + 1)
	}
	return d
}
