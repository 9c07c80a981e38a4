package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// A Route is one line of the guard's table: which right a pattern needs.
type Route struct {
	Pattern string // as http.ServeMux reads it
	Needs   Right
}

// An Answer is what a role gets at a route.
type Answer int

// The answers.
const (
	// Served: the handler runs.
	Served Answer = http.StatusOK
	// LogIn: nobody has logged in, and someone must.
	LogIn Answer = http.StatusUnauthorized
	// Refused: the role does not have the right, whatever is asked for.
	Refused Answer = http.StatusForbidden
)

// Answer is what a role gets at a route before anything is looked up. That
// single things lie outside a viewer's scope is said with 404, as if they did
// not exist.
func (r Route) Answer(role Role) Answer {
	switch {
	case role.Has(r.Needs):
		return Served
	case r.ofCase() && r.Needs == SeeCases && role.Has(BreakGlass):
		return Served // The case decides: the glass may be broken for it.
	case role == Public:
		return LogIn
	}
	return Refused
}

// ofCase reports whether the route shows one case.
func (r Route) ofCase() bool { return strings.Contains(r.Pattern, "{case}") }

// tells reports whether what a route shows is recorded, and as what: lists of
// what is due, which are of cases, and numbers that someone with an account takes
// away for a program.
func (r Route) tells(v Viewer) (Deed, bool) {
	switch {
	case r.Needs == SeeQueue:
		return ListSeen, true
	case strings.Contains(r.Pattern, " "+apiPath) && !v.Anonymous() && r.Needs != ExportCases:
		return NumbersTaken, true
	}
	return "", false
}

// apiPath is where numbers are for programs.
const apiPath = "/api/"

// Whereabouts tells where a case happened and which institutions acted in it.
type Whereabouts interface {
	// Whereabouts returns the pairs of place and institution of a case; none for
	// a case that does not exist.
	Whereabouts(ctx context.Context, caseID string) ([]Whereabout, error)
}

// A Whereabout is a place and the institution that acted there.
type Whereabout struct{ Place, Institution string }

// A Recorder writes the access log.
type Recorder interface {
	// Record writes one entry, on disk before it returns.
	Record(ctx context.Context, e Entry) error
}

// An Entry is one line of the access log as its writer gives it.
type Entry struct {
	Who    string `json:"who"`              // account, "" for the public
	Role   Role   `json:"role,omitempty"`   // at that time
	Did    Deed   `json:"did"`              //
	Object string `json:"object,omitempty"` // case, route, account, export
	Detail string `json:"detail,omitempty"` // reason, or what was changed
}

// A Deed is what an entry of the access log tells of.
type Deed string

// What is recorded.
const (
	CaseSeen       Deed = "case.seen"
	ListSeen       Deed = "list.seen"
	NumbersTaken   Deed = "numbers.taken"
	Denied         Deed = "denied"
	NotInScope     Deed = "denied.out-of-scope"
	LoggedIn       Deed = "login.done"
	LogInFailed    Deed = "login.failed"
	LockedOut      Deed = "login.locked-out"
	LoggedOut      Deed = "logout"
	GlassBroken    Deed = "glass.broken"
	ExportMade     Deed = "export.made"
	ExportAsked    Deed = "export.asked"
	ExportAllowed  Deed = "export.allowed"
	ExportRefused  Deed = "export.refused"
	AccountChanged Deed = "account.changed"
	RuleChanged    Deed = "rule.changed"
	LogRead        Deed = "log.read"
	LogVerified    Deed = "log.verified"
	LogPruned      Deed = "log.pruned"
	ManyCasesSeen  Deed = "many-cases.seen"
	SetUpDone      Deed = "account.set-up"
	LogDamaged     Deed = "log.damaged"
	LogStarted     Deed = "log.started"

	// What is done about an alert of the desk's queue.
	AlertTaken        Deed = "alert.taken"
	AlertHandedOver   Deed = "alert.handed-over"
	AlertAcknowledged Deed = "alert.acknowledged"
	AlertMuted        Deed = "alert.muted"
	AlertUnmuted      Deed = "alert.unmuted"
	AlertEnded        Deed = "alert.ended" // by itself: what it told of is no more
)

// Deeds are all that is recorded.
func Deeds() []Deed {
	return []Deed{
		CaseSeen, ListSeen, NumbersTaken, Denied, NotInScope, LoggedIn, LogInFailed, LockedOut, LoggedOut, GlassBroken,
		ExportMade, ExportAsked, ExportAllowed, ExportRefused, AccountChanged, RuleChanged, LogRead, LogVerified,
		LogPruned, ManyCasesSeen, SetUpDone, LogDamaged, LogStarted,
		AlertTaken, AlertHandedOver, AlertAcknowledged, AlertMuted, AlertUnmuted, AlertEnded,
	}
}

// ErrNoSuchCase means that a case does not exist or lies outside the viewer's
// scope: which of the two is not told.
var ErrNoSuchCase = errors.New("no such case")

// GuardConfig is what a guard works with.
type GuardConfig struct {
	// Viewer tells who sends a request: the zero Viewer where nobody has logged in.
	Viewer func(*http.Request) Viewer
	// Cases tells where a case happened. Without it no case can be opened.
	Cases Whereabouts
	// Glass tells which cases a viewer may see for a reason given. It may be nil.
	Glass interface {
		Broken(v Viewer, caseID string) bool
	}
	// Recorder writes the access log. What cannot be recorded is not shown.
	Recorder Recorder
	// Limits slow down who asks too often; nil for nobody.
	Limits *Limits
	// LogInPath is where people are sent to log in.
	LogInPath string
	Log       *slog.Logger
}

// A Guard stands before all pages and the API.
type Guard struct {
	cfg    GuardConfig
	mux    *http.ServeMux
	routes []Route
}

// NewGuard returns a guard without routes: it answers everything with 404.
func NewGuard(cfg GuardConfig) (*Guard, error) {
	if cfg.Viewer == nil || cfg.Recorder == nil || cfg.Log == nil {
		return nil, errors.New("make the guard: it needs to know the viewer, a recorder and a log")
	}
	return &Guard{cfg: cfg, mux: http.NewServeMux()}, nil
}

// Handle adds a route. A pattern with {case} also needs that case to lie in the
// viewer's scope, and each look at it is recorded before the handler runs.
func (g *Guard) Handle(pattern string, needs Right, h http.Handler) {
	route := Route{pattern, needs}
	g.routes = append(g.routes, route)
	g.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := From(r.Context())
		if g.cfg.Limits != nil { // Before all else: a refusal is a row in the log as well.
			if wait, ok := g.cfg.Limits.take(route.kindOf(), v, addressOf(r)); !ok {
				slow(w, r, wait)
				return
			}
		}
		switch route.Answer(v.role()) {
		case LogIn:
			g.logIn(w, r)
			return
		case Refused:
			g.refuse(w, r, v)
			return
		}
		if did, tells := route.tells(v); tells {
			if err := g.record(r.Context(), v, did, r.Pattern, r.URL.RawQuery); err != nil {
				g.Fail(w, r, err)
				return
			}
		}
		if route.ofCase() {
			if err := g.OpenCase(r.Context(), r.PathValue("case")); err != nil {
				g.Fail(w, r, err)
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
}

// HandleFunc adds a route that a function answers.
func (g *Guard) HandleFunc(pattern string, needs Right, h http.HandlerFunc) {
	g.Handle(pattern, needs, h)
}

// Routes is the guard's table.
func (g *Guard) Routes() []Route { return g.routes }

// ServeHTTP implements http.Handler.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mux.ServeHTTP(w, r.WithContext(With(r.Context(), g.cfg.Viewer(r))))
}

// OpenCase records that the context's viewer looks at a case. It returns
// ErrNoSuchCase where the viewer may not, or there is none. A handler that
// learns on its way which case it shows calls it first.
func (g *Guard) OpenCase(ctx context.Context, caseID string) error {
	v := From(ctx)
	allowed, why, err := g.mayOpen(ctx, v, caseID)
	if err != nil {
		return err
	}
	if !allowed {
		if err := g.record(ctx, v, NotInScope, caseID, ""); err != nil {
			return err
		}
		return ErrNoSuchCase
	}
	return g.record(ctx, v, CaseSeen, caseID, why)
}

// mayOpen decides on one case, and says in what way it may be seen.
func (g *Guard) mayOpen(ctx context.Context, v Viewer, caseID string) (allowed bool, why string, err error) {
	if g.cfg.Cases == nil || caseID == "" {
		return false, "", nil
	}
	where, err := g.cfg.Cases.Whereabouts(ctx, caseID)
	if err != nil {
		return false, "", fmt.Errorf("look up where a case happened: %w", err)
	}
	if len(where) == 0 {
		return false, "", nil
	}
	if v.May(SeeCases) {
		for _, at := range where {
			if v.Cases().Holds(at.Place, at.Institution) {
				return true, "", nil
			}
		}
	}
	if g.cfg.Glass == nil || !v.May(BreakGlass) || !g.cfg.Glass.Broken(v, caseID) {
		return false, "", nil
	}
	for _, at := range where { // Even so nobody sees beyond their places.
		if v.Numbers().Holds(at.Place, at.Institution) {
			return true, "glass broken", nil
		}
	}
	return false, "", nil
}

func (g *Guard) record(ctx context.Context, v Viewer, did Deed, object, detail string) error {
	if err := g.cfg.Recorder.Record(ctx, Entry{Who: v.Name, Role: v.role(), Did: did, Object: object, Detail: detail}); err != nil {
		return fmt.Errorf("record in the access log: %w", err)
	}
	return nil
}

// logIn sends people to the log-in, and programs an answer they can read.
func (g *Guard) logIn(w http.ResponseWriter, r *http.Request) {
	if g.cfg.LogInPath == "" || !wantsPage(r) {
		w.Header().Set("WWW-Authenticate", `Session realm="amparo"`)
		http.Error(w, "inicie sesión · log in", http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, g.cfg.LogInPath+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
}

// wantsPage reports whether a browser asks for a page.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, v Viewer) {
	if err := g.record(r.Context(), v, Denied, r.Pattern, ""); err != nil {
		g.Fail(w, r, err)
		return
	}
	http.Error(w, "su rol no incluye esta página · your role does not include this page", http.StatusForbidden)
}

// Fail answers a request that could not be served: 404 for what does not exist
// for the viewer, else 503. The reason goes to the log alone.
func (g *Guard) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNoSuchCase) {
		http.NotFound(w, r)
		return
	}
	g.cfg.Log.Error("request refused", "route", r.Pattern, "error", err)
	http.Error(w, "no disponible por ahora · not available now", http.StatusServiceUnavailable)
}
