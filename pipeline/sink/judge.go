package sink

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// judge folds whole cases and writes what that changed.
type judge struct {
	cat     *law.Catalogue
	to      Store
	horizon time.Duration
}

// update judges cases from their whole history and stores what differs from what is
// stored, with marks for what is gone. It returns how many rows it wrote.
func (j *judge) update(ctx context.Context, ids []string, history map[string][]store.Recorded, now time.Time) (int, error) {
	cases := make(map[string]*whole, len(ids))
	for _, id := range ids {
		cases[id] = &whole{events: history[id]}
	}
	return j.updateStored(ctx, ids, cases, now)
}

// updateStored does the same with cases that note what they come to.
func (j *judge) updateStored(ctx context.Context, ids []string, cases map[string]*whole, now time.Time) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	obligations, err := j.to.Known(ctx, ids)
	if err != nil {
		return 0, err
	}
	contributions, err := j.to.KnownContributions(ctx, ids)
	if err != nil {
		return 0, err
	}
	return j.change(ctx, ids, cases, obligations, contributions, now)
}

// updateNoted does the same with cases that have noted what they came to.
func (j *judge) updateNoted(ctx context.Context, ids []string, cases map[string]*whole, now time.Time) (int, error) {
	obligations, contributions := map[obligation.Key]uint64{}, map[store.ContributionKey]uint64{}
	for _, id := range ids {
		for _, r := range cases[id].came.obligations {
			obligations[r.key] = r.digest
		}
		for _, r := range cases[id].came.contributions {
			contributions[r.key] = r.digest
		}
	}
	return j.change(ctx, ids, cases, obligations, contributions, now)
}

// change judges cases and stores what differs from what is known of them.
func (j *judge) change(ctx context.Context, ids []string, cases map[string]*whole, obligations map[obligation.Key]uint64,
	contributions map[store.ContributionKey]uint64, now time.Time,
) (int, error) {
	histories := make([][]store.Recorded, len(ids))
	versions := make(map[string]uint64, len(ids))
	for i, id := range ids {
		histories[i] = cases[id].events
		versions[id] = highest(histories[i])
	}
	rows := judgeAll(j.cat, histories, now, j.horizon)
	changes := store.Rows{
		Obligations:   changedObligations(rows.Obligations, obligations, versions, now),
		Contributions: changedContributions(rows.Contributions, contributions, versions, j.cat.Label()),
		Cases:         ids,
	}
	if err := j.to.Insert(ctx, changes); err != nil {
		return len(changes.Obligations), err
	}
	note(cases, ids, &rows)
	return len(changes.Obligations), nil
}

// begin judges cases of which nothing is stored yet: all that they come to is
// new. While the rows of some are stored, the next are folded.
func (j *judge) begin(ctx context.Context, ids []string, cases map[string]*whole, now time.Time) (int, error) {
	type part struct {
		ids  []string
		rows store.Rows
	}
	folded := make(chan part)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(folded)
		for ids := range slices.Chunk(ids, beginCases) {
			histories := make([][]store.Recorded, len(ids))
			for i, id := range ids {
				histories[i] = cases[id].events
			}
			if err := pass(ctx, folded, part{ids, judgeAll(j.cat, histories, now, j.horizon)}); err != nil {
				return err
			}
		}
		return nil
	})
	written := 0
	group.Go(func() error {
		for p := range folded {
			written += len(p.rows.Obligations)
			if err := j.to.Insert(ctx, p.rows); err != nil {
				return err
			}
			note(cases, p.ids, &p.rows)
		}
		return nil
	})
	err := group.Wait()
	return written, err
}

// beginCases is how many cases are folded at once when one fold follows another: enough that an insert is
// worth its flush, few enough that three times their rows are no burden.
const beginCases = 2_000

// changedObligations are those that differ from what is known, and the marks of
// those that are known and gone.
func changedObligations(folded []store.Change, known map[obligation.Key]uint64, versions map[string]uint64, now time.Time) []store.Change {
	var changes []store.Change
	for i := range folded {
		key := folded[i].Key()
		before, stored := known[key]
		delete(known, key)
		if !stored || before != folded[i].Digest() {
			changes = append(changes, folded[i])
		}
	}
	for key := range known {
		changes = append(changes, store.Change{
			Obligation: &obligation.Obligation{CaseID: key.CaseID, Duty: key.Duty, Instance: key.Instance,
				StartedAt: now, DueAt: now, LapsesFrom: now, LapsesBy: now},
			Version: versions[key.CaseID], Gone: true,
		})
	}
	return changes
}

// changedContributions are those that differ from what is known, and none in the
// place of those that are known and gone.
func changedContributions(folded []store.Contributions, known map[store.ContributionKey]uint64, versions map[string]uint64, catalogue string) []store.Contributions {
	var changes []store.Contributions
	for i := range folded {
		key := folded[i].Key()
		before, stored := known[key]
		delete(known, key)
		if !stored || before != folded[i].Digest() {
			changes = append(changes, folded[i])
		}
	}
	for key, before := range known {
		none := store.Contributions{CaseID: key.CaseID, Role: key.Role, Catalogue: catalogue, Version: versions[key.CaseID]}
		if before != none.Digest() {
			changes = append(changes, none)
		}
	}
	return changes
}

// judgeAll judges cases from everything stored of them, recurring periods to a
// horizon.
func judgeAll(cat *law.Catalogue, histories [][]store.Recorded, now time.Time, horizon time.Duration) store.Rows {
	judged := contribution.JudgeMany(cat, len(histories), func(to []event.Event, i int) []event.Event {
		for k := range histories[i] {
			to = append(to, histories[i][k].Event)
		}
		return to
	}, func(events []event.Event) obligation.Query {
		return obligation.Query{AsOf: lastInstant(events, now), Horizon: now.Add(horizon)}
	})
	var rows store.Rows
	obligations := 0
	for i := range judged {
		obligations += len(judged[i].Obligations)
	}
	rows.Obligations = make([]store.Change, 0, obligations)
	for i := range judged {
		rows.Add(&judged[i], cat.Label(), highest(histories[i]))
	}
	return rows
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
