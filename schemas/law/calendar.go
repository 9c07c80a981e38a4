package law

import (
	"fmt"
	"slices"
	"time"
)

// A Calendar knows which days are business days. It is immutable.
type Calendar struct {
	ID    string
	Title Text

	first    Date   // of the table
	business []bool // one entry a day
}

// Years that a calendar covers. Dates outside have no holidays.
const (
	firstYear = 1950
	lastYear  = 2199
)

// calendarFile is a calendar as written: rules, not lists of days.
type calendarFile struct {
	ID      string    `yaml:"id"`
	Title   Text      `yaml:"title"`
	Source  string    `yaml:"source,omitempty"`
	Extends string    `yaml:"extends,omitempty"`
	Weekend []string  `yaml:"weekend,omitempty"`
	DaysOff []dayRule `yaml:"days_off,omitempty"`
	// Extra are single non-working dates, for example by decree.
	Extra []civilDate `yaml:"extra,omitempty"`

	file string // where it is written
}

func (f *calendarFile) errorf(format string, args ...any) error {
	return &FileError{File: f.file, Err: fmt.Errorf("calendar %s: "+format, append([]any{f.ID}, args...)...)}
}

// A dayRule is one day off a year: a fixed date, a distance from Easter Sunday,
// or the first working day of a month.
type dayRule struct {
	Name            Text   `yaml:"name"`
	Date            string `yaml:"date,omitempty"` // MM-DD
	Easter          *int   `yaml:"easter,omitempty"`
	FirstWorkingDay int    `yaml:"first_working_day_of,omitempty"` // month
	Since           int    `yaml:"since,omitempty"`                // first year
	Until           int    `yaml:"until,omitempty"`                // last year
	Citation        string `yaml:"citation,omitempty"`
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

// newCalendars builds all calendars of a catalogue, resolving extends.
func newCalendars(files []calendarFile) (map[string]*Calendar, error) {
	byID := map[string]calendarFile{}
	for _, f := range files {
		if _, dup := byID[f.ID]; dup {
			return nil, f.errorf("also defined in %s", byID[f.ID].file)
		}
		byID[f.ID] = f
	}
	out := map[string]*Calendar{}
	for _, f := range files {
		chain, err := ancestry(f, byID)
		if err != nil {
			return nil, err
		}
		c, err := buildCalendar(f, chain)
		if err != nil {
			return nil, err
		}
		out[f.ID] = c
	}
	return out, nil
}

// ancestry lists a calendar's ancestors, the oldest first, and itself last.
func ancestry(f calendarFile, byID map[string]calendarFile) ([]calendarFile, error) {
	chain := []calendarFile{f}
	for f.Extends != "" {
		parent, ok := byID[f.Extends]
		if !ok {
			return nil, f.errorf("extends %s, which does not exist", f.Extends)
		}
		if len(chain) > len(byID) {
			return nil, chain[0].errorf("extends itself")
		}
		chain, f = append(chain, parent), parent
	}
	slices.Reverse(chain)
	return chain, nil
}

func buildCalendar(f calendarFile, chain []calendarFile) (*Calendar, error) {
	first, last := NewDate(firstYear, time.January, 1), NewDate(lastYear, time.December, 31)
	c := &Calendar{ID: f.ID, Title: f.Title, first: first, business: make([]bool, last-first+1)}
	weekend := map[time.Weekday]bool{}
	for _, link := range chain {
		for _, name := range link.Weekend {
			day, ok := weekdays[name]
			if !ok {
				return nil, link.errorf("%q is not a day of the week", name)
			}
			weekend[day] = true
		}
	}
	for d := first; d <= last; d++ {
		c.business[d-first] = !weekend[d.Weekday()]
	}
	// Rules that ask for the first working day need the holidays before them:
	// they come last, whatever their place in the files.
	for _, late := range []bool{false, true} {
		for _, link := range chain {
			for _, rule := range link.DaysOff {
				if (rule.FirstWorkingDay != 0) != late {
					continue
				}
				if err := c.apply(rule); err != nil {
					return nil, link.errorf("day off %q: %w", rule.Name.EN, err)
				}
			}
			if !late {
				for _, d := range link.Extra {
					c.dayOff(Date(d))
				}
			}
		}
	}
	return c, nil
}

func (c *Calendar) apply(rule dayRule) error {
	set := 0
	for _, given := range []bool{rule.Date != "", rule.Easter != nil, rule.FirstWorkingDay != 0} {
		if given {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("give exactly one of date, easter, first_working_day_of")
	}
	var fixed time.Time
	if rule.Date != "" {
		var err error
		if fixed, err = time.Parse("01-02", rule.Date); err != nil {
			return fmt.Errorf("%q is not a date of the form MM-DD", rule.Date)
		}
	}
	from, until := max(firstYear, rule.Since), lastYear
	if rule.Until != 0 {
		until = rule.Until
	}
	for year := from; year <= until; year++ {
		switch {
		case rule.Date != "":
			c.dayOff(NewDate(year, fixed.Month(), fixed.Day()))
		case rule.Easter != nil:
			c.dayOff(Easter(year) + Date(*rule.Easter))
		default:
			c.dayOff(c.OnOrAfter(NewDate(year, time.Month(rule.FirstWorkingDay), 1)))
		}
	}
	return nil
}

func (c *Calendar) dayOff(d Date) {
	if i := int(d - c.first); i >= 0 && i < len(c.business) {
		c.business[i] = false
	}
}

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
}
