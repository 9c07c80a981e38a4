package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// A Breakdown is the indicators by department, and by institution within each, and the duties
// by month, at one instant. It is counted apart from the board and less often: there are
// many of them.
type Breakdown struct {
	AsOf time.Time

	cat          *law.Catalogue
	values       map[valueKey]*indicator.Value
	institutions map[string][]indicator.Institution // by indicator; sorted by department and code
	months       map[monthKey]*comparison.MonthReport
}

type monthKey struct{ duty, place string }

type valueKey struct {
	id, place string
	window    indicator.Window
}

// Value is an indicator of a department, or of the nation; nil where it was not counted.
func (b *Breakdown) Value(id, place string, window indicator.Window) *indicator.Value {
	return b.values[valueKey{id, place, window}]
}

// Institutions are those that an indicator counts in a department, of the whole country
// where it is "", as far as holds answers true for department and institution.
func (b *Breakdown) Institutions(id, department string, holds func(place, institution string) bool) []*indicator.Institution {
	all := b.institutions[id]
	var out []*indicator.Institution
	for i := range all {
		if at := &all[i]; (department == "" || at.Region == department) && holds(at.Region, at.Code) {
			out = append(out, at)
		}
	}
	return out
}

// Months is the chart of a duty by month in a region, a department or, for "", the nation; nil
// where the duty is not charted.
func (b *Breakdown) Months(duty, place string) *comparison.MonthReport {
	return b.months[monthKey{duty, place}]
}

// countMonths charts every duty month by month, in the nation, each region and each department.
func (s *Service) countMonths(ctx context.Context, b *Breakdown) error {
	places := append([]string{""}, slices.Concat(s.cat.Places.Regions(s.cfg.Grouping), s.cat.Places.Departments())...)
	groups := make([]comparison.Group, len(places))
	for i, place := range places[1:] {
		var err error
		if groups[i+1], err = comparison.ParseGroup(s.cat, s.cfg.Grouping, place); err != nil {
			return err
		}
	}
	reader := *s.cfg.Indicators
	reader.StoredOnly, reader.Seldom = true, true
	b.months = map[monthKey]*comparison.MonthReport{}
	duties := slices.DeleteFunc(slices.Clone(s.cat.Duties), func(d *law.Duty) bool { return d.NeverARow })
	for some := range slices.Chunk(duties, chartedAtOnce) {
		req := comparison.Request{Grouping: s.cfg.Grouping, Duties: some, Terms: comparison.DefaultTerms(), Options: indicator.Options{Grouping: s.cfg.Grouping}}
		reports, err := comparison.MonthsIn(ctx, &reader, obligation.Query{AsOf: b.AsOf}, req, groups...)
		if err != nil {
			return fmt.Errorf("chart the months of %d duties from %s on: %w", len(some), some[0].ID, err)
		}
		for duty, charts := range reports {
			for i, place := range places {
				b.months[monthKey{duty, place}] = charts[i]
			}
		}
	}
	return nil
}

// chartedAtOnce is of how many duties the months are read at once: one reading goes over all
// that is stored, and has a row for each duty, month and province.
const chartedAtOnce = 12

// countBreakdown counts all indicators by department and institution.
func (s *Service) countBreakdown(ctx context.Context, asOf time.Time) (*Breakdown, error) {
	reader := *s.cfg.Indicators
	reader.StoredOnly = true // To judge a country again for every count would serve nobody.
	reader.Seldom = true
	byDepartment := *reader.Catalogue
	byDepartment.Places = byDepartment.Places.ByDepartment()
	reader.Catalogue = &byDepartment
	q, req := obligation.Query{AsOf: asOf}, indicator.Request{Indicators: s.cat.Indicators, Grouping: law.DepartmentGrouping}
	b := &Breakdown{AsOf: asOf, cat: s.cat, values: map[valueKey]*indicator.Value{}}
	answer, err := reader.Answer(ctx, q, req)
	if err != nil {
		return nil, fmt.Errorf("count indicators by department: %w", err)
	}
	for i := range answer.Values {
		v := &answer.Values[i]
		if v.Indicator.Measure.Explained { // It compares regions: between departments it would be another number.
			continue
		}
		b.values[valueKey{v.Indicator.ID, v.Region, v.Window}] = v
	}
	if b.institutions, err = reader.ByInstitution(ctx, q, req); err != nil {
		return nil, err
	}
	for _, list := range b.institutions {
		for i := range list {
			if !slices.Contains(s.cat.Places.Departments(), list[i].Region) {
				list[i].Region = "" // Stated as a region, or not at all.
			}
		}
	}
	return b, s.countMonths(ctx, b)
}

// RefreshBreakdown counts the breakdown once, now.
func (s *Service) RefreshBreakdown(ctx context.Context) error {
	b, err := s.countBreakdown(ctx, s.now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	s.breakdown.Store(b)
	return nil
}

// Breakdown is the last breakdown, nil before the first.
func (s *Service) Breakdown() *Breakdown { return s.breakdown.Load() }

// Run counts until the context ends. It rests nine times as long as a count took,
// so that a large store is not read without pause. A count that fails leaves the
// last one, with its as-of, in place.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.repeat(ctx, "the desk", s.cfg.Every, s.Refresh) })
	if s.cfg.Indicators != nil {
		group.Go(func() error {
			return s.repeat(ctx, "the indicators by place", s.cfg.BreakdownEvery, s.RefreshBreakdown)
		})
	}
	return group.Wait()
}

func (s *Service) repeat(ctx context.Context, what string, every time.Duration, count func(context.Context) error) error {
	for {
		start := s.now()
		if err := count(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("not counted, what was counted last stays", "what", what, "error", err)
		}
		timer := time.NewTimer(max(every, 9*s.now().Sub(start)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}
