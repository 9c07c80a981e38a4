package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// An Origin is a way to tell events apart by who sends them.
type Origin string

// The origins.
const (
	ByDepartment      Origin = "department"
	ByInstitutionKind Origin = "institution_kind"
)

// A Reporter is a department, or a kind of institution, from which events come.
type Reporter struct {
	Origin Origin
	Name   string
	LastAt time.Time // when its newest event was received
	Day    uint64    // events received in the last 24 hours
	// Usual is the median of what was received in the same 24 hours of the
	// eight weeks before: the same weekday, so that a quiet Sunday is no
	// silence, and a median, so that one bulk import is no habit.
	Usual float64
}

// usualWeeks is how many weeks of its own history a reporter is compared with.
const usualWeeks = 8

// Reporting says of everyone that has ever reported when it last did, how much
// in the last 24 hours, and how much is usual, sorted by origin and name.
func (s *Store) Reporting(ctx context.Context, asOf time.Time) ([]Reporter, error) {
	type key struct {
		origin Origin
		name   string
	}
	reporters := map[key]*Reporter{}
	var last []struct {
		Dimension string    `ch:"dimension"`
		Name      string    `ch:"name"`
		LastAt    time.Time `ch:"last_at"`
	}
	if err := s.conn.Select(ctx, &last, s.sql["last_received"], asOf.UnixMilli()); err != nil {
		return nil, fmt.Errorf("look for who last reported: %w", classify(err))
	}
	for _, l := range last {
		k := key{Origin(l.Dimension), l.Name}
		reporters[k] = &Reporter{Origin: k.origin, Name: k.name, LastAt: l.LastAt}
	}
	var counts []struct {
		Dimension string `ch:"dimension"`
		Name      string `ch:"name"`
		WeeksAgo  uint8  `ch:"weeks_ago"`
		Events    uint64 `ch:"events"`
	}
	if err := s.conn.Select(ctx, &counts, s.sql["reporting"], asOf.UnixMilli()); err != nil {
		return nil, fmt.Errorf("count what was reported: %w", classify(err))
	}
	before := map[key]*[usualWeeks]float64{}
	for _, c := range counts {
		k := key{Origin(c.Dimension), c.Name}
		switch {
		case reporters[k] == nil: // Received between the two queries.
		case c.WeeksAgo == 0:
			reporters[k].Day = c.Events
		case c.WeeksAgo <= usualWeeks:
			if before[k] == nil {
				before[k] = &[usualWeeks]float64{}
			}
			before[k][c.WeeksAgo-1] = float64(c.Events)
		}
	}
	out := make([]Reporter, 0, len(reporters))
	for k, r := range reporters {
		if weeks := before[k]; weeks != nil {
			r.Usual = median(weeks[:])
		}
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Reporter) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// median sorts an even number of values and returns the middle.
func median(values []float64) float64 {
	slices.Sort(values)
	half := len(values) / 2
	return (values[half-1] + values[half]) / 2
}
