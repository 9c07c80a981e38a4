package law

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// An Example is a worked case of a duty: a start, facts, and what follows. The
// examples are the duty's tests.
type Example struct {
	Start  time.Time
	Facts  map[string]string
	Place  string
	Regime string // expected regime, or "none"
	Due    time.Time
	Done   time.Time
	AsOf   time.Time
	Status string // expected status, where Done or AsOf is given
	// CaseStart is the start of the case where the duty goes by it and it
	// differs from Start.
	CaseStart time.Time
	// Months are those of the periods before, for a duty that repeats.
	Months int
	// Days is how plain days are read in this example; business where it does
	// not say. An example holds whatever the catalogue's switch says.
	Days string
	Note string
}

// keys are the example's own, with what reads each.
func (x *Example) keys() map[string]func(text string) error {
	instant := func(into *time.Time) func(string) error {
		return func(text string) (err error) {
			*into, err = parseExampleInstant(text)
			return err
		}
	}
	word := func(into *string) func(string) error {
		return func(text string) error {
			*into = text
			return nil
		}
	}
	return map[string]func(string) error{
		"start": instant(&x.Start), "due": instant(&x.Due), "done": instant(&x.Done), "as_of": instant(&x.AsOf), "case_start": instant(&x.CaseStart),
		"regime": word(&x.Regime), "status": word(&x.Status), "place": word(&x.Place), "days": word(&x.Days), "note": word(&x.Note),
		"months": func(text string) (err error) {
			x.Months, err = strconv.Atoi(text)
			return err
		},
	}
}

// UnmarshalYAML reads a flat map; keys that are not the example's own are
// facts.
func (x *Example) UnmarshalYAML(node ast.Node) error {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return wrong(node, "expected a map of keys and values, found %s", found(node))
	}
	x.Facts = map[string]string{}
	keys := x.keys()
	for each := entries.MapRange(); each.Next(); {
		key := each.Key().GetToken().Value
		text, err := scalar(each.Value())
		if err != nil {
			return err
		}
		read, own := keys[key]
		switch {
		case !own:
			x.Facts[key] = text
		case text == "":
			return wrong(each.Value(), "%s is empty", key)
		default:
			if err := read(text); err != nil {
				return wrong(each.Value(), "%s: %v", key, err)
			}
		}
	}
	return nil
}

// parseExampleInstant reads RFC 3339, with or without seconds.
func parseExampleInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not an instant of the form 2024-03-01T10:15-05:00", s)
}

// checkExample works one example of a duty and compares.
func (c *Catalogue) checkExample(d *Duty, x *Example) error {
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
	if d.InForceBy == ByCase && !x.CaseStart.IsZero() {
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
func (c *Catalogue) checkExampleKeys(d *Duty, x *Example) error {
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
	case x.early() && (d.EarlyDeed != EarlyCounts || d.Repeats || d.Every != ""):
		return errors.New("done is before start, which does not count unless early_deed says so")
	case x.Days != "" && dayReading(x.Days) != readBusiness && dayReading(x.Days) != readCalendar:
		return fmt.Errorf("days is %q, expected business or calendar", x.Days)
	case !x.CaseStart.IsZero() && d.InForceBy != ByCase:
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
			return fmt.Errorf("%q is neither a key of examples nor a fact: expected one of %s, or a fact", fact, strings.Join(slices.Sorted(maps.Keys(x.keys())), ", "))
		}
		if err := c.validateCondition(Condition{Fact: fact, Values: []string{x.Facts[fact]}}); err != nil {
			return err
		}
	}
	return nil
}

// exampleDue is when an example falls due, with plain days read as it says.
func (c *Catalogue) exampleDue(d *Duty, r *Regime, x *Example) time.Time {
	read := *c
	read.days = cmp.Or(dayReading(x.Days), readBusiness)
	switch {
	case d.Every != "":
		return d.PeriodDue(r, d.Every.Containing(c.DateOf(x.Start))).Start(c.Zone)
	case x.Months > 0:
		return read.DuePeriod(&r.Limit, x.Start, x.Months+r.Limit.Months)
	}
	return read.Due(&r.Limit, x.Start, x.Place)
}

func localTime(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

// early reports whether the deed of an example lies before its start.
func (x *Example) early() bool { return !x.Done.IsZero() && x.Done.Before(x.Start) }

// exampleStatus judges a plain example: one start, at most one deed.
func exampleStatus(l *Limit, due time.Time, x *Example) string {
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
