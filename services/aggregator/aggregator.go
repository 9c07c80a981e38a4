// Package aggregator counts the indicators on a timer and serves them: every
// number of one refresh has one as-of, and a scrape costs no query.
package aggregator

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/present"
)

// Config says how often to count.
type Config struct {
	Every    time.Duration
	KeepAt   time.Duration
	Grouping string
	// LeaveOutLow serves numbers without regimes of low confidence.
	LeaveOutLow bool
}

// Reader reads the obligations of a store at any instant.
func Reader(cat *law.Catalogue, from *store.Store) *indicator.Reader {
	return &indicator.Reader{Catalogue: cat, Store: from}
}

// Service is a running aggregator.
type Service struct {
	refresher *snapshot.Refresher
	reporting *reporting
	public    *Public
	log       *slog.Logger
}

// New registers the metrics of the snapshot and of who reports.
func New(cfg Config, cat *law.Catalogue, from *store.Store, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) *Service {
	reader := Reader(cat, from)
	reader.LeaveOutLow, reader.StoredOnly = cfg.LeaveOutLow, true
	s := &Service{
		refresher: snapshot.NewRefresher(snapshot.RefreshConfig{
			Every: cfg.Every, KeepAt: cfg.KeepAt, Options: indicator.Options{Grouping: cfg.Grouping},
		}, reader, from, now, log, reg),
		reporting: newReporting(cfg, cat, from, now, log),
		public:    NewPublic(cfg, cat, from, now, log),
		log:       log,
	}
	reg.MustRegister(s.reporting, syntheticData{s.reporting}, newDutyInfo(cat), newLawChanges(cat))
	return s
}

// Run refreshes until the context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.refresher.Run(ctx) })
	group.Go(func() error { return s.reporting.Run(ctx) })
	group.Go(func() error { return s.public.Run(ctx) })
	return group.Wait()
}

// PublicHandler serves the shares that anyone may see.
func (s *Service) PublicHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.public, syntheticData{s.reporting})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: errorLog{s.log}})
}

// Refresh counts everything once, now.
func (s *Service) Refresh(ctx context.Context) error {
	if err := s.reporting.refresh(ctx); err != nil {
		return err
	}
	if err := s.public.Refresh(ctx); err != nil {
		return err
	}
	return s.refresher.Refresh(ctx)
}

// Last is the last snapshot, nil before the first.
func (s *Service) Last() *snapshot.Snapshot { return s.refresher.Last() }

// Sources are until when the sources of each place have reported, nil before it is
// known.
func (s *Service) Sources() *present.Sources { return s.reporting.sources.Load() }

// MetricsHandler serves a registry to Prometheus.
func MetricsHandler(reg *prometheus.Registry, log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorLog: errorLog{log}, Registry: reg})
}

type errorLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) { l.log.Error("metrics not served", "error", v) }
