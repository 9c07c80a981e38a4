package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/importer"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/amparo/command"
	"amparo/services/intake"
)

// ImportChunk is how many events are validated and published at once.
const ImportChunk = 10_000

// A fileImport publishes one file. Where an earlier run of the same file was
// stopped, it goes on behind the last line that was accepted.
//
// While one chunk is flushed, the next is checked and the one after it is read:
// no more than that is in memory, however large the file and however slow the
// stream.
type fileImport struct {
	file     string
	mark     *bookmark
	door     *intake.Intake
	keep     func(context.Context, []stream.Rejected) error
	streams  *command.Streams
	told     *refusals
	accepted int
}

// A chunk is some lines of a file, on their way to the stream.
type chunk struct {
	raws    []event.Raw
	bytes   []byte    // of the events, one behind the other
	refused []refusal // by the mapping
	read    int       // bytes of the file
	last    int       // line
	skipped int       // lines that were accepted by an earlier run
	load    *intake.Load
	broken  error // why the file ends here
}

type refusal struct {
	line  int
	why   *event.Refusal
	value string // that the mapping does not know
}

func mappingRefusal(line int, err error) refusal {
	r := refusal{line: line, why: event.AsRefusal(err)}
	if u, ok := errors.AsType[*importer.Unmapped](err); ok {
		r.value = u.Value
	}
	return r
}

// ImportFile publishes a file of events from its first line to its last, and returns how
// many the stream took.
func ImportFile(ctx context.Context, file string, door *intake.Intake, streams *command.Streams) (accepted int, err error) {
	run := fileImport{file: file, mark: &bookmark{}, door: door, told: newRefusals(), streams: streams}
	err = run.all(ctx, nil)
	return run.accepted, err
}

func (f *fileImport) all(ctx context.Context, m *importer.Mapping) error {
	r, size, err := openInput(f.file)
	if err != nil {
		return command.Invalid(err)
	}
	defer r.Close() //nolint:errcheck // Read only.
	bar := command.NewProgress(f.streams.Err, filepath.Base(f.file), size, f.streams.Now)
	defer bar.End()
	read, ready := make(chan *chunk), make(chan *chunk)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(read)
		return f.read(ctx, r, m, read)
	})
	group.Go(func() error {
		defer close(ready)
		return f.prepare(ctx, read, ready)
	})
	group.Go(func() error { return f.publish(ctx, ready, bar) })
	return group.Wait()
}

func hand(ctx context.Context, to chan<- *chunk, c *chunk) error {
	select {
	case to <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fileImport) read(ctx context.Context, r io.Reader, m *importer.Mapping, to chan<- *chunk) error {
	counted := &countingReader{r: r}
	behind := f.mark.Line
	c := &chunk{}
	for raw, err := range importer.Events(ctx, f.file, counted, m) {
		switch {
		case err != nil && !isRefusal(err):
			c.broken = command.Invalid(fmt.Errorf("%s: %w", f.file, err))
		case raw.Line <= behind:
			if err == nil {
				c.skipped++
			}
			continue
		case err != nil:
			c.refused = append(c.refused, mappingRefusal(raw.Line, err))
		default:
			c.add(raw)
		}
		c.last = max(c.last, raw.Line)
		if len(c.raws)+len(c.refused) < ImportChunk {
			continue
		}
		size := len(c.bytes)
		c.read = counted.take()
		if err := hand(ctx, to, c); err != nil {
			return err
		}
		c = &chunk{bytes: make([]byte, 0, size+size/8), raws: make([]event.Raw, 0, ImportChunk)}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.read = counted.take()
	return hand(ctx, to, c)
}

// add copies an event, whose bytes are valid for a moment only.
func (c *chunk) add(raw event.Raw) {
	from := len(c.bytes)
	c.bytes = append(c.bytes, raw.Bytes...)
	c.raws = append(c.raws, event.Raw{Line: raw.Line, Bytes: c.bytes[from:len(c.bytes):len(c.bytes)]})
}

func (f *fileImport) prepare(ctx context.Context, from <-chan *chunk, to chan<- *chunk) error {
	for c := range from {
		var err error
		if c.load, err = f.door.Prepare(filepath.Base(f.file), c.raws); err != nil {
			return err
		}
		if err := hand(ctx, to, c); err != nil {
			return err
		}
	}
	return nil
}

// publish flushes chunks, tells what was refused, and moves the bookmark on.
func (f *fileImport) publish(ctx context.Context, from <-chan *chunk, bar *command.Progress) error {
	for c := range from {
		outcomes, err := c.load.Publish(ctx)
		if err != nil {
			return err
		}
		if err := f.keepRefused(ctx, c.refused); err != nil {
			return err
		}
		f.accepted += c.skipped
		for i, o := range outcomes {
			if o.Refusal != nil {
				c.refused = append(c.refused, refusal{line: c.raws[i].Line, why: o.Refusal})
				continue
			}
			f.accepted++
			f.mark.accepted(o.Seq)
		}
		slices.SortStableFunc(c.refused, func(a, b refusal) int { return a.line - b.line })
		for _, r := range c.refused {
			f.told.add(f.streams.Err, f.file, r)
		}
		f.mark.Refused += len(c.refused)
		f.mark.Line = max(f.mark.Line, c.last)
		if err := f.mark.save(); err != nil {
			return err
		}
		bar.Add(int64(c.read), len(outcomes))
		if c.broken != nil {
			return c.broken
		}
	}
	return nil
}

// keepRefused puts rows that failed in the mapping with the other rejected events.
// Nothing of such a row is kept but where it stands: what a table holds may be
// personal data, and no schema has looked at it.
func (f *fileImport) keepRefused(ctx context.Context, refused []refusal) error {
	var rejected []stream.Rejected
	for _, r := range refused {
		origin := fmt.Sprintf("%s:%d", filepath.Base(f.file), r.line)
		where, err := json.Marshal(map[string]string{"row": origin})
		if err != nil {
			return fmt.Errorf("keep a refused row: %w", err)
		}
		rejected = append(rejected, stream.Rejected{
			Reason: string(r.why.Reason), Field: r.why.Field, Detail: r.why.Detail, Origin: origin, At: f.streams.Now(), Masked: true, Data: where,
		})
	}
	if len(rejected) == 0 {
		return nil
	}
	if err := f.keep(ctx, rejected); err != nil {
		return fmt.Errorf("keep %d refused rows of %s: %w", len(rejected), f.file, err)
	}
	return nil
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
	f, err := os.Open(file)
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
