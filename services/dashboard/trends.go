package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/statistics"
	"amparo/schemas/law"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
)

// newTrends shows one duty month by month, with the limits that chance keeps to and the
// changes of the law.
func (p *pages) newTrends(f page.Frame, s *snapshot.Snapshot) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Mes a mes", "Month by month")
	b := p.cfg.Breakdown()
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	d := p.chosenDuty(f, s)
	if d == nil {
		v.Lead = []string{f.T("Este catálogo no tiene deberes con plazo.", "This catalogue has no duty with a limit.")}
		return v
	}
	place := f.Query.Get("place")
	if !slices.Contains(p.cat.Places.Regions(p.grouping), place) && !slices.Contains(p.cat.Places.Departments(), place) {
		place = ""
	}
	report := b.Months(d.ID, place)
	if report == nil {
		v.Lead = []string{f.T("De este deber no se cuentan meses.", "No months are counted of this duty.")}
		return v
	}
	v.Lead = []string{f.T("Contado al ", "Counted as of ") + page.LocalTime(p.cat, b.AsOf)}
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
	return v
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

func monthFigure(f page.Frame, d *law.Duty, report *comparison.MonthReport) page.Figure {
	c := chart.ControlChart{Mean: report.Mean, Low: report.Low, High: report.High, MeanLabel: f.T("media", "mean")}
	t := &page.Table{Name: f.T("Cumplidas en plazo por mes de vencimiento", "Done in time by month of deadline"), Head: []string{
		f.T("Mes", "Month"), f.T("En plazo", "On time"), f.T("Señal", "Signal"), f.T("Cambio de la ley", "Change of the law"),
	}, None: f.T("Ningún mes tiene vencimientos.", "No month has deadlines.")}
	signals := 0
	for i, m := range report.Months {
		point := chart.Point{Label: m.Month, Signal: len(m.Signals) > 0}
		if m.Rate != nil && !f.OfMonth(m.Month).Unreported {
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
			page.ShareEntry(m.Met, m.Due(), m.Basis, f.OfMonth(m.Month)), page.Prose(signalWords(m.Signals, f)), page.Prose(change),
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
