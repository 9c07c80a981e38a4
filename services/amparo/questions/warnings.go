package questions

import (
	"context"
	"fmt"
	"math"
	"time"

	"amparo/pipeline/forecast"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// WarningsCmd is amparo warnings.
type WarningsCmd struct {
	command.Instants
	command.Counting
	command.Output
	By      string       `enum:"department,region" default:"department" help:"Count by department or region."`
	Dept    []string     `name:"department" help:"Only these departments, by code or name."`
	Duty    []string     `help:"Only these duties."`
	Horizon command.Span `default:"24h" placeholder:"TIME" help:"How far ahead: 24h, 7d, 2w."`
	Kind    []string     `default:"law" help:"Kinds that count: law, target."`
}

// Run prints how many open obligations are expected to be missed.
func (c *WarningsCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if c.Horizon <= 0 {
		return command.Invalid(fmt.Errorf("--horizon %s: expected a time ahead, such as 24h or 7d", time.Duration(c.Horizon)))
	}
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		wanted, err := c.filter(in.Catalogue)
		if err != nil {
			return err
		}
		reader, st, err := c.Resting(ctx, in, q)
		if err != nil {
			return err
		}
		warnings, err := forecast.Warnings(ctx, reader, q, forecast.Request{
			Grouping: c.Grouping, ByRegion: c.By == "region", Horizon: time.Duration(c.Horizon), Options: c.Options(c.Kind),
		})
		if err != nil {
			return err
		}
		return c.Rows(streams, in.Catalogue.Zone, st.Stamp, warningColumns(), func(p *present.Printer) error {
			if err := st.Notes(p, in.Catalogue.Zone, time.Time{}, q.AsOf); err != nil {
				return err
			}
			for i := range warnings {
				if x := &warnings[i]; wanted(x) {
					if err := p.Row(c.cells(in.Catalogue, st, x)...); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

func (c *WarningsCmd) filter(cat *law.Catalogue) (func(*forecast.Warning) bool, error) {
	if len(c.Dept) > 0 && c.By == "region" {
		return nil, command.Invalid(fmt.Errorf("--department picks departments: it goes with --by department"))
	}
	departments, err := command.Chosen("--department", c.Dept, command.DepartmentChoices(cat))
	if err != nil {
		return nil, err
	}
	duties, err := command.Chosen("--duty", c.Duty, command.DutyChoices(cat))
	if err != nil {
		return nil, err
	}
	if c.Kind, err = command.Chosen("--kind", c.Kind, command.Kinds()); err != nil {
		return nil, err
	}
	return func(x *forecast.Warning) bool {
		return command.Among(departments, x.Place) && command.Among(duties, x.Duty)
	}, nil
}

func warningColumns() []present.Column {
	return []present.Column{
		present.Col("place", "lugar", "place"), present.Col("duty", "deber", "duty"), present.Col("kind", "clase", "kind"),
		present.Col("confidence", "confianza", "confidence"), present.Col("open", "abiertas", "open"),
		present.Col("fall_due", "vencen", "fall due"), present.Col("expected_missed", "se espera que se incumplan", "expected to be missed"),
		present.Col("low", "de", "from"), present.Col("high", "a", "to"), present.Col("unforeseen", "sin pasado comparable", "no comparable past"),
		present.Col("reason", "sin previsión porque", "no forecast because"),
		present.Col("reported_until", "informado hasta", "reported until"), present.Col("sentence", "en palabras", "in words"),
	}
}

func (c *WarningsCmd) cells(cat *law.Catalogue, st *command.Standing, x *forecast.Warning) []present.Cell {
	expected, low, high, reason := present.None, present.None, present.None, present.None
	reported := st.Sources.In(c.Grouping, x.Place)
	covered := reported.Now(st.AsOf)
	switch {
	case covered.Withheld():
		reason = present.Coded(string(covered), covered.Text())
	case x.Expected != nil:
		expected, low, high = present.Real(*x.Expected, "expected"), present.Int(x.Low), present.Int(x.High)
	}
	return []present.Cell{
		placeCell(cat, x.Place), present.Text(x.Duty), present.Coded(string(x.Kind), present.Word("kind", string(x.Kind))),
		present.Coded(x.Confidence, present.Word("confidence", x.Confidence)), present.Int(x.Open), present.Int(x.FallDue),
		expected, low, high, present.Int(x.Unforeseen), reason, present.At(reported.Until),
		present.Words(law.Text{ES: c.sentence(cat, x, covered, present.Spanish), EN: c.sentence(cat, x, covered, present.English)}),
	}
}

func (c *WarningsCmd) sentence(cat *law.Catalogue, x *forecast.Warning, covered present.Coverage, lang string) string {
	n, unit := c.Horizon.Words()
	ahead, place := present.Threshold(n, unit, 0, lang), present.Place(cat, x.Place).In(lang)
	if covered.Withheld() {
		return fmt.Sprintf(in(lang,
			"%s figuran abiertas en %s, pero sus fuentes no informan: no se sabe cuántas se hicieron",
			"%s count as open in %s, but its sources do not report: nobody knows how many were done"),
			present.Count(x.Open), place)
	}
	if x.Expected == nil {
		return fmt.Sprintf(in(lang,
			"%s abiertas en %s, %s vencen en %s; no hay pasado comparable para prever cuántas se incumplirán",
			"%s open in %s, %s fall due in %s; there is no comparable past to tell how many will be missed"),
			present.Count(x.Open), place, present.Count(x.FallDue), ahead)
	}
	return fmt.Sprintf(in(lang,
		"de %s abiertas en %s, se espera que %s (%s) se incumplan en %s",
		"of %s open in %s, %s (%s) are expected to be missed in %s"),
		present.Count(x.Open), place, present.Count(int64(math.Round(*x.Expected))),
		present.Range(present.Count(x.Low), present.Count(x.High), lang), ahead)
}
