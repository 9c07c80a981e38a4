package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Position says how far a consumer is.
type Position struct {
	// AckFloor is the sequence up to which everything for this consumer is acknowledged.
	AckFloor uint64
	// Delivered is the highest sequence handed out since the consumer was last opened or retried.
	Delivered uint64
	// Pending counts its events that are not acknowledged, delivered or not.
	Pending uint64
	// LastSeq is the newest event of the stream, whosever it is.
	LastSeq uint64
	// OldestPendingAt is when the stream kept the oldest of the pending events; zero when there is none.
	OldestPendingAt time.Time
}

// Position asks the server where the consumer is. It is safe beside the calls of the consumer's owner.
func (c *Consumer) Position(ctx context.Context) (Position, error) {
	op := "read the position of consumer " + c.cfg.Name
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := c.stream.js.Stream(bounded, eventsStream)
	if err != nil {
		return Position{}, wrap(ctx, op, err)
	}
	consumer, err := stream.Consumer(bounded, c.cfg.Name)
	if err != nil {
		return Position{}, wrap(ctx, op, err)
	}
	info := consumer.CachedInfo()
	p := Position{
		AckFloor:  info.AckFloor.Stream,
		Delivered: info.Delivered.Stream,
		Pending:   info.NumPending + uint64(max(info.NumAckPending, 0)),
		LastSeq:   stream.CachedInfo().State.LastSeq,
	}
	if p.Pending > 0 {
		if p.OldestPendingAt, err = oldestAfter(bounded, stream, p.AckFloor, c.want.FilterSubjects); err != nil {
			return Position{}, wrap(ctx, op, err)
		}
	}
	return p, nil
}

// oldestAfter finds when the first message after floor was kept, over all filters.
func oldestAfter(ctx context.Context, stream jetstream.Stream, floor uint64, filters []string) (time.Time, error) {
	var oldest *jetstream.RawStreamMsg
	for _, filter := range filters {
		first, err := stream.GetMsg(ctx, floor+1, jetstream.WithGetMsgSubject(filter))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if oldest == nil || first.Sequence < oldest.Sequence {
			oldest = first
		}
	}
	if oldest == nil {
		return time.Time{}, nil
	}
	return oldest.Time.UTC(), nil
}
