// Package cases shows what lies behind a number: lists of obligations, one case told from
// its beginning, the obligation of a notice; and the queue of alerts, with what was done about
// them.
package cases

import (
	"context"
	"net/http"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/listing"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/desk/queue"
)

// Store reads single cases.
type Store interface {
	History(ctx context.Context, caseIDs []string) (map[string][]store.Recorded, error)
	OpenTokens(ctx context.Context, tokens []string) (map[string]obligation.Key, error)
	ObligationsOf(ctx context.Context, caseIDs []string) ([]obligation.Obligation, error)
}

// A Lister lists the obligations behind a number.
type Lister interface {
	Behind(ctx context.Context, q listing.Query) ([]obligation.Obligation, error)
}

// Config says what the room works with.
type Config struct {
	Grouping string
	Store    Store
	Lists    Lister
	Program  string // its version
	// Queue is what somebody has to look into; Accounts are who may be given some of it.
	Queue    *queue.Book
	Accounts func() ([]access.Viewer, error)
	Now      func() time.Time
}

type room struct {
	*page.Maker
	Config
}

// Routes is the table of the room's pages.
func Routes(guard *access.Guard, m *page.Maker, cfg Config) []page.Route {
	p := &room{m, cfg}
	return []page.Route{
		{Pattern: page.CasesPath, Needs: access.SeeQueue, Handler: p.Serve(guard, "sections", func(r *http.Request, f page.Frame, _ *snapshot.Snapshot, b *desk.Board) (any, error) {
			c, ok := p.readCases(r)
			if !ok {
				return nil, page.ErrNothing
			}
			return p.newCases(r, f, b, c)
		})},
		{Pattern: page.CasePath + "{case}", Needs: access.SeeCases, Handler: p.Serve(guard, "sections", func(r *http.Request, f page.Frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newCase(r, f)
		})},
		{Pattern: page.CasePath + "{case}/pdf", Needs: access.SeeCases, Handler: p.casePDF(guard)},
		{Pattern: page.NoticePath + "{token}", Needs: access.SeeQueue, Handler: p.Serve(guard, "sections", func(r *http.Request, f page.Frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newNotice(r, f)
		})},
		{Pattern: page.AlertsPath, Needs: access.SeeQueue, Handler: p.Serve(guard, "sections", func(_ *http.Request, f page.Frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newQueue(f)
		})},
		{Pattern: page.AlertsPath + "/{alert}", Needs: access.SeeQueue, Handler: p.alertPage},
		{Pattern: page.AlertsPath + "/{alert}", Needs: access.HandleAlerts, Handler: p.handleAlert(guard), Post: true},
		{Pattern: page.HandlingPath, Needs: access.SeeHandling, Handler: p.Serve(guard, "sections", func(_ *http.Request, f page.Frame, _ *snapshot.Snapshot, _ *desk.Board) (any, error) {
			return p.newHistory(f)
		})},
	}
}
