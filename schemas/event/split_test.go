package event_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/event"
)

// A piece is what splitting yields: bytes, or the reason of a refusal.
type piece struct {
	Line   int
	Text   string
	Reason event.Reason
}

func TestSplitLines(t *testing.T) {
	long := strings.Repeat("x", 3*event.MaxBytes)
	cut := long[:event.MaxBytes+1]
	spaces := strings.Repeat(" ", 2*event.MaxBytes)
	tests := []struct {
		name, in string
		want     []piece
	}{
		{"nothing", "", nil},
		{"one line", "{}\n", []piece{{Line: 1, Text: "{}"}}},
		{"a last line without its end", "{}\n{1}", []piece{{Line: 1, Text: "{}"}, {Line: 2, Text: "{1}"}}},
		{"line ends of Windows", "{}\r\n{1}\r\n", []piece{{Line: 1, Text: "{}"}, {Line: 2, Text: "{1}"}}},
		{"blank lines, which count", "\n \t\r\n{}\n\n\n{1}\n\n", []piece{{Line: 3, Text: "{}"}, {Line: 6, Text: "{1}"}}},
		{"a byte order mark", "\xef\xbb\xbf{}\n\xef\xbb\xbf{}", []piece{{Line: 1, Text: "{}"}, {Line: 2, Text: "\xef\xbb\xbf{}"}}},
		{"a byte order mark alone", "\xef\xbb\xbf", nil},
		{"a broken line, which hides no other", "{\n}{\n{}", []piece{{Line: 1, Text: "{"}, {Line: 2, Text: "}{"}, {Line: 3, Text: "{}"}}},
		{"an overlong line, cut to what is too large", long + "\n{}\n", []piece{{Line: 1, Text: cut}, {Line: 2, Text: "{}"}}},
		{"an overlong line at the end", long, []piece{{Line: 1, Text: cut}}},
		{"the longest line", long[:event.MaxBytes] + "\n", []piece{{Line: 1, Text: long[:event.MaxBytes]}}},
		{"an event after much white space", spaces + "{}\n", []piece{{Line: 1, Text: "{}"}}},
		{"an event before much white space", "{}" + spaces + spaces + "\n", []piece{{Line: 1, Text: "{}"}}},
		{"white space alone", spaces + "\n{}", []piece{{Line: 2, Text: "{}"}}},
		{"two events with much white space between, refused whole", "{}" + spaces + "{}\n",
			[]piece{{Line: 1, Text: "{}" + spaces[:event.MaxBytes-1]}}},
		{"white space that is none in JSON", "\u00a0{}\n", []piece{{Line: 1, Text: "\u00a0{}"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				var got []piece
				for raw, err := range event.SplitLines(r) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, piece{Line: raw.Line, Text: string(raw.Bytes)})
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestSplitBatch(t *testing.T) {
	tests := []struct {
		name, in string
		want     []piece
	}{
		{"one event", ` {"a":1} `, []piece{{Line: 1, Text: `{"a":1}`}}},
		{"a batch", `[{"a":1}, {"a":2}]`, []piece{{Line: 1, Text: `{"a":1}`}, {Line: 2, Text: `{"a":2}`}}},
		{"an empty batch", " [ ] ", nil},
		{"several events without a list", `{"a":1} {"a":2}`, []piece{{Line: 1, Text: `{"a":1}`}, {Line: 2, Text: `{"a":2}`}}},
		{"a name twice, left to the door", `[{"a":1,"a":2}]`, []piece{{Line: 1, Text: `{"a":1,"a":2}`}}},
		{"something else in the batch, left to the door", `[1,{"a":1}]`, []piece{{Line: 1, Text: `1`}, {Line: 2, Text: `{"a":1}`}}},
		{"nothing", "", []piece{{Line: 1, Reason: event.BrokenJSON}}},
		{"a batch that is cut short", `[{"a":1}`, []piece{{Line: 1, Text: `{"a":1}`}, {Line: 2, Reason: event.BrokenJSON}}},
		{"an event that is cut short", `{"a":`, []piece{{Line: 1, Reason: event.BrokenJSON}}},
		{"a broken second event", `[{"a":1},{"a"}]`, []piece{{Line: 1, Text: `{"a":1}`}, {Line: 2, Reason: event.BrokenJSON}}},
		{"events after the batch", `[{"a":1}] {"a":2}`, []piece{{Line: 1, Text: `{"a":1}`}, {Line: 2, Reason: event.BrokenJSON}}},
		{"a bracket after the batch", `[]]`, []piece{{Line: 1, Reason: event.BrokenJSON}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []piece
			for raw, err := range event.SplitBatch(strings.NewReader(tt.in)) {
				p := piece{Line: raw.Line, Text: string(raw.Bytes)}
				if err != nil {
					p.Reason = event.AsRefusal(err).Reason
				}
				got = append(got, p)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplittingPassesOnWhatTheReaderSays(t *testing.T) {
	broken := errors.New("the line dropped")
	for name, split := range map[string]func(io.Reader) []error{
		"lines": func(r io.Reader) (errs []error) {
			for _, err := range event.SplitLines(r) {
				errs = append(errs, err)
			}
			return errs
		},
		"batch": func(r io.Reader) (errs []error) {
			for _, err := range event.SplitBatch(r) {
				errs = append(errs, err)
			}
			return errs
		},
	} {
		errs := split(io.MultiReader(strings.NewReader(`[{"a":1},`), iotest.ErrReader(broken)))
		if len(errs) == 0 || !errors.Is(errs[len(errs)-1], broken) {
			t.Errorf("%s: ended with %v, want %v", name, errs, broken)
		}
	}
}

func TestSplittingStopsWhenAsked(t *testing.T) {
	for name, events := range map[string]iter.Seq2[event.Raw, error]{
		"lines": event.SplitLines(strings.NewReader("1\n2\n")),
		"batch": event.SplitBatch(strings.NewReader("[1,2]")),
	} {
		n := 0
		for range events {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%s: yielded %d events, want 1", name, n)
		}
	}
}
