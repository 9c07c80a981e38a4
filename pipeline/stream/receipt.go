package stream

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"amparo/schemas/event"
)

// A Receipt names one accepted event, for its sender to ask what became of it.
// It says where the event stands, and under which keys it would be found if it
// had been rejected afterwards; nobody can make one up who does not have the
// event.
type Receipt string

// late are the reasons for which an event can be rejected after it was accepted.
var late = []event.Reason{event.Conflict, event.Unstorable}

// keyBytes is the length of a rejected event's key.
const keyBytes = keyDigits / 2

// ReceiptOf is the receipt of an event that was kept at a sequence.
func ReceiptOf(seq uint64, canonical []byte) Receipt {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+keyBytes*len(late)), seq)
	for _, reason := range late {
		sum := rejectedSum(string(reason), seq, canonical)
		b = append(b, sum[:keyBytes]...)
	}
	return Receipt(base64.RawURLEncoding.EncodeToString(b))
}

// A Fate is what became of an accepted event.
type Fate string

// The fates of an accepted event.
const (
	Pending    Fate = "pending"    // not yet stored and judged
	Stored     Fate = "stored"     // stored and judged, now or as a duplicate before
	InConflict Fate = "conflict"   // another event has its identity and stays
	Refused    Fate = "unstorable" // the store has proven that it cannot take it
)

// FateOf says what became of the event of a receipt. consumers is the prefix of
// the names of the consumers that store and judge.
func (s *Stream) FateOf(ctx context.Context, receipt Receipt, consumers string) (Fate, error) {
	b, err := base64.RawURLEncoding.DecodeString(string(receipt))
	if err != nil || len(b) != 8+keyBytes*len(late) {
		return "", fmt.Errorf("%w: %.40q is no receipt", ErrInvalid, receipt)
	}
	seq := binary.BigEndian.Uint64(b)
	last, err := s.LastSeq(ctx)
	if err != nil {
		return "", err
	}
	if seq == 0 || seq > last {
		return "", fmt.Errorf("%w: the receipt is of another installation", ErrInvalid)
	}
	done, err := s.Acknowledged(ctx, consumers)
	if err != nil {
		return "", err
	}
	for keys, fate := range map[int]Fate{0: InConflict, 1: Refused} {
		key := hex.EncodeToString(b[8+keys*keyBytes:][:keyBytes])
		for stored, err := range s.storedRejected(ctx, key) {
			if err != nil {
				return "", err
			}
			if stored.Key == key {
				return fate, nil
			}
		}
	}
	if done < seq {
		return Pending, nil
	}
	return Stored, nil
}

// IsReceipt reports whether a text has the shape of a receipt.
func IsReceipt(text string) bool {
	b, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(b) == 8+keyBytes*len(late) && !slices.Equal(b[:8], make([]byte, 8))
}
