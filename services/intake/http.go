package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/schemas/law"
	"amparo/services/intake/contract"
	"amparo/services/senders"
)

// Fates tell what became of an accepted event.
type Fates interface {
	FateOf(ctx context.Context, receipt stream.Receipt) (stream.Fate, error)
}

// Handler takes events over HTTP at /events, says what became of one at
// /events/receipts/…, and serves the description of both. docs/door.md lists
// every answer.
func (in *Intake) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/events", in.serveEvents)
	mux.HandleFunc("/events/receipts/{receipt}", in.serveReceipt)
	mux.HandleFunc("/events/", func(w http.ResponseWriter, _ *http.Request) {
		problem(http.StatusNotFound, "there is nothing at this address; events go to /events",
			"no hay nada en esta dirección; los eventos van a /events").write(w)
	})
	mux.Handle("/openapi.json", in.document(contract.OpenAPI))
	mux.Handle("/asyncapi.json", in.document(func(cat *law.Catalogue) ([]byte, error) { return contract.AsyncAPI(cat, host.IntakeSubject) }))
	return mux
}

func (in *Intake) serveEvents(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		return
	}
	sender, wrong := in.sender(r)
	if wrong != nil {
		wrong.write(w)
		return
	}
	s := Submission{Origin: "http", Sender: sender}
	if s.DryRun, wrong = isDryRun(r); wrong != nil {
		wrong.write(w)
		return
	}
	report, wrong := in.take(w, r, s)
	if wrong != nil {
		wrong.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(report.status())
	if err := json.NewEncoder(w).Encode(report); err != nil {
		in.log.Debug("report not delivered", "error", err)
	}
}

// take reads a request to its end, and only then takes its events.
func (in *Intake) take(w http.ResponseWriter, r *http.Request, s Submission) (*Report, *Problem) {
	as := formOf(r.Header)
	if as == unknownForm {
		const accept = "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson"
		return nil, problem(http.StatusUnsupportedMediaType,
			"send "+accept+", or one event in binary mode with ce- headers",
			"envíe "+accept+", o un evento en modo binario con cabeceras ce-").with("Accept-Post", accept)
	}
	room := weight(r)
	if !in.bodies.take(room) {
		return nil, problem(http.StatusTooManyRequests, "too many large requests at a time; send this one again in a moment",
			"demasiadas solicitudes grandes a la vez; vuelva a enviar esta en un momento").later(5)
	}
	defer in.bodies.give(room)
	body, wrong := readBody(w, r)
	if wrong != nil {
		return nil, wrong
	}
	var broken error
	if s.Raws, broken = split(body, as, r.Header); errors.Is(broken, errTooMany) {
		return nil, tooLarge()
	}
	if emptyBatch := as == batchForm && len(bytes.TrimSpace(body)) > 0; len(s.Raws) == 0 && broken == nil && !emptyBatch {
		return nil, noEvent()
	}
	return in.submitted(r.Context(), s, broken)
}

// submitted submits what was read of a body. A body that breaks off after some
// events is refused whole: nobody can say how many came after, so that an answer
// for each of them would leave some out.
func (in *Intake) submitted(ctx context.Context, s Submission, broken error) (*Report, *Problem) {
	if broken != nil && len(s.Raws) > 0 {
		return nil, brokenOff(len(s.Raws), broken)
	}
	outcomes, err := in.Submit(ctx, s)
	if err != nil {
		in.log.Warn("events not accepted", "events", len(s.Raws), "error", err)
		return nil, notKept(err)
	}
	return newReport(&s, outcomes, broken), nil
}

// document serves a description, made when it is first asked for. It says nothing
// that is not in the catalogue, so that it needs no credential.
func (in *Intake) document(describe func(*law.Catalogue) ([]byte, error)) http.Handler {
	made := sync.OnceValues(func() ([]byte, error) { return describe(in.cat) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodGet) {
			return
		}
		text, err := made()
		if err != nil {
			in.log.Error("the description of the intake cannot be made", "error", err)
			problem(http.StatusNotFound, "there is no description of this catalogue", "no hay descripción de este catálogo").write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // Who has gone needs no answer.
	})
}

// isDryRun reports whether a request only asks what would become of its events. A
// parameter that is not known is refused: a mistyped dry-run would keep the events.
func isDryRun(r *http.Request) (bool, *Problem) {
	parameters, err := url.ParseQuery(r.URL.RawQuery)
	wrong := err != nil
	for name := range parameters {
		wrong = wrong || name != "dry-run"
	}
	values, asked := parameters["dry-run"]
	on := asked
	if asked && values[0] != "" {
		var err error
		on, err = strconv.ParseBool(values[0])
		wrong = wrong || err != nil
	}
	if wrong || len(values) > 1 {
		return false, problem(http.StatusBadRequest,
			"nothing was taken: the only parameter is dry-run, alone or as dry-run=true or dry-run=false",
			"no se tomó nada: el único parámetro es dry-run, solo o como dry-run=true o dry-run=false")
	}
	return on, nil
}

// allow answers what is no request of the one method.
func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	allowed := method + ", OPTIONS"
	switch r.Method {
	case method:
		return true
	case http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	default:
		problem(http.StatusMethodNotAllowed, "use "+method, "use "+method).with("Allow", allowed).write(w)
	}
	return false
}

// sender says who sends a request: nil for nobody in particular, where nobody has
// to say.
func (in *Intake) sender(r *http.Request) (*senders.Sender, *Problem) {
	if in.book == nil {
		return nil, nil //nolint:nilnil // Nobody in particular, and nothing wrong.
	}
	required, err := in.book.Required()
	if err != nil {
		in.log.Error("the senders cannot be read, nobody is let in", "error", err)
		return nil, notKept(err)
	}
	token := r.Header.Get("Amparo-Token")
	if bearer, ok := cutScheme(r.Header.Get("Authorization"), "bearer"); ok && token == "" {
		token = bearer
	}
	if token == "" && !required {
		return nil, nil //nolint:nilnil // Nobody in particular, and nothing wrong.
	}
	sender, err := in.book.ByToken(token)
	switch {
	case err == nil:
		return sender, nil
	case errors.Is(err, senders.ErrUnknown):
		return nil, problem(http.StatusUnauthorized,
			"send the token of your institution: Authorization: Bearer amparo_…; this one is missing, not known, expired or revoked",
			"envíe el token de su institución: Authorization: Bearer amparo_…; el enviado falta, no se conoce, venció o fue revocado",
		).with("WWW-Authenticate", `Bearer realm="amparo"`)
	}
	in.log.Error("the senders cannot be read, nobody is let in", "error", err)
	return nil, notKept(err)
}

// cutScheme is what follows the scheme of an Authorization header.
func cutScheme(header, scheme string) (string, bool) {
	name, rest, ok := strings.Cut(header, " ")
	return strings.TrimSpace(rest), ok && strings.EqualFold(name, scheme)
}

// serveReceipt says what became of an accepted event.
func (in *Intake) serveReceipt(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet) {
		return
	}
	if _, wrong := in.sender(r); wrong != nil {
		wrong.write(w)
		return
	}
	unknown := problem(http.StatusNotFound, "there is no such receipt here", "aquí no existe ese comprobante")
	if in.fates == nil {
		unknown.write(w)
		return
	}
	receipt := stream.Receipt(r.PathValue("receipt"))
	fate, err := in.fates.FateOf(r.Context(), receipt)
	switch {
	case errors.Is(err, stream.ErrInvalid):
		unknown.write(w)
	case err != nil:
		in.log.Warn("fate of an event not known", "error", err)
		problem(http.StatusServiceUnavailable, "not known at the moment; ask again", "no se sabe por el momento; vuelva a preguntar").later(5).write(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]any{"receipt": receipt, "fate": fate}) // Who has gone needs no answer.
	}
}
