package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"amparo/pipeline/simulation"
	"amparo/schemas/event"
	"amparo/services/aggregator"
	"amparo/services/installation"
	"amparo/services/intake"
)

type simulateCmd struct {
	Out       string  `required:"" placeholder:"DIR" help:"Folder for events.ndjson and truth.csv, the truth about obligations."`
	Seed      uint64  `default:"1" help:"The same seed gives the same files."`
	Cases     int     `help:"Cases to make."`
	Events    int     `help:"Make cases until there are at least so many events."`
	From      string  `default:"2024-01-01" placeholder:"DATE" help:"First reports from this date on."`
	To        string  `placeholder:"DATE" help:"First reports before this date; by default up to --as-of."`
	AsOf      string  `default:"2025-12-31T23:59:59-05:00" placeholder:"INSTANT" help:"The instant of the truth."`
	Grouping  string  `default:"natural" help:"Grouping of the truth's region column."`
	Registers bool    `negatable:"" default:"true" help:"Also what units report about themselves."`
	Miss      float64 `help:"Added to the chance that a step is late."`
	Gap       float64 `help:"The same in the Highlands alone."`
}

// Run writes made-up events, and the truth about their obligations.
func (c *simulateCmd) Run(g *Globals, streams *Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	cfg, err := c.config(cat.Zone)
	if err != nil {
		return invalid(err)
	}
	s, err := simulation.New(cat, cfg)
	if err != nil {
		return invalid(err)
	}
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	events, err := createFile(c.Out, "events.ndjson")
	if err != nil {
		return err
	}
	truth, err := createFile(c.Out, "truth.csv")
	if err != nil {
		return err
	}
	totals, err := s.Write(events, truth)
	if err = errors.Join(err, events.close(), truth.close()); err != nil {
		return fmt.Errorf("write the simulation: %w", err)
	}
	fmt.Fprintf(streams.Err, "%d cases, %d units, %d events, %d obligations\n", totals.Cases, totals.Units, totals.Events, totals.Rows)
	return nil
}

func (c *simulateCmd) config(zone *time.Location) (simulation.Config, error) {
	cfg := simulation.Config{Seed: c.Seed, Cases: c.Cases, Events: c.Events, Grouping: c.Grouping, Registers: c.Registers}
	if c.Cases == 0 && c.Events == 0 {
		cfg.Cases = 1000
	}
	if c.Miss != 0 || c.Gap != 0 {
		cfg.Rates = simulation.DefaultRates()
		cfg.Rates.Miss += c.Miss
		cfg.Rates.HighlandsGap += c.Gap
	}
	var err error
	if cfg.From, err = parseDay("--from", c.From, zone); err != nil {
		return cfg, err
	}
	if c.To != "" {
		if cfg.To, err = parseDay("--to", c.To, zone); err != nil {
			return cfg, err
		}
	}
	q, err := instants{AsOf: c.AsOf}.query(time.Time{}, zone)
	cfg.AsOf = q.AsOf
	return cfg, err
}

func parseDay(flag, text string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return t, fmt.Errorf("%s %q: expected a date such as 2024-01-31", flag, text)
	}
	return t, nil
}

// bufferedFile is a file written through a buffer.
type bufferedFile struct {
	*bufio.Writer
	f *os.File
}

func createFile(dir, name string) (*bufferedFile, error) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	return &bufferedFile{bufio.NewWriterSize(f, 1<<20), f}, nil
}

func (b *bufferedFile) close() error { return errors.Join(b.Flush(), b.f.Close()) }

// syntheticState is the name under which a store remembers that its data is made
// up.
const syntheticState = "synthetic"

// synthetic reports whether an installation holds a demo, and whether its demo
// is still to be made. A folder with real data never becomes a demo: neither may
// made-up cases mix with real ones, nor real ones be called made up.
func synthetic(ctx context.Context, in *installation.Installation, demo bool) (made, toMake bool, err error) {
	mark, err := in.Store.State(ctx, syntheticState)
	if err != nil || mark != "" || !demo {
		return mark != "", false, err
	}
	events, err := in.Stream.LastSeq(ctx)
	if err != nil {
		return false, false, err
	}
	if events > 0 {
		return false, false, invalid(errors.New("--demo: this data folder holds events that are no demo; choose another with --data"))
	}
	return true, true, in.Store.SetState(ctx, syntheticState, "yes")
}

// addDemo publishes simulated cases that lead up to now.
func addDemo(ctx context.Context, c *runCmd, in *installation.Installation, door *intake.Intake, counts *aggregator.Service, streams *Streams) error {
	s, err := simulation.New(in.Catalogue, simulation.Recent(c.Seed, c.DemoCases, streams.Now()))
	if err != nil {
		return fmt.Errorf("make the demo: %w", err)
	}
	var chunk []event.Raw
	total := 0
	flush := func() error {
		_, err := door.Accept(ctx, "demo", chunk)
		total, chunk = total+len(chunk), chunk[:0]
		return err
	}
	for subject := range s.Cases() {
		for e := range subject.Arrivals() {
			canonical, err := e.Canonical()
			if err != nil {
				return fmt.Errorf("make the demo: %w", err)
			}
			chunk = append(chunk, event.Raw{Line: total + len(chunk) + 1, Bytes: canonical})
		}
		if len(chunk) >= importChunk {
			if err := flush(); err != nil {
				return fmt.Errorf("publish the demo: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("publish the demo: %w", err)
	}
	if err := waitJudged(ctx, in, total, 0, streams); err != nil {
		return err
	}
	if err := counts.Refresh(ctx); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "amparo: demo ready, %d synthetic events stored and judged\n", total)
	return nil
}
