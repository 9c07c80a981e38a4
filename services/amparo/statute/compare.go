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
	"amparo/pipeline/whatif"
	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
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
	A string `arg:"" help:"Folder of a catalogue, or shipped."`
	B string `arg:"" help:"Folder of another, or shipped."`
	command.Output
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
	stamp := stampOf(a)
	stamp.Other = b.Label()
	return c.Rows(streams, a.Zone, stamp, diffColumns(), func(p *present.Printer) error {
		changes := diff.Of(a, b, c.Lang)
		if len(changes) == 0 {
			if err := p.Note(present.Say("Nada cambia de un catálogo al otro.", "Nothing changes from one catalogue to the other.")); err != nil {
				return err
			}
		}
		for _, d := range changes {
			if err := p.Row(present.Text(d.Duty), present.Text(d.Regime), present.Coded(d.What, present.Word("change", d.What)), present.Text(d.Part),
				present.Text(d.Before), present.Text(d.After)); err != nil {
				return err
			}
		}
		return nil
	})
}

func diffColumns() []present.Column {
	return []present.Column{
		dutyColumn, regimeColumn, present.Col("what", "qué pasa", "what"), present.Col("part", "parte", "part"),
		present.Col("before", "antes", "before"), present.Col("after", "después", "after"),
	}
}

type lawChangesCmd struct {
	Duty []string `help:"Only these duties."`
	command.Output
}

// Run prints the dates on which regimes begin and end.
func (c *lawChangesCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	if c.Duty, err = command.Chosen("--duty", c.Duty, command.DutyChoices(cat)); err != nil {
		return err
	}
	columns := []present.Column{present.Col("date", "fecha", "date"), present.Col("change", "cambio", "change"), dutyColumn, regimeColumn, kindColumn, citationColumn}
	return c.Rows(streams, cat.Zone, stampOf(cat), columns, func(p *present.Printer) error {
		for _, turn := range diff.Turns(cat) {
			if !command.Among(c.Duty, turn.Duty.ID) {
				continue
			}
			if err := p.Row(present.OnDay(turn.On.Start(cat.Zone)), present.Coded(turn.Change(), present.Word("change", turn.Change())), present.Text(turn.Duty.ID),
				present.Text(turn.Regime.ID), kindCell(turn.Regime.Kind), present.Text(turn.Regime.Citation)); err != nil {
				return err
			}
		}
		return nil
	})
}

type lawWhatIfCmd struct {
	command.Instants
	command.Counting
	command.Output
	CatalogueB string `placeholder:"DIR" help:"Judge history under this catalogue as well."`
	Days       string `enum:",business,calendar" default:"" placeholder:"READING" help:"Judge history with plain days read as business or as calendar days."`
	UnderDate  string `placeholder:"DATE" help:"Judge history as if the regimes in force on this date had always been."`
	From       string `placeholder:"DATE" help:"Only cases that began on this date or later."`
	To         string `placeholder:"DATE" help:"Only cases that began before this date."`
	All        bool   `help:"Print the duties that do not change as well."`
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
		st, err := command.StandingOf(ctx, in, q)
		if err != nil {
			return err
		}
		st.LowConfidence, st.Grouping, st.Other = indicator.LowConfidence(reader.LeaveOutLow), c.Grouping, other.Label()
		rows, err := whatif.Of(ctx, reader, other, q, c.Grouping, between)
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
		return c.print(streams, in.Catalogue, st, between, append(whatif.Totals(rows), changed...))
	})
}

// changedFirst parts rows into those that change, duties with the most changes in
// the nation first, and the rest.
func changedFirst(rows []whatif.Row) (changed, same []whatif.Row) {
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
	slices.SortStableFunc(changed, func(a, b whatif.Row) int {
		return cmp.Or(cmp.Compare(most[b.Duty], most[a.Duty]), cmp.Compare(a.Duty, b.Duty))
	})
	return changed, same
}

// sayDropped says how many obligations of each duty the other law does not know:
// people whom it would forget, or mean to let go.
func sayDropped(streams *command.Streams, rows []whatif.Row) {
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
	if first := diff.Turns(cat)[0].On; on < first {
		return nil, command.Invalid(fmt.Errorf("--under-date %s: no regime was in force yet, the first begins on %s", on, first))
	}
	return cat.UnderDate(on), nil
}

func (c *lawWhatIfCmd) between(cat *law.Catalogue) (whatif.Between, error) {
	var between whatif.Between
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
	if !between.From.IsZero() && !between.To.IsZero() && !between.From.Before(between.To) {
		return between, command.Invalid(fmt.Errorf("--from %s does not lie before --to %s", c.From, c.To))
	}
	return between, nil
}

func (c *lawWhatIfCmd) print(streams *command.Streams, cat *law.Catalogue, st *command.Standing, between whatif.Between, list []whatif.Row) error {
	return c.Rows(streams, cat.Zone, st.Stamp, whatIfColumns(), func(p *present.Printer) error {
		if err := st.Notes(p, cat.Zone, between.From, st.AsOf); err != nil {
			return err
		}
		for i := range list {
			w := &list[i]
			covered := st.Cover(c.Grouping, w.Region, between.From, st.AsOf)
			if err := p.Row(whatIfCells(cat, w, covered)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// whatIfCells are how a duty stands under both catalogues. A share over a time that
// was not reported is withheld, whichever the catalogue.
func whatIfCells(cat *law.Catalogue, w *whatif.Row, covered present.Coverage) []present.Cell {
	cells := []present.Cell{
		present.Text(w.Duty), kindCell(w.BeforeRests.Kind), kindCell(w.AfterRests.Kind), confidenceCell(w.BeforeRests.Confidence), confidenceCell(w.AfterRests.Confidence),
		present.Coded(w.Region, present.Place(cat, w.Region)),
	}
	for _, status := range obligation.Statuses() {
		cells = append(cells, present.Int(w.Before[status]), present.Int(w.After[status]))
	}
	shares, reason := [3]present.Cell{}, present.None
	before, a, beforeOK := onTime(w.Before, w.BeforeRests)
	after, b, afterOK := onTime(w.After, w.AfterRests)
	if covered.Withheld() {
		reason = present.Coded(string(covered), covered.Text())
	} else {
		if beforeOK {
			shares[0] = present.Share(before, a)
		}
		if afterOK {
			shares[1] = present.Share(after, b)
		}
		if beforeOK && afterOK {
			shares[2] = present.Value(after-before, "points", min(a, b))
		}
	}
	return append(cells, present.Int(w.Dropped), present.Int(w.Added), shares[0], shares[1], shares[2], reason)
}

func whatIfColumns() []present.Column {
	columns := []present.Column{
		dutyColumn, present.Col("kind_a", "clase A", "kind A"), present.Col("kind_b", "clase B", "kind B"),
		present.Col("confidence_a", "confianza A", "confidence A"), present.Col("confidence_b", "confianza B", "confidence B"), present.Col("region", "lugar", "place"),
	}
	for _, status := range obligation.Statuses() {
		word := present.Word("status", string(status))
		columns = append(columns, present.Col(string(status)+"_a", word.ES+" A", word.EN+" A"), present.Col(string(status)+"_b", word.ES+" B", word.EN+" B"))
	}
	return append(columns, present.Col("dropped", "caen", "dropped"), present.Col("added", "se suman", "added"),
		present.Col("on_time_a", "tasa A", "rate A"), present.Col("on_time_b", "tasa B", "rate B"), present.Col("difference", "diferencia", "difference"),
		present.Col("reason", "sin tasa porque", "no rate because"))
}

// onTime is the share of obligations done in time, of those that have fallen due.
// Rights have none: nobody fails who does not use one.
func onTime(n map[obligation.Status]int64, rests law.Basis) (share float64, due int64, ok bool) {
	due = n[obligation.Met] + n[obligation.Late] + n[obligation.Missed]
	if rests.Kind == law.Right || due == 0 {
		return 0, due, false
	}
	return float64(n[obligation.Met]) / float64(due), due, true
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
