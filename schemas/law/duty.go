package law

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Kind says what weight a limit has.
type Kind string

// The kinds of a regime.
const (
	Law    Kind = "law"    // a number in a norm
	Target Kind = "target" // the norm has no number; a parameter stands in, and is shown as one
	Right  Kind = "right"  // a party may act; no one fails
)

// A Duty is a legal norm as data: who must do what, started by what, fulfilled
// by what. Its regimes follow each other in time.
type Duty struct {
	ID          string
	Title       Text
	Note        Text // what a reader should know; may be empty
	Implication string
	// Bearer are the institution kinds that owe the duty; empty means the
	// institution of the start event, whatever it is.
	Bearer []string
	// BearerBy narrows the bearers down by what is known at the start; nil
	// where it is the same for all.
	BearerBy *BearerBy

	InForceBy InForceBy
	// Instance is "case" for one obligation a case, else the name of the field
	// that tells obligations apart (measure, breach, appeal …).
	Instance string
	// Repeats: the duty recurs every limit of months until its scope ends.
	Repeats bool
	// Serves says which period of a duty that repeats a deed counts for.
	Serves Serves
	// Every is the calendar period of a register duty, "" for all others.
	Every Period

	StartsOn     Pattern
	FulfilledBy  Pattern
	EarlyDeed    EarlyDeed
	VoidedBy     []Match
	Undetermined map[string]string // fact → value read in place of its default
	Regimes      []*Regime
	Examples     []Example
	NeverARow    bool // listed for completeness: no clock
	Step         int  // on the way of a case, by its order there; 0 for none
	File         string
	ReviewedBy   string
	ReviewedOn   string
}

// IsCaseInstance reports whether there is one obligation a case.
func (d *Duty) IsCaseInstance() bool { return d.Instance == InstanceCase }

// InstanceCase is the Instance of duties with one obligation a case.
const InstanceCase = "case"

// A BearerBy says who owes a duty by the value of a fact, the first one before
// all. Where it does not name the value, all bearers of the duty may be meant.
type BearerBy struct {
	Fact string
	Of   map[string][]string
}

// String says the choice on one line.
func (b *BearerBy) String() string {
	if b == nil {
		return ""
	}
	var parts []string
	for _, value := range slices.Sorted(maps.Keys(b.Of)) {
		parts = append(parts, value+": "+strings.Join(b.Of[value], ", "))
	}
	return b.Fact + " " + strings.Join(parts, "; ")
}

// Bearers are the kinds of institution that owe the duty where some facts hold,
// the first one before all; none means the institution of the start event.
func (d *Duty) Bearers(facts Facts) []string {
	if d.BearerBy == nil {
		return d.Bearer
	}
	if kinds, ok := d.BearerBy.Of[facts(d.BearerBy.Fact)]; ok {
		return kinds
	}
	return d.Bearer
}

// Serves says which period a deed counts for.
type Serves string

// The choices of Serves.
const (
	ServesOldest Serves = "oldest" // the oldest one begun and still undone (the default)
	ServesOwn    Serves = "own"    // the one in which it lies: what was left out then cannot be made up for
)

// InForceBy says whose start picks the regime.
type InForceBy string

// The choices of InForceBy.
const (
	ByDuty InForceBy = "duty" // the start of the duty (the default)
	ByCase InForceBy = "case" // the start of the case: a process keeps the rules it began with
)

// EarlyDeed says what a deed means that lies only before the start.
type EarlyDeed string

// The choices of EarlyDeed.
const (
	EarlyUnclear EarlyDeed = "unclear" // the facts do not decide (the default)
	EarlyIgnored EarlyDeed = "ignored"
	EarlyCounts  EarlyDeed = "counts"
)

// A Period is the calendar period of a register duty.
type Period string

// The calendar periods.
const (
	Monthly    Period = "month"
	Quarterly  Period = "quarter"
	HalfYearly Period = "half-year"
	Yearly     Period = "year"
)

// Months is the length of the period, 0 for the empty period.
func (p Period) Months() int {
	switch p {
	case Monthly:
		return 1
	case Quarterly:
		return 3
	case HalfYearly:
		return 6
	case Yearly:
		return 12
	}
	return 0
}

// Containing is the first date of the period that holds d.
func (p Period) Containing(d Date) Date {
	y, m, _ := d.civil().Date()
	n := p.Months()
	return NewDate(y, time.Month((int(m)-1)/n*n+1), 1)
}

// PeriodDue is the first date on which a register duty of the period that begins
// on first is overdue: the day after the regime's own last day in it, or else one
// more period after its end.
func (d *Duty) PeriodDue(r *Regime, first Date) Date {
	if last := r.Limit.LastDay; last != (MonthDay{}) {
		return last.In(first.Year()) + 1
	}
	return first.AddMonths(2 * d.Every.Months())
}

// InForceFor reports whether a regime judges the register duty of the period
// that begins on first: by its first day, or by the regime's own last day, so
// that nobody owes by a rule that begins after the day on which it was due.
func (d *Duty) InForceFor(r *Regime, first Date) bool {
	if r.Limit.LastDay != (MonthDay{}) {
		return r.InForce(d.PeriodDue(r, first) - 1)
	}
	return r.InForce(first)
}

// Name is the instance of the period that begins on d: 2024-03, 2024-Q1,
// 2024-H1 or 2024.
func (p Period) Name(d Date) string {
	y, m, _ := d.civil().Date()
	switch p {
	case Monthly:
		return fmt.Sprintf("%04d-%02d", y, m)
	case Quarterly:
		return fmt.Sprintf("%04d-Q%d", y, (int(m)-1)/3+1)
	case HalfYearly:
		return fmt.Sprintf("%04d-H%d", y, (int(m)-1)/6+1)
	}
	return fmt.Sprintf("%04d", y)
}

// A Regime is one version of a duty: limit, conditions, citation, dates in
// force.
type Regime struct {
	ID         string
	Citation   string
	Kind       Kind
	Confidence string // high, medium or low
	From, To   Date   // in force on both, inclusive
	Ends       bool   // To is set
	When       Conditions
	Limit      Limit

	// ClockFrom moves the start of the clock to the first event of this
	// pattern; without one there is no obligation under the regime.
	ClockFrom *Match
	// StartsOn and FulfilledBy stand in place of the duty's, where given.
	StartsOn    *Pattern
	FulfilledBy *Pattern
	// Overrides names regimes that give way, in the same instance, once this
	// one has started.
	Overrides []string
	// SuspendedBy stops the clock until ResumedBy; ExtendedBy gives more time.
	SuspendedBy []Stop
	ResumedBy   Matches
	ExtendedBy  []Extension
	// Releases says whom the law no longer judges once the regime has ended. A
	// reform that forgets someone looks the same, so it is said expressly.
	Releases Release
}

// A Release is whom a regime lets go when it ends: everyone, or those of whom
// all conditions hold; the zero value is nobody.
type Release struct {
	All  bool
	When Conditions
}

// String says whom.
func (r Release) String() string {
	if r.All {
		return releasesAll
	}
	return r.When.String()
}

// releasesAll is a Release of everyone.
const releasesAll = "all"

// String says conditions on one line.
func (list Conditions) String() string {
	var parts []string
	for _, c := range list {
		parts = append(parts, c.Fact+"="+strings.Join(c.Values, "|"))
	}
	return strings.Join(parts, ", ")
}

// InForce reports whether the regime applies to a clock that starts on d.
func (r *Regime) InForce(d Date) bool { return d >= r.From && (!r.Ends || d <= r.To) }

// Starts is the pattern that starts the duty under a regime.
func (d *Duty) Starts(r *Regime) *Pattern {
	if r.StartsOn != nil {
		return r.StartsOn
	}
	return &d.StartsOn
}

// Fulfils is the pattern that fulfils the duty under a regime.
func (d *Duty) Fulfils(r *Regime) *Pattern {
	if r.FulfilledBy != nil {
		return r.FulfilledBy
	}
	return &d.FulfilledBy
}

// A Condition holds when a fact has one of the values.
type Condition struct {
	Fact   string
	Values []string
}

// Facts answers what is known of a case at an instant.
type Facts func(name string) string

// Applies reports whether all conditions of the regime hold.
func (r *Regime) Applies(facts Facts) bool {
	for _, c := range r.When {
		if !slices.Contains(c.Values, facts(c.Fact)) {
			return false
		}
	}
	return true
}

// FactFor reads a fact as the duty reads it: where the fact has its default and
// the duty says what to read instead, that is the value.
func (d *Duty) FactFor(name string, facts Facts, defined map[string]*Fact) string {
	value := facts(name)
	if instead, ok := d.Undetermined[name]; ok && defined[name] != nil && value == defined[name].Default {
		return instead
	}
	return value
}

// A Fact is something that conditions can see: the value of a field in the
// first or last event of some types, up to the start of the clock.
type Fact struct {
	Name string
	// StartField is looked up in the start event before anything else.
	StartField string
	Types      []string
	Field      string
	Holds      string // of a list: the fact is whether it holds this value
	Last       bool   // the last such event decides, else the first
	Default    string
}

// A Voiding is an event that ends all duties of a scope: the whole case, or one
// instance such as a measure.
type Voiding struct {
	Scope string `yaml:"scope"`
	Type  string `yaml:"type"`
}
