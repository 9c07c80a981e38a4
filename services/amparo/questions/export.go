package questions

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/services/amparo/command"
	"amparo/services/export"
	"amparo/services/installation"
	"amparo/services/present"
)

// ExportCmd are the commands under amparo export.
type ExportCmd struct {
	Log      exportLogCmd `cmd:"" help:"The event log for process mining, under pseudonyms: for analysts whose purpose was approved."`
	Codebook codebookCmd  `cmd:"" help:"What each column of every table, and each field of every event, means."`
}

// The formats of logs.
const (
	formatXES  = "xes"
	formatOCEL = "ocel"
)

type exportLogCmd struct {
	command.Instants
	Format string `enum:"xes,ocel" default:"xes" help:"xes (IEEE 1849-2016) or ocel (OCEL 2.0, JSON)."`
	Out    string `required:"" placeholder:"FILE" help:"Where to write."`
	Key    string `name:"pseudonym-key-file" placeholder:"FILE" help:"File with the key of the pseudonyms: the same key gives the same ones in another export. By default each export has its own."`
}

// Run writes the events that count at an instant.
func (c *exportLogCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		st, err := command.StandingOf(ctx, in, q)
		if err != nil {
			return err
		}
		x := &export.Export{Catalogue: in.Catalogue, Key: key, About: about(st)}
		to := command.Output{Out: c.Out}
		err = to.To(streams, func(w io.Writer) error {
			buffered := bufio.NewWriterSize(w, 1<<20)
			write := map[string]func(io.Writer, export.Cases) error{formatXES: x.XES, formatOCEL: x.OCEL}[c.Format]
			return errors.Join(write(buffered, counted(ctx, in, q)), buffered.Flush())
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Err, "%s: cases and references are pseudonyms of this export; places are provinces. Do not pass it on.\n", c.Out)
		return nil
	})
}

// exportKeyBytes is the length of a key that an export has for itself.
const exportKeyBytes = 32

// key is the key given, or one of this export alone.
func (c *exportLogCmd) key() ([]byte, error) {
	if c.Key == "" {
		key := make([]byte, exportKeyBytes)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		return key, nil
	}
	b, err := os.ReadFile(c.Key)
	if err != nil {
		return nil, command.Invalid(fmt.Errorf("read the key of pseudonyms: %w", err))
	}
	key := bytes.TrimRight(b, "\r\n ")
	if len(key) < exportKeyBytes/2 {
		return nil, command.Invalid(fmt.Errorf("the key of pseudonyms has %d bytes, at least %d are needed", len(key), exportKeyBytes/2))
	}
	return key, nil
}

func about(st *command.Standing) []export.Note {
	return []export.Note{
		{Name: "as_of", Text: event.FormatInstant(st.AsOf)}, {Name: "catalogue", Text: st.Catalogue},
		{Name: "reported_until", Text: event.FormatInstant(st.Reported.Until)}, {Name: "data", Text: st.Data},
	}
}

// counted are the events of each case that count.
func counted(ctx context.Context, in *installation.Installation, q obligation.Query) export.Cases {
	return func() iter.Seq2[[]event.Event, error] {
		return func(yield func([]event.Event, error) bool) {
			for history, err := range in.Store.Cases(ctx, "") {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(obligation.Visible(in.Catalogue, history.Plain(), q), nil) {
					return
				}
			}
		}
	}
}

type codebookCmd struct {
	command.Output
}

// Run prints the codebook.
func (c *codebookCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	stamp := present.Stamp{Catalogue: cat.Label()}
	columns := []present.Column{
		present.Col("table", "tabla", "table"), present.Col("column", "columna", "column"), present.Col("heading", "encabezado", "heading"),
		present.Col("meaning", "significado", "meaning"), present.Col("values", "valores", "values"),
	}
	return c.Rows(streams, cat.Zone, stamp, columns, func(p *present.Printer) error {
		for _, e := range codebook(cat) {
			if err := p.Row(present.Text(e.table), present.Text(e.column.Name), present.Words(e.column.Title), present.Words(e.meaning), present.Texts(e.values)); err != nil {
				return err
			}
		}
		return nil
	})
}
