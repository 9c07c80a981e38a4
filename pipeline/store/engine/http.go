package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	maxSQL     = 16 << 20  // bytes of a statement without the rows of an INSERT
	maxHead    = 256 << 10 // bytes in which the head of an INSERT must end
	holdResult = 16 << 20  // bytes held back under wait_end_of_query
)

// call is an HTTP request, be it from the driver in this process or from
// another process.
type call struct {
	values   url.Values
	header   http.Header
	body     io.Reader
	abort    func() // makes a read of body return
	readOnly bool
}

// respond runs a call. What ClickHouse answers, errors included, becomes a
// response; an error is something else, such as the end of the context.
func (e *Engine) respond(ctx context.Context, c call) (*http.Response, error) {
	req, err := newRequest(c)
	if err == nil {
		if revision, ok := helloRevision(req, c.values); ok {
			return e.hello(revision)
		}
		var a *answer
		if a, err = e.execute(ctx, req); err == nil {
			return success(req, a), nil
		}
	}
	if exception, ok := errors.AsType[*Exception](err); ok {
		return failure(exception), nil
	}
	return nil, err
}

func success(req *request, a *answer) *http.Response {
	tag := rand.Text()[:16]
	header := http.Header{
		"Content-Type":               {contentType(req.format)},
		"X-Clickhouse-Format":        {req.format},
		"X-Clickhouse-Exception-Tag": {tag},
	}
	if req.rows != nil {
		header.Set("X-ClickHouse-Summary", fmt.Sprintf(`{"written_rows":"%d","written_bytes":"%d"}`, a.rowsWritten, a.bytesWritten))
	}
	return newResponse(http.StatusOK, header, &framedBody{ReadCloser: a.body, tag: tag}, -1)
}

func failure(e *Exception) *http.Response {
	status := http.StatusInternalServerError
	switch e.Code {
	case codeAuthenticationFailed:
		status = http.StatusForbidden
	case codeSyntaxError:
		status = http.StatusBadRequest
	case codeNotImplemented:
		status = http.StatusNotImplemented
	}
	header := http.Header{
		"Content-Type":                {"text/plain; charset=UTF-8"},
		"X-Clickhouse-Exception-Code": {strconv.Itoa(e.Code)},
	}
	body := e.Message + "\n"
	return newResponse(status, header, io.NopCloser(strings.NewReader(body)), int64(len(body)))
}

func newResponse(status int, header http.Header, body io.ReadCloser, length int64) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: body, ContentLength: length,
	}
}

// framedBody writes an exception that comes after the first part of a result
// into the result, in the frame that ClickHouse's clients look for.
type framedBody struct {
	io.ReadCloser
	tag  string
	tail *strings.Reader
}

func (b *framedBody) Read(p []byte) (int, error) {
	if b.tail != nil {
		return b.tail.Read(p)
	}
	n, err := b.ReadCloser.Read(p)
	if exception, ok := errors.AsType[*Exception](err); ok {
		const mark = "\r\n__exception__\r\n"
		b.tail = strings.NewReader(fmt.Sprintf("%s%s\r\n%s\n%d %s%s", mark, b.tag, exception.Message, len(exception.Message)+1, b.tag, mark))
		return n, nil
	}
	return n, err
}

func contentType(format string) string {
	switch {
	case strings.HasPrefix(format, "JSON"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "CSV"):
		return "text/csv; charset=UTF-8"
	case strings.HasPrefix(format, "TabSeparated"), strings.HasPrefix(format, "TSV"):
		return "text/tab-separated-values; charset=UTF-8"
	default:
		return "application/octet-stream"
	}
}

// newRequest reads a call as ClickHouse's HTTP interface does: the statement is
// the parameter "query" followed by the body, the other parameters are settings.
func newRequest(c call) (*request, error) {
	req := &request{
		format:   firstOf(c.values.Get("default_format"), c.header.Get("X-ClickHouse-Format"), "TabSeparated"),
		database: firstOf(c.values.Get("database"), c.header.Get("X-ClickHouse-Database")),
		abort:    c.abort,
	}
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if err := req.set(name, c.values.Get(name)); err != nil {
			return nil, err
		}
	}
	if c.readOnly {
		// Other settings may still be changed, and readonly itself may not.
		req.settings = append(req.settings, Setting{"readonly", "2"})
	}
	if strings.HasPrefix(c.header.Get("Content-Type"), "multipart/form-data") {
		return nil, newException(codeNotImplemented, "NOT_IMPLEMENTED", "the embedded engine does not support external tables; put the values into the statement, or use a ClickHouse server")
	}
	if err := req.readStatement(c.values.Get("query"), c.body); err != nil {
		return nil, err
	}
	if strings.TrimSpace(req.sql) == "" {
		return nil, newException(codeSyntaxError, "SYNTAX_ERROR", "Empty query")
	}
	return req, nil
}

// set takes one URL parameter.
func (req *request) set(name, value string) error {
	switch name {
	case "query", "database", "default_format", "user", "password", "quota_key", "role",
		"client_protocol_version", "query_id", "stacktrace", "session_timeout", "session_check":
	case "wait_end_of_query":
		if value == "1" {
			req.hold = holdResult
		}
	case "buffer_size":
		size, err := strconv.Atoi(value)
		if err != nil {
			return newException(codeSyntaxError, "SYNTAX_ERROR", "buffer_size is not a number: %q", value)
		}
		req.hold = max(req.hold, min(size, holdResult))
	case "compress", "decompress", "session_id":
		if value != "" && value != "0" {
			return newException(codeNotImplemented, "NOT_IMPLEMENTED", "the embedded engine does not support %q; leave it out", name)
		}
	default:
		if parameter, ok := strings.CutPrefix(name, "param_"); ok {
			req.params = append(req.params, Setting{parameter, value})
			return nil
		}
		req.settings = append(req.settings, Setting{name, value})
	}
	return nil
}

// readStatement separates the statement from the rows of an INSERT, which stay
// in the body.
func (req *request) readStatement(query string, body io.Reader) error {
	if body == nil {
		body = http.NoBody
	}
	if query == "" {
		head, err := io.ReadAll(io.LimitReader(body, maxHead))
		if err != nil {
			return fmt.Errorf("read the statement: %w", err)
		}
		query = string(head)
		if insert, ok := splitInsert(query, false); ok {
			req.takeRows(insert, query, body)
			return nil
		}
	} else {
		first, err := io.ReadAll(io.LimitReader(body, 1))
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		body = io.MultiReader(bytes.NewReader(first), body)
		if insert, ok := splitInsert(query, len(first) > 0); ok {
			req.takeRows(insert, query, body)
			return nil
		}
	}
	rest, err := io.ReadAll(io.LimitReader(body, maxSQL))
	if err != nil {
		return fmt.Errorf("read the statement: %w", err)
	}
	if len(rest) == maxSQL {
		return newException(codeSyntaxError, "SYNTAX_ERROR", "the statement is longer than %d bytes", maxSQL)
	}
	req.sql = query + string(rest)
	return nil
}

func (req *request) takeRows(insert insertHead, query string, body io.Reader) {
	req.sql, req.rowsFormat = insert.sql, insert.format
	req.rows = io.MultiReader(strings.NewReader(query[insert.rows:]), body)
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
