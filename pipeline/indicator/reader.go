// Package indicator turns what is stored of cases into numbers with a legal
// meaning: the indicators of implications and the signals of causes, each with its
// numerator, its denominator and, where one is known, its interval.
//
// ClickHouse counts; this package says what is to be counted, and finishes what
// comes back. Every number of an answer has one as-of. Obligations that are open and
// overdue count as failures; those not yet due are left out and counted beside.
package indicator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/refold"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Counts are what answers are counted with: of what is stored, or of a scratch.
type Counts = *counting.Counts

// A Reader answers questions about an instant: from what is stored where that
// answers them, else from a scratch that is folded from the events for the question.
type Reader struct {
	Catalogue *law.Catalogue
	Store     *store.Store
	// LeaveOutLow counts nothing that rests on a regime of low confidence.
	LeaveOutLow bool
	// StoredOnly refuses what is stored does not answer, for whoever asks all the
	// time: folding a country's cases every minute would serve nobody.
	StoredOnly bool
	// WorthClosing is from how many obligations on a closing is made, 0 for the usual.
	WorthClosing uint64
	// AsStored counts everything as it stands, without a closing.
	AsStored bool
	// Seldom keeps nothing in memory of what rests, for whoever asks much and not often.
	Seldom bool
}

// Counts is what the reader counts with. It goes on from one question to the next.
func (r *Reader) Counts() Counts { return counting.Of(r.Store) }

// ErrNotStored says that what is stored does not answer a question.
var ErrNotStored = errors.New("what is stored was judged under another catalogue, or not far enough ahead")

// At asks a question at a query's instants.
func (r *Reader) At(ctx context.Context, q obligation.Query, ask func(Counts) error) error {
	answers, err := r.answers(ctx, q)
	switch {
	case err != nil:
		return err
	case answers:
		if r.AsStored {
			return ask(r.Counts())
		}
		from, err := r.Counts().Counting(ctx, r.Catalogue.Label(), q.AsOf)
		if err != nil {
			return err
		}
		if r.Seldom {
			from = from.Seldom()
		}
		return ask(from)
	case r.StoredOnly:
		return fmt.Errorf("%w: the sink has to judge it again under %s", ErrNotStored, r.Catalogue.Label())
	}
	scratch, err := r.Store.Scratch(ctx)
	if err != nil {
		return err
	}
	if err := refold.Fill(ctx, r.Store, q, refold.Every, refold.Into{Catalogue: r.Catalogue, To: scratch}); err != nil {
		return errors.Join(fmt.Errorf("judge all cases as of %s: %w", event.FormatInstant(q.AsOf), err), scratch.Close(ctx))
	}
	return errors.Join(ask(counting.Of(scratch.Store)), scratch.Close(ctx))
}

// answers reports whether what is stored answers a query.
func (r *Reader) answers(ctx context.Context, q obligation.Query) (bool, error) {
	if !q.KnownAt.IsZero() {
		return false, nil
	}
	return r.Store.Answers(ctx, r.Catalogue.Label(), q.AsOf)
}

// Obligations yields every obligation at a query's instants, ordered by case,
// duty and instance.
func (r *Reader) Obligations(ctx context.Context, q obligation.Query) iter.Seq2[obligation.Obligation, error] {
	return func(yield func(obligation.Obligation, error) bool) {
		answers, err := r.answers(ctx, q)
		if err != nil {
			yield(obligation.Obligation{}, err)
			return
		}
		from := refold.Obligations(ctx, r.Catalogue, r.Store, q)
		if answers {
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

// leavesOut reports whether obligations under regimes of a confidence do not count.
func (r *Reader) leavesOut(confidence string) bool {
	return r.LeaveOutLow && confidence == law.LowConfidence
}

// Choice is what the store counts of the kinds that are asked for.
func (r *Reader) Choice(kinds ...law.Kind) store.Choice {
	c := store.Choice{}
	for _, k := range kinds {
		c.Kinds = append(c.Kinds, string(k))
	}
	if r.LeaveOutLow {
		c.Without = []string{law.LowConfidence}
	}
	return c
}

// Regions are those of a grouping of the catalogue.
func (r *Reader) Regions(grouping string) counting.Regions {
	return r.Catalogue.Places.ByRegion(grouping)
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

// Windows are the spans of AllWindows at an instant, in their order: the last closed
// month of the catalogue's zone, the last twelve months, and all. All has no
// beginning and no end: what falls due later counts there too, as far as it counts
// at all.
func Windows(cat *law.Catalogue, asOf time.Time) counting.Spans {
	local := asOf.In(cat.Zone)
	monthTo := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, cat.Zone)
	return counting.Spans{{From: monthTo.AddDate(0, -1, 0), To: monthTo}, {From: local.AddDate(0, -12, 0), To: asOf}, {}}
}

// Memory is how far back early warnings learn from.
const Memory = 365 * 24 * time.Hour
