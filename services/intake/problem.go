package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/present"
)

// A Problem is an answer to a request of which nothing was taken (RFC 9457), in
// both languages.
type Problem struct {
	Title    string `json:"title"`
	TitleES  string `json:"title_es"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	DetailES string `json:"detail_es"`

	retryAfter int         // seconds; 0 says nothing
	header     http.Header // further headers
}

// problem makes one. The titles are those of the status.
func problem(status int, detail, detailES string) *Problem {
	titles := map[int]string{
		http.StatusBadRequest:            "Solicitud incorrecta",
		http.StatusUnauthorized:          "Credencial requerida",
		http.StatusForbidden:             "No permitido",
		http.StatusNotFound:              "No existe",
		http.StatusMethodNotAllowed:      "Método no permitido",
		http.StatusRequestTimeout:        "La solicitud tardó demasiado",
		http.StatusRequestEntityTooLarge: "Demasiado grande",
		http.StatusUnsupportedMediaType:  "Tipo de contenido no admitido",
		http.StatusTooManyRequests:       "Demasiadas solicitudes a la vez",
		http.StatusServiceUnavailable:    "No disponible por ahora",
		http.StatusInsufficientStorage:   "Sin espacio",
	}
	return &Problem{Title: http.StatusText(status), TitleES: titles[status], Status: status, Detail: detail, DetailES: detailES}
}

// later says after how many seconds the request may come again.
func (p *Problem) later(seconds int) *Problem {
	p.retryAfter = seconds
	return p
}

// with adds a header.
func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

func (p *Problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // Who has gone needs no answer.
}

// notKept is the problem of events that could not be kept.
func notKept(err error) *Problem {
	if errors.Is(err, stream.ErrFull) {
		return problem(http.StatusInsufficientStorage,
			"there is no room for new events: the operator has to give the stream more; keep the events and send all of them again later",
			"no hay espacio para eventos nuevos: el operador debe ampliarlo; conserve los eventos y vuelva a enviarlos todos más tarde").later(60)
	}
	return problem(http.StatusServiceUnavailable,
		"the events could not be kept; send all of them again: what was kept already will be answered as a duplicate",
		"no se pudo guardar los eventos; vuelva a enviarlos todos: lo ya guardado se responderá como duplicado").later(5)
}

// brokenOff is the problem of a body that breaks after so many events.
func brokenOff(events int, broken error) *Problem {
	why := present.Refusal(event.AsRefusal(broken).Detail)
	return problem(http.StatusBadRequest,
		fmt.Sprintf("nothing was taken: the JSON breaks after %d whole events (%s); send all of them again in one array, or as lines", events, why.EN),
		fmt.Sprintf("no se tomó nada: el JSON se rompe después de %d eventos completos (%s); vuelva a enviarlos todos en un arreglo, o como líneas", events, why.ES))
}

func noEvent() *Problem {
	return problem(http.StatusBadRequest, "there is no event in the request", "la solicitud no contiene ningún evento")
}
