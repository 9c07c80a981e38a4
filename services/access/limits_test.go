package access_test

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/services/access"
)

// A slowed is a guard with limits, on a clock that stands until it is moved.
type slowed struct {
	*access.Guard
	now  time.Time
	who  access.Viewer
	kept *kept

	metrics *prometheus.Registry
}

func newSlowed(t *testing.T) *slowed { t.Helper(); return newSlowedBy(t, 1) }

func newSlowedBy(t *testing.T, times float64) *slowed {
	t.Helper()
	s := &slowed{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), kept: &kept{}, metrics: prometheus.NewRegistry()}
	limits, err := access.NewLimits(times, func() time.Time { return s.now }, s.metrics)
	if err != nil {
		t.Fatal(err)
	}
	s.Guard, err = access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return s.who }, Recorder: s.kept, Log: slog.New(slog.DiscardHandler),
		Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	ok := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	s.HandleFunc("GET /page", access.SeePublic, ok)
	s.HandleFunc("GET /numbers", access.SeeNation, ok)
	s.HandleFunc("GET /api/v1/numbers", access.SeePublic, ok)
	s.HandleFunc("GET /file/pdf", access.SeePublic, ok)
	return s
}

func (s *slowed) ask(path, from string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from + ":40000"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// served is how many requests in a row are served before one is not.
func (s *slowed) served(path, from string) int {
	n := 0
	for s.ask(path, from).Code == http.StatusOK && n < 100_000 {
		n++
	}
	return n
}

func TestAnAddressThatAsksTooOftenWaitsAndOthersDoNot(t *testing.T) {
	s := newSlowed(t)
	for path, want := range map[string]int{"/page": 100, "/api/v1/numbers": 60, "/file/pdf": 10} {
		if n := s.served(path, "192.0.2.1"); n != want {
			t.Errorf("%s was served %d times, want %d", path, n, want)
		}
		w := s.ask(path, "192.0.2.1")
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || w.Header().Get("Retry-After") == "0" {
			t.Errorf("%s: %d, after %q", path, w.Code, w.Header().Get("Retry-After"))
		}
		if w := s.ask(path, "192.0.2.2"); w.Code != http.StatusOK {
			t.Errorf("%s for another address: %d", path, w.Code)
		}
	}
	page := s.ask("/page", "192.0.2.1", "Accept", "text/html")
	if body := page.Body.String(); !strings.Contains(body, "Demasiadas consultas") || !strings.Contains(body, "Too many requests") || strings.Contains(body, "<script") {
		t.Errorf("the page: %s", body)
	}
	if s.ask("/file/pdf", "192.0.2.1").Header().Get("Retry-After") != "10" {
		t.Error("a file is promised at another time than it can be had")
	}
	s.now = s.now.Add(time.Second)
	if n := s.served("/page", "192.0.2.1"); n != 10 {
		t.Errorf("a second later %d pages are served, want 10", n)
	}
}

func TestThePaceIsASettingAndRefusalsAreCounted(t *testing.T) {
	s := newSlowedBy(t, 0.5)
	for path, want := range map[string]int{"/page": 50, "/api/v1/numbers": 30, "/file/pdf": 5} {
		if n := s.served(path, "192.0.2.1"); n != want {
			t.Errorf("at half the pace %s was served %d times, want %d", path, n, want)
		}
	}
	s.ask("/page", "192.0.2.1")
	want := `# HELP amparo_access_requests_refused_total Requests that came too soon after others of the same account or address, by what was asked for.
# TYPE amparo_access_requests_refused_total counter
amparo_access_requests_refused_total{kind="api"} 1
amparo_access_requests_refused_total{kind="file"} 1
amparo_access_requests_refused_total{kind="page"} 2
`
	if err := testutil.GatherAndCompare(s.metrics, strings.NewReader(want), "amparo_access_requests_refused_total"); err != nil {
		t.Error(err)
	}
	for _, times := range []float64{0, -1, 0.01, 1e9, math.NaN(), math.Inf(1)} {
		if _, err := access.NewLimits(times, time.Now, prometheus.NewRegistry()); err == nil {
			t.Errorf("%v times the usual pace is taken", times)
		}
	}
}

func TestAProxyOnThisMachineSpeaksForOthersAndNobodyElseDoes(t *testing.T) {
	s := newSlowed(t)
	s.served("/page", "127.0.0.1")
	for from, want := range map[string]int{"127.0.0.1": http.StatusOK, "192.0.2.1": http.StatusTooManyRequests} {
		s.served("/page", "192.0.2.1")
		if w := s.ask("/page", from, "X-Forwarded-For", "203.0.113.9, 198.51.100.3"); w.Code != want {
			t.Errorf("for another, from %s: %d", from, w.Code)
		}
	}
}

func TestAnAccountIsSlowedWhereverItAsksFromAndAnOfficeIsNotOnePerson(t *testing.T) {
	s := newSlowed(t)
	s.who = access.Viewer{Name: "nora", Role: access.National}
	n := 0
	for i := 0; s.ask("/page", fmt.Sprintf("192.0.2.%d", i%200)).Code == http.StatusOK; i++ {
		n++
	}
	if n != 100 {
		t.Errorf("an account at many addresses is served %d times", n)
	}
	// The same address, many accounts: each has its own, up to ten times what one may.
	served := 0
	for i := range 30 {
		s.who.Name = fmt.Sprintf("person-%d", i)
		served += s.served("/page", "198.51.100.7")
	}
	if served != 1000 {
		t.Errorf("an address with thirty accounts is served %d times, want 1000", served)
	}
}

func TestWhoIsSlowedLeavesNoRowInTheLog(t *testing.T) {
	s := newSlowed(t)
	s.who = access.Viewer{Name: "rosa", Role: access.Regional}
	for range 500 {
		s.ask("/numbers", "192.0.2.1")
	}
	if n := len(s.kept.entries); n != 100 {
		t.Errorf("500 refused requests left %d rows, want those that were looked at", n)
	}
}

func TestWhatIsRememberedOfAddressesIsBounded(t *testing.T) {
	s := newSlowed(t)
	address := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255) }
	for i := range 20_000 {
		s.ask("/page", address(i))
	}
	// Full: newcomers share one bucket, and who is known keeps its own.
	served := 0
	for i := 20_000; i < 21_000; i++ {
		if s.ask("/page", address(i)).Code == http.StatusOK {
			served++
		}
	}
	if served != 100 {
		t.Errorf("a thousand newcomers are served %d times, want 100 together", served)
	}
	if s.ask("/page", address(1)).Code != http.StatusOK {
		t.Error("who was there before is slowed")
	}
	s.now = s.now.Add(time.Hour)
	if s.ask("/page", address(20_500)).Code != http.StatusOK {
		t.Error("an hour later there is no room yet")
	}
}
