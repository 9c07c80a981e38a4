// Package bench are the commands on made-up events: writing them with their truth, and
// measuring with them how fast the pipeline is and how often its answers are right.
package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"amparo/pipeline/simulation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/schemas/event"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// Cmd is amparo bench.
type Cmd struct {
	Events  int      `default:"2000000" help:"Events to measure with."`
	Part    int      `default:"200000" help:"Events, of the same, for the stages that move them one by one."`
	Visible int      `default:"200" help:"Single events that are watched until their obligations can be read."`
	Turns   int      `default:"3" help:"How often raw stages and pipeline take turns; the figure of each is its median turn."`
	Senders int      `default:"256" help:"Requests under way at once in pipeline, of ten events each; as many are in work at once where they come by NATS."`
	Seed    uint64   `default:"1" help:"Seed of the simulated events."`
	Only    []string `placeholder:"STAGE" help:"Only these stages: simulate, idle, raw, plain_copy, bulk, rebuild, refresh, pipeline, visible, fold."`

	CPUProfile string `name:"cpu-profile" placeholder:"FILE" help:"Write a processor profile of bulk, or of the stage that --only names alone."`
}

// Run measures the raw stages and the whole pipeline in one run and prints JSON
// lines: absolute figures move with the machine, ratios hold.
func (c *Cmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	dir, err := os.MkdirTemp("", "amparo-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // A temporary folder.
	g.Data = dir
	if c.Events <= 0 || c.Part <= 0 || c.Visible <= 0 || c.Turns <= 0 || c.Senders <= 0 {
		return command.Invalid(errors.New("--events, --part, --visible, --turns and --senders: give at least 1"))
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return command.With(ctx, g, streams, need, func(in *installation.Installation) error {
		b := bench{
			Cmd: c, in: in, dir: dir, streams: streams, g: g,
			meter: meter{streams: streams, values: map[string]float64{}},
		}
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go b.watch(watching)
		return b.all(ctx)
	})
}

// bench holds what all stages measure with. The events lie in a file: no stage
// holds more of them in memory than it would of real ones.
type bench struct {
	*Cmd
	meter
	in      *installation.Installation
	dir     string
	streams *command.Streams
	g       *command.Globals
	file    string
	events  int // in the file
}

// A benchStage is one of the stages, in the order of running.
type benchStage struct {
	name string
	run  func(context.Context) error
}

func (b *bench) all(ctx context.Context) error {
	stages := []benchStage{
		{"idle", b.idle}, {"simulate", b.simulate}, {"raw", b.raw}, {"plain_copy", b.plainCopy}, {"bulk", b.bulk}, {"rebuild", b.rebuild},
		{"refresh", b.refresh},
		{"pipeline", b.pipeline}, {"visible", b.visible}, {"fold", b.fold},
	}
	for _, name := range b.Only {
		if !slices.ContainsFunc(stages, func(s benchStage) bool { return s.name == name }) {
			return command.Invalid(fmt.Errorf("--only %s: no such stage", name))
		}
	}
	for _, s := range stages {
		if s.name != "simulate" && !b.wants(s.name) {
			continue
		}
		if err := b.profiled(s.name, func() error { return s.run(ctx) }); err != nil {
			return err
		}
	}
	b.print("resident", float64(highest()), "bytes")
	return nil
}

// wants reports whether a stage is asked for. A rebuild and a refresh need what bulk stores.
func (b *bench) wants(stage string) bool {
	return len(b.Only) == 0 || slices.Contains(b.Only, stage) || stage == "bulk" && (slices.Contains(b.Only, "rebuild") || slices.Contains(b.Only, "refresh"))
}

// profiled runs a stage under the profiler, when a profile of it is asked for.
func (b *bench) profiled(stage string, run func() error) (err error) {
	wanted := "bulk"
	if len(b.Only) == 1 {
		wanted = b.Only[0]
	}
	if b.CPUProfile == "" || stage != wanted {
		return run()
	}
	f, err := os.Create(b.CPUProfile)
	if err != nil {
		return fmt.Errorf("create the profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("start the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return run()
}

// simulate writes the events as institutions would send them.
func (b *bench) simulate(context.Context) error {
	s, err := b.simulation()
	if err != nil {
		return err
	}
	events, err := createFile(b.dir, "events.ndjson")
	if err != nil {
		return err
	}
	b.file = filepath.Join(b.dir, "events.ndjson")
	var written int
	r, err := b.measure(func() error {
		written, err = s.WriteEvents(events)
		return errors.Join(err, events.close())
	})
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	b.events = written
	b.line(map[string]any{
		"name": "simulate", "value": float64(written) / r.elapsed.Seconds(), "unit": "events/s", "events": written, "resident_bytes": r.resident,
	})
	return nil
}

// simulation makes four years of cases up, until now.
func (b *bench) simulation() (*simulation.Simulation, error) {
	asOf := b.streams.Now().UTC().Truncate(24 * time.Hour)
	s, err := simulation.New(b.in.Catalogue, simulation.Config{Seed: b.Seed, Events: b.Events, From: asOf.AddDate(-4, 0, 0), To: asOf, AsOf: asOf})
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	return s, nil
}

// raws yields the first events of the file, in parts.
func (b *bench) raws(most, size int) iter.Seq2[[]event.Raw, error] {
	return func(yield func([]event.Raw, error) bool) {
		f, err := os.Open(b.file)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close() //nolint:errcheck // Read only.
		var part []event.Raw
		for raw, err := range event.SplitLines(f) {
			if err != nil {
				yield(nil, err)
				return
			}
			part = append(part, event.Raw{Line: raw.Line, Bytes: bytes.Clone(raw.Bytes)})
			if most--; len(part) == size || most == 0 {
				if !yield(part, nil) || most == 0 {
					return
				}
				part = nil
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}

// world is a stream and a store of a stage's own.
func (b *bench) world(ctx context.Context, stage string, use func(*installation.Installation) error) (err error) {
	server, err := host.Start(host.Config{Dir: filepath.Join(b.dir, stage), Token: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	events, err := stream.Open(ctx, stream.Config{Server: server, Name: "bench"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, events.Close()) }()
	cfg := store.Config{DSN: b.g.ClickHouse, Database: "amparo_bench_" + stage, Log: b.g.Log(b.streams.Err)}
	if b.in.Engine != nil {
		cfg.Transport = b.in.Engine.Transport()
	}
	rows, err := store.Open(ctx, cfg, b.streams.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return use(&installation.Installation{Catalogue: b.in.Catalogue, Stream: events, Store: rows, Owner: true})
}
