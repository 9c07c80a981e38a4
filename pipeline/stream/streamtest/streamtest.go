// Package streamtest gives tests a real stream: a NATS server in the test's own process and directory.
package streamtest

import (
	"testing"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// Open starts a server that only this process can reach and opens a stream on it. Both end with the test.
func Open(tb testing.TB) *stream.Stream {
	tb.Helper()
	server, err := host.Start(host.Config{Dir: tb.TempDir(), MaxStore: 1 << 30})
	if err != nil {
		tb.Fatalf("start a NATS server for the test: %v", err)
	}
	s, err := stream.Open(tb.Context(), stream.Config{Server: server, Name: tb.Name()})
	if err != nil {
		_ = server.Close() // The test has failed already.
		tb.Fatalf("open a stream for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the stream: %v", err)
		}
		if err := server.Close(); err != nil {
			tb.Errorf("close the NATS server: %v", err)
		}
	})
	return s
}
