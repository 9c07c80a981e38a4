package stream

import (
	"context"
	"errors"
	"testing"
)

// A server on a full disk answers nobody: silence is explained by it, and nothing else is.
func TestSilenceOnAFullDiskIsFull(t *testing.T) {
	silence := context.DeadlineExceeded
	if err := wrap(t.Context(), "publish", because(false, silence)); errors.Is(err, ErrFull) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("with room on the disk: %v", err)
	}
	if err := wrap(t.Context(), "publish", because(true, silence)); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	if err := wrap(t.Context(), "publish", because(true, errors.New("refused"))); errors.Is(err, ErrFull) {
		t.Errorf("another error on a full disk: %v", err)
	}
}
