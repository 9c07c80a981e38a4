package cases

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// alertsOnAPage is how many alerts one page lists.
const alertsOnAPage = 50

// waiting stands in a link for what somebody has yet to do something about.
const waiting = "waiting"

// A queueRequest is which part of the queue is asked for.
type queueRequest struct {
	kind, state, place string
	mine               bool
	page               int
}

// readQueue reads the request; it is not ok where the link asks for nothing that there is.
func (p *room) readQueue(f page.Frame) (q queueRequest, ok bool) {
	q = queueRequest{kind: f.Query.Get("kind"), state: f.Query.Get("state"), place: f.Query.Get("department"), mine: f.Query.Get("mine") != ""}
	if f.Query.Get("page") != "" {
		n, err := strconv.Atoi(f.Query.Get("page"))
		if err != nil || n < 0 || n > 1_000_000 {
			return q, false
		}
		q.page = n
	}
	states := append([]queue.State{"", waiting}, queue.States()...)
	return q, (q.kind == "" || slices.Contains(queue.Kinds(), queue.Kind(q.kind))) && slices.Contains(states, queue.State(q.state)) &&
		(q.place == "" || p.Catalogue.Places.Known(q.place))
}

// wants reports whether a line is in what was asked for.
func (q *queueRequest) wants(l *queue.Line, who string) bool {
	waits := l.State == queue.Open || l.State == queue.Again || l.State == queue.Taken
	return (q.kind == "" || string(l.Kind) == q.kind) &&
		(q.state == "" || string(l.State) == q.state || q.state == waiting && waits) &&
		(q.place == "" || len(l.Place) >= 2 && l.Place[:2] == q.place) &&
		(!q.mine || l.Handling.Owner == who)
}

// newQueue is the list of what somebody has to look into.
func (p *room) newQueue(f page.Frame) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading = f.T("Alertas", "Alerts")
	q, ok := p.readQueue(f)
	if !ok {
		return v, page.ErrNothing
	}
	view := p.Queue.Queue(f.Viewer)
	if v.Waiting = view.AsOf.IsZero(); v.Waiting {
		return v, nil
	}
	v.Lead = []string{f.T("Lo que alguien tiene que mirar, por institución y lugar, nunca por caso. Poner una alerta en silencio la quita de la lista, no detiene ningún plazo. Contado al ",
		"What somebody has to look into, by institution and place, never by case. To mute an alert takes it off the list and stops no deadline. Counted as of ") + page.LocalTime(p.Catalogue, view.AsOf)}
	v.Sections = []page.Section{p.queueTiles(f, &view), p.queueTable(f, &view, q)}
	return v, nil
}

func (p *room) queueTiles(f page.Frame, view *queue.View) page.Section {
	count := map[queue.State]int{}
	waits := map[queue.Kind]int64{}
	mine := 0
	for i := range view.Lines {
		l := &view.Lines[i]
		count[l.State]++
		if l.State == queue.Open || l.State == queue.Again {
			waits[l.Kind]++
		}
		if l.Handling.Owner == f.Viewer.Name {
			mine++
		}
	}
	note := fmt.Sprintf(f.T("%s vencen en 24 h, %s vencidas, %s silencios", "%s fall due in 24 h, %s overdue, %s silences"), present.Count(waits[queue.Due]), present.Count(waits[queue.Overdue]), present.Count(waits[queue.Silent]))
	if n := count[queue.Again]; n > 0 {
		note += fmt.Sprintf(f.T("; %s atendidas antes, con más desde entonces", "; %s acknowledged before, with more since"), present.Count(int64(n)))
	}
	tile := func(label string, n int, note string, pairs ...string) page.Tile {
		return page.Tile{Label: label, Value: present.Count(int64(n)), Note: note, Link: f.Link(page.AlertsPath, pairs...)}
	}
	return page.Section{ID: "now", Title: f.T("Ahora", "Now"), Tiles: []page.Tile{
		tile(f.T("Sin nadie a cargo", "With nobody in charge"), count[queue.Open]+count[queue.Again], note, "state", string(queue.Open)),
		tile(f.T("A mi cargo", "In my charge"), mine, "", "mine", "yes"),
		tile(f.T("A cargo de alguien", "In somebody's charge"), count[queue.Taken], "", "state", string(queue.Taken)),
		tile(f.T("Atendidas", "Acknowledged"), count[queue.Acknowledged], "", "state", string(queue.Acknowledged)),
		tile(f.T("En silencio", "Muted"), count[queue.Muted], "", "state", string(queue.Muted)),
	}}
}

func (p *room) queueForm(f page.Frame, q queueRequest) *page.Form {
	kinds := []string{"", f.T("Todo", "All")}
	for _, kind := range queue.Kinds() {
		kinds = append(kinds, string(kind), kind.Title().In(f.Lang))
	}
	states := []string{"", f.T("Todos", "All"), waiting, f.T("por hacer", "to be done")}
	for _, state := range queue.States() {
		states = append(states, string(state), state.Title().In(f.Lang))
	}
	return &page.Form{Path: page.AlertsPath, Label: f.T("Qué alertas", "Which alerts"), Fields: []page.Field{
		{Name: "kind", Label: f.T("Qué", "What"), Options: page.Options(q.kind, kinds...)},
		{Name: "state", Label: f.T("Estado", "State"), Options: page.Options(q.state, states...)},
		page.DepartmentField(p.Catalogue, f, q.place),
	}}
}

func (p *room) queueTable(f page.Frame, view *queue.View, q queueRequest) page.Section {
	sec := page.Section{ID: "queue", Title: f.T("La cola", "The queue"), Form: p.queueForm(f, q), Notes: []string{
		f.T("Primero lo que nadie ha tomado; dentro de cada estado lo que aún puede cumplirse a tiempo, lo vencido y los silencios, de lo más antiguo a lo más nuevo.", "What nobody has taken up comes first; within each state what can still be done in time, what is overdue, and silences, the oldest first."),
	}, Links: []page.Link{{Text: f.T("Historia y tiempos de respuesta", "History and response times"), Address: f.Link(page.HandlingPath)}}}
	t := &page.Table{Name: sec.Title, None: f.T("Ninguna alerta con esas condiciones.", "No alert of that kind."), Head: []string{
		f.T("Alerta", "Alert"), f.T("Obligaciones", "Obligations"), f.T("Desde", "Since"), f.T("Hace", "Ago"), f.T("Estado", "State"), f.T("A cargo de", "In charge"),
	}}
	var lines []*queue.Line
	for i := range view.Lines {
		if l := &view.Lines[i]; q.wants(l, f.Viewer.Name) {
			lines = append(lines, l)
		}
	}
	from := min(q.page*alertsOnAPage, len(lines))
	to := min(from+alertsOnAPage, len(lines))
	for _, l := range lines[from:to] {
		t.Rows = append(t.Rows, p.queueRow(f, view.AsOf, l))
	}
	sec.Text = []string{fmt.Sprintf(f.T("%s alertas; se muestran de la %d a la %d.", "%s alerts; shown are %d to %d."), present.Count(int64(len(lines))), min(from+1, to), to)}
	mine := ""
	if q.mine {
		mine = "yes"
	}
	at := func(n int) string {
		return f.Link(page.AlertsPath, "kind", q.kind, "state", q.state, "department", q.place, "mine", mine, "page", strconv.Itoa(n))
	}
	if q.page > 0 {
		sec.Links = append(sec.Links, page.Link{Text: f.T("← anteriores", "← earlier"), Address: at(q.page - 1)})
	}
	if to < len(lines) {
		sec.Links = append(sec.Links, page.Link{Text: f.T("siguientes →", "next →"), Address: at(q.page + 1)})
	}
	sec.Table = t
	return sec
}

// alertName says what an alert is about: the duty, or who is silent.
func (p *room) alertName(f page.Frame, a *queue.Alert) string {
	if a.Kind == queue.Silent {
		return fmt.Sprintf(f.T("%s no reporta", "%s does not report"), p.Catalogue.Places.Name(a.Place))
	}
	if d, ok := p.Catalogue.Duty(a.Duty); ok {
		return d.Title.In(f.Lang)
	}
	return a.Duty
}

// alertPlace is the institution and where it is.
func (p *room) alertPlace(f page.Frame, a *queue.Alert) string {
	if a.Kind == queue.Silent {
		return f.T("departamento", "department")
	}
	office := a.Institution
	if office == "" {
		office = f.T("sin institución registrada", "no institution recorded")
	}
	return p.Catalogue.Word(a.InstitutionKind, f.Lang) + " " + office + " · " + page.PlaceName(p.Catalogue, a.Place)
}

func (p *room) queueRow(f page.Frame, asOf time.Time, l *queue.Line) page.TableRow {
	count := page.Entry{Value: "–"}
	if l.Kind != queue.Silent {
		count = page.Counted(l.Count)
	}
	head := page.Entry{Value: p.alertName(f, l.Alert), Link: f.Link(page.AlertsPath + "/" + l.ID), Prose: true, N: l.Kind.Title().In(f.Lang) + " · " + p.alertPlace(f, l.Alert)}
	since, age := f.T("nunca reportó", "never reported"), "–"
	if !l.Since.IsZero() {
		since, age = page.LocalTime(p.Catalogue, l.Since), page.Ago(asOf.Sub(l.Since), f)
	}
	owner := page.Entry{Value: l.Handling.Owner}
	if owner.Value == "" {
		owner.Value = "–"
	}
	state := page.Prose(l.State.Title().In(f.Lang))
	switch {
	case l.State == queue.Muted:
		state.N = f.T("hasta ", "until ") + page.LocalTime(p.Catalogue, l.Handling.Muted.Until)
	case l.Handling.Acknowledged != nil:
		state.N = l.Handling.Acknowledged.Reason.Title().In(f.Lang)
	}
	return page.TableRow{Head: head, Cells: []page.Entry{count, {Value: since}, {Value: age}, state, owner}}
}

// mayTake tells whether an account can be given an alert.
func mayTake(v *access.Viewer, a *queue.Alert) bool {
	return v.May(access.HandleAlerts) && v.Queue().Holds(a.Place, a.Institution)
}
