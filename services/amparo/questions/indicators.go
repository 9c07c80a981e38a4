package questions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// IndicatorsCmd is amparo indicators.
type IndicatorsCmd struct {
	command.Instants
	command.Counting
	command.Output
	Window       string   `enum:"month,year,all" default:"year" help:"month (the last closed one), year (the last twelve months) or all."`
	Region       []string `help:"Only these regions, by code or name; nation is the whole country."`
	Dept         []string `name:"department" help:"These departments, by code or name, in place of regions."`
	Indicator    []string `help:"Only these indicators."`
	Implication  []string `help:"Only the indicators of these implications, by number from 1 to 16 or by id."`
	Causes       bool     `xor:"what" help:"What speaks for each cause of implementation gaps, and what the study's interviews said."`
	Observations bool     `xor:"what" help:"What frontline workers observed, by kind, code and region."`
	Duties       bool     `xor:"what" help:"The share on time of each duty."`
	Kind         []string `help:"With --duties, kinds that count: law (the default), target."`
	Cases        bool     `help:"The cases behind one number: one --indicator, in one --region and --window."`
	By           string   `enum:",risk,regime" default:"" help:"With --duties, each duty apart by risk at the start, or by regime (the version of the law)."`
}

// Run prints indicators, what speaks for causes, observations or shares on time.
func (c *IndicatorsCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if err := errors.Join(c.meaningful(), c.openable()); err != nil {
		return err
	}
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		reader, st, err := c.Resting(ctx, in, q)
		if err != nil {
			return err
		}
		chosen, err := c.choose(in.Catalogue)
		if err != nil {
			return err
		}
		if !c.Observations {
			st.Window = c.Window
		}
		c.byDepartment(reader)
		p := indicatorPrinter{c, reader.Catalogue, st, streams}
		if c.Duties {
			parts, err := c.parts(ctx, reader, q)
			if err != nil {
				return err
			}
			return p.duties(parts)
		}
		if c.Cases {
			return p.behind(ctx, reader, q, chosen)
		}
		count, err := reader.Answer(ctx, q, indicator.Request{Indicators: chosen, Grouping: c.Grouping})
		if err != nil {
			return err
		}
		switch {
		case c.Causes:
			return p.causes(count)
		case c.Observations:
			return p.observations(count.Observations)
		}
		return p.values(count.Values)
	})
}

// meaningful refuses flags that mean nothing beside others.
func (c *IndicatorsCmd) meaningful() error {
	switch {
	case c.By != "" && !c.Duties:
		return command.Invalid(errors.New("--by splits the shares of duties: give --duties as well"))
	case len(c.Kind) > 0 && !c.Duties:
		return command.Invalid(errors.New("--kind picks duties: give --duties as well"))
	case len(c.Indicator) > 0 && (c.Duties || c.Observations):
		return command.Invalid(errors.New("--indicator picks indicators: it goes neither with --duties nor with --observations"))
	case len(c.Implication) > 0 && c.Observations:
		return command.Invalid(errors.New("--implication picks indicators: it does not go with --observations"))
	case len(c.Dept) > 0 && len(c.Region) > 0:
		return command.Invalid(errors.New("--department and --region: give one of the two"))
	case len(c.Dept) > 0 && (c.Causes || c.Observations):
		return command.Invalid(errors.New("--department goes neither with --causes nor with --observations, which the study tells by region"))
	}
	return nil
}

// byDepartment makes every department a region of its own, where departments are
// asked for.
func (c *IndicatorsCmd) byDepartment(reader *indicator.Reader) {
	if len(c.Dept) == 0 {
		return
	}
	cat := *reader.Catalogue
	cat.Places = cat.Places.ByDepartment()
	reader.Catalogue, c.Grouping = &cat, law.DepartmentGrouping
	c.Region = c.Dept
}

// choose picks the indicators to count, by implication and cause, and refuses
// names that the catalogue does not have.
func (c *IndicatorsCmd) choose(cat *law.Catalogue) ([]*law.Indicator, error) {
	var errs [5]error
	c.Implication, errs[0] = command.Chosen("--implication", c.Implication, command.ImplicationChoices(cat))
	c.Indicator, errs[1] = command.Chosen("--indicator", c.Indicator, command.IndicatorChoices(cat))
	c.Region, errs[2] = command.Chosen("--region", c.Region, command.RegionChoices(cat, c.Grouping))
	c.Dept, errs[3] = command.Chosen("--department", c.Dept, command.DepartmentChoices(cat))
	c.Kind, errs[4] = command.Chosen("--kind", c.Kind, command.Kinds())
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	var out []*law.Indicator
	for _, ind := range command.InOrder(cat) {
		wanted := command.Among(c.Indicator, ind.ID) &&
			(len(c.Implication) == 0 || slices.ContainsFunc(ind.Implications, func(id string) bool { return slices.Contains(c.Implication, id) }))
		switch {
		case c.Observations:
			wanted = false
		case c.Causes:
			wanted = wanted && len(ind.Causes) > 0
		}
		if wanted {
			out = append(out, ind)
		}
	}
	return out, nil
}

// An indicatorPrinter prints counts as rows.
type indicatorPrinter struct {
	*IndicatorsCmd
	cat     *law.Catalogue
	st      *command.Standing
	streams *command.Streams
}

// print prints rows after what readers must know first.
func (p *indicatorPrinter) print(columns []present.Column, fill func(*present.Printer) error) error {
	return p.Rows(p.streams, p.cat.Zone, p.st.Stamp, columns, func(out *present.Printer) error {
		from, to := present.WindowSpan(p.cat, p.st.AsOf, indicator.Window(p.Window))
		if err := p.st.Notes(out, p.cat.Zone, from, to); err != nil {
			return err
		}
		return fill(out)
	})
}

func (p *indicatorPrinter) wants(v *indicator.Value) bool {
	return string(v.Window) == p.Window && command.Among(p.Region, v.Region)
}

// cover says how far the time of numbers of a place was reported.
func (p *indicatorPrinter) cover(place string) present.Coverage {
	from, to := present.WindowSpan(p.cat, p.st.AsOf, indicator.Window(p.Window))
	return p.st.Cover(p.Grouping, place, from, to)
}

// until is until when the sources of a place have reported.
func (p *indicatorPrinter) until(place string) present.Cell {
	return present.At(p.st.Sources.In(p.Grouping, place).Until)
}

var untilColumn = present.Col("reported_until", "informado hasta", "reported until")

func (p *indicatorPrinter) values(values []indicator.Value) error {
	columns := valueColumns()
	return p.print(columns, func(out *present.Printer) error {
		for i := range values {
			if v := &values[i]; p.wants(v) {
				if err := out.Row(p.valueCells(v)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (p *indicatorPrinter) valueCells(v *indicator.Value) []present.Cell {
	ind := v.Indicator
	value, low, high := present.ToldOf(v.Estimate, ind.Unit, v.N), present.ToldOf(v.Low, ind.Unit, v.N), present.ToldOf(v.High, ind.Unit, v.N)
	reason := present.Coded(string(v.Reason), v.Reason.Title())
	if c := p.cover(v.Region); v.Any() && c.Withheld() {
		value, low, high = present.None, present.None, present.None
		reason = present.Coded(string(c), c.Text())
	}
	kind := string(p.cat.WeightOf(ind))
	return []present.Cell{
		present.Text(ind.ID), present.Texts(ind.Implications), present.Texts(ind.Causes), placeCell(p.cat, v.Region),
		present.Coded(string(v.Window), present.Word("window", string(v.Window))), amountCell(v.Numerator), amountCell(v.Denominator),
		present.Int(v.N), present.Int(v.LeftOut), value, low, high, present.Coded(ind.Unit, present.UnitWord(ind.Unit)),
		present.Coded(ind.Direction, present.Word("direction", ind.Direction)), present.Coded(ind.Source, present.Word("source", ind.Source)),
		present.Coded(kind, present.Word("kind", kind)), reason, p.until(v.Region), present.Words(ind.Title),
	}
}

// amountCell is a count, or a sum that need not be whole.
func amountCell(f float64) present.Cell {
	if f == float64(int64(f)) {
		return present.Int(int64(f))
	}
	return present.Real(f, "")
}

// observations prints how often each code was observed; the table also has
// totals by kind.
func (p *indicatorPrinter) observations(list []indicator.Observation) error {
	columns := observationColumns()
	type total struct{ count, codes int }
	totals := map[[2]string]total{}
	for _, o := range list {
		t := totals[[2]string{o.Kind, o.Region}]
		totals[[2]string{o.Kind, o.Region}] = total{t.count + o.Count, t.codes + 1}
	}
	return p.print(columns, func(out *present.Printer) error {
		for i, o := range list {
			if !command.Among(p.Region, o.Region) {
				continue
			}
			if err := out.Row(catalogueWord(p.cat, o.Kind), present.Text(o.Code), placeCell(p.cat, o.Region), present.Int(o.Count),
				p.until(o.Region), present.Words(p.codeTitle(o.Code))); err != nil {
				return err
			}
			if p.Format != present.Table || i+1 < len(list) && list[i+1].Kind == o.Kind {
				continue
			}
			for _, region := range p.regions() {
				t, ok := totals[[2]string{o.Kind, region}]
				if !ok {
					continue
				}
				if err := out.Row(catalogueWord(p.cat, o.Kind), present.Text("*"), placeCell(p.cat, region), present.Int(t.count), p.until(region),
					present.Words(present.Say(fmt.Sprintf("códigos distintos: %d", t.codes), fmt.Sprintf("different codes: %d", t.codes)))); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (p *indicatorPrinter) say(es, en string) string { return present.Say(es, en).In(p.Lang) }

// codeTitle is the title of an implication or a cause, else the word for the code.
func (p *indicatorPrinter) codeTitle(code string) law.Text {
	for _, i := range p.cat.Implications {
		if i.ID == code {
			return i.Title
		}
	}
	for _, c := range p.cat.Causes {
		if c.ID == code {
			return c.Title
		}
	}
	return present.CatalogueWord(p.cat, code)
}

// parts counts the shares on time of duties, all together under the empty name or
// apart by what --by says.
func (c *IndicatorsCmd) parts(ctx context.Context, reader *indicator.Reader, q obligation.Query) (map[string]*snapshot.Snapshot, error) {
	opt := c.Options(c.Kind)
	if c.By != "" {
		return snapshot.Parts(ctx, reader, q, opt, counting.By(c.By))
	}
	s, err := snapshot.Of(ctx, reader, q, opt)
	return map[string]*snapshot.Snapshot{"": s}, err
}

// partNames orders parts by name, regimes as the catalogue does.
func partNames(cat *law.Catalogue, parts map[string]*snapshot.Snapshot) []string {
	place := map[string]int{}
	for _, d := range cat.Duties {
		for _, r := range d.Regimes {
			place[r.ID] = len(place)
		}
	}
	return slices.SortedFunc(maps.Keys(parts), func(a, b string) int {
		return cmp.Or(cmp.Compare(place[a], place[b]), cmp.Compare(a, b))
	})
}

// duties prints the share on time of each duty; of each part, where duties are
// split, what has anything to count.
func (p *indicatorPrinter) duties(parts map[string]*snapshot.Snapshot) error {
	columns := dutyColumns(p.By)
	type partRow struct {
		part string
		snapshot.Row
	}
	var list []partRow
	for _, part := range partNames(p.cat, parts) {
		for _, r := range parts[part].Rows(indicator.Window(p.Window)) {
			if command.Among(p.Region, r.Region) && command.Among(p.Implication, r.Duty.Implication) && (p.By == "" || r.Any()) {
				list = append(list, partRow{part, r})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b partRow) int { return cmp.Compare(a.Duty.ID, b.Duty.ID) })
	return p.print(columns, func(out *present.Printer) error {
		for i := range list {
			if err := out.Row(p.dutyCells(list[i].part, &list[i].Row)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *indicatorPrinter) dutyCells(part string, r *snapshot.Row) []present.Cell {
	cells := []present.Cell{
		present.Text(r.Duty.ID), present.Text(r.Duty.Implication), present.Coded(string(r.Basis.Kind), present.Word("kind", string(r.Basis.Kind))),
		present.Coded(r.Basis.Confidence, present.Word("confidence", r.Basis.Confidence)),
	}
	if p.By != "" {
		cells = append(cells, catalogueWord(p.cat, part))
	}
	n := r.Due
	share, low, high, reason := present.None, present.None, present.None, present.None
	estimate, l, h, ok := r.Share()
	switch covered := p.cover(r.Region); {
	case !ok:
		reason = present.Coded(string(indicator.NoData), indicator.NoData.Title())
	case covered.Withheld():
		reason = present.Coded(string(covered), covered.Text())
	case !present.Rated(n):
		reason = present.Coded(string(indicator.BelowMinimum), indicator.BelowMinimum.Title())
	default:
		share, low, high = present.Share(estimate, n), present.Share(l, n), present.Share(h, n)
	}
	return append(cells, placeCell(p.cat, r.Region), present.Coded(string(r.Window), present.Word("window", string(r.Window))),
		present.Int(r.Met), present.Int(r.Due), share, low, high, present.Int(r.Open), present.Int(r.Unclear), present.Int(r.Voids), reason, p.until(r.Region))
}

func valueColumns() []present.Column {
	return []present.Column{
		present.Col("indicator", "indicador", "indicator"), present.Col("implications", "implicancias", "implications"), present.Col("causes", "causas", "causes"),
		present.Col("region", "lugar", "place"), present.Col("window", "ventana", "window"), present.Col("numerator", "numerador", "numerator"),
		present.Col("denominator", "denominador", "denominator"), present.Col("n", "n", "n"), present.Col("left_out", "fuera", "left out"),
		present.Col("value", "valor", "value"), present.Col("low", "de", "from"), present.Col("high", "a", "to"), present.Col("unit", "unidad", "unit"),
		present.Col("direction", "sentido", "direction"), present.Col("source", "fuente", "source"), present.Col("kind", "clase", "kind"),
		present.Col("reason", "sin valor porque", "no value because"), untilColumn, present.Col("title", "título", "title"),
	}
}

func observationColumns() []present.Column {
	return []present.Column{
		present.Col("kind", "tipo", "kind"), present.Col("code", "código", "code"), present.Col("region", "lugar", "place"),
		present.Col("count", "número", "count"), untilColumn, present.Col("title", "título", "title"),
	}
}

// dutyColumns are the columns of shares on time, split by risk, by regime or not.
func dutyColumns(by string) []present.Column {
	columns := []present.Column{
		present.Col("duty", "deber", "duty"), present.Col("implication", "implicancia", "implication"), present.Col("kind", "clase", "kind"),
		present.Col("confidence", "confianza", "confidence"),
	}
	switch by {
	case "risk":
		columns = append(columns, present.Col("risk", "riesgo", "risk"))
	case "regime":
		columns = append(columns, present.Col("regime", "régimen", "regime"))
	}
	return append(columns,
		present.Col("region", "lugar", "place"), present.Col("window", "ventana", "window"), present.Col("on_time", "en plazo", "in time"),
		present.Col("due", "vencidas", "due"), present.Col("share", "tasa", "rate"), present.Col("low", "de", "from"), present.Col("high", "a", "to"),
		present.Col("open", "abiertas", "open"), present.Col("unclear", "no determinables", "unclear"), present.Col("void", "sin efecto", "void"),
		present.Col("reason", "sin tasa porque", "no rate because"), untilColumn)
}
