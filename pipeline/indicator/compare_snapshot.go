package indicator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Gap is the comparison of two regions on one topic, as a snapshot holds it.
type Gap struct {
	Pair string // such as coast-highlands
	Comparison
}

// warningHorizon is how far ahead the warnings of a snapshot look.
const warningHorizon = 24 * time.Hour

// Gaps compares each pair of regions on every duty and implication, by what fell
// due in the last twelve months. All of them are one family.
func (r *Reader) Gaps(ctx context.Context, q obligation.Query, opt Options) ([]Gap, error) {
	duties, err := r.Duties(opt, nil, nil)
	if err != nil {
		return nil, err
	}
	regions := r.Catalogue.Places.Regions(opt.Grouping)
	if len(duties) == 0 || len(regions) < 2 {
		return nil, nil
	}
	req := Request{Grouping: opt.Grouping, Duties: duties, Implications: true, Window: Year, Terms: DefaultTerms(), Options: opt}
	cut := r.cut(&req, q.AsOf)
	exact, err := r.storedIsExact(ctx, q)
	if err != nil {
		return nil, err
	}
	var counts []store.OfficeCount
	if exact {
		counts, err = r.Store.OfficeCounts(ctx, cut)
	} else {
		counts, err = cut.TallyOffices(r.folded(ctx, q))
	}
	if err != nil {
		return nil, fmt.Errorf("count gaps: %w", err)
	}
	return req.gaps(r.Catalogue, regions, counts)
}

// gaps is the pure part of Gaps.
func (req Request) gaps(cat *law.Catalogue, regions []string, counts []store.OfficeCount) ([]Gap, error) {
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

// verdictNumber is a verdict as a metric.
func verdictNumber(v Verdict) float64 {
	return float64(slices.Index([]Verdict{Unknown, Equivalent, Different}, v))
}

// gapNumbers are the metrics of gaps: the difference where there is one, the
// verdict always.
func gapNumbers(gaps []Gap) []store.Number {
	var out []store.Number
	for _, g := range gaps {
		out = append(out, store.Number{
			Name: nameVerdict, Labels: map[string]string{"pair": g.Pair, "indicator": g.Topic}, Value: verdictNumber(g.Verdict),
		})
		if g.Difference == nil {
			continue
		}
		for bound, value := range map[string]float64{"estimate": g.Difference.Estimate, "low": g.Difference.Low, "high": g.Difference.High} {
			out = append(out, store.Number{
				Name: nameDifference, Labels: map[string]string{"pair": g.Pair, "indicator": g.Topic, "bound": bound}, Value: value,
			})
		}
	}
	return out
}

// warningNumbers are the metrics of early warnings, absent where too little is
// known.
func warningNumbers(warnings []Warning) []store.Number {
	var out []store.Number
	for _, w := range warnings {
		if w.Expected == nil {
			continue
		}
		for bound, value := range map[string]float64{"estimate": *w.Expected, "low": float64(w.Low), "high": float64(w.High)} {
			out = append(out, store.Number{
				Name:   nameExpected,
				Labels: map[string]string{"region": w.Place, "duty": w.Duty, "horizon": "24h", "bound": bound}, Value: value,
			})
		}
	}
	return out
}

// Names of the metrics of comparisons and warnings.
const (
	nameDifference = "amparo_comparison_difference"
	nameVerdict    = "amparo_comparison_verdict"
	nameExpected   = "amparo_expected_missed"
)
