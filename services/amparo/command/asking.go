package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/services/installation"
)

// Instants are the two flags that say from which knowledge to judge.
type Instants struct {
	AsOf    string `placeholder:"INSTANT" help:"Judge at this instant (2026-01-01T10:15:00-05:00) or at the end of this day (2026-01-01); default now."`
	KnownAt string `placeholder:"INSTANT" help:"Use only what had been recorded by this instant, or by the end of this day."`
}

// Ask opens the store of an installation for a question at these instants.
func (f Instants) Ask(ctx context.Context, g *Globals, streams *Streams, answer func(*installation.Installation, obligation.Query) error) error {
	return ReadingStore(ctx, g, streams, func(in *installation.Installation) error {
		q, err := f.Query(streams.Now(), in.Catalogue.Zone)
		if err != nil {
			return err
		}
		return answer(in, q)
	})
}

// Query reads the flags, days in the zone of the catalogue. Instants are cut to the
// millisecond, as events are.
func (f Instants) Query(now time.Time, zone *time.Location) (obligation.Query, error) {
	now = now.UTC().Truncate(time.Millisecond)
	q := obligation.Query{AsOf: now}
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"--as-of", f.AsOf, &q.AsOf}, {"--known-at", f.KnownAt, &q.KnownAt}} {
		if flag.text == "" {
			continue
		}
		t, err := parseInstant(flag.text, now, zone)
		if err != nil {
			return q, Invalid(fmt.Errorf("%s %w", flag.name, err))
		}
		*flag.into = t
	}
	return q, nil
}

// parseInstant reads an instant, or a civil day, of which it is the last
// millisecond; of today, what there is of it.
func parseInstant(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC().Truncate(time.Millisecond), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q: expected a day such as 2024-03-01, or an instant such as 2024-03-01T10:15:00-05:00", text)
	}
	end := day.AddDate(0, 0, 1).Add(-time.Millisecond).UTC()
	if !day.After(now) && end.After(now) {
		return now, nil
	}
	return end, nil
}

// CivilDays are the two flags that bound deadlines by local days.
type CivilDays struct {
	From string `placeholder:"DATE" help:"Only what falls due on this day or later, as people there count days."`
	To   string `placeholder:"DATE" help:"Only what falls due on this day or earlier."`
}

// Bounds reads the flags. A deadline belongs to the day that it ends, so that one
// at midnight is of the day before.
func (f CivilDays) Bounds(zone *time.Location) (holds func(time.Time) bool, err error) {
	var from, to time.Time
	if f.From != "" {
		if from, err = ParseDay("--from", f.From, zone); err != nil {
			return nil, Invalid(err)
		}
	}
	if f.To != "" {
		if to, err = ParseDay("--to", f.To, zone); err != nil {
			return nil, Invalid(err)
		}
		to = to.AddDate(0, 0, 1)
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return nil, Invalid(fmt.Errorf("--from %s lies after --to %s", f.From, f.To))
	}
	return func(t time.Time) bool {
		return (from.IsZero() || t.After(from)) && (to.IsZero() || !t.After(to))
	}, nil
}

// ParseDay reads a local day; flag is where it was given.
func ParseDay(flag, text string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return t, fmt.Errorf("%s %q: expected a date such as 2024-01-31", flag, text)
	}
	return t, nil
}

// A Span of time as people give it: 24h, 7d, 2w.
type Span time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	given := strings.TrimSpace(string(text))
	for unit, hours := range map[string]float64{"d": 24, "w": 7 * 24} {
		if number, ok := strings.CutSuffix(given, unit); ok {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || n < 0 || n > 100_000 {
				return errSpan
			}
			*s = Span(n * hours * float64(time.Hour))
			return nil
		}
	}
	d, err := time.ParseDuration(given)
	if err != nil {
		return errSpan
	}
	*s = Span(d)
	return nil
}

var errSpan = errors.New("expected a time such as 24h, 7d or 2w")

// Words says a span in whole days where it is some, else in hours.
func (s Span) Words() (n float64, unit string) {
	hours := time.Duration(s).Hours()
	if days := hours / 24; days >= 2 && days == float64(int(days)) {
		return days, "days"
	}
	return hours, "hours"
}
