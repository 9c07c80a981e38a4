// Package numbers opens numbers: what one counts, then the departments and institutions
// behind it; and the indicators of implications and causes, from where they are opened.
package numbers

import (
	"embed"
	"net/http"

	"amparo/pipeline/snapshot"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
)

// Templates are those of pages with a form of their own.
//
//go:embed causes.html implications.html
var Templates embed.FS

// Config says what the room works with.
type Config struct {
	Grouping  string
	Breakdown func() *desk.Breakdown
	Behind    Behinder
}

type room struct {
	*page.Maker
	Config
}

// Routes is the table of the room's pages.
func Routes(guard *access.Guard, m *page.Maker, cfg Config) []page.Route {
	p := &room{m, cfg}
	return []page.Route{
		{Pattern: page.ImplicationsPath, Needs: access.SeeNation, Handler: p.Serve(guard, "implications.html", func(_ *http.Request, f page.Frame, s *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return newImplications(p.Catalogue, f, s), nil
		})},
		{Pattern: page.CausesPath, Needs: access.SeeNation, Handler: p.Serve(guard, "causes.html", func(_ *http.Request, f page.Frame, s *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return newCauses(p.Catalogue, f, s), nil
		})},
		{Pattern: page.IndicatorPath, Needs: access.SeeOffices, Handler: p.Serve(guard, "sections", func(_ *http.Request, f page.Frame, s *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newIndicator(f, s)
		})},
		{Pattern: page.IndicatorPath + "/cases", Needs: access.SeeQueue, Handler: p.Serve(guard, "sections", func(r *http.Request, f page.Frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newPieces(r, f)
		})},
		{Pattern: page.NumberPath, Needs: access.SeeOffices, Handler: p.Serve(guard, "sections", func(r *http.Request, f page.Frame, s *snapshot.Snapshot, b *desk.Board) (any, error) {
			viewer := access.From(r.Context())
			if b != nil && !viewer.May(access.SeeNation) {
				b = b.Within(viewer.Numbers().Holds)
			}
			if v := p.newNumber(f, s, b); v != nil {
				return v, nil
			}
			return nil, page.ErrNothing
		})},
	}
}
