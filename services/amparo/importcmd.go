package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/importer"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/installation"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

type importCmd struct {
	Files []string `arg:"" name:"file" help:"Files: .ndjson, .json, .csv, .xlsx, .xes, .xes.gz; - for NDJSON on standard input."`
	Map   string   `placeholder:"FILE" help:"Mapping that says how rows become events; needed for tables and logs."`
}

// Run imports files and returns when all their events are stored and judged.
func (c *importCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	mapping, err := c.mapping()
	if err != nil {
		return invalid(err)
	}
	for _, file := range c.Files {
		if _, err := os.Stat(file); err != nil && file != "-" {
			return invalid(fmt.Errorf("read %s: %w", file, err))
		}
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return with(ctx, g, streams, need, func(in *installation.Installation) error {
		log, registry := g.log(streams.Err), prometheus.NewRegistry()
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
		var result tally
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

func (c *importCmd) mapping() (*importer.Mapping, error) {
	if c.Map == "" {
		return nil, nil //nolint:nilnil // No mapping is a mapping of files that hold events already.
	}
	f, err := os.Open(c.Map)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	defer f.Close() //nolint:errcheck // Read only.
	return importer.LoadMapping(c.Map, f)
}

// tally is what became of the lines of an import.
type tally struct{ accepted, refused, conflicts int }

// report says how it went. Refused lines have been told of one by one.
func (t tally) report(streams *Streams, stopped error) error {
	if stopped != nil {
		return fmt.Errorf("import stopped before its end: run it again, it goes on where it was: %w", stopped)
	}
	fmt.Fprintf(streams.Err, "%d accepted, %d refused, %d in conflict\n", t.accepted, t.refused, t.conflicts)
	if t.refused+t.conflicts > 0 {
		return fmt.Errorf("%w: %w", errInvalid, errReported)
	}
	return nil
}

// importAll publishes all files, waits until everything is judged, and looks for
// conflicts among what the sink rejected.
func (c *importCmd) importAll(ctx context.Context, g *Globals, in *installation.Installation, door *intake.Intake, m *importer.Mapping, streams *Streams) (tally, error) {
	var total tally
	var lines lineIndex
	before, err := in.Stream.LastSeq(ctx)
	if err != nil {
		return total, err
	}
	for _, file := range c.Files {
		if err := c.importFile(ctx, g, file, door, m, streams, &total, &lines); err != nil {
			return total, err
		}
	}
	last, err := in.Stream.LastSeq(ctx)
	if err != nil {
		return total, err
	}
	if err := waitJudged(ctx, in, last, streams); err != nil {
		return total, err
	}
	if last > before {
		total.conflicts, err = reportConflicts(ctx, in.Stream, &lines, streams)
	}
	return total, err
}

// importChunk is how many events are validated and published at once.
const importChunk = 10_000

// importFile publishes one file. Where an earlier run of the same file was
// stopped, it goes on behind the last line that was accepted.
func (c *importCmd) importFile(ctx context.Context, g *Globals, file string, door *intake.Intake, m *importer.Mapping, streams *Streams, total *tally, lines *lineIndex) error {
	r, size, err := openInput(file)
	if err != nil {
		return invalid(err)
	}
	defer r.Close() //nolint:errcheck // Read only.
	mark, err := openBookmark(g.Data, file)
	if err != nil {
		return err
	}
	counted := &countingReader{r: r}
	bar := newProgress(streams.Err, filepath.Base(file), size, streams.Now)
	defer bar.end()
	var chunk []event.Raw
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		outcomes, err := door.Accept(ctx, filepath.Base(file), chunk)
		if err != nil {
			return err
		}
		for i, o := range outcomes {
			if o.Refusal != nil {
				total.refused++
				fmt.Fprintf(streams.Err, "%s:%d: %v\n", file, chunk[i].Line, o.Refusal)
				continue
			}
			total.accepted++
			lines.add(o.Seq, file, chunk[i].Line)
		}
		line := chunk[len(chunk)-1].Line
		chunk = chunk[:0]
		bar.add(counted.take())
		return mark.set(line)
	}
	for raw, err := range importer.Events(ctx, file, counted, m) {
		if err != nil {
			if !c.tellRowError(file, raw.Line, err, streams, total) {
				return errors.Join(flush(), invalid(fmt.Errorf("%s: %w", file, err)))
			}
			continue
		}
		if raw.Line <= mark.line {
			total.accepted++
			continue
		}
		chunk = append(chunk, event.Raw{Line: raw.Line, Bytes: slices.Clone(raw.Bytes)})
		if len(chunk) == importChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return mark.done()
}

// tellRowError tells of a row that is no event, and reports whether the file
// goes on.
func (c *importCmd) tellRowError(file string, line int, err error, streams *Streams, total *tally) bool {
	refusal, ok := errors.AsType[*event.Refusal](err)
	if !ok {
		return false
	}
	total.refused++
	fmt.Fprintf(streams.Err, "%s:%d: %v\n", file, line, refusal)
	return true
}

func openInput(file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(file) //nolint:gosec // The user names the file.
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// countingReader counts what was read, for the progress bar.
type countingReader struct {
	r io.Reader
	n int
}

// Read implements io.Reader.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func (c *countingReader) take() int {
	n := c.n
	c.n = 0
	return n
}

// waitJudged waits until the sink has acknowledged everything up to a sequence.
func waitJudged(ctx context.Context, in *installation.Installation, last uint64, streams *Streams) error {
	bar := newProgress(streams.Err, "stored and judged", int64(last), streams.Now) //nolint:gosec // A sequence fits.
	defer bar.end()
	var before uint64
	for {
		floor, err := in.Stream.Acknowledged(ctx, sinkservice.ConsumerName(nil))
		if err != nil {
			return err
		}
		bar.add(int(floor - before)) //nolint:gosec // It only grows.
		before = floor
		if floor >= last {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// reportConflicts tells of the events of this import that the sink rejected.
func reportConflicts(ctx context.Context, from *stream.Stream, lines *lineIndex, streams *Streams) (int, error) {
	n := 0
	for r, err := range from.RejectedEvents(ctx, stream.RejectedFilter{}) {
		if err != nil {
			return n, err
		}
		file, line, ours := lines.find(r.Seq)
		if r.Seq == 0 || !ours {
			continue
		}
		n++
		fmt.Fprintf(streams.Err, "%s:%d: %s: %s\n", file, line, r.Reason, r.Detail)
	}
	return n, nil
}

// lineIndex remembers from which line of which file each sequence came, as runs
// of consecutive lines.
type lineIndex struct{ runs []lineRun }

type lineRun struct {
	seq   uint64
	file  string
	line  int
	count int
}

func (x *lineIndex) add(seq uint64, file string, line int) {
	if n := len(x.runs); n > 0 {
		r := &x.runs[n-1]
		if r.file == file && seq == r.seq+uint64(r.count) && line == r.line+r.count { //nolint:gosec // Small.
			r.count++
			return
		}
	}
	x.runs = append(x.runs, lineRun{seq, file, line, 1})
}

func (x *lineIndex) find(seq uint64) (file string, line int, ok bool) {
	i, exact := slices.BinarySearchFunc(x.runs, seq, func(r lineRun, seq uint64) int {
		switch {
		case r.seq < seq:
			return -1
		case r.seq > seq:
			return 1
		}
		return 0
	})
	if !exact {
		i--
	}
	if i < 0 || seq >= x.runs[i].seq+uint64(x.runs[i].count) { //nolint:gosec // Small.
		return "", 0, false
	}
	return x.runs[i].file, x.runs[i].line + int(seq-x.runs[i].seq), true //nolint:gosec // Small.
}
