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
	"amparo/schemas/event"
	"amparo/schemas/law"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/intake"
)

var now = time.Date(2024, 3, 2, 12, 0, 0, 0, time.UTC)

// report is a valid event, or with old → new replaced an invalid one.
func report(id string, replace ...string) string {
	line := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"urn:test","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"040101","channel":"police"}}`, id)
	return strings.NewReplacer(replace...).Replace(line)
}

// open starts an intake on a real stream, behind a real HTTP server.
func open(t *testing.T, to intake.Stream) *httptest.Server {
	t.Helper()
	cat, err := law.Load(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	door := intake.New(cat, to, func() time.Time { return now }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- door.Run(ctx) }()
	server := httptest.NewServer(door.Handler())
	t.Cleanup(func() {
		server.Close()
		stop()
		<-ended
	})
	return server
}

func post(t *testing.T, server *httptest.Server, media, body string) (int, intake.Report) {
	t.Helper()
	resp, err := http.Post(server.URL+"/events", media, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r intake.Report
	if resp.Header.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatalf("%v in %s", err, b)
		}
	}
	return resp.StatusCode, r
}

func TestEventsAreAcceptedInEveryForm(t *testing.T) {
	tests := map[string]struct {
		media, body string
		status      int
		want        intake.Report
	}{
		"one": {"application/cloudevents+json", report("a-1"), 202, intake.Report{Accepted: 1, Refused: []intake.Refused{}}},
		"a batch": {"application/cloudevents-batch+json; charset=utf-8", "[" + report("b-1") + "," + report("b-2") + "]", 202,
			intake.Report{Accepted: 2, Refused: []intake.Refused{}}},
		"lines, one of them bad": {"application/x-ndjson", report("c-1") + "\n" + report("c-2", "040101", "999999") + "\n\n" + report("c-3"), 202,
			intake.Report{Accepted: 2, Refused: []intake.Refused{{Line: 2, Reason: event.UnknownPlace, Field: "data.ubigeo"}}}},
		"only a bad one": {"application/cloudevents+json", report("d-1", "police", "pigeon"), 422,
			intake.Report{Refused: []intake.Refused{{Line: 1, Reason: event.BadValue, Field: "data.channel"}}}},
		"a batch that breaks off": {"application/cloudevents-batch+json", "[" + report("e-1") + `,{"spec`, 202,
			intake.Report{Accepted: 1, Refused: []intake.Refused{{Line: 2, Reason: event.BrokenJSON}}}},
		"an unknown form": {"text/csv", "a,b", 415, intake.Report{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := streamtest.Open(t)
			status, got := post(t, open(t, s), tt.media, tt.body)
			for i := range got.Refused {
				if got.Refused[i].Detail == "" {
					t.Errorf("refusal %d says nothing", i)
				}
				got.Refused[i].Detail = ""
			}
			if diff := cmp.Diff(tt.want, got); status != tt.status || diff != "" {
				t.Errorf("status %d, want %d; -want +got:\n%s", status, tt.status, diff)
			}
			last, err := s.LastSeq(t.Context())
			if err != nil || last != uint64(tt.want.Accepted) {
				t.Errorf("%d events on the stream (%v), want %d", last, err, tt.want.Accepted)
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

func (down) Publish(context.Context, []stream.Message) (stream.Accepted, error) {
	return stream.Accepted{}, errors.New("no server")
}
func (down) Reject(context.Context, []stream.Rejected) error { return nil }

func TestWithoutAStreamNothingIsCalledAccepted(t *testing.T) {
	if status, _ := post(t, open(t, down{}), "application/cloudevents+json", report("z-1")); status != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", status)
	}
}

func TestTooLargeABodyIsRefusedWhole(t *testing.T) {
	body := strings.Repeat(report("big")+"\n", (32<<20)/len(report("big"))+10)
	if status, _ := post(t, open(t, down{}), "application/x-ndjson", body); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", status)
	}
}
