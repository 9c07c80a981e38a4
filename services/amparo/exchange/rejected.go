package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/intake"
	"amparo/services/present"
)

// RejectedCmd are the commands about rejected events.
type RejectedCmd struct {
	List   rejectedListCmd   `cmd:"" help:"List rejected events."`
	Show   rejectedShowCmd   `cmd:"" help:"Show one, with what was kept of it."`
	Replay rejectedReplayCmd `cmd:"" help:"Pass rejected events through the door again, for example after the catalogue was corrected."`
}

type rejectedListCmd struct {
	command.Output
	rejectedFilter
	Summary bool `help:"Count them by reason, field and source, in place of listing each."`
}

// rejectedFilter are the flags that pick rejected events.
type rejectedFilter struct {
	Reason   string `help:"Only this reason: ${refusals}."`
	Source   string `placeholder:"URI" help:"Only events of this source."`
	Origin   string `placeholder:"TEXT" help:"Only what came by this door or from this file: the beginning of the origin."`
	FromDate string `name:"from" placeholder:"DATE" help:"Only what was rejected on this day or later."`
	ToDate   string `name:"to" placeholder:"DATE" help:"Only what was rejected on this day or earlier."`
}

func (f *rejectedFilter) read(zone *time.Location) (stream.RejectedFilter, error) {
	out := stream.RejectedFilter{Source: f.Source, OriginPrefix: f.Origin}
	var errs [3]error
	if f.Reason != "" {
		out.Reason, errs[0] = command.Choose("--reason", f.Reason, command.Words("refusal", present.Codes("refusal")...))
	}
	if f.FromDate != "" {
		out.Since, errs[1] = command.ParseDay("--from", f.FromDate, zone)
	}
	if f.ToDate != "" {
		if out.Until, errs[2] = command.ParseDay("--to", f.ToDate, zone); errs[2] == nil {
			out.Until = out.Until.AddDate(0, 0, 1)
		}
	}
	if !out.Since.IsZero() && !out.Until.IsZero() && !out.Since.Before(out.Until) {
		errs[0] = fmt.Errorf("--from %s lies after --to %s", f.FromDate, f.ToDate)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return out, command.Invalid(err)
	}
	return out, nil
}

// Run lists rejected events, or counts them.
func (c *rejectedListCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStream(ctx, g, streams, func(in *installation.Installation) error {
		filter, err := c.read(in.Catalogue.Zone)
		if err != nil {
			return err
		}
		events := in.Stream.RejectedEvents(ctx, filter)
		if c.Summary {
			return c.summary(streams, in, events)
		}
		columns := RejectedColumns()
		return c.Rows(streams, in.Catalogue.Zone, c.stamp(streams, in), columns, func(p *present.Printer) error {
			if note, err := elsewhere(ctx, in.Stream, filter); err != nil || note.ES != "" {
				return errors.Join(err, p.Note(note))
			}
			for r, err := range events {
				if err != nil {
					return err
				}
				if err := p.Row(present.Text(r.Key), present.At(r.At), present.Coded(r.Reason, present.Word("refusal", r.Reason)), present.Text(r.Field),
					present.Text(r.Source), present.Text(r.Origin), present.Text(r.Case), present.Truth(r.Masked), detailCell(r.Detail)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// mostSources is how many sources a note names.
const mostSources = 10

// elsewhere says, where nothing rejected is of the source or the door that is asked
// for, of which there is something: an empty list may come of a slip of the pen. It
// is empty where there is something to list.
func elsewhere(ctx context.Context, s *stream.Stream, filter stream.RejectedFilter) (law.Text, error) {
	if filter.Source == "" && filter.OriginPrefix == "" {
		return law.Text{}, nil
	}
	others := map[string]bool{}
	for r, err := range s.RejectedEvents(ctx, stream.RejectedFilter{}) {
		switch {
		case err != nil:
			return law.Text{}, err
		case filter.Selects(r):
			return law.Text{}, nil
		case filter.Source != "" && r.Source != filter.Source && r.Source != "":
			others[r.Source] = true
		case !strings.HasPrefix(r.Origin, filter.OriginPrefix):
			others[r.Origin] = true
		}
	}
	names := slices.Sorted(maps.Keys(others))
	if len(names) == 0 {
		return law.Text{}, nil
	}
	listed := strings.Join(names[:min(mostSources, len(names))], ", ")
	return present.Say("Nada de lo rechazado responde a lo que se pide; hay rechazos de: "+listed+".",
		"Nothing rejected is as asked for; there is some of: "+listed+"."), nil
}

// detailCell says why something was refused: to people in their language.
func detailCell(detail string) present.Cell { return present.Coded(detail, present.Refusal(detail)) }

func (c *rejectedListCmd) stamp(streams *command.Streams, in *installation.Installation) present.Stamp {
	return present.Stamp{AsOf: streams.Now(), Catalogue: in.Catalogue.Label()}
}

// rejectedKind is what rejected events are counted by.
type rejectedKind struct{ reason, field, source string }

func (c *rejectedListCmd) summary(streams *command.Streams, in *installation.Installation, events iter.Seq2[stream.Rejected, error]) error {
	counts := map[rejectedKind]int{}
	for r, err := range events {
		if err != nil {
			return err
		}
		counts[rejectedKind{r.Reason, r.Field, r.Source}]++
	}
	order := slices.SortedFunc(maps.Keys(counts), func(a, b rejectedKind) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a.reason, b.reason), cmp.Compare(a.field, b.field), cmp.Compare(a.source, b.source))
	})
	columns := []present.Column{
		present.Col("reason", "motivo", "reason"), present.Col("field", "campo", "field"), present.Col("source", "fuente", "source"),
		present.Col("count", "número", "count"),
	}
	return c.Rows(streams, in.Catalogue.Zone, c.stamp(streams, in), columns, func(p *present.Printer) error {
		for _, k := range order {
			if err := p.Row(present.Coded(k.reason, present.Word("refusal", k.reason)), present.Text(k.field), present.Text(k.source), present.Int(counts[k])); err != nil {
				return err
			}
		}
		return nil
	})
}

type rejectedShowCmd struct {
	Key string `arg:"" help:"Key from the list."`
}

// Run shows one rejected event.
func (c *rejectedShowCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStream(ctx, g, streams, func(in *installation.Installation) error {
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
		return command.Invalid(fmt.Errorf("no rejected event %q: see amparo rejected list", c.Key))
	})
}

type rejectedReplayCmd struct {
	Keys []string `arg:"" optional:"" name:"key" help:"Keys from the list; none means all."`
	rejectedFilter
}

// Run passes rejected events through the door again. What is accepted leaves the
// list; the rest stays in it.
func (c *rejectedReplayCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStream(ctx, g, streams, func(in *installation.Installation) error {
		filter, err := c.read(in.Catalogue.Zone)
		if err != nil {
			return err
		}
		door := intake.New(in.Catalogue, replayTarget{in.Stream}, streams.Now, g.Log(streams.Err), prometheus.NewRegistry())
		var events []stream.Rejected
		for r, err := range in.Stream.RejectedEvents(ctx, filter) {
			if err != nil {
				return err
			}
			if command.Among(c.Keys, r.Key) {
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
			return fmt.Errorf("%w: %w", command.ErrInvalid, command.ErrReported)
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

// RejectedColumns are those of amparo rejected list.
func RejectedColumns() []present.Column {
	return []present.Column{
		present.Col("key", "clave", "key"), present.Col("at", "rechazado", "rejected"), present.Col("reason", "motivo", "reason"),
		present.Col("field", "campo", "field"), present.Col("source", "fuente", "source"), present.Col("origin", "llegó por", "came by"),
		present.Col("case_id", "caso", "case"), present.Col("masked", "sin valores", "masked"), present.Col("detail", "detalle", "detail"),
	}
}
