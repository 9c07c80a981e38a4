package stream_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// rawConn is another client of a listening or in-process server, for what a test must do behind the package's back.
func rawConn(t *testing.T, server *host.Server) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(server.NATS()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestServerWithoutHostDoesNotListen(t *testing.T) {
	if url := startServer(t, host.Config{Dir: t.TempDir()}).URL(); url != "" {
		t.Errorf("listens on %s", url)
	}
}

func TestServerThatListensWantsItsToken(t *testing.T) {
	if _, err := host.Start(host.Config{Dir: t.TempDir(), Host: "127.0.0.1", Port: -1}); err == nil {
		t.Error("started without a token")
	}
	server := startServer(t, host.Config{Dir: t.TempDir(), Host: "127.0.0.1", Port: -1, Token: token})
	if !strings.HasPrefix(server.URL(), "nats://127.0.0.1:") {
		t.Errorf("listens on %q, want loopback", server.URL())
	}
	for _, wrong := range []string{"", "another"} {
		_, err := stream.Open(t.Context(), stream.Config{URL: server.URL(), Token: wrong})
		var refused *stream.Error
		if !errors.As(err, &refused) || !refused.Refused() || strings.Contains(err.Error(), token) {
			t.Errorf("token %q: error %v, want a refusal that does not tell the token", wrong, err)
		}
	}
	byURL := open(t, stream.Config{URL: server.URL(), Token: token})
	publish(t, byURL, events("15", 1, 2))
	inProcess := open(t, stream.Config{Server: server})
	wantBodies(t, replay(t, inProcess, 1, 0), "1 2")
}

func TestServerDirectoryHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	first := startServer(t, host.Config{Dir: dir})
	if _, err := host.Start(host.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "another process uses") {
		t.Fatalf("error %v, want a refusal that says why", err)
	}
	s := open(t, stream.Config{Server: first})
	publish(t, s, events("15", 1, 3))
	closeServer(t, first)
	closeServer(t, first) // A second close does nothing.
	wantBodies(t, replay(t, open(t, stream.Config{Server: startServer(t, host.Config{Dir: dir})}), 1, 0), "1 2 3")
}

func TestServerSaysWhyItDidNotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	dir := t.TempDir()
	_, err = host.Start(host.Config{Dir: dir, Host: "127.0.0.1", Port: port, Token: token})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("error %v, want the reason", err)
	}
	startServer(t, host.Config{Dir: dir}) // The failed start let go of the directory.
	if _, err := host.Start(host.Config{}); err == nil {
		t.Error("started without a directory")
	}
}

func TestOpenEndsWithItsContextWhenTheServerIsMute(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mute.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := stream.Open(ctx, stream.Config{URL: "nats://user:secret@" + mute.Addr().String()})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want the context's own, without the password", err)
	}
}

func TestOpenNeedsOneServer(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	for _, cfg := range []stream.Config{{}, {URL: "nats://127.0.0.1:4222", Server: server}} {
		if _, err := stream.Open(t.Context(), cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
	if _, err := stream.Open(t.Context(), stream.Config{URL: "nats://127.0.0.1:1"}); !errors.Is(err, stream.ErrUnavailable) || !isTemporary(err) {
		t.Errorf("error %v, want the temporary ErrUnavailable", err)
	}
}

func TestPublishAndFetchRecoverWhenTheServerRestarts(t *testing.T) {
	dir := t.TempDir()
	server, err := host.Start(host.Config{Dir: dir, Host: "127.0.0.1", Port: -1, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	address, err := net.ResolveTCPAddr("tcp", strings.TrimPrefix(server.URL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, stream.Config{URL: server.URL(), Token: token})
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	publish(t, s, events("15", 1, 4))
	ack(t, c, fetch(t, c, 2))
	fetch(t, c, 1) // Held, not acknowledged, when the server goes.
	closeServer(t, server)

	if _, err := s.Publish(t.Context(), events("15", 5, 2)); !errors.Is(err, stream.ErrUnavailable) || !isTemporary(err) {
		t.Errorf("publish without a server: %v, want the temporary ErrUnavailable", err)
	}
	if _, err := c.Fetch(t.Context(), 1, time.Millisecond); !isTemporary(err) {
		t.Errorf("fetch without a server: %v, want a temporary error", err)
	}
	startServer(t, host.Config{Dir: dir, Host: "127.0.0.1", Port: address.Port, Token: token})
	eventually(t, func(ctx context.Context) (stream.Accepted, error) { return s.Publish(ctx, events("15", 5, 2)) })
	var got []stream.Delivered
	for len(got) < 4 {
		more := eventually(t, func(ctx context.Context) ([]stream.Delivered, error) {
			events, err := c.Fetch(ctx, 4-len(got), time.Second)
			if err != nil {
				got = nil
				return nil, errors.Join(err, c.Retry(ctx))
			}
			return events, nil
		})
		got = append(got, more...)
	}
	wantBodies(t, got, "3 4 5 6")
	ack(t, c, got)
}

func TestServerFlushesBeforeItConfirms(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir(), MaxStore: 1 << 30}).NATS()
	cfg := server.JetStreamConfig()
	if !cfg.SyncAlways || !cfg.Strict || cfg.MaxStore != 1<<30 {
		t.Errorf("server settings %+v, want flushing, strict, 1 GiB", cfg)
	}
}
