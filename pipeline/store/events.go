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

	"amparo/pipeline/store/columns"
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
	c := eventSets.take()
	defer eventSets.put(c)
	c.set.Reset()
	for i := range events {
		if err := c.add(&events[i]); err != nil {
			return fmt.Errorf("encode event %s: %w", events[i].ID, err)
		}
	}
	if err := c.set.Insert(ctx, s.conn, s.inside, s.sql["insert_events"]); err != nil {
		return fmt.Errorf("insert %d events: %w", len(events), classify(err))
	}
	return nil
}

// eventColumns are the columns of events that are inserted.
type eventColumns struct {
	set                                  columns.Set
	caseID, source, id, dataSchema, data *columns.Text
	typ                                  *columns.Word
	occurredAt, recordedAt, receivedAt   *columns.Instants
	digest                               *columns.Bytes
	seq, precedence                      *columns.Number
}

var eventSets = room(func() *eventColumns {
	c := &eventColumns{}
	s := &c.set
	c.caseID, c.source, c.id, c.typ = s.Text("case_id"), s.Text("source"), s.Text("event_id"), s.Word("type")
	c.occurredAt, c.recordedAt, c.receivedAt = s.Instant("occurred_at"), s.Instant("recorded_at"), s.Instant("received_at")
	c.dataSchema, c.data, c.digest = s.Text("data_schema"), s.Text("data"), s.Bytes("digest", len(event.Digest{}))
	c.seq, c.precedence = s.Number("stream_seq"), s.Number("precedence")
	return c
})

func (c *eventColumns) add(e *Recorded) error {
	data := e.DataText
	if data == nil {
		var err error
		if data, err = e.Data.Canonical(); err != nil {
			return err
		}
	}
	c.caseID.Append(e.Subject)
	c.source.Append(e.Source)
	c.id.Append(e.ID)
	c.typ.Append(e.Type)
	c.occurredAt.Append(e.At)
	c.recordedAt.Append(e.RecordedAt)
	c.receivedAt.Append(e.ReceivedAt)
	c.dataSchema.Append(e.DataSchema)
	c.data.AppendBytes(data)
	c.digest.Append(e.Digest[:])
	c.seq.Append(e.Seq)
	c.precedence.Append(precedence(e))
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
	var set columns.Set
	caseID, source, id := set.Text("case_id"), set.Text("source"), set.Text("event_id")
	digest, seq := set.Bytes("digest", len(event.Digest{})), set.Number("stream_seq")
	take := func() error {
		for i := range set.Rows() {
			out[event.Identity{Subject: caseID.Row(i), Source: source.Row(i), ID: id.Row(i)}] = Version{event.Digest(digest.Row(i)), seq.Row(i)}
		}
		return nil
	}
	for part := range chunks(identities, historyChunk) {
		if err := s.AskColumns(ctx, "identities", &set, take, s.sql["identities"], distinct(part, subjectOf), distinct(part, idOf)); err != nil {
			return nil, err
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
		err := s.eachCase(ctx, "history", func(c CaseHistory) error {
			// Its events may lie apart: what is read is in no order of cases.
			out[c.CaseID] = append(out[c.CaseID], c.Events...)
			return nil
		}, part)
		if err != nil {
			return nil, fmt.Errorf("read the history of %d cases: %w", len(part), err)
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

// errEnough ends a reading whose reader has had enough.
var errEnough = errors.New("enough was read")

// Cases yields every case with all its events, in order of case id, beginning
// after a case id ("" for all). The events have no digests.
func (s *Store) Cases(ctx context.Context, after string) iter.Seq2[CaseHistory, error] {
	return func(yield func(CaseHistory, error) bool) {
		err := s.eachCase(ctx, "all_events", func(c CaseHistory) error {
			if !yield(c, nil) {
				return errEnough
			}
			return nil
		}, after)
		if err != nil && !errors.Is(err, errEnough) {
			yield(CaseHistory{}, fmt.Errorf("read all events: %w", err))
		}
	}
}

// eachCase runs a query for events and hands over what lies together of one case.
func (s *Store) eachCase(ctx context.Context, query string, take func(CaseHistory) error, args ...any) error {
	r := newEventReader(query == "history", query == "history")
	var last []Recorded // of the case that the next part may go on with
	err := r.set.Query(ctx, s.conn, s.inside, func() error {
		events, err := r.events(last)
		if err != nil {
			return err
		}
		from := 0
		for i := range events {
			if events[i].Subject != events[from].Subject {
				if err := take(CaseHistory{events[from].Subject, events[from:i:i]}); err != nil {
					return err
				}
				from = i
			}
		}
		last = events[from:]
		return nil
	}, s.sql[query], args...)
	if err == nil && len(last) > 0 {
		err = take(CaseHistory{last[0].Subject, last})
	}
	if errors.Is(err, errEnough) {
		return err
	}
	return classify(err)
}

// An eventReader turns columns into events.
type eventReader struct {
	set                     columns.Set
	caseID, source, id, typ *columns.Text
	dataSchema, data        *columns.Text
	occurredAt, recordedAt  *columns.Instants
	digest                  *columns.Bytes // nil where it is not asked for
	seq                     *columns.Number
	apart                   bool              // each text has memory of its own, for whoever keeps some events
	few                     map[string]string // texts that come again and again, each once
}

func newEventReader(digests, apart bool) *eventReader {
	r := &eventReader{few: map[string]string{}, apart: apart}
	s := &r.set
	r.caseID, r.source, r.id, r.typ = s.Text("case_id"), s.Text("source"), s.Text("event_id"), s.Text("type")
	r.occurredAt, r.recordedAt = s.Instant("occurred_at"), s.Instant("recorded_at")
	r.dataSchema, r.data = s.Text("data_schema"), s.Text("data")
	if digests {
		r.digest = s.Bytes("digest", len(event.Digest{}))
	}
	r.seq = s.Number("stream_seq")
	return r
}

// events are those of the part that was read, behind those that come before them.
func (r *eventReader) events(before []Recorded) ([]Recorded, error) {
	n := r.set.Rows()
	events := append(make([]Recorded, 0, len(before)+n), before...)[:len(before)+n]
	fresh := events[len(before):]
	caseIDs, ids, data := r.texts(r.caseID), r.texts(r.id), r.texts(r.data)
	for i := range fresh {
		e := &fresh[i]
		if at := len(before) + i; at > 0 && events[at-1].Subject == string(r.caseID.RowBytes(i)) {
			e.Subject = events[at-1].Subject
		} else {
			e.Subject = caseIDs(i)
		}
		e.Source, e.Type, e.DataSchema = r.once(r.source, i), r.once(r.typ, i), r.once(r.dataSchema, i)
		e.ID, e.Seq = ids(i), r.seq.Row(i)
		e.At, e.RecordedAt = r.occurredAt.Row(i), r.recordedAt.Row(i)
		if r.digest != nil {
			copy(e.Digest[:], r.digest.Row(i))
		}
	}
	return events, parseData(fresh, data)
}

// texts gives the texts of a column, which share one memory unless they are kept
// apart.
func (r *eventReader) texts(c *columns.Text) func(i int) string {
	if r.apart {
		return c.Row
	}
	all := string(c.Buf)
	return func(i int) string { return all[c.Pos[i].Start:c.Pos[i].End] }
}

// once is a text of which there are few different ones.
func (r *eventReader) once(c *columns.Text, i int) string {
	text := c.RowBytes(i)
	if len(text) == 0 {
		return ""
	}
	known, ok := r.few[string(text)]
	if !ok {
		if len(r.few) == mostFew {
			clear(r.few)
		}
		known = string(text)
		r.few[known] = known
	}
	return known
}

// mostFew bounds what is remembered of texts that are thought to be few.
const mostFew = 50_000

// parseData parses the data of events, on all processors.
func parseData(events []Recorded, data func(i int) string) error {
	workers := min(runtime.GOMAXPROCS(0), len(events))
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * len(events) / workers; i < (w+1)*len(events)/workers; i++ {
				var err error
				if events[i].Data, err = event.ParseDataText(data(i)); err != nil {
					errs[w] = fmt.Errorf("parse data of event %s: %w", events[i].ID, err)
					return
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
