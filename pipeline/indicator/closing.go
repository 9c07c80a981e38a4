package indicator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// worthClosing is how many obligations make a closing worth its while: fewer are
// counted as fast as they stand.
const worthClosing = 200_000

// Renew makes a closing of what is stored where counting would take long and none
// serves an instant, or too much has changed since it was made. It counts fastest in
// the grouping that is asked for most.
func (r *Reader) Renew(ctx context.Context, asOf time.Time, grouping string) error {
	if r.AsStored {
		return nil
	}
	judge, err := r.Store.JudgedBy(ctx)
	if err != nil || judge != r.Catalogue.Label() {
		return err
	}
	size, err := r.Store.Size(ctx)
	if err != nil || size < cmp.Or(r.WorthClosing, worthClosing) {
		return err
	}
	changed, err := r.Counts().Changed(ctx, r.Catalogue.Label(), asOf)
	if err != nil || !changed {
		return err
	}
	return r.Counts().MakeClosing(ctx, closingPlan(r.Catalogue, asOf, grouping))
}

// closingPlan is for a closing that serves for the rest of a civil day: until then no
// window begins another month.
func closingPlan(cat *law.Catalogue, asOf time.Time, grouping string) counting.ClosingPlan {
	local := asOf.In(cat.Zone)
	p := counting.ClosingPlan{At: asOf, Until: time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, cat.Zone), Label: cat.Label(), Regions: cat.Places.ByRegion(grouping)}
	// Bounds move over whole civil days: what belongs to a day counts as a whole.
	edge := func(from, to time.Time) {
		from, to = from.In(cat.Zone), to.Add(-time.Nanosecond).In(cat.Zone)
		p.Edges = append(p.Edges, store.Span{
			From: time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, cat.Zone),
			To:   time.Date(to.Year(), to.Month(), to.Day()+1, 0, 0, 0, 0, cat.Zone),
		})
	}
	edge(Windows(cat, p.At)[1].From, Windows(cat, p.Until)[1].From)
	edge(p.At.Add(-Memory), p.Until.Add(-Memory))
	for _, ind := range cat.Indicators {
		if days := ind.Measure.OlderThanDays; days > 0 && !slices.Contains(p.OverdueDays, days) {
			p.OverdueDays = append(p.OverdueDays, days)
			edge(p.At.AddDate(0, 0, -days), p.Until.AddDate(0, 0, -days))
		}
	}
	return p
}
