package notifier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
)

// Headers of a delivery. The signature is the hex HMAC-SHA256, under the
// webhook's secret, of the timestamp, a dot and the body.
const (
	HeaderID        = "Amparo-Notice-Id"
	HeaderTimestamp = "Amparo-Timestamp"
	HeaderSignature = "Amparo-Signature"
)

const (
	deliverBatch   = 256
	deliverWait    = 2 * time.Second
	firstRetry     = time.Second
	longestRetry   = 5 * time.Minute
	mostOfResponse = 64 << 10
)

// NoticeReader reads notices in order; what is not acknowledged comes again.
type NoticeReader interface {
	Fetch(ctx context.Context, limit int, wait time.Duration) ([]stream.Delivered, error)
	Ack(ctx context.Context, seq uint64) error
}

// Undelivered keeps what a webhook refused for good.
type Undelivered interface {
	InsertUndelivered(ctx context.Context, u store.Undelivered) error
}

// Sender delivers notices to one webhook, each at least once, those of one case
// in order.
type Sender struct {
	hook    Webhook
	from    NoticeReader
	refused Undelivered
	client  *http.Client
	now     func() time.Time
	log     *slog.Logger
	metrics *Metrics
	retry   struct{ first, longest time.Duration }
}

// OpenSender opens the webhook's position. A webhook that is new begins with the
// notices that come from now on.
func OpenSender(ctx context.Context, hook Webhook, from *stream.Stream, refused Undelivered, now func() time.Time, log *slog.Logger, m *Metrics) (*Sender, error) {
	reader, err := from.NoticeReader(ctx, hook.reader())
	if err != nil {
		return nil, fmt.Errorf("open webhook %s: %w", hook.Name, err)
	}
	return newSender(hook, reader, refused, now, log, m), nil
}

func newSender(hook Webhook, from NoticeReader, refused Undelivered, now func() time.Time, log *slog.Logger, m *Metrics) *Sender {
	hook.setDefaults()
	s := &Sender{hook: hook, from: from, refused: refused, now: now, log: log.With("webhook", hook.Name), metrics: m}
	s.retry.first, s.retry.longest = firstRetry, longestRetry
	s.client = &http.Client{
		Timeout: hook.Timeout,
		// Where notices go is said in the settings, and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, result := range []string{delivered, failed, refusedResult} {
		m.deliveries.WithLabelValues(hook.Name, result)
	}
	return s
}

// Run delivers until the context ends, which is no error.
func (s *Sender) Run(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		err := s.once(ctx)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			failures = 0
		default:
			s.log.Warn("notices not read, trying again", "error", err)
			pause(ctx, s.delay(failures))
			failures++
		}
	}
	return nil
}

// once delivers one batch and acknowledges it whole. What was delivered before a
// crash is delivered again, with the same id.
func (s *Sender) once(ctx context.Context) error {
	batch, err := s.from.Fetch(ctx, deliverBatch, deliverWait)
	if err != nil || len(batch) == 0 {
		return err
	}
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(s.hook.Parallel)
	for _, queue := range byCase(batch) {
		group.Go(func() error {
			for _, d := range queue {
				if err := s.deliver(inGroup, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.from.Ack(ctx, batch[len(batch)-1].Seq)
}

// byCase splits a batch into queues, each of one token, in order.
func byCase(batch []stream.Delivered) [][]stream.Delivered {
	place := map[string]int{}
	var queues [][]stream.Delivered
	for _, d := range batch {
		var n Notice
		if err := json.Unmarshal(d.Data, &n); err != nil {
			n.Token = "" // Those that cannot be read wait for each other.
		}
		i, ok := place[n.Token]
		if !ok {
			i = len(queues)
			place[n.Token] = i
			queues = append(queues, nil)
		}
		queues[i] = append(queues[i], d)
	}
	return queues
}

// errRefused marks an answer that says the notice will never be taken.
var errRefused = errors.New("refused")

// deliver sends one notice until it is taken, refused for good, or too old. It
// fails only when the context ends.
func (s *Sender) deliver(ctx context.Context, d stream.Delivered) error {
	var n Notice
	if err := json.Unmarshal(d.Data, &n); err != nil {
		return s.giveUp(ctx, d, "", fmt.Errorf("not a notice: %w", err))
	}
	for attempt := 0; ; attempt++ {
		err := s.send(ctx, n.ID, d.Data)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil:
			s.metrics.deliveries.WithLabelValues(s.hook.Name, delivered).Inc()
			return nil
		case errors.Is(err, errRefused), s.now().Sub(d.ReceivedAt) > s.hook.GiveUpAfter:
			return s.giveUp(ctx, d, n.ID, err)
		}
		s.metrics.deliveries.WithLabelValues(s.hook.Name, failed).Inc()
		s.log.Warn("notice not delivered, trying again", "notice", n.ID, "attempt", attempt+1, "error", err)
		if !pause(ctx, s.delay(attempt)) {
			return context.Cause(ctx)
		}
	}
}

// giveUp keeps the notice as undelivered, however often that takes.
func (s *Sender) giveUp(ctx context.Context, d stream.Delivered, id string, reason error) error {
	s.log.Error("notice kept as undelivered: see amparo notifier undelivered", "notice", id, "reason", reason)
	for attempt := 0; ; attempt++ {
		err := s.refused.InsertUndelivered(ctx, store.Undelivered{
			Webhook: s.hook.Name, Seq: d.Seq, ID: id, Reason: reason.Error(), Body: string(d.Data), RefusedAt: s.now().UTC(),
		})
		if err == nil {
			s.metrics.deliveries.WithLabelValues(s.hook.Name, refusedResult).Inc()
			s.metrics.refused.Inc()
			return nil
		}
		s.log.Warn("undelivered notice not kept, trying again", "notice", id, "error", err)
		if !pause(ctx, s.delay(attempt)) {
			return context.Cause(ctx)
		}
	}
}

// delay doubles with each failure up to the longest.
func (s *Sender) delay(failures int) time.Duration {
	d := s.retry.first
	for range failures {
		if d >= s.retry.longest/2 {
			return s.retry.longest
		}
		d *= 2
	}
	return min(d, s.retry.longest)
}

// send makes one attempt.
func (s *Sender) send(ctx context.Context, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.hook.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	timestamp := strconv.FormatInt(s.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "amparo")
	req.Header.Set(HeaderID, id)
	req.Header.Set(HeaderTimestamp, timestamp)
	req.Header.Set(HeaderSignature, "v1="+Sign(s.hook.secret, timestamp, body))
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // Read only.
	if _, err := io.CopyN(io.Discard, res.Body, mostOfResponse); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch res.StatusCode {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		// Of the notice. Other client errors are of the address or the rights to
		// it, which somebody will put in order.
		return fmt.Errorf("%w: the webhook answered %s", errRefused, res.Status)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("the webhook answered %s", res.Status)
	}
	return nil
}

// Sign is the signature of a delivery, for those who send and for those who
// check.
func Sign(secret []byte, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(timestamp))
	h.Write([]byte("."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
