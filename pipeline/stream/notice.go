package stream

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// noticesPrefix begins the subject of every notice.
const noticesPrefix = "notices."

// PublishNotice announces something under a subject that begins with "notices.", flushed to disk before it returns.
// The same id within NoticeWindow is kept once; duplicate says that it was there already.
func (s *Stream) PublishNotice(ctx context.Context, subject, id string, data []byte) (duplicate bool, err error) {
	switch {
	case !strings.HasPrefix(subject, noticesPrefix) || !literal(subject):
		return false, fmt.Errorf("%w: a notice has a subject like %smissed.04, not %q", ErrInvalid, noticesPrefix, subject)
	case id == "" || strings.ContainsAny(id, "\r\n"):
		return false, fmt.Errorf("%w: a notice needs an id of one line", ErrInvalid)
	case len(subject)+len(id)+len(data) > MaxMessageBytes:
		return false, fmt.Errorf("%w: a notice has at most %d bytes", ErrTooLarge, MaxMessageBytes)
	}
	duplicate, err = s.publishOnce(ctx, &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}, id)
	return duplicate, wrap(ctx, "publish notice", err)
}
