package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/schemas/law"
)

// A Span holds the due dates in (From, To].
type Span struct{ From, To time.Time }

// Holds reports whether an instant lies in the span.
func (s Span) Holds(t time.Time) bool { return t.After(s.From) && !t.After(s.To) }

// A Choice says which obligations count: those under regimes of these kinds, and
// not of these confidences.
type Choice struct{ Kinds, Without []string }

// A Cut says which obligations are compared, as of when, and which due dates
// belong to the one side and the other.
type Cut struct {
	AsOf   time.Time
	Duties []string
	Choice
	A, B Span
	// ByArea keeps urban and rural apart.
	ByArea bool
}

// An OfficeCount counts the obligations that one institution had under one
// duty, in one place and at one risk. Those in both spans have InA and InB.
type OfficeCount struct {
	Duty, Province, Area, Risk, Institution string

	Basis    law.Basis
	InA, InB bool

	Met, Failed           uint64 // fallen due: done in time, or not
	NotDue, Unclear, Void uint64 // beside the share
	// Shortest and Longest bound what the law allowed from start to deadline.
	Shortest, Longest time.Duration
}

// OfficeCounts counts the stored obligations of a cut.
func (s *Store) OfficeCounts(ctx context.Context, c Cut) ([]OfficeCount, error) {
	var out []OfficeCount
	err := s.each(ctx, "office_counts", func(rows driver.Rows) error {
		var (
			n                 OfficeCount
			inA, inB          uint8
			shortest, longest int64
		)
		if err := rows.Scan(&n.Duty, (*string)(&n.Basis.Kind), &n.Basis.Confidence, &n.Province, &n.Area, &n.Risk, &n.Institution, &inA, &inB,
			&n.Met, &n.Failed, &n.NotDue, &n.Unclear, &n.Void, &shortest, &longest); err != nil {
			return err
		}
		n.InA, n.InB = inA == 1, inB == 1
		n.Shortest, n.Longest = time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		out = append(out, n)
		return nil
	}, c.AsOf.UnixMilli(), c.A.From.UnixMilli(), c.A.To.UnixMilli(), c.B.From.UnixMilli(), c.B.To.UnixMilli(),
		flag(c.ByArea), listed(c.Duties), listed(c.Kinds), listed(c.Without))
	return out, err
}

// A Side is where the obligations of one side of a comparison lie.
type Side struct {
	Provinces []string // 4 digits, or 2 where only the department is known
	Area      string   // "" for every area
}

// A DurationCount counts obligations of one side and risk that ended, or were
// last seen, within the same minute of their time.
type DurationCount struct {
	Side    int // 0 for the first, 1 for the second
	Risk    string
	Minutes int64 // begun since the start; whole hours past ten days

	Events, Competing, Censored uint64
}

// Durations counts how long the stored obligations of a cut's only duty took.
func (s *Store) Durations(ctx context.Context, c Cut, sides [2]Side) ([]DurationCount, error) {
	if len(c.Duties) != 1 {
		return nil, fmt.Errorf("count durations: expected one duty, not %d", len(c.Duties))
	}
	var out []DurationCount
	err := s.each(ctx, "durations", func(rows driver.Rows) error {
		var (
			n    DurationCount
			side uint8
		)
		if err := rows.Scan(&side, &n.Risk, &n.Minutes, &n.Events, &n.Competing, &n.Censored); err != nil {
			return err
		}
		n.Side = int(side) - 1
		out = append(out, n)
		return nil
	}, c.AsOf.UnixMilli(),
		c.A.From.UnixMilli(), c.A.To.UnixMilli(), listed(sides[0].Provinces), sides[0].Area, sides[0].Area,
		c.B.From.UnixMilli(), c.B.To.UnixMilli(), listed(sides[1].Provinces), sides[1].Area, sides[1].Area,
		c.Duties[0], listed(c.Kinds), listed(c.Without))
	return out, err
}

// A MonthCount counts the obligations of a province that fell due in a month.
type MonthCount struct {
	Province    string
	Month       string // such as 2024-03, in the zone that was asked for
	Basis       law.Basis
	Met, Failed uint64
}

// MonthCounts counts the stored obligations of a cut's only duty by month.
func (s *Store) MonthCounts(ctx context.Context, c Cut, zone *time.Location) ([]MonthCount, error) {
	if len(c.Duties) != 1 {
		return nil, fmt.Errorf("count months: expected one duty, not %d", len(c.Duties))
	}
	var out []MonthCount
	err := s.each(ctx, "month_counts", func(rows driver.Rows) error {
		var n MonthCount
		if err := rows.Scan(&n.Province, &n.Month, (*string)(&n.Basis.Kind), &n.Basis.Confidence, &n.Met, &n.Failed); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, c.AsOf.UnixMilli(), zone.String(), c.Duties[0], listed(c.Kinds), listed(c.Without))
	return out, err
}

// Provinces lists the provinces in which obligations arose.
func (s *Store) Provinces(ctx context.Context) ([]string, error) {
	var out []string
	err := s.each(ctx, "provinces", func(rows driver.Rows) error {
		var province string
		if err := rows.Scan(&province); err != nil {
			return err
		}
		out = append(out, province)
		return nil
	})
	return out, err
}

// LastEventAt is when the latest stored event happened, the beginning of 1970 in
// an empty store. It costs the reading of one column, where Extent counts.
func (s *Store) LastEventAt(ctx context.Context) (time.Time, error) {
	var last time.Time
	err := s.each(ctx, "last_event", func(rows driver.Rows) error { return rows.Scan(&last) })
	return last, err
}

// An OpenAge counts open obligations that are equally old and were given
// equally long, in minutes.
type OpenAge struct {
	Duty, InstitutionKind, Risk, Province string

	Basis        law.Basis
	Age, Allowed int64
	FallsDue     bool // within the horizon
	Count        uint64
}

// OpenAges counts the obligations that are open at an instant.
func (s *Store) OpenAges(ctx context.Context, asOf, dueBy time.Time, of Choice) ([]OpenAge, error) {
	var out []OpenAge
	err := s.each(ctx, "open_ages", func(rows driver.Rows) error {
		var (
			n     OpenAge
			falls uint8
		)
		if err := rows.Scan(&n.Duty, (*string)(&n.Basis.Kind), &n.Basis.Confidence, &n.InstitutionKind, &n.Risk, &n.Province, &n.Age, &n.Allowed, &falls, &n.Count); err != nil {
			return err
		}
		n.FallsDue = falls == 1
		out = append(out, n)
		return nil
	}, asOf.UnixMilli(), dueBy.UnixMilli(), listed(of.Kinds), listed(of.Without))
	return out, err
}

// A StratumDuration counts obligations alike that ended, or were last seen, at
// about the same time after their start.
type StratumDuration struct {
	Duty, InstitutionKind, Risk, Region string

	Minutes          int64
	Events, Censored uint64 // ends of any kind; still open
}

// StratumDurations counts how long obligations that started after an instant
// took. regions gives the group of each province.
func (s *Store) StratumDurations(ctx context.Context, asOf, after time.Time, of Choice, regions map[string]string) ([]StratumDuration, error) {
	provinces, groups := []string{""}, []string{""}
	for province, region := range regions {
		provinces, groups = append(provinces, province), append(groups, region)
	}
	var out []StratumDuration
	err := s.each(ctx, "stratum_durations", func(rows driver.Rows) error {
		var n StratumDuration
		if err := rows.Scan(&n.Duty, &n.InstitutionKind, &n.Risk, &n.Region, &n.Minutes, &n.Events, &n.Censored); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, asOf.UnixMilli(), provinces, groups, after.UnixMilli(), listed(of.Kinds), listed(of.Without))
	return out, err
}

// each runs a query and scans its rows.
func (s *Store) each(ctx context.Context, query string, scan func(driver.Rows) error, args ...any) error {
	rows, err := s.conn.Query(ctx, s.sql[query], args...)
	if err != nil {
		return fmt.Errorf("query %s: %w", query, classify(err))
	}
	defer rows.Close() //nolint:errcheck // finish reports what matters.
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("scan %s: %w", query, classify(err))
		}
	}
	if err := finish(rows); err != nil {
		return fmt.Errorf("query %s: %w", query, err)
	}
	return nil
}

// listed is a list for IN, which may not be empty.
func listed(values []string) []string {
	if len(values) == 0 {
		return []string{"\x00"}
	}
	return values
}

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
