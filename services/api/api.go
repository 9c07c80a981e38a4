// Package api serves the numbers of the pages to programs, under /api/v1: as
// JSON, CSV, XLSX and, where they are counts by place and period, ADX. Every route
// passes the guard of package access. A page of the API is described by
// /api/v1/openapi.json, which is made of the same table as the handlers.
package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/desk"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

// Base is the path under which everything is.
const Base = "/api/v1"

// Config says what is served.
type Config struct {
	Catalogue *law.Catalogue
	Grouping  string
	Last      func() *snapshot.Snapshot
	Board     func() *desk.Board
	Published func() *aggregator.Published // what anyone may see, nil before anything was
	Cases     Cases                        // for files of cases
	Exports   Exports                      // who may take one; nil where nobody may
	Queue     *queue.Book                  // what somebody has to look into
	Synthetic bool
	Sources   func() *present.Sources // until when they have reported; nil where nobody knows
	Now       func() time.Time
	Log       *slog.Logger
}

type server struct {
	Config
	cat      *law.Catalogue
	guard    *access.Guard
	datasets []*dataset
}

// errNotCounted means that nothing was counted yet.
var errNotCounted = errors.New("nothing was counted yet: ask again in a minute")

// Mount puts the API behind a guard.
func Mount(guard *access.Guard, cfg Config) error {
	s := &server{Config: cfg, cat: cfg.Catalogue, guard: guard}
	s.datasets = s.tables()
	description, err := json.MarshalIndent(s.describe(), "", " ")
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	for _, d := range s.datasets {
		guard.Handle("GET "+Base+d.path, d.needs, headers(gzhttp.GzipHandler(s.handler(d))))
	}
	guard.Handle("GET "+Base+"/openapi.json", access.SeePublic, headers(gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, contentTypes[formatJSON], description)
	}))))
	guard.Handle("GET "+Base+casesPath, access.ExportCases, headers(http.HandlerFunc(s.cases)))
	guard.Handle("GET "+Base+"/", access.SeePublic, headers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there is nothing here: see "+Base+"/openapi.json")
	})))
	return nil
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		// Kept by the reader alone, and asked about each time.
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Vary", "Cookie, Authorization")
		next.ServeHTTP(w, r)
	})
}

// problem answers with what is wrong and what to do, as RFC 9457 has it.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	body := map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		return // Who asked has gone.
	}
}

func (s *server) handler(d *dataset) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := d.read(r)
		var wrong errRequest
		if errors.As(err, &wrong) {
			problem(w, http.StatusBadRequest, wrong.text)
			return
		}
		if d.needs != access.SeePublic && !a.viewer.May(access.ExportNumbers) {
			problem(w, http.StatusForbidden, "your role sees numbers on the pages and takes no files of them")
			return
		}
		res, err := d.rows(a.request)
		switch {
		case errors.As(err, &wrong):
			problem(w, http.StatusBadRequest, wrong.text)
			return
		case errors.Is(err, errNotCounted):
			w.Header().Set("Retry-After", "60")
			problem(w, http.StatusServiceUnavailable, err.Error())
			return
		case err != nil:
			s.guard.Fail(w, r, err)
			return
		}
		var b bytes.Buffer
		if err := d.write(&b, &a, res, s.cat); err != nil {
			s.guard.Fail(w, r, fmt.Errorf("write %s as %s: %w", d.path, a.format, err))
			return
		}
		w.Header().Set("X-Total-Count", strconv.Itoa(res.len()))
		if beside := links(r.URL, &a, res.len()); beside != "" && a.format != formatADX {
			w.Header().Set("Link", beside)
		}
		if a.format != formatJSON {
			w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fileName(d, a.format)))
		}
		s.answer(w, r, contentTypes[a.format], b.Bytes())
	})
}

// answer sends a body with its tag, or says that the reader has it already. The tag is
// weak: what travels may be compressed.
func (s *server) answer(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `W/"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func fileName(d *dataset, format string) string {
	var name strings.Builder
	name.WriteString("amparo")
	for _, r := range d.path {
		if r == '/' {
			r = '-'
		}
		name.WriteString(string(r))
	}
	if format == formatADX {
		format = "xml"
	}
	return name.String() + "." + format
}

// stamp is what stands beside every number.
func (s *server) stamp(asOf time.Time) present.Stamp {
	out := present.Stamp{AsOf: asOf, Catalogue: s.cat.Label(), Grouping: s.Grouping, Data: present.RecordedData}
	if sources := s.sourcesNow(); sources != nil {
		out.Reported = sources.All()
		if data := sources.Data(); data != "" {
			out.Data = data
		}
	}
	if s.Synthetic {
		out.Data = present.SyntheticData
	}
	if last := s.Last(); last != nil {
		out.LowConfidence = last.LowConfidence
	}
	return out
}

// sourcesNow are until when sources have reported, nil while that is not known.
func (s *server) sourcesNow() *present.Sources {
	if s.Sources == nil {
		return nil
	}
	return s.Sources()
}

// cover says how far the time of a number of a place was reported.
func (s *server) cover(place string, window indicator.Window, asOf time.Time) present.Coverage {
	sources := s.sourcesNow()
	if sources == nil {
		return present.Covered
	}
	if place == "" {
		place = indicator.Nation
	}
	return sources.Over(s.Grouping, place, window, asOf)
}

// withheld is why a number is not told, nothing where it is.
func withheld(c present.Coverage) present.Cell {
	if !c.Withheld() {
		return present.None
	}
	return present.Coded(string(c), c.Text())
}

// counted are the snapshot and the board, once there are both.
func (s *server) counted() (*snapshot.Snapshot, *desk.Board, error) {
	last, board := s.Last(), s.Board()
	if last == nil || board == nil {
		return nil, nil, errNotCounted
	}
	return last, board, nil
}
