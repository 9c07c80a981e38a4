package law

import (
	"fmt"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"amparo/schemas/law/source"
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
	// Stated is the deadline that the start states, and Suspended, Resumed and
	// Extended are when the clock stops, goes on and gets more time, under the
	// regime's first entry for it; Until is the deadline that the extension states.
	Stated, Suspended, Resumed, Extended, Until time.Time
	// Days is how plain days are read in this example; business where it does
	// not say. An example holds whatever the catalogue's switch says.
	Days string
	Note string
}

// Keys are the example's own, with what reads each.
func (x *Example) Keys() map[string]func(text string) error {
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
		"stated": instant(&x.Stated), "suspended": instant(&x.Suspended), "resumed": instant(&x.Resumed), "extended": instant(&x.Extended), "until": instant(&x.Until),
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
		return source.Wrong(node, "expected a map of keys and values, found %s", source.Found(node))
	}
	x.Facts = map[string]string{}
	keys := x.Keys()
	for each := entries.MapRange(); each.Next(); {
		key := each.Key().GetToken().Value
		text, err := source.Scalar(each.Value())
		if err != nil {
			return err
		}
		read, own := keys[key]
		switch {
		case !own:
			x.Facts[key] = text
		case text == "":
			return source.Wrong(each.Value(), "%s is empty", key)
		default:
			if err := read(text); err != nil {
				return source.Wrong(each.Value(), "%s: %v", key, err)
			}
		}
	}
	return nil
}

// Moved is what the example says of its deadline.
func (x *Example) Moved(r *Regime) *Moved {
	m := &Moved{Stated: x.Stated}
	if !x.Suspended.IsZero() {
		m.Pauses = []Pause{{x.Suspended, x.Resumed}}
	}
	if !x.Extended.IsZero() && len(r.ExtendedBy) > 0 {
		m.More = []More{{At: x.Extended, Under: &r.ExtendedBy[0], Stated: x.Until}}
	}
	return m
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
