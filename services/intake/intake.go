// Package intake is the door for events: it validates, publishes what is valid
// as atomic batches that are on disk before anyone is told "accepted", and keeps
// what is refused, with the reason and without personal data.
package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Stream is where accepted events go.
type Stream interface {
	Publish(ctx context.Context, messages []stream.Message) (stream.Accepted, error)
	Reject(ctx context.Context, rejected []stream.Rejected) error
}

// Intake accepts events. It is safe for concurrent use.
type Intake struct {
	cat     *law.Catalogue
	door    *event.Door
	to      Stream
	now     func() time.Time
	log     *slog.Logger
	results *prometheus.CounterVec
	refused *prometheus.CounterVec
	last    prometheus.Gauge
	queue   chan submission
}

// New returns an intake and registers its metrics.
func New(cat *law.Catalogue, to Stream, now func() time.Time, log *slog.Logger, reg prometheus.Registerer) *Intake {
	in := &Intake{
		cat: cat, door: cat.Door(), to: to, now: now, log: log,
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_intake_events_total", Help: "Events received, by result.",
		}, []string{"result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_intake_refused_total", Help: "Events refused at the door, by reason.",
		}, []string{"reason"}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_intake_last_accepted_timestamp_seconds", Help: "When events were last accepted.",
		}),
		queue: make(chan submission),
	}
	for _, reason := range event.Reasons() {
		in.refused.WithLabelValues(string(reason))
	}
	in.results.WithLabelValues("accepted")
	in.results.WithLabelValues("refused")
	reg.MustRegister(in.results, in.refused, in.last)
	return in
}

// An Outcome says what became of one event: accepted with its sequence, or
// refused.
type Outcome struct {
	Seq     uint64
	Refusal *event.Refusal
}

// Accept validates events and publishes the valid ones in order. It returns
// when these are flushed to disk and the refused ones are kept. origin says
// where the events came from; the outcome at i is that of raws[i].
//
// After an error nothing is known of the events without an outcome: sending all
// of them again is right, since each is stored once.
func (in *Intake) Accept(ctx context.Context, origin string, raws []event.Raw) ([]Outcome, error) {
	outcomes := make([]Outcome, len(raws))
	messages, at := in.check(raws, outcomes)
	if err := in.keepRefused(ctx, origin, raws, outcomes); err != nil {
		return nil, err
	}
	for len(messages) > 0 {
		n := batchSize(messages)
		accepted, err := in.to.Publish(ctx, messages[:n])
		if err != nil {
			return nil, fmt.Errorf("publish %d events: %w", n, err)
		}
		for i := range n {
			outcomes[at[i]].Seq = accepted.First + uint64(i) //nolint:gosec // A batch is small.
		}
		messages, at = messages[n:], at[n:]
		in.results.WithLabelValues("accepted").Add(float64(n))
		in.last.Set(float64(in.now().Unix()))
	}
	return outcomes, nil
}

// batchSize is how many messages fit into one atomic batch.
func batchSize(messages []stream.Message) int {
	n, bytes := 0, 0
	for n < len(messages) && n < stream.MaxBatch {
		bytes += len(messages[n].Data) + len(messages[n].Subject)
		if n > 0 && bytes > stream.MaxBatchBytes {
			break
		}
		n++
	}
	return n
}

// check passes all through the door, on all processors. It returns the messages
// of the valid ones and where they stood.
func (in *Intake) check(raws []event.Raw, outcomes []Outcome) (messages []stream.Message, at []int) {
	ready := make([]stream.Message, len(raws))
	now := in.now()
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(raws))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(raws); i += workers {
				ready[i], outcomes[i].Refusal = in.message(raws[i].Bytes, now)
			}
		})
	}
	wg.Wait()
	for i := range ready {
		if outcomes[i].Refusal == nil {
			messages, at = append(messages, ready[i]), append(at, i)
		}
	}
	return messages, at
}

func (in *Intake) message(raw []byte, now time.Time) (stream.Message, *event.Refusal) {
	e, err := in.door.Decode(raw, now)
	if err != nil {
		return stream.Message{}, event.AsRefusal(err)
	}
	canonical, err := e.Canonical()
	if err != nil {
		return stream.Message{}, event.AsRefusal(err)
	}
	return stream.Message{Subject: stream.EventSubject(in.cat.Places.Department(e.Place()), e.Type), Data: canonical}, nil
}

// keepRefused puts refused events with the other rejected ones.
func (in *Intake) keepRefused(ctx context.Context, origin string, raws []event.Raw, outcomes []Outcome) error {
	var rejected []stream.Rejected
	for i := range raws {
		r := outcomes[i].Refusal
		if r == nil {
			continue
		}
		kept, masked := in.door.Mask(raws[i].Bytes)
		rejected = append(rejected, stream.Rejected{
			Reason: string(r.Reason), Field: r.Field, Detail: r.Detail,
			Origin: fmt.Sprintf("%s:%d", origin, raws[i].Line), At: in.now(), Data: kept, Masked: masked,
		})
		in.refused.WithLabelValues(string(r.Reason)).Inc()
	}
	if len(rejected) == 0 {
		return nil
	}
	in.results.WithLabelValues("refused").Add(float64(len(rejected)))
	if err := in.to.Reject(ctx, rejected); err != nil {
		return fmt.Errorf("keep %d refused events: %w", len(rejected), err)
	}
	return nil
}

// A submission is what one request hands to the committer.
type submission struct {
	origin string
	raws   []event.Raw
	reply  chan<- answer
}

type answer struct {
	outcomes []Outcome
	err      error
}

// ErrStopped means that the intake no longer takes events.
var ErrStopped = errors.New("intake has stopped")

// Submit accepts the events of one request, together with those of others that
// come within a few milliseconds: one flush to disk serves them all.
func (in *Intake) Submit(ctx context.Context, origin string, raws []event.Raw) ([]Outcome, error) {
	reply := make(chan answer, 1)
	select {
	case in.queue <- submission{origin, raws, reply}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-reply:
		return a.outcomes, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// linger is how long the committer waits for more events to flush together.
const linger = 3 * time.Millisecond

// Run commits what is submitted until the context ends.
func (in *Intake) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-in.queue:
			in.commit(ctx, in.collect(first))
		}
	}
}

// collect waits a little for more submissions, up to one batch.
func (in *Intake) collect(first submission) []submission {
	group, n := []submission{first}, len(first.raws)
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for n < stream.MaxBatch {
		select {
		case next := <-in.queue:
			group, n = append(group, next), n+len(next.raws)
		case <-timer.C:
			return group
		}
	}
	return group
}

func (in *Intake) commit(ctx context.Context, group []submission) {
	var raws []event.Raw
	for _, s := range group {
		raws = append(raws, s.raws...)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	outcomes, err := in.Accept(ctx, group[0].origin, raws)
	for _, s := range group {
		if err != nil {
			s.reply <- answer{err: err}
			continue
		}
		s.reply <- answer{outcomes: outcomes[:len(s.raws)]}
		outcomes = outcomes[len(s.raws):]
	}
}
