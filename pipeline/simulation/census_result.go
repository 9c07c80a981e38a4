package simulation

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// An IndicatorTruth is what an indicator must come to in a region and window:
// the two numbers of which its value is the quotient (or, of a gap, the
// difference), how many were counted, and how many could not be told yet. Where
// there is no value both numbers are zero, or what little was counted.
type IndicatorTruth struct {
	Indicator, Region, Window string
	Numerator, Denominator    float64
	N, LeftOut                int64
}

// results yields the truth about all indicators, by window and region, the nation
// first.
func (c *census) results() iter.Seq[IndicatorTruth] {
	return func(yield func(IndicatorTruth) bool) {
		for _, p := range c.polls {
			c.settle(p)
			for w := range c.windows {
				for r := range c.regions {
					t := IndicatorTruth{Indicator: p.ID, Region: c.regions[r], Window: c.windows[w].name}
					c.result(p, r, w, &t)
					if !yield(t) {
						return
					}
				}
			}
			p.settled = nil
		}
	}
}

// settle answers what waited for other subjects, and puts the table in order.
func (c *census) settle(p *poll) {
	for _, wait := range p.pending {
		answer := score{denominator: 1, n: 1}
		for _, at := range p.links[wait.name] {
			if !at.Before(wait.from) && !at.After(wait.until) {
				answer.numerator = 1
			}
		}
		p.enter(wait.at, answer)
	}
	p.pending, p.settled = nil, nil
	for at, s := range p.table {
		p.settled = append(p.settled, row{at, s})
	}
	slices.SortFunc(p.settled, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.day, b.day), cmp.Compare(a.side, b.side),
			cmp.Compare(a.amount, b.amount), cmp.Compare(a.end, b.end))
	})
}

// A row is one entry of a poll's table.
type row struct {
	mark
	*score
}

// rows lists the entries of a region in a window, in order. Entries by day have no
// window of their own, and those of all regions are the nation's.
func (c *census) rows(p *poll, region, window int) []row {
	var out []row
	for _, r := range p.settled {
		in := int(r.window) == window && int(r.region) == region
		if r.day != 0 {
			in = c.windows[window].holdsDay(r.day, c.cat.Zone) && (region == 0 || int(r.region) == region)
		}
		if in {
			out = append(out, r)
		}
	}
	return out
}

func total(rows []row) score {
	var sum score
	for i := range rows {
		sum.add(rows[i].score)
	}
	return sum
}

// result fills in the numbers of one region and window.
func (c *census) result(p *poll, region, window int, t *IndicatorTruth) {
	m, rows := &p.Measure, c.rows(p, region, window)
	sum := total(rows)
	t.Numerator, t.Denominator, t.N, t.LeftOut = sum.numerator, sum.denominator, sum.n, sum.leftOut
	switch {
	case m.DutyShare != nil:
		c.dutyShare(m.DutyShare, region, t)
	case m.Explained:
		c.explained(p, region, window, t)
	case m.Gap != nil:
		compare(rows, t, func(r row) side { return r.side })
	case m.Shock != nil:
		compare(rows, t, func(r row) side { return p.inShock(r.name, r.day) })
	case m.After != nil:
		compare(rows, t, func(r row) side { return c.sinceMark(p, r) })
	case m.Units != nil:
		compareUnits(rows, m.Units, t)
	case m.Dips != nil:
		c.dip(p, region, window, t)
	case m.Load:
		load(rows, t)
	case m.Slope != nil:
		slope(sum, t)
	case m.Count != nil:
		countOf(rows, m.Count, t)
	case m.Wait != nil:
		scale := 1.0
		if p.Unit == "days" {
			scale = 24
		}
		t.Numerator, t.Denominator = timeBy(rows, m.Wait.Quantile)
		t.Numerator /= scale
	case m.LimitRatio != nil:
		t.Denominator, t.Numerator = timeBy(rows, m.LimitRatio.Quantile)
	case m.Coverage != nil:
		c.covered(p, rows, m.Coverage, region, window, t)
	}
}

// compare states the shares of two groups, and the size of the smaller one.
func compare(rows []row, t *IndicatorTruth, sideOf func(row) side) {
	var of [4]score
	for _, r := range rows {
		of[sideOf(r)].add(r.score)
	}
	t.Numerator, t.Denominator, t.N = 0, 0, min(of[group].n, of[against].n)
	if t.N > 0 {
		t.Numerator = of[group].numerator / of[group].denominator
		t.Denominator = of[against].numerator / of[against].denominator
	}
}

// inShock is the side of a place's day: of a shock declared for it or for what
// it lies in, or of all other days.
func (p *poll) inShock(place string, day law.Date) side {
	for _, s := range p.shocks {
		if strings.HasPrefix(place, s.place) && s.first <= day && day <= s.last {
			return group
		}
	}
	return against
}

// sinceMark is the side of a unit's day: after its mark or before it. The day of
// the mark, and units without one, are on none.
func (c *census) sinceMark(p *poll, r row) side {
	at, ok := p.marked[r.name]
	if !ok {
		return noSide
	}
	switch on := c.cat.DateOf(at); {
	case r.day > on:
		return group
	case r.day < on:
		return against
	}
	return noSide
}

// compareUnits states the ends of the units' shares, or the sums of the best
// tenth.
func compareUnits(rows []row, u *law.Units, t *IndicatorTruth) {
	units := slices.DeleteFunc(rows, func(r row) bool { return r.name == "" || r.n < int64(u.AtLeast) })
	share := func(r row) float64 { return r.numerator / r.denominator }
	slices.SortFunc(units, func(a, b row) int { return cmp.Or(cmp.Compare(share(a), share(b)), cmp.Compare(a.n, b.n)) })
	t.Numerator, t.Denominator, t.N = 0, 0, int64(len(units))
	switch {
	case len(units) == 0:
	case u.Stat == law.StatBest:
		best := total(units[len(units)-(len(units)+9)/10:])
		t.Numerator, t.Denominator = best.numerator, best.denominator
	default:
		between := func(q float64) float64 {
			at := q * float64(len(units)-1)
			lower := int(at)
			upper := min(lower+1, len(units)-1)
			return share(units[lower]) + (at-float64(lower))*(share(units[upper])-share(units[lower]))
		}
		t.Numerator, t.Denominator = between(0.9), between(0.1)
	}
}

// dip states in which week most units fell, of those that can be told: how many
// fell, of how many. A unit with cases in two regions is one in the nation.
func (c *census) dip(p *poll, region, window int, t *IndicatorTruth) {
	type unitWeek struct {
		unit string
		week law.Date
	}
	weeks := map[unitWeek]*score{}
	for _, r := range p.settled {
		if region != 0 && int(r.region) != region {
			continue
		}
		at := unitWeek{r.name, r.day}
		if weeks[at] == nil {
			weeks[at] = &score{}
		}
		weeks[at].add(r.score)
	}
	fell, seen := map[law.Date]float64{}, map[law.Date]float64{}
	for at, now := range weeks {
		before := weeks[unitWeek{at.unit, at.week - 7}]
		if !c.windows[window].holdsDay(at.week, c.cat.Zone) || before == nil || before.n < int64(p.Measure.Dips.AtLeast) || now.n < int64(p.Measure.Dips.AtLeast) {
			continue
		}
		seen[at.week]++
		if before.numerator/before.denominator-now.numerator/now.denominator > p.Measure.Dips.Drop-1e-9 {
			fell[at.week]++
		}
	}
	t.Numerator, t.Denominator, t.N = 0, 0, 0
	for _, week := range slices.Sorted(maps.Keys(seen)) {
		n := int64(seen[week])
		if n < int64(p.MinimumN) {
			if t.Denominator == 0 { // no week can be told: how close it came
				t.N = max(t.N, n)
			}
			continue
		}
		more := cmp.Compare(fell[week]*t.Denominator, t.Numerator*seen[week])
		if t.Denominator == 0 || more > 0 || more == 0 && seen[week] > t.Denominator {
			t.Numerator, t.Denominator, t.N = fell[week], seen[week], n
		}
	}
}

// load states how much fell due a day, between the first day and the last, and
// the most that was done on one.
func load(rows []row, t *IndicatorTruth) {
	var due score
	var first, last law.Date
	deeds := map[law.Date]int64{}
	for _, r := range rows {
		if r.side == done {
			deeds[r.day] += r.n
			continue
		}
		if due.n == 0 {
			first, last = r.day, r.day
		}
		first, last = min(first, r.day), max(last, r.day)
		due.add(r.score)
	}
	t.Numerator, t.Denominator, t.N = 0, 0, due.n
	for _, n := range deeds {
		t.Denominator = max(t.Denominator, float64(n))
	}
	if due.n > 0 {
		t.Numerator = float64(due.n) / float64(last-first+1)
	}
}

// slope states the least-squares slope, over one.
func slope(sum score, t *IndicatorTruth) {
	t.Numerator, t.Denominator = 0, 0
	n := float64(sum.n)
	if spread := sum.xx - sum.x*sum.x/n; sum.n >= 3 && spread > 1e-9*sum.xx {
		t.Numerator, t.Denominator = (sum.xy-sum.x*sum.numerator/n)/spread, 1
	}
}

// countOf states how many events the instances have: their sum over the number
// of instances, a quantile over one, or how many have more than some.
func countOf(rows []row, count *law.CountPer, t *IndicatorTruth) {
	t.Numerator, t.Denominator = 0, float64(t.N)
	reached := int64(0)
	for _, r := range rows {
		switch {
		case count.MoreThan > 0:
			t.Numerator += float64(r.n * one(int(r.amount) > count.MoreThan))
		case count.Quantile > 0:
			if float64(reached) < count.Quantile*float64(t.N) {
				t.Numerator, t.Denominator = r.amount, 1
			}
			reached += r.n
		default:
			t.Numerator += r.amount * float64(r.n)
		}
	}
}

// timeBy states by when a share has had the event, over one; over zero where the
// curve does not come that far.
func timeBy(rows []row, share float64) (time, over float64) {
	byTime := map[float64]*statistics.Step{}
	for _, r := range rows {
		if r.n == 0 {
			continue
		}
		step := byTime[r.amount]
		if step == nil {
			step = &statistics.Step{Time: r.amount}
			byTime[r.amount] = step
		}
		switch r.end {
		case statistics.Event:
			step.Events += r.n
		case statistics.Competing:
			step.Competing += r.n
		default:
			step.Censored += r.n
		}
	}
	var table statistics.LifeTable
	for _, at := range slices.Sorted(maps.Keys(byTime)) {
		table = append(table, *byTime[at])
	}
	found, err := table.TimeBy(share)
	if err != nil || !found.Time.Exists {
		return 0, 0
	}
	return found.Time.Value, 1
}

// covered states in how many places there is, or is not, what is looked for.
func (c *census) covered(p *poll, rows []row, cover *law.Coverage, region, window int, t *IndicatorTruth) {
	var places []string
	if len(cover.Of) == 0 {
		places = slices.DeleteFunc(c.cat.Places.WithDigits(cover.Digits()), func(place string) bool {
			return region > 0 && c.cat.Places.Region(c.grouping, place) != c.regions[region]
		})
	}
	for _, r := range rows {
		if r.name != "" {
			places = append(places, r.name)
		}
	}
	t.Numerator, t.N = 0, int64(len(places))
	for _, place := range places {
		since, has := p.marked[place]
		end := c.windows[window].to
		if (has && (end.IsZero() || !since.After(end))) != cover.Missing {
			t.Numerator++
		}
	}
	t.Denominator = float64(t.N)
}

// dutyShare counts duties in force, of all that have a regime of some kinds those
// that have no other. It is a number of the catalogue, for the nation alone.
func (c *census) dutyShare(share *law.DutyShare, region int, t *IndicatorTruth) {
	on := c.cat.DateOf(c.asOf)
	for _, d := range c.cat.Duties {
		of, other := 0, 0
		for _, r := range d.Regimes {
			if r.InForce(on) && slices.Contains(share.Of, r.Kind) {
				of++
				other += int(one(!slices.Contains(share.Kinds, r.Kind)))
			}
		}
		if of == 0 || region > 0 {
			continue
		}
		t.N++
		t.Denominator++
		t.Numerator += float64(one(other == 0))
	}
}

// explained states the variance of outcomes between regions, over all of it.
func (c *census) explained(p *poll, region, window int, t *IndicatorTruth) {
	all := *t
	t.Numerator, t.Denominator = 0, 0
	if region > 0 {
		t.N, t.LeftOut = 0, 0
		return
	}
	if all.Denominator == 0 {
		return
	}
	mean := all.Numerator / all.Denominator
	for r := 1; r < len(c.regions); r++ {
		if part := total(c.rows(p, r, window)); part.denominator > 0 {
			d := part.numerator/part.denominator - mean
			t.Numerator += part.denominator * d * d
		}
	}
	t.Denominator = all.Denominator * mean * (1 - mean)
}
