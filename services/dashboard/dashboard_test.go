package dashboard_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

// now is the instant of all tests.
var now = desktest.Now

func counted(t *testing.T) *desktest.Installation { t.Helper(); return desktest.Counted(t) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// log keeps what was recorded of who looked.
type accessLog struct {
	sync.Mutex
	entries []access.Entry
}

// Record implements access.Recorder.
func (l *accessLog) Record(_ context.Context, e access.Entry) error {
	l.Lock()
	defer l.Unlock()
	l.entries = append(l.entries, e)
	return nil
}

// looks is the access log of all tests.
var looks = &accessLog{}

// saw reports whether someone is recorded to have opened a case.
func (l *accessLog) saw(who, caseID string) bool {
	return l.has(access.Entry{Who: who, Role: access.Steward, Did: access.CaseSeen, Object: caseID})
}

func (l *accessLog) has(e access.Entry) bool {
	l.Lock()
	defer l.Unlock()
	return slices.Contains(l.entries, e)
}

// whereabouts tells from the events of a case where it happened.
type whereabouts struct{ store *store.Store }

// Whereabouts implements access.Whereabouts.
func (w whereabouts) Whereabouts(ctx context.Context, caseID string) ([]access.Whereabout, error) {
	histories, err := w.store.History(ctx, []string{caseID})
	if err != nil {
		return nil, err
	}
	var out []access.Whereabout
	for _, e := range histories[caseID] {
		out = append(out, access.Whereabout{Place: e.Place(), Institution: e.Data.Scalar("institution")})
	}
	return out, nil
}

// accounts are who may be given alerts, if their role and scope allow it.
var accounts = []access.Viewer{nora, {Name: "nelly", Role: access.National}, {Name: "rosa", Role: access.Regional, Places: []string{"15"}}, {Name: "saul", Role: access.Steward, Institution: "elsewhere"}}

// nora is the national desk.
var nora = access.Viewer{Name: "nora", Role: access.National}

// served are the pages of the shared store for one viewer.
func served(t *testing.T, v access.Viewer, change ...func(*dashboard.Config)) *httptest.Server {
	t.Helper()
	in := counted(t)
	guard, err := access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return v }, Recorder: looks, Cases: whereabouts{in.Store}, LogInPath: "/login", Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	cfg := dashboard.Config{
		Catalogue: in.Catalogue, Grouping: "natural", Reader: aggregator.Reader(in.Catalogue, in.Store), Store: in.Store, Now: desktest.Clock, Log: slog.New(slog.DiscardHandler),
		Published: in.Published,
		Last:      func() *snapshot.Snapshot { return in.Snapshot }, Board: func() *desk.Board { return in.Board },
		Breakdown: func() *desk.Breakdown { return in.Breakdown }, Queue: desktest.Queue(t, looks), Accounts: func() ([]access.Viewer, error) { return accounts, nil },
	}
	for _, f := range change {
		f(&cfg)
	}
	must(t, dashboard.Mount(guard, cfg))
	server := httptest.NewServer(guard)
	t.Cleanup(server.Close)
	return server
}

// get fetches a page as a browser would, without following where it leads.
func get(t *testing.T, server *httptest.Server, path string) (status int, body string, header http.Header) {
	t.Helper()
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(server.URL + path)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(b), resp.Header
}

// page fetches a page that must be there.
func page(t *testing.T, server *httptest.Server, path string) string {
	t.Helper()
	status, body, _ := get(t, server, path)
	if status != http.StatusOK {
		t.Fatalf("%s: %d\n%.500s", path, status, body)
	}
	return body
}

func wants(t *testing.T, got string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// addresses are all pages that need nothing but the counts.
var addresses = []string{
	"/", "/matrix", "/deadlines", "/timeliness", "/compare", "/trends", "/map", "/lifecycle", "/implications", "/causes", "/quality", "/methods", "/public",
	"/alerts", "/alerts/history",
	"/indicator?indicator=pm-on-time-share", "/indicator?indicator=pm-on-time-share&department=15", "/indicator/cases?indicator=pm-on-time-share&department=15",
	"/number?duty=measures-decided", "/cases?duty=measures-decided&status=missed",
}

var (
	tag  = regexp.MustCompile(`<[^>]*>`)
	blob = regexp.MustCompile(`(?s)<svg.*?</svg>`)
)

func TestEveryPageIsThereInBothLanguagesWithoutScriptOrForeignAddress(t *testing.T) {
	server := served(t, nora)
	for _, address := range addresses {
		t.Run(address, func(t *testing.T) {
			join := "?"
			if strings.Contains(address, "?") {
				join = "&"
			}
			es, en := page(t, server, address), page(t, server, address+join+"lang=en")
			wants(t, es, `lang="es-PE"`, "Ir al contenido")
			wants(t, en, `lang="en"`, "Go to the content")
			for _, body := range []string{es, en} {
				for _, never := range []string{"<script", "http://", "https://", " style=", "onclick", "Contando por primera vez", "Counting for the first time", "%!", "<no value>", "NaN"} {
					if strings.Contains(body, never) {
						t.Errorf("%q is on the page", never)
					}
				}
				if len(body) > 1<<20 {
					t.Errorf("the page has %d bytes", len(body))
				}
			}
			if text(es) == text(en) {
				t.Error("both languages read the same")
			}
		})
	}
}

func text(body string) string { return tag.ReplaceAllString(body, " ") }

func TestEveryDrawingHasANameAndATable(t *testing.T) {
	server := served(t, nora)
	drawn := 0
	for _, address := range addresses {
		body := page(t, server, address)
		for _, svg := range blob.FindAllString(body, -1) {
			drawn++
			if !strings.Contains(svg, "aria-label=\"") || !strings.Contains(body, "<table>") {
				t.Errorf("%s: a drawing without a name or a table", address)
			}
		}
	}
	if drawn < 4 {
		t.Errorf("%d drawings on all pages", drawn)
	}
}

func TestHeadersAllowNothingFromElsewhere(t *testing.T) {
	server := served(t, nora)
	_, body, header := get(t, server, "/")
	csp := header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") {
		t.Errorf("content security policy: %q", csp)
	}
	if header.Get("Cache-Control") != "no-store" {
		t.Error("a page may be kept")
	}
	style := regexp.MustCompile(`/assets/[0-9a-f]+\.css`).FindString(body)
	status, css, header := get(t, server, style)
	if status != http.StatusOK || !strings.Contains(css, "color-scheme") || !strings.Contains(header.Get("Cache-Control"), "immutable") {
		t.Errorf("the style sheet %q: %d", style, status)
	}
}
