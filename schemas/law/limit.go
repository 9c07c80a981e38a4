package law

import (
	"fmt"
	"time"
)

// A Limit is the time that a regime gives. Exactly one unit is set.
type Limit struct {
	Hours   int  `yaml:"hours"`
	Minutes int  `yaml:"minutes"`
	Seconds int  `yaml:"seconds"`
	SameDay bool `yaml:"same_day"`
	// Days are read as business or calendar days by the catalogue's switch;
	// BusinessDays and CalendarDays are what the norm says expressly.
	Days         int `yaml:"days"`
	BusinessDays int `yaml:"business_days"`
	CalendarDays int `yaml:"calendar_days"`
	Months       int `yaml:"months"`
	// On is a fixed last day, for duties that end on one date for all.
	On Date `yaml:"on"`
	// Until is a field of the start event that states the deadline, an instant;
	// UntilDay is one that states the last day.
	Until    string `yaml:"until"`
	UntilDay string `yaml:"until_day"`
	// LastDay is the last day in each period of a register duty of a year.
	LastDay MonthDay `yaml:"last_day"`

	Calendar string  `yaml:"calendar"` // counts business days and shifts last days
	NoShift  NoShift `yaml:"shift"`    // the last day stays where it falls
	Distance bool    `yaml:"distance"` // the term of distance of the place is added
}

// A MonthDay is a day of every year.
type MonthDay struct {
	Month time.Month
	Day   int
}

// In is the day in a year.
func (d MonthDay) In(year int) Date { return NewDate(year, d.Month, d.Day) }

// ParseMonthDay reads MM-DD, a day that every year has.
func ParseMonthDay(s string) (MonthDay, error) {
	t, err := time.Parse("01-02", s)
	if err != nil || t.Month() == time.February && t.Day() == 29 {
		return MonthDay{}, fmt.Errorf("%q is not a day of every year of the form 03-31", s)
	}
	return MonthDay{t.Month(), t.Day()}, nil
}

// String prints MM-DD.
func (d MonthDay) String() string { return fmt.Sprintf("%02d-%02d", d.Month, d.Day) }

// DayReading is how a bare "días" is read.
type DayReading string

// The choices of DayReading.
const (
	BusinessDays DayReading = "business"
	CalendarDays DayReading = "calendar"
)

// ByClock reports whether the limit runs by the clock (hours and finer, or until
// an instant) and not by civil days. The two are judged differently at the limit.
func (l *Limit) ByClock() bool {
	return l.Hours != 0 || l.Minutes != 0 || l.Seconds != 0 || l.Until != ""
}

// IsStated reports whether the deadline stands in the event that starts the clock.
func (l *Limit) IsStated() bool { return l.Until != "" || l.UntilDay != "" }

// CountsBusinessDays reports whether the limit is counted in business days: as the
// norm says expressly, or as the catalogue reads its bare days.
func (c *Catalogue) CountsBusinessDays(l *Limit) bool {
	return l.BusinessDays != 0 || l.Days != 0 && c.Days == BusinessDays
}

// Duration is the length of a limit by the clock.
func (l *Limit) Duration() time.Duration {
	return time.Duration(l.Hours)*time.Hour + time.Duration(l.Minutes)*time.Minute + time.Duration(l.Seconds)*time.Second
}

// InTime reports whether a deed is in time: up to and including the instant for
// a limit by the clock; before it for civil days, whose due instant is the
// first one after the last day.
func (l *Limit) InTime(done, due time.Time) bool {
	if l.ByClock() {
		return !done.After(due)
	}
	return done.Before(due)
}

// Passed reports whether the limit has run out at an instant.
func (l *Limit) Passed(due, at time.Time) bool {
	if l.ByClock() {
		return due.Before(at)
	}
	return !due.After(at)
}

// Due is the instant at which a clock that started at start runs out. place
// adds the term of distance where the limit has one. For civil days it is the
// first instant of the local day after the last day.
func (c *Catalogue) Due(l *Limit, start time.Time, place string) time.Time {
	var extra time.Duration
	if l.Distance {
		extra = c.distance(place)
	}
	if l.ByClock() {
		return start.Add(l.Duration() + extra)
	}
	last := c.lastDay(l, c.DateOf(start), l.Months)
	if days := Date(extra.Hours() / 24); days > 0 {
		last = c.shift(l, last+days)
	}
	return (last + 1).Start(c.Zone)
}

// DuePeriod is the due instant of a recurring duty's period whose months, from
// the duty's first start, sum to months. Periods are counted from the original
// date so that shifts do not add up.
func (c *Catalogue) DuePeriod(l *Limit, first time.Time, months int) time.Time {
	return (c.lastDay(l, c.DateOf(first), months) + 1).Start(c.Zone)
}

func (c *Catalogue) lastDay(l *Limit, start Date, months int) Date {
	calendar := c.Calendars[l.Calendar]
	business, days := l.BusinessDays, l.CalendarDays
	if l.Days != 0 {
		if c.Days == BusinessDays {
			business = l.Days
		} else {
			days = l.Days
		}
	}
	switch {
	case l.SameDay:
		return start
	case l.On != 0:
		return l.On
	case business != 0:
		return calendar.AddBusiness(start, business)
	case months != 0:
		return c.shift(l, start.AddMonths(months))
	default:
		return c.shift(l, start+Date(days)) //nolint:gosec // It fits.
	}
}

// shift moves a last day to the next business day, unless the limit says not
// to.
func (c *Catalogue) shift(l *Limit, last Date) Date {
	if calendar := c.Calendars[l.Calendar]; calendar != nil && !l.NoShift {
		return calendar.OnOrAfter(last)
	}
	return last
}

// distance is the term of distance of a place: that of the longest code that
// the table has.
func (c *Catalogue) distance(place string) time.Duration {
	for n := len(place); n >= 2; n -= 2 {
		if d, ok := c.Distances[place[:n]]; ok {
			return d
		}
	}
	return 0
}
