package law

import (
	"math"
	"time"

	"amparo/schemas/law/source"
)

// An Indicator is a number with a legal meaning, as the catalogue defines it:
// the definition is data, the counting is code.
type Indicator struct {
	ID           string   `yaml:"id"`
	Title        Text     `yaml:"title"`
	Implications []string `yaml:"implications"`
	Causes       []string `yaml:"causes"`
	Numerator    Text     `yaml:"numerator"`
	Denominator  Text     `yaml:"denominator"`
	Unit         string   `yaml:"unit"`      // share, rate, ratio, count, hours, days; points are differences of shares, as fractions of one
	Direction    string   `yaml:"direction"` // which way is better: higher, lower or neutral
	Articles     []string `yaml:"articles"`
	Source       string   `yaml:"source"` // case-events, registers (what units report of themselves), proxy (what only stands for it) or catalogue
	CannotSee    Text     `yaml:"cannot_see"`
	MinimumN     int      `yaml:"minimum_n"` // below it there is no value
	Measure      Measure  `yaml:"measure"`
	Signal       *Signal  `yaml:"signal"` // of a cause: from where on it speaks for it
}

// A Signal is the threshold beyond which a value speaks for a cause. It is a
// parameter of the project, never the law. Exactly one of the two is set.
type Signal struct {
	Above *float64 `yaml:"above"`
	Below *float64 `yaml:"below"`
}

// Threshold is the value beyond which there is a signal, and whether that is above
// it.
func (s *Signal) Threshold() (at float64, above bool) {
	if s.Above != nil {
		return *s.Above, true
	}
	return *s.Below, false
}

// A Measure says how an indicator is counted: one base, and for the bases that
// tell successes from failures at most one reading of them. The forms are
// closed; what they look at is data.
type Measure struct {
	// InCases leaves out all cases without one of these events.
	InCases Matches `yaml:"in_cases"`
	// AllOnTime leaves out cases in which a duty of the law was not met in time.
	AllOnTime bool `yaml:"all_on_time"`

	// Bases that tell successes from failures. Duties are named by id; "*" are
	// all with a number in the law.
	OnTime source.Strings `yaml:"on_time"` // obligations done in time, of those due
	Missed source.Strings `yaml:"missed"`  // obligations never done, of those due
	Share  *Share         `yaml:"share"`

	// Early counts, of obligations done in time, those done before their clock began.
	Early source.Strings `yaml:"early"`
	// Overdue is the share of obligations undone that are overdue; with OlderThanDays
	// the share of those overdue that have been for longer.
	Overdue       source.Strings `yaml:"overdue"`
	OlderThanDays int            `yaml:"older_than_days"`
	// AtRisk counts only obligations whose risk at their start was one of these.
	AtRisk source.Strings `yaml:"at_risk"`

	// Bases that are numbers by themselves.
	Ratio      *Ratio      `yaml:"ratio"`
	Latest     *Latest     `yaml:"latest"`
	Count      *CountPer   `yaml:"count"`
	Wait       *Wait       `yaml:"wait"`
	LimitRatio *LimitRatio `yaml:"limit_to_wait"`
	InForce    *InForce    `yaml:"in_force"`
	Coverage   *Coverage   `yaml:"coverage"`
	Mismatch   *Mismatch   `yaml:"mismatch"`
	DutyShare  *DutyShare  `yaml:"duty_share"`

	// Readings.
	Gap       *Gap   `yaml:"gap"`
	Units     *Units `yaml:"units"`
	After     *After `yaml:"after"`
	Shock     *Shock `yaml:"shock"`
	Dips      *Dips  `yaml:"dips"`
	Slope     *Slope `yaml:"slope"`
	Explained bool   `yaml:"explained_by_region"` // share of variance between regions, beyond chance
	Load      bool   `yaml:"load"`                // days on which more fell due than is done on nine of ten
}

// OfObligations reports whether the measure counts obligations themselves.
func (m *Measure) OfObligations() bool {
	return len(m.OnTime)+len(m.Missed)+len(m.Early)+len(m.Overdue) > 0 || m.LimitRatio != nil
}

// Instances of a share that are not a field.
const (
	PerEvent = "event" // every event by itself
	PerCase  = "case"  // one instance a case
)

// A Share is the share of instances that begin with an event Of and in which an
// event With follows, at or after it (or, per event, is the event itself).
type Share struct {
	Of  Matches        `yaml:"of"`
	Per source.Strings `yaml:"per"` // event (the default), case, or fields that name an instance
	// With must be there: one of them, or all.
	With Matches `yaml:"with"`
	All  bool    `yaml:"all"`
	// Without must not be there.
	Without Matches `yaml:"without"`
	// Before: With and Without look only at what comes before one of these.
	Before Matches `yaml:"before"`
	// Stated leaves out events that are silent on one of these fields; without
	// it silence is no.
	Stated source.Strings `yaml:"stated"`
	// Within bounds how long With and Without look ahead. Only instances for
	// which that time has passed count, by the instant at which it passed.
	Within *Span `yaml:"within"`
	// Linked counts as With also events of other subjects.
	Linked *Link `yaml:"linked"`
}

// A Link joins an instance to events of other subjects, which name it in a
// field: by the case's id, the event's id, or the value of one of its fields.
type Link struct {
	Key   string  `yaml:"key"` // case, id, or a field of the event Of
	By    Matches `yaml:"by"`
	Field string  `yaml:"field"`
}

// A Span is a length of time.
type Span struct {
	Hours  int `yaml:"hours"`
	Days   int `yaml:"days"`
	Months int `yaml:"months"`
}

// From is the end of the span that begins at t.
func (s *Span) From(t time.Time) time.Time {
	return t.AddDate(0, s.Months, s.Days).Add(time.Duration(s.Hours) * time.Hour)
}

// A Ratio divides what some events say by what others say. An event counts as
// one where no field is named, else as the field's number.
type Ratio struct {
	Numerator   Quantity `yaml:"numerator"`
	Denominator Quantity `yaml:"denominator"`
	// Per attributes both to the first denominator event of an instance, so that
	// they belong to one time; without it each counts when it happens.
	Per source.Strings `yaml:"per"`
}

// A Quantity is a number of events, or the sum of a field of theirs.
type Quantity struct {
	Of     Matches `yaml:"of"`
	Field  string  `yaml:"field"`
	Silent float64 `yaml:"silent"` // what an event without the field counts as
}

// A Latest divides two fields of the latest report of each unit, summed over
// units. Flags count as one or zero. Reports that lack a field are left out.
type Latest struct {
	Report      Matches `yaml:"report"`
	Numerator   string  `yaml:"numerator"`
	Minus       string  `yaml:"minus"`       // taken off the numerator
	Denominator string  `yaml:"denominator"` // "" counts units
}

// A CountPer counts events in each instance, over instances with at least one.
type CountPer struct {
	Of       Matches        `yaml:"of"`
	Per      source.Strings `yaml:"per"`
	Quantile float64        `yaml:"quantile"`  // in place of the mean
	MoreThan int            `yaml:"more_than"` // in place of the mean: share of instances above
}

// A Wait is the time between two events of an instance: a quantile of the curve
// in which instances that still wait are censored, and competing ends are ends
// of their own.
type Wait struct {
	From      Matches        `yaml:"from"`
	To        Matches        `yaml:"to"`
	Per       source.Strings `yaml:"per"`
	Competing Matches        `yaml:"competing"`
	Quantile  float64        `yaml:"quantile"`
}

// Rounded is a duration in the steps of the clock that a wait is counted by: the
// nearest minute within a month, the nearest hour beyond. It bounds how many there
// are.
func (*Wait) Rounded(d time.Duration) time.Duration {
	if d < 30*24*time.Hour {
		return d.Round(time.Minute)
	}
	return d.Round(time.Hour)
}

// A LimitRatio divides the limit of duties by the time that it takes: one over
// the quantile of durations, each measured in its own limit. Below one, the time
// taken exceeds the limit.
type LimitRatio struct {
	Duties   source.Strings `yaml:"duties"`
	Quantile float64        `yaml:"quantile"`
}

// Rounded is a duration in its limit to the thousandth up to ten limits and to
// the tenth beyond; a thousand is the end of the scale.
func (*LimitRatio) Rounded(limits float64) float64 {
	switch {
	case limits < 10:
		return math.Round(limits*1000) / 1000
	case limits < 1000:
		return math.Round(limits*10) / 10
	}
	return 1000
}

// An InForce looks at instances that stand at some time in a window, from an
// event Of to an event Until: the share with an event With in the window or,
// with a span, how many events With there are in each span of standing.
type InForce struct {
	Of    Matches        `yaml:"of"`
	Per   source.Strings `yaml:"per"`
	Until Matches        `yaml:"until"`
	With  Matches        `yaml:"with"`
	Days  int            `yaml:"rate_per_days"` // 0 for the share
}

// A Coverage is the share of places of a level with an event Of (of all places,
// where none is given) that also have an event By, by the window's end.
type Coverage struct {
	Level   string  `yaml:"level"` // department, province or district
	Of      Matches `yaml:"of"`
	By      Matches `yaml:"by"`
	Missing bool    `yaml:"missing"` // the share without one
}

// Digits is the length of the codes of the level, 0 for an unknown one.
func (c *Coverage) Digits() int {
	return map[string]int{"department": 2, "province": 4, "district": 6}[c.Level]
}

// A Mismatch is the share of cases in which events that state the same field
// differ on it, of the cases in which two or more state one.
type Mismatch struct {
	Of     Matches        `yaml:"of"`
	Fields source.Strings `yaml:"fields"`
}

// A DutyShare is the share of duties in force that have regimes of some kinds
// only. It is about the catalogue; no event plays a part.
type DutyShare struct {
	Kinds []Kind `yaml:"kinds"`
	Of    []Kind `yaml:"of"`
}

// A Gap is the share of one group less that of another. Groups are told apart
// by events of the case, by an attribute of the place (1 and 0), or by the hour
// at which the clock started.
type Gap struct {
	Group   Matches `yaml:"group"`
	Against Matches `yaml:"against"` // everyone else, where none is given
	Places  string  `yaml:"places"`
	Hours   *Hours  `yaml:"hours"`
}

// ByCase reports whether events of the case tell the groups apart.
func (g *Gap) ByCase() bool { return g.Places == "" && g.Hours == nil }

// Hours are the office hours of a calendar's business days; what starts in them
// is the group, what starts at other times the other.
type Hours struct {
	Calendar string `yaml:"calendar"`
	From     int    `yaml:"from"`
	To       int    `yaml:"to"`
}

// Units compares the institutions that answer for the outcomes by their shares.
type Units struct {
	Stat    string         `yaml:"stat"`     // spread (the standard deviation of their true shares, beyond chance) or best (the best tenth)
	AtLeast int            `yaml:"at_least"` // outcomes that a unit must have to be compared
	Kinds   source.Strings `yaml:"kinds"`    // only institutions of these kinds
}

// The statistics of Units.
const (
	StatSpread = "spread"
	StatBest   = "best"
)

// After is the share of institutions after a mark that names them as subject
// less their share before it.
type After struct {
	Mark Matches `yaml:"mark"`
}

// Shock is the share on days of a declared shock, in its place, less the share
// on all other days.
type Shock struct {
	Declared Matches `yaml:"declared"`
	Until    string  `yaml:"until"` // field with the shock's last instant
}

// Dips is the share of institutions whose share falls by Drop or more from one
// week to the next, in the week in which most do.
type Dips struct {
	AtLeast int     `yaml:"at_least"` // outcomes in each of the two weeks
	Drop    float64 `yaml:"drop"`
}

// Slope is by how many hours the time taken rises with an attribute of the
// place, for each Per of it.
type Slope struct {
	Attribute string  `yaml:"attribute"`
	Per       float64 `yaml:"per"`
}

// Matches is a list of descriptions of events.
type Matches []Match

// Pattern is the list as a pattern of which any suffices.
func (m Matches) Pattern() Pattern { return Pattern{Matches: m} }

// Bases names the ways of counting that are given.
func (m *Measure) Bases() []string {
	var out []string
	for _, base := range []struct {
		name  string
		given bool
	}{
		{"on_time", len(m.OnTime) > 0},
		{"missed", len(m.Missed) > 0},
		{"early", len(m.Early) > 0},
		{"overdue", len(m.Overdue) > 0},
		{"share", m.Share != nil},
		{"ratio", m.Ratio != nil},
		{"latest", m.Latest != nil},
		{"count", m.Count != nil},
		{"wait", m.Wait != nil},
		{"limit_to_wait", m.LimitRatio != nil},
		{"in_force", m.InForce != nil},
		{"coverage", m.Coverage != nil},
		{"mismatch", m.Mismatch != nil},
		{"duty_share", m.DutyShare != nil},
	} {
		if base.given {
			out = append(out, base.name)
		}
	}
	return out
}

// Form names the way of counting.
func (m *Measure) Form() string {
	if readings := m.Readings(); len(readings) > 0 {
		return readings[0]
	}
	if bases := m.Bases(); len(bases) > 0 {
		return bases[0]
	}
	return ""
}

// Readings names the readings that are given.
func (m *Measure) Readings() []string {
	var out []string
	for _, reading := range []struct {
		name  string
		given bool
	}{
		{"gap", m.Gap != nil},
		{"units", m.Units != nil},
		{"after", m.After != nil},
		{"shock", m.Shock != nil},
		{"dips", m.Dips != nil},
		{"slope", m.Slope != nil},
		{"explained_by_region", m.Explained},
		{"load", m.Load},
	} {
		if reading.given {
			out = append(out, reading.name)
		}
	}
	return out
}

// LinkByID is the Key of links that name an event by its id.
const LinkByID = "id"

// AllDuties in a list of duties stands for all with a number in the law.
const AllDuties = "*"
