package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// MaxFetch is the largest number of events in one Fetch.
	MaxFetch = 10_000
	// maxAckPending bounds what a consumer can hold without acknowledging it.
	maxAckPending = 500_000
	maxFetchWait  = time.Minute

	defaultAckWait    = 5 * time.Minute
	defaultRetryDelay = 250 * time.Millisecond
	defaultRetryLimit = 30 * time.Second
)

// ConsumerConfig names a reader and its share of the events.
type ConsumerConfig struct {
	// Name is the identity of the consumer: its position belongs to the name and survives restarts.
	Name string
	// Departments restricts the consumer to the events of these; nil means all. A consumer keeps its departments for
	// life.
	Departments []string
	// AckWait is after how long the server delivers again what was not acknowledged; 0 means 5 minutes. It must be far
	// above the time one batch takes.
	AckWait time.Duration
	// RetryDelay is the first pause of Retry, which doubles up to RetryLimit; 0 means 250 ms and 30 s.
	RetryDelay, RetryLimit time.Duration
}

// Consumer reads events in order and remembers, on the server, up to where they are acknowledged.
//
// One goroutine of one process uses it at a time: an acknowledgement covers everything before it, so two users
// would acknowledge each other's events. Only Position may be called from elsewhere.
type Consumer struct {
	stream *Stream
	cfg    ConsumerConfig
	want   jetstream.ConsumerConfig

	// rewound says that the server will deliver next what comes after the last acknowledgement, and nothing else.
	rewound bool
	// delivered is the highest sequence the server had handed out before the last rewind.
	delivered uint64
	// outstanding is what was fetched and not acknowledged, in ascending order of sequence.
	outstanding []receipt
	// waiting are messages that were pulled and not handed out yet: frames hold more events than were asked for.
	waiting    []Delivered
	lastNumber uint64
	lastSeq    uint64
	failures   int
}

// receipt is what acknowledging one event takes.
type receipt struct {
	seq       uint64
	reply     string
	handedOut bool // whether its events have left Fetch
}

// Consumer opens the consumer, creating it at the first event of the stream when it does not exist.
func (s *Stream) Consumer(ctx context.Context, cfg ConsumerConfig) (*Consumer, error) {
	if !literal(cfg.Name) || strings.ContainsAny(cfg.Name, `./\`) {
		return nil, fmt.Errorf("%w: a consumer has a name without dots, spaces and slashes, not %q", ErrInvalid, cfg.Name)
	}
	filters, err := eventFilters(cfg.Departments)
	if err != nil {
		return nil, err
	}
	cfg.AckWait = positive(cfg.AckWait, defaultAckWait)
	cfg.RetryDelay = positive(cfg.RetryDelay, defaultRetryDelay)
	cfg.RetryLimit = positive(cfg.RetryLimit, defaultRetryLimit)
	c := &Consumer{stream: s, cfg: cfg, want: consumerSettings(cfg, filters)}
	if err := c.rewind(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// eventFilters are the subjects of the departments, of all when there is none.
func eventFilters(departments []string) ([]string, error) {
	if len(departments) == 0 {
		return []string{eventsPrefix + ">"}, nil
	}
	filters := make([]string, 0, len(departments))
	for _, d := range departments {
		if !literal(d) || strings.Contains(d, ".") {
			return nil, fmt.Errorf("%w: %q cannot be a department", ErrInvalid, d)
		}
		filters = append(filters, eventsPrefix+d+".>")
	}
	slices.Sort(filters)
	return slices.Compact(filters), nil
}

// consumerSettings writes down every setting that matters, as the streams' settings do.
func consumerSettings(cfg ConsumerConfig, filters []string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Name:               cfg.Name,
		Durable:            cfg.Name,
		Description:        "Reads events in order and acknowledges them once they are stored and judged.",
		DeliverPolicy:      jetstream.DeliverAllPolicy,
		AckPolicy:          jetstream.AckAllPolicy, // One confirmation for a batch of thousands.
		AckWait:            cfg.AckWait,
		MaxDeliver:         -1, // An event is delivered until it is acknowledged; a limit would drop it without a word.
		FilterSubjects:     filters,
		ReplayPolicy:       jetstream.ReplayInstantPolicy,
		MaxWaiting:         16,
		MaxAckPending:      maxAckPending,
		MaxRequestBatch:    MaxFetch,
		MaxRequestExpires:  maxFetchWait,
		MaxRequestMaxBytes: pullBytes,
		InactiveThreshold:  0, // Never removed, however long its reader is away.
		HeadersOnly:        false,
		MemoryStorage:      false,
		Replicas:           0, // As many as the stream.
	}
}

// rewind makes the server deliver again everything after the last acknowledgement, before anything new.
//
// Without it the server would first hand out new events and repeat the unacknowledged ones only after AckWait; the next
// acknowledgement would then cover events that nobody has. A negative acknowledgement does not help: it repeats one
// event, after later ones.
func (c *Consumer) rewind(ctx context.Context) error {
	op := "open consumer " + c.cfg.Name
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c.forget()
	info, err := c.ensure(bounded)
	if err != nil {
		if errors.Is(err, ErrIncompatible) {
			return err
		}
		return wrap(ctx, op, err)
	}
	if _, err := c.stream.js.ResetConsumer(bounded, eventsStream, c.cfg.Name); err != nil {
		return wrap(ctx, op, err)
	}
	c.delivered = max(c.delivered, info.Delivered.Stream)
	c.rewound = true
	return nil
}

// ensure creates the consumer, or corrects the settings of one that exists.
func (c *Consumer) ensure(ctx context.Context) (*jetstream.ConsumerInfo, error) {
	existing, err := c.stream.js.Consumer(ctx, eventsStream, c.cfg.Name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		created, err := c.stream.js.CreateConsumer(ctx, eventsStream, c.want)
		if err != nil {
			return nil, err
		}
		return created.CachedInfo(), nil
	}
	if err != nil {
		return nil, err
	}
	info := existing.CachedInfo()
	changes := differences(c.want, info.Config)
	if len(changes) == 0 {
		return info, nil
	}
	for _, d := range changes {
		switch d.setting {
		case "filter_subject", "filter_subjects":
			// Its position would be past the events of the new departments: they would never be read.
			return nil, fmt.Errorf("%w: consumer %s reads other events (%s): use another name for another range of departments", ErrIncompatible, c.cfg.Name, list(changes))
		case "deliver_policy", "ack_policy", "deliver_subject":
			return nil, fmt.Errorf("%w: consumer %s belongs to something else (%s): use another name", ErrIncompatible, c.cfg.Name, list(changes))
		}
	}
	updated, err := c.stream.js.UpdateConsumer(ctx, eventsStream, c.want)
	if err != nil {
		return nil, err
	}
	c.stream.log.Warn("consumer settings corrected", "consumer", c.cfg.Name, "changes", list(changes))
	return updated.CachedInfo(), nil
}

func (c *Consumer) forget() {
	c.rewound = false
	c.outstanding, c.waiting = nil, nil
	c.lastNumber, c.lastSeq = 0, 0
}

// Fetch returns the events that are there, up to limit and up to a bounded number of bytes; when there is none it waits
// up to wait for the first. A frame is handed out whole, so that there may be some more than limit.
// No event and no error means that none came. Events of several fetches may be collected before one Ack.
// After any temporary error the caller drops what it has not acknowledged and calls Retry.
func (c *Consumer) Fetch(ctx context.Context, limit int, wait time.Duration) ([]Delivered, error) {
	if len(c.waiting) == 0 {
		if err := c.pull(ctx, limit, wait); err != nil {
			return nil, err
		}
	}
	events := make([]Delivered, 0, len(c.waiting)) // More where there are frames.
	for size := 0; len(c.waiting) > 0 && len(events) < max(limit, 1) && size < fetchBytes; c.waiting = c.waiting[1:] {
		before := len(events)
		events = c.stream.unfold(events, c.waiting[0])
		for i := range events[before:] {
			size += len(events[before+i].Data)
		}
		c.outstanding[len(c.outstanding)-len(c.waiting)].handedOut = true
	}
	return events, nil
}

// fetchBytes is about how many bytes of events one Fetch returns: what is pulled in frames can be many times as large
// when unpacked.
const fetchBytes = 16 << 20

// pull gets messages from the server into waiting.
func (c *Consumer) pull(ctx context.Context, limit int, wait time.Duration) error {
	if !c.rewound {
		if err := c.rewind(ctx); err != nil {
			return err
		}
	}
	op := "fetch for consumer " + c.cfg.Name
	got, err := c.stream.pull(ctx, eventsStream, c.cfg.Name, min(max(limit, 1), MaxFetch), min(max(wait, time.Millisecond), maxFetchWait))
	if err != nil && (len(got) == 0 || ctx.Err() != nil) {
		// What the server sent and we did not take counts as delivered there.
		c.rewound = false
		return wrap(ctx, op, err)
	}
	for _, d := range got {
		// A missing number means that deliveries went elsewhere or were lost; a sequence that goes back, that AckWait
		// has passed. To go on would acknowledge what we do not have.
		if d.number != c.lastNumber+1 || d.Seq <= c.lastSeq {
			c.forget()
			return temporary(op, ErrInterrupted, nil)
		}
		c.lastNumber, c.lastSeq = d.number, d.Seq
		c.outstanding = append(c.outstanding, receipt{seq: d.Seq, reply: d.reply})
		d.Redelivered = d.Redelivered || d.Seq <= c.delivered
		c.waiting = append(c.waiting, d.Delivered)
	}
	return nil
}

// Ack acknowledges every fetched event up to and including seq, the sequence of one of them, and waits until the server
// confirms it.
// After a temporary error Ack may be repeated, or the events dropped and Retry called: they come again.
func (c *Consumer) Ack(ctx context.Context, seq uint64) error {
	i, found := slices.BinarySearchFunc(c.outstanding, seq, func(r receipt, seq uint64) int {
		switch {
		case r.seq < seq:
			return -1
		case r.seq > seq:
			return 1
		}
		return 0
	})
	if !found || !c.outstanding[i].handedOut {
		return fmt.Errorf("%w: acknowledge event %d: it was not fetched, or is acknowledged already", ErrInvalid, seq)
	}
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if _, err := c.stream.nc.RequestWithContext(bounded, c.outstanding[i].reply, []byte("+ACK")); err != nil {
		return wrap(ctx, fmt.Sprintf("acknowledge up to event %d", seq), err)
	}
	c.outstanding = slices.Delete(c.outstanding, 0, i+1)
	c.failures = 0
	return nil
}

// Retry gives up what was fetched and not acknowledged, so that the next Fetch begins with it again, and pauses:
// briefly at first, longer with each failure in a row, until an Ack succeeds. It returns early only when the context
// ends.
func (c *Consumer) Retry(ctx context.Context) error {
	c.forget()
	delay := retryDelay(c.failures, c.cfg.RetryDelay, c.cfg.RetryLimit)
	c.failures++
	if err := sleep(ctx, delay); err != nil {
		return fmt.Errorf("wait to retry consumer %s: %w", c.cfg.Name, err)
	}
	return nil
}

// retryDelay doubles with each failure up to the limit.
func retryDelay(failures int, first, limit time.Duration) time.Duration {
	delay := first
	for range failures {
		if delay >= limit/2 {
			return limit
		}
		delay *= 2
	}
	return min(delay, limit)
}
