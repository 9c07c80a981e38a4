// Package notifier announces each obligation that becomes due soon, is missed,
// is done late, or turns out not to have been missed: once in the stream of
// notices, and at least once, with the same id, to webhooks.
//
// What is true is read from the store; what has been said is read from the
// stream. A notice is appended only to a stream that has been read to its end,
// so nothing is said twice, whoever is killed in between.
package notifier

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Store is what the notifier asks of the store.
type Store interface {
	PendingUntil(ctx context.Context, kinds []law.Kind, lapseAfter, dueBy time.Time, piece func([]obligation.Obligation) error) error
	ObligationsOf(ctx context.Context, caseIDs []string) ([]obligation.Obligation, error)
	ChangedCases(ctx context.Context, version uint64) ([]string, error)
	Unannounced(ctx context.Context, kinds []law.Kind, asOf, since time.Time) ([]string, error)
	Announced(ctx context.Context, caseIDs []string) (map[obligation.Key][]store.Announcement, error)
	InsertAnnouncements(ctx context.Context, announced []store.Announcement) error
	LastAnnounced(ctx context.Context) (uint64, error)
	InsertTokens(ctx context.Context, tokens []store.Token) error
	OpenTokens(ctx context.Context, tokens []string) (map[string]obligation.Key, error)
	JudgedBy(ctx context.Context) (string, error)
	State(ctx context.Context, name string) (string, error)
	SetState(ctx context.Context, name, value string) error
}

// Log is the stream of notices.
type Log interface {
	AppendNotices(ctx context.Context, notices []stream.Notice, after uint64) (last uint64, err error)
	NoticesAfter(ctx context.Context, seq uint64) iter.Seq2[stream.Delivered, error]
	LastNotice(ctx context.Context) (uint64, error)
}

// Config holds the notifier's settings. The zero value of a duration means its
// default.
type Config struct {
	// Since: what lapsed by then is not announced. Zero means what the
	// installation remembers, and at the first start now.
	Since time.Time
	// PollEvery is how often the store is asked for changed obligations,
	// SweepEvery for those that fall due within Window, AuditEvery for any
	// that stand otherwise than was announced.
	PollEvery, SweepEvery, Window, AuditEvery time.Duration
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{{&c.PollEvery, 400 * time.Millisecond}, {&c.SweepEvery, 30 * time.Second}, {&c.Window, 15 * time.Minute}, {&c.AuditEvery, 15 * time.Minute}} {
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	return c
}

// Deps are what the notifier works with.
type Deps struct {
	Catalogue *law.Catalogue
	Store     Store
	Log       Log
	// Judged is the sequence up to which all events are judged.
	Judged  func(ctx context.Context) (uint64, error)
	Leads   *Leads
	Secret  Secret
	Now     func() time.Time
	Logger  *slog.Logger
	Metrics *Metrics
}

// Service is a running notifier. Several may run at once: all work, and each
// notice is announced by one.
type Service struct {
	cfg   Config
	deps  Deps
	clock *clock
	book  *book

	// Of the planner alone.
	mark       mark
	judged     uint64    // everything up to here had been looked at
	horizon    time.Time // what falls due until here has been looked at
	sweepAt    time.Time
	auditAt    time.Time
	wake       chan struct{}
	longLeads  time.Duration
	firstSweep bool
}

// New reads what has been announced, and what the notifier remembers.
func New(ctx context.Context, cfg Config, deps Deps) (*Service, error) {
	s := &Service{cfg: cfg.withDefaults(), deps: deps, wake: make(chan struct{}, 1), firstSweep: true}
	s.longLeads = deps.Leads.Longest(deps.Catalogue)
	if err := s.remember(ctx); err != nil {
		return nil, err
	}
	copied, err := deps.Store.LastAnnounced(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := deps.Log.LastNotice(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the newest notice: %w", err)
	}
	if newest < copied {
		return nil, fmt.Errorf("the stream of notices ends at %d, and %d were announced: it was restored from an older backup; restore the store of the same day", newest, copied)
	}
	s.book = newBook(deps.Leads, s.mark.since, copied)
	if err := s.readOn(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Names of what the notifier remembers in the store.
const (
	stateSince     = "notifier-since"
	stateUntil     = "notifier-until"
	stateCatalogue = "notifier-catalogue"
)

// A mark bounds what is announced.
type mark struct {
	since     time.Time // what lapsed by then is history
	until     time.Time // what lapsed by then has been announced
	catalogue string    // that judged it
}

// remember reads the mark, or sets it at the first start, and starts the clock.
func (s *Service) remember(ctx context.Context) error {
	values := map[string]string{}
	for _, name := range []string{stateSince, stateUntil, stateCatalogue} {
		value, err := s.deps.Store.State(ctx, name)
		if err != nil {
			return err
		}
		values[name] = value
	}
	judge, err := s.deps.Store.JudgedBy(ctx)
	if err != nil {
		return err
	}
	now := s.deps.Now().Round(0).UTC().Truncate(time.Millisecond)
	s.mark = mark{since: now, until: now, catalogue: judge}
	if values[stateSince] != "" {
		if s.mark.since, err = time.Parse(time.RFC3339Nano, values[stateSince]); err != nil {
			return fmt.Errorf("read since when notices are given: %w", err)
		}
		if s.mark.until, err = time.Parse(time.RFC3339Nano, values[stateUntil]); err != nil {
			return fmt.Errorf("read until when notices were given: %w", err)
		}
		s.mark.catalogue = values[stateCatalogue]
	}
	if !s.cfg.Since.IsZero() {
		s.mark.since = s.cfg.Since
	}
	s.clock = newClock(s.deps.Now)
	return s.keepMark(ctx)
}

// keepMark writes the mark. Since goes last: without it the others are not read.
func (s *Service) keepMark(ctx context.Context) error {
	for _, kept := range [][2]string{
		{stateCatalogue, s.mark.catalogue}, {stateUntil, event.FormatInstant(s.mark.until)}, {stateSince, event.FormatInstant(s.mark.since)},
	} {
		if err := s.deps.Store.SetState(ctx, kept[0], kept[1]); err != nil {
			return err
		}
	}
	return nil
}

// Run announces until the context ends, which is no error.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.repeat(ctx, "look for what is to be announced", s.cfg.PollEvery, s.plan) })
	group.Go(func() error { return s.announceAlways(ctx) })
	return group.Wait()
}

// repeat does something again and again. An error is logged, and waited for
// longer each time it comes again.
func (s *Service) repeat(ctx context.Context, what string, every time.Duration, do func(context.Context) error) error {
	delay := every
	for {
		err := do(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.deps.Metrics.errors.Inc()
			s.deps.Logger.Warn("trying again: "+what, "error", err)
			delay = min(max(2*delay, 100*time.Millisecond), 10*time.Second)
		default:
			delay = every
		}
		if !pause(ctx, delay) {
			return nil
		}
	}
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
