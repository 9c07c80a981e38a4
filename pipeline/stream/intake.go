package stream

import (
	"context"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
)

const (
	// IntakeSubject is where producers send events by NATS and wait for the answer.
	IntakeSubject = "intake.events"
	intakeGroup   = "intake"

	// intakeAtOnce is how many requests are in work together, so that they can share one atomic batch.
	intakeAtOnce       = 256
	intakeWaiting      = 4096
	intakeWaitingBytes = 64 << 20
)

// ServeIntake answers requests on IntakeSubject with what handler returns, each request by one of the processes that
// serve.
// The handler is called for several requests at once; its context ends with ctx. stop lets requests in work finish.
func (s *Stream) ServeIntake(ctx context.Context, handler func(context.Context, []byte) []byte) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	slots := make(chan struct{}, intakeAtOnce)
	var working sync.WaitGroup
	var mu sync.Mutex // Orders the start of work before the wait for its end.
	stopped := false

	serve := func(msg *nats.Msg) {
		defer func() { <-slots; working.Done() }()
		answer := handler(ctx, msg.Data)
		if msg.Reply == "" {
			return
		}
		if err := msg.Respond(answer); err != nil {
			s.log.Warn("intake answer not sent, the producer will send again", "error", err)
		}
	}
	sub, err := s.nc.QueueSubscribe(IntakeSubject, intakeGroup, func(msg *nats.Msg) {
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
	})
	if err != nil {
		cancel()
		return nil, wrap(ctx, "serve intake by NATS", err)
	}
	if err := s.startIntake(ctx, sub); err != nil {
		cancel()
		return nil, err
	}
	return sync.OnceFunc(func() {
		if err := sub.Unsubscribe(); err != nil {
			s.log.Debug("intake subscription already ended", "error", err)
		}
		mu.Lock()
		stopped = true
		mu.Unlock()
		working.Wait()
		cancel()
	}), nil
}

// startIntake bounds the queue and waits until the server knows of the subscription.
func (s *Stream) startIntake(ctx context.Context, sub *nats.Subscription) error {
	err := sub.SetPendingLimits(intakeWaiting, intakeWaitingBytes)
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		err = s.nc.FlushWithContext(bounded)
	}
	if err != nil {
		_ = sub.Unsubscribe() // The first error is the one to report.
		return fmt.Errorf("bound the intake queue: %w", wrap(ctx, "serve intake by NATS", err))
	}
	return nil
}
