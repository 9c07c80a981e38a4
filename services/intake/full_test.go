package intake_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// A full stream answers senders with 507 and when to come again, and takes
// nothing; the events that it has stay.
func TestAFullStreamSaysSo(t *testing.T) {
	server, err := host.Start(host.Config{Dir: t.TempDir(), MaxStore: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s, err := stream.Open(t.Context(), stream.Config{Server: server, MaxBytes: 8 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	url := open(t, s).URL + "/events"
	for n := range 100 {
		resp, got, problem := send(t, http.MethodPost, url, report(fmt.Sprintf("f-%d", n)), "Content-Type", "application/cloudevents+json")
		if resp.StatusCode == http.StatusAccepted {
			continue
		}
		last, err := s.LastSeq(t.Context())
		if err != nil || last != uint64(n) {
			t.Errorf("%d events on the stream after %d were accepted: %v", last, n, err)
		}
		if resp.StatusCode != http.StatusInsufficientStorage || resp.Header.Get("Retry-After") != "60" || got.Accepted != 0 || !strings.Contains(problem.DetailES, "espacio") {
			t.Errorf("status %d, Retry-After %q, %+v", resp.StatusCode, resp.Header.Get("Retry-After"), problem)
		}
		return
	}
	t.Error("the stream was never full")
}
