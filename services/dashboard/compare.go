package dashboard

import (
	"fmt"
	"slices"

	"amparo/pipeline/comparison"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/present"
)

// newCompare shows how two regions differ on every implication and duty, and what may be said
// of it.
func (p *pages) newCompare(f page.Frame, s *snapshot.Snapshot) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Comparar regiones", "Compare regions")
	if v.Waiting = s == nil; v.Waiting {
		return v
	}
	var pairs []string
	for i := range s.Gaps {
		if !slices.Contains(pairs, s.Gaps[i].Pair) {
			pairs = append(pairs, s.Gaps[i].Pair)
		}
	}
	if len(pairs) == 0 {
		v.Lead = []string{f.T("Este catálogo no tiene regiones que comparar.", "This catalogue has no regions to compare.")}
		return v
	}
	pair := f.Query.Get("pair")
	if !slices.Contains(pairs, pair) {
		pair = pairs[0]
	}
	var choice []string
	for _, one := range pairs {
		choice = append(choice, one, pairName(p.cat, s, one, f.Lang))
	}
	a, b := p.sides(s, pair, f.Lang)
	v.Lead = []string{fmt.Sprintf(f.T("Contado al %s, de lo que venció en los últimos doce meses, a igual nivel de riesgo. Una comparación sin suficientes casos se llama «no se sabe», nunca «iguales».",
		"Counted as of %s, of what fell due in the last twelve months, at equal risk. A comparison without enough cases is called “unknown”, never “equal”."), page.LocalTime(p.cat, s.AsOf))}
	sec := page.Section{ID: "pair", Title: pairName(p.cat, s, pair, f.Lang), Form: &page.Form{Path: page.ComparePath, Label: f.T("Regiones", "Regions"), Fields: []page.Field{{Name: "pair", Label: f.T("Regiones", "Regions"), Options: page.Options(pair, choice...)}}}}
	sec.Figures = []page.Figure{p.gapFigure(f, s, pair, a, b)}
	v.Sections = []page.Section{sec, p.gapTable(f, s, pair, a, b), p.crudeAndAdjusted(f, s, pair)}
	return v
}

// sides are the names of the regions of a pair.
func (p *pages) sides(s *snapshot.Snapshot, pair, lang string) (a, b string) {
	for i, one := range s.Regions {
		for _, other := range s.Regions[i+1:] {
			if pair == one+"-"+other {
				return page.RegionName(p.cat, one, lang), page.RegionName(p.cat, other, lang)
			}
		}
	}
	return pair, pair
}

// topicName is the title of a duty or implication, and whether it is the latter.
func (p *pages) topicName(topic, lang string) (name string, implication bool) {
	for _, i := range p.cat.Implications {
		if i.ID == topic {
			return i.Title.In(lang), true
		}
	}
	if d, ok := p.cat.Duty(topic); ok {
		return d.Title.In(lang), false
	}
	return topic, false
}

func (p *pages) gapFigure(f page.Frame, s *snapshot.Snapshot, pair, a, b string) page.Figure {
	c := chart.IntervalChart{
		Margin: comparison.DefaultTerms().Margin,
		Less:   fmt.Sprintf(f.T("%s más en plazo", "%s more on time"), b), More: fmt.Sprintf(f.T("%s más en plazo", "%s more on time"), a),
	}
	counts := map[comparison.Verdict]int{}
	for i := range s.Gaps {
		g := &s.Gaps[i]
		name, implication := p.topicName(g.Topic, f.Lang)
		if g.Pair != pair || !implication {
			continue
		}
		counts[g.Verdict]++
		row := chart.Interval{Name: name, Note: present.Word("verdict", string(g.Verdict)).In(f.Lang), Class: string(g.Verdict)}
		if d := shownDifference(g); d != nil {
			row.Estimate, row.Low, row.High, row.Exists = d.Estimate, d.Low, d.High, true
		}
		c.Rows = append(c.Rows, row)
	}
	title := fmt.Sprintf(f.T("%s y %s: %d implicancias diferentes, %d equivalentes, %d no se sabe", "%s and %s: %d implications different, %d equivalent, %d unknown"),
		a, b, counts[comparison.Different], counts[comparison.Equivalent], counts[comparison.Unknown])
	c.Label = title
	return page.Figure{Title: title, SVG: c.Draw(), Note: f.T("Diferencia en puntos porcentuales con su intervalo; la franja gris es el margen dentro del cual una diferencia no importa.",
		"Difference in percentage points with its interval; the grey band is the margin within which a difference does not matter.")}
}

// shownDifference is the interval on which a verdict rests, else the best there is.
func shownDifference(g *comparison.Gap) *comparison.Bounds {
	switch {
	case g.InFamily != nil:
		return g.InFamily
	case g.Difference != nil:
		return g.Difference
	}
	return g.Crude
}

// inOrder are the comparisons of a pair: each implication, then its duties.
func (p *pages) inOrder(s *snapshot.Snapshot, pair string) []*comparison.Gap {
	var out []*comparison.Gap
	for _, imp := range p.cat.Implications {
		for pass := range 2 {
			for i := range s.Gaps {
				g := &s.Gaps[i]
				d, isDuty := p.cat.Duty(g.Topic)
				if g.Pair == pair && (pass == 0 && g.Topic == imp.ID || pass == 1 && isDuty && d.Implication == imp.ID) {
					out = append(out, g)
				}
			}
		}
	}
	return out
}

func (p *pages) gapTable(f page.Frame, s *snapshot.Snapshot, pair, a, b string) page.Section {
	sec := page.Section{ID: "topics", Title: f.T("Cada implicancia y deber", "Each implication and duty"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Tema", "Topic"), a, b, f.T("Diferencia", "Difference"), f.T("Veredicto", "Verdict")}}
	for _, g := range p.inOrder(s, pair) {
		name, implication := p.topicName(g.Topic, f.Lang)
		head := page.Entry{Value: name, Prose: true, Mark: g.Mark().In(f.Lang)}
		if implication {
			head.Sign = "§"
		} else {
			head.Link = f.Link(page.NumberPath, "duty", g.Topic)
		}
		row := page.TableRow{Head: head}
		for side := range g.Sides {
			row.Cells = append(row.Cells, page.ShareEntry(g.Sides[side].Met, g.Sides[side].Due(), law.Basis{}, f))
		}
		row.Cells = append(row.Cells, boundsEntry(shownDifference(g), f), page.Prose(verdictWords(g, f)))
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	sec.Text = []string{f.T("§ marca una implicancia: reúne sus deberes.", "§ marks an implication: it holds its duties together.")}
	return sec
}

func boundsEntry(d *comparison.Bounds, f page.Frame) page.Entry {
	if d == nil || f.Unreported {
		return page.Entry{Value: "–"}
	}
	value, low, high := present.Difference(d.Estimate, d.Low, d.High)
	return page.Entry{Value: value + " " + present.Unit("points", f.Lang), Range: present.Range(low, high, f.Lang), N: fmt.Sprintf(f.T("intervalo de %s", "%s interval"), present.Level(d.Level))}
}

// verdictWords is a verdict with the reason for a doubt and what would settle it.
func verdictWords(g *comparison.Gap, f page.Frame) string {
	if f.Unreported {
		return present.Word("verdict", string(comparison.Unknown)).In(f.Lang) + f.T(": no informado", ": not reported")
	}
	text := present.Word("verdict", string(g.Verdict)).In(f.Lang)
	if g.SmallButSet {
		text += f.T(", pero en menos que el margen", ", but by less than the margin")
	}
	if g.Reason != "" {
		text += ": " + present.Word("doubt", string(g.Reason)).In(f.Lang)
	}
	if g.MoreNeeded > 0 {
		text += fmt.Sprintf(f.T("; harían falta unos %s casos más en el lado menor", "; about %s more cases on the smaller side would be needed"), present.Count(g.MoreNeeded))
	}
	return text
}

// crudeAndAdjusted shows side by side what the risk mix of the regions does to each
// difference.
func (p *pages) crudeAndAdjusted(f page.Frame, s *snapshot.Snapshot, pair string) page.Section {
	sec := page.Section{ID: "adjusted", Title: f.T("Sin ajustar y a igual riesgo", "Crude and at equal risk"), Notes: []string{
		f.T("Los casos graves tienen plazos más cortos y no se reparten igual entre regiones: comparar sin ajustar puede invertir el signo.", "Severe cases have shorter limits and are not spread evenly among regions: a crude comparison can turn the sign."),
	}}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Implicancia", "Implication"), f.T("Sin ajustar", "Crude"), f.T("A igual riesgo", "At equal risk"), f.T("Oficinas", "Offices"), f.T("Dispersión entre oficinas", "Scatter of offices")}}
	for i := range s.Gaps {
		g := &s.Gaps[i]
		name, implication := p.topicName(g.Topic, f.Lang)
		if g.Pair != pair || !implication {
			continue
		}
		phi := "–"
		if g.Scatter.Phi != nil {
			phi = present.Fixed(*g.Scatter.Phi, 1)
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: name, Prose: true}, Cells: []page.Entry{
			boundsEntry(g.Crude, f), boundsEntry(g.Difference, f), page.Counted(g.Scatter.Offices), {Value: phi},
		}})
	}
	sec.Table = t
	return sec
}
