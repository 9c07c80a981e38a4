// Package forecast says how many open obligations are expected to be missed: counts
// with an interval, never anything about a case.
package forecast

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store/counting"
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
	where := counting.ByProvince
	if req.ByRegion {
		where = counting.ByRegion
	}
	cut := counting.Cut{AsOf: asOf, Choice: r.Choice(req.Options.Kinded()...), By: []counting.By{counting.ByDuty, where}, Regions: r.Regions(req.Grouping)}
	every, err := from.ObligationCounts(ctx, cut)
	if err != nil {
		return nil, fmt.Errorf("count open obligations: %w", err)
	}
	cut.Only, cut.DueBy = []obligation.Status{obligation.Open}, asOf.Add(req.Horizon)
	cut.By = append(cut.By, counting.ByBearer, counting.ByRisk, counting.ByAge, counting.ByAllowed)
	falling, err := from.ObligationCounts(ctx, cut)
	if err != nil {
		return nil, fmt.Errorf("count what falls due: %w", err)
	}
	past, err := from.ObligationTimes(ctx, counting.Cut{
		AsOf: asOf, Choice: r.Choice(req.Options.Kinded()...), StartedAfter: asOf.Add(-indicator.Memory),
		By: []counting.By{counting.ByDuty, counting.ByBearer, counting.ByRisk, counting.ByRegion}, Zone: r.Catalogue.Zone, Regions: r.Regions(req.Grouping),
	}, counting.CoarseClock)
	if err != nil {
		return nil, fmt.Errorf("count what was open in the last year: %w", err)
	}
	region := func(place string) string { return r.Catalogue.Places.Region(req.Grouping, place) }
	place := r.Catalogue.Places.Department
	if req.ByRegion {
		region = func(place string) string { return place } // It is one already.
		place = region
	}
	ages, err := openOf(every, falling, where)
	if err != nil {
		return nil, err
	}
	return Forecast(pastOf(past), ages, region, place)
}

// level is the confidence of the limits.
const level = 0.95

// A Past counts obligations alike that ended, in any way, or were last seen at about
// the same time after their start.
type Past struct {
	Duty, Bearer, Risk, Region string

	Minutes int64
	Ended   bool
	Count   int64
}

// pastOf leaves out what is unclear.
func pastOf(times []counting.ObligationTimes) []Past {
	counts := map[Past]int64{}
	for i := range times {
		t := &times[i]
		if t.Status == obligation.Unclear {
			continue
		}
		past := Past{
			Duty: t.Parts[counting.ByDuty], Bearer: t.Parts[counting.ByBearer], Risk: t.Parts[counting.ByRisk], Region: t.Parts[counting.ByRegion],
			Ended: t.Ended != counting.EndedOpen,
		}
		for k, n := range t.Every() {
			past.Minutes = t.Took.At[k]
			counts[past] += n
		}
	}
	out := make([]Past, 0, len(counts))
	for p, n := range counts {
		p.Count = n
		out = append(out, p)
	}
	return out
}

// An Age counts open obligations that are equally old and were given equally long,
// in minutes; of those that do not fall due within the horizon neither matters.
type Age struct {
	Duty, Bearer, Risk, Place string // a province, or a region

	Basis        law.Basis
	Age, Allowed int64
	FallsDue     bool // within the horizon
	Count        int64
}

// openOf are the open obligations among some, of which those fall due within the horizon
// whose age is told.
func openOf(every, falling []counting.ObligationCount, where counting.By) ([]Age, error) {
	var out []Age
	rest := map[Age]int64{} // of which only the place, the duty and what it rests on matter
	for i := range every {
		if n := &every[i]; n.Status == obligation.Open {
			rest[Age{Duty: n.Parts[counting.ByDuty], Place: n.Parts[where], Basis: n.Basis}] += n.Every
		}
	}
	for i := range falling {
		n := &falling[i]
		age, err := strconv.ParseInt(n.Parts[counting.ByAge], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read an age: %w", err)
		}
		allowed, err := strconv.ParseInt(n.Parts[counting.ByAllowed], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read what is allowed: %w", err)
		}
		a := Age{Duty: n.Parts[counting.ByDuty], Place: n.Parts[where], Basis: n.Basis}
		rest[a] -= n.Every
		a.Bearer, a.Risk, a.Age, a.Allowed, a.FallsDue, a.Count = n.Parts[counting.ByBearer], n.Parts[counting.ByRisk], age, allowed, true, n.Every
		out = append(out, a)
	}
	for a, n := range rest {
		if a.Count = n; n > 0 {
			out = append(out, a)
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
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Age, b.Age), cmp.Compare(a.Allowed, b.Allowed))
	})
	type key struct{ place, duty string }
	sums := map[key]*expectation{}
	for _, o := range open {
		k := key{place(o.Place), o.Duty}
		sum := sums[k]
		if sum == nil {
			sum = &expectation{}
			sums[k] = sum
		}
		sum.basis.Add(o.Basis)
		sum.open += o.Count
		if !o.FallsDue {
			continue
		}
		sum.add(curves, likeness{o.Duty, o.Bearer, o.Risk, region(o.Place)}, &o)
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

// pastCurves are how long obligations alike stayed open, in minutes.
func pastCurves(past []Past) (map[likeness]*statistics.Curve, error) {
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
	curves := map[likeness]*statistics.Curve{}
	for l, list := range observations {
		table, err := statistics.Tabulate(list)
		if err != nil {
			return nil, fmt.Errorf("curve of %s: %w", l.duty, err)
		}
		if curves[l], err = statistics.KaplanMeier(table, level); err != nil {
			return nil, fmt.Errorf("curve of %s: %w", l.duty, err)
		}
	}
	return curves, nil
}

// An expectation sums what is expected of one place and duty.
type expectation struct {
	basis                     law.Basis
	open, falling, unforeseen int64
	missed                    statistics.Prediction
}

func (e *expectation) add(curves map[likeness]*statistics.Curve, l likeness, o *Age) {
	e.falling += o.Count
	for _, wider := range l.widening() {
		curve := curves[wider]
		if curve == nil {
			continue
		}
		if p, ok := curve.Conditional(float64(o.Age), float64(o.Allowed), comparison.MinimumFlag); ok {
			e.missed.Add(curve, p, o.Count)
			return
		}
	}
	e.unforeseen += o.Count
}

// interval gives the expected number and its limits.
func (e *expectation) interval(w *Warning) {
	if e.falling == 0 {
		zero := 0.0
		w.Expected = &zero
		return
	}
	low, high, err := e.missed.Limits(level)
	if err != nil {
		return // Nothing is known of any of them.
	}
	w.Expected, w.Low, w.High = &e.missed.Mean, low, high
}
