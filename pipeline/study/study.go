// Package study measures, on simulated data of which the truth is known, how often
// intervals cover and verdicts err.
package study

import (
	"fmt"
	"math"
	"math/rand/v2"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Finding is what one part of the study measured, against what it should be.
type Finding struct {
	What      string
	Seeds     int
	Share     float64 // of the seeds
	Low, High float64 // what it should lie between
}

// Holds reports whether the finding is as it should be.
func (f Finding) Holds() bool { return f.Share >= f.Low && f.Share <= f.High }

// Study compares and forecasts simulated data of which the truth is known, over
// and over: do the intervals cover as often as they say, and are the verdicts
// right as often as they should be.
func Study(intervals, verdicts int) ([]Finding, error) {
	covered, err := findings(intervals, []part{
		{"95 % interval of the difference covers it: 2,000 and 1,500 cases, one stratum", 0.94, 0.96, covers(sizes{2000, 1500}, 1, 0, 0)},
		{"the same: 200 and 150 cases", 0.94, 0.96, covers(sizes{200, 150}, 1, 0, 0)},
		{"the same: 2,000 and 1,500 cases, four risk levels in unlike mixes", 0.94, 0.96, covers(sizes{2000, 1500}, 4, 0, 0)},
		{"the same: 400 and 300 cases, four risk levels in unlike mixes", 0.94, 0.96, covers(sizes{400, 300}, 4, 0, 0)},
		{"the same: 2,000 and 1,500 cases, four risk levels, 60 offices a side that differ by chance alone", 0.94, 0.96, covers(sizes{2000, 1500}, 4, 60, 0)},
		{"the same: 60 offices a side of which the best and worst differ by 24 points", 0.94, 0.96, covers(sizes{2000, 1500}, 4, 60, 0.06)},
		{"95 % interval of the difference of mean times covers it: 400 and 300 cases, a third still open", 0.94, 0.96, coversTime},
		{"95 % interval of an early warning covers the count: 400 open, 3,000 past", 0.94, 0.99, warned(3000, 400)},
		{"the same: 40 open, 300 past", 0.94, 0.99, warned(300, 40)},
	})
	if err != nil {
		return nil, err
	}
	judged, err := findings(verdicts, []part{
		{"equal sides: some of 16 indicators comes out as different", 0, 0.06, anyDifferent(0, 0)},
		{"equal sides, offices that differ: some of 16 indicators comes out as different", 0, 0.06, anyDifferent(60, 0.06)},
		{"a gap of 10 points among 16 indicators, 2,000 cases a side, comes out as different", 0.99, 1, gapFound},
		{"a gap of 0 points, 5,000 cases a side, comes out as equivalent, not counting the chance differences below the margin", 0.94, 1, equalFound},
		{"a gap made by the mix of risk alone, 2,000 cases a side, comes out as different", 0, 0.06, simpson},
	})
	return append(covered, judged...), err
}

// A part is what is measured, between which shares of the seeds it should hold, and
// whether it holds for one.
type part struct {
	what      string
	low, high float64
	holds     func(*world) (bool, error)
}

func findings(seeds int, parts []part) ([]Finding, error) {
	var out []Finding
	for _, p := range parts {
		held := 0
		for seed := range seeds {
			ok, err := p.holds(&world{rand.New(rand.NewPCG(uint64(seed), 30364))})
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", p.what, seed, err)
			}
			if ok {
				held++
			}
		}
		out = append(out, Finding{p.what, seeds, float64(held) / float64(seeds), p.low, p.high})
	}
	return out, nil
}

// A world makes data up.
type world struct{ *rand.Rand }

type sizes [2]int

// mixes are the shares of the risk levels on the two sides.
var mixes = [2][4]float64{{0.1, 0.2, 0.3, 0.4}, {0.4, 0.3, 0.2, 0.1}}

// shares are the chances to be in time by risk level.
var shares = [4]float64{0.85, 0.8, 0.7, 0.6}

// side makes the cases of one side: of each the risk, the office, and whether it
// was in time. A scatter above 0 moves the chance of each office up or down by
// up to twice that.
func (w *world) side(side, n, levels, offices int, scatter, shift float64) []comparison.SideCount {
	type key struct{ level, office int }
	counts := map[key]*comparison.Counts{}
	moved := make([]float64, max(1, offices))
	for i := range moved {
		moved[i] = scatter * 2 * (2*w.Float64() - 1)
	}
	for range n {
		level := 0
		for u := w.Float64(); levels > 1 && level < levels-1 && u > mixes[side][level]; level++ {
			u -= mixes[side][level]
		}
		k := key{level, w.IntN(len(moved))}
		c := counts[k]
		if c == nil {
			c = &comparison.Counts{}
			counts[k] = c
		}
		if w.Float64() < shares[level]+shift+moved[k.office] {
			c.Met++
		} else {
			c.Failed++
		}
	}
	var out []comparison.SideCount
	for level := range levels {
		for office := range moved {
			if c := counts[key{level, office}]; c != nil {
				s := comparison.SideCount{Side: side, Stratum: fmt.Sprint(level), Counts: *c}
				if offices > 0 {
					s.Office = fmt.Sprint(office)
				}
				out = append(out, s)
			}
		}
	}
	return out
}

func (w *world) both(n sizes, levels, offices int, scatter, shift float64) comparison.Topic {
	return comparison.Topic{Counts: append(w.side(0, n[0], levels, offices, scatter, shift), w.side(1, n[1], levels, offices, scatter, 0)...)}
}

func covers(n sizes, levels, offices int, scatter float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		const gap = -0.08
		out, err := comparison.Compare([2]law.Text{}, []comparison.Topic{w.both(n, levels, offices, scatter, gap)}, comparison.DefaultTerms())
		if err != nil {
			return false, err
		}
		d := out[0].Difference
		return d.Low <= gap && gap <= d.High, nil
	}
}

// family is 16 indicators, all equal on both sides but for the first.
func (w *world) family(offices int, scatter, shift float64) ([]comparison.Comparison, error) {
	topics := make([]comparison.Topic, 16)
	for i := range topics {
		topics[i] = w.both(sizes{2000, 2000}, 4, offices, scatter, shift)
		shift = 0
	}
	return comparison.Compare([2]law.Text{}, topics, comparison.DefaultTerms())
}

func anyDifferent(offices int, scatter float64) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		out, err := w.family(offices, scatter, 0)
		for _, c := range out {
			if c.Verdict == comparison.Different {
				return true, err
			}
		}
		return false, err
	}
}

func gapFound(w *world) (bool, error) {
	out, err := w.family(0, 0, -0.1)
	return err == nil && out[0].Verdict == comparison.Different, err
}

func equalFound(w *world) (bool, error) {
	out, err := comparison.Compare([2]law.Text{}, []comparison.Topic{w.both(sizes{5000, 5000}, 4, 0, 0, 0)}, comparison.DefaultTerms())
	return err == nil && out[0].Verdict == comparison.Equivalent, err
}

// simpson has a crude gap of about seven points that the mix alone makes.
func simpson(w *world) (bool, error) {
	out, err := comparison.Compare([2]law.Text{}, []comparison.Topic{w.both(sizes{2000, 2000}, 4, 0, 0, 0)}, comparison.DefaultTerms())
	return err == nil && out[0].Verdict == comparison.Different, err
}

// meanHours are the mean times of the made-up deeds.
var meanHours = [2]float64{20, 26}

// coversTime censors at random between 0 and 60 hours.
func coversTime(w *world) (bool, error) {
	const horizon = 48.0
	var durations []comparison.Duration
	for side, n := range (sizes{400, 300}) {
		for range n {
			done, seen := w.ExpFloat64()*meanHours[side], 60*w.Float64()
			d := comparison.Duration{Side: side, Minutes: int64(math.Ceil(60 * min(done, seen))), Ended: counting.EndedOpen, Count: 1}
			if done <= seen {
				d.Ended = counting.EndedDone
			}
			durations = append(durations, d)
		}
	}
	t, err := comparison.CompareTimes(durations, map[string]comparison.Limits{"": {Shortest: horizon, Longest: horizon}}, comparison.DefaultTerms())
	if err != nil {
		return false, err
	}
	mean := func(of float64) float64 { return of * (1 - math.Exp(-horizon/of)) }
	truth := mean(meanHours[0]) - mean(meanHours[1])
	return t.MeanDifference.Low <= truth && truth <= t.MeanDifference.High, nil
}

// warned learns from past obligations and forecasts open ones, of which it then
// sees how many were missed: a limit of 24 hours, two risk levels.
func warned(past, open int) func(*world) (bool, error) {
	return func(w *world) (bool, error) {
		var seen []forecast.Past
		var now []forecast.Age
		risks := [2]string{"mild", "severe"}
		end := func(risk int) float64 { return 60 * w.ExpFloat64() * meanHours[risk] }
		for range past {
			risk := w.IntN(2)
			minutes, until := end(risk), 60*100*w.Float64()
			seen = append(seen, forecast.Past{Duty: "d", Bearer: "k", Risk: risks[risk], Minutes: 15 * int64(math.Ceil(min(minutes, until)/15)), Ended: minutes <= until, Count: 1})
		}
		missed := int64(0)
		for range open {
			risk := w.IntN(2)
			age := 60 * 24 * w.Float64()
			if age+end(risk) > 60*24 { // Without memory, so what is left is as long as the whole.
				missed++
			}
			now = append(now, forecast.Age{
				Duty: "d", Bearer: "k", Risk: risks[risk], Place: "21", Age: int64(age), Allowed: 24 * 60, FallsDue: true, Count: 1,
			})
		}
		same := func(place string) string { return place }
		out, err := forecast.Forecast(seen, now, func(string) string { return "" }, same)
		if err != nil {
			return false, err
		}
		return out[0].Low <= missed && missed <= out[0].High, nil
	}
}
