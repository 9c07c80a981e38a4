package cases

import (
	"fmt"

	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// mostActs is how many acts a page lists.
const mostActs = 200

// newHistory is who did what about alerts, and how soon.
func (p *room) newHistory(f page.Frame) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading, v.Path = f.T("Qué se hizo con las alertas", "What was done about alerts"), page.AlertsPath
	if !f.Viewer.May(access.SeeQueue) {
		v.Path = page.HandlingPath
	}
	h := p.Queue.History(f.Viewer)
	if v.Waiting = h.AsOf.IsZero(); v.Waiting {
		return v, nil
	}
	v.Lead = []string{f.T("Cada fila está en el registro de accesos, encadenada: nadie puede quitarla ni cambiarla sin que se note.", "Each row is in the access log, chained: nobody can remove or change it unnoticed.")}
	v.Sections = []page.Section{p.responses(f, &h), p.acts(f, &h)}
	return v, nil
}

// responses are how soon alerts were taken up, beside those that nobody has.
func (p *room) responses(f page.Frame, h *queue.History) page.Section {
	sec := page.Section{ID: "responses", Title: f.T("Cuánto tarda alguien en hacerse cargo", "How long it takes until somebody takes an alert up"), Notes: []string{
		f.T("Desde que venció la obligación más antigua (o entró en las últimas 24 horas, o se cumplió un día sin reportar) hasta lo primero que alguien hizo. Solo cuenta lo que alguien tomó: por eso están al lado las que nadie ha tomado. Con menos de diez no se da una mediana.",
			"From when the oldest obligation fell due (or came within 24 hours, or a day without a word was over) to the first thing that somebody did. Only what somebody took up is in it: so those that nobody has are beside it. Below ten no median is given."),
	}}
	t := &page.Table{Name: sec.Title, Head: []string{
		f.T("Alertas", "Alerts"), f.T("Con alguien", "Taken up"), f.T("La mitad, en", "Half within"), f.T("Nueve de diez, en", "Nine in ten within"), f.T("Nadie las ha tomado", "Nobody has taken up"), f.T("La más antigua lleva", "The oldest has stood for"),
	}}
	for i := range h.Responses {
		r := &h.Responses[i]
		half, most, oldest := page.Entry{Value: "–"}, page.Entry{Value: "–"}, page.Entry{Value: "–"}
		if present.Rated(int64(r.Known)) {
			half, most = page.Entry{Value: page.Ago(r.Half, f)}, page.Entry{Value: page.Ago(r.Most, f)}
		}
		half.N, most.N = "n = "+present.Count(int64(r.Known)), "n = "+present.Count(int64(r.Known))
		if r.LongestU > 0 {
			oldest.Value = page.Ago(r.LongestU, f)
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: r.Kind.Title().In(f.Lang)}, Cells: []page.Entry{page.Counted(r.Handled), half, most, page.Counted(r.Untaken), oldest}})
	}
	sec.Table = t
	return sec
}

func (p *room) acts(f page.Frame, h *queue.History) page.Section {
	sec := page.Section{ID: "acts", Title: f.T("Lo último", "The latest")}
	acts := h.Acts
	if len(acts) > mostActs {
		acts = acts[:mostActs]
		sec.Notes = []string{fmt.Sprintf(f.T("Se muestran las últimas %d; todas están en el registro de accesos.", "The last %d are shown; all are in the access log."), mostActs)}
	}
	sec.Table = p.actTable(f, acts, true)
	return sec
}

// actTable lists acts; with says whether it also says about which alert.
func (p *room) actTable(f page.Frame, acts []queue.Act, with bool) *page.Table {
	t := &page.Table{Name: f.T("Quién hizo qué y cuándo", "Who did what and when"), None: f.T("Nada todavía.", "Nothing yet."), Head: []string{
		f.T("Cuándo", "When"), f.T("Quién", "Who"), f.T("Qué", "What"), f.T("Detalle", "Detail"),
	}}
	if with {
		t.Head = append(t.Head, f.T("Alerta", "Alert"))
	}
	for i := range acts {
		a := &acts[i]
		who := page.Entry{Value: a.Who}
		if a.Who == "" {
			who.Value = f.T("por sí sola", "by itself")
		}
		row := page.TableRow{Head: page.Entry{Value: page.LocalTime(p.Catalogue, a.At)}, Cells: []page.Entry{who, page.Prose(actWords[a.Did].In(f.Lang)), page.Prose(p.actDetail(f, a))}}
		if with {
			about := page.Entry{Value: p.alertName(f, &a.Alert), Prose: true, N: a.Kind.Title().In(f.Lang)}
			if a.Institution != "" {
				about.N += " · " + a.Institution
			}
			if a.Kind != queue.Silent {
				about.N += " · " + page.PlaceName(p.Catalogue, a.Place)
			}
			row.Cells = append(row.Cells, about)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

var actWords = map[access.Deed]law.Text{
	access.AlertTaken:        {ES: "se hizo cargo", EN: "took it up"},
	access.AlertHandedOver:   {ES: "la pasó", EN: "handed it over"},
	access.AlertAcknowledged: {ES: "la dio por atendida", EN: "acknowledged it"},
	access.AlertMuted:        {ES: "la puso en silencio", EN: "muted it"},
	access.AlertUnmuted:      {ES: "quitó el silencio", EN: "unmuted it"},
	access.AlertEnded:        {ES: "terminó: ya no hay de qué avisar", EN: "ended: there is nothing left to tell of"},
}

func (p *room) actDetail(f page.Frame, a *queue.Act) string {
	switch a.Did {
	case access.AlertHandedOver:
		return f.T("a ", "to ") + a.To
	case access.AlertAcknowledged:
		return a.Reason.Title().In(f.Lang)
	case access.AlertMuted:
		return f.T("hasta el ", "until ") + page.LocalTime(p.Catalogue, a.Until)
	}
	return ""
}
