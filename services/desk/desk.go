// Package desk counts what a monitoring desk looks at every morning, beyond the
// numbers of the snapshot: what falls due and what is overdue and where, what
// moved since yesterday and last month, how long each duty takes, which institutions
// did what, who sends and who has fallen silent. It counts on a timer and holds
// the last count, so that no page waits for the store.
package desk

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// Horizon is how far ahead the desk looks for what falls due.
const Horizon = 24 * time.Hour

// Reader is what the desk asks of the store: counts, never rows.
type Reader interface {
	Standing(ctx context.Context, asOf, dueBy time.Time, of store.Choice) ([]store.Standing, error)
	Movements(ctx context.Context, asOf time.Time, of store.Choice) ([]store.Movement, error)
	Waits(ctx context.Context, asOf, dueAfter time.Time, of store.Choice, regions map[string]string) ([]store.Wait, error)
	ObligationOutcomes(ctx context.Context, c counting.Cut) ([]counting.ObligationOutcome, error)
	Reporting(ctx context.Context, asOf time.Time) ([]store.Reporter, error)
	Sources(ctx context.Context, asOf time.Time) ([]store.Source, error)
	Provinces(ctx context.Context) ([]string, error)
}

// Config says what to count, and how often.
type Config struct {
	Every time.Duration // least time between counts
	// Indicators counts these by department and institution; nil for none. BreakdownEvery
	// is the least time between.
	Indicators     *indicator.Reader
	BreakdownEvery time.Duration
	Grouping       string
	// Choice says which obligations count.
	Choice store.Choice
	// After is called with every board, before it is the last one. It may be nil.
	After func(context.Context, *Board) error
}

// A Board is all that was counted at one instant.
type Board struct {
	AsOf      time.Time
	Choice    store.Choice
	Standing  []store.Standing
	Movements []store.Movement
	Offices   []Office
	Reporters []store.Reporter
	Sources   []store.Source

	cat      *law.Catalogue
	grouping string
	curves   map[curveKey]*Curve
	// protected are the figures that were asked for, by policy and duty.
	protected sync.Map
}

// Service counts on a timer.
type Service struct {
	cfg  Config
	cat  *law.Catalogue
	from Reader
	now  func() time.Time
	log  *slog.Logger
	last atomic.Pointer[Board]

	breakdown atomic.Pointer[Breakdown]
}

// New returns a service that has not counted yet.
func New(cfg Config, cat *law.Catalogue, from Reader, now func() time.Time, log *slog.Logger) *Service {
	return &Service{cfg: cfg, cat: cat, from: from, now: now, log: log}
}

// Last is the last board, nil before the first.
func (s *Service) Last() *Board { return s.last.Load() }

// Refresh counts once, now.
func (s *Service) Refresh(ctx context.Context) error {
	board, err := s.count(ctx, s.now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	if s.cfg.After != nil {
		if err := s.cfg.After(ctx, board); err != nil {
			s.log.Warn("what follows from a count of the desk was not done", "error", err)
		}
	}
	s.last.Store(board)
	return nil
}

func (s *Service) count(ctx context.Context, asOf time.Time) (*Board, error) {
	b := &Board{AsOf: asOf, Choice: s.cfg.Choice, cat: s.cat, grouping: s.cfg.Grouping}
	year := indicator.Windows(s.cat, asOf)[1].From
	var waits []store.Wait
	for _, part := range []struct {
		name  string
		count func() error
	}{
		{"what stands", func() (err error) {
			b.Standing, err = s.from.Standing(ctx, asOf, asOf.Add(Horizon), b.Choice)
			return err
		}},
		{"what moved", func() (err error) { b.Movements, err = s.from.Movements(ctx, asOf, b.Choice); return err }},
		{"how long duties take", func() error {
			regions, err := s.regions(ctx)
			if err == nil {
				waits, err = s.from.Waits(ctx, asOf, year, b.Choice, regions)
			}
			return err
		}},
		{"what institutions did", func() (err error) { b.Offices, err = s.offices(ctx, asOf, b.Choice); return err }},
		{"who reports", func() (err error) { b.Reporters, err = s.from.Reporting(ctx, asOf); return err }},
		{"what each source sends", func() (err error) { b.Sources, err = s.from.Sources(ctx, asOf); return err }},
	} {
		if err := part.count(); err != nil {
			return nil, fmt.Errorf("count %s: %w", part.name, err)
		}
	}
	var err error
	b.curves, err = curvesOf(waits)
	return b, err
}

// regions gives the region of each province with obligations.
func (s *Service) regions(ctx context.Context) (map[string]string, error) {
	provinces, err := s.from.Provinces(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, p := range provinces {
		out[p] = s.cat.Places.Region(s.cfg.Grouping, p)
	}
	return out, nil
}
