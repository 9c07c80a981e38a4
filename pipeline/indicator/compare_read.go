package indicator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// comparisonStore is what comparisons and warnings ask of the store: counts,
// never rows.
type comparisonStore interface {
	OfficeCounts(ctx context.Context, c store.Cut) ([]store.OfficeCount, error)
	Durations(ctx context.Context, c store.Cut, sides [2]store.Side) ([]store.DurationCount, error)
	MonthCounts(ctx context.Context, c store.Cut, zone *time.Location) ([]store.MonthCount, error)
	Provinces(ctx context.Context) ([]string, error)
	LastEventAt(ctx context.Context) (time.Time, error)
	OpenAges(ctx context.Context, asOf, dueBy time.Time, of store.Choice) ([]store.OpenAge, error)
	StratumDurations(ctx context.Context, asOf, after time.Time, of store.Choice, regions map[string]string) ([]store.StratumDuration, error)
}

// A Request asks for a comparison of two groups.
type Request struct {
	A, B     Group
	Grouping string
	Within   *Group // both sides lie in this one as well, if given
	Duties   []*law.Duty
	// Implications compares these too, over all their duties among Duties.
	Implications bool
	Window       Window
	Terms        Terms
	Options      Options
}

// A Report is a comparison with what it was asked.
type Report struct {
	AsOf          time.Time    `json:"as_of"`
	Catalogue     string       `json:"catalogue"`
	LowConfidence string       `json:"low_confidence"`
	Grouping      string       `json:"grouping"`
	Groups        [2]string    `json:"groups"`
	Window        Window       `json:"window"`
	Terms         Terms        `json:"terms"`
	Comparisons   []Comparison `json:"comparisons"`
	// Times are given where one duty alone is compared.
	Times *Times `json:"times,omitempty"`
}

// ErrOverlap says that the two groups of a comparison share cases.
var ErrOverlap = errors.New("the two groups overlap")

// ErrNoDuty says that nothing is left to be compared.
var ErrNoDuty = errors.New("no duty with an obligation of these kinds")

// Compare answers a request at a query's instants.
func (r *Reader) Compare(ctx context.Context, q obligation.Query, req Request) (*Report, error) {
	if len(req.Duties) == 0 {
		return nil, ErrNoDuty
	}
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
		return nil, fmt.Errorf("count for the comparison: %w", err)
	}
	assigned, err := req.assign(r.Catalogue, counts)
	if err != nil {
		return nil, err
	}
	report := &Report{
		AsOf: q.AsOf, Catalogue: r.Catalogue.Label(), LowConfidence: LowConfidence(r.LeaveOutLow), Grouping: req.Grouping, Groups: [2]string{req.A.Code, req.B.Code},
		Window: req.Window, Terms: req.Terms,
	}
	if report.Comparisons, err = Compare([2]law.Text{req.A.Name, req.B.Name}, req.topics(r.Catalogue, assigned), req.Terms); err != nil {
		return nil, err
	}
	if len(req.Duties) != 1 {
		return report, nil
	}
	var durations []store.DurationCount
	if exact {
		durations, err = r.Store.Durations(ctx, cut, assigned.sides)
	} else {
		durations, err = cut.TallyDurations(assigned.sides, r.folded(ctx, q))
	}
	if err != nil {
		return nil, fmt.Errorf("count times: %w", err)
	}
	report.Times, err = compareTimes(durations, assigned.limits, req.Terms)
	return report, err
}

func (r *Reader) cut(req *Request, asOf time.Time) store.Cut {
	window := spanOf(r.Catalogue, req.Window, asOf)
	if req.Within != nil {
		window = within(window, req.Within.span)
	}
	cut := store.Cut{
		AsOf: asOf, Choice: r.choice(req.Options), A: within(window, req.A.span), B: within(window, req.B.span),
		ByArea: req.A.area != "" || req.B.area != "" || req.Within != nil && req.Within.area != "",
	}
	for _, d := range req.Duties {
		cut.Duties = append(cut.Duties, d.ID)
	}
	return cut
}

// assigned are counts given to the sides.
type assigned struct {
	byDuty map[string][]SideCount // strata are risks
	rests  map[string]law.Basis   // by duty
	sides  [2]store.Side
	limits map[string]limitSpan // by risk
}

// assign gives each count to its side.
func (req *Request) assign(cat *law.Catalogue, counts []store.OfficeCount) (*assigned, error) {
	out := &assigned{byDuty: map[string][]SideCount{}, rests: map[string]law.Basis{}, limits: map[string]limitSpan{}}
	for side, g := range []*Group{&req.A, &req.B} {
		out.sides[side].Area = g.area
		if g.area == "" && req.Within != nil {
			out.sides[side].Area = req.Within.area
		}
	}
	for _, n := range counts {
		in := [2]bool{n.InA, n.InB}
		for side, g := range []*Group{&req.A, &req.B} {
			in[side] = in[side] && g.holds(cat, req.Grouping, n.Province, n.Area) &&
				(req.Within == nil || req.Within.holds(cat, req.Grouping, n.Province, n.Area))
		}
		if in[0] && in[1] {
			return nil, fmt.Errorf("%w: %s and %s share cases of %s; choose groups without a case in common",
				ErrOverlap, req.A.Code, req.B.Code, cat.Places.Name(n.Province))
		}
		for side := range in {
			if !in[side] {
				continue
			}
			out.byDuty[n.Duty] = append(out.byDuty[n.Duty], tally(side, &n))
			rests := out.rests[n.Duty]
			rests.Add(n.Basis)
			out.rests[n.Duty] = rests
			if !slices.Contains(out.sides[side].Provinces, n.Province) {
				out.sides[side].Provinces = append(out.sides[side].Provinces, n.Province)
			}
			l, ok := out.limits[n.Risk]
			if !ok {
				l.shortest = math.Inf(1)
			}
			out.limits[n.Risk] = limitSpan{min(l.shortest, n.Shortest.Hours()), max(l.longest, n.Longest.Hours())}
		}
	}
	return out, nil
}

func tally(side int, n *store.OfficeCount) SideCount {
	return SideCount{Side: side, Stratum: n.Risk, Office: n.Institution, Counts: countsOf(n)}
}

func countsOf(n *store.OfficeCount) Counts {
	return Counts{
		Met: int64(n.Met), Failed: int64(n.Failed), NotDue: int64(n.NotDue), //nolint:gosec // Counts fit.
		Unclear: int64(n.Unclear), Void: int64(n.Void), //nolint:gosec // These too.
	}
}

// topics are the duties and, where asked for, their implications. An implication
// holds duty and risk fixed.
func (req *Request) topics(cat *law.Catalogue, of *assigned) []Topic {
	var topics []Topic
	for _, d := range req.Duties {
		topics = append(topics, Topic{ID: d.ID, Title: d.Title, Basis: req.Options.basis(d, of.rests[d.ID]), Tallies: of.byDuty[d.ID]})
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
			topic.Basis.Add(req.Options.basis(d, of.rests[d.ID]))
			for _, t := range of.byDuty[d.ID] {
				t.Stratum = d.ID + "/" + t.Stratum
				topic.Tallies = append(topic.Tallies, t)
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
func (r *Reader) Duties(opt Options, ids, implications []string) ([]*law.Duty, error) {
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
	for _, d := range r.counted(opt) {
		if len(ids)+len(implications) == 0 || slices.Contains(ids, d.ID) || slices.Contains(implications, d.Implication) {
			out = append(out, d)
		}
	}
	return out, nil
}
