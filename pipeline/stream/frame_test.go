package stream_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

var sealKey = []byte("a key of the tests, 32 bytes long")

func frame(t *testing.T, s *stream.Stream, department string, lines ...string) stream.Message {
	t.Helper()
	raw := make([][]byte, len(lines))
	for i := range lines {
		raw[i] = []byte(lines[i])
	}
	m, err := s.NewFrame(department, "catalogue", raw)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// numbered makes the lines event-first … of a frame.
func numbered(first, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("event-%d", first+i)
	}
	return out
}

// place is where an event stands, as far as tests of order care.
type place struct {
	Seq      uint64
	Line     int
	Data     string
	SealedBy string
}

func places(events []stream.Delivered) []place {
	var out []place
	for _, e := range events {
		out = append(out, place{e.Seq, e.Line, strings.TrimPrefix(string(e.Data), "event-"), e.SealedBy})
	}
	return out
}

// A stream that holds single events, with a consumer in the midst of them, is
// one that an earlier version has left: frames go on where it was.
func TestFramesAndSingleEventsComeInOrderFromAStreamThatExists(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	before := open(t, stream.Config{Server: server})
	publish(t, before, events("15", 1, 3))
	old := consumer(t, before, stream.ConsumerConfig{Name: "sink"})
	ack(t, old, fetch(t, old, 1))

	s := open(t, stream.Config{Server: server, SealKey: sealKey})
	publish(t, s, append([]stream.Message{frame(t, s, "15", numbered(4, 3)...)}, events("15", 7, 1)...))
	publish(t, s, []stream.Message{frame(t, s, "04", "event-8", "", "event-9")})

	want := []place{
		{2, 0, "2", ""}, {3, 0, "3", ""},
		{4, 1, "4", "catalogue"}, {4, 2, "5", "catalogue"}, {4, 3, "6", "catalogue"},
		{5, 0, "7", ""},
		{6, 1, "8", "catalogue"}, {6, 3, "9", "catalogue"}, // An empty line keeps its place.
	}
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	got := fetch(t, c, len(want))
	if diff := cmp.Diff(want, places(got)); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, places(replay(t, s, 2, 0))); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	ack(t, c, got)
	if p := position(t, c); p.AckFloor != 6 || p.Pending != 0 {
		t.Errorf("position %+v, want all acknowledged", p)
	}
	arequipa := consumer(t, s, stream.ConsumerConfig{Name: "sink-04", Departments: []string{"04"}})
	wantBodies(t, fetch(t, arequipa, 2), "8 9")
}

// Of an event that was erased its place is left; where a frame has no event any more, its place has to be
// acknowledged.
func TestWhatIsLeftOfAnErasedCaseIsItsPlaces(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	publish(t, s, []stream.Message{frame(t, s, "15", "event-1", "", "event-3"), frame(t, s, "15", ""), frame(t, s, "15", "", "")})
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	got := fetch(t, c, 4)
	want := []place{{1, 1, "1", ""}, {1, 3, "3", ""}, {2, 0, "", ""}, {3, 0, "", ""}}
	if diff := cmp.Diff(want, places(got)); diff != "" || got[1].Void || !got[2].Void || !got[3].Void {
		t.Errorf("came as %+v (-want +got):\n%s", got, diff)
	}
	ack(t, c, got)
	if p := position(t, c); p.Pending != 0 || p.AckFloor != 3 {
		t.Errorf("position %+v, want all acknowledged", p)
	}
}

func TestAFrameComesAgainWholeUntilItIsAcknowledged(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server, SealKey: sealKey})
	publish(t, s, []stream.Message{frame(t, s, "15", numbered(1, 4)...), frame(t, s, "15", numbered(5, 4)...)})
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	// A frame is handed out whole, and what was not handed out cannot be acknowledged.
	first, err := c.Fetch(t.Context(), 2, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	wantBodies(t, first, "1 2 3 4")
	if err := c.Ack(t.Context(), 2); !errors.Is(err, stream.ErrInvalid) {
		t.Errorf("acknowledging a frame that was not handed out: %v, want ErrInvalid", err)
	}
	if err := c.Retry(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := fetch(t, c, 8)
	wantBodies(t, again, "1 2 3 4 5 6 7 8")
	for _, e := range again[:4] {
		if !e.Redelivered {
			t.Errorf("event %d of frame %d is not called redelivered", e.Line, e.Seq)
		}
	}
	if err := c.Ack(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	wantBodies(t, fetch(t, consumer(t, s, stream.ConsumerConfig{Name: "sink"}), 4), "5 6 7 8")
}

// publishRaw puts a message on the stream as somebody might who does not go through this package.
func publishRaw(t *testing.T, server *host.Server, subject string, data []byte, header map[string]string) {
	t.Helper()
	msg := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}
	for name, text := range header {
		msg.Header.Set(name, text)
	}
	nc := rawConn(t, server)
	if _, err := nc.RequestMsgWithContext(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyAnUntouchedFrameIsBelieved(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server, SealKey: sealKey})
	m := frame(t, s, "15", "event-1")
	other := frame(t, s, "15", "event-2")
	seal := m.Header["Amparo-Seal"]
	with := func(seal string) map[string]string {
		return map[string]string{"Amparo-Frame": "zstd", "Amparo-Seal": seal}
	}
	forged := map[string]func(){
		"other content":    func() { publishRaw(t, server, m.Subject, other.Data, with(seal)) },
		"another place":    func() { publishRaw(t, server, "events.04.frame", m.Data, with(seal)) },
		"another label":    func() { publishRaw(t, server, m.Subject, m.Data, with(strings.Replace(seal, "catalogue", "other", 1))) },
		"a seal cut short": func() { publishRaw(t, server, m.Subject, m.Data, with(seal[:len(seal)-2])) },
		"an empty seal":    func() { publishRaw(t, server, m.Subject, m.Data, with("catalogue ")) },
		"no label":         func() { publishRaw(t, server, m.Subject, m.Data, with(hex.EncodeToString(sealKey))) },
		"no seal":          func() { publishRaw(t, server, m.Subject, m.Data, map[string]string{"Amparo-Frame": "zstd"}) },
		"a seal on an event": func() {
			publishRaw(t, server, "events.15.report.received", []byte("event-1"), map[string]string{"Amparo-Seal": seal})
		},
	}
	for name, send := range forged {
		t.Run(name, func(t *testing.T) {
			last, err := s.LastSeq(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			send()
			got := replay(t, s, last+1, 0)
			if len(got) != 1 || got[0].SealedBy != "" || !bytes.HasPrefix(got[0].Data, []byte("event-")) {
				t.Errorf("came as %+v, want one event that nobody vouches for", got)
			}
		})
	}
	last := publish(t, s, []stream.Message{m}).Last
	for name, tt := range map[string]struct {
		key  []byte
		want string
	}{"the key": {sealKey, "catalogue"}, "another key": {[]byte("another"), ""}, "no key": {nil, ""}} {
		got := replay(t, open(t, stream.Config{Server: server, SealKey: tt.key}), last, last)
		if len(got) != 1 || got[0].SealedBy != tt.want {
			t.Errorf("with %s the seal says %q, want %q", name, got[0].SealedBy, tt.want)
		}
	}
	if unsealed := frame(t, open(t, stream.Config{Server: server}), "15", "event-1"); unsealed.Header["Amparo-Seal"] != "" {
		t.Errorf("sealed without a key: %q", unsealed.Header)
	}
}

// What cannot be unpacked is handed on as it is, for the door to refuse, and what is behind it comes.
func TestAFrameThatCannotBeReadHoldsUpNothing(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server, SealKey: sealKey})
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string]map[string][]byte{ // by how it says it is packed
		"zstd": {
			"no zstd":             []byte("event-0"),
			"cut short":           frame(t, s, "15", numbered(1, 50)...).Data[:40],
			"a bomb":              packer.EncodeAll(make([]byte, 64<<20), nil),
			"too many lines":      packer.EncodeAll(bytes.Repeat([]byte("a\n"), stream.FrameEvents), nil),
			"a byte over a frame": packer.EncodeAll(make([]byte, stream.FrameBytes+1), nil),
		},
		"lz4": {"another packer": frame(t, s, "15", "event-1").Data},
	}
	for packed, bodies := range broken {
		for name, data := range bodies {
			t.Run(name, func(t *testing.T) {
				last, err := s.LastSeq(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				publishRaw(t, server, "events.15.frame", data, map[string]string{"Amparo-Frame": packed})
				publish(t, s, events("15", 7, 1))
				got := replay(t, s, last+1, 0)
				if len(got) != 2 || !bytes.Equal(got[0].Data, data) || got[0].SealedBy != "" || string(got[1].Data) != "event-7" {
					t.Errorf("came as %d events, want the frame as it is and the event behind it", len(got))
				}
			})
		}
	}
}

func TestFramesHaveLimits(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	noise := make([]byte, 400<<10)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		lines [][]byte
		want  error
	}{
		"no event":        {nil, stream.ErrInvalid},
		"two lines":       {[][]byte{[]byte("a\nb")}, stream.ErrInvalid},
		"too many events": {make([][]byte, stream.FrameEvents+1), stream.ErrInvalid},
		"too many bytes":  {[][]byte{make([]byte, stream.FrameBytes)}, stream.ErrInvalid},
		"not packable":    {[][]byte{[]byte(hex.EncodeToString(noise))}, stream.ErrTooLarge},
		"the most events": {slicesOf("event", stream.FrameEvents), nil},
	} {
		m, err := s.NewFrame("15", "catalogue", tt.lines)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if tt.want == nil {
			publish(t, s, []stream.Message{m})
			if got := replay(t, s, 1, 0); len(got) != len(tt.lines) || got[len(got)-1].Line != len(tt.lines) {
				t.Errorf("%s: %d came", name, len(got))
			}
		}
	}
}

func slicesOf(text string, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = []byte(text)
	}
	return out
}

// A consumer's memory is bounded by what it is asked for and a frame, however many events the frames hold.
func TestFetchHandsOutAboutAsManyEventsAsWanted(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	var messages []stream.Message
	for i := range 10 {
		messages = append(messages, frame(t, s, "15", numbered(i*100, 100)...))
	}
	publish(t, s, messages)
	c := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	total := 0
	for total < 1000 {
		got, err := c.Fetch(t.Context(), 250, 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 || len(got) > 300 {
			t.Fatalf("%d events came, wanted up to 250 and a frame", len(got))
		}
		total += len(got)
		ack(t, c, got)
	}
	if total != 1000 {
		t.Errorf("%d events came, want 1000", total)
	}
}
