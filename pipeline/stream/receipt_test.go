package stream_test

import (
	"errors"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

func TestAReceiptTellsWhatBecameOfAnEvent(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	data := [][]byte{[]byte(`{"id":"a"}`), []byte(`{"id":"b"}`), []byte(`{"id":"c"}`), []byte(`{"id":"d"}`)}
	messages := make([]stream.Message, len(data))
	for i := range data {
		messages[i] = stream.Message{Subject: stream.EventSubject("04", "report.received"), Data: data[i]}
	}
	kept, err := s.Publish(t.Context(), messages)
	if err != nil {
		t.Fatal(err)
	}
	receipts := make([]stream.Receipt, len(data))
	for i := range data {
		receipts[i] = stream.ReceiptOf(kept.First+uint64(i), data[i])
	}
	fates := func() (got []stream.Fate) {
		for _, receipt := range receipts {
			fate, err := s.FateOf(t.Context(), receipt, "sink")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fate)
		}
		return got
	}
	expect := func(when string, want ...stream.Fate) {
		t.Helper()
		for i, fate := range fates() {
			if fate != want[i] {
				t.Errorf("%s, event %d is %s, want %s", when, i, fate, want[i])
			}
		}
	}
	expect("before there is a sink", stream.Pending, stream.Pending, stream.Pending, stream.Pending)

	consumer, err := s.Consumer(t.Context(), stream.ConsumerConfig{Name: "sink", AckWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := consumer.Fetch(t.Context(), len(data), time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.Reject(t.Context(), []stream.Rejected{
		{Reason: "conflict", Seq: kept.First + 1, Data: data[1], At: time.Unix(1, 0)},
		{Reason: "unstorable", Seq: kept.First + 2, Data: data[2], At: time.Unix(1, 0)},
		{Reason: "conflict", Seq: kept.First + 9, Data: data[0], At: time.Unix(1, 0)}, // another arrival of the first
	}); err != nil {
		t.Fatal(err)
	}
	if err := consumer.Ack(t.Context(), kept.First+2); err != nil {
		t.Fatal(err)
	}
	expect("with the last not yet judged", stream.Stored, stream.InConflict, stream.Refused, stream.Pending)
}

func TestAMadeUpReceiptIsNone(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	for _, receipt := range []stream.Receipt{"", "x", "a receipt with spaces", stream.ReceiptOf(7, []byte("{}"))} {
		if fate, err := s.FateOf(t.Context(), receipt, "sink"); !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("%q is %s: %v", receipt, fate, err)
		}
	}
}
