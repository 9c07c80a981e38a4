package questions

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/schemas/law"
	"amparo/services/present"
)

// found is what a funnel of offices says: the offices in the order in which they
// matter, and how many lie where.
type found struct {
	order []*comparison.OfficeShare
	where map[comparison.Flag]int
	below int // of those outside a limit
	all   comparison.Share
	// unnamed fell due at no office that is known.
	unnamed int64
}

// findings puts first what lies furthest outside: alarms, then alerts, then the
// rest, those below before those above; within each, the larger office first. It is
// no ranking of offices: those inside the limits are told apart by size alone.
func findings(report *comparison.OfficeReport) *found {
	f := &found{where: map[comparison.Flag]int{}, all: report.All, unnamed: report.Unnamed}
	rank := []comparison.Flag{comparison.Alarm, comparison.Alert, comparison.Inside, comparison.NoCompare, comparison.TooSmall}
	for i := range report.Offices {
		o := &report.Offices[i]
		f.order = append(f.order, o)
		f.where[o.Where]++
		if outside(o) && !o.Above {
			f.below++
		}
	}
	side := func(o *comparison.OfficeShare) int {
		if outside(o) && o.Above {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(f.order, func(a, b *comparison.OfficeShare) int {
		return cmp.Or(slices.Index(rank, a.Where)-slices.Index(rank, b.Where), side(a)-side(b), cmp.Compare(b.Due(), a.Due()), strings.Compare(a.Office, b.Office))
	})
	return f
}

func outside(o *comparison.OfficeShare) bool {
	return o.Where == comparison.Alarm || o.Where == comparison.Alert
}

func (f *found) sentence() law.Text {
	judged := len(f.order) - f.where[comparison.TooSmall]
	out := f.where[comparison.Alarm] + f.where[comparison.Alert]
	var text law.Text
	switch {
	case len(f.order) == 0:
		return present.Say("Ninguna oficina conocida tiene casos vencidos.", "No known office has a case that has fallen due.")
	case judged == 0:
		text = present.Say(
			fmt.Sprintf("Ninguna de las %d oficinas tiene los %d casos vencidos que hacen falta para compararla (--all las lista).", len(f.order), present.MinimumFlag),
			fmt.Sprintf("None of the %d offices has the %d cases fallen due that a comparison needs (--all lists them).", len(f.order), present.MinimumFlag))
	case f.where[comparison.NoCompare] > 0:
		text = present.Say(
			fmt.Sprintf("Las %d oficinas comparables hicieron todo en plazo, o nada: no hay con qué compararlas.", judged),
			fmt.Sprintf("The %d offices that can be compared did all in time, or nothing: there is nothing to compare.", judged))
	case out == 0:
		text = present.Say(
			fmt.Sprintf("Ninguna de las %d oficinas comparables se aparta de lo que el azar y la dispersión habitual permiten.", judged),
			fmt.Sprintf("None of the %d offices that can be compared lies outside what chance and the usual scatter allow.", judged))
	default:
		text = present.Say(
			fmt.Sprintf("De %d oficinas comparables, %d se apartan de lo que el azar y la dispersión habitual permiten: %d por debajo y %d por encima.", judged, out, f.below, out-f.below),
			fmt.Sprintf("Of %d offices that can be compared, %d lie outside what chance and the usual scatter allow: %d below and %d above.", judged, out, f.below, out-f.below))
	}
	if f.all.Rate != nil {
		all := present.RateWithin(f.all.Rate.Estimate, f.all.Rate.Low, f.all.Rate.High, f.all.Due(), present.Spanish)
		english := present.RateWithin(f.all.Rate.Estimate, f.all.Rate.Low, f.all.Rate.High, f.all.Due(), present.English)
		text.ES += fmt.Sprintf(" En conjunto: %s en plazo, de %s casos vencidos.", all, present.Count(f.all.Due()))
		text.EN += fmt.Sprintf(" All together: %s in time, of %s cases fallen due.", english, present.Count(f.all.Due()))
	}
	if small := f.where[comparison.TooSmall]; small > 0 && judged > 0 {
		text.ES += fmt.Sprintf(" %d oficinas más tienen menos de %d casos y no se comparan (--all las lista).", small, present.MinimumFlag)
		text.EN += fmt.Sprintf(" %d more offices have fewer than %d cases and are not compared (--all lists them).", small, present.MinimumFlag)
	}
	if f.unnamed > 0 {
		text.ES += fmt.Sprintf(" %s casos vencidos no nombran una oficina.", present.Count(f.unnamed))
		text.EN += fmt.Sprintf(" %s cases fallen due name no office.", present.Count(f.unnamed))
	}
	return text
}

func monthsSentence(report *comparison.MonthReport) law.Text {
	var signals []string
	rated := 0
	for i := range report.Months {
		if report.Months[i].Rate != nil {
			rated++
		}
		if len(report.Months[i].Signals) > 0 {
			signals = append(signals, report.Months[i].Month)
		}
	}
	var text law.Text
	switch {
	case report.Mean == nil:
		return present.Say("Hay muy pocos meses con una tasa para un gráfico de control.", "Too few months have a rate for a control chart.")
	case len(signals) == 0:
		text = present.Say(fmt.Sprintf("Ninguno de los %d meses con tasa es una señal: varían como siempre.", rated),
			fmt.Sprintf("None of the %d months with a rate is a signal: they vary as ever.", rated))
	default:
		list := strings.Join(signals, ", ")
		text = present.Say(fmt.Sprintf("De %d meses con tasa, son señal: %s.", rated, list), fmt.Sprintf("Of %d months with a rate, signals are: %s.", rated, list))
	}
	mean := present.Threshold(*report.Mean, "share", math.MaxInt64, "")
	text.ES += " Media: " + mean + "."
	text.EN += " Mean: " + mean + "."
	if report.Trial {
		text.ES += " Límites provisionales: menos de doce meses."
		text.EN += " Provisional limits: fewer than twelve months."
	}
	return text
}
