package sink

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
)

// An arrival is a decoded event with the delivery that brought it.
type arrival struct {
	store.Recorded
	by *stream.Delivered
}

// sort decodes a batch and lays it out by case, in order of arrival. What the
// door refuses is set aside.
func (s *Sink) sort(batch []stream.Delivered) (byCase map[string][]arrival, rejected []stream.Rejected) {
	byCase = map[string][]arrival{}
	decoded, refusals := s.decode(batch)
	for i := range decoded {
		if refusals[i] != nil {
			rejected = append(rejected, s.rejection(&batch[i], nil, refusals[i]))
			continue
		}
		id := decoded[i].Subject
		byCase[id] = append(byCase[id], arrival{decoded[i], &batch[i]})
	}
	return byCase, rejected
}

// compared is what arrived for some cases, told apart by what is stored.
type compared struct {
	fresh      []store.Recorded // not stored yet
	touched    []string         // cases to be judged
	conflicts  []stream.Rejected
	duplicates int
}

// compare tells fresh events from duplicates and conflicts, and adds the fresh
// ones to the histories.
func (s *Sink) compare(ids []string, byCase map[string][]arrival, history map[string][]store.Recorded, first uint64) compared {
	var out compared
	for _, id := range ids {
		type version struct {
			digest event.Digest
			seq    uint64
		}
		known := make(map[event.Identity]version, len(history[id]))
		for i := range history[id] {
			e := &history[id][i]
			known[e.Identity()] = version{e.Digest, e.Seq}
		}
		touched := false
		for _, a := range byCase[id] {
			before, stored := known[a.Identity()]
			switch {
			case !stored:
				known[a.Identity()] = version{a.Digest, a.Seq}
				out.fresh = append(out.fresh, a.Recorded)
				history[id] = append(history[id], a.Recorded)
				touched = true
			case before.digest == a.Digest:
				out.duplicates++
				// An attempt that stored it may not have judged it: judge it
				// now. What an earlier batch stored was judged before that was
				// acknowledged.
				touched = touched || before.seq >= first
			default:
				out.conflicts = append(out.conflicts, s.conflict(&a))
			}
		}
		if touched {
			out.touched = append(out.touched, id)
		}
	}
	return out
}

// conflict is the rejection of an event whose identity is taken by another
// content: the first accepted stays.
func (s *Sink) conflict(a *arrival) stream.Rejected {
	return s.rejection(a.by, &a.Recorded, &event.Refusal{Reason: event.Conflict, Detail: fmt.Sprintf(
		"case %s already has an event %s of %s with other content; the first one stays. Retract it and send the corrected fact as a new event",
		a.Subject, a.ID, a.Source)})
}

// decode passes a batch through the door on all processors. The clock of the
// check is the one of the stream when it took the event, so that a replay
// decides alike.
func (s *Sink) decode(batch []stream.Delivered) ([]store.Recorded, []*event.Refusal) {
	events, refusals := make([]store.Recorded, len(batch)), make([]*event.Refusal, len(batch))
	door := s.deps.Catalogue.Door()
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(batch); i += workers {
				events[i], refusals[i] = decodeOne(door, &batch[i])
			}
		})
	}
	wg.Wait()
	return events, refusals
}

func decodeOne(door *event.Door, d *stream.Delivered) (store.Recorded, *event.Refusal) {
	e, err := door.Decode(d.Data, d.ReceivedAt)
	if err == nil {
		var canonical []byte
		if canonical, err = e.Canonical(); err == nil {
			return store.Recorded{Event: e, Digest: event.DigestOf(canonical), Seq: d.Seq, ReceivedAt: d.ReceivedAt}, nil
		}
	}
	return store.Recorded{}, event.AsRefusal(err)
}

// rejection is what is kept of an event that is not stored.
func (s *Sink) rejection(d *stream.Delivered, e *store.Recorded, refusal *event.Refusal) stream.Rejected {
	kept, masked := s.deps.Catalogue.Door().Mask(d.Data)
	r := stream.Rejected{
		Reason: string(refusal.Reason), Field: refusal.Field, Detail: refusal.Detail,
		Seq: d.Seq, At: d.ReceivedAt, Data: kept, Masked: masked,
	}
	if e != nil {
		r.Case, r.Source, r.EventID = e.Subject, e.Source, e.ID
	}
	return r
}

// rejectUnstorable gives up one event that the store has proven it cannot take,
// and acknowledges it.
func (s *Sink) rejectUnstorable(ctx context.Context, d stream.Delivered, cause error) error {
	s.deps.Log.Error("event cannot be stored", "seq", d.Seq, "error", cause)
	detail, _, _ := strings.Cut(cause.Error(), "\n")
	r := s.rejection(&d, nil, &event.Refusal{Reason: event.Unstorable, Detail: detail})
	if err := s.deps.Rejects.Reject(ctx, []stream.Rejected{r}); err != nil {
		return fmt.Errorf("keep a rejected event: %w", err)
	}
	if err := s.deps.From.Ack(ctx, d.Seq); err != nil {
		return fmt.Errorf("acknowledge a rejected event: %w", err)
	}
	s.deps.Metrics.events.WithLabelValues(resultRejected).Inc()
	return nil
}
