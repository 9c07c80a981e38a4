package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/senders"
)

// A Submission is what one request brings.
type Submission struct {
	Origin string          // the door: "http", "nats"
	Sender *senders.Sender // nil where nobody has to say who they are
	Raws   []event.Raw
	DryRun bool // only say what would become of them
}

// ErrStopped means that the intake no longer takes events.
var ErrStopped = errors.New("intake has stopped")

// request is a submission on its way through the committer.
type request struct {
	Submission
	events   []checked
	outcomes []Outcome
	stored   map[event.Identity]event.Digest
	reply    chan error
}

// Submit accepts the events of one request, together with those of others that
// come within a few milliseconds: one flush to disk serves them all. After an
// error all can be sent again: what was kept of them is a duplicate then.
func (in *Intake) Submit(ctx context.Context, s Submission) ([]Outcome, error) {
	outcomes := make([]Outcome, 0, len(s.Raws))
	seen := map[identityKey]event.Digest{} // by a dry run, which leaves nothing in the window
	for len(s.Raws) > 0 {
		part := s
		part.Raws = s.Raws[:min(len(s.Raws), submitChunk)]
		s.Raws = s.Raws[len(part.Raws):]
		done, err := in.submit(ctx, part, seen)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, done...)
	}
	return outcomes, nil
}

// submitChunk bounds how many decoded events of one request are in memory.
const submitChunk = 10_000

func (in *Intake) submit(ctx context.Context, s Submission, seen map[identityKey]event.Digest) ([]Outcome, error) {
	r := &request{Submission: s, reply: make(chan error, 1)}
	r.events, r.outcomes = in.check(s.Raws, s.Sender)
	for i := range r.events {
		e := &r.events[i]
		e.digest, e.key = event.DigestOf(e.message.Data), keyOf(e.identity)
	}
	r.stored = in.stored(ctx, r)
	if s.DryRun {
		in.compare(r, seen)
		return r.outcomes, nil
	}
	select {
	case in.queue <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case err := <-r.reply:
		if err == nil {
			r.receipts()
		}
		return r.outcomes, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// receipts gives each event that is on the stream its receipt. Whoever submits does
// that alone: nobody has to wait for it.
func (r *request) receipts() {
	for i := range r.outcomes {
		if o := &r.outcomes[i]; o.Seq > 0 {
			o.Receipt = stream.ReceiptOf(o.Seq, r.events[i].message.Data)
		}
	}
}

// inConflict says what to do about an identity that is taken.
func inConflict() *event.Refusal {
	return &event.Refusal{Reason: event.Conflict, Detail: "an event of this subject, source and id was accepted before with other content; " +
		"the first one stays. Retract it and send the corrected fact as a new event"}
}

// stored is what the store has under the identities of a request's events.
func (in *Intake) stored(ctx context.Context, r *request) map[event.Identity]event.Digest {
	var ids []event.Identity
	for i := range r.events {
		if r.outcomes[i].Result == Accepted {
			ids = append(ids, r.events[i].identity)
		}
	}
	return in.library.digests(ctx, ids)
}

// compare finds what was accepted before: by what the store said, a moment ago,
// or earlier in the same batch. It returns what is to be published, in order: the
// new ones, and those in conflict, since the sink alone decides which came first
// and keeps the other with its reason.
func (in *Intake) compare(r *request, batch map[identityKey]event.Digest) (publish []int) {
	for i := range r.events {
		if r.outcomes[i].Result != Accepted {
			continue
		}
		key, digest := r.events[i].key, r.events[i].digest
		before, known := r.stored[r.events[i].identity]
		if !known {
			before, known = batch[key]
		}
		if !known {
			before, known = in.recent.find(key)
		}
		switch {
		case !known:
			batch[key] = digest
			publish = append(publish, i)
		case before == digest:
			r.outcomes[i].Result = Duplicate
		default:
			r.outcomes[i].Result, r.outcomes[i].Refusal = Conflict, inConflict()
			publish = append(publish, i)
		}
	}
	return publish
}

// linger is how long the committer waits for more events to flush together.
const linger = 3 * time.Millisecond

// onTheWay is how many batches may be on their way to the disk at once. The server takes one after the other: while it
// flushes one, the next must be there already.
const onTheWay = 2

// A flight is a batch on its way to the disk.
type flight struct {
	landed     chan struct{} // closed when it is on disk, or has failed
	identities map[identityKey]event.Digest
}

// Run commits what is submitted until the context ends. While batches are on their way to the disk the next one gathers.
func (in *Intake) Run(ctx context.Context) error {
	var flying []*flight
	defer func() { land(flying) }()
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-in.queue:
			var group []*request
			group, flying = in.collect(first, flying)
			flying = append(flying, in.commit(ctx, group))
		}
	}
}

// land waits until batches are on disk.
func land(flying []*flight) {
	for _, f := range flying {
		<-f.landed
	}
}

// collect gathers submissions for a little while, and until the batch before has landed or one is full. It waits for
// what may tell whether an event is new. It returns what is still flying.
func (in *Intake) collect(first *request, flying []*flight) ([]*request, []*flight) {
	group, n := []*request{first}, len(first.events)
	timer := time.NewTimer(linger)
	defer timer.Stop()
	lingering := true
	for n < stream.MaxBatch && (lingering || len(flying) > 0) {
		var landed <-chan struct{} // nil when none is flying
		if len(flying) > 0 {
			landed = flying[0].landed
		}
		select {
		case next := <-in.queue:
			group, n = append(group, next), n+len(next.events)
		case <-timer.C:
			lingering = false
		case <-landed:
			flying = flying[1:]
		}
	}
	if flies(flying, group) {
		land(flying)
		return group, nil
	}
	for len(flying) >= onTheWay {
		<-flying[0].landed
		flying = flying[1:]
	}
	return group, flying
}

// flies reports whether an event of some requests is on its way in another: what becomes of that one has to be known first.
func flies(flying []*flight, group []*request) bool {
	for _, f := range flying {
		for _, r := range group {
			for i := range r.events {
				if _, found := f.identities[r.events[i].key]; found {
					return true
				}
			}
		}
	}
	return false
}

// commit sends what is new of some requests on its way, and answers them when that has landed on disk. What became of
// every other of their events is known.
func (in *Intake) commit(ctx context.Context, group []*request) *flight {
	f := &flight{landed: make(chan struct{}), identities: map[identityKey]event.Digest{}}
	requests := make([][]*checked, len(group))
	var outcomes []*Outcome
	for n, r := range group {
		for _, i := range in.compare(r, f.identities) {
			requests[n], outcomes = append(requests[n], &r.events[i]), append(outcomes, &r.outcomes[i])
		}
	}
	go func() {
		defer close(f.landed)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err := in.keep(ctx, group, requests, outcomes)
		for _, r := range group {
			r.reply <- err
		}
	}()
	return f
}

// keep publishes what is new of some requests and keeps what is refused.
func (in *Intake) keep(ctx context.Context, group []*request, requests [][]*checked, outcomes []*Outcome) error {
	events := slices.Concat(requests...)
	var rejected []stream.Rejected
	for _, r := range group {
		rejected = append(rejected, in.rejections(r.Origin, r.Sender, r.Raws, r.outcomes)...)
	}
	if err := in.reject(ctx, rejected); err != nil {
		return err
	}
	err := in.publish(ctx, requests, func(i int, seq uint64, alone bool) {
		if alone {
			in.passed.add(seq, events[i].line, events[i].digest)
		}
		if outcomes[i].Seq = seq; outcomes[i].Result == Accepted {
			in.recent.add(events[i].key, events[i].digest)
		}
	})
	if err != nil {
		return err
	}
	for _, r := range group {
		in.count(r.outcomes)
	}
	return nil
}
