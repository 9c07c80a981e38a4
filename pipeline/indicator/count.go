package indicator

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Request asks for indicators.
type Request struct {
	Indicators []*law.Indicator
	Grouping   string
	// Place and Institution look at one part alone, which is then the nation's row:
	// places whose code begins so, and what one institution answers for. Empty is
	// everything.
	Place, Institution string
}

// An Answer is what one reading gives.
type Answer struct {
	Values       []Value
	Observations []Observation
}

// Answer counts indicators at a query's instants, in each region of a grouping and
// the nation, in each window; and what frontline workers observed.
func (r *Reader) Answer(ctx context.Context, q obligation.Query, req Request) (Answer, error) {
	var a Answer
	err := r.At(ctx, q, func(from Counts) (err error) {
		if a.Values, err = r.Count(ctx, from, q.AsOf, req); err != nil {
			return err
		}
		a.Observations, err = r.observations(ctx, from, q.AsOf, req.Grouping)
		return err
	})
	if err != nil {
		return Answer{}, fmt.Errorf("count indicators: %w", err)
	}
	return a, nil
}

// atOnce is how many questions the store is asked side by side: while one answer is
// read, the next is made.
const atOnce = 3

// Count gives the values of an Answer, from counts that are open already.
func (r *Reader) Count(ctx context.Context, from Counts, asOf time.Time, req Request) ([]Value, error) {
	c := newCounter(ctx, r, from, asOf, req)
	if err := c.marks(); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	c.ctx = ctx
	for _, step := range []func() error{
		c.waits, c.limits, c.dips, c.outcomes, c.outcomesApart, c.outcomesByUnit, c.tallies, c.standing, c.reports, c.places,
		c.duties, c.dutiesChosen, c.dutiesBySide, c.dutiesByUnit, c.dutiesInShock, c.loads, c.slopes,
	} {
		group.Go(step)
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return c.values(), nil
}

// A cell is one region and window, by number. The nation is region 0.
type cell struct{ region, window int }

// A counter gathers what the store counted, by indicator and cell, to be finished.
type counter struct {
	ctx      context.Context //nolint:containedctx // It lives as long as one count.
	reader   *Reader
	cat      *law.Catalogue
	from     Counts
	asOf     time.Time
	spans    counting.Spans
	req      Request
	regions  []string
	number   map[string]int // of each region
	byRegion counting.Regions

	ratios   table[ratio]
	squares  table[squares]
	gaps     table[gap]
	units    table[units]
	perUnit  table[eventsPer]
	wait     table[wait]
	slope    table[slope]
	load     table[load]
	dipped   table[dips]
	covered  table[coverage]
	markedOn map[*law.Indicator]map[string]law.Date // units by their first mark
	shocks   map[*law.Indicator][]counting.Shock
}

func newCounter(ctx context.Context, r *Reader, from Counts, asOf time.Time, req Request) *counter {
	c := &counter{
		ctx: ctx, reader: r, cat: r.Catalogue, from: from, asOf: asOf, spans: Windows(r.Catalogue, asOf), req: req,
		regions: []string{Nation}, number: map[string]int{}, byRegion: r.Regions(req.Grouping),
		markedOn: map[*law.Indicator]map[string]law.Date{}, shocks: map[*law.Indicator][]counting.Shock{},
	}
	if r.Catalogue.Places != nil {
		c.regions = append(c.regions, r.Catalogue.Places.Regions(req.Grouping)...)
	}
	for i, region := range c.regions {
		c.number[region] = i
	}
	return c
}

func (c *counter) chosen(holds func(m *law.Measure) bool) []*law.Indicator {
	var out []*law.Indicator
	for _, ind := range c.req.Indicators {
		if holds(&ind.Measure) {
			out = append(out, ind)
		}
	}
	return out
}

// drawing is what to ask about the chosen indicators of which a condition holds, and these by name. The
// store is asked about all such that the catalogue has, in its order: so whoever asks for some finds what was added up
// for others.
func (c *counter) drawing(holds func(*law.Measure) bool) (counting.Draw, map[string]*law.Indicator) {
	of := c.chosen(holds)
	d := c.draw(of)
	for _, ind := range c.cat.Indicators {
		if holds(&ind.Measure) {
			d.Alike = append(d.Alike, ind.ID)
		}
	}
	return d, byID(of)
}

func byID(of []*law.Indicator) map[string]*law.Indicator {
	out := make(map[string]*law.Indicator, len(of))
	for _, ind := range of {
		out[ind.ID] = ind
	}
	return out
}

func (c *counter) draw(of []*law.Indicator) counting.Draw {
	d := counting.Draw{AsOf: c.asOf, WithoutLow: c.reader.LeaveOutLow, Place: c.req.Place, Unit: c.req.Institution, Spans: c.spans, Regions: c.byRegion, Zone: c.cat.Zone}
	for _, ind := range of {
		d.Indicators = append(d.Indicators, ind.ID)
		d.Linked = d.Linked || ofShares(&ind.Measure) && ind.Measure.Share.Linked != nil
	}
	return d
}

// each yields the numbers of the regions to which something belongs: the nation, and
// its own where that is known.
func (c *counter) each(region string) []int {
	if n := c.number[region]; n > 0 {
		return []int{0, n}
	}
	return []int{0}
}

// cells yields the cells in which something counts: each window of each such region.
func (c *counter) cells(region string) iter.Seq[cell] {
	return func(yield func(cell) bool) {
		for _, n := range c.each(region) {
			for window := range c.spans {
				if !yield(cell{n, window}) {
					return
				}
			}
		}
	}
}

// contributed reads what the store counted of the contributions to the indicators of
// which a condition holds, and gives those by name; nothing is read where there are none.
func contributed[T any](c *counter, holds func(*law.Measure) bool, read func(context.Context, counting.Draw, ...counting.By) ([]T, error)) ([]T, map[string]*law.Indicator, error) {
	draw, named := c.drawing(holds)
	if len(named) == 0 {
		return nil, nil, nil
	}
	counted, err := read(c.ctx, draw)
	return counted, named, err
}

// ofShares reports whether a measure tells successes from failures by events.
func ofShares(m *law.Measure) bool { return m.Share != nil }

// apart reports whether a reading tells outcomes apart by something that it has to be
// told first, or by who they are of.
func apart(m *law.Measure) bool {
	return m.After != nil || m.Units != nil || m.Shock != nil || m.Dips != nil
}

func (c *counter) outcomes() error {
	sums, named, err := contributed(c, func(m *law.Measure) bool {
		return (ofShares(m) || m.Ratio != nil || m.Mismatch != nil || m.Coverage != nil) && !apart(m)
	}, c.from.ContributionSums)
	if err != nil {
		return err
	}
	for i := range sums {
		s := &sums[i]
		ind := named[s.Indicator]
		for at := range c.cells(s.Region) {
			r := ratio{s.In[at.window].Numerator, s.In[at.window].Denominator, s.N[at.window], s.LeftOut[at.window]}
			if ind.Measure.Gap != nil {
				c.gaps.at(ind, at).add(s.Side, r)
			} else {
				c.ratios.at(ind, at).add(r)
			}
		}
	}
	return nil
}

// outcomesApart adds up what events say before and after a mark, or in and out of a
// shock: each indicator has marks and shocks of its own.
func (c *counter) outcomesApart() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return ofShares(m) && (m.After != nil || m.Shock != nil) }) {
		draw, by := c.draw([]*law.Indicator{ind}), counting.InShock
		draw.Marks, draw.Shocks = c.markedOn[ind], c.shocks[ind]
		if ind.Measure.After != nil {
			by = counting.AfterMark
		}
		sums, err := c.from.ContributionSums(c.ctx, draw, by)
		if err != nil {
			return err
		}
		for i := range sums {
			s := &sums[i]
			side := map[string]contribution.Side{"1": contribution.InGroup, "-1": contribution.Against}[s.Parts[by]]
			if by == counting.InShock && side == contribution.NoSide {
				side = contribution.Against
			}
			if side == contribution.NoSide {
				continue
			}
			for at := range c.cells(s.Region) {
				in := s.In[at.window]
				c.gaps.at(ind, at).add(side, ratio{in.Numerator, in.Denominator, s.N[at.window], 0})
			}
		}
	}
	return nil
}

func (c *counter) outcomesByUnit() error {
	sums, named, err := contributed(c, func(m *law.Measure) bool { return ofShares(m) && m.Units != nil }, byUnit(c.from.ContributionSums))
	if err != nil {
		return err
	}
	for i := range sums {
		s := &sums[i]
		for at := range c.cells(s.Region) {
			in := s.In[at.window]
			c.units.at(named[s.Indicator], at).add(s.Parts[counting.ByUnit], ratio{in.Numerator, in.Denominator, s.N[at.window], s.LeftOut[at.window]})
		}
	}
	return nil
}

func (c *counter) dayIn(day law.Date, window int) bool {
	span := c.spans[window]
	start := day.Start(c.cat.Zone)
	return span == store.Span{} || !start.Before(span.From) && (start.Before(span.To) || start.Equal(c.asOf) && span.To.Equal(c.asOf))
}

func (c *counter) tallies() error {
	tallies, named, err := contributed(c, func(m *law.Measure) bool { return m.Count != nil }, c.from.ContributionTallies)
	if err != nil {
		return err
	}
	for i := range tallies {
		t := &tallies[i]
		for at := range c.cells(t.Region) {
			c.perUnit.at(named[t.Indicator], at).add(t.Events, t.In[at.window])
		}
	}
	return nil
}

func (c *counter) waits() error {
	waits, named, err := contributed(c, func(m *law.Measure) bool { return m.Wait != nil }, c.from.ContributionWaits)
	if err != nil {
		return err
	}
	for i := range waits {
		w := &waits[i]
		var tables [len(counting.Spans{})]statistics.LifeTable
		for window := range tables {
			tables[window] = tableOf(w, window)
		}
		for at := range c.cells(w.Region) {
			c.wait.at(named[w.Indicator], at).addTable(tables[at.window])
		}
	}
	return nil
}

func (c *counter) standing() error {
	sums, named, err := contributed(c, func(m *law.Measure) bool { return m.InForce != nil }, c.from.ContributionsStanding)
	if err != nil {
		return err
	}
	for i := range sums {
		s := &sums[i]
		ind := named[s.Indicator]
		for at := range c.cells(s.Region) {
			c.ratios.at(ind, at).add(standingRatio(&ind.Measure, &s.In[at.window]))
		}
	}
	return nil
}

// standingRatio is what instances that stand in a span come to.
func standingRatio(m *law.Measure, in *counting.StandingSum) ratio {
	r := ratio{float64(in.WithDeed), float64(in.N), in.N, 0}
	if days := m.InForce.Days; days > 0 {
		r.numerator, r.denominator = float64(in.Deeds), in.Days()/float64(days)
	}
	return r
}

func (c *counter) reports() error {
	reports, named, err := contributed(c, func(m *law.Measure) bool { return m.Latest != nil }, c.from.ContributionReports)
	if err != nil {
		return err
	}
	for i := range reports {
		n := &reports[i]
		for _, region := range c.each(n.Region) {
			at := cell{region, n.Span}
			c.ratios.at(named[n.Indicator], at).add(ratio{n.Numerator, n.Denominator, n.N, 0})
			c.squares.at(named[n.Indicator], at).add(n)
		}
	}
	return nil
}

func (c *counter) places() error {
	needs, named, err := contributed(c, func(m *law.Measure) bool { return m.Coverage != nil }, func(ctx context.Context, d counting.Draw, _ ...counting.By) ([]counting.ContributionNeed, error) {
		return c.from.ContributionNeeds(ctx, d)
	})
	if err != nil || len(named) == 0 {
		return err
	}
	places, err := c.from.ContributionPlaces(c.ctx, c.asOf)
	if err != nil {
		return err
	}
	// A place that is too coarse to say which it is is left out, and counted beside.
	for i := range needs {
		n := &needs[i]
		ind := named[n.Indicator]
		if place, ok := placeOf(n.Parts[counting.ByPlace], &ind.Measure); ok {
			c.covered.at(ind, cell{}).needs(place, n.In)
		}
	}
	for i := range places {
		p := &places[i]
		ind := named[p.Indicator]
		if ind == nil {
			continue
		}
		if place, ok := placeOf(p.Place, &ind.Measure); ok {
			c.covered.at(ind, cell{}).has(place, p.First)
		}
	}
	return nil
}

// placeOf is the place of the level that a measure looks at.
func placeOf(place string, m *law.Measure) (string, bool) {
	digits := m.Coverage.Digits()
	if len(place) < digits {
		return "", false
	}
	return place[:digits], true
}

func (c *counter) marks() error {
	named := byID(c.chosen(func(m *law.Measure) bool { return m.After != nil || m.Shock != nil }))
	if len(named) == 0 {
		return nil
	}
	marks, err := c.from.ContributionMarks(c.ctx, c.asOf)
	if err != nil {
		return err
	}
	for i := range marks {
		m := &marks[i]
		ind := named[m.Indicator]
		switch {
		case ind == nil:
		case m.Role == contribution.Shock:
			c.shocks[ind] = append(c.shocks[ind], counting.Shock{Place: m.Place, From: c.cat.DateOf(m.From), To: c.cat.DateOf(m.To)})
		default:
			if c.markedOn[ind] == nil {
				c.markedOn[ind] = map[string]law.Date{}
			}
			c.markedOn[ind][m.Unit] = c.cat.DateOf(m.From)
		}
	}
	return nil
}

// kinds are those of the obligations that an indicator counts: with "*" what has a
// number in the law, by name targets too.
func kinds(ind *law.Indicator) []law.Kind {
	if slices.Contains(ind.DutiesOf(), law.AllDuties) {
		return []law.Kind{law.Law}
	}
	return []law.Kind{law.Law, law.Target}
}

// cut asks for the obligations of an indicator, told apart as a reading needs.
func (c *counter) cut(ind *law.Indicator, by ...counting.By) counting.Cut {
	cut := counting.Cut{
		AsOf: c.asOf, Choice: c.reader.Choice(kinds(ind)...), Place: c.req.Place, Institution: c.req.Institution,
		Spans: c.spans, By: by, Zone: c.cat.Zone, Regions: c.byRegion,
	}
	if duties := ind.DutiesOf(); !slices.Contains(duties, law.AllDuties) {
		cut.Duties = duties
	}
	return cut
}

// together groups indicators of obligations that one reading of the store serves:
// they name the same duties.
func together(of []*law.Indicator) [][]*law.Indicator {
	var out [][]*law.Indicator
	at := map[string]int{}
	for _, ind := range of {
		key := strings.Join(ind.DutiesOf(), " ")
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], ind)
	}
	return out
}

func plain(m *law.Measure) bool {
	return m.OfObligations() && m.LimitRatio == nil && len(m.AtRisk) == 0 && len(m.Early) == 0 && m.OlderThanDays == 0 && m.Gap == nil && len(m.InCases) == 0 && m.Slope == nil && !m.Load && !apart(m)
}

func (c *counter) duties() error {
	of := c.chosen(plain)
	if len(of) == 0 {
		return nil
	}
	cut := counting.Cut{
		AsOf: c.asOf, Choice: c.reader.Choice(law.Law, law.Target), Place: c.req.Place, Institution: c.req.Institution,
		Spans: c.spans, By: []counting.By{counting.ByDuty, counting.ByRegion}, Zone: c.cat.Zone, Regions: c.byRegion,
	}
	counts, err := c.from.ObligationCounts(c.ctx, cut)
	if err != nil {
		return err
	}
	for _, ind := range of {
		duties, counted := ind.DutiesOf(), kinds(ind)
		for i := range counts {
			n := &counts[i]
			if !slices.Contains(counted, n.Basis.Kind) || duties[0] != law.AllDuties && !slices.Contains(duties, n.Parts[counting.ByDuty]) {
				continue
			}
			for at := range c.cells(n.Parts[counting.ByRegion]) {
				c.ratios.at(ind, at).add(ratioOf(&ind.Measure, n, at.window))
			}
		}
	}
	return nil
}

// dutiesChosen counts obligations that a measure chooses by more than their duty.
func (c *counter) dutiesChosen() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return len(m.AtRisk) > 0 || len(m.Early) > 0 || m.OlderThanDays > 0 }) {
		m := &ind.Measure
		cut := c.cut(ind, counting.ByRegion, counting.ByEarly, counting.ByOverdue)
		cut.Risks, cut.OverdueDays = m.AtRisk, m.OlderThanDays
		counts, err := c.from.ObligationCounts(c.ctx, cut)
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			for at := range c.cells(n.Parts[counting.ByRegion]) {
				c.ratios.at(ind, at).add(ratioOf(m, n, at.window))
			}
		}
	}
	return nil
}

func (c *counter) dutiesBySide() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && (m.Gap != nil || len(m.InCases) > 0) })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], counting.BySides, counting.ByRegion))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			for _, ind := range alike {
				side := contribution.SideOf(n.Parts[counting.BySides], ind.ID)
				for at := range c.cells(n.Parts[counting.ByRegion]) {
					r := ratioOf(&ind.Measure, n, at.window)
					switch {
					case ind.Measure.Gap != nil:
						c.gaps.at(ind, at).add(side, r)
					case side == contribution.InGroup:
						c.ratios.at(ind, at).add(r)
					}
				}
			}
		}
	}
	return nil
}

func (c *counter) dutiesByUnit() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Units != nil })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], counting.ByInstitution, counting.ByBearer, counting.ByRegion))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			unit := n.Parts[counting.ByInstitution]
			for _, ind := range alike {
				comparable := unit != "" && contribution.KindWanted(ind.Measure.Units, n.Parts[counting.ByBearer])
				for at := range c.cells(n.Parts[counting.ByRegion]) {
					r := ratioOf(&ind.Measure, n, at.window)
					if !comparable {
						r = ratio{leftOut: r.n + r.leftOut}
					}
					c.units.at(ind, at).add(unit, r)
				}
			}
		}
	}
	return nil
}

func (c *counter) dutiesInShock() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Shock != nil }) {
		cut := c.cut(ind, counting.InShock, counting.ByRegion)
		cut.Shocks = c.shocks[ind]
		counts, err := c.from.ObligationCounts(c.ctx, cut)
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			side := contribution.Against
			if n.Parts[counting.InShock] == "1" {
				side = contribution.InGroup
			}
			for at := range c.cells(n.Parts[counting.ByRegion]) {
				r := ratioOf(&ind.Measure, n, at.window)
				r.leftOut = 0
				c.gaps.at(ind, at).add(side, r)
			}
		}
	}
	return nil
}

// loads counts, by day, what fell due and what was done.
func (c *counter) loads() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Load }) {
		for _, by := range []counting.By{counting.ByDay, counting.ByDoneDay} {
			counts, err := c.from.ObligationCounts(c.ctx, c.cut(ind, counting.ByRegion, by))
			if err != nil {
				return err
			}
			for i := range counts {
				n := &counts[i]
				if by == counting.ByDay && (!n.FallenDue || !n.Status.Decided()) || n.Parts[by] == "" {
					continue
				}
				day, err := law.ParseDate(n.Parts[by])
				if err != nil {
					return err
				}
				for at := range c.cells(n.Parts[counting.ByRegion]) {
					if c.dayIn(day, at.window) {
						c.load.at(ind, at).add(by, day, n.Every)
					}
				}
			}
		}
	}
	return nil
}

// dips looks for weeks in which institutions do much worse than in the one before.
func (c *counter) dips() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Dips != nil }) {
		found, err := c.from.ObligationDips(c.ctx, c.cut(ind), int64(ind.Measure.Dips.AtLeast), ind.Measure.Dips.Drop)
		if err != nil {
			return err
		}
		for _, d := range found {
			region, known := c.number[d.Region]
			if d.Nation {
				region, known = 0, true
			}
			for window := range c.spans {
				if known && c.dayIn(d.Week, window) {
					at := c.dipped.at(ind, cell{region, window})
					*at = append(*at, d)
				}
			}
		}
	}
	return nil
}

func (c *counter) slopes() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Slope != nil }) {
		sums, err := c.from.ObligationSlopes(c.ctx, c.cut(ind))
		if err != nil {
			return err
		}
		for i := range sums {
			s := &sums[i]
			place := s.Parts[counting.ByPlace]
			x, known := c.cat.Attribute(ind.Measure.Slope.Attribute, place)
			x /= ind.Measure.Slope.Per
			for at := range c.cells(c.cat.Places.Region(c.req.Grouping, place)) {
				c.slope.at(ind, at).add(x, known, s.N[at.window], s.LeftOut[at.window], s.Hours[at.window], s.Square[at.window])
			}
		}
	}
	return nil
}

func (c *counter) limits() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.LimitRatio != nil }) {
		cut := c.cut(ind, counting.ByRegion)
		cut.SpansOfStarts = true
		times, err := c.from.ObligationTimes(c.ctx, cut, counting.LimitClock)
		if err != nil {
			return err
		}
		for i := range times {
			n := &times[i]
			for at := range c.cells(n.Parts[counting.ByRegion]) {
				w := c.wait.at(ind, at)
				for k, in := range n.In(at.window) {
					switch took := n.Took.At[k]; {
					case took < 0:
					case n.Status == obligation.Void || n.Status == obligation.Unclear:
						w.leftOut += in
					default:
						w.add(float64(took)/1000, endOf(n.Ended), in)
					}
				}
			}
		}
	}
	return nil
}
