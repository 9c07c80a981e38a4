package main

import (
	"fmt"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/simulation"
	"amparo/schemas/law"
	ley30364 "amparo/schemas/ley-30364"
)

func main() {
	c, err := law.Load(ley30364.Files)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 6, 15, 15, 0, 0, 0, time.UTC)
	sim, err := simulation.New(c, simulation.Recent(1, 4000, now))
	if err != nil {
		fmt.Println(err)
		return
	}
	w := indicator.Windows(c, now)
	m := indicator.NewMeter(c, c.Indicators, w)
	t := indicator.NewTally(c, c.Indicators, w, "natural")
	var fold, meter time.Duration
	n := 0
	q := obligation.Query{AsOf: now}
	for s := range sim.Cases() {
		a := time.Now()
		ev := obligation.Visible(c, s.Events, q)
		ob := obligation.Fold(c, ev, q)
		b := time.Now()
		m.Contribute(indicator.Subject{ID: s.ID, Events: ev, Obligations: ob}, t.Add)
		fold += b.Sub(a)
		meter += time.Since(b)
		n++
	}
	fmt.Println(n, fold, meter)
	for _, v := range t.Values() {
		if v.Window == indicator.Year && v.Region == indicator.Nation {
			fmt.Printf("%-42s %12.2f %12.2f n=%-7d out=%-6d %-22s %s %s %s %v\n", v.Indicator.ID, v.Numerator, v.Denominator, v.N, v.LeftOut, v.Estimate, v.Low, v.High, v.Reason, v.Beyond())
		}
	}
}
