package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// NoticeReaderConfig names a reader of notices and its share of them.
type NoticeReaderConfig struct {
	// Name is the identity of the reader: its position belongs to the name and survives restarts.
	Name string
	// Subjects restricts the reader, with wildcards as in NATS; nil means all notices.
	Subjects []string
}

// NoticeReader reads notices in order and remembers, on the server, up to where they are acknowledged. One goroutine of
// one process uses it at a time.
type NoticeReader struct {
	stream     *Stream
	want       jetstream.ConsumerConfig
	rewound    bool
	lastNumber uint64
	replies    map[uint64]string // of what was fetched and not acknowledged
}

// NoticeReader opens a reader. One that does not exist begins with the notices that come from now on.
func (s *Stream) NoticeReader(ctx context.Context, cfg NoticeReaderConfig) (*NoticeReader, error) {
	if !literal(cfg.Name) || strings.ContainsAny(cfg.Name, `./\`) {
		return nil, fmt.Errorf("%w: a reader has a name without dots, spaces and slashes, not %q", ErrInvalid, cfg.Name)
	}
	filters := cfg.Subjects
	if len(filters) == 0 {
		filters = []string{noticesPrefix + ">"}
	}
	for _, f := range filters {
		if !strings.HasPrefix(f, noticesPrefix) {
			return nil, fmt.Errorf("%w: %q is no subject of notices", ErrInvalid, f)
		}
	}
	r := &NoticeReader{stream: s, want: noticeReaderSettings(cfg.Name, filters)}
	return r, r.rewind(ctx)
}

func noticeReaderSettings(name string, filters []string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Name:           name,
		Durable:        name,
		Description:    "Reads notices in order and acknowledges them once they are delivered.",
		DeliverPolicy:  jetstream.DeliverNewPolicy, // A new recipient is not told of years gone by.
		AckPolicy:      jetstream.AckAllPolicy,
		AckWait:        defaultAckWait,
		MaxDeliver:     -1,
		FilterSubjects: filters,
		ReplayPolicy:   jetstream.ReplayInstantPolicy,
		MaxWaiting:     16,
		MaxAckPending:  maxAckPending,
	}
}

// rewind makes the server deliver again everything after the last acknowledgement, before anything new.
func (r *NoticeReader) rewind(ctx context.Context) error {
	op := "open the reader of notices " + r.want.Name
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	r.rewound, r.lastNumber, r.replies = false, 0, map[uint64]string{}
	_, err := r.stream.js.Consumer(bounded, noticesStream, r.want.Name)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		_, err = r.stream.js.CreateConsumer(bounded, noticesStream, r.want)
	case err == nil:
		// Other filters or limits apply to what has not been read yet.
		if _, err = r.stream.js.UpdateConsumer(bounded, noticesStream, r.want); err == nil {
			_, err = r.stream.js.ResetConsumer(bounded, noticesStream, r.want.Name)
		}
	}
	r.rewound = err == nil
	return wrap(ctx, op, err)
}

// Fetch returns up to limit notices that are there; when there is none it waits up to wait for the first. After an
// error what is not acknowledged comes again.
func (r *NoticeReader) Fetch(ctx context.Context, limit int, wait time.Duration) ([]Delivered, error) {
	if !r.rewound {
		if err := r.rewind(ctx); err != nil {
			return nil, err
		}
	}
	op := "fetch notices for " + r.want.Name
	got, err := r.stream.pull(ctx, noticesStream, r.want.Name, min(max(limit, 1), MaxFetch), min(max(wait, time.Millisecond), maxFetchWait))
	if err != nil && (len(got) == 0 || ctx.Err() != nil) {
		r.rewound = false
		return nil, wrap(ctx, op, err)
	}
	out := make([]Delivered, len(got))
	for i, d := range got {
		if d.number != r.lastNumber+1 {
			r.rewound = false
			return nil, temporary(op, ErrInterrupted, nil)
		}
		r.lastNumber, r.replies[d.Seq] = d.number, d.reply
		out[i] = d.Delivered
	}
	return out, nil
}

// Ack acknowledges every fetched notice up to and including seq, and waits until the server confirms it.
func (r *NoticeReader) Ack(ctx context.Context, seq uint64) error {
	reply, ok := r.replies[seq]
	if !ok {
		return fmt.Errorf("%w: acknowledge notice %d: it was not fetched, or is acknowledged already", ErrInvalid, seq)
	}
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := r.stream.nc.RequestWithContext(bounded, reply, []byte("+ACK")); err != nil {
		r.rewound = false
		return wrap(ctx, fmt.Sprintf("acknowledge up to notice %d", seq), err)
	}
	for s := range r.replies {
		if s <= seq {
			delete(r.replies, s)
		}
	}
	return nil
}
