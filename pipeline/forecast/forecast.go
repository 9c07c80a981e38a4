// Package forecast says how many open obligations are expected to be missed: counts
// with an interval, never anything about a case.
package forecast

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mathext"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
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

// A Request asks for early warnings.
type Request struct {
	Grouping string
	ByRegion bool // else by department
	Horizon  time.Duration
	Options  indicator.Options
}

// memory is how far back warnings learn from.
const memory = 365 * 24 * time.Hour

// Warnings forecasts from what obligations alike did in the last year: duty, bearer,
// risk and region, or fewer of these where there were too few.
func Warnings(ctx context.Context, r *indicator.Reader, q obligation.Query, req Request) ([]Warning, error) {
	var out []Warning
	err := r.At(ctx, q, func(from indicator.Counts) (err error) {
		out, err = From(ctx, r, from, q.AsOf, req)
		return err
	})
	return out, err
}

// From is Warnings, from counts that are open already.
func From(ctx context.Context, r *indicator.Reader, from indicator.Counts, asOf time.Time, req Request) ([]Warning, error) {
	alike := []store.By{store.ByDuty, store.ByBearer, store.ByRisk, store.ByProvince}
	open, err := from.ObligationCounts(ctx, store.Cut{
		AsOf: asOf, Choice: r.Choice(req.Options.Kinded()...), Only: obligation.Open,
		Spans: store.Spans{{From: beginning, To: asOf.Add(req.Horizon)}}, By: append(alike, store.ByAge, store.ByAllowed),
	})
	if err != nil {
		return nil, fmt.Errorf("count open obligations: %w", err)
	}
	past, err := from.ObligationTimes(ctx, store.Cut{
		AsOf: asOf, Choice: r.Choice(req.Options.Kinded()...), StartedAfter: asOf.Add(-memory), By: alike,
	}, store.CoarseClock)
	if err != nil {
		return nil, fmt.Errorf("count what was open in the last year: %w", err)
	}
	region := func(place string) string { return r.Catalogue.Places.Region(req.Grouping, place) }
	place := r.Catalogue.Places.Department
	if req.ByRegion {
		place = region
	}
	seen, err := pastOf(past, region)
	if err != nil {
		return nil, err
	}
	ages, err := openOf(open)
	if err != nil {
		return nil, err
	}
	return Forecast(seen, ages, region, place)
}

// beginning is before any deadline.
var beginning = time.Unix(0, 0).UTC()

// A Past counts obligations alike that ended, in any way, or were last seen at about
// the same time after their start.
type Past struct {
	Duty, Bearer, Risk, Region string

	Minutes int64
	Ended   bool
	Count   int64
}

// pastOf leaves out what is unclear.
func pastOf(times []store.ObligationTime, region func(string) string) ([]Past, error) {
	counts := map[Past]int64{}
	for i := range times {
		t := &times[i]
		if t.Status == obligation.Unclear {
			continue
		}
		counts[Past{
			Duty: t.Parts[store.ByDuty], Bearer: t.Parts[store.ByBearer], Risk: t.Parts[store.ByRisk], Region: region(t.Parts[store.ByProvince]),
			Minutes: t.Took, Ended: t.Ended != store.EndedOpen,
		}] += int64(t.Every) //nolint:gosec // A count fits.
	}
	out := make([]Past, 0, len(counts))
	for p, n := range counts {
		p.Count = n
		out = append(out, p)
	}
	return out, nil
}

// An Age counts open obligations that are equally old and were given equally long,
// in minutes.
type Age struct {
	Duty, Bearer, Risk, Province string

	Basis        law.Basis
	Age, Allowed int64
	FallsDue     bool // within the horizon
	Count        int64
}

func openOf(counts []store.ObligationCount) ([]Age, error) {
	var out []Age
	for i := range counts {
		n := &counts[i]
		age, err := strconv.ParseInt(n.Parts[store.ByAge], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read an age: %w", err)
		}
		allowed, err := strconv.ParseInt(n.Parts[store.ByAllowed], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read what is allowed: %w", err)
		}
		a := Age{
			Duty: n.Parts[store.ByDuty], Bearer: n.Parts[store.ByBearer], Risk: n.Parts[store.ByRisk], Province: n.Parts[store.ByProvince],
			Basis: n.Basis, Age: age, Allowed: allowed,
		}
		for _, falls := range []bool{true, false} {
			a.FallsDue, a.Count = falls, int64(n.In[0]) //nolint:gosec // A count fits.
			if !falls {
				a.Count = int64(n.Every) - int64(n.In[0]) //nolint:gosec // Here too.
			}
			if a.Count > 0 {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// A likeness is what obligations have in common; empty fields are left open.
type likeness struct{ duty, kind, risk, region string }

// widening lists ever wider likenesses of an obligation.
func (l likeness) widening() [4]likeness {
	return [4]likeness{l, {l.duty, l.kind, l.risk, ""}, {l.duty, "", l.risk, ""}, {l.duty, "", "", ""}}
}

// Forecast is the pure part of Warnings.
func Forecast(past []Past, open []Age, region, place func(string) string) ([]Warning, error) {
	curves, err := pastCurves(past)
	if err != nil {
		return nil, err
	}
	// Sums in one order give one answer, to the last digit.
	open = slices.SortedFunc(slices.Values(open), func(a, b Age) int {
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Bearer, b.Bearer), cmp.Compare(a.Risk, b.Risk),
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
		sum.open += o.Count
		if !o.FallsDue {
			continue
		}
		sum.add(curves, likeness{o.Duty, o.Bearer, o.Risk, region(o.Province)}, &o)
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

func pastCurves(past []Past) (map[likeness]*pastCurve, error) {
	observations := map[likeness][]statistics.Observation{}
	for _, d := range past {
		likenesses := likeness{d.Duty, d.Bearer, d.Risk, d.Region}.widening()
		for n, l := range likenesses {
			if slices.Contains(likenesses[:n], l) {
				continue // A catalogue without places, risks or bearers.
			}
			outcome := statistics.Censored
			if d.Ended {
				outcome = statistics.Event
			}
			observations[l] = append(observations[l], statistics.Observation{Time: float64(d.Minutes), Outcome: outcome, Count: d.Count})
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
	known := from < len(c.atRisk) && c.atRisk[from] >= comparison.MinimumFlag ||
		from == len(c.atRisk) && float64(c.size)*before >= comparison.MinimumFlag
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

func (e *expectation) add(curves map[likeness]*pastCurve, l likeness, o *Age) {
	e.falling += o.Count
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
	e.unforeseen += o.Count
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
