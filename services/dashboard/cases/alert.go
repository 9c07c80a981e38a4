package cases

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// localForm is how a browser sends an instant without a zone.
const localForm = "2006-01-02T15:04"

// deedWords name what can be done about an alert, in links and forms.
var deedWords = map[string]access.Deed{
	"take": access.AlertTaken, "hand-over": access.AlertHandedOver, "acknowledge": access.AlertAcknowledged, "mute": access.AlertMuted, "unmute": access.AlertUnmuted,
}

// alertPage opens one alert: what it is about, what was done, and what its reader can do.
func (p *room) alertPage(w http.ResponseWriter, r *http.Request) {
	p.showAlert(w, r, http.StatusOK, "")
}

func (p *room) showAlert(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	f := p.Frame(r)
	line, err := p.Queue.Find(f.Viewer, r.PathValue("alert"))
	if err != nil {
		p.NotFound(w, r)
		return
	}
	v := page.Page{Frame: f}
	v.Heading, v.Wrong, v.Waiting = p.alertName(f, line.Alert), wrong, false
	v.Path = page.AlertsPath
	if _, known := deedWords[f.Query.Get("done")]; known {
		v.Done = f.T("Quedó registrado.", "It is recorded.")
	}
	v.Lead = []string{line.Kind.Title().In(f.Lang) + " · " + p.alertPlace(f, line.Alert)}
	v.Sections = []page.Section{p.alertFacts(f, &line)}
	if f.Viewer.May(access.HandleAlerts) {
		v.Sections = append(v.Sections, p.alertDeeds(f, &line))
	}
	v.Sections = append(v.Sections, page.Section{ID: "acts", Title: f.T("Qué se hizo", "What was done"), Table: p.actTable(f, line.Handling.Acts, false)})
	p.Write(w, status, "sections", v)
}

// alertFacts is what an alert says, with where it leads.
func (p *room) alertFacts(f page.Frame, l *queue.Line) page.Section {
	age, since := "–", f.T("nunca reportó", "never reported")
	if !l.Since.IsZero() {
		age, since = page.Ago(p.Now().Sub(l.Since), f), f.T("desde el ", "since ")+page.LocalTime(p.Catalogue, l.Since)
	}
	owner := l.Handling.Owner
	if owner == "" {
		owner = f.T("nadie", "nobody")
	}
	sec := page.Section{ID: "alert", Title: f.T("La alerta", "The alert"), Tiles: []page.Tile{
		{Label: f.T("Estado", "State"), Value: l.State.Title().In(f.Lang), Words: true, Note: p.stateNote(f, l)},
		{Label: f.T("A cargo de", "In charge"), Value: owner, Words: true},
		{Label: f.T("Lleva", "It has stood for"), Value: age, Note: since},
	}}
	if l.Kind == queue.Silent {
		sec.Links = []page.Link{{Text: f.T("Calidad de los datos", "Data quality"), Address: f.Link(page.QualityPath)}}
		if !f.Viewer.May(access.SeeNation) {
			sec.Links = nil
		}
		return sec
	}
	status, soon, deadline := "missed", "", f.T("la más antigua venció el ", "the oldest fell due on ")
	if l.Kind == queue.Due {
		status, soon, deadline = "open", "yes", f.T("la primera vence el ", "the first falls due on ")
	}
	cases := f.CasesLink("duty", l.Duty, "status", status, "soon", soon, "department", l.Place, "institution", l.Institution)
	sec.Tiles = append(sec.Tiles, page.Tile{Label: f.T("Obligaciones", "Obligations"), Value: present.Count(page.Signed(l.Count)), Link: cases, Note: deadline + page.LocalTime(p.Catalogue, l.First)})
	sec.Links = []page.Link{
		{Text: f.T("Las obligaciones, una por una", "The obligations, one by one"), Address: cases},
		{Text: f.T("La cifra de esta institución y su definición", "This institution's number and its definition"), Address: f.Link(page.NumberPath, "duty", l.Duty, "institution", l.Institution, "department", l.Place[:min(2, len(l.Place))])},
	}
	if mark := l.Basis.Mark().In(f.Lang); mark != "" {
		sec.Notes = []string{mark}
	}
	return sec
}

func (p *room) stateNote(f page.Frame, l *queue.Line) string {
	switch h := l.Handling; {
	case l.State == queue.Muted:
		return f.T("hasta el ", "until ") + page.LocalTime(p.Catalogue, h.Muted.Until)
	case h.Acknowledged != nil:
		return h.Acknowledged.Reason.Title().In(f.Lang)
	}
	return ""
}

// alertDeeds are what can be done now.
func (p *room) alertDeeds(f page.Frame, l *queue.Line) page.Section {
	form := func(do, button string, fields ...page.Field) page.Form {
		return page.Form{Path: page.AlertsPath + "/" + l.ID, Label: button, Deed: button, Fields: append([]page.Field{
			{Name: "do", Hidden: do}, {Name: "seen", Hidden: strconv.Itoa(len(l.Handling.Acts))}, {Name: "through", Hidden: throughText(l)},
		}, fields...)}
	}
	var deeds []page.Form
	if l.Handling.Owner != f.Viewer.Name {
		deeds = append(deeds, form("take", f.T("Hacerme cargo", "Take it up")))
	}
	reasons := []string{"", f.T("– elija –", "– choose –")}
	for _, reason := range queue.Reasons() {
		reasons = append(reasons, string(reason), reason.Title().In(f.Lang))
	}
	deeds = append(deeds, form("acknowledge", f.T("Dar por atendida", "Acknowledge"), page.Field{Name: "reason", Label: f.T("Motivo", "Reason"), Options: page.Options("", reasons...)}))
	if names := p.takers(f, l); len(names) > 0 {
		pairs := []string{"", f.T("– elija –", "– choose –")}
		for _, name := range names {
			pairs = append(pairs, name, name)
		}
		deeds = append(deeds, form("hand-over", f.T("Pasar a otra persona", "Hand over"), page.Field{Name: "to", Label: f.T("A quién", "To whom"), Options: page.Options("", pairs...)}))
	}
	now := p.Now().In(p.Catalogue.Zone)
	if l.State == queue.Muted {
		deeds = append(deeds, form("unmute", f.T("Quitar el silencio", "Unmute")))
	} else {
		deeds = append(deeds, form("mute", f.T("Poner en silencio", "Mute"), page.Field{
			Name: "until", Label: f.T("Hasta (hora del Perú, a 30 días a más tardar)", "Until (Peru time, within 30 days)"), Least: now.Add(time.Minute).Format(localForm), Most: now.Add(queue.LongestMute).Format(localForm),
		}))
	}
	return page.Section{ID: "deeds", Title: f.T("Qué puede hacer", "What you can do"), Deeds: deeds, Notes: []string{
		f.T("Queda registrado quién, qué y cuándo, y no se borra. Los motivos son códigos: ningún texto libre. «Atendida» vale para lo que hay ahora; si aparece más, la alerta vuelve.", "Who, what and when is recorded and never deleted. Reasons are codes: no free text. “Acknowledged” holds for what there is now; if there is more, the alert comes back."),
	}}
}

// throughText is how far an alert reaches, as a form carries it; "-" for what was never heard.
func throughText(l *queue.Line) string {
	if l.Through.IsZero() {
		return "-"
	}
	return l.Through.UTC().Format(time.RFC3339Nano)
}

// takers are the accounts that can be given an alert, but who has it already.
func (p *room) takers(f page.Frame, l *queue.Line) []string {
	if p.Accounts == nil {
		return nil
	}
	accounts, err := p.Accounts()
	if err != nil {
		p.Log.Error("accounts not read", "error", err)
		return nil
	}
	var names []string
	for i := range accounts {
		if v := &accounts[i]; v.Name != l.Handling.Owner && v.Name != f.Viewer.Name && mayTake(v, l.Alert) {
			names = append(names, v.Name)
		}
	}
	slices.Sort(names)
	return names
}

// canTake tells whether an account of a name can be given an alert.
func (p *room) canTake(name string, a *queue.Alert) bool {
	if p.Accounts == nil {
		return false
	}
	accounts, err := p.Accounts()
	return err == nil && slices.ContainsFunc(accounts, func(v access.Viewer) bool { return v.Name == name && mayTake(&v, a) })
}

// handleAlert does what a form asks for, and shows the alert as it is then.
func (p *room) handleAlert(guard *access.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
		lang := ""
		if r.FormValue("lang") == present.English {
			lang = "&lang=" + present.English
			query := r.URL.Query()
			query.Set("lang", present.English)
			r.URL.RawQuery = query.Encode()
		}
		do, id := r.PostFormValue("do"), r.PathValue("alert")
		req, err := p.readDeed(r, do)
		if err == nil {
			err = p.Queue.Act(r.Context(), access.From(r.Context()), id, req, p.canTake)
		}
		switch {
		case err == nil:
			http.Redirect(w, r, page.AlertsPath+"/"+id+"?done="+do+lang, http.StatusSeeOther) //nolint:gosec // The alert is known, the deed one of ours.
		case errors.Is(err, queue.ErrNoAlert):
			p.NotFound(w, r)
		case errors.Is(err, queue.ErrChanged):
			p.showAlert(w, r, http.StatusConflict, err.Error())
		case errors.Is(err, queue.ErrRequest), errors.Is(err, queue.ErrUntil):
			p.showAlert(w, r, http.StatusUnprocessableEntity, err.Error())
		default:
			guard.Fail(w, r, err)
		}
	}
}

func (p *room) readDeed(r *http.Request, do string) (queue.Request, error) {
	req := queue.Request{Did: deedWords[do], To: r.PostFormValue("to"), Reason: queue.Reason(r.PostFormValue("reason"))}
	var err error
	if req.Seen, err = strconv.Atoi(r.PostFormValue("seen")); err != nil {
		return req, queue.ErrRequest
	}
	if text := r.PostFormValue("through"); text != "-" {
		if req.Through, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return req, queue.ErrRequest
		}
	}
	if do == "mute" {
		if req.Until, err = time.ParseInLocation(localForm, r.PostFormValue("until"), p.Catalogue.Zone); err != nil {
			return req, queue.ErrUntil
		}
	}
	return req, nil
}
