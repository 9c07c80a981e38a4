// Package storetest gives tests a store of their own on the engine of their process,
// filled with events and with what these come to.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

var databases atomic.Int64

// Open opens an empty store in a database of its own, which is dropped when the test
// ends. The package's TestMain has to be enginetest.Run.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	options := enginetest.Options(tb)
	name := fmt.Sprintf("storetest_%d", databases.Add(1))
	s, err := store.Open(tb.Context(), store.Config{
		Transport: enginetest.Open(tb).Transport(), Database: name, Log: slog.New(slog.DiscardHandler),
	}, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Close() //nolint:errcheck // The test is over.
		if err := conn.Exec(context.WithoutCancel(tb.Context()), "DROP DATABASE IF EXISTS "+name+" SYNC"); err != nil {
			tb.Error(err)
		}
		conn.Close() //nolint:errcheck // The test is over.
	})
	return s
}

// Events stores events, in the order in which they are given.
func Events(tb testing.TB, s *store.Store, events ...event.Event) {
	tb.Helper()
	recorded := make([]store.Recorded, len(events))
	for i, e := range events {
		recorded[i] = store.Recorded{Event: e, Digest: event.Digest{byte(i), byte(i >> 8), byte(i >> 16)}, Seq: uint64(i + 1), ReceivedAt: e.RecordedAt}
	}
	if err := s.InsertEvents(tb.Context(), recorded); err != nil {
		tb.Fatal(err)
	}
}

// Judge stores what the stored cases come to under a catalogue, as the sink does.
func Judge(tb testing.TB, s *store.Store, cat *law.Catalogue, asOf time.Time) {
	tb.Helper()
	var rows store.Rows
	for c, err := range s.Cases(tb.Context(), "") {
		if err != nil {
			tb.Fatal(err)
		}
		judged := contribution.Judge(cat, c.Plain(), obligation.Query{AsOf: asOf})
		rows.Add(&judged, cat.Label(), 1)
	}
	if err := s.Insert(tb.Context(), rows); err != nil {
		tb.Fatal(err)
	}
	if err := s.SetJudgedBy(tb.Context(), cat.Label()); err != nil {
		tb.Fatal(err)
	}
	if err := s.SetPeriodsUntil(tb.Context(), asOf.AddDate(0, 1, 0)); err != nil {
		tb.Fatal(err)
	}
}

// Scratch is what events come to under a catalogue, in a scratch of a store. Events of a
// case come one after the other.
func Scratch(tb testing.TB, s *store.Store, cat *law.Catalogue, asOf time.Time, events ...event.Event) *store.Scratch {
	tb.Helper()
	scratch, err := s.Scratch(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := scratch.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
	})
	var rows store.Rows
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Subject == events[0].Subject {
			n++
		}
		judged := contribution.Judge(cat, events[:n], obligation.Query{AsOf: asOf})
		rows.Add(&judged, cat.Label(), 1)
		events = events[n:]
	}
	if err := scratch.Insert(tb.Context(), rows); err != nil {
		tb.Fatal(err)
	}
	return scratch
}
