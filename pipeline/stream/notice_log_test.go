package stream_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
)

// notices makes n notices numbered from first.
func notices(first, n int) []stream.Notice {
	out := make([]stream.Notice, n)
	for i := range out {
		out[i] = stream.Notice{Subject: stream.NoticeSubject("04", "measures-decided", "missed"), ID: fmt.Sprint("notice-", first+i), Data: fmt.Append(nil, first+i)}
	}
	return out
}

func readNotices(t *testing.T, s *stream.Stream, after uint64) string {
	t.Helper()
	var out []string
	for d, err := range s.NoticesAfter(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(d.Data))
	}
	return strings.Join(out, " ")
}

func TestNoticesAreAppendedOnlyAfterTheNewest(t *testing.T) {
	s := streamtest.Open(t)
	for _, step := range []struct {
		outcome  string
		notices  []stream.Notice
		after    uint64
		want     error
		wantLast uint64
	}{
		{"the first alone", notices(1, 1), 0, nil, 1},
		{"several as one batch", notices(2, 3), 1, nil, 4},
		{"one that was overtaken", notices(5, 1), 3, stream.ErrOvertaken, 4},
		{"a batch that was overtaken", notices(5, 2), 2, stream.ErrOvertaken, 4},
		{"one from the future", notices(5, 1), 9, stream.ErrOvertaken, 4},
		{"a known one", notices(4, 1), 4, stream.ErrOvertaken, 4},
		{"a batch with a known one", notices(4, 2), 4, stream.ErrOvertaken, 4},
		{"the next", notices(5, 2), 4, nil, 6},
	} {
		t.Run(step.outcome, func(t *testing.T) {
			last, err := s.AppendNotices(t.Context(), step.notices, step.after)
			if !errors.Is(err, step.want) || err == nil && last != step.wantLast {
				t.Errorf("last %d, error %v, want %d and %v", last, err, step.wantLast, step.want)
			}
			if newest, err := s.LastNotice(t.Context()); err != nil || newest != step.wantLast {
				t.Errorf("the newest notice is %d (%v), want %d", newest, err, step.wantLast)
			}
		})
	}
	if got, want := readNotices(t, s, 0), "1 2 3 4 5 6"; got != want {
		t.Errorf("the stream holds %q, want %q", got, want)
	}
	if got, want := readNotices(t, s, 4), "5 6"; got != want {
		t.Errorf("after 4 it holds %q, want %q", got, want)
	}
}

func TestNoticesThatMakeNoSenseAreNotAppended(t *testing.T) {
	s := streamtest.Open(t)
	large := notices(1, 1)
	large[0].Data = make([]byte, stream.MaxMessageBytes)
	for name, tt := range map[string]struct {
		notices []stream.Notice
		want    error
	}{
		"none":      {nil, stream.ErrInvalid},
		"too many":  {notices(1, stream.MaxBatch+1), stream.ErrInvalid},
		"an event":  {[]stream.Notice{{Subject: "events.04.report.received", ID: "1"}}, stream.ErrInvalid},
		"no id":     {[]stream.Notice{{Subject: "notices.04.a.missed"}}, stream.ErrInvalid},
		"too large": {large, stream.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := s.AppendNotices(t.Context(), tt.notices, 0); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNoticeReaderBeginsWithWhatIsNewAndRemembers(t *testing.T) {
	s := streamtest.Open(t)
	read := func(r *stream.NoticeReader, want string) uint64 {
		t.Helper()
		got, err := r.Fetch(t.Context(), 10, 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if b := bodies(got); b != want {
			t.Fatalf("notices %q, want %q", b, want)
		}
		if len(got) == 0 {
			return 0
		}
		return got[len(got)-1].Seq
	}
	open := func() *stream.NoticeReader {
		t.Helper()
		r, err := s.NoticeReader(t.Context(), stream.NoticeReaderConfig{Name: "webhook", Subjects: []string{"notices.04.*.missed"}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	appendAfter := func(after uint64, list []stream.Notice) {
		t.Helper()
		if _, err := s.AppendNotices(t.Context(), list, after); err != nil {
			t.Fatal(err)
		}
	}
	appendAfter(0, notices(1, 2))
	first := open()
	read(first, "")
	appendAfter(2, notices(3, 2))
	appendAfter(4, []stream.Notice{{Subject: stream.NoticeSubject("15", "measures-decided", "missed"), ID: "elsewhere", Data: []byte("elsewhere")}})
	read(first, "3 4")
	second := open() // The first has crashed before it acknowledged.
	seq := read(second, "3 4")
	if err := second.Ack(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	if err := second.Ack(t.Context(), seq); !errors.Is(err, stream.ErrInvalid) {
		t.Errorf("acknowledged twice: error %v, want ErrInvalid", err)
	}
	read(open(), "")
}

func TestNoticeReaderIsRefusedWhatItCannotRead(t *testing.T) {
	s := streamtest.Open(t)
	for _, cfg := range []stream.NoticeReaderConfig{{Name: ""}, {Name: "a.b"}, {Name: "a", Subjects: []string{"events.>"}}} {
		if _, err := s.NoticeReader(t.Context(), cfg); !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("%+v: error %v, want ErrInvalid", cfg, err)
		}
	}
}
