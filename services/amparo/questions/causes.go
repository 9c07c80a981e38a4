package questions

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"amparo/pipeline/indicator"
	"amparo/pipeline/signals"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/present"
)

// causes prints how strongly the signals speak for each cause in each region, and
// on what evidence, beside the study's own coding of its interviews and what
// frontline workers have observed since.
func (p *indicatorPrinter) causes(count indicator.Answer) error {
	if p.Format == present.Table {
		return p.To(p.streams, func(w io.Writer) error { return p.causesPage(w, count) })
	}
	columns := causeColumns()
	return p.print(columns, func(out *present.Printer) error {
		for i := range p.cat.Causes {
			for _, region := range p.regions() {
				if err := out.Row(p.causeCells(count, &p.cat.Causes[i], region)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (p *indicatorPrinter) causeCells(count indicator.Answer, cause *law.Cause, region string) []present.Cell {
	signs := p.signs(count, cause, region)
	coded, interviewed := p.inStudy(cause, region)
	study := []present.Cell{present.None, present.None, present.None}
	if interviewed > 0 {
		study = []present.Cell{present.Int(coded.Participants), present.Int(interviewed), present.Int(coded.Observations)}
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
	strength := signs.Strength()
	return slices.Concat([]present.Cell{
		present.Text(cause.ID), present.Int(cause.Number), placeCell(p.cat, region), present.Coded(p.Window, present.Word("window", p.Window)),
		present.Coded(string(strength), strength.Title()), present.Int(signs.Beyond), present.Int(signs.WithValue), present.Int(len(signs.All)),
		present.Coded(command.YesNo(cause.Found).EN, command.YesNo(cause.Found)),
	}, study, []present.Cell{
		present.Int(said(count.Observations, cause.ID, region)), present.Texts(beyond), present.Texts(evidence), p.until(region),
		present.Words(cause.Title), present.Words(cause.ReadsAs), present.Words(signals.SignalCaution),
	})
}

// causesPage prints the same for a reader: first how strongly each cause is
// indicated in each region, then the signals of each.
func (p *indicatorPrinter) causesPage(w io.Writer, count indicator.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", p.say("Causas posibles de la brecha entre la ley y la práctica.", "Possible causes of the gap between the law and practice."),
		p.st.Line(p.Lang, p.cat.Zone))
	from, to := present.WindowSpan(p.cat, p.st.AsOf, indicator.Window(p.Window))
	for _, text := range p.st.Warn(p.cat.Zone, from, to) {
		fmt.Fprintln(&b, text.In(p.Lang))
	}
	fmt.Fprintf(&b, "%s\n\n", signals.SignalCaution.In(p.Lang))
	p.writeStrengths(&b, count)
	for i := range p.cat.Causes {
		cause := &p.cat.Causes[i]
		fmt.Fprintf(&b, "\n%d. %s. %s\n", cause.Number, strings.ToUpper(cause.Title.In(p.Lang)), cause.ReadsAs.In(p.Lang))
		p.writeSignals(&b, count, cause)
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", p.say(
		"* más allá de su umbral, con todo su intervalo. – sin valor: datos insuficientes. n: lo que se contó.",
		"* beyond its threshold, with its whole interval. – no value: too few data. n: what was counted."),
		signals.StrengthRule.In(p.Lang))
	_, err := fmt.Fprint(w, b.String())
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
		found := command.YesNo(cause.Found).In(p.Lang)
		line = append(line, found+": "+strings.Join(study, ", "), strings.Join(here, ", "))
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	t.Flush() //nolint:errcheck // It writes to a builder.
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
		line := []string{"   " + ind.Title.In(p.Lang), beyondSign(above) + " " + present.Threshold(at, ind.Unit, 0, p.Lang)}
		for _, values := range columns {
			line = append(line, p.value(values[i]))
		}
		fmt.Fprintln(t, strings.Join(line, "\t"))
	}
	t.Flush() //nolint:errcheck // It writes to a builder.
}

// value is a value with what it was counted from, marked where it is beyond its
// threshold.
func (p *indicatorPrinter) value(v *indicator.Value) string {
	c := p.cover(v.Region)
	if c.Withheld() {
		return "–"
	}
	mark := ""
	if v.Beyond() {
		mark = "*"
	}
	switch {
	case v.Reason == indicator.NotReached && v.Low.Exists:
		return fmt.Sprintf(p.say("más de %s%s (n = %s)", "more than %s%s (n = %s)"), present.Threshold(v.Low.Value, v.Indicator.Unit, v.N, p.Lang), mark, present.Count(v.N))
	case !v.Estimate.Exists:
		return "–"
	case !v.Judgeable():
		return fmt.Sprintf(p.say("%s, sin intervalo (n = %s)", "%s, no interval (n = %s)"), present.Threshold(v.Estimate.Value, v.Indicator.Unit, v.N, p.Lang), present.Count(v.N))
	}
	return fmt.Sprintf("%s%s (n = %s)", present.Threshold(v.Estimate.Value, v.Indicator.Unit, v.N, p.Lang), mark, present.Count(v.N))
}

// regions are those asked for, the nation first.
func (p *indicatorPrinter) regions() []string {
	return slices.DeleteFunc(append([]string{indicator.Nation}, p.cat.Places.Regions(p.Grouping)...),
		func(region string) bool { return !command.Among(p.Region, region) })
}

func (p *indicatorPrinter) region(code string) string { return present.Place(p.cat, code).In(p.Lang) }

func (p *indicatorPrinter) signs(count indicator.Answer, cause *law.Cause, region string) signals.Signs {
	return signals.SignsOf(count.Values, cause.ID, region, indicator.Window(p.Window))
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

func said(list []indicator.Observation, code, region string) int {
	n := 0
	for _, o := range list {
		if o.Code == code && o.Region == region {
			n += o.Count
		}
	}
	return n
}

func causeColumns() []present.Column {
	return []present.Column{
		present.Col("cause", "causa", "cause"), present.Col("number", "número", "number"), present.Col("region", "lugar", "place"),
		present.Col("window", "ventana", "window"), present.Col("strength", "indicio", "sign"), present.Col("signals_beyond", "señales más allá", "signals beyond"),
		present.Col("signals_with_value", "señales con valor", "signals with a value"), present.Col("signals", "señales", "signals"),
		present.Col("found_by_study", "el estudio la encontró", "found by the study"), present.Col("study_participants", "entrevistas que la nombran", "interviews that name it"),
		present.Col("study_interviews", "entrevistas", "interviews"), present.Col("study_observations", "menciones del estudio", "mentions in the study"),
		present.Col("observed_here", "observada aquí", "observed here"), present.Col("beyond", "cuáles están más allá", "which are beyond"),
		present.Col("evidence", "evidencia", "evidence"), untilColumn, present.Col("title", "título", "title"), present.Col("reads_as", "se lee como", "reads as"),
		present.Col("note", "nota", "note"),
	}
}
