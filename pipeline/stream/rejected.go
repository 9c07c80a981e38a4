package stream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

const (
	rejectedPrefix = "rejected."
	rejectedHeader = "Amparo-Rejected"
	// MaxRejectedBytes is the largest size of the bytes kept of one rejected event.
	MaxRejectedBytes = 768 << 10
	// maxRejectedText bounds each of the texts about a rejected event, which travel in a header.
	maxRejectedText = 1024
	// keyDigits gives a key of 64 bits: short enough to type, long enough that two never meet.
	keyDigits = 16
	// bucketDigits spreads rejected events over 4,096 subjects: one is found quickly by its key, and the number of
	// subjects stays bounded.
	bucketDigits = 3
)

// Rejected is an event that could not be accepted, with the reason and its bytes.
type Rejected struct {
	// Key names it for people. It follows from the bytes, the reason and Seq; Reject sets it.
	Key string `json:"key"`
	// Reason is a short code from a closed set, Field the member at fault, Detail a sentence for whoever must correct
	// it.
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Origin says by which door it came and, for a file, its name and line.
	Origin string `json:"origin,omitempty"`
	// Case, Source and EventID identify the event as far as they could be read.
	Case    string `json:"case,omitempty"`
	Source  string `json:"source,omitempty"`
	EventID string `json:"event_id,omitempty"`
	// Seq is its place among the events when it was rejected after it was accepted, else 0.
	Seq uint64 `json:"seq,omitempty"`
	// Line is its place in a frame, from 1; 0 when it was in none.
	Line int `json:"line,omitempty"`
	// At is when it was rejected.
	At time.Time `json:"at"`
	// Masked says that Data is not what came: values that must not be stored are masked.
	Masked bool `json:"masked,omitempty"`
	// Data is the event itself.
	Data []byte `json:"-"`
}

// RejectedFilter selects rejected events; the zero value selects all.
type RejectedFilter struct {
	Key, Reason, Source, Case string
	// OriginPrefix selects a door, or one file of it.
	OriginPrefix string
	// Since and Until bound when it was rejected: from Since, before Until.
	Since, Until time.Time
}

// Selects reports whether a rejected event is one of those.
func (f RejectedFilter) Selects(r Rejected) bool {
	return (f.Key == "" || f.Key == r.Key) &&
		(f.Reason == "" || f.Reason == r.Reason) &&
		(f.Source == "" || f.Source == r.Source) &&
		(f.Case == "" || f.Case == r.Case) &&
		strings.HasPrefix(r.Origin, f.OriginPrefix) &&
		(f.Since.IsZero() || !r.At.Before(f.Since)) &&
		(f.Until.IsZero() || r.At.Before(f.Until))
}

// Reject keeps events that could not be accepted, flushed to disk before it returns. The same bytes rejected for the
// same reason are kept once.
func (s *Stream) Reject(ctx context.Context, rejected []Rejected) error {
	batch := rejectedBatch{ids: make(map[string]bool)}
	for _, r := range rejected {
		msg, id, err := encodeRejected(r)
		if err != nil {
			return err
		}
		if batch.ids[id] {
			continue
		}
		if batch.full(len(msg.Data)) {
			if err := s.publishRejected(ctx, batch.messages); err != nil {
				return err
			}
			batch = rejectedBatch{ids: make(map[string]bool)}
		}
		batch.add(msg, id)
	}
	return s.publishRejected(ctx, batch.messages)
}

// rejectedBatch collects messages with different ids up to the limits of an atomic batch.
type rejectedBatch struct {
	messages []*nats.Msg
	ids      map[string]bool
	bytes    int
}

func (b *rejectedBatch) full(next int) bool {
	return len(b.messages) == MaxBatch || (len(b.messages) > 0 && b.bytes+next > MaxBatchBytes)
}

func (b *rejectedBatch) add(msg *nats.Msg, id string) {
	b.messages = append(b.messages, msg)
	b.ids[id] = true
	b.bytes += len(msg.Data)
}

// publishRejected publishes a batch. The server refuses it whole when one id is known, as after a crash; then each goes
// alone and the known ones fall out.
func (s *Stream) publishRejected(ctx context.Context, messages []*nats.Msg) error {
	if len(messages) == 0 {
		return nil
	}
	op := fmt.Sprintf("keep %d rejected events", len(messages))
	_, err := s.publish(ctx, messages)
	if err == nil || !errors.Is(err, jetstreamext.ErrBatchPublishDuplicateMsgID) {
		return wrap(ctx, op, err)
	}
	for _, msg := range messages {
		for _, header := range []string{jetstreamext.BatchIDHeader, jetstreamext.BatchSeqHeader, jetstreamext.BatchCommitHeader} {
			msg.Header.Del(header)
		}
		if _, err := s.publish(ctx, []*nats.Msg{msg}); err != nil {
			return wrap(ctx, op, err)
		}
	}
	return nil
}

// encodeRejected puts the bytes of the event into the body as they are, and the rest into a header.
func encodeRejected(r Rejected) (msg *nats.Msg, id string, err error) {
	if r.Reason == "" {
		return nil, "", fmt.Errorf("%w: a rejected event needs a reason", ErrInvalid)
	}
	if len(r.Data) > MaxRejectedBytes {
		return nil, "", fmt.Errorf("%w: a rejected event of %d bytes, the limit is %d", ErrTooLarge, len(r.Data), MaxRejectedBytes)
	}
	for _, text := range []*string{&r.Reason, &r.Field, &r.Detail, &r.Origin, &r.Case, &r.Source, &r.EventID} {
		*text = shorten(*text, maxRejectedText)
	}
	id = rejectedID(r)
	r.Key = id[:keyDigits]
	about, err := json.Marshal(r)
	if err != nil {
		return nil, "", fmt.Errorf("encode a rejected event: %w", err)
	}
	header := nats.Header{}
	header.Set(rejectedHeader, string(about))
	header.Set(jetstream.MsgIDHeader, id)
	return &nats.Msg{Subject: rejectedPrefix + r.Key[:bucketDigits], Data: r.Data, Header: header}, id, nil
}

// rejectedID names a rejection.
func rejectedID(r Rejected) string {
	sum := rejectedSum(r.Reason, r.Seq, r.Data)
	return hex.EncodeToString(sum[:])
}

// rejectedSum is a digest of what makes two rejections the same: the bytes, the reason and, for an event that was
// accepted first, its place in the stream, so that a redelivery is one rejection and a second arrival is another. The
// reason goes first with its length, so that no two of them run together.
func rejectedSum(reason string, seq uint64, data []byte) [sha256.Size]byte {
	b := make([]byte, 0, usualEvent)
	b = append(strconv.AppendInt(b, int64(len(reason)), 10), ':')
	b = append(append(b, reason...), ':')
	b = append(strconv.AppendUint(b, seq, 10), ':')
	return sha256.Sum256(append(b, data...))
}

// usualEvent is room for nearly every event and what is put before it.
const usualEvent = 1 << 10

// shorten cuts a text between characters and shows that it did.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// RejectedEvents yields the rejected events that the filter selects, oldest first, each key once.
func (s *Stream) RejectedEvents(ctx context.Context, filter RejectedFilter) iter.Seq2[Rejected, error] {
	return func(yield func(Rejected, error) bool) {
		seen := make(map[string]bool)
		for stored, err := range s.storedRejected(ctx, filter.Key) {
			if err != nil {
				yield(Rejected{}, err)
				return
			}
			if seen[stored.Key] || !filter.Selects(stored.Rejected) {
				continue
			}
			seen[stored.Key] = true
			if !yield(stored.Rejected, nil) {
				return
			}
		}
	}
}

// ForgetRejected removes a rejected event and overwrites its bytes on disk: it has been replayed, or must not be kept.
// It returns ErrNotFound when there is none.
func (s *Stream) ForgetRejected(ctx context.Context, key string) error {
	op := "forget rejected event " + key
	var places []uint64
	for stored, err := range s.storedRejected(ctx, key) {
		if err != nil {
			return err
		}
		if stored.Key == key {
			places = append(places, stored.place)
		}
	}
	if len(places) == 0 {
		return fmt.Errorf("%w: %q", ErrNotFound, key)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := s.js.Stream(ctx, rejectedStream)
	if err != nil {
		return wrap(ctx, op, err)
	}
	for _, place := range places {
		if err := stream.SecureDeleteMsg(ctx, place); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return wrap(ctx, op, err)
		}
	}
	return nil
}

// storedRejected is a rejected event with its place in its own stream.
type storedRejected struct {
	Rejected
	place uint64
}

// storedRejected reads all rejected events, or only the subject where those with the key are.
func (s *Stream) storedRejected(ctx context.Context, key string) iter.Seq2[storedRejected, error] {
	filter := rejectedPrefix + ">"
	if key != "" {
		filter = rejectedPrefix + key[:min(len(key), bucketDigits)]
	}
	return func(yield func(storedRejected, error) bool) {
		if !literal(strings.TrimSuffix(filter, ".>")) {
			yield(storedRejected{}, fmt.Errorf("%w: %q cannot be the key of a rejected event", ErrInvalid, key))
			return
		}
		s.scan(ctx, scanRange{stream: rejectedStream, filters: []string{filter}}, func(d Delivered, err error) bool {
			if err != nil {
				return yield(storedRejected{}, err)
			}
			stored := storedRejected{place: d.Seq}
			if err := json.Unmarshal([]byte(d.Header[rejectedHeader]), &stored.Rejected); err != nil {
				return yield(storedRejected{}, fmt.Errorf("read rejected event at %d: %w", d.Seq, err))
			}
			stored.Data = d.Data
			return yield(stored, nil)
		})
	}
}
