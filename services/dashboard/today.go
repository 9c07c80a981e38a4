package dashboard

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// newToday is the page that is opened every morning: what to do now.
func (p *pages) newToday(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Hoy", "Today")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	v.Lead = []string{fmt.Sprintf(f.T("Contado al %s. Plazos de ley; las metas del proyecto no entran aquí.", "Counted as of %s. Limits of the law; the project's targets are not in here."), page.LocalTime(p.cat, b.AsOf))}
	v.Sections = []page.Section{
		p.nowTiles(f, s, b), p.dueSoon(f, s, b), p.overdue(f, b), p.moved(f, b), p.verdicts(f, s), p.silent(f, b),
	}
	return v
}

// newMorning is the first page of whoever is logged in: the country for those who see it, their own
// places or institution for those who see these, protected shares for an analyst.
func (p *pages) newMorning(r *http.Request, f page.Frame, s *snapshot.Snapshot, b *desk.Board) (page.Page, error) {
	viewer := access.From(r.Context())
	switch {
	case viewer.May(access.SeeNation):
		return p.newToday(f, s, b), nil
	case viewer.Policy("", "") == disclosure.ForAnalyst:
		return p.newAnalyst(f, b)
	}
	return p.newOwn(f, s, b, viewer), nil
}

// newOwn is the page of a region's authority or an institution's steward: what is due and
// overdue among what is theirs, and how much of it was done in time.
func (p *pages) newOwn(f page.Frame, s *snapshot.Snapshot, b *desk.Board, viewer access.Viewer) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Hoy, en lo propio", "Today, in what is yours")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	var names []string
	for _, code := range viewer.Places {
		names = append(names, p.cat.Places.Name(code))
	}
	if viewer.Institution != "" {
		names = append(names, viewer.Institution)
	}
	v.Lead = []string{strings.Join(names, ", ") + ". " + f.T("Contado al ", "Counted as of ") + page.LocalTime(p.cat, b.AsOf)}
	own := b.Within(viewer.Numbers().Holds)
	unforeseen := *s
	unforeseen.Warnings = nil // Forecasts are of the country.
	v.Sections = []page.Section{p.dueSoon(f, &unforeseen, own), p.overdue(f, own), p.ownShares(f, s, own)}
	return v
}

// ownShares is how much of what fell due was done in time, by duty.
func (p *pages) ownShares(f page.Frame, s *snapshot.Snapshot, own *desk.Board) page.Section {
	sec := page.Section{ID: "shares", Title: f.T("Cumplidas en plazo, últimos doce meses", "Done in time, last twelve months"), Notes: []string{present.FewLegend.In(f.Lang)}}
	t := &page.Table{Name: sec.Title, Head: page.PartHead(f, f.T("Deber", "Duty")), None: f.T("Ninguna obligación.", "No obligation.")}
	for _, d := range page.ByImplication(p.cat, s.Duties) {
		part := own.Whole(desk.Question{Duty: d.ID, Window: indicator.Year})
		if part.Any() {
			t.Rows = append(t.Rows, page.TableRow{Head: page.DutyEntry(f, d), Cells: page.PartCells(f, &part)})
		}
	}
	sec.Table = t
	return sec
}

// protected are the figures of a board as a policy lets them be seen.
type protected map[string]map[string]disclosure.Figure

// Has implements shares.
func (p protected) Has(duty string) bool { return len(p[duty]) > 0 }

// Figure implements shares.
func (p protected) Figure(duty string, at disclosure.Place) disclosure.Figure {
	f, ok := p[duty][at.Key()]
	if !ok {
		f.Parts = []uint64{0, 0}
	}
	return f
}

// newAnalyst is the page of an analyst: shares by place with small groups hidden.
func (p *pages) newAnalyst(f page.Frame, b *desk.Board) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading = f.T("Cifras para el análisis", "Numbers for analysis")
	if v.Waiting = b == nil; v.Waiting {
		return v, nil
	}
	figures := protected{}
	for _, d := range p.cat.Duties {
		if !d.IsCaseInstance() {
			continue
		}
		of, err := b.Figures(disclosure.ForAnalyst, d.ID)
		if err != nil {
			return v, fmt.Errorf("protect %s: %w", d.ID, err)
		}
		figures[d.ID] = of
	}
	v.Lead = []string{fmt.Sprintf(f.T("Deberes con una obligación por caso, contados al %s. Un grupo de menos de %d personas, o lo que permitiría calcularlo, se oculta.", "Duties with one obligation a case, counted as of %s. A group of fewer than %d people, or what would let it be computed, is hidden."),
		page.LocalTime(p.cat, b.AsOf), disclosure.ForAnalyst.Floor())}
	v.Sections = []page.Section{p.publicRegions(f, figures), p.publicDepartments(f, figures)}
	return v, nil
}

// nowTiles are the few numbers that are read first.
func (p *pages) nowTiles(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Section {
	var due, missed uint64
	var oldest time.Time
	offices := map[string]bool{}
	for _, n := range b.Standing {
		if n.Overdue == 0 {
			due += n.Count
			offices[n.Institution] = true
			continue
		}
		missed += n.Count
		if oldest.IsZero() || n.FirstDue.Before(oldest) {
			oldest = n.FirstDue
		}
	}
	delete(offices, "")
	tiles := []page.Tile{
		{Label: f.T("Vencen en 24 horas", "Fall due within 24 hours"), Value: present.Count(page.Signed(due)), Link: "#due",
			Note: fmt.Sprintf(f.T("en %s instituciones", "at %s institutions"), present.Count(int64(len(offices))))},
		{Label: f.T("Vencidas sin cumplir, ahora", "Overdue and undone, now"), Value: present.Count(page.Signed(missed)), Link: "#overdue", Note: oldestNote(p.cat, f, oldest)},
	}
	tiles = append(tiles, p.monthTile(f, s)...)
	silent, all := p.silentDepartments(b)
	tiles = append(tiles, page.Tile{
		Label: f.T("Departamentos sin reportar en 24 horas", "Departments that sent nothing in 24 hours"), Link: "#silent",
		Value: fmt.Sprintf(f.T("%d de %d", "%d of %d"), len(silent), all), Note: p.lastHeard(f, b),
	})
	return page.Section{ID: "now", Title: f.T("Ahora", "Now"), Tiles: tiles}
}

func oldestNote(cat *law.Catalogue, f page.Frame, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return f.T("la más antigua venció el ", "the oldest fell due on ") + present.Day(at, cat.Zone)
}

// monthTile is the share of the last closed month over all duties of the law, beside the
// last twelve months.
func (p *pages) monthTile(f page.Frame, s *snapshot.Snapshot) []page.Tile {
	sum := func(window indicator.Window) (o snapshot.OnTime) {
		for _, d := range s.Duties {
			n := s.OnTime[snapshot.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: window}]
			o.Met, o.Due = o.Met+n.Met, o.Due+n.Due
		}
		return o
	}
	month, year := sum(indicator.Month), sum(indicator.Year)
	tell := func(o snapshot.OnTime) string {
		share, low, high, ok := o.Share()
		if !ok || f.Unreported {
			return "–"
		}
		return present.RateWithin(share, low, high, o.Due, f.Lang)
	}
	share, _, _, ok := month.Share()
	value := "–"
	if ok && !f.Unreported {
		value = present.Rate(share, month.Due)
	}
	return []page.Tile{{
		Label: f.T("En plazo, último mes cerrado", "On time, last closed month"), Value: value, Link: f.Link(page.DeadlinesPath, "window", "month"),
		Note: fmt.Sprintf(f.T("%s, n = %s; últimos doce meses: %s", "%s, n = %s; last twelve months: %s"), tell(month), present.Count(month.Due), tell(year)),
	}}
}

// dueSoon lists by duty what falls due within a day, and how much of it is
// expected to be missed.
func (p *pages) dueSoon(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Section {
	sec := page.Section{
		ID: "due", Title: f.T("Vence en las próximas 24 horas", "Falls due within the next 24 hours"),
		Notes: []string{f.T("Lo esperado sale de lo que hicieron en el último año obligaciones semejantes; es un número de casos, con el intervalo en que caen 95 de 100 pronósticos, nunca una predicción sobre una persona.",
			"What is expected comes from what obligations alike did in the last year; it is a number of cases, with the interval that holds 95 of 100 forecasts, never a prediction about a person.")},
	}
	foreseen := len(s.Warnings) > 0
	t := &page.Table{
		Name: sec.Title, None: f.T("Nada vence en las próximas 24 horas.", "Nothing falls due within the next 24 hours."),
		Head: []string{f.T("Deber", "Duty"), f.T("Vencen", "Fall due"), f.T("Instituciones", "Institutions"), f.T("Primer vencimiento", "First deadline")},
	}
	if foreseen {
		t.Head = append(t.Head, f.T("Se espera que no se cumplan", "Expected to be missed"))
	} else {
		sec.Notes = nil
	}
	for _, d := range page.ByImplication(p.cat, s.Duties) {
		var n uint64
		var first time.Time
		offices := map[string]bool{}
		for _, st := range b.Standing {
			if st.Duty == d.ID && st.Overdue == 0 {
				n += st.Count
				offices[st.Institution] = true
				if first.IsZero() || st.FirstDue.Before(first) {
					first = st.FirstDue
				}
			}
		}
		if n == 0 {
			continue
		}
		count := page.Counted(n)
		count.Link = f.CasesLink("duty", d.ID, "status", string(obligation.Open), "soon", "yes")
		row := page.TableRow{Head: page.DutyEntry(f, d), Cells: []page.Entry{count, page.Counted(len(offices)), {Value: page.LocalTime(p.cat, first)}}}
		if foreseen {
			row.Cells = append(row.Cells, page.Entry{Value: expected(s, d.ID, f)})
		}
		t.Rows = append(t.Rows, row)
	}
	sec.Table = t
	return sec
}

// expected is how many are expected to be missed in all regions, "–" where that is
// not known.
func expected(s *snapshot.Snapshot, duty string, f page.Frame) string {
	var sum float64
	var low, high int64
	known := false
	for _, w := range s.Warnings {
		if w.Duty == duty && w.Expected != nil {
			sum, low, high, known = sum+*w.Expected, low+w.Low, high+w.High, true
		}
	}
	if !known {
		return "–"
	}
	return fmt.Sprintf("%s (%s)", present.Fixed(sum, 0), present.Range(present.Count(low), present.Count(high), f.Lang))
}

// overdue lists what is missed by duty, in the order of a case, and by age.
func (p *pages) overdue(f page.Frame, b *desk.Board) page.Section {
	sec := page.Section{ID: "overdue", Title: f.T("Vencidas sin cumplir, por etapa y antigüedad", "Overdue and undone, by stage and age")}
	head := []string{f.T("Etapa y deber", "Stage and duty")}
	for _, step := range store.OverdueSteps() {
		head = append(head, ageName(step, f))
	}
	head = append(head, f.T("Total", "Total"), f.T("De las que vencieron en doce meses", "Of those due in twelve months"))
	t := &page.Table{Name: sec.Title, Head: head, None: f.T("Ninguna obligación está vencida sin cumplir.", "No obligation is overdue and undone.")}

	byDuty := map[string]map[uint16]uint64{}
	for _, n := range b.Standing {
		if n.Overdue == 0 {
			continue
		}
		if byDuty[n.Duty] == nil {
			byDuty[n.Duty] = map[uint16]uint64{}
		}
		byDuty[n.Duty][n.Overdue] += n.Count
	}
	group := ""
	for _, d := range page.ByImplication(p.cat, p.cat.Duties) {
		ages := byDuty[d.ID]
		if ages == nil {
			continue
		}
		if d.Implication != group {
			group = d.Implication
			t.Rows = append(t.Rows, page.TableRow{Group: true, Head: page.Entry{Value: page.ImplicationTitle(p.cat, group, f.Lang)}})
		}
		r := page.TableRow{Head: page.DutyEntry(f, d)}
		var total uint64
		for _, step := range store.OverdueSteps() {
			total += ages[step]
			r.Cells = append(r.Cells, page.Counted(ages[step]))
		}
		all := page.Counted(total)
		all.Link = f.CasesLink("duty", d.ID, "status", string(obligation.Missed))
		year := b.Whole(desk.Question{Duty: d.ID, Window: indicator.Year})
		r.Cells = append(r.Cells, all, page.Entry{Value: present.Count(year.Due()), Link: f.Link(page.NumberPath, "duty", d.ID)})
		t.Rows = append(t.Rows, r)
	}
	sec.Table = t
	sec.Notes = []string{f.T("El total cuenta todo lo que sigue vencido, también lo que venció hace más de doce meses; por eso puede ser mayor que la última columna.",
		"The total counts all that is still overdue, also what fell due more than twelve months ago; it can therefore exceed the last column.")}
	return sec
}

func ageName(step uint16, f page.Frame) string {
	switch step {
	case 1:
		return f.T("Hasta 1 día", "Up to 1 day")
	case store.Older:
		return f.T("Más de 90 días", "Over 90 days")
	}
	return fmt.Sprintf(f.T("Hasta %d días", "Up to %d days"), step)
}

// moved says what changed since yesterday and since last month, each beside the period
// before it.
func (p *pages) moved(f page.Frame, b *desk.Board) page.Section {
	sec := page.Section{
		ID: "moved", Title: f.T("Qué cambió desde ayer y desde el mes pasado", "What changed since yesterday and since last month"),
		Notes: []string{f.T("«No cumplidas a su vencimiento» cuenta también las que se cumplieron después: así un periodo reciente se compara con uno antiguo. Lo que llega tarde al registro puede cambiar estas cifras.",
			"“Not done when due” also counts those that were done later: so a young period compares with an old one. What is entered late may change these numbers.")},
	}
	var n [4]map[store.Turn]int64
	for i := range n {
		n[i] = map[store.Turn]int64{}
	}
	for _, m := range b.Movements {
		n[m.Period][m.Turn] += page.Signed(m.Count)
	}
	// The thirty days hold the two days before them as well.
	for _, turn := range []store.Turn{store.Arisen, store.FellDue, store.Failed, store.Done} {
		n[2][turn] += n[0][turn] + n[1][turn]
	}
	t := &page.Table{Name: sec.Title, Head: []string{
		f.T("Obligaciones", "Obligations"), f.T("Últimas 24 horas", "Last 24 hours"), f.T("24 horas anteriores", "24 hours before"),
		f.T("Últimos 30 días", "Last 30 days"), f.T("30 días anteriores", "30 days before"),
	}}
	for _, row := range []struct {
		name string
		turn store.Turn
	}{
		{f.T("Nacieron", "Arose"), store.Arisen}, {f.T("Se cumplieron", "Were done"), store.Done},
		{f.T("Vencieron", "Fell due"), store.FellDue}, {f.T("No cumplidas a su vencimiento", "Not done when due"), store.Failed},
	} {
		r := page.TableRow{Head: page.Entry{Value: row.name}}
		for i := range n {
			r.Cells = append(r.Cells, page.Counted(n[i][row.turn]))
		}
		t.Rows = append(t.Rows, r)
	}
	share := page.TableRow{Head: page.Entry{Value: f.T("Parte no cumplida a su vencimiento", "Share not done when due")}}
	for i := range n {
		share.Cells = append(share.Cells, page.ShareEntry(n[i][store.Failed], n[i][store.FellDue], law.Basis{}, f))
	}
	t.Rows = append(t.Rows, share)
	sec.Table = t
	sec.Text = []string{
		changeSentence(f, f.T("Desde ayer", "Since yesterday"), n[0], n[1]),
		changeSentence(f, f.T("Desde el mes pasado", "Since last month"), n[2], n[3]),
	}
	return sec
}

// changeSentence says whether the share that was not done when due changed by more than
// chance gives.
func changeSentence(f page.Frame, since string, now, before map[store.Turn]int64) string {
	a, b := now[store.FellDue], before[store.FellDue]
	if !present.Rated(a) || !present.Rated(b) {
		return since + ": " + f.T("muy pocas vencieron para decir si algo cambió.", "too few fell due to say whether anything changed.")
	}
	d, err := statistics.Newcombe(now[store.Failed], a, before[store.Failed], b, 0.95)
	if err != nil {
		return since + ": –"
	}
	value, low, high := present.Difference(d.Estimate, d.Low, d.High)
	interval := fmt.Sprintf(f.T("%s puntos (%s)", "%s points (%s)"), value, present.Range(low, high, f.Lang))
	switch {
	case d.Low > 0:
		return fmt.Sprintf(f.T("%s: la parte no cumplida a su vencimiento subió, %s.", "%s: the share not done when due rose, %s."), since, interval)
	case d.High < 0:
		return fmt.Sprintf(f.T("%s: la parte no cumplida a su vencimiento bajó, %s.", "%s: the share not done when due fell, %s."), since, interval)
	}
	return fmt.Sprintf(f.T("%s: no se ve un cambio mayor que el azar, %s.", "%s: no change beyond chance is seen, %s."), since, interval)
}

// verdicts says in words how the regions compare.
func (p *pages) verdicts(f page.Frame, s *snapshot.Snapshot) page.Section {
	sec := page.Section{
		ID: "regions", Title: f.T("Las regiones: ¿diferentes, equivalentes o no se sabe?", "The regions: different, equivalent or unknown?"),
		Links: []page.Link{{Text: f.T("Ver todas las comparaciones", "See all comparisons"), Address: f.Link(page.ComparePath)}},
	}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Regiones", "Regions"), f.T("Diferentes", "Different"), f.T("Equivalentes", "Equivalent"), f.T("No se sabe", "Unknown")},
		None: f.T("Este catálogo no tiene regiones.", "This catalogue has no regions.")}
	var pairs []string
	counts := map[string]map[comparison.Verdict]int{}
	for i := range s.Gaps {
		g := &s.Gaps[i]
		if counts[g.Pair] == nil {
			counts[g.Pair] = map[comparison.Verdict]int{}
			pairs = append(pairs, g.Pair)
		}
		counts[g.Pair][g.Verdict]++
		if g.Verdict == comparison.Different && len(sec.Items) < 8 && !f.Unreported {
			sec.Items = append(sec.Items, page.Item{Text: present.Comparison(g.Names, g.Title, &g.Comparison).In(f.Lang), Link: f.Link(page.ComparePath, "pair", g.Pair)})
		}
	}
	for _, pair := range pairs {
		c := counts[pair]
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: pairName(p.cat, s, pair, f.Lang), Link: f.Link(page.ComparePath, "pair", pair)},
			Cells: []page.Entry{page.Counted(c[comparison.Different]), page.Counted(c[comparison.Equivalent]), page.Counted(c[comparison.Unknown])}})
	}
	sec.Table = t
	sec.Notes = []string{fmt.Sprintf(f.T("Cada deber e implicancia con plazo de ley se compara a igual riesgo, con un margen de %s puntos decidido de antemano y corrigiendo por el número de comparaciones. «No se sabe» no es «iguales».",
		"Each duty and implication with a limit of the law is compared at equal risk, with a margin of %s points decided beforehand and corrected for the number of comparisons. “Unknown” is not “equal”."),
		present.Fixed(100*comparison.DefaultTerms().Margin, 0))}
	return sec
}

// silentDepartments are the departments that sent nothing in a day, of how many.
func (p *pages) silentDepartments(b *desk.Board) (silent []string, all int) {
	heard := map[string]bool{}
	for _, r := range b.Reporters {
		if r.Origin == store.ByDepartment && r.Day > 0 {
			heard[r.Name] = true
		}
	}
	departments := p.cat.Places.Departments()
	for _, code := range departments {
		if !heard[code] {
			silent = append(silent, code)
		}
	}
	return silent, len(departments)
}

func (p *pages) lastHeard(f page.Frame, b *desk.Board) string {
	var last time.Time
	for _, s := range b.Sources {
		if s.LastAt.After(last) {
			last = s.LastAt
		}
	}
	if last.IsZero() {
		return f.T("no ha llegado ningún hecho", "no fact has arrived")
	}
	return f.T("el último hecho llegó el ", "the last fact arrived on ") + page.LocalTime(p.cat, last)
}

// silent names who has not reported, and says how fresh each source is.
func (p *pages) silent(f page.Frame, b *desk.Board) page.Section {
	sec := page.Section{ID: "silent", Title: f.T("Quién no ha reportado, y qué tan frescos son los datos", "Who has not reported, and how fresh the data are"),
		Notes: []string{f.T("El silencio no es cumplimiento: lo que no se informa figura como no cumplido cuando vence.", "Silence is not compliance: what is not reported counts as not done when it falls due.")},
		Links: []page.Link{{Text: f.T("Calidad de los datos", "Data quality"), Address: f.Link(page.QualityPath)}},
	}
	silent, _ := p.silentDepartments(b)
	last := map[string]store.Reporter{}
	for _, r := range b.Reporters {
		if r.Origin == store.ByDepartment {
			last[r.Name] = r
		}
	}
	for _, code := range silent {
		text := f.T("nunca ha reportado", "has never reported")
		if r, ok := last[code]; ok {
			text = fmt.Sprintf(f.T("último hecho el %s; lo usual a esta hora son %s en 24 horas", "last fact on %s; usual by this hour are %s in 24 hours"), page.LocalTime(p.cat, r.LastAt), present.Fixed(r.Usual, 0))
		}
		sec.Items = append(sec.Items, page.Item{Mark: p.cat.Places.Name(code), Text: text})
	}
	if len(silent) == 0 {
		sec.Text = []string{f.T("Todos los departamentos enviaron hechos en las últimas 24 horas.", "All departments sent facts in the last 24 hours.")}
	}
	t := &page.Table{Name: f.T("Frescura de cada sistema que envía", "Freshness of each system that sends"),
		Head: []string{f.T("Sistema", "System"), f.T("Último hecho recibido", "Last fact received"), f.T("Hace", "Ago"), f.T("En 24 horas", "In 24 hours"), f.T("Por día, en los 7 anteriores", "A day, in the 7 before")},
		None: f.T("Ningún sistema ha enviado hechos.", "No system has sent facts.")}
	for _, s := range b.Sources {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: s.Name, Prose: true}, Cells: []page.Entry{
			{Value: page.LocalTime(p.cat, s.LastAt)}, {Value: page.Ago(b.AsOf.Sub(s.LastAt), f)}, page.Counted(s.Day), {Value: present.Fixed(float64(s.Week)/7, 0)},
		}})
	}
	sec.Table = t
	return sec
}

// pairName is a pair of regions by name.
func pairName(cat *law.Catalogue, s *snapshot.Snapshot, pair, lang string) string {
	for i, a := range s.Regions {
		for _, b := range s.Regions[i+1:] {
			if pair == a+"-"+b {
				return page.RegionName(cat, a, lang) + " – " + page.RegionName(cat, b, lang)
			}
		}
	}
	return pair
}
