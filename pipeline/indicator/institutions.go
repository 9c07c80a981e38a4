package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
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
		if err := c.marks(); err != nil {
			return err
		}
		for _, ind := range req.Indicators {
			s := splitting{counter: c, ind: ind, at: map[[2]string]*Institution{}}
			if err := s.count(); err != nil {
				return fmt.Errorf("%s: %w", ind.ID, err)
			}
			out[ind.ID] = s.sorted()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count by institution: %w", err)
	}
	return out, nil
}

// A splitting gathers what each institution adds to one indicator.
type splitting struct {
	*counter
	ind *law.Indicator
	at  map[[2]string]*Institution
}

func (s *splitting) add(region, code string, window int, r ratio) {
	if r == (ratio{}) {
		return
	}
	key := [2]string{region, code}
	i := s.at[key]
	if i == nil {
		i = &Institution{Region: region, Code: code}
		s.at[key] = i
	}
	i.in[window].add(r)
}

func (s *splitting) sorted() []Institution {
	out := make([]Institution, 0, len(s.at))
	for _, i := range s.at {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Institution) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (s *splitting) count() error {
	switch m := &s.ind.Measure; {
	case m.DutyShare != nil, m.Coverage != nil:
		return nil
	case m.OfObligations():
		return s.obligations()
	case m.Count != nil:
		return s.tallied()
	case m.Wait != nil:
		return s.waited()
	case m.InForce != nil:
		return s.stood()
	case m.Latest != nil:
		return s.reported()
	}
	return s.summed()
}

func (s *splitting) obligations() error {
	m := &s.ind.Measure
	cut := s.cut(s.ind, store.ByRegion, store.ByInstitution, store.ByBearer, store.BySides, store.ByEarly, store.ByOverdue)
	cut.Risks, cut.OverdueDays = m.AtRisk, m.OlderThanDays
	if m.LimitRatio != nil {
		cut.SpansOfStarts = true
	}
	counts, err := s.from.ObligationCounts(s.ctx, cut)
	for i := range counts {
		n := &counts[i]
		code := n.Parts[store.ByInstitution]
		side := contribution.SideOf(n.Parts[store.BySides], s.ind.ID)
		for window := range s.spans {
			r := ratioOf(m, n, window)
			switch {
			case m.LimitRatio != nil || m.Slope != nil:
				r = ratio{n: signed(n.In[window])}
				if !n.Status.Decided() && n.Status != obligation.Open {
					r = ratio{leftOut: signed(n.In[window])}
				}
			case m.Gap != nil && side == contribution.NoSide, m.Units != nil && (code == "" || !contribution.KindWanted(m.Units, n.Parts[store.ByBearer])):
				r = ratio{leftOut: r.n + r.leftOut}
			case len(m.InCases) > 0 && side != contribution.InGroup:
				continue
			}
			s.add(n.Parts[store.ByRegion], code, window, r)
		}
	}
	return err
}

// drawn asks for the contributions to the indicator.
func (s *splitting) drawn() store.Draw {
	d := s.draw([]*law.Indicator{s.ind})
	d.Marks, d.Shocks = s.markedOn[s.ind], s.shocks[s.ind]
	return d
}

func (s *splitting) summed() error {
	sums, err := s.from.ContributionSums(s.ctx, s.drawn(), store.ByUnit)
	for i := range sums {
		n := &sums[i]
		for window := range s.spans {
			in := n.In[window]
			s.add(n.Region, n.Parts[store.ByUnit], window, ratio{in.Numerator, in.Denominator, signed(n.N[window]), signed(n.LeftOut[window])})
		}
	}
	return err
}

func (s *splitting) tallied() error {
	tallies, err := s.from.ContributionTallies(s.ctx, s.drawn(), store.ByUnit)
	for i := range tallies {
		t := &tallies[i]
		for window := range s.spans {
			n := signed(t.In[window])
			s.add(t.Region, t.Parts[store.ByUnit], window, ratio{numerator: float64(t.Events * n), denominator: float64(n), n: n})
		}
	}
	return err
}

func (s *splitting) waited() error {
	waits, err := s.from.ContributionWaits(s.ctx, s.drawn(), store.ByUnit)
	for i := range waits {
		w := &waits[i]
		for window := range s.spans {
			n := signed(w.In[window])
			s.add(w.Region, w.Parts[store.ByUnit], window, ratio{numerator: float64(w.Minutes*n) / 60, denominator: float64(n), n: n})
		}
	}
	return err
}

func (s *splitting) stood() error {
	sums, err := s.from.ContributionsStanding(s.ctx, s.drawn(), store.ByUnit)
	for i := range sums {
		n := &sums[i]
		for window := range s.spans {
			s.add(n.Region, n.Parts[store.ByUnit], window, standingRatio(&s.ind.Measure, &n.In[window]))
		}
	}
	return err
}

func (s *splitting) reported() error {
	reports, err := s.from.ContributionReports(s.ctx, s.drawn(), store.ByUnit)
	for i := range reports {
		n := &reports[i]
		s.add(n.Region, n.Parts[store.ByUnit], n.Span, ratio{n.Numerator, n.Denominator, signed(n.N), 0})
	}
	return err
}
