package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/pipeline/stream/streamtest"
)

func TestConsumerDeliversEverythingAgainThatIsNotAcknowledged(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 8))
	first := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	ack(t, first, fetch(t, first, 2))
	wantBodies(t, fetch(t, first, 4), "3 4 5 6")

	// The process dies here: another one opens the same consumer, long before AckWait.
	second := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	again := fetch(t, second, 6)
	wantBodies(t, again, "3 4 5 6 7 8")
	for _, e := range again {
		if want := e.Seq <= 6; e.Redelivered != want {
			t.Errorf("event %d redelivered %t, want %t", e.Seq, e.Redelivered, want)
		}
	}
	ack(t, second, again)
	third := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	if got, err := third.Fetch(t.Context(), 10, time.Millisecond); err != nil || len(got) != 0 {
		t.Errorf("%q came after everything was acknowledged (%v)", bodies(got), err)
	}
}

func TestAckOfOneEventCoversAllBeforeItAndNoneAfter(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 6))
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	fetch(t, c, 2)
	fetch(t, c, 4)
	if err := c.Ack(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if p := position(t, c); p.AckFloor != 5 || p.Pending != 1 {
		t.Errorf("position %+v, want floor 5 and 1 pending", p)
	}
	for _, seq := range []uint64{5, 3, 7} {
		if err := c.Ack(t.Context(), seq); !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("acknowledging %d: %v, want ErrInvalid", seq, err)
		}
	}
	if err := c.Ack(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
}

func TestRetryBringsTheSameEventsBeforeAnyNewOne(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 4))
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	for range 3 {
		wantBodies(t, fetch(t, c, 3), "1 2 3")
		if err := c.Retry(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, s, events("15", 5, 1))
	got := fetch(t, c, 5)
	wantBodies(t, got, "1 2 3 4 5")
	ack(t, c, got)
	if p := position(t, c); p.Pending != 0 || p.AckFloor != 5 {
		t.Errorf("position %+v, want all acknowledged", p)
	}
}

func TestFetchNoticesThatDeliveriesWentElsewhere(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server})
	publish(t, s, events("15", 1, 10))
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	fetch(t, c, 2)
	steal(t, server, "sink", 3)
	if _, err := c.Fetch(t.Context(), 10, time.Second); !errors.Is(err, stream.ErrInterrupted) || !isTemporary(err) {
		t.Fatalf("error %v, want the temporary ErrInterrupted: the next acknowledgement would cover what was never seen", err)
	}
	if err := c.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantBodies(t, fetch(t, c, 10), "1 2 3 4 5 6 7 8 9 10")
}

// steal takes deliveries of a consumer over another connection.
func steal(t *testing.T, server *host.Server, name string, n int) {
	t.Helper()
	nc := rawConn(t, server)
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.EVENTS."+name, inbox, []byte("1")); err != nil {
			t.Fatal(err)
		}
		if _, err := sub.NextMsgWithContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFetchNoticesThatAckWaitHasPassed(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, events("15", 1, 3))
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink", AckWait: 20 * time.Millisecond})
	wantBodies(t, fetch(t, c, 3), "1 2 3")
	if _, err := c.Fetch(t.Context(), 3, 30*time.Second); !errors.Is(err, stream.ErrInterrupted) {
		t.Fatalf("error %v, want ErrInterrupted", err)
	}
	if err := c.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := fetch(t, c, 3)
	wantBodies(t, got, "1 2 3")
}

func TestConsumersOfDepartmentsHaveEachTheirOwnEventsAndPosition(t *testing.T) {
	s := streamtest.Open(t)
	publish(t, s, []stream.Message{
		{Subject: "events.15.report.received", Data: []byte("event-1")},
		{Subject: "events.04.report.received", Data: []byte("event-2")},
		{Subject: "events.21.report.received", Data: []byte("event-3")},
		{Subject: "events.15.measures.decided", Data: []byte("event-4")},
	})
	coast := consumer(t, s, stream.ConsumerConfig{Name: "coast", Departments: []string{"15"}})
	highlands := consumer(t, s, stream.ConsumerConfig{Name: "highlands", Departments: []string{"21", "04", "21"}})
	fromCoast := fetch(t, coast, 2)
	wantBodies(t, fromCoast, "1 4")
	ack(t, coast, fromCoast)
	fromHighlands := fetch(t, highlands, 2)
	wantBodies(t, fromHighlands, "2 3")
	if p := position(t, coast); p.Pending != 0 || p.AckFloor != 4 {
		t.Errorf("coast at %+v, want nothing pending", p)
	}
	if p := position(t, highlands); p.Pending != 2 || !p.OldestPendingAt.Equal(fromHighlands[0].ReceivedAt) {
		t.Errorf("highlands at %+v, want 2 pending since %s", p, fromHighlands[0].ReceivedAt)
	}
	if _, err := s.Consumer(t.Context(), stream.ConsumerConfig{Name: "coast"}); !errors.Is(err, stream.ErrIncompatible) {
		t.Errorf("error %v, want ErrIncompatible: events of the other departments are behind its position", err)
	}
}

func position(t *testing.T, c *stream.Consumer) stream.Position {
	t.Helper()
	p, err := c.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPositionFollowsPublishFetchAndAck(t *testing.T) {
	s := streamtest.Open(t)
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	if p := position(t, c); p != (stream.Position{}) {
		t.Errorf("position of an empty stream %+v, want zero", p)
	}
	publish(t, s, events("15", 1, 3))
	kept := replay(t, s, 1, 0)
	for _, step := range []struct {
		name string
		do   func()
		want stream.Position
	}{
		{"published", func() {}, stream.Position{Pending: 3, LastSeq: 3, OldestPendingAt: kept[0].ReceivedAt}},
		{"two fetched", func() { fetch(t, c, 2) }, stream.Position{Delivered: 2, Pending: 3, LastSeq: 3, OldestPendingAt: kept[0].ReceivedAt}},
		{"one acknowledged", func() {
			if err := c.Ack(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}, stream.Position{AckFloor: 1, Delivered: 2, Pending: 2, LastSeq: 3, OldestPendingAt: kept[1].ReceivedAt}},
		{"all acknowledged", func() { ack(t, c, fetch(t, c, 1)) }, stream.Position{AckFloor: 3, Delivered: 3, LastSeq: 3}},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			if got := position(t, c); got != step.want {
				t.Errorf("position %+v, want %+v", got, step.want)
			}
		})
	}
}

func TestFetchReturnsWhatIsThereWithoutWaitingForMore(t *testing.T) {
	s := streamtest.Open(t)
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	publish(t, s, events("15", 1, 3))
	// An hour would outlast the test's own limit.
	got, err := c.Fetch(t.Context(), stream.MaxFetch, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	wantBodies(t, got, "1 2 3")

	waited := make(chan []stream.Delivered)
	go func() {
		got, err := c.Fetch(t.Context(), 10, time.Hour)
		if err != nil {
			t.Error(err)
		}
		waited <- got
	}()
	publish(t, s, events("15", 4, 1))
	wantBodies(t, <-waited, "4")
}

func TestFetchIsBoundedInBytes(t *testing.T) {
	s := streamtest.Open(t)
	const each, total = 200 << 10, 180
	for range total / 60 {
		batch := events("15", 0, 60)
		for i := range batch {
			batch[i].Data = make([]byte, each)
		}
		publish(t, s, batch)
	}
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	got, err := c.Fetch(t.Context(), total, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || len(got)*each > 32<<20 {
		t.Fatalf("%d events of %d bytes in one fetch", len(got), each)
	}
	rest := fetch(t, c, total-len(got))
	ack(t, c, rest)
	if p := position(t, c); p.Pending != 0 {
		t.Errorf("position %+v, want nothing pending", p)
	}
}

func TestEveryWaitOfAConsumerEndsWithItsContext(t *testing.T) {
	s := streamtest.Open(t)
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink", RetryDelay: time.Hour, RetryLimit: time.Hour})
	for name, wait := range map[string]func(context.Context) error{
		"fetch": func(ctx context.Context) error { _, err := c.Fetch(ctx, 1, time.Hour); return err },
		"retry": c.Retry,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- wait(ctx) }()
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) || isTemporary(err) {
				t.Errorf("error %v, want the context's own", err)
			}
		})
	}
	publish(t, s, events("15", 1, 1))
	wantBodies(t, fetch(t, c, 1), "1")
}

func TestConsumerComesBackAfterSomebodyDeletedIt(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server})
	publish(t, s, events("15", 1, 2))
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	fetch(t, c, 1)
	if _, err := rawConn(t, server).RequestWithContext(t.Context(), "$JS.API.CONSUMER.DELETE.EVENTS.sink", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fetch(t.Context(), 1, time.Millisecond); !isTemporary(err) {
		t.Fatalf("error %v, want a temporary one", err)
	}
	if err := c.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantBodies(t, fetch(t, c, 2), "1 2")
}

func TestConsumerRefusesNamesThatNATSCannotHold(t *testing.T) {
	s := streamtest.Open(t)
	for _, cfg := range []stream.ConsumerConfig{
		{Name: ""}, {Name: "a.b"}, {Name: "a b"}, {Name: "a/b"}, {Name: "*"},
		{Name: "sink", Departments: []string{""}}, {Name: "sink", Departments: []string{"1*"}}, {Name: "sink", Departments: []string{"15.report"}},
	} {
		if _, err := s.Consumer(t.Context(), cfg); !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("%+v: error %v, want ErrInvalid", cfg, err)
		}
	}
}
