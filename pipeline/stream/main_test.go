package stream_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// childDir, when set in the environment, makes the test binary the victim of the kill tests.
const childDir = "STREAM_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := publishUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const token = "a-token-for-tests"

func startServer(t *testing.T, cfg host.Config) *host.Server {
	t.Helper()
	server, err := host.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(t, server) })
	return server
}

func closeServer(t *testing.T, server *host.Server) {
	t.Helper()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, cfg stream.Config) *stream.Stream {
	t.Helper()
	s, err := stream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// events makes n messages of one department whose bodies are numbered from first.
func events(department string, first, n int) []stream.Message {
	out := make([]stream.Message, n)
	for i := range out {
		out[i] = stream.Message{Subject: stream.EventSubject(department, "report.received"), Data: fmt.Appendf(nil, "event-%d", first+i)}
	}
	return out
}

func publish(t *testing.T, s *stream.Stream, messages []stream.Message) stream.Accepted {
	t.Helper()
	accepted, err := s.Publish(t.Context(), messages)
	if err != nil {
		t.Fatal(err)
	}
	return accepted
}

func consumer(t *testing.T, s *stream.Stream, cfg stream.ConsumerConfig) *stream.Consumer {
	t.Helper()
	if cfg.RetryDelay == 0 {
		cfg.RetryDelay, cfg.RetryLimit = time.Millisecond, 50*time.Millisecond
	}
	c, err := s.Consumer(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fetch collects exactly n events.
func fetch(t *testing.T, c *stream.Consumer, n int) []stream.Delivered {
	t.Helper()
	var out []stream.Delivered
	for len(out) < n {
		got, err := c.Fetch(t.Context(), n-len(out), 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			t.Fatalf("%d events came, wanted %d", len(out), n)
		}
		out = append(out, got...)
	}
	return out
}

func ack(t *testing.T, c *stream.Consumer, events []stream.Delivered) {
	t.Helper()
	if err := c.Ack(t.Context(), events[len(events)-1].Seq); err != nil {
		t.Fatal(err)
	}
}

func bodies(events []stream.Delivered) string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = strings.TrimPrefix(string(e.Data), "event-")
	}
	return strings.Join(out, " ")
}

func wantBodies(t *testing.T, got []stream.Delivered, want string) {
	t.Helper()
	if b := bodies(got); b != want {
		t.Errorf("events %q, want %q", b, want)
	}
}

func replay(t *testing.T, s *stream.Stream, from, to uint64, departments ...string) []stream.Delivered {
	t.Helper()
	var out []stream.Delivered
	for e, err := range s.Replay(t.Context(), from, to, departments) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// eventually repeats a call that may fail while a server comes back.
func eventually[T any](t *testing.T, call func(context.Context) (T, error)) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		out, err := call(ctx)
		if err == nil {
			return out
		}
		if !isTemporary(err) || ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}
