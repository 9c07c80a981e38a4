package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"amparo/schemas/law"
)

// settings lists what changes beside the duties: how events and time are read, the
// days off, places and their distances, and the indicators. A due date can move
// without a change in any duty.
func settings(before, after *law.Catalogue, lang string) []Difference {
	a, b := settingsOf(before), settingsOf(after)
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
		out = append(out, daysOff("calendar "+id, before.Calendars[id], after.Calendars[id])...)
	}
	x, y := indicatorsOf(before), indicatorsOf(after)
	for _, id := range bothKeys(x, y) {
		name := "indicator " + id
		switch {
		case x[id] == nil:
			out = append(out, Difference{What: Added, Part: name, After: y[id].Title.In(lang)})
		case y[id] == nil:
			out = append(out, Difference{What: Removed, Part: name, Before: x[id].Title.In(lang)})
		default:
			out = append(out, changes(Difference{}, indicatorParts(x[id], name, lang), indicatorParts(y[id], name, lang))...)
		}
	}
	return out
}

// settingsOf are what catalogue.yaml and the tables of places say, by name.
func settingsOf(c *law.Catalogue) map[string]string {
	out := map[string]string{
		"zone": c.Zone.String(), "days": string(c.Days), "case_start": c.CaseStart, "retraction": c.Retraction,
		"unit_report": c.UnitReport, "observation": c.Observation,
		"first_only": strings.Join(slices.Sorted(maps.Keys(c.FirstOnly)), ", "),
	}
	for name, f := range c.Facts {
		out["fact "+name] = factText(f)
	}
	for _, v := range c.VoidedBy {
		out["voided_by "+v.Type] = v.Scope
	}
	for bearer, kinds := range c.Kinds {
		out["kind "+bearer] = strings.Join(kinds, ", ")
	}
	for code, d := range c.Distances {
		out["distance "+code] = fmt.Sprintf("%g hours", d.Hours())
	}
	for name, of := range c.Attributes {
		for code, v := range of {
			out["attribute "+name+" "+code] = fmt.Sprint(v)
		}
	}
	if c.Places == nil {
		return out
	}
	for _, code := range slices.Concat(c.Places.WithDigits(2), c.Places.WithDigits(4), c.Places.WithDigits(6)) {
		var text strings.Builder
		text.WriteString(c.Places.Name(code))
		for _, grouping := range c.Places.Groupings {
			text.WriteString(", " + grouping + " " + c.Places.Region(grouping, code))
		}
		out["place "+code] = text.String()
	}
	return out
}

// factText says where a fact is looked up.
func factText(f *law.Fact) string {
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

// daysOff lists the days that only one of two calendars counts. A calendar
// that is not there counts as one without days.
func daysOff(name string, before, after *law.Calendar) []Difference {
	switch {
	case before == nil:
		return []Difference{{What: Added, Part: name}}
	case after == nil:
		return []Difference{{What: Removed, Part: name}}
	}
	var off, on []law.Date
	first, last := law.Dates()
	for d := first; d <= last; d++ {
		switch was, is := before.IsBusiness(d), after.IsBusiness(d); {
		case was && !is:
			off = append(off, d)
		case is && !was:
			on = append(on, d)
		}
	}
	if len(off)+len(on) == 0 {
		return nil
	}
	return []Difference{{What: Changed, Part: name + ": days off", Before: someDates(on), After: someDates(off)}}
}

// someDates says the first of some dates, and how many more there are.
func someDates(dates []law.Date) string {
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

func indicatorsOf(c *law.Catalogue) map[string]*law.Indicator {
	out := map[string]*law.Indicator{}
	for _, ind := range c.Indicators {
		out[ind.ID] = ind
	}
	return out
}

// indicatorParts are the properties of an indicator, each with the indicator's name before
// its own.
func indicatorParts(ind *law.Indicator, name, lang string) []part {
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
