package intake_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/services/intake"
)

// bulk is an intake for those that bring many events at once.
func bulk(t *testing.T, to intake.Stream) *intake.Intake {
	t.Helper()
	return intake.New(catalogue(t), to, func() time.Time { return now }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
}

// raws are valid events with ids e-0, e-1 …, each in the place that is given.
func raws(places ...string) []event.Raw {
	out := make([]event.Raw, len(places))
	for i, place := range places {
		out[i] = event.Raw{Line: i + 1, Bytes: []byte(report(fmt.Sprintf("e-%d", i), "040101", place))}
	}
	return out
}

// onStream is what an event on the stream says, with where it stands.
type onStream struct {
	Seq     uint64
	Line    int
	Subject string
	ID      string
}

func replayed(t *testing.T, s *stream.Stream, from uint64) []onStream {
	t.Helper()
	var out []onStream
	for d, err := range s.Replay(t.Context(), from, 0, nil) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Parse(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, onStream{d.Seq, d.Line, d.Subject, e.ID})
	}
	return out
}

func TestManyEventsOfADepartmentTravelInFramesAndFewAlone(t *testing.T) {
	s := streamtest.Open(t)
	var places []string
	for range 16 {
		places = append(places, "040101", "150101")
	}
	places = append(places, "080101")
	outcomes, err := bulk(t, s).Accept(t.Context(), "test", raws(places...))
	if err != nil {
		t.Fatal(err)
	}
	var want []onStream
	for line := range 16 {
		want = append(want, onStream{1, line + 1, "events.04.frame", fmt.Sprintf("e-%d", 2*line)})
	}
	for line := range 16 {
		want = append(want, onStream{2, line + 1, "events.15.frame", fmt.Sprintf("e-%d", 2*line+1)})
	}
	want = append(want, onStream{3, 0, "events.08.report.received", "e-32"})
	if diff := cmp.Diff(want, replayed(t, s, 1)); diff != "" {
		t.Errorf("on the stream (-want +got):\n%s", diff)
	}
	for i, o := range outcomes {
		if seq := uint64(1 + i%2); i < 32 && o.Seq != seq || i == 32 && o.Seq != 3 {
			t.Errorf("event %d was accepted at %d", i, o.Seq)
		}
	}
}

func TestWhatComesOneByOneStaysSingle(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	if status, _ := post(t, server, "application/x-ndjson", report("alone")); status != 202 {
		t.Fatalf("status %d", status)
	}
	outcomes, err := bulk(t, s).Accept(t.Context(), "test", raws("040101", "040101", "040101"))
	if err != nil || outcomes[2].Seq != 4 {
		t.Fatalf("accepted %+v (%v), want a place for each", outcomes, err)
	}
	for _, e := range replayed(t, s, 1) {
		if e.Line != 0 || e.Subject != "events.04.report.received" {
			t.Errorf("came as %+v, want an event of its own", e)
		}
	}
}

func TestLinesOfALargeRequestAreRefusedOneByOne(t *testing.T) {
	s := streamtest.Open(t)
	var body strings.Builder
	for i := range 60 {
		line := report(fmt.Sprintf("h-%d", i))
		if i%20 == 7 {
			line = strings.Replace(line, "police", "pigeon", 1)
		}
		body.WriteString(line + "\n")
	}
	status, got := post(t, open(t, s), "application/x-ndjson", body.String())
	if status != 207 || got.Accepted != 57 || got.Refused != 3 {
		t.Fatalf("status %d, %d accepted, %d refused", status, got.Accepted, got.Refused)
	}
	for _, a := range got.Events {
		if refused := a.Line%20 == 8; refused != (a.Result == intake.Refused) || refused != (a.Receipt == "") {
			t.Errorf("line %d became %s with receipt %q", a.Line, a.Result, a.Receipt)
		}
	}
	if kept := replayed(t, s, 1); len(kept) != 57 || kept[0].Line != 1 || kept[56].Seq != 1 {
		t.Errorf("%d events on the stream, want 57 in one frame", len(kept))
	}
}

// A frame that is too large for a message becomes several; nothing is lost and
// nothing is out of order.
func TestFramesThatArePackedTooLargeAreCut(t *testing.T) {
	s := streamtest.Open(t)
	to := narrow{s}
	if _, err := bulk(t, to).Accept(t.Context(), "test", raws(strings.Split(strings.Repeat("040101 ", 100), " ")[:100]...)); err != nil {
		t.Fatal(err)
	}
	got := replayed(t, s, 1)
	for i, e := range got {
		if e.ID != fmt.Sprintf("e-%d", i) || e.Line > 30 {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	if len(got) != 100 {
		t.Errorf("%d events on the stream, want 100", len(got))
	}
}

// narrow is a stream whose messages hold 30 events.
type narrow struct{ *stream.Stream }

func (n narrow) NewFrame(department, checkedBy string, lines [][]byte) (stream.Message, error) {
	if len(lines) > 30 {
		return stream.Message{}, fmt.Errorf("%d events: %w", len(lines), stream.ErrTooLarge)
	}
	return n.Stream.NewFrame(department, checkedBy, lines)
}

// Of several contents of one identity the first stays: frames must not bring
// them into another order, in whatever departments they are.
func TestContentsOfOneIdentityKeepTheirOrder(t *testing.T) {
	s := streamtest.Open(t)
	in := bulk(t, s)
	rapid.Check(t, func(rt *rapid.T) {
		last, err := s.LastSeq(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		ids := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 120).Draw(rt, "ids")
		batch := make([]event.Raw, len(ids))
		want := map[string][]string{} // the contents of each identity, in order
		for i, id := range ids {
			place := rapid.SampledFrom([]string{"040101", "150101", "080101"}).Draw(rt, "place")
			minute := fmt.Sprintf("T10:%02d:%02d", i/60, i%60)
			name := fmt.Sprintf("e-%d", id)
			batch[i] = event.Raw{Line: i + 1, Bytes: []byte(report(name, "040101", place, "T10:15:00", minute))}
			want[name] = append(want[name], strings.Replace(minute, "T10", "T15", 1)+"Z")
		}
		if _, err := in.Accept(t.Context(), "test", batch); err != nil {
			rt.Fatal(err)
		}
		got := map[string][]string{}
		for d, err := range s.Replay(t.Context(), last+1, 0, nil) {
			if err != nil {
				rt.Fatal(err)
			}
			e, err := event.Parse(d.Data)
			if err != nil {
				rt.Fatal(err)
			}
			got[e.ID] = append(got[e.ID], e.At.Format("T15:04:05Z"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("order (-want +got):\n%s", diff)
		}
	})
}
