package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// An Institution is what one institution adds to an indicator in one region, in each
// window.
type Institution struct {
	Region, Code string // "" where none is recorded
	in           [3]ratio
}

// Counted is how many of it a number counts, and how many are counted beside.
func (i *Institution) Counted(window Window) (n, leftOut int64) {
	in := &i.in[slices.Index(AllWindows(), window)]
	return in.n, in.leftOut
}

// Value is the indicator of this institution alone, where it adds institutions up. What
// compares groups or takes a quantile of the whole has no value that is a part of it.
func (i *Institution) Value(ind *law.Indicator, window Window) *Value {
	return InstitutionValue(ind, window, i)
}

// InstitutionValue is what some institutions come to together.
func InstitutionValue(ind *law.Indicator, window Window, of ...*Institution) *Value {
	v := &Value{Indicator: ind, Region: Nation, Window: window}
	var sum ratio
	for _, i := range of {
		sum.add(i.in[slices.Index(AllWindows(), window)])
	}
	if AddsUp(&ind.Measure) {
		sum.finish(v)
		return v
	}
	v.N, v.LeftOut = sum.n, sum.leftOut
	v.none(OfTheWhole)
	return v
}

// AddsUp reports whether a measure's number is that of its parts, added up: numerators over
// denominators.
func AddsUp(m *law.Measure) bool {
	compares := m.Gap != nil || m.Shock != nil || m.Slope != nil || m.Explained || m.Load || apart(m)
	return !compares && m.Count == nil && m.Wait == nil && m.LimitRatio == nil && m.Coverage == nil && m.DutyShare == nil
}

// ByInstitution splits indicators by institution, in each region of the request's grouping,
// at a query's instants. Indicators of places, and those counted in the catalogue, have
// none.
func (r *Reader) ByInstitution(ctx context.Context, q obligation.Query, req Request) (map[string][]Institution, error) {
	out := map[string][]Institution{}
	err := r.At(ctx, q, func(from Counts) error {
		c := newCounter(ctx, r, from, q.AsOf, req)
		s := splitting{counter: c, at: map[string]map[[2]string]*Institution{}}
		if err := s.count(); err != nil {
			return err
		}
		for _, ind := range req.Indicators {
			out[ind.ID] = s.sorted(ind.ID)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count by institution: %w", err)
	}
	return out, nil
}

// A splitting gathers what each institution adds to each indicator. One reading of the store
// serves all indicators that are counted alike.
type splitting struct {
	*counter
	at map[string]map[[2]string]*Institution // by indicator, region and code
}

func (s *splitting) add(id, region, code string, window int, r ratio) {
	if r == (ratio{}) {
		return
	}
	if s.at[id] == nil {
		s.at[id] = map[[2]string]*Institution{}
	}
	key := [2]string{region, code}
	i := s.at[id][key]
	if i == nil {
		i = &Institution{Region: region, Code: code}
		s.at[id][key] = i
	}
	i.in[window].add(r)
}

func (s *splitting) sorted(id string) []Institution {
	out := make([]Institution, 0, len(s.at[id]))
	for _, i := range s.at[id] {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Institution) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (s *splitting) count() error {
	for _, step := range []func() error{s.obligations, s.summed, s.tallied, s.waited, s.stood, s.reported} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// isSummed reports whether a measure adds up outcomes that events say by themselves.
func isSummed(m *law.Measure) bool {
	return !m.OfObligations() && m.DutyShare == nil && m.Coverage == nil && m.Count == nil && m.Wait == nil && m.InForce == nil && m.Latest == nil
}

// obligations reads the obligations of indicators that name the same duties at once; what
// chooses among them by risk or age is read by itself.
func (s *splitting) obligations() error {
	of := s.chosen(func(m *law.Measure) bool { return m.OfObligations() })
	alone := func(ind *law.Indicator) bool {
		return len(ind.Measure.AtRisk) > 0 || ind.Measure.OlderThanDays > 0 || ind.Measure.LimitRatio != nil
	}
	for _, group := range together(slices.DeleteFunc(slices.Clone(of), alone)) {
		if err := s.obligationsOf(group); err != nil {
			return err
		}
	}
	for _, ind := range of {
		if alone(ind) {
			if err := s.obligationsOf([]*law.Indicator{ind}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *splitting) obligationsOf(group []*law.Indicator) error {
	m := &group[0].Measure
	cut := s.cut(group[0], counting.ByRegion, counting.ByInstitution, counting.ByBearer, counting.BySides, counting.ByEarly, counting.ByOverdue)
	cut.Risks, cut.OverdueDays, cut.SpansOfStarts = m.AtRisk, m.OlderThanDays, m.LimitRatio != nil
	counts, err := s.from.ObligationCounts(s.ctx, cut)
	for i := range counts {
		n := &counts[i]
		for _, ind := range group {
			for window := range s.spans {
				if r, in := partOf(ind, n, window); in {
					s.add(ind.ID, n.Parts[counting.ByRegion], n.Parts[counting.ByInstitution], window, r)
				}
			}
		}
	}
	return err
}

// partOf is what obligations of one institution add to an indicator; they are not in it where
// it looks at other cases.
func partOf(ind *law.Indicator, n *counting.ObligationCount, window int) (r ratio, in bool) {
	m := &ind.Measure
	side := contribution.SideOf(n.Parts[counting.BySides], ind.ID)
	r = ratioOf(m, n, window)
	switch {
	case m.LimitRatio != nil || m.Slope != nil:
		r = ratio{n: n.In[window]}
		if !n.Status.Decided() && n.Status != obligation.Open {
			r = ratio{leftOut: n.In[window]}
		}
	case m.Gap != nil && side == contribution.NoSide, m.Units != nil && (n.Parts[counting.ByInstitution] == "" || !contribution.KindWanted(m.Units, n.Parts[counting.ByBearer])):
		r = ratio{leftOut: r.n + r.leftOut}
	case len(m.InCases) > 0 && side != contribution.InGroup:
		return r, false
	}
	return r, true
}

func (s *splitting) summed() error {
	sums, _, err := contributed(s.counter, isSummed, byUnit(s.from.ContributionSums))
	for i := range sums {
		n := &sums[i]
		for window := range s.spans {
			in := n.In[window]
			s.add(n.Indicator, n.Region, n.Parts[counting.ByUnit], window, ratio{in.Numerator, in.Denominator, n.N[window], n.LeftOut[window]})
		}
	}
	return err
}

func (s *splitting) tallied() error {
	tallies, _, err := contributed(s.counter, func(m *law.Measure) bool { return m.Count != nil }, byUnit(s.from.ContributionTallies))
	for i := range tallies {
		t := &tallies[i]
		for window := range s.spans {
			n := t.In[window]
			s.add(t.Indicator, t.Region, t.Parts[counting.ByUnit], window, ratio{numerator: float64(t.Events * n), denominator: float64(n), n: n})
		}
	}
	return err
}

func (s *splitting) waited() error {
	waits, _, err := contributed(s.counter, func(m *law.Measure) bool { return m.Wait != nil }, byUnit(s.from.ContributionWaits))
	for i := range waits {
		w := &waits[i]
		for window := range s.spans {
			for k, n := range w.In(window) {
				s.add(w.Indicator, w.Region, w.Parts[counting.ByUnit], window, ratio{numerator: float64(w.Waited.At[k]*n) / 60, denominator: float64(n), n: n})
			}
		}
	}
	return err
}

func (s *splitting) stood() error {
	sums, of, err := contributed(s.counter, func(m *law.Measure) bool { return m.InForce != nil }, byUnit(s.from.ContributionsStanding))
	for i := range sums {
		n := &sums[i]
		for window := range s.spans {
			s.add(n.Indicator, n.Region, n.Parts[counting.ByUnit], window, standingRatio(&of[n.Indicator].Measure, &n.In[window]))
		}
	}
	return err
}

func (s *splitting) reported() error {
	reports, _, err := contributed(s.counter, func(m *law.Measure) bool { return m.Latest != nil }, byUnit(s.from.ContributionReports))
	for i := range reports {
		n := &reports[i]
		s.add(n.Indicator, n.Region, n.Parts[counting.ByUnit], n.Span, ratio{n.Numerator, n.Denominator, n.N, 0})
	}
	return err
}

// byUnit makes a reading tell institutions apart.
func byUnit[T any](read func(context.Context, counting.Draw, ...counting.By) ([]T, error)) func(context.Context, counting.Draw, ...counting.By) ([]T, error) {
	return func(ctx context.Context, d counting.Draw, _ ...counting.By) ([]T, error) {
		return read(ctx, d, counting.ByUnit)
	}
}
