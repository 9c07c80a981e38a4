package intake_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// While one batch is on its way to the disk, what is submitted gathers to one more;
// whether it is new is said when it is known what became of the batch before.
func TestTheNextBatchGathersWhileOneIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &slow{let: make(chan struct{})}
		in := intake.New(catalogue(t), to, func() time.Time { return now }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- in.Run(ctx) }()
		results := make([]intake.Result, 5)
		submit := func(i int, line string) {
			go func() {
				outcomes, err := in.Submit(t.Context(), intake.Submission{Origin: "test", Raws: []event.Raw{{Line: 1, Bytes: []byte(line)}}})
				if err != nil {
					t.Error(err)
					return
				}
				results[i] = outcomes[0].Result
			}()
			synctest.Wait()
			time.Sleep(time.Second) // Far longer than anybody lingers.
		}
		submit(0, report("e-1"))
		submit(1, report("e-2"))
		submit(2, report("e-1"))
		submit(3, report("e-1", "040101", "150101"))
		submit(4, report("e-3"))
		if n := to.batches(); n != 1 {
			t.Errorf("%d batches were on their way at once", n)
		}
		to.let <- struct{}{}
		to.let <- struct{}{}
		synctest.Wait()
		want := []intake.Result{intake.Accepted, intake.Accepted, intake.Duplicate, intake.Conflict, intake.Accepted}
		for i := range want {
			if results[i] != want[i] {
				t.Errorf("event %d is %q, want %q", i, results[i], want[i])
			}
		}
		if n := to.batches(); n != 2 || to.sent[1] != 3 {
			t.Errorf("batches of %v messages, want 1 and 3: two that are new and one in conflict", to.sent)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
