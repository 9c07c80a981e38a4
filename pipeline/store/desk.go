package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/schemas/law"
)

// A Standing counts obligations of one institution that fall due soon, or that
// are missed, by how long.
type Standing struct {
	Duty, InstitutionKind, Institution, Province string

	Basis law.Basis
	// Overdue is 0 for what falls due, else the step of days within which it was
	// missed: 1, 7, 30, 90 or Older.
	Overdue uint16
	Count   uint64
	// FirstDue and LastDue are the earliest and the latest deadline among them.
	FirstDue, LastDue time.Time
}

// Older is the step of everything overdue for longer than the others.
const Older = 65535

// OverdueSteps are the steps of days of a Standing, in order.
func OverdueSteps() []uint16 { return []uint16{1, 7, 30, 90, Older} }

// Standing counts what falls due between two instants, and what is missed at the
// first of them.
func (s *Store) Standing(ctx context.Context, asOf, dueBy time.Time, of Choice) ([]Standing, error) {
	var out []Standing
	err := s.each(ctx, "standing", func(rows driver.Rows) error {
		var n Standing
		if err := rows.Scan(&n.Duty, (*string)(&n.Basis.Kind), &n.Basis.Confidence, &n.InstitutionKind, &n.Institution, &n.Province,
			&n.Overdue, &n.Count, &n.FirstDue, &n.LastDue); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, asOf.UnixMilli(), Listed(of.Kinds), Listed(of.Without), dueBy.UnixMilli())
	return out, err
}

// A Turn is what can happen to an obligation.
type Turn string

// The turns. What fell due in a period and was not done by then is also counted
// as failed, whether it was done later or not.
const (
	Arisen  Turn = "arisen"
	FellDue Turn = "due"
	Failed  Turn = "failed"
	Done    Turn = "done"
)

// A Movement counts the turns of obligations in one of four periods: the last
// day, the day before it, the rest of the last thirty days, the thirty before.
type Movement struct {
	Duty, Province string

	Basis  law.Basis
	Turn   Turn
	Period uint8
	Count  uint64
}

// Movements counts what happened to obligations in the sixty days before an
// instant.
func (s *Store) Movements(ctx context.Context, asOf time.Time, of Choice) ([]Movement, error) {
	var out []Movement
	err := s.each(ctx, "movements", func(rows driver.Rows) error {
		var n Movement
		if err := rows.Scan(&n.Duty, (*string)(&n.Basis.Kind), &n.Basis.Confidence, &n.Province, (*string)(&n.Turn), &n.Period, &n.Count); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, asOf.UnixMilli(), Listed(of.Kinds), Listed(of.Without))
	return out, err
}

// A Wait counts obligations that ended, or were last seen, at about the same
// time after their start.
type Wait struct {
	Duty, Region string

	Minutes                     int64 // rounded up, the coarser the longer
	Events, Competing, Censored uint64
	// Shortest and Longest bound what the law allowed from start to deadline.
	Shortest, Longest time.Duration
}

// Waits counts how long obligations took that fell due after an instant, or have
// yet to. regions gives the group of each province.
func (s *Store) Waits(ctx context.Context, asOf, dueAfter time.Time, of Choice, regions map[string]string) ([]Wait, error) {
	provinces, groups := []string{""}, []string{""}
	for province, region := range regions {
		provinces, groups = append(provinces, province), append(groups, region)
	}
	var out []Wait
	err := s.each(ctx, "waits", func(rows driver.Rows) error {
		var (
			n                 Wait
			shortest, longest int64
		)
		if err := rows.Scan(&n.Duty, &n.Region, &n.Minutes, &n.Events, &n.Competing, &n.Censored, &shortest, &longest); err != nil {
			return err
		}
		n.Shortest, n.Longest = time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		out = append(out, n)
		return nil
	}, provinces, groups, asOf.UnixMilli(), dueAfter.UnixMilli(), Listed(of.Kinds), Listed(of.Without))
	return out, err
}

// A Source is a system that sends events.
type Source struct {
	Name   string
	LastAt time.Time // when its newest event was received
	Day    uint64    // events received in the last day
	Week   uint64    // and in the seven days before
	// Of the events received in the last ninety days: how many, how many were
	// written down more than a day after they happened, and after how many
	// hours half and nine tenths were. A stored copy of an event counts here too
	// until the store has merged it away.
	Quarter, Late uint64
	Half, Most    float64
}

// Sources says of every system that has sent an event when it last did, how much
// it sends and how long its facts wait to be written down.
func (s *Store) Sources(ctx context.Context, asOf time.Time) ([]Source, error) {
	var out []Source
	err := s.each(ctx, "sources", func(rows driver.Rows) error {
		var n Source
		if err := rows.Scan(&n.Name, &n.LastAt, &n.Day, &n.Week, &n.Quarter, &n.Late, &n.Half, &n.Most); err != nil {
			return err
		}
		if n.Quarter == 0 {
			n.Half, n.Most = 0, 0 // The quantiles of nothing are not numbers.
		}
		out = append(out, n)
		return nil
	}, asOf.UnixMilli())
	return out, err
}
