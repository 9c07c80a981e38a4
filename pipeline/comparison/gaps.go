package comparison

import (
	"context"
	"fmt"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Gap is the comparison of two regions on one topic, as a snapshot holds it.
type Gap struct {
	Pair string // such as coast-highlands
	Comparison
}

// Gaps compares each pair of regions on every duty and implication, by what fell
// due in the last twelve months. All of them are one family.
func Gaps(ctx context.Context, r *indicator.Reader, from indicator.Counts, asOf time.Time, opt indicator.Options) ([]Gap, error) {
	duties, err := Duties(r, opt, nil, nil)
	if err != nil {
		return nil, err
	}
	regions := r.Catalogue.Places.Regions(opt.Grouping)
	if len(duties) == 0 || len(regions) < 2 {
		return nil, nil
	}
	req := Request{Grouping: opt.Grouping, Duties: duties, Implications: true, Window: indicator.Year, Terms: DefaultTerms(), Options: opt}
	cut := req.cut(r, asOf)
	cut.By = []counting.By{counting.ByDuty, counting.ByRegion, counting.ByRisk, counting.ByInstitution}
	cut.Regions = r.Regions(opt.Grouping)
	counts, err := from.ObligationOutcomes(ctx, cut)
	if err != nil {
		return nil, fmt.Errorf("count gaps: %w", err)
	}
	return req.gaps(r.Catalogue, regions, counts)
}

// gaps is the pure part of Gaps.
func (req Request) gaps(cat *law.Catalogue, regions []string, counts []counting.ObligationOutcome) ([]Gap, error) {
	var pairs []string
	var topics []Topic
	for i, a := range regions {
		for _, b := range regions[i+1:] {
			var err error
			if req.A, err = ParseGroup(cat, req.Grouping, a); err != nil {
				return nil, err
			}
			if req.B, err = ParseGroup(cat, req.Grouping, b); err != nil {
				return nil, err
			}
			of, err := req.assign(cat, counts)
			if err != nil {
				return nil, err
			}
			for _, t := range req.topics(cat, of) {
				t.Names = &[2]law.Text{req.A.Name, req.B.Name}
				pairs, topics = append(pairs, a+"-"+b), append(topics, t)
			}
		}
	}
	comparisons, err := Compare([2]law.Text{}, topics, req.Terms)
	if err != nil {
		return nil, err
	}
	out := make([]Gap, len(comparisons))
	for i, c := range comparisons {
		out[i] = Gap{pairs[i], c}
	}
	return out, nil
}
