package law

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// The types in this file are a duty as it is written: one duty a file, readable
// by a lawyer. duty() turns them into what the fold uses.

type dutyFile struct {
	ID           string            `yaml:"id"`
	Title        Text              `yaml:"title"`
	Note         Text              `yaml:"note"`
	Implication  string            `yaml:"implication"`
	Bearer       stringList        `yaml:"bearer"`
	BearerBy     bearerByFile      `yaml:"bearer_by"`
	Kind         Kind              `yaml:"kind"`
	InForceBy    InForceBy         `yaml:"in_force_by"`
	Instance     string            `yaml:"instance"`
	Repeats      bool              `yaml:"repeats"`
	Serves       Serves            `yaml:"serves"`
	Every        Period            `yaml:"every"`
	StartsOn     patternFile       `yaml:"starts_on"`
	FulfilledBy  patternFile       `yaml:"fulfilled_by"`
	EarlyDeed    EarlyDeed         `yaml:"early_deed"`
	VoidedBy     []matchFile       `yaml:"voided_by"`
	Undetermined map[string]string `yaml:"undetermined_as"`
	NeverARow    bool              `yaml:"never_a_row"`
	Regimes      []regimeFile      `yaml:"regimes"`
	Examples     []Example         `yaml:"examples"`
	Reviewed     struct {
		By string `yaml:"by"`
		On string `yaml:"on"`
	} `yaml:"reviewed"`
}

type regimeFile struct {
	ID          string      `yaml:"id"`
	Citation    string      `yaml:"citation"`
	Kind        Kind        `yaml:"kind"`
	Confidence  string      `yaml:"confidence"`
	InForce     inForce     `yaml:"in_force"`
	When        conditions  `yaml:"when"`
	Limit       limitFile   `yaml:"limit"`
	ClockFrom   *matchFile  `yaml:"clock_from"`
	StartsOn    patternFile `yaml:"starts_on"`
	FulfilledBy patternFile `yaml:"fulfilled_by"`
	Overrides   []string    `yaml:"overrides"`
	Releases    releaseFile `yaml:"releases"`
}

// bearerByFile is a BearerBy in YAML: a map of which the only key is a fact, and
// its value a map of the fact's values to kinds.
type bearerByFile map[string]map[string]stringList

func (f bearerByFile) bearerBy() *BearerBy {
	for fact, of := range f {
		by := &BearerBy{Fact: fact, Of: map[string][]string{}}
		for value, kinds := range of {
			by.Of[value] = kinds
		}
		return by
	}
	return nil
}

// releaseFile is a Release in YAML: all, or conditions.
type releaseFile Release

// UnmarshalYAML reads both forms.
func (r *releaseFile) UnmarshalYAML(node ast.Node) error {
	if text, err := scalar(node); err == nil {
		if text != releasesAll {
			return wrong(node, "releases is %q, expected %s, or a map of facts to values", text, releasesAll)
		}
		r.All = true
		return nil
	}
	var when conditions
	err := when.UnmarshalYAML(node)
	r.When = when
	return err
}

type inForce struct {
	From civilDate  `yaml:"from"`
	To   *civilDate `yaml:"to"` // nil while the regime has no end
}

type limitFile struct {
	Hours        int       `yaml:"hours"`
	Minutes      int       `yaml:"minutes"`
	Seconds      int       `yaml:"seconds"`
	SameDay      bool      `yaml:"same_day"`
	Days         int       `yaml:"days"`
	BusinessDays int       `yaml:"business_days"`
	CalendarDays int       `yaml:"calendar_days"`
	Months       int       `yaml:"months"`
	On           civilDate `yaml:"on"`
	LastDay      monthDay  `yaml:"last_day"`
	Calendar     string    `yaml:"calendar"`
	Shift        noShift   `yaml:"shift"`
	Distance     bool      `yaml:"distance"`
}

// stringList is one string or a list of strings.
type stringList []string

// UnmarshalYAML accepts both forms.
func (l *stringList) UnmarshalYAML(node ast.Node) error {
	values, err := scalars(node)
	if err == nil && slices.ContainsFunc(values, isBlank) {
		return wrong(node, "there is no text in it: give one or leave it out")
	}
	*l = values
	return err
}

// civilDate is a date in YAML.
type civilDate Date

// UnmarshalYAML reads YYYY-MM-DD.
func (d *civilDate) UnmarshalYAML(node ast.Node) error {
	text, err := scalar(node)
	if err != nil {
		return err
	}
	date, err := ParseDate(text)
	if err != nil {
		return wrong(node, "%v", err)
	}
	*d = civilDate(date)
	return nil
}

// monthDay is a day of every year in YAML.
type monthDay MonthDay

// UnmarshalYAML reads MM-DD.
func (d *monthDay) UnmarshalYAML(node ast.Node) error {
	text, err := scalar(node)
	if err != nil {
		return err
	}
	day, err := ParseMonthDay(text)
	if err != nil {
		return wrong(node, "%v", err)
	}
	*d = monthDay(day)
	return nil
}

// noShift is the key "shift", which has one value.
type noShift bool

// UnmarshalYAML reads none.
func (s *noShift) UnmarshalYAML(node ast.Node) error {
	if text, err := scalar(node); err != nil || text != "none" {
		return wrong(node, "shift is %s, expected none: without the key last days move to business days of the calendar", found(node))
	}
	*s = true
	return nil
}

// conditions are facts and the values that they must have.
type conditions []Condition

// UnmarshalYAML reads a map of fact to value or values.
func (c *conditions) UnmarshalYAML(node ast.Node) error {
	fields, err := fieldsOf(node)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Not {
			return wrong(node, "a condition lists the values that %s may have: not is for the fields of events", f.Name)
		}
		*c = append(*c, Condition{Fact: f.Name, Values: f.Values})
	}
	return nil
}

// matchFile is a Match in YAML: a flat map of which type is one key.
type matchFile Match

// UnmarshalYAML reads a map of field to value or values.
func (m *matchFile) UnmarshalYAML(node ast.Node) error {
	fields, err := fieldsOf(node)
	if err != nil {
		return err
	}
	for _, f := range fields {
		switch {
		case f.Name != "type":
			m.Fields = append(m.Fields, f)
		case len(f.Values) > 1 || f.Not:
			return wrong(node, "an event pattern has one type, found %v: give each its own pattern", f.Values)
		default:
			m.Type = f.Values[0]
		}
	}
	if m.Type == "" {
		return wrong(node, "an event pattern needs a type")
	}
	return nil
}

// matchesOf reads a list of event patterns.
func matchesOf(node ast.Node) (Matches, error) { return needsOf(node, false) }

// needsOf reads a list of event patterns of which, with all, each is needed; one
// that holds any is fulfilled by any of its own.
func needsOf(node ast.Node, all bool) (Matches, error) {
	list, isList := node.(*ast.SequenceNode)
	if !isList {
		return nil, wrong(node, "expected a list of event patterns, found %s", found(node))
	}
	var out Matches
	for need, value := range list.Values {
		if alternatives, ok := valueOf(value, "any"); all && ok {
			matches, err := matchesOf(alternatives)
			if err != nil {
				return nil, err
			}
			for _, m := range matches {
				m.Need = need
				out = append(out, m)
			}
			continue
		}
		var m matchFile
		if err := m.UnmarshalYAML(value); err != nil {
			return nil, err
		}
		if all {
			m.Need = need
		}
		out = append(out, Match(m))
	}
	return out, nil
}

// valueOf is the value of the only key of a map, where that is its name.
func valueOf(node ast.Node, name string) (ast.Node, bool) {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return nil, false
	}
	entry := entries.MapRange()
	if !entry.Next() || entry.Key().GetToken().Value != name {
		return nil, false
	}
	value := entry.Value()
	return value, !entry.Next()
}

// patternFile is a list of matches of which any suffices, or {any: …}, or
// {all: …}.
type patternFile struct {
	pattern Pattern
	given   bool
}

// UnmarshalYAML reads the three forms.
func (p *patternFile) UnmarshalYAML(node ast.Node) error {
	list := node
	if forms, isMap := node.(ast.MapNode); isMap {
		form := forms.MapRange()
		if !form.Next() {
			return wrong(node, "expected a list of event patterns, any or all")
		}
		name := form.Key().GetToken().Value
		if name != "any" && name != "all" {
			return wrong(form.Key(), "unknown key %q: expected a list of event patterns, any or all", name)
		}
		list, p.pattern.All = form.Value(), name == "all"
		if form.Next() {
			return wrong(form.Key(), "give any or all, not both")
		}
	}
	matches, err := needsOf(list, p.pattern.All)
	p.pattern.Matches, p.given = matches, len(matches) > 0
	return err
}

func (p *patternFile) pointer() *Pattern {
	if !p.given {
		return nil
	}
	return &p.pattern
}

// fieldsOf reads a map of name to value or values, by name.
func fieldsOf(node ast.Node) ([]FieldIs, error) {
	entries, isMap := node.(ast.MapNode)
	if !isMap {
		return nil, wrong(node, "expected a map of names to a value or a list of values, found %s", found(node))
	}
	var out []FieldIs
	for each := entries.MapRange(); each.Next(); {
		value, not := valueOf(each.Value(), "not")
		if !not {
			value = each.Value()
		}
		values, err := scalars(value)
		if err != nil {
			return nil, err
		}
		out = append(out, FieldIs{Name: each.Key().GetToken().Value, Values: values, Not: not})
	}
	if len(out) == 0 {
		return nil, wrong(node, "the map is empty: say something in it or leave it out")
	}
	slices.SortFunc(out, func(a, b FieldIs) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func readDuty(fsys fs.FS, name string) (*Duty, error) {
	var f dutyFile
	lines, err := readYAML(fsys, name, &f)
	if err != nil {
		return nil, err
	}
	d := f.duty()
	d.File, d.line = name, lines
	if err := checkNamedAfterFile(name, lines, d.ID); err != nil {
		return nil, err
	}
	return d, nil
}

func (f *dutyFile) duty() *Duty {
	d := &Duty{
		ID: f.ID, Title: f.Title, Note: f.Note, Implication: f.Implication, Bearer: f.Bearer, BearerBy: f.BearerBy.bearerBy(),
		InForceBy: f.InForceBy, Instance: f.Instance, Repeats: f.Repeats, Serves: f.Serves, Every: f.Every,
		StartsOn: f.StartsOn.pattern, FulfilledBy: f.FulfilledBy.pattern, EarlyDeed: f.EarlyDeed,
		Undetermined: f.Undetermined, NeverARow: f.NeverARow, Examples: f.Examples,
		ReviewedBy: f.Reviewed.By, ReviewedOn: f.Reviewed.On,
	}
	if d.InForceBy == "" {
		d.InForceBy = ByDuty
	}
	if d.EarlyDeed == "" {
		d.EarlyDeed = EarlyUnclear
	}
	if d.Serves == "" {
		d.Serves = ServesOldest
	}
	if d.Instance == "" {
		d.Instance = InstanceCase
	}
	if len(d.Bearer) == 1 && d.Bearer[0] == "any" {
		d.Bearer = nil
	}
	for _, m := range f.VoidedBy {
		d.VoidedBy = append(d.VoidedBy, Match(m))
	}
	for i := range f.Regimes {
		d.Regimes = append(d.Regimes, f.Regimes[i].regime(f.Kind))
	}
	return d
}

func (f *regimeFile) regime(dutyKind Kind) *Regime {
	r := &Regime{
		ID: f.ID, Citation: f.Citation, Kind: f.Kind, Confidence: f.Confidence,
		From: Date(f.InForce.From),
		When: f.When, Overrides: f.Overrides, Releases: Release(f.Releases), StartsOn: f.StartsOn.pointer(), FulfilledBy: f.FulfilledBy.pointer(),
		Limit: Limit{
			Hours: f.Limit.Hours, Minutes: f.Limit.Minutes, Seconds: f.Limit.Seconds, SameDay: f.Limit.SameDay,
			Days: f.Limit.Days, BusinessDays: f.Limit.BusinessDays, CalendarDays: f.Limit.CalendarDays,
			Months: f.Limit.Months, On: Date(f.Limit.On), LastDay: MonthDay(f.Limit.LastDay), Calendar: f.Limit.Calendar,
			NoShift: bool(f.Limit.Shift), Distance: f.Limit.Distance,
		},
	}
	r.Kind = cmp.Or(r.Kind, dutyKind, Law)
	if to := f.InForce.To; to != nil {
		r.To, r.Ends = Date(*to), true
	}
	if f.ClockFrom != nil {
		m := Match(*f.ClockFrom)
		r.ClockFrom = &m
	}
	return r
}
