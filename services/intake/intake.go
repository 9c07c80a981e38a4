// Package intake is the door for events: it validates, publishes what is valid
// as atomic batches that are on disk before anyone is told "accepted", and keeps
// what is refused, with the reason and without personal data.
package intake

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/senders"
)

// Stream is where accepted events go.
type Stream interface {
	Publish(ctx context.Context, messages []stream.Message) (stream.Accepted, error)
	NewFrame(department, checkedBy string, lines [][]byte) (stream.Message, error)
	Reject(ctx context.Context, rejected []stream.Rejected) error
}

// Intake accepts events. It is safe for concurrent use.
type Intake struct {
	cat     *law.Catalogue
	door    *event.Door
	to      Stream
	library *library
	recent  *window
	passed  *Passed // nil where nobody takes from it
	book    *senders.Book
	fates   Fates
	now     func() time.Time
	log     *slog.Logger
	results *prometheus.CounterVec
	refused *prometheus.CounterVec
	last    prometheus.Gauge
	queue   chan *request
	bodies  *budget
}

// An Option adds to an intake what not every use of it needs.
type Option func(*Intake)

// WithStore lets the intake ask whether an event was stored before.
func WithStore(s Store) Option { return func(in *Intake) { in.library.store = s } }

// WithSenders lets only those send that the book knows, once it knows any.
func WithSenders(b *senders.Book) Option { return func(in *Intake) { in.book = b } }

// WithFates lets senders ask later what became of their events.
func WithFates(f Fates) Option { return func(in *Intake) { in.fates = f } }

// New returns an intake and registers its metrics.
func New(cat *law.Catalogue, to Stream, now func() time.Time, log *slog.Logger, reg prometheus.Registerer, options ...Option) *Intake {
	in := &Intake{
		cat: cat, door: cat.Door(), to: to, now: now, log: log,
		library: &library{now: now}, recent: newWindow(recentEvents),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_intake_events_total", Help: "Events received, by result.",
		}, []string{"result"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_intake_refused_total", Help: "Events refused at the door, by reason.",
		}, []string{"reason"}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_intake_last_accepted_timestamp_seconds", Help: "When events were last accepted.",
		}),
		queue:  make(chan *request),
		bodies: &budget{left: maxBodies},
	}
	for _, reason := range event.Reasons() {
		in.refused.WithLabelValues(string(reason))
	}
	for _, result := range []Result{Accepted, Duplicate, Conflict, Refused} {
		in.results.WithLabelValues(string(result))
	}
	for _, option := range options {
		option(in)
	}
	reg.MustRegister(in.results, in.refused, in.last)
	return in
}

// A Result says in one word what became of an event.
type Result string

// The results.
const (
	Accepted  Result = "accepted"  // on disk; its receipt tells later what became of it
	Duplicate Result = "duplicate" // the same event was accepted before
	Conflict  Result = "conflict"  // its identity was accepted before with other content
	Refused   Result = "refused"   // not an event that the catalogue knows; the refusal says why
)

// An Outcome says what became of one event. Where it went onto the stream it has
// the sequence of its message and a receipt; where it was not let in, or will not stay, a refusal.
type Outcome struct {
	Result  Result
	Seq     uint64
	Receipt stream.Receipt
	Refusal *event.Refusal
	Dropped []string // extension attributes that were not kept
}

// Accept validates events and publishes the valid ones in order. It returns
// when these are flushed to disk and the refused ones are kept. origin says
// where the events came from; the outcome at i is that of raws[i]. Whether an
// event is a duplicate or in conflict is left to the sink.
//
// After an error nothing is known of the events without an outcome: sending all
// of them again is right, since each is stored once.
func (in *Intake) Accept(ctx context.Context, origin string, raws []event.Raw) ([]Outcome, error) {
	l, err := in.Prepare(origin, raws)
	if err != nil {
		return nil, err
	}
	return l.Publish(ctx)
}

// A Load is a part of many events, checked and packed. While one is published
// the next can be prepared.
type Load struct {
	in       *Intake
	outcomes []Outcome
	rejected []stream.Rejected
	parcels  []parcel
}

// Prepare does what Accept does, up to publishing. The bytes of the events are
// not needed any more when it returns.
func (in *Intake) Prepare(origin string, raws []event.Raw) (*Load, error) {
	l := &Load{in: in}
	events, outcomes := in.check(raws, nil)
	l.outcomes, l.rejected = outcomes, in.rejections(origin, nil, raws, outcomes)
	var accepted []*checked
	var at []int
	for i := range events {
		if outcomes[i].Result == Accepted {
			accepted, at = append(accepted, &events[i]), append(at, i)
		}
	}
	var err error
	if l.parcels, err = in.pack(accepted, 0, len(accepted)); err != nil {
		return nil, err
	}
	for _, p := range l.parcels {
		for n := range p.events {
			p.events[n] = at[p.events[n]]
		}
	}
	return l, nil
}

// Publish keeps what is refused and flushes the rest. Loads are published in the
// order of their events: of two contents of one identity the first stays.
func (l *Load) Publish(ctx context.Context) ([]Outcome, error) {
	if err := l.in.reject(ctx, l.rejected); err != nil {
		return nil, err
	}
	if err := l.in.send(ctx, l.parcels, func(i int, seq uint64, _ bool) { l.outcomes[i].Seq = seq }); err != nil {
		return nil, err
	}
	l.in.count(l.outcomes)
	return l.outcomes, nil
}

// count counts what became of some events.
func (in *Intake) count(outcomes []Outcome) {
	results := map[Result]int{}
	for i := range outcomes {
		results[outcomes[i].Result]++
		if r := outcomes[i].Refusal; r != nil {
			in.refused.WithLabelValues(string(r.Reason)).Inc()
		}
	}
	for result, n := range results {
		in.results.WithLabelValues(string(result)).Add(float64(n))
	}
}

// checked is an event that has passed the door.
type checked struct {
	message    stream.Message
	department string
	identity   event.Identity
	line       event.Line   // only where a sink takes it
	digest     event.Digest // only of what is submitted
	key        identityKey  // nor this of what is imported
}

// worthAWorker is how many events are worth a processor more: a small request is checked faster than others are called
// to help.
const worthAWorker = 64

// check passes all through the door, where they are many on all processors.
func (in *Intake) check(raws []event.Raw, sender *senders.Sender) ([]checked, []Outcome) {
	events, outcomes := make([]checked, len(raws)), make([]Outcome, len(raws))
	now := in.now()
	workers := min(runtime.GOMAXPROCS(0), 1+len(raws)/worthAWorker)
	work := func(w int) {
		for i := w; i < len(raws); i += workers {
			events[i], outcomes[i] = in.checkOne(raws[i].Bytes, sender, now)
		}
	}
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { work(w) })
	}
	work(0)
	wg.Wait()
	return events, outcomes
}

func (in *Intake) checkOne(raw []byte, sender *senders.Sender, now time.Time) (checked, Outcome) {
	refuse := func(r *event.Refusal) (checked, Outcome) { return checked{}, Outcome{Result: Refused, Refusal: r} }
	e, dropped, err := in.door.DecodeNoting(raw, now)
	if err != nil {
		return refuse(event.AsRefusal(err))
	}
	department := in.cat.Places.Department(e.Place())
	if sender != nil {
		if r := sender.Allows(&e, department, in.retracts(&e)); r != nil {
			return refuse(r)
		}
	}
	line, err := e.Line()
	if err != nil {
		return refuse(event.AsRefusal(err))
	}
	passed := checked{
		message:    stream.Message{Subject: stream.EventSubject(department, e.Type), Data: line.Bytes},
		department: department, identity: e.Identity(),
	}
	if in.passed != nil {
		passed.line = line
	}
	return passed, Outcome{Result: Accepted, Dropped: dropped}
}

// retracts is the source of the event that an event takes back, or "".
func (in *Intake) retracts(e *event.Event) string {
	if e.Type != in.cat.Retraction {
		return ""
	}
	return e.Data.Text("source")
}

// rejections are the refused events of a request as they are kept. Those in
// conflict are the sink's to keep.
func (in *Intake) rejections(origin string, sender *senders.Sender, raws []event.Raw, outcomes []Outcome) []stream.Rejected {
	if sender != nil {
		origin += "/" + sender.Name
	}
	var rejected []stream.Rejected
	for i := range raws {
		o := &outcomes[i]
		if o.Result != Refused {
			continue
		}
		kept, masked := in.door.Mask(raws[i].Bytes)
		rejected = append(rejected, stream.Rejected{
			Reason: string(o.Refusal.Reason), Field: o.Refusal.Field, Detail: o.Refusal.Detail,
			Origin: fmt.Sprintf("%s:%d", origin, raws[i].Line), At: in.now(), Data: kept, Masked: masked,
		})
	}
	return rejected
}

// reject puts refused events with the other rejected ones.
func (in *Intake) reject(ctx context.Context, rejected []stream.Rejected) error {
	if len(rejected) == 0 {
		return nil
	}
	if err := in.to.Reject(ctx, rejected); err != nil {
		return fmt.Errorf("keep %d refused events: %w", len(rejected), err)
	}
	return nil
}
