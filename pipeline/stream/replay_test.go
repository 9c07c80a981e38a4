package stream_test

import (
	"context"
	"errors"
	"testing"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
)

func TestReplayYieldsARangeInOrder(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 3))
	publish(t, s, events("04", 4, 3))
	publish(t, s, events("21", 7, 2))
	for _, tt := range []struct {
		name        string
		from, to    uint64
		departments []string
		want        string
	}{
		{"everything", 0, 0, nil, "1 2 3 4 5 6 7 8"},
		{"from the middle", 5, 0, nil, "5 6 7 8"},
		{"both ends included", 3, 5, nil, "3 4 5"},
		{"past the newest", 7, 99, nil, "7 8"},
		{"nothing after the newest", 9, 0, nil, ""},
		{"one department", 1, 0, []string{"04"}, "4 5 6"},
		{"two departments up to a sequence", 2, 7, []string{"15", "21"}, "2 3 7"},
		{"a department without events", 1, 0, []string{"25"}, ""},
		{"a department whose events are all later", 1, 3, []string{"21"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantBodies(t, replay(t, s, tt.from, tt.to, tt.departments...), tt.want) })
	}
}

func TestReplayOfAnEmptyStreamYieldsNothing(t *testing.T) {
	wantBodies(t, replay(t, streamtest.Open(t), 1, 0), "")
}

func TestReplayReadsManyPullsWithoutAGap(t *testing.T) {
	s := streamtest.Open(t)
	const n = 12
	for i := range n {
		publish(t, s, events("15", i*stream.MaxBatch, stream.MaxBatch))
	}
	next := uint64(1)
	for _, e := range replay(t, s, 1, 0) {
		if e.Seq != next {
			t.Fatalf("sequence %d came, want %d", e.Seq, next)
		}
		next++
	}
	if next != n*stream.MaxBatch+1 {
		t.Errorf("ended before %d", next)
	}
}

func TestReplayStopsWhenItsReaderOrItsContextDoes(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 5))
	t.Run("the reader breaks off", func(t *testing.T) {
		for e, err := range s.Replay(t.Context(), 1, 0, nil) {
			if err != nil || e.Seq > 2 {
				t.Fatalf("event %d, error %v after the loop should have ended", e.Seq, err)
			}
			if e.Seq == 2 {
				break
			}
		}
	})
	t.Run("the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var errs []error
		for _, err := range s.Replay(ctx, 1, 0, nil) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
			t.Errorf("errors %v, want the context's own, once", errs)
		}
	})
}
