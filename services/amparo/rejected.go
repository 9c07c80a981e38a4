package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/installation"
	"amparo/services/intake"
)

type rejectedCmd struct {
	List   rejectedListCmd   `cmd:"" help:"List rejected events."`
	Show   rejectedShowCmd   `cmd:"" help:"Show one, with what was kept of it."`
	Replay rejectedReplayCmd `cmd:"" help:"Pass rejected events through the door again, for example after the catalogue was corrected."`
}

func withStream(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return with(ctx, g, streams, func(o *installation.Options) { o.NeedStream = true }, use)
}

type rejectedListCmd struct {
	Reason string `help:"Only this reason."`
	Format string `enum:"table,csv,ndjson" default:"table" help:"table, csv or ndjson."`
}

// Run lists rejected events.
func (c *rejectedListCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	return withStream(ctx, g, streams, func(in *installation.Installation) error {
		rows, err := newRowWriter(streams.Out, c.Format, []string{"key", "at", "reason", "field", "origin", "case_id", "masked", "detail"})
		if err != nil {
			return err
		}
		for r, err := range in.Stream.RejectedEvents(ctx, stream.RejectedFilter{Reason: c.Reason}) {
			if err != nil {
				return err
			}
			if err := rows.write([]string{
				r.Key, r.At.UTC().Format(time.RFC3339), r.Reason, r.Field, r.Origin, r.Case, fmt.Sprint(r.Masked), r.Detail,
			}); err != nil {
				return err
			}
		}
		return rows.end()
	})
}

type rejectedShowCmd struct {
	Key string `arg:"" help:"Key from the list."`
}

// Run shows one rejected event.
func (c *rejectedShowCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	return withStream(ctx, g, streams, func(in *installation.Installation) error {
		for r, err := range in.Stream.RejectedEvents(ctx, stream.RejectedFilter{Key: c.Key}) {
			if err != nil {
				return err
			}
			fmt.Fprintf(streams.Out, "key     %s\nat      %s\nreason  %s\nfield   %s\ndetail  %s\norigin  %s\n",
				r.Key, r.At.UTC().Format(time.RFC3339), r.Reason, r.Field, r.Detail, r.Origin)
			if r.Masked {
				fmt.Fprintln(streams.Out, "kept    without values that may be personal data or free text:")
			} else {
				fmt.Fprintln(streams.Out, "kept    as it came:")
			}
			fmt.Fprintf(streams.Out, "%s\n", r.Data)
			return nil
		}
		return invalid(fmt.Errorf("no rejected event %q: see amparo rejected list", c.Key))
	})
}

type rejectedReplayCmd struct {
	Keys   []string `arg:"" optional:"" name:"key" help:"Keys from the list; none means all."`
	Reason string   `help:"Only this reason."`
}

// Run passes rejected events through the door again. What is accepted leaves the
// list; the rest stays in it.
func (c *rejectedReplayCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	return withStream(ctx, g, streams, func(in *installation.Installation) error {
		door := intake.New(in.Catalogue, replayTarget{in.Stream}, streams.Now, g.log(streams.Err), prometheus.NewRegistry())
		var events []stream.Rejected
		for r, err := range in.Stream.RejectedEvents(ctx, stream.RejectedFilter{Reason: c.Reason}) {
			if err != nil {
				return err
			}
			if among(c.Keys, r.Key) {
				events = append(events, r)
			}
		}
		accepted, kept := 0, 0
		for _, r := range events {
			refusal, err := replay(ctx, in, door, r)
			if err != nil {
				return err
			}
			if refusal != nil {
				kept++
				fmt.Fprintf(streams.Err, "%s: %v\n", r.Key, refusal)
				continue
			}
			accepted++
		}
		fmt.Fprintf(streams.Err, "%d accepted, %d still refused\n", accepted, kept)
		if kept > 0 {
			return fmt.Errorf("%w: %w", errInvalid, errReported)
		}
		return nil
	})
}

// replay passes one rejected event through the door, and forgets the rejection
// once the event is accepted.
func replay(ctx context.Context, in *installation.Installation, door *intake.Intake, r stream.Rejected) (refusal, err error) {
	if r.Masked {
		return errors.New("kept without some values; send the corrected event from its source"), nil
	}
	if event.Reason(r.Reason) == event.Conflict {
		return errors.New("another event has this identity; send the corrected fact as a new event"), nil
	}
	outcomes, err := door.Accept(ctx, "replay", []event.Raw{{Line: 1, Bytes: r.Data}})
	if err != nil {
		return nil, err
	}
	if outcomes[0].Refusal != nil {
		return outcomes[0].Refusal, nil
	}
	return nil, in.Stream.ForgetRejected(ctx, r.Key)
}

// replayTarget publishes what is accepted now; what is refused again is in the
// list already.
type replayTarget struct{ *stream.Stream }

// Reject keeps nothing twice.
func (replayTarget) Reject(context.Context, []stream.Rejected) error { return nil }
