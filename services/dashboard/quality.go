package dashboard

import (
	"slices"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// newQuality says how far the numbers can be trusted: who reports, how late facts are
// written down, what the records do not decide.
func (p *pages) newQuality(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Calidad de los datos", "Data quality")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	v.Lead = []string{f.T("Contado al ", "Counted as of ") + page.LocalTime(p.cat, b.AsOf)}
	v.Sections = []page.Section{p.entryDelay(f, b), p.reporters(f, b, store.ByDepartment), p.reporters(f, b, store.ByInstitutionKind), p.undecided(f, b)}
	return v
}

// entryDelay is how long facts waited to be written down.
func (p *pages) entryDelay(f page.Frame, b *desk.Board) page.Section {
	sec := page.Section{ID: "delay", Title: f.T("Cuánto esperan los hechos a ser registrados", "How long facts wait to be recorded"), Notes: []string{
		f.T("De los hechos recibidos en los últimos noventa días: el tiempo entre que ocurrieron y que se escribieron. Un plazo se juzga por cuándo ocurrió el hecho; la demora del registro es esta cifra, aparte.",
			"Of the facts received in the last ninety days: the time from when they happened to when they were written down. A deadline is judged by when the fact happened; the delay of entry is this number, apart."),
	}}
	t := &page.Table{Name: sec.Title, None: f.T("Ningún sistema ha enviado hechos.", "No system has sent facts."), Head: []string{
		f.T("Sistema", "System"), f.T("La mitad, en", "Half, within"), f.T("Nueve de cada diez, en", "Nine in ten, within"), f.T("Después de un día", "After more than a day"),
	}}
	for _, src := range b.Sources {
		half, most := page.Entry{Value: "–"}, page.Entry{Value: "–"}
		if present.Rated(page.Signed(src.Quarter)) {
			half, most = page.Entry{Value: spanWords(src.Half, f)}, page.Entry{Value: spanWords(src.Most, f)}
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: src.Name, Prose: true}, Cells: []page.Entry{half, most, page.ShareEntry(page.Signed(src.Late), page.Signed(src.Quarter), law.Basis{}, f.Told())}})
	}
	sec.Table = t
	return sec
}

// reporters compares what everyone sent in a day with what is usual on that weekday.
func (p *pages) reporters(f page.Frame, b *desk.Board, origin store.Origin) page.Section {
	sec := page.Section{ID: string(origin), Title: f.T("Qué envió cada tipo de institución en 24 horas", "What each kind of institution sent in 24 hours")}
	name, what := func(code string) string { return p.cat.Word(code, f.Lang) }, f.T("Tipo de institución", "Kind of institution")
	if origin == store.ByDepartment {
		sec.Title = f.T("Qué envió cada departamento en 24 horas", "What each department sent in 24 hours")
		name, what = p.cat.Places.Name, f.T("Departamento", "Department")
		sec.Notes = []string{f.T("Lo usual es la mediana de las mismas 24 horas de las ocho semanas anteriores. «Inusual» marca lo que se aparta más de 3.5 desviaciones robustas (z modificada) de lo usual entre departamentos.",
			"Usual is the median of the same 24 hours of the eight weeks before. “Unusual” marks what departs by more than 3.5 robust deviations (modified z) from what is usual among departments.")}
	}
	t := &page.Table{Name: sec.Title, None: f.T("Nadie ha enviado hechos.", "Nobody has sent facts."), Head: []string{
		what, f.T("Hechos en 24 horas", "Facts in 24 hours"), f.T("Lo usual", "Usual"), f.T("Último hecho", "Last fact"), f.T("Nota", "Note"),
	}}
	var list []store.Reporter
	heard := map[string]bool{}
	for _, r := range b.Reporters {
		if r.Origin == origin {
			list, heard[r.Name] = append(list, r), true
		}
	}
	unusual := unusualReporters(list)
	for i, r := range list {
		note := ""
		switch {
		case r.Day == 0 && r.Usual > 0:
			note = f.T("en silencio", "silent")
		case unusual[i] && origin == store.ByDepartment:
			note = f.T("inusual", "unusual")
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: name(r.Name)}, Cells: []page.Entry{page.Counted(r.Day), {Value: present.Fixed(r.Usual, 0)}, {Value: page.LocalTime(p.cat, r.LastAt)}, page.Prose(note)}})
	}
	if origin == store.ByDepartment {
		for _, code := range p.cat.Places.Departments() {
			if !heard[code] {
				t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: name(code)}, Cells: []page.Entry{page.Counted(0), {Value: "–"}, {Value: "–"}, page.Prose(f.T("nunca ha reportado", "has never reported"))}})
			}
		}
	}
	sec.Table = t
	return sec
}

// unusualReporters marks those of which the day's count, relative to what is usual, departs
// from that of the others by the modified z-score.
func unusualReporters(list []store.Reporter) []bool {
	var ratios []float64
	for _, r := range list {
		if r.Usual > 0 {
			ratios = append(ratios, float64(r.Day)/r.Usual)
		}
	}
	out := make([]bool, len(list))
	scores := modifiedZ(ratios)
	k := 0
	for i, r := range list {
		if r.Usual > 0 {
			out[i] = scores[k] > 3.5 || scores[k] < -3.5
			k++
		}
	}
	return out
}

// undecided lists how much of what fell due the records do not decide.
func (p *pages) undecided(f page.Frame, b *desk.Board) page.Section {
	sec := page.Section{ID: "undecided", Title: f.T("Lo que los registros no permiten decidir", "What the records do not decide"), Notes: []string{
		f.T("Por ejemplo, cuando solo consta la fecha y el plazo vence ese día. No entra en ninguna tasa; un registro con hora lo resolvería.", "For instance where only the date is known and the limit ends on that day. It is in no rate; a record with the hour would settle it."),
	}}
	t := &page.Table{Name: sec.Title, None: f.T("Todo lo registrado permite decidir.", "All that is recorded decides."), Head: []string{
		f.T("Deber", "Duty"), f.T("No determinables", "Unclear"), f.T("Parte de lo que venció o no se decide", "Share of what fell due or is undecided"),
	}}
	for _, d := range page.ByImplication(p.cat, p.cat.Duties) {
		whole := b.Whole(desk.Question{Duty: d.ID, Window: indicator.Year})
		if whole.Unclear == 0 {
			continue
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.DutyEntry(f, d), Cells: []page.Entry{page.Counted(whole.Unclear), page.ShareEntry(whole.Unclear, whole.Unclear+whole.Due(), law.Basis{}, f.Told())}})
	}
	sec.Table = t
	return sec
}

// modifiedZ is Iglewicz and Hoaglin's score: the distance from the median over the median
// absolute deviation, scaled to a normal's standard deviation. Where half of the values are
// equal there is no scale, and no score.
func modifiedZ(values []float64) []float64 {
	out := make([]float64, len(values))
	middle := median(values)
	distances := make([]float64, len(values))
	for i, v := range values {
		distances[i] = max(v-middle, middle-v)
	}
	spread := median(distances)
	if spread == 0 {
		return out
	}
	for i, v := range values {
		out[i] = 0.6745 * (v - middle) / spread
	}
	return out
}

// median is the middle of some values; those given keep their order.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
