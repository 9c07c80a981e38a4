package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/installation"
)

type warningsCmd struct {
	instants
	counting
	By      string        `enum:"department,region" default:"department" help:"Count by department or region."`
	Horizon time.Duration `default:"24h" help:"How far ahead."`
	Kind    []string      `default:"law" help:"Kinds that count: law, target."`
	Lang    string        `enum:"es,en" default:"es" help:"es or en."`
	Format  string        `enum:"table,json,csv,ndjson" default:"table" help:"table, json, csv or ndjson."`
}

// Run prints how many open obligations are expected to be missed.
func (c *warningsCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	if c.Horizon <= 0 {
		return invalid(fmt.Errorf("--horizon %s: expected a time ahead, such as 24h", c.Horizon))
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		reader, err := c.reader(in)
		if err != nil {
			return err
		}
		warnings, err := forecast.Warnings(ctx, reader, q, forecast.Request{
			Grouping: c.Grouping, ByRegion: c.By == "region", Horizon: c.Horizon, Options: c.options(c.Kind),
		})
		if err != nil {
			return err
		}
		return quietPipe(c.print(streams.Out, reader, warnings))
	})
}

func (c *warningsCmd) print(w io.Writer, reader *indicator.Reader, warnings []forecast.Warning) error {
	if c.Format == "json" {
		return printJSON(w, struct {
			LowConfidence string             `json:"low_confidence"`
			Warnings      []forecast.Warning `json:"warnings"`
		}{indicator.LowConfidence(reader.LeaveOutLow), warnings})
	}
	rows, err := newRowWriter(w, c.Format, []string{
		"place", "duty", "kind", "confidence", "open", "fall_due", "expected_missed", "low", "high", "unforeseen", "low_confidence", "sentence",
	})
	if err != nil {
		return err
	}
	cat := reader.Catalogue
	for i := range warnings {
		x := &warnings[i]
		low, high := "", ""
		if x.Expected != nil {
			low, high = fmt.Sprint(x.Low), fmt.Sprint(x.High)
		}
		cells := []string{
			c.place(cat, x.Place), x.Duty, string(x.Kind), x.Confidence, fmt.Sprint(x.Open), fmt.Sprint(x.FallDue), number(x.Expected), low, high,
			fmt.Sprint(x.Unforeseen), indicator.LowConfidence(reader.LeaveOutLow), c.sentence(cat, x),
		}
		if err := rows.write(cells); err != nil {
			return err
		}
	}
	return rows.end()
}

func (c *warningsCmd) place(cat *law.Catalogue, code string) string {
	if c.By == "region" {
		return cat.Word(code, c.Lang)
	}
	return cat.Places.Name(code)
}

func (c *warningsCmd) sentence(cat *law.Catalogue, x *forecast.Warning) string {
	hours := c.Horizon.Hours()
	if x.Expected == nil {
		return fmt.Sprintf(in(c.Lang,
			"%d abiertas en %s, %d vencen en %g h; no hay pasado comparable para prever cuántas se incumplirán",
			"%d open in %s, %d fall due in %g h; there is no comparable past to tell how many will be missed"),
			x.Open, c.place(cat, x.Place), x.FallDue, hours)
	}
	return fmt.Sprintf(in(c.Lang,
		"de %d abiertas en %s, se espera que %.0f (%d–%d) se incumplan en %g h",
		"of %d open in %s, %.0f (%d–%d) are expected to be missed in %g h"),
		x.Open, c.place(cat, x.Place), math.Round(*x.Expected), x.Low, x.High, hours)
}
