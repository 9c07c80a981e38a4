// Package indicator turns obligations into numbers with a legal meaning: shares
// on time with their intervals, counts by status, the snapshot of one refresh
// and the Prometheus collector that serves it.
//
// Every number of a snapshot has one as-of. Obligations that are open and
// overdue count as failures; those not yet due are left out and counted beside.
package indicator

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Store is what this package asks of the store.
type Store interface {
	Extent(ctx context.Context) (store.Extent, error)
	State(ctx context.Context, name string) (string, error)
	Cases(ctx context.Context, after string) iter.Seq2[store.CaseHistory, error]
	Obligations(ctx context.Context, startedBy time.Time) iter.Seq2[obligation.Obligation, error]
	Totals(ctx context.Context, w store.Windows) ([]store.Total, error)
	comparisonStore
}

// A Reader reads obligations at any instant: stored ones where these are exact,
// else folded again from the events.
type Reader struct {
	Catalogue *law.Catalogue
	Store     Store
	// JudgedBy and PeriodsUntil are the names under which the store remembers
	// which catalogue judged it, and how far ahead.
	JudgedBy, PeriodsUntil string
	// LeaveOutLow counts nothing that rests on a regime of low confidence.
	LeaveOutLow bool
}

// leavesOut reports whether obligations under regimes of a confidence do not count.
func (r *Reader) leavesOut(confidence string) bool {
	return r.LeaveOutLow && confidence == law.LowConfidence
}

// choice is what the store counts of the kinds that are asked for.
func (r *Reader) choice(opt Options) store.Choice {
	c := store.Choice{}
	for _, k := range opt.kinds() {
		c.Kinds = append(c.Kinds, string(k))
	}
	if r.LeaveOutLow {
		c.Without = []string{law.LowConfidence}
	}
	return c
}

// LowConfidence says in a word what is done with regimes of low confidence. It
// stands beside every number, so that nobody takes those with them for those
// without.
func LowConfidence(leftOut bool) string {
	if leftOut {
		return LowLeftOut
	}
	return "counted"
}

// LowLeftOut is the word for numbers without regimes of low confidence.
const LowLeftOut = "left-out"

// storedIsExact reports whether the stored obligations answer a query: judged
// under this catalogue, no event later than the instant, periods written beyond
// it, and everything recorded is to be known.
func (r *Reader) storedIsExact(ctx context.Context, q obligation.Query) (bool, error) {
	if !q.KnownAt.IsZero() {
		return false, nil
	}
	label, err := r.Store.State(ctx, r.JudgedBy)
	if err != nil || label != r.Catalogue.Label() {
		return false, err
	}
	written, err := r.Store.State(ctx, r.PeriodsUntil)
	if err != nil {
		return false, err
	}
	until, err := time.Parse(time.RFC3339Nano, written)
	if err != nil || until.Before(q.AsOf) {
		return false, nil //nolint:nilerr // Never swept: fold.
	}
	last, err := r.Store.LastEventAt(ctx)
	return err == nil && !last.After(q.AsOf), err
}

// Obligations yields every obligation at a query's instants, ordered by case,
// duty and instance.
func (r *Reader) Obligations(ctx context.Context, q obligation.Query) iter.Seq2[obligation.Obligation, error] {
	return func(yield func(obligation.Obligation, error) bool) {
		exact, err := r.storedIsExact(ctx, q)
		if err != nil {
			yield(obligation.Obligation{}, err)
			return
		}
		from := r.folded(ctx, q)
		if exact {
			from = r.Store.Obligations(ctx, q.AsOf)
		}
		for o, err := range from {
			if err == nil && r.leavesOut(o.Confidence) {
				continue
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// foldChunk bounds how many cases are folded at once.
const foldChunk = 2_000

// folded folds every case from its events, on all processors, in case order.
func (r *Reader) folded(ctx context.Context, q obligation.Query) iter.Seq2[obligation.Obligation, error] {
	return func(yield func(obligation.Obligation, error) bool) {
		var subjects [][]event.Event
		flush := func() bool {
			for _, obligations := range obligation.FoldMany(r.Catalogue, subjects, func(int) obligation.Query { return q }) {
				for _, o := range obligations {
					if !yield(o, nil) {
						return false
					}
				}
			}
			subjects = subjects[:0]
			return true
		}
		for c, err := range r.Store.Cases(ctx, "") {
			if err != nil {
				yield(obligation.Obligation{}, fmt.Errorf("fold all cases: %w", err))
				return
			}
			subjects = append(subjects, c.Plain())
			if len(subjects) >= foldChunk && !flush() {
				return
			}
		}
		flush()
	}
}

// Windows are the windows of every indicator at an instant, by due date: the
// last closed month of the catalogue's zone, the last twelve months, and all.
func Windows(cat *law.Catalogue, asOf time.Time) store.Windows {
	local := asOf.In(cat.Zone)
	monthTo := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, cat.Zone)
	return store.Windows{
		AsOf: asOf, MonthFrom: monthTo.AddDate(0, -1, 0), MonthTo: monthTo, YearFrom: local.AddDate(0, -12, 0),
	}
}

// Totals counts obligations by duty, province and status at a query's instants.
func (r *Reader) Totals(ctx context.Context, q obligation.Query) ([]store.Total, error) {
	w := Windows(r.Catalogue, q.AsOf)
	exact, err := r.storedIsExact(ctx, q)
	if err != nil {
		return nil, err
	}
	if exact {
		totals, err := r.Store.Totals(ctx, w)
		return slices.DeleteFunc(totals, func(t store.Total) bool { return r.leavesOut(t.Confidence) }), err
	}
	counts := totals{}
	for o, err := range r.folded(ctx, q) {
		if err != nil {
			return nil, err
		}
		if !r.leavesOut(o.Confidence) {
			counts.add(&o, w)
		}
	}
	return counts.list(), nil
}

// totals count obligations as the store's query does.
type totals map[totalKey]*store.Total

type totalKey struct {
	duty, province string
	basis          law.Basis
	status         obligation.Status
}

func (n totals) add(o *obligation.Obligation, w store.Windows) {
	key := totalKey{o.Duty, o.Place[:min(4, len(o.Place))], o.Basis(), o.Status(w.AsOf)}
	t := n[key]
	if t == nil {
		t = &store.Total{
			Duty: key.duty, Kind: string(o.Kind), Confidence: o.Confidence, Province: key.province, Status: key.status, FirstDue: o.DueAt,
		}
		n[key] = t
	}
	t.Add(o.DueAt, w)
}

func (n totals) list() []store.Total {
	out := make([]store.Total, 0, len(n))
	for _, t := range n {
		out = append(out, *t)
	}
	return out
}
