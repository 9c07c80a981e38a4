package sink

import (
	"context"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// judge folds whole cases and writes what the fold changed.
type judge struct {
	cat     *law.Catalogue
	to      Store
	horizon time.Duration
}

// update folds cases from their whole history and stores the obligations that
// differ from what is stored, with tombstones for those that are gone. It
// returns how many rows it wrote.
func (j *judge) update(ctx context.Context, ids []string, history map[string][]store.Recorded, now time.Time) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	changes, err := j.changes(ctx, ids, history, now)
	if err != nil {
		return 0, err
	}
	return len(changes), j.to.InsertObligations(ctx, changes)
}

func (j *judge) changes(ctx context.Context, ids []string, history map[string][]store.Recorded, now time.Time) ([]store.Change, error) {
	known, err := j.to.Known(ctx, ids)
	if err != nil {
		return nil, err
	}
	histories := make([][]store.Recorded, len(ids))
	for i, id := range ids {
		histories[i] = history[id]
	}
	var changes []store.Change
	for _, c := range foldAll(j.cat, histories, now, j.horizon) {
		key := c.Key()
		before, stored := known[key]
		delete(known, key)
		if !stored || before != store.Digest(&c.Obligation, c.Catalogue) {
			changes = append(changes, c)
		}
	}
	versions := map[string]uint64{}
	for i, id := range ids {
		versions[id] = highest(histories[i])
	}
	for key := range known {
		changes = append(changes, store.Change{
			Obligation: obligation.Obligation{CaseID: key.CaseID, Duty: key.Duty, Instance: key.Instance,
				StartedAt: now, DueAt: now, LapsesFrom: now, LapsesBy: now},
			Version: versions[key.CaseID], Gone: true,
		})
	}
	return changes, nil
}

// foldAll folds cases from everything stored of them, recurring periods to a
// horizon.
func foldAll(cat *law.Catalogue, histories [][]store.Recorded, now time.Time, horizon time.Duration) []store.Change {
	subjects := make([][]event.Event, len(histories))
	for i, h := range histories {
		subjects[i] = make([]event.Event, len(h))
		for k := range h {
			subjects[i][k] = h[k].Event
		}
	}
	folded := obligation.FoldMany(cat, subjects, func(i int) obligation.Query {
		return obligation.Query{AsOf: lastInstant(subjects[i], now), Horizon: now.Add(horizon)}
	})
	var out []store.Change
	label := cat.Label()
	for i, obligations := range folded {
		version := highest(histories[i])
		for _, o := range obligations {
			out = append(out, store.Change{Obligation: o, Catalogue: label, Version: version})
		}
	}
	return out
}

// lastInstant is now, or the time of the last event where a clock ran ahead:
// what is stored leaves nothing out.
func lastInstant(events []event.Event, now time.Time) time.Time {
	for i := range events {
		if events[i].At.After(now) {
			now = events[i].At
		}
	}
	return now
}

// highest is the highest stream sequence of a case.
func highest(events []store.Recorded) uint64 {
	var seq uint64
	for i := range events {
		seq = max(seq, events[i].Seq)
	}
	return seq
}
