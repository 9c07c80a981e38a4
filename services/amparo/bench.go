package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/obligation"
	"amparo/pipeline/simulation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/installation"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

type benchCmd struct {
	Events int    `default:"200000" help:"Events to measure with."`
	Seed   uint64 `default:"1" help:"Seed of the simulated events."`

	CPUProfile string `name:"cpu-profile" placeholder:"FILE" help:"Write a processor profile of the pipeline."`
}

// Run measures the raw stages and the whole pipeline in one run and prints JSON
// lines: absolute figures move with the machine, the ratio holds.
func (c *benchCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	dir, err := os.MkdirTemp("", "amparo-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // A temporary folder.
	g.Data = dir
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return with(ctx, g, streams, need, func(in *installation.Installation) error {
		b := bench{in: in, dir: dir, streams: streams, g: g, profile: c.CPUProfile}
		if err := b.simulate(c); err != nil {
			return err
		}
		return b.all(ctx)
	})
}

// bench holds what all stages measure with.
type bench struct {
	in      *installation.Installation
	dir     string
	streams *Streams
	g       *Globals
	profile string
	raws    []event.Raw
	events  []store.Recorded
}

func (b *bench) simulate(c *benchCmd) error {
	asOf := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	s, err := simulation.New(b.in.Catalogue, simulation.Config{Seed: c.Seed, Events: c.Events, From: asOf.AddDate(-1, 0, 0), To: asOf, AsOf: asOf})
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	for subject := range s.Cases() {
		for e := range subject.Arrivals() {
			canonical, err := e.Canonical()
			if err != nil {
				return fmt.Errorf("simulate: %w", err)
			}
			n := len(b.raws) + 1
			b.raws = append(b.raws, event.Raw{Line: n, Bytes: canonical})
			b.events = append(b.events, store.Recorded{Event: *e, Digest: event.DigestOf(canonical), Seq: uint64(n), ReceivedAt: asOf}) //nolint:gosec // Positive.
		}
	}
	return nil
}

func (b *bench) all(ctx context.Context) error {
	rawStream, err := b.rate(func() error { return b.rawStream(ctx) })
	if err != nil {
		return err
	}
	b.print("raw_stream", rawStream, "events/s")
	rawInsert, err := b.rate(func() error { return b.rawInsert(ctx) })
	if err != nil {
		return err
	}
	b.print("raw_insert", rawInsert, "events/s")
	pipeline, err := b.rate(func() error { return b.profiled(func() error { return b.pipeline(ctx) }) })
	if err != nil {
		return err
	}
	b.print("pipeline", pipeline, "events/s")
	b.print("pipeline_to_raw", pipeline/min(rawStream, rawInsert), "ratio")
	fold, err := b.rate(func() error { return b.fold() })
	if err != nil {
		return err
	}
	b.print("fold", fold, "events/s")
	return nil
}

// profiled runs a stage under the profiler, when a profile is asked for.
func (b *bench) profiled(stage func() error) (err error) {
	if b.profile == "" {
		return stage()
	}
	f, err := os.Create(b.profile)
	if err != nil {
		return fmt.Errorf("create the profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("start the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return stage()
}

func (b *bench) print(name string, value float64, unit string) {
	line, err := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit})
	if err == nil {
		fmt.Fprintf(b.streams.Out, "%s\n", line)
	}
}

// rate is how many events a second a stage moves.
func (b *bench) rate(stage func() error) (float64, error) {
	begun := b.streams.Now()
	if err := stage(); err != nil {
		return 0, err
	}
	return float64(len(b.raws)) / b.streams.Now().Sub(begun).Seconds(), nil
}

// rawStream publishes in atomic, flushed batches and consumes beside it.
func (b *bench) rawStream(ctx context.Context) (err error) {
	server, err := stream.StartServer(stream.ServerConfig{Dir: filepath.Join(b.dir, "raw"), Token: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	raw, err := stream.Open(ctx, stream.Config{Server: server, Name: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	consumer, err := raw.Consumer(ctx, stream.ConsumerConfig{Name: "bench"})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for part := range chunked(len(b.raws), stream.MaxBatch) {
			messages := make([]stream.Message, 0, stream.MaxBatch)
			for i := part.from; i < part.to; i++ {
				messages = append(messages, stream.Message{Subject: stream.EventSubject(law.NoDepartment, b.events[i].Type), Data: b.raws[i].Bytes})
			}
			if _, err := raw.Publish(ctx, messages); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for n := 0; n < len(b.raws); {
			batch, err := consumer.Fetch(ctx, 10_000, time.Second)
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				continue
			}
			n += len(batch)
			if err := consumer.Ack(ctx, batch[len(batch)-1].Seq); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// rawInsert inserts the same events into an empty database.
func (b *bench) rawInsert(ctx context.Context) (err error) {
	cfg := store.Config{DSN: b.g.ClickHouse, Database: "amparo_bench_raw", Log: b.g.log(b.streams.Err)}
	if b.in.Engine != nil {
		cfg.Transport = b.in.Engine.Transport()
	}
	raw, err := store.Open(ctx, cfg, b.streams.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	for part := range chunked(len(b.events), 10_000) {
		if err := raw.InsertEvents(ctx, b.events[part.from:part.to]); err != nil {
			return err
		}
	}
	return nil
}

// pipeline takes the events through the door, the stream and the sink until all
// are stored and judged.
func (b *bench) pipeline(ctx context.Context) error {
	registry, log := prometheus.NewRegistry(), b.g.log(b.streams.Err)
	door := intake.New(b.in.Catalogue, b.in.Stream, b.streams.Now, log, registry)
	judge, err := sinkservice.New(ctx, sinkservice.Config{}, b.in.Catalogue, b.in.Stream, b.in.Store, b.streams.Now, log, registry)
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return judge.Run(work) })
	group.Go(func() error {
		defer stop()
		for part := range chunked(len(b.raws), importChunk) {
			if _, err := door.Accept(work, "bench", b.raws[part.from:part.to]); err != nil {
				return err
			}
		}
		return waitJudged(work, b.in, len(b.raws), 0, b.streams)
	})
	return group.Wait()
}

// part is a range of a list.
type part struct{ from, to int }

// chunked cuts n things into parts of at most size.
func chunked(n, size int) func(yield func(part) bool) {
	return func(yield func(part) bool) {
		for from := 0; from < n; from += size {
			if !yield(part{from, min(from+size, n)}) {
				return
			}
		}
	}
}

// fold folds all cases, in memory.
func (b *bench) fold() error {
	byCase := map[string][]event.Event{}
	for i := range b.events {
		byCase[b.events[i].Subject] = append(byCase[b.events[i].Subject], b.events[i].Event)
	}
	subjects := slices.Collect(maps.Values(byCase))
	asOf := b.streams.Now()
	obligation.FoldMany(b.in.Catalogue, subjects, func(int) obligation.Query { return obligation.Query{AsOf: asOf} })
	return nil
}
