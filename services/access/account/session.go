package account

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"amparo/services/access"
)

const (
	// idle is how long a session lasts that nobody uses.
	idle = 30 * time.Minute
	// longest is how long one lasts at the most.
	longest = 8 * time.Hour
)

// Sessions are who has logged in. They are kept in memory: a restart ends them.
type Sessions struct {
	manager *scs.SessionManager
	users   *Users
	now     func() time.Time
}

// NewSessions returns no sessions. Their cookie travels over TLS alone where
// secure says so: everywhere but on loopback.
func NewSessions(users *Users, secure bool, now func() time.Time, log *slog.Logger) *Sessions {
	// Not made by the library's constructor, whose store is swept by a goroutine
	// that cannot be stopped without a race.
	m := &scs.SessionManager{
		IdleTimeout: idle, Lifetime: longest, Store: newMemory(), Codec: scs.GobCodec{}, HashTokenInStore: true,
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, err error) {
			log.Error("session not kept", "error", err)
			http.Error(w, "no disponible por ahora · not available now", http.StatusServiceUnavailable)
		},
		Cookie: scs.SessionCookie{Name: "amparo", Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode},
	}
	if secure {
		m.Cookie.Name = "__Host-amparo" // No other host or path can set it.
	}
	return &Sessions{manager: m, users: users, now: now}
}

// Handler loads the session of each request, and refuses what another site makes
// a browser send.
func (s *Sessions) Handler(next http.Handler) http.Handler {
	return s.manager.LoadAndSave(http.NewCrossOriginProtection().Handler(next))
}

// Keys of a session.
const (
	keyLocal    = "local"    // name of an account
	keyEpoch    = "epoch"    // of that account
	keyProvider = "provider" // a viewer that a provider vouches for, as JSON
	keyState    = "state"    // of a log-in with a provider that has begun
)

// startLocal begins a session of an account.
func (s *Sessions) startLocal(ctx context.Context, u *User) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	s.manager.Put(ctx, keyLocal, u.Name)
	s.manager.Put(ctx, keyEpoch, u.Epoch)
	return nil
}

// startProvider begins a session of someone whom a provider vouches for.
func (s *Sessions) startProvider(ctx context.Context, v access.Viewer) error {
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	s.manager.Put(ctx, keyProvider, string(b))
	return nil
}

// end ends the session of a request.
func (s *Sessions) end(ctx context.Context) error { return s.manager.Destroy(ctx) }

// Viewer is who sends a request: the public where there is no session, or its
// account was disabled, reset or given another role since.
func (s *Sessions) Viewer(r *http.Request) access.Viewer {
	ctx := r.Context()
	if text := s.manager.GetString(ctx, keyProvider); text != "" {
		var v access.Viewer
		if json.Unmarshal([]byte(text), &v) != nil {
			return access.Viewer{}
		}
		return v
	}
	name := s.manager.GetString(ctx, keyLocal)
	if name == "" {
		return access.Viewer{}
	}
	user, err := s.users.Find(name)
	if err != nil || user.Epoch != s.manager.GetInt(ctx, keyEpoch) || user.State(s.now()) != "active" {
		return access.Viewer{}
	}
	return user.Viewer()
}
