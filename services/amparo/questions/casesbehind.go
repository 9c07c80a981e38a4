package questions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/present"
)

// behind prints what is behind one number: the cases, units or places that add up to
// it.
func (p *indicatorPrinter) behind(ctx context.Context, reader *indicator.Reader, q obligation.Query, chosen []*law.Indicator) error {
	region := indicator.Nation
	if len(p.Region) == 1 {
		region = p.Region[0]
	}
	req := indicator.Request{Indicators: chosen, Grouping: p.Grouping}
	pieces, err := reader.Behind(ctx, q, req, region, indicator.Window(p.Window))
	if errors.Is(err, indicator.ErrNoCases) {
		return command.Invalid(err)
	}
	if err != nil {
		return err
	}
	return p.print(pieceColumns(), func(out *present.Printer) error {
		for i := range pieces {
			if err := out.Row(p.pieceCells(&pieces[i])...); err != nil {
				return err
			}
		}
		return nil
	})
}

func pieceColumns() []present.Column {
	return []present.Column{
		present.Col("case_id", "caso", "case"), present.Col("duty", "deber", "duty"), present.Col("instance", "instancia", "instance"),
		present.Col("institution", "institución", "institution"), present.Col("since", "desde", "since"), present.Col("due", "vence", "due"),
		present.Col("done", "cumplido", "done"), present.Col("status", "estado", "status"), present.Col("group", "grupo", "group"),
		present.Col("numerator", "numerador", "numerator"), present.Col("denominator", "denominador", "denominator"),
		present.Col("n", "n", "n"), present.Col("left_out", "aparte", "left out"),
	}
}

func (p *indicatorPrinter) pieceCells(piece *indicator.Piece) []present.Cell {
	instant := func(text string) present.Cell {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return present.None
		}
		return present.At(t)
	}
	status := present.None
	if piece.Status != "" {
		status = present.Coded(string(piece.Status), present.Word("status", string(piece.Status)))
	}
	return []present.Cell{
		present.Text(piece.CaseID), present.Text(piece.Duty), present.Text(piece.Instance), present.Text(piece.Unit),
		instant(piece.Since), instant(piece.Due), instant(piece.Done), status, pieceGroup(piece.Group),
		amountCell(piece.Numerator), amountCell(piece.Denominator), present.Int(piece.N), present.Int(piece.LeftOut),
	}
}

// pieceGroup says where a piece lies in a difference, or how a wait ended.
func pieceGroup(group string) present.Cell {
	words := map[string]law.Text{
		"group": present.Say("grupo", "group"), "against": present.Say("los demás", "the others"),
		"waiting": present.Say("espera", "waits"), "reached": present.Say("llegó", "reached"), "ended-otherwise": present.Say("terminó de otro modo", "ended otherwise"),
	}
	if word, ok := words[group]; ok {
		return present.Coded(group, word)
	}
	return present.None
}

// openable refuses to open more than one number at a time.
func (c *IndicatorsCmd) openable() error {
	switch {
	case !c.Cases:
		return nil
	case len(c.Indicator) != 1 || len(c.Region) > 1 || len(c.Dept) > 1:
		return command.Invalid(errors.New("--cases opens one number: give one --indicator, and at most one --region or --department"))
	case c.Duties || c.Causes || c.Observations:
		return command.Invalid(fmt.Errorf("--cases opens indicators; for the obligations of a duty see amparo obligations --duty"))
	}
	return nil
}
