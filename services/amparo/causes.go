package main

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

// causes prints, for each region and cause, how many of its signals are beyond
// their threshold and on what evidence, beside what frontline workers named.
func (p *indicatorPrinter) causes(count indicator.Count) error {
	rows, err := newRowWriter(p.w, p.Format, []string{
		"cause", "number", "region", "window", "signals_beyond", "signals_with_value", "signals", "beyond", "evidence",
		"interviews", "found_by_study", "as_of", "catalogue", "title", "reads_as", "note",
	})
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
				cause.ID, fmt.Sprint(cause.Number), region, p.Window, fmt.Sprint(len(s.beyond)), fmt.Sprint(len(s.evidence)),
				fmt.Sprint(s.all), strings.Join(s.beyond, " "), strings.Join(s.evidence, " "),
				fmt.Sprint(said(count.Observations, cause.ID, region)), yesNo(cause.Found),
			}
			cells = append(append(cells, p.stamp()...), cause.Title.In(p.Lang), cause.ReadsAs.In(p.Lang), p.caution())
			if err := rows.write(cells); err != nil {
				return err
			}
		}
	}
	if err := rows.end(); err != nil || p.Format != "table" {
		return err
	}
	_, err = fmt.Fprintf(p.w, "\n%s\n", p.caution())
	return err
}

// caution is what has to stand beside every signal.
func (p *indicatorPrinter) caution() string {
	return p.say("Una señal sugiere una causa, no la prueba; los umbrales son parámetros del proyecto.",
		"A signal suggests a cause, it does not prove it; the thresholds are project parameters.")
}

// signals are those of one cause in one region.
type signals struct {
	all              int
	beyond, evidence []string
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
		s.evidence = append(s.evidence, fmt.Sprintf("%s=%.3f%s(n=%d)", v.Indicator.ID, v.Estimate.Value, threshold(v.Indicator.Signal), v.N))
		if v.Beyond() {
			s.beyond = append(s.beyond, v.Indicator.ID)
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
