package comparison

import (
	"fmt"
	"math"
	"strings"

	"amparo/schemas/law"
)

// sentence says a comparison in one sentence: finding, difference with its
// interval, numbers, verdict.
func sentence(names [2]law.Text, title law.Text, c *Comparison) law.Text {
	return law.Text{
		ES: spanish.sentence([2]string{names[0].In("es"), names[1].In("es")}, title.In("es"), c),
		EN: english.sentence([2]string{names[0].In("en"), names[1].In("en")}, title.In("en"), c),
	}
}

// phrases are the words of one language. Numbers are written as in Peru, which
// is as in English.
type phrases struct {
	lang                                        string
	share, noShare, difference, alike, crude    string
	different, smaller, equivalent, more        string
	noCases, tooFew, noStrata, opposed, tooWide string
	points                                      string
}

var spanish = phrases{
	lang:  "es",
	share: "%s %s %% en plazo (n = %s)", noShare: "%s n = %s",
	difference: "diferencia de %s %s (intervalo de %s %%: %s a %s)", points: "puntos",
	alike: " entre casos de igual riesgo", crude: " sin ajustar por riesgo",
	different:  "DIFERENTE",
	smaller:    "DIFERENTE, pero en menos que el margen de %s puntos",
	equivalent: "EQUIVALENTE: la diferencia es menor que el margen de %s puntos",
	noCases:    "NO SE SABE: un lado no tiene ningún caso vencido",
	tooFew:     "NO SE SABE: hacen falta al menos %d casos vencidos en cada lado",
	noStrata:   "NO SE SABE: ningún nivel de riesgo tiene casos en ambos lados",
	opposed:    "NO SE SABE: según el nivel de riesgo, la diferencia va en sentidos opuestos; véanse los estratos",
	tooWide:    "NO SE SABE: el intervalo no excluye el cero ni cabe en el margen de %s puntos",
	more:       "; harían falta unos %s casos más en el lado menor",
}

var english = phrases{
	lang:  "en",
	share: "%s %s%% in time (n = %s)", noShare: "%s n = %s",
	difference: "a difference of %s %s (%s%% interval %s to %s)", points: "points",
	alike: " between cases of equal risk", crude: " not adjusted for risk",
	different:  "DIFFERENT",
	smaller:    "DIFFERENT, but by less than the margin of %s points",
	equivalent: "EQUIVALENT: the difference is smaller than the margin of %s points",
	noCases:    "UNKNOWN: one side has no case that has fallen due",
	tooFew:     "UNKNOWN: at least %d cases that have fallen due are needed on each side",
	noStrata:   "UNKNOWN: no risk level has cases on both sides",
	opposed:    "UNKNOWN: the difference points in opposite directions at different risk levels; see the strata",
	tooWide:    "UNKNOWN: the interval neither leaves out zero nor fits in the margin of %s points",
	more:       "; about %s more cases on the smaller side would be needed",
}

func (p *phrases) sentence(names [2]string, title string, c *Comparison) string {
	var b strings.Builder
	if title != "" {
		b.WriteString(title)
		if mark := c.Mark().In(p.lang); mark != "" {
			b.WriteString(" (" + mark + ")")
		}
		b.WriteString(": ")
	}
	for i, s := range c.Sides {
		if i > 0 {
			b.WriteString(", ")
		}
		if s.Rate == nil {
			fmt.Fprintf(&b, p.noShare, names[i], thousands(s.Due()))
		} else {
			fmt.Fprintf(&b, p.share, names[i], percent(s.Rate.Estimate, s.Due()), thousands(s.Due()))
		}
	}
	if d := c.InFamily; d != nil {
		p.writeDifference(&b, d, p.alike)
	} else if c.Difference != nil {
		p.writeDifference(&b, c.Difference, p.alike)
	} else if c.Crude != nil {
		p.writeDifference(&b, c.Crude, p.crude)
	}
	b.WriteString(". " + p.verdict(c) + ".")
	return b.String()
}

func (p *phrases) writeDifference(b *strings.Builder, d *Bounds, how string) {
	b.WriteString("; ")
	fmt.Fprintf(b, p.difference, points(d.Estimate), p.points, level(d.Level), points(d.Low), points(d.High))
	b.WriteString(how)
}

func (p *phrases) verdict(c *Comparison) string {
	margin := strings.TrimSuffix(fmt.Sprintf("%.1f", 100*c.Terms.Margin), ".0")
	switch {
	case c.Verdict == Different && c.SmallButSet:
		return fmt.Sprintf(p.smaller, margin)
	case c.Verdict == Different:
		return p.different
	case c.Verdict == Equivalent:
		return fmt.Sprintf(p.equivalent, margin)
	case c.Reason == DoubtNoCases:
		return p.noCases
	case c.Reason == DoubtTooFew:
		return fmt.Sprintf(p.tooFew, MinimumFlag)
	case c.Reason == DoubtNoStrata:
		return p.noStrata
	case c.Reason == DoubtOpposed:
		return p.opposed
	}
	text := fmt.Sprintf(p.tooWide, margin)
	if c.MoreNeeded > 0 {
		text += fmt.Sprintf(p.more, thousands(c.MoreNeeded))
	}
	return text
}

// percent gives a decimal only where there are cases enough to carry it.
func percent(share float64, n int64) string {
	if n >= 1000 {
		return fmt.Sprintf("%.1f", 100*share)
	}
	return fmt.Sprintf("%.0f", 100*share)
}

// points is a difference in percentage points, always with its sign.
func points(share float64) string {
	v := math.Round(1000*share) / 10
	if v == 0 {
		return "0.0"
	}
	return strings.Replace(fmt.Sprintf("%+.1f", v), "-", "−", 1)
}

// level is a confidence as a percentage: 95, 99.7.
func level(share float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", 100*share), "0"), ".")
}

// thousands groups the digits of a count.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
