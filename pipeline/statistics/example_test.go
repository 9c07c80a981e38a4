package statistics_test

import (
	"fmt"

	"amparo/pipeline/statistics"
)

// The first worked example of Newcombe (Stat. Med. 17 (1998) 857): 81 of 263.
func ExampleWilson() {
	i, err := statistics.Wilson(81, 263, 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f, from %.4f to %.4f\n", i.Estimate, i.Low, i.High)
	// Output: 0.3080, from 0.2553 to 0.3662
}

// His example of a difference (Stat. Med. 17 (1998) 873): 56 of 70 against 48 of 80.
func ExampleNewcombe() {
	i, err := statistics.Newcombe(56, 70, 48, 80, 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f, from %.4f to %.4f\n", i.Estimate, i.Low, i.High)
	// Output: 0.2000, from 0.0524 to 0.3339
}

// Two groups are served alike at equal risk and are not at equal shares of severe
// cases. Treatments of kidney stones are the known case (C. R. Charig et al., BMJ 292
// (1986) 879): the first is better for small stones and for large ones, and looks worse
// for all.
func ExampleMantelHaenszel() {
	stones := []statistics.Table{
		{Successes1: 81, Total1: 87, Successes2: 234, Total2: 270}, // small
		{Successes1: 192, Total1: 263, Successes2: 55, Total2: 80}, // large
	}
	pooled, err := statistics.MantelHaenszel(stones, 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("at equal size %+.3f, as one sees it %+.3f\n",
		pooled.RiskDifference.Value, statistics.CrudeRiskDifference(stones).Value)
	// Output: at equal size +0.054, as one sees it -0.046
}

// remission are the weeks of patients under 6-mercaptopurine (E. J. Freireich et al.,
// Blood 21 (1963) 699): nine relapsed, twelve had not when last seen.
func remission() statistics.LifeTable {
	var seen []statistics.Observation
	for _, week := range []float64{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		seen = append(seen, statistics.Observation{Time: week, Outcome: statistics.Event, Count: 1})
	}
	for _, week := range []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		seen = append(seen, statistics.Observation{Time: week, Outcome: statistics.Censored, Count: 1})
	}
	table, err := statistics.Tabulate(seen)
	if err != nil {
		panic(err)
	}
	return table
}

func ExampleKaplanMeier() {
	curve, err := statistics.KaplanMeier(remission(), 0.95)
	if err != nil {
		panic(err)
	}
	fmt.Printf("after 10 weeks %.4f are left, half after %g\n", curve.At(10).Survival.Value, curve.Median().Time.Value)
	// Output: after 10 weeks 0.7529 are left, half after 23
}

// A time that the curve never reaches does not exist: nobody was watched that long.
func ExampleLifeTable_TimeBy() {
	for _, share := range []float64{0.25, 0.5, 0.9} {
		by, err := remission().TimeBy(share)
		if err != nil {
			panic(err)
		}
		fmt.Println(share, by.Time.Value, by.Time.Exists)
	}
	// Output:
	// 0.25 13 true
	// 0.5 23 true
	// 0.9 0 false
}

func ExampleLogRank() {
	var seen []statistics.Observation
	for _, week := range []float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23} {
		seen = append(seen, statistics.Observation{Time: week, Outcome: statistics.Event, Count: 1})
	}
	placebo, err := statistics.Tabulate(seen)
	if err != nil {
		panic(err)
	}
	test, err := statistics.LogRank([]statistics.Stratum{{remission(), placebo}}, 0)
	if err != nil {
		panic(err)
	}
	fmt.Printf("χ² %.2f with %d degree of freedom, expected %.2f and %.2f relapses\n",
		test.ChiSquared, test.DF, test.Groups[0].Expected, test.Groups[1].Expected)
	// Output: χ² 16.79 with 1 degree of freedom, expected 19.25 and 10.75 relapses
}

// Of three comparisons at 5 % one is left when all of them are looked at together.
func ExampleHolm() {
	adjusted, err := statistics.Holm([]float64{0.01, 0.04, 0.03})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", adjusted)
	// Output: [0.03 0.06 0.06]
}

// Eight months alike, and one that chance does not explain.
func ExampleXmR() {
	chart, err := statistics.XmR([]float64{50, 52, 49, 51, 50, 48, 51, 50, 70})
	if err != nil {
		panic(err)
	}
	for _, s := range chart.Signals {
		if s.Rule == statistics.OutsideLimits {
			fmt.Println("month", s.Index)
		}
	}
	// Output: month 9
}
