package stream

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	replayBatch = 5_000
	replayWait  = 5 * time.Second
	// replayIdle is how long the server keeps the reader of a replay whose process has died or is busy with a batch.
	replayIdle = 10 * time.Minute
	// replayAttempts is how often in a row a replay begins again where it stopped before it gives up.
	replayAttempts = 10
)

// Replay yields the events, those in frames too, from sequence from to sequence to, both included, in order, each once.
// A to of 0 means the newest event at the time of the call. Departments nil means all.
// It keeps no position on the server. After an error it stops; begin again after the last event yielded.
func (s *Stream) Replay(ctx context.Context, from, to uint64, departments []string) iter.Seq2[Delivered, error] {
	return func(yield func(Delivered, error) bool) {
		filters, err := eventFilters(departments)
		if err != nil {
			yield(Delivered{}, err)
			return
		}
		s.scan(ctx, scanRange{eventsStream, from, to, filters}, func(d Delivered, err error) bool {
			if err != nil {
				return yield(d, err)
			}
			for _, e := range s.unfold(nil, d) {
				if !yield(e, nil) {
					return false
				}
			}
			return true
		})
	}
}

// scanRange is a part of one stream.
type scanRange struct {
	stream   string
	from, to uint64
	filters  []string
}

// scan yields the messages of a range. It goes on by itself over an interrupted connection, as long as it makes
// progress.
func (s *Stream) scan(ctx context.Context, r scanRange, yield func(Delivered, error) bool) {
	last, err := s.lastSeq(ctx, r.stream)
	if err != nil {
		yield(Delivered{}, err)
		return
	}
	if r.to == 0 || r.to > last {
		r.to = last
	}
	next := max(r.from, 1)
	for attempt := 0; next <= r.to; {
		before := next
		done, err := s.scanOnce(ctx, r, &next, yield)
		if done {
			return
		}
		if next > before {
			attempt = 0
		}
		if attempt++; ctx.Err() != nil || attempt >= replayAttempts {
			yield(Delivered{}, wrap(ctx, fmt.Sprintf("replay %s from sequence %d", r.stream, next), err))
			return
		}
		if err := sleep(ctx, retryDelay(attempt-1, defaultRetryDelay, requestTimeout)); err != nil {
			yield(Delivered{}, wrap(ctx, "replay "+r.stream, err))
			return
		}
	}
}

// scanOnce reads from next on, and moves it past every message it yields. done means that the range is read or the
// reader wants no more.
func (s *Stream) scanOnce(ctx context.Context, r scanRange, next *uint64, yield func(Delivered, error) bool) (done bool, err error) {
	name := "replay-" + nuid.Next()
	pending, err := s.openReader(ctx, r.stream, name, *next, r.filters)
	if err != nil {
		return false, err
	}
	defer s.dropReader(ctx, r.stream, name)
	number := uint64(0)
	for pending > 0 {
		got, err := s.pull(ctx, r.stream, name, replayBatch, replayWait)
		if err != nil && len(got) == 0 {
			return false, err
		}
		if len(got) == 0 {
			// Messages that were waiting have been taken out of the stream meanwhile: look again.
			return false, fmt.Errorf("read %s: %d messages announced, none came", r.stream, pending)
		}
		for _, d := range got {
			if number++; d.number != number {
				return false, fmt.Errorf("read %s: delivery %d came instead of %d", r.stream, d.number, number)
			}
			if d.Seq > r.to {
				return true, nil
			}
			*next, pending = d.Seq+1, d.pending
			if !yield(d.Delivered, nil) {
				return true, nil
			}
		}
	}
	return true, nil
}

// openReader creates a reader that keeps no acknowledgements, and says how many messages wait for it.
func (s *Stream) openReader(ctx context.Context, stream, name string, from uint64, filters []string) (pending uint64, err error) {
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	reader, err := s.js.CreateConsumer(bounded, stream, jetstream.ConsumerConfig{
		Name:              name,
		Description:       "Reads a range once, in order.",
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       from,
		AckPolicy:         jetstream.AckNonePolicy,
		MaxDeliver:        -1,
		FilterSubjects:    filters,
		ReplayPolicy:      jetstream.ReplayInstantPolicy,
		InactiveThreshold: replayIdle,
		Replicas:          1,
		MemoryStorage:     true,
	})
	if err != nil {
		return 0, err
	}
	return reader.CachedInfo().NumPending, nil
}

// dropReader tidies up; the server does it later when this fails.
func (s *Stream) dropReader(ctx context.Context, stream, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	if err := s.js.DeleteConsumer(ctx, stream, name); err != nil {
		s.log.Debug("reader left to expire", "reader", name, "error", err)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
