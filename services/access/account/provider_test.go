package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"amparo/services/access"
)

// people is the store of a real OpenID provider, which says in which groups they are.
type people struct {
	*storage.Storage
	groups []string
}

func (p *people) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := p.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	info.AppendClaims("groups", p.groups)
	return nil
}

// openID runs a provider with one client, and a house that people come back to.
func openID(t *testing.T, people *people, change func(*ProviderConfig)) (h *house, front *httptest.Server) {
	t.Helper()
	h = newHouse(t)
	front = httptest.NewUnstartedServer(nil)
	address := "http://" + front.Listener.Addr().String()
	provider := httptest.NewUnstartedServer(nil)
	issuer := "http://" + provider.Listener.Addr().String()
	people.Storage = storage.NewStorageWithClients(storage.NewUserStore(issuer), map[string]*storage.Client{
		"amparo": storage.WebClient("amparo", "the secret", address+"/login/return"),
	})
	provider.Config.Handler = exampleop.SetupServer(issuer, people, slog.New(slog.DiscardHandler), false, op.WithAllowInsecure())
	provider.Start()
	t.Cleanup(provider.Close)

	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := &ProviderConfig{
		Issuer: issuer, ClientID: "amparo", SecretFile: secret,
		Groups: map[string]Group{
			"desk": {Role: access.National}, "audit": {Role: access.Auditor}, "arequipa": {Role: access.Regional, Places: []string{"04"}},
		},
	}
	cfg.SecondFactor.ByProvider = true
	if change != nil {
		change(cfg)
	}
	p, err := OpenProvider(t.Context(), cfg, address+"/login/return", h.Users)
	if err != nil {
		t.Fatal(err)
	}
	sessions := NewSessions(h.Users, false, h.Now, slog.New(slog.DiscardHandler))
	g := NewGate(h.Directory, sessions, p)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/provider", func(w http.ResponseWriter, r *http.Request) {
		to, err := g.BeginProvider(r, "/queue")
		if err != nil {
			http.Error(w, err.Error(), http.StatusTooManyRequests)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /login/return", func(w http.ResponseWriter, r *http.Request) {
		next, err := g.FinishProvider(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /queue", func(w http.ResponseWriter, r *http.Request) {
		v := g.Sessions.Viewer(r)
		fmt.Fprintf(w, "%s %s %v", v.Name, v.Role, v.Places)
	})
	front.Config.Handler = sessions.Handler(mux)
	front.Start()
	t.Cleanup(front.Close)
	return h, front
}

// visit logs in with the provider as its only person does, and returns what
// stands on the page in the end.
func visit(t *testing.T, front *httptest.Server) (text string, client *http.Client) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client = &http.Client{Jar: jar, Timeout: 30 * time.Second}
	page, err := client.Get(front.URL + "/login/provider")
	if err != nil {
		t.Fatal(err)
	}
	body(t, page)
	id := page.Request.URL.Query().Get("authRequestID")
	host := page.Request.URL.Hostname()
	end, err := client.PostForm(page.Request.URL.Scheme+"://"+page.Request.URL.Host+"/login/username",
		url.Values{"id": {id}, "username": {"test-user@" + host}, "password": {"verysecure"}})
	if err != nil {
		t.Fatal(err)
	}
	return body(t, end), client
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestAProviderVouchesForPeople(t *testing.T) {
	tests := map[string]struct {
		groups []string
		change func(*ProviderConfig)
		want   string
	}{
		"with a role":                      {[]string{"staff", "desk"}, nil, "oidc:test-user@zitadel.ch national []"},
		"with places":                      {[]string{"arequipa"}, nil, "oidc:test-user@zitadel.ch regional [04]"},
		"without a role here":              {[]string{"staff"}, nil, ErrProvider.Error()},
		"with roles that must be apart":    {[]string{"desk", "audit"}, nil, ErrProvider.Error()},
		"who did not show a second factor": {[]string{"desk"}, func(c *ProviderConfig) { c.SecondFactor.ByProvider, c.SecondFactor.Methods = false, []string{"otp"} }, "second factor (amr [pwd])"},
		"who showed what counts as one":    {[]string{"desk"}, func(c *ProviderConfig) { c.SecondFactor.ByProvider, c.SecondFactor.Methods = false, []string{"pwd"} }, "oidc:test-user@zitadel.ch national []"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			h, front := openID(t, &people{groups: test.groups}, test.change)
			got, _ := visit(t, front)
			if !strings.Contains(got, test.want) {
				t.Errorf("%s, want %s", got, test.want)
			}
			in := strings.HasPrefix(test.want, "oidc:")
			if deeds := h.log.deeds(); strings.HasPrefix(deeds, "login.done oidc:") != in {
				t.Errorf("recorded %s", deeds)
			}
		})
	}
}

func TestAPersonWithAnAccountHereIsTheSamePerson(t *testing.T) {
	h, front := openID(t, &people{groups: []string{"audit"}}, nil)
	if _, err := h.Add(t.Context(), "test", User{Name: "saul", Person: "Test-User@zitadel.ch", Role: access.Steward, Institution: "pnp-1"}); err != nil {
		t.Fatal(err)
	}
	if got, _ := visit(t, front); !strings.Contains(got, "may not be auditor") {
		t.Errorf("a steward audits by another way: %s", got)
	}
}

func TestWhatNobodyAskedForIsRefused(t *testing.T) {
	_, front := openID(t, &people{groups: []string{"desk"}}, nil)
	_, client := visit(t, front)
	for _, path := range []string{"/login/return?state=x&code=y", "/login/return?state=&code=y", "/login/return"} {
		r, err := client.Get(front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, r); r.StatusCode != http.StatusForbidden || !strings.Contains(got, "not asked by this browser") {
			t.Errorf("%s: %d %s", path, r.StatusCode, got)
		}
	}
}

func TestProviderFilesThatCannotBe(t *testing.T) {
	whole := "issuer: https://login.example\nclient_id: amparo\nsecond_factor: {by_provider: true}\ngroups: {desk: {role: national}}\n"
	for name, test := range map[string]struct{ text, want string }{
		"whole":                       {whole, ""},
		"an unknown key":              {whole + "isuer: x\n", "isuer"},
		"no second factor":            {strings.Replace(whole, "second_factor: {by_provider: true}\n", "", 1), "second_factor"},
		"a group without places":      {strings.Replace(whole, "national", "regional", 1), "at least one"},
		"a group that is the public":  {strings.Replace(whole, "national", "public", 1), "no account has the role"},
		"no groups":                   {strings.Replace(whole, "groups: {desk: {role: national}}\n", "", 1), "needs issuer, client_id and groups"},
		"a group with a role unknown": {strings.Replace(whole, "national", "root", 1), "no account has the role"},
	} {
		path := filepath.Join(t.TempDir(), "provider.yaml")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadProviderConfig(path)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadProviderConfig("nowhere.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
