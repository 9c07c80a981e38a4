package questions

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"amparo/pipeline/comparison"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/present"
)

func in(lang, es, en string) string { return present.Say(es, en).In(lang) }

func comparisonColumns() []present.Column {
	return []present.Column{
		present.Col("topic", "asunto", "topic"), present.Col("kind", "clase", "kind"), present.Col("confidence", "confianza", "confidence"),
		present.Col("a", "A", "A"), present.Col("b", "B", "B"),
		present.Col("on_time_a", "A en plazo", "A in time"), present.Col("due_a", "A vencidas", "A due"), present.Col("share_a", "A tasa", "A rate"),
		present.Col("not_due_a", "A no vencidas", "A not yet due"), present.Col("unclear_a", "A no determinables", "A unclear"), present.Col("void_a", "A sin efecto", "A void"),
		present.Col("on_time_b", "B en plazo", "B in time"), present.Col("due_b", "B vencidas", "B due"), present.Col("share_b", "B tasa", "B rate"),
		present.Col("not_due_b", "B no vencidas", "B not yet due"), present.Col("unclear_b", "B no determinables", "B unclear"), present.Col("void_b", "B sin efecto", "B void"),
		present.Col("crude", "diferencia sin ajustar", "crude difference"), present.Col("crude_low", "sin ajustar, de", "crude, from"), present.Col("crude_high", "sin ajustar, a", "crude, to"),
		present.Col("difference", "diferencia", "difference"), present.Col("low", "de", "from"), present.Col("high", "a", "to"),
		present.Col("family_low", "en conjunto, de", "in family, from"), present.Col("family_high", "en conjunto, a", "in family, to"),
		present.Col("margin", "margen", "margin"), present.Col("family", "comparaciones", "family"), present.Col("offices", "oficinas", "offices"),
		present.Col("phi", "dispersión", "scatter"), present.Col("verdict", "veredicto", "verdict"), present.Col("reason", "motivo", "reason"),
		present.Col("more_needed", "casos que faltan", "more needed"), present.Col("sentence", "en palabras", "in words"),
	}
}

func comparisonCells(cat *law.Catalogue, r *comparison.Report, c *comparison.Comparison) []present.Cell {
	names := groupNames(cat, r)
	cells := []present.Cell{
		present.Text(c.Topic), present.Coded(string(c.Kind), present.Word("kind", string(c.Kind))),
		present.Coded(c.Confidence, present.Word("confidence", c.Confidence)),
		present.Coded(r.Groups[0], names[0]), present.Coded(r.Groups[1], names[1]),
	}
	for _, s := range c.Sides {
		cells = append(cells, present.Int(s.Met), present.Int(s.Due()), rateCell(s.Rate, s.Due()), present.Int(s.NotDue), present.Int(s.Unclear), present.Int(s.Void))
	}
	for _, b := range []*comparison.Bounds{c.Crude, c.Difference} {
		cells = append(cells, pointCells(b)...)
	}
	more, phi := present.None, present.None
	if c.MoreNeeded > 0 {
		more = present.Int(c.MoreNeeded)
	}
	if c.Scatter.Phi != nil {
		phi = present.Real(*c.Scatter.Phi, "ratio")
	}
	return append(cells, append(pointCells(c.InFamily)[1:], present.Real(c.Terms.Margin, "points"), present.Int(c.Family),
		present.Int(c.Scatter.Offices), phi, present.Coded(string(c.Verdict), present.Word("verdict", string(c.Verdict))),
		present.Coded(string(c.Reason), present.Word("doubt", string(c.Reason))), more, present.Words(compared(cat, r, c)))...)
}

func pointCells(b *comparison.Bounds) []present.Cell {
	if b == nil {
		return []present.Cell{present.None, present.None, present.None}
	}
	return []present.Cell{present.Real(b.Estimate, "points"), present.Real(b.Low, "points"), present.Real(b.High, "points")}
}

// groupNames are the names of the two sides; a code that is no group any more is
// its own name.
func groupNames(cat *law.Catalogue, r *comparison.Report) (names [2]law.Text) {
	for i, code := range r.Groups {
		names[i] = present.Say(code, code)
		if g, err := comparison.ParseGroup(cat, r.Grouping, code); err == nil {
			names[i] = g.Name
		}
	}
	return names
}

func compared(cat *law.Catalogue, r *comparison.Report, c *comparison.Comparison) law.Text {
	return present.Comparison(groupNames(cat, r), topicTitle(cat, c.Topic), c)
}

// A toldReport is a report for programs: numbers as numbers, and each comparison in
// words as well.
type toldReport struct {
	*comparison.Report
	Comparisons []toldComparison `json:"comparisons"`
}

type toldComparison struct {
	comparison.Comparison
	Sentence string `json:"sentence"`
}

func inWords(cat *law.Catalogue, r *comparison.Report, lang string) toldReport {
	told := toldReport{r, []toldComparison{}}
	for i := range r.Comparisons {
		told.Comparisons = append(told.Comparisons, toldComparison{r.Comparisons[i], compared(cat, r, &r.Comparisons[i]).In(lang)})
	}
	return told
}

func topicTitle(cat *law.Catalogue, id string) law.Text {
	if d, ok := cat.Duty(id); ok {
		return d.Title
	}
	for i := range cat.Implications {
		if cat.Implications[i].ID == id {
			return cat.Implications[i].Title
		}
	}
	return present.Say(id, id)
}

// printReport prints a comparison for a reader: one sentence each, and under a
// single one what it rests on.
func printReport(w io.Writer, cat *law.Catalogue, st *command.Standing, r *comparison.Report, notes []law.Text, lang string) error {
	names := groupNames(cat, r)
	var b strings.Builder
	fmt.Fprintf(&b, in(lang, "%s y %s. Margen acordado: %s. Comparaciones juzgadas en conjunto: %d.\n", "%s and %s. Margin agreed: %s. Comparisons judged together: %d.\n"),
		names[0].In(lang), names[1].In(lang), marginOf(r, lang), family(r))
	b.WriteString(st.Line(lang, cat.Zone) + "\n")
	for _, n := range notes {
		fmt.Fprintln(&b, n.In(lang))
	}
	b.WriteByte('\n')
	for i := range r.Comparisons {
		fmt.Fprintln(&b, "- "+compared(cat, r, &r.Comparisons[i]).In(lang))
	}
	if len(r.Comparisons) == 1 {
		printDetails(&b, cat, &r.Comparisons[0], lang)
	}
	if r.Times != nil {
		printTimes(&b, cat, r, lang)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func marginOf(r *comparison.Report, lang string) string {
	return strings.TrimSuffix(present.Fixed(100*r.Terms.Margin, 1), ".0") + " " + present.Unit("points", lang)
}

func family(r *comparison.Report) int {
	if len(r.Comparisons) == 0 {
		return 0
	}
	return r.Comparisons[0].Family
}

func printDetails(b *strings.Builder, cat *law.Catalogue, c *comparison.Comparison, lang string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	fmt.Fprintln(t, in(lang, "riesgo\tA en plazo de vencidos\tB en plazo de vencidos\tdiferencia en puntos\tintervalo", "risk\tA in time of due\tB in time of due\tdifference in points\tinterval"))
	line := func(name string, sides [2]comparison.Share, d *comparison.Bounds) {
		value, interval := "–", "–"
		if d != nil {
			from, low, high := present.Difference(d.Estimate, d.Low, d.High)
			value, interval = from, present.Range(low, high, lang)
		}
		of := in(lang, "%s de %s", "%s of %s")
		fmt.Fprintf(t, "%s\t"+of+"\t"+of+"\t%s\t%s\n", name, present.Count(sides[0].Met), present.Count(sides[0].Due()),
			present.Count(sides[1].Met), present.Count(sides[1].Due()), value, interval)
	}
	for _, s := range c.Strata {
		line(cat.Word(s.Stratum, lang), s.Sides, s.Difference)
	}
	line(in(lang, "sin ajustar", "crude"), c.Sides, c.Crude)
	line(in(lang, "a igual riesgo", "at equal risk"), c.Sides, c.Difference)
	t.Flush() //nolint:errcheck // It writes to a builder.
	fmt.Fprintf(b, in(lang, "\nNo vencidos %s y %s, no determinables %s y %s, sin efecto %s y %s.", "\nNot yet due %s and %s, unclear %s and %s, void %s and %s."),
		present.Count(c.Sides[0].NotDue), present.Count(c.Sides[1].NotDue), present.Count(c.Sides[0].Unclear), present.Count(c.Sides[1].Unclear),
		present.Count(c.Sides[0].Void), present.Count(c.Sides[1].Void))
	if c.Scatter.Phi != nil {
		fmt.Fprintf(b, in(lang, " %d oficinas; dispersión entre ellas %s veces la del azar.", " %d offices; they scatter %s times as much as by chance."),
			c.Scatter.Offices, present.Fixed(*c.Scatter.Phi, 2))
	}
	if c.Detectable != nil {
		fmt.Fprintf(b, in(lang, " Con estos casos se vería 8 de cada 10 veces una diferencia de %s puntos.", " These cases would show a difference of %s points 8 times in 10."),
			present.Fixed(100**c.Detectable, 1))
	}
	b.WriteByte('\n')
}

func printTimes(b *strings.Builder, cat *law.Catalogue, r *comparison.Report, lang string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	fmt.Fprintln(t, in(lang, "tiempos en horas\tn\thechos\tabiertos\tsin efecto\tsin hacer al vencer\tmediana\tmedia restringida", "times in hours\tn\tdone\topen\tfell away\tundone at the limit\tmedian\trestricted mean"))
	line := func(name string, s *comparison.TimeShare) {
		median := in(lang, "no se alcanza", "not reached")
		if s.Median != nil {
			median = present.Fixed(*s.Median, 1)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", name, s.N, s.Done, s.Open, s.FellAway,
			within(s.Undone, lang, func(v float64) string { return present.Percent(v, s.N) }), median,
			within(s.RestrictedMean, lang, func(v float64) string { return present.Fixed(v, 1) }))
	}
	names := groupNames(cat, r)
	for i := range r.Times.Sides {
		line(names[i].In(lang), &r.Times.Sides[i])
	}
	for i := range r.Times.Strata {
		for side := range 2 {
			line("  "+cat.Word(r.Times.Strata[i].Stratum, lang)+" "+names[side].In(lang), &r.Times.Strata[i].Sides[side])
		}
	}
	t.Flush() //nolint:errcheck // It writes to a builder.
	if d := r.Times.MeanDifference; d != nil {
		hours := func(v float64) string { return present.Fixed(v, 1) }
		fmt.Fprintf(b, in(lang,
			"\nDiferencia de medias hasta las %s horas: %s horas. Veredicto de los tiempos: %s.\n",
			"\nDifference of means up to %s hours: %s hours. Verdict on times: %s.\n"),
			present.Fixed(r.Times.Horizon, 0), within(d, lang, hours), present.Word("verdict", string(r.Times.Verdict)).In(lang))
	}
}

func within(b *comparison.Bounds, lang string, write func(float64) string) string {
	if b == nil {
		return "–"
	}
	return write(b.Estimate) + " (" + present.Range(write(b.Low), write(b.High), lang) + ")"
}
