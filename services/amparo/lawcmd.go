package main

import (
	"fmt"
	"strings"

	"amparo/schemas/law"
	"amparo/services/installation"
)

type lawCmd struct {
	List  lawListCmd  `cmd:"" help:"All duties and their regimes."`
	Show  lawShowCmd  `cmd:"" help:"One duty: its articles, regimes, limits and examples."`
	Check lawCheckCmd `cmd:"" help:"Check the catalogue and work every example."`

	Diff     lawDiffCmd     `cmd:"" help:"What changes from one catalogue to another."`
	WhatIf   lawWhatIfCmd   `cmd:"" name:"what-if" help:"Judge the recorded history under another catalogue, or under the law of a date."`
	Changes  lawChangesCmd  `cmd:"" help:"The dates on which regimes begin and end."`
	Coverage lawCoverageCmd `cmd:"" help:"What measures each article that the study names, as Markdown."`
}

type lawListCmd struct {
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
	Format string `enum:"table,csv,ndjson" default:"table" help:"table, csv or ndjson."`
}

// Run lists every regime of every duty.
func (c *lawListCmd) Run(g *Globals, streams *Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	rows, err := newRowWriter(streams.Out, c.Format, []string{
		"duty", "regime", "kind", "confidence", "implication", "limit", "from", "to", "citation", "title",
	})
	if err != nil {
		return err
	}
	for _, d := range cat.Duties {
		for _, r := range d.Regimes {
			to := ""
			if r.Ends {
				to = r.To.String()
			}
			if err := rows.write([]string{
				d.ID, r.ID, string(r.Kind), r.Confidence, d.Implication, limitOf(cat, d, r, c.Lang), r.From.String(), to,
				r.Citation, d.Title.In(c.Lang),
			}); err != nil {
				return err
			}
		}
	}
	return rows.end()
}

func limitOf(cat *law.Catalogue, d *law.Duty, r *law.Regime, lang string) string {
	if d.Every != "" {
		if lang == "en" {
			return fmt.Sprintf("every %s, due one %s after its end", d.Every, d.Every)
		}
		periods := map[law.Period]string{law.Monthly: "mes", law.Quarterly: "trimestre", law.HalfYearly: "semestre", law.Yearly: "año"}
		return fmt.Sprintf("cada %s, vence un %s después de su fin", periods[d.Every], periods[d.Every])
	}
	return cat.Describe(&r.Limit, lang)
}

type lawShowCmd struct {
	Duty string `arg:"" help:"Id of the duty."`
	Lang string `enum:"es,en" default:"es" help:"es or en."`
}

// Run shows one duty as a lawyer reads it.
func (c *lawShowCmd) Run(g *Globals, streams *Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	d, ok := cat.Duty(c.Duty)
	if !ok {
		return invalid(fmt.Errorf("no duty %q: see amparo law list", c.Duty))
	}
	e := explainer{w: streams.Out, cat: cat, lang: c.Lang}
	e.printf("%s\n%s · %s %s\n", d.Title.In(c.Lang), d.ID, e.say("implicancia", "implication"), d.Implication)
	if note := d.Note.In(c.Lang); note != "" {
		e.printf("%s\n", note)
	}
	e.printf("\n%s: %s\n", e.say("Obligado", "Bearer"), strings.Join(d.Bearer, ", "))
	e.printf("%s: %s\n", e.say("Empieza con", "Starts on"), patternText(&d.StartsOn, e))
	e.printf("%s: %s\n", e.say("Se cumple con", "Fulfilled by"), patternText(&d.FulfilledBy, e))
	for _, r := range d.Regimes {
		e.printf("\n  %s\n    %s\n    %s: %s · %s · %s %s\n    %s\n", r.ID, r.Citation, e.say("plazo", "limit"),
			limitOf(cat, d, r, c.Lang), r.Kind.Title().In(c.Lang), e.say("confianza", "confidence"), e.confidence(r.Confidence), e.inForce(r))
		for _, w := range r.When {
			e.printf("    %s %s: %s\n", e.say("si", "when"), w.Fact, strings.Join(w.Values, ", "))
		}
		if len(r.Overrides) > 0 {
			e.printf("    %s: %s\n", e.say("prevalece sobre", "overrides"), strings.Join(r.Overrides, ", "))
		}
	}
	e.printf("\n%s: %d (%s)\n", e.say("Ejemplos comprobados", "Examples checked"), len(d.Examples), d.File)
	return nil
}

// patternText says which events a pattern means.
func patternText(p *law.Pattern, e explainer) string {
	var parts []string
	for _, m := range p.Matches {
		text := m.Type
		for _, f := range m.Fields {
			text += " " + f.Name + "=" + strings.Join(f.Values, "|")
		}
		parts = append(parts, text)
	}
	if p.All {
		return strings.Join(parts, e.say(" y ", " and "))
	}
	return strings.Join(parts, e.say(" o ", " or "))
}

type lawCheckCmd struct{}

// Run checks the catalogue. Loading it works every example.
func (lawCheckCmd) Run(g *Globals, streams *Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	regimes, examples := 0, 0
	for _, d := range cat.Duties {
		regimes, examples = regimes+len(d.Regimes), examples+len(d.Examples)
	}
	fmt.Fprintf(streams.Out, "%s: %d event types, %d duties, %d regimes, %d examples: all in order\n",
		cat.Label(), len(cat.Events.Names()), len(cat.Duties), regimes, examples)
	return nil
}
