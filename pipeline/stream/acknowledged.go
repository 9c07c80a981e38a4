package stream

import (
	"context"
	"strings"
)

// Acknowledged is the sequence up to which every consumer whose name begins with
// prefix has acknowledged all its events; 0 while there is no such consumer. It
// may be asked from any process.
func (s *Stream) Acknowledged(ctx context.Context, prefix string) (uint64, error) {
	op := "read how far the consumers are"
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	events, err := s.js.Stream(bounded, eventsStream)
	if err != nil {
		return 0, wrap(ctx, op, err)
	}
	// The newest event is read before the consumers: a consumer with nothing
	// left has acknowledged at least that one.
	newest := events.CachedInfo().State.LastSeq
	lister := events.ListConsumers(bounded)
	lowest, found := newest, false
	for info := range lister.Info() {
		if !strings.HasPrefix(info.Name, prefix) {
			continue
		}
		found = true
		if info.NumPending > 0 || info.NumAckPending > 0 {
			lowest = min(lowest, info.AckFloor.Stream)
		}
	}
	if err := lister.Err(); err != nil {
		return 0, wrap(ctx, op, err)
	}
	if !found {
		return 0, nil
	}
	return lowest, nil
}
