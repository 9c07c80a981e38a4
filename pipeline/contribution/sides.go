package contribution

import (
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// divided are the indicators of which an obligation may be on a side.
func divided(cat *law.Catalogue) []*law.Indicator {
	var out []*law.Indicator
	for _, ind := range cat.Indicators {
		if m := &ind.Measure; m.OfObligations() && (m.Gap != nil || len(m.InCases) > 0) {
			out = append(out, ind)
		}
	}
	return out
}

// sides says, for each obligation of a subject in turn, on which side of which
// gaps it counts: the indicator's id with + for the group and - for the other,
// each between two spaces, in the order of the catalogue. Duties of registers are on no
// side: gaps compare persons with persons. Indicators that look at
// some cases only are named with + in those.
//
// A subject has few different answers, and so has a country: they are kept beside
// the obligation as one word, and the store groups by it.
func (j *judge) sides(v *view) []string {
	if len(v.Obligations) == 0 {
		return nil
	}
	byCase := make([]Side, len(j.divided)) // where the case alone decides
	for i, ind := range j.divided {
		if m := &ind.Measure; len(m.InCases) > 0 && v.first(m.InCases) == nil {
			byCase[i] = NoSide
		} else if m.Gap == nil {
			byCase[i] = InGroup
		} else if m.Gap.ByCase() {
			byCase[i] = v.sideOfCase(m.Gap)
		}
	}
	out := make([]string, len(v.Obligations))
	for n := range v.Obligations {
		o := &v.Obligations[n]
		if o.Law.Every != "" {
			continue // Registers' duties are units', and no person's.
		}
		j.word = j.word[:0]
		for i, ind := range j.divided {
			side := byCase[i]
			if gap := ind.Measure.Gap; gap != nil && !gap.ByCase() {
				side = v.sideAt(gap, o.Place, o.StartedAt)
				if gap.Hours != nil && !startedByAnEvent(o) {
					side = NoSide
				}
			}
			switch side {
			case InGroup:
				j.word = append(append(append(j.word, ' '), ind.ID...), "+ "...)
			case Against:
				j.word = append(append(append(j.word, ' '), ind.ID...), "- "...)
			}
		}
		out[n] = j.once()
	}
	return out
}

// once is the word that was said, as it was said before.
func (j *judge) once() string {
	word, said := j.words[string(j.word)]
	if !said {
		word = string(j.word)
		j.words[word] = word
	}
	return word
}

// startedByAnEvent reports whether an event of its hour started an obligation's clock:
// later periods are born at midnight, and what is known by its day alone has no hour.
func startedByAnEvent(o *obligation.Obligation) bool {
	_, period, isPeriod := strings.Cut(o.Instance, "/")
	return (!isPeriod || period == "1") && o.Start != nil && !o.Start.ByDay()
}

// SideOf reads one indicator's side from a word of Judged.Sides.
func SideOf(sides, indicator string) Side {
	switch {
	case strings.Contains(sides, " "+indicator+"+ "):
		return InGroup
	case strings.Contains(sides, " "+indicator+"- "):
		return Against
	}
	return NoSide
}

// side is the side of an outcome that begins with an event.
func (v *view) side(g *law.Gap, place string, begins *event.Event) Side {
	if g.ByCase() {
		return v.sideOfCase(g)
	}
	return v.sideAt(g, place, begins.At)
}

// sideOfCase is the group to which the case belongs by its events.
func (v *view) sideOfCase(g *law.Gap) Side {
	switch {
	case v.first(g.Group) != nil:
		return InGroup
	case len(g.Against) == 0 || v.first(g.Against) != nil:
		return Against
	}
	return NoSide
}

// sideAt is the group to which a place, or the hour of a start, belongs.
func (v *view) sideAt(g *law.Gap, place string, started time.Time) Side {
	if g.Places != "" {
		switch belongs, ok := v.cat.Attribute(g.Places, place); {
		case !ok:
			return NoSide
		case belongs != 0:
			return InGroup
		}
		return Against
	}
	hour := started.In(v.cat.Zone).Hour()
	if v.cat.Calendars[g.Hours.Calendar].IsBusiness(v.cat.DateOf(started)) && hour >= g.Hours.From && hour < g.Hours.To {
		return InGroup
	}
	return Against
}
