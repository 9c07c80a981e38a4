package queue

import (
	"time"

	"amparo/schemas/law"
	"amparo/services/access"
)

// A Reason is why an alert needs nothing more for now. Reasons are codes: a text would
// sooner or later hold a name.
type Reason string

// The reasons.
const (
	Contacted   Reason = "contacted"
	EnteredLate Reason = "entered-late"
	WrongRecord Reason = "wrong-record"
	PassedOn    Reason = "passed-on"
	NoCapacity  Reason = "no-capacity"
	OutOfReach  Reason = "out-of-reach"
	SystemDown  Reason = "system-down"
)

// Reasons are all reasons.
func Reasons() []Reason {
	return []Reason{Contacted, EnteredLate, WrongRecord, PassedOn, NoCapacity, OutOfReach, SystemDown}
}

// Title is a reason for people.
func (r Reason) Title() law.Text {
	return map[Reason]law.Text{
		Contacted:   {ES: "se avisó a la institución y respondió", EN: "the institution was told and has answered"},
		EnteredLate: {ES: "ya se cumplió; falta registrarlo", EN: "done already; not yet recorded"},
		WrongRecord: {ES: "el registro tiene un error; se pidió corregirlo", EN: "the record is wrong; a correction was asked for"},
		PassedOn:    {ES: "pasó al órgano de control o al superior", EN: "passed on to the control body or the superior"},
		NoCapacity:  {ES: "la institución no tiene personal o medios", EN: "the institution lacks staff or means"},
		OutOfReach:  {ES: "no se puede llegar al lugar (clima, vía, conflicto)", EN: "the place cannot be reached (weather, road, conflict)"},
		SystemDown:  {ES: "el sistema que envía está caído", EN: "the system that sends is down"},
	}[r]
}

// An Act is one thing that was done about an alert.
type Act struct {
	At   time.Time
	Who  string // "" for what came about by itself
	Role access.Role
	Did  access.Deed
	ID   string // of the alert
	Detail
}

// A Detail is what an act's row in the log says beside who and when: the alert as it was
// seen, and what the act says.
type Detail struct {
	Alert
	To     string    `json:"to,omitempty"`
	Reason Reason    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// A Handling is all that was done about an alert from when it began to stand until it
// ended.
type Handling struct {
	Alert        // as the last act saw it
	Acts  []Act  // the oldest first
	Owner string // who has it, "" for nobody

	Acknowledged, Muted *Act // the last of each, nil where there is none in force
	Ended               time.Time
}

// add takes one more act into account.
func (h *Handling) add(a *Act) {
	h.Acts = append(h.Acts, *a)
	if a.Kind != "" {
		h.Alert = a.Alert
		h.ID = a.ID
	}
	switch a.Did {
	case access.AlertTaken:
		h.Owner = a.Who
	case access.AlertHandedOver:
		h.Owner = a.To
	case access.AlertAcknowledged:
		h.Acknowledged = a
		if h.Owner == "" {
			h.Owner = a.Who
		}
	case access.AlertMuted:
		h.Muted = a
		if h.Owner == "" {
			h.Owner = a.Who
		}
	case access.AlertUnmuted:
		h.Muted = nil
	case access.AlertEnded:
		h.Ended = a.At
	}
}

// Waited is how long the alert stood before anyone did anything about it; it is not known of
// what has no beginning.
func (h *Handling) Waited() (time.Duration, bool) {
	if len(h.Acts) == 0 || h.Acts[0].Since.IsZero() {
		return 0, false
	}
	return max(0, h.Acts[0].At.Sub(h.Acts[0].Since)), true
}

// A State is where an alert stands.
type State string

// The states, what waits for somebody first.
const (
	Open         State = "open"
	Again        State = "again" // acknowledged, but there is more since
	Taken        State = "taken"
	Acknowledged State = "acknowledged"
	Muted        State = "muted"
)

// States are all states.
func States() []State { return []State{Open, Again, Taken, Acknowledged, Muted} }

// Title is a state for people.
func (s State) Title() law.Text {
	return map[State]law.Text{
		Open:         {ES: "nadie se ha hecho cargo", EN: "nobody has taken it up"},
		Again:        {ES: "atendida, pero hay más desde entonces", EN: "acknowledged, but there is more since"},
		Taken:        {ES: "alguien se hizo cargo", EN: "taken up"},
		Acknowledged: {ES: "atendida", EN: "acknowledged"},
		Muted:        {ES: "en silencio", EN: "muted"},
	}[s]
}

// StateOf is where an alert stands at an instant, with what was done about it, nil for
// nothing.
func StateOf(a *Alert, h *Handling, now time.Time) State {
	switch {
	case h == nil:
		return Open
	case h.Muted != nil && now.Before(h.Muted.Until):
		return Muted
	case h.Acknowledged != nil && a.Through.After(h.Acknowledged.Through):
		return Again
	case h.Acknowledged != nil:
		return Acknowledged
	case h.Owner != "":
		return Taken
	}
	return Open
}
