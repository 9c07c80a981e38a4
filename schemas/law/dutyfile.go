package law

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The types in this file are a duty as it is written: one duty a file, readable
// by a lawyer. duty() turns them into what the fold uses.

type dutyFile struct {
	ID           string            `yaml:"id"`
	Title        Text              `yaml:"title"`
	Note         Text              `yaml:"note"`
	Implication  string            `yaml:"implication"`
	Bearer       stringList        `yaml:"bearer"`
	Kind         Kind              `yaml:"kind"`
	InForceBy    InForceBy         `yaml:"in_force_by"`
	Instance     string            `yaml:"instance"`
	Repeats      bool              `yaml:"repeats"`
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
}

type inForce struct {
	From civilDate `yaml:"from"`
	To   civilDate `yaml:"to"`
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
	Calendar     string    `yaml:"calendar"`
	Shift        string    `yaml:"shift"`
	Distance     bool      `yaml:"distance"`
}

// stringList is one string or a list of strings.
type stringList []string

// UnmarshalYAML accepts both forms.
func (l *stringList) UnmarshalYAML(decode func(any) error) error {
	var v any
	if err := decode(&v); err != nil {
		return err
	}
	values, err := scalars(v)
	*l = values
	return err
}

// civilDate is a date in YAML.
type civilDate Date

// UnmarshalYAML reads YYYY-MM-DD.
func (d *civilDate) UnmarshalYAML(decode func(any) error) error {
	var s string
	if err := decode(&s); err != nil {
		return err
	}
	date, err := ParseDate(s)
	*d = civilDate(date)
	return err
}

// conditions are facts and the values that they must have.
type conditions []Condition

// UnmarshalYAML reads a map of fact to value or values.
func (c *conditions) UnmarshalYAML(decode func(any) error) error {
	fields, err := decodeFields(decode)
	if err != nil {
		return err
	}
	for _, f := range fields {
		*c = append(*c, Condition{Fact: f.Name, Values: f.Values})
	}
	return nil
}

// matchFile is a Match in YAML: a flat map of which type is one key.
type matchFile Match

// UnmarshalYAML reads a map of field to value or values.
func (m *matchFile) UnmarshalYAML(decode func(any) error) error {
	fields, err := decodeFields(decode)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.Name == "type" {
			m.Type = f.Values[0]
			continue
		}
		m.Fields = append(m.Fields, f)
	}
	if m.Type == "" {
		return fmt.Errorf("an event pattern needs a type")
	}
	return nil
}

// patternFile is a list of matches of which any suffices, or {any: …}, or
// {all: …}.
type patternFile struct {
	pattern Pattern
	given   bool
}

// UnmarshalYAML reads the three forms.
func (p *patternFile) UnmarshalYAML(decode func(any) error) error {
	var shape any
	if err := decode(&shape); err != nil {
		return err
	}
	var list []matchFile
	if _, isList := shape.([]any); isList {
		if err := decode(&list); err != nil {
			return err
		}
	} else {
		var forms struct {
			Any []matchFile `yaml:"any"`
			All []matchFile `yaml:"all"`
		}
		if err := decode(&forms); err != nil {
			return err
		}
		if len(forms.Any) > 0 && len(forms.All) > 0 {
			return fmt.Errorf("give any or all, not both")
		}
		list, p.pattern.All = append(forms.Any, forms.All...), len(forms.All) > 0
	}
	for _, m := range list {
		p.pattern.Matches = append(p.pattern.Matches, Match(m))
	}
	p.given = len(list) > 0
	return nil
}

func (p *patternFile) pointer() *Pattern {
	if !p.given {
		return nil
	}
	return &p.pattern
}

// decodeFields reads a map of name to scalar or list of scalars, by name.
func decodeFields(decode func(any) error) ([]FieldIs, error) {
	var fields map[string]any
	if err := decode(&fields); err != nil {
		return nil, err
	}
	var out []FieldIs
	for name, v := range fields {
		values, err := scalars(v)
		if err != nil || len(values) == 0 {
			return nil, fmt.Errorf("%s: expected a value or a list of values", name)
		}
		out = append(out, FieldIs{Name: name, Values: values})
	}
	slices.SortFunc(out, func(a, b FieldIs) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func scalars(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case bool:
		return []string{strconv.FormatBool(v)}, nil
	case uint64, int64, int:
		return []string{fmt.Sprint(v)}, nil
	case []any:
		var out []string
		for _, item := range v {
			one, err := scalars(item)
			if err != nil {
				return nil, err
			}
			out = append(out, one...)
		}
		return out, nil
	}
	return nil, fmt.Errorf("expected a word or a list of words")
}

func readDuty(fsys fs.FS, name string) (*Duty, error) {
	var f dutyFile
	if err := readYAML(fsys, name, &f); err != nil {
		return nil, err
	}
	lines, err := keyLines(fsys, name)
	if err != nil {
		return nil, err
	}
	d := f.duty()
	d.File, d.line = name, lines
	if want := strings.TrimSuffix(path.Base(name), ".yaml"); d.ID != want {
		return nil, d.errorAt("id", "id is %q, expected the file's name %q", d.ID, want)
	}
	return d, nil
}

func (f *dutyFile) duty() *Duty {
	d := &Duty{
		ID: f.ID, Title: f.Title, Note: f.Note, Implication: f.Implication, Bearer: f.Bearer,
		InForceBy: f.InForceBy, Instance: f.Instance, Repeats: f.Repeats, Every: f.Every,
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
		From: Date(f.InForce.From), To: Date(f.InForce.To), Ends: f.InForce.To != 0,
		When: f.When, Overrides: f.Overrides, StartsOn: f.StartsOn.pointer(), FulfilledBy: f.FulfilledBy.pointer(),
		Limit: Limit{
			Hours: f.Limit.Hours, Minutes: f.Limit.Minutes, Seconds: f.Limit.Seconds, SameDay: f.Limit.SameDay,
			Days: f.Limit.Days, BusinessDays: f.Limit.BusinessDays, CalendarDays: f.Limit.CalendarDays,
			Months: f.Limit.Months, On: Date(f.Limit.On), Calendar: f.Limit.Calendar,
			NoShift: f.Limit.Shift == "none", Distance: f.Limit.Distance,
		},
	}
	if r.Kind == "" {
		r.Kind = dutyKind
	}
	if r.Kind == "" {
		r.Kind = Law
	}
	if f.ClockFrom != nil {
		m := Match(*f.ClockFrom)
		r.ClockFrom = &m
	}
	return r
}

// keyLines maps the keys of a file and the items of its lists (regimes,
// regimes[0]) to their lines, for messages.
func keyLines(fsys fs.FS, name string) (map[string]int, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil, &FileError{File: name, Line: 1, Err: fmt.Errorf("not a YAML document")}
	}
	lines := map[string]int{}
	root, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return nil, &FileError{File: name, Line: 1, Err: fmt.Errorf("expected a map")}
	}
	for _, entry := range root.Values {
		key := entry.Key.GetToken().Value
		lines[key] = entry.Key.GetToken().Position.Line
		if list, ok := entry.Value.(*ast.SequenceNode); ok {
			for i, item := range list.Values {
				lines[fmt.Sprintf("%s[%d]", key, i)] = item.GetToken().Position.Line
			}
		}
	}
	return lines, nil
}

func (d *Duty) errorAt(where, format string, args ...any) error {
	return &FileError{File: d.File, Line: d.line[where], Err: fmt.Errorf(format, args...)}
}
