package comparison

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Request asks for a comparison of two groups.
type Request struct {
	A, B     Group
	Grouping string
	Within   *Group // both sides lie in this one as well, if given
	Duties   []*law.Duty
	// Implications compares these too, over all their duties among Duties.
	Implications bool
	Window       indicator.Window
	Terms        Terms
	Options      indicator.Options
}

// A Report is a comparison with what it was asked.
type Report struct {
	AsOf          time.Time        `json:"as_of"`
	Catalogue     string           `json:"catalogue"`
	LowConfidence string           `json:"low_confidence"`
	Grouping      string           `json:"grouping"`
	Groups        [2]string        `json:"groups"`
	Window        indicator.Window `json:"window"`
	Terms         Terms            `json:"terms"`
	Comparisons   []Comparison     `json:"comparisons"`
	// Times are given where one duty alone is compared.
	Times *Times `json:"times,omitempty"`
}

// ErrOverlap says that the two groups of a comparison share cases.
var ErrOverlap = errors.New("the two groups overlap")

// ErrNoDuty says that nothing is left to be compared.
var ErrNoDuty = errors.New("no duty with an obligation of these kinds")

// Of answers a request at a query's instants.
func Of(ctx context.Context, r *indicator.Reader, q obligation.Query, req Request) (*Report, error) {
	if len(req.Duties) == 0 {
		return nil, ErrNoDuty
	}
	report := &Report{
		AsOf: q.AsOf, Catalogue: r.Catalogue.Label(), LowConfidence: indicator.LowConfidence(r.LeaveOutLow), Grouping: req.Grouping,
		Groups: [2]string{req.A.Code, req.B.Code}, Window: req.Window, Terms: req.Terms,
	}
	return report, r.At(ctx, q, func(from indicator.Counts) error { return req.fill(ctx, r, from, report) })
}

// fill asks for the counts of a report and compares them.
func (req *Request) fill(ctx context.Context, r *indicator.Reader, from indicator.Counts, report *Report) error {
	cut := req.cut(r, report.AsOf)
	counts, err := from.ObligationOutcomes(ctx, cut)
	if err != nil {
		return fmt.Errorf("count for the comparison: %w", err)
	}
	assigned, err := req.assign(r.Catalogue, counts)
	if err != nil {
		return err
	}
	if report.Comparisons, err = Compare([2]law.Text{req.A.Name, req.B.Name}, req.topics(r.Catalogue, assigned), req.Terms); err != nil {
		return err
	}
	if len(req.Duties) != 1 {
		return nil
	}
	cut.By = []counting.By{counting.ByRisk, counting.ByProvince, counting.ByArea}
	cut.Zone = r.Catalogue.Zone
	times, err := from.ObligationTimes(ctx, cut, counting.FineClock)
	if err != nil {
		return fmt.Errorf("count times: %w", err)
	}
	bounds, err := from.ObligationBounds(ctx, cut)
	if err != nil {
		return fmt.Errorf("bound the limits: %w", err)
	}
	report.Times, err = CompareTimes(req.durations(r.Catalogue, times), req.limits(r.Catalogue, bounds), req.Terms)
	return err
}

// cut asks for the obligations of a request, with those that only one side holds in
// one span and those that both do in the third.
func (req *Request) cut(r *indicator.Reader, asOf time.Time) counting.Cut {
	window := spanOf(r.Catalogue, req.Window, asOf)
	if req.Within != nil {
		window = within(window, req.Within.span)
	}
	a, b := within(window, req.A.span), within(window, req.B.span)
	cut := counting.Cut{
		AsOf: asOf, Choice: r.Choice(req.Options.Kinded()...), Spans: counting.Spans{a, b, a.And(b)},
		By: []counting.By{counting.ByDuty, counting.ByProvince, counting.ByRisk, counting.ByInstitution},
	}
	if req.A.area != "" || req.B.area != "" || req.Within != nil && req.Within.area != "" {
		cut.By = append(cut.By, counting.ByArea)
	}
	for _, d := range req.Duties {
		cut.Duties = append(cut.Duties, d.ID)
	}
	return cut
}

// holds reports which sides a part of the counts belongs to.
func (req *Request) holds(cat *law.Catalogue, parts counting.Parts) [2]bool {
	province, area := parts[counting.ByProvince], parts[counting.ByArea]
	if region, ok := parts[counting.ByRegion]; ok { // Whole regions are compared.
		return [2]bool{region == req.A.region, region == req.B.region}
	}
	var in [2]bool
	for side, g := range []*Group{&req.A, &req.B} {
		in[side] = g.holds(cat, req.Grouping, province, area) && (req.Within == nil || req.Within.holds(cat, req.Grouping, province, area))
	}
	return in
}

// assigned are counts given to the sides.
type assigned struct {
	byDuty map[string][]SideCount // strata are risks
	rests  map[string]law.Basis   // by duty
}

// assign gives each count to its side.
func (req *Request) assign(cat *law.Catalogue, counts []counting.ObligationOutcome) (*assigned, error) {
	type key struct {
		duty, risk, office string
		side               int
	}
	sums := map[key]*Counts{}
	out := &assigned{byDuty: map[string][]SideCount{}, rests: map[string]law.Basis{}}
	for i := range counts {
		n := &counts[i]
		in := req.holds(cat, n.Parts)
		if in[0] && in[1] && n.In[2].Sum() > 0 {
			return nil, fmt.Errorf("%w: %s and %s share cases of %s; choose groups without a case in common",
				ErrOverlap, req.A.Code, req.B.Code, cat.Places.Name(n.Parts[counting.ByProvince]))
		}
		for side := range in {
			if !in[side] || n.In[side].Sum() == 0 {
				continue
			}
			duty, risk := n.Parts[counting.ByDuty], n.Parts[counting.ByRisk]
			k := key{duty, risk, n.Parts[counting.ByInstitution], side}
			if sums[k] == nil {
				sums[k] = &Counts{}
			}
			sums[k].add(Counts(n.In[side]))
			rests := out.rests[duty]
			rests.Add(n.Basis)
			out.rests[duty] = rests
		}
	}
	for k, sum := range sums {
		out.byDuty[k.duty] = append(out.byDuty[k.duty], SideCount{Side: k.side, Stratum: k.risk, Office: k.office, Counts: *sum})
	}
	return out, nil
}

// limits bound what the law allows either side, by risk.
func (req *Request) limits(cat *law.Catalogue, bounds []counting.ObligationBound) map[string]Limits {
	out := map[string]Limits{}
	for i := range bounds {
		b := &bounds[i]
		if in := req.holds(cat, b.Parts); !in[0] && !in[1] {
			continue
		}
		l, ok := out[b.Parts[counting.ByRisk]]
		if !ok {
			l.Shortest = math.Inf(1)
		}
		out[b.Parts[counting.ByRisk]] = Limits{min(l.Shortest, b.Shortest.Hours()), max(l.Longest, b.Longest.Hours())}
	}
	return out
}

// durations gives each time to its side. What is unclear has none.
func (req *Request) durations(cat *law.Catalogue, times []counting.ObligationTimes) []Duration {
	var out []Duration
	for i := range times {
		t := &times[i]
		in := req.holds(cat, t.Parts)
		for side := range in {
			if !in[side] || t.Status == obligation.Unclear {
				continue
			}
			for k, n := range t.In(side) {
				if n > 0 {
					out = append(out, Duration{side, t.Parts[counting.ByRisk], t.Took.At[k], t.Ended, n})
				}
			}
		}
	}
	return out
}

// topics are the duties and, where asked for, their implications. An implication
// holds duty and risk fixed.
func (req *Request) topics(cat *law.Catalogue, of *assigned) []Topic {
	var topics []Topic
	for _, d := range req.Duties {
		topics = append(topics, Topic{ID: d.ID, Title: d.Title, Basis: req.Options.BasisOf(d, of.rests[d.ID]), Counts: of.byDuty[d.ID]})
	}
	if !req.Implications {
		return topics
	}
	for _, implication := range cat.Implications {
		topic := Topic{ID: implication.ID, Title: implication.Title}
		found := false
		for _, d := range req.Duties {
			if d.Implication != implication.ID {
				continue
			}
			found = true
			topic.Basis.Add(req.Options.BasisOf(d, of.rests[d.ID]))
			for _, t := range of.byDuty[d.ID] {
				t.Stratum = d.ID + "/" + t.Stratum
				topic.Counts = append(topic.Counts, t)
			}
		}
		if found {
			topics = append(topics, topic)
		}
	}
	return topics
}

// Duties are the duties with obligations that count, by id: these ids, or those of
// these implications, or all.
func Duties(r *indicator.Reader, opt indicator.Options, ids, implications []string) ([]*law.Duty, error) {
	for _, id := range ids {
		if _, ok := r.Catalogue.Duty(id); !ok {
			return nil, fmt.Errorf("unknown duty %q: see amparo law list", id)
		}
	}
	for _, id := range implications {
		if !slices.ContainsFunc(r.Catalogue.Implications, func(i law.Implication) bool { return i.ID == id }) {
			return nil, fmt.Errorf("unknown implication %q", id)
		}
	}
	var out []*law.Duty
	for _, d := range r.Counted(opt) {
		if len(ids)+len(implications) == 0 || slices.Contains(ids, d.ID) || slices.Contains(implications, d.Implication) {
			out = append(out, d)
		}
	}
	return out, nil
}
