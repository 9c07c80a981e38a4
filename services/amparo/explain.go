package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"amparo/schemas/event"
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
		events, err := eventsOf(ctx, in, c.Case)
		if err != nil {
			return err
		}
		x, err := explain.Build(in.Catalogue, c.Case, events, q)
		if err != nil {
			return err
		}
		made, _, err := synthetic(ctx, in, false)
		if err != nil {
			return err
		}
		return quietPipe(c.write(x, explain.Paper{Lang: c.Lang, IssuedAt: streams.Now(), Program: version(), Synthetic: made}, streams.Out))
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

// eventsOf reads all events of one case. A case that is not there is an error,
// and never an empty explanation.
func eventsOf(ctx context.Context, in *installation.Installation, id string) ([]event.Event, error) {
	histories, err := in.Store.History(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	stored, ok := histories[id]
	if !ok {
		return nil, noCase(ctx, in, id)
	}
	events := make([]event.Event, len(stored))
	for i := range stored {
		events[i] = stored[i].Event
	}
	return events, nil
}

// likeCases is how many nearly right ids a refusal names.
const likeCases = 3

// noCase refuses a case that is not there, and names those that may be meant.
func noCase(ctx context.Context, in *installation.Installation, id string) error {
	like, err := in.Store.CasesLike(ctx, id, likeCases)
	if err != nil {
		return err
	}
	hint := "amparo obligations lists all cases"
	if len(like) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(like, ", "))
	}
	return invalid(fmt.Errorf("no case %q here: %s", id, hint))
}
