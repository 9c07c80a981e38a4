// Package dashboard serves the pages for people: Spanish first, English beside,
// tables and drawings that are made on the server and need no script. It reads
// the last snapshot and the last board; only charts of months and lists of cases
// ask the store.
//
// Every page passes the guard of package access, which knows who may see what.
package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"amparo/pipeline/comparison"
	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/desk"
	"amparo/services/present"
)

//go:embed *.html style.css
var files embed.FS

// stylePath is where the style sheet is: its name holds a hash of what is in it,
// so that a browser may keep it for good.
var stylePath = func() string {
	b, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // It is embedded: the build has it, or there is no build.
	}
	sum := sha256.Sum256(b)
	return "/assets/" + hex.EncodeToString(sum[:6]) + ".css"
}()

// StylePath is where the style sheet is, for pages of other packages.
func StylePath() string { return stylePath }

// Config says what the pages show.
type Config struct {
	Catalogue *law.Catalogue
	Grouping  string
	Last      func() *snapshot.Snapshot
	Board     func() *desk.Board
	Reader    *indicator.Reader
	Store     Cases
	// Published is what anyone may see, nil before anything was published.
	Published func() *aggregator.Published
	Program   string // its version
	Synthetic bool   // the data is made up, and every page says so
	// Sources are until when places have reported; nil, or nil from it, before it
	// is known.
	Sources func() *present.Sources
	Now     func() time.Time
	Log     *slog.Logger
}

// pages make the pages of one installation.
type pages struct {
	cfg      Config
	cat      *law.Catalogue
	grouping string
	reader   *indicator.Reader
	store    Cases
	now      func() time.Time

	// What was charted for the board in use.
	mu       sync.Mutex
	monthsOf *desk.Board
	charted  map[monthKey]*comparison.MonthReport

	templates *template.Template
}

// Mount puts the pages behind a guard.
func Mount(guard *access.Guard, cfg Config) error {
	templates, err := template.ParseFS(files, "*.html")
	if err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	p := &pages{cfg: cfg, cat: cfg.Catalogue, grouping: cfg.Grouping, reader: cfg.Reader, store: cfg.Store, now: cfg.Now, templates: templates}
	if p.grouping == "" && p.cat.Places != nil {
		p.grouping = p.cat.Places.Groupings[0]
	}
	for _, route := range p.routes(guard) {
		guard.Handle("GET "+route.pattern, route.needs, headers(gzhttp.GzipHandler(route.handler)))
	}
	return nil
}

type route struct {
	pattern string
	needs   access.Right
	handler http.HandlerFunc
}

// routes is the table of all pages.
func (p *pages) routes(guard *access.Guard) []route {
	always := func(view func(frame, *snapshot.Snapshot, *desk.Board) page) http.HandlerFunc {
		return p.serve(guard, "sections", func(_ *http.Request, f frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
			return view(f, s, b), nil
		})
	}
	of := func(view func(frame, *snapshot.Snapshot) page) http.HandlerFunc {
		return always(func(f frame, s *snapshot.Snapshot, _ *desk.Board) page { return view(f, s) })
	}
	return []route{
		{todayPath + "{$}", access.SeeNumbers, p.today(guard)},
		{matrixPath, access.SeeNation, of(p.newMatrix)},
		{deadlinesPath, access.SeeNation, of(p.newDeadlines)},
		{timelinessPath, access.SeeNation, always(p.newTimeliness)},
		{comparePath, access.SeeNation, of(p.newCompare)},
		{mapPath, access.SeeNation, always(p.newMap)},
		{lifecyclePath, access.SeeNation, always(func(f frame, _ *snapshot.Snapshot, b *desk.Board) page { return p.newLifecycle(f, b) })},
		{qualityPath, access.SeeNation, always(p.newQuality)},
		{methodsPath, access.SeePublic, of(func(f frame, _ *snapshot.Snapshot) page { return p.newMethods(f) })},
		{trendsPath, access.SeeNation, p.serve(guard, "sections", func(r *http.Request, f frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
			return p.newTrends(r.Context(), f, s, b)
		})},
		{implicationsPath, access.SeeNation, p.serve(guard, "implications.html", func(_ *http.Request, f frame, s *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return newImplications(p.cat, f, s), nil
		})},
		{causesPath, access.SeeNation, p.serve(guard, "causes.html", func(_ *http.Request, f frame, s *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return newCauses(p.cat, f, s), nil
		})},
		{numberPath, access.SeeOffices, p.serve(guard, "sections", func(r *http.Request, f frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
			viewer := access.From(r.Context())
			if b != nil && !viewer.May(access.SeeNation) {
				b = b.Within(viewer.Numbers().Holds)
			}
			if v := p.newNumber(f, s, b); v != nil {
				return v, nil
			}
			return nil, errNothing
		})},
		{casesPath, access.SeeQueue, p.serve(guard, "sections", func(r *http.Request, f frame, _ *snapshot.Snapshot, b *desk.Board) (any, error) {
			c, ok := p.readCases(r)
			if !ok {
				return nil, errNothing
			}
			return p.newCases(r, f, b, c)
		})},
		{casePath + "{case}", access.SeeCases, p.serve(guard, "sections", func(r *http.Request, f frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newCase(r, f)
		})},
		{casePath + "{case}/pdf", access.SeeCases, p.casePDF(guard)},
		{noticePath + "{token}", access.SeeQueue, p.serve(guard, "sections", func(r *http.Request, f frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newNotice(r, f)
		})},
		{publicPath, access.SeePublic, of(func(f frame, _ *snapshot.Snapshot) page { return p.newPublic(f) })},
		{stylePath, access.SeePublic, serveStyle},
		{"/", access.SeePublic, func(w http.ResponseWriter, r *http.Request) { p.notFound(w, r) }},
	}
}

// errNothing says that an address names nothing that the catalogue has.
var errNothing = errors.New("nothing is there")

// serve makes a handler of a view. A page is made whole before the first byte of it
// leaves, so that half a page is never taken for a whole one.
func (p *pages) serve(guard *access.Guard, name string, view func(*http.Request, frame, *snapshot.Snapshot, *desk.Board) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		snapshot, board := p.cfg.Last(), p.cfg.Board()
		v, err := view(r, newFrame(p.cfg, r, snapshot), snapshot, board)
		switch {
		case errors.Is(err, errNothing), errors.Is(err, access.ErrNoSuchCase):
			p.notFound(w, r)
			return
		case err != nil:
			guard.Fail(w, r, err)
			return
		}
		p.write(w, http.StatusOK, name, v)
	}
}

// today is the first page; links of alerts from before it had one of its own lead on to
// the number that they name.
func (p *pages) today(guard *access.Guard) http.HandlerFunc {
	first := p.serve(guard, "sections", func(r *http.Request, f frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
		return p.newMorning(r, f, s, b)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); query.Get("duty") != "" {
			query.Del("status")
			http.Redirect(w, r, numberPath+"?"+query.Encode(), http.StatusFound) //nolint:gosec // The address is one of ours.
			return
		}
		first(w, r)
	}
}

// notFound says that an address is unknown, in words.
func (p *pages) notFound(w http.ResponseWriter, r *http.Request) {
	f := newFrame(p.cfg, r, p.cfg.Last())
	f.Path, f.Heading, f.Waiting = todayPath, f.T("Esta dirección no existe", "This address does not exist"), false
	f.Query = nil
	v := page{frame: f, Sections: []section{{
		ID: "nothing", Title: f.T("No hay nada aquí", "There is nothing here"),
		Text:  []string{f.T("La dirección nombra una página, un deber o un lugar que no existe. No es lo mismo que un cero.", "The address names a page, a duty or a place that does not exist. That is not the same as a zero.")},
		Links: []link{{f.T("Ir a la página de hoy", "Go to today's page"), f.Link(todayPath)}, {f.T("Métodos y definiciones", "Methods and definitions"), f.Link(methodsPath)}},
	}}}
	p.write(w, http.StatusNotFound, "sections", v)
}

func (p *pages) write(w http.ResponseWriter, status int, name string, v any) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, v); err != nil {
		p.cfg.Log.Error("page not made", "page", name, "error", err)
		http.Error(w, "no disponible por ahora · not available now", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil && !errors.Is(err, context.Canceled) {
		p.cfg.Log.Debug("page not delivered", "page", name, "error", err)
	}
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	b, err := files.ReadFile("style.css")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "style.css", time.Time{}, bytes.NewReader(b))
}

// headers are those of every page: nothing from elsewhere, no script, nothing kept.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
