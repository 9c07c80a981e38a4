package indicator

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A table keeps what was gathered of each indicator, by cell. Answers are gathered side
// by side, but what is in a cell comes from one of them.
type table[T any] struct {
	mu      sync.Mutex
	entries map[entry]*T
}

type entry struct {
	ind *law.Indicator
	at  cell
}

// at is the entry of a cell, made where there is none.
func (t *table[T]) at(ind *law.Indicator, at cell) *T {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.entries == nil {
		t.entries = map[entry]*T{}
	}
	k := entry{ind, at}
	if t.entries[k] == nil {
		t.entries[k] = new(T)
	}
	return t.entries[k]
}

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

// squares are the sums over units of what their reports say, squared: what the interval
// of a ratio of sums needs.
type squares struct{ nn, dd, nd float64 }

func (s *squares) add(r *counting.ContributionReport) {
	s.nn, s.dd, s.nd = s.nn+r.NumeratorSquare, s.dd+r.DenominatorSquare, s.nd+r.Product
}

// finish gives a ratio over units that is no share of counts an interval.
func (s *squares) finish(v *Value) {
	if !v.Estimate.Exists || v.Judgeable() {
		return
	}
	if i, err := statistics.RatioOfSums(v.N, v.Denominator, v.Numerator, s.dd, s.nn, s.nd, confidence95); err == nil {
		v.set(i, true)
	}
}

// ratioOf is what obligations of one status come to under a measure.
func ratioOf(m *law.Measure, c *counting.ObligationCount, window int) ratio {
	n := c.In[window]
	share := ratio{denominator: float64(n), n: n}
	var success bool
	switch {
	case len(m.Overdue) > 0:
		undone := c.Status == obligation.Missed || c.Status == obligation.Open && m.OlderThanDays == 0
		if !undone {
			return ratio{}
		}
		success = c.Status == obligation.Missed && (m.OlderThanDays == 0 || c.Parts[counting.ByOverdue] == "1")
	case !c.Status.Decided():
		return ratio{leftOut: n}
	case len(m.Early) > 0:
		if c.Status != obligation.Met {
			return ratio{}
		}
		success = c.Parts[counting.ByEarly] == "1"
	case len(m.Missed) > 0:
		success = c.Status == obligation.Missed
	default:
		success = c.Status == obligation.Met
	}
	if success {
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
	list := make([]statistics.Unit, len(enough))
	for i, r := range enough {
		list[i] = statistics.Unit{Successes: int64(r.numerator), Total: int64(r.denominator)}
	}
	spread, err := statistics.BetweenUnits(list, confidence95)
	if err != nil {
		v.none(NoComparison)
		return
	}
	v.Numerator, v.Denominator = spread.Estimate, 1
	v.set(spread, true)
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

func (s *slope) finish(v *Value) {
	v.N, v.LeftOut = s.n, s.leftOut
	if s.n == 0 {
		v.Reason = NoData
		return
	}
	i, err := statistics.SlopeOfSums(s.n, s.x, s.y, s.xx, s.xy, s.yy, confidence95)
	if err != nil {
		v.none(NoComparison)
		return
	}
	v.Numerator, v.Denominator = i.Estimate, 1
	v.set(i, true)
}

// eventsPer keeps how many instances have how many events.
type eventsPer struct{ instances map[int64]int64 }

func (t *eventsPer) add(events, n int64) {
	if t.instances == nil {
		t.instances = map[int64]int64{}
	}
	if n > 0 {
		t.instances[events] += n
	}
}

func (t *eventsPer) finish(v *Value, of *law.CountPer) {
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
		if i, err := statistics.MeanOfSums(v.N, v.Numerator, squares, confidence95); err == nil {
			v.set(i, true)
		}
	}
}

// A wait keeps durations by how they ended, one by one or as tables.
type wait struct {
	ends    map[float64]*[3]int64
	tables  []statistics.LifeTable
	leftOut int64
}

func (w *wait) addTable(t statistics.LifeTable) {
	if len(t) > 0 {
		w.tables = append(w.tables, t)
	}
}

// tableOf is what the store counted of waits that ended alike, in one window.
func tableOf(w *counting.ContributionWaits, window int) statistics.LifeTable {
	var t statistics.LifeTable
	for i, n := range w.In(window) {
		if n == 0 {
			continue
		}
		step := statistics.Step{Time: float64(w.Waited.At[i]) / 60}
		switch outcomeOf(w.Ended) {
		case statistics.Event:
			step.Events = n
		case statistics.Competing:
			step.Competing = n
		default:
			step.Censored = n
		}
		t = append(t, step)
	}
	return t
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

func outcomeOf(e contribution.End) statistics.Outcome {
	switch e {
	case contribution.Reached:
		return statistics.Event
	case contribution.EndedOtherwise:
		return statistics.Competing
	}
	return statistics.Censored
}

func endOf(e counting.Ended) statistics.Outcome {
	switch e {
	case counting.EndedDone:
		return statistics.Event
	case counting.EndedVoid:
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
	}
	table = statistics.Join(append(w.tables, table)...)
	for i := range table {
		v.N += table[i].Censored + table[i].Events + table[i].Competing
	}
	scale := 1.0
	if v.Indicator.Unit == "days" {
		scale = 24
	}
	found, err := table.TimeBy(quantile)
	if err != nil || !found.Time.Exists {
		v.Denominator = 0
		v.none(NotReached)
		if v.Reason == NotReached {
			v.bound(table, found, scale, inverted)
		}
		return
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

// bound gives a quantile that was not reached its lower end: the time that even the
// upper limit of the curve takes to come so far, or the longest that anybody was watched.
func (v *Value) bound(table statistics.LifeTable, found statistics.Quantile, scale float64, inverted bool) {
	low := found.Low
	if !low.Exists && len(table) > 0 {
		low = statistics.Some(table[len(table)-1].Time)
	}
	if inverted {
		v.High = inverse(low)
		return
	}
	v.Low = scaled(low, scale)
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

// A load keeps what fell due and what was done on each day.
type load struct{ due, done map[law.Date]int64 }

func (l *load) add(by counting.By, day law.Date, n int64) {
	of := &l.due
	if by == counting.ByDoneDay {
		of = &l.done
	}
	if *of == nil {
		*of = map[law.Date]int64{}
	}
	(*of)[day] += n
}

// finish gives the share of days on which more fell due than was done on nine of ten
// days, of all days from the first to the last on which something fell due.
func (l *load) finish(v *Value) {
	if len(l.due) == 0 {
		v.Reason = NoData
		return
	}
	days := slices.Sorted(maps.Keys(l.due))
	first, last := days[0], days[len(days)-1]
	v.N = int64(last-first) + 1
	done := make([]float64, 0, v.N)
	for day := first; day <= last; day++ {
		done = append(done, float64(l.done[day]))
	}
	slices.Sort(done)
	capacity := statistics.Percentile(done, 0.9)
	for day := first; day <= last; day++ {
		if float64(l.due[day]) > capacity {
			v.Numerator++
		}
	}
	v.Denominator = float64(v.N)
	v.setRatio()
}

// dips are the weeks of one region and window.
type dips []counting.Dip

// finish gives the largest share of units that fall from one week to the next,
// among weeks with at least the indicator's minimum of units to look at.
func (d dips) finish(v *Value) {
	best := counting.Dip{Seen: 1}
	for _, week := range d {
		v.N = max(v.N, week.Seen)
		if week.Seen < int64(v.Indicator.MinimumN) {
			continue
		}
		share, most := float64(week.Fell)/float64(week.Seen), float64(best.Fell)/float64(best.Seen)
		if share > most || share == most && week.Seen > best.Seen {
			best = week
		}
	}
	if v.N < int64(v.Indicator.MinimumN) {
		v.none(NoComparison)
		return
	}
	v.N, v.Numerator, v.Denominator = best.Seen, float64(best.Fell), float64(best.Seen)
	v.setRatio()
}

// coverage keeps which places need what is looked for, and since when others have
// it, of one level of places.
type coverage struct {
	needed map[string]*[3]bool
	since  map[string]time.Time // it has it
}

func (k *coverage) needs(place string, in counting.InSpans) {
	if k.needed == nil {
		k.needed = map[string]*[3]bool{}
	}
	if k.needed[place] == nil {
		k.needed[place] = &[3]bool{}
	}
	for window, n := range in {
		k.needed[place][window] = k.needed[place][window] || n > 0
	}
}

func (k *coverage) has(place string, since time.Time) {
	if k.since == nil {
		k.since = map[string]time.Time{}
	}
	if first, ok := k.since[place]; !ok || since.Before(first) {
		k.since[place] = since
	}
}
