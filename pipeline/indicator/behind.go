package indicator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Piece is what one case or unit adds to a number. Added up, pieces give the number:
// its numerator and denominator, or how many it is of.
type Piece struct {
	CaseID string
	// Duty and Instance name an obligation; empty for what events say by themselves.
	Duty, Instance string
	Unit           string // the institution that answers for it
	// Since is when it happened or began; Due and Done are of obligations. RFC 3339 in
	// UTC, empty where there is none.
	Since, Due, Done string
	Status           obligation.Status
	// Group is where it lies in a difference: "group" or "against".
	Group string

	Numerator, Denominator float64
	// N is how many it counts as, and LeftOut how many are counted beside.
	N, LeftOut int64
}

// ErrNoCases says that a number is not counted from cases.
var ErrNoCases = errors.New("this number is counted in the catalogue, not from cases")

// Behind lists what is behind an indicator in a region and window at a query's
// instants. It asks the queries that count, told apart by case: a number and its pieces
// cannot disagree.
func (r *Reader) Behind(ctx context.Context, q obligation.Query, req Request, region string, window Window) ([]Piece, error) {
	if len(req.Indicators) != 1 {
		return nil, fmt.Errorf("open a number: expected one indicator, not %d", len(req.Indicators))
	}
	ind := req.Indicators[0]
	switch m := &ind.Measure; {
	case m.DutyShare != nil:
		return nil, ErrNoCases
	case m.Explained && region != Nation:
		return nil, nil // It compares regions, and exists for the nation alone.
	}
	var pieces []Piece
	err := r.At(ctx, q, func(from Counts) error {
		c := newCounter(ctx, r, from, q.AsOf, req)
		if err := c.marks(); err != nil {
			return err
		}
		o := opening{counter: c, ind: ind, region: region, window: slices.Index(AllWindows(), window)}
		err := o.all()
		pieces = o.pieces
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ind.ID, err)
	}
	return pieces, nil
}

// An opening gathers the pieces of one number.
type opening struct {
	*counter
	ind    *law.Indicator
	region string
	window int
	cases  []string // only these; none for all
	pieces []Piece
}

// all gathers all pieces, in the order of their cases.
func (o *opening) all() error {
	gather := o.contributions
	if o.ind.Measure.OfObligations() {
		gather = o.obligations
	}
	err := gather()
	slices.SortFunc(o.pieces, func(a, b Piece) int {
		return cmp.Or(cmp.Compare(a.CaseID, b.CaseID), cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Since, b.Since))
	})
	return err
}

func (o *opening) in(region string) bool { return o.region == Nation || o.region == region }

func (o *opening) add(p Piece, r ratio) {
	p.Numerator, p.Denominator, p.N, p.LeftOut = r.numerator, r.denominator, r.n, r.leftOut
	if r != (ratio{}) {
		o.pieces = append(o.pieces, p)
	}
}

func groupOf(side contribution.Side) string {
	return map[contribution.Side]string{contribution.InGroup: "group", contribution.Against: "against"}[side]
}

func (o *opening) obligations() error {
	m := &o.ind.Measure
	cut := o.cut(o.ind, counting.ByRegion, counting.ByCase, counting.ByDuty, counting.ByInstance, counting.ByInstitution, counting.ByBearer,
		counting.ByStarted, counting.ByDue, counting.ByDone, counting.BySides, counting.ByEarly, counting.ByOverdue)
	cut.Risks, cut.OverdueDays, cut.Shocks, cut.Cases = m.AtRisk, m.OlderThanDays, o.shocks[o.ind], o.cases
	if m.Shock != nil {
		cut.By = append(cut.By, counting.InShock)
	}
	if m.Slope != nil {
		cut.By = append(cut.By, counting.ByPlace)
	}
	if m.LimitRatio != nil { // Its windows are of starts.
		cut.SpansOfStarts = true
	}
	counts, err := o.from.ObligationCounts(o.ctx, cut)
	if err != nil {
		return err
	}
	for i := range counts {
		n := &counts[i]
		if n.In[o.window] == 0 || !o.in(n.Parts[counting.ByRegion]) {
			continue
		}
		p := Piece{
			CaseID: n.Parts[counting.ByCase], Duty: n.Parts[counting.ByDuty], Instance: n.Parts[counting.ByInstance], Unit: n.Parts[counting.ByInstitution],
			Since: n.Parts[counting.ByStarted], Due: n.Parts[counting.ByDue], Done: n.Parts[counting.ByDone], Status: n.Status,
		}
		o.obligation(p, n)
	}
	return nil
}

// obligation adds one obligation as the measure reads it.
func (o *opening) obligation(p Piece, n *counting.ObligationCount) {
	m := &o.ind.Measure
	r := ratioOf(m, n, o.window)
	switch {
	case m.LimitRatio != nil:
		r = ratio{n: 1}
		if n.Status == obligation.Void || n.Status == obligation.Unclear {
			r = ratio{leftOut: 1}
		}
		if p.Due <= p.Since { // Nothing was allowed: no time is a part of it.
			return
		}
	case m.Slope != nil:
		_, known := o.cat.Attribute(m.Slope.Attribute, n.Parts[counting.ByPlace])
		r = ratio{leftOut: 1}
		if known && p.Done != "" && (n.Status == obligation.Met || n.Status == obligation.Late) {
			r = ratio{n: 1}
		}
	case m.Gap != nil:
		side := contribution.SideOf(n.Parts[counting.BySides], o.ind.ID)
		if p.Group = groupOf(side); side == contribution.NoSide {
			r = ratio{leftOut: r.n + r.leftOut}
		}
	case m.Shock != nil:
		p.Group = map[string]string{"1": "group"}[n.Parts[counting.InShock]]
		p.Group = cmp.Or(p.Group, "against")
		r.leftOut = 0
	case m.Units != nil:
		if p.Unit == "" || !contribution.KindWanted(m.Units, n.Parts[counting.ByBearer]) {
			r = ratio{leftOut: r.n + r.leftOut}
		}
	case len(m.InCases) > 0 && contribution.SideOf(n.Parts[counting.BySides], o.ind.ID) != contribution.InGroup:
		return
	}
	o.add(p, r)
}

func (o *opening) contributions() error {
	draw := o.draw([]*law.Indicator{o.ind})
	draw.Marks, draw.Shocks, draw.Cases = o.markedOn[o.ind], o.shocks[o.ind], o.cases
	switch m := &o.ind.Measure; {
	case m.Count != nil:
		return o.tallied(draw)
	case m.Wait != nil:
		return o.waited(draw)
	case m.InForce != nil:
		return o.stood(draw)
	case m.Latest != nil:
		return o.reported(draw)
	case m.Coverage != nil:
		return o.placed(draw)
	}
	return o.summed(draw)
}

// piece begins a piece of a contribution.
func piece(parts counting.Parts) Piece {
	return Piece{CaseID: parts[counting.ByCase], Unit: parts[counting.ByUnit], Since: parts[counting.BySince]}
}

func (o *opening) summed(draw counting.Draw) error {
	by := []counting.By{counting.ByCase, counting.ByUnit, counting.BySince}
	apart := counting.By("")
	switch m := &o.ind.Measure; {
	case m.After != nil:
		apart = counting.AfterMark
	case m.Shock != nil:
		apart = counting.InShock
	}
	if apart != "" {
		by = append(by, apart)
	}
	sums, err := o.from.ContributionSums(o.ctx, draw, by...)
	if err != nil {
		return err
	}
	for i := range sums {
		s := &sums[i]
		p, in := piece(s.Parts), s.In[o.window]
		r := ratio{in.Numerator, in.Denominator, s.N[o.window], s.LeftOut[o.window]}
		p.Group = groupOf(s.Side)
		if apart != "" {
			p.Group = map[string]string{"1": "group", "-1": "against"}[s.Parts[apart]]
			if apart == counting.InShock {
				p.Group = cmp.Or(p.Group, "against")
			}
			if r.leftOut = 0; p.Group == "" {
				continue
			}
		}
		if o.in(s.Region) {
			o.add(p, r)
		}
	}
	return nil
}

func (o *opening) tallied(draw counting.Draw) error {
	tallies, err := o.from.ContributionTallies(o.ctx, draw, counting.ByCase, counting.ByUnit, counting.BySince)
	for i := range tallies {
		t := &tallies[i]
		if n := t.In[o.window]; n > 0 && o.in(t.Region) {
			o.add(piece(t.Parts), ratio{numerator: float64(t.Events * n), denominator: float64(n), n: n})
		}
	}
	return err
}

func (o *opening) waited(draw counting.Draw) error {
	waits, err := o.from.ContributionWaits(o.ctx, draw, counting.ByCase, counting.ByUnit, counting.BySince)
	for i := range waits {
		w := &waits[i]
		for k, n := range w.In(o.window) {
			if n > 0 && o.in(w.Region) {
				p := piece(w.Parts)
				p.Group = map[contribution.End]string{contribution.StillWaits: "waiting", contribution.Reached: "reached", contribution.EndedOtherwise: "ended-otherwise"}[w.Ended]
				o.add(p, ratio{numerator: float64(w.Waited.At[k]*n) / 60, denominator: float64(n), n: n})
			}
		}
	}
	return err
}

func (o *opening) stood(draw counting.Draw) error {
	sums, err := o.from.ContributionsStanding(o.ctx, draw, counting.ByCase, counting.ByUnit, counting.BySince)
	for i := range sums {
		s := &sums[i]
		if o.in(s.Region) {
			o.add(piece(s.Parts), standingRatio(&o.ind.Measure, &s.In[o.window]))
		}
	}
	return err
}

func (o *opening) reported(draw counting.Draw) error {
	reports, err := o.from.ContributionReports(o.ctx, draw, counting.ByCase)
	for i := range reports {
		n := &reports[i]
		if n.Span == o.window && o.in(n.Region) {
			o.add(piece(n.Parts), ratio{n.Numerator, n.Denominator, n.N, 0})
		}
	}
	return err
}

// placed gives a piece for each place: its unit is the place's code.
func (o *opening) placed(draw counting.Draw) error {
	if err := o.places(); err != nil {
		return err
	}
	m := o.ind.Measure.Coverage
	k := o.covered.at(o.ind, cell{})
	for _, place := range o.placesOf(k, m, cell{max(0, o.number[o.region]), o.window}) {
		r := ratio{denominator: 1, n: 1}
		if o.has(k, place, o.window) != m.Missing {
			r.numerator = 1
		}
		o.add(Piece{Unit: place}, r)
	}
	return o.summed(draw) // What is too coarse to say is left out.
}
