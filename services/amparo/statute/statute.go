// Package statute are the commands about the law as data: what a catalogue holds, what
// it means, what another would change.
package statute

import (
	"fmt"
	"os"
	"path/filepath"

	"amparo/schemas/law"
	"amparo/schemas/law/load"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// Cmd are the commands under amparo law.
type Cmd struct {
	List  lawListCmd  `cmd:"" help:"All duties and their regimes."`
	Show  lawShowCmd  `cmd:"" help:"One duty, indicator, implication or cause: what it says, counts and rests on."`
	Check lawCheckCmd `cmd:"" help:"Check the catalogue and work every example."`

	Indicators lawIndicatorsCmd `cmd:"" help:"The definitions of all indicators."`

	Diff     lawDiffCmd     `cmd:"" help:"What changes from one catalogue to another."`
	WhatIf   lawWhatIfCmd   `cmd:"" name:"what-if" help:"Judge the recorded history under another catalogue, or under the law of a date."`
	Changes  lawChangesCmd  `cmd:"" help:"The dates on which regimes begin and end."`
	Schemas  lawSchemasCmd  `cmd:"" help:"Write the JSON Schemas of a catalogue's files, with which an editor completes and checks them."`
	Coverage lawCoverageCmd `cmd:"" help:"What measures each article that the study names, as Markdown."`
}

type lawListCmd struct{ command.Output }

// Run lists every regime of every duty.
func (c *lawListCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	return c.Rows(streams, cat.Zone, stampOf(cat), listColumns(), func(p *present.Printer) error {
		for _, d := range cat.Duties {
			for _, r := range d.Regimes {
				to := present.None
				if r.Ends {
					to = present.OnDay(r.To.Start(cat.Zone))
				}
				limit := present.Say(limitOf(cat, d, r, present.Spanish), limitOf(cat, d, r, present.English))
				if err := p.Row(present.Text(d.ID), present.Text(r.ID), kindCell(r.Kind), confidenceCell(r.Confidence), present.Text(d.Implication),
					present.Words(limit), present.OnDay(r.From.Start(cat.Zone)), to, present.Text(r.Citation), present.Words(d.Title)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// stampOf is what stands beside what a catalogue says by itself.
func stampOf(cat *law.Catalogue) present.Stamp { return present.Stamp{Catalogue: cat.Label()} }

func kindCell(kind law.Kind) present.Cell {
	return present.Coded(string(kind), present.Word("kind", string(kind)))
}

func confidenceCell(confidence string) present.Cell {
	return present.Coded(confidence, present.Word("confidence", confidence))
}

var (
	dutyColumn       = present.Col("duty", "deber", "duty")
	regimeColumn     = present.Col("regime", "régimen", "regime")
	kindColumn       = present.Col("kind", "clase", "kind")
	confidenceColumn = present.Col("confidence", "confianza", "confidence")
	citationColumn   = present.Col("citation", "norma", "citation")
)

func listColumns() []present.Column {
	return []present.Column{
		dutyColumn, regimeColumn, kindColumn, confidenceColumn, present.Col("implication", "implicancia", "implication"),
		present.Col("limit", "plazo", "limit"), present.Col("from", "desde", "from"), present.Col("to", "hasta", "to"), citationColumn,
		present.Col("title", "título", "title"),
	}
}

func limitOf(cat *law.Catalogue, d *law.Duty, r *law.Regime, lang string) string {
	if d.Every != "" && r.Limit == (law.Limit{}) {
		if lang == "en" {
			return fmt.Sprintf("every %s, due one %s after its end", d.Every, d.Every)
		}
		periods := map[law.Period]string{law.Monthly: "mes", law.Quarterly: "trimestre", law.HalfYearly: "semestre", law.Yearly: "año"}
		return fmt.Sprintf("cada %s, vence un %s después de su fin", periods[d.Every], periods[d.Every])
	}
	return cat.Describe(&r.Limit, lang)
}

type lawCheckCmd struct{}

// Run checks the catalogue. Loading it works every example. What it leaves
// unjudged is listed: only a reader of the law can tell whether the law does.
func (lawCheckCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, unjudged, err := installation.CheckCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	regimes, examples := 0, 0
	for _, d := range cat.Duties {
		regimes, examples = regimes+len(d.Regimes), examples+len(d.Examples)
	}
	for _, u := range unjudged {
		fmt.Fprintf(streams.Out, "warning: %s\n", u)
	}
	if len(unjudged) > 0 {
		fmt.Fprintf(streams.Out, "%d warnings: see that the law leaves these people out as well\n", len(unjudged))
	}
	fmt.Fprintf(streams.Out, "%s: %d event types, %d duties, %d regimes, %d examples: all in order\n",
		cat.Label(), len(cat.Events.Names()), len(cat.Duties), regimes, examples)
	return nil
}

type lawSchemasCmd struct {
	Dir string `arg:"" help:"Folder to write them to."`
}

// Run writes the forms of a catalogue's files.
func (c *lawSchemasCmd) Run(streams *command.Streams) error {
	if err := os.CopyFS(c.Dir, load.Forms()); err != nil {
		return fmt.Errorf("write the schemas to %s: %w", c.Dir, err)
	}
	fmt.Fprintf(streams.Out, "written to %s; the first line of a duty's file can name its own: # yaml-language-server: $schema=%s\n", c.Dir, filepath.Join(c.Dir, "duty.json"))
	return nil
}
