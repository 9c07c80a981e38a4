package intake_test

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/services/intake"
	"amparo/services/senders"
)

// bookOf is a book with one sender for a source, and its token.
func bookOf(t *testing.T, source string) (*senders.Book, string) {
	t.Helper()
	book, err := senders.Open(filepath.Join(t.TempDir(), "senders.json"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	scope := senders.Scope{Sources: []string{source}}
	token, err := book.Add("pnp", scope, senders.Catalogue{Types: catalogue(t).Events.Names()}, "U")
	if err != nil {
		t.Fatal(err)
	}
	return book, token
}

func TestOnlyWhoHasACredentialMaySend(t *testing.T) {
	s := streamtest.Open(t)
	book, token := bookOf(t, "urn:test")
	server := open(t, s, intake.WithSenders(book), intake.WithFates(fates{s}))
	for name, tt := range map[string]struct {
		headers []string
		status  int
	}{
		"none":                              {nil, 401},
		"a wrong one":                       {[]string{"Authorization", "Bearer amparo_000000000000_x"}, 401},
		"of another kind":                   {[]string{"Authorization", "Basic cG5wOng="}, 401},
		"the right one":                     {[]string{"Authorization", "Bearer " + token}, 202},
		"in small letters":                  {[]string{"authorization", "bearer " + token}, 202},
		"beside a password of the listener": {[]string{"Authorization", "Basic cG5wOng=", "Amparo-Token", token}, 202},
	} {
		resp, report, problem := send(t, http.MethodPost, server.URL+"/events", report("s-1"), append([]string{"Content-Type", "application/cloudevents+json"}, tt.headers...)...)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d: %+v %+v", name, resp.StatusCode, tt.status, report, problem)
		}
		if tt.status == 401 && (resp.Header.Get("WWW-Authenticate") == "" || problem.DetailES == "") {
			t.Errorf("%s: WWW-Authenticate is %q, %+v", name, resp.Header.Get("WWW-Authenticate"), problem)
		}
	}
	if resp, _, _ := send(t, http.MethodGet, server.URL+"/events/receipts/x", ""); resp.StatusCode != 401 {
		t.Errorf("receipts without a credential: status %d", resp.StatusCode)
	}
	if err := book.Revoke("pnp"); err != nil {
		t.Fatal(err)
	}
	if resp, _, _ := send(t, http.MethodPost, server.URL+"/events", report("s-2"), "Content-Type", "application/cloudevents+json", "Authorization", "Bearer "+token); resp.StatusCode != 401 {
		t.Errorf("revoked: status %d", resp.StatusCode)
	}
	if last, err := s.LastSeq(t.Context()); err != nil || last != 1 {
		t.Errorf("%d events on the stream: %v", last, err)
	}
}

func TestNobodySpeaksForAnothersSource(t *testing.T) {
	s := streamtest.Open(t)
	book, token := bookOf(t, "urn:pe:pnp:*")
	in := door(t, s, intake.WithSenders(book))
	server := open(t, s, intake.WithSenders(book))
	body := report("s-1") + "\n" + report("s-2", "urn:test", "urn:pe:pnp:sidpol") + "\n" +
		`{"specversion":"1.0","id":"s-3","source":"urn:pe:pnp:sidpol","type":"event.retracted","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"040101","source":"urn:test","id":"s-1"}}`
	resp, got, _ := send(t, http.MethodPost, server.URL+"/events", body, "Content-Type", "application/x-ndjson", "Authorization", "Bearer "+token)
	if resp.StatusCode != http.StatusMultiStatus || got.Accepted != 1 || got.Refused != 2 {
		t.Fatalf("status %d: %+v", resp.StatusCode, got)
	}
	for i, field := range map[int]string{0: "source", 2: "data.source"} {
		if a := got.Events[i]; a.Reason != event.NotAllowed || a.Field != field {
			t.Errorf("event %d: %+v, want not-allowed in %s", i, a, field)
		}
	}
	for r, err := range s.RejectedEvents(t.Context(), stream.RejectedFilter{}) {
		if err != nil || !strings.HasPrefix(r.Origin, "http/pnp:") {
			t.Errorf("rejected from %s: %v", r.Origin, err)
		}
	}
	for name, want := range map[string]string{"": "401", "stranger": "401", "pnp": "not-allowed"} {
		if answer := string(in.AnswerNATS(t.Context(), name, []byte(report("s-1")))); !strings.Contains(answer, want) {
			t.Errorf("NATS, sender %q: %s", name, answer)
		}
	}
}

// fates asks a stream whose sinks are called "sink".
type fates struct{ *stream.Stream }

// FateOf implements intake.Fates.
func (f fates) FateOf(ctx context.Context, receipt stream.Receipt) (stream.Fate, error) {
	return f.Stream.FateOf(ctx, receipt, "sink")
}

func TestReceiptsAreAnswered(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s, intake.WithFates(fates{s}))
	_, got := post(t, server, "application/cloudevents+json", report("r-1"))
	resp, err := http.Get(server.URL + "/events/receipts/" + string(got.Events[0].Receipt))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), `"fate":"pending"`) {
		t.Errorf("status %d: %s (%v)", resp.StatusCode, body, err)
	}
	for path, status := range map[string]int{"/events/receipts/none": 404, "/events/receipts/": 404} {
		if resp, _, _ := send(t, http.MethodGet, server.URL+path, ""); resp.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, status)
		}
	}
	if resp, _, _ := send(t, http.MethodPost, server.URL+"/events/receipts/x", ""); resp.StatusCode != 405 {
		t.Errorf("POST: status %d", resp.StatusCode)
	}
}
