package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
	"amparo/services/access/ledger"
	"amparo/services/access/reception"
	"amparo/services/amparo/command"
	"amparo/services/dashboard/page"
	"amparo/services/desk/queue"
	"amparo/services/installation"
)

// accessFlags say how people log in.
type accessFlags struct {
	PublicURL string        `name:"public-url" placeholder:"URL" help:"Address at which people reach the pages, where it is not the one that is listened on."`
	OpenID    string        `name:"openid" placeholder:"FILE" help:"OpenID provider in YAML: issuer, client_id, client_secret_file, groups and their roles."`
	KeepLog   time.Duration `name:"access-log-keep" default:"17520h" help:"How long the access log is kept; two years at the least."`
	Pace      float64       `name:"request-pace" default:"1" placeholder:"TIMES" help:"How many times the usual pace an account, or an address, may ask for pages, the API and files before it has to wait: 0.1 to 1000."`
}

// accessDir is where accounts and the access log of an installation are.
func accessDir(data string) string { return filepath.Join(data, "access") }

// openDirectory opens the accounts and the access log of a data folder.
func openDirectory(data string, keep time.Duration, in *installation.Installation, now func() time.Time) (*account.Directory, *ledger.Ledger, error) {
	users, err := account.OpenUsers(accessDir(data))
	if err != nil {
		return nil, nil, err
	}
	log, err := ledger.Open(ledger.Config{Dir: filepath.Join(accessDir(data), "log"), Keep: keep, Now: now})
	if err != nil {
		return nil, nil, err
	}
	d := &account.Directory{Users: users, Recorder: log, Now: now}
	if in != nil && in.Catalogue.Places != nil {
		d.KnowsPlace = in.Catalogue.Places.Known
	}
	return d, log, nil
}

// An entrance is all that stands between people and the pages.
type entrance struct {
	guard   *access.Guard
	exports *grant.Exports
	queue   *queue.Book
	// accounts are who may be given alerts.
	accounts func() ([]access.Viewer, error)
	listen   listener
	// invite is the path of the link that sets the first administrator up, "" where
	// there is one.
	invite  string
	handler http.Handler
	close   func() error
}

// entrance opens accounts, sessions and the access log. Who looks at a demo need
// not log in: its data is made up, and they are taken for the national desk.
func (f *accessFlags) entrance(ctx context.Context, g *command.Globals, in *installation.Installation, listen string, demo bool,
	now func() time.Time, log *slog.Logger, reg prometheus.Registerer,
) (*entrance, error) {
	directory, chain, err := openDirectory(g.Data, f.KeepLog, in, now)
	if err != nil {
		return nil, err
	}
	watch := access.NewWatch(chain, now, reg)
	directory.Recorder = watch
	e := &entrance{listen: listener{listen, !demo}, close: chain.Close}
	if err := noteCatalogue(ctx, chain, watch, in.Catalogue.Label()); err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	sessions := account.NewSessions(directory.Users, f.secure(listen), now, log)
	gate := account.NewGate(directory, sessions, nil)
	if f.OpenID != "" {
		if gate.Provider, err = f.provider(ctx, listen, directory.Users); err != nil {
			return nil, errors.Join(err, chain.Close())
		}
	}
	glass := grant.NewGlass(watch, func(b grant.Break) {
		log.Warn("glass broken: an account sees a case outside its role", "who", b.Who, "role", b.Role, "until", b.Until)
	}, now)
	exports, err := grant.OpenExports(accessDir(g.Data), watch, samePerson(directory.Users), now)
	if err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	e.exports = exports
	e.accounts = func() ([]access.Viewer, error) { return directory.Users.Viewers(now()) }
	if e.queue, err = readQueue(ctx, chain, watch, in.Catalogue, now); err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	limits, err := access.NewLimits(f.Pace, now, reg)
	if err != nil {
		return nil, errors.Join(command.Invalid(fmt.Errorf("--request-pace: %w", err)), chain.Close())
	}
	viewer := sessions.Viewer
	if demo {
		viewer = func(r *http.Request) access.Viewer {
			if v := sessions.Viewer(r); !v.Anonymous() {
				return v
			}
			return access.Viewer{Name: "demo", Role: access.National, Demo: true}
		}
	} else if e.invite, err = invite(ctx, directory); err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	e.guard, err = access.NewGuard(access.GuardConfig{
		Viewer: viewer, Cases: whereabouts{in.Store}, Glass: glass, Recorder: watch, Limits: limits, LogInPath: reception.LogInPath, Log: log,
	})
	if err == nil {
		err = reception.Mount(e.guard, reception.Config{
			Gate: gate, Glass: glass, Exports: exports, Ledger: chain, Issuer: "Amparo", Style: page.StylePath, Zone: in.Catalogue.Zone, Now: now, Log: log,
		})
	}
	if err != nil {
		return nil, errors.Join(err, chain.Close())
	}
	e.handler = sessions.Handler(e.guard)
	return e, nil
}

// readQueue reads what was done about alerts from the access log.
func readQueue(ctx context.Context, chain *ledger.Ledger, to access.Recorder, cat *law.Catalogue, now func() time.Time) (*queue.Book, error) {
	acts := func(yield func(queue.Act, error) bool) {
		for row, err := range chain.Rows(ctx, ledger.Filter{}) {
			if err != nil {
				yield(queue.Act{}, err)
				return
			}
			if act, ok := queue.ReadAct(row.At, row.Entry); ok && !yield(act, nil) {
				return
			}
		}
	}
	return queue.Read(acts, to, cat.Places.Departments(), now)
}

// noteCatalogue records that the law is read in another way than it was.
func noteCatalogue(ctx context.Context, chain *ledger.Ledger, to access.Recorder, label string) error {
	last, err := chain.Latest(ctx, ledger.Filter{Did: access.RuleChanged}, 1)
	if err != nil || len(last) == 1 && last[0].Object == label {
		return err
	}
	was := "none before"
	if len(last) == 1 {
		was = "before it " + last[0].Object
	}
	return to.Record(ctx, access.Entry{Did: access.RuleChanged, Object: label, Detail: was})
}

// secure reports whether cookies travel over TLS alone: wherever more than this
// machine may be reached by.
func (f *accessFlags) secure(listen string) bool {
	if f.PublicURL != "" {
		return strings.HasPrefix(f.PublicURL, "https://")
	}
	return !isLoopback(listen)
}

func (f *accessFlags) provider(ctx context.Context, listen string, users *account.Users) (*account.Provider, error) {
	cfg, err := account.ReadProviderConfig(f.OpenID)
	if err != nil {
		return nil, command.Invalid(err)
	}
	address := strings.TrimSuffix(f.PublicURL, "/")
	if address == "" {
		address = "http://" + listen
	}
	provider, err := account.OpenProvider(ctx, cfg, address+"/login/return", users)
	if err != nil {
		return nil, fmt.Errorf("%w (is the provider running? --openid %s)", err, f.OpenID)
	}
	return provider, nil
}

// invite makes the link of the first administrator, where no account is set up.
func invite(ctx context.Context, d *account.Directory) (string, error) {
	token, err := d.FirstAdministrator(ctx)
	if errors.Is(err, account.ErrFirstRun) {
		return "", nil
	}
	return reception.SetUpPath + token, err
}

// samePerson compares whose accounts two are. What cannot be looked up is taken
// for the same.
func samePerson(users *account.Users) func(a, b string) bool {
	return func(a, b string) bool {
		one, err := users.Find(a)
		if err != nil {
			return a == b || !errors.Is(err, account.ErrNoUser)
		}
		other, err := users.Find(b)
		if err != nil {
			return !errors.Is(err, account.ErrNoUser)
		}
		return strings.EqualFold(strings.TrimSpace(one.Person), strings.TrimSpace(other.Person))
	}
}

// whereabouts asks the store where a case happened.
type whereabouts struct{ from *store.Store }

// Whereabouts implements access.Whereabouts.
func (w whereabouts) Whereabouts(ctx context.Context, caseID string) ([]access.Whereabout, error) {
	found, err := w.from.Whereabouts(ctx, caseID)
	out := make([]access.Whereabout, len(found))
	for i, f := range found {
		out[i] = access.Whereabout(f)
	}
	return out, err
}

// notForwarded answers only who asks this machine itself: what a proxy passes on
// comes from others.
func notForwarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip"} {
			if r.Header.Get(name) != "" {
				http.Error(w, "not through a proxy: these numbers are exact", http.StatusForbidden)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
