package intake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/services/intake"
)

// lines are n events; that they are one and the same does not matter where none
// is taken.
func lines(n int) string { return strings.Repeat(report("n-0")+"\n", n) }

func batchOf(n int) string {
	return "[" + strings.TrimSuffix(strings.ReplaceAll(lines(n), "\n", ","), ",") + "]"
}

// A request that is too large is refused before any of it is taken, in every
// form: none of its events is on the stream, and none is among the refused.
func TestTooLargeARequestTakesNothing(t *testing.T) {
	long := 1 + 32<<20/len(report("n-0"))
	short := strings.Repeat(`{"a":1}`+"\n", 100_001)
	pack := func(body string) string {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ media, encoding, body string }{
		"a batch of more than 32 MiB":     {"application/cloudevents-batch+json", "", batchOf(long)},
		"lines of more than 32 MiB":       {"application/x-ndjson", "", lines(long)},
		"gzip that unpacks to more":       {"application/x-ndjson", "gzip", pack(lines(long))},
		"zstd that unpacks to more":       {"application/x-ndjson", "zstd", string(encoder.EncodeAll([]byte(lines(long)), nil))},
		"more than 100,000 little events": {"application/x-ndjson", "", short},
	}
	s := streamtest.Open(t)
	server := open(t, s)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			resp, _, problem := send(t, http.MethodPost, server.URL+"/events", tt.body, "Content-Type", tt.media, "Content-Encoding", tt.encoding)
			if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(problem.Detail, "nothing was taken") {
				t.Errorf("status %d, %+v", resp.StatusCode, problem)
			}
		})
	}
	if last, err := s.LastSeq(t.Context()); err != nil || last != 0 {
		t.Errorf("%d events on the stream: %v", last, err)
	}
	for r, err := range s.RejectedEvents(t.Context(), stream.RejectedFilter{}) {
		t.Errorf("rejected %v: %v", r, err)
	}
}

func TestPackedBodiesAreRead(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(report("g-1"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	server := open(t, streamtest.Open(t))
	for _, tt := range []struct {
		encoding, body string
		status         int
	}{
		{"gzip", packed.String(), 202},
		{"GZIP", packed.String(), 202},
		{"zstd", string(encoder.EncodeAll([]byte(report("g-2")), nil)), 202},
		{"identity", report("g-3"), 202},
		{"br", "?", 415},
		{"gzip", "not gzip", 400},
		{"gzip", packed.String()[:packed.Len()-6], 400},
		{"zstd", "not zstd", 400},
	} {
		resp, _, problem := send(t, http.MethodPost, server.URL+"/events", tt.body, "Content-Type", "application/cloudevents+json", "Content-Encoding", tt.encoding)
		if resp.StatusCode != tt.status {
			t.Errorf("%s %.10q: status %d, want %d (%s)", tt.encoding, tt.body, resp.StatusCode, tt.status, problem.Detail)
		}
		if tt.status == 415 && resp.Header.Get("Accept-Encoding") != "gzip, zstd" {
			t.Errorf("%s: Accept-Encoding is %q", tt.encoding, resp.Header.Get("Accept-Encoding"))
		}
	}
}

// What an intake has accepted a moment ago it knows, in the same request too.
func TestEachEventIsToldWhatItIs(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	post(t, server, "application/cloudevents+json", report("k-1"))
	body := strings.Join([]string{
		report("k-1"), report("k-1", "police", "prosecutor"), report("k-2"), report("k-2"),
		report("k-2", "040101", "040102"), report("k-3", "police", "pigeon"), report("k-4", `"subject":"c-1"`, `"subject":"c-2"`),
	}, "\n")
	status, got := post(t, server, "application/x-ndjson", body)
	want := []string{
		"1 k-1 duplicate", "2 k-1 conflict conflict", "3 k-2 accepted", "4 k-2 duplicate",
		"5 k-2 conflict conflict", "6 k-3 refused bad-value", "7 k-4 accepted",
	}
	if diff := cmp.Diff(want, results(got)); status != http.StatusMultiStatus || diff != "" {
		t.Errorf("status %d; -want +got:\n%s", status, diff)
	}
	counts := []int{got.Accepted, got.Duplicate, got.Conflict, got.Refused}
	if diff := cmp.Diff([]int{2, 2, 2, 1}, counts); diff != "" {
		t.Errorf("counts, -want +got:\n%s", diff)
	}
	for body, want := range map[string]int{report("k-1"): 202, report("k-1", "police", "prosecutor"): 409} {
		if status, _ := post(t, server, "application/cloudevents+json", body); status != want {
			t.Errorf("status %d, want %d of %s", status, want, body)
		}
	}
}

// memory is a store that has some events.
type memory map[event.Identity]event.Digest

func (m memory) Digests(context.Context, []event.Identity) (map[event.Identity]event.Digest, error) {
	return m, nil
}

// away is a store that does not answer.
type away struct{}

func (away) Digests(context.Context, []event.Identity) (map[event.Identity]event.Digest, error) {
	return nil, context.DeadlineExceeded
}

func TestTheStoreKnowsWhatTheIntakeHasForgotten(t *testing.T) {
	e, err := catalogue(t).Door().Decode([]byte(report("m-1")), now)
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := e.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	store := memory{e.Identity(): event.DigestOf(canonical)}
	body := report("m-1") + "\n" + report("m-1", "police", "prosecutor") + "\n" + report("m-2")
	_, got := post(t, open(t, streamtest.Open(t), intake.WithStore(store)), "application/x-ndjson", body)
	if diff := cmp.Diff([]string{"1 m-1 duplicate", "2 m-1 conflict conflict", "3 m-2 accepted"}, results(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, got = post(t, open(t, streamtest.Open(t), intake.WithStore(away{})), "application/x-ndjson", body)
	if diff := cmp.Diff([]string{"1 m-1 accepted", "2 m-1 conflict conflict", "3 m-2 accepted"}, results(got)); diff != "" {
		t.Errorf("without the store, -want +got:\n%s", diff)
	}
}

func TestDryRunTakesNothingAndGroupsRefusals(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	post(t, server, "application/cloudevents+json", report("r-0"))
	body := strings.Join([]string{
		report("r-0"), report("r-1"), report("r-1"), report("r-2", "police", "pigeon"), report("r-3", "040101", "999999"), report("r-4", "police", "pigeon"),
	}, "\n")
	resp, got, _ := send(t, http.MethodPost, server.URL+"/events?dry-run", body, "Content-Type", "application/x-ndjson")
	if resp.StatusCode != http.StatusOK || !got.DryRun || got.Accepted != 1 || got.Duplicate != 2 || got.Refused != 3 {
		t.Errorf("status %d: %+v", resp.StatusCode, got)
	}
	var groups []string
	for _, g := range got.Groups {
		groups = append(groups, fmt.Sprintf("%s %s %d %v", g.Reason, g.Field, g.Count, g.Lines))
	}
	if diff := cmp.Diff([]string{"bad-value data.channel 2 [4 6]", "unknown-place data.ubigeo 1 [5]"}, groups); diff != "" {
		t.Errorf("groups, -want +got:\n%s", diff)
	}
	if last, err := s.LastSeq(t.Context()); err != nil || last != 1 {
		t.Errorf("%d events on the stream: %v", last, err)
	}
	for r, err := range s.RejectedEvents(t.Context(), stream.RejectedFilter{}) {
		t.Errorf("rejected %v: %v", r, err)
	}
}

// A mistyped dry-run must not keep what was only asked about.
func TestAParameterThatIsNotKnownTakesNothing(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	for query, want := range map[string]int{
		"dryrun": 400, "dry_run": 400, "Dry-Run": 400, "dry-run&debug": 400, "dry-run=maybe": 400, "dry-run=1&dry-run=0": 400, "dry-run;x": 400,
		"dry-run": 200, "dry-run=": 200, "dry-run=true": 200, "dry-run=1": 200,
	} {
		if resp, _, problem := send(t, http.MethodPost, server.URL+"/events?"+query, report("q-1"), "Content-Type", "application/cloudevents+json"); resp.StatusCode != want {
			t.Errorf("?%s: status %d, want %d (%s)", query, resp.StatusCode, want, problem.Detail)
		}
	}
	if last, err := s.LastSeq(t.Context()); err != nil || last != 0 {
		t.Errorf("%d events on the stream: %v", last, err)
	}
	if resp, _, _ := send(t, http.MethodPost, server.URL+"/events?dry-run=false", report("q-1"), "Content-Type", "application/cloudevents+json"); resp.StatusCode != 202 {
		t.Errorf("?dry-run=false: status %d, want 202", resp.StatusCode)
	}
}

// What is broken is kept with its reason, as one event or as a line.
func TestABrokenEventIsAmongTheRejected(t *testing.T) {
	for media, body := range map[string]string{"application/cloudevents+json": `{"specversion"`, "application/x-ndjson": `{"specversion"`} {
		s := streamtest.Open(t)
		if status, _ := post(t, open(t, s), media, body); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", media, status)
		}
		var reasons []string
		for r, err := range s.RejectedEvents(t.Context(), stream.RejectedFilter{}) {
			if err != nil {
				t.Fatal(err)
			}
			reasons = append(reasons, r.Reason)
		}
		if !slices.Equal(reasons, []string{string(event.BrokenJSON)}) {
			t.Errorf("%s: rejected for %v", media, reasons)
		}
	}
}

// A binary event without its first header is told what is missing, not that its
// data stand in the wrong place.
func TestABinaryEventIsKnownByAnyOfItsHeaders(t *testing.T) {
	_, got, _ := send(t, http.MethodPost, open(t, streamtest.Open(t)).URL+"/events", `{"ubigeo":"040101","channel":"police"}`,
		"Content-Type", "application/json", "Ce-Id", "b-1", "Ce-Source", "urn:test", "Ce-Type", "report.received", "Ce-Subject", "c-1", "Ce-Time", "2024-03-01T10:15:00-05:00")
	if len(got.Events) != 1 || got.Events[0].Reason != event.Missing || got.Events[0].Field != "specversion" {
		t.Errorf("%+v", got.Events)
	}
}

func TestAnAddressThatIsNoneSaysSo(t *testing.T) {
	server := open(t, streamtest.Open(t))
	for _, path := range []string{"/events/", "/events/receipts/", "/events/receipts/a/b"} {
		if resp, _, problem := send(t, http.MethodPost, server.URL+path, report("n-1"), "Content-Type", "application/cloudevents+json"); resp.StatusCode != 404 || problem.DetailES == "" {
			t.Errorf("%s: status %d, %+v", path, resp.StatusCode, problem)
		}
	}
}

func TestOtherMethodsAreToldWhichIsAllowed(t *testing.T) {
	server := open(t, streamtest.Open(t))
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		resp, _, problem := send(t, method, server.URL+"/events", "")
		if resp.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(resp.Header.Get("Allow"), "POST") || problem.Status != resp.StatusCode {
			t.Errorf("%s: status %d, Allow %q, %+v", method, resp.StatusCode, resp.Header.Get("Allow"), problem)
		}
	}
	if resp, _, _ := send(t, http.MethodOptions, server.URL+"/events", ""); resp.StatusCode != http.StatusNoContent || resp.Header.Get("Allow") == "" {
		t.Errorf("OPTIONS: status %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// A very long id is refused like any other fault, by every door.
func TestAVeryLongIDIsRefused(t *testing.T) {
	in := door(t, streamtest.Open(t))
	long := strings.Repeat("a", 100_000)
	server := open(t, streamtest.Open(t))
	for _, media := range []string{"application/cloudevents+json", "application/x-ndjson", "application/cloudevents-batch+json"} {
		if status, got := post(t, server, media, report(long)); status != http.StatusUnprocessableEntity || got.Events[0].Reason != event.TooLarge {
			t.Errorf("%s: status %d, %+v", media, status, got)
		}
	}
	resp, got, _ := send(t, http.MethodPost, server.URL+"/events", `{"ubigeo":"040101","channel":"police"}`, "Content-Type", "application/json",
		"Ce-Specversion", "1.0", "Ce-Id", long, "Ce-Source", "urn:test", "Ce-Type", "report.received", "Ce-Subject", "c-1", "Ce-Time", "2024-03-01T10:15:00-05:00")
	if resp.StatusCode != http.StatusUnprocessableEntity || got.Events[0].Reason != event.TooLarge {
		t.Errorf("binary: status %d, %+v", resp.StatusCode, got)
	}
	if answer := string(in.AnswerNATS(t.Context(), "", []byte(report(long)))); !strings.Contains(answer, string(event.TooLarge)) {
		t.Errorf("NATS: %s", answer)
	}
}

func TestBinaryModeIsTheSameEvent(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	post(t, server, "application/cloudevents+json", report("b-1"))
	headers := []string{
		"Content-Type", "application/json", "Ce-Specversion", "1.0", "Ce-Id", "b-1", "Ce-Source", "urn%3Atest", "Ce-Type", "report.received",
		"Ce-Subject", "c-1", "Ce-Time", "2024-03-01T10:15:00-05:00", "Ce-Traceparent", "00-0af7",
	}
	resp, got, _ := send(t, http.MethodPost, server.URL+"/events", `{"channel":"police","ubigeo":"040101"}`, headers...)
	if diff := cmp.Diff([]string{"1 b-1 duplicate"}, results(got)); resp.StatusCode != 202 || diff != "" || !slices.Equal(got.Dropped, []string{"traceparent"}) {
		t.Errorf("status %d, dropped %v; -want +got:\n%s", resp.StatusCode, got.Dropped, diff)
	}
	for body, reason := range map[string]event.Reason{"": event.Missing, "{": event.BrokenJSON, `{},"dataschema":"x"`: event.BrokenJSON, "[]": event.BadValue} {
		_, got, _ := send(t, http.MethodPost, server.URL+"/events", body, headers...)
		if len(got.Events) != 1 || got.Events[0].Reason != reason {
			t.Errorf("body %q: %+v, want %s", body, got.Events, reason)
		}
	}
}

func TestMessagesAreAnsweredLikeRequests(t *testing.T) {
	in := door(t, streamtest.Open(t))
	for body, want := range map[string]string{
		report("x-1"):                                     `"accepted":1`,
		report("x-2") + "\n" + report("x-3"):              `"accepted":2`,
		"[" + report("x-4") + ",\n" + report("x-5") + "]": `"accepted":2`,
		strings.ReplaceAll(report("x-6"), ",", ",\n"):     `"accepted":1`,
		"golpes":                                 `broken-json`,
		"":                                       `no event in the request`,
		report("x-5") + `,{"spec`:                `nothing was taken`,
		strings.Repeat(report("x-7")+"\n", 1001): `at most 1000 events`,
		report("x-8", "police", "pigeon") + "\n" + report("x-9"): `"refused":1`,
	} {
		if answer := string(in.AnswerNATS(t.Context(), "", []byte(body))); !strings.Contains(answer, want) {
			t.Errorf("%.60q is answered %.300s, want %s", body, answer, want)
		}
	}
}
