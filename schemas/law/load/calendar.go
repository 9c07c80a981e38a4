package load

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// calendarFile is a calendar as written: rules, not lists of days.
type calendarFile struct {
	ID      string    `yaml:"id"`
	Title   law.Text  `yaml:"title"`
	Source  string    `yaml:"source,omitempty"`
	Extends string    `yaml:"extends,omitempty"`
	Weekend []string  `yaml:"weekend,omitempty"`
	DaysOff []dayRule `yaml:"days_off,omitempty"`
	// Extra are single non-working dates, for example by decree.
	Extra []law.Date `yaml:"extra,omitempty"`

	found *source.Findings // in the file where it is written
}

// A dayRule is one day off a year: a fixed date, a distance from Easter Sunday,
// or the first working day of a month.
type dayRule struct {
	Name            law.Text `yaml:"name"`
	Date            string   `yaml:"date,omitempty"` // MM-DD
	Easter          *int     `yaml:"easter,omitempty"`
	FirstWorkingDay int      `yaml:"first_working_day_of,omitempty"` // month
	Since           int      `yaml:"since,omitempty"`                // first year
	Until           int      `yaml:"until,omitempty"`                // last year
	Citation        string   `yaml:"citation,omitempty"`
}

// loadCalendars reads all calendars and builds them, resolving extends.
func (c *loader) loadCalendars() error {
	names, err := fs.Glob(c.fsys, "calendars/*.yaml")
	if err != nil {
		return fmt.Errorf("list calendars: %w", err)
	}
	var errs []error
	byID := map[string]*calendarFile{}
	for _, name := range names {
		f, err := c.readCalendar(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		byID[f.ID] = f
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	c.Calendars = map[string]*law.Calendar{}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		f := byID[id]
		if chain := f.ancestry(byID); len(f.found.Errs) == 0 {
			c.Calendars[id] = f.build(chain)
		}
		errs = append(errs, f.found.Errs...)
	}
	return errors.Join(errs...)
}

func (c *loader) readCalendar(name string) (*calendarFile, error) {
	f := &calendarFile{found: &source.Findings{File: name}}
	var err error
	if f.found.Lines, err = c.read(name, "calendar", f); err != nil {
		return nil, err
	}
	if err := checkNamedAfterFile(name, f.found.Lines, f.ID); err != nil {
		return nil, err
	}
	c.checkCalendar(f)
	return f, errors.Join(f.found.Errs...)
}

// checkCalendar refuses rules that name no day.
func (c *loader) checkCalendar(f *calendarFile) {
	report := source.Report(f.found.Report)
	c.checkText(report, "title", f.Title)
	if f.Extends == "" && !f.found.Lines.Has("weekend") {
		report("id", "calendar %s: give its weekend, or the calendar that it extends", f.ID)
	}
	for i, name := range f.Weekend {
		if _, ok := weekdays[name]; !ok {
			report(source.Item("weekend", i), "%q is not a day of the week: expected one of monday to sunday", name)
		}
	}
	if len(f.Weekend) == len(weekdays) {
		report("weekend", "calendar %s has no business day", f.ID)
	}
	for i, rule := range f.DaysOff {
		c.checkText(report.Below(source.Item("days_off", i)), "name", rule.Name)
		rule.check(report.Below(source.Item("days_off", i)))
	}
	for i, d := range f.Extra {
		if !isCovered(d.Year()) {
			report(source.Item("extra", i), "%s is outside the years %d to %d", d, law.FirstYear, law.LastYear)
		}
	}
}

func isCovered(year int) bool { return year >= law.FirstYear && year <= law.LastYear }

func (rule *dayRule) check(report source.Report) {
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
			report(bound.name, "%s is %d, expected a year from %d to %d", bound.name, bound.year, law.FirstYear, law.LastYear)
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
			f.found.Report("extends", "calendar %s: extends %s, which does not exist", f.ID, f.Extends)
		}
		if parent == f {
			f.found.Report("extends", "calendar %s: extends itself", f.ID)
		}
		if !ok || slices.Contains(chain, parent) {
			break
		}
		chain, last = append(chain, parent), parent
	}
	slices.Reverse(chain)
	return chain
}

func (f *calendarFile) build(chain []*calendarFile) *law.Calendar {
	weekend := map[time.Weekday]bool{}
	for _, link := range chain {
		for _, name := range link.Weekend {
			weekend[weekdays[name]] = true
		}
	}
	c := law.NewCalendar(f.ID, f.Title, weekend)
	// Rules that ask for the first working day need the holidays before them:
	// they come last, whatever their place in the files.
	for _, late := range []bool{false, true} {
		for _, link := range chain {
			for _, rule := range link.DaysOff {
				if (rule.FirstWorkingDay != 0) == late {
					rule.apply(c)
				}
			}
			if !late {
				for _, d := range link.Extra {
					c.TakeOff(d)
				}
			}
		}
	}
	return c
}

func (rule *dayRule) apply(c *law.Calendar) {
	from, until := max(law.FirstYear, rule.Since), law.LastYear
	if rule.Until != 0 {
		until = rule.Until
	}
	fixed, _ := time.Parse(monthAndDay, rule.Date) // Was checked, where there is one.
	for year := from; year <= until; year++ {
		switch {
		case rule.Date != "":
			c.TakeOff(law.NewDate(year, fixed.Month(), fixed.Day()))
		case rule.Easter != nil:
			c.TakeOff(law.Easter(year) + law.Date(*rule.Easter)) //nolint:gosec // It fits.
		default:
			c.TakeOff(c.OnOrAfter(law.NewDate(year, time.Month(rule.FirstWorkingDay), 1)))
		}
	}
}

var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
}
