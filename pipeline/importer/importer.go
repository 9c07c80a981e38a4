// Package importer turns files into events: NDJSON and JSON, which hold events
// already, and tables (CSV, XLSX) and event logs (XES), whose rows become
// events by a mapping.
//
// It reads files row by row and checks only what a mapping can be wrong about.
// Whether the result is an event of the catalogue is for event.Door to say.
package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"

	"amparo/schemas/event"
)

// Formats lists the endings of the files that Events reads. Each may be
// followed by .gz.
func Formats() []string {
	return []string{".ndjson", ".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".xes"}
}

// Events yields the events of a file in the order of the file, before the
// door, each with the line where it stood. The ending of the name says what
// the file is. NDJSON and JSON hold events and need no mapping; for all other
// files it must be given.
//
// An error that is a *event.Refusal is about one row, and the sequence goes on
// after it. Any other error is about the file, and is the last thing yielded.
// The bytes are valid until the next step.
func Events(ctx context.Context, name string, r io.Reader, m *Mapping) iter.Seq2[event.Raw, error] {
	return func(yield func(event.Raw, error) bool) {
		ending, plain, err := open(name, r)
		if err != nil {
			yield(event.Raw{}, err)
			return
		}
		for raw, err := range read(ctx, ending, plain, m) {
			if stopped := ctx.Err(); stopped != nil {
				yield(event.Raw{Line: raw.Line}, stopped)
				return
			}
			if err != nil && !isRefusal(err) {
				yield(event.Raw{Line: raw.Line}, fmt.Errorf("read %s: %w", name, err))
				return
			}
			if !yield(raw, err) {
				return
			}
		}
	}
}

// open says what a file is by its ending, and unpacks it where it ends in .gz.
func open(name string, r io.Reader) (ending string, plain io.Reader, err error) {
	lower := strings.ToLower(name)
	packed := strings.HasSuffix(lower, ".gz")
	ending = path.Ext(strings.TrimSuffix(lower, ".gz"))
	if !packed {
		return ending, r, nil
	}
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return "", nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return ending, unpacked, nil
}

func read(ctx context.Context, ending string, r io.Reader, m *Mapping) iter.Seq2[event.Raw, error] {
	var rows iter.Seq2[row, error]
	switch ending {
	case ".ndjson", ".jsonl":
		return event.SplitLines(r)
	case ".json":
		return batch(r)
	case ".csv", ".tsv", ".xlsx", ".xes":
		if m == nil {
			return fail(errors.New("the file needs a mapping that says how its rows become events"))
		}
	default:
		return fail(fmt.Errorf("the ending %q is not known; name the file by what it is: %s, each also with .gz", ending, strings.Join(Formats(), ", ")))
	}
	switch ending {
	case ".xlsx":
		rows = workbookRows(r, m)
	case ".xes":
		rows = logRows(r, m)
	default:
		rows = textRows(r, m, ending == ".tsv")
	}
	return mapped(ctx, rows, m)
}

// mapped turns rows into events. Rows of activities that the mapping skips
// yield nothing.
func mapped(ctx context.Context, rows iter.Seq2[row, error], m *Mapping) iter.Seq2[event.Raw, error] {
	return func(yield func(event.Raw, error) bool) {
		if m.pseudonym && m.key == nil {
			yield(event.Raw{}, ErrNoKey)
			return
		}
		parts := m.parts
		if len(parts) == 0 {
			parts = []*Mapping{m}
		}
		ids := make([]*numbering, len(parts))
		for i, part := range parts {
			ids[i] = part.id.numbering()
		}
		for r, err := range rows {
			if err == nil {
				// Asked for each row: those that are skipped never reach the caller.
				err = ctx.Err()
			}
			if err != nil {
				if !yield(event.Raw{Line: r.line}, err) || !isRefusal(err) {
					return
				}
				continue
			}
			m.tidy(&r)
			if slices.ContainsFunc(m.skipRows, func(c condition) bool { return c.holds(&r) }) {
				continue
			}
			for i, part := range parts {
				raw := event.Raw{Line: r.line}
				var err error
				raw.Bytes, err = part.event(&r, ids[i])
				if err == nil && raw.Bytes == nil {
					continue
				}
				if !yield(raw, err) || err != nil && !isRefusal(err) {
					return
				}
			}
		}
	}
}

// tidy makes the cells of a row clean.
func (m *Mapping) tidy(r *row) {
	for i := range m.clean {
		c := &m.clean[i]
		r.cells[c.column] = c.apply(r.cells[c.column])
	}
}

// batch yields the events of a JSON file. Broken JSON ends it, since nothing
// after it can be told apart; so it is an error of the file.
func batch(r io.Reader) iter.Seq2[event.Raw, error] {
	return func(yield func(event.Raw, error) bool) {
		for raw, err := range event.SplitBatch(skipMark(r)) {
			if refusal, ok := errors.AsType[*event.Refusal](err); ok {
				err = fmt.Errorf("event %d: %s", raw.Line, refusal.Detail)
			}
			if !yield(raw, err) {
				return
			}
		}
	}
}

func fail(err error) iter.Seq2[event.Raw, error] {
	return func(yield func(event.Raw, error) bool) { yield(event.Raw{}, err) }
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*event.Refusal](err)
	return ok
}

// refuse builds the refusal of one row. Values are never repeated in it: they
// may be what must not be kept.
func refuse(reason event.Reason, field, detail string, args ...any) error {
	return &event.Refusal{Reason: reason, Field: field, Detail: fmt.Sprintf(detail, args...)}
}

// An Unmapped is the refusal of a row that holds a value which the mapping does not
// know. The value is for whoever corrects the mapping, and only where it is no
// personal data; it is in no text and is not kept.
type Unmapped struct {
	*event.Refusal
	Value string
}

// Unwrap gives the refusal.
func (u *Unmapped) Unwrap() error { return u.Refusal }

func unmapped(value string, reason event.Reason, field, detail string, args ...any) error {
	return &Unmapped{event.AsRefusal(refuse(reason, field, detail, args...)), value}
}

// maxRow bounds what one row may hold in memory. A quotation mark left open
// would otherwise read the rest of the file as one cell.
const maxRow = 1 << 20

var errRowTooLong = fmt.Errorf("a row is longer than %d MB; look for a quotation mark or tag left open", maxRow>>20)

// rowLimit refuses to read more than maxRow bytes between two calls of next.
type rowLimit struct {
	r    io.Reader
	left int
}

func limitRows(r io.Reader) *rowLimit { return &rowLimit{r: r, left: maxRow} }

func (l *rowLimit) next() { l.left = maxRow }

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// mark is the byte order mark that some programs put before UTF-8.
var mark = []byte("\xef\xbb\xbf")

// skipMark drops a byte order mark.
func skipMark(r io.Reader) io.Reader {
	head := make([]byte, len(mark))
	n, err := io.ReadFull(r, head)
	head = bytes.TrimPrefix(head[:n], mark)
	switch {
	case err == nil:
		return io.MultiReader(bytes.NewReader(head), r)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return bytes.NewReader(head)
	}
	return io.MultiReader(bytes.NewReader(head), broken{err})
}

// broken is a reader that has failed.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
