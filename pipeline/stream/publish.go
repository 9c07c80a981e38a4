package stream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"amparo/pipeline/stream/host"
)

const (
	// MaxBatch is the largest number of messages in one atomic batch.
	MaxBatch = host.MaxBatch
	// MaxBatchBytes is the largest size of one batch: the server takes in a batch faster than it stages it, and drops
	// what its queue cannot hold.
	MaxBatchBytes = 32 << 20
	// MaxMessageBytes is the largest size of one event or notice, with its subject and headers.
	MaxMessageBytes = 256 << 10
)

// eventsPrefix begins the subject of every event.
const eventsPrefix = "events."

// Message is one event on its way into the stream.
type Message struct {
	Subject string
	Data    []byte
	Header  map[string]string
}

// Accepted says where in the stream a batch was kept. Its messages have consecutive sequences, in the order given.
type Accepted struct {
	First, Last uint64
}

// EventSubject is the subject of an event: events.<department>.<noun>.<verb>. A catalogue without places has department
// "00".
func EventSubject(department, eventType string) string {
	if department == "" {
		department = "00"
	}
	return eventsPrefix + department + "." + eventType
}

// Publish keeps up to MaxBatch messages, all or none, and returns when they are flushed to disk.
//
// After a temporary error it is not known whether the batch was kept. Publishing it again is right: the store keeps
// each event once.
func (s *Stream) Publish(ctx context.Context, messages []Message) (Accepted, error) {
	if err := checkBatch(messages); err != nil {
		return Accepted{}, err
	}
	if s.server != nil && s.server.Full() {
		return Accepted{}, wrap(ctx, fmt.Sprintf("publish %d events", len(messages)), syscall.ENOSPC) // It would only fall silent.
	}
	out := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		out[i] = &nats.Msg{Subject: m.Subject, Data: m.Data, Header: toHeader(m.Header)}
	}
	last, err := s.publish(ctx, out)
	if err != nil {
		if s.server != nil {
			err = because(s.server.Full(), err)
		}
		return Accepted{}, wrap(ctx, fmt.Sprintf("publish %d events", len(messages)), err)
	}
	return Accepted{First: last - uint64(len(messages)) + 1, Last: last}, nil
}

// publish sends one message plainly and several as one atomic batch, and returns the sequence of the last.
func (s *Stream) publish(ctx context.Context, messages []*nats.Msg) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err // The client sends all of a batch but its commit without a look at the context.
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if len(messages) == 1 {
		ack, err := s.js.PublishMsg(ctx, messages[0])
		if err != nil {
			return 0, err
		}
		return ack.Sequence, nil
	}
	// No confirmation of single messages: that wait would not end with the context, and the commit fails anyway when
	// one is missing.
	ack, err := jetstreamext.PublishMsgBatch(ctx, s.js, messages, jetstreamext.BatchFlowControl{AckFirst: false, AckEvery: 0})
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

func checkBatch(messages []Message) error {
	if len(messages) == 0 || len(messages) > MaxBatch {
		return fmt.Errorf("%w: a batch has 1 to %d events, not %d", ErrInvalid, MaxBatch, len(messages))
	}
	total := 0
	for i, m := range messages {
		if !strings.HasPrefix(m.Subject, eventsPrefix) || !literal(m.Subject) {
			return fmt.Errorf("%w: event %d of the batch has subject %q, wanted %s<department>.<type>", ErrInvalid, i+1, m.Subject, eventsPrefix)
		}
		for name, text := range m.Header {
			if name == "" || strings.HasPrefix(name, "Nats-") || strings.ContainsAny(name, ": \r\n") || strings.ContainsAny(text, "\r\n") {
				return fmt.Errorf("%w: event %d of the batch has header %q, which is reserved or malformed", ErrInvalid, i+1, name)
			}
		}
		size := m.Size()
		if size > MaxMessageBytes {
			return fmt.Errorf("%w: event %d of the batch has %d bytes, the limit is %d", ErrTooLarge, i+1, size, MaxMessageBytes)
		}
		total += size
	}
	if total > MaxBatchBytes {
		return fmt.Errorf("%w: the batch has %d bytes, the limit is %d: send smaller batches", ErrTooLarge, total, MaxBatchBytes)
	}
	return nil
}

// Size is the size of a message, with its subject and headers.
func (m *Message) Size() int {
	size := len(m.Subject) + len(m.Data)
	for name, text := range m.Header {
		size += len(name) + len(text) + 4
	}
	return size
}

// literal reports whether a subject names one subject: no empty token, no wildcard, no space.
func literal(subject string) bool {
	return !slices.ContainsFunc(strings.Split(subject, "."), func(token string) bool {
		return token == "" || strings.ContainsAny(token, "*> \t\r\n\x00")
	})
}

func toHeader(header map[string]string) nats.Header {
	out := make(nats.Header, len(header)+3)
	for name, text := range header {
		out.Set(name, text)
	}
	return out
}

// fromHeader leaves out what NATS added for its own use.
func fromHeader(header nats.Header) map[string]string {
	var out map[string]string
	for name := range header {
		if strings.HasPrefix(name, "Nats-") {
			continue
		}
		if out == nil {
			out = make(map[string]string)
		}
		out[name] = header.Get(name)
	}
	return out
}

// publishOnce publishes a message that the server drops when it has seen the id within the stream's window.
func (s *Stream) publishOnce(ctx context.Context, msg *nats.Msg, id string) (duplicate bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, msg, jetstream.WithMsgID(id))
	if err != nil {
		return false, err
	}
	return ack.Duplicate, nil
}
