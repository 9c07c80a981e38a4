package law

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
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

// UnmarshalYAML reads a flat map; keys that are not the example's own are
// facts.
func (x *Example) UnmarshalYAML(decode func(any) error) error {
	var fields yaml.MapSlice
	if err := decode(&fields); err != nil {
		return err
	}
	x.Facts = map[string]string{}
	instants := map[string]*time.Time{"start": &x.Start, "due": &x.Due, "done": &x.Done, "as_of": &x.AsOf, "case_start": &x.CaseStart}
	words := map[string]*string{"regime": &x.Regime, "status": &x.Status, "place": &x.Place, "days": &x.Days, "note": &x.Note}
	for _, f := range fields {
		key, text := fmt.Sprint(f.Key), fmt.Sprint(f.Value)
		if at, ok := instants[key]; ok {
			t, err := parseExampleInstant(text)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			*at = t
			continue
		}
		if word, ok := words[key]; ok {
			*word = text
			continue
		}
		if key == "months" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("months: %w", err)
			}
			x.Months = n
			continue
		}
		x.Facts[key] = text
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
	if x.Start.IsZero() || x.Regime == "" && x.Due.IsZero() && x.Status == "" {
		return errors.New("give a start, and the regime, due or status that follows")
	}
	if x.Days != "" && dayReading(x.Days) != readBusiness && dayReading(x.Days) != readCalendar {
		return fmt.Errorf("days is %q, expected business or calendar", x.Days)
	}
	for fact := range x.Facts {
		if c.Facts[fact] == nil {
			return fmt.Errorf("%q is neither a key of examples nor a fact", fact)
		}
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
	if x.Regime == "none" {
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

// exampleDue is when an example falls due, with plain days read as it says.
func (c *Catalogue) exampleDue(d *Duty, r *Regime, x *Example) time.Time {
	read := *c
	read.days = cmp.Or(dayReading(x.Days), readBusiness)
	switch {
	case d.Every != "":
		return d.Every.Due(c.DateOf(x.Start)).Start(c.Zone)
	case x.Months > 0:
		return read.DuePeriod(&r.Limit, x.Start, x.Months+r.Limit.Months)
	}
	return read.Due(&r.Limit, x.Start, x.Place)
}

func localTime(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

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
