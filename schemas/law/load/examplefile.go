package load

import (
	"amparo/schemas/law"
	"amparo/schemas/law/source"
	"fmt"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// exampleFile is an example as it is written.
type exampleFile law.Example

// exampleKeys are the example's own, with what reads each.
func exampleKeys(x *law.Example) map[string]func(text string) error {
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
func (x *exampleFile) UnmarshalYAML(node ast.Node) error {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return source.Wrong(node, "expected a map of keys and values, found %s", source.Found(node))
	}
	x.Facts = map[string]string{}
	keys := exampleKeys((*law.Example)(x))
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

// parseExampleInstant reads RFC 3339, with or without seconds.
func parseExampleInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not an instant of the form 2024-03-01T10:15-05:00", s)
}
