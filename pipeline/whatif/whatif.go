// Package whatif judges recorded history under another catalogue as well, and says what
// would be otherwise.
package whatif

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/refold"
	"amparo/pipeline/store/counting"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Key tells the rows of a what-if apart.
type Key struct{ Region, Duty string }

// A Row is how the obligations of a duty in a region stand under two
// catalogues.
type Row struct {
	Key
	Before, After           map[obligation.Status]int64
	BeforeRests, AfterRests law.Basis
	// Dropped are obligations of the first catalogue that the other does not
	// know, and Added those that only the other knows.
	Dropped, Added int64
	// beforeLaw and afterLaw count those under a limit of the law alone.
	beforeLaw, afterLaw  map[obligation.Status]int64
	droppedLaw, addedLaw int64
}

func newRow(key Key) *Row {
	return &Row{
		Key: key, Before: map[obligation.Status]int64{}, After: map[obligation.Status]int64{},
		beforeLaw: map[obligation.Status]int64{}, afterLaw: map[obligation.Status]int64{},
	}
}

func (w *Row) add(n *counting.ObligationCount, other bool) {
	counts, ofLaw, rests := w.Before, w.beforeLaw, &w.BeforeRests
	if other {
		counts, ofLaw, rests = w.After, w.afterLaw, &w.AfterRests
	}
	every := n.Every
	counts[n.Status] += every
	if n.Basis.Kind == law.Law {
		ofLaw[n.Status] += every
	}
	rests.Add(n.Basis)
}

func (w *Row) alone(n *counting.ObligationCount, other bool) {
	count, ofLaw := &w.Dropped, &w.droppedLaw
	if other {
		count, ofLaw = &w.Added, &w.addedLaw
	}
	every := n.Every
	*count += every
	if n.Basis.Kind == law.Law {
		*ofLaw += every
	}
}

// Changes is how many obligations at least stand otherwise under the other
// catalogue, or under one of the two alone.
func (w *Row) Changes() int64 {
	var fewer, more int64
	for _, status := range obligation.Statuses() {
		if d := w.After[status] - w.Before[status]; d < 0 {
			fewer -= d
		} else {
			more += d
		}
	}
	return max(fewer, more, w.Dropped+w.Added)
}

func (w *Row) merge(other *Row) {
	for _, pair := range [][2]map[obligation.Status]int64{
		{w.Before, other.Before}, {w.After, other.After}, {w.beforeLaw, other.beforeLaw}, {w.afterLaw, other.afterLaw},
	} {
		for status, n := range pair[1] {
			pair[0][status] += n
		}
	}
	w.Dropped, w.Added = w.Dropped+other.Dropped, w.Added+other.Added
	w.droppedLaw, w.addedLaw = w.droppedLaw+other.droppedLaw, w.addedLaw+other.addedLaw
	w.BeforeRests.Add(other.BeforeRests)
	w.AfterRests.Add(other.AfterRests)
}

// Totals adds rows up by region over all limits of the law, whatever the
// duty; targets and rights are left out.
func Totals(rows []Row) []Row {
	parts := map[Key]*Row{}
	for i := range rows {
		w := &rows[i]
		key := Key{w.Region, law.AllDuties}
		if parts[key] == nil {
			parts[key] = newRow(key)
		}
		ofLaw := Row{Before: w.beforeLaw, After: w.afterLaw, Dropped: w.droppedLaw, Added: w.addedLaw}
		if len(w.beforeLaw) > 0 {
			ofLaw.BeforeRests = law.Basis{Kind: law.Law, Confidence: w.BeforeRests.Confidence}
		}
		if len(w.afterLaw) > 0 {
			ofLaw.AfterRests = law.Basis{Kind: law.Law, Confidence: w.AfterRests.Confidence}
		}
		parts[key].merge(&ofLaw)
	}
	return inOrder(parts)
}

// Between limits a what-if to cases that began in [From, To); zero is no limit.
type Between struct{ From, To time.Time }

func (b Between) holds(t time.Time) bool {
	return (b.From.IsZero() || !t.Before(b.From)) && (b.To.IsZero() || t.Before(b.To))
}

// Of judges the recorded history under another catalogue as well, and counts
// obligations by region, duty and status under both. Which cases belong to the span,
// the first catalogue says.
func Of(ctx context.Context, r *indicator.Reader, other *law.Catalogue, q obligation.Query, grouping string, between Between) (answer []Row, err error) {
	var under [2]refold.Into
	for i, cat := range []*law.Catalogue{r.Catalogue, other} {
		scratch, err := r.Store.Scratch(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, scratch.Close(ctx)) }() //nolint:gocritic // Two at most.
		under[i] = refold.Into{Catalogue: cat, To: scratch}
	}
	wanted := func(events []event.Event) bool {
		return between == (Between{}) || between.holds(began(r.Catalogue, obligation.Visible(r.Catalogue, events, q)))
	}
	if err := refold.Fill(ctx, r.Store, q, wanted, under[0], under[1]); err != nil {
		return nil, fmt.Errorf("judge history under %s: %w", other.Label(), err)
	}
	rows := map[Key]*Row{}
	each := func(counts []counting.ObligationCount, add func(*Row, *counting.ObligationCount)) {
		for n := range counts {
			for _, region := range []string{indicator.Nation, r.Catalogue.Places.Region(grouping, counts[n].Parts[counting.ByProvince])} {
				if region == "" {
					continue
				}
				key := Key{region, counts[n].Parts[counting.ByDuty]}
				if rows[key] == nil {
					rows[key] = newRow(key)
				}
				add(rows[key], &counts[n])
			}
		}
	}
	cut := counting.Cut{
		AsOf: q.AsOf, Choice: r.Choice(law.Law, law.Target, law.Right), By: []counting.By{counting.ByDuty, counting.ByProvince},
	}
	for i, u := range under {
		isOther := i == 1
		from, other := counting.Of(u.To.Store), counting.Of(under[1-i].To.Store)
		counts, err := from.ObligationCounts(ctx, cut)
		if err != nil {
			return nil, fmt.Errorf("count history under %s: %w", u.Catalogue.Label(), err)
		}
		each(counts, func(w *Row, n *counting.ObligationCount) { w.add(n, isOther) })
		if counts, err = from.ObligationsAlone(ctx, other, cut); err != nil {
			return nil, fmt.Errorf("count what only %s knows: %w", u.Catalogue.Label(), err)
		}
		each(counts, func(w *Row, n *counting.ObligationCount) { w.alone(n, isOther) })
	}
	return inOrder(rows), nil
}

// began is when a case began: its first start, else its first event.
func began(cat *law.Catalogue, visible []event.Event) time.Time {
	for i := range visible {
		if visible[i].Type == cat.CaseStart {
			return visible[i].At
		}
	}
	if len(visible) == 0 {
		return time.Time{}
	}
	return visible[0].At
}

func inOrder(rows map[Key]*Row) []Row {
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), indicator.CompareRegions(a.Region, b.Region))
	})
	out := make([]Row, len(keys))
	for i, key := range keys {
		out[i] = *rows[key]
	}
	return out
}
