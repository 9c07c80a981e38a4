package indicator

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// ratioCell adds up numerators and denominators.
type ratioCell struct {
	numerator, denominator float64
	n, leftOut             int64
}

func (r *ratioCell) add(c *Contribution) {
	if c.Role == LeftOut {
		r.leftOut++
		return
	}
	r.numerator += c.Numerator
	r.denominator += c.Denominator
	if c.Denominator > 0 {
		r.n++
	}
}

func (r *ratioCell) merge(o *ratioCell) {
	r.numerator += o.numerator
	r.denominator += o.denominator
	r.n += o.n
	r.leftOut += o.leftOut
}

func (r *ratioCell) value(v *Value) {
	v.Numerator, v.Denominator, v.N, v.LeftOut = r.numerator, r.denominator, r.n, r.leftOut
	v.setRatio()
}

// overdueSum is a number by itself: the numerator, with what is undone beside it.
type overdueSum struct{ ratios }

func (s *overdueSum) merge(o sum) { s.ratios.merge(&o.(*overdueSum).ratios) }

func (s *overdueSum) value(v *Value, at cell) {
	r := s.of(at)
	v.Numerator, v.Denominator, v.N = r.numerator, r.denominator, r.n
	v.set(statistics.Interval{Estimate: r.numerator}, false)
}

// gapCell keeps the two groups of a gap.
type gapCell struct{ group, against ratioCell }

func (g *gapCell) add(c *Contribution) {
	if c.Side == Against {
		g.against.add(c)
	} else {
		g.group.add(c)
	}
}

func (g *gapCell) merge(o *gapCell) {
	g.group.merge(&o.group)
	g.against.merge(&o.against)
}

// value is the difference of the two shares. The smaller group must reach the
// minimum.
func (g *gapCell) value(v *Value) {
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

// unitsCell keeps the outcomes of each institution.
type unitsCell struct {
	byUnit  map[string]*ratioCell
	leftOut int64
}

func (u *unitsCell) add(c *Contribution) {
	if c.Role == LeftOut {
		u.leftOut++
		return
	}
	if u.byUnit == nil {
		u.byUnit = map[string]*ratioCell{}
	}
	r := u.byUnit[c.Unit]
	if r == nil {
		r = &ratioCell{}
		u.byUnit[c.Unit] = r
	}
	r.add(c)
}

func (u *unitsCell) merge(o *unitsCell) {
	u.leftOut += o.leftOut
	if u.byUnit == nil {
		u.byUnit = o.byUnit
		return
	}
	for unit, r := range o.byUnit {
		if own := u.byUnit[unit]; own != nil {
			own.merge(r)
		} else {
			u.byUnit[unit] = r
		}
	}
}

// value is left to unitsSum, which knows what to compare.
func (u *unitsCell) value(*Value) {}

type unitsSum struct {
	perUnit
	units *law.Units
}

func (s *unitsSum) merge(o sum) { s.perUnit.merge(&o.(*unitsSum).perUnit) }

// value compares the institutions that have enough outcomes; N is their number.
func (s *unitsSum) value(v *Value, at cell) {
	of := s.of(at)
	v.LeftOut = of.leftOut
	var enough []*ratioCell
	for _, r := range of.byUnit {
		if r.n >= int64(s.units.AtLeast) {
			enough = append(enough, r)
		}
	}
	share := func(r *ratioCell) float64 { return r.numerator / r.denominator }
	slices.SortFunc(enough, func(a, b *ratioCell) int { return cmp.Or(cmp.Compare(share(a), share(b)), cmp.Compare(a.n, b.n)) })
	v.N = int64(len(enough))
	if v.N == 0 {
		v.Reason = NoData
		if len(of.byUnit) > 0 {
			v.Reason = BelowMinimum
		}
		return
	}
	if s.units.Stat == law.StatBest {
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

// slopeCell keeps what a straight line needs.
type slopeCell struct {
	n, leftOut       int64
	x, y, xx, xy, yy float64
}

func (s *slopeCell) add(c *Contribution) {
	if c.Role == LeftOut {
		s.leftOut++
		return
	}
	s.n++
	s.x, s.y = s.x+c.X, s.y+c.Time
	s.xx, s.xy, s.yy = s.xx+c.X*c.X, s.xy+c.X*c.Time, s.yy+c.Time*c.Time
}

func (s *slopeCell) merge(o *slopeCell) {
	s.n, s.leftOut = s.n+o.n, s.leftOut+o.leftOut
	s.x, s.y, s.xx, s.xy, s.yy = s.x+o.x, s.y+o.y, s.xx+o.xx, s.xy+o.xy, s.yy+o.yy
}

// value is the least-squares slope; its interval takes the errors for normal.
func (s *slopeCell) value(v *Value) {
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

// countCell keeps how many instances have how many events.
type countCell struct{ instances map[int]int64 }

func (h *countCell) add(c *Contribution) {
	if h.instances == nil {
		h.instances = map[int]int64{}
	}
	h.instances[int(c.Numerator)]++
}

func (h *countCell) merge(o *countCell) {
	if h.instances == nil {
		h.instances = map[int]int64{}
	}
	for k, n := range o.instances {
		h.instances[k] += n
	}
}

// value is left to countSum, which knows the statistic.
func (h *countCell) value(*Value) {}

type countSum struct {
	perCount
	count *law.CountPer
}

func (s *countSum) merge(o sum) { s.perCount.merge(&o.(*countSum).perCount) }

func (s *countSum) value(v *Value, at cell) {
	h := s.of(at)
	var squares, above float64
	for k, n := range h.instances {
		v.N += n
		v.Numerator += float64(k) * float64(n)
		squares += float64(k) * float64(k) * float64(n)
		if k > s.count.MoreThan {
			above += float64(n)
		}
	}
	v.Denominator = float64(v.N)
	switch n := v.Denominator; {
	case v.N == 0:
		v.Reason = NoData
	case s.count.MoreThan > 0:
		v.Numerator = above
		v.setRatio()
	case s.count.Quantile > 0:
		var seen int64
		for _, k := range slices.Sorted(maps.Keys(h.instances)) {
			if seen += h.instances[k]; float64(seen) >= s.count.Quantile*n {
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

// waitCell keeps durations by how they ended.
type waitCell struct {
	ends    map[float64]*[3]int64
	leftOut int64
}

func (w *waitCell) add(c *Contribution) {
	if c.Role == LeftOut {
		w.leftOut++
		return
	}
	if w.ends == nil {
		w.ends = map[float64]*[3]int64{}
	}
	if w.ends[c.Time] == nil {
		w.ends[c.Time] = &[3]int64{}
	}
	w.ends[c.Time][c.End]++
}

func (w *waitCell) merge(o *waitCell) {
	w.leftOut += o.leftOut
	if w.ends == nil {
		w.ends = o.ends
		return
	}
	for t, n := range o.ends {
		if own := w.ends[t]; own != nil {
			for end := range n {
				own[end] += n[end]
			}
		} else {
			w.ends[t] = n
		}
	}
}

// value is left to waitSum, which knows the quantile.
func (w *waitCell) value(*Value) {}

type waitSum struct {
	perWait
	quantile float64
	step     func(float64) float64
	inverse  bool // the limit over the time, in place of the time
}

func (s *waitSum) add(c *Contribution, in []cell) {
	c.Time = s.step(c.Time)
	s.perWait.add(c, in)
}

func (s *waitSum) merge(o sum) { s.perWait.merge(&o.(*waitSum).perWait) }

func (s *waitSum) value(v *Value, at cell) {
	w := s.of(at)
	v.LeftOut, v.Denominator = w.leftOut, 1
	var table statistics.LifeTable
	for _, t := range slices.Sorted(maps.Keys(w.ends)) {
		n := w.ends[t]
		table = append(table, statistics.Step{
			Time: t, Censored: n[statistics.Censored], Events: n[statistics.Event], Competing: n[statistics.Competing],
		})
		v.N += n[0] + n[1] + n[2]
	}
	found, err := table.TimeBy(s.quantile)
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
	if s.inverse {
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
