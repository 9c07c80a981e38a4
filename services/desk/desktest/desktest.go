// Package desktest gives tests of pages and of the API a store of simulated cases, and what
// is counted of it: the real engine, fold and counts.
package desktest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/simulation"
	"amparo/pipeline/sink"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/desk"
	"amparo/services/desk/queue"
)

// Now is the instant of all tests.
var Now = time.Date(2025, 10, 15, 9, 0, 0, 0, time.FixedZone("", -5*3600))

// loadShipped reads the catalogue once for all tests: it never changes.
var loadShipped = sync.OnceValues(func() (*law.Catalogue, error) { return load.Catalogue(ley30364.Files) })

// Installation is one store with simulated cases, counted once for all tests.
type Installation struct {
	Catalogue *law.Catalogue
	Store     *store.Store
	Snapshot  *snapshot.Snapshot
	Board     *desk.Board
	Breakdown *desk.Breakdown
	public    *aggregator.Service
}

// Published is what anyone may see.
func (in *Installation) Published() *aggregator.Published { return in.public.Published() }

var shared struct {
	sync.Once
	*Installation
}

// Counted is a store of 400 simulated cases, and what was counted of them.
func Counted(t testing.TB) *Installation {
	t.Helper()
	shared.Do(func() { shared.Installation = fill(t) })
	if shared.Installation == nil {
		t.Fatal("the store of these tests was not filled")
	}
	return shared.Installation
}

func fill(t testing.TB) *Installation {
	t.Helper()
	ctx := context.Background() // It outlives the test that happens to be first.
	cat, err := loadShipped()
	must(t, err)
	in := &Installation{Catalogue: cat}
	in.Store, err = store.Open(ctx, store.Config{Transport: enginetest.Open(t).Transport(), Database: "pages", Log: slog.New(slog.DiscardHandler)}, func() time.Time { return Now })
	must(t, err)
	must(t, in.Store.InsertEvents(ctx, simulated(t, cat)))
	must(t, sink.Rebuild(ctx, cat, in.Store, sink.Config{}, Now, func(int) {}))

	log := slog.New(slog.DiscardHandler)
	reader := aggregator.Reader(cat, in.Store)
	refresher := snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, in.Store, Clock, log, prometheus.NewRegistry())
	must(t, refresher.Refresh(ctx))
	in.Snapshot = refresher.Last()
	service := desk.New(desk.Config{Grouping: "natural", Choice: store.Choice{Kinds: []string{string(law.Law)}}, Indicators: reader}, cat, counting.With(in.Store), Clock, log)
	must(t, service.Refresh(ctx))
	in.Board = service.Last()
	must(t, service.RefreshBreakdown(ctx))
	in.Breakdown = service.Breakdown()
	in.public = aggregator.New(aggregator.Config{Every: time.Hour, Grouping: "natural"}, cat, in.Store, Clock, log, prometheus.NewRegistry())
	must(t, in.public.Publish(ctx))
	return in
}

// Queue is the queue of the board, with nothing done about it yet. What is done goes to
// a recorder.
func Queue(t testing.TB, to access.Recorder) *queue.Book {
	t.Helper()
	in := Counted(t)
	book, err := queue.Read(func(func(queue.Act, error) bool) {}, to, in.Catalogue.Places.Departments(), Clock)
	must(t, err)
	must(t, book.Counted(t.Context(), in.Board))
	return book
}

// Clock is the clock of all tests: it stands.
func Clock() time.Time { return Now }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// simulated are the events of made-up cases, as the store takes them.
func simulated(t testing.TB, cat *law.Catalogue) []store.Recorded {
	t.Helper()
	s, err := simulation.New(cat, simulation.Recent(3, 400, Now))
	must(t, err)
	var out []store.Recorded
	for c := range s.Cases() {
		for e := range c.Arrivals() {
			canonical, err := e.Canonical()
			must(t, err)
			out = append(out, store.Recorded{Event: *e, Digest: event.DigestOf(canonical), Seq: uint64(len(out) + 1), ReceivedAt: e.RecordedAt})
		}
	}
	return out
}
