package exchange

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// Nobody judges here, as behind a store that has no room.
func TestAnImportThatNobodyJudgesEndsAndSaysWhatToDo(t *testing.T) {
	s := streamtest.Open(t)
	if _, err := s.Publish(t.Context(), []stream.Message{{Subject: stream.EventSubject("04", "visit.made"), Data: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	// Each look at the clock is a minute later.
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	streams := &command.Streams{Out: io.Discard, Err: io.Discard, Now: func() time.Time { at = at.Add(time.Minute); return at }}
	err := WaitJudged(t.Context(), &installation.Installation{Stream: s}, 1, 10*time.Minute, streams)
	if err == nil {
		t.Fatal("it ended as if all were judged")
	}
	for _, want := range []string{"accepted and kept", "10m0s", "0 of 1", "run the same command again"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestAFullStreamEndsAnImportWithWhatWasTaken(t *testing.T) {
	full := fmt.Errorf("publish: %w", stream.ErrFull)
	if err := stopped(full, "events.ndjson", 20_000); !errors.Is(err, stream.ErrFull) || !strings.Contains(err.Error(), "up to line 20000") {
		t.Errorf("%v", err)
	}
	other := errors.New("the file is gone")
	if err := stopped(other, "events.ndjson", 20_000); !errors.Is(err, other) || strings.Contains(err.Error(), "line") {
		t.Errorf("%v", err)
	}
}
