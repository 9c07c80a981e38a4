package main

import (
	"context"
	"errors"
	"io"

	"amparo/services/explain"
	"amparo/services/installation"
)

type explainCmd struct {
	instants
	Case   string `arg:"" help:"The case (or unit), as its events name it."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
	Format string `enum:"text,json,html,pdf" default:"text" help:"text, json (both languages), or html or pdf for the file of a court."`
}

// Run explains a case to a lawyer: what happened, which duties arose, why each
// is due when it is due, and under which article. It reads and folds that case
// only.
func (c *explainCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	return readingStore(ctx, g, streams, func(in *installation.Installation) error {
		q, err := c.query(streams.Now(), in.Catalogue.Zone)
		if err != nil {
			return err
		}
		events, err := eventsOf(ctx, in, []string{c.Case})
		if err != nil {
			return err
		}
		x, err := explain.Build(in.Catalogue, c.Case, events[0], q)
		if err != nil {
			return err
		}
		return quietPipe(c.write(x, explain.Paper{Lang: c.Lang, IssuedAt: streams.Now(), Program: version()}, streams.Out))
	})
}

func (c *explainCmd) write(x *explain.Explanation, paper explain.Paper, w io.Writer) error {
	switch c.Format {
	case "json":
		return x.JSON(w)
	case "html":
		return x.Page(w, paper)
	case "pdf":
		if isTerminal(w) {
			return invalid(errors.New("--format pdf: a PDF is no text for a terminal; write it into a file with > case.pdf"))
		}
		return x.PDF(w, paper)
	}
	return x.Text(w, paper)
}
