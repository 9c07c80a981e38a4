package desk

import (
	"fmt"
	"math"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
)

type curveKey struct{ duty, region string }

// A Curve is how long the obligations of a duty take in a region: Kaplan-Meier
// over what fell due in the last twelve months or has yet to. What is still open
// counts for as long as it has been open.
type Curve struct {
	*statistics.Curve
	N, Done, Open, FellAway int64
	// Shortest and Longest bound what the law allowed, in hours.
	Shortest, Longest float64
	steps             statistics.LifeTable
}

// Curve is the curve of a duty in a region or the nation, nil where there is
// none.
func (b *Board) Curve(duty, region string) *Curve { return b.curves[curveKey{duty, region}] }

func curvesOf(waits []store.Wait) (map[curveKey]*Curve, error) {
	observations := map[curveKey][]statistics.Observation{}
	out := map[curveKey]*Curve{}
	for _, w := range waits {
		hours := float64(w.Minutes) / 60
		for _, key := range []curveKey{{w.Duty, w.Region}, {w.Duty, indicator.Nation}} {
			c := out[key]
			if c == nil {
				c = &Curve{Shortest: math.Inf(1)}
				out[key] = c
			}
			c.Done, c.FellAway, c.Open = c.Done+count(w.Events), c.FellAway+count(w.Competing), c.Open+count(w.Censored)
			c.Shortest, c.Longest = min(c.Shortest, hoursOf(w.Shortest)), max(c.Longest, hoursOf(w.Longest))
			for _, o := range []statistics.Observation{
				{Time: hours, Outcome: statistics.Event, Count: count(w.Events)},
				{Time: hours, Outcome: statistics.Competing, Count: count(w.Competing)},
				{Time: hours, Outcome: statistics.Censored, Count: count(w.Censored)},
			} {
				if o.Count > 0 {
					observations[key] = append(observations[key], o)
				}
			}
		}
	}
	for key, c := range out {
		c.N = c.Done + c.Open + c.FellAway
		table, err := statistics.Tabulate(observations[key])
		if err != nil {
			return nil, fmt.Errorf("tabulate %s in %s: %w", key.duty, key.region, err)
		}
		c.steps = table.CompetingAsCensored()
		if c.Curve, err = statistics.KaplanMeier(c.steps, 0.95); err != nil {
			return nil, fmt.Errorf("estimate %s in %s: %w", key.duty, key.region, err)
		}
	}
	return out, nil
}

func count(n uint64) int64 { return int64(n) } //nolint:gosec // A count fits.

func hoursOf(d time.Duration) float64 { return d.Hours() }

// AtRisk is how many were still undone and watched just before a time in hours.
func (c *Curve) AtRisk(hours float64) int64 {
	n := c.N
	for _, step := range c.steps {
		if step.Time < hours {
			n -= step.Events + step.Competing + step.Censored
		}
	}
	return n
}
