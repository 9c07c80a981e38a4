package indicator

import (
	"slices"
	"strings"
	"sync"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// values are the requested indicators in every window and region, the nation first.
func (c *counter) values() []Value {
	out := make([]Value, 0, len(c.req.Indicators)*len(c.spans)*len(c.regions))
	var wg sync.WaitGroup
	for _, ind := range c.req.Indicators {
		for window, name := range AllWindows() {
			for region := range c.regions {
				out = append(out, Value{Indicator: ind, Region: c.regions[region], Window: name})
				v := &out[len(out)-1]
				wg.Go(func() { c.finish(v, cell{region, window}) })
			}
		}
	}
	wg.Wait()
	return out
}

func (c *counter) finish(v *Value, at cell) {
	ind, m := v.Indicator, &v.Indicator.Measure
	switch {
	case m.DutyShare != nil:
		c.dutyShare(v, m.DutyShare)
	case m.Explained:
		c.explained(v, at)
	case m.Gap != nil:
		c.gaps.at(ind, at).finish(v)
	case m.Units != nil:
		c.units.at(ind, at).finish(v, m.Units)
	case m.After != nil:
		if g := c.gaps.at(ind, at); g.group.numerator+g.against.numerator > 0 {
			g.finish(v)
		} else { // None before and none after: training had nothing to change.
			v.N = min(g.group.n, g.against.n)
			v.none(NoComparison)
		}
	case m.Shock != nil:
		c.gaps.at(ind, at).finish(v)
	case m.Dips != nil:
		c.dipped.at(ind, at).finish(v)
	case m.Slope != nil:
		c.slope.at(ind, at).finish(v)
	case m.Load:
		c.load.at(ind, at).finish(v)
	case m.Count != nil:
		c.perUnit.at(ind, at).finish(v, m.Count)
	case m.Wait != nil:
		c.wait.at(ind, at).finish(v, m.Wait.Quantile, false)
	case m.LimitRatio != nil:
		c.wait.at(ind, at).finish(v, m.LimitRatio.Quantile, true)
	case m.Coverage != nil:
		c.coverage(v, m.Coverage, at)
	case m.Latest != nil:
		c.ratios.at(ind, at).finish(v)
		c.squares.at(ind, at).finish(v)
	default:
		c.ratios.at(ind, at).finish(v)
	}
}

// dutyShare counts duties of the catalogue that are in force.
func (c *counter) dutyShare(v *Value, share *law.DutyShare) {
	if v.Region != Nation {
		v.Reason = NationOnly
		return
	}
	on := c.cat.DateOf(c.asOf)
	for _, d := range c.cat.Duties {
		var kinds []law.Kind
		for _, r := range d.Regimes {
			if r.InForce(on) && slices.Contains(share.Of, r.Kind) {
				kinds = append(kinds, r.Kind)
			}
		}
		if len(kinds) == 0 {
			continue
		}
		v.N++
		v.Denominator++
		if !slices.ContainsFunc(kinds, func(k law.Kind) bool { return !slices.Contains(share.Kinds, k) }) {
			v.Numerator++
		}
	}
	v.setRatio()
}

// explained is the share of the variance of outcomes that lies between regions, beyond
// what chance alone puts there.
func (c *counter) explained(v *Value, at cell) {
	if v.Region != Nation {
		v.Reason = NationOnly
		return
	}
	total := c.ratios.at(v.Indicator, at)
	v.N, v.LeftOut = total.n, total.leftOut
	if total.denominator == 0 {
		v.Reason = NoData
		return
	}
	var regions []statistics.Unit
	for region := 1; region < len(c.regions); region++ {
		if r := c.ratios.at(v.Indicator, cell{region, at.window}); r.denominator > 0 {
			regions = append(regions, statistics.Unit{Successes: int64(r.numerator), Total: int64(r.denominator)})
		}
	}
	between, err := statistics.BetweenUnits(regions, confidence95)
	if err != nil {
		v.none(NoComparison)
		return
	}
	mean := total.numerator / total.denominator
	within := mean * (1 - mean)
	share := func(deviation float64) float64 { return deviation * deviation / (deviation*deviation + within) }
	v.Numerator, v.Denominator = between.Estimate*between.Estimate, between.Estimate*between.Estimate+within
	v.set(statistics.Interval{Estimate: share(between.Estimate), Low: share(between.Low), High: share(between.High)}, true)
}

// coverage counts places of a level that have what is looked for by a window's end.
func (c *counter) coverage(v *Value, of *law.Coverage, at cell) {
	k := c.covered.at(v.Indicator, cell{})
	v.LeftOut = c.ratios.at(v.Indicator, at).leftOut
	for _, place := range c.placesOf(k, of, at) {
		v.N++
		if c.has(k, place, at.window) != of.Missing {
			v.Numerator++
		}
	}
	v.Denominator = float64(v.N)
	if v.N == 0 {
		v.Reason = NoData
		return
	}
	w, err := statistics.Wilson(int64(v.Numerator), v.N, confidence95)
	// All places of a level are no sample: the share has no interval.
	v.set(statistics.Interval{Estimate: v.Numerator / v.Denominator, Low: w.Low, High: w.High}, err == nil && len(of.Of) > 0)
}

// has reports whether a place has what is looked for by a window's end.
func (c *counter) has(k *coverage, place string, window int) bool {
	end := c.spans[window].To
	if end.IsZero() {
		end = c.asOf
	}
	since, has := k.since[place]
	return has && !since.After(end)
}

// placesOf are those that a share of places is of, in a region and window: those
// that need what is looked for, or all of the level.
func (c *counter) placesOf(k *coverage, of *law.Coverage, at cell) []string {
	var candidates []string
	if len(of.Of) == 0 {
		candidates = c.cat.Places.WithDigits(of.Digits())
	}
	for place, windows := range k.needed {
		if len(of.Of) > 0 && windows[at.window] {
			candidates = append(candidates, place)
		}
	}
	return slices.DeleteFunc(slices.Clone(candidates), func(place string) bool {
		return at.region != 0 && c.cat.Places.Region(c.req.Grouping, place) != c.regions[at.region] || !strings.HasPrefix(place, c.req.Place)
	})
}
