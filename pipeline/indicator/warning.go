package indicator

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"gonum.org/v1/gonum/mathext"

	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Warning is how many of a place's open obligations are expected to be missed:
// counts only, since nothing is foretold about a case.
type Warning struct {
	Place string `json:"place"` // region or department
	Duty  string `json:"duty"`
	law.Basis
	Open int64 `json:"open"`
	// FallDue are those whose deadline lies within the horizon.
	FallDue int64 `json:"fall_due"`
	// Expected of them are missed within the horizon, and in 95 of 100 such
	// forecasts between Low and High. Expected is nil where too little is known.
	Expected *float64 `json:"expected"`
	Low      int64    `json:"low"`
	High     int64    `json:"high"`
	// Unforeseen fall due, but no obligations like them have been seen for as long.
	Unforeseen int64 `json:"unforeseen"`
}

// A WarningRequest asks for early warnings.
type WarningRequest struct {
	Grouping string
	ByRegion bool // else by department
	Horizon  time.Duration
	Options  Options
}

// memory is how far back warnings learn from.
const memory = 365 * 24 * time.Hour

// Warnings forecasts from what obligations alike did in the last year: duty,
// bearer, risk and region, or fewer of these where there were too few.
func (r *Reader) Warnings(ctx context.Context, q obligation.Query, req WarningRequest) ([]Warning, error) {
	exact, err := r.storedIsExact(ctx, q)
	if err != nil {
		return nil, err
	}
	region := func(place string) string { return r.Catalogue.Places.Region(req.Grouping, place) }
	dueBy, after, of := q.AsOf.Add(req.Horizon), q.AsOf.Add(-memory), r.choice(req.Options)
	regions := map[string]string{}
	provinces, err := r.Store.Provinces(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range provinces {
		regions[p] = region(p)
	}
	var open []store.OpenAge
	var past []store.StratumDuration
	if exact {
		if open, err = r.Store.OpenAges(ctx, q.AsOf, dueBy, of); err == nil {
			past, err = r.Store.StratumDurations(ctx, q.AsOf, after, of, regions)
		}
	} else {
		if open, err = store.TallyOpenAges(q.AsOf, dueBy, of, r.folded(ctx, q)); err == nil {
			past, err = store.TallyStrata(q.AsOf, after, of, regions, r.folded(ctx, q))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("count open obligations: %w", err)
	}
	place := r.Catalogue.Places.Department
	if req.ByRegion {
		place = region
	}
	return forecast(past, open, region, place)
}

// A likeness is what obligations have in common; empty fields are left open.
type likeness struct{ duty, kind, risk, region string }

// widening lists ever wider likenesses of an obligation.
func (l likeness) widening() [4]likeness {
	return [4]likeness{l, {l.duty, l.kind, l.risk, ""}, {l.duty, "", l.risk, ""}, {l.duty, "", "", ""}}
}

// forecast is the pure part of Warnings.
func forecast(past []store.StratumDuration, open []store.OpenAge, region, place func(string) string) ([]Warning, error) {
	curves, err := pastCurves(past)
	if err != nil {
		return nil, err
	}
	// Sums in one order give one answer, to the last digit.
	open = slices.SortedFunc(slices.Values(open), func(a, b store.OpenAge) int {
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.InstitutionKind, b.InstitutionKind), cmp.Compare(a.Risk, b.Risk),
			cmp.Compare(a.Province, b.Province), cmp.Compare(a.Age, b.Age), cmp.Compare(a.Allowed, b.Allowed))
	})
	type key struct{ place, duty string }
	sums := map[key]*expectation{}
	for _, o := range open {
		k := key{place(o.Province), o.Duty}
		sum := sums[k]
		if sum == nil {
			sum = &expectation{on: map[*pastCurve][]conditional{}}
			sums[k] = sum
		}
		sum.basis.Add(o.Basis)
		sum.open += int64(o.Count) //nolint:gosec // A count fits.
		if !o.FallsDue {
			continue
		}
		sum.add(curves, likeness{o.Duty, o.InstitutionKind, o.Risk, region(o.Province)}, &o)
	}
	var out []Warning
	for k, sum := range sums {
		w := Warning{Place: k.place, Duty: k.duty, Basis: sum.basis, Open: sum.open, FallDue: sum.falling, Unforeseen: sum.unforeseen}
		sum.interval(&w)
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Warning) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Duty, b.Duty)) })
	return out, nil
}

// A pastCurve is how long obligations alike stayed open, with the sums of
// Greenwood's terms from which the error of any stretch follows.
type pastCurve struct {
	times     []float64 // of events, in minutes
	survival  []float64 // just after each
	greenwood []float64 // the sum up to each, without terms in which nobody is left
	atRisk    []int64   // just before each
	size      int64
	last      float64 // the longest time that anybody was watched
}

func pastCurves(past []store.StratumDuration) (map[likeness]*pastCurve, error) {
	observations := map[likeness][]statistics.Observation{}
	for _, d := range past {
		likenesses := likeness{d.Duty, d.InstitutionKind, d.Risk, d.Region}.widening()
		for n, l := range likenesses {
			if slices.Contains(likenesses[:n], l) {
				continue // A catalogue without places, risks or bearers.
			}
			minutes := float64(d.Minutes)
			if d.Events > 0 {
				observations[l] = append(observations[l], statistics.Observation{Time: minutes, Outcome: statistics.Event, Count: int64(d.Events)}) //nolint:gosec // A count fits.
			}
			if d.Censored > 0 {
				observations[l] = append(observations[l], statistics.Observation{Time: minutes, Outcome: statistics.Censored, Count: int64(d.Censored)}) //nolint:gosec // A count fits.
			}
		}
	}
	curves := map[likeness]*pastCurve{}
	for l, list := range observations {
		table, err := statistics.Tabulate(list)
		if err != nil {
			return nil, fmt.Errorf("curve of %s: %w", l.duty, err)
		}
		km, err := statistics.KaplanMeier(table, 0.95)
		if err != nil {
			return nil, fmt.Errorf("curve of %s: %w", l.duty, err)
		}
		c := &pastCurve{size: km.Size, last: table[len(table)-1].Time}
		sum := 0.0
		for _, p := range km.Points {
			if d, n := float64(p.Events), float64(p.AtRisk); n > d {
				sum += d / (n * (n - d))
			}
			c.times, c.survival = append(c.times, p.Time), append(c.survival, p.Survival)
			c.greenwood, c.atRisk = append(c.greenwood, sum), append(c.atRisk, p.AtRisk)
		}
		curves[l] = c
	}
	return curves, nil
}

// upTo is the number of event times at or before t.
func (c *pastCurve) upTo(t float64) int {
	return sort.Search(len(c.times), func(i int) bool { return c.times[i] > t })
}

// at is the curve at t.
func (c *pastCurve) at(t float64) float64 {
	if i := c.upTo(t); i > 0 {
		return c.survival[i-1]
	}
	return 1
}

// A conditional is a number of obligations with the same chance to stay open
// from their age until their deadline.
type conditional struct {
	from, to int // event times in between: from <= i < to
	chance   float64
	n        float64
	unseen   bool // all or none of those alike stayed open
}

// knows reports the chance to be open at the end of what is allowed, given that
// it is at an age, if enough were watched that long.
func (c *pastCurve) knows(age, allowed float64) (conditional, bool) {
	from, to := c.upTo(age), c.upTo(allowed)
	before := c.at(age)
	known := from < len(c.atRisk) && c.atRisk[from] >= MinimumFlag ||
		from == len(c.atRisk) && float64(c.size)*before >= MinimumFlag
	if !known || before <= 0 || c.last < allowed {
		return conditional{}, false
	}
	p := conditional{from: from, to: to, chance: c.at(allowed) / before}
	if half := 0.5 / float64(c.size+1); p.chance < half || p.chance > 1-half {
		// What was never seen is not impossible.
		p.chance, p.unseen = min(max(p.chance, half), 1-half), true
	}
	return p, true
}

// An expectation sums what is expected of one place and duty.
type expectation struct {
	basis                     law.Basis
	open, falling, unforeseen int64
	mean, chance              float64 // the sums of p and of p(1 − p)
	on                        map[*pastCurve][]conditional
	curves                    []*pastCurve // the keys of on, in the order of their first use
}

func (e *expectation) add(curves map[likeness]*pastCurve, l likeness, o *store.OpenAge) {
	e.falling += int64(o.Count) //nolint:gosec // A count fits.
	for _, wider := range l.widening() {
		curve := curves[wider]
		if curve == nil {
			continue
		}
		p, ok := curve.knows(float64(o.Age), float64(o.Allowed))
		if !ok {
			continue
		}
		p.n = float64(o.Count)
		e.mean += p.n * p.chance
		e.chance += p.n * p.chance * (1 - p.chance)
		if e.on[curve] == nil {
			e.curves = append(e.curves, curve)
		}
		e.on[curve] = append(e.on[curve], p)
		return
	}
	e.unforeseen += int64(o.Count) //nolint:gosec // A count fits.
}

// estimation is the variance of the mean because the curves are estimates.
// Obligations on one curve err together: the variance is the sum over event times
// of (Σ n·p of those that the time lies before)² times Greenwood's term.
func (e *expectation) estimation() float64 {
	sum := 0.0
	for _, curve := range e.curves {
		list := e.on[curve]
		steps := make([]float64, len(curve.times)+1)
		flat := 0.0
		for _, p := range list {
			steps[p.from] += p.n * p.chance
			steps[p.to] -= p.n * p.chance
			if p.unseen {
				flat += p.n
			}
		}
		weight, previous := 0.0, 0.0
		for i := range curve.times {
			weight += steps[i]
			sum += weight * weight * (curve.greenwood[i] - previous)
			previous = curve.greenwood[i]
		}
		// A chance that was never or always seen is within about one in size.
		sum += flat * flat / (float64(curve.size+1) * float64(curve.size+1))
	}
	return sum
}

// interval gives the expected number and its limits: a beta distribution over 0
// to n with the mean and variance of the forecast, a whole number at each end.
func (e *expectation) interval(w *Warning) {
	n := float64(e.falling - e.unforeseen)
	if n <= 0 {
		if e.falling == 0 {
			zero := 0.0
			w.Expected = &zero
		}
		return
	}
	mean, variance := e.mean, e.chance+e.estimation()
	w.Expected = &mean
	share, spread := mean/n, variance/(n*n)
	if spread <= 0 || share <= 0 || share >= 1 {
		w.Low, w.High = int64(math.Floor(mean)), int64(math.Ceil(mean))
		return
	}
	if limit := 0.999 * share * (1 - share); spread > limit {
		spread = limit
	}
	k := share*(1-share)/spread - 1
	a, b := share*k, (1-share)*k
	w.Low = int64(max(0, math.Floor(n*mathext.InvRegIncBeta(a, b, 0.025)+0.5)))
	w.High = int64(min(n, math.Ceil(n*mathext.InvRegIncBeta(a, b, 0.975)-0.5)))
	w.Low, w.High = min(w.Low, int64(math.Floor(mean))), max(w.High, int64(math.Ceil(mean)))
}
