package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"amparo/schemas/event"
)

const (
	// maxBody bounds one request, packed and unpacked.
	maxBody = 32 << 20
	// maxEvents bounds how many events a request may hold.
	maxEvents = 100_000
	// maxBodies bounds the bodies of all requests that are read at one time.
	maxBodies = 4 * maxBody
	// readFor is how long a body may take to come.
	readFor = 2 * time.Minute
	// zstdWindow bounds the memory for unpacking: RFC 8878 wants 8 MiB at least.
	zstdWindow = 8 << 20
)

// budget is the room for bodies in memory.
type budget struct {
	mu   sync.Mutex
	left int64
}

// take reserves room, if there is enough.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
}

// weight is the room that a request may need.
func weight(r *http.Request) int64 {
	if r.ContentLength >= 0 && encoding(r) == "" {
		return min(r.ContentLength, maxBody)
	}
	return maxBody
}

// encoding is how the body is packed, "" for not at all.
func encoding(r *http.Request) string {
	name := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if name == "identity" {
		return ""
	}
	return name
}

// readBody reads the whole body before anything of it is taken.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *Problem) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readFor)) // Where it cannot be set the server's own holds.
	if r.ContentLength > maxBody {
		drain(r.Body)
		return nil, tooLarge()
	}
	packed := http.MaxBytesReader(w, r.Body, maxBody)
	plain, err := unpacked(packed, encoding(r))
	if err != nil {
		return nil, bodyProblem(r, err)
	}
	body, err := io.ReadAll(io.LimitReader(plain, maxBody+1))
	switch {
	case len(body) > maxBody:
		drain(r.Body)
		return nil, tooLarge()
	case err != nil:
		return nil, bodyProblem(r, err)
	}
	return body, nil
}

// drain lets a client finish sending, so that it can read the answer.
func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, 2*maxBody) }

// errEncoding means that the body is packed in a way that is not known.
var errEncoding = errors.New("unknown Content-Encoding")

func unpacked(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderMaxMemory(maxBody+1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, errEncoding
}

func bodyProblem(r *http.Request, err error) *Problem {
	tooMuch, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case errors.Is(err, errEncoding):
		return problem(http.StatusUnsupportedMediaType,
			"send the body plain, or packed with gzip or zstd",
			"envíe el cuerpo sin comprimir, o comprimido con gzip o zstd").with("Accept-Encoding", "gzip, zstd")
	case large && tooMuch.Limit == maxBody, errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		drain(r.Body)
		return tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem(http.StatusRequestTimeout, "the body did not come in time; send it again in smaller parts",
			"el cuerpo no llegó a tiempo; vuelva a enviarlo en partes más pequeñas")
	}
	return problem(http.StatusBadRequest,
		"the body could not be read to its end, or is not packed as its Content-Encoding says; nothing was taken, send it again",
		"no se pudo leer el cuerpo hasta el final, o no está comprimido como dice su Content-Encoding; no se tomó nada, vuelva a enviarlo")
}

func tooLarge() *Problem {
	return problem(http.StatusRequestEntityTooLarge,
		fmt.Sprintf("nothing was taken: send at most %d MiB, unpacked, and %d events at a time", maxBody>>20, maxEvents),
		fmt.Sprintf("no se tomó nada: envíe como máximo %d MiB, sin comprimir, y %d eventos por vez", maxBody>>20, maxEvents))
}

// A form is how a body holds events.
type form int

const (
	unknownForm form = iota
	batchForm        // one event in JSON, or an array of them
	linesForm        // NDJSON
	binaryForm       // the data alone; the attributes are headers
)

// formOf reads the form from the headers.
func formOf(h http.Header) form {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err == nil && (media == "application/cloudevents+json" || media == "application/cloudevents-batch+json"):
		return batchForm
	case isBinary(h):
		return binaryForm
	case err != nil:
		return unknownForm
	}
	switch media {
	case "application/json":
		return batchForm
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		return linesForm
	}
	return unknownForm
}

// isBinary reports whether the headers hold an event. That they are complete is
// for the door to say.
func isBinary(h http.Header) bool {
	return h.Get("Ce-Specversion") != "" || h.Get("Ce-Id") != "" || h.Get("Ce-Type") != ""
}

// errTooMany means that a body holds more events than may come at a time.
var errTooMany = errors.New("too many events")

// split takes a body apart. What broke it, if anything did, is the second result.
func split(body []byte, as form, h http.Header) ([]event.Raw, error) {
	if as == binaryForm {
		return []event.Raw{{Line: 1, Bytes: fromHeaders(h, body)}}, nil
	}
	if first := bytes.TrimSpace(body); as == batchForm && len(first) == 0 {
		return nil, nil
	}
	events := event.SplitBatch
	if as == linesForm {
		events = event.SplitLines
	}
	var raws []event.Raw
	for raw, err := range events(bytes.NewReader(body)) {
		switch {
		case err != nil && len(raws) == 0 && len(body) <= event.MaxBytes:
			// One event that is broken: the door says so, and it is kept like any other refused one.
			return []event.Raw{{Line: 1, Bytes: body}}, nil
		case err != nil:
			return raws, err
		}
		if len(raws) == maxEvents {
			return nil, errTooMany
		}
		raws = append(raws, event.Raw{Line: raw.Line, Bytes: bytes.Clone(raw.Bytes)})
	}
	return raws, nil
}
