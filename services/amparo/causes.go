package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

// causes prints how strongly the signals speak for each cause in each region, and
// on what evidence, beside the study's own coding of its interviews and what
// frontline workers have observed since.
func (p *indicatorPrinter) causes(count indicator.Answer) error {
	if p.Format == "table" {
		return p.causesPage(count)
	}
	rows, err := newRowWriter(p.w, p.Format, slices.Concat([]string{
		"cause", "number", "region", "window", "strength", "signals_beyond", "signals_with_value", "signals",
		"found_by_study", "study_participants", "study_interviews", "study_observations", "observed_here", "beyond", "evidence",
	}, stampColumns(), []string{"title", "reads_as", "note"}))
	if err != nil {
		return err
	}
	for i := range p.cat.Causes {
		cause := &p.cat.Causes[i]
		for _, region := range p.regions() {
			signs := p.signs(count, cause, region)
			coded, interviewed := p.inStudy(cause, region)
			study := []string{"", "", ""}
			if interviewed > 0 {
				study = []string{strconv.Itoa(coded.Participants), strconv.Itoa(interviewed), strconv.Itoa(coded.Observations)}
			}
			var beyond, evidence []string
			for _, v := range signs.All {
				if v.Beyond() {
					beyond = append(beyond, v.Indicator.ID)
				}
				if v.Estimate.Exists {
					evidence = append(evidence, fmt.Sprintf("%s=%.3f[%s](n=%d)", v.Indicator.ID, v.Estimate.Value, threshold(v.Indicator.Signal), v.N))
				}
			}
			if err := rows.write(slices.Concat([]string{
				cause.ID, strconv.Itoa(cause.Number), region, p.Window, string(signs.Strength()), strconv.Itoa(signs.Beyond),
				strconv.Itoa(signs.WithValue), strconv.Itoa(len(signs.All)), yesNo(cause.Found),
			}, study, []string{
				strconv.Itoa(said(count.Observations, cause.ID, region)), strings.Join(beyond, " "), strings.Join(evidence, " "),
			}, p.stamp(), []string{cause.Title.In(p.Lang), cause.ReadsAs.In(p.Lang), indicator.SignalCaution.In(p.Lang)})); err != nil {
				return err
			}
		}
	}
	return rows.end()
}

// causesPage prints the same for a reader: first how strongly each cause is
// indicated in each region, then the signals of each.
func (p *indicatorPrinter) causesPage(count indicator.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, p.say("Causas posibles de la brecha entre la ley y la práctica: %s, agrupación %s, al %s, catálogo %s.\n",
		"Possible causes of the gap between the law and practice: %s, grouping %s, as of %s, catalogue %s.\n"),
		p.window(), p.Grouping, p.asOf.In(p.cat.Zone).Format("02/01/2006 15:04"), p.cat.Label())
	if p.low == indicator.LowLeftOut {
		fmt.Fprintln(&b, withoutLow.In(p.Lang))
	}
	fmt.Fprintf(&b, "%s\n\n", indicator.SignalCaution.In(p.Lang))
	p.writeStrengths(&b, count)
	for i := range p.cat.Causes {
		cause := &p.cat.Causes[i]
		fmt.Fprintf(&b, "\n%d. %s. %s\n", cause.Number, strings.ToUpper(cause.Title.In(p.Lang)), cause.ReadsAs.In(p.Lang))
		p.writeSignals(&b, count, cause)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", p.say(
		"* más allá de su umbral, con todo su intervalo. – sin valor: datos insuficientes. n: lo que se contó.",
		"* beyond its threshold, with its whole interval. – no value: too few data. n: what was counted."),
		indicator.StrengthRule.In(p.Lang))
	_, err := fmt.Fprint(p.w, b.String())
	return err
}

// writeStrengths prints one line a cause: the sign in each region, the study's
// coding and what was observed here.
func (p *indicatorPrinter) writeStrengths(b *strings.Builder, count indicator.Answer) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	head := []string{p.say("Indicio de la causa", "Sign of the cause")}
	for _, region := range p.regions() {
		head = append(head, p.region(region))
	}
	head = append(head, p.say("Entrevistas del estudio que la nombran", "Interviews of the study that name it"), p.say("Observada aquí", "Observed here"))
	fmt.Fprintln(t, strings.Join(head, "\t"))
	for i := range p.cat.Causes {
		cause := &p.cat.Causes[i]
		line := []string{fmt.Sprintf("%d. %s", cause.Number, cause.Title.In(p.Lang))}
		var study, here []string
		for _, region := range p.regions() {
			signs := p.signs(count, cause, region)
			line = append(line, fmt.Sprintf(p.say("%s (%d de %d)", "%s (%d of %d)"), signs.Strength().Title().In(p.Lang), signs.Beyond, signs.WithValue))
			if coded, interviewed := p.inStudy(cause, region); interviewed > 0 {
				study = append(study, fmt.Sprintf(p.say("%s %d de %d", "%s %d of %d"), p.region(region), coded.Participants, interviewed))
			}
			if n := said(count.Observations, cause.ID, region); n > 0 {
				here = append(here, fmt.Sprintf("%s %d", p.region(region), n))
			}
		}
		found := p.say(map[bool]string{true: "sí", false: "no"}[cause.Found], yesNo(cause.Found))
		line = append(line, found+": "+strings.Join(study, ", "), strings.Join(here, ", "))
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	t.Flush() //nolint:errcheck,gosec // It writes to a builder.
}

// writeSignals prints one line a signal: its threshold and its value in each
// region.
func (p *indicatorPrinter) writeSignals(b *strings.Builder, count indicator.Answer, cause *law.Cause) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	var columns [][]*indicator.Value
	head := []string{p.say("   señal", "   signal"), p.say("umbral", "threshold")}
	for _, region := range p.regions() {
		columns = append(columns, p.signs(count, cause, region).All)
		head = append(head, p.region(region))
	}
	fmt.Fprintln(t, strings.Join(head, "\t"))
	if len(columns) == 0 {
		return
	}
	for i, first := range columns[0] {
		ind := first.Indicator
		at, above := ind.Signal.Threshold()
		line := []string{"   " + ind.Title.In(p.Lang), beyondSign(above) + " " + p.amount(at, ind.Unit)}
		for _, values := range columns {
			line = append(line, p.value(values[i]))
		}
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	t.Flush() //nolint:errcheck,gosec // It writes to a builder.
}

// value is a value with what it was counted from, marked where it is beyond its
// threshold.
func (p *indicatorPrinter) value(v *indicator.Value) string {
	if !v.Estimate.Exists {
		return "–"
	}
	mark := ""
	if v.Beyond() {
		mark = "*"
	}
	return fmt.Sprintf("%s%s (n=%d)", p.amount(v.Estimate.Value, v.Indicator.Unit), mark, v.N)
}

// amount is a number in its unit, with as many decimals as a reader can use.
func (p *indicatorPrinter) amount(f float64, unit string) string {
	switch unit {
	case "share":
		return plain(100*f) + " %"
	case "points":
		return plain(100*f) + p.say(" puntos", " points")
	case "hours":
		return plain(f) + " h"
	case "days":
		return plain(f) + p.say(" días", " days")
	}
	return plain(f)
}

func plain(f float64) string {
	decimals := 1
	switch size := math.Abs(f); {
	case size >= 100 || f == math.Trunc(f):
		decimals = 0
	case size < 1:
		decimals = 2
	}
	return strconv.FormatFloat(f, 'f', decimals, 64)
}

// window says in words what the window covers.
func (p *indicatorPrinter) window() string {
	return map[indicator.Window]law.Text{
		indicator.Month: {ES: "último mes cerrado", EN: "last closed month"},
		indicator.Year:  {ES: "últimos doce meses", EN: "last twelve months"},
		indicator.All:   {ES: "todo lo registrado", EN: "all that is recorded"},
	}[indicator.Window(p.Window)].In(p.Lang)
}

// regions are those asked for, the nation first.
func (p *indicatorPrinter) regions() []string {
	return slices.DeleteFunc(append([]string{indicator.Nation}, p.cat.Places.Regions(p.Grouping)...),
		func(region string) bool { return !among(p.Region, region) })
}

// region is the name of a region, or of the nation.
func (p *indicatorPrinter) region(code string) string {
	if code == indicator.Nation {
		return p.say("Nacional", "National")
	}
	return p.cat.Word(code, p.Lang)
}

// signs are the signals of a cause in a region.
func (p *indicatorPrinter) signs(count indicator.Answer, cause *law.Cause, region string) indicator.Signs {
	return indicator.SignsOf(count.Values, cause.ID, region, indicator.Window(p.Window))
}

// inStudy is how the study coded a cause in a region, or in all for the nation.
func (p *indicatorPrinter) inStudy(cause *law.Cause, region string) (coded law.Coding, interviewed int) {
	if region == indicator.Nation {
		region = ""
	}
	return p.cat.InStudy(cause, region)
}

// threshold says from where on a value is a signal.
func threshold(s *law.Signal) string {
	at, above := s.Threshold()
	return fmt.Sprintf("%s%g", beyondSign(above), at)
}

func beyondSign(above bool) string {
	if above {
		return ">"
	}
	return "<"
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
