package numbers

import (
	"fmt"

	"amparo/pipeline/comparison"
	"amparo/pipeline/statistics"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// funnel draws institutions by their number of cases, with the limits that chance and
// their usual scatter keep to; nil where there are too few of them to tell.
func funnel(f page.Frame, parts []desk.Part) *page.Figure {
	var units []statistics.Unit
	var met, due int64
	for _, part := range parts {
		if part.Code == "" {
			continue
		}
		met, due = met+part.Met, due+part.Due()
		units = append(units, statistics.Unit{Successes: part.Met, Total: part.Due()})
	}
	if due == 0 {
		return nil
	}
	target := float64(met) / float64(due)
	scatter, err := statistics.Overdispersion(target, units)
	if err != nil {
		return nil
	}
	c := chart.FunnelChart{XTitle: f.T("obligaciones que vencieron", "obligations that fell due"), Target: target}
	outside, most := 0, int64(1)
	for _, u := range units {
		if !present.Rated(u.Total) {
			continue
		}
		point := chart.Office{N: float64(u.Total), Share: float64(u.Successes) / float64(u.Total)}
		if limits, err := scatter.Limits(u.Total); err == nil && u.Total >= comparison.MinimumFlag {
			point.Outside = point.Share < limits.Low998 || point.Share > limits.High998
		}
		if point.Outside {
			outside++
		}
		most = max(most, u.Total)
		c.Offices = append(c.Offices, point)
	}
	if len(c.Offices) < comparison.MinimumOffices {
		return nil
	}
	const points = 40
	for k := range int64(points) {
		n := max(1, most*(k+1)/points)
		if limits, err := scatter.Limits(n); err == nil {
			c.Limits = append(c.Limits, chart.Limit{N: float64(n), Low95: limits.Low95, High95: limits.High95, Low998: limits.Low998, High998: limits.High998})
		}
	}
	for k := range int64(5) {
		at := most * k / 4
		c.Ticks = append(c.Ticks, chart.Tick{At: float64(at), Label: present.Count(at)})
	}
	c.Label = fmt.Sprintf(f.T("%d de %d instituciones están fuera de lo que dan el azar y la dispersión usual", "%d of %d institutions lie outside what chance and the usual scatter give"), outside, len(c.Offices))
	return &page.Figure{Title: c.Label, SVG: c.Draw(), Note: f.T("Cada punto es una institución con diez casos o más. Las líneas son los límites de 95 % y 99.8 %; un rombo está fuera de los segundos, con treinta casos o más. La tabla de abajo tiene sus cifras.",
		"Each point is an institution with ten cases or more. The lines are the 95 % and 99.8 % limits; a diamond lies outside the second, with thirty cases or more. The table below has the numbers.")}
}
