// Package dashboard serves the pages for people: Spanish first, English beside,
// tables and drawings that are made on the server and need no script. It reads
// the last snapshot, board and breakdown; only lists of cases ask the store.
//
// Every page passes the guard of package access, which knows who may see what.
package dashboard

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store/listing"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/dashboard/cases"
	"amparo/services/dashboard/numbers"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// Config says what the pages show.
type Config struct {
	Catalogue *law.Catalogue
	Grouping  string
	Last      func() *snapshot.Snapshot
	Board     func() *desk.Board
	Breakdown func() *desk.Breakdown
	Reader    *indicator.Reader
	Store     cases.Store
	// Published is what anyone may see, nil before anything was published.
	Published func() *aggregator.Published
	Program   string // its version
	Synthetic bool   // the data is made up, and every page says so
	// Sources are until when places have reported; nil, or nil from it, before it
	// is known.
	Sources func() *present.Sources
	// Queue is what somebody has to look into; Accounts are who may be given some of it.
	Queue    *queue.Book
	Accounts func() ([]access.Viewer, error)
	Now      func() time.Time
	Log      *slog.Logger
}

// pages make the pages of one installation that are of no other room.
type pages struct {
	*page.Maker
	cfg      Config
	cat      *law.Catalogue
	grouping string
}

// Mount puts the pages behind a guard.
func Mount(guard *access.Guard, cfg Config) error {
	if cfg.Grouping == "" && cfg.Catalogue.Places != nil {
		cfg.Grouping = cfg.Catalogue.Places.Groupings[0]
	}
	m := &page.Maker{Catalogue: cfg.Catalogue, Last: cfg.Last, Board: cfg.Board, Synthetic: cfg.Synthetic, Sources: cfg.Sources, Log: cfg.Log}
	if err := m.Read(numbers.Templates); err != nil {
		return err
	}
	p := &pages{Maker: m, cfg: cfg, cat: cfg.Catalogue, grouping: cfg.Grouping}
	routes := slices.Concat(
		p.routes(guard),
		numbers.Routes(guard, m, numbers.Config{Grouping: cfg.Grouping, Breakdown: cfg.Breakdown, Behind: cfg.Reader}),
		cases.Routes(guard, m, cases.Config{Grouping: cfg.Grouping, Store: cfg.Store, Lists: listing.Of(cfg.Reader.Store), Program: cfg.Program, Queue: cfg.Queue, Accounts: cfg.Accounts, Now: cfg.Now}),
	)
	for _, r := range routes {
		method := "GET "
		if r.Post {
			method = "POST "
		}
		guard.Handle(method+r.Pattern, r.Needs, page.Headers(gzhttp.GzipHandler(r.Handler)))
	}
	return nil
}

// routes is the table of the pages that are of no other room.
func (p *pages) routes(guard *access.Guard) []page.Route {
	always := func(view func(page.Frame, *snapshot.Snapshot, *desk.Board) page.Page) http.HandlerFunc {
		return p.Serve(guard, "sections", func(_ *http.Request, f page.Frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
			return view(f, s, b), nil
		})
	}
	of := func(view func(page.Frame, *snapshot.Snapshot) page.Page) http.HandlerFunc {
		return always(func(f page.Frame, s *snapshot.Snapshot, _ *desk.Board) page.Page { return view(f, s) })
	}
	return []page.Route{
		{Pattern: page.TodayPath + "{$}", Needs: access.SeeNumbers, Handler: p.today(guard)},
		{Pattern: page.MatrixPath, Needs: access.SeeNation, Handler: of(p.newMatrix)},
		{Pattern: page.DeadlinesPath, Needs: access.SeeNation, Handler: of(p.newDeadlines)},
		{Pattern: page.TimelinessPath, Needs: access.SeeNation, Handler: always(p.newTimeliness)},
		{Pattern: page.ComparePath, Needs: access.SeeNation, Handler: of(p.newCompare)},
		{Pattern: page.MapPath, Needs: access.SeeNation, Handler: always(p.newMap)},
		{Pattern: page.LifecyclePath, Needs: access.SeeNation, Handler: always(func(f page.Frame, _ *snapshot.Snapshot, b *desk.Board) page.Page { return p.newLifecycle(f, b) })},
		{Pattern: page.QualityPath, Needs: access.SeeNation, Handler: always(p.newQuality)},
		{Pattern: page.MethodsPath, Needs: access.SeePublic, Handler: of(func(f page.Frame, _ *snapshot.Snapshot) page.Page { return p.newMethods(f) })},
		{Pattern: page.TrendsPath, Needs: access.SeeNation, Handler: of(p.newTrends)},
		{Pattern: page.PublicPath, Needs: access.SeePublic, Handler: of(func(f page.Frame, _ *snapshot.Snapshot) page.Page { return p.newPublic(f) })},
		{Pattern: page.StylePath, Needs: access.SeePublic, Handler: page.ServeStyle},
		{Pattern: "/", Needs: access.SeePublic, Handler: func(w http.ResponseWriter, r *http.Request) { p.NotFound(w, r) }},
	}
}

// today is the first page; links of alerts from before it had one of its own lead on to
// the number that they name.
func (p *pages) today(guard *access.Guard) http.HandlerFunc {
	first := p.Serve(guard, "sections", func(r *http.Request, f page.Frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
		return p.newMorning(r, f, s, b)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if query := r.URL.Query(); query.Get("duty") != "" {
			query.Del("status")
			http.Redirect(w, r, page.NumberPath+"?"+query.Encode(), http.StatusFound) //nolint:gosec // The address is one of ours.
			return
		}
		first(w, r)
	}
}
