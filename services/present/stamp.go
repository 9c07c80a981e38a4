package present

import (
	"strings"
	"time"
	"unicode/utf8"

	"amparo/schemas/law"
)

// What kind of data numbers come from.
const (
	RecordedData  = "recorded"
	SyntheticData = "synthetic"
	MixedData     = "mixed"
)

// A Stamp is what stands beside every number: as of when, under which law, from
// which part of it, until when its sources have reported, and whether they are
// made up. What does not apply is empty, and is not shown.
type Stamp struct {
	AsOf          time.Time
	KnownAt       time.Time // only what was recorded by then was used
	Catalogue     string
	Other         string // the catalogue that it is compared with
	LowConfidence string // what was done with regimes of low confidence
	Reported      Reported
	Data          string // RecordedData, SyntheticData or MixedData
	Grouping      string
	Window        string
}

// Reported says between which instants sources have reported at all.
type Reported struct {
	From, Until time.Time
	// Asked is set where the store was asked, so that an empty store is told from
	// an answer that does not depend on one.
	Asked bool
}

// A Coverage says how far the time of a number was reported.
type Coverage string

// The coverages.
const (
	Covered   Coverage = ""          // reported up to its end, or nearly
	PartCover Coverage = "partly"    // part of its end was not: shown with a mark
	NoCover   Coverage = "withheld"  // too much of it was not: not shown
	NoReports Coverage = "no-report" // nothing was ever reported
)

// Sources that are quiet for less than reportingLag are up to date: a weekly
// delivery is no silence. A number of which less than LeastReported of the time was
// reported is withheld, since whatever fell due in the rest reads as missed.
const (
	reportingLag  = 8 * 24 * time.Hour
	LeastReported = 0.75
)

// Part is which part of the time from one instant to another lies before the sources
// fell silent. A zero from stands for the first report. Sources that were quiet for
// less than a delivery takes have reported all of it.
func (r Reported) Part(from, to time.Time) float64 {
	if !r.Asked {
		return 1
	}
	if from.IsZero() || from.Before(r.From) {
		from = r.From
	}
	silent, whole := to.Sub(r.Until), to.Sub(from)
	switch {
	case r.Until.IsZero():
		return 0
	case silent <= reportingLag:
		return 1
	case silent >= whole:
		return 0
	}
	return 1 - float64(silent)/float64(whole)
}

// Cover says how far the time from one instant to another was reported.
func (r Reported) Cover(from, to time.Time) Coverage {
	switch part := r.Part(from, to); {
	case r.Asked && r.Until.IsZero():
		return NoReports
	case part < LeastReported:
		return NoCover
	case part < 1:
		return PartCover
	}
	return Covered
}

// Now says whether what stands at an instant is known: where sources are silent for
// longer than a delivery takes, what counts as open may long be done.
func (r Reported) Now(at time.Time) Coverage { return r.Cover(at.Add(-reportingLag), at) }

// Withheld reports whether a number over such a time is not told.
func (c Coverage) Withheld() bool { return c == NoCover || c == NoReports }

// Text says a coverage to a reader.
func (c Coverage) Text() law.Text {
	return map[Coverage]law.Text{
		PartCover: {ES: "parte de este tiempo no fue informada", EN: "part of this time was not reported"},
		NoCover:   {ES: "no se da: este tiempo no fue informado", EN: "withheld: this time was not reported"},
		NoReports: {ES: "nada fue informado", EN: "nothing was reported"},
	}[c]
}

// Say says until when sources have reported, and what follows from it for a number
// about a time.
func (r Reported) Say(c Coverage, zone *time.Location) law.Text {
	switch c {
	case NoReports:
		return Say("Nada fue informado: un cero aquí no dice nada del cumplimiento.",
			"Nothing was reported: a zero here says nothing about compliance.")
	case Covered:
		return law.Text{}
	}
	until := Instant(r.Until, zone)
	if c == NoCover {
		return Say("Las fuentes informaron hasta el "+until+". Lo que venció después figura como incumplido sin que se sepa: las tasas no se dan. Para verlas, pregunte con --as-of por un momento anterior.",
			"Sources reported until "+until+". What fell due later counts as missed though nobody knows: rates are withheld. To see them, ask with --as-of about an earlier instant.")
	}
	return Say("Las fuentes informaron hasta el "+until+". Lo que venció después figura como incumplido sin que se sepa.",
		"Sources reported until "+until+". What fell due later counts as missed though nobody knows.")
}

// Instant is an instant as people write it: day, month, year and a clock of 24
// hours, in a zone; seconds only where there are any.
func Instant(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return nothing
	}
	t = t.In(zone)
	if t.Second() != 0 {
		return t.Format("02/01/2006 15:04:05")
	}
	return t.Format("02/01/2006 15:04")
}

// Day is a civil day as people write it.
func Day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return nothing
	}
	return t.In(zone).Format("02/01/2006")
}

// entry is one entry of a stamp.
type entry struct {
	column Column
	cell   Cell
}

// entries lists what applies.
func (s *Stamp) entries() []entry {
	var out []entry
	add := func(applies bool, column Column, cell Cell) {
		if applies {
			out = append(out, entry{column, cell})
		}
	}
	add(s.Window != "", Col("window", "ventana", "window"), Coded(s.Window, Word("window", s.Window)))
	add(s.Grouping != "", Col("grouping", "agrupación", "grouping"), Text(s.Grouping))
	add(!s.AsOf.IsZero(), Col("as_of", "al", "as of"), At(s.AsOf))
	add(!s.KnownAt.IsZero(), Col("known_at", "con lo registrado hasta", "known at"), At(s.KnownAt))
	add(s.Catalogue != "", Col("catalogue", "catálogo", "catalogue"), Text(s.Catalogue))
	add(s.Other != "", Col("other_catalogue", "comparado con", "compared with"), Text(s.Other))
	add(s.LowConfidence != "", Col("low_confidence", "confianza baja", "low confidence"), Coded(s.LowConfidence, Word("low", s.LowConfidence)))
	add(s.Reported.Asked, Col("reported_until", "informado hasta", "reported until"), At(s.Reported.Until))
	add(s.Data != "", Col("data", "datos", "data"), Coded(s.Data, Word("data", s.Data)))
	return out
}

// Line is the stamp in one line for people.
func (s *Stamp) Line(lang string, zone *time.Location) string {
	return stampLine(s.entries(), lang, zone)
}

func stampLine(entries []entry, lang string, zone *time.Location) string {
	var parts []string
	for _, e := range entries {
		parts = append(parts, e.column.Title.In(lang)+" "+e.cell.read(lang, zone))
	}
	line := strings.Join(parts, " · ")
	first, size := utf8.DecodeRuneInString(line)
	if size == 0 {
		return ""
	}
	return strings.ToUpper(string(first)) + line[size:]
}

// StampColumns are all the columns that a stamp can have.
func StampColumns() []Column {
	full := Stamp{
		AsOf: time.Unix(0, 0), KnownAt: time.Unix(0, 0), Catalogue: "-", Other: "-", LowConfidence: "-", Reported: Reported{Asked: true}, Data: "-", Grouping: "-", Window: "-",
	}
	var out []Column
	for _, e := range full.entries() {
		out = append(out, e.column)
	}
	return out
}
