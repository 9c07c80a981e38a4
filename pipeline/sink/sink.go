// Package sink moves events from the stream to the store, and judges: it
// inserts a batch, folds the cases that the batch touched from their whole
// history, writes the obligations that changed, and only then acknowledges.
//
// Acknowledged means stored and judged. A crash at any step, redelivery with
// other borders and arrival in any order change nothing that anyone can read.
package sink

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/law"
)

// Source is where events come from: a consumer that nobody shares.
type Source interface {
	Fetch(ctx context.Context, most int, wait time.Duration) ([]stream.Delivered, error)
	Ack(ctx context.Context, seq uint64) error
	// Retry makes everything that is not acknowledged come again.
	Retry(ctx context.Context) error
}

// Rejects keeps what can never be stored, with the reason.
type Rejects interface {
	Reject(ctx context.Context, events []stream.Rejected) error
}

// Store is what the sink asks of the store.
type Store interface {
	InsertEvents(ctx context.Context, events []store.Recorded) error
	History(ctx context.Context, caseIDs []string) (map[string][]store.Recorded, error)
	Known(ctx context.Context, caseIDs []string) (map[obligation.Key]uint64, error)
	InsertObligations(ctx context.Context, changes []store.Change) error
	Lagging(ctx context.Context, duties []string, until time.Time) ([]string, error)
	SetState(ctx context.Context, name, value string) error
}

// Config holds the sink's settings. The zero value of a field means its
// default.
type Config struct {
	MaxBatch int           // events a batch at most; the busier, the larger a batch gets
	MaxWait  time.Duration // how long a fetch waits for the first event
	// Horizon is how far ahead recurring periods are written; a sweep extends
	// it daily.
	Horizon    time.Duration
	SweepEvery time.Duration
	// Grace is what a batch under way may still take when the sink is stopped.
	Grace time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxBatch == 0 {
		c.MaxBatch = 50_000
	}
	if c.MaxWait == 0 {
		c.MaxWait = time.Second
	}
	if c.Horizon == 0 {
		c.Horizon = 35 * 24 * time.Hour
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = 24 * time.Hour
	}
	if c.Grace == 0 {
		c.Grace = 30 * time.Second
	}
	return c
}

// Deps are what the sink works with.
type Deps struct {
	Catalogue *law.Catalogue
	From      Source
	Rejects   Rejects
	To        Store
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   *Metrics
}

// Sink is one batch owner. Several sinks each have their own consumer and range
// of departments.
type Sink struct {
	cfg     Config
	deps    Deps
	judge   judge
	sweepAt time.Time
}

// New returns a sink that does nothing until Run.
func New(cfg Config, deps Deps) *Sink {
	cfg = cfg.withDefaults()
	return &Sink{cfg: cfg, deps: deps, judge: judge{cat: deps.Catalogue, to: deps.To, horizon: cfg.Horizon}}
}

// Run moves events until the context ends, which is no error, or until the
// store's tables turn out to be wrong, which trying again cannot help.
func (s *Sink) Run(ctx context.Context) error {
	for {
		if err := s.sweepWhenDue(ctx); err != nil {
			return ended(ctx, err)
		}
		batch, err := s.collect(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			s.deps.Log.Warn("fetch failed, trying again", "error", err)
			if !s.again(ctx) {
				return nil
			}
			continue
		}
		s.deps.Metrics.lastSuccess.Set(float64(s.deps.Now().Unix()))
		if len(batch) == 0 {
			continue
		}
		if err := s.take(ctx, batch); err != nil {
			return ended(ctx, err)
		}
	}
}

// collect fetches what is waiting, up to a batch. It waits for the first event
// only: the busier the stream, the larger the batch, the cheaper each case.
func (s *Sink) collect(ctx context.Context) ([]stream.Delivered, error) {
	batch, err := s.deps.From.Fetch(ctx, s.cfg.MaxBatch, s.cfg.MaxWait)
	for more := batch; err == nil && len(more) > 0 && len(batch) < s.cfg.MaxBatch; batch = append(batch, more...) {
		more, err = s.deps.From.Fetch(ctx, s.cfg.MaxBatch-len(batch), gleaning)
	}
	return batch, err
}

// gleaning is how long a batch under way waits for more.
const gleaning = 5 * time.Millisecond

// again makes what is not acknowledged come again, after a moment. It reports
// whether the sink goes on.
func (s *Sink) again(ctx context.Context) bool {
	if !pause(ctx, time.Second) {
		return false
	}
	if err := s.deps.From.Retry(ctx); err != nil {
		s.deps.Log.Warn("consumer not reopened, trying again", "error", err)
	}
	return ctx.Err() == nil
}

// ended is nil where the context's end is why something stopped.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// take stores and judges a batch and acknowledges it. What fails for a passing
// or unknown reason is tried again, in halves after a while; nothing is given
// up but what is proven bad, and that alone.
func (s *Sink) take(ctx context.Context, batch []stream.Delivered) error {
	delay := time.Second
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, batch)
		if err == nil {
			return nil
		}
		if errors.Is(err, stream.ErrInterrupted) {
			s.deps.Log.Warn("deliveries were interrupted, fetching again", "events", len(batch), "error", err)
			s.again(ctx)
			return nil
		}
		if len(batch) == 1 && isBadRow(err) {
			return s.rejectUnstorable(ctx, batch[0], err)
		}
		if isPermanent(err) {
			return err
		}
		s.deps.Metrics.retries.Inc()
		s.deps.Log.Warn("batch kept, trying again", "events", len(batch), "attempt", attempt, "error", err)
		if len(batch) > 1 && (isBadRow(err) || attempt%3 == 0) {
			half := len(batch) / 2
			if err := s.take(ctx, batch[:half]); err != nil {
				return err
			}
			return s.take(ctx, batch[half:])
		}
		if !pause(ctx, delay) {
			return ctx.Err()
		}
		delay = min(2*delay, time.Minute)
	}
}

// once does it all for a batch, once. A batch under way is finished even when
// the sink is told to stop, within its grace.
func (s *Sink) once(ctx context.Context, batch []stream.Delivered) error {
	ctx, cancel := graceful(ctx, s.cfg.Grace)
	defer cancel()
	begun := s.deps.Now()
	done, err := s.keep(ctx, batch)
	if err != nil {
		return err
	}
	last := batch[len(batch)-1].Seq
	if done.lastStored < last {
		// The batch ends with duplicates or rejects, which leave no row to tell
		// how far the store has come.
		if err := s.deps.To.SetState(ctx, Position, strconv.FormatUint(last, 10)); err != nil {
			return err
		}
	}
	if err := s.deps.From.Ack(ctx, last); err != nil {
		return fmt.Errorf("acknowledge %d events: %w", len(batch), err)
	}
	s.deps.Metrics.count(done, s.deps.Now())
	s.deps.Log.Debug("batch judged", "events", len(batch), "stored", done.stored, "obligations", done.written,
		"rejected", done.rejected, "took", s.deps.Now().Sub(begun))
	return nil
}

// keep stores and judges a batch, and keeps what is rejected of it.
func (s *Sink) keep(ctx context.Context, batch []stream.Delivered) (tally, error) {
	done := tally{}
	byCase, rejected := s.sort(batch)
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(byCase)), chunkCases) {
		conflicts, err := s.storeAndJudge(ctx, ids, byCase, batch[0].Seq, &done)
		if err != nil {
			return done, err
		}
		rejected = append(rejected, conflicts...)
	}
	if len(rejected) > 0 {
		if err := s.deps.Rejects.Reject(ctx, rejected); err != nil {
			return done, fmt.Errorf("keep %d rejected events: %w", len(rejected), err)
		}
	}
	done.rejected = len(rejected)
	return done, nil
}

// Restore stores and judges events again that were acknowledged once but are no
// longer in the store, because it was lost or is older than the stream.
func (s *Sink) Restore(ctx context.Context, events iter.Seq2[stream.Delivered, error]) (restored int, err error) {
	var batch []stream.Delivered
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		done, err := s.keep(ctx, batch)
		restored, batch = restored+done.stored, batch[:0]
		return err
	}
	for d, err := range events {
		if err != nil {
			return restored, fmt.Errorf("read the stream again: %w", err)
		}
		if batch = append(batch, d); len(batch) >= s.cfg.MaxBatch {
			if err := flush(); err != nil {
				return restored, fmt.Errorf("restore: %w", err)
			}
		}
	}
	if err := flush(); err != nil {
		return restored, fmt.Errorf("restore: %w", err)
	}
	return restored, nil
}

// chunkCases bounds how many whole histories are in memory at once.
const chunkCases = 5_000

// Position is the name under which the store remembers up to which sequence it
// has taken everything, where its rows do not say so.
const Position = "stream-position"

// A tally counts what became of a batch.
type tally struct {
	stored, duplicates, rejected, written int
	lastStored                            uint64 // highest sequence of a fresh event
}

// storeAndJudge stores the fresh events of some cases and judges these cases.
// first is the lowest sequence that is not yet acknowledged.
func (s *Sink) storeAndJudge(ctx context.Context, ids []string, byCase map[string][]arrival, first uint64, done *tally) ([]stream.Rejected, error) {
	history, err := s.deps.To.History(ctx, ids)
	if err != nil {
		return nil, err
	}
	part := s.compare(ids, byCase, history, first)
	if err := s.deps.To.InsertEvents(ctx, part.fresh); err != nil {
		return nil, err
	}
	written, err := s.judge.update(ctx, part.touched, history, s.deps.Now())
	if err != nil {
		return nil, err
	}
	done.stored, done.duplicates, done.written = done.stored+len(part.fresh), done.duplicates+part.duplicates, done.written+written
	done.lastStored = max(done.lastStored, highest(part.fresh))
	return part.conflicts, nil
}

// graceful outlives its parent by a bounded time.
func graceful(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(own, func() { timer.Stop() })
	})
	return own, func() { stop(); cancel() }
}

// pause waits, and reports whether the context is still alive after it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// isPermanent reports whether an error says of itself that it will not pass.
// Errors that say nothing count as passing.
func isPermanent(err error) bool {
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && !e.Temporary() && !isBadRow(err)
}

func isBadRow(err error) bool {
	var e interface{ BadRow() bool }
	return errors.As(err, &e) && e.BadRow()
}
