// Package diff lists what changes from one catalogue to another, for a reader of
// the law.
package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"amparo/schemas/law"
)

// A Difference is one thing in which two catalogues differ. Duty is empty for what
// belongs to no duty, Regime for what belongs to the duty as a whole, Part for a
// duty or regime that is there or not.
type Difference struct {
	Duty, Regime string
	What         string // added, removed or changed
	Part         string // what changed
	Before       string
	After        string
}

// What a Difference is.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Of lists what changes from one catalogue to another: duties and regimes
// added, removed and changed, by duty and regime, and then all else.
func Of(before, after *law.Catalogue, lang string) []Difference {
	var out []Difference
	was, is := dutiesOf(before), dutiesOf(after)
	for _, id := range bothKeys(was, is) {
		a, b := was[id], is[id]
		switch {
		case a == nil:
			out = append(out, Difference{Duty: id, What: Added, After: b.Title.In(lang)})
		case b == nil:
			out = append(out, Difference{Duty: id, What: Removed, Before: a.Title.In(lang)})
		default:
			out = append(out, changes(Difference{Duty: id}, partsOf(a, lang), partsOf(b, lang))...)
		}
		out = append(out, regimes(id, regimesOf(before, a, lang), regimesOf(after, b, lang))...)
	}
	return append(out, settings(before, after, lang)...)
}

// A part is one property as text.
type part struct{ name, text string }

func changes(of Difference, a, b []part) []Difference {
	var out []Difference
	for i := range a {
		if a[i].text != b[i].text {
			of.What, of.Part, of.Before, of.After = Changed, a[i].name, a[i].text, b[i].text
			out = append(out, of)
		}
	}
	return out
}

func regimes(duty string, a, b map[string][]part) []Difference {
	var out []Difference
	for _, id := range bothKeys(a, b) {
		of := Difference{Duty: duty, Regime: id}
		switch {
		case a[id] == nil:
			of.What, of.After = Added, summary(b[id])
			out = append(out, of)
		case b[id] == nil:
			of.What, of.Before = Removed, summary(a[id])
			out = append(out, of)
		default:
			out = append(out, changes(of, a[id], b[id])...)
		}
	}
	return out
}

// summary says a regime by its first parts: limit and dates.
func summary(parts []part) string { return parts[0].text + ", " + parts[1].text }

func bothKeys[V any](a, b map[string]V) []string {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}

func dutiesOf(c *law.Catalogue) map[string]*law.Duty {
	out := map[string]*law.Duty{}
	for _, d := range c.Duties {
		out[d.ID] = d
	}
	return out
}

// partsOf are the properties of a duty that change what it asks.
func partsOf(d *law.Duty, lang string) []part {
	var undetermined []string
	for _, fact := range slices.Sorted(maps.Keys(d.Undetermined)) {
		undetermined = append(undetermined, fact+"="+d.Undetermined[fact])
	}
	return []part{
		{"title", d.Title.In(lang)},
		{"implication", d.Implication},
		{"bearer", strings.Join(d.Bearer, ", ")},
		{"bearer_by", d.BearerBy.String()},
		{"in_force_by", string(d.InForceBy)},
		{"instance", d.Instance},
		{"repeats", fmt.Sprint(d.Repeats)},
		{"serves", string(d.Serves)},
		{"every", string(d.Every)},
		{"starts_on", d.StartsOn.String()},
		{"fulfilled_by", d.FulfilledBy.String()},
		{"early_deed", string(d.EarlyDeed)},
		{"voided_by", (&law.Pattern{Matches: d.VoidedBy}).String()},
		{"undetermined_as", strings.Join(undetermined, ", ")},
		{"never_a_row", fmt.Sprint(d.NeverARow)},
		{"step", fmt.Sprint(d.Step)},
	}
}

// regimesOf are the regimes of a duty by id, with their properties. Entries that
// share an id are told apart by their number.
func regimesOf(c *law.Catalogue, d *law.Duty, lang string) map[string][]part {
	out := map[string][]part{}
	if d == nil {
		return out
	}
	for _, r := range d.Regimes {
		id := r.ID
		for n := 2; out[id] != nil; n++ {
			id = fmt.Sprintf("%s#%d", r.ID, n)
		}
		clock, starts, fulfils := "", "", ""
		if r.ClockFrom != nil {
			clock = r.ClockFrom.String()
		}
		if r.StartsOn != nil {
			starts = r.StartsOn.String()
		}
		if r.FulfilledBy != nil {
			fulfils = r.FulfilledBy.String()
		}
		out[id] = []part{
			{"limit", c.Describe(&r.Limit, lang) + shiftText(&r.Limit)},
			{"in_force", datesOf(r)},
			{"kind", string(r.Kind)},
			{"citation", r.Citation},
			{"confidence", r.Confidence},
			{"when", r.When.String()},
			{"clock_from", clock},
			{"starts_on", starts},
			{"fulfilled_by", fulfils},
			{"overrides", strings.Join(r.Overrides, ", ")},
			{"releases", r.Releases.String()},
		}
	}
	return out
}

func shiftText(l *law.Limit) string {
	if l.NoShift {
		return " (shift: none)"
	}
	return ""
}

func datesOf(r *law.Regime) string {
	switch {
	case r.Always():
		return "always"
	case r.Ends:
		return r.From.String() + ".." + r.To.String()
	}
	return r.From.String() + ".."
}
