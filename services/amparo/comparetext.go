package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// number prints a number that may not exist.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return decimal(*v)
}

func estimateOf(b *comparison.Bounds) string {
	if b == nil {
		return ""
	}
	return decimal(b.Estimate)
}

func limitsOf(b *comparison.Bounds) (low, high string) {
	if b == nil {
		return "", ""
	}
	return decimal(b.Low), decimal(b.High)
}

// comparisonRecord prints a comparison as a row.
func comparisonRecord(r *comparison.Report, c *comparison.Comparison, lang string) []string {
	cells := []string{c.Topic, string(c.Kind), c.Confidence, r.Groups[0], r.Groups[1]}
	for _, s := range c.Sides {
		cells = append(cells, fmt.Sprint(s.Met), fmt.Sprint(s.Due()), estimateOf(s.Rate),
			fmt.Sprint(s.NotDue), fmt.Sprint(s.Unclear), fmt.Sprint(s.Void))
	}
	for _, b := range []*comparison.Bounds{c.Crude, c.Difference} {
		low, high := limitsOf(b)
		cells = append(cells, estimateOf(b), low, high)
	}
	low, high := limitsOf(c.InFamily)
	more := ""
	if c.MoreNeeded > 0 {
		more = fmt.Sprint(c.MoreNeeded)
	}
	return append(cells, low, high, decimal(c.Terms.Margin), fmt.Sprint(c.Family), fmt.Sprint(c.Scatter.Offices), number(c.Scatter.Phi),
		string(c.Verdict), string(c.Reason), more, c.Sentence.In(lang), string(r.Window), instant(r.AsOf), r.Catalogue, r.LowConfidence)
}

// in picks the words of a language.
func in(lang, es, en string) string {
	if lang == "en" {
		return en
	}
	return es
}

// printReport prints a comparison for a reader: one sentence each, and under a
// single one what it rests on.
func printReport(w io.Writer, r *comparison.Report, lang string) error {
	var b strings.Builder
	fmt.Fprintf(&b, in(lang,
		"%s y %s, agrupación %s, ventana %s, al %s. Margen acordado: %.3g puntos. Comparaciones juzgadas en conjunto: %d.\n\n",
		"%s and %s, grouping %s, window %s, as of %s. Margin agreed: %.3g points. Comparisons judged together: %d.\n\n"),
		r.Groups[0], r.Groups[1], r.Grouping, r.Window, instant(r.AsOf), 100*r.Terms.Margin, family(r))
	if r.LowConfidence == indicator.LowLeftOut {
		fmt.Fprintln(&b, withoutLow.In(lang)+"\n")
	}
	for i := range r.Comparisons {
		c := &r.Comparisons[i]
		fmt.Fprintln(&b, "- "+c.Sentence.In(lang))
	}
	if len(r.Comparisons) == 1 {
		printDetails(&b, &r.Comparisons[0], lang)
	}
	if r.Times != nil {
		printTimes(&b, r, lang)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// withoutLow says that numbers are without regimes of low confidence.
var withoutLow = law.Text{ES: "Sin los regímenes de confianza baja.", EN: "Without regimes of low confidence."}

func family(r *comparison.Report) int {
	if len(r.Comparisons) == 0 {
		return 0
	}
	return r.Comparisons[0].Family
}

func printDetails(b *strings.Builder, c *comparison.Comparison, lang string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	fmt.Fprintln(t, in(lang, "riesgo\tA en plazo/vencidos\tB en plazo/vencidos\tdiferencia\tde\ta", "risk\tA in time/due\tB in time/due\tdifference\tfrom\tto"))
	line := func(name string, sides [2]comparison.Share, d *comparison.Bounds) {
		low, high := limitsOf(d)
		fmt.Fprintf(t, "%s\t%d/%d\t%d/%d\t%s\t%s\t%s\n", name, sides[0].Met, sides[0].Due(), sides[1].Met, sides[1].Due(), estimateOf(d), low, high)
	}
	for _, s := range c.Strata {
		line(s.Stratum, s.Sides, s.Difference)
	}
	line(in(lang, "sin ajustar", "crude"), c.Sides, c.Crude)
	line(in(lang, "a igual riesgo", "at equal risk"), c.Sides, c.Difference)
	t.Flush() //nolint:errcheck,gosec // It writes to a builder.
	fmt.Fprintf(b, in(lang, "\nNo vencidos %d y %d, no determinables %d y %d, sin efecto %d y %d.", "\nNot yet due %d and %d, unclear %d and %d, void %d and %d."),
		c.Sides[0].NotDue, c.Sides[1].NotDue, c.Sides[0].Unclear, c.Sides[1].Unclear, c.Sides[0].Void, c.Sides[1].Void)
	if c.Scatter.Phi != nil {
		fmt.Fprintf(b, in(lang, " %d oficinas; dispersión entre ellas %.2f veces la del azar.", " %d offices; they scatter %.2f times as much as by chance."), c.Scatter.Offices, *c.Scatter.Phi)
	}
	if c.Detectable != nil {
		fmt.Fprintf(b, in(lang, " Con estos casos se vería 8 de cada 10 veces una diferencia de %.1f puntos.", " These cases would show a difference of %.1f points 8 times in 10."), 100**c.Detectable)
	}
	b.WriteByte('\n')
}

func printTimes(b *strings.Builder, r *comparison.Report, lang string) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t)
	fmt.Fprintln(t, in(lang, "tiempos (horas)\tn\thechos\tabiertos\tsin efecto\tsin hacer al vencer\tmediana\tmedia restringida", "times (hours)\tn\tdone\topen\tfell away\tundone at the limit\tmedian\trestricted mean"))
	line := func(name string, s *comparison.TimeShare) {
		median := in(lang, "no se alcanza", "not reached")
		if s.Median != nil {
			median = fmt.Sprintf("%.1f", *s.Median)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", name, s.N, s.Done, s.Open, s.FellAway, span(s.Undone, 3), median, span(s.RestrictedMean, 1))
	}
	for i := range r.Times.Sides {
		line(r.Groups[i], &r.Times.Sides[i])
	}
	for i := range r.Times.Strata {
		for side := range 2 {
			line("  "+r.Times.Strata[i].Stratum+" "+r.Groups[side], &r.Times.Strata[i].Sides[side])
		}
	}
	t.Flush() //nolint:errcheck,gosec // It writes to a builder.
	if d := r.Times.MeanDifference; d != nil {
		fmt.Fprintf(b, in(lang,
			"\nDiferencia de medias hasta las %.0f horas: %.1f (%.1f a %.1f) horas. Veredicto de los tiempos: %s.\n",
			"\nDifference of means up to %.0f hours: %.1f (%.1f to %.1f) hours. Verdict on times: %s.\n"),
			r.Times.Horizon, d.Estimate, d.Low, d.High, r.Times.Verdict)
	}
}

func span(b *comparison.Bounds, digits int) string {
	if b == nil {
		return "–"
	}
	return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, b.Estimate, digits, b.Low, digits, b.High)
}
