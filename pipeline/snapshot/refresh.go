package snapshot

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
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
	Options indicator.Options
}

// Refresher counts on a timer and holds the last snapshot.
type Refresher struct {
	cfg    RefreshConfig
	reader *indicator.Reader
	keeper Keeper
	now    func() time.Time
	log    *slog.Logger

	audit    *audit
	last     atomic.Pointer[Snapshot]
	keptAt   time.Time
	success  prometheus.Gauge
	failures prometheus.Counter
	duration prometheus.Gauge
}

// NewRefresher registers the snapshot's metrics and those of its own progress.
func NewRefresher(cfg RefreshConfig, reader *indicator.Reader, keeper Keeper, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) *Refresher {
	r := &Refresher{
		cfg: cfg, reader: reader, keeper: keeper, now: now, log: log, audit: newAudit(reader, log, reg),
		success: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_indicator_refresh_success_timestamp_seconds", Help: "When everything that is served was last counted.",
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

// Run refreshes until the context ends. A refresh that fails is logged and counted,
// and the next one tries again. Between two it rests at least as long as the first
// took, so that a store which has outgrown the cadence slows it down instead of being
// read without pause.
func (r *Refresher) Run(ctx context.Context) error {
	for {
		begun := r.now()
		if err := r.Refresh(ctx); err != nil && ctx.Err() == nil {
			r.failures.Inc()
			r.log.Warn("refresh failed, the last snapshot stays", "error", err)
		}
		took := r.now().Sub(begun)
		timer := time.NewTimer(max(r.cfg.Every-took, took))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Refresh counts everything once, at one instant, and puts the new snapshot in place.
func (r *Refresher) Refresh(ctx context.Context) error {
	begun := r.now()
	if err := r.reader.Renew(ctx, begun.UTC().Truncate(time.Millisecond), r.cfg.Options.Grouping); err != nil {
		return fmt.Errorf("close what is counted: %w", err)
	}
	asOf := r.now().UTC().Truncate(time.Millisecond)
	s, err := r.count(ctx, asOf)
	if err != nil {
		return err
	}
	if err := r.audit.next(ctx, asOf); err != nil {
		return err
	}
	if r.cfg.KeepAt > 0 && asOf.Sub(r.keptAt) >= r.cfg.KeepAt {
		if err := r.keeper.InsertSnapshot(ctx, asOf, r.reader.Catalogue.Label(), s.Numbers()); err != nil {
			return fmt.Errorf("keep snapshot: %w", err)
		}
		r.keptAt = asOf
	}
	r.last.Store(s)
	r.success.Set(seconds(r.now()))
	r.duration.Set(r.now().Sub(begun).Seconds())
	return nil
}

// warningHorizon is how far ahead the warnings of a snapshot look.
const warningHorizon = 24 * time.Hour

// count asks for all numbers of a snapshot.
func (r *Refresher) count(ctx context.Context, asOf time.Time) (*Snapshot, error) {
	var s *Snapshot
	opt := r.cfg.Options
	err := r.reader.At(ctx, obligation.Query{AsOf: asOf}, func(from indicator.Counts) error {
		parts, err := parts(ctx, r.reader, from, asOf, opt, "")
		if err != nil {
			return err
		}
		s = parts[""]
		if s == nil {
			s = Build(r.reader, nil, asOf, opt)
		}
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return s.deadlines(ctx, r.reader, from) })
		group.Go(func() (err error) {
			s.Indicators, err = r.reader.Count(ctx, from, asOf, indicator.Request{Indicators: r.reader.Catalogue.Indicators, Grouping: opt.Grouping})
			if err != nil {
				return fmt.Errorf("count indicators: %w", err)
			}
			return nil
		})
		group.Go(func() (err error) {
			s.Gaps, err = comparison.Gaps(ctx, r.reader, from, asOf, opt)
			return err
		})
		group.Go(func() (err error) {
			s.Warnings, err = forecast.From(ctx, r.reader, from, asOf, forecast.Request{
				Grouping: opt.Grouping, ByRegion: true, Horizon: warningHorizon, Options: opt,
			})
			return err
		})
		return group.Wait()
	})
	return s, err
}
