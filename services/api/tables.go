package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/desk"
	"amparo/services/present"
)

// tables are all datasets.
func (s *server) tables() []*dataset {
	return []*dataset{s.duties(), s.publicOnTime(), s.onTime(), s.indicators(), s.comparisons(), s.times(), s.standing(), s.alerts(), s.sources()}
}

func (s *server) dutyParam() param {
	return param{name: "duty", about: "Only this duty, by its id in /duties.", check: func(id string) bool { _, ok := s.cat.Duty(id); return ok }}
}

func (s *server) windowParam() param {
	return param{name: "window", about: "By due date: the last closed month, or the last twelve months.", values: []string{string(indicator.Year), string(indicator.Month)}, fallback: string(indicator.Year)}
}

func (s *server) departmentParam() param {
	return param{name: "department", about: "Only this department, by its two digits.", check: func(code string) bool { return slices.Contains(s.cat.Places.Departments(), code) }}
}

// duties are the definitions of what is counted.
func (s *server) duties() *dataset {
	return &dataset{
		path: "/duties", needs: access.SeePublic, title: "Duties", about: "Each duty of the catalogue with the limits that are in force today.",
		columns: []present.Column{
			present.Col("duty", "Deber", "Duty"), present.Col("title_es", "Título", "Title (Spanish)"), present.Col("title_en", "Título (inglés)", "Title"),
			present.Col("implication", "Implicancia", "Implication"), present.Col("bearers", "Obligados", "Bearers"), present.Col("kind", "Peso", "Weight"),
			present.Col("limits", "Plazos vigentes hoy", "Limits in force today"), present.Col("citations", "Normas", "Norms"),
		},
		rows: func(r request) (*result, error) {
			res := &result{stamp: present.Stamp{AsOf: s.Now(), Catalogue: s.cat.Label()}}
			today := s.cat.DateOf(s.Now())
			for _, d := range s.cat.Duties {
				var limits, norms []string
				for _, regime := range d.Regimes {
					if !regime.InForce(today) {
						continue
					}
					if limit := s.cat.Describe(&regime.Limit, r.lang); !slices.Contains(limits, limit) {
						limits = append(limits, limit)
					}
					if !slices.Contains(norms, regime.Citation) {
						norms = append(norms, regime.Citation)
					}
				}
				res.rows = append(res.rows, []present.Cell{
					present.Text(d.ID), present.Text(d.Title.In("es")), present.Text(d.Title.In("en")), present.Text(d.Implication),
					present.Texts(d.Bearer), present.Coded(string(d.Basis().Kind), d.Basis().Kind.Title()), present.Texts(limits), present.Texts(norms),
				})
			}
			return res, nil
		},
	}
}

// figureColumns are those of a share that may be hidden.
func figureColumns() []present.Column {
	return []present.Column{
		present.Col("duty", "Deber", "Duty"), present.Col("period", "Periodo", "Period"), present.Col("level", "Nivel", "Level"), present.Col("place", "Lugar", "Place"),
		present.Col("place_name", "Nombre", "Name"), present.Col("met", "Cumplidas en plazo", "Done in time"), present.Col("due", "Vencieron", "Fell due"), present.Col("hidden", "Oculto", "Hidden"),
	}
}

// publicOnTime is what anyone may see.
func (s *server) publicOnTime() *dataset {
	return &dataset{
		path: "/public/on-time", needs: access.SeePublic, adx: true, title: "Published shares",
		about:   "Of closed periods, frozen when they were published: cases in which a duty was done in time, of those in which it had fallen due, rounded to five. Where hidden says why, a number is null: that is neither zero nor missing.",
		params:  []param{s.dutyParam(), {name: "period", about: "The month, or the twelve that end with it.", values: []string{string(disclosure.Year), string(disclosure.Month)}, fallback: string(disclosure.Year)}},
		columns: figureColumns(),
		rows: func(r request) (*result, error) {
			published := s.Published()
			if published == nil {
				return nil, errNotCounted
			}
			res := &result{stamp: s.stamp(published.Closed)}
			period := disclosure.Period(r.values["period"])
			for _, d := range s.cat.Duties {
				if !published.Has(d.ID) || r.values["duty"] != "" && r.values["duty"] != d.ID {
					continue
				}
				s.addFigures(res, d.ID, period, published.Closed, func(at disclosure.Place) disclosure.Figure { return published.Figure(d.ID, at) })
			}
			return res, nil
		},
	}
}

// addFigures adds a duty's figures of all places. A period ends at an instant.
func (s *server) addFigures(res *result, duty string, period disclosure.Period, ends time.Time, figure func(disclosure.Place) disclosure.Figure) {
	for _, at := range s.places(period) {
		f := figure(at)
		code := at.Code
		if at.Level == disclosure.Nation {
			code = indicator.Nation
		}
		met, due := present.None, present.None
		if f.Hidden == "" {
			met, due = present.Int(f.Parts[0]), present.Int(f.Persons)
			res.data = append(res.data, dataValue{code, adxPeriod(period, ends, s.cat.Zone), duty + "/due", fmt.Sprint(f.Persons)}, dataValue{code, adxPeriod(period, ends, s.cat.Zone), duty + "/met", fmt.Sprint(f.Parts[0])})
		}
		res.rows = append(res.rows, []present.Cell{
			present.Text(duty), present.Text(string(period)), present.Text(string(at.Level)), present.Text(code), present.Words(present.Place(s.cat, code)),
			met, due, present.Coded(string(f.Hidden), f.Hidden.Text()),
		})
	}
}

// places are the nation, the regions and the departments.
func (s *server) places(period disclosure.Period) []disclosure.Place {
	out := []disclosure.Place{{Period: period, Level: disclosure.Nation}}
	for _, region := range s.cat.Places.Regions(s.Grouping) {
		out = append(out, disclosure.Place{Period: period, Level: disclosure.Region, Code: region})
	}
	for _, code := range s.cat.Places.Departments() {
		out = append(out, disclosure.Place{Period: period, Level: disclosure.Department, Code: code})
	}
	return out
}

// adxPeriod writes a period that ends at an instant as ADX does: its first day and how long it is.
func adxPeriod(period disclosure.Period, ends time.Time, zone *time.Location) string {
	local := ends.In(zone)
	if period == disclosure.Month {
		return local.AddDate(0, -1, 0).Format(time.DateOnly) + "/P1M"
	}
	return local.AddDate(-1, 0, 0).Format(time.DateOnly) + "/P1Y"
}

// onTime is the share of each duty by place or institution, as exactly as its reader may see it.
func (s *server) onTime() *dataset {
	return &dataset{
		path: "/on-time", needs: access.SeeNumbers, adx: true, title: "Duties done in time",
		about: "Of the obligations that fell due, how many were done in time. Exact for those who see exact numbers, of their own places or institution where these are all they see; for an analyst, small groups are hidden, only duties with one obligation a case are in it, and there are no institutions.",
		params: []param{s.dutyParam(), s.windowParam(), s.departmentParam(),
			{name: "by", about: "What the rows are: the nation, regions and departments, or institutions.", values: []string{"place", "institution"}, fallback: "place"}},
		columns: append(figureColumns(), present.Col("institution", "Institución", "Institution"), present.Col("share", "En plazo", "On time"), present.Col("low", "Desde", "Low"), present.Col("high", "Hasta", "High"),
			present.Col("not_due", "Aún no vencen", "Not yet due"), present.Col("unclear", "No determinables", "Unclear"), present.Col("void", "Sin efecto", "Void"), present.Col("rests_on", "Se basa en", "Rests on"), present.Col("reason", "Por qué no hay tasa", "Why there is no rate")),
		rows: func(r request) (*result, error) {
			_, board, err := s.counted()
			if err != nil {
				return nil, err
			}
			res := &result{stamp: s.stamp(board.AsOf)}
			scope := r.viewer.Numbers()
			switch {
			case r.values["by"] == "institution" && !r.viewer.May(access.SeeOffices):
				return nil, errRequest{"by institution: your role does not see single institutions"}
			case r.viewer.Policy("", "") == disclosure.ForAnalyst:
				return res, s.protectedOnTime(res, board, disclosure.ForAnalyst, r)
			case !r.viewer.May(access.SeeNation):
				board = board.Within(scope.Holds)
			}
			for _, d := range s.cat.Duties {
				if d.NeverARow || r.values["duty"] != "" && r.values["duty"] != d.ID {
					continue
				}
				s.exactOnTime(res, board, d.ID, r)
			}
			return res, nil
		},
	}
}

func (s *server) exactOnTime(res *result, board *desk.Board, duty string, r request) {
	window := indicator.Window(r.values["window"])
	q := desk.Question{Duty: duty, Window: window, Place: r.values["department"]}
	ends := board.AsOf
	if window == indicator.Month {
		ends = indicator.Windows(s.cat, board.AsOf)[0].To
	}
	add := func(level, code string, part desk.Part, institution string) {
		covered := s.cover(code, window, board.AsOf)
		res.rows = append(res.rows, s.exactRow(duty, string(window), level, code, part, institution, covered))
		if institution == "" {
			at := adxPeriod(disclosure.Period(window), ends, s.cat.Zone)
			res.data = append(res.data, dataValue{code, at, duty + "/due", fmt.Sprint(part.Due())}, dataValue{code, at, duty + "/met", fmt.Sprint(part.Met)})
		}
	}
	if r.values["by"] == "institution" {
		for _, part := range board.ByInstitution(q) {
			add("institution", q.Place, part, part.Code)
		}
		return
	}
	if q.Place == "" && r.viewer.May(access.SeeNation) {
		add(string(disclosure.Nation), indicator.Nation, board.Whole(q), "")
		for _, region := range s.cat.Places.Regions(s.Grouping) {
			of := q
			of.Region = region
			add(string(disclosure.Region), region, board.Whole(of), "")
		}
	}
	for _, part := range board.ByDepartment(q) {
		if !r.viewer.May(access.SeeNation) && !part.Any() {
			continue // It lies outside what the reader sees, or nothing was counted there.
		}
		add(string(disclosure.Department), part.Code, part, "")
	}
}

func (s *server) exactRow(duty, window, level, place string, part desk.Part, institution string, covered present.Coverage) []present.Cell {
	share, low, high := present.None, present.None, present.None
	if i, err := statistics.Wilson(part.Met, part.Due(), 0.95); err == nil && part.Due() > 0 && !covered.Withheld() {
		share, low, high = present.Share(i.Estimate, part.Due()), present.Share(i.Low, part.Due()), present.Share(i.High, part.Due())
	}
	name := present.None
	if place != "" {
		name = present.Words(present.Place(s.cat, place))
	}
	return []present.Cell{
		present.Text(duty), present.Text(window), present.Text(level), present.Text(place), name, present.Int(part.Met), present.Int(part.Due()), present.None,
		present.Text(institution), share, low, high, present.Int(part.NotDue), present.Int(part.Unclear), present.Int(part.Void), present.Text(string(part.Basis.Kind)), withheld(covered),
	}
}

// protectedOnTime is the same table for whoever may not see small groups: protected as a
// whole, whatever part of it is asked for, so that no two questions can be subtracted.
func (s *server) protectedOnTime(res *result, board *desk.Board, policy disclosure.Policy, r request) error {
	period := disclosure.Period(r.values["window"])
	ends := board.AsOf
	if period == disclosure.Month {
		ends = indicator.Windows(s.cat, board.AsOf)[0].To
	}
	for _, d := range s.cat.Duties {
		if !d.IsCaseInstance() || r.values["duty"] != "" && r.values["duty"] != d.ID {
			continue
		}
		figures, err := board.Figures(policy, d.ID)
		if err != nil {
			return fmt.Errorf("protect %s: %w", d.ID, err)
		}
		if len(figures) == 0 {
			continue
		}
		var all result
		s.addFigures(&all, d.ID, period, ends, func(at disclosure.Place) disclosure.Figure {
			f, ok := figures[at.Key()]
			if !ok {
				f.Parts = []uint64{0, 0}
			}
			return f
		})
		for i, at := range s.places(period) {
			if dep := r.values["department"]; dep == "" || at.Code == dep {
				res.rows = append(res.rows, append(all.rows[i], slices.Repeat([]present.Cell{present.None}, 9)...))
			}
		}
		res.data = append(res.data, slices.DeleteFunc(all.data, func(v dataValue) bool { return r.values["department"] != "" && v.OrgUnit != r.values["department"] })...)
	}
	return nil
}

// indicators are the values of the catalogue's indicators.
func (s *server) indicators() *dataset {
	return &dataset{
		path: "/indicators", needs: access.SeeNation, title: "Indicators", about: "Each indicator of the sixteen implications and of the causes, by region and window, with its interval and n.",
		params: []param{
			{name: "indicator", about: "Only this indicator.", check: func(id string) bool {
				return slices.ContainsFunc(s.cat.Indicators, func(i *law.Indicator) bool { return i.ID == id })
			}},
			{name: "window", about: "The last closed month, the last twelve months, or all.", values: []string{"year", "month", "all"}, fallback: "year"},
		},
		columns: []present.Column{
			present.Col("indicator", "Indicador", "Indicator"), present.Col("region", "Región", "Region"), present.Col("window", "Periodo", "Window"), present.Col("unit", "Unidad", "Unit"),
			present.Col("value", "Valor", "Value"), present.Col("low", "Desde", "Low"), present.Col("high", "Hasta", "High"), present.Col("n", "n", "n"), present.Col("reason", "Por qué no hay valor", "Why there is no value"),
		},
		rows: func(r request) (*result, error) {
			last, _, err := s.counted()
			if err != nil {
				return nil, err
			}
			res := &result{stamp: s.stamp(last.AsOf)}
			for i := range last.Indicators {
				v := &last.Indicators[i]
				if string(v.Window) != r.values["window"] || r.values["indicator"] != "" && v.Indicator.ID != r.values["indicator"] {
					continue
				}
				estimate, low, high, reason := optional(v.Estimate, v.Indicator.Unit, v.N), optional(v.Low, v.Indicator.Unit, v.N), optional(v.High, v.Indicator.Unit, v.N),
					present.Coded(string(v.Reason), v.Reason.Title())
				if covered := s.cover(v.Region, v.Window, last.AsOf); v.Any() && covered.Withheld() {
					estimate, low, high, reason = present.None, present.None, present.None, withheld(covered)
				}
				res.rows = append(res.rows, []present.Cell{
					present.Text(v.Indicator.ID), present.Text(v.Region), present.Text(string(v.Window)), present.Text(v.Indicator.Unit),
					estimate, low, high, present.Int(v.N), reason,
				})
			}
			return res, nil
		},
	}
}

// comparisons are the verdicts on pairs of regions.
func (s *server) comparisons() *dataset {
	return &dataset{
		path: "/comparisons", needs: access.SeeNation, title: "Comparisons of regions", about: "Each pair of regions on every duty and implication with a limit of the law: different, equivalent or unknown, and why.",
		params: []param{{name: "pair", about: "Only this pair, such as coast-highlands.", check: s.isPair}},
		columns: []present.Column{
			present.Col("pair", "Par", "Pair"), present.Col("topic", "Tema", "Topic"), present.Col("met_a", "En plazo A", "In time A"), present.Col("due_a", "Vencieron A", "Due A"), present.Col("met_b", "En plazo B", "In time B"), present.Col("due_b", "Vencieron B", "Due B"),
			present.Col("difference", "Diferencia", "Difference"), present.Col("low", "Desde", "Low"), present.Col("high", "Hasta", "High"), present.Col("verdict", "Veredicto", "Verdict"), present.Col("reason", "Duda", "Doubt"), present.Col("sentence", "En palabras", "In words"),
		},
		rows: func(r request) (*result, error) {
			last, _, err := s.counted()
			if err != nil {
				return nil, err
			}
			res := &result{stamp: s.stamp(last.AsOf)}
			for i := range last.Gaps {
				if g := &last.Gaps[i]; r.values["pair"] == "" || g.Pair == r.values["pair"] {
					res.rows = append(res.rows, gapRow(g, s.coverOfPair(g.Pair, last.AsOf)))
				}
			}
			return res, nil
		},
	}
}

// coverOfPair says how far the year of both regions of a pair was reported: the one
// of which less is known decides.
func (s *server) coverOfPair(pair string, asOf time.Time) present.Coverage {
	a, b, _ := strings.Cut(pair, "-")
	if covered := s.cover(a, indicator.Year, asOf); covered.Withheld() {
		return covered
	}
	return s.cover(b, indicator.Year, asOf)
}

// gapRow is a comparison; of a time that was not reported it says the counts alone.
func gapRow(g *comparison.Gap, covered present.Coverage) []present.Cell {
	d := g.InFamily
	if d == nil {
		d = g.Difference
	}
	difference, low, high := present.None, present.None, present.None
	if d != nil {
		difference, low, high = present.Real(d.Estimate, "points"), present.Real(d.Low, "points"), present.Real(d.High, "points")
	}
	verdict, reason := present.Coded(string(g.Verdict), present.Word("verdict", string(g.Verdict))), present.Coded(string(g.Reason), present.Word("doubt", string(g.Reason)))
	sentence := present.Words(present.Comparison(g.Names, g.Title, &g.Comparison))
	if covered.Withheld() {
		unknown := string(comparison.Unknown)
		difference, low, high, sentence = present.None, present.None, present.None, present.None
		verdict, reason = present.Coded(unknown, present.Word("verdict", unknown)), withheld(covered)
	}
	return []present.Cell{
		present.Text(g.Pair), present.Text(g.Topic), present.Int(g.Sides[0].Met), present.Int(g.Sides[0].Due()), present.Int(g.Sides[1].Met), present.Int(g.Sides[1].Due()),
		difference, low, high, verdict, reason, sentence,
	}
}

func (s *server) isPair(text string) bool {
	a, b, _ := strings.Cut(text, "-")
	regions := s.cat.Places.Regions(s.Grouping)
	return slices.Contains(regions, a) && slices.Contains(regions, b)
}

// times are how long duties take.
func (s *server) times() *dataset {
	return &dataset{
		path: "/times", needs: access.SeeNation, title: "How long duties take", about: "Kaplan-Meier over what fell due in the last twelve months or has yet to: the time by which half and nine tenths are done. Null where the curve does not come so far.",
		params: []param{s.dutyParam()},
		columns: []present.Column{
			present.Col("duty", "Deber", "Duty"), present.Col("region", "Región", "Region"), present.Col("median_hours", "Mediana (horas)", "Median (hours)"), present.Col("median_low", "Desde", "Low"), present.Col("median_high", "Hasta", "High"),
			present.Col("nine_tenths_hours", "Nueve de diez (horas)", "Nine in ten (hours)"), present.Col("n", "n", "n"), present.Col("done", "Cumplidas", "Done"), present.Col("open", "Abiertas", "Open"), present.Col("fell_away", "Sin efecto", "Fell away"),
		},
		rows: func(r request) (*result, error) {
			last, board, err := s.counted()
			if err != nil {
				return nil, err
			}
			res := &result{stamp: s.stamp(board.AsOf)}
			for _, d := range last.Duties {
				for _, region := range last.Places() {
					c := board.Curve(d.ID, region)
					if c == nil || r.values["duty"] != "" && r.values["duty"] != d.ID {
						continue
					}
					median := c.Median()
					nine, err := c.Quantile(0.9)
					if err != nil {
						return nil, err
					}
					res.rows = append(res.rows, []present.Cell{
						present.Text(d.ID), present.Text(region), duration(median.Time, c.N), duration(median.Low, c.N), duration(median.High, c.N),
						duration(nine.Time, c.N), present.Int(c.N), present.Int(c.Done), present.Int(c.Open), present.Int(c.FellAway),
					})
				}
			}
			return res, nil
		},
	}
}

// optional is a value where it exists, which its own rule has allowed.
func optional(o statistics.Optional, unit string, n int64) present.Cell {
	if !o.Exists {
		return present.None
	}
	return present.Told(o.Value, unit, n)
}

// duration is a time in hours, under the policy for numbers.
func duration(o statistics.Optional, n int64) present.Cell {
	if !o.Exists {
		return present.None
	}
	return present.Value(o.Value, "hours", n)
}

// standing is what falls due and what is overdue now, within what its reader may list.
func (s *server) standing() *dataset {
	return &dataset{
		path: "/standing", needs: access.SeeQueue, title: "Due and overdue", about: "Obligations that fall due within 24 hours, and those that are overdue and undone, by institution and age. Counts, never cases.",
		params: []param{s.dutyParam(), s.departmentParam()},
		columns: []present.Column{
			present.Col("duty", "Deber", "Duty"), present.Col("place", "Lugar", "Place"), present.Col("institution_kind", "Tipo", "Kind"), present.Col("institution", "Institución", "Institution"),
			present.Col("state", "Estado", "State"), present.Col("overdue_days_up_to", "Días de atraso, hasta", "Days overdue, up to"), present.Col("count", "Cuántas", "Count"), present.Col("first_due", "Primer vencimiento", "First deadline"),
		},
		rows: func(r request) (*result, error) {
			_, board, err := s.counted()
			if err != nil {
				return nil, err
			}
			scope := r.viewer.Queue()
			var standing []*store.Standing
			for i := range board.Standing {
				n := &board.Standing[i]
				if scope.Holds(n.Province, n.Institution) && (r.values["duty"] == "" || n.Duty == r.values["duty"]) && strings.HasPrefix(n.Province, r.values["department"]) {
					standing = append(standing, n)
				}
			}
			return &result{stamp: s.stamp(board.AsOf), n: len(standing), row: func(i int) []present.Cell { return s.standingRow(standing[i]) }}, nil
		},
	}
}

func (s *server) standingRow(n *store.Standing) []present.Cell {
	state, days := "overdue", present.Int(n.Overdue)
	switch n.Overdue {
	case 0:
		state, days = "due-soon", present.None
	case store.Older:
		days = present.None
	}
	return []present.Cell{
		present.Text(n.Duty), present.Text(n.Province), present.Coded(n.InstitutionKind, present.CatalogueWord(s.cat, n.InstitutionKind)), present.Text(n.Institution),
		present.Coded(state, stateWords[state]), days, present.Int(n.Count), present.At(n.FirstDue),
	}
}

var stateWords = map[string]law.Text{
	"due-soon": {ES: "vence en 24 horas", EN: "due within 24 hours"},
	"overdue":  {ES: "vencida sin cumplir", EN: "overdue and undone"},
}

// sources are how fresh the data are.
func (s *server) sources() *dataset {
	return &dataset{
		path: "/sources", needs: access.SeeNation, title: "Freshness of sources", about: "When each system that sends was last heard, how much it sends, and how long its facts wait to be written down.",
		columns: []present.Column{
			present.Col("source", "Sistema", "Source"), present.Col("last_received", "Último hecho", "Last fact"), present.Col("events_24h", "En 24 horas", "In 24 hours"), present.Col("events_7d_before", "En los 7 días anteriores", "In the 7 days before"),
			present.Col("entry_half_hours", "La mitad, en (horas)", "Half within (hours)"), present.Col("entry_most_hours", "Nueve de diez, en (horas)", "Nine in ten within (hours)"), present.Col("entry_n", "n", "n"),
		},
		rows: func(request) (*result, error) {
			_, board, err := s.counted()
			if err != nil {
				return nil, err
			}
			res := &result{stamp: s.stamp(board.AsOf)}
			for _, src := range board.Sources {
				n := int64(src.Quarter) //nolint:gosec // A count fits.
				res.rows = append(res.rows, []present.Cell{
					present.Text(src.Name), present.At(src.LastAt), present.Int(src.Day), present.Int(src.Week), present.Value(src.Half, "hours", n), present.Value(src.Most, "hours", n), present.Int(src.Quarter),
				})
			}
			return res, nil
		},
	}
}
