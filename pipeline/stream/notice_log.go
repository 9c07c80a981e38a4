package stream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// ErrOvertaken means that the stream of notices holds more than its writer had read, so nothing was appended. Read on
// with NoticesAfter, and append what is still to be announced.
var ErrOvertaken = errors.New("other notices came first: read them and try again")

// Notice is one announcement on its way into the stream.
type Notice struct {
	// Subject is notices.<department>.<duty>.<kind>.
	Subject string
	// ID is the same whenever the same thing is announced.
	ID   string
	Data []byte
}

// NoticeSubject is the subject of a notice: notices.<department>.<duty>.<kind>.
func NoticeSubject(department, duty, kind string) string {
	return noticesPrefix + department + "." + duty + "." + kind
}

// AppendNotices keeps up to MaxBatch notices, all or none, flushed to disk, on condition that after is the sequence of
// the newest notice. It returns the sequence of the last one appended.
//
// A writer that has read everything up to after can therefore never announce what has been announced, by whomever. Not
// known after a temporary error is whether they were kept; reading on from after tells.
func (s *Stream) AppendNotices(ctx context.Context, notices []Notice, after uint64) (last uint64, err error) {
	if len(notices) == 0 || len(notices) > MaxBatch {
		return 0, fmt.Errorf("%w: append 1 to %d notices, not %d", ErrInvalid, MaxBatch, len(notices))
	}
	messages := make([]*nats.Msg, len(notices))
	for i, n := range notices {
		if err := checkNotice(n); err != nil {
			return 0, err
		}
		messages[i] = &nats.Msg{Subject: n.Subject, Data: n.Data, Header: nats.Header{jetstream.MsgIDHeader: {n.ID}}}
	}
	messages[0].Header.Set(jetstream.ExpectedLastSeqHeader, strconv.FormatUint(after, 10))
	op := fmt.Sprintf("append %d notices", len(notices))
	last, err = s.publish(ctx, messages)
	switch {
	case err == nil && last == after+uint64(len(notices)):
		return last, nil
	case err == nil, isOvertaken(err):
		// Confirmed at another place: the server knew the id from before and has kept nothing new.
		return 0, temporary(op, ErrOvertaken, err)
	}
	return 0, wrap(ctx, op, err)
}

func checkNotice(n Notice) error {
	switch {
	case !strings.HasPrefix(n.Subject, noticesPrefix) || !literal(n.Subject):
		return fmt.Errorf("%w: a notice has a subject like %s, not %q", ErrInvalid, NoticeSubject("04", "a-duty", "missed"), n.Subject)
	case n.ID == "" || strings.ContainsAny(n.ID, "\r\n"):
		return fmt.Errorf("%w: a notice needs an id of one line", ErrInvalid)
	case len(n.Subject)+len(n.ID)+len(n.Data) > MaxMessageBytes:
		return fmt.Errorf("%w: a notice has at most %d bytes", ErrTooLarge, MaxMessageBytes)
	}
	return nil
}

func isOvertaken(err error) bool {
	if errors.Is(err, jetstreamext.ErrBatchPublishDuplicateMsgID) {
		return true
	}
	var api *jetstream.APIError
	var js jetstream.JetStreamError
	if !errors.As(err, &api) && errors.As(err, &js) {
		api = js.APIError()
	}
	return api != nil && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// NoticesAfter yields the notices after a sequence that are there at the time of the call, in order.
func (s *Stream) NoticesAfter(ctx context.Context, seq uint64) iter.Seq2[Delivered, error] {
	return func(yield func(Delivered, error) bool) {
		s.scan(ctx, scanRange{stream: noticesStream, from: seq + 1, filters: []string{noticesPrefix + ">"}}, yield)
	}
}

// LastNotice returns the sequence of the newest notice, 0 when there is none.
func (s *Stream) LastNotice(ctx context.Context) (uint64, error) {
	return s.lastSeq(ctx, noticesStream)
}
