package present

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// Sources are until when the sources of each place have reported, as far as a
// question goes.
type Sources struct {
	cat   *law.Catalogue
	asOf  time.Time
	spans []store.ReportedSpan
}

// NewSources reads what a store says of its sources, for a question about an
// instant.
func NewSources(cat *law.Catalogue, asOf time.Time, spans []store.ReportedSpan) *Sources {
	return &Sources{cat, asOf, spans}
}

// AsOf is the instant of the question.
func (s *Sources) AsOf() time.Time { return s.asOf }

// within is since when and until when the provinces of which a condition holds have
// reported: the last of them counts, up to the instant of the question.
func (s *Sources) within(holds func(province string) bool) Reported {
	r := Reported{Asked: true}
	for i := range s.spans {
		span := &s.spans[i]
		if !holds(span.Province) {
			continue
		}
		if r.From.IsZero() || span.First.Before(r.From) {
			r.From = span.First
		}
		if span.Until.After(r.Until) {
			r.Until = span.Until
		}
	}
	if r.Until.After(s.asOf) {
		r.Until = s.asOf
	}
	return r
}

// All is until when any source has reported.
func (s *Sources) All() Reported { return s.within(func(string) bool { return true }) }

// In is until when the sources of a place have reported: of the nation, of a region
// of a grouping, of a department or of a province.
func (s *Sources) In(grouping, place string) Reported {
	if place == indicator.Nation {
		return s.All()
	}
	return s.within(func(province string) bool {
		return strings.HasPrefix(province, place) || s.cat.Places.Region(grouping, province) == place
	})
}

// Over is how far a window of a place was reported, at an instant.
func (s *Sources) Over(grouping, place string, window indicator.Window, asOf time.Time) Coverage {
	from, to := WindowSpan(s.cat, asOf, window)
	return s.In(grouping, place).Cover(from, to)
}

// WindowSpan is the time of a window, up to an instant; all that is recorded begins
// with the zero time.
func WindowSpan(cat *law.Catalogue, asOf time.Time, window indicator.Window) (from, to time.Time) {
	spans := indicator.Windows(cat, asOf)
	switch window {
	case indicator.Month:
		return spans[0].From, spans[0].To
	case indicator.Year:
		return spans[1].From, spans[1].To
	}
	return time.Time{}, asOf
}

// Data says whether the data are recorded, made up or both; "" where there are none.
func (s *Sources) Data() string {
	var made, all uint64
	for i := range s.spans {
		made, all = made+s.spans[i].Synthetic, all+s.spans[i].Events
	}
	switch {
	case all == 0:
		return ""
	case made == 0:
		return RecordedData
	case made == all:
		return SyntheticData
	}
	return MixedData
}

// Synthetic reports whether any of the data are made up.
func (s *Sources) Synthetic() bool { return s.Data() == SyntheticData || s.Data() == MixedData }

// Unreported says that so much of the last twelve months was not reported in the whole
// country that a page tells no rate of them.
func (s *Sources) Unreported() bool {
	return s.Over("", indicator.Nation, indicator.Year, s.asOf).Withheld()
}

// Marks are the sentences that stand above numbers which are shown whatever was
// reported: until when that was, where it is not now, and who is silent. They are
// empty where all sources are up to date.
func (s *Sources) Marks() []law.Text {
	all := s.All()
	var out []law.Text
	switch {
	case all.Until.IsZero():
		out = append(out, all.Say(NoReports, s.cat.Zone))
	case s.Unreported():
		until := Instant(all.Until, s.cat.Zone)
		out = append(out, Say("Las fuentes informaron hasta el "+until+". Lo que venció después figura como incumplido sin que se sepa: las tasas no se dan.",
			"Sources reported until "+until+". What fell due later counts as missed though nobody knows: rates are withheld."))
	case s.asOf.Sub(all.Until) > reportingLag:
		out = append(out, all.Say(PartCover, s.cat.Zone))
	}
	if silent := s.Silent(); silent.ES != "" {
		out = append(out, silent)
	}
	return out
}

// mostNamed is how many silent departments a note names.
const mostNamed = 5

// Silent names the departments that once reported and are silent now, the longest
// silent first; it is empty where all sources are silent, which Reported.Say tells,
// or none.
func (s *Sources) Silent() law.Text {
	until := map[string]time.Time{}
	for i := range s.spans {
		department := s.cat.Places.Department(s.spans[i].Province)
		if until[department].Before(s.spans[i].Until) {
			until[department] = s.spans[i].Until
		}
	}
	var silent []string
	for department, t := range until {
		if s.asOf.Sub(t) > reportingLag {
			silent = append(silent, department)
		}
	}
	if len(silent) == 0 || len(silent) == len(until) {
		return law.Text{}
	}
	slices.SortFunc(silent, func(a, b string) int { return cmp.Or(until[a].Compare(until[b]), cmp.Compare(a, b)) })
	var named []string
	for _, department := range silent[:min(mostNamed, len(silent))] {
		named = append(named, s.cat.Places.Name(department)+" "+Day(until[department], s.cat.Zone))
	}
	names := strings.Join(named, ", ")
	if len(silent) > mostNamed {
		names += ", …"
	}
	return Say(
		fmt.Sprintf("%d de %d departamentos no informan desde hace más de %d días (el último dato: %s).", len(silent), len(until), days(reportingLag), names),
		fmt.Sprintf("%d of %d departments have not reported for more than %d days (last data: %s).", len(silent), len(until), days(reportingLag), names))
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
