package snapshot_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/sink"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/storetest"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// A country is a store that is judged as the sink does, and two that count it: with
// closings and as it stands.
type country struct {
	t             *testing.T
	cat           *law.Catalogue
	store         *store.Store
	seq           uint64
	clock         time.Time
	closed, plain *snapshot.Refresher
}

func newCountry(t *testing.T) *country {
	c := &country{t: t, cat: lawtest.Shipped(t), store: storetest.Open(t)}
	count := func(r *indicator.Reader) *snapshot.Refresher {
		r.Catalogue, r.Store, r.StoredOnly = c.cat, c.store, true
		return snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, r, nil,
			func() time.Time { return c.clock }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	}
	c.closed, c.plain = count(&indicator.Reader{WorthClosing: 1}), count(&indicator.Reader{AsStored: true})
	return c
}

// tell stores events and judges their cases as of an instant.
func (c *country) tell(asOf time.Time, events ...event.Event) {
	c.t.Helper()
	before := c.seq
	recorded := make([]store.Recorded, len(events))
	for i, e := range events {
		c.seq++
		recorded[i] = store.Recorded{Event: e, Digest: event.Digest{byte(c.seq), byte(c.seq >> 8), byte(c.seq >> 16)}, Seq: c.seq, ReceivedAt: e.RecordedAt}
	}
	if err := c.store.InsertEvents(c.t.Context(), recorded); err != nil {
		c.t.Fatal(err)
	}
	if err := sink.CatchUp(c.t.Context(), c.cat, c.store, sink.Config{Horizon: 35 * 24 * time.Hour}, before, asOf); err != nil {
		c.t.Fatal(err)
	}
}

// late writes rows that are older than those that stand, as a sink does that was held up while another
// judged the case by more.
func (c *country) late(asOf time.Time) {
	c.t.Helper()
	var rows store.Rows
	for o, err := range c.store.Obligations(c.t.Context(), asOf) {
		if err != nil {
			c.t.Fatal(err)
		}
		if len(rows.Obligations) < 50 {
			o.Settled, o.DoneAt = obligation.Met, o.StartedAt
			rows.Obligations, rows.Cases = append(rows.Obligations, store.Change{Obligation: &o, Catalogue: c.cat.Label()}), append(rows.Cases, o.CaseID)
		}
	}
	if err := c.store.Insert(c.t.Context(), rows); err != nil {
		c.t.Fatal(err)
	}
}

// agree counts as of an instant both ways. What was counted with a closing must have
// been.
func (c *country) agree(name string, asOf time.Time) *snapshot.Snapshot {
	c.t.Helper()
	c.clock = asOf
	for _, r := range []*snapshot.Refresher{c.closed, c.plain} {
		if err := r.Refresh(c.t.Context()); err != nil {
			c.t.Fatal(err)
		}
	}
	if changed, err := counting.Of(c.store).Changed(c.t.Context(), c.cat.Label(), asOf); err != nil || changed {
		c.t.Fatalf("%s: no closing serves (%v)", name, err)
	}
	got, want := c.closed.Last(), c.plain.Last()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9), cmpopts.EquateNaNs(), cmpopts.IgnoreUnexported(snapshot.Snapshot{}, comparison.Comparison{}),
		cmp.Comparer(func(a, b *law.Indicator) bool { return a == b }), cmp.Comparer(func(a, b *law.Catalogue) bool { return a == b }),
		cmp.Comparer(func(a, b *law.Duty) bool { return a == b })); diff != "" {
		c.t.Errorf("%s: with a closing (+) other than as it stands (-):\n%.6000s", name, diff)
	}
	return got
}

// Whatever is served comes out the same from a closing that is put right as from what
// is stored: when it is made, as time passes over deadlines and edges of windows, as
// facts are taken back, added and new cases come, and when everything is judged anew.
func TestAClosingCountsAsWhatIsStored(t *testing.T) {
	c := newCountry(t)
	cases := simulated(t, 120)
	morning := now.In(c.cat.Zone)
	morning = time.Date(morning.Year(), morning.Month(), morning.Day(), 1, 0, 0, 0, c.cat.Zone).UTC()
	var early, late []event.Event
	for i, events := range cases {
		for _, e := range events {
			switch {
			case e.At.After(morning) || e.RecordedAt.After(morning):
			case i%4 == 3:
				late = append(late, e)
			default:
				early = append(early, e)
			}
		}
	}
	c.tell(morning, early...)
	if err := c.store.SetJudgedBy(t.Context(), c.cat.Label()); err != nil {
		t.Fatal(err)
	}
	if err := c.store.SetPeriodsUntil(t.Context(), morning.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	first := c.agree("when it is made", morning)
	c.agree("hours later", morning.Add(9*time.Hour+123*time.Millisecond))

	var back []event.Event
	for i := 0; i < len(early); i += 23 {
		e := early[i]
		back = append(back, event.Event{
			Subject: e.Subject, Source: "urn:test", ID: fmt.Sprintf("back-%d", i), Type: "event.retracted", At: morning.Add(time.Hour), RecordedAt: morning.Add(time.Hour),
			Data: event.Fields{"ubigeo": "15", "source": e.Source, "id": e.ID, "reason": "entered-twice"}.Data(),
		})
	}
	c.tell(morning.Add(10*time.Hour), back...)
	c.agree("after facts were taken back", morning.Add(10*time.Hour))
	c.tell(morning.Add(11*time.Hour), late...)
	c.tell(morning.Add(12*time.Hour), slices.Concat(early[:40], late[:40])...)
	last := c.agree("after new cases, at the end of the day", morning.Add(23*time.Hour-time.Millisecond))
	if cmp.Equal(first.Indicators, last.Indicators, cmpopts.IgnoreUnexported(law.Indicator{}), cmp.Comparer(func(a, b *law.Indicator) bool { return a == b })) {
		t.Error("nothing changed that day: the comparison says nothing")
	}
	c.agree("on the next day", morning.Add(26*time.Hour))
	c.late(morning.Add(26 * time.Hour))
	c.agree("after rows were written late that are older than what stands", morning.Add(26*time.Hour+time.Minute))
	if err := sink.Rebuild(t.Context(), c.cat, c.store, sink.Config{}, morning.Add(27*time.Hour), func(int) {}); err != nil {
		t.Fatal(err)
	}
	c.agree("after a rebuild", morning.Add(27*time.Hour))
}
