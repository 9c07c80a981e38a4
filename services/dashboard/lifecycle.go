package dashboard

import (
	"cmp"
	"fmt"
	"slices"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// newLifecycle follows a case from step to step: how many reach each, how many are lost there, and
// how long it takes.
func (p *pages) newLifecycle(f page.Frame, b *desk.Board) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("El recorrido de un caso", "The way of a case")
	if v.Waiting = b == nil; v.Waiting {
		return v
	}
	steps := lifecycle(p.cat)
	if len(steps) == 0 {
		v.Lead = []string{f.T("Este catálogo no numera los pasos de un caso.", "This catalogue numbers no steps of a case.")}
		return v
	}
	v.Lead = []string{f.T("De lo que venció en los últimos doce meses o aún no vence. Cada paso es el deber de alguien: se cuenta desde que nace hasta que se cumple. Contado al ", "Of what fell due in the last twelve months or has yet to. Each step is somebody's duty: it is counted from when it arises until it is done. Counted as of ") + page.LocalTime(p.cat, b.AsOf)}
	sec := page.Section{ID: "steps", Title: f.T("Paso a paso", "Step by step"), Notes: []string{
		f.T("Un caso puede tener varias obligaciones en un paso (una por medida) y no todo caso llega a todos: lo que no nace no es una pérdida. «Se quedan» son las vencidas sin cumplir y las abiertas.",
			"A case may have several obligations at a step (one a measure), and not every case comes to all: what does not arise is no loss. “Stay behind” are those overdue and undone, and those open."),
		present.FewLegend.In(f.Lang),
	}}
	sec.Figures = []page.Figure{p.stepFigure(f, b, steps)}
	sec.Table = p.stepTable(f, b, steps)
	v.Sections = []page.Section{sec}
	return v
}

// lifecycle are the duties that the catalogue numbers as steps, in order.
func lifecycle(cat *law.Catalogue) []*law.Duty {
	var out []*law.Duty
	for _, d := range cat.Duties {
		if d.Step > 0 {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *law.Duty) int { return cmp.Compare(a.Step, b.Step) })
	return out
}

func (p *pages) stepFigure(f page.Frame, b *desk.Board, steps []*law.Duty) page.Figure {
	var bars []chart.Bar
	worst, least := "", 2.0
	for _, d := range steps {
		bar := chart.Bar{Name: d.Title.In(f.Lang), Text: f.T("ninguna", "none")}
		if c := b.Curve(d.ID, indicator.Nation); c != nil && present.Rated(c.N) {
			share := float64(c.Done) / float64(c.N)
			bar.Share, bar.Text = share, fmt.Sprintf(f.T("%s de %s", "%s of %s"), present.Percent(share, c.N), present.Count(c.N))
			if share < least {
				worst, least = d.Title.In(f.Lang), share
			}
		}
		bars = append(bars, bar)
	}
	title := f.T("Hay muy pocas obligaciones en cada paso", "There are too few obligations at each step")
	if worst != "" {
		title = fmt.Sprintf(f.T("Donde menos se cumple, a la fecha: %s", "Where least is done so far: %s"), worst)
	}
	return page.Figure{Title: title, SVG: chart.Bars(title, bars), Note: f.T("La barra es la parte ya cumplida, en plazo o tarde, de las que nacieron.", "The bar is the share already done, in time or late, of those that arose.")}
}

func (p *pages) stepTable(f page.Frame, b *desk.Board, steps []*law.Duty) *page.Table {
	t := &page.Table{Name: f.T("Paso a paso", "Step by step"), Head: []string{
		f.T("Paso", "Step"), f.T("Nacieron", "Arose"), f.T("Se cumplieron", "Were done"), f.T("Se quedan", "Stay behind"), f.T("Sin efecto", "Fell away"),
		f.T("En plazo, de las vencidas", "On time, of those due"), f.T("La mitad, en", "Half, within"), f.T("Nueve de cada diez, en", "Nine in ten, within"),
	}}
	for _, d := range steps {
		row := page.TableRow{Head: page.DutyEntry(f, d)}
		row.Head.Sign = fmt.Sprintf("%d.", d.Step)
		c := b.Curve(d.ID, indicator.Nation)
		whole := b.Whole(desk.Question{Duty: d.ID, Window: indicator.Year})
		if c == nil {
			row.Cells = []page.Entry{page.Counted(0), page.Counted(0), page.Counted(0), page.Counted(0), {Value: "–"}, {Value: "–"}, {Value: "–"}}
			t.Rows = append(t.Rows, row)
			continue
		}
		half, nine := page.Entry{Value: "–"}, page.Entry{Value: "–"}
		if present.Rated(c.N) {
			half = quantileEntry(c.Median(), c.N, f)
			if q, err := c.Quantile(0.9); err == nil {
				nine = quantileEntry(q, c.N, f)
			}
			half.Link = f.Link(page.TimelinessPath, "duty", d.ID)
		}
		row.Cells = []page.Entry{page.Counted(c.N), page.Counted(c.Done), page.Counted(c.Open), page.Counted(c.FellAway), page.ShareEntry(whole.Met, whole.Due(), whole.Basis, f), half, nine}
		t.Rows = append(t.Rows, row)
	}
	return t
}
