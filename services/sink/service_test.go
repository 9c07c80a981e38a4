package sink_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
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
	door := intake.New(cat, to, clock, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	raws := arrivals(t, cat)
	for _, part := range [][]event.Raw{raws[:10], raws[10:200], raws[200:205], raws[205:]} {
		if _, err := door.Accept(t.Context(), "test", part); err != nil {
			t.Fatal(err)
		}
	}
}

// arrivals are the events of simulated cases, as they come.
func arrivals(t *testing.T, cat *law.Catalogue) (raws []event.Raw) {
	t.Helper()
	s, err := simulation.New(cat, simulation.Config{Seed: 5, Cases: 12, From: now.AddDate(0, -9, 0), To: now, AsOf: now})
	if err != nil {
		t.Fatal(err)
	}
	for c := range s.Cases() {
		for e := range c.Arrivals() {
			line, err := e.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			raws = append(raws, event.Raw{Line: len(raws) + 1, Bytes: line})
		}
	}
	return raws
}

func open(t *testing.T, cat *law.Catalogue, from *stream.Stream, to *store.Store) *sinkservice.Service {
	t.Helper()
	return openWith(t, sinkservice.Config{}, cat, from, to)
}

func openWith(t *testing.T, cfg sinkservice.Config, cat *law.Catalogue, from *stream.Stream, to *store.Store) *sinkservice.Service {
	t.Helper()
	s, err := sinkservice.New(t.Context(), cfg, cat, from, to, clock, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
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

// counted counts what is taken from the door's memory, and misses some of it, as when it is overwritten.
type counted struct {
	*intake.Passed
	asked, found atomic.Int64
}

func (c *counted) Take(seq uint64, data []byte) (event.Line, event.Digest, bool) {
	if c.asked.Add(1)%5 == 0 {
		return event.Line{}, event.Digest{}, false
	}
	line, digest, found := c.Passed.Take(seq, data)
	if found {
		c.found.Add(1)
	}
	return line, digest, found
}

// What the door of the same process has read is not read again, and comes to the same as what is read from the stream.
func TestWhatTheDoorHasReadIsNotReadAgain(t *testing.T) {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	from, beside, alone := streamtest.Open(t), openStore(t), openStore(t)
	door := intake.New(cat, from, clock, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	passed := &counted{Passed: door.Passed()}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- door.Run(ctx) }()
	raws := arrivals(t, cat)
	for part := range slices.Chunk(raws, 10) {
		if _, err := door.Submit(t.Context(), intake.Submission{Origin: "test", Raws: part}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	run(t, from, openWith(t, sinkservice.Config{Passed: passed}, cat, from, beside))
	if n := passed.found.Load(); n < int64(len(raws)/2) {
		t.Errorf("%d of %d events were taken from the door's memory", n, len(raws))
	}
	if _, _, found := door.Passed().Take(1, raws[0].Bytes); found {
		t.Error("an event that was taken is still in the door's memory")
	}
	open(t, cat, from, alone) // It finds its store empty, and reads the stream from the beginning.
	wantExtent, want := holds(t, alone)
	extent, got := holds(t, beside)
	if diff := cmp.Diff(wantExtent, extent); diff != "" {
		t.Errorf("what is stored (-read again +taken):\n%s", diff)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("obligations (-read again +taken):\n%s", diff)
	}
}
