// Package reception serves the pages around an account: to log in, to set one
// up, to break the glass, to ask for exports and decide on them, to keep the
// accounts, and for the auditor the access log.
package reception

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
	"amparo/services/access/ledger"
)

//go:embed *.html
var files embed.FS

// Config is what the pages work with.
type Config struct {
	Gate    *account.Gate
	Glass   *grant.Glass
	Exports *grant.Exports
	Ledger  *ledger.Ledger
	Issuer  string // name that the app of the second factor shows
	Style   string // address of the style sheet
	Zone    *time.Location
	Now     func() time.Time
	Log     *slog.Logger
}

// Paths of the pages that others link to.
const (
	LogInPath   = "/login"
	AccountPath = "/account"
	AuditPath   = "/audit"
	SetUpPath   = "/setup/"
)

type reception struct {
	Config
	templates *template.Template
}

// Mount adds the pages to a guard.
func Mount(guard *access.Guard, cfg Config) error {
	templates, err := template.ParseFS(files, "*.html")
	if err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	p := &reception{cfg, templates}
	for _, route := range []struct {
		pattern string
		needs   access.Right
		handler http.HandlerFunc
	}{
		{"GET /login", access.SeePublic, p.logInPage},
		{"POST /login", access.SeePublic, p.logIn},
		{"POST /logout", access.SeePublic, p.logOut},
		{"GET /login/provider", access.SeePublic, p.beginProvider},
		{"GET /login/return", access.SeePublic, p.finishProvider},
		{"GET /setup/{token}", access.SeePublic, p.setUpPage},
		{"POST /setup/{token}", access.SeePublic, p.setUp},
		{"GET /account", access.HaveAccount, p.accountPage},
		{"GET /glass", access.BreakGlass, p.glassPage},
		{"POST /glass", access.BreakGlass, p.breakGlass},
		{"GET /exports", access.HaveAccount, p.exportsPage},
		{"POST /exports", access.ExportCases, p.askExport},
		{"POST /exports/{id}", access.ApproveExports, p.decideExport},
		{"GET /users", access.ManageUsers, p.usersPage},
		{"POST /users", access.ManageUsers, p.addUser},
		{"POST /users/{name}", access.ManageUsers, p.changeUser},
		{"GET /audit", access.ReadLog, p.auditPage},
		{"POST /audit/verify", access.ReadLog, p.verify},
		{"GET /audit/receipt", access.ReadLog, p.receipt},
	} {
		guard.Handle(route.pattern, route.needs, headers(route.handler))
	}
	return nil
}

// headers are those of pages that nobody may keep or frame.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		next.ServeHTTP(w, r)
	})
}

// A page is what all templates get.
type page struct {
	Lang   string
	Title  string
	Style  string
	Viewer access.Viewer
	Error  string
	Done   string
	Body   any
	zone   *time.Location
	path   string
}

// T is a text in the page's language.
func (p page) T(es, en string) string { return law.Text{ES: es, EN: en}.In(p.Lang) }

// Role is a role in the page's language.
func (p page) Role(r access.Role) string { return r.Title().In(p.Lang) }

// May reports whether the reader has a right.
func (p page) May(right string) bool { return p.Viewer.May(access.Right(right)) }

// Time is an instant as people in the catalogue's zone write it.
func (p page) Time(t time.Time) string { return t.In(p.zone).Format("02/01/2006 15:04:05") }

// In is the address of this page in another language.
func (p page) In(lang string) string { return p.path + "?lang=" + lang }

func (p *reception) page(r *http.Request, es, en string, body any) page {
	out := page{Lang: "es", Style: p.Style, Viewer: access.From(r.Context()), Body: body, zone: p.Zone, path: r.URL.Path}
	if r.FormValue("lang") == "en" {
		out.Lang = "en"
	}
	out.Title = out.T(es, en)
	return out
}

func (p *reception) write(w http.ResponseWriter, status int, name string, v page) {
	var b strings.Builder
	if err := p.templates.ExecuteTemplate(&b, name, v); err != nil {
		p.Log.Error("page not made", "page", name, "error", err)
		http.Error(w, "no disponible por ahora · not available now", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, b.String())
}

// told are the errors that people can do something about; what else went wrong
// is for the log.
var told = []error{
	account.ErrLogIn, account.ErrWait, account.ErrLink, account.ErrPassword, account.ErrCode, account.ErrInvalid, account.ErrNoUser,
	grant.ErrReason, grant.ErrTooMany, grant.ErrNotAllowed, grant.ErrNoExport, grant.ErrOwnExport,
}

// explain says in a page what went wrong.
func (p *reception) explain(v *page, err error) int {
	for _, known := range told {
		if errors.Is(err, known) {
			v.Error = err.Error()
			if errors.Is(err, account.ErrWait) {
				return http.StatusTooManyRequests
			}
			return http.StatusUnprocessableEntity
		}
	}
	p.Log.Error("request not served", "error", err)
	v.Error = v.T("No disponible por ahora.", "Not available now.")
	return http.StatusServiceUnavailable
}

// ours is a path of this house to go on to: never an address elsewhere.
func ours(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\n\r") {
		return "/"
	}
	return next
}
