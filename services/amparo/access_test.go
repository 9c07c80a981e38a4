package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"amparo/pipeline/indicator"
	"amparo/services/access"
	"amparo/services/access/reception"
	"amparo/services/api"
	"amparo/services/dashboard"
	"amparo/services/installation"
)

type noRecord struct{}

func (noRecord) Record(context.Context, access.Entry) error { return nil }

// allRoutes are those of `amparo run` behind the guard.
func allRoutes(t *testing.T) []access.Route {
	t.Helper()
	cat, err := installation.LoadCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	guard, err := access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return access.Viewer{} }, Recorder: noRecord{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := reception.Mount(guard, reception.Config{}); err != nil {
		t.Fatal(err)
	}
	if err := dashboard.Mount(guard, dashboard.Config{Catalogue: cat, Reader: &indicator.Reader{Catalogue: cat}}); err != nil {
		t.Fatal(err)
	}
	if err := api.Mount(guard, api.Config{Catalogue: cat}); err != nil {
		t.Fatal(err)
	}
	return guard.Routes()
}

var contentHash = regexp.MustCompile(`/[0-9a-f]{12}\.`)

// The expected answers are written out in a file that people read: what a route
// says of itself proves nothing. A new route is added there by hand.
func TestEveryRouteAnswersEveryRoleAsWritten(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "routes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(string(b), "\n"), func(s string) bool { return s == "" || strings.HasPrefix(s, "#") })
	roles := strings.Fields(lines[0])
	if len(roles) != len(access.Roles()) {
		t.Fatalf("the table has the roles %v, there are %v", roles, access.Roles())
	}
	written := map[string][]string{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		written[strings.Join(fields[:2], " ")] = fields[2:]
	}
	for _, route := range allRoutes(t) {
		pattern := contentHash.ReplaceAllString(route.Pattern, "/HASH.")
		var got []string
		for _, role := range roles {
			got = append(got, fmt.Sprint(int(route.Answer(access.Role(role)))))
		}
		want, ok := written[pattern]
		if !ok {
			t.Errorf("the table lacks: %-26s %s", pattern, strings.Join(got, " "))
		} else if !slices.Equal(got, want) {
			t.Errorf("%s answers %v, written is %v", pattern, got, want)
		}
		delete(written, pattern)
	}
	for pattern := range written {
		t.Errorf("the table has %s, which is no route", pattern)
	}
}

// What stands before the guard, or beside it, in the program that people run.
func TestNobodySeesANumberOfAnInstallationWithoutAnAccount(t *testing.T) {
	data := t.TempDir()
	address, stop := runningAt(t, data)
	defer stop()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(path string, header ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
	for path, want := range map[string]int{
		"/": 401, "/matrix": 401, "/cases": 401, "/audit": 401, "/users": 401, "/healthz": 200, "/metrics": 200, "/metrics/public": 200, "/login": 200, "/nowhere": 404,
	} {
		if got, _ := ask(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	if got, _ := ask("/matrix", "Accept", "text/html"); got != http.StatusSeeOther {
		t.Errorf("a browser without an account gets %d", got)
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP"} {
		if got, _ := ask("/metrics", header, "192.0.2.1"); got != http.StatusForbidden {
			t.Errorf("exact numbers through a proxy (%s): %d", header, got)
		}
	}
	if _, text := ask("/metrics"); !strings.Contains(text, `amparo_access_entries_total{did="glass.broken"} 0`) {
		t.Error("the metrics lack the entries of the access log")
	}
	if out, _ := amparo(t, 0, "access-log", "show", "--data", data, "--did", "rule.changed", "--format", "csv"); !strings.Contains(out, "ley-30364/") || !strings.Contains(out, "none before") {
		t.Errorf("the log lacks the catalogue in use: %s", out)
	}
	out, _ := amparo(t, 0, "users", "list", "--data", data, "--format", "csv", "--lang", "en")
	if !strings.Contains(out, "admin,admin,administrator") || !strings.Contains(out, "to-set-up") {
		t.Errorf("%s", out)
	}
}

func TestAccountsAndTheirLogAtTheCommandLine(t *testing.T) {
	data := t.TempDir()
	users := func(code int, args ...string) string {
		t.Helper()
		out, stderr := amparo(t, code, append([]string{"users", "--data", data}, args...)...)
		return out + stderr
	}
	if out := users(0, "add", "olga", "--role", "auditor", "--person", "olga@example.org"); !strings.Contains(out, "link     /setup/") {
		t.Errorf("%s", out)
	}
	for want, args := range map[string][]string{
		"may not be steward": {"add", "olga2", "--role", "steward", "--institution", "pnp-1", "--person", "olga@example.org"},
		"no place":           {"add", "rosa", "--role", "regional", "--place", "99", "--person", "r"},
		"needs at least one": {"add", "rosa", "--role", "regional", "--person", "r"},
		"give one of":        {"add", "rosa", "--role", "boss", "--person", "r"},
		"no such account":    {"disable", "nobody"},
		"already":            {"add", "olga", "--role", "auditor", "--person", "olga@example.org"},
		"expected a date":    {"add", "ana", "--role", "analyst", "--purpose", "x", "--until", "soon", "--person", "a"},
	} {
		if out := users(2, args...); !strings.Contains(out, want) {
			t.Errorf("%v: %s, want %q", args, out, want)
		}
	}
	users(0, "disable", "olga")
	if out := users(0, "list", "--format", "csv"); !strings.Contains(out, "olga,olga@example.org,auditor") || !strings.Contains(out, "disabled") {
		t.Errorf("%s", out)
	}
	if out, _ := amparo(t, 0, "access-log", "--data", data, "show", "--did", "account.changed", "--format", "csv"); strings.Count(out, "account.changed") != 2 || !strings.Contains(out, "added as auditor") {
		t.Errorf("%s", out)
	}
	receipt, _ := amparo(t, 0, "access-log", "--data", data, "receipt")
	file := filepath.Join(t.TempDir(), "receipt.json")
	if err := os.WriteFile(file, []byte(receipt), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := amparo(t, 0, "access-log", "--data", data, "verify", "--receipt", file); !strings.Contains(out, "are what was written; 1 receipts hold") {
		t.Errorf("%s", out)
	}
	if out, _ := amparo(t, 0, "access-log", "--data", data, "prune", "--dry-run"); !strings.Contains(out, "nothing is older") {
		t.Errorf("%s", out)
	}
	amparo(t, 2, "access-log", "--data", data, "prune", "--keep", "24h")
	amparo(t, 2, "access-log", "--data", data, "show", "--did", "case.sen")
	amparo(t, 2, "access-log", "--data", filepath.Join(data, "nowhere"), "verify")
	amparo(t, 2, "users", "--data", filepath.Join(data, "nowhere"), "list")
	if err := os.Remove(filepath.Join(data, "access", "log", "head.json")); err != nil {
		t.Fatal(err)
	}
	if out, _ := amparo(t, 1, "access-log", "--data", data, "verify"); !strings.Contains(out, "the head is missing") {
		t.Errorf("%s", out)
	}
}
