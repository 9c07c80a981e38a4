package sink

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
)

// sorted is what a part of the stream turned out to be.
type sorted struct {
	fresh      []store.Recorded // not stored yet
	touched    map[string]bool  // cases to be judged
	began      map[string]bool  // cases of which nothing is stored
	rejected   []stream.Rejected
	duplicates int
	void       int // messages with no event in them any more
}

// sort decodes events and tells fresh ones from duplicates, conflicts and what
// the door refuses.
func (s *Sink) sort(ctx context.Context, events []stream.Delivered) (sorted, error) {
	out := sorted{touched: map[string]bool{}}
	all := len(events)
	if isVoid := func(d stream.Delivered) bool { return d.Void }; slices.ContainsFunc(events, isVoid) {
		events = slices.DeleteFunc(slices.Clone(events), isVoid)
	}
	out.void = all - len(events)
	decoded, refusals := s.decode(events)
	known, err := s.known(ctx, decoded, refusals, &out)
	if err != nil {
		return out, err
	}
	out.fresh = make([]store.Recorded, 0, len(decoded))
	for i := range decoded {
		e := &decoded[i]
		if refusals[i] != nil {
			out.rejected = append(out.rejected, s.rejection(&events[i], nil, refusals[i]))
			continue
		}
		before, stored := known[e.Identity()]
		switch {
		case !stored:
			known[e.Identity()] = store.Version{Digest: e.Digest, Seq: e.Seq}
			out.fresh = append(out.fresh, *e)
			out.touched[e.Subject] = true
		case before.Digest == e.Digest:
			out.duplicates++
			// An attempt that stored it may not have judged it: judge it now.
			// What an earlier batch stored was judged before that was
			// acknowledged.
			if before.Seq >= s.batch.first {
				out.touched[e.Subject] = true
			}
		default:
			out.rejected = append(out.rejected, s.conflict(&events[i], e))
		}
	}
	return out, nil
}

// known is what is stored under the identities of some events. The store is
// asked for those of cases that it has.
func (s *Sink) known(ctx context.Context, decoded []store.Recorded, refusals []*event.Refusal, out *sorted) (map[event.Identity]store.Version, error) {
	cases := map[string]bool{}
	for i := range decoded {
		if refusals[i] == nil {
			cases[decoded[i].Subject] = true
		}
	}
	s.recall(cases)
	var err error
	if out.began, err = s.began(ctx, cases); err != nil {
		return nil, err
	}
	identities := make([]event.Identity, 0, len(decoded))
	for i := range decoded {
		if id := decoded[i].Subject; refusals[i] == nil && !out.began[id] && s.batch.whole[id] == nil {
			identities = append(identities, decoded[i].Identity())
		}
	}
	known := make(map[event.Identity]store.Version, len(decoded))
	if len(identities) > 0 {
		if known, err = s.deps.To.Stored(ctx, identities); err != nil {
			return nil, err
		}
	}
	for id := range cases {
		if c := s.batch.whole[id]; c != nil {
			for i := range c.events {
				e := &c.events[i]
				known[e.Identity()] = store.Version{Digest: e.Digest, Seq: e.Seq}
			}
		}
	}
	return known, nil
}

// recall makes those of some cases part of the batch that are remembered.
func (s *Sink) recall(cases map[string]bool) {
	for id := range cases {
		// What the batch has touched is in it already, or was read by it in part.
		if s.batch.whole[id] == nil && !s.batch.touched[id] {
			if c := s.recent.take(id); c != nil {
				s.batch.whole[id] = c
			}
		}
	}
}

// began says which of some cases are new to the store, and to this batch.
func (s *Sink) began(ctx context.Context, cases map[string]bool) (map[string]bool, error) {
	if !s.cfg.Alone {
		return nil, nil
	}
	var ask []string
	for id := range cases {
		if !s.batch.touched[id] && s.batch.whole[id] == nil {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return nil, nil
	}
	stored, err := s.deps.To.StoredCases(ctx, ask)
	if err != nil {
		return nil, err
	}
	began := make(map[string]bool, len(ask)-len(stored))
	for _, id := range ask {
		if !stored[id] {
			began[id] = true
		}
	}
	return began, nil
}

// keepWhole adds what is now stored of the cases that began in this batch.
func (b *batch) keepWhole(part sorted) {
	for i := range part.fresh {
		e := part.fresh[i]
		c := b.whole[e.Subject]
		if c == nil {
			if !part.began[e.Subject] {
				continue
			}
			c = &whole{}
			b.whole[e.Subject] = c
		}
		e.DataText = nil // It is stored.
		c.events = append(c.events, e)
		b.held++
		if e.Line == 0 {
			b.singles++
		}
	}
}

// conflict is the rejection of an event whose identity is taken by another
// content: the first accepted stays.
func (s *Sink) conflict(by *stream.Delivered, e *store.Recorded) stream.Rejected {
	return s.rejection(by, e, &event.Refusal{Reason: event.Conflict, Detail: fmt.Sprintf(
		"case %s already has an event %s of %s with other content; the first one stays. Retract it and send the corrected fact as a new event",
		e.Subject, e.ID, e.Source)})
}

// decode passes a batch through the door on all processors. The clock of the
// check is the one of the stream when it took the event, so that a replay
// decides alike.
func (s *Sink) decode(batch []stream.Delivered) ([]store.Recorded, []*event.Refusal) {
	events, refusals := make([]store.Recorded, len(batch)), make([]*event.Refusal, len(batch))
	door, label := s.deps.Catalogue.Door(), s.deps.Catalogue.Label()
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(batch); i += workers {
				events[i], refusals[i] = decodeOne(door, label, s.deps.Passed, &batch[i])
			}
		})
	}
	wg.Wait()
	return events, refusals
}

// decodeOne checks an event, or takes or reads one that was checked under this
// very catalogue: by the door of this process, or sealed.
func decodeOne(door *event.Door, label string, passed Passed, d *stream.Delivered) (store.Recorded, *event.Refusal) {
	if passed != nil && d.Line == 0 {
		if line, digest, found := passed.Take(d.Seq, d.Data); found {
			return recorded(&line, digest, d), nil
		}
	}
	if d.SealedBy == label {
		if line, err := door.Reread(d.Data); err == nil {
			return recorded(&line, line.Digest(), d), nil
		}
	}
	e, err := door.Decode(d.Data, d.ReceivedAt)
	if err == nil {
		var line event.Line
		if line, err = e.Line(); err == nil {
			return recorded(&line, line.Digest(), d), nil
		}
	}
	return store.Recorded{}, event.AsRefusal(err)
}

func recorded(line *event.Line, digest event.Digest, d *stream.Delivered) store.Recorded {
	return store.Recorded{
		Event: line.Event, Digest: digest, Seq: d.Seq, Line: d.Line, ReceivedAt: d.ReceivedAt, DataText: line.DataText,
	}
}

// rejection is what is kept of an event that is not stored.
func (s *Sink) rejection(d *stream.Delivered, e *store.Recorded, refusal *event.Refusal) stream.Rejected {
	kept, masked := s.deps.Catalogue.Door().Mask(d.Data)
	r := stream.Rejected{
		Reason: string(refusal.Reason), Field: refusal.Field, Detail: refusal.Detail,
		Seq: d.Seq, Line: d.Line, At: d.ReceivedAt, Data: kept, Masked: masked,
	}
	if e != nil {
		r.Case, r.Source, r.EventID = e.Subject, e.Source, e.ID
	}
	return r
}

// rejectUnstorable gives up one event that the store has proven it cannot take.
func (s *Sink) rejectUnstorable(ctx context.Context, d stream.Delivered, cause error) error {
	s.deps.Log.Error("event cannot be stored", "seq", d.Seq, "error", cause)
	detail, _, _ := strings.Cut(cause.Error(), "\n")
	r := s.rejection(&d, nil, &event.Refusal{Reason: event.Unstorable, Detail: detail})
	if err := s.deps.Rejects.Reject(ctx, []stream.Rejected{r}); err != nil {
		return fmt.Errorf("keep a rejected event: %w", err)
	}
	s.batch.done.rejected++
	s.batch.last = d.Seq
	return nil
}
