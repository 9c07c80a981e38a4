package sink_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/obligation"
	"amparo/pipeline/simulation"
	"amparo/pipeline/sink"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

var now = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

var databases atomic.Int64

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{
		Transport: enginetest.Open(t).Transport(), Database: fmt.Sprintf("sink_%d", databases.Add(1)), Log: slog.New(slog.DiscardHandler),
	}, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// accept puts simulated cases on a stream, in frames and alone.
func accept(t *testing.T, cat *law.Catalogue, to *stream.Stream) {
	t.Helper()
	s, err := simulation.New(cat, simulation.Config{Seed: 5, Cases: 12, From: now.AddDate(0, -9, 0), To: now, AsOf: now})
	if err != nil {
		t.Fatal(err)
	}
	door := intake.New(cat, to, clock, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	var raws []event.Raw
	for c := range s.Cases() {
		for e := range c.Arrivals() {
			line, err := e.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			raws = append(raws, event.Raw{Line: len(raws) + 1, Bytes: line})
		}
	}
	for _, part := range [][]event.Raw{raws[:10], raws[10:200], raws[200:205], raws[205:]} {
		if _, err := door.Accept(t.Context(), "test", part); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t *testing.T, cat *law.Catalogue, from *stream.Stream, to *store.Store) *sinkservice.Service {
	t.Helper()
	s, err := sinkservice.New(t.Context(), sinkservice.Config{}, cat, from, to, clock, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run lets a sink judge everything that is on the stream.
func run(t *testing.T, from *stream.Stream, s *sinkservice.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	last, err := from.LastSeq(t.Context())
	for done := uint64(0); err == nil && done < last; {
		done, err = from.Acknowledged(t.Context(), sinkservice.ConsumerName(nil))
	}
	stop()
	if runErr := <-ended; err != nil || runErr != nil {
		t.Fatal(err, runErr)
	}
}

// holds is what a store has: its extent and every obligation.
func holds(t *testing.T, s *store.Store) (store.Extent, []obligation.Obligation) {
	t.Helper()
	extent, err := s.Extent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []obligation.Obligation
	for o, err := range s.Obligations(t.Context(), now.AddDate(1, 0, 0)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return extent, out
}

// Everything is acknowledged, and then the store is gone, or older than that: the
// stream fills it again. A restoration that broke off has stored without judging,
// in the midst of a frame, and must not be taken for one that is through.
func TestALostStoreIsFilledAgainFromTheStream(t *testing.T) {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	from, whole := streamtest.Open(t), openStore(t)
	accept(t, cat, from)
	run(t, from, open(t, cat, from, whole))
	wantExtent, want := holds(t, whole)
	if wantExtent.Events < 300 || len(want) < 100 {
		t.Fatalf("%d events and %d obligations are too few to say anything", wantExtent.Events, len(want))
	}
	var part []store.Recorded
	for d, err := range from.Replay(t.Context(), 1, 0, nil) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Parse(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		if part = append(part, store.Recorded{Event: e, Digest: event.DigestOf(d.Data), Seq: d.Seq, Line: d.Line, ReceivedAt: d.ReceivedAt}); len(part) == 300 {
			break
		}
	}
	if part[299].Line == 0 {
		t.Fatal("the part does not end in the midst of a frame")
	}
	lost := map[string]func(*store.Store) error{
		"lost": func(*store.Store) error { return nil },
		"half restored": func(s *store.Store) error {
			if err := s.InsertEvents(t.Context(), part); err != nil {
				return err
			}
			return s.SetState(t.Context(), sink.RestoringFrom, "1")
		},
	}
	for name, prepare := range lost {
		t.Run(name, func(t *testing.T) {
			s := openStore(t)
			if err := prepare(s); err != nil {
				t.Fatal(err)
			}
			for range 2 { // The second start finds nothing to do.
				open(t, cat, from, s)
				extent, got := holds(t, s)
				if diff := cmp.Diff(wantExtent, extent); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("obligations (-want +got):\n%.2000s", diff)
				}
			}
			if text, err := s.State(t.Context(), sink.RestoringFrom); err != nil || text != "" {
				t.Errorf("still being restored from %q (%v)", text, err)
			}
		})
	}
}
