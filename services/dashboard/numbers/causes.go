package numbers

import (
	"fmt"

	"amparo/pipeline/indicator"
	"amparo/pipeline/signals"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// causes is what the page of the causes shows.
type causes struct {
	page.Frame
	CountedAt string
	Caution   string
	Rule      string // how a strength is read
	Study     string
	Regions   []string
	Columns   int
	Groups    []causeGroup
}

// A causeGroup is one cause: how strongly it is indicated in each region, what the
// study found, and its signals.
type causeGroup struct {
	ID, Title, ReadsAs string
	Found              string // by the study
	Strengths          []strengthCell
	Rows               []signalRow
}

// A strengthCell is the sign of a cause in a region, and of how many signals.
type strengthCell struct {
	Word, Signals string
	Study         string // how many of the study's interviews there name the cause
}

type signalRow struct {
	indicatorRow
	Threshold string
}

func newCauses(cat *law.Catalogue, f page.Frame, s *snapshot.Snapshot) causes {
	f.Heading = f.T("Causas", "Causes")
	v := causes{Frame: f, Caution: signals.SignalCaution.In(f.Lang), Rule: signals.StrengthRule.In(f.Lang), Study: cat.Study.Title.In(f.Lang)}
	if v.Waiting = s == nil; v.Waiting {
		return v
	}
	v.CountedAt = page.LocalTime(cat, s.AsOf)
	v.Regions = page.RegionNames(cat, s, f.Lang)
	v.Columns = 1 + len(v.Regions)
	for i := range cat.Causes {
		v.Groups = append(v.Groups, newCauseGroup(cat, f, s, &cat.Causes[i]))
	}
	return v
}

func newCauseGroup(cat *law.Catalogue, f page.Frame, s *snapshot.Snapshot, cause *law.Cause) causeGroup {
	group := causeGroup{
		ID: cause.ID, Title: fmt.Sprintf("%d · %s", cause.Number, cause.Title.In(f.Lang)), ReadsAs: cause.ReadsAs.In(f.Lang),
		Found: f.T("no", "no"),
	}
	if cause.Found {
		group.Found = f.T("sí", "yes")
	}
	for _, region := range s.Places() {
		signs := signals.SignsOf(s.Indicators, cause.ID, region, indicator.Year)
		cell := strengthCell{
			Word:    signs.Strength().Title().In(f.Lang),
			Signals: fmt.Sprintf(f.T("%d de %d señales", "%d of %d signals"), signs.Beyond, signs.WithValue),
		}
		of := region
		if region == indicator.Nation {
			of = ""
		}
		if coded, interviewed := cat.InStudy(cause, of); interviewed > 0 {
			cell.Study = fmt.Sprintf(f.T("%d de %d entrevistas", "%d of %d interviews"), coded.Participants, interviewed)
		}
		group.Strengths = append(group.Strengths, cell)
	}
	for _, v := range signals.SignsOf(s.Indicators, cause.ID, indicator.Nation, indicator.Year).All {
		row := signalRow{indicatorRow: newIndicatorRow(cat, s, v.Indicator, f), Threshold: thresholdOf(v.Indicator, f)}
		for i, region := range s.Places() {
			row.Cells[i].Beyond = beyond(s.Value(v.Indicator.ID, region, indicator.Year))
		}
		group.Rows = append(group.Rows, row)
	}
	return group
}

func beyond(v *indicator.Value) bool { return v != nil && v.Beyond() }

// thresholdOf says from where on a value is a signal.
func thresholdOf(ind *law.Indicator, f page.Frame) string {
	at, above := ind.Signal.Threshold()
	words := f.T("señal por encima de %s", "a signal above %s")
	if !above {
		words = f.T("señal por debajo de %s", "a signal below %s")
	}
	return fmt.Sprintf(words, present.Threshold(at, ind.Unit, 0, f.Lang))
}
