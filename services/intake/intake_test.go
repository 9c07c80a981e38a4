package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/intake"
)

var now = time.Date(2024, 3, 2, 12, 0, 0, 0, time.UTC)

// report is a valid event, or with old → new replaced an invalid one.
func report(id string, replace ...string) string {
	line := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"urn:test","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"040101","channel":"police"}}`, id)
	return strings.NewReplacer(replace...).Replace(line)
}

// door starts an intake that takes what is submitted until the test ends.
func door(t *testing.T, to intake.Stream, options ...intake.Option) *intake.Intake {
	t.Helper()
	in := intake.New(catalogue(t), to, func() time.Time { return now }, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), options...)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return in
}

// catalogue is the one that ships, loaded once.
func catalogue(t *testing.T) *law.Catalogue {
	t.Helper()
	cat, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

var shipped = sync.OnceValues(func() (*law.Catalogue, error) { return load.Catalogue(ley30364.Files) })

// open starts an intake on a stream, behind a real HTTP server.
func open(t *testing.T, to intake.Stream, options ...intake.Option) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(door(t, to, options...).Handler())
	t.Cleanup(server.Close)
	return server
}

// send makes a request and returns the answer, with its body as far as it is a
// report or a problem.
func send(t *testing.T, method, url, body string, headers ...string) (*http.Response, intake.Report, intake.Problem) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r intake.Report
	var p intake.Problem
	switch resp.Header.Get("Content-Type") {
	case "application/json":
		err = json.Unmarshal(b, &r)
	case "application/problem+json":
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return resp, r, p
}

func post(t *testing.T, server *httptest.Server, media, body string) (int, intake.Report) {
	t.Helper()
	resp, r, _ := send(t, http.MethodPost, server.URL+"/events", body, "Content-Type", media)
	return resp.StatusCode, r
}

// results are the answers in short: line, id, result and reason.
func results(r intake.Report) []string {
	short := []string{}
	for _, a := range r.Events {
		short = append(short, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", a.Line, a.ID, a.Result, a.Reason)))
	}
	return short
}

func TestEventsAreAcceptedInEveryForm(t *testing.T) {
	bad := report("c-2", "040101", "999999")
	tests := map[string]struct {
		media, body string
		status      int
		want        []string
		accepted    uint64
	}{
		"one":     {"application/cloudevents+json", report("a-1"), 202, []string{"1 a-1 accepted"}, 1},
		"a batch": {"application/cloudevents-batch+json; charset=utf-8", "[" + report("b-1") + "," + report("b-2") + "]", 202, []string{"1 b-1 accepted", "2 b-2 accepted"}, 2},
		"lines, one of them bad": {"application/x-ndjson", report("c-1") + "\n" + bad + "\n\n" + report("c-3"), 207,
			[]string{"1 c-1 accepted", "2 c-2 refused unknown-place", "4 c-3 accepted"}, 2},
		"only a bad one":          {"application/cloudevents+json", report("d-1", "police", "pigeon"), 422, []string{"1 d-1 refused bad-value"}, 0},
		"a batch that breaks off": {"application/cloudevents-batch+json", "[" + report("e-1") + `,{"spec`, 400, []string{}, 0},
		"a batch with a tail":     {"application/cloudevents-batch+json", "[" + report("e-1") + `] ]`, 400, []string{}, 0},
		"one that is broken":      {"application/cloudevents+json", `{"spec`, 422, []string{"1  refused broken-json"}, 0},
		"a byte order mark":       {"application/cloudevents+json", "\xef\xbb\xbf" + report("f-1"), 202, []string{"1 f-1 accepted"}, 1},
		"an empty batch":          {"application/cloudevents-batch+json", "[]", 202, []string{}, 0},
		"an empty body":           {"application/cloudevents+json", " ", 400, []string{}, 0},
		"an id that is not":       {"application/cloudevents+json", report("me pegó"), 422, []string{"1  refused bad-value"}, 0},
		"an unknown form":         {"text/csv", "a,b", 415, []string{}, 0},
		"no form":                 {"", "a,b", 415, []string{}, 0},
		"no event":                {"application/x-ndjson", "\n\n", 400, []string{}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := streamtest.Open(t)
			status, got := post(t, open(t, s), tt.media, tt.body)
			if diff := cmp.Diff(tt.want, results(got)); status != tt.status || diff != "" {
				t.Errorf("status %d, want %d; -want +got:\n%s", status, tt.status, diff)
			}
			for _, a := range got.Events {
				if (a.Result == intake.Refused) != (a.Detail != "") || (a.Detail == a.DetailES) != (a.Detail == "") {
					t.Errorf("line %d is %s with the detail %q, %q", a.Line, a.Result, a.Detail, a.DetailES)
				}
				if (a.Result == intake.Accepted) != stream.IsReceipt(string(a.Receipt)) {
					t.Errorf("line %d is %s with the receipt %q", a.Line, a.Result, a.Receipt)
				}
			}
			if last, err := s.LastSeq(t.Context()); err != nil || last != tt.accepted {
				t.Errorf("%d events on the stream (%v), want %d", last, err, tt.accepted)
			}
		})
	}
}

func TestRefusedEventsAreKeptWithoutPersonalData(t *testing.T) {
	s := streamtest.Open(t)
	post(t, open(t, s), "application/x-ndjson", report("x-1", `"channel"`, `"institution":"45678912","channel"`)+"\n"+report("x-2", "report.received", "report.lost"))
	reasons := map[string]bool{}
	for r, err := range s.RejectedEvents(t.Context(), stream.RejectedFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		reasons[r.Reason] = r.Masked
		if strings.Contains(string(r.Data), "45678912") {
			t.Errorf("kept: %s", r.Data)
		}
	}
	if diff := cmp.Diff(map[string]bool{"personal-data": true, "unknown-type": false}, reasons); diff != "" {
		t.Errorf("reason → masked, -want +got:\n%s", diff)
	}
}

func TestManyRequestsAtOnceEachGetTheirOwnAnswer(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			body, want := report(fmt.Sprintf("n-%d", i)), 202
			if i%4 == 0 {
				body, want = report(fmt.Sprintf("n-%d", i), "police", "pigeon"), 422
			}
			if status, _ := post(t, server, "application/cloudevents+json", body); status != want {
				t.Errorf("request %d: status %d, want %d", i, status, want)
			}
		})
	}
	wg.Wait()
	if last, err := s.LastSeq(t.Context()); err != nil || last != 30 {
		t.Errorf("%d events on the stream (%v), want 30", last, err)
	}
}

// down is a stream that keeps nothing.
type down struct{}

func (down) NewFrame(string, string, [][]byte) (stream.Message, error) {
	return stream.Message{}, errors.New("no server")
}

func (down) Publish(context.Context, []stream.Message) (stream.Accepted, error) {
	return stream.Accepted{}, errors.New("no server")
}
func (down) Reject(context.Context, []stream.Rejected) error { return nil }

func TestWithoutAStreamNothingIsCalledAccepted(t *testing.T) {
	resp, _, problem := send(t, http.MethodPost, open(t, down{}).URL+"/events", report("z-1"), "Content-Type", "application/cloudevents+json")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || problem.Detail == "" || problem.DetailES == "" {
		t.Errorf("status %d, Retry-After %q, %+v", resp.StatusCode, resp.Header.Get("Retry-After"), problem)
	}
}
