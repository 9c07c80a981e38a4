package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"

	"amparo/schemas/event"
)

// maxBody bounds one request.
const maxBody = 32 << 20

// A Report is the answer to a request: how many events were accepted, and each
// refused one with its line (or position in the batch) and reason.
type Report struct {
	Accepted int       `json:"accepted"`
	Refused  []Refused `json:"refused"`
}

// A Refused event is named by where it stood, never by what it said.
type Refused struct {
	Line   int          `json:"line"`
	Reason event.Reason `json:"reason"`
	Field  string       `json:"field,omitempty"`
	Detail string       `json:"detail"`
}

// Handler takes events over HTTP: POST with application/cloudevents+json,
// application/cloudevents-batch+json or application/x-ndjson. 202 means that
// what the report calls accepted is on disk; 422 that nothing was accepted.
func (in *Intake) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /events", in.serveEvents)
	return mux
}

func (in *Intake) serveEvents(w http.ResponseWriter, r *http.Request) {
	split, ok := splitter(r.Header.Get("Content-Type"))
	if !ok {
		http.Error(w, "send application/cloudevents+json, application/cloudevents-batch+json or application/x-ndjson", http.StatusUnsupportedMediaType)
		return
	}
	raws, err := collectRaws(split(http.MaxBytesReader(w, r.Body, maxBody)))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		http.Error(w, "the request is too large: send at most 32 MiB at a time", http.StatusRequestEntityTooLarge)
		return
	}
	outcomes, failed := in.Submit(r.Context(), "http", raws)
	if failed != nil {
		in.log.Warn("events not accepted", "events", len(raws), "error", failed)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the events could not be kept; send all of them again", http.StatusServiceUnavailable)
		return
	}
	report := newReport(raws, outcomes, err)
	w.Header().Set("Content-Type", "application/json")
	if report.Accepted == 0 && len(report.Refused) > 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
	} else {
		w.WriteHeader(http.StatusAccepted)
	}
	if err := json.NewEncoder(w).Encode(report); err != nil {
		in.log.Debug("report not delivered", "error", err)
	}
}

func refused(line int, r *event.Refusal) Refused {
	return Refused{Line: line, Reason: r.Reason, Field: r.Field, Detail: r.Detail}
}

// collectRaws reads all events of a body, and what ended it, if not its end.
func collectRaws(events iter.Seq2[event.Raw, error]) ([]event.Raw, error) {
	var raws []event.Raw
	for raw, err := range events {
		if err != nil {
			return raws, err
		}
		raws = append(raws, event.Raw{Line: raw.Line, Bytes: slices.Clone(raw.Bytes)})
	}
	return raws, nil
}

// splitter picks how a body is split into events, by its media type.
func splitter(contentType string) (func(io.Reader) iter.Seq2[event.Raw, error], bool) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, false
	}
	switch media {
	case "application/cloudevents+json", "application/cloudevents-batch+json", "application/json":
		return event.SplitBatch, true
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		return event.SplitLines, true
	}
	return nil, false
}

// AnswerNATS takes the body of a NATS request: one event, a batch, or lines. It
// answers with a report in JSON, or with {"error":…} when nothing is known of
// the events.
func (in *Intake) AnswerNATS(ctx context.Context, body []byte) []byte {
	split := event.SplitLines
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		split = event.SplitBatch
	}
	raws, broken := collectRaws(split(bytes.NewReader(body)))
	outcomes, err := in.Submit(ctx, "nats", raws)
	var reply any
	if err != nil {
		in.log.Warn("events not accepted", "events", len(raws), "error", err)
		reply = map[string]string{"error": "the events could not be kept; send all of them again"}
	} else {
		reply = newReport(raws, outcomes, broken)
	}
	b, err := json.Marshal(reply)
	if err != nil {
		return []byte(`{"error":"no answer"}`)
	}
	return b
}

// newReport says what became of the events of a body, and of what broke it.
func newReport(raws []event.Raw, outcomes []Outcome, broken error) Report {
	report := Report{Refused: []Refused{}}
	for i, o := range outcomes {
		if o.Refusal == nil {
			report.Accepted++
			continue
		}
		report.Refused = append(report.Refused, refused(raws[i].Line, o.Refusal))
	}
	if broken != nil {
		report.Refused = append(report.Refused, refused(len(raws)+1, event.AsRefusal(broken)))
	}
	return report
}
