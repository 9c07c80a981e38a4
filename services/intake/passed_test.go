package intake_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/services/intake"
)

// What has passed the door alone is given to whoever has its sequence and its very bytes, once, as the door would read
// these bytes again.
func TestWhatHasPassedIsGivenOnce(t *testing.T) {
	s := streamtest.Open(t)
	in := door(t, s)
	passed := in.Passed()
	single, err := in.Submit(t.Context(), intake.Submission{Origin: "test", Raws: []event.Raw{{Line: 1, Bytes: []byte(report("p-1"))}}})
	if err != nil {
		t.Fatal(err)
	}
	many, err := in.Submit(t.Context(), intake.Submission{Origin: "test", Raws: raws("040101", "040101", "040101", "040101", "040101", "040101", "040101", "040101",
		"040101", "040101", "040101", "040101", "040101", "040101", "040101", "040101")})
	if err != nil {
		t.Fatal(err)
	}
	for d, err := range s.Replay(t.Context(), single[0].Seq, 0, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Line > 0 {
			if _, _, found := passed.Take(many[0].Seq, d.Data); found {
				t.Error("an event of a frame is found by the sequence of the frame")
			}
			continue
		}
		changed := append([]byte(nil), d.Data...)
		changed[len(changed)-2]++
		if _, _, found := passed.Take(d.Seq, changed); found {
			t.Error("other bytes are taken for those that have passed")
		}
		if _, _, found := passed.Take(d.Seq+1<<15, d.Data); found {
			t.Error("another sequence is taken for the one that has passed")
		}
		line, digest, found := passed.Take(d.Seq, d.Data)
		if !found {
			t.Fatal("what has passed is not there")
		}
		e, err := catalogue(t).Door().Decode(d.Data, d.ReceivedAt)
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, line); diff != "" || digest != want.Digest() {
			t.Errorf("digest %s, want %s; line (-read again +passed):\n%s", digest, want.Digest(), diff)
		}
		if _, _, found := passed.Take(d.Seq, d.Data); found {
			t.Error("what has passed is given twice")
		}
	}
}
