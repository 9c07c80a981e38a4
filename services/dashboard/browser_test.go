//go:build pages

package dashboard_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/services/access"
	"amparo/services/access/account"
	"amparo/services/access/grant"
	"amparo/services/access/ledger"
	"amparo/services/access/reception"
	"amparo/services/aggregator"
	"amparo/services/dashboard"
	pages "amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
	"amparo/services/desk/queue"
)

// whole are all pages of an installation for one viewer, with those around their account
// and a real access log.
func whole(t *testing.T, v access.Viewer, book *queue.Book) *httptest.Server {
	t.Helper()
	in, quiet, dir := counted(t), slog.New(slog.DiscardHandler), t.TempDir()
	chain, err := ledger.Open(ledger.Config{Dir: filepath.Join(dir, "log"), Now: desktest.Clock})
	must(t, err)
	t.Cleanup(func() { chain.Close() }) //nolint:errcheck // The test is over.
	users, err := account.OpenUsers(dir)
	must(t, err)
	directory := &account.Directory{Users: users, Recorder: chain, Now: desktest.Clock}
	_, err = directory.Add(t.Context(), "a test", account.User{Name: "rosa", Person: "rosa@example.org", Role: access.Regional, Places: []string{"15"}})
	must(t, err)
	glass := grant.NewGlass(chain, func(grant.Break) {}, desktest.Clock)
	exports, err := grant.OpenExports(dir, chain, func(a, b string) bool { return a == b }, desktest.Clock)
	must(t, err)
	guard, err := access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return v }, Cases: whereabouts{in.Store}, Glass: glass, Recorder: chain, LogInPath: reception.LogInPath, Log: quiet,
	})
	must(t, err)
	must(t, reception.Mount(guard, reception.Config{
		Gate: account.NewGate(directory, account.NewSessions(users, false, desktest.Clock, quiet), nil), Glass: glass, Exports: exports, Ledger: chain, Issuer: "Amparo",
		Style: pages.StylePath, Zone: in.Catalogue.Zone, Now: desktest.Clock, Log: quiet,
	}))
	must(t, dashboard.Mount(guard, dashboard.Config{
		Catalogue: in.Catalogue, Grouping: "natural", Reader: aggregator.Reader(in.Catalogue, in.Store), Store: in.Store, Now: desktest.Clock, Log: quiet,
		Published: in.Published, Last: func() *snapshot.Snapshot { return in.Snapshot }, Board: func() *desk.Board { return in.Board },
		Breakdown: func() *desk.Breakdown { return in.Breakdown }, Queue: book, Accounts: func() ([]access.Viewer, error) { return accounts, nil },
	}))
	server := httptest.NewServer(guard)
	t.Cleanup(server.Close)
	return server
}

// TestPagesInABrowser looks at every page of every role in headless Chromium: both
// languages, a desktop and a phone, light and dark, with axe-core, without JavaScript, by
// keyboard. What it needs is installed by make tools-pages.
func TestPagesInABrowser(t *testing.T) {
	in, book := counted(t), desktest.Queue(t, looks)
	mine := missedAtAnInstitution(t, in)
	busy := busiest(t, in, onTime)
	late := overdueAt(t, book)
	must(t, book.Act(t.Context(), nora, late.ID, queue.Request{Did: access.AlertAcknowledged, Reason: queue.PassedOn}, nil))
	must(t, book.Act(t.Context(), nora, late.ID, queue.Request{Did: access.AlertMuted, Until: desktest.Now.Add(time.Hour), Seen: 1}, nil))
	n, _ := busy.Counted(indicator.Year)
	t.Logf("the institution of the drill-down counts %d", n)
	steward := access.Viewer{Name: "saul", Role: access.Steward, Institution: mine.Institution}

	shots := os.Getenv("AMPARO_SCREENSHOTS")
	if shots == "" {
		shots = filepath.Join(t.TempDir(), "screenshots")
	}
	for _, c := range []struct {
		who   access.Viewer
		paths []string
	}{
		{nora, append(addresses[:len(addresses):len(addresses)], "/alerts/"+late.ID, "/indicator?indicator="+onTime+"&department="+busy.Region+"&institution="+busy.Code)},
		{steward, []string{
			"/", "/alerts", "/alerts/history", "/number?duty=measures-decided", "/cases?duty=measures-decided&status=missed", "/case/" + mine.CaseID, "/indicator?indicator=" + onTime,
			"/indicator/cases?indicator=" + onTime + "&department=" + in.Catalogue.Places.Department(mine.Place), "/exports", "/account",
		}},
		{access.Viewer{Name: "ana", Role: access.Analyst, Purpose: "thesis"}, []string{"/", "/methods", "/public", "/exports", "/account"}},
		{access.Viewer{Name: "rosa", Role: access.Regional, Places: []string{"15"}}, []string{"/", "/number?duty=measures-decided", "/indicator?indicator=" + onTime, "/glass", "/account"}},
		{access.Viewer{Name: "olga", Role: access.Auditor}, []string{"/", "/matrix", "/alerts/history", "/audit", "/exports", "/glass", "/account"}},
		{access.Viewer{Name: "admin", Role: access.Administrator}, []string{"/users", "/account", "/public"}},
		{access.Viewer{}, []string{"/public", "/methods", "/login"}},
	} {
		role := string(c.who.Role)
		if role == "" {
			role = string(access.Public)
		}
		t.Run(role, func(t *testing.T) {
			out := filepath.Join(shots, role)
			cmd := exec.CommandContext(t.Context(), "node", append([]string{"check.mjs", whole(t, c.who, book).URL, out}, c.paths...)...)
			cmd.Dir = "browser"
			said, err := cmd.CombinedOutput()
			t.Logf("%s", said)
			if err != nil {
				t.Errorf("look at the pages: %v", err)
			}
			pictures, err := filepath.Glob(filepath.Join(out, "*.png"))
			if err != nil || len(pictures) < 4*len(c.paths) {
				t.Errorf("%d screenshots of %d pages in %s, %v", len(pictures), len(c.paths), out, err)
			}
		})
	}
}
