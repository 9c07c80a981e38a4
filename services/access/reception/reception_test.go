package reception_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
	"amparo/services/access/ledger"
	"amparo/services/access/reception"
)

// house is a guard with all that stands behind it, real but for the cases, at a
// time that the test sets.
type house struct {
	*httptest.Server
	directory *account.Directory
	dir       string

	mu sync.Mutex
	at time.Time
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// later lets time go on: a code of the second factor is taken once.
func (h *house) later(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(by)
}

type lived map[string][]access.Whereabout

func (l lived) Whereabouts(_ context.Context, id string) ([]access.Whereabout, error) {
	return l[id], nil
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{at: time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC), dir: t.TempDir()}
	chain, err := ledger.Open(ledger.Config{Dir: filepath.Join(h.dir, "log"), Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { chain.Close() })
	users, err := account.OpenUsers(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	h.directory = &account.Directory{Users: users, Recorder: chain, Now: h.now}
	sessions := account.NewSessions(users, false, h.now, quiet)
	glass := grant.NewGlass(chain, func(grant.Break) {}, h.now)
	exports, err := grant.OpenExports(h.dir, chain, func(a, b string) bool { return a == b }, h.now)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := access.NewGuard(access.GuardConfig{
		Viewer: sessions.Viewer, Cases: lived{"c-1": {{Place: "040101", Institution: "pnp-1"}}}, Glass: glass, Recorder: chain,
		LogInPath: reception.LogInPath, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = reception.Mount(guard, reception.Config{
		Gate: account.NewGate(h.directory, sessions, nil), Glass: glass, Exports: exports, Ledger: chain, Issuer: "Amparo",
		Style: "/style.css", Zone: time.UTC, Now: h.now, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	guard.HandleFunc("GET /cases/{case}", access.SeeCases, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "the case") })
	h.Server = httptest.NewServer(sessions.Handler(guard))
	t.Cleanup(h.Close)
	return h
}

// A person has a browser.
type person struct {
	t      *testing.T
	h      *house
	client *http.Client
	name   string
	secret string
}

const password = "cuatro caballos verdes"

func (h *house) person(t *testing.T, name string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, h: h, name: name, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (p *person) answer(r *http.Response, err error) (int, string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, html.UnescapeString(string(b))
}

func (p *person) get(path string) (int, string) {
	p.t.Helper()
	return p.answer(p.client.Get(p.h.URL + path))
}

func (p *person) post(path string, pairs ...string) (int, string) {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return p.answer(p.client.PostForm(p.h.URL+path, form))
}

func (p *person) code() string {
	p.t.Helper()
	c, err := totp.GenerateCode(p.secret, p.h.now())
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

var shown = regexp.MustCompile(`<code>([A-Z2-7]{32})</code>`)

// setUp opens a link and does what the page says.
func (p *person) setUp(link string) {
	p.t.Helper()
	status, page := p.get(link)
	found := shown.FindStringSubmatch(page)
	if status != http.StatusOK || found == nil || !strings.Contains(page, "<svg") {
		p.t.Fatalf("%s: %d %s", link, status, page)
	}
	p.secret = found[1]
	if status, page = p.post(link, "password", password, "code", p.code()); status != http.StatusOK || !strings.Contains(page, "Iniciar sesión") {
		p.t.Fatalf("%s: %d %s", link, status, page)
	}
	p.h.later(time.Minute)
}

func (p *person) logIn() {
	p.t.Helper()
	status, page := p.post("/login", "name", p.name, "password", password, "code", p.code(), "next", "/account")
	if status != http.StatusOK || !strings.Contains(page, "Mi cuenta") {
		p.t.Fatalf("%s logs in: %d %s", p.name, status, page)
	}
	p.h.later(time.Minute)
}

// joined is someone with an account who has logged in.
func (h *house) joined(t *testing.T, u account.User) *person {
	t.Helper()
	u.Person = u.Name + "@example.org"
	token, err := h.directory.Add(t.Context(), "test", u)
	if err != nil {
		t.Fatal(err)
	}
	p := h.person(t, u.Name)
	p.setUp(reception.SetUpPath + token)
	p.logIn()
	return p
}

var link = regexp.MustCompile(`<code>(/setup/[^<]+)</code>`)

func TestFromTheFirstRunToWhoSawWhat(t *testing.T) {
	h := open(t)
	token, err := h.directory.FirstAdministrator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin := h.person(t, "admin")
	admin.setUp("/setup/" + token)
	if status, _ := h.person(t, "x").get("/setup/" + token); status != http.StatusNotFound {
		t.Errorf("a link that was used: %d", status)
	}
	admin.logIn()

	// The administrator makes accounts, and sees no case.
	made := map[string]*person{}
	for name, fields := range map[string][]string{
		"olga": {"role", "auditor"}, "saul": {"role", "steward", "institution", "pnp-1"}, "sara": {"role", "steward", "institution", "pnp-2"},
		"rosa": {"role", "regional", "places", "04 21"},
	} {
		_, page := admin.post("/users", append(fields, "name", name, "person", name+"@example.org")...)
		found := link.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("no link for %s: %s", name, page)
		}
		made[name] = h.person(t, name)
		made[name].setUp(found[1])
		made[name].logIn()
	}
	if status, page := admin.post("/users", "name", "olga2", "person", "olga@example.org", "role", "steward", "institution", "pnp-1"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "may not be steward") {
		t.Errorf("an auditor who enters data: %d", status)
	}
	for who, want := range map[*person]int{admin: 403, made["saul"]: 200, made["sara"]: 404, made["rosa"]: 404, made["olga"]: 404} {
		if got, _ := who.get("/cases/c-1"); got != want {
			t.Errorf("%s gets %d for the case, want %d", who.name, got, want)
		}
	}

	// A region looks through broken glass, and the auditor knows.
	if status, _ := made["rosa"].post("/glass", "case", "c-1", "reason", "corta"); status != http.StatusUnprocessableEntity {
		t.Errorf("a reason of nothing: %d", status)
	}
	if status, page := made["rosa"].post("/glass", "case", "c-1", "reason", "riesgo severo sin medida"); status != http.StatusOK || !strings.Contains(page, "Se avisó a la auditoría") {
		t.Errorf("%d %s", status, page)
	}
	if status, _ := made["rosa"].get("/cases/c-1"); status != http.StatusOK {
		t.Errorf("the case behind the glass: %d", status)
	}
	_, page := made["olga"].get("/audit?object=c-1")
	for _, want := range []string{"glass.broken", "riesgo severo sin medida", "case.seen", "denied.out-of-scope", "saul", "rosa", "sara"} {
		if !strings.Contains(page, want) {
			t.Errorf("who saw the case lacks %s", want)
		}
	}
	if _, page := made["olga"].get("/audit?who=sara&did=case.seen"); !strings.Contains(page, "Ninguna fila") {
		t.Errorf("sara saw something: %s", page)
	}

	// The log is whole, until someone repairs the past.
	status, receipt := made["olga"].get("/audit/receipt")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, receipt)
	}
	if _, page := made["olga"].post("/audit/verify", "receipts", receipt); !strings.Contains(page, "Íntegro") {
		t.Errorf("%s", page)
	}
	path := filepath.Join(h.dir, "log", "2026-03.ndjson")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), `"who":"rosa"`, `"who":"sara"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, page := made["olga"].post("/audit/verify", "receipts", receipt); !strings.Contains(page, "No es lo que se escribió") || !strings.Contains(page, "it was changed") {
		t.Errorf("%s", page)
	}
	if status, page := made["olga"].post("/audit/verify", "receipts", "x"); status != http.StatusUnprocessableEntity || strings.Contains(page, "Íntegro") {
		t.Errorf("a receipt that is none: %d", status)
	}

	// Who is disabled is out at once.
	if status, _ := admin.post("/users/saul", "do", "disable"); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	made["saul"].client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if status, _ := made["saul"].get("/cases/c-1"); status != http.StatusUnauthorized {
		t.Errorf("an account that was disabled gets %d", status)
	}
}

func TestExportsNeedASecondPerson(t *testing.T) {
	h := open(t)
	ana := h.joined(t, account.User{Name: "ana", Role: access.Analyst, Purpose: "tesis"})
	nora := h.joined(t, account.User{Name: "nora", Role: access.National})
	if _, page := ana.post("/exports", "what", "/api/v1/cases.xes?year=2025", "reason", "tesis aprobada en marzo"); !strings.Contains(page, "pedida") || strings.Contains(page, "Permitir") {
		t.Errorf("%s", page)
	}
	_, page := nora.get("/exports")
	action := regexp.MustCompile(`action="(/exports/[^"]+)"`).FindStringSubmatch(page)
	if action == nil || !strings.Contains(page, "/api/v1/cases.xes?year=2025") {
		t.Fatalf("%s", page)
	}
	if status, _ := ana.post(action[1], "decision", "allow"); status != http.StatusForbidden {
		t.Errorf("who asked allows it: %d", status)
	}
	if _, page := nora.post(action[1], "decision", "allow"); !strings.Contains(page, "permitida hasta") {
		t.Errorf("%s", page)
	}
	if status, page := nora.post(action[1], "decision", "refuse"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "no such export") {
		t.Errorf("decided on twice: %d", status)
	}
}

func TestALogInLeadsNowhereElse(t *testing.T) {
	h := open(t)
	p := h.joined(t, account.User{Name: "nora", Role: access.National})
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for next, want := range map[string]string{
		"/queue?x=1": "/queue?x=1", "https://evil.example/": "/", "//evil.example/": "/", `/\evil.example`: "/", "javascript:alert(1)": "/", "": "/",
	} {
		r, err := p.client.PostForm(h.URL+"/login", url.Values{"name": {"nora"}, "password": {password}, "code": {p.code()}, "next": {next}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if got := r.Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q (%d), want %q", next, got, r.StatusCode, want)
		}
		h.later(time.Minute)
	}
}

func TestPagesSpeakBothLanguages(t *testing.T) {
	h := open(t)
	p := h.joined(t, account.User{Name: "olga", Role: access.Auditor})
	for path, want := range map[string][2]string{
		"/account": {"Mi cuenta", "My account"}, "/glass": {"Acceso excepcional a un caso", "Exceptional access to a case"},
		"/exports": {"Exportaciones de casos", "Exports of cases"}, "/audit": {"Registro de accesos", "Access log"}, "/login": {"Iniciar sesión", "Log in"},
	} {
		for i, lang := range []string{"es", "en"} {
			status, page := p.get(path + "?lang=" + lang)
			if status != http.StatusOK || !strings.Contains(page, "<h1>"+want[i]+"</h1>") || !strings.Contains(page, `<html lang="`+lang) {
				t.Errorf("%s in %s: %d", path, lang, status)
			}
		}
	}
}
