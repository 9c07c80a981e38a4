package operate

import (
	"context"
	"errors"
	"fmt"

	"amparo/pipeline/simulation"
	"amparo/schemas/event"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/amparo/exchange"
	"amparo/services/installation"
	"amparo/services/intake"
)

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
		return false, false, command.Invalid(errors.New("--demo: this data folder holds events that are no demo; choose another with --data"))
	}
	return true, true, in.Store.SetState(ctx, syntheticState, "yes")
}

// addDemo publishes simulated cases that lead up to now.
func addDemo(ctx context.Context, c *RunCmd, in *installation.Installation, door *intake.Intake, counts *aggregator.Service, streams *command.Streams) error {
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
		if len(chunk) >= exchange.ImportChunk {
			if err := flush(); err != nil {
				return fmt.Errorf("publish the demo: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("publish the demo: %w", err)
	}
	if err := exchange.WaitJudged(ctx, in, total, 0, streams); err != nil {
		return err
	}
	if err := counts.Refresh(ctx); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "amparo: demo ready, %d synthetic events stored and judged\n", total)
	return nil
}
