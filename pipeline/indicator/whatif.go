package indicator

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A WhatIfKey tells the rows of a what-if apart.
type WhatIfKey struct{ Region, Duty string }

// A WhatIf is how the obligations of a duty in a region stand under two
// catalogues.
type WhatIf struct {
	WhatIfKey
	Before, After           map[obligation.Status]int64
	BeforeRests, AfterRests law.Basis
	// Dropped are obligations of the first catalogue that the other does not
	// know, and Added those that only the other knows.
	Dropped, Added int64
	// beforeLaw and afterLaw count those under a limit of the law alone.
	beforeLaw, afterLaw  map[obligation.Status]int64
	droppedLaw, addedLaw int64
}

func newWhatIf(key WhatIfKey) *WhatIf {
	return &WhatIf{
		WhatIfKey: key, Before: map[obligation.Status]int64{}, After: map[obligation.Status]int64{},
		beforeLaw: map[obligation.Status]int64{}, afterLaw: map[obligation.Status]int64{},
	}
}

// add counts an obligation under the first catalogue or the other.
func (w *WhatIf) add(o *obligation.Obligation, status obligation.Status, other bool) {
	counts, ofLaw, rests := w.Before, w.beforeLaw, &w.BeforeRests
	if other {
		counts, ofLaw, rests = w.After, w.afterLaw, &w.AfterRests
	}
	counts[status]++
	if o.Kind == law.Law {
		ofLaw[status]++
	}
	rests.Add(o.Basis())
}

// alone adds an obligation that one of the catalogues alone knows.
func (w *WhatIf) alone(o *obligation.Obligation, other bool) {
	n, ofLaw := &w.Dropped, &w.droppedLaw
	if other {
		n, ofLaw = &w.Added, &w.addedLaw
	}
	*n++
	if o.Kind == law.Law {
		*ofLaw++
	}
}

// Changes is how many obligations at least stand otherwise under the other
// catalogue, or under one of the two alone.
func (w *WhatIf) Changes() int64 {
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

// merge adds what another row counted.
func (w *WhatIf) merge(other *WhatIf) {
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

// WhatIfTotals adds rows up by region over all limits of the law, whatever the
// duty; targets and rights are left out.
func WhatIfTotals(rows []WhatIf) []WhatIf {
	parts := map[WhatIfKey]*WhatIf{}
	for i := range rows {
		w := &rows[i]
		key := WhatIfKey{w.Region, law.AllDuties}
		if parts[key] == nil {
			parts[key] = newWhatIf(key)
		}
		ofLaw := WhatIf{Before: w.beforeLaw, After: w.afterLaw, Dropped: w.droppedLaw, Added: w.addedLaw}
		if len(w.beforeLaw) > 0 {
			ofLaw.BeforeRests = law.Basis{Kind: law.Law, Confidence: w.BeforeRests.Confidence}
		}
		if len(w.afterLaw) > 0 {
			ofLaw.AfterRests = law.Basis{Kind: law.Law, Confidence: w.AfterRests.Confidence}
		}
		parts[key].merge(&ofLaw)
	}
	return gather([]map[WhatIfKey]*WhatIf{parts})
}

// Between limits a what-if to cases that began in [From, To); zero is no limit.
type Between struct{ From, To time.Time }

func (b Between) holds(t time.Time) bool {
	return (b.From.IsZero() || !t.Before(b.From)) && (b.To.IsZero() || t.Before(b.To))
}

// WhatIf judges the recorded history under another catalogue as well, and counts
// obligations by region, duty and status under both. Cases are read once and
// folded twice; which of them belong to the span, the first catalogue says.
func (r *Reader) WhatIf(ctx context.Context, other *law.Catalogue, q obligation.Query, grouping string, between Between) ([]WhatIf, error) {
	parts := make([]map[WhatIfKey]*WhatIf, runtime.GOMAXPROCS(0))
	for i := range parts {
		parts[i] = map[WhatIfKey]*WhatIf{}
	}
	err := deal(ctx, r.Store.Cases(ctx, ""), len(parts), func(worker int, _ string, events []event.Event) {
		if !between.holds(began(r.Catalogue, obligation.Visible(r.Catalogue, events, q))) {
			return
		}
		fold := func(cat *law.Catalogue) []obligation.Obligation {
			return slices.DeleteFunc(obligation.Fold(cat, events, q), func(o obligation.Obligation) bool { return r.leavesOut(o.Confidence) })
		}
		count := func(own, others []obligation.Obligation, isOther bool) {
			known := map[obligation.Key]bool{}
			for i := range others {
				known[others[i].Key()] = true
			}
			for i := range own {
				o := &own[i]
				for _, region := range []string{Nation, r.Catalogue.Places.Region(grouping, o.Place)} {
					if region == "" {
						continue
					}
					row := rowOf(parts[worker], WhatIfKey{region, o.Duty})
					row.add(o, o.Status(q.AsOf), isOther)
					if !known[o.Key()] {
						row.alone(o, isOther)
					}
				}
			}
		}
		before, after := fold(r.Catalogue), fold(other)
		count(before, after, false)
		count(after, before, true)
	})
	if err != nil {
		return nil, fmt.Errorf("judge history under %s: %w", other.Label(), err)
	}
	return gather(parts), nil
}

// rowOf is the row of a key, begun where there is none.
func rowOf(rows map[WhatIfKey]*WhatIf, key WhatIfKey) *WhatIf {
	if rows[key] == nil {
		rows[key] = newWhatIf(key)
	}
	return rows[key]
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

// gather adds up the workers' counts, by duty and region, the nation first.
func gather(parts []map[WhatIfKey]*WhatIf) []WhatIf {
	total := parts[0]
	for _, part := range parts[1:] {
		for key, w := range part {
			if total[key] == nil {
				total[key] = w
				continue
			}
			total[key].merge(w)
		}
	}
	keys := slices.SortedFunc(maps.Keys(total), func(a, b WhatIfKey) int {
		isRegion := func(region string) int {
			if region == Nation {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), cmp.Compare(isRegion(a.Region), isRegion(b.Region)), cmp.Compare(a.Region, b.Region))
	})
	out := make([]WhatIf, len(keys))
	for i, key := range keys {
		out[i] = *total[key]
	}
	return out
}
