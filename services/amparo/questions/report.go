package questions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/bulletin"
	"amparo/services/installation"
)

// ReportCmd is amparo report.
type ReportCmd struct {
	command.Language
	command.Counting
	Month    string `required:"" placeholder:"YYYY-MM" help:"The month, which must have closed; for the public, published."`
	Audience string `enum:"public,national" default:"public" help:"public (what was published, protected) or national (exact numbers, with what changed)."`
	Format   string `enum:"html,pdf" default:"html" help:"html or pdf, each to be printed."`
	Out      string `placeholder:"FILE" help:"Write to this file in place of standard output."`
}

// Run makes the bulletin of a month.
func (c *ReportCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStore(ctx, g, streams, func(in *installation.Installation) error {
		month, err := time.ParseInLocation("2006-01", c.Month, in.Catalogue.Zone)
		if err != nil {
			return command.Invalid(fmt.Errorf("--month %q: expected a month such as 2026-09", c.Month))
		}
		if err := command.CheckGrouping(in.Catalogue, c.Grouping); err != nil {
			return err
		}
		made, err := c.make(ctx, in, month, streams.Now())
		if err != nil {
			return err
		}
		to := command.Output{Language: c.Language, Format: c.Format, Out: c.Out}
		return to.To(streams, func(w io.Writer) error {
			if c.Format == "html" {
				return made.HTML(w)
			}
			if command.IsTerminal(w) {
				return command.Invalid(errors.New("--format pdf: a PDF is no text for a terminal; name a file with --out"))
			}
			return made.PDF(w)
		})
	})
}

func (c *ReportCmd) make(ctx context.Context, in *installation.Installation, month, now time.Time) (*bulletin.Bulletin, error) {
	told, err := command.StandingOf(ctx, in, obligation.Query{AsOf: now})
	if err != nil {
		return nil, err
	}
	cfg := bulletin.Config{
		Catalogue: in.Catalogue, Grouping: c.Grouping, Lang: c.Lang, Now: now, Synthetic: told.Sources.Synthetic(), Reported: told.Reported, Program: command.Version(),
		Choice: store.Choice{Kinds: []string{string(law.Law)}},
	}
	if c.LeaveOutLow {
		cfg.Choice.Without = []string{law.LowConfidence}
	}
	if c.Audience == "national" {
		made, err := bulletin.Exact(ctx, cfg, counting.Of(in.Store), month)
		if errors.Is(err, bulletin.ErrMonth) {
			return nil, command.Invalid(err)
		}
		return made, err
	}
	published, err := aggregator.Release(ctx, aggregator.Config{Grouping: c.Grouping, LeaveOutLow: c.LeaveOutLow}, in.Catalogue, in.Store, month.AddDate(0, 1, 0))
	if err != nil {
		return nil, err
	}
	if published == nil {
		return nil, command.Invalid(fmt.Errorf("%s was not published by this installation: a month is published thirty days after it closed, by amparo run or amparo aggregator", c.Month))
	}
	return bulletin.Public(cfg, published), nil
}
