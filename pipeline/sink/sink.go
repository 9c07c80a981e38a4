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
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
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

// Passed are events that the door of this very process has read a moment ago, under the same catalogue. One is found by the
// sequence of its message and the bytes in it.
type Passed interface {
	Take(seq uint64, data []byte) (event.Line, event.Digest, bool)
}

// Store is what the sink asks of the store.
type Store interface {
	Stored(ctx context.Context, identities []event.Identity) (map[event.Identity]store.Version, error)
	StoredCases(ctx context.Context, caseIDs []string) (map[string]bool, error)
	InsertEvents(ctx context.Context, events []store.Recorded) error
	History(ctx context.Context, caseIDs []string) (map[string][]store.Recorded, error)
	Known(ctx context.Context, caseIDs []string) (map[obligation.Key]uint64, error)
	KnownContributions(ctx context.Context, caseIDs []string) (map[store.ContributionKey]uint64, error)
	Insert(ctx context.Context, rows store.Rows) error
	Lagging(ctx context.Context, duties []string, until time.Time) ([]string, error)
	State(ctx context.Context, name string) (string, error)
	SetState(ctx context.Context, name, value string) error
	SetJudgedBy(ctx context.Context, label string) error
	SetPeriodsUntil(ctx context.Context, until time.Time) error
}

// Config holds the sink's settings. The zero value of a field means its
// default.
type Config struct {
	// MaxBatch is how many events at most are stored before the cases that they
	// touch are judged. The busier the stream, the larger a batch gets, and the
	// cheaper each case.
	MaxBatch int
	// MaxHeld bounds the same by the events that are kept in memory until they are
	// judged: those of cases that begin in the batch.
	MaxHeld int
	// MaxSingles bounds those of them that came in a message each: ten times a
	// second the server writes down every message that is delivered and not yet
	// acknowledged.
	MaxSingles int
	// MaxRecent bounds how many events are kept in memory of cases that were judged
	// and may soon be touched again.
	MaxRecent int
	// MaxBatchFor bounds a batch by time, so that judging is never far behind.
	MaxBatchFor time.Duration
	MaxWait     time.Duration // how long a fetch waits for the first event
	// Alone says that no other sink writes to the store, as one does that takes
	// another range of departments: a case that is new to the store is whole in
	// memory then, and nothing has to be asked about it.
	Alone bool
	// Horizon is how far ahead recurring periods are written; a sweep extends
	// it daily.
	Horizon    time.Duration
	SweepEvery time.Duration
	// Grace is what a step under way may still take when the sink is stopped.
	Grace time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxBatch == 0 {
		c.MaxBatch = 300_000
	}
	if c.MaxHeld == 0 {
		c.MaxHeld = 100_000
	}
	if c.MaxSingles == 0 {
		c.MaxSingles = 50_000
	}
	if c.MaxRecent == 0 {
		c.MaxRecent = 50_000
	}
	if c.MaxBatchFor == 0 {
		c.MaxBatchFor = 30 * time.Second
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
	Passed    Passed // nil where the door is elsewhere
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
	batch   batch
	recent  recent
	rebuild string // what the store said of rebuilds when the batch began
	sweepAt time.Time
}

// A batch is what is stored and not yet judged and acknowledged.
type batch struct {
	first, last uint64 // sequences
	since       time.Time
	touched     map[string]bool // cases to be judged
	// whole are the cases of which all is in memory: those that began in this batch,
	// and those that were remembered.
	whole   map[string]*whole
	held    int // how many events of this batch these have
	singles int // how many of them came in a message each
	// read are cases that were read from the store to be judged.
	read []map[string]*whole
	// swept says that periods were written ahead while the batch was under way.
	swept bool
	done  outcomes
}

// outcomes count what became of the events of a batch.
type outcomes struct {
	stored, duplicates, rejected, written int
	void                                  int    // messages without an event
	lastStored                            uint64 // highest sequence of a fresh event
}

func (t outcomes) events() int { return t.stored + t.duplicates + t.rejected + t.void }

// New returns a sink that does nothing until Run.
func New(cfg Config, deps Deps) *Sink {
	cfg = cfg.withDefaults()
	return &Sink{
		cfg: cfg, deps: deps, judge: judge{cat: deps.Catalogue, to: deps.To, horizon: cfg.Horizon}, recent: recent{most: cfg.MaxRecent / 2},
	}
}

// Run moves events until the context ends, which is no error, or until the
// store's tables turn out to be wrong, which trying again cannot help.
func (s *Sink) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.sweepWhenDue(ctx); err != nil {
			return ended(ctx, err)
		}
		events, err := s.fetch(ctx)
		if err == nil && len(events) > 0 {
			err = s.persist(ctx, events, s.store)
		}
		if err == nil && s.batch.done.events() > 0 && (len(events) == 0 || s.full()) {
			err = s.persist(ctx, nil, func(ctx context.Context, _ []stream.Delivered) error { return s.settle(ctx) })
		}
		switch {
		case err == nil:
			s.deps.Metrics.lastSuccess.Set(float64(s.deps.Now().Unix()))
		case isPermanent(err):
			return ended(ctx, err)
		case ctx.Err() == nil:
			s.deps.Log.Warn("beginning again behind the last acknowledgement", "error", err)
			s.again(ctx)
		}
	}
	return nil
}

// fetch takes what is waiting. It waits for the first event of a batch only, and
// where many are coming until they are worth an insert.
func (s *Sink) fetch(ctx context.Context) ([]stream.Delivered, error) {
	wait, n := s.cfg.MaxWait, s.batch.done.events()
	switch {
	case n >= many:
		wait = waitOfMany
	case n > 0:
		wait = waitOfFew
	}
	events, err := s.deps.From.Fetch(ctx, s.cfg.MaxBatch-n, wait)
	for err == nil && n >= many && len(events) > 0 && len(events) < min(worthAnInsert, s.cfg.MaxBatch-n) {
		var more []stream.Delivered
		if more, err = s.deps.From.Fetch(ctx, s.cfg.MaxBatch-n-len(events), wait); len(more) == 0 {
			break
		}
		events = append(slices.Grow(events, worthAnInsert), more...)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	return events, nil
}

// How long a batch under way waits for more: hardly, so that a single event is
// judged at once; longer once it is plain that many are coming, since judging
// their cases together is far cheaper than judging them again and again.
const (
	waitOfFew  = 5 * time.Millisecond
	many       = 2_000 // events
	waitOfMany = 100 * time.Millisecond
)

// worthAnInsert is from how many events on, once many are coming, they are stored:
// an insert of a few costs nearly as much as one of many.
const worthAnInsert = 10_000

// full reports whether a batch has to be judged before more is taken.
func (s *Sink) full() bool {
	b := &s.batch
	return b.done.events() >= s.cfg.MaxBatch || b.held >= s.cfg.MaxHeld || b.singles >= s.cfg.MaxSingles || s.deps.Now().Sub(b.since) >= s.cfg.MaxBatchFor
}

// again drops the batch and makes what is not acknowledged come again, after a
// moment. What was stored of it already counts as a duplicate then, and is
// judged.
func (s *Sink) again(ctx context.Context) {
	s.forget()
	if !pause(ctx, time.Second) {
		return
	}
	if err := s.deps.From.Retry(ctx); err != nil {
		s.deps.Log.Warn("consumer not reopened, trying again", "error", err)
	}
}

// forget drops the batch, and with it all that is remembered: what an attempt
// that failed has stored is not known.
func (s *Sink) forget() {
	s.batch = batch{}
	s.recent.drop()
}

// ended is nil where the context's end is why something stopped.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// persist does a step until it succeeds. What fails for a passing or unknown
// reason is tried again, in halves after a while; nothing is given up but an
// event that is proven bad, and that alone.
func (s *Sink) persist(ctx context.Context, events []stream.Delivered, step func(context.Context, []stream.Delivered) error) error {
	delay := time.Second
	for attempt := 1; ; attempt++ {
		err := s.bounded(ctx, events, step)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, stream.ErrInterrupted):
			return err
		case len(events) == 1 && isBadRow(err):
			return s.rejectUnstorable(ctx, events[0], err)
		case isPermanent(err):
			return err
		}
		s.deps.Metrics.retries.Inc()
		s.tell(len(events), attempt, err)
		if len(events) > 1 && (isBadRow(err) || attempt%3 == 0) {
			half := len(events) / 2
			if err := s.persist(ctx, events[:half], step); err != nil {
				return err
			}
			return s.persist(ctx, events[half:], step)
		}
		if !pause(ctx, delay) {
			return ctx.Err()
		}
		delay = min(2*delay, 15*time.Second)
	}
}

// tell logs that a step is tried again. A store that no longer lets this program
// in is for a person to mend.
func (s *Sink) tell(events, attempt int, err error) {
	if events == 0 {
		events = s.batch.done.events() // they are stored, and wait to be judged
	}
	var refused interface{ Refused() bool }
	if errors.As(err, &refused) && refused.Refused() {
		s.deps.Log.Error("the store refuses the password: give it back the one it had, or start again with the new one; events kept, trying again",
			"events", events, "attempt", attempt, "error", err)
		return
	}
	s.deps.Log.Warn("events kept, trying again", "events", events, "attempt", attempt, "error", err)
}

// bounded finishes a step under way even when the sink is told to stop, within
// its grace.
func (s *Sink) bounded(ctx context.Context, events []stream.Delivered, step func(context.Context, []stream.Delivered) error) error {
	ctx, cancel := graceful(ctx, s.cfg.Grace)
	defer cancel()
	return step(ctx, events)
}

// store adds events to the batch: the fresh ones are stored, rejected ones are
// kept with their reason, and the cases that they touch are noted.
func (s *Sink) store(ctx context.Context, events []stream.Delivered) error {
	if s.batch.touched == nil {
		rebuild, err := s.deps.To.State(ctx, Rebuilding)
		if err != nil {
			return err
		}
		if rebuild != s.rebuild || strings.HasPrefix(rebuild, rebuildRuns) {
			// Its tables hold, or will hold, what it has judged, and not what this sink has.
			s.recent.drop()
		}
		s.rebuild = rebuild
		s.batch = batch{first: events[0].Seq, since: s.deps.Now(), touched: map[string]bool{}, whole: map[string]*whole{}}
	}
	part, err := s.sort(ctx, events)
	if err != nil {
		return err
	}
	if err := s.deps.To.InsertEvents(ctx, part.fresh); err != nil {
		return err
	}
	if len(part.rejected) > 0 {
		if err := s.deps.Rejects.Reject(ctx, part.rejected); err != nil {
			return fmt.Errorf("keep %d rejected events: %w", len(part.rejected), err)
		}
	}
	for id := range part.touched {
		s.batch.touched[id] = true
	}
	s.batch.keepWhole(part)
	done := &s.batch.done
	done.stored, done.duplicates, done.rejected = done.stored+len(part.fresh), done.duplicates+part.duplicates, done.rejected+len(part.rejected)
	done.void += part.void
	done.lastStored = max(done.lastStored, highest(part.fresh))
	s.batch.last = events[len(events)-1].Seq
	return nil
}

// settle judges the cases of the batch and acknowledges all of it.
func (s *Sink) settle(ctx context.Context) error {
	begun := s.deps.Now()
	if err := s.judgeTouched(ctx); err != nil {
		return err
	}
	if s.batch.done.lastStored < s.batch.last {
		// The batch ends with duplicates or rejects, which leave no row to tell
		// how far the store has come.
		if err := s.deps.To.SetState(ctx, Position, strconv.FormatUint(s.batch.last, 10)); err != nil {
			return err
		}
	}
	if err := s.deps.From.Ack(ctx, s.batch.last); err != nil {
		return fmt.Errorf("acknowledge %d events: %w", s.batch.done.events(), err)
	}
	s.deps.Metrics.count(s.batch.done, s.deps.Now())
	s.deps.Log.Debug("batch judged", "stored", s.batch.done.stored, "duplicates", s.batch.done.duplicates, "rejected", s.batch.done.rejected,
		"cases", len(s.batch.touched), "obligations", s.batch.done.written, "judged in", s.deps.Now().Sub(begun))
	s.remember()
	s.batch = batch{}
	return nil
}

// Position is the name under which the store remembers up to which sequence it
// has taken everything, where its rows do not say so.
const Position = "stream-position"

// RestoringFrom is the name under which the store remembers from which sequence
// it is being restored, while it is.
const RestoringFrom = "restoring-from"

// chunkCases bounds how many whole histories are in memory at once.
const chunkCases = 5_000

// judgeTouched folds the touched cases from their whole history, which is in memory
// or in the store. Of those that began in this batch nothing can have been judged
// before; of those that were remembered it is known what was.
func (s *Sink) judgeTouched(ctx context.Context) error {
	rebuild, err := s.deps.To.State(ctx, Rebuilding)
	if err != nil {
		return err
	}
	// A rebuild or a sweep beside this batch may have judged cases by fewer events:
	// then it is asked what is known.
	beside := rebuild != s.rebuild || strings.HasPrefix(rebuild, rebuildRuns) || s.batch.swept
	s.batch.read = nil
	var began, noted, asked, stored []string
	for _, id := range slices.Sorted(maps.Keys(s.batch.touched)) {
		switch c := s.batch.whole[id]; {
		case c == nil:
			stored = append(stored, id)
		case beside:
			asked = append(asked, id)
		case c.came == nil:
			began = append(began, id)
		default:
			noted = append(noted, id)
		}
	}
	now := s.deps.Now()
	count := func(written int, err error) error {
		s.batch.done.written += written
		return err
	}
	if err := count(s.judge.begin(ctx, began, s.batch.whole, now)); err != nil {
		return err
	}
	for ids := range slices.Chunk(noted, chunkCases) {
		if err := count(s.judge.updateNoted(ctx, ids, s.batch.whole, now)); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(asked, chunkCases) {
		if err := count(s.judge.updateStored(ctx, ids, s.batch.whole, now)); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(stored, chunkCases) {
		if err := count(s.judgeStored(ctx, ids, now)); err != nil {
			return err
		}
	}
	return nil
}

// judgeStored judges cases by what the store has of them, and remembers them.
func (s *Sink) judgeStored(ctx context.Context, ids []string, now time.Time) (int, error) {
	history, err := s.deps.To.History(ctx, ids)
	if err != nil {
		return 0, err
	}
	cases := make(map[string]*whole, len(ids))
	for _, id := range ids {
		cases[id] = &whole{events: history[id]}
	}
	written, err := s.judge.updateStored(ctx, ids, cases, now)
	if err == nil {
		s.batch.read = append(s.batch.read, cases)
	}
	return written, err
}

// remember keeps the cases of a batch that is acknowledged.
func (s *Sink) remember() {
	if !s.cfg.Alone {
		return
	}
	for _, cases := range append(s.batch.read, s.batch.whole) {
		for id, c := range cases {
			if c.came != nil {
				s.recent.keep(id, c)
			}
		}
	}
}

// Restore stores and judges events again that were acknowledged once but are no
// longer in the store, because it was lost or is older than the stream. It is
// for a sink that does not run yet.
func (s *Sink) Restore(ctx context.Context, events iter.Seq2[stream.Delivered, error]) (restored int, err error) {
	defer s.forget()
	var part []stream.Delivered
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		defer func() { part = part[:0] }()
		return s.persist(ctx, part, s.store)
	}
	judge := func() error {
		err := errors.Join(flush(), s.judgeTouched(ctx))
		restored += s.batch.done.stored
		s.batch = batch{}
		return err
	}
	for d, err := range events {
		if err != nil {
			return restored, fmt.Errorf("read the stream again: %w", err)
		}
		if part = append(part, d); len(part) < restoreChunk {
			continue
		}
		if err := flush(); err != nil {
			return restored, fmt.Errorf("restore: %w", err)
		}
		if s.full() {
			if err := judge(); err != nil {
				return restored, fmt.Errorf("restore: %w", err)
			}
		}
	}
	if err := judge(); err != nil {
		return restored, fmt.Errorf("restore: %w", err)
	}
	return restored, nil
}

// restoreChunk is how many events are stored at once when restoring.
const restoreChunk = 10_000

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
