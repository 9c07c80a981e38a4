package host

import (
	"log/slog"
	"sync/atomic"
	"testing"
)

// A server on a full disk writes a line to its log and answers nobody. The line
// is the one that it writes.
func TestAServerOnAFullDiskSaysSo(t *testing.T) {
	full := &atomic.Bool{}
	server := &Server{full: full}
	log := serverLog{log: slog.New(slog.DiscardHandler), full: full}
	log.Errorf("JetStream failed to store a msg on stream '%s > %s': %v", "$G", "EVENTS", "interrupted")
	if server.Full() {
		t.Error("another failure was taken for a full disk")
	}
	log.Errorf("JetStream failed to store a msg on stream '%s > %s': %v", "$G", "EVENTS", "write /data/1.blk: no space left on device")
	if !server.Full() {
		t.Error("a full disk was not noticed")
	}
}
