package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/intake"
)

// slow is a stream that keeps a batch on its way until it is let go.
type slow struct {
	down
	let  chan struct{}
	mu   sync.Mutex
	last uint64
	sent []int // messages of each batch
}

func (s *slow) Publish(_ context.Context, messages []stream.Message) (stream.Accepted, error) {
	s.mu.Lock()
	s.sent = append(s.sent, len(messages))
	s.mu.Unlock()
	<-s.let
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.last + 1
	s.last += uint64(len(messages))
	return stream.Accepted{First: first, Last: s.last}, nil
}

func (s *slow) batches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent)
}

// gathering runs an intake before a stream that keeps every batch on its way, until the steps are done and all batches
// are let go. It returns what became of each line that was submitted.
func gathering(t *testing.T, to *slow, steps func(submit func(lines ...string))) (results []intake.Result) {
	t.Helper()
	in := intake.New(catalogue(t), to, func() time.Time { return now }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	var working sync.WaitGroup
	var answers [][]intake.Outcome
	steps(func(lines ...string) {
		raws := make([]event.Raw, len(lines))
		for i := range lines {
			raws[i] = event.Raw{Line: i + 1, Bytes: []byte(lines[i])}
		}
		n := len(answers)
		answers = append(answers, nil)
		working.Go(func() {
			outcomes, err := in.Submit(t.Context(), intake.Submission{Origin: "test", Raws: raws})
			if err != nil {
				t.Error(err)
			}
			answers[n] = outcomes
		})
		synctest.Wait()
		time.Sleep(time.Second) // Far longer than anybody lingers.
	})
	close(to.let)
	working.Wait()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, outcomes := range answers {
		for i := range outcomes {
			results = append(results, outcomes[i].Result)
		}
	}
	return results
}

// While one batch is on its way to the disk, what is submitted gathers to one more;
// whether it is new is said when it is known what became of the batch before.
func TestTheNextBatchGathersWhileOneIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &slow{let: make(chan struct{})}
		got := gathering(t, to, func(submit func(lines ...string)) {
			submit(report("e-1"))
			submit(report("e-2"))
			submit(report("e-1"))
			submit(report("e-1", "040101", "150101"))
			submit(report("e-3"))
			if n := to.batches(); n != 1 {
				t.Errorf("%d batches were on their way at once", n)
			}
		})
		want := []intake.Result{intake.Accepted, intake.Accepted, intake.Duplicate, intake.Conflict, intake.Accepted}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
		if n := to.batches(); n != 2 || to.sent[1] != 3 {
			t.Errorf("batches of %v messages, want 1 and 3: two that are new and one in conflict", to.sent)
		}
	})
}

// A batch that is full goes on its way while another is on it, but for one in which an event is that flies already:
// whether this one is new depends on what becomes of the other.
func TestAFullBatchFliesBesideAnother(t *testing.T) {
	const few = 10 // Events that come together and travel alone.
	fill := func(submit func(lines ...string), id, last string) {
		for n := range stream.MaxBatch / few {
			var lines []string
			for i := range few {
				lines = append(lines, report(fmt.Sprintf("%s-%d-%d", id, n, i)))
			}
			if n == stream.MaxBatch/few-1 {
				lines[few-1] = last
			}
			submit(lines...)
		}
	}
	for name, test := range map[string]struct {
		second string
		flying int
		result intake.Result
	}{
		"new":             {report("b-1"), 2, intake.Accepted},
		"flying":          {report("a-1"), 1, intake.Duplicate},
		"flying, changed": {report("a-1", "040101", "150101"), 1, intake.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &slow{let: make(chan struct{})}
				got := gathering(t, to, func(submit func(lines ...string)) {
					submit(report("a-1"))
					fill(submit, "b", test.second)
					if n := to.batches(); n != test.flying {
						t.Errorf("%d batches are on their way, want %d", n, test.flying)
					}
					fill(submit, "c", report("c-1"))
					if n := to.batches(); n != test.flying {
						t.Errorf("%d batches are on their way at once", n)
					}
				})
				if result := got[stream.MaxBatch]; result != test.result {
					t.Errorf("the last event of the second batch is %q, want %q", result, test.result)
				}
			})
		})
	}
}
