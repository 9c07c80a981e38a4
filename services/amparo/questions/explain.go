package questions

import (
	"context"
	"errors"
	"io"

	"amparo/pipeline/obligation"
	"amparo/services/amparo/command"
	"amparo/services/explain"
	"amparo/services/installation"
)

// ExplainCmd is amparo explain.
type ExplainCmd struct {
	command.Instants
	Case   string `arg:"" help:"The case (or unit), as its events name it."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
	Format string `enum:"text,json,html,pdf" default:"text" help:"text, json (both languages), or html or pdf for the file of a court."`
}

// Run explains a case to a lawyer: what happened, which duties arose, why each
// is due when it is due, and under which article. It reads and folds that case
// only.
func (c *ExplainCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		events, err := eventsOf(ctx, in, []string{c.Case})
		if err != nil {
			return err
		}
		x, err := explain.Build(in.Catalogue, c.Case, events[0], q)
		if err != nil {
			return err
		}
		return command.QuietPipe(c.write(x, explain.Paper{Lang: c.Lang, IssuedAt: streams.Now(), Program: command.Version()}, streams.Out))
	})
}

func (c *ExplainCmd) write(x *explain.Explanation, paper explain.Paper, w io.Writer) error {
	switch c.Format {
	case "json":
		return x.JSON(w)
	case "html":
		return x.Page(w, paper)
	case "pdf":
		if command.IsTerminal(w) {
			return command.Invalid(errors.New("--format pdf: a PDF is no text for a terminal; write it into a file with > case.pdf"))
		}
		return x.PDF(w, paper)
	}
	return x.Text(w, paper)
}
