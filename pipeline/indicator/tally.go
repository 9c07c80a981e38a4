package indicator

import (
	"slices"

	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Tally adds up contributions. Tallies of parts add up to that of the whole,
// in any order.
//
// Its size is bounded by what does not grow with the number of cases: regions,
// provinces, days, institutions and weeks, and durations in the steps of a
// clock. Only links are kept one by one: reports that name an earlier case, and
// the instances that such a report could complete.
type Tally struct {
	cat      *law.Catalogue
	windows  store.Windows
	grouping string
	regions  []string       // the nation first
	number   map[string]int // of each region
	ofPlace  map[string]int // the region's number, as looked up so far
	sums     map[*law.Indicator]sum
	order    []*law.Indicator
}

// A sum is what a Tally keeps of one indicator.
type sum interface {
	add(c *Contribution, cells []cell)
	merge(other sum)
	value(v *Value, at cell)
}

// A cell is one region and window, by number.
type cell int

func (t *Tally) cell(region int, window int) cell { return cell(region*len(AllWindows()) + window) }

// place is the region and window of a cell. Nation is region 0.
func (t *Tally) place(at cell) (region int, window Window) {
	windows := AllWindows()
	return int(at) / len(windows), windows[int(at)%len(windows)]
}

// NewTally is an empty tally of some indicators under a grouping of places.
func NewTally(cat *law.Catalogue, indicators []*law.Indicator, w store.Windows, grouping string) *Tally {
	t := &Tally{
		cat: cat, windows: w, grouping: grouping, sums: map[*law.Indicator]sum{}, order: indicators,
		regions: append([]string{Nation}, cat.Places.Regions(grouping)...), number: map[string]int{}, ofPlace: map[string]int{},
	}
	for i, region := range t.regions {
		t.number[region] = i
	}
	for _, ind := range indicators {
		t.sums[ind] = t.newSum(&ind.Measure)
	}
	return t
}

func (t *Tally) newSum(m *law.Measure) sum {
	switch {
	case m.Gap != nil:
		return &gaps{}
	case m.Units != nil:
		return &unitsSum{units: m.Units}
	case m.After != nil:
		return newAfterSum(t)
	case m.Shock != nil:
		return newShockSum(t)
	case m.Dips != nil:
		return newDipsSum(t, m.Dips)
	case m.Slope != nil:
		return &slopes{}
	case m.Explained:
		return &ratios{}
	case m.Load:
		return newLoadSum(t)
	case m.Share != nil && m.Share.Linked != nil:
		return &linkedSum{links: map[uint64][]int64{}}
	case m.Count != nil:
		return &countSum{count: m.Count}
	case m.Wait != nil:
		return &waitSum{quantile: m.Wait.Quantile, step: m.Wait.Rounded}
	case m.LimitRatio != nil:
		return &waitSum{quantile: m.LimitRatio.Quantile, step: m.LimitRatio.Rounded, inverse: true}
	case m.Coverage != nil:
		return newCoverageSum(t, m.Coverage)
	case len(m.Overdue) > 0:
		return &overdueSum{}
	}
	return &ratios{}
}

// Add adds one contribution.
func (t *Tally) Add(c Contribution) {
	var buffer [6]cell
	t.sums[c.Indicator].add(&c, t.cellsOf(&c, buffer[:0]))
}

// cellsOf are the cells in which a contribution counts: its region and the
// nation, in each window that it falls in. All has no beginning and no end: what
// falls due later counts there too, as far as it counts at all.
func (t *Tally) cellsOf(c *Contribution, out []cell) []cell {
	region := t.region(c)
	for i, w := range AllWindows() {
		if c.Only != "" && c.Only != w || c.Only == "" && w != All && !in(t.windows, w, c.At, c.Due) {
			continue
		}
		out = append(out, t.cell(0, i))
		if region > 0 {
			out = append(out, t.cell(region, i))
		}
	}
	return out
}

// region is the number of the region in which something happened, 0 where that
// is not known.
func (t *Tally) region(c *Contribution) int {
	if c.Place == "" {
		return t.number[c.Region]
	}
	n, ok := t.ofPlace[c.Place]
	if !ok {
		n = t.number[t.cat.Places.Region(t.grouping, c.Place)]
		t.ofPlace[c.Place] = n
	}
	return n
}

// Merge adds another tally of the same indicators.
func (t *Tally) Merge(o *Tally) {
	for ind, s := range t.sums {
		s.merge(o.sums[ind])
	}
}

// Values are the indicators in every region and window, the nation first.
func (t *Tally) Values() []Value {
	var out []Value
	for _, ind := range t.order {
		for i, window := range AllWindows() {
			for region, name := range t.regions {
				v := Value{Indicator: ind, Region: name, Window: window}
				t.value(&v, t.cell(region, i))
				out = append(out, v)
			}
		}
	}
	return out
}

func (t *Tally) value(v *Value, at cell) {
	switch m := &v.Indicator.Measure; {
	case m.DutyShare != nil:
		t.dutyShare(v, m.DutyShare)
	case m.Explained:
		t.explained(v, at)
	default:
		t.sums[v.Indicator].value(v, at)
	}
}

// dutyShare counts duties of the catalogue that are in force.
func (t *Tally) dutyShare(v *Value, share *law.DutyShare) {
	if v.Region != Nation {
		v.Reason = NationOnly
		return
	}
	on := t.cat.DateOf(t.windows.AsOf)
	for _, d := range t.cat.Duties {
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

// explained is the share of the variance of outcomes that lies between regions.
func (t *Tally) explained(v *Value, at cell) {
	if v.Region != Nation {
		v.Reason = NationOnly
		return
	}
	of := t.sums[v.Indicator].(*ratios)
	total := of.of(at)
	v.N, v.LeftOut = total.n, total.leftOut
	if total.denominator == 0 {
		v.Reason = NoData
		return
	}
	mean := total.numerator / total.denominator
	for region := 1; region < len(t.regions); region++ {
		if r := of.of(at + t.cell(region, 0)); r.denominator > 0 {
			d := r.numerator/r.denominator - mean
			v.Numerator += r.denominator * d * d
		}
	}
	v.Denominator = total.denominator * mean * (1 - mean)
	if v.Denominator == 0 {
		v.none(NoComparison)
		return
	}
	v.set(statistics.Interval{Estimate: v.Numerator / v.Denominator}, false)
}

// A part is what one cell keeps.
type part[T any] interface {
	*T
	add(c *Contribution)
	merge(o *T)
	value(v *Value)
}

// cells is a sum that keeps one part for each cell.
type cells[T any, P part[T]] struct{ parts []*T }

func (m *cells[T, P]) add(c *Contribution, in []cell) {
	for _, at := range in {
		P(m.part(at)).add(c)
	}
}

// part is the part of a cell, made where there is none.
func (m *cells[T, P]) part(at cell) *T {
	if int(at) >= len(m.parts) {
		m.parts = append(m.parts, make([]*T, int(at)+1-len(m.parts))...)
	}
	if m.parts[at] == nil {
		m.parts[at] = new(T)
	}
	return m.parts[at]
}

func (m *cells[T, P]) merge(o sum) {
	for at, other := range o.(*cells[T, P]).parts {
		if other != nil {
			P(m.part(cell(at))).merge(other)
		}
	}
}

func (m *cells[T, P]) value(v *Value, at cell) {
	p := m.of(at)
	P(&p).value(v)
}

// of is the part of a cell, empty where there is none.
func (m *cells[T, P]) of(at cell) T {
	if int(at) < len(m.parts) && m.parts[at] != nil {
		return *m.parts[at]
	}
	var empty T
	return empty
}

// The sums that are kept by cell.
type (
	ratios   = cells[ratioCell, *ratioCell]
	gaps     = cells[gapCell, *gapCell]
	slopes   = cells[slopeCell, *slopeCell]
	perUnit  = cells[unitsCell, *unitsCell]
	perCount = cells[countCell, *countCell]
	perWait  = cells[waitCell, *waitCell]
)
