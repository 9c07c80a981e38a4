// Package explain tells what became of one case, or of one unit, so that a
// lawyer can read it aloud in a hearing: what happened, which duties arose, what
// started each clock, why that limit applies, what was done and what was not.
//
// An explanation is made of facts, the law and an instant, and is written in
// Spanish and English at once; text, JSON, a page and a PDF only lay it out.
package explain

import (
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// An Explanation is all that can be said of a case at an instant. Its SHA-256
// (see Sum) names it: the same facts under the same law give the same sum.
type Explanation struct {
	Subject   string     `json:"subject"`
	Unit      bool       `json:"unit"` // of a register, and not a case
	AsOf      time.Time  `json:"as_of"`
	KnownAt   *time.Time `json:"known_at,omitempty"` // what was recorded later is left out
	Zone      string     `json:"zone"`
	Catalogue Catalogue  `json:"catalogue"`

	Title   law.Text `json:"title"`
	Instant law.Text `json:"instant"` // as of when, and in which time zone
	Law     law.Text `json:"law"`     // under which catalogue
	// Synthetic labels an explanation of which events are made up; empty where
	// none is.
	Synthetic law.Text   `json:"synthetic,omitzero"`
	Cautions  []law.Text `json:"cautions,omitempty"`
	// Summary is one paragraph: what is missed, what was late, what is open and
	// falls due next.
	Summary law.Text                  `json:"summary"`
	Counts  map[obligation.Status]int `json:"counts"` // of duties with a limit of the law

	Facts     []Fact     `json:"facts"`
	Retracted []Fact     `json:"retracted,omitempty"`
	LeftOut   []law.Text `json:"left_out,omitempty"` // facts that do not count at the instant
	Duties    []Duty     `json:"duties"`
}

// Catalogue names the law that judged.
type Catalogue struct {
	ID      string   `json:"id"`
	Version string   `json:"version"`
	Hash    string   `json:"sha256"`
	Title   law.Text `json:"title"`
}

// A Fact is one recorded event.
type Fact struct {
	Number     int       `json:"number,omitempty"` // by which duties refer to it; 0 for one that does not count
	Type       string    `json:"type"`
	Source     string    `json:"source"`
	ID         string    `json:"id"`
	Digest     string    `json:"sha256"` // of the event's canonical form
	At         time.Time `json:"at"`
	DateOnly   bool      `json:"date_only,omitempty"`
	RecordedAt time.Time `json:"recorded_at"`

	When   law.Text `json:"when"`
	Title  law.Text `json:"title"`
	Detail law.Text `json:"detail"`
	// Note says when it was recorded, where that was long after, and when and
	// why it was taken back, where it was.
	Note law.Text `json:"note"`
}

// A Duty is one obligation, told.
type Duty struct {
	Duty       string            `json:"duty"`
	Instance   string            `json:"instance"`
	Regime     string            `json:"regime"`
	Kind       law.Kind          `json:"kind"`
	Confidence string            `json:"confidence"`
	Status     obligation.Status `json:"status"`
	StartedAt  time.Time         `json:"started_at"`
	DueAt      time.Time         `json:"due_at,omitzero"`
	DoneAt     *time.Time        `json:"done_at,omitempty"`

	Title   law.Text `json:"title"`
	Verdict law.Text `json:"verdict"` // the status in words
	Lines   []Line   `json:"lines"`
}

// A Line is one thing to know about a duty.
type Line struct {
	Name  string   `json:"name"`
	Label law.Text `json:"label"`
	Text  law.Text `json:"text"`
}

// Languages are those in which every text of an explanation is written.
var Languages = []string{"es", "en"}
