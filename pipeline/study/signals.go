package study

import (
	"fmt"
	"math"
	"slices"

	"amparo/pipeline/statistics"
)

// The thresholds of the signals that are studied, as the catalogue of Law 30364 has
// them. They are named here because what is studied is how a threshold does, whatever
// its value.
const (
	gapThreshold    = 0.05
	shareThreshold  = 0.1
	spreadThreshold = 0.05
	regionThreshold = 0.01
	dipThreshold    = 0.5
	dipDrop         = 0.2
)

const level = 0.95

// Signals measures how often signals are raised by chance alone, where what they speak
// of is absent or exactly at the threshold, and how often where it is there.
func Signals(seeds int) ([]Finding, error) {
	return findings(seeds, []part{
		{"by chance: a gap between two equal groups, 60 and 240 persons", 0, 0.05, gapRaised(60, 240, 0)},
		{"by chance: the same, 500 and 2,000 persons", 0, 0.05, gapRaised(500, 2000, 0)},
		{"by chance: a share that is exactly at its threshold, 40 outcomes", 0, 0.05, shareRaised(40, shareThreshold)},
		{"by chance: the same, 1,000 outcomes", 0, 0.05, shareRaised(1000, shareThreshold)},
		{"by chance: the spread of 40 equal stations, 25 cases each", 0, 0.05, spreadRaised(40, 25, 0)},
		{"by chance: the same, 200 cases each", 0, 0.05, spreadRaised(40, 200, 0)},
		{"by chance: the variance between three equal regions, 300 cases each", 0, 0.05, regionsRaised(300, 0)},
		{"by chance: a dip of 40 stations that never change, 8 cases a week, 52 weeks", 0, 0.05, dipRaised(40, 8, 0)},
		{"by chance: a median that is exactly at its threshold, 60 waits, a third still waiting", 0, 0.05, medianRaised(60, 1)},
		{"by chance: a ratio over 30 units that is exactly at its threshold", 0, 0.05, ratioRaised(30, 1)},
		{"by chance: some of twelve gaps and spreads in a region without any", 0, 0.1, anyRaised},
		{"there: a gap of 15 points, 500 and 2,000 persons", 0.8, 1, gapRaised(500, 2000, 0.15)},
		{"there: a share of twice its threshold, 200 outcomes", 0.8, 1, shareRaised(200, 2*shareThreshold)},
		{"there: 40 stations whose true shares have a standard deviation of 12 points, 200 cases each", 0.8, 1, spreadRaised(40, 200, 0.12)},
		{"there: half of 40 stations fall by 40 points in one week, the rest by 20, 30 cases a week", 0.8, 1, dipRaised(40, 30, 0.3)},
		{"there: a median of twice its threshold, 60 waits, a third still waiting", 0.8, 1, medianRaised(60, 2)},
	})
}

func (w *world) binomial(n int64, p float64) int64 {
	var k int64
	for range n {
		if w.Float64() < p {
			k++
		}
	}
	return k
}

func gapRaised(group, others int64, gap float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		i, err := statistics.Newcombe(w.binomial(group, 0.7+gap), group, w.binomial(others, 0.7), others, level)
		return i.Low > gapThreshold, err
	}
}

func shareRaised(n int64, truth float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		i, err := statistics.Wilson(w.binomial(n, truth), n, level)
		return i.Low > shareThreshold, err
	}
}

// stations are units whose true shares lie around 0.75 with a deviation.
func (w *world) stations(n int, cases int64, deviation float64) []statistics.Unit {
	out := make([]statistics.Unit, n)
	for i := range out {
		share := min(1, max(0, 0.75+deviation*w.NormFloat64()))
		out[i] = statistics.Unit{Successes: w.binomial(cases, share), Total: cases}
	}
	return out
}

func spreadRaised(stations int, cases int64, deviation float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		i, err := statistics.BetweenUnits(w.stations(stations, cases, deviation), level)
		return i.Low > spreadThreshold, err
	}
}

func regionsRaised(cases int64, deviation float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		i, err := statistics.BetweenUnits(w.stations(3, cases, deviation), level)
		return i.Low*i.Low/(i.Low*i.Low+0.1875) > regionThreshold, err
	}
}

// dipRaised looks for the week of the year in which most stations fall by dipDrop or
// more; in the tenth one all fall, by between dipDrop and as much again.
func dipRaised(stations int, cases int64, fall float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		before, worst := make([]float64, stations), int64(0)
		for week := range 52 {
			var fell int64
			for s := range before {
				share := 0.8
				if week == 10 && fall > 0 {
					share -= dipDrop + float64(s%2)*dipDrop + fall/10
				}
				now := float64(w.binomial(cases, share)) / float64(cases)
				if week > 0 && before[s]-now >= dipDrop-1e-12 {
					fell++
				}
				before[s] = now
			}
			worst = max(worst, fell)
		}
		i, err := statistics.Wilson(worst, int64(stations), level)
		return i.Low > dipThreshold, err
	}
}

// medianRaised asks of exponential waits whose median is so many times the threshold.
func medianRaised(n int, times float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		var seen []statistics.Observation
		for range n {
			wait, until := w.ExpFloat64()*times/math.Ln2, 2*times*w.Float64()+times
			o := statistics.Observation{Time: math.Round(1e6 * min(wait, until)), Outcome: statistics.Event, Count: 1}
			if wait > until {
				o.Outcome = statistics.Censored
			}
			seen = append(seen, o)
		}
		table, err := statistics.Tabulate(seen)
		if err != nil {
			return false, err
		}
		q, err := table.TimeBy(0.5)
		return q.Low.Exists && q.Low.Value > 1e6, err
	}
}

func ratioRaised(units int64, times float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		var x, y, xx, yy, xy float64
		for range units {
			staff := 2 + float64(w.IntN(9))
			load := times * staff * (0.4 + 1.2*w.Float64())
			x, y, xx, yy, xy = x+staff, y+load, xx+staff*staff, yy+load*load, xy+staff*load
		}
		i, err := statistics.RatioOfSums(units, x, y, xx, yy, xy, level)
		return i.Low > 1, err
	}
}

// anyRaised looks at twelve signals of a region in which nothing is to be found.
func anyRaised(w *world) (bool, error) {
	raised := []bool{}
	for range 8 {
		one, err := gapRaised(100, 400, 0)(w)
		if err != nil {
			return false, err
		}
		raised = append(raised, one)
	}
	for range 4 {
		one, err := spreadRaised(20, 50, 0)(w)
		if err != nil {
			return false, err
		}
		raised = append(raised, one)
	}
	if len(raised) != 12 {
		return false, fmt.Errorf("%d signals", len(raised))
	}
	return slices.Contains(raised, true), nil
}
