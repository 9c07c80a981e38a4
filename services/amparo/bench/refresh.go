package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/simulation"
	"amparo/pipeline/sink"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// RefreshCmd is amparo bench-refresh.
type RefreshCmd struct {
	Events int    `default:"2000000" help:"Events to measure with."`
	Seed   uint64 `default:"1" help:"Seed of the simulated events."`
}

// Run fills a store with made-up events and prints, as JSON lines, how long it takes
// to count everything that is served: at first, with nothing changed, and after one
// case in a hundred was judged anew; and the memory that the process has come to.
func (c *RefreshCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	dir, err := os.MkdirTemp("", "amparo-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // A temporary folder.
	g.Data = dir
	return command.WithStore(ctx, g, streams, func(in *installation.Installation) error {
		b := meter{streams: streams, values: map[string]float64{}}
		asOf := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
		changes, err := c.fill(ctx, in, asOf)
		if err != nil {
			return err
		}
		begun := time.Now()
		if err := sink.Rebuild(ctx, in.Catalogue, in.Store, sink.Config{}, asOf, func(int) {}); err != nil {
			return err
		}
		b.print("rebuild", float64(c.Events)/time.Since(begun).Seconds(), "events/s")
		reader := aggregator.Reader(in.Catalogue, in.Store)
		reader.StoredOnly = true
		refresher := snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, in.Store,
			func() time.Time { return asOf }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		for _, stage := range []struct {
			name   string
			before func() error
		}{
			{"refresh_first", func() error { return nil }},
			{"refresh", func() error { return nil }},
			{"refresh_after_1_percent", func() error { return c.change(ctx, in, changes, asOf) }},
		} {
			if err := stage.before(); err != nil {
				return err
			}
			begun, used := time.Now(), processorTime()
			if err := refresher.Refresh(ctx); err != nil {
				return err
			}
			b.print(stage.name, time.Since(begun).Seconds(), "s")
			b.print(stage.name+"_processor", (processorTime() - used).Seconds(), "s")
		}
		b.print("resident", float64(resident())/(1<<20), "MiB")
		return nil
	})
}

// fill stores simulated events, and returns one more event for one case in a hundred.
func (c *RefreshCmd) fill(ctx context.Context, in *installation.Installation, asOf time.Time) ([]store.Recorded, error) {
	s, err := simulation.New(in.Catalogue, simulation.Config{Seed: c.Seed, Events: c.Events, From: asOf.AddDate(-4, 0, 0), To: asOf, AsOf: asOf})
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	var (
		part, more []store.Recorded
		n          uint64
	)
	flush := func() error {
		err := in.Store.InsertEvents(ctx, part)
		part = part[:0]
		return err
	}
	seen := 0
	for subject := range s.Cases() {
		if seen++; seen%100 == 0 {
			place := "15"
			if len(subject.Events) > 0 {
				place = subject.Events[0].Place()
			}
			more = append(more, store.Recorded{Event: event.Event{
				Subject: subject.ID, Source: "urn:amparo:bench", ID: "one-more", Type: "support.attended", At: asOf.Add(-time.Hour), RecordedAt: asOf,
				Data: event.Data{"ubigeo": place, "service": "cem"},
			}, Seq: uint64(c.Events) * 2, ReceivedAt: asOf}) //nolint:gosec // It fits.
		}
		for e := range subject.Arrivals() {
			n++
			var digest event.Digest
			binary.LittleEndian.PutUint64(digest[:], n)
			part = append(part, store.Recorded{Event: *e, Digest: digest, Seq: n, ReceivedAt: asOf})
		}
		if len(part) >= 100_000 {
			if err := flush(); err != nil {
				return nil, fmt.Errorf("fill the store: %w", err)
			}
		}
	}
	return more, flush()
}

// change stores one more event for each of some cases and judges them.
func (c *RefreshCmd) change(ctx context.Context, in *installation.Installation, more []store.Recorded, asOf time.Time) error {
	if err := in.Store.InsertEvents(ctx, more); err != nil {
		return err
	}
	return sink.CatchUp(ctx, in.Catalogue, in.Store, sink.Config{Horizon: 35 * 24 * time.Hour}, uint64(c.Events)*2-1, asOf) //nolint:gosec // It fits.
}
