package present

import (
	"fmt"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/schemas/law"
)

// Comparison says a comparison in one sentence: numbers, difference with its
// interval, verdict. The names are those of its sides, the title that of what is
// compared; it may be empty.
func Comparison(names [2]law.Text, title law.Text, c *comparison.Comparison) law.Text {
	return law.Text{ES: spanish.sentence(names, title, c), EN: english.sentence(names, title, c)}
}

// phrases are the words of one language.
type phrases struct {
	lang                                        string
	share, noShare, difference, alike, crude    string
	different, smaller, equivalent, more        string
	noCases, tooFew, noStrata, opposed, tooWide string
}

var spanish = phrases{
	lang:  Spanish,
	share: "%s %s en plazo (n = %s)", noShare: "%s n = %s",
	difference: "diferencia de %s puntos (intervalo de %s: %s)",
	alike:      " entre casos de igual riesgo", crude: " sin ajustar por riesgo",
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
	lang:  English,
	share: "%s %s in time (n = %s)", noShare: "%s n = %s",
	difference: "a difference of %s points (%s interval: %s)",
	alike:      " between cases of equal risk", crude: " not adjusted for risk",
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

func (p *phrases) sentence(names [2]law.Text, title law.Text, c *comparison.Comparison) string {
	var b strings.Builder
	if text := title.In(p.lang); text != "" {
		b.WriteString(text)
		if mark := c.Mark().In(p.lang); mark != "" {
			b.WriteString(" (" + mark + ")")
		}
		b.WriteString(": ")
	}
	for i, s := range c.Sides {
		if i > 0 {
			b.WriteString(", ")
		}
		if s.Rate == nil || !Rated(s.Due()) {
			fmt.Fprintf(&b, p.noShare, names[i].In(p.lang), Count(s.Due()))
		} else {
			fmt.Fprintf(&b, p.share, names[i].In(p.lang), Rate(s.Rate.Estimate, s.Due()), Count(s.Due()))
		}
	}
	switch {
	case c.InFamily != nil:
		p.writeDifference(&b, c.InFamily, p.alike)
	case c.Difference != nil:
		p.writeDifference(&b, c.Difference, p.alike)
	case c.Crude != nil:
		p.writeDifference(&b, c.Crude, p.crude)
	}
	b.WriteString(". " + p.verdict(c) + ".")
	return b.String()
}

func (p *phrases) writeDifference(b *strings.Builder, d *comparison.Bounds, how string) {
	value, low, high := Difference(d.Estimate, d.Low, d.High)
	b.WriteString("; ")
	fmt.Fprintf(b, p.difference, value, Level(d.Level), Range(low, high, p.lang))
	b.WriteString(how)
}

func (p *phrases) verdict(c *comparison.Comparison) string {
	margin := strings.TrimSuffix(Fixed(100*c.Terms.Margin, 1), ".0")
	switch {
	case c.Verdict == comparison.Different && c.SmallButSet:
		return fmt.Sprintf(p.smaller, margin)
	case c.Verdict == comparison.Different:
		return p.different
	case c.Verdict == comparison.Equivalent:
		return fmt.Sprintf(p.equivalent, margin)
	case c.Reason == comparison.DoubtNoCases:
		return p.noCases
	case c.Reason == comparison.DoubtTooFew:
		return fmt.Sprintf(p.tooFew, MinimumFlag)
	case c.Reason == comparison.DoubtNoStrata:
		return p.noStrata
	case c.Reason == comparison.DoubtOpposed:
		return p.opposed
	}
	text := fmt.Sprintf(p.tooWide, margin)
	if c.MoreNeeded > 0 {
		text += fmt.Sprintf(p.more, Count(c.MoreNeeded))
	}
	return text
}
