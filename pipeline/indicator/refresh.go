package indicator

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
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
	Every  time.Duration // between refreshes
	KeepAt time.Duration // between snapshots that are kept in the store; 0 keeps none
	// IndicatorsEvery is the least time between counts of the indicators, which
	// read all events; 0 counts none. However large the store, they take no more
	// than a tenth of the time.
	IndicatorsEvery time.Duration
	Options         Options
}

// Refresher counts on a timer and holds the last snapshot.
type Refresher struct {
	cfg    RefreshConfig
	reader *Reader
	keeper Keeper
	now    func() time.Time
	log    *slog.Logger

	last     atomic.Pointer[Snapshot]
	counted  atomic.Pointer[counted]
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

// counted is the last count of the indicators.
type counted struct {
	asOf     time.Time
	values   []Value
	gaps     []Gap
	warnings []Warning
}

// Run refreshes until the context ends. A refresh that fails is logged and
// counted, and the next one tries again.
func (r *Refresher) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	if r.cfg.IndicatorsEvery > 0 {
		wg.Go(func() { r.runIndicators(ctx) })
	}
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

// runIndicators counts the indicators until the context ends, the first time at
// once. It rests nine times as long as a count took, so that a store which has
// outgrown the cadence slows it down instead of being read without pause.
func (r *Refresher) runIndicators(ctx context.Context) {
	for {
		start := r.now()
		if err := r.RefreshIndicators(ctx); err != nil && ctx.Err() == nil {
			r.failures.Inc()
			r.log.Warn("indicators not counted, the last ones stay", "error", err)
		}
		timer := time.NewTimer(max(r.cfg.IndicatorsEvery, 9*r.now().Sub(start)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// RefreshIndicators counts the indicators once; the next snapshot has them.
func (r *Refresher) RefreshIndicators(ctx context.Context) error {
	asOf := r.now().UTC().Truncate(time.Millisecond)
	values, err := Indicators(ctx, r.reader, obligation.Query{AsOf: asOf}, r.cfg.Options.Grouping)
	if err != nil {
		return err
	}
	gaps, err := r.reader.Gaps(ctx, obligation.Query{AsOf: asOf}, r.cfg.Options)
	if err != nil {
		return err
	}
	warnings, err := r.reader.Warnings(ctx, obligation.Query{AsOf: asOf}, WarningRequest{
		Grouping: r.cfg.Options.Grouping, ByRegion: true, Horizon: warningHorizon, Options: r.cfg.Options,
	})
	if err != nil {
		return err
	}
	r.counted.Store(&counted{asOf, values, gaps, warnings})
	return nil
}

// Refresh counts once and puts the new snapshot in place.
func (r *Refresher) Refresh(ctx context.Context) error {
	asOf := r.now().UTC().Truncate(time.Millisecond)
	s, err := r.reader.Snapshot(ctx, obligation.Query{AsOf: asOf}, r.cfg.Options)
	if err != nil {
		return err
	}
	if c := r.counted.Load(); c != nil {
		s.Indicators, s.IndicatorsAsOf, s.Gaps, s.Warnings = c.values, c.asOf, c.gaps, c.warnings
	}
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
