package reception

import (
	"net/http"
	"strings"
	"time"

	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
)

type glassBody struct {
	Case     string
	Standing []grant.Break
}

func (p *reception) glassView(r *http.Request) page {
	v := access.From(r.Context())
	body := glassBody{Case: r.FormValue("case")}
	for _, b := range p.Glass.Standing() {
		if b.Who == v.Name || v.May(access.ReadLog) {
			body.Standing = append(body.Standing, b)
		}
	}
	return p.page(r, "Acceso excepcional a un caso", "Exceptional access to a case", body)
}

func (p *reception) glassPage(w http.ResponseWriter, r *http.Request) {
	p.write(w, http.StatusOK, "glass.html", p.glassView(r))
}

func (p *reception) breakGlass(w http.ResponseWriter, r *http.Request) {
	caseID := strings.TrimSpace(r.FormValue("case"))
	_, err := p.Glass.Break(r.Context(), access.From(r.Context()), caseID, r.FormValue("reason"))
	v, status := p.glassView(r), http.StatusOK
	if err != nil {
		status = p.explain(&v, err)
	} else {
		v.Done = v.T("Se avisó a la auditoría. Si el caso existe y está en su ámbito, puede verlo por tres horas.",
			"The auditor was told. If there is such a case within your scope, you can see it for three hours.")
	}
	p.write(w, status, "glass.html", v)
}

type exportRow struct {
	grant.Export
	Now  grant.State
	Mine bool
}

func (p *reception) exportsView(r *http.Request) page {
	v := access.From(r.Context())
	var rows []exportRow
	for _, e := range p.Exports.List(v) {
		rows = append(rows, exportRow{e, e.State(p.Now()), e.Who == v.Name})
	}
	return p.page(r, "Exportaciones de casos", "Exports of cases", struct {
		Rows []exportRow
		What string
	}{rows, r.FormValue("what")})
}

func (p *reception) exportsPage(w http.ResponseWriter, r *http.Request) {
	p.write(w, http.StatusOK, "exports.html", p.exportsView(r))
}

func (p *reception) askExport(w http.ResponseWriter, r *http.Request) {
	_, err := p.Exports.Ask(r.Context(), access.From(r.Context()), ours(r.FormValue("what")), r.FormValue("reason"))
	p.afterExport(w, r, err)
}

func (p *reception) decideExport(w http.ResponseWriter, r *http.Request) {
	err := p.Exports.Decide(r.Context(), access.From(r.Context()), r.PathValue("id"), r.FormValue("decision") == "allow")
	p.afterExport(w, r, err)
}

func (p *reception) afterExport(w http.ResponseWriter, r *http.Request, err error) {
	v, status := p.exportsView(r), http.StatusOK
	if err != nil {
		status = p.explain(&v, err)
	}
	p.write(w, status, "exports.html", v)
}

type userRow struct {
	account.User
	State string
}

type usersBody struct {
	Rows  []userRow
	Roles []access.Role
	Link  string
}

func (p *reception) usersView(r *http.Request, link string) (page, error) {
	body := usersBody{Roles: access.Roles()[1:], Link: link}
	list, err := p.Gate.Directory.Users.List()
	for _, u := range list {
		body.Rows = append(body.Rows, userRow{u, u.State(p.Now())})
	}
	return p.page(r, "Cuentas", "Accounts", body), err
}

func (p *reception) usersPage(w http.ResponseWriter, r *http.Request) { p.afterUsers(w, r, "", nil) }

func (p *reception) afterUsers(w http.ResponseWriter, r *http.Request, link string, err error) {
	v, again := p.usersView(r, link)
	status := http.StatusOK
	if err == nil {
		err = again
	}
	if err != nil {
		status = p.explain(&v, err)
	}
	p.write(w, status, "users.html", v)
}

// asked is the account that a form describes.
func asked(r *http.Request) (account.User, error) {
	role, err := access.ParseRole(r.FormValue("role"))
	u := account.User{
		Name: strings.TrimSpace(r.FormValue("name")), Person: strings.TrimSpace(r.FormValue("person")), Role: role,
		Places: strings.Fields(r.FormValue("places")), Institution: strings.TrimSpace(r.FormValue("institution")), Purpose: strings.TrimSpace(r.FormValue("purpose")),
	}
	if until := r.FormValue("until"); err == nil && until != "" {
		u.Until, err = time.Parse(time.DateOnly, until)
	}
	return u, err
}

func (p *reception) addUser(w http.ResponseWriter, r *http.Request) {
	user, err := asked(r)
	if err != nil {
		p.afterUsers(w, r, "", joinInvalid(err))
		return
	}
	token, err := p.Gate.Directory.Add(r.Context(), account.By(access.From(r.Context()).Name), user)
	p.afterUsers(w, r, token, err)
}

func (p *reception) changeUser(w http.ResponseWriter, r *http.Request) {
	d, by, name := p.Gate.Directory, account.By(access.From(r.Context()).Name), r.PathValue("name")
	token := ""
	var err error
	switch r.FormValue("do") {
	case "reset":
		token, err = d.Reset(r.Context(), by, name)
	case "disable", "enable":
		err = d.Disable(r.Context(), by, name, r.FormValue("do") == "disable")
	case "role":
		var to account.User
		if to, err = asked(r); err == nil {
			err = d.SetRole(r.Context(), by, name, to)
		} else {
			err = joinInvalid(err)
		}
	default:
		http.NotFound(w, r)
		return
	}
	p.afterUsers(w, r, token, err)
}
