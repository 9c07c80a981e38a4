package main

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

// causes prints, for each region and cause, how many of its signals are beyond
// their threshold and on what evidence, beside what frontline workers named. The
// table leaves out what does not fit beside each other.
func (p *indicatorPrinter) causes(count indicator.Count) error {
	columns := []string{
		"cause", "number", "region", "window", "signals_beyond", "signals_with_value", "signals", "interviews", "found_by_study", "beyond",
	}
	table := p.Format == "table"
	if !table {
		columns = append(columns, "evidence")
		columns = append(append(columns, stampColumns()...), "title", "reads_as", "note")
	}
	rows, err := newRowWriter(p.w, p.Format, columns)
	if err != nil {
		return err
	}
	for _, cause := range p.cat.Causes {
		for _, region := range append([]string{indicator.Nation}, p.cat.Places.Regions(p.Grouping)...) {
			if !among(p.Region, region) {
				continue
			}
			s := p.signals(count.Values, cause.ID, region)
			cells := []string{
				cause.ID, fmt.Sprint(cause.Number), region, p.Window, fmt.Sprint(len(s.beyond)), fmt.Sprint(len(s.evidence)), fmt.Sprint(s.all),
				fmt.Sprint(said(count.Observations, cause.ID, region)), yesNo(cause.Found), strings.Join(s.beyond, " "),
			}
			if !table {
				cells = append(append(append(cells, strings.Join(s.evidence, " ")), p.stamp()...),
					cause.Title.In(p.Lang), cause.ReadsAs.In(p.Lang), signalCaution.In(p.Lang))
			} else if len(s.beyond) > 0 {
				cells[len(cells)-1] = strings.Join(s.beyondWith, " ")
			}
			if err := rows.write(cells); err != nil {
				return err
			}
		}
	}
	if err := rows.end(); err != nil || !table {
		return err
	}
	_, err = fmt.Fprintf(p.w, "\n%s\n", signalCaution.In(p.Lang))
	return err
}

// signalCaution is what has to stand beside every signal.
var signalCaution = law.Text{
	ES: "Una señal sugiere una causa, no la prueba; los umbrales son parámetros del proyecto.",
	EN: "A signal suggests a cause, it does not prove it; the thresholds are project parameters.",
}

// signals are those of one cause in one region.
type signals struct {
	all        int
	beyond     []string // ids
	beyondWith []string // the same with value, threshold and n
	evidence   []string // all that have a value
}

func (p *indicatorPrinter) signals(values []indicator.Value, cause, region string) signals {
	var s signals
	for i := range values {
		v := &values[i]
		if v.Region != region || string(v.Window) != p.Window || !slices.Contains(v.Indicator.Causes, cause) {
			continue
		}
		s.all++
		if !v.Estimate.Exists {
			continue
		}
		shown := fmt.Sprintf("%s=%.3f%s(n=%d)", v.Indicator.ID, v.Estimate.Value, threshold(v.Indicator.Signal), v.N)
		s.evidence = append(s.evidence, shown)
		if v.Beyond() {
			s.beyond, s.beyondWith = append(s.beyond, v.Indicator.ID), append(s.beyondWith, shown)
		}
	}
	return s
}

// threshold says from where on a value is a signal.
func threshold(s *law.Signal) string {
	if s.Above != nil {
		return fmt.Sprintf("[>%g]", *s.Above)
	}
	return fmt.Sprintf("[<%g]", *s.Below)
}

// said is how often frontline workers named a code in a region.
func said(list []indicator.Observation, code, region string) int {
	n := 0
	for _, o := range list {
		if o.Code == code && o.Region == region {
			n += o.Count
		}
	}
	return n
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
