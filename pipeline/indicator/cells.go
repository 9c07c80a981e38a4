package indicator

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A table keeps what was gathered of each indicator, by cell.
type table[T any] map[*law.Indicator]map[cell]*T

// at is the entry of a cell, made where there is none.
func (t *table[T]) at(ind *law.Indicator, at cell) *T {
	if *t == nil {
		*t = table[T]{}
	}
	if (*t)[ind] == nil {
		(*t)[ind] = map[cell]*T{}
	}
	if (*t)[ind][at] == nil {
		(*t)[ind][at] = new(T)
	}
	return (*t)[ind][at]
}

// signed is a count as the arithmetic here takes it.
func signed(n uint64) int64 { return int64(n) } //nolint:gosec // A count fits.

// A ratio adds up numerators and denominators; n is how many have a denominator.
type ratio struct {
	numerator, denominator float64
	n, leftOut             int64
}

func (r *ratio) add(o ratio) {
	r.numerator += o.numerator
	r.denominator += o.denominator
	r.n += o.n
	r.leftOut += o.leftOut
}

func (r *ratio) finish(v *Value) {
	v.Numerator, v.Denominator, v.N, v.LeftOut = r.numerator, r.denominator, r.n, r.leftOut
	v.setRatio()
}

// ratioOf is what obligations of one status come to under a measure.
func ratioOf(m *law.Measure, c *store.ObligationCount, window int) ratio {
	n := signed(c.In[window])
	share := ratio{denominator: float64(n), n: n}
	success := obligation.Met
	if len(m.Missed) > 0 || len(m.Overdue) > 0 {
		success = obligation.Missed
	}
	switch {
	case len(m.Overdue) > 0 && c.Status != obligation.Missed && c.Status != obligation.Open:
		return ratio{}
	case len(m.Overdue) == 0 && !c.Status.Decided():
		return ratio{leftOut: n}
	case c.Status == success:
		share.numerator = float64(n)
	}
	return share
}

// A gap keeps the two groups of a difference.
type gap struct{ group, against ratio }

func (g *gap) add(side contribution.Side, r ratio) {
	switch side {
	case contribution.InGroup:
		g.group.add(r)
	case contribution.Against:
		g.against.add(r)
	default:
		g.against.leftOut += r.n + r.leftOut
	}
}

// finish gives the difference of the two shares. The smaller group must reach the
// minimum.
func (g *gap) finish(v *Value) {
	v.LeftOut = g.group.leftOut + g.against.leftOut
	v.N = min(g.group.n, g.against.n)
	if v.N == 0 {
		v.Reason = NoComparison
		if g.group.n+g.against.n == 0 {
			v.Reason = NoData
		}
		return
	}
	v.Numerator, v.Denominator = g.group.numerator/g.group.denominator, g.against.numerator/g.against.denominator
	i, err := statistics.Newcombe(int64(g.group.numerator), int64(g.group.denominator),
		int64(g.against.numerator), int64(g.against.denominator), confidence95)
	if err != nil {
		v.none(NoComparison)
		return
	}
	v.set(i, true)
}

// units keeps the outcomes of each institution.
type units struct {
	byUnit  map[string]*ratio
	leftOut int64
}

func (u *units) add(unit string, r ratio) {
	u.leftOut += r.leftOut
	if r.n == 0 {
		return
	}
	if u.byUnit == nil {
		u.byUnit = map[string]*ratio{}
	}
	if u.byUnit[unit] == nil {
		u.byUnit[unit] = &ratio{}
	}
	u.byUnit[unit].add(r)
}

// finish compares the institutions that have enough outcomes; N is their number.
func (u *units) finish(v *Value, of *law.Units) {
	v.LeftOut = u.leftOut
	var enough []*ratio
	for _, r := range u.byUnit {
		if r.n >= int64(of.AtLeast) {
			enough = append(enough, r)
		}
	}
	share := func(r *ratio) float64 { return r.numerator / r.denominator }
	slices.SortFunc(enough, func(a, b *ratio) int { return cmp.Or(cmp.Compare(share(a), share(b)), cmp.Compare(a.n, b.n)) })
	v.N = int64(len(enough))
	if v.N == 0 {
		v.Reason = NoData
		if len(u.byUnit) > 0 {
			v.Reason = BelowMinimum
		}
		return
	}
	if of.Stat == law.StatBest {
		for _, r := range enough[len(enough)-(len(enough)+9)/10:] {
			v.Numerator += r.numerator
			v.Denominator += r.denominator
		}
		v.setRatio()
		return
	}
	shares := make([]float64, len(enough))
	for i, r := range enough {
		shares[i] = share(r)
	}
	v.Numerator, v.Denominator = quantileOf(shares, 0.9), quantileOf(shares, 0.1)
	v.setRatio()
}

// quantileOf interpolates between the sorted values around a quantile.
func quantileOf(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(at)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// A slope keeps what a straight line needs.
type slope struct {
	n, leftOut       int64
	x, y, xx, xy, yy float64
}

// add adds n obligations that share an attribute, with the sum and the sum of
// squares of their hours. Where the attribute is not known they are left out.
func (s *slope) add(x float64, known bool, n, undone int64, hours, square float64) {
	s.leftOut += undone
	if !known {
		s.leftOut += n
		return
	}
	s.n += n
	s.x, s.y = s.x+x*float64(n), s.y+hours
	s.xx, s.xy, s.yy = s.xx+x*x*float64(n), s.xy+x*hours, s.yy+square
}

// finish gives the least-squares slope; its interval takes the errors for normal.
func (s *slope) finish(v *Value) {
	v.N, v.LeftOut = s.n, s.leftOut
	if s.n == 0 {
		v.Reason = NoData
		return
	}
	n := float64(s.n)
	sxx, sxy, syy := s.xx-s.x*s.x/n, s.xy-s.x*s.y/n, s.yy-s.y*s.y/n
	if s.n < 3 || sxx <= 1e-9*s.xx {
		v.none(NoComparison)
		return
	}
	slope := sxy / sxx
	v.Numerator, v.Denominator = slope, 1
	half := z95 * math.Sqrt(max(0, syy-slope*sxy)/(n-2)/sxx)
	v.set(statistics.Interval{Estimate: slope, Low: slope - half, High: slope + half}, true)
}

// z95 is the two-sided quantile of the normal distribution for that confidence.
const z95 = 1.959963984540054

// A tally keeps how many instances have how many events.
type tally struct{ instances map[int64]int64 }

func (t *tally) add(events, n int64) {
	if t.instances == nil {
		t.instances = map[int64]int64{}
	}
	if n > 0 {
		t.instances[events] += n
	}
}

func (t *tally) finish(v *Value, of *law.CountPer) {
	var squares, above float64
	for k, n := range t.instances {
		v.N += n
		v.Numerator += float64(k) * float64(n)
		squares += float64(k) * float64(k) * float64(n)
		if k > int64(of.MoreThan) {
			above += float64(n)
		}
	}
	v.Denominator = float64(v.N)
	switch n := v.Denominator; {
	case v.N == 0:
		v.Reason = NoData
	case of.MoreThan > 0:
		v.Numerator = above
		v.setRatio()
	case of.Quantile > 0:
		var seen int64
		for _, k := range slices.Sorted(maps.Keys(t.instances)) {
			if seen += t.instances[k]; float64(seen) >= of.Quantile*n {
				v.Numerator, v.Denominator = float64(k), 1
				break
			}
		}
		v.set(statistics.Interval{Estimate: v.Numerator}, false)
	default:
		mean := v.Numerator / n
		half := 0.0
		if v.N > 1 {
			half = z95 * math.Sqrt(max(0, squares/n-mean*mean)/(n-1))
		}
		v.set(statistics.Interval{Estimate: mean, Low: mean - half, High: mean + half}, true)
	}
}

// A wait keeps durations by how they ended.
type wait struct {
	ends    map[float64]*[3]int64
	leftOut int64
}

func (w *wait) add(time float64, end statistics.Outcome, n int64) {
	if n == 0 {
		return
	}
	if w.ends == nil {
		w.ends = map[float64]*[3]int64{}
	}
	if w.ends[time] == nil {
		w.ends[time] = &[3]int64{}
	}
	w.ends[time][end] += n
}

// outcomeOf is the end of a contribution's wait, as a life table takes it.
func outcomeOf(e contribution.End) statistics.Outcome {
	switch e {
	case contribution.Reached:
		return statistics.Event
	case contribution.EndedOtherwise:
		return statistics.Competing
	}
	return statistics.Censored
}

// endOf is the end of an obligation's time, as a life table takes it.
func endOf(e store.Ended) statistics.Outcome {
	switch e {
	case store.EndedDone:
		return statistics.Event
	case store.EndedVoid:
		return statistics.Competing
	}
	return statistics.Censored
}

// finish gives the time by which a share of all had the event, or one over it.
func (w *wait) finish(v *Value, quantile float64, inverted bool) {
	v.LeftOut, v.Denominator = w.leftOut, 1
	var table statistics.LifeTable
	for _, t := range slices.Sorted(maps.Keys(w.ends)) {
		n := w.ends[t]
		table = append(table, statistics.Step{
			Time: t, Censored: n[statistics.Censored], Events: n[statistics.Event], Competing: n[statistics.Competing],
		})
		v.N += n[0] + n[1] + n[2]
	}
	found, err := table.TimeBy(quantile)
	if err != nil || !found.Time.Exists {
		v.Denominator = 0
		v.none(NotReached)
		return
	}
	scale := 1.0
	if v.Indicator.Unit == "days" {
		scale = 24
	}
	v.Numerator = found.Time.Value / scale
	if inverted {
		v.Numerator, v.Denominator = 1, found.Time.Value
		v.setRatio()
		if v.Estimate.Exists {
			v.Low, v.High = inverse(found.High), inverse(found.Low)
		}
		return
	}
	v.set(statistics.Interval{Estimate: v.Numerator}, false)
	if v.Estimate.Exists {
		v.Low, v.High = scaled(found.Low, scale), scaled(found.High, scale)
	}
}

func scaled(o statistics.Optional, by float64) statistics.Optional {
	if !o.Exists {
		return o
	}
	return statistics.Some(o.Value / by)
}

func inverse(o statistics.Optional) statistics.Optional {
	if !o.Exists || o.Value == 0 {
		return statistics.Optional{}
	}
	return statistics.Some(1 / o.Value)
}

// A spot is one province or unit on one day or in one week.
type spot struct {
	name string
	day  law.Date
}

// days keeps outcomes by spot, and how much was done on each day.
type days struct {
	at   map[spot]*ratio
	done map[law.Date]int64
}

func (d *days) add(at spot, r ratio) {
	if d.at == nil {
		d.at = map[spot]*ratio{}
	}
	if d.at[at] == nil {
		d.at[at] = &ratio{}
	}
	d.at[at].add(r)
}

func (d *days) did(day law.Date, n int64) {
	if d.done == nil {
		d.done = map[law.Date]int64{}
	}
	d.done[day] += n
}

// split puts the outcomes of each spot on a side of a gap.
func (d *days) split(side func(spot) contribution.Side) *gap {
	var g gap
	for at, r := range d.at {
		if s := side(at); s != contribution.NoSide {
			g.add(s, ratio{numerator: r.numerator, denominator: r.denominator, n: r.n})
		}
	}
	return &g
}

// finishLoad compares what falls due a day with the most that was done on a day.
func (d *days) finishLoad(v *Value) {
	var total ratio
	first, last := law.Date(0), law.Date(0)
	for at, r := range d.at {
		if total.n == 0 {
			first, last = at.day, at.day
		}
		total.add(*r)
		first, last = min(first, at.day), max(last, at.day)
	}
	for _, n := range d.done {
		v.Denominator = max(v.Denominator, float64(n))
	}
	if v.N = total.n; v.N == 0 {
		v.Reason = NoData
		return
	}
	v.Numerator = float64(total.n) / float64(last-first+1)
	v.setRatio()
}

// A shock was declared for a place and all within it, from one day to another.
type shock struct {
	place       string
	from, until law.Date
}

// inShock tells places and days of a shock from all others.
func inShock(shocks []shock) func(spot) contribution.Side {
	return func(at spot) contribution.Side {
		for _, x := range shocks {
			if strings.HasPrefix(at.name, x.place) && x.from <= at.day && at.day <= x.until {
				return contribution.InGroup
			}
		}
		return contribution.Against
	}
}

// afterMark tells a unit's days after its mark from those before. Units without a
// mark, and the day of the mark itself, are on neither side.
func afterMark(marked map[string]law.Date) func(spot) contribution.Side {
	return func(at spot) contribution.Side {
		switch on, ok := marked[at.name]; {
		case !ok || at.day == on:
			return contribution.NoSide
		case at.day > on:
			return contribution.InGroup
		}
		return contribution.Against
	}
}

// weeks keeps outcomes of units by week.
type weeks struct{ at map[spot]*ratio }

// monday is the first day of a date's week.
func monday(d law.Date) law.Date { return d - (law.Date(d.Weekday())+6)%7 }

func (w *weeks) add(at spot, r ratio) {
	if w.at == nil {
		w.at = map[spot]*ratio{}
	}
	if w.at[at] == nil {
		w.at[at] = &ratio{}
	}
	w.at[at].add(r)
}

// finish gives the largest share of units that fall from one week to the next,
// among weeks that begin in the window with at least the indicator's minimum of
// units to look at.
func (w *weeks) finish(v *Value, dips *law.Dips, begins func(law.Date) bool) {
	type week struct{ fell, seen float64 }
	byWeek := map[law.Date]*week{}
	enough := func(r *ratio) bool { return r != nil && r.n >= int64(dips.AtLeast) }
	for at, now := range w.at {
		before := w.at[spot{at.name, at.day - 7}]
		if !begins(at.day) || !enough(now) || !enough(before) {
			continue
		}
		if byWeek[at.day] == nil {
			byWeek[at.day] = &week{}
		}
		byWeek[at.day].seen++
		if before.numerator/before.denominator-now.numerator/now.denominator >= dips.Drop-1e-12 {
			byWeek[at.day].fell++
		}
	}
	for _, one := range byWeek {
		v.N = max(v.N, int64(one.seen))
	}
	if v.N < int64(v.Indicator.MinimumN) {
		v.none(NoComparison)
		return
	}
	best := week{seen: 1}
	for _, one := range byWeek {
		if one.seen < float64(v.Indicator.MinimumN) {
			continue
		}
		share, most := one.fell/one.seen, best.fell/best.seen
		if share > most || share == most && one.seen > best.seen {
			best = *one
		}
	}
	v.N, v.Numerator, v.Denominator = int64(best.seen), best.fell, best.seen
	v.setRatio()
}

// coverage keeps which places need what is looked for, and since when others have
// it, of one level of places.
type coverage struct {
	needed map[string]*[3]bool
	since  map[string]*store.ContributionPlace
}

func (k *coverage) add(p *store.ContributionPlace, digits int) {
	if len(p.Place) < digits {
		return // Too coarse to say which it is: left out, and counted beside.
	}
	place := p.Place[:digits]
	if k.needed == nil {
		k.needed, k.since = map[string]*[3]bool{}, map[string]*store.ContributionPlace{}
	}
	if p.Role == contribution.Has {
		if k.since[place] == nil || p.First.Before(k.since[place].First) {
			k.since[place] = p
		}
		return
	}
	if k.needed[place] == nil {
		k.needed[place] = &[3]bool{}
	}
	for window, in := range p.In {
		k.needed[place][window] = k.needed[place][window] || in
	}
}
