package load

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"amparo/schemas/law"
)

// checkExample works one example of a duty and compares.
func (c *loader) checkExample(d *law.Duty, x *law.Example) error {
	if err := c.checkExampleKeys(d, x); err != nil {
		return err
	}
	facts := func(name string) string {
		if v, ok := x.Facts[name]; ok {
			return v
		}
		return c.Facts[name].Default
	}
	from := x.Start
	if d.InForceBy == law.ByCase && !x.CaseStart.IsZero() {
		from = x.CaseStart
	}
	on := c.DateOf(from)
	if d.Every != "" {
		on = d.Every.Containing(on)
	}
	regimes := c.Select(d, on, facts)
	if x.Regime == noRegime {
		if len(regimes) > 0 {
			return fmt.Errorf("expected no regime, found %s", regimes[0].ID)
		}
		return nil
	}
	if len(regimes) != 1 {
		return fmt.Errorf("expected regime %s, found %d regimes", x.Regime, len(regimes))
	}
	r := regimes[0]
	if x.Regime != "" && r.ID != x.Regime {
		return fmt.Errorf("expected regime %s, found %s", x.Regime, r.ID)
	}
	if err := checkExampleMoves(r, x); err != nil {
		return err
	}
	due := c.exampleDue(d, r, x)
	if !x.Due.IsZero() && !due.Equal(x.Due) {
		return fmt.Errorf("expected due %s, found %s", localTime(x.Due, c.Zone), localTime(due, c.Zone))
	}
	if status := exampleStatus(&r.Limit, due, x); x.Status != "" && status != x.Status {
		return fmt.Errorf("expected status %s, found %s", x.Status, status)
	}
	return nil
}

// noRegime is the regime of an example that the duty does not judge.
const noRegime = "none"

// checkExampleKeys refuses an example that says too little, or something that
// would not be looked at.
func (c *loader) checkExampleKeys(d *law.Duty, x *law.Example) error {
	judged := !x.Done.IsZero() || !x.AsOf.IsZero()
	switch {
	case x.Start.IsZero() || x.Regime == "" && x.Due.IsZero() && x.Status == "":
		return errors.New("give a start, and the regime, due or status that follows")
	case x.Regime == noRegime && (!x.Due.IsZero() || x.Status != "" || judged):
		return errors.New("where no regime applies nothing falls due: leave due, done, as_of and status out")
	case (x.Status != "") != judged:
		return errors.New("status goes with done or as_of, and each of them with a status")
	case !x.Done.IsZero() && !x.AsOf.IsZero():
		return errors.New("give done or as_of, not both")
	case early(x) && (d.EarlyDeed != law.EarlyCounts || d.Repeats || d.Every != ""):
		return errors.New("done is before start, which does not count unless early_deed says so")
	case x.Days != "" && law.DayReading(x.Days) != law.BusinessDays && law.DayReading(x.Days) != law.CalendarDays:
		return fmt.Errorf("days is %q, expected business or calendar", x.Days)
	case !x.CaseStart.IsZero() && d.InForceBy != law.ByCase:
		return errors.New("case_start has no part in a duty that goes by its own start")
	case x.CaseStart.After(x.Start):
		return errors.New("case_start is after start")
	case x.Months < 0 || x.Months > 0 && !d.Repeats:
		return errors.New("months are those of the periods before, for a duty that repeats")
	case x.Place != "" && c.Places != nil && !c.Places.Known(x.Place):
		return fmt.Errorf("place %s is not in places.csv or districts.csv", x.Place)
	}
	for _, fact := range slices.Sorted(maps.Keys(x.Facts)) {
		if c.Facts[fact] == nil {
			return fmt.Errorf("%q is neither a key of examples nor a fact: expected one of %s, or a fact", fact, strings.Join(slices.Sorted(maps.Keys(exampleKeys(x))), ", "))
		}
		if err := c.validateCondition(law.Condition{Fact: fact, Values: []string{x.Facts[fact]}}); err != nil {
			return err
		}
	}
	return nil
}

// checkExampleMoves refuses what a regime does not look at, or misses.
func checkExampleMoves(r *law.Regime, x *law.Example) error {
	extends := !x.Extended.IsZero()
	switch {
	case x.Stated.IsZero() == r.Limit.IsStated():
		return errors.New("stated is the deadline that the start states: it goes with a limit until a field, and with no other")
	case !x.Suspended.IsZero() && len(r.SuspendedBy) == 0 || extends && len(r.ExtendedBy) == 0:
		return errors.New("nothing suspends or extends the limit of this regime: leave suspended and extended out")
	case !x.Resumed.IsZero() && (x.Suspended.IsZero() || x.Resumed.Before(x.Suspended)):
		return errors.New("resumed goes with suspended and comes after it")
	case extends && x.Until.IsZero() == r.ExtendedBy[0].By.IsStated() || !extends && !x.Until.IsZero():
		return errors.New("until is the deadline that the extension states: it goes with an extension until a field, and with no other")
	}
	return nil
}

// exampleDue is when an example falls due, with plain days read as it says.
func (c *loader) exampleDue(d *law.Duty, r *law.Regime, x *law.Example) time.Time {
	read := *c.Catalogue
	read.Days = cmp.Or(law.DayReading(x.Days), law.BusinessDays)
	switch {
	case d.Every != "":
		return d.PeriodDue(r, d.Every.Containing(c.DateOf(x.Start))).Start(c.Zone)
	case x.Months > 0:
		return read.DuePeriod(&r.Limit, x.Start, x.Months+r.Limit.Months)
	}
	due, _ := read.DueMoved(&r.Limit, x.Start, x.Place, x.Moved(r))
	return due
}

func localTime(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

// early reports whether the deed of an example lies before its start.
func early(x *law.Example) bool { return !x.Done.IsZero() && x.Done.Before(x.Start) }

// exampleStatus judges a plain example: one start, at most one deed.
func exampleStatus(l *law.Limit, due time.Time, x *law.Example) string {
	switch {
	case !x.Done.IsZero() && l.InTime(x.Done, due):
		return "met"
	case !x.Done.IsZero():
		return "late"
	case !x.AsOf.IsZero() && l.Passed(due, x.AsOf):
		return "missed"
	case !x.AsOf.IsZero():
		return "open"
	}
	return ""
}
