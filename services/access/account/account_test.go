package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"amparo/services/access"
)

const goodPassword = "cuatro caballos verdes"

// kept is a recorder in memory.
type kept struct {
	mu      sync.Mutex
	entries []access.Entry
}

func (k *kept) Record(_ context.Context, e access.Entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries = append(k.entries, e)
	return nil
}

func (k *kept) deeds() string {
	var out []string
	for _, e := range k.entries {
		out = append(out, strings.TrimSpace(string(e.Did)+" "+e.Who))
	}
	return strings.Join(out, ", ")
}

// house is accounts with a clock that the test sets.
type house struct {
	*Directory
	at  time.Time
	log *kept
}

func newHouse(t *testing.T) *house {
	t.Helper()
	users, err := OpenUsers(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{at: time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC), log: &kept{}}
	h.Directory = &Directory{
		Users: users, Recorder: h.log, Now: func() time.Time { return h.at },
		KnowsPlace: func(code string) bool { return code != "99" },
	}
	return h
}

// account makes an account that is set up, and returns its second factor.
func (h *house) account(t *testing.T, u User) (secret string) {
	t.Helper()
	token, err := h.Add(t.Context(), "test", u)
	if err != nil {
		t.Fatal(err)
	}
	key, err := newFactor("Amparo", u.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Finish(t.Context(), token, goodPassword, key.Secret(), code(t, key.Secret(), h.at)); err != nil {
		t.Fatal(err)
	}
	return key.Secret()
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var nora = User{Name: "nora", Person: "nora@mesa.example", Role: access.National}

func TestAccountsThatCannotBe(t *testing.T) {
	tests := map[string]struct {
		user User
		want string
	}{
		"a name with a space":                  {User{Name: "no ra", Person: "x", Role: access.National}, "small letters"},
		"nobody's":                             {User{Name: "nora", Role: access.National}, "whose account"},
		"of the public":                        {User{Name: "nora", Person: "x", Role: access.Public}, "give one of regional"},
		"of no role":                           {User{Name: "nora", Person: "x", Role: "boss"}, "give one of regional"},
		"a regional viewer of nowhere":         {User{Name: "nora", Person: "x", Role: access.Regional}, "at least one"},
		"a desk with places":                   {User{Name: "nora", Person: "x", Role: access.National, Places: []string{"04"}}, "places are for"},
		"a place of three digits":              {User{Name: "nora", Person: "x", Role: access.Regional, Places: []string{"040"}}, "2, 4 or 6 digits"},
		"a place that the catalogue lacks":     {User{Name: "nora", Person: "x", Role: access.Regional, Places: []string{"99"}}, "no place"},
		"a steward of nothing":                 {User{Name: "nora", Person: "x", Role: access.Steward}, "which needs one"},
		"an analyst without a purpose":         {User{Name: "nora", Person: "x", Role: access.Analyst}, "purpose"},
		"a name that is taken":                 {User{Name: "taken", Person: "x", Role: access.National}, "already"},
		"a steward who audits":                 {User{Name: "nora", Person: " Olga@Defensoria.example", Role: access.Steward, Institution: "cem-1"}, "may not be steward"},
		"an administrator who audits":          {User{Name: "nora", Person: "olga@defensoria.example", Role: access.Administrator}, "may not be administrator"},
		"an administrator who enters the data": {User{Name: "nora", Person: "saul@pnp.example", Role: access.Administrator}, "may not be administrator"},
	}
	h := newHouse(t)
	for _, u := range []User{
		{Name: "taken", Person: "t", Role: access.National},
		{Name: "olga", Person: "olga@defensoria.example", Role: access.Auditor},
		{Name: "saul", Person: "saul@pnp.example", Role: access.Steward, Institution: "pnp-1"},
	} {
		if _, err := h.Add(t.Context(), "test", u); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range tests {
		if _, err := h.Add(t.Context(), "test", test.user); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if err := h.SetRole(t.Context(), "test", "saul", User{Role: access.Steward, Institution: "pnp-2"}); err != nil {
		t.Error(err)
	}
	if err := h.Disable(t.Context(), "test", "olga", true); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Add(t.Context(), "test", User{Name: "olga2", Person: "olga@defensoria.example", Role: access.Steward, Institution: "cem-1"}); err != nil {
		t.Errorf("who audits no more may not be a steward: %v", err)
	}
	if err := h.Disable(t.Context(), "test", "olga", false); !errors.Is(err, ErrInvalid) {
		t.Errorf("the auditor is let in again as a steward: %v", err)
	}
}

func TestALinkWorksOnce(t *testing.T) {
	h := newHouse(t)
	token, err := h.Add(t.Context(), "test", nora)
	if err != nil {
		t.Fatal(err)
	}
	key, err := newFactor("Amparo", "nora")
	if err != nil {
		t.Fatal(err)
	}
	finish := func(token, password, with string) error {
		return h.Finish(t.Context(), token, password, key.Secret(), with)
	}
	now := code(t, key.Secret(), h.at)
	for name, test := range map[string]struct {
		err  error
		want error
	}{
		"another link":                        {finish("x", goodPassword, now), ErrLink},
		"a short password":                    {finish(token, "corta", now), ErrPassword},
		"a password of one character":         {finish(token, "aaaaaaaaaaaaaaaa", now), ErrPassword},
		"a password with the account's name":  {finish(token, "soy Nora de la mesa", now), ErrPassword},
		"a code that the app does not show":   {finish(token, goodPassword, "000000"), ErrCode},
		"a code that the app showed long ago": {finish(token, goodPassword, code(t, key.Secret(), h.at.Add(-2*time.Minute))), ErrCode},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	if err := finish(token, goodPassword, now); err != nil {
		t.Fatal(err)
	}
	if err := finish(token, goodPassword, code(t, key.Secret(), h.at)); !errors.Is(err, ErrLink) {
		t.Errorf("the link works twice: %v", err)
	}
	again, err := h.Reset(t.Context(), "test", "nora")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.LogIn("nora", goodPassword, code(t, key.Secret(), h.at.Add(time.Minute))); !errors.Is(err, ErrLogIn) {
		t.Errorf("an account that was reset lets in: %v", err)
	}
	h.at = h.at.Add(LinkLife)
	if _, err := h.SetUp(again); !errors.Is(err, ErrLink) {
		t.Errorf("a link of yesterday works: %v", err)
	}
}

func TestNothingSecretIsWritten(t *testing.T) {
	h := newHouse(t)
	h.account(t, nora)
	user, err := h.Users.Find("nora")
	if err != nil || !strings.HasPrefix(user.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the password is kept as %q (%v)", user.Password, err)
	}
	if text := fmt.Sprint(h.log.entries); strings.Contains(text, goodPassword) || strings.Contains(text, user.Secret) {
		t.Errorf("the access log has %s", text)
	}
}

func TestLogInNeedsAllThree(t *testing.T) {
	h := newHouse(t)
	secret := h.account(t, nora)
	h.at = h.at.Add(time.Minute)
	now := code(t, secret, h.at)
	for name, try := range map[string][3]string{
		"another password": {"nora", "cinco caballos verdes", now},
		"another code":     {"nora", goodPassword, "000000"},
		"no code":          {"nora", goodPassword, ""},
		"another name":     {"sara", goodPassword, now},
	} {
		if _, err := h.LogIn(try[0], try[1], try[2]); !errors.Is(err, ErrLogIn) || err.Error() != ErrLogIn.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	user, err := h.LogIn("nora", goodPassword, now)
	if err != nil || user.Viewer().Role != access.National {
		t.Fatalf("%+v (%v)", user, err)
	}
	if _, err := h.LogIn("nora", goodPassword, now); !errors.Is(err, ErrLogIn) {
		t.Errorf("a code is taken twice: %v", err)
	}
	h.at = h.at.Add(time.Minute)
	if err := h.Disable(t.Context(), "test", "nora", true); err != nil {
		t.Fatal(err)
	}
	if _, err := h.LogIn("nora", goodPassword, code(t, secret, h.at)); !errors.Is(err, ErrLogIn) {
		t.Errorf("an account that is disabled lets in: %v", err)
	}
}

func TestAnalystsPurposesEnd(t *testing.T) {
	h := newHouse(t)
	secret := h.account(t, User{Name: "ana", Person: "ana@uni.example", Role: access.Analyst, Purpose: "tesis", Until: h.at.Add(48 * time.Hour)})
	h.at = h.at.Add(47 * time.Hour)
	if _, err := h.LogIn("ana", goodPassword, code(t, secret, h.at)); err != nil {
		t.Error(err)
	}
	h.at = h.at.Add(time.Hour)
	if _, err := h.LogIn("ana", goodPassword, code(t, secret, h.at)); !errors.Is(err, ErrLogIn) {
		t.Errorf("a purpose that has ended lets in: %v", err)
	}
}

func TestTheFirstAdministratorChoosesTheirPassword(t *testing.T) {
	h := newHouse(t)
	first, err := h.FirstAdministrator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.FirstAdministrator(t.Context())
	if err != nil || first == second {
		t.Fatalf("an administrator who has not used the link gets no other: %v", err)
	}
	if _, err := h.SetUp(first); !errors.Is(err, ErrLink) {
		t.Errorf("the first link works beside the second: %v", err)
	}
	user, err := h.SetUp(second)
	if err != nil || user.Role != access.Administrator || user.Password != "" {
		t.Fatalf("%+v (%v)", user, err)
	}
	key, err := newFactor("Amparo", user.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Finish(t.Context(), second, goodPassword, key.Secret(), code(t, key.Secret(), h.at)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.FirstAdministrator(t.Context()); !errors.Is(err, ErrFirstRun) {
		t.Errorf("there is a second first administrator: %v", err)
	}
}

func TestEachChangeOfAnAccountIsRecorded(t *testing.T) {
	h := newHouse(t)
	secret := h.account(t, nora)
	_ = secret
	if err := h.SetRole(t.Context(), "ada", "nora", User{Role: access.Regional, Places: []string{"04", "21"}}); err != nil {
		t.Fatal(err)
	}
	if err := h.Disable(t.Context(), "ada", "nora", true); err != nil {
		t.Fatal(err)
	}
	want := []access.Entry{
		{Who: "test", Did: access.AccountChanged, Object: "nora", Detail: "added as national"},
		{Who: "nora", Role: access.National, Did: access.SetUpDone, Object: "nora"},
		{Who: "ada", Did: access.AccountChanged, Object: "nora", Detail: "from national to regional (04 21)"},
		{Who: "ada", Did: access.AccountChanged, Object: "nora", Detail: "disabled"},
	}
	if diff := cmp.Diff(want, h.log.entries); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProcessesSeeEachOthersChanges(t *testing.T) {
	h := newHouse(t)
	if _, err := h.Add(t.Context(), "test", nora); err != nil {
		t.Fatal(err)
	}
	other := &Users{path: h.Users.path, lock: h.Users.lock}
	if _, err := other.Find("nora"); err != nil {
		t.Fatal(err)
	}
	if err := h.Disable(t.Context(), "test", "nora", true); err != nil {
		t.Fatal(err)
	}
	if user, err := other.Find("nora"); err != nil || !user.Disabled {
		t.Errorf("the other process still lets %+v in (%v)", user, err)
	}
}

// browser keeps cookies between requests.
type browser struct {
	to      http.Handler
	cookies map[string]*http.Cookie
}

func (b *browser) do(r *http.Request) *httptest.ResponseRecorder {
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.to.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies == nil {
			b.cookies = map[string]*http.Cookie{}
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return w
}

// who asks who one is.
func (b *browser) who() string {
	return b.do(httptest.NewRequest(http.MethodGet, "/who", nil)).Body.String()
}

// entrance serves a log-in and who one is.
func entrance(g *Gate) *browser {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := g.LogIn(r, r.FormValue("name"), r.FormValue("password"), r.FormValue("code")); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := g.LogOut(r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, g.Sessions.Viewer(r).Name) })
	return &browser{to: g.Sessions.Handler(mux)}
}

func (b *browser) logIn(name, password, code string) *httptest.ResponseRecorder {
	form := "name=" + name + "&password=" + password + "&code=" + code
	r := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func TestSessionsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		after func(*testing.T, *house, *browser)
		want  string
	}{
		"not while they are used": {func(_ *testing.T, _ *house, b *browser) {
			for range 5 {
				time.Sleep(25 * time.Minute)
				b.who()
			}
		}, "nora"},
		"after half an hour of silence": {func(*testing.T, *house, *browser) { time.Sleep(30*time.Minute + time.Second) }, ""},
		"after a working day at the most": {func(_ *testing.T, _ *house, b *browser) {
			for range 25 {
				time.Sleep(20 * time.Minute)
				b.who()
			}
		}, ""},
		"when one logs out": {func(_ *testing.T, _ *house, b *browser) { b.do(httptest.NewRequest(http.MethodPost, "/logout", nil)) }, ""},
		"when the account is disabled": {func(t *testing.T, h *house, _ *browser) {
			if err := h.Disable(t.Context(), "test", "nora", true); err != nil {
				t.Fatal(err)
			}
		}, ""},
		"when the account has another role": {func(t *testing.T, h *house, _ *browser) {
			if err := h.SetRole(t.Context(), "test", "nora", User{Role: access.Administrator}); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				secret := h.account(t, nora)
				h.at = h.at.Add(time.Minute)
				sessions := NewSessions(h.Users, true, h.Now, slog.New(slog.DiscardHandler))
				b := entrance(NewGate(h.Directory, sessions, nil))
				if w := b.logIn("nora", goodPassword, code(t, secret, h.at)); w.Code != http.StatusOK || b.who() != "nora" {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				test.after(t, h, b)
				if got := b.who(); got != test.want {
					t.Errorf("the session is %q's, want %q", got, test.want)
				}
			})
		})
	}
}

func TestTheCookieIsForThisHostAlone(t *testing.T) {
	h := newHouse(t)
	secret := h.account(t, nora)
	for _, secure := range []bool{true, false} {
		h.at = h.at.Add(time.Minute)
		sessions := NewSessions(h.Users, secure, h.Now, slog.New(slog.DiscardHandler))
		b := entrance(NewGate(h.Directory, sessions, nil))
		b.who()
		if len(b.cookies) > 0 {
			t.Error("who has not logged in gets a cookie")
		}
		b.logIn("nora", goodPassword, code(t, secret, h.at))
		name := map[bool]string{true: "__Host-amparo", false: "amparo"}[secure]
		c := b.cookies[name]
		if c == nil || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || !c.Expires.IsZero() {
			t.Errorf("secure %v: %+v", secure, c)
		}
	}
}

func TestAnotherSiteCannotLogOneOut(t *testing.T) {
	h := newHouse(t)
	sessions := NewSessions(h.Users, true, h.Now, slog.New(slog.DiscardHandler))
	b := entrance(NewGate(h.Directory, sessions, nil))
	for from, want := range map[string]int{"cross-site": http.StatusForbidden, "same-site": http.StatusForbidden, "same-origin": http.StatusOK} {
		r := httptest.NewRequest(http.MethodPost, "/logout", nil)
		r.Header.Set("Sec-Fetch-Site", from)
		if w := b.do(r); w.Code != want {
			t.Errorf("%s: %d, want %d", from, w.Code, want)
		}
	}
}

func TestWhoGuessesIsLockedOut(t *testing.T) {
	h := newHouse(t)
	secret := h.account(t, nora)
	h.log.entries = nil
	h.at = h.at.Add(time.Minute)
	sessions := NewSessions(h.Users, true, h.Now, slog.New(slog.DiscardHandler))
	b := entrance(NewGate(h.Directory, sessions, nil))
	for range mostFailures {
		b.logIn("nora", "cinco caballos verdes", "123456")
	}
	if w := b.logIn("nora", goodPassword, code(t, secret, h.at)); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), ErrWait.Error()) {
		t.Errorf("after %d failures: %d %s", mostFailures, w.Code, w.Body)
	}
	want := strings.Repeat("login.failed, ", mostFailures) + "login.locked-out"
	if got := h.log.deeds(); got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
	h.at = h.at.Add(lockFor)
	if w := b.logIn("nora", goodPassword, code(t, secret, h.at)); w.Code != http.StatusOK {
		t.Errorf("a quarter of an hour later: %d %s", w.Code, w.Body)
	}
}

func TestAnAddressThatGuessesManyNamesWaits(t *testing.T) {
	h := newHouse(t)
	sessions := NewSessions(h.Users, true, h.Now, slog.New(slog.DiscardHandler))
	b := entrance(NewGate(h.Directory, sessions, nil))
	for i := range mostTries + 1 {
		w := b.logIn(fmt.Sprint("name", i), "x", "y")
		if waits := strings.Contains(w.Body.String(), ErrWait.Error()); waits != (i == mostTries) {
			t.Errorf("attempt %d: %s", i, w.Body)
		}
	}
	for _, e := range h.log.entries {
		if e.Object != "" {
			t.Errorf("the log keeps what was typed as a name: %q", e.Object)
		}
	}
}

func TestMemoryOfAttemptsIsBounded(t *testing.T) {
	at := time.Unix(0, 0)
	a := newAttempts(func() time.Time { return at })
	for i := range mostKept {
		a.allowed(fmt.Sprint("address", i))
		a.failed(fmt.Sprint("name", i))
	}
	if a.allowed("one more") || !a.locked("one more") {
		t.Error("one more is let in while nobody can be forgotten")
	}
	at = at.Add(lockFor)
	if !a.allowed("one more") || a.locked("one more") || len(a.from) > mostKept || len(a.names) > mostKept {
		t.Errorf("%d addresses and %d names are kept", len(a.from), len(a.names))
	}
}

func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		for i := range mostSessions {
			if err := m.Commit(fmt.Sprint(i), nil, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Commit("one more", nil, time.Now().Add(time.Hour)); !errors.Is(err, errFull) {
			t.Errorf("one more: %v", err)
		}
		time.Sleep(time.Hour)
		if err := m.Commit("one more", nil, time.Now().Add(time.Hour)); err != nil || len(m.kept) != 1 {
			t.Errorf("when all have ended, %d are kept (%v)", len(m.kept), err)
		}
	})
}
