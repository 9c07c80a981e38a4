package account

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"amparo/services/access"
)

// A Gate logs people in and out: it slows down who guesses, locks names, begins
// and ends sessions, and records all of it.
type Gate struct {
	Directory *Directory
	Sessions  *Sessions
	Provider  *Provider // nil where there is none
	attempts  *attempts
}

// NewGate returns a gate. The provider may be nil.
func NewGate(d *Directory, s *Sessions, p *Provider) *Gate {
	return &Gate{Directory: d, Sessions: s, Provider: p, attempts: newAttempts(d.Now)}
}

// ErrWait means that an address or a name has to wait.
var ErrWait = errors.New("demasiados intentos: espere unos minutos · too many attempts: wait some minutes")

// LogIn checks what somebody typed, and begins a session.
func (g *Gate) LogIn(r *http.Request, name, password, code string) error {
	ctx := r.Context()
	name = strings.ToLower(strings.TrimSpace(name))
	if !g.attempts.allowed(address(r)) || g.attempts.locked(name) {
		return ErrWait
	}
	user, err := g.Directory.LogIn(name, password, code)
	if errors.Is(err, ErrLogIn) {
		return g.failed(ctx, name)
	}
	if err != nil {
		return err
	}
	g.attempts.done(name)
	if err := g.record(ctx, access.Entry{Who: user.Name, Role: user.Role, Did: access.LoggedIn}); err != nil {
		return err
	}
	return g.Sessions.startLocal(ctx, &user)
}

// failed records a failure. What was typed as a name may be anything, a password
// even: it is kept only where there is such an account.
func (g *Gate) failed(ctx context.Context, name string) error {
	known := name
	if _, err := g.Directory.Users.Find(name); err != nil {
		known = ""
	}
	if err := g.record(ctx, access.Entry{Did: access.LogInFailed, Object: known}); err != nil {
		return err
	}
	if g.attempts.failed(name) {
		if err := g.record(ctx, access.Entry{Did: access.LockedOut, Object: known, Detail: "for " + lockFor.String()}); err != nil {
			return err
		}
	}
	return ErrLogIn
}

// LogOut ends the session of a request.
func (g *Gate) LogOut(r *http.Request) error {
	v := g.Sessions.Viewer(r)
	if v.Anonymous() {
		return nil
	}
	if err := g.record(r.Context(), access.Entry{Who: v.Name, Role: v.Role, Did: access.LoggedOut}); err != nil {
		return err
	}
	return g.Sessions.end(r.Context())
}

// BeginProvider returns where a browser goes to log in with the provider.
func (g *Gate) BeginProvider(r *http.Request, next string) (string, error) {
	if g.Provider == nil || !g.attempts.allowed(address(r)) {
		return "", ErrWait
	}
	to, j := g.Provider.begin(next)
	g.Sessions.manager.Put(r.Context(), keyState, j.encode())
	return to, nil
}

// FinishProvider takes what a browser brings back from the provider, begins a
// session, and returns where the person wanted to go.
func (g *Gate) FinishProvider(r *http.Request) (next string, err error) {
	ctx := r.Context()
	if g.Provider == nil {
		return "", ErrProvider
	}
	j := decodeJourney(g.Sessions.manager.PopString(ctx, keyState))
	bounded, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	v, err := g.Provider.finish(bounded, j, r.FormValue("state"), r.FormValue("code"))
	if err != nil {
		if e := g.record(ctx, access.Entry{Did: access.LogInFailed, Detail: "OpenID provider"}); e != nil {
			return "", e
		}
		return "", err
	}
	if err := g.record(ctx, access.Entry{Who: v.Name, Role: v.Role, Did: access.LoggedIn, Detail: "OpenID provider"}); err != nil {
		return "", err
	}
	return j.Next, g.Sessions.startProvider(ctx, v)
}

// Factor returns the secret of the second factor that a browser is setting up,
// and the address that an app reads from its picture.
func (g *Gate) Factor(r *http.Request, issuer, name string) (secret, uri string, err error) {
	ctx := r.Context()
	kept := g.Sessions.manager.GetString(ctx, keyFactor+name)
	if kept != "" {
		secret, uri, _ = strings.Cut(kept, " ")
		return secret, uri, nil
	}
	key, err := newFactor(issuer, name)
	if err != nil {
		return "", "", err
	}
	g.Sessions.manager.Put(ctx, keyFactor+name, key.Secret()+" "+key.URL())
	return key.Secret(), key.URL(), nil
}

const keyFactor = "factor " // and the account's name

// SetUp finishes an account whose link was opened: with the second factor that
// was shown to this browser.
func (g *Gate) SetUp(r *http.Request, token, password, code string) error {
	if !g.attempts.allowed(address(r)) {
		return ErrWait
	}
	user, err := g.Directory.SetUp(token)
	if err != nil {
		return err
	}
	secret, _, _ := strings.Cut(g.Sessions.manager.GetString(r.Context(), keyFactor+user.Name), " ")
	if secret == "" {
		return ErrCode
	}
	if err := g.Directory.Finish(r.Context(), token, password, secret, code); err != nil {
		return err
	}
	g.Sessions.manager.Remove(r.Context(), keyFactor+user.Name)
	return nil
}

func (g *Gate) record(ctx context.Context, e access.Entry) error {
	if err := g.Directory.Recorder.Record(ctx, e); err != nil {
		return fmt.Errorf("record in the access log: %w", err)
	}
	return nil
}

// address is who is at the other end of the connection.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
