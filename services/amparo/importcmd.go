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
	Map   string   `aliases:"mapping" placeholder:"FILE" help:"Mapping that says how rows become events; needed for tables and logs."`
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
	bookmarks := ""
	if g.NATS == "" {
		bookmarks = filepath.Join(g.Data, "imports")
	}
	var total tally
	marks := map[string]*bookmark{}
	for _, file := range c.Files {
		mark, err := openBookmark(bookmarks, file)
		if err != nil {
			return total, err
		}
		marks[file] = mark
		run := fileImport{file: file, mark: mark, door: door, streams: streams}
		if err := run.all(ctx, m); err != nil {
			return total, err
		}
		total.accepted, total.refused = total.accepted+run.accepted, total.refused+mark.Refused
	}
	last, err := in.Stream.LastSeq(ctx)
	if err != nil {
		return total, err
	}
	if err := waitJudged(ctx, in, last, streams); err != nil {
		return total, err
	}
	if total.conflicts, err = reportConflicts(ctx, in.Stream, marks, streams); err != nil {
		return total, err
	}
	for _, mark := range marks {
		if err := mark.remove(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// importChunk is how many events are validated and published at once.
const importChunk = 10_000

// A fileImport publishes one file. Where an earlier run of the same file was
// stopped, it goes on behind the last line that was accepted.
type fileImport struct {
	file     string
	mark     *bookmark
	door     *intake.Intake
	streams  *Streams
	chunk    []event.Raw
	accepted int
}

func (f *fileImport) all(ctx context.Context, m *importer.Mapping) error {
	r, size, err := openInput(f.file)
	if err != nil {
		return invalid(err)
	}
	defer r.Close() //nolint:errcheck // Read only.
	counted := &countingReader{r: r}
	bar := newProgress(f.streams.Err, filepath.Base(f.file), size, f.streams.Now)
	defer bar.end()
	behind := f.mark.Line
	for raw, err := range importer.Events(ctx, f.file, counted, m) {
		switch {
		case err == nil && raw.Line <= behind:
			f.accepted++
			continue
		case err == nil:
			f.chunk = append(f.chunk, event.Raw{Line: raw.Line, Bytes: slices.Clone(raw.Bytes)})
		case !isRefusal(err):
			return errors.Join(f.flush(ctx), invalid(fmt.Errorf("%s: %w", f.file, err)))
		case raw.Line > behind:
			f.refuse(raw.Line, event.AsRefusal(err))
		}
		if len(f.chunk) == importChunk {
			if err := f.flush(ctx); err != nil {
				return err
			}
			bar.add(counted.take())
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.flush(ctx)
}

// flush accepts what was collected and moves the bookmark on.
func (f *fileImport) flush(ctx context.Context) error {
	if len(f.chunk) == 0 {
		return nil
	}
	outcomes, err := f.door.Accept(ctx, filepath.Base(f.file), f.chunk)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if o.Refusal != nil {
			f.refuse(f.chunk[i].Line, o.Refusal)
			continue
		}
		f.accepted++
		f.mark.Lines.add(o.Seq, f.chunk[i].Line)
	}
	f.mark.Line = f.chunk[len(f.chunk)-1].Line
	f.chunk = f.chunk[:0]
	return f.mark.save()
}

func (f *fileImport) refuse(line int, r *event.Refusal) {
	f.mark.Refused++
	fmt.Fprintf(f.streams.Err, "%s:%d: %v\n", f.file, line, r)
}

// isRefusal reports whether an error concerns one row, after which the file goes
// on.
func isRefusal(err error) bool {
	_, ok := errors.AsType[*event.Refusal](err)
	return ok
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

// waitJudged waits until the sinks have acknowledged everything up to a
// sequence.
func waitJudged(ctx context.Context, in *installation.Installation, last uint64, streams *Streams) error {
	bar := newProgress(streams.Err, "stored and judged", int64(last), streams.Now) //nolint:gosec // A sequence fits.
	defer bar.end()
	var before uint64
	for {
		done, err := in.Stream.Acknowledged(ctx, sinkservice.ConsumerName(nil))
		if err != nil {
			return err
		}
		bar.add(int(max(done, before) - before)) //nolint:gosec // A sequence fits.
		before = max(done, before)
		if done >= last {
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
func reportConflicts(ctx context.Context, from *stream.Stream, marks map[string]*bookmark, streams *Streams) (int, error) {
	n := 0
	for r, err := range from.RejectedEvents(ctx, stream.RejectedFilter{}) {
		if err != nil {
			return n, err
		}
		for file, mark := range marks {
			if line, ours := mark.Lines.find(r.Seq); ours && r.Seq != 0 {
				n++
				fmt.Fprintf(streams.Err, "%s:%d: %s: %s\n", file, line, r.Reason, r.Detail)
			}
		}
	}
	return n, nil
}
