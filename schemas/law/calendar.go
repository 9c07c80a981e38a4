package law

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

	found *findings // in the file where it is written
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

// loadCalendars reads all calendars and builds them, resolving extends.
func (c *Catalogue) loadCalendars(fsys fs.FS) error {
	names, err := fs.Glob(fsys, "calendars/*.yaml")
	if err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	var errs []error
	byID := map[string]*calendarFile{}
	for _, name := range names {
		f, err := c.readCalendar(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		byID[f.ID] = f
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.Calendars = map[string]*Calendar{}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		f := byID[id]
		if chain := f.ancestry(byID); len(f.found.errs) == 0 {
			c.Calendars[id] = f.build(chain)
		}
		errs = append(errs, f.found.errs...)
	}
	return errors.Join(errs...)
}

func (c *Catalogue) readCalendar(fsys fs.FS, name string) (*calendarFile, error) {
	f := &calendarFile{found: &findings{file: name}}
	var err error
	if f.found.lines, err = readYAML(fsys, name, f); err != nil {
		return nil, err
	}
	if err := checkNamedAfterFile(name, f.found.lines, f.ID); err != nil {
		return nil, err
	}
	c.checkCalendar(f)
	return f, errors.Join(f.found.errs...)
}

// checkCalendar refuses rules that name no day.
func (c *Catalogue) checkCalendar(f *calendarFile) {
	report := report(f.found.report)
	c.checkText(report, "title", f.Title)
	if f.Extends == "" && !f.found.lines.has("weekend") {
		report("id", "calendar %s: give its weekend, or the calendar that it extends", f.ID)
	}
	for i, name := range f.Weekend {
		if _, ok := weekdays[name]; !ok {
			report(item("weekend", i), "%q is not a day of the week: expected one of monday to sunday", name)
		}
	}
	if len(f.Weekend) == len(weekdays) {
		report("weekend", "calendar %s has no business day", f.ID)
	}
	for i, rule := range f.DaysOff {
		c.checkText(report.below(item("days_off", i)), "name", rule.Name)
		rule.check(report.below(item("days_off", i)))
	}
	for i, d := range f.Extra {
		if d := Date(d); !isCovered(d.Year()) {
			report(item("extra", i), "%s is outside the years %d to %d", d, firstYear, lastYear)
		}
	}
}

func isCovered(year int) bool { return year >= firstYear && year <= lastYear }

func (rule *dayRule) check(report report) {
	set := 0
	for _, given := range []bool{rule.Date != "", rule.Easter != nil, rule.FirstWorkingDay != 0} {
		if given {
			set++
		}
	}
	if set != 1 {
		report("", "day off %q: give exactly one of date, easter, first_working_day_of", rule.Name.EN)
	}
	if rule.Date != "" {
		switch date, err := time.Parse(monthAndDay, rule.Date); {
		case err != nil:
			report("date", "%q is not a date of the form MM-DD", rule.Date)
		case date.Month() == time.February && date.Day() == 29:
			report("date", "29 February is not in every year: list its dates under extra")
		}
	}
	if easter := rule.Easter; easter != nil && (*easter < -366 || *easter > 366) {
		report("easter", "easter is %d, expected a number of days within a year", *easter)
	}
	if month := rule.FirstWorkingDay; month < 0 || month > 12 {
		report("first_working_day_of", "%d is not a month", month)
	}
	for _, bound := range []struct {
		name string
		year int
	}{{"since", rule.Since}, {"until", rule.Until}} {
		if bound.year != 0 && !isCovered(bound.year) {
			report(bound.name, "%s is %d, expected a year from %d to %d", bound.name, bound.year, firstYear, lastYear)
		}
	}
	if rule.Until != 0 && rule.Until < rule.Since {
		report("until", "until %d is before since %d", rule.Until, rule.Since)
	}
}

// monthAndDay is how fixed dates are written.
const monthAndDay = "01-02"

// ancestry lists a calendar's ancestors, the oldest first, and itself last.
func (f *calendarFile) ancestry(byID map[string]*calendarFile) []*calendarFile {
	chain := []*calendarFile{f}
	for last := f; last.Extends != ""; {
		parent, ok := byID[last.Extends]
		if !ok && last == f {
			f.found.report("extends", "calendar %s: extends %s, which does not exist", f.ID, f.Extends)
		}
		if parent == f {
			f.found.report("extends", "calendar %s: extends itself", f.ID)
		}
		if !ok || slices.Contains(chain, parent) {
			break
		}
		chain, last = append(chain, parent), parent
	}
	slices.Reverse(chain)
	return chain
}

func (f *calendarFile) build(chain []*calendarFile) *Calendar {
	first, last := NewDate(firstYear, time.January, 1), NewDate(lastYear, time.December, 31)
	c := &Calendar{ID: f.ID, Title: f.Title, first: first, business: make([]bool, last-first+1)}
	weekend := map[time.Weekday]bool{}
	for _, link := range chain {
		for _, name := range link.Weekend {
			weekend[weekdays[name]] = true
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
				if (rule.FirstWorkingDay != 0) == late {
					c.apply(rule)
				}
			}
			if !late {
				for _, d := range link.Extra {
					c.dayOff(Date(d))
				}
			}
		}
	}
	return c
}

func (c *Calendar) apply(rule dayRule) {
	from, until := max(firstYear, rule.Since), lastYear
	if rule.Until != 0 {
		until = rule.Until
	}
	fixed, _ := time.Parse(monthAndDay, rule.Date) // Was checked, where there is one.
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
