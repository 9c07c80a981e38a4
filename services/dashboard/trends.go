package dashboard

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
)

// newTrends shows one duty month by month, with the limits that chance keeps to and the
// changes of the law.
func (p *pages) newTrends(ctx context.Context, f page.Frame, s *snapshot.Snapshot, b *desk.Board) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading = f.T("Mes a mes", "Month by month")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v, nil
	}
	d := p.chosenDuty(f, s)
	if d == nil {
		v.Lead = []string{f.T("Este catálogo no tiene deberes con plazo.", "This catalogue has no duty with a limit.")}
		return v, nil
	}
	place := f.Query.Get("place")
	if !slices.Contains(p.cat.Places.Regions(p.grouping), place) && !slices.Contains(p.cat.Places.Departments(), place) {
		place = ""
	}
	report, err := p.months(ctx, b, d, place)
	if err != nil {
		return v, fmt.Errorf("chart the months of %s: %w", d.ID, err)
	}
	sec := page.Section{
		ID: "months", Title: d.Title.In(f.Lang) + " · " + page.RegionName(p.cat, placeOrNation(place), f.Lang),
		Form: &page.Form{Path: page.TrendsPath, Label: f.T("Deber y lugar", "Duty and place"), Fields: []page.Field{p.countedDutyField(f, s, d.ID), p.placeField(f, place)}},
		Notes: []string{
			f.T("Gráfico de control XmR: la franja es lo que da el azar si nada cambia. Un rombo es una señal (fuera de la franja, siete meses seguidos a un lado, u otra regla). Una línea vertical es un cambio de la ley. Los meses con menos de diez casos no tienen punto; el mes en curso no entra.",
				"XmR control chart: the band is what chance gives if nothing changes. A diamond is a signal (outside the band, seven months in a row on one side, or another rule). A vertical line is a change of the law. Months with fewer than ten cases have no point; the current month is not in it."),
			f.T("Los meses recientes pueden cambiar con lo que se registre tarde.", "Recent months may change with what is entered late."),
		},
		Links: []page.Link{{Text: f.T("Definición y lugares", "Definition and places"), Address: f.Link(page.NumberPath, "duty", d.ID)}},
	}
	sec.Figures = []page.Figure{monthFigure(f, d, report)}
	if report.Trial {
		sec.Text = []string{f.T("Hay menos de doce meses con tasa: los límites son provisionales.", "Fewer than twelve months have a rate: the limits are provisional.")}
	}
	v.Sections = []page.Section{sec}
	return v, nil
}

func placeOrNation(place string) string {
	if place == "" {
		return indicator.Nation
	}
	return place
}

// placeField offers the nation, the regions and the departments.
func (p *pages) placeField(f page.Frame, selected string) page.Field {
	pairs := []string{"", page.RegionName(p.cat, indicator.Nation, f.Lang)}
	for _, region := range p.cat.Places.Regions(p.grouping) {
		pairs = append(pairs, region, page.RegionName(p.cat, region, f.Lang))
	}
	for _, code := range p.cat.Places.Departments() {
		pairs = append(pairs, code, p.cat.Places.Name(code))
	}
	return page.Field{Name: "place", Label: f.T("Lugar", "Place"), Options: page.Options(selected, pairs...)}
}

type monthKey struct{ duty, place string }

// months charts a duty in a place, once for each board: a chart asks the store for one
// duty, and many readers look at the same.
func (p *pages) months(ctx context.Context, b *desk.Board, d *law.Duty, place string) (*comparison.MonthReport, error) {
	p.mu.Lock()
	if p.monthsOf != b {
		p.monthsOf, p.charted = b, map[monthKey]*comparison.MonthReport{}
	}
	report := p.charted[monthKey{d.ID, place}]
	p.mu.Unlock()
	if report != nil {
		return report, nil
	}
	req := comparison.Request{Grouping: p.grouping, Duties: []*law.Duty{d}, Terms: comparison.DefaultTerms(), Options: indicator.Options{Grouping: p.grouping}}
	if place != "" {
		var err error
		if req.A, err = comparison.ParseGroup(p.cat, p.grouping, place); err != nil {
			return nil, err
		}
	}
	report, err := comparison.Months(ctx, p.reader, obligation.Query{AsOf: b.AsOf}, req)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.monthsOf == b {
		p.charted[monthKey{d.ID, place}] = report
	}
	p.mu.Unlock()
	return report, nil
}

func monthFigure(f page.Frame, d *law.Duty, report *comparison.MonthReport) page.Figure {
	c := chart.ControlChart{Mean: report.Mean, Low: report.Low, High: report.High, MeanLabel: f.T("media", "mean")}
	t := &page.Table{Name: f.T("Cumplidas en plazo por mes de vencimiento", "Done in time by month of deadline"), Head: []string{
		f.T("Mes", "Month"), f.T("En plazo", "On time"), f.T("Señal", "Signal"), f.T("Cambio de la ley", "Change of the law"),
	}, None: f.T("Ningún mes tiene vencimientos.", "No month has deadlines.")}
	signals := 0
	for i, m := range report.Months {
		point := chart.Point{Label: m.Month, Signal: len(m.Signals) > 0}
		if m.Rate != nil {
			point.Value, point.Exists = m.Rate.Estimate, true
		}
		if point.Signal {
			signals++
		}
		c.Points = append(c.Points, point)
		change := ""
		if len(m.Changes) > 0 {
			change = citations(d, m.Changes)
			c.Changes = append(c.Changes, chart.Rule{At: float64(i), Label: change})
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: m.Month}, Cells: []page.Entry{
			page.ShareEntry(m.Met, m.Due(), m.Basis, f), page.Prose(signalWords(m.Signals, f)), page.Prose(change),
		}})
	}
	switch {
	case report.Mean == nil:
		c.Label = d.Title.In(f.Lang) + ": " + f.T("hay muy pocos meses con tasa para trazar límites", "too few months have a rate to draw limits")
	case signals == 0:
		c.Label = d.Title.In(f.Lang) + ": " + f.T("ningún mes se aparta de lo que da el azar", "no month departs from what chance gives")
	default:
		c.Label = fmt.Sprintf(f.T("%s: %d de %d meses se apartan de lo que da el azar", "%s: %d of %d months depart from what chance gives"), d.Title.In(f.Lang), signals, len(report.Months))
	}
	return page.Figure{Title: c.Label, SVG: c.Draw(), Table: t}
}

// citations name the norms of regimes, each once.
func citations(d *law.Duty, regimes []string) string {
	var out []string
	for _, r := range d.Regimes {
		if slices.Contains(regimes, r.ID) && !slices.Contains(out, r.Citation) {
			out = append(out, r.Citation)
		}
	}
	if len(out) == 0 {
		return ""
	}
	if len(out) > 1 {
		return out[0] + " …"
	}
	return out[0]
}

func signalWords(rules []statistics.Rule, f page.Frame) string {
	var words strings.Builder
	for i, rule := range rules {
		if i > 0 {
			words.WriteString(", ")
		}
		words.WriteString(ruleWord(rule, f))
	}
	return words.String()
}

// ruleWord says a signal of a control chart.
func ruleWord(rule statistics.Rule, f page.Frame) string {
	return map[statistics.Rule]law.Text{
		statistics.OutsideLimits: {ES: "fuera de la franja", EN: "outside the band"},
		statistics.SevenOneSide:  {ES: "siete seguidos de un lado", EN: "seven in a row on one side"},
		statistics.SevenTrend:    {ES: "siete seguidos en una dirección", EN: "seven in a row in one direction"},
		statistics.TwoOfThree:    {ES: "dos de tres cerca del límite", EN: "two of three near the limit"},
	}[rule].In(f.Lang)
}
