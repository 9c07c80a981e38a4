package stream_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

func serveIntake(t *testing.T, s *stream.Stream, handler func(context.Context, string, []byte) []byte) (stop func()) {
	t.Helper()
	stop, err := s.ServeIntake(t.Context(), handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

func TestIntakeAnswersEachProducerOnce(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	// Two processes that serve share the work: each request is handled by one.
	var mu sync.Mutex
	handled := map[string]int{}
	for range 2 {
		serveIntake(t, open(t, stream.Config{Server: server}), func(_ context.Context, _ string, request []byte) []byte {
			mu.Lock()
			defer mu.Unlock()
			handled[string(request)]++
			return bytes.ToUpper(request)
		})
	}
	producer := rawConn(t, server)
	for _, request := range []string{"a", "b", "c", "d"} {
		answer, err := producer.RequestWithContext(t.Context(), host.IntakeSubject, []byte(request))
		if err != nil {
			t.Fatal(err)
		}
		if want := string(bytes.ToUpper([]byte(request))); string(answer.Data) != want {
			t.Errorf("answer %q, want %q", answer.Data, want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for request, times := range handled {
		if times != 1 {
			t.Errorf("request %q was handled %d times", request, times)
		}
	}
}

func TestIntakeHandlesRequestsTogetherAndFinishesThemWhenStopped(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server})
	const together = 8
	var arrived sync.WaitGroup
	arrived.Add(together)
	release := make(chan struct{})
	stop := serveIntake(t, s, func(context.Context, string, []byte) []byte {
		arrived.Done()
		<-release
		return []byte("accepted")
	})
	producer := rawConn(t, server)
	answers := make(chan string, together)
	for range together {
		go func() {
			answer, err := producer.RequestWithContext(t.Context(), host.IntakeSubject, []byte("x"))
			if err != nil {
				t.Error(err)
				answers <- ""
				return
			}
			answers <- string(answer.Data)
		}()
	}
	arrived.Wait() // All of them are in work at once.
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(release)
	<-stopped
	for range together {
		if answer := <-answers; answer != "accepted" {
			t.Errorf("answer %q, want accepted", answer)
		}
	}
	if _, err := producer.RequestWithContext(t.Context(), host.IntakeSubject, nil); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("error %v after stop, want no responders", err)
	}
}
