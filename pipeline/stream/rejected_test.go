package stream_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

func reject(t *testing.T, s *stream.Stream, rejected ...stream.Rejected) {
	t.Helper()
	if err := s.Reject(t.Context(), rejected); err != nil {
		t.Fatal(err)
	}
}

func listRejected(t *testing.T, s *stream.Stream, filter stream.RejectedFilter) []stream.Rejected {
	t.Helper()
	var out []stream.Rejected
	for r, err := range s.RejectedEvents(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func TestRejectedEventComesBackWithItsBytesAndReason(t *testing.T) {
	s := streamtest.Open(t)
	want := stream.Rejected{
		Reason: "schema", Field: "/data/ubigeo", Detail: "Distrito desconocido «999999»\nunknown district", Origin: "import:casos.csv:7",
		Case: "c-9b1f", Source: "urn:pe:pnp:sidpol", EventID: "6f0c", Seq: 42, At: noon, Masked: true, Data: []byte("{\"a\":\"Ñ\"}\r\n\x00"),
	}
	reject(t, s, want)
	got := listRejected(t, s, stream.RejectedFilter{})
	if diff := cmp.Diff([]stream.Rejected{want}, got, cmpopts.IgnoreFields(stream.Rejected{}, "Key")); diff != "" {
		t.Errorf("rejected event changed (-want +got):\n%s", diff)
	}
	if len(got) == 1 && len(got[0].Key) != 16 {
		t.Errorf("key %q, want 16 digits", got[0].Key)
	}
}

func TestRejectedTwiceIsKeptOnce(t *testing.T) {
	s := streamtest.Open(t)
	a := stream.Rejected{Reason: "schema", Data: []byte("a"), At: noon}
	b := stream.Rejected{Reason: "schema", Data: []byte("b"), At: noon}
	otherReason := stream.Rejected{Reason: "masked", Data: []byte("a"), At: noon}
	reject(t, s, a, b, a)
	reject(t, s, b, otherReason, a) // A sink that crashed before it acknowledged rejects again, with other batch borders.
	reject(t, s, a)
	got := listRejected(t, s, stream.RejectedFilter{})
	var shown []string
	for _, r := range got {
		shown = append(shown, r.Reason+" "+string(r.Data))
	}
	if diff := cmp.Diff([]string{"schema a", "schema b", "masked a"}, shown); diff != "" {
		t.Errorf("rejected events (-want +got):\n%s", diff)
	}
}

func TestRejectedEventsAreFiltered(t *testing.T) {
	s := streamtest.Open(t)
	for i, r := range []stream.Rejected{
		{Reason: "schema", Source: "pnp", Case: "c-1", Origin: "import:a.csv:1"},
		{Reason: "schema", Source: "mimp", Case: "c-2", Origin: "http"},
		{Reason: "conflict", Source: "pnp", Case: "c-1", Origin: "import:a.csv:9"},
	} {
		r.Data, r.At = fmt.Append(nil, i), noon.Add(time.Duration(i)*time.Hour)
		reject(t, s, r)
	}
	second := listRejected(t, s, stream.RejectedFilter{Source: "mimp"})[0]
	for _, tt := range []struct {
		name   string
		filter stream.RejectedFilter
		want   string
	}{
		{"by reason", stream.RejectedFilter{Reason: "schema"}, "01"},
		{"by source and case", stream.RejectedFilter{Source: "pnp", Case: "c-1"}, "02"},
		{"by door", stream.RejectedFilter{OriginPrefix: "import:a.csv:"}, "02"},
		{"by key", stream.RejectedFilter{Key: second.Key}, "1"},
		{"from an instant", stream.RejectedFilter{Since: noon.Add(time.Hour)}, "12"},
		{"before an instant", stream.RejectedFilter{Until: noon.Add(time.Hour)}, "0"},
		{"by a key that is not there", stream.RejectedFilter{Key: "0000000000000000"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got strings.Builder
			for _, r := range listRejected(t, s, tt.filter) {
				got.Write(r.Data)
			}
			if got.String() != tt.want {
				t.Errorf("events %q, want %q", got.String(), tt.want)
			}
		})
	}
}

func TestForgottenRejectedEventIsGoneAndTheOthersStay(t *testing.T) {
	s := streamtest.Open(t)
	reject(t, s, stream.Rejected{Reason: "schema", Data: []byte("a")}, stream.Rejected{Reason: "schema", Data: []byte("b")})
	key := listRejected(t, s, stream.RejectedFilter{})[0].Key
	if err := s.ForgetRejected(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	left := listRejected(t, s, stream.RejectedFilter{})
	if len(left) != 1 || string(left[0].Data) != "b" {
		t.Errorf("left %v, want only b", left)
	}
	for _, gone := range []string{key, "", "*", "f"} {
		err := s.ForgetRejected(t.Context(), gone)
		if !errors.Is(err, stream.ErrNotFound) && !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("forgetting %q: %v, want ErrNotFound or ErrInvalid", gone, err)
		}
	}
	if len(listRejected(t, s, stream.RejectedFilter{})) != 1 {
		t.Error("forgetting what is not there removed something")
	}
}

func TestRejectTakesMoreThanOneBatchAndRefusesOnlyTheImpossible(t *testing.T) {
	s := streamtest.Open(t)
	many := make([]stream.Rejected, stream.MaxBatch+5)
	for i := range many {
		many[i] = stream.Rejected{Reason: "schema", Data: fmt.Append(nil, i)}
	}
	reject(t, s, many...)
	if n := len(listRejected(t, s, stream.RejectedFilter{})); n != len(many) {
		t.Errorf("%d kept, want %d", n, len(many))
	}
	reject(t, s)
	reject(t, s, stream.Rejected{Reason: strings.Repeat("ñ<", 5000), Detail: strings.Repeat("ñ<", 5000), Data: make([]byte, stream.MaxRejectedBytes)})
	for want, r := range map[error]stream.Rejected{
		stream.ErrInvalid:  {Data: []byte("no reason")},
		stream.ErrTooLarge: {Reason: "schema", Data: make([]byte, stream.MaxRejectedBytes+1)},
	} {
		if err := s.Reject(t.Context(), []stream.Rejected{r}); !errors.Is(err, want) || isTemporary(err) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
}
