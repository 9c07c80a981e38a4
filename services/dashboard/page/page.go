// Package page is what all pages for people have in common: the frame around them, the
// sections that they are made of, the words for places and periods, and how a page is served.
package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/desk"
	"amparo/services/present"
)

//go:embed layout.html sections.html style.css
var files embed.FS

// StylePath is where the style sheet is: its name holds a hash of what is in it,
// so that a browser may keep it for good.
var StylePath = func() string {
	b, err := files.ReadFile("style.css")
	if err != nil {
		panic(err) // It is embedded: the build has it, or there is no build.
	}
	sum := sha256.Sum256(b)
	return "/assets/" + hex.EncodeToString(sum[:6]) + ".css"
}()

// A Maker makes pages of one installation.
type Maker struct {
	Catalogue *law.Catalogue
	Last      func() *snapshot.Snapshot
	Board     func() *desk.Board
	Synthetic bool // the data is made up, and every page says so
	// Sources are until when places have reported; nil, or nil from it, before it
	// is known.
	Sources func() *present.Sources
	Log     *slog.Logger

	// Places hides where lists go on.
	Places *Sealer

	templates *template.Template
}

// Read makes the maker ready: it reads the templates, and those of pages that have one of their own.
func (m *Maker) Read(more ...fs.FS) error {
	templates, err := template.ParseFS(files, "*.html")
	for _, own := range more {
		if err == nil {
			templates, err = templates.ParseFS(own, "*.html")
		}
	}
	if err != nil {
		return fmt.Errorf("read the pages: %w", err)
	}
	m.templates = templates
	m.Places, err = NewSealer()
	return err
}

// ErrNothing says that an address names nothing that the catalogue has.
var ErrNothing = errors.New("nothing is there")

// A Route is a page with the right that it needs.
type Route struct {
	Pattern string
	Needs   access.Right
	Handler http.HandlerFunc
	Post    bool // it changes something
}

// Serve makes a handler of a view. A page is made whole before the first byte of it
// leaves, so that half a page is never taken for a whole one.
func (m *Maker) Serve(guard *access.Guard, name string, view func(*http.Request, Frame, *snapshot.Snapshot, *desk.Board) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		snapshot, board := m.Last(), m.Board()
		v, err := view(r, m.Frame(r), snapshot, board)
		switch {
		case errors.Is(err, ErrNothing), errors.Is(err, access.ErrNoSuchCase):
			m.NotFound(w, r)
			return
		case err != nil:
			guard.Fail(w, r, err)
			return
		}
		m.Write(w, http.StatusOK, name, v)
	}
}

// NotFound says that an address is unknown, in words.
func (m *Maker) NotFound(w http.ResponseWriter, r *http.Request) {
	f := m.Frame(r)
	f.Path, f.Heading, f.Waiting = TodayPath, f.T("Esta dirección no existe", "This address does not exist"), false
	f.Query = nil
	v := Page{Frame: f, Sections: []Section{{
		ID: "nothing", Title: f.T("No hay nada aquí", "There is nothing here"),
		Text:  []string{f.T("La dirección nombra una página, un deber o un lugar que no existe. No es lo mismo que un cero.", "The address names a page, a duty or a place that does not exist. That is not the same as a zero.")},
		Links: []Link{{f.T("Ir a la página de hoy", "Go to today's page"), f.Link(TodayPath)}, {f.T("Métodos y definiciones", "Methods and definitions"), f.Link(MethodsPath)}},
	}}}
	m.Write(w, http.StatusNotFound, "sections", v)
}

// Write makes a page whole and sends it.
func (m *Maker) Write(w http.ResponseWriter, status int, name string, v any) {
	var b bytes.Buffer
	if err := m.templates.ExecuteTemplate(&b, name, v); err != nil {
		m.Log.Error("page not made", "page", name, "error", err)
		http.Error(w, "no disponible por ahora · not available now", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil && !errors.Is(err, context.Canceled) {
		m.Log.Debug("page not delivered", "page", name, "error", err)
	}
}

// ServeStyle serves the style sheet, which may be kept for good.
func ServeStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	b, err := files.ReadFile("style.css")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "style.css", time.Time{}, bytes.NewReader(b))
}

// Headers are those of every page: nothing from elsewhere, no script, nothing kept.
func Headers(next http.Handler) http.Handler {
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
