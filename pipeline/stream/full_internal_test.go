package stream

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
)

// A server on a full disk writes a line to its log and answers nobody. The line
// is the one that it writes.
func TestAServerThatFellSilentOnAFullDiskIsFull(t *testing.T) {
	full := &atomic.Bool{}
	server := &Server{full: full}
	silence := context.DeadlineExceeded
	if err := wrap(t.Context(), "publish", server.why(silence)); errors.Is(err, ErrFull) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("with room on the disk: %v", err)
	}
	log := serverLog{log: slog.New(slog.DiscardHandler), full: full}
	log.Errorf("JetStream failed to store a msg on stream '%s > %s': %v", "$G", "EVENTS", "write /data/1.blk: no space left on device")
	if err := wrap(t.Context(), "publish", server.why(silence)); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if err := wrap(t.Context(), "publish", server.why(errors.New("refused"))); errors.Is(err, ErrFull) {
		t.Errorf("another error on a full disk: %v", err)
	}
}
