package indicator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"amparo/pipeline/store/counting"
)

// An Observation is what frontline workers said, with where and how often. Kind
// and code are those of the catalogue's observation events.
type Observation struct {
	Kind, Code, Region string
	Count              int
}

// observations counts what frontline workers said, by kind, code and region, the
// nation first.
func (r *Reader) observations(ctx context.Context, from Counts, asOf time.Time, grouping string) ([]Observation, error) {
	sayings, err := from.Sayings(ctx, counting.Draw{AsOf: asOf, Regions: r.Regions(grouping)})
	if err != nil {
		return nil, err
	}
	counts := map[Observation]int{}
	for _, s := range sayings {
		counts[Observation{Kind: s.Kind, Code: s.Code, Region: Nation}] += int(s.Count)
		if s.Region != "" {
			counts[Observation{Kind: s.Kind, Code: s.Code, Region: s.Region}] += int(s.Count)
		}
	}
	var out []Observation
	for o, n := range counts {
		o.Count = n
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Observation) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code), CompareRegions(a.Region, b.Region))
	})
	return out, nil
}

// CompareRegions orders regions, the nation first.
func CompareRegions(a, b string) int {
	if (a == Nation) != (b == Nation) {
		if a == Nation {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}
