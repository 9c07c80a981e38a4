package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/schemas/event"
)

// State returns a value that the store remembers about itself, "" where it has
// none.
func (s *Store) State(ctx context.Context, name string) (string, error) {
	var values []struct {
		Value string `ch:"value"`
	}
	if err := s.conn.Select(ctx, &values, "SELECT value FROM state FINAL WHERE name = ?", name); err != nil {
		return "", fmt.Errorf("read state %s: %w", name, classify(err))
	}
	if len(values) == 0 {
		return "", nil
	}
	return values[0].Value, nil
}

// SetState remembers a value.
func (s *Store) SetState(ctx context.Context, name, value string) error {
	if err := s.conn.Exec(ctx, "INSERT INTO state (name, value, changed_at) VALUES (?, ?, fromUnixTimestamp64Milli(toInt64(?), 'UTC'))",
		name, value, s.now().UnixMilli()); err != nil {
		return fmt.Errorf("write state %s: %w", name, classify(err))
	}
	return nil
}

// format is the form of the rows that are folded from events. It is part of what
// the store remembers of its judge: rows of another form are folded again.
const format = "+rows-2"

// JudgedBy is the label of the catalogue that judged all that is stored, "" where
// none did in the form of today.
func (s *Store) JudgedBy(ctx context.Context) (string, error) {
	value, err := s.State(ctx, "judged-by")
	label, current := strings.CutSuffix(value, format)
	if !current {
		return "", err
	}
	return label, err
}

// SetJudgedBy remembers under which catalogue all that is stored was judged.
func (s *Store) SetJudgedBy(ctx context.Context, label string) error {
	return s.SetState(ctx, "judged-by", label+format)
}

// SetPeriodsUntil remembers how far ahead recurring periods are written.
func (s *Store) SetPeriodsUntil(ctx context.Context, until time.Time) error {
	return s.SetState(ctx, "periods-until", event.FormatInstant(until))
}

// Answers reports whether what is stored answers a question about an instant under
// a catalogue: judged under it, no event later than the instant, and recurring
// periods written beyond it. A question about now is answered although clocks that run
// ahead have put an event a little after it.
func (s *Store) Answers(ctx context.Context, label string, asOf time.Time) (bool, error) {
	judged, err := s.judgedUntil(ctx, label)
	if err != nil || judged.Before(asOf) {
		var events uint64
		if err == nil {
			err = s.each(ctx, "event_count", func(rows driver.Rows) error { return rows.Scan(&events) })
		}
		return err == nil && events == 0, err // Where nothing is stored there is nothing to judge.
	}
	// What happens while the question is asked belongs to no earlier instant.
	if !asOf.Before(s.now().Add(-time.Minute)) {
		return true, nil
	}
	var last time.Time
	err = s.each(ctx, "last_event", func(rows driver.Rows) error { return rows.Scan(&last) })
	return err == nil && !last.After(asOf), err
}

// judgedUntil is how far ahead everything is judged under a catalogue, periods that recur
// among it; the zero instant where it is not.
func (s *Store) judgedUntil(ctx context.Context, label string) (time.Time, error) {
	judge, err := s.JudgedBy(ctx)
	if err != nil || judge != label {
		return time.Time{}, err
	}
	written, err := s.State(ctx, "periods-until")
	if err != nil || written == "" {
		return time.Time{}, err // Never swept: periods may lack.
	}
	until, err := time.Parse(time.RFC3339Nano, written)
	if err != nil {
		return time.Time{}, fmt.Errorf("read how far ahead periods are written: %w", err)
	}
	return until, nil
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
