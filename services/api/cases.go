package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/services/access"
	"amparo/services/access/grant"
)

// casesPath is the file of cases for an analyst whose purpose was approved.
const casesPath = "/cases.xes"

// Cases yields every case with its events.
type Cases interface {
	Cases(ctx context.Context, after string) iter.Seq2[store.CaseHistory, error]
}

// Exports knows which file of cases a second person has allowed.
type Exports interface {
	Take(ctx context.Context, v access.Viewer, id, what string) (grant.Export, error)
}

// cases sends the case log as XES (IEEE 1849), which process-mining tools open, to who may
// take it: a second person has allowed this very file, and that it was taken is recorded.
func (s *server) cases(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	department, id := query.Get("department"), query.Get("export")
	query.Del("export")
	what := Base + casesPath
	if len(query) > 0 {
		what += "?" + query.Encode()
	}
	departments := s.departmentParam()
	switch {
	case s.Exports == nil || s.Cases == nil:
		problem(w, http.StatusNotFound, "no files of cases leave this installation")
		return
	case department != "" && !departments.ok(department), len(query) > 1 || len(query) == 1 && department == "":
		problem(w, http.StatusBadRequest, "cases can be asked for of one department, by its two digits; nothing else narrows them")
		return
	case id == "":
		problem(w, http.StatusBadRequest, "export is missing: ask for the file "+what+" first, and give the export that was allowed")
		return
	}
	export, err := s.Exports.Take(r.Context(), access.From(r.Context()), id, what)
	if errors.Is(err, grant.ErrNoExport) {
		problem(w, http.StatusNotFound, "there is no export that lets you take this file now")
		return
	}
	if err != nil {
		s.guard.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Disposition", `attachment; filename="amparo-cases.xes"`)
	log := &xesLog{w: w, department: department, watermark: export.Watermark(s.Now()), synthetic: s.Synthetic, zone: s.cat.Zone}
	if err := log.write(s.Cases.Cases(r.Context(), "")); err != nil {
		// What was sent so far lacks its end, so no reader takes it for whole.
		s.Log.Error("a file of cases was cut off", "export", export.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// An xesLog writes cases so that they cannot be led back: the case has a name of this file
// alone, made with a key that is thrown away, and a place is its department.
type xesLog struct {
	w          io.Writer
	department string
	watermark  string
	synthetic  bool
	zone       *time.Location
	key        []byte
}

func (x *xesLog) write(histories iter.Seq2[store.CaseHistory, error]) error {
	x.key = make([]byte, 32)
	if _, err := rand.Read(x.key); err != nil {
		return fmt.Errorf("make the key of a file: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.WriteString(`<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">` + "\n")
	b.WriteString(`<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>` + "\n")
	b.WriteString(`<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>` + "\n")
	b.WriteString(`<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>` + "\n")
	x.text(&b, "amparo:watermark", x.watermark)
	if x.synthetic {
		x.text(&b, "amparo:data", "synthetic")
	}
	for history, err := range histories {
		if err != nil {
			return err
		}
		x.trace(&b, &history)
		if b.Len() > 1<<16 {
			if _, err := b.WriteTo(x.w); err != nil {
				return err
			}
		}
	}
	b.WriteString("</log>\n")
	_, err := b.WriteTo(x.w)
	return err
}

func (x *xesLog) trace(b *bytes.Buffer, history *store.CaseHistory) {
	events := history.Events
	if len(events) == 0 || x.department != "" && departmentOf(&events[0].Event) != x.department {
		return
	}
	mac := hmac.New(sha256.New, x.key)
	mac.Write([]byte(history.CaseID))
	b.WriteString("<trace>")
	x.text(b, "concept:name", hex.EncodeToString(mac.Sum(nil)[:12]))
	b.WriteString("\n")
	for i := range events {
		e := &events[i].Event
		b.WriteString("<event>")
		x.text(b, "concept:name", e.Type)
		fmt.Fprintf(b, `<date key="time:timestamp" value="%s"/>`, e.At.In(x.zone).Format("2006-01-02T15:04:05.000-07:00"))
		x.text(b, "org:group", e.Data.Scalar("institution_kind"))
		x.text(b, "amparo:department", departmentOf(e))
		b.WriteString("</event>\n")
	}
	b.WriteString("</trace>\n")
}

func departmentOf(e *event.Event) string {
	place := e.Place()
	return place[:min(2, len(place))]
}

func (x *xesLog) text(b *bytes.Buffer, key, value string) {
	if value == "" {
		return
	}
	b.WriteString(`<string key="` + key + `" value="`)
	xml.EscapeText(b, []byte(value)) //nolint:errcheck // A buffer takes everything.
	b.WriteString(`"/>`)
}
