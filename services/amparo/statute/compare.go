package statute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// shippedCatalogue names the catalogue inside the program where a folder is
// asked for.
const shippedCatalogue = "shipped"

func loadNamed(name string) (*law.Catalogue, error) {
	if name == shippedCatalogue {
		name = ""
	}
	cat, err := installation.LoadCatalogue(name)
	if err != nil {
		return nil, command.Invalid(err)
	}
	return cat, nil
}

type lawDiffCmd struct {
	A      string `arg:"" help:"Folder of a catalogue, or shipped."`
	B      string `arg:"" help:"Folder of another, or shipped."`
	Format string `enum:"${formats}" default:"table" help:"${formats_in_words}."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
}

// Run prints what changes from one catalogue to another.
func (c *lawDiffCmd) Run(streams *command.Streams) error {
	a, err := loadNamed(c.A)
	if err != nil {
		return err
	}
	b, err := loadNamed(c.B)
	if err != nil {
		return err
	}
	rows, err := command.NewRowWriter(streams.Out, c.Format, []string{"duty", "regime", "what", "part", "before", "after"})
	if err != nil {
		return err
	}
	for _, d := range diff.Of(a, b, c.Lang) {
		if err := rows.Write([]string{d.Duty, d.Regime, d.What, d.Part, d.Before, d.After}); err != nil {
			return err
		}
	}
	return rows.End()
}

type lawChangesCmd struct {
	Duty   []string `help:"Only these duties."`
	Format string   `enum:"${formats}" default:"table" help:"${formats_in_words}."`
}

// Run prints the dates on which regimes begin and end.
func (c *lawChangesCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	rows, err := command.NewRowWriter(streams.Out, c.Format, []string{"date", "change", "duty", "regime", "kind", "citation"})
	if err != nil {
		return err
	}
	for _, turn := range diff.Turns(cat) {
		if !command.Among(c.Duty, turn.Duty.ID) {
			continue
		}
		if err := rows.Write([]string{turn.On.String(), turn.Change(), turn.Duty.ID, turn.Regime.ID, string(turn.Regime.Kind), turn.Regime.Citation}); err != nil {
			return err
		}
	}
	return rows.End()
}

type lawWhatIfCmd struct {
	command.Instants
	command.Counting
	CatalogueB string `placeholder:"DIR" help:"Judge history under this catalogue as well."`
	Days       string `enum:",business,calendar" default:"" placeholder:"READING" help:"Judge history with plain days read as business or as calendar days."`
	UnderDate  string `placeholder:"DATE" help:"Judge history as if the regimes in force on this date had always been."`
	From       string `placeholder:"DATE" help:"Only cases that began on this date or later."`
	To         string `placeholder:"DATE" help:"Only cases that began before this date."`
	All        bool   `help:"Print the duties that do not change as well."`
	Format     string `enum:"${formats}" default:"table" help:"${formats_in_words}."`
}

// Run judges the recorded history under another law, and prints how the
// obligations of each region would stand: first all of the law, as duty "*", then
// the duties that change, the most first, and on request all others. How many
// obligations the other law does not know is said in words.
func (c *lawWhatIfCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		reader, err := c.Reader(in)
		if err != nil {
			return err
		}
		other, err := c.other(in.Catalogue)
		if err != nil {
			return err
		}
		between, err := c.between(in.Catalogue)
		if err != nil {
			return err
		}
		rows, err := reader.WhatIf(ctx, other, q, c.Grouping, between)
		if err != nil {
			return err
		}
		changed, same := changedFirst(rows)
		sayDropped(streams, rows)
		if c.All {
			changed = append(changed, same...)
		} else if len(same) > 0 {
			fmt.Fprintf(streams.Err, "%d rows in which nothing changes are not printed: --all prints them\n", len(same))
		}
		return command.QuietPipe(c.print(append(indicator.WhatIfTotals(rows), changed...), reader, other, q, streams))
	})
}

// changedFirst parts rows into those that change, duties with the most changes in
// the nation first, and the rest.
func changedFirst(rows []indicator.WhatIf) (changed, same []indicator.WhatIf) {
	most := map[string]int64{}
	for i := range rows {
		if rows[i].Region == indicator.Nation {
			most[rows[i].Duty] = rows[i].Changes()
		}
	}
	for i := range rows {
		if rows[i].Changes() > 0 {
			changed = append(changed, rows[i])
		} else {
			same = append(same, rows[i])
		}
	}
	slices.SortStableFunc(changed, func(a, b indicator.WhatIf) int {
		return cmp.Or(cmp.Compare(most[b.Duty], most[a.Duty]), cmp.Compare(a.Duty, b.Duty))
	})
	return changed, same
}

// sayDropped says how many obligations of each duty the other law does not know:
// people whom it would forget, or mean to let go.
func sayDropped(streams *command.Streams, rows []indicator.WhatIf) {
	for i := range rows {
		w := &rows[i]
		if w.Region != indicator.Nation || w.Dropped == 0 {
			continue
		}
		var before int64
		for _, n := range w.Before {
			before += n
		}
		fmt.Fprintf(streams.Err, "%s: %d of %d recorded obligations are dropped: the other law does not judge them\n", w.Duty, w.Dropped, before)
	}
}

// other is the catalogue to judge under.
func (c *lawWhatIfCmd) other(cat *law.Catalogue) (*law.Catalogue, error) {
	if c.CatalogueB == "" && c.UnderDate == "" && c.Days == "" {
		return nil, command.Invalid(errors.New("give --catalogue-b, --under-date, --days or several of them"))
	}
	var err error
	if c.CatalogueB != "" {
		if cat, err = loadNamed(c.CatalogueB); err != nil {
			return nil, err
		}
	}
	if c.Days != "" {
		if cat, err = cat.WithDays(c.Days); err != nil {
			return nil, command.Invalid(fmt.Errorf("--days: %w", err))
		}
	}
	if c.UnderDate == "" {
		return cat, nil
	}
	on, err := law.ParseDate(c.UnderDate)
	if err != nil {
		return nil, command.Invalid(fmt.Errorf("--under-date: %w", err))
	}
	return cat.UnderDate(on), nil
}

func (c *lawWhatIfCmd) between(cat *law.Catalogue) (indicator.Between, error) {
	var between indicator.Between
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"--from", c.From, &between.From}, {"--to", c.To, &between.To}} {
		if flag.text == "" {
			continue
		}
		on, err := law.ParseDate(flag.text)
		if err != nil {
			return between, command.Invalid(fmt.Errorf("%s: %w", flag.name, err))
		}
		*flag.into = on.Start(cat.Zone)
	}
	return between, nil
}

func (c *lawWhatIfCmd) print(list []indicator.WhatIf, reader *indicator.Reader, other *law.Catalogue, q obligation.Query, streams *command.Streams) error {
	columns := []string{"duty", "kind_a", "kind_b", "confidence_a", "confidence_b", "region"}
	for _, status := range obligation.Statuses() {
		columns = append(columns, string(status)+"_a", string(status)+"_b")
	}
	rows, err := command.NewRowWriter(streams.Out, c.Format, append(columns, "dropped", "added", "on_time_a", "on_time_b", "difference", "as_of", "catalogue_a", "catalogue_b", "low_confidence"))
	if err != nil {
		return err
	}
	for _, w := range list {
		cells := []string{
			w.Duty, string(w.BeforeRests.Kind), string(w.AfterRests.Kind), w.BeforeRests.Confidence, w.AfterRests.Confidence, w.Region,
		}
		for _, status := range obligation.Statuses() {
			cells = append(cells, fmt.Sprint(w.Before[status]), fmt.Sprint(w.After[status]))
		}
		cells = append(cells, fmt.Sprint(w.Dropped), fmt.Sprint(w.Added))
		before, beforeOK := onTime(w.Before, w.BeforeRests)
		after, afterOK := onTime(w.After, w.AfterRests)
		shares := []string{"", "", ""}
		if beforeOK {
			shares[0] = command.Decimal(before)
		}
		if afterOK {
			shares[1] = command.Decimal(after)
		}
		if beforeOK && afterOK {
			shares[2] = command.Decimal(after - before)
		}
		cells = append(append(cells, shares...), q.AsOf.Format(time.RFC3339Nano), reader.Catalogue.Label(), other.Label(), indicator.LowConfidence(reader.LeaveOutLow))
		if err := rows.Write(cells); err != nil {
			return err
		}
	}
	return rows.End()
}

// onTime is the share of obligations done in time, of those that have fallen due.
// Rights have none: nobody fails who does not use one.
func onTime(n map[obligation.Status]int64, rests law.Basis) (float64, bool) {
	if rests.Kind == law.Right {
		return 0, false
	}
	due := n[obligation.Met] + n[obligation.Late] + n[obligation.Missed]
	if due == 0 {
		return 0, false
	}
	return float64(n[obligation.Met]) / float64(due), true
}

type lawCoverageCmd struct {
	Lang string `enum:"es,en" default:"en" help:"es or en."`
}

// Run prints, in Markdown, what measures each article that the study names.
func (c *lawCoverageCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	if len(cat.Articles) == 0 {
		return command.Invalid(errors.New("the catalogue has no articles.yaml: there is nothing to cover"))
	}
	_, err = streams.Out.Write(coverageTable(cat, c.Lang))
	return err
}

// coverageTable is the coverage of the law as Markdown: the same for the same
// catalogue.
func coverageTable(cat *law.Catalogue, lang string) []byte {
	say := func(es, en string) string { return law.Text{ES: es, EN: en}.In(lang) }
	var b strings.Builder
	covered := 0
	for _, a := range cat.Articles {
		if len(a.Duties)+len(cat.IndicatorsOf(a.ID)) > 0 {
			covered++
		}
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", say("Qué mide cada artículo", "What measures each article"), say(
		"Generado por `amparo law coverage --lang es`. L es la Ley en su numeración original, R el Reglamento.",
		"Generated by `amparo law coverage`. L is the Law in its original numbering, R the Regulation."))
	fmt.Fprintf(&b, say("De %d artículos que el estudio nombra, %d tienen un deber o un indicador; de los demás se dice por qué no.\n\n",
		"Of %d articles that the study names, %d have a duty or an indicator; of the others it is said why not.\n\n"), len(cat.Articles), covered)
	fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n", say("Artículo", "Article"), say("Implicancias", "Implications"),
		say("Deberes", "Duties"), say("Indicadores", "Indicators"), say("Lo que los eventos no muestran", "What events cannot show"))
	for _, a := range cat.Articles {
		var named, indicators []string
		for _, i := range cat.NamedBy(a.ID) {
			named = append(named, fmt.Sprint(i.Number))
		}
		for _, ind := range cat.IndicatorsOf(a.ID) {
			indicators = append(indicators, ind.ID)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.ID, strings.Join(named, ", "), strings.Join(a.Duties, ", "),
			strings.Join(indicators, ", "), a.NotVisible.In(lang))
	}
	fmt.Fprintf(&b, "\n## %s\n\n", say("Implicancias y causas", "Implications and causes"))
	fmt.Fprintf(&b, "| %s | %s |\n|---|---|\n", say("Implicancia o causa", "Implication or cause"), say("Indicadores", "Indicators"))
	for _, i := range cat.Implications {
		fmt.Fprintf(&b, "| %d %s | %s |\n", i.Number, i.Title.In(lang), strings.Join(idsWith(cat, func(ind *law.Indicator) []string { return ind.Implications }, i.ID), ", "))
	}
	for _, cause := range cat.Causes {
		fmt.Fprintf(&b, "| %s %d: %s | %s |\n", say("causa", "cause"), cause.Number, cause.Title.In(lang),
			strings.Join(idsWith(cat, func(ind *law.Indicator) []string { return ind.Causes }, cause.ID), ", "))
	}
	fmt.Fprintf(&b, "\n## %s\n\n", say("Lo que cada indicador no ve", "What each indicator cannot see"))
	seen := map[string][]string{}
	for _, ind := range cat.Indicators {
		seen[ind.CannotSee.In(lang)] = append(seen[ind.CannotSee.In(lang)], ind.ID)
	}
	for _, text := range slices.Sorted(maps.Keys(seen)) {
		fmt.Fprintf(&b, "- %s (%s)\n", text, strings.Join(seen[text], ", "))
	}
	return []byte(b.String())
}

func idsWith(cat *law.Catalogue, list func(*law.Indicator) []string, id string) []string {
	var out []string
	for _, ind := range cat.Indicators {
		if slices.Contains(list(ind), id) {
			out = append(out, ind.ID)
		}
	}
	return out
}
