package indicator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
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

// Count gives the values of an Answer, from counts that are open already.
func (r *Reader) Count(ctx context.Context, from Counts, asOf time.Time, req Request) ([]Value, error) {
	c := newCounter(ctx, r, from, asOf, req)
	for _, step := range []func() error{
		c.outcomes, c.outcomesByUnitAndDay, c.tallies, c.waits, c.standing, c.reports, c.places, c.marks,
		c.duties, c.dutiesBySide, c.dutiesByUnit, c.dutiesByDay, c.dutiesByUnitAndWeek, c.slopes, c.limits,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.values(), nil
}

// A cell is one region and window, by number. The nation is region 0.
type cell struct{ region, window int }

// A counter gathers what the store counted, by indicator and cell, to be finished.
type counter struct {
	ctx     context.Context //nolint:containedctx // It lives as long as one count.
	reader  *Reader
	cat     *law.Catalogue
	from    Counts
	asOf    time.Time
	spans   store.Spans
	req     Request
	regions []string
	number  map[string]int // of each region

	ratios   table[ratio]
	gaps     table[gap]
	units    table[units]
	tally    table[tally]
	wait     table[wait]
	slope    table[slope]
	days     table[days]
	weeks    table[weeks]
	covered  table[coverage]
	markedOn map[*law.Indicator]map[string]law.Date // units by their first mark
	shocks   map[*law.Indicator][]shock
}

func newCounter(ctx context.Context, r *Reader, from Counts, asOf time.Time, req Request) *counter {
	c := &counter{
		ctx: ctx, reader: r, cat: r.Catalogue, from: from, asOf: asOf, spans: Windows(r.Catalogue, asOf), req: req,
		regions: []string{Nation}, number: map[string]int{},
		markedOn: map[*law.Indicator]map[string]law.Date{}, shocks: map[*law.Indicator][]shock{},
	}
	if r.Catalogue.Places != nil {
		c.regions = append(c.regions, r.Catalogue.Places.Regions(req.Grouping)...)
	}
	for i, region := range c.regions {
		c.number[region] = i
	}
	return c
}

// chosen are the requested indicators of which a condition holds.
func (c *counter) chosen(holds func(m *law.Measure) bool) []*law.Indicator {
	var out []*law.Indicator
	for _, ind := range c.req.Indicators {
		if holds(&ind.Measure) {
			out = append(out, ind)
		}
	}
	return out
}

// draw asks for the contributions to some indicators.
func (c *counter) draw(of []*law.Indicator) store.Draw {
	d := store.Draw{AsOf: c.asOf, WithoutLow: c.reader.LeaveOutLow, Place: c.req.Place, Unit: c.req.Institution, Spans: c.spans}
	for _, ind := range of {
		d.Indicators = append(d.Indicators, ind.ID)
	}
	return d
}

// each yields the numbers of the regions to which a place belongs: the nation, and
// its own where that is known.
func (c *counter) each(province, stated string) []int {
	region := stated
	if province != "" {
		region = c.cat.Places.Region(c.req.Grouping, province)
	}
	if n := c.number[region]; n > 0 {
		return []int{0, n}
	}
	return []int{0}
}

func byID(of []*law.Indicator) map[string]*law.Indicator {
	out := make(map[string]*law.Indicator, len(of))
	for _, ind := range of {
		out[ind.ID] = ind
	}
	return out
}

// ofShares reports whether a measure tells successes from failures by events.
func ofShares(m *law.Measure) bool { return m.Share != nil }

// byUnitAndDay reports whether a reading needs to know whose outcome it is, and of
// which day.
func byUnitAndDay(m *law.Measure) bool {
	return m.After != nil || m.Units != nil || m.Shock != nil || m.Dips != nil
}

// outcomes adds up what events say, by place and side.
func (c *counter) outcomes() error {
	of := c.chosen(func(m *law.Measure) bool {
		return (ofShares(m) || m.Ratio != nil || m.Mismatch != nil || m.Coverage != nil) && !byUnitAndDay(m)
	})
	if len(of) == 0 {
		return nil
	}
	sums, err := c.from.ContributionSums(c.ctx, c.draw(of), c.cat.Zone)
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range sums {
		s := &sums[i]
		ind := named[s.Indicator]
		for _, region := range c.each(s.Province, s.Region) {
			for window := range c.spans {
				at := cell{region, window}
				r := ratio{s.In[window].Numerator, s.In[window].Denominator, signed(s.N[window]), signed(s.LeftOut[window])}
				if ind.Measure.Gap != nil {
					c.gaps.at(ind, at).add(s.Side, r)
				} else {
					c.ratios.at(ind, at).add(r)
				}
			}
		}
	}
	return nil
}

// outcomesByUnitAndDay adds up what events say, by unit and day as well.
func (c *counter) outcomesByUnitAndDay() error {
	of := c.chosen(func(m *law.Measure) bool { return ofShares(m) && byUnitAndDay(m) })
	if len(of) == 0 {
		return nil
	}
	sums, err := c.from.ContributionSums(c.ctx, c.draw(of), c.cat.Zone, store.ByUnit, store.ByCountDay)
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range sums {
		s := &sums[i]
		day, err := law.ParseDate(s.Parts[store.ByCountDay])
		if err != nil {
			return err
		}
		o := outcome{province: s.Province, stated: s.Region, unit: s.Parts[store.ByUnit], day: day}
		for window := range c.spans {
			o.in[window] = ratio{s.In[window].Numerator, s.In[window].Denominator, signed(s.N[window]), signed(s.LeftOut[window])}
		}
		c.take(named[s.Indicator], &o)
	}
	return nil
}

// An outcome is what is known of one unit or province on one day.
type outcome struct {
	province, stated, unit string
	day                    law.Date
	in                     [3]ratio
}

// take gives an outcome to the reading of its indicator. Readings by days look at
// all outcomes of a day whose first instant lies in the window.
func (c *counter) take(ind *law.Indicator, o *outcome) {
	m := &ind.Measure
	for _, region := range c.each(o.province, o.stated) {
		for window := range c.spans {
			at := cell{region, window}
			switch {
			case m.Units != nil:
				c.units.at(ind, at).add(o.unit, o.in[window])
			case m.Shock != nil:
				if c.dayIn(o.day, window) {
					c.days.at(ind, at).add(spot{o.province, o.day}, o.in[all])
				}
			case m.After != nil:
				if o.unit != "" && c.dayIn(o.day, window) {
					c.days.at(ind, at).add(spot{o.unit, o.day}, o.in[all])
				}
			case m.Dips != nil:
				if monday := monday(o.day); o.unit != "" {
					c.weeks.at(ind, at).add(spot{o.unit, monday}, o.in[all])
				}
			}
		}
	}
}

// all is the number of the window without bounds.
const all = 2

// dayIn reports whether a civil day begins in a window.
func (c *counter) dayIn(day law.Date, window int) bool {
	span := c.spans[window]
	start := day.Start(c.cat.Zone)
	return span == store.Span{} || !start.Before(span.From) && (start.Before(span.To) || start.Equal(c.asOf) && span.To.Equal(c.asOf))
}

func (c *counter) tallies() error {
	of := c.chosen(func(m *law.Measure) bool { return m.Count != nil })
	if len(of) == 0 {
		return nil
	}
	tallies, err := c.from.ContributionTallies(c.ctx, c.draw(of))
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range tallies {
		t := &tallies[i]
		for _, region := range c.each(t.Province, t.Region) {
			for window := range c.spans {
				c.tally.at(named[t.Indicator], cell{region, window}).add(t.Events, signed(t.In[window]))
			}
		}
	}
	return nil
}

func (c *counter) waits() error {
	of := c.chosen(func(m *law.Measure) bool { return m.Wait != nil })
	if len(of) == 0 {
		return nil
	}
	waits, err := c.from.ContributionWaits(c.ctx, c.draw(of))
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range waits {
		w := &waits[i]
		for _, region := range c.each(w.Province, w.Region) {
			for window := range c.spans {
				c.wait.at(named[w.Indicator], cell{region, window}).add(float64(w.Minutes)/60, outcomeOf(w.Ended), signed(w.In[window]))
			}
		}
	}
	return nil
}

func (c *counter) standing() error {
	of := c.chosen(func(m *law.Measure) bool { return m.InForce != nil })
	if len(of) == 0 {
		return nil
	}
	sums, err := c.from.ContributionsStanding(c.ctx, c.draw(of))
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range sums {
		s := &sums[i]
		ind := named[s.Indicator]
		for _, region := range c.each(s.Province, s.Region) {
			for window := range c.spans {
				in := &s.In[window]
				r := ratio{float64(in.WithDeed), float64(in.N), signed(in.N), 0}
				if days := ind.Measure.InForce.Days; days > 0 {
					r.numerator, r.denominator = float64(in.Deeds), in.Days/float64(days)
				}
				c.ratios.at(ind, cell{region, window}).add(r)
			}
		}
	}
	return nil
}

func (c *counter) reports() error {
	of := c.chosen(func(m *law.Measure) bool { return m.Latest != nil })
	if len(of) == 0 {
		return nil
	}
	reports, err := c.from.ContributionReports(c.ctx, c.draw(of))
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range reports {
		n := &reports[i]
		for _, region := range c.each(n.Province, n.Region) {
			c.ratios.at(named[n.Indicator], cell{region, n.Span}).add(ratio{n.Numerator, n.Denominator, signed(n.N), 0})
		}
	}
	return nil
}

func (c *counter) places() error {
	of := c.chosen(func(m *law.Measure) bool { return m.Coverage != nil })
	if len(of) == 0 {
		return nil
	}
	places, err := c.from.ContributionPlaces(c.ctx, c.draw(of))
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range places {
		p := &places[i]
		ind := named[p.Indicator]
		if ind == nil {
			continue
		}
		c.covered.at(ind, cell{}).add(p, ind.Measure.Coverage.Digits())
	}
	return nil
}

func (c *counter) marks() error {
	of := c.chosen(func(m *law.Measure) bool { return m.After != nil || m.Shock != nil })
	if len(of) == 0 {
		return nil
	}
	marks, err := c.from.ContributionMarks(c.ctx, c.asOf)
	if err != nil {
		return err
	}
	named := byID(of)
	for i := range marks {
		m := &marks[i]
		ind := named[m.Indicator]
		switch {
		case ind == nil:
		case m.Role == contribution.Shock:
			c.shocks[ind] = append(c.shocks[ind], shock{m.Place, c.cat.DateOf(m.From), c.cat.DateOf(m.To)})
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
func (c *counter) cut(ind *law.Indicator, by ...store.By) store.Cut {
	cut := store.Cut{
		AsOf: c.asOf, Choice: c.reader.Choice(kinds(ind)...), Place: c.req.Place, Institution: c.req.Institution,
		Spans: c.spans, By: by, Zone: c.cat.Zone,
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

// plain reports whether a measure counts obligations whatever they are.
func plain(m *law.Measure) bool {
	return m.OfObligations() && m.LimitRatio == nil && m.Gap == nil && len(m.InCases) == 0 && m.Slope == nil && !m.Load && !byUnitAndDay(m)
}

// duties counts obligations by duty: all indicators that only add them up.
func (c *counter) duties() error {
	of := c.chosen(plain)
	if len(of) == 0 {
		return nil
	}
	cut := store.Cut{
		AsOf: c.asOf, Choice: c.reader.Choice(law.Law, law.Target), Place: c.req.Place, Institution: c.req.Institution,
		Spans: c.spans, By: []store.By{store.ByDuty, store.ByProvince}, Zone: c.cat.Zone,
	}
	counts, err := c.from.ObligationCounts(c.ctx, cut)
	if err != nil {
		return err
	}
	for _, ind := range of {
		duties, counting := ind.DutiesOf(), kinds(ind)
		for i := range counts {
			n := &counts[i]
			if !slices.Contains(counting, n.Basis.Kind) || duties[0] != law.AllDuties && !slices.Contains(duties, n.Parts[store.ByDuty]) {
				continue
			}
			for _, region := range c.each(n.Parts[store.ByProvince], "") {
				for window := range c.spans {
					c.ratios.at(ind, cell{region, window}).add(ratioOf(&ind.Measure, n, window))
				}
			}
		}
	}
	return nil
}

// dutiesBySide counts obligations by the sides of gaps.
func (c *counter) dutiesBySide() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && (m.Gap != nil || len(m.InCases) > 0) })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], store.BySides, store.ByProvince))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			regions := c.each(n.Parts[store.ByProvince], "")
			for _, ind := range alike {
				side := contribution.SideOf(n.Parts[store.BySides], ind.ID)
				for _, region := range regions {
					for window := range c.spans {
						at, r := cell{region, window}, ratioOf(&ind.Measure, n, window)
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
	}
	return nil
}

// dutiesByUnit counts obligations by the institution that bears them.
func (c *counter) dutiesByUnit() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Units != nil })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], store.ByInstitution, store.ByBearer, store.ByProvince))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			unit := n.Parts[store.ByInstitution]
			for _, ind := range alike {
				comparable := unit != "" && contribution.KindWanted(ind.Measure.Units, n.Parts[store.ByBearer])
				for _, region := range c.each(n.Parts[store.ByProvince], "") {
					for window := range c.spans {
						r := ratioOf(&ind.Measure, n, window)
						if !comparable {
							r = ratio{leftOut: r.n + r.leftOut}
						}
						c.units.at(ind, cell{region, window}).add(unit, r)
					}
				}
			}
		}
	}
	return nil
}

// dutiesByDay counts obligations by province and day, for readings that look for
// something on the day.
func (c *counter) dutiesByDay() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && (m.Shock != nil || m.Load) })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], store.ByProvince, store.ByDay))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			day, err := law.ParseDate(n.Parts[store.ByDay])
			if err != nil {
				return err
			}
			for _, ind := range alike {
				if ind.Measure.Load && !n.FallenDue {
					continue
				}
				r := ratioOf(&ind.Measure, n, all)
				for _, region := range c.each(n.Parts[store.ByProvince], "") {
					for window := range c.spans {
						if c.dayIn(day, window) {
							c.days.at(ind, cell{region, window}).add(spot{n.Parts[store.ByProvince], day}, r)
						}
					}
				}
			}
		}
		if err := c.doneByDay(alike); err != nil {
			return err
		}
	}
	return nil
}

// doneByDay counts what was done on each day, for the load.
func (c *counter) doneByDay(of []*law.Indicator) error {
	of = slices.DeleteFunc(slices.Clone(of), func(ind *law.Indicator) bool { return !ind.Measure.Load })
	if len(of) == 0 {
		return nil
	}
	counts, err := c.from.ObligationCounts(c.ctx, c.cut(of[0], store.ByProvince, store.ByDoneDay))
	if err != nil {
		return err
	}
	for i := range counts {
		n := &counts[i]
		if n.Parts[store.ByDoneDay] == "" {
			continue
		}
		day, err := law.ParseDate(n.Parts[store.ByDoneDay])
		if err != nil {
			return err
		}
		for _, ind := range of {
			for _, region := range c.each(n.Parts[store.ByProvince], "") {
				for window := range c.spans {
					if c.dayIn(day, window) {
						c.days.at(ind, cell{region, window}).did(day, signed(n.Every))
					}
				}
			}
		}
	}
	return nil
}

// dutiesByUnitAndWeek counts obligations by institution and week.
func (c *counter) dutiesByUnitAndWeek() error {
	of := c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Dips != nil })
	for _, alike := range together(of) {
		counts, err := c.from.ObligationCounts(c.ctx, c.cut(alike[0], store.ByInstitution, store.ByWeek, store.ByProvince))
		if err != nil {
			return err
		}
		for i := range counts {
			n := &counts[i]
			if n.Parts[store.ByInstitution] == "" {
				continue
			}
			week, err := law.ParseDate(n.Parts[store.ByWeek])
			if err != nil {
				return err
			}
			for _, ind := range alike {
				r := ratioOf(&ind.Measure, n, all)
				for _, region := range c.each(n.Parts[store.ByProvince], "") {
					for window := range c.spans {
						c.weeks.at(ind, cell{region, window}).add(spot{n.Parts[store.ByInstitution], week}, r)
					}
				}
			}
		}
	}
	return nil
}

// slopes sums hours by an attribute of the place.
func (c *counter) slopes() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.OfObligations() && m.Slope != nil }) {
		sums, err := c.from.ObligationSlopes(c.ctx, c.cut(ind))
		if err != nil {
			return err
		}
		for i := range sums {
			s := &sums[i]
			x, known := c.cat.Attribute(ind.Measure.Slope.Attribute, s.Place)
			x /= ind.Measure.Slope.Per
			for _, region := range c.each(s.Place, "") {
				for window := range c.spans {
					c.slope.at(ind, cell{region, window}).add(x, known, signed(s.N[window]), signed(s.LeftOut[window]), s.Hours[window], s.Square[window])
				}
			}
		}
	}
	return nil
}

// limits counts how long obligations take, each in its own limit.
func (c *counter) limits() error {
	for _, ind := range c.chosen(func(m *law.Measure) bool { return m.LimitRatio != nil }) {
		times, err := c.from.ObligationTimes(c.ctx, c.cut(ind, store.ByProvince), store.LimitClock, true)
		if err != nil {
			return err
		}
		for i := range times {
			n := &times[i]
			for _, region := range c.each(n.Parts[store.ByProvince], "") {
				for window := range c.spans {
					w := c.wait.at(ind, cell{region, window})
					switch {
					case n.Took < 0:
					case n.Status == obligation.Void || n.Status == obligation.Unclear:
						w.leftOut += signed(n.In[window])
					default:
						w.add(float64(n.Took)/1000, endOf(n.Ended), signed(n.In[window]))
					}
				}
			}
		}
	}
	return nil
}
