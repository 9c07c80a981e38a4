package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/services/installation"
)

// compareCmd groups what is compared.
type compareCmd struct {
	Groups  compareGroupsCmd  `cmd:"" default:"withargs" help:"Two regions, departments, areas or spans of time."`
	Offices compareOfficesCmd `cmd:"" help:"Which offices lie outside what chance and the usual scatter allow (funnel)."`
	Months  compareMonthsCmd  `cmd:"" help:"Which months are signals (control chart), with changes of law marked."`
}

// comparing are the flags of all comparisons.
type comparing struct {
	instants
	counting
	Window string   `enum:"month,year,all" default:"year" help:"By due date: month (the last closed one), year (the last twelve months) or all."`
	Region string   `placeholder:"GROUP" help:"Only within this region, department or area."`
	Kind   []string `default:"law" help:"Kinds that count: law, target."`
	Margin float64  `default:"0.05" help:"Differences smaller than this share do not matter; decide before looking."`
	Lang   string   `enum:"es,en" default:"es" help:"es or en."`
}

// request reads the flags.
func (c *comparing) request(reader *indicator.Reader, duties, implications []string) (comparison.Request, error) {
	req := comparison.Request{
		Grouping: c.Grouping, Window: indicator.Window(c.Window), Options: c.options(c.Kind), Terms: comparison.DefaultTerms(),
	}
	req.Terms.Margin = c.Margin
	if err := req.Terms.Check(); err != nil {
		return req, invalid(err)
	}
	var err error
	if req.Duties, err = comparison.Duties(reader, req.Options, duties, implications); err != nil {
		return req, invalid(err)
	}
	if len(req.Duties) == 0 {
		return req, invalid(fmt.Errorf("%w (%s): see amparo law list, or add --kind target", comparison.ErrNoDuty, strings.Join(c.Kind, ", ")))
	}
	if c.Region != "" {
		within, err := comparison.ParseGroup(reader.Catalogue, c.Grouping, c.Region)
		if err != nil {
			return req, invalid(err)
		}
		req.Within = &within
	}
	return req, nil
}

type compareGroupsCmd struct {
	comparing
	A           string   `arg:"" help:"Region, department:04, urban, rural, before:2023-03-23, after:2023-03-23 or period:2024-01..2024-06."`
	B           string   `arg:"" help:"The other side."`
	Duty        []string `help:"Only these duties; with one alone, times are compared as well."`
	Implication []string `help:"Only the duties of these implications, and the implications as a whole."`
	Format      string   `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Run compares two groups on every duty asked for.
func (c *compareGroupsCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		reader, err := c.reader(in)
		if err != nil {
			return err
		}
		req, err := c.request(reader, c.Duty, c.Implication)
		if err != nil {
			return err
		}
		req.Implications = len(c.Duty) == 0
		if req.A, err = comparison.ParseGroup(in.Catalogue, c.Grouping, c.A); err != nil {
			return invalid(err)
		}
		if req.B, err = comparison.ParseGroup(in.Catalogue, c.Grouping, c.B); err != nil {
			return invalid(err)
		}
		report, err := comparison.Of(ctx, reader, q, req)
		if errors.Is(err, comparison.ErrOverlap) {
			return invalid(err)
		}
		if err != nil {
			return err
		}
		return quietPipe(c.print(streams.Out, report))
	})
}

func (c *compareGroupsCmd) print(w io.Writer, report *comparison.Report) error {
	if c.Format == "json" {
		return printJSON(w, report)
	}
	if c.Format == "table" {
		return printReport(w, report, c.Lang)
	}
	rows, err := newRowWriter(w, c.Format, []string{
		"topic", "kind", "confidence", "a", "b", "on_time_a", "due_a", "share_a", "not_due_a", "unclear_a", "void_a",
		"on_time_b", "due_b", "share_b", "not_due_b", "unclear_b", "void_b",
		"crude", "crude_low", "crude_high", "difference", "low", "high", "family_low", "family_high",
		"margin", "family", "offices", "phi", "verdict", "reason", "more_needed", "sentence", "window", "as_of", "catalogue", "low_confidence",
	})
	if err != nil {
		return err
	}
	for i := range report.Comparisons {
		if err := rows.write(comparisonRecord(report, &report.Comparisons[i], c.Lang)); err != nil {
			return err
		}
	}
	return rows.end()
}

type compareOfficesCmd struct {
	comparing
	Duty   string `required:"" help:"The duty."`
	Format string `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Run prints the funnel of the offices that bear a duty.
func (c *compareOfficesCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		reader, err := c.reader(in)
		if err != nil {
			return err
		}
		req, err := c.request(reader, []string{c.Duty}, nil)
		if err != nil {
			return err
		}
		if req.Within != nil {
			req.A = *req.Within
		}
		report, err := comparison.Offices(ctx, reader, q, req)
		if err != nil {
			return err
		}
		return quietPipe(c.print(streams.Out, report, q))
	})
}

func (c *compareOfficesCmd) print(w io.Writer, report *comparison.OfficeReport, q obligation.Query) error {
	if c.Format == "json" {
		return printJSON(w, report)
	}
	rows, err := newRowWriter(w, c.Format, []string{
		"office", "region", "kind", "confidence", "on_time", "due", "share", "low95", "high95", "low998", "high998", "position", "side",
		"as_of", "low_confidence",
	})
	if err != nil {
		return err
	}
	for _, o := range report.Offices {
		limits, side := make([]string, 4), ""
		if o.Limits != nil {
			limits = []string{decimal(o.Limits.Low95), decimal(o.Limits.High95), decimal(o.Limits.Low998), decimal(o.Limits.High998)}
			side = map[bool]string{true: "above", false: "below"}[o.Above]
		}
		if err := rows.write([]string{
			o.Office, o.Region, string(o.Kind), o.Confidence, fmt.Sprint(o.Met), fmt.Sprint(o.Due()), estimateOf(o.Rate), limits[0], limits[1], limits[2], limits[3],
			string(o.Where), side, instant(q.AsOf), report.LowConfidence,
		}); err != nil {
			return err
		}
	}
	return rows.end()
}

type compareMonthsCmd struct {
	comparing
	Duty   string `required:"" help:"The duty."`
	Format string `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Run prints the control chart of the months of a duty.
func (c *compareMonthsCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		reader, err := c.reader(in)
		if err != nil {
			return err
		}
		req, err := c.request(reader, []string{c.Duty}, nil)
		if err != nil {
			return err
		}
		if req.Within != nil {
			req.A = *req.Within
		}
		report, err := comparison.Months(ctx, reader, q, req)
		if errors.Is(err, comparison.ErrMonths) {
			return invalid(err)
		}
		if err != nil {
			return err
		}
		return quietPipe(c.print(streams.Out, report))
	})
}

func (c *compareMonthsCmd) print(w io.Writer, report *comparison.MonthReport) error {
	if c.Format == "json" {
		return printJSON(w, report)
	}
	rows, err := newRowWriter(w, c.Format, []string{
		"month", "kind", "confidence", "on_time", "due", "share", "mean", "low", "high", "signals", "new_regimes", "low_confidence",
	})
	if err != nil {
		return err
	}
	for _, m := range report.Months {
		signals := make([]string, len(m.Signals))
		for i, s := range m.Signals {
			signals[i] = string(s)
		}
		if err := rows.write([]string{
			m.Month, string(m.Kind), m.Confidence, fmt.Sprint(m.Met), fmt.Sprint(m.Due()), estimateOf(m.Rate), number(report.Mean), number(report.Low), number(report.High),
			strings.Join(signals, " "), strings.Join(m.Changes, " "), report.LowConfidence,
		}); err != nil {
			return err
		}
	}
	return rows.end()
}
