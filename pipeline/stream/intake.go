package stream

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"amparo/pipeline/stream/host"
)

const (
	intakeGroup = "intake"

	// intakeAtOnce is how many requests are in work together, so that they can share one atomic batch.
	intakeAtOnce       = 256
	intakeWaiting      = 4096
	intakeWaitingBytes = 64 << 20
)

// ServeIntake answers requests on host.IntakeSubject with what handler returns, each request by one of the processes that
// serve. The handler is told the sender's name, "" for whoever may use the installation's own account.
// It is called for several requests at once; its context ends with ctx. stop lets requests in work finish.
func (s *Stream) ServeIntake(ctx context.Context, handler func(ctx context.Context, sender string, body []byte) []byte) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	slots := make(chan struct{}, intakeAtOnce)
	var working sync.WaitGroup
	var mu sync.Mutex // Orders the start of work before the wait for its end.
	stopped := false

	serve := func(msg *nats.Msg) {
		defer func() { <-slots; working.Done() }()
		answer := handler(ctx, strings.TrimPrefix(strings.TrimPrefix(msg.Subject, host.IntakeSubject), "."), msg.Data)
		if msg.Reply == "" {
			return
		}
		if err := msg.Respond(answer); err != nil {
			s.log.Warn("intake answer not sent, the producer will send again", "error", err)
		}
	}
	take := func(msg *nats.Msg) {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if stopped {
			<-slots
			return
		}
		working.Add(1)
		go serve(msg)
	}
	subs, err := s.startIntake(ctx, take)
	if err != nil {
		cancel()
		return nil, err
	}
	return sync.OnceFunc(func() {
		for _, sub := range subs {
			if err := sub.Unsubscribe(); err != nil {
				s.log.Debug("intake subscription already ended", "error", err)
			}
		}
		mu.Lock()
		stopped = true
		mu.Unlock()
		working.Wait()
		cancel()
	}), nil
}

// startIntake subscribes, bounds the queues and waits until the server knows of the subscriptions.
func (s *Stream) startIntake(ctx context.Context, take nats.MsgHandler) (subs []*nats.Subscription, err error) {
	const op = "serve intake by NATS"
	defer func() {
		if err == nil {
			return
		}
		for _, sub := range subs {
			_ = sub.Unsubscribe() // The first error is the one to report.
		}
	}()
	for _, subject := range []string{host.IntakeSubject, host.IntakeSubject + ".*"} {
		sub, err := s.nc.QueueSubscribe(subject, intakeGroup, take)
		if err != nil {
			return subs, wrap(ctx, op, err)
		}
		subs = append(subs, sub)
		if err := sub.SetPendingLimits(intakeWaiting, intakeWaitingBytes); err != nil {
			return subs, fmt.Errorf("bound the intake queue: %w", wrap(ctx, op, err))
		}
	}
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return subs, wrap(ctx, op, s.nc.FlushWithContext(bounded))
}
