package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"amparo/pipeline/importer"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/present"
)

// refusals tells of refused lines: the first of them each, and all of them at the
// end by what is wrong and how often.
type refusals struct {
	told    int
	counts  map[wrong]*refusedLines
	further int // of more kinds than are told apart
}

// wrong is what is wrong with a line.
type wrong struct {
	reason, field, detail string
	value                 string // that the mapping does not know
}

// refusedLines are how many lines are wrong in one way, and the first of them.
type refusedLines struct {
	count int
	first string
}

// Bounds of what is told and kept of refused lines.
const (
	toldEach     = 20   // lines that are told of each
	wrongKinds   = 2000 // ways to be wrong that are told apart
	shownLetters = 40   // of a value
	shownFrom    = 3    // times a value must come to be shown: a code comes again, a person's data seldom
)

func newRefusals() *refusals { return &refusals{counts: map[wrong]*refusedLines{}} }

// add tells of a refused line, unless enough have been told of.
func (r *refusals) add(w io.Writer, file string, refused refusal) {
	place := file + ":" + strconv.Itoa(refused.line)
	if r.told < toldEach {
		fmt.Fprintf(w, "%s: %v\n", place, refused.why)
	} else if r.told == toldEach {
		fmt.Fprintf(w, "… further refused lines are counted below, and listed by amparo rejected list\n")
	}
	r.told++
	key := wrong{string(refused.why.Reason), refused.why.Field, refused.why.Detail, refused.value}
	if len(key.value) > shownLetters || event.LooksPersonal(key.value) {
		key.value = ""
	}
	lines := r.counts[key]
	if lines == nil {
		if len(r.counts) >= wrongKinds {
			r.further++
			return
		}
		lines = &refusedLines{first: filepath.Base(file) + ":" + strconv.Itoa(refused.line)}
		r.counts[key] = lines
	}
	lines.count++
}

// summary prints what was wrong and how often, the most frequent first. A value
// that came too seldom to be a code is not shown.
func (r *refusals) summary(w io.Writer) error {
	if r.told <= 1 {
		return nil
	}
	merged := map[wrong]*refusedLines{}
	for key, lines := range r.counts {
		if lines.count < shownFrom {
			key.value = ""
		}
		if into := merged[key]; into != nil {
			into.count += lines.count
			continue
		}
		merged[key] = &refusedLines{lines.count, lines.first}
	}
	order := slices.SortedFunc(maps.Keys(merged), func(a, b wrong) int {
		return cmp.Or(merged[b].count-merged[a].count, cmp.Compare(a.reason, b.reason), cmp.Compare(a.field, b.field), cmp.Compare(a.detail, b.detail), cmp.Compare(a.value, b.value))
	})
	p, err := present.New(w, present.Options{Format: present.Table, Lang: present.English}, present.Stamp{},
		present.Col("count", "líneas", "lines"), present.Col("reason", "motivo", "reason"), present.Col("field", "campo", "field"),
		present.Col("value", "valor", "value"), present.Col("first", "la primera", "first"), present.Col("detail", "detalle", "detail"))
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nrefused, by what is wrong:")
	for _, key := range order {
		if err := p.Row(present.Int(merged[key].count), present.Text(key.reason), present.Text(key.field), present.Text(key.value),
			present.Text(merged[key].first), present.Text(key.detail)); err != nil {
			return err
		}
	}
	if r.further > 0 {
		if err := p.Row(present.Int(r.further), present.Text("…"), present.None, present.None, present.None, present.Text("wrong in still other ways")); err != nil {
			return err
		}
	}
	return p.End()
}

// dryRun reads files as an import would, through mapping and catalogue, and sends
// nothing: it needs no installation. Only what the store knows, such as a conflict
// with an earlier event, it cannot tell.
func (c *ImportCmd) dryRun(ctx context.Context, cat *law.Catalogue, m *importer.Mapping, streams *command.Streams) error {
	told, good := newRefusals(), 0
	door := cat.Door()
	for _, file := range c.Files {
		n, err := tryFile(ctx, door, file, m, told, streams)
		if err != nil {
			return err
		}
		good += n
	}
	if err := told.summary(streams.Err); err != nil {
		return err
	}
	fmt.Fprintf(streams.Err, "dry run: %d would be accepted, %d refused; nothing was sent\n", good, told.told)
	if told.told > 0 {
		return fmt.Errorf("%w: %w", command.ErrInvalid, command.ErrReported)
	}
	return nil
}

func tryFile(ctx context.Context, door *event.Door, file string, m *importer.Mapping, told *refusals, streams *command.Streams) (good int, err error) {
	r, _, err := openInput(file)
	if err != nil {
		return 0, command.Invalid(err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for raw, err := range importer.Events(ctx, file, r, m) {
		switch {
		case err != nil && !isRefusal(err):
			return good, command.Invalid(fmt.Errorf("%s: %w", file, err))
		case err != nil:
			told.add(streams.Err, file, mappingRefusal(raw.Line, err))
			continue
		}
		if _, err := door.Decode(raw.Bytes, streams.Now()); err != nil {
			told.add(streams.Err, file, refusal{line: raw.Line, why: event.AsRefusal(err)})
			continue
		}
		good++
	}
	return good, nil
}
