// Package exchange are the commands about events on their way in: importing files,
// what was rejected, and who may send.
//
// An import returns when all of its events are stored and judged, and may be stopped at
// any time: run again, it goes on where it was.
package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/importer"
	"amparo/pipeline/stream"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

// ImportCmd is amparo import.
type ImportCmd struct {
	Files []string `arg:"" name:"file" help:"Files: .ndjson, .json, .csv, .xlsx, .xes, .xes.gz; - for NDJSON on standard input."`
	Map   string   `aliases:"mapping" placeholder:"FILE" help:"Mapping that says how rows become events; needed for tables and logs."`

	GiveUpAfter time.Duration `default:"5m" help:"End when nothing was stored and judged for so long, as with a full disk; running it again goes on."`

	PseudonymKey string `name:"pseudonym-key-file" placeholder:"FILE" help:"File with the secret key under which a mapping makes pseudonyms of subjects."`

	Inspect bool `xor:"try" help:"Look at the first rows of one table or log, and propose a mapping on standard output."`
	DryRun  bool `xor:"try" help:"Read and check the files, count what would be refused and why, and send nothing."`
}

// Run imports files and returns when all their events are stored and judged.
func (c *ImportCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if c.Inspect {
		return c.inspect(ctx, streams)
	}
	mapping, err := c.mapping()
	if err != nil {
		return command.Invalid(err)
	}
	for _, file := range c.Files {
		switch about, err := os.Stat(file); {
		case file == "-":
		case err != nil:
			return command.Invalid(fmt.Errorf("read %s: %w", file, err))
		case about.IsDir():
			return command.Invalid(fmt.Errorf("read %s: it is a folder: name the files in it", file))
		}
	}
	if c.DryRun {
		cat, err := installation.LoadCatalogue(g.Catalogue)
		if err != nil {
			return command.Invalid(err)
		}
		return c.dryRun(ctx, cat, mapping, streams)
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return command.With(ctx, g, streams, need, func(in *installation.Installation) error {
		log, registry := g.Log(streams.Err), prometheus.NewRegistry()
		door := intake.New(in.Catalogue, in.Stream, streams.Now, log, registry)
		work, stop := context.WithCancel(ctx)
		group, work := errgroup.WithContext(work)
		if in.Owner {
			judge, err := sinkservice.New(ctx, sinkservice.Config{}, in.Catalogue, in.Stream, in.Store, streams.Now, log, registry)
			if err != nil {
				stop()
				return err
			}
			group.Go(func() error { return judge.Run(work) })
		}
		var result outcome
		group.Go(func() error {
			defer stop()
			var err error
			result, err = c.importAll(work, g, in, door, mapping, streams)
			return err
		})
		if err := group.Wait(); err != nil {
			return err
		}
		return result.report(streams, ctx.Err())
	})
}

func (c *ImportCmd) mapping() (*importer.Mapping, error) {
	if c.Map == "" {
		return nil, nil //nolint:nilnil // No mapping is a mapping of files that hold events already.
	}
	f, err := os.Open(c.Map)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	defer f.Close() //nolint:errcheck // Read only.
	m, err := importer.LoadMapping(c.Map, f)
	if err != nil {
		return nil, err
	}
	return m, c.key(m)
}

func (c *ImportCmd) key(m *importer.Mapping) error {
	switch {
	case !m.NeedsKey() && c.PseudonymKey != "":
		return fmt.Errorf("--pseudonym-key-file: the mapping %s makes no pseudonyms", c.Map)
	case !m.NeedsKey():
		return nil
	case c.PseudonymKey == "":
		return fmt.Errorf("%w: give --pseudonym-key-file", importer.ErrNoKey)
	}
	key, err := os.ReadFile(c.PseudonymKey)
	if err != nil {
		return fmt.Errorf("read the key of pseudonyms: %w", err)
	}
	return m.SetKey(bytes.TrimRight(key, "\r\n "))
}

func (c *ImportCmd) inspect(ctx context.Context, streams *command.Streams) error {
	if len(c.Files) != 1 || c.Files[0] == "-" || c.Map != "" {
		return command.Invalid(errors.New("--inspect looks at one file, without a mapping"))
	}
	f, err := os.Open(c.Files[0])
	if err != nil {
		return command.Invalid(fmt.Errorf("read %s: %w", c.Files[0], err))
	}
	defer f.Close() //nolint:errcheck // Read only.
	seen, err := importer.Inspect(ctx, filepath.Base(c.Files[0]), f)
	if err != nil {
		return command.Invalid(err)
	}
	fmt.Fprint(streams.Out, seen.Mapping())
	return nil
}

// An outcome is what became of the lines of an import.
type outcome struct{ accepted, refused, conflicts int }

// report says how it went. Refused lines have been told of one by one.
func (t outcome) report(streams *command.Streams, stopped error) error {
	if stopped != nil {
		return fmt.Errorf("import stopped before its end: run it again, it goes on where it was: %w", stopped)
	}
	fmt.Fprintf(streams.Err, "%d accepted, %d refused, %d in conflict\n", t.accepted, t.refused, t.conflicts)
	if t.refused+t.conflicts > 0 {
		return fmt.Errorf("%w: %w", command.ErrInvalid, command.ErrReported)
	}
	return nil
}

// importAll publishes all files, waits until everything is judged, and looks for
// conflicts among what the sink rejected.
func (c *ImportCmd) importAll(ctx context.Context, g *command.Globals, in *installation.Installation, door *intake.Intake, m *importer.Mapping, streams *command.Streams) (outcome, error) {
	bookmarks := ""
	if g.NATS == "" {
		bookmarks = filepath.Join(g.Data, "imports")
	}
	var total outcome
	told := newRefusals()
	marks := map[string]*bookmark{}
	for _, file := range c.Files {
		mark, err := openBookmark(bookmarks, file)
		if err != nil {
			return total, err
		}
		marks[file] = mark
		run := fileImport{file: file, mark: mark, door: door, keep: in.Stream.Reject, told: told, streams: streams}
		if err := run.all(ctx, m); err != nil {
			return total, stopped(err, file, mark.Line)
		}
		total.accepted, total.refused = total.accepted+run.accepted, total.refused+mark.Refused
	}
	if err := told.summary(streams.Err); err != nil {
		return total, err
	}
	if err := WaitJudged(ctx, in, total.accepted, c.GiveUpAfter, streams); err != nil {
		return total, err
	}
	var err error
	if total.conflicts, err = reportLate(ctx, in, marks, m, streams); err != nil {
		return total, err
	}
	for _, mark := range marks {
		if err := mark.remove(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// stopped says what to do when the stream takes no more.
func stopped(err error, file string, line int) error {
	if !errors.Is(err, stream.ErrFull) && !errors.Is(err, stream.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("import stopped: %s is accepted up to line %d: make room on the disk of the stream, or give it more, and run the same command again: it goes on there: %w",
		file, line, err)
}

// WaitJudged waits until the sinks have acknowledged everything that is on the
// stream now. events says how many that is about, for the progress. It gives up
// when nothing has moved for a while, if it is told how long: what is accepted
// stays so.
func WaitJudged(ctx context.Context, in *installation.Installation, events int, patience time.Duration, streams *command.Streams) error {
	last, err := in.Stream.LastSeq(ctx)
	if err != nil {
		return err
	}
	var bar *command.Progress
	var before uint64
	moved := streams.Now()
	for {
		done, err := in.Stream.Acknowledged(ctx, sinkservice.ConsumerName(nil))
		if err != nil {
			return err
		}
		if bar == nil {
			before = min(done, last)
			bar = command.NewProgress(streams.Err, "stored and judged", int64(last-before), streams.Now) //nolint:gosec // A sequence fits.
			defer bar.End()
		}
		// A message is an event or a frame of many: their mean will do.
		if step := max(done, before) - before; step > 0 {
			moved = streams.Now()
			bar.Add(int64(step), int(float64(events)*float64(step)/float64(max(bar.Total, 1)))) //nolint:gosec // A sequence fits.
		}
		before = max(done, before)
		if done >= last {
			return nil
		}
		if patience > 0 && streams.Now().Sub(moved) >= patience {
			return fmt.Errorf("all lines are accepted and kept, but nothing was stored and judged for %s (%d of %d messages are): "+
				"see the warnings above; make room on the disk of the store, or start its services, and run the same command again", patience, done, last)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
