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

type lawListCmd struct {
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
	Format string `enum:"${formats}" default:"table" help:"${formats_in_words}."`
}

// Run lists every regime of every duty.
func (c *lawListCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	rows, err := command.NewRowWriter(streams.Out, c.Format, []string{
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
			if err := rows.Write([]string{
				d.ID, r.ID, string(r.Kind), r.Confidence, d.Implication, limitOf(cat, d, r, c.Lang), r.From.String(), to,
				r.Citation, d.Title.In(c.Lang),
			}); err != nil {
				return err
			}
		}
	}
	return rows.End()
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
