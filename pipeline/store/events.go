package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/schemas/event"
)

// A Recorded event is an event with its place in the stream.
type Recorded struct {
	event.Event
	Digest event.Digest
	Seq    uint64 // stream sequence

	// The rest is set on insert only.
	Line       int       // place in a frame, from 1; 0 where it was no frame
	ReceivedAt time.Time // when the stream took it
	DataText   []byte    // the data's canonical form; nil where it is still to be made
}

// InsertEvents stores events in one insert that is on disk when it returns.
func (s *Store) InsertEvents(ctx context.Context, events []Recorded) error {
	if len(events) == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, s.sql["insert_events"])
	if err != nil {
		return fmt.Errorf("prepare insert of %d events: %w", len(events), classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for i := range events {
		e := &events[i]
		data := e.DataText
		if data == nil {
			if data, err = e.Data.Canonical(); err != nil {
				return fmt.Errorf("encode event %s: %w", e.ID, err)
			}
		}
		if err := batch.Append(
			e.Subject, e.Source, e.ID, e.Type, e.At, e.RecordedAt, e.ReceivedAt, e.DataSchema,
			string(data), e.Digest[:], e.Seq, precedence(e),
		); err != nil {
			return fmt.Errorf("append event %s: %w", e.ID, classify(err))
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert %d events: %w", len(events), classify(err))
	}
	return nil
}

// precedence falls as the place in the stream rises: the first accepted event of
// an identity stays. Rows from before there were frames hold the complement of
// the sequence alone, which is above all of these; their sequences are the lower
// ones.
func precedence(e *Recorded) uint64 {
	return math.MaxUint64 - (e.Seq<<lineBits | uint64(e.Line)) //nolint:gosec // A line of a frame, not negative.
}

// lineBits is room for the lines of the largest frame.
const lineBits = 16

// A Version is what is stored under an identity.
type Version struct {
	Digest event.Digest
	Seq    uint64
}

// Stored returns what is stored under some identities. Others of the same cases
// may be in the answer.
func (s *Store) Stored(ctx context.Context, identities []event.Identity) (map[event.Identity]Version, error) {
	out := make(map[event.Identity]Version, len(identities))
	for part := range chunks(identities, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["identities"], distinct(part, subjectOf), distinct(part, idOf))
		if err != nil {
			return nil, fmt.Errorf("look up %d events: %w", len(part), classify(err))
		}
		for rows.Next() {
			var (
				id     event.Identity
				digest string
				v      Version
			)
			if err := rows.Scan(&id.Subject, &id.Source, &id.ID, &digest, &v.Seq); err != nil {
				rows.Close() //nolint:errcheck // The scan's error is the one to report.
				return nil, fmt.Errorf("scan identity: %w", classify(err))
			}
			copy(v.Digest[:], digest)
			out[id] = v
		}
		if err := finish(rows); err != nil {
			return nil, fmt.Errorf("look up %d events: %w", len(part), err)
		}
	}
	return out, nil
}

func subjectOf(id event.Identity) string { return id.Subject }

func idOf(id event.Identity) string { return id.ID }

// distinct lists the values of one part of some identities, each once.
func distinct(identities []event.Identity, of func(event.Identity) string) []string {
	seen := make(map[string]bool, len(identities))
	var out []string
	for _, id := range identities {
		if v := of(id); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// historyChunk bounds how many cases one query asks for.
const historyChunk = 10_000

// History returns all stored events of some cases, by case.
func (s *Store) History(ctx context.Context, caseIDs []string) (map[string][]Recorded, error) {
	out := make(map[string][]Recorded, len(caseIDs))
	for part := range chunks(caseIDs, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["history"], part)
		if err != nil {
			return nil, fmt.Errorf("read the history of %d cases: %w", len(part), classify(err))
		}
		for events, err := range scanEvents(rows) {
			if err != nil {
				return nil, fmt.Errorf("read the history of %d cases: %w", len(part), err)
			}
			for _, e := range events {
				out[e.Subject] = append(out[e.Subject], e)
			}
		}
	}
	return out, nil
}

// A CaseHistory is one case with all its stored events.
type CaseHistory struct {
	CaseID string
	Events []Recorded
}

// Plain returns the case's events without their place in the stream.
func (c *CaseHistory) Plain() []event.Event {
	events := make([]event.Event, len(c.Events))
	for i := range c.Events {
		events[i] = c.Events[i].Event
	}
	return events
}

// Cases yields every case with all its events, in order of case id, beginning
// after a case id ("" for all).
func (s *Store) Cases(ctx context.Context, after string) iter.Seq2[CaseHistory, error] {
	return func(yield func(CaseHistory, error) bool) {
		rows, err := s.conn.Query(ctx, s.sql["all_events"], after)
		if err != nil {
			yield(CaseHistory{}, fmt.Errorf("read all events: %w", classify(err)))
			return
		}
		var current CaseHistory
		for events, err := range scanEvents(rows) {
			if err != nil {
				yield(CaseHistory{}, fmt.Errorf("read all events: %w", err))
				return
			}
			for _, e := range events {
				if e.Subject != current.CaseID {
					if len(current.Events) > 0 && !yield(current, nil) {
						return
					}
					current = CaseHistory{CaseID: e.Subject}
				}
				current.Events = append(current.Events, e)
			}
		}
		if len(current.Events) > 0 {
			yield(current, nil)
		}
	}
}

// scanChunk is how many events are parsed at once, on all processors.
const scanChunk = 20_000

// scanEvents reads rows to their end and closes them. It yields the events in
// order, in chunks.
func scanEvents(rows driver.Rows) iter.Seq2[[]Recorded, error] {
	return func(yield func([]Recorded, error) bool) {
		defer rows.Close() //nolint:errcheck // finish reports what matters.
		for more := true; more; {
			var (
				events []Recorded
				data   []string
			)
			for len(events) < scanChunk {
				if more = rows.Next(); !more {
					break
				}
				var (
					e            Recorded
					text, digest string
				)
				if err := rows.Scan(&e.Subject, &e.Source, &e.ID, &e.Type, &e.At, &e.RecordedAt, &e.DataSchema, &text, &digest, &e.Seq); err != nil {
					yield(nil, fmt.Errorf("scan event: %w", classify(err)))
					return
				}
				copy(e.Digest[:], digest)
				events, data = append(events, e), append(data, text)
			}
			if err := parseData(events, data); err != nil {
				yield(nil, err)
				return
			}
			if !yield(events, nil) {
				return
			}
		}
		if err := finish(rows); err != nil {
			yield(nil, err)
		}
	}
}

// parseData parses the data of events, on all processors.
func parseData(events []Recorded, data []string) error {
	errs := make([]error, len(events))
	workers := min(runtime.GOMAXPROCS(0), len(events))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(events); i += workers {
				if events[i].Data, errs[i] = event.ParseData([]byte(data[i])); errs[i] != nil {
					errs[i] = fmt.Errorf("parse data of event %s: %w", events[i].ID, errs[i])
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Extent says how much the store holds and how far it reaches.
type Extent struct {
	Events, Cases uint64
	LastEventAt   time.Time
	LastSeq       uint64
}

// Extent measures the store.
func (s *Store) Extent(ctx context.Context) (Extent, error) {
	var x Extent
	err := s.conn.QueryRow(ctx, s.sql["extent"]).Scan(&x.Events, &x.Cases, &x.LastEventAt, &x.LastSeq)
	if err != nil {
		return x, fmt.Errorf("measure the store: %w", classify(err))
	}
	return x, nil
}

// finish closes rows and returns the error that ended them, if any.
func finish(rows driver.Rows) error {
	if err := rows.Err(); err != nil {
		return classify(err)
	}
	return classify(rows.Close())
}

// chunks splits a list into parts of at most n.
func chunks[T any](list []T, n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			part := list[:min(n, len(list))]
			if !yield(part) {
				return
			}
			list = list[len(part):]
		}
	}
}

// CasesSince returns the cases with events that the stream took after a
// sequence.
func (s *Store) CasesSince(ctx context.Context, seq uint64) ([]string, error) {
	var cases []struct {
		CaseID string `ch:"case_id"`
	}
	if err := s.conn.Select(ctx, &cases, s.sql["cases_since"], seq); err != nil {
		return nil, fmt.Errorf("look for new cases: %w", classify(err))
	}
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.CaseID
	}
	return ids, nil
}
