package dashboard

import (
	"fmt"
	"math"
	"slices"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// newTimeliness shows how long a duty takes: the share done by each hour or day, with
// what is still open counted for as long as it has been open.
func (p *pages) newTimeliness(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Cuánto tarda cada deber", "How long each duty takes")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	d := p.chosenDuty(f, s)
	if d == nil {
		v.Lead = []string{f.T("Este catálogo no tiene deberes con plazo.", "This catalogue has no duty with a limit.")}
		return v
	}
	sec := page.Section{
		ID: "curve", Title: d.Title.In(f.Lang), Text: []string{f.T("De lo que venció en los últimos doce meses o aún no vence. Contado al ", "Of what fell due in the last twelve months or has yet to. Counted as of ") + page.LocalTime(p.cat, b.AsOf)},
		Form: &page.Form{Path: page.TimelinessPath, Label: f.T("Deber", "Duty"), Fields: []page.Field{p.countedDutyField(f, s, d.ID)}},
		Notes: []string{
			f.T("Kaplan-Meier con banda de 95 %: lo que sigue abierto cuenta por el tiempo que lleva abierto, de modo que lo más lento no desaparece. Lo que quedó sin efecto se retira en ese momento. Donde quedan menos de diez en observación la curva termina.",
				"Kaplan-Meier with a 95 % band: what is still open counts for as long as it has been open, so that the slowest does not vanish. What fell away leaves at that moment. Where fewer than ten are still watched the curve ends."),
		},
		Links: []page.Link{{Text: f.T("Definición y lugares", "Definition and places"), Address: f.Link(page.NumberPath, "duty", d.ID)}},
	}
	places := s.Places()
	longest, enough := 0.0, false
	for _, region := range places {
		if c := b.Curve(d.ID, region); c != nil && present.Rated(c.N) {
			longest, enough = max(longest, c.Longest), true
		}
	}
	if !enough {
		sec.Text = append(sec.Text, f.T("Hay menos de diez obligaciones: no se muestra una curva.", "There are fewer than ten obligations: no curve is shown."))
		v.Sections = []page.Section{sec}
		return v
	}
	ax := axisFor(2.5*longest, f)
	sec.Figures = []page.Figure{p.curveFigure(f, b, d, places, ax)}
	sec.Table = p.curveSummary(f, b, d, places)
	v.Sections = []page.Section{sec, p.atRisk(f, b, d, places, ax)}
	return v
}

// chosenDuty is the duty that a page asks for, else the duty of cases with the most
// that fell due.
func (p *pages) chosenDuty(f page.Frame, s *snapshot.Snapshot) *law.Duty {
	if d, ok := p.cat.Duty(f.Query.Get("duty")); ok {
		return d
	}
	var most *law.Duty
	var n int64
	for _, d := range s.Duties {
		o := s.OnTime[snapshot.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: indicator.Year}]
		better := most == nil || d.IsCaseInstance() && (o.Due > n || !most.IsCaseInstance())
		if better {
			most, n = d, o.Due
		}
	}
	return most
}

// countedDutyField offers the duties that count, by implication.
func (p *pages) countedDutyField(f page.Frame, s *snapshot.Snapshot, selected string) page.Field {
	var pairs []string
	for _, d := range page.ByImplication(p.cat, s.Duties) {
		pairs = append(pairs, d.ID, d.Title.In(f.Lang))
	}
	return page.Field{Name: "duty", Label: f.T("Deber", "Duty"), Options: page.Options(selected, pairs...)}
}

// A timeAxis is how far a chart of times reaches, in hours, and its marks.
type timeAxis struct {
	max   float64
	title string
	marks []chart.Tick
}

// axisFor gives an axis that reaches at least so many hours, in hours or days.
func axisFor(hours float64, f page.Frame) timeAxis {
	unit, title := 1.0, f.T("horas desde el inicio", "hours since the start")
	if hours > 96 {
		unit, title = 24, f.T("días desde el inicio", "days since the start")
	}
	step := 1.0
	for _, s := range []float64{1, 2, 6, 12, 24, 30, 60, 90, 180, 360} {
		step = s
		if hours/unit/s <= 7 {
			break
		}
	}
	ax := timeAxis{title: title}
	for at := 0.0; at <= math.Ceil(hours/unit/step)*step; at += step {
		ax.marks = append(ax.marks, chart.Tick{At: at * unit, Label: present.Count(int64(at))})
		ax.max = at * unit
	}
	return ax
}

func (p *pages) curveFigure(f page.Frame, b *desk.Board, d *law.Duty, places []string, ax timeAxis) page.Figure {
	title := d.Title.In(f.Lang)
	nation := b.Curve(d.ID, indicator.Nation)
	finding := title
	if nation != nil {
		if median := nation.Median(); median.Time.Exists {
			finding = fmt.Sprintf(f.T("%s: la mitad se cumple en %s", "%s: half are done within %s"), title, spanWords(median.Time.Value, f))
		} else {
			finding = fmt.Sprintf(f.T("%s: menos de la mitad llega a cumplirse en el tiempo observado", "%s: fewer than half are done in the time observed"), title)
		}
	}
	c := chart.StepChart{Label: finding, XTitle: ax.title, XMax: ax.max, Ticks: ax.marks, Rules: p.deadlineRules(f, d, nation, ax)}
	for i, region := range places {
		if curve := b.Curve(d.ID, region); curve != nil && present.Rated(curve.N) {
			c.Series = append(c.Series, seriesOf(curve, page.RegionName(p.cat, region, f.Lang), chart.Class(i-1), ax.max))
		}
	}
	return page.Figure{Title: finding, SVG: c.Draw()}
}

// seriesOf is the share done over time: one less the curve of what is undone.
func seriesOf(c *desk.Curve, name, class string, until float64) chart.Series {
	out := chart.Series{Name: name, Class: class, Steps: []chart.Step{{}}}
	for _, point := range c.Points {
		if point.Time > until || !present.Rated(point.AtRisk) {
			break
		}
		e := c.At(point.Time)
		step := chart.Step{X: point.Time, Y: 1 - point.Survival, Low: 1 - point.Survival, High: 1 - point.Survival}
		if e.Low.Exists && e.High.Exists {
			step.Low, step.High = 1-e.High.Value, 1-e.Low.Value
		}
		out.Steps = append(out.Steps, step)
	}
	out.Last = until
	for hours := until; hours > 0 && !present.Rated(c.AtRisk(hours)); hours -= until / 200 {
		out.Last = hours
	}
	return out
}

// deadlineRules are the limits that the law sets to clocks that start today; where none
// is by the clock, from where to where the deadlines lay.
func (p *pages) deadlineRules(f page.Frame, d *law.Duty, nation *desk.Curve, ax timeAxis) []chart.Rule {
	var rules []chart.Rule
	for _, r := range p.inForce(d) {
		hours := r.Limit.Duration().Hours()
		if !r.Limit.ByClock() || hours > ax.max || slices.ContainsFunc(rules, func(o chart.Rule) bool { return o.At == hours }) {
			continue
		}
		rules = append(rules, chart.Rule{At: hours, Label: p.cat.Describe(&r.Limit, f.Lang)})
	}
	if len(rules) == 0 && nation != nil && nation.Longest > 0 {
		rules = append(rules, chart.Rule{At: min(nation.Longest, ax.max), Label: f.T("plazo más largo", "longest limit")})
		if nation.Shortest < 0.9*nation.Longest {
			rules = append(rules, chart.Rule{At: nation.Shortest, Label: f.T("más corto", "shortest")})
		}
	}
	return rules
}

// inForce are the regimes of a duty for what starts today.
func (p *pages) inForce(d *law.Duty) []*law.Regime {
	today := p.cat.DateOf(p.cfg.Now())
	var out []*law.Regime
	for _, r := range d.Regimes {
		if r.InForce(today) && r.Kind != law.Right {
			out = append(out, r)
		}
	}
	return out
}

func (p *pages) curveSummary(f page.Frame, b *desk.Board, d *law.Duty, places []string) *page.Table {
	t := &page.Table{Name: f.T("Resumen por región", "Summary by region"), Head: []string{
		f.T("Lugar", "Place"), f.T("Mediana", "Median"), f.T("Nueve de cada diez", "Nine in ten"), f.T("Cumplidas", "Done"), f.T("Aún abiertas", "Still open"), f.T("Sin efecto", "Fell away"),
	}}
	for _, region := range places {
		c := b.Curve(d.ID, region)
		head := page.Entry{Value: page.RegionName(p.cat, region, f.Lang)}
		if c == nil {
			t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: []page.Entry{{Value: "–"}, {Value: "–"}, page.Counted(0), page.Counted(0), page.Counted(0)}})
			continue
		}
		cells := []page.Entry{{Value: "–"}, {Value: "–"}, page.Counted(c.Done), page.Counted(c.Open), page.Counted(c.FellAway)}
		if present.Rated(c.N) {
			cells[0] = quantileEntry(c.Median(), c.N, f)
			if nine, err := c.Quantile(0.9); err == nil {
				cells[1] = quantileEntry(nine, c.N, f)
			}
		}
		t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: cells})
	}
	return t
}

func quantileEntry(q statistics.Quantile, n int64, f page.Frame) page.Entry {
	e := page.Entry{Value: f.T("no se alcanza", "not reached"), N: "n = " + present.Count(n)}
	if q.Time.Exists {
		e.Value = spanWords(q.Time.Value, f)
	}
	if q.Low.Exists && q.High.Exists {
		e.Range = present.Range(spanWords(q.Low.Value, f), spanWords(q.High.Value, f), f.Lang)
	}
	return e
}

// spanWords says hours as people do.
func spanWords(hours float64, f page.Frame) string {
	if hours > 96 {
		return present.Threshold(hours/24, "days", 0, f.Lang)
	}
	return present.Threshold(hours, "hours", 0, f.Lang)
}

// atRisk is the table under the curves: how many were still undone and watched, and
// the share done by then.
func (p *pages) atRisk(f page.Frame, b *desk.Board, d *law.Duty, places []string, ax timeAxis) page.Section {
	sec := page.Section{ID: "risk", Title: f.T("Cuántas quedaban en observación", "How many were still watched")}
	t := &page.Table{Name: sec.Title + ", " + ax.title, Head: []string{f.T("Lugar", "Place")}}
	for _, mark := range ax.marks {
		t.Head = append(t.Head, mark.Label)
	}
	for _, region := range places {
		row := page.TableRow{Head: page.Entry{Value: page.RegionName(p.cat, region, f.Lang)}}
		c := b.Curve(d.ID, region)
		for _, mark := range ax.marks {
			row.Cells = append(row.Cells, riskEntry(c, mark.At, f))
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	sec.Notes = []string{f.T("Debajo de cada número, la parte cumplida hasta entonces. Con menos de diez no se da.", "Below each number, the share done by then. With fewer than ten none is given.")}
	return sec
}

func riskEntry(c *desk.Curve, hours float64, f page.Frame) page.Entry {
	if c == nil {
		return page.Entry{Value: "–"}
	}
	n := c.AtRisk(hours)
	if !present.Rated(n) {
		return page.Entry{Value: "<10"}
	}
	e := page.Counted(n)
	if at := c.At(hours); at.Survival.Exists {
		e.Range = present.Percent(1-at.Survival.Value, c.N) + f.T(" cumplidas", " done")
	}
	return e
}
