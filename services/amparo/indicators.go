package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/installation"
)

type indicatorsCmd struct {
	instants
	counting
	Window       string   `enum:"month,year,all" default:"year" help:"month (the last closed one), year (the last twelve months) or all."`
	Region       []string `help:"Only these regions; nation is the whole country."`
	Indicator    []string `help:"Only these indicators."`
	Implication  []string `help:"Only the indicators of these implications."`
	Causes       bool     `xor:"what" help:"What speaks for each cause of implementation gaps, and what the study's interviews said."`
	Observations bool     `xor:"what" help:"What frontline workers observed, by kind, code and region."`
	Duties       bool     `xor:"what" help:"The share on time of each duty."`
	Kind         []string `default:"law" help:"With --duties, kinds that count: law, target."`
	By           string   `enum:",risk,regime" default:"" help:"With --duties, each duty apart by risk at the start, or by regime (the version of the law)."`
	Format       string   `enum:"table,csv,ndjson" default:"table" help:"table, csv or ndjson."`
	Lang         string   `enum:"es,en" default:"es" help:"es or en."`
}

// Run prints indicators, what speaks for causes, observations or shares on time.
func (c *indicatorsCmd) Run(ctx context.Context, g *Globals, streams *Streams) error {
	q, err := c.query(streams.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, g, streams, func(in *installation.Installation) error {
		reader, err := c.reader(in)
		if err != nil {
			return err
		}
		if c.Duties {
			parts, err := c.parts(ctx, reader, q)
			if err != nil {
				return err
			}
			return quietPipe(c.printDuties(parts, in.Catalogue, streams.Out))
		}
		if c.By != "" {
			return invalid(errors.New("--by splits the shares of duties: give --duties as well"))
		}
		chosen, err := c.choose(in.Catalogue)
		if err != nil {
			return err
		}
		count, err := reader.Answer(ctx, q, indicator.Request{Indicators: chosen, Grouping: c.Grouping})
		if err != nil {
			return err
		}
		p := indicatorPrinter{c, in.Catalogue, indicator.LowConfidence(reader.LeaveOutLow), q.AsOf, streams.Out}
		switch {
		case c.Causes:
			return quietPipe(p.causes(count))
		case c.Observations:
			return quietPipe(p.observations(count.Observations))
		}
		return quietPipe(p.values(count.Values))
	})
}

// choose picks the indicators to count, by implication and cause, and refuses
// names that the catalogue does not have.
func (c *indicatorsCmd) choose(cat *law.Catalogue) ([]*law.Indicator, error) {
	for _, id := range c.Implication {
		if !slices.ContainsFunc(cat.Implications, func(i law.Implication) bool { return i.ID == id }) {
			return nil, invalid(fmt.Errorf("--implication %q: the catalogue has %s", id, strings.Join(implicationIDs(cat), ", ")))
		}
	}
	for _, id := range c.Indicator {
		if !slices.ContainsFunc(cat.Indicators, func(i *law.Indicator) bool { return i.ID == id }) {
			return nil, invalid(fmt.Errorf("--indicator %q: no such indicator; amparo indicators lists all", id))
		}
	}
	for _, region := range c.Region {
		if region != indicator.Nation && !slices.Contains(cat.Places.Regions(c.Grouping), region) {
			return nil, invalid(fmt.Errorf("--region %q: there are nation, %s", region, strings.Join(cat.Places.Regions(c.Grouping), ", ")))
		}
	}
	var out []*law.Indicator
	for _, ind := range inOrder(cat) {
		wanted := among(c.Indicator, ind.ID) &&
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

func implicationIDs(cat *law.Catalogue) []string {
	var ids []string
	for _, i := range cat.Implications {
		ids = append(ids, i.ID)
	}
	return ids
}

// inOrder lists the indicators by their first implication, then those of causes
// alone.
func inOrder(cat *law.Catalogue) []*law.Indicator {
	rank := map[string]int{}
	for _, i := range cat.Implications {
		rank[i.ID] = i.Number
	}
	for _, cause := range cat.Causes {
		rank[cause.ID] = len(cat.Implications) + cause.Number
	}
	of := func(ind *law.Indicator) int { return rank[slices.Concat(ind.Implications, ind.Causes)[0]] }
	out := slices.Clone(cat.Indicators)
	slices.SortStableFunc(out, func(a, b *law.Indicator) int { return of(a) - of(b) })
	return out
}

// An indicatorPrinter prints counts as rows.
type indicatorPrinter struct {
	*indicatorsCmd
	cat  *law.Catalogue
	low  string // what was done with regimes of low confidence
	asOf time.Time
	w    io.Writer
}

func (p *indicatorPrinter) wants(v *indicator.Value) bool {
	return string(v.Window) == p.Window && among(p.Region, v.Region)
}

// stampColumns are the columns of stamp.
func stampColumns() []string { return []string{"as_of", "catalogue", "low_confidence"} }

// stamp says when, under which law and from which part of it rows were counted.
func stamp(asOf time.Time, cat *law.Catalogue, low string) []string {
	return []string{asOf.Format(time.RFC3339Nano), cat.Label(), low}
}

func (p *indicatorPrinter) stamp() []string { return stamp(p.asOf, p.cat, p.low) }

func (p *indicatorPrinter) values(values []indicator.Value) error {
	rows, err := newRowWriter(p.w, p.Format, slices.Concat([]string{
		"indicator", "implications", "causes", "region", "window", "numerator", "denominator", "n", "left_out",
		"value", "low", "high", "unit", "direction", "source", "kind", "reason",
	}, stampColumns(), []string{"title"}))
	if err != nil {
		return err
	}
	for i := range values {
		v := &values[i]
		if !p.wants(v) {
			continue
		}
		ind := v.Indicator
		cells := append([]string{
			ind.ID, strings.Join(ind.Implications, " "), strings.Join(ind.Causes, " "), v.Region, string(v.Window),
			amountText(v.Numerator), amountText(v.Denominator), fmt.Sprint(v.N), fmt.Sprint(v.LeftOut),
			optionalText(v.Estimate), optionalText(v.Low), optionalText(v.High), ind.Unit, ind.Direction, ind.Source,
			string(p.cat.WeightOf(ind)), string(v.Reason),
		}, append(p.stamp(), ind.Title.In(p.Lang))...)
		if err := rows.write(cells); err != nil {
			return err
		}
	}
	return rows.end()
}

// amountText prints counts whole and other numbers with six decimals.
func amountText(f float64) string {
	if f == float64(int64(f)) {
		return strconv.FormatInt(int64(f), 10)
	}
	return decimal(f)
}

func optionalText(o statistics.Optional) string {
	if !o.Exists {
		return ""
	}
	return decimal(o.Value)
}

// observations prints how often each code was observed; the table also has
// totals by kind.
func (p *indicatorPrinter) observations(list []indicator.Observation) error {
	rows, err := newRowWriter(p.w, p.Format, append([]string{"kind", "code", "region", "count", "title"}, stampColumns()...))
	if err != nil {
		return err
	}
	type total struct{ count, codes int }
	totals := map[[2]string]total{}
	for _, o := range list {
		t := totals[[2]string{o.Kind, o.Region}]
		totals[[2]string{o.Kind, o.Region}] = total{t.count + o.Count, t.codes + 1}
	}
	for i, o := range list {
		if !among(p.Region, o.Region) {
			continue
		}
		if err := rows.write(append([]string{o.Kind, o.Code, o.Region, fmt.Sprint(o.Count), p.codeTitle(o.Code)}, p.stamp()...)); err != nil {
			return err
		}
		if p.Format != "table" || i+1 < len(list) && list[i+1].Kind == o.Kind {
			continue
		}
		for _, region := range p.regions() {
			t, ok := totals[[2]string{o.Kind, region}]
			if !ok {
				continue
			}
			if err := rows.write(append([]string{o.Kind, "*", region, fmt.Sprint(t.count), p.say(
				fmt.Sprintf("códigos distintos: %d", t.codes), fmt.Sprintf("different codes: %d", t.codes))}, p.stamp()...)); err != nil {
				return err
			}
		}
	}
	return rows.end()
}

func (p *indicatorPrinter) say(es, en string) string { return law.Text{ES: es, EN: en}.In(p.Lang) }

// codeTitle is the title of an implication or a cause, else the code itself.
func (p *indicatorPrinter) codeTitle(code string) string {
	for _, i := range p.cat.Implications {
		if i.ID == code {
			return i.Title.In(p.Lang)
		}
	}
	for _, c := range p.cat.Causes {
		if c.ID == code {
			return c.Title.In(p.Lang)
		}
	}
	return code
}

// parts counts the shares on time of duties, all together under the empty name or
// apart by what --by says.
func (c *indicatorsCmd) parts(ctx context.Context, reader *indicator.Reader, q obligation.Query) (map[string]*snapshot.Snapshot, error) {
	opt := c.options(c.Kind)
	if c.By != "" {
		return snapshot.Parts(ctx, reader, q, opt, store.By(c.By))
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

// printDuties prints the share on time of each duty; of each part, where duties
// are split, what has anything to count.
func (c *indicatorsCmd) printDuties(parts map[string]*snapshot.Snapshot, cat *law.Catalogue, w io.Writer) error {
	columns := []string{"duty", "implication", "kind", "confidence"}
	if c.By != "" {
		columns = append(columns, c.By)
	}
	rows, err := newRowWriter(w, c.Format, slices.Concat(columns, []string{
		"region", "window", "on_time", "due", "share", "low", "high", "open", "unclear", "void",
	}, stampColumns()))
	if err != nil {
		return err
	}
	type partRow struct {
		part string
		snapshot.Row
		stamp []string
	}
	var list []partRow
	for _, part := range partNames(cat, parts) {
		s := parts[part]
		for _, r := range s.Rows(indicator.Window(c.Window)) {
			if among(c.Region, r.Region) && among(c.Implication, r.Duty.Implication) && (c.By == "" || r.Any()) {
				list = append(list, partRow{part, r, stamp(s.AsOf, s.Catalogue, s.LowConfidence)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b partRow) int { return cmp.Compare(a.Duty.ID, b.Duty.ID) })
	for _, r := range list {
		share, low, high := "", "", ""
		if estimate, l, h, ok := r.Share(); ok {
			share, low, high = decimal(estimate), decimal(l), decimal(h)
		}
		cells := []string{r.Duty.ID, r.Duty.Implication, string(r.Basis.Kind), r.Basis.Confidence}
		if c.By != "" {
			cells = append(cells, r.part)
		}
		cells = append(cells, r.Region, string(r.Window), fmt.Sprint(r.Met), fmt.Sprint(r.Due), share, low, high,
			fmt.Sprint(r.Open), fmt.Sprint(r.Unclear), fmt.Sprint(r.Voids))
		if err := rows.write(append(cells, r.stamp...)); err != nil {
			return err
		}
	}
	return rows.end()
}
