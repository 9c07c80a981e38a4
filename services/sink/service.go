// Package sink runs the sink: one consumer over a range of departments, judged
// into the store, with the health of both exposed as metrics.
package sink

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/sink"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/law"
)

// Config says which part of the stream this sink takes.
type Config struct {
	// Departments are the range; none means all.
	Departments []string
	// Passed is what an intake in this process has let in a moment ago; nil where it is elsewhere.
	Passed sink.Passed
	Sink   sink.Config
}

// ConsumerName is the durable name of a sink's consumer: one for each range, so
// that no two sinks share one.
func ConsumerName(departments []string) string {
	if len(departments) == 0 {
		return "sink"
	}
	return "sink-" + strings.Join(departments, "-")
}

// Service is a running sink.
type Service struct {
	consumer *stream.Consumer
	sink     *sink.Sink
	health   *health
	now      func() time.Time
	log      *slog.Logger
}

// ackWait is when the server would deliver again what was not acknowledged. A
// batch takes a minute at most; a sink that died is noticed when it is opened
// again, not by this.
const ackWait = 30 * time.Minute

// New opens the consumer, rebuilds what another catalogue judged, and registers
// the metrics.
func New(ctx context.Context, cfg Config, cat *law.Catalogue, from *stream.Stream, to *store.Store,
	now func() time.Time, log *slog.Logger, reg prometheus.Registerer,
) (*Service, error) {
	if err := judgedByThis(ctx, cfg, cat, to, now, log); err != nil {
		return nil, err
	}
	cfg.Sink.Alone = len(cfg.Departments) == 0
	consumer, err := from.Consumer(ctx, stream.ConsumerConfig{
		Name: ConsumerName(cfg.Departments), Departments: cfg.Departments, AckWait: ackWait,
	})
	if err != nil {
		return nil, fmt.Errorf("open the sink's consumer: %w", err)
	}
	s := &Service{
		consumer: consumer, now: now, log: log, health: newHealth(reg),
		sink: sink.New(cfg.Sink, sink.Deps{
			Catalogue: cat, From: consumer, Rejects: from, Passed: cfg.Passed, To: to, Now: now, Log: log, Metrics: sink.NewMetrics(reg),
		}),
	}
	return s, s.restore(ctx, cfg, from, to)
}

// restore reads again what the stream has and the store lacks. The store holds
// the position; the consumer's acknowledgements are a hint that may be ahead of
// it, when the store was lost or came from a backup.
func (s *Service) restore(ctx context.Context, cfg Config, events *stream.Stream, to *store.Store) error {
	position, err := s.consumer.Position(ctx)
	if err != nil {
		return fmt.Errorf("compare stream and store: %w", err)
	}
	from, err := behind(ctx, to, position.AckFloor)
	if err != nil {
		return fmt.Errorf("compare stream and store: %w", err)
	}
	if from == 0 {
		return nil
	}
	// What is stored of a restoration that breaks off is not judged yet, and of a
	// frame half may be missing: the next start begins where this one did.
	if err := to.SetState(ctx, sink.RestoringFrom, strconv.FormatUint(from, 10)); err != nil {
		return err
	}
	n, err := s.sink.Restore(ctx, events.Replay(ctx, from, position.AckFloor, cfg.Departments))
	if err != nil {
		return err
	}
	if n > 0 {
		s.log.Warn("the store was behind the stream and has been restored", "events", n)
	}
	if err := to.SetState(ctx, sink.Position, strconv.FormatUint(position.AckFloor, 10)); err != nil {
		return err
	}
	return to.SetState(ctx, sink.RestoringFrom, "")
}

// behind is the sequence from which the store lacks what is acknowledged, 0 where
// it lacks nothing. It has taken everything up to its newest event, or a later
// one that it remembers.
func behind(ctx context.Context, to *store.Store, acknowledged uint64) (uint64, error) {
	if from, err := sequence(ctx, to, sink.RestoringFrom); err != nil || from > 0 {
		return from, err
	}
	extent, err := to.Extent(ctx)
	if err != nil {
		return 0, err
	}
	remembered, err := sequence(ctx, to, sink.Position)
	if taken := max(extent.LastSeq, remembered); err != nil || taken < acknowledged {
		return taken + 1, err
	}
	return 0, nil
}

// sequence is one that the store remembers, 0 where it does not.
func sequence(ctx context.Context, to *store.Store, name string) (uint64, error) {
	text, err := to.State(ctx, name)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseUint(text, 10, 64)
}

// judgedByThis makes sure that what is stored was judged under this catalogue:
// a changed law is a changed number, in every row or in none.
func judgedByThis(ctx context.Context, cfg Config, cat *law.Catalogue, to *store.Store, now func() time.Time, log *slog.Logger) error {
	label, err := to.JudgedBy(ctx)
	if err != nil || label == cat.Label() {
		return err
	}
	extent, err := to.Extent(ctx)
	if err != nil {
		return fmt.Errorf("look for what another catalogue judged: %w", err)
	}
	if extent.Events > 0 {
		log.Warn("the catalogue, or the form of what is stored, has changed: judging every case again", "before", label, "now", cat.Label())
		return sink.Rebuild(ctx, cat, to, cfg.Sink, now(), func(int) {})
	}
	return to.SetJudgedBy(ctx, cat.Label())
}

// Run moves events until the context ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.sink.Run(ctx) })
	group.Go(func() error { return s.watch(ctx) })
	return group.Wait()
}

// watchEvery is how often the sink's position is measured.
const watchEvery = 5 * time.Second

// watch measures the position until the context ends.
func (s *Service) watch(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		if p, err := s.consumer.Position(ctx); err == nil {
			s.health.set(p, s.now())
		} else if ctx.Err() == nil {
			s.log.Warn("position not known", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// health is the state of the stream as the sink sees it.
type health struct {
	last, acknowledged, pending, oldest, measured prometheus.Gauge
}

func newHealth(reg prometheus.Registerer) *health {
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		reg.MustRegister(g)
		return g
	}
	return &health{
		last:         gauge("amparo_stream_last_sequence", "Sequence of the newest event of the stream."),
		acknowledged: gauge("amparo_stream_acknowledged_sequence", "Sequence up to which everything is stored and judged."),
		pending:      gauge("amparo_stream_pending_events", "Messages of the stream that are not yet stored and judged: an event each, or a frame of many."),
		oldest:       gauge("amparo_stream_oldest_pending_timestamp_seconds", "When the stream took the oldest pending event; now while none is pending."),
		measured:     gauge("amparo_stream_position_timestamp_seconds", "When the position was last measured."),
	}
}

func (h *health) set(p stream.Position, now time.Time) {
	oldest := p.OldestPendingAt
	if oldest.IsZero() {
		oldest = now
	}
	h.last.Set(float64(p.LastSeq))
	h.acknowledged.Set(float64(p.AckFloor))
	h.pending.Set(float64(p.Pending))
	h.oldest.Set(float64(oldest.Unix()))
	h.measured.Set(float64(now.Unix()))
}
