package stream_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// smallDisk is a file system of its own with so many MiB.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+"m"); err != nil {
		if os.Geteuid() == 0 && os.Getenv("CI") != "" && !errors.Is(err, syscall.EPERM) {
			t.Fatalf("mount a small disk: %v", err)
		}
		t.Skipf("a full disk can be had only where one may mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so many bytes on a disk, and returns what gives the rest back.
func fill(t *testing.T, dir string, leave int) (free func()) {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, int(stat.Bavail)*int(stat.Bsize)-leave), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// publishAtLast publishes until it is accepted.
func publishAtLast(ctx context.Context, t *testing.T, s *stream.Stream, messages []stream.Message) {
	t.Helper()
	for {
		_, err := s.Publish(ctx, messages)
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			t.Fatalf("there is room again, and nothing is accepted: %v", err)
		}
	}
}

// drained is all that a consumer can read, past what interrupts it.
func drained(ctx context.Context, t *testing.T, c *stream.Consumer) []string {
	t.Helper()
	var got []string
	for ctx.Err() == nil {
		events, err := c.Fetch(ctx, 100, 500*time.Millisecond)
		if err != nil {
			got = nil
			_ = c.Retry(ctx) // As a sink does: it all comes again.
			continue
		}
		if len(events) == 0 {
			return got
		}
		for _, e := range events {
			got = append(got, string(e.Data))
		}
	}
	t.Fatal("the consumer does not come to an end")
	return nil
}

// A disk that was full and has room again takes events again, in the same process
// and for the same clients: all that was accepted is there once, in order, and a
// consumer that was open goes on.
func TestAFullDiskThatHasRoomAgainTakesEventsAgain(t *testing.T) {
	dir := smallDisk(t, "64")
	server := startServer(t, host.Config{Dir: filepath.Join(dir, "nats"), Token: token, Host: "127.0.0.1", Port: -1, MaxStore: 1 << 30})
	s := open(t, stream.Config{Server: server})
	outside := open(t, stream.Config{URL: server.URL(), Token: token})
	url := server.URL()
	accepted := int(publish(t, s, events("04", 1, 3)).Last)
	reader := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	ack(t, reader, fetch(t, reader, 2))

	free := fill(t, dir, 256<<10)
	big := make([]byte, 64<<10)
	for full := false; !full; {
		_, err := s.Publish(t.Context(), []stream.Message{{Subject: stream.EventSubject("04", "report.received"), Data: big}})
		switch full = errors.Is(err, stream.ErrFull); {
		case err == nil:
			accepted++
		case !full && !errors.Is(err, stream.ErrUnavailable):
			t.Fatal(err)
		}
	}
	if _, err := s.Publish(t.Context(), events("04", 0, 1)); !errors.Is(err, stream.ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	free()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, client := range []*stream.Stream{s, outside} {
		publishAtLast(ctx, t, client, events("04", 9, 1))
		accepted++
	}
	if got := drained(ctx, t, reader); len(got) < accepted-2 || got[0] != "event-3" || got[len(got)-1] != "event-9" {
		t.Errorf("the consumer that had read 2 of %d reads %d: %.60q", accepted, len(got), got)
	}
	if server.URL() != url {
		t.Errorf("the server moved from %s to %s", url, server.URL())
	}
}
