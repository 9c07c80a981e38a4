package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"amparo/services/senders"
)

// AnswerNATS takes the body of a NATS request: one event, a batch, or lines. name
// is the sender that the server let in, "" for one of the installation itself. It
// answers with a report, or with a problem when nothing was taken.
func (in *Intake) AnswerNATS(ctx context.Context, name string, body []byte) []byte {
	s := Submission{Origin: "nats"}
	var report *Report
	var wrong *Problem
	if s.Sender, wrong = in.named(name); wrong == nil {
		report, wrong = in.takeMessage(ctx, s, body)
	}
	var answer any = report
	if wrong != nil {
		answer = wrong
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return []byte(`{"title":"no answer","status":500}`)
	}
	return b
}

// named is the sender of a name.
func (in *Intake) named(name string) (*senders.Sender, *Problem) {
	refused := problem(http.StatusUnauthorized, "send with the nkey of your institution; it is missing, expired or revoked",
		"envíe con la nkey de su institución; falta, venció o fue revocada")
	if in.book == nil {
		if name != "" {
			return nil, refused
		}
		return nil, nil //nolint:nilnil // Nobody in particular, and nothing wrong.
	}
	required, err := in.book.Required()
	switch {
	case err != nil:
		in.log.Error("the senders cannot be read, nobody is let in", "error", err)
		return nil, notKept(err)
	case name == "" && !required:
		return nil, nil //nolint:nilnil // Nobody in particular, and nothing wrong.
	}
	sender, err := in.book.ByName(name)
	if err != nil {
		return nil, refused
	}
	return sender, nil
}

// maxMessageEvents bounds how many events a message may hold: the answer has to
// fit into one message too.
const maxMessageEvents = 1000

func (in *Intake) takeMessage(ctx context.Context, s Submission, body []byte) (*Report, *Problem) {
	var broken error
	s.Raws, broken = split(body, formOfMessage(body), nil)
	switch {
	case len(s.Raws) > maxMessageEvents, errors.Is(broken, errTooMany):
		return nil, problem(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("nothing was taken: send at most %d events in a message", maxMessageEvents),
			fmt.Sprintf("no se tomó nada: envíe como máximo %d eventos por mensaje", maxMessageEvents))
	case len(s.Raws) == 0 && broken == nil, len(bytes.TrimSpace(body)) == 0:
		return nil, noEvent()
	}
	return in.submitted(ctx, s, broken)
}

// formOfMessage tells lines from one JSON text, which may run over several lines.
func formOfMessage(body []byte) form {
	first, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if len(first) > 0 && first[0] == '{' && json.Valid(first) {
		return linesForm
	}
	return batchForm
}
