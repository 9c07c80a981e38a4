package indicator

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// Keeper keeps the snapshots that were served.
type Keeper interface {
	InsertSnapshot(ctx context.Context, asOf time.Time, catalogue string, numbers []store.Number) error
}

// RefreshConfig says how often to count, and how.
type RefreshConfig struct {
	Every   time.Duration // between refreshes
	KeepAt  time.Duration // between snapshots that are kept in the store; 0 keeps none
	Options Options
}

// Refresher counts on a timer and holds the last snapshot.
type Refresher struct {
	cfg    RefreshConfig
	reader *Reader
	keeper Keeper
	now    func() time.Time
	log    *slog.Logger

	last     atomic.Pointer[Snapshot]
	keptAt   time.Time
	success  prometheus.Gauge
	failures prometheus.Counter
	duration prometheus.Gauge
}

// NewRefresher registers the snapshot's metrics and those of its own progress.
func NewRefresher(cfg RefreshConfig, reader *Reader, keeper Keeper, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) *Refresher {
	r := &Refresher{
		cfg: cfg, reader: reader, keeper: keeper, now: now, log: log,
		success: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_indicator_refresh_success_timestamp_seconds", Help: "When the indicators were last counted.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_indicator_refresh_failures_total", Help: "Refreshes that failed; the last snapshot stays.",
		}),
		duration: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_indicator_refresh_duration_seconds", Help: "How long the last refresh took.",
		}),
	}
	reg.MustRegister(r.success, r.failures, r.duration, Collector{r.Last})
	return r
}

// Last is the last snapshot, nil before the first.
func (r *Refresher) Last() *Snapshot { return r.last.Load() }

// Run refreshes until the context ends. A refresh that fails is logged and
// counted, and the next one tries again.
func (r *Refresher) Run(ctx context.Context) error {
	ticker := time.NewTicker(r.cfg.Every)
	defer ticker.Stop()
	for {
		if err := r.Refresh(ctx); err != nil && ctx.Err() == nil {
			r.failures.Inc()
			r.log.Warn("refresh failed, the last snapshot stays", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Refresh counts once and puts the new snapshot in place.
func (r *Refresher) Refresh(ctx context.Context) error {
	asOf := r.now().UTC().Truncate(time.Millisecond)
	totals, err := r.reader.Totals(ctx, obligation.Query{AsOf: asOf})
	if err != nil {
		return fmt.Errorf("count indicators: %w", err)
	}
	s := Build(r.reader.Catalogue, totals, asOf, r.cfg.Options)
	if r.cfg.KeepAt > 0 && asOf.Sub(r.keptAt) >= r.cfg.KeepAt {
		if err := r.keeper.InsertSnapshot(ctx, asOf, r.reader.Catalogue.Label(), s.Numbers()); err != nil {
			return fmt.Errorf("keep snapshot: %w", err)
		}
		r.keptAt = asOf
	}
	r.last.Store(s)
	r.success.Set(seconds(r.now()))
	r.duration.Set(r.now().Sub(asOf).Seconds())
	return nil
}
