package law

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// diffRest lists what changes beside the duties: how events and time are read, the
// days off, places and their distances, and the indicators. A due date can move
// without a change in any duty.
func diffRest(before, after *Catalogue, lang string) []Difference {
	a, b := before.settings(), after.settings()
	var out []Difference
	for _, name := range bothKeys(a, b) {
		_, was := a[name]
		_, is := b[name]
		switch d := (Difference{What: Changed, Part: name, Before: a[name], After: b[name]}); {
		case !was:
			d.What = Added
			out = append(out, d)
		case !is:
			d.What = Removed
			out = append(out, d)
		case d.Before != d.After:
			out = append(out, d)
		}
	}
	for _, id := range bothKeys(before.Calendars, after.Calendars) {
		out = append(out, diffDaysOff("calendar "+id, before.Calendars[id], after.Calendars[id])...)
	}
	x, y := before.indicatorsByID(), after.indicatorsByID()
	for _, id := range bothKeys(x, y) {
		name := "indicator " + id
		switch {
		case x[id] == nil:
			out = append(out, Difference{What: Added, Part: name, After: y[id].Title.In(lang)})
		case y[id] == nil:
			out = append(out, Difference{What: Removed, Part: name, Before: x[id].Title.In(lang)})
		default:
			out = append(out, changes(Difference{}, x[id].parts(name, lang), y[id].parts(name, lang))...)
		}
	}
	return out
}

// settings are what catalogue.yaml and the tables of places say, by name.
func (c *Catalogue) settings() map[string]string {
	out := map[string]string{
		"zone": c.Zone.String(), "days": string(c.days), "case_start": c.CaseStart, "retraction": c.Retraction,
		"unit_report": c.UnitReport, "observation": c.Observation,
		"first_only": strings.Join(slices.Sorted(maps.Keys(c.FirstOnly)), ", "),
	}
	for name, f := range c.Facts {
		out["fact "+name] = f.text()
	}
	for _, v := range c.VoidedBy {
		out["voided_by "+v.Type] = v.Scope
	}
	for bearer, kinds := range c.kinds {
		out["kind "+bearer] = strings.Join(kinds, ", ")
	}
	for code, d := range c.distances {
		out["distance "+code] = fmt.Sprintf("%g hours", d.Hours())
	}
	for name, of := range c.attributes {
		for code, v := range of {
			out["attribute "+name+" "+code] = fmt.Sprint(v)
		}
	}
	if c.Places == nil {
		return out
	}
	for code, name := range c.Places.names {
		text := name
		for _, grouping := range c.Places.Groupings {
			text += ", " + grouping + " " + c.Places.Region(grouping, code)
		}
		out["place "+code] = text
	}
	return out
}

// text says where a fact is looked up.
func (f *Fact) text() string {
	which := "first"
	if f.Last {
		which = "last"
	}
	text := fmt.Sprintf("%s %s.%s, else %q", which, strings.Join(f.Types, "|"), f.Field, f.Default)
	if f.Holds != "" {
		text += ", holds " + f.Holds
	}
	if f.StartField != "" {
		text = f.StartField + " of the start, else " + text
	}
	return text
}

// diffDaysOff lists the days that only one of two calendars counts. A calendar
// that is not there counts as one without days.
func diffDaysOff(name string, before, after *Calendar) []Difference {
	switch {
	case before == nil:
		return []Difference{{What: Added, Part: name}}
	case after == nil:
		return []Difference{{What: Removed, Part: name}}
	}
	var off, on []Date
	for i, was := range before.business {
		switch is := after.business[i]; {
		case was && !is:
			off = append(off, before.first+Date(i))
		case is && !was:
			on = append(on, before.first+Date(i))
		}
	}
	if len(off)+len(on) == 0 {
		return nil
	}
	return []Difference{{What: Changed, Part: name + ": days off", Before: someDates(on), After: someDates(off)}}
}

// someDates says the first of some dates, and how many more there are.
func someDates(dates []Date) string {
	const shown = 3
	var words []string
	for _, d := range dates[:min(shown, len(dates))] {
		words = append(words, d.String())
	}
	if more := len(dates) - shown; more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

func (c *Catalogue) indicatorsByID() map[string]*Indicator {
	out := map[string]*Indicator{}
	for _, ind := range c.Indicators {
		out[ind.ID] = ind
	}
	return out
}

// parts are the properties of an indicator, each with the indicator's name before
// its own.
func (ind *Indicator) parts(name, lang string) []part {
	flow := func(v any) string {
		text, err := yaml.MarshalWithOptions(v, yaml.Flow(true), yaml.OmitZero())
		if err != nil {
			return err.Error()
		}
		return strings.TrimSpace(string(text))
	}
	parts := []part{
		{"title", ind.Title.In(lang)},
		{"numerator", ind.Numerator.In(lang)},
		{"denominator", ind.Denominator.In(lang)},
		{"unit", ind.Unit},
		{"direction", ind.Direction},
		{"source", ind.Source},
		{"implications", strings.Join(ind.Implications, ", ")},
		{"causes", strings.Join(ind.Causes, ", ")},
		{"articles", strings.Join(ind.Articles, ", ")},
		{"cannot_see", ind.CannotSee.In(lang)},
		{"minimum_n", fmt.Sprint(ind.MinimumN)},
		{"measure", flow(ind.Measure)},
		{"signal", flow(ind.Signal)},
	}
	for i := range parts {
		parts[i].name = name + ": " + parts[i].name
	}
	return parts
}
