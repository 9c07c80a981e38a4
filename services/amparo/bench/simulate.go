package bench

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"amparo/pipeline/simulation"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// SimulateCmd is amparo simulate.
type SimulateCmd struct {
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
func (c *SimulateCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	cfg, err := c.config(cat.Zone)
	if err != nil {
		return command.Invalid(err)
	}
	s, err := simulation.New(cat, cfg)
	if err != nil {
		return command.Invalid(err)
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

func (c *SimulateCmd) config(zone *time.Location) (simulation.Config, error) {
	cfg := simulation.Config{Seed: c.Seed, Cases: c.Cases, Events: c.Events, Grouping: c.Grouping, Registers: c.Registers}
	if c.Cases == 0 && c.Events == 0 {
		cfg.Cases = 1000
	}
	for name, chance := range map[string]float64{"--miss": c.Miss, "--gap": c.Gap} {
		if !(chance >= -1 && chance <= 1) {
			return cfg, fmt.Errorf("%s %v: expected what is added to a chance, from -1 to 1", name, chance)
		}
	}
	if c.Miss != 0 || c.Gap != 0 {
		cfg.Rates = simulation.DefaultRates()
		cfg.Rates.Miss += c.Miss
		cfg.Rates.HighlandsGap += c.Gap
	}
	var err error
	if cfg.From, err = command.ParseDay("--from", c.From, zone); err != nil {
		return cfg, err
	}
	if c.To != "" {
		if cfg.To, err = command.ParseDay("--to", c.To, zone); err != nil {
			return cfg, err
		}
	}
	q, err := command.Instants{AsOf: c.AsOf}.Query(time.Time{}, zone)
	cfg.AsOf = q.AsOf
	return cfg, err
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
