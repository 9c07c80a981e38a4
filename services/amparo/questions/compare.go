package questions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// CompareCmd groups what is compared.
type CompareCmd struct {
	Groups  compareGroupsCmd  `cmd:"" default:"withargs" help:"Two regions, departments, areas or spans of time."`
	Offices compareOfficesCmd `cmd:"" help:"Which offices lie outside what chance and the usual scatter allow (funnel)."`
	Months  compareMonthsCmd  `cmd:"" help:"Which months are signals (control chart), with changes of law marked."`
}

// comparing are the flags of all comparisons.
type comparing struct {
	command.Instants
	command.Counting
	command.Output
	Window string   `enum:"month,year,all" default:"year" help:"By due date: month (the last closed one), year (the last twelve months) or all."`
	Region string   `placeholder:"GROUP" help:"Only within this region, department or area."`
	Kind   []string `default:"law" help:"Kinds that count: law, target."`
	Margin float64  `default:"0.05" help:"Differences smaller than this share do not matter; decide before looking."`
}

func (c *comparing) request(reader *indicator.Reader, duties, implications []string) (comparison.Request, error) {
	req := comparison.Request{
		Grouping: c.Grouping, Window: indicator.Window(c.Window), Options: c.Options(c.Kind), Terms: comparison.DefaultTerms(),
	}
	req.Terms.Margin = c.Margin
	if err := req.Terms.Check(); err != nil {
		return req, command.Invalid(err)
	}
	cat := reader.Catalogue
	var errs [3]error
	c.Kind, errs[0] = command.Chosen("--kind", c.Kind, command.Kinds())
	duties, errs[1] = command.Chosen("--duty", duties, command.DutyChoices(cat))
	implications, errs[2] = command.Chosen("--implication", implications, command.ImplicationChoices(cat))
	err := errors.Join(errs[:]...)
	if err != nil {
		return req, err
	}
	req.Options = c.Options(c.Kind)
	if req.Duties, err = comparison.Duties(reader, req.Options, duties, implications); err != nil {
		return req, command.Invalid(err)
	}
	if len(req.Duties) == 0 {
		return req, command.Invalid(fmt.Errorf("%w (%s): see amparo law list, or add --kind target", comparison.ErrNoDuty, strings.Join(c.Kind, ", ")))
	}
	if c.Region != "" {
		within, err := c.group(cat, "--region", c.Region)
		if err != nil {
			return req, err
		}
		req.Within = &within
	}
	return req, nil
}

// group reads a group by any name that people have for it.
func (c *comparing) group(cat *law.Catalogue, flag, given string) (comparison.Group, error) {
	code, err := command.Group(cat, c.Grouping, flag, given)
	if err != nil {
		return comparison.Group{}, err
	}
	g, err := comparison.ParseGroup(cat, c.Grouping, code)
	if err != nil {
		return g, command.Invalid(err)
	}
	return g, nil
}

// answer opens what a comparison needs, asks, and gives what the answer rests on. A
// time that was not reported is not compared: what fell due in it reads as missed.
func (c *comparing) answer(ctx context.Context, g *command.Globals, streams *command.Streams, duties, implications []string,
	sides func(*law.Catalogue, *comparison.Request) error,
	ask func(*installation.Installation, *indicator.Reader, obligation.Query, comparison.Request, *command.Standing) error,
) error {
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		reader, st, err := c.Resting(ctx, in, q)
		if err != nil {
			return err
		}
		req, err := c.request(reader, duties, implications)
		if err != nil {
			return err
		}
		if err := sides(in.Catalogue, &req); err != nil {
			return err
		}
		st.Window, st.Grouping = c.Window, c.Grouping
		from, to := present.WindowSpan(in.Catalogue, q.AsOf, indicator.Window(c.Window))
		if covered := st.Reported.Cover(from, to); covered.Withheld() {
			said := st.Reported.Say(covered, in.Catalogue.Zone)
			return command.Invalid(errors.New(said.ES + " / " + said.EN))
		}
		return ask(in, reader, q, req, st)
	})
}

// withinRegion looks at one region alone, where one is given.
func withinRegion(_ *law.Catalogue, req *comparison.Request) error {
	if req.Within != nil {
		req.A = *req.Within
	}
	return nil
}

type compareGroupsCmd struct {
	comparing
	A           string   `arg:"" help:"Region, department:04, urban, rural, before:2023-03-23, after:2023-03-23 or period:2024-01..2024-06."`
	B           string   `arg:"" help:"The other side."`
	Duty        []string `help:"Only these duties; with one alone, times are compared as well."`
	Implication []string `help:"Only the duties of these implications, and the implications as a whole."`
}

// Run compares two groups on every duty asked for.
func (c *compareGroupsCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	sides := func(cat *law.Catalogue, req *comparison.Request) (err error) {
		req.Implications = len(c.Duty) == 0
		if req.A, err = c.group(cat, "A", c.A); err != nil {
			return err
		}
		req.B, err = c.group(cat, "B", c.B)
		return err
	}
	return c.answer(ctx, g, streams, c.Duty, c.Implication, sides, func(in *installation.Installation, reader *indicator.Reader,
		q obligation.Query, req comparison.Request, st *command.Standing,
	) error {
		report, err := comparison.Of(ctx, reader, q, req)
		if errors.Is(err, comparison.ErrOverlap) {
			return command.Invalid(err)
		}
		if err != nil {
			return err
		}
		return c.print(streams, in.Catalogue, st, report)
	})
}

func (c *compareGroupsCmd) print(streams *command.Streams, cat *law.Catalogue, st *command.Standing, report *comparison.Report) error {
	from, to := present.WindowSpan(cat, st.AsOf, indicator.Window(c.Window))
	switch c.Format {
	case present.JSON:
		return c.To(streams, func(w io.Writer) error { return present.Document(w, st.Stamp, c.Lang, inWords(cat, report, c.Lang)) })
	case present.Table:
		return c.To(streams, func(w io.Writer) error {
			return printReport(w, cat, st, report, st.Warn(cat.Zone, from, to), c.Lang)
		})
	}
	return c.Rows(streams, cat.Zone, st.Stamp, comparisonColumns(), func(p *present.Printer) error {
		if err := st.Notes(p, cat.Zone, from, to); err != nil {
			return err
		}
		for i := range report.Comparisons {
			if err := p.Row(comparisonCells(cat, report, &report.Comparisons[i])...); err != nil {
				return err
			}
		}
		return nil
	})
}

type compareOfficesCmd struct {
	comparing
	Duty string `required:"" help:"The duty."`
	All  bool   `help:"In the table, list offices with too few cases as well."`
}

// Run prints the funnel of the offices that bear a duty.
func (c *compareOfficesCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return c.answer(ctx, g, streams, []string{c.Duty}, nil, withinRegion, func(in *installation.Installation, reader *indicator.Reader,
		q obligation.Query, req comparison.Request, st *command.Standing,
	) error {
		report, err := comparison.Offices(ctx, reader, q, req)
		if err != nil {
			return err
		}
		return c.print(streams, in.Catalogue, st, report)
	})
}

func (c *compareOfficesCmd) print(streams *command.Streams, cat *law.Catalogue, st *command.Standing, report *comparison.OfficeReport) error {
	columns := officeColumns()
	found := findings(report)
	return c.Rows(streams, cat.Zone, st.Stamp, columns, func(p *present.Printer) error {
		from, to := present.WindowSpan(cat, st.AsOf, indicator.Window(c.Window))
		if err := errors.Join(p.Note(found.sentence()), st.Notes(p, cat.Zone, from, to)); err != nil {
			return err
		}
		for _, o := range found.order {
			if c.Format == present.Table && !c.All && o.Where == comparison.TooSmall {
				continue // The sentence counts them.
			}
			if err := p.Row(officeCells(cat, o)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func officeCells(cat *law.Catalogue, o *comparison.OfficeShare) []present.Cell {
	limits, side := [4]present.Cell{}, present.None
	if o.Limits != nil {
		for i, limit := range []float64{o.Limits.Low95, o.Limits.High95, o.Limits.Low998, o.Limits.High998} {
			limits[i] = present.Share(limit, o.Due())
		}
		code := map[bool]string{true: "above", false: "below"}[o.Above]
		side = present.Coded(code, present.Word("side", code))
	}
	return []present.Cell{
		present.Text(o.Office), placeCell(cat, o.Region), present.Coded(string(o.Kind), present.Word("kind", string(o.Kind))),
		present.Coded(o.Confidence, present.Word("confidence", o.Confidence)), present.Int(o.Met), present.Int(o.Due()), rateCell(o.Rate, o.Due()),
		limits[0], limits[1], limits[2], limits[3], present.Coded(string(o.Where), present.Word("position", string(o.Where))), side,
	}
}

func rateCell(b *comparison.Bounds, n int64) present.Cell {
	if b == nil {
		return present.None
	}
	return present.Share(b.Estimate, n)
}

type compareMonthsCmd struct {
	comparing
	Duty string `required:"" help:"The duty."`
}

// Run prints the control chart of the months of a duty.
func (c *compareMonthsCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return c.answer(ctx, g, streams, []string{c.Duty}, nil, withinRegion, func(in *installation.Installation, reader *indicator.Reader,
		q obligation.Query, req comparison.Request, st *command.Standing,
	) error {
		report, err := comparison.Months(ctx, reader, q, req)
		if errors.Is(err, comparison.ErrMonths) {
			return command.Invalid(err)
		}
		if err != nil {
			return err
		}
		return c.print(streams, in.Catalogue, st, report)
	})
}

func (c *compareMonthsCmd) print(streams *command.Streams, cat *law.Catalogue, st *command.Standing, report *comparison.MonthReport) error {
	columns := monthColumns()
	return c.Rows(streams, cat.Zone, st.Stamp, columns, func(p *present.Printer) error {
		from, to := present.WindowSpan(cat, st.AsOf, indicator.Window(c.Window))
		if err := errors.Join(p.Note(monthsSentence(report)), st.Notes(p, cat.Zone, from, to)); err != nil {
			return err
		}
		for _, m := range report.Months {
			var signals []present.Cell
			for _, s := range m.Signals {
				signals = append(signals, present.Coded(string(s), present.Word("signal", string(s))))
			}
			if err := p.Row(present.Text(m.Month), present.Coded(string(m.Kind), present.Word("kind", string(m.Kind))),
				present.Coded(m.Confidence, present.Word("confidence", m.Confidence)), present.Int(m.Met), present.Int(m.Due()), rateCell(m.Rate, m.Due()),
				limitCell(report.Mean), limitCell(report.Low), limitCell(report.High), present.List(signals...), present.Texts(m.Changes)); err != nil {
				return err
			}
		}
		return nil
	})
}

func limitCell(v *float64) present.Cell {
	if v == nil {
		return present.None
	}
	return present.Real(*v, "share")
}

func officeColumns() []present.Column {
	return []present.Column{
		present.Col("office", "oficina", "office"), present.Col("region", "región", "region"), present.Col("kind", "clase", "kind"),
		present.Col("confidence", "confianza", "confidence"), present.Col("on_time", "en plazo", "in time"), present.Col("due", "vencidas", "due"),
		present.Col("share", "tasa", "rate"), present.Col("low95", "límite 95% inferior", "lower 95% limit"),
		present.Col("high95", "límite 95% superior", "upper 95% limit"), present.Col("low998", "límite 99.8% inferior", "lower 99.8% limit"),
		present.Col("high998", "límite 99.8% superior", "upper 99.8% limit"), present.Col("position", "posición", "position"),
		present.Col("side", "lado", "side"),
	}
}

func monthColumns() []present.Column {
	return []present.Column{
		present.Col("month", "mes", "month"), present.Col("kind", "clase", "kind"), present.Col("confidence", "confianza", "confidence"),
		present.Col("on_time", "en plazo", "in time"), present.Col("due", "vencidas", "due"), present.Col("share", "tasa", "rate"),
		present.Col("mean", "media", "mean"), present.Col("low", "límite inferior", "lower limit"), present.Col("high", "límite superior", "upper limit"),
		present.Col("signals", "señales", "signals"), present.Col("new_regimes", "regímenes nuevos", "new regimes"),
	}
}
