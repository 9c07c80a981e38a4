package dashboard_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"amparo/pipeline/snapshot"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
)

// BenchmarkPages says how long a page takes that was opened before: of all pages the median, and
// that of which 95 % take less.
func BenchmarkPages(b *testing.B) {
	in := desktest.Counted(b)
	guard, err := access.NewGuard(access.GuardConfig{Viewer: func(*http.Request) access.Viewer { return nora }, Recorder: looks, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	err = dashboard.Mount(guard, dashboard.Config{
		Catalogue: in.Catalogue, Grouping: "natural", Reader: aggregator.Reader(in.Catalogue, in.Store), Store: in.Store, Now: desktest.Clock, Log: slog.New(slog.DiscardHandler),
		Published: in.Published, Last: func() *snapshot.Snapshot { return in.Snapshot }, Board: func() *desk.Board { return in.Board }, Breakdown: func() *desk.Breakdown { return in.Breakdown }, Queue: desktest.Queue(b, looks),
	})
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		for _, address := range addresses {
			start := time.Now()
			w := httptest.NewRecorder()
			guard.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, address, nil))
			if w.Code != http.StatusOK {
				b.Fatal(fmt.Errorf("%s: %d", address, w.Code))
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}
