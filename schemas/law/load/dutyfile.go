package load

import (
	"cmp"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// The types in this file are a duty as it is written: one duty a file, readable
// by a lawyer. duty() turns them into what the fold uses.

type dutyFile struct {
	ID           string            `yaml:"id"`
	Title        law.Text          `yaml:"title"`
	Note         law.Text          `yaml:"note"`
	Implication  string            `yaml:"implication"`
	Bearer       source.Strings    `yaml:"bearer"`
	BearerBy     bearerByFile      `yaml:"bearer_by"`
	Kind         law.Kind          `yaml:"kind"`
	InForceBy    law.InForceBy     `yaml:"in_force_by"`
	Instance     string            `yaml:"instance"`
	Repeats      bool              `yaml:"repeats"`
	Serves       law.Serves        `yaml:"serves"`
	Every        law.Period        `yaml:"every"`
	StartsOn     law.Pattern       `yaml:"starts_on"`
	FulfilledBy  law.Pattern       `yaml:"fulfilled_by"`
	EarlyDeed    law.EarlyDeed     `yaml:"early_deed"`
	VoidedBy     law.Matches       `yaml:"voided_by"`
	Undetermined map[string]string `yaml:"undetermined_as"`
	NeverARow    bool              `yaml:"never_a_row"`
	Step         int               `yaml:"step"`
	Regimes      []regimeFile      `yaml:"regimes"`
	Examples     []exampleFile     `yaml:"examples"`
	Reviewed     struct {
		By string `yaml:"by"`
		On string `yaml:"on"`
	} `yaml:"reviewed"`
}

type regimeFile struct {
	ID          string          `yaml:"id"`
	Citation    string          `yaml:"citation"`
	Kind        law.Kind        `yaml:"kind"`
	Confidence  string          `yaml:"confidence"`
	InForce     inForce         `yaml:"in_force"`
	When        law.Conditions  `yaml:"when"`
	Limit       law.Limit       `yaml:"limit"`
	ClockFrom   *law.Match      `yaml:"clock_from"`
	StartsOn    law.Pattern     `yaml:"starts_on"`
	FulfilledBy law.Pattern     `yaml:"fulfilled_by"`
	Overrides   []string        `yaml:"overrides"`
	SuspendedBy []law.Stop      `yaml:"suspended_by"`
	ResumedBy   law.Matches     `yaml:"resumed_by"`
	ExtendedBy  []law.Extension `yaml:"extended_by"`
	Releases    law.Release     `yaml:"releases"`
}

// bearerByFile is a BearerBy in YAML: a map of which the only key is a fact, and
// its value a map of the fact's values to kinds.
type bearerByFile map[string]map[string]source.Strings

func (f bearerByFile) bearerBy() *law.BearerBy {
	for fact, of := range f {
		by := &law.BearerBy{Fact: fact, Of: map[string][]string{}}
		for value, kinds := range of {
			by.Of[value] = kinds
		}
		return by
	}
	return nil
}

type inForce struct {
	From law.Date  `yaml:"from"`
	To   *law.Date `yaml:"to"` // nil while the regime has no end
}

func (c *loader) readDuty(name string) (*law.Duty, error) {
	var f dutyFile
	lines, err := c.read(name, "duty", &f)
	if err != nil {
		return nil, err
	}
	d := f.duty()
	d.File = name
	c.lines[d] = lines
	return d, checkNamedAfterFile(name, lines, d.ID)
}

func (f *dutyFile) duty() *law.Duty {
	d := &law.Duty{
		ID: f.ID, Title: f.Title, Note: f.Note, Implication: f.Implication, Bearer: f.Bearer, BearerBy: f.BearerBy.bearerBy(),
		InForceBy: f.InForceBy, Instance: f.Instance, Repeats: f.Repeats, Serves: f.Serves, Every: f.Every,
		StartsOn: f.StartsOn, FulfilledBy: f.FulfilledBy, EarlyDeed: f.EarlyDeed,
		VoidedBy: f.VoidedBy, Undetermined: f.Undetermined, NeverARow: f.NeverARow, Step: f.Step,
		ReviewedBy: f.Reviewed.By, ReviewedOn: f.Reviewed.On,
	}
	for _, x := range f.Examples {
		d.Examples = append(d.Examples, law.Example(x))
	}
	if d.InForceBy == "" {
		d.InForceBy = law.ByDuty
	}
	if d.EarlyDeed == "" {
		d.EarlyDeed = law.EarlyUnclear
	}
	if d.Serves == "" {
		d.Serves = law.ServesOldest
	}
	if d.Instance == "" {
		d.Instance = law.InstanceCase
	}
	if len(d.Bearer) == 1 && d.Bearer[0] == "any" {
		d.Bearer = nil
	}
	for i := range f.Regimes {
		d.Regimes = append(d.Regimes, f.Regimes[i].regime(f.Kind))
	}
	return d
}

func (f *regimeFile) regime(dutyKind law.Kind) *law.Regime {
	r := &law.Regime{
		ID: f.ID, Citation: f.Citation, Kind: f.Kind, Confidence: f.Confidence,
		From: f.InForce.From,
		When: f.When, Overrides: f.Overrides, Releases: f.Releases, StartsOn: given(&f.StartsOn), FulfilledBy: given(&f.FulfilledBy),
		SuspendedBy: f.SuspendedBy, ResumedBy: f.ResumedBy, ExtendedBy: f.ExtendedBy,
		Limit: f.Limit, ClockFrom: f.ClockFrom,
	}
	r.Kind = cmp.Or(r.Kind, dutyKind, law.Law)
	if to := f.InForce.To; to != nil {
		r.To, r.Ends = *to, true
	}
	return r
}

// given is the pattern of a regime, nil where it has none of its own.
func given(p *law.Pattern) *law.Pattern {
	if len(p.Matches) == 0 {
		return nil
	}
	return p
}
