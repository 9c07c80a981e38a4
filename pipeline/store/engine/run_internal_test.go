package engine

import (
	"context"
	"testing"
)

// A statement without a result is over, and has ended its own context, before
// its caller has looked: that must never read as a cancelled one.
func TestFinishedStatementIsNotCalledCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		r := &run{out: &output{started: make(chan error, 1)}}
		r.out.started <- nil
		if err := r.started(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
