package law

import "slices"

// Mixed is the kind of a number that rests on limits of several kinds; no regime
// has it.
const Mixed Kind = "mixed"

// LowConfidence is the confidence of a regime that nobody has verified.
const LowConfidence = "low"

// A Basis is what a number rests on: the kind of its limits, and the lowest
// confidence among their regimes. It is empty where no duty plays a part.
type Basis struct {
	Kind       Kind   `json:"kind,omitempty"`
	Confidence string `json:"confidence,omitempty"`
}

// Add makes the number rest on another basis as well.
func (b *Basis) Add(other Basis) {
	if b.Kind == "" {
		*b = other
	}
	if other.Kind == "" {
		return
	}
	if b.Kind != other.Kind {
		b.Kind = Mixed
	}
	rank := []string{LowConfidence, "medium", "high"}
	if slices.Index(rank, other.Confidence) < slices.Index(rank, b.Confidence) {
		b.Confidence = other.Confidence
	}
}

// Mark is what has to stand beside a number that does not rest on verified limits
// of the law alone; it is empty for one that does.
func (b Basis) Mark() Text {
	var kind Text
	if b.Kind != Law {
		kind = b.Kind.Title()
	}
	low := Text{ES: "confianza baja", EN: "low confidence"}
	switch {
	case b.Confidence != LowConfidence:
		return kind
	case kind.ES == "":
		return low
	}
	return Text{ES: kind.ES + "; " + low.ES, EN: kind.EN + "; " + low.EN}
}

// Title says a kind to a reader.
func (k Kind) Title() Text {
	return map[Kind]Text{
		Law:    {ES: "plazo legal", EN: "limit of the law"},
		Target: {ES: "meta del proyecto, no es un plazo legal", EN: "a target of the project, not a limit of the law"},
		Mixed:  {ES: "en parte meta del proyecto, no plazo legal", EN: "in part a target of the project, not a limit of the law"},
		Right:  {ES: "derecho de la parte, nadie incumple", EN: "a right of the party, no one fails"},
	}[k]
}

// Basis is that of the regime alone.
func (r *Regime) Basis() Basis { return Basis{r.Kind, r.Confidence} }

// Basis is that of all regimes of the duty.
func (d *Duty) Basis() Basis {
	var b Basis
	for _, r := range d.Regimes {
		b.Add(r.Basis())
	}
	return b
}

// DutiesOf are the ids of the duties whose obligations an indicator counts, with
// AllDuties for all that have a number in the law.
func (ind *Indicator) DutiesOf() []string {
	m := &ind.Measure
	duties := slices.Concat(m.OnTime, m.Missed, m.Early, m.Overdue)
	if m.LimitRatio != nil {
		duties = append(duties, m.LimitRatio.Duties...)
	}
	if m.AllOnTime && !slices.Contains(duties, AllDuties) {
		duties = append(duties, AllDuties)
	}
	return duties
}

// WeightOf is the kind of the limits that an indicator rests on, Mixed where they
// differ, or empty where it counts no duty.
func (c *Catalogue) WeightOf(ind *Indicator) Kind {
	var b Basis
	for _, id := range ind.DutiesOf() {
		if id == AllDuties {
			b.Add(Basis{Kind: Law})
			continue
		}
		duty, ok := c.byID[id]
		if !ok {
			continue
		}
		for _, r := range duty.Regimes {
			if r.Kind != Right { // A right that is not used fails nobody.
				b.Add(r.Basis())
			}
		}
	}
	return b.Kind
}
