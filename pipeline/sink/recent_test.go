package sink

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
)

// A case that is touched again soon after it was judged is still whole in memory,
// with what it came to: nothing is read back, and what is gone goes.
func TestOfACaseJudgedAMomentAgoNothingIsAsked(t *testing.T) {
	want := undisturbed(t)
	q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
	if _, err := drain(t, q, m, Config{Alone: true, MaxBatch: 2}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
	if asked := m.calls["Stored"] + m.calls["History"] + m.calls["Known"] + m.calls["KnownContributions"]; asked > 0 || m.calls["StoredCases"] != 1 {
		t.Errorf("the store was asked: %v", m.calls)
	}
	if q.acks != 3 {
		t.Errorf("%d batches, want 3", q.acks)
	}
	for name, tt := range map[string]struct {
		cfg       Config
		histories int
	}{
		"no room for one of them": {Config{Alone: true, MaxBatch: 2, MaxRecent: 1}, 2}, // All but the first batch.
		"among several sinks":     {Config{MaxBatch: 2}, 3},
	} {
		m := newMemory()
		if _, err := drain(t, &queue{events: deliveries(twoCases()...)}, m, tt.cfg); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, judged(m)); diff != "" {
			t.Errorf("%s: judged otherwise:\n%s", name, diff)
		}
		if m.calls["History"] != tt.histories || m.calls["Known"] != tt.histories {
			t.Errorf("%s: the store was asked: %v, want %d histories", name, m.calls, tt.histories)
		}
	}
}

// Where deliveries went elsewhere, another process may have stored and judged them:
// what is remembered may not be all any more.
func TestAnInterruptionForgetsWhatWasRemembered(t *testing.T) {
	l := twoCases()
	lines := []string{l[0], l[1], l[3], l[4], l[2], l[5], line("e-7", "c-1", "measures.decided", 700, `,"measure":"m-9","outcome":"granted"`)}
	plain := newMemory()
	if _, err := drain(t, &queue{events: deliveries(lines...)}, plain, Config{}); err != nil {
		t.Fatal(err)
	}
	q, m := &queue{events: deliveries(lines...)}, newMemory()
	q.failAck = func(n int) error {
		if n != 2 {
			return nil
		}
		// The second batch is of the other case alone.
		var events []store.Recorded
		for i := range q.events[:6] {
			e, refusal := decodeOne(shipped.Door(), shipped.Label(), nil, &q.events[i])
			if refusal != nil {
				t.Fatal(refusal)
			}
			events = append(events, e)
		}
		other := judge{cat: shipped, to: m, horizon: Config{}.withDefaults().Horizon}
		if err := m.InsertEvents(t.Context(), events); err != nil {
			t.Fatal(err)
		}
		if _, err := other.update(t.Context(), []string{"c-1", "c-2"}, m.events, start.Add(48*time.Hour)); err != nil {
			t.Fatal(err)
		}
		q.acked = 6
		return stream.ErrInterrupted
	}
	if _, err := drain(t, q, m, Config{Alone: true, MaxBatch: 2}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(judged(plain), judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
}

// A process that is killed between storing and acknowledging remembers nothing.
func TestACrashForgetsWhatWasRemembered(t *testing.T) {
	want := undisturbed(t)
	for _, call := range []string{"InsertEvents", "Insert"} {
		t.Run(call, func(t *testing.T) {
			q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
			m.fail = func(c string, n int) error {
				if c == call && n == 2 {
					return wrongTables{}
				}
				return nil
			}
			cfg := Config{Alone: true, MaxBatch: 2}
			if _, err := drain(t, q, m, cfg); !errors.As(err, &wrongTables{}) {
				t.Fatalf("got %v", err)
			}
			if q.acked != 2 {
				t.Fatalf("acknowledged to %d", q.acked)
			}
			m.fail = func(string, int) error { return nil }
			if err := q.Retry(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := drain(t, q, m, cfg); err != nil {
				t.Fatal(err)
			}
			if m.calls["History"] == 0 || q.acked != 6 {
				t.Errorf("the store was asked %v, acknowledged to %d", m.calls, q.acked)
			}
			if diff := cmp.Diff(want, judged(m)); diff != "" {
				t.Errorf("judged otherwise:\n%s", diff)
			}
		})
	}
}

// After a rebuild the tables hold what it has judged: what was noted before it is
// no longer what is stored.
func TestARebuildForgetsWhatWasRemembered(t *testing.T) {
	want := undisturbed(t)
	q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
	m.rebuilds = func(int) string {
		if q.acked < 4 {
			return ""
		}
		clear(m.obligations) // The tables that were put in place lack what is judged next.
		return rebuildDone + "1"
	}
	if _, err := drain(t, q, m, Config{Alone: true, MaxBatch: 2}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
}

// A sweep writes periods ahead: what was noted before it is looked up again.
func TestASweepForgetsWhatWasRemembered(t *testing.T) {
	want := undisturbed(t)
	q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
	if _, err := drain(t, q, m, Config{Alone: true, MaxBatch: 2, SweepEvery: -1}); err != nil { // Before each batch.
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
	if m.calls["Lagging"] < 3 || m.calls["Stored"] != 2 {
		t.Errorf("the store was asked %v, want two batches to be looked up behind sweeps", m.calls)
	}
}

// Whatever is lost, comes again or fails at whatever instant, and however little
// is remembered: the rows are the same.
func TestWhatIsRememberedChangesNothing(t *testing.T) {
	want := undisturbed(t)
	unknown, interrupted := errors.New("nobody knows"), fmt.Errorf("lost: %w", stream.ErrInterrupted)
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		lines := twoCases()
		rng.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
		for range rng.IntN(8) { // Some come again, much later.
			lines = append(lines, lines[rng.IntN(6)])
		}
		q, m := &queue{events: deliveries(lines...), atMost: 1 + rng.IntN(4)}, newMemory()
		calls := []string{"InsertEvents", "Insert", "Stored", "StoredCases", "History", "Known", "KnownContributions", "State", "SetState"}
		m.fail = func(call string, _ int) error {
			switch n := rng.IntN(60); {
			case n < 3 && slices.Contains(calls, call):
				return unknown
			case n == 3 && call != "State":
				return interrupted
			}
			return nil
		}
		q.failAck = func(int) error {
			if rng.IntN(4) == 0 {
				return interrupted
			}
			return nil
		}
		cfg := Config{Alone: true, MaxBatch: 1 + rng.IntN(4), MaxRecent: 1 + rng.IntN(12)}
		if _, err := drain(t, q, m, cfg); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, judged(m)); diff != "" || q.acked != uint64(len(lines)) || m.inserts != 6 {
			t.Fatalf("seed %d: acknowledged to %d of %d, %d events stored\n%s", seed, q.acked, len(lines), m.inserts, diff)
		}
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	r := recent{most: 100}
	of := func(n int) *whole { return &whole{events: make([]store.Recorded, n), came: &outcome{}} }
	for i := range 1000 {
		r.keep(fmt.Sprint(i), of(1+i%7))
		held := 0
		for _, half := range []map[string]*whole{r.young, r.old} {
			for _, c := range half {
				held += len(c.events)
			}
		}
		if held > 2*r.most {
			t.Fatalf("%d events are remembered after %d cases", held, i+1)
		}
	}
	if r.take("999") == nil || r.take("999") != nil || r.take("0") != nil {
		t.Error("the last case is remembered once, and the first not at all")
	}
	r.keep("large", of(101))
	if r.take("large") != nil {
		t.Error("a case larger than the room is remembered")
	}
	r.drop()
	if r.take("998") != nil {
		t.Error("something is remembered of what was dropped")
	}
}
