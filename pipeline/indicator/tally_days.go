package indicator

import (
	"strings"
	"time"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// A spot is one province or unit on one day or in one week, in its region.
type spot struct {
	region int
	name   string
	day    law.Date
}

// spots adds up outcomes by spot, for measures that join them with something
// known only at the end.
type spots struct {
	*Tally
	at map[spot]*ratioCell
}

func newSpots(t *Tally) spots { return spots{t, map[spot]*ratioCell{}} }

func (s *spots) addAt(c *Contribution, name string, day law.Date) {
	key := spot{s.region(c), name, day}
	if s.at[key] == nil {
		s.at[key] = &ratioCell{}
	}
	s.at[key].add(c)
}

func (s *spots) mergeSpots(o *spots) {
	for key, r := range o.at {
		if own := s.at[key]; own != nil {
			own.merge(r)
		} else {
			s.at[key] = r
		}
	}
}

// within yields the spots of a cell.
func (s *spots) within(at cell) func(func(spot, *ratioCell) bool) {
	return func(yield func(spot, *ratioCell) bool) {
		for key, r := range s.at {
			if s.lies(key, at) && !yield(key, r) {
				return
			}
		}
	}
}

// lies reports whether a spot is in the region of a cell, and its day begins in
// the window.
func (s *spots) lies(key spot, at cell) bool {
	region, window := s.place(at)
	if region != 0 && region != key.region {
		return false
	}
	return window == All || in(s.windows, window, key.day.Start(s.cat.Zone), false)
}

// province is the place by which outcomes are joined with shocks.
func province(place string) string { return place[:min(4, len(place))] }

// shockSum compares days of declared shocks with all others.
type shockSum struct {
	spots
	shocks []shock
}

type shock struct {
	place       string
	from, until law.Date
}

func newShockSum(t *Tally) *shockSum { return &shockSum{spots: newSpots(t)} }

func (s *shockSum) add(c *Contribution, _ []cell) {
	switch c.Role {
	case Marking:
		s.shocks = append(s.shocks, shock{c.Place, s.cat.DateOf(c.At), s.cat.DateOf(c.Until)})
	case Outcome:
		s.addAt(c, province(c.Place), c.day(s.cat))
	}
}

func (s *shockSum) merge(o sum) {
	other := o.(*shockSum)
	s.mergeSpots(&other.spots)
	s.shocks = append(s.shocks, other.shocks...)
}

// shocked reports whether a shock was declared for a place and a day: for the
// place itself, or for one that it lies in.
func (s *shockSum) shocked(place string, d law.Date) bool {
	for _, x := range s.shocks {
		if strings.HasPrefix(place, x.place) && x.from <= d && d <= x.until {
			return true
		}
	}
	return false
}

func (s *shockSum) value(v *Value, at cell) {
	var g gapCell
	for key, r := range s.within(at) {
		if s.shocked(key.name, key.day) {
			g.group.merge(r)
		} else {
			g.against.merge(r)
		}
	}
	g.value(v)
}

// afterSum compares outcomes of units after their mark with those before it.
type afterSum struct {
	spots
	marked map[string]time.Time
}

func newAfterSum(t *Tally) *afterSum {
	return &afterSum{spots: newSpots(t), marked: map[string]time.Time{}}
}

func (s *afterSum) add(c *Contribution, _ []cell) {
	switch {
	case c.Role == Marking:
		s.mark(c.Unit, c.At)
	case c.Role == Outcome && c.Unit != "":
		s.addAt(c, c.Unit, c.day(s.cat))
	}
}

func (s *afterSum) mark(unit string, at time.Time) {
	if old, ok := s.marked[unit]; !ok || at.Before(old) {
		s.marked[unit] = at
	}
}

func (s *afterSum) merge(o sum) {
	other := o.(*afterSum)
	s.mergeSpots(&other.spots)
	for unit, at := range other.marked {
		s.mark(unit, at)
	}
}

// value leaves out units without a mark, and the day of the mark itself.
func (s *afterSum) value(v *Value, at cell) {
	var g gapCell
	for key, r := range s.within(at) {
		marked, ok := s.marked[key.name]
		if !ok {
			continue
		}
		switch on := s.cat.DateOf(marked); {
		case key.day > on:
			g.group.merge(r)
		case key.day < on:
			g.against.merge(r)
		}
	}
	g.value(v)
}

// dipsSum looks for the week in which most units fall.
type dipsSum struct {
	spots
	dips *law.Dips
}

func newDipsSum(t *Tally, d *law.Dips) *dipsSum { return &dipsSum{newSpots(t), d} }

func (s *dipsSum) add(c *Contribution, _ []cell) {
	if c.Role == Outcome && c.Unit != "" {
		s.addAt(c, c.Unit, monday(c.day(s.cat)))
	}
}

// monday is the first day of a date's week.
func monday(d law.Date) law.Date { return d - (law.Date(d.Weekday())+6)%7 }

func (s *dipsSum) merge(o sum) { s.mergeSpots(&o.(*dipsSum).spots) }

// inOne are the spots of a region; those of the nation, where a unit may have
// outcomes in several regions, with all of a unit's together.
func (s *dipsSum) inOne(region int) map[spot]*ratioCell {
	if region != 0 {
		return s.at
	}
	out := map[spot]*ratioCell{}
	for key, r := range s.at {
		key.region = 0
		if out[key] == nil {
			out[key] = &ratioCell{}
		}
		out[key].merge(r)
	}
	return out
}

// value is the largest share of units that fall from one week to the next, among
// weeks with at least the indicator's minimum of units to look at.
func (s *dipsSum) value(v *Value, at cell) {
	type week struct{ fell, seen float64 }
	weeks := map[law.Date]*week{}
	enough := func(r *ratioCell) bool { return r != nil && r.n >= int64(s.dips.AtLeast) }
	region, _ := s.place(at)
	byUnit := s.inOne(region)
	for key, now := range byUnit {
		before := byUnit[spot{region, key.name, key.day - 7}]
		if !s.lies(key, at) || !enough(now) || !enough(before) {
			continue
		}
		w := weeks[key.day]
		if w == nil {
			w = &week{}
			weeks[key.day] = w
		}
		w.seen++
		if before.numerator/before.denominator-now.numerator/now.denominator >= s.dips.Drop-1e-12 {
			w.fell++
		}
	}
	for _, w := range weeks {
		v.N = max(v.N, int64(w.seen))
	}
	if v.N < int64(v.Indicator.MinimumN) {
		v.none(NoComparison)
		return
	}
	best := week{seen: 1}
	for _, w := range weeks {
		if w.seen < float64(v.Indicator.MinimumN) {
			continue
		}
		share, most := w.fell/w.seen, best.fell/best.seen
		if share > most || share == most && w.seen > best.seen {
			best = *w
		}
	}
	v.N, v.Numerator, v.Denominator = int64(best.seen), best.fell, best.seen
	v.setRatio()
}

// loadSum compares what falls due a day with the most that was done on a day.
type loadSum struct {
	spots
	done map[spot]float64
}

func newLoadSum(t *Tally) *loadSum { return &loadSum{spots: newSpots(t), done: map[spot]float64{}} }

func (s *loadSum) add(c *Contribution, _ []cell) {
	day := c.day(s.cat)
	switch {
	case c.Role == Done:
		s.done[spot{s.region(c), province(c.Place), day}]++
	case c.Role == Outcome && !c.At.After(s.windows.AsOf):
		s.addAt(c, province(c.Place), day)
	}
}

func (s *loadSum) merge(o sum) {
	other := o.(*loadSum)
	s.mergeSpots(&other.spots)
	for key, n := range other.done {
		s.done[key] += n
	}
}

func (s *loadSum) value(v *Value, at cell) {
	var total ratioCell
	first, last := law.Date(0), law.Date(0)
	for key, r := range s.within(at) {
		if total.n == 0 {
			first, last = key.day, key.day
		}
		total.merge(r)
		first, last = min(first, key.day), max(last, key.day)
	}
	perDay := map[law.Date]float64{}
	for key, n := range s.done {
		if s.lies(key, at) {
			perDay[key.day] += n
		}
	}
	for _, n := range perDay {
		v.Denominator = max(v.Denominator, n)
	}
	if v.N = total.n; v.N == 0 {
		v.Reason = NoData
		return
	}
	v.Numerator = float64(total.n) / float64(last-first+1)
	v.setRatio()
}

// linkedSum completes instances by what other subjects say of them.
type linkedSum struct {
	ratios
	links    map[uint64][]int64
	waiting  []waiting
	resolved bool
}

// waiting is an instance that only a link can complete.
type waiting struct {
	key          uint64
	since, until int64
	cells        []cell
}

func (s *linkedSum) add(c *Contribution, in []cell) {
	switch {
	case c.Role == Linking:
		s.links[c.Key] = append(s.links[c.Key], c.At.UnixMilli())
	case c.Role == Linked && c.Numerator == 0:
		s.waiting = append(s.waiting, waiting{c.Key, c.Since.UnixMilli(), c.Until.UnixMilli(), append([]cell(nil), in...)})
	default:
		s.ratios.add(c, in)
	}
}

func (s *linkedSum) merge(o sum) {
	other := o.(*linkedSum)
	s.ratios.merge(&other.ratios)
	s.waiting = append(s.waiting, other.waiting...)
	for key, at := range other.links {
		s.links[key] = append(s.links[key], at...)
	}
}

func (s *linkedSum) value(v *Value, at cell) {
	if !s.resolved {
		s.resolve()
	}
	s.ratios.value(v, at)
}

func (s *linkedSum) resolve() {
	s.resolved = true
	for _, w := range s.waiting {
		c := Contribution{Denominator: 1}
		for _, at := range s.links[w.key] {
			if at >= w.since && at <= w.until {
				c.Numerator = 1
			}
		}
		s.ratios.add(&c, w.cells)
	}
	s.waiting = nil
}

// coverageSum keeps which places need what is looked for, and since when others
// have it.
type coverageSum struct {
	*Tally
	coverage *law.Coverage
	needed   map[string]map[Window]bool
	since    map[string]time.Time
	coarse   ratios // places too coarse to say
}

func newCoverageSum(t *Tally, c *law.Coverage) *coverageSum {
	return &coverageSum{Tally: t, coverage: c, needed: map[string]map[Window]bool{}, since: map[string]time.Time{}}
}

func (s *coverageSum) add(c *Contribution, in []cell) {
	if c.Role == LeftOut {
		s.coarse.add(c, in)
		return
	}
	place := c.Place[:s.coverage.Digits()]
	if c.Role == Covering {
		s.cover(place, c.At)
		return
	}
	if s.needed[place] == nil {
		s.needed[place] = map[Window]bool{}
	}
	for _, at := range in {
		_, window := s.place(at)
		s.needed[place][window] = true
	}
}

func (s *coverageSum) cover(place string, at time.Time) {
	if old, ok := s.since[place]; !ok || at.Before(old) {
		s.since[place] = at
	}
}

func (s *coverageSum) merge(o sum) {
	other := o.(*coverageSum)
	s.coarse.merge(&other.coarse)
	for place, windows := range other.needed {
		if s.needed[place] == nil {
			s.needed[place] = windows
		}
		for w := range windows {
			s.needed[place][w] = true
		}
	}
	for place, at := range other.since {
		s.cover(place, at)
	}
}

func (s *coverageSum) value(v *Value, at cell) {
	region, window := s.place(at)
	_, end := windowBounds(s.windows, window)
	v.LeftOut = s.coarse.of(at).leftOut
	for _, place := range s.places(window) {
		if region != 0 && s.cat.Places.Region(s.grouping, place) != s.regions[region] {
			continue
		}
		v.N++
		since, has := s.since[place]
		if (has && !since.After(end)) != s.coverage.Missing {
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
	v.set(statistics.Interval{Estimate: v.Numerator / v.Denominator, Low: w.Low, High: w.High}, err == nil && len(s.coverage.Of) > 0)
}

// places are those that the share is of, in a window.
func (s *coverageSum) places(w Window) []string {
	if len(s.coverage.Of) == 0 {
		return s.cat.Places.WithDigits(s.coverage.Digits())
	}
	var out []string
	for place, windows := range s.needed {
		if windows[w] {
			out = append(out, place)
		}
	}
	return out
}
