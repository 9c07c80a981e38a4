// Package law holds a statute as data: duties with their regimes over time,
// calendars, places, implications, causes and indicators, and the date
// arithmetic that turns a start into a deadline.
//
// A Catalogue is read once from a folder, checked as a whole, and never
// changes. The code knows no country: every limit, article, holiday and place
// is in the folder.
package law

import (
	"slices"
	"strings"
	"time"

	"amparo/schemas/event"
)

// A FileError is an error in a file of a catalogue, with its line.
type FileError = event.FileError

// A Catalogue is a statute and what is needed to apply it.
type Catalogue struct {
	ID      string
	Version string
	Hash    string // SHA-256 of all files, hexadecimal
	Title   Text

	Zone      *time.Location
	Languages []string

	Events    *event.Schemas
	Duties    []*Duty // by id
	Calendars map[string]*Calendar
	Places    *Places

	// CaseStart is the event type whose first occurrence starts a case.
	CaseStart string
	// FirstOnly are event types of which only the first in a subject starts
	// duties.
	FirstOnly map[string]bool
	// Facts are what conditions can see, by name.
	Facts map[string]*Fact
	// VoidedBy are the events that end all duties of a scope.
	VoidedBy []Voiding
	// Retraction is the event type that takes an earlier event back, or "".
	Retraction string
	// UnitReport is the event type by which a unit of a register makes itself
	// known, with its kind in the field "kind"; or "".
	UnitReport string
	// Observation is the event type by which frontline workers say what they
	// see, with a kind and a code in the fields of those names; or "".
	Observation string

	Implications []Implication
	Causes       []Cause
	Study        Study // that looked for the causes; empty where there is none
	Indicators   []*Indicator
	Articles     []Article // named by the study, and what measures each

	Days  DayReading          // of a bare "días"
	Kinds map[string][]string // a bearer kind and those it includes
	// Distances is the term of distance by place.
	Distances map[string]time.Duration
	// Attributes are numbers about places, by name and code.
	Attributes map[string]map[string]float64
	// Shapes are the outlines of departments; nil where the catalogue has none.
	Shapes map[string]Shape
	// Words are how people read codes.
	Words map[string]Text

	byID map[string]*Duty
}

// Word is how people read a code of the catalogue: the name of a region, an
// institution kind, a field or a value. A code without a word reads as itself.
func (c *Catalogue) Word(code, lang string) string {
	if word := c.Words[code].In(lang); word != "" {
		return word
	}
	return code
}

// Reads is how people read a value of a field. Where a value means something of
// its own in one field (a child who is a victim, and a son or daughter), the
// word is that of "field.value"; implications, causes and duties read as their
// titles. It is false where the catalogue has no word for the value.
func (c *Catalogue) Reads(field, value string) (Text, bool) {
	for _, code := range []string{field + "." + value, value} {
		if word, ok := c.Words[code]; ok {
			return word, true
		}
	}
	for i := range c.Implications {
		if c.Implications[i].ID == value {
			return c.Implications[i].Title, true
		}
	}
	for i := range c.Causes {
		if c.Causes[i].ID == value {
			return c.Causes[i].Title, true
		}
	}
	if d, ok := c.byID[value]; ok {
		return d.Title, true
	}
	return Text{}, false
}

// Label names the catalogue on every row that it judged.
func (c *Catalogue) Label() string { return c.ID + "/" + c.Version + "+" + c.Hash[:12] }

// SetDuties gives the catalogue its duties, which it keeps by id.
func (c *Catalogue) SetDuties(duties []*Duty) {
	c.Duties, c.byID = duties, map[string]*Duty{}
	slices.SortFunc(c.Duties, func(a, b *Duty) int { return strings.Compare(a.ID, b.ID) })
	for _, d := range c.Duties {
		c.byID[d.ID] = d
	}
}

// Duty returns the duty with the id.
func (c *Catalogue) Duty(id string) (*Duty, bool) {
	d, ok := c.byID[id]
	return d, ok
}

// Door returns the way in for events of this catalogue.
func (c *Catalogue) Door() *event.Door {
	d := &event.Door{Schemas: c.Events, Zone: c.Zone}
	if c.Places != nil {
		d.KnownPlace = c.Places.Known
	}
	return d
}

// DateOf is the civil date of an instant in the catalogue's zone.
func (c *Catalogue) DateOf(t time.Time) Date { return DateOf(t, c.Zone) }

// Bears reports whether an institution of the kind can bear a duty of the
// bearer: it is that kind or one that the bearer includes.
func (c *Catalogue) Bears(bearer, kind string) bool {
	if bearer == kind {
		return true
	}
	return slices.Contains(c.Kinds[bearer], kind)
}

// A Text is a short text in the languages of the catalogue.
type Text struct {
	ES string `yaml:"es" json:"es"`
	EN string `yaml:"en" json:"en"`
}

// In returns the text in a language; Spanish where it has none in that one.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" || t.ES == "" {
		return t.EN
	}
	return t.ES
}

// An Implication is one of the areas of obligation that the study compared with
// practice.
type Implication struct {
	ID       string   `yaml:"id"`
	Number   int      `yaml:"number"`
	Area     string   `yaml:"area"`
	Title    Text     `yaml:"title"`
	Articles []string `yaml:"articles"`
}

// A Cause is one possible reason why implementation lags behind the law.
type Cause struct {
	ID      string `yaml:"id"`
	Number  int    `yaml:"number"`
	Title   Text   `yaml:"title"`
	ReadsAs Text   `yaml:"reads_as"`
	Found   bool   `yaml:"found_by_study"`
	// Coded is how often the study's interviews name it.
	Coded    []Coding `yaml:"coded"`
	Evidence string   `yaml:"evidence,omitempty"`
}
