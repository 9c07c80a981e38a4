package engine

import (
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"
)

// Handler serves the engine over ClickHouse's HTTP interface, for other
// processes on the same machine. Every request must bring the token as its
// password, under any user name; with an empty token nobody gets in. GET
// requests only read. Close the HTTP server before the engine.
//
// Results are not compressed, and there are no sessions that outlast a request.
func Handler(e *Engine, token string, log *slog.Logger) http.Handler {
	h := &handler{engine: e, token: token, log: logger(log)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Ok.\n") })
	mux.HandleFunc("GET /{$}", h.serve)
	mux.HandleFunc("POST /{$}", h.serve)
	return mux
}

type handler struct {
	engine *Engine
	token  string
	log    *slog.Logger
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	if r.Method == http.MethodGet && !values.Has("query") {
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	if !h.authorized(r) {
		h.log.Warn("request refused: wrong token", "remote", r.RemoteAddr)
		h.write(w, failure(newException(codeAuthenticationFailed, "AUTHENTICATION_FAILED", //nolint:bodyclose // serve closes it.
			"Authentication failed: the password is not this installation's token")))
		return
	}
	body, err := decoded(r)
	if err != nil {
		h.write(w, failure(newException(codeNotImplemented, "NOT_IMPLEMENTED", "cannot decode the request: %v", err))) //nolint:bodyclose // serve closes it.
		return
	}
	control := http.NewResponseController(w)
	response, err := h.engine.respond(r.Context(), call{
		values: values, header: r.Header, body: body, readOnly: r.Method != http.MethodPost,
		// A deadline in the past makes the read return that waits for the client.
		abort: func() { _ = control.SetReadDeadline(time.Unix(1, 0)) },
	})
	switch {
	case err == nil:
		h.write(w, response)
	case r.Context().Err() != nil:
		panic(http.ErrAbortHandler) // nobody is there to read an answer
	case errors.Is(err, ErrClosed):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		h.log.Warn("request not answered", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// write sends a response. If its result breaks off, so does the connection, or
// the client would take a part for the whole.
func (h *handler) write(w http.ResponseWriter, response *http.Response) {
	defer response.Body.Close() //nolint:errcheck // It is in memory.
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	if _, err := io.Copy(w, response.Body); err != nil {
		h.log.Debug("result broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// authorized compares digests, so that the time it takes tells nothing, not
// even the token's length.
func (h *handler) authorized(r *http.Request) bool {
	if h.token == "" {
		return false
	}
	_, basic, _ := r.BasicAuth()
	got := sha256.Sum256([]byte(firstOf(r.Header.Get("X-ClickHouse-Key"), basic, r.URL.Query().Get("password"))))
	want := sha256.Sum256([]byte(h.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// decoded returns the request's body without its compression.
func decoded(r *http.Request) (io.Reader, error) {
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		return gzip.NewReader(r.Body)
	case "deflate":
		return zlib.NewReader(r.Body)
	default:
		return nil, errors.New("unknown Content-Encoding " + encoding)
	}
}
