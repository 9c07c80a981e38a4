package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// answerGrace is how much longer than the server's own limit the client waits for the server to say that nothing
	// came.
	answerGrace = 2 * time.Second
	// messageGrace is how long the client waits for the next message once some have come. What it does not wait for counts
	// as delivered at the server, so that all that is not acknowledged would have to come again.
	messageGrace = 10 * time.Second
	// pullBytes bounds the memory of one pull, and is above the size of any single message.
	pullBytes = 32 << 20
)

// Delivered is one event as it comes out of a stream, or one message of the other streams.
type Delivered struct {
	// Seq is the place of its message in the stream, for ever.
	Seq uint64
	// Line is its place in a frame, from 1; 0 when it came in a message of its own.
	Line    int
	Subject string
	Data    []byte
	Header  map[string]string
	// ReceivedAt is when the stream kept it.
	ReceivedAt time.Time
	// Redelivered says that it may have been delivered before, to this process or an earlier one.
	Redelivered bool
	// SealedBy is the label of the catalogue under which it was checked before it was sealed, "" for what nobody vouches
	// for.
	SealedBy string
	// Void says that nothing is left of a frame: all its events were erased. It has to be acknowledged all the same.
	Void bool
}

// delivery is a message with what the consumer needs to know about it.
type delivery struct {
	Delivered
	reply   string // Where an acknowledgement goes.
	number  uint64 // The server numbers the deliveries of a consumer 1, 2, 3 …
	pending uint64 // How many messages were left for the consumer after this one.
}

// pullRequest is the body of a pull in the JetStream API. NoWait with Expires means: what is there at once, else wait
// for the first.
type pullRequest struct {
	Batch    int           `json:"batch"`
	MaxBytes int           `json:"max_bytes"`
	NoWait   bool          `json:"no_wait"`
	Expires  time.Duration `json:"expires"`
}

// pull asks a consumer once for up to limit messages. It returns those that are there, and waits only when there is
// none.
//
// It speaks the pull request of the JetStream API itself because the client's Fetch waits for a full batch and
// its FetchNoWait takes neither a wait nor a limit in bytes.
func (s *Stream) pull(ctx context.Context, stream, consumer string, limit int, wait time.Duration) ([]delivery, error) {
	inbox := s.nc.NewInbox()
	sub, err := s.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	// The request bounds what can come, so that a limit of the subscription could only lose messages.
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, errors.Join(err, sub.Unsubscribe())
	}
	defer func() { _ = sub.Unsubscribe() }() // It fails only when the connection is closed, which ends the subscription too.

	body, err := json.Marshal(pullRequest{Batch: limit, MaxBytes: pullBytes, NoWait: true, Expires: wait})
	if err != nil {
		return nil, err
	}
	if err := s.nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+stream+"."+consumer, inbox, body); err != nil {
		return nil, err
	}
	return gather(ctx, sub.NextMsgWithContext, limit, wait)
}

// gather takes the messages of one pull, until the server says that there are no more. The server may be slow at any
// of them, as when the disk is busy.
func gather(ctx context.Context, next func(context.Context) (*nats.Msg, error), limit int, wait time.Duration) ([]delivery, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(wait+answerGrace, func() { cancel(nats.ErrTimeout) })
	defer silence.Stop()
	var got []delivery
	for len(got) < limit {
		msg, err := next(ctx)
		if err != nil {
			if errors.Is(context.Cause(ctx), nats.ErrTimeout) {
				err = nats.ErrTimeout
			}
			return got, err
		}
		silence.Reset(messageGrace)
		if status := msg.Header.Get("Status"); status != "" && len(msg.Data) == 0 {
			done, err := judgeStatus(status, msg.Header.Get("Description"))
			if err != nil || done {
				return got, err
			}
			continue
		}
		d, err := toDelivery(msg)
		if err != nil {
			return got, err
		}
		got = append(got, d)
	}
	return got, nil
}

// judgeStatus reads a message of the server about the pull itself.
func judgeStatus(status, description string) (done bool, err error) {
	text := strings.ToLower(description)
	switch {
	case status == "100":
		return false, nil
	case status == "404", status == "408",
		status == "409" && (strings.Contains(text, "maxbytes") || strings.Contains(text, "batch completed")):
		return true, nil
	case status == "503":
		return true, nats.ErrNoResponders
	}
	return true, fmt.Errorf("the server ended the pull: %s %s", status, description)
}

func toDelivery(msg *nats.Msg) (delivery, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return delivery{}, fmt.Errorf("read the place of a message in the stream: %w", err)
	}
	return delivery{
		Delivered: Delivered{
			Seq:         meta.Sequence.Stream,
			Subject:     msg.Subject,
			Data:        msg.Data,
			Header:      fromHeader(msg.Header),
			ReceivedAt:  meta.Timestamp.UTC(),
			Redelivered: meta.NumDelivered > 1,
		},
		reply:   msg.Reply,
		number:  meta.Sequence.Consumer,
		pending: meta.NumPending,
	}, nil
}
