package notifier

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

//go:embed leads.yaml
var defaultLeads []byte

// Leads say which obligations are announced, and how long before the deadline
// the warning comes.
type Leads struct {
	Kinds []law.Kind `yaml:"kinds"`
	Rules []LeadRule `yaml:"rules"`
}

// A LeadRule gives the lead of the obligations that it fits.
type LeadRule struct {
	Duty    []string      `yaml:"duty"`
	Risk    []string      `yaml:"risk"`
	Clock   *bool         `yaml:"clock"`
	Before  time.Duration `yaml:"before"`
	Share   float64       `yaml:"share"`
	AtLeast time.Duration `yaml:"at_least"`
	AtMost  time.Duration `yaml:"at_most"`
}

// LoadLeads reads a file of leads, the one that ships when path is empty, and
// checks it against the catalogue.
func LoadLeads(path string, cat *law.Catalogue) (*Leads, error) {
	text := defaultLeads
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read leads: %w", err)
		}
	}
	var l Leads
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&l); err != nil {
		return nil, fmt.Errorf("read leads: %s", yaml.FormatError(err, false, false))
	}
	return &l, l.check(cat)
}

// check returns all that is wrong, at once.
func (l *Leads) check(cat *law.Catalogue) error {
	var errs []error
	if len(l.Kinds) == 0 {
		errs = append(errs, errors.New("leads: kinds is empty: list law, target or both"))
	}
	for _, k := range l.Kinds {
		if k != law.Law && k != law.Target {
			errs = append(errs, fmt.Errorf("leads: kind %q is not announced: use law and target", k))
		}
	}
	for i, r := range l.Rules {
		for _, id := range r.Duty {
			if !slices.ContainsFunc(cat.Duties, func(d *law.Duty) bool { return d.ID == id }) {
				errs = append(errs, fmt.Errorf("leads: rule %d names duty %q, which the catalogue does not have", i+1, id))
			}
		}
		switch {
		case r.Before < 0 || r.AtLeast < 0 || r.AtMost < 0 || r.Share < 0 || r.Share > 1:
			errs = append(errs, fmt.Errorf("leads: rule %d has a lead that is negative or a share over 1", i+1))
		case r.Share != 0 && r.Before != 0:
			errs = append(errs, fmt.Errorf("leads: rule %d has both before and share: keep one", i+1))
		case r.Share == 0 && (r.AtLeast != 0 || r.AtMost != 0):
			errs = append(errs, fmt.Errorf("leads: rule %d bounds a share that it does not have", i+1))
		case r.AtMost != 0 && r.AtMost < r.AtLeast:
			errs = append(errs, fmt.Errorf("leads: rule %d has at_most under at_least", i+1))
		}
	}
	return errors.Join(errs...)
}

// For is how long before the deadline the warning of an obligation comes, 0 for
// none.
func (l *Leads) For(o *obligation.Obligation) time.Duration {
	for i := range l.Rules {
		if r := &l.Rules[i]; r.fits(o) {
			return r.lead(o.DueAt.Sub(o.StartedAt))
		}
	}
	return 0
}

// Longest is no shorter than any lead under a catalogue.
func (l *Leads) Longest(cat *law.Catalogue) time.Duration {
	const day = 24 * time.Hour
	byClock, byDays := time.Duration(0), 2*366*day
	for _, d := range cat.Duties {
		for _, r := range d.Regimes {
			term := r.Limit.Duration()
			if r.Limit.Distance {
				term += 60 * day
			}
			byClock = max(byClock, term)
		}
	}
	var longest time.Duration
	for i := range l.Rules {
		term := byDays
		if clock := l.Rules[i].Clock; clock != nil && *clock {
			term = byClock
		}
		longest = max(longest, l.Rules[i].lead(term))
	}
	return longest
}

// announces reports whether obligations of a kind are announced.
func (l *Leads) announces(k law.Kind) bool { return slices.Contains(l.Kinds, k) }

func (r *LeadRule) fits(o *obligation.Obligation) bool {
	// A limit by the clock has run out one tick after the deadline, one in
	// civil days at it.
	clock := o.LapsesFrom.After(o.DueAt)
	return (len(r.Duty) == 0 || slices.Contains(r.Duty, o.Duty)) &&
		(len(r.Risk) == 0 || slices.Contains(r.Risk, o.Risk)) &&
		(r.Clock == nil || *r.Clock == clock)
}

func (r *LeadRule) lead(term time.Duration) time.Duration {
	lead := r.Before
	if r.Share != 0 {
		lead = max(time.Duration(r.Share*float64(term)), r.AtLeast)
		if r.AtMost != 0 {
			lead = min(lead, r.AtMost)
		}
	}
	return min(lead, max(term, 0))
}
