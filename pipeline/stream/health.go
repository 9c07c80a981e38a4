package stream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Health is what an operator should know of the server that holds the events.
type Health struct {
	Version  string
	Clock    time.Time // of the server, when it answered
	OnDisk   bool      // events are kept in files, not in memory
	Replicas int
	Bytes    uint64 // used by the events
	MaxBytes int64  // that they may use; below 1 for no limit of their own
}

// Health asks the server about the stream of events.
func (s *Stream) Health(ctx context.Context) (Health, error) {
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	const op = "ask the server about the events"
	events, err := s.js.Stream(bounded, eventsStream)
	if err != nil {
		return Health{}, wrap(ctx, op, err)
	}
	info, err := events.Info(bounded)
	if err != nil {
		return Health{}, wrap(ctx, op, err)
	}
	return Health{
		Version: s.js.Conn().ConnectedServerVersion(), Clock: info.TimeStamp, OnDisk: info.Config.Storage == jetstream.FileStorage,
		Replicas: info.Config.Replicas, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes,
	}, nil
}
