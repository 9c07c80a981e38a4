package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/aggregator"
	"amparo/services/installation"
)

// instants are the two flags that say from which knowledge to judge.
type instants struct {
	AsOf    string `placeholder:"INSTANT" help:"Judge at this instant (RFC 3339; default now)."`
	KnownAt string `placeholder:"INSTANT" help:"Use only what had been recorded by this instant."`
}

// query reads the flags. Instants are cut to the millisecond, as events are.
func (f instants) query(now time.Time) (obligation.Query, error) {
	q := obligation.Query{AsOf: now.UTC().Truncate(time.Millisecond)}
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"--as-of", f.AsOf, &q.AsOf}, {"--known-at", f.KnownAt, &q.KnownAt}} {
		if flag.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, flag.text)
		if err != nil {
			return q, invalid(fmt.Errorf("%s %q: expected an instant such as 2024-03-01T10:15:00-05:00", flag.name, flag.text))
		}
		*flag.into = t.UTC().Truncate(time.Millisecond)
	}
	return q, nil
}

// counting are the flags of whatever counts obligations.
type counting struct {
	Grouping    string `default:"natural" help:"Grouping of places into regions: natural or study."`
	LeaveOutLow bool   `help:"Leave out what rests on a regime of low confidence."`
}

// reader is what the flags say about an installation.
func (c *counting) reader(in *installation.Installation) (*indicator.Reader, error) {
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = c.LeaveOutLow
	return reader, checkGrouping(in.Catalogue, c.Grouping)
}

// options are those of a count of some kinds of regimes.
func (c *counting) options(kinds []string) indicator.Options {
	opt := indicator.Options{Grouping: c.Grouping}
	for _, k := range kinds {
		opt.Kinds = append(opt.Kinds, law.Kind(k))
	}
	return opt
}

// checkGrouping refuses a grouping that the catalogue does not have.
func checkGrouping(cat *law.Catalogue, grouping string) error {
	if cat.Places == nil || cat.Places.HasGrouping(grouping) {
		return nil
	}
	return invalid(fmt.Errorf("--grouping %q: the catalogue has %s", grouping, strings.Join(cat.Places.Groupings, ", ")))
}

type obligationsCmd struct {
	instants
	Grouping string   `default:"natural" help:"Grouping of places into regions: natural or study."`
	Kind     []string `help:"Only these kinds: law, target, right."`
	Status   []string `help:"Only these statuses: open, met, late, missed, void, unclear."`
	Duty     []string `help:"Only these duties."`
	Case     []string `help:"Only these cases."`
	Dept     []string `name:"department" help:"Only these departments."`
	Format   string   `enum:"table,csv,ndjson" default:"table" help:"table, csv or ndjson."`
}

// Run prints obligations, ordered by case, duty and instance.
func (c *obligationsCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		if err := checkGrouping(in.Catalogue, c.Grouping); err != nil {
			return err
		}
		out := bufio.NewWriterSize(streams.Out, 1<<16)
		if err := c.print(ctx, in, q, out); err != nil {
			return quietPipe(err)
		}
		return quietPipe(out.Flush())
	})
}

func (c *obligationsCmd) print(ctx context.Context, in *installation.Installation, q obligation.Query, w io.Writer) error {
	rows, err := newRowWriter(w, c.Format, obligation.Columns())
	if err != nil {
		return err
	}
	for o, err := range aggregator.Reader(in.Catalogue, in.Store).Obligations(ctx, q) {
		if err != nil {
			return err
		}
		if !c.wants(&o, q.AsOf) || !among(c.Dept, in.Catalogue.Places.Department(o.Place)) {
			continue
		}
		if err := rows.write(o.Record(in.Catalogue, c.Grouping, q.AsOf)); err != nil {
			return err
		}
	}
	return rows.end()
}

func (c *obligationsCmd) wants(o *obligation.Obligation, asOf time.Time) bool {
	return among(c.Kind, string(o.Kind)) && among(c.Duty, o.Duty) && among(c.Case, o.CaseID) &&
		among(c.Status, string(o.Status(asOf)))
}

// among reports whether a value is wanted: in the list, or the list is empty.
func among(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }

// quietPipe forgives a reader that has read enough, such as head.
func quietPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

func decimal(v float64) string { return fmt.Sprintf("%.6f", v) }

// withStore opens the store of the installation for one command.
func withStore(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return with(ctx, g, streams, func(o *installation.Options) { o.NeedStore = true }, use)
}

// with opens what a command needs, and closes it after.
func with(ctx context.Context, g *Globals, streams *Streams, need func(*installation.Options), use func(*installation.Installation) error) (err error) {
	opt, err := g.options(streams)
	if err != nil {
		return err
	}
	need(&opt)
	in, err := installation.Open(ctx, opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return use(in)
}
