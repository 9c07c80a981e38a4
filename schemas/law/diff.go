package law

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// Diff lists what changes from one catalogue to another: duties and regimes
// added, removed and changed, by duty and regime, and then all else.
func Diff(before, after *Catalogue, lang string) []Difference {
	var out []Difference
	for _, id := range bothKeys(before.byID, after.byID) {
		a, b := before.byID[id], after.byID[id]
		switch {
		case a == nil:
			out = append(out, Difference{Duty: id, What: Added, After: b.Title.In(lang)})
		case b == nil:
			out = append(out, Difference{Duty: id, What: Removed, Before: a.Title.In(lang)})
		default:
			out = append(out, changes(Difference{Duty: id}, a.parts(lang), b.parts(lang))...)
		}
		out = append(out, diffRegimes(id, regimesOf(before, a, lang), regimesOf(after, b, lang))...)
	}
	return append(out, diffRest(before, after, lang)...)
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

func diffRegimes(duty string, a, b map[string][]part) []Difference {
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

// parts are the properties of a duty that change what it asks.
func (d *Duty) parts(lang string) []part {
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
		{"voided_by", (&Pattern{Matches: d.VoidedBy}).String()},
		{"undetermined_as", strings.Join(undetermined, ", ")},
		{"never_a_row", fmt.Sprint(d.NeverARow)},
	}
}

// regimesOf are the regimes of a duty by id, with their properties. Entries that
// share an id are told apart by their number.
func regimesOf(c *Catalogue, d *Duty, lang string) map[string][]part {
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
			{"in_force", r.dates()},
			{"kind", string(r.Kind)},
			{"citation", r.Citation},
			{"confidence", r.Confidence},
			{"when", conditionsText(r.When)},
			{"clock_from", clock},
			{"starts_on", starts},
			{"fulfilled_by", fulfils},
			{"overrides", strings.Join(r.Overrides, ", ")},
			{"releases", r.Releases.String()},
		}
	}
	return out
}

func shiftText(l *Limit) string {
	if l.NoShift {
		return " (shift: none)"
	}
	return ""
}

func (r *Regime) dates() string {
	switch {
	case r.From == firstDate:
		return "always"
	case r.Ends:
		return r.From.String() + ".." + r.To.String()
	}
	return r.From.String() + ".."
}

// A Turn is a date on which a regime begins, or from which on it has ended: a
// change of the law that trends should show.
type Turn struct {
	On     Date
	Begins bool // else it ended the day before
	Duty   *Duty
	Regime *Regime
}

// Change says in a word what happens: begins or ended.
func (t Turn) Change() string {
	if t.Begins {
		return "begins"
	}
	return "ended"
}

// Turns lists all changes of law in a catalogue by date. What comes first on a
// date is what ends.
func (c *Catalogue) Turns() []Turn {
	var out []Turn
	for _, d := range c.Duties {
		for _, r := range d.Regimes {
			if r.From != firstDate {
				out = append(out, Turn{On: r.From, Begins: true, Duty: d, Regime: r})
			}
			if r.Ends {
				out = append(out, Turn{On: r.To + 1, Duty: d, Regime: r})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Turn) int {
		order := map[bool]int{false: 0, true: 1}
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(order[a.Begins], order[b.Begins]),
			cmp.Compare(a.Duty.ID, b.Duty.ID), cmp.Compare(a.Regime.ID, b.Regime.ID))
	})
	return out
}
