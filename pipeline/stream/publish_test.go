package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/pipeline/stream/streamtest"
)

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func TestPublishKeepsABatchInConsecutivePlaces(t *testing.T) {
	s := streamtest.Open(t)
	for _, tt := range []struct {
		name string
		n    int
		want stream.Accepted
	}{
		{"a single event goes plainly", 1, stream.Accepted{First: 1, Last: 1}},
		{"two events", 2, stream.Accepted{First: 2, Last: 3}},
		{"the largest batch", stream.MaxBatch, stream.Accepted{First: 4, Last: 1003}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := publish(t, s, events("15", 0, tt.n))
			if got != tt.want {
				t.Errorf("accepted %v, want %v", got, tt.want)
			}
		})
	}
	last, err := s.LastSeq(t.Context())
	if err != nil || last != 1003 {
		t.Errorf("last sequence %d (%v), want 1003", last, err)
	}
}

func TestPublishDoesNotMixTheBatchesOfSeveralPublishers(t *testing.T) {
	s := streamtest.Open(t)
	const publishers, batches, size = 8, 10, 50
	accepted := make([][]stream.Accepted, publishers)
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for b := range batches {
				a, err := s.Publish(t.Context(), events("15", (p*batches+b)*size, size))
				if err != nil {
					t.Error(err)
					return
				}
				accepted[p] = append(accepted[p], a)
			}
		})
	}
	all.Wait()
	kept := replay(t, s, 1, 0)
	if len(kept) != publishers*batches*size {
		t.Fatalf("%d events kept, want %d", len(kept), publishers*batches*size)
	}
	for p, of := range accepted {
		for b, a := range of {
			for i, e := range kept[a.First-1 : a.Last] {
				if want := fmt.Sprintf("event-%d", (p*batches+b)*size+i); string(e.Data) != want {
					t.Fatalf("at %d is %s, want %s", e.Seq, e.Data, want)
				}
			}
		}
	}
}

func TestPublishCarriesHeadersAndBytesUnchanged(t *testing.T) {
	s := streamtest.Open(t)
	sent := []stream.Message{
		{Subject: "events.04.report.received", Data: []byte("{\"n\":\"Ñuñoa\"}\n\x00"), Header: map[string]string{"Import": "file.csv:7"}},
		{Subject: "events.00.shock.began", Data: nil},
	}
	publish(t, s, sent)
	var got []stream.Message
	for _, e := range replay(t, s, 1, 0) {
		got = append(got, stream.Message{Subject: e.Subject, Data: e.Data, Header: e.Header})
	}
	if diff := cmp.Diff(sent, got, cmp.Transformer("text", func(b []byte) string { return string(b) })); diff != "" {
		t.Errorf("events changed on the way (-sent +got):\n%s", diff)
	}
}

func TestPublishRefusesWhatCanNeverBeAccepted(t *testing.T) {
	s := streamtest.Open(t)
	large := make([]byte, stream.MaxMessageBytes)
	tooMany := make([]stream.Message, 130)
	for i := range tooMany {
		tooMany[i] = stream.Message{Subject: "events.15.x.y", Data: large[:len(large)-100]}
	}
	for _, tt := range []struct {
		name     string
		messages []stream.Message
		want     error
	}{
		{"an empty batch", nil, stream.ErrInvalid},
		{"more than a batch holds", events("15", 0, stream.MaxBatch+1), stream.ErrInvalid},
		{"a subject of another stream", []stream.Message{{Subject: "notices.x"}}, stream.ErrInvalid},
		{"a subject with a wildcard", []stream.Message{{Subject: "events.*.x"}}, stream.ErrInvalid},
		{"a subject with an empty token", []stream.Message{{Subject: "events..x"}}, stream.ErrInvalid},
		{"a subject with a space", []stream.Message{{Subject: "events.15.a b"}}, stream.ErrInvalid},
		{"a reserved header", []stream.Message{{Subject: "events.15.x", Header: map[string]string{"Nats-Msg-Id": "1"}}}, stream.ErrInvalid},
		{"a header of two lines", []stream.Message{{Subject: "events.15.x", Header: map[string]string{"A": "b\r\nC: d"}}}, stream.ErrInvalid},
		{"an event over the limit", []stream.Message{{Subject: "events.15.x", Data: large}}, stream.ErrTooLarge},
		{"a batch over the limit", tooMany, stream.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Publish(t.Context(), tt.messages)
			if !errors.Is(err, tt.want) || isTemporary(err) {
				t.Errorf("error %v, want the permanent %v", err, tt.want)
			}
		})
	}
	if last, err := s.LastSeq(t.Context()); err != nil || last != 0 {
		t.Errorf("%d events were kept (%v), want none", last, err)
	}
}

func TestPublishTakesTheLargestEventAndTheLargestBatch(t *testing.T) {
	s := streamtest.Open(t)
	subject := stream.EventSubject("", "report.received")
	largest := stream.Message{Subject: subject, Data: []byte(strings.Repeat("x", stream.MaxMessageBytes-len(subject)))}
	batch := make([]stream.Message, stream.MaxBatchBytes/stream.MaxMessageBytes)
	for i := range batch {
		batch[i] = largest
	}
	publish(t, s, batch)
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	for _, e := range fetch(t, c, len(batch)) {
		if len(e.Data) != len(largest.Data) {
			t.Fatalf("event %d has %d bytes, want %d", e.Seq, len(e.Data), len(largest.Data))
		}
	}
}

func TestFullStreamRefusesTheNewAndKeepsTheOld(t *testing.T) {
	for _, batch := range []int{1, 20} {
		t.Run(fmt.Sprintf("in batches of %d", batch), func(t *testing.T) {
			server := startServer(t, host.Config{Dir: t.TempDir()})
			s := open(t, stream.Config{Server: server, MaxBytes: 64 << 10})
			kept := uint64(0)
			var refused error
			for refused == nil && kept < 10_000 {
				messages := events("15", int(kept), batch)
				for i := range messages {
					messages[i].Header = map[string]string{"Padding": strings.Repeat("x", 500)}
				}
				accepted, err := s.Publish(t.Context(), messages)
				if err == nil {
					kept = accepted.Last
				}
				refused = err
			}
			if !errors.Is(refused, stream.ErrFull) || !isTemporary(refused) {
				t.Fatalf("error %v, want the temporary ErrFull", refused)
			}
			all := replay(t, s, 1, 0)
			if kept == 0 || uint64(len(all)) != kept || string(all[0].Data) != "event-0" {
				t.Errorf("%d events are there, want the %d accepted", len(all), kept)
			}
			// Rejecting and announcing go on: they have streams of their own.
			if err := s.Reject(t.Context(), []stream.Rejected{{Reason: "invalid"}}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	s := streamtest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Publish(ctx, events("15", 0, 3)); !errors.Is(err, context.Canceled) || isTemporary(err) {
		t.Errorf("error %v, want the context's own", err)
	}
}
