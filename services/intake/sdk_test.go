package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/stream/streamtest"
)

// sdkEvent is an event as a program that uses the SDK would make it: the clock's
// time, to the nanosecond, and tracing.
func sdkEvent(t *testing.T, id string) cloudevents.Event {
	t.Helper()
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetSource("urn:pe:test:go")
	e.SetType("report.received")
	e.SetSubject("c-" + id)
	e.SetTime(now.Add(-time.Hour + 123_456_789*time.Nanosecond))
	e.SetExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	e.SetExtension("exampleextension", true)
	if err := e.SetData(cloudevents.ApplicationJSON, map[string]any{"ubigeo": "040101", "channel": "police"}); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheSDKForGoSendsInEveryMode(t *testing.T) {
	s := streamtest.Open(t)
	server := open(t, s)
	client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(server.URL + "/events"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		ctx  context.Context
		id   string
		last uint64
	}{
		{"binary", cloudevents.WithEncodingBinary(t.Context()), "go-1", 1},
		{"structured", cloudevents.WithEncodingStructured(t.Context()), "go-2", 2},
		{"structured, what was binary", cloudevents.WithEncodingStructured(t.Context()), "go-1", 2},
	} {
		if result := client.Send(step.ctx, sdkEvent(t, step.id)); !cloudevents.IsACK(result) {
			t.Errorf("%s: %v", step.name, result)
		}
		if last, err := s.LastSeq(t.Context()); err != nil || last != step.last {
			t.Errorf("%s: %d events on the stream (%v), want %d", step.name, last, err, step.last)
		}
	}
	broken := sdkEvent(t, "go-3")
	broken.SetType("report.lost")
	if result := client.Send(t.Context(), broken); cloudevents.IsACK(result) {
		t.Error("an event of an unknown type is acknowledged")
	}
	request, err := cehttp.NewHTTPRequestFromEvents(t.Context(), server.URL+"/events", []cloudevents.Event{sdkEvent(t, "go-4"), sdkEvent(t, "go-2")})
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if last, err := s.LastSeq(t.Context()); err != nil || last != 3 || response.StatusCode != 202 {
		t.Errorf("batch: status %d, %d events on the stream (%v)", response.StatusCode, last, err)
	}
}

func TestTheSDKForJavaScriptSendsInEveryMode(t *testing.T) {
	dir := javascript(t)
	server := open(t, streamtest.Open(t))
	type line struct {
		Name    string
		Status  int
		Results []string
	}
	var got []line
	decoder := json.NewDecoder(bytes.NewReader(runIn(t, dir, "node", "send.mjs", server.URL+"/events")))
	for decoder.More() {
		var l line
		if err := decoder.Decode(&l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	want := []line{
		{"structured", 202, []string{"accepted"}},
		{"binary", 202, []string{"accepted"}},
		{"binary again, structured", 202, []string{"duplicate"}},
		{"batch", 202, []string{"accepted", "accepted"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
