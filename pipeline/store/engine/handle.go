package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
	"unsafe"
)

// handle is a connection of the library to the engine: a session, which runs
// one statement at a time. Opening one on a running engine takes a third of a
// millisecond, so every request has its own and leaves nothing behind.
type handle struct {
	lib  *library
	conn *unsafe.Pointer
}

// openHandle returns nil if the library does not open one.
func (e *Engine) openHandle(options ...string) *handle {
	conn := e.lib.open(append([]string{"--path=" + e.dir}, options...)...)
	if conn == nil {
		return nil
	}
	return &handle{lib: e.lib, conn: conn}
}

func (h *handle) close() { h.lib.closeConn(h.conn) }

// query runs a statement and returns its whole result.
func (h *handle) query(sql, format string) (string, error) {
	result := h.lib.query(*h.conn, cBytes(sql), uintptr(len(sql)), cBytes(format), uintptr(len(format)))
	defer h.lib.destroy(result)
	if message := text(h.lib.resultError(result)); message != "" {
		return "", parseException(message)
	}
	return string(h.lib.buffer(result)), nil
}

// use prepares the session.
func (h *handle) use(database string, settings []Setting) error {
	if database != "" && database != "default" {
		if _, err := h.query("USE "+quoteName(database), ""); err != nil {
			return err
		}
	}
	if len(settings) == 0 {
		return nil
	}
	changes := make([]string, 0, len(settings))
	for _, s := range settings {
		if !settingName.MatchString(s.Name) {
			return newException(codeUnknownSetting, "UNKNOWN_SETTING", "Unknown setting %q", s.Name)
		}
		changes = append(changes, s.Name+" = "+quoteText(s.Value))
	}
	_, err := h.query("SET "+strings.Join(changes, ", "), "")
	return err
}

// read runs a statement and writes its result to the writer, block by block
// where the library can.
func (h *handle) read(ctx context.Context, req *request, w io.Writer) error {
	found := analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	h.lib.classify(*h.conn, cBytes(req.sql), uintptr(len(req.sql)), nil, 0, &found)
	if found.statements > 1 {
		return newException(codeSyntaxError, "SYNTAX_ERROR", "Multi-statements are not allowed")
	}
	params := newCParams(req.params)
	defer runtime.KeepAlive(params)
	stream := h.lib.streamQuery(*h.conn, cBytes(req.sql), uintptr(len(req.sql)), cBytes(req.format), uintptr(len(req.format)),
		unsafe.SliceData(params.names), unsafe.SliceData(params.nameLens),
		unsafe.SliceData(params.values), unsafe.SliceData(params.valueLens), params.count)
	defer h.lib.destroy(stream)
	if message := text(h.lib.resultError(stream)); message != "" {
		exception := parseException(message)
		if notStreamable(exception) {
			return h.readWhole(req, params, w)
		}
		return exception
	}
	for ctx.Err() == nil {
		last, err := h.readBlock(stream, w)
		if last {
			return err
		}
		if err != nil {
			h.lib.cancelQuery(*h.conn, stream)
			return err
		}
	}
	h.lib.cancelQuery(*h.conn, stream)
	return context.Cause(ctx)
}

// readBlock writes the next block of a stream. It says whether the stream has
// ended, be it with an exception; an error of the writer does not end it.
func (h *handle) readBlock(stream unsafe.Pointer, w io.Writer) (last bool, err error) {
	result := h.lib.fetchResult(*h.conn, stream)
	defer h.lib.destroy(result)
	if message := text(h.lib.resultError(result)); message != "" {
		return true, parseException(message)
	}
	block := h.lib.buffer(result)
	if len(block) == 0 {
		return true, nil
	}
	_, err = w.Write(block)
	return false, err
}

// readWhole is read for statements whose result the library does not stream.
func (h *handle) readWhole(req *request, params *cParams, w io.Writer) error {
	result := h.lib.queryWithParams(*h.conn, cBytes(req.sql), uintptr(len(req.sql)), cBytes(req.format), uintptr(len(req.format)),
		unsafe.SliceData(params.names), unsafe.SliceData(params.nameLens),
		unsafe.SliceData(params.values), unsafe.SliceData(params.valueLens), params.count)
	defer h.lib.destroy(result)
	if message := text(h.lib.resultError(result)); message != "" {
		return parseException(message)
	}
	if block := h.lib.buffer(result); len(block) > 0 {
		_, err := w.Write(block)
		return err
	}
	return nil
}

// insertChunk is how much of an INSERT's rows is handed over at once.
const insertChunk = 256 << 10

// insert runs an INSERT whose rows come from a reader and returns how many rows
// and bytes were written.
func (h *handle) insert(ctx context.Context, req *request) (rows, size uint64, err error) {
	params := newCParams(req.params)
	defer runtime.KeepAlive(params)
	stream := h.lib.streamInsert(*h.conn, cBytes(req.sql), uintptr(len(req.sql)), cBytes(req.rowsFormat), uintptr(len(req.rowsFormat)),
		unsafe.SliceData(params.names), unsafe.SliceData(params.nameLens),
		unsafe.SliceData(params.values), unsafe.SliceData(params.valueLens), params.count)
	defer h.lib.destroyInsert(stream) // cancels what is not done
	if message := text(h.lib.insertError(stream)); message != "" {
		return 0, 0, parseException(message)
	}
	if err := h.appendRows(ctx, stream, req.rows); err != nil {
		return 0, 0, err
	}
	result := h.lib.streamDone(stream)
	defer h.lib.destroy(result)
	if message := text(h.lib.resultError(result)); message != "" {
		return 0, 0, parseException(message)
	}
	return h.lib.rowsWritten(result), h.lib.bytesWritten(result), nil
}

func (h *handle) appendRows(ctx context.Context, stream unsafe.Pointer, rows io.Reader) error {
	chunk := make([]byte, insertChunk)
	for {
		n, err := rows.Read(chunk)
		if n > 0 && h.lib.streamAppend(stream, &chunk[0], uintptr(n)) != 0 {
			return parseException(text(h.lib.insertError(stream)))
		}
		switch {
		case errors.Is(err, io.EOF):
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("read the rows to insert: %w", err)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

var (
	textEscapes = strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	nameEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`")
)

func quoteText(s string) string { return "'" + textEscapes.Replace(s) + "'" }

func quoteName(s string) string { return "`" + nameEscapes.Replace(s) + "`" }
