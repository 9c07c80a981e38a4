// Package bulletin makes the monthly bulletin: of one closed month, what was done in time
// of what fell due, by duty and region, and what changed, for an audience. The public's is
// what was published and nothing else.
package bulletin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/services/aggregator"
	"amparo/services/present"
)

// Config says for whom a bulletin is.
type Config struct {
	Catalogue *law.Catalogue
	Grouping  string
	Lang      string
	Choice    store.Choice
	Now       time.Time
	Synthetic bool
	Reported  present.Reported // until when sources have reported
	Program   string           // its version
}

// A Bulletin is ready to be laid out.
type Bulletin struct {
	Lang, Title string
	Lead        []string
	Sections    []Section
	Foot        []string
	Synthetic   string // its label, where the data is made up
	issued      time.Time
}

// A Section is a part of a bulletin.
type Section struct {
	Title string
	Text  []string
	Table *Table
	Notes []string
}

// A Table has a heading for each column, and rows of which the first cell is a heading. A row
// of one cell stands over the rows that follow.
type Table struct {
	Head []string
	Rows [][]string
}

// Counts is what a bulletin asks of the store.
type Counts interface {
	ObligationOutcomes(ctx context.Context, c counting.Cut) ([]counting.ObligationOutcome, error)
}

// ErrMonth says that there is no bulletin of a month yet.
var ErrMonth = errors.New("the month has not closed")

func (c *Config) say(es, en string) string { return law.Text{ES: es, EN: en}.In(c.Lang) }

// monthName is a month as people write it.
func (c *Config) monthName(first time.Time) string {
	names := []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre"}
	return c.say(fmt.Sprintf("%s de %d", names[first.Month()-1], first.Year()), first.Format("January 2006"))
}

// A place is the nation ("") or a region.
type cellKey struct{ duty, region string }

// tallies are counts by duty and region, for three months: the bulletin's, the one before, and
// the same of the year before.
type tallies map[cellKey][3]comparison.Counts

// Exact is the bulletin for those who see all numbers: it compares with the month before
// and with the same month of the year before.
func Exact(ctx context.Context, cfg Config, from Counts, month time.Time) (*Bulletin, error) {
	first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, cfg.Catalogue.Zone)
	if first.AddDate(0, 1, 0).After(cfg.Now) {
		return nil, fmt.Errorf("%w: %s ends on %s", ErrMonth, first.Format("2006-01"), first.AddDate(0, 1, -1).Format(time.DateOnly))
	}
	span := func(first time.Time) store.Span { return store.Span{From: first, To: first.AddDate(0, 1, 0)} }
	counts, err := from.ObligationOutcomes(ctx, counting.Cut{
		AsOf: cfg.Now, Choice: cfg.Choice, Spans: counting.Spans{span(first), span(first.AddDate(0, -1, 0)), span(first.AddDate(-1, 0, 0))},
		By: []counting.By{counting.ByDuty, counting.ByProvince},
	})
	if err != nil {
		return nil, fmt.Errorf("count the month: %w", err)
	}
	t := tallies{}
	for i := range counts {
		n := &counts[i]
		region := cfg.Catalogue.Places.Region(cfg.Grouping, n.Parts[counting.ByProvince])
		for _, key := range []cellKey{{n.Parts[counting.ByDuty], region}, {n.Parts[counting.ByDuty], ""}, {"", region}, {"", ""}} {
			sum := t[key]
			for k := range sum {
				sum[k] = plus(sum[k], comparison.Counts(n.In[k]))
			}
			t[key] = sum
		}
	}
	b := cfg.bulletin(first)
	b.Lead = append(b.Lead, fmt.Sprintf(cfg.say("Contado el %s con lo registrado hasta entonces; lo que se registre después puede cambiar estas cifras. Números exactos: no para publicar.",
		"Counted on %s with what was recorded by then; what is recorded later may change these numbers. Exact numbers: not to be published."), present.Instant(cfg.Now, cfg.Catalogue.Zone)))
	cover := cfg.Reported.Cover(first, first.AddDate(0, 1, 0))
	if text := cfg.Reported.Say(cover, cfg.Catalogue.Zone).In(cfg.Lang); text != "" {
		b.Lead = append(b.Lead, text)
	}
	if cover.Withheld() {
		b.Sections = append(b.Sections, cfg.lawOf(first), cfg.methods())
		return b, nil // A rate of what nobody reported would be a believable wrong answer.
	}
	b.Sections = append(b.Sections, cfg.whole(t), cfg.changes(t), cfg.byDuty(t), cfg.lawOf(first), cfg.methods())
	return b, nil
}

func plus(a, b comparison.Counts) comparison.Counts {
	return comparison.Counts{Met: a.Met + b.Met, Failed: a.Failed + b.Failed, NotDue: a.NotDue + b.NotDue, Unclear: a.Unclear + b.Unclear, Void: a.Void + b.Void}
}

func (c *Config) bulletin(first time.Time) *Bulletin {
	b := &Bulletin{Lang: c.Lang, Title: c.say("Boletín mensual: ", "Monthly bulletin: ") + c.monthName(first), issued: c.Now,
		Lead: []string{c.Catalogue.Title.In(c.Lang)},
		Foot: []string{c.say("Catálogo ", "Catalogue ") + c.Catalogue.Label() + ". Amparo " + c.Program + ".",
			c.say("Son denuncias y actos registrados, no la prevalencia de la violencia. No es asesoría legal.", "These are recorded reports and acts, not the prevalence of violence. This is not legal advice.")}}
	if c.Synthetic {
		b.Synthetic = c.say("Datos sintéticos: ninguna persona ni caso es real.", "Synthetic data: no person or case is real.")
	}
	return b
}

// rate is a share with its interval and n.
func (c *Config) rate(n comparison.Counts) string {
	text := "n = " + present.Count(n.Due())
	i, err := statistics.Wilson(n.Met, n.Due(), 0.95)
	if err != nil || !present.Rated(n.Due()) {
		return "–, " + text
	}
	return present.RateWithin(i.Estimate, i.Low, i.High, n.Due(), c.Lang) + ", " + text
}

// whole is the country and its regions, each beside the months it is compared with.
func (c *Config) whole(t tallies) Section {
	s := Section{Title: c.say("En plazo, de lo que venció en el mes", "On time, of what fell due in the month"), Table: &Table{Head: []string{
		c.say("Lugar", "Place"), c.say("El mes", "The month"), c.say("El mes anterior", "The month before"), c.say("El mismo mes del año anterior", "The same month of the year before"),
	}}}
	for _, region := range append([]string{""}, c.Catalogue.Places.Regions(c.Grouping)...) {
		n := t[cellKey{"", region}]
		name := present.Place(c.Catalogue, cmp.Or(region, indicator.Nation)).In(c.Lang)
		s.Table.Rows = append(s.Table.Rows, []string{name, c.rate(n[0]), c.rate(n[1]), c.rate(n[2])})
	}
	nation := t[cellKey{}]
	s.Text = []string{
		c.change(c.say("Frente al mes anterior", "Against the month before"), nation[0], nation[1]),
		c.change(c.say("Frente al mismo mes del año anterior", "Against the same month of the year before"), nation[0], nation[2]),
	}
	s.Notes = []string{c.say("La mezcla de deberes y de riesgos cambia de un lugar y de un mes a otro: para comparar regiones a igual riesgo, véase amparo compare.", "The mix of duties and risks differs among places and months: to compare regions at equal risk, see amparo compare.")}
	return s
}

// change says whether a share changed by more than chance gives.
func (c *Config) change(what string, now, before comparison.Counts) string {
	if !present.Rated(now.Due()) || !present.Rated(before.Due()) {
		return what + ": " + c.say("hay muy pocos casos para decir si algo cambió.", "there are too few cases to say whether anything changed.")
	}
	d, err := statistics.Newcombe(now.Met, now.Due(), before.Met, before.Due(), 0.95)
	if err != nil {
		return what + ": –"
	}
	value, low, high := present.Difference(d.Estimate, d.Low, d.High)
	verdict := c.say("no se ve un cambio mayor que el azar", "no change beyond chance is seen")
	switch {
	case d.Low > 0:
		verdict = c.say("subió", "it rose")
	case d.High < 0:
		verdict = c.say("bajó", "it fell")
	}
	return fmt.Sprintf("%s: %s, %s %s (%s).", what, verdict, value, present.Unit("points", c.Lang), present.Range(low, high, c.Lang))
}

// changes lists the duties of which the share changed since the month before, allowing for how many
// were looked at.
func (c *Config) changes(t tallies) Section {
	s := Section{Title: c.say("Qué cambió desde el mes anterior", "What changed since the month before")}
	type one struct {
		duty *law.Duty
		n    [3]comparison.Counts
	}
	var list []one
	var chances []float64
	for _, d := range c.Catalogue.Duties {
		n := t[cellKey{d.ID, ""}]
		if n[0].Due() < comparison.MinimumFlag || n[1].Due() < comparison.MinimumFlag {
			continue
		}
		test, err := statistics.CochranMantelHaenszel([]statistics.Table{{Successes1: n[0].Met, Total1: n[0].Due(), Successes2: n[1].Met, Total2: n[1].Due()}})
		p := 1.0
		if err == nil {
			p = test.P
		}
		list, chances = append(list, one{d, n}), append(chances, p)
	}
	adjusted, err := statistics.Holm(chances)
	if err != nil {
		adjusted = make([]float64, len(list))
		for i := range adjusted {
			adjusted[i] = 1
		}
	}
	for i, o := range list {
		if adjusted[i] <= 0.05 {
			s.Text = append(s.Text, c.change(o.duty.Title.In(c.Lang), o.n[0], o.n[1]))
		}
	}
	if len(s.Text) == 0 {
		s.Text = []string{c.say("Ningún deber cambió más de lo que da el azar.", "No duty changed by more than chance gives.")}
	}
	s.Notes = []string{fmt.Sprintf(c.say("Se miraron %d deberes con treinta casos o más en cada mes; con la corrección de Holm, entre todos hay a lo sumo una posibilidad en veinte de nombrar uno que no cambió.",
		"%d duties with thirty cases or more in each month were looked at; with Holm's correction there is at most one chance in twenty, among all, to name one that did not change."), len(list))}
	return s
}

func (c *Config) byDuty(t tallies) Section {
	regions := c.Catalogue.Places.Regions(c.Grouping)
	s := Section{Title: c.say("Por deber y región", "By duty and region"), Table: &Table{Head: []string{c.say("Deber", "Duty"), present.Place(c.Catalogue, indicator.Nation).In(c.Lang)}}, Notes: []string{present.FewLegend.In(c.Lang)}}
	for _, region := range regions {
		s.Table.Head = append(s.Table.Head, present.Place(c.Catalogue, region).In(c.Lang))
	}
	c.eachDuty(s.Table, func(d *law.Duty) []string {
		if n := t[cellKey{d.ID, ""}][0]; n.Due() == 0 {
			return nil
		}
		row := []string{d.Title.In(c.Lang), c.rate(t[cellKey{d.ID, ""}][0])}
		for _, region := range regions {
			row = append(row, c.rate(t[cellKey{d.ID, region}][0]))
		}
		return row
	})
	return s
}

// eachDuty adds a row for each duty that has one, under its implication.
func (c *Config) eachDuty(t *Table, row func(*law.Duty) []string) {
	for _, imp := range c.Catalogue.Implications {
		headed := false
		for _, d := range c.Catalogue.Duties {
			if d.Implication != imp.ID {
				continue
			}
			if cells := row(d); cells != nil {
				if !headed {
					t.Rows, headed = append(t.Rows, []string{imp.Title.In(c.Lang)}), true
				}
				t.Rows = append(t.Rows, cells)
			}
		}
	}
}

// lawOf lists what changed in the law in the month.
func (c *Config) lawOf(first time.Time) Section {
	s := Section{Title: c.say("Cambios de la ley en el mes", "Changes of the law in the month")}
	for _, turn := range diff.Turns(c.Catalogue) {
		at := turn.On.Start(c.Catalogue.Zone)
		if turn.Regime.Kind == law.Law && !at.Before(first) && at.Before(first.AddDate(0, 1, 0)) {
			s.Text = append(s.Text, fmt.Sprintf("%s: %s (%s)", turn.On, turn.Duty.Title.In(c.Lang), turn.Regime.Citation))
		}
	}
	if len(s.Text) == 0 {
		s.Text = []string{c.say("Ninguno en el catálogo.", "None in the catalogue.")}
	}
	return s
}

func (c *Config) methods() Section {
	return Section{Title: c.say("Métodos", "Methods"), Text: []string{
		c.say("En plazo: de las obligaciones que vencieron en el mes, cuántas se cumplieron dentro del plazo. Lo vencido y no cumplido cuenta como incumplido, y lo que no se informa también. Intervalos de Wilson al 95 %; diferencias de Newcombe. Cada caso se juzga con la norma vigente cuando empezó su plazo.",
			"On time: of the obligations that fell due in the month, how many were done within the limit. What is overdue and undone counts as a failure, and so does what is not reported. 95 % Wilson intervals; Newcombe differences. Each case is judged by the norm in force when its clock started."),
	}}
}

// Public is the bulletin for anyone: the month as it was published, rounded and protected.
func Public(cfg Config, published *aggregator.Published) *Bulletin {
	first := published.Closed.In(cfg.Catalogue.Zone).AddDate(0, -1, 0)
	b := cfg.bulletin(first)
	b.Lead = append(b.Lead, fmt.Sprintf(cfg.say("Publicado el %s, versión %d. Los casos se redondean a cinco; %s oculta un grupo de menos de diez personas, o lo que permitiría calcularlo: no es cero ni falta de datos.",
		"Published on %s, version %d. Cases are rounded to five; %s hides a group of fewer than ten people, or what would let it be computed: it is neither zero nor missing."),
		present.Day(published.CountedAt, cfg.Catalogue.Zone), published.Version, hiddenMark))
	for _, period := range []disclosure.Period{disclosure.Month, disclosure.Year} {
		b.Sections = append(b.Sections, cfg.published(published, period))
	}
	b.Sections = append(b.Sections, cfg.lawOf(first), cfg.methods())
	return b
}

// hiddenMark stands for a hidden number on paper, in letters that every printer has.
const hiddenMark = "[#]"

func (c *Config) published(published *aggregator.Published, period disclosure.Period) Section {
	regions := c.Catalogue.Places.Regions(c.Grouping)
	s := Section{Title: c.say("El mes", "The month"), Table: &Table{Head: []string{c.say("Deber", "Duty"), present.Place(c.Catalogue, indicator.Nation).In(c.Lang)}}}
	if period == disclosure.Year {
		s.Title = c.say("Los doce meses que terminan con él", "The twelve months that end with it")
	}
	places := []disclosure.Place{{Period: period, Level: disclosure.Nation}}
	for _, region := range regions {
		s.Table.Head = append(s.Table.Head, present.Place(c.Catalogue, region).In(c.Lang))
		places = append(places, disclosure.Place{Period: period, Level: disclosure.Region, Code: region})
	}
	c.eachDuty(s.Table, func(d *law.Duty) []string {
		if !published.Has(d.ID) {
			return nil
		}
		row := []string{d.Title.In(c.Lang)}
		for _, at := range places {
			row = append(row, c.figure(published.Figure(d.ID, at)))
		}
		return row
	})
	return s
}

// figure is a figure as anyone sees it: the share and interval of rounded counts.
func (c *Config) figure(f disclosure.Figure) string {
	if f.Hidden != "" {
		return hiddenMark
	}
	n := int64(f.Persons) //nolint:gosec // A count fits.
	if n == 0 {
		return c.say("nada venció", "none fell due")
	}
	text := "n ≈ " + present.Count(n)
	i, err := statistics.Wilson(min(int64(f.Parts[0]), n), n, 0.95) //nolint:gosec // A count fits.
	if err != nil || !present.Rated(n) {
		return "–, " + text
	}
	return fmt.Sprintf("%.0f%% (%s), %s", 100*i.Estimate, present.Range(fmt.Sprintf("%.0f%%", 100*i.Low), fmt.Sprintf("%.0f%%", 100*i.High), c.Lang), text)
}
