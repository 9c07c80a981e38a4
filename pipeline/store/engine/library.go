package engine

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library holds the C functions of libchdb, with the names of chdb.h. Texts go
// in as pointer and length, because SQL and rows may hold zero bytes.
type library struct {
	setSignalHandlersEnabled func(enabled int32)
	connect                  func(argc int32, argv **byte) *unsafe.Pointer
	closeConn                func(conn *unsafe.Pointer)

	query       func(conn unsafe.Pointer, sql *byte, sqlLen uintptr, format *byte, formatLen uintptr) unsafe.Pointer
	streamQuery func(conn unsafe.Pointer, sql *byte, sqlLen uintptr, format *byte, formatLen uintptr,
		names **byte, nameLens *uintptr, values **byte, valueLens *uintptr, count uintptr) unsafe.Pointer
	queryWithParams func(conn unsafe.Pointer, sql *byte, sqlLen uintptr, format *byte, formatLen uintptr,
		names **byte, nameLens *uintptr, values **byte, valueLens *uintptr, count uintptr) unsafe.Pointer
	fetchResult  func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancelQuery  func(conn, stream unsafe.Pointer)
	classify     func(conn unsafe.Pointer, sql *byte, sqlLen uintptr, database *byte, databaseLen uintptr, out *analysis) int32
	resultBuffer func(result unsafe.Pointer) *byte
	resultLength func(result unsafe.Pointer) uintptr
	resultError  func(result unsafe.Pointer) *byte
	rowsWritten  func(result unsafe.Pointer) uint64
	bytesWritten func(result unsafe.Pointer) uint64
	destroy      func(result unsafe.Pointer)

	streamInsert func(conn unsafe.Pointer, sql *byte, sqlLen uintptr, format *byte, formatLen uintptr,
		names **byte, nameLens *uintptr, values **byte, valueLens *uintptr, count uintptr) unsafe.Pointer
	streamAppend  func(insert unsafe.Pointer, data *byte, length uintptr) int32
	streamDone    func(insert unsafe.Pointer) unsafe.Pointer
	cancelInsert  func(insert unsafe.Pointer)
	insertError   func(insert unsafe.Pointer) *byte
	destroyInsert func(insert unsafe.Pointer)
}

// analysis is chdb_query_analysis_v1.
type analysis struct {
	size, statements uint32
	_                [2]uint32 // flags and class
}

// load opens the shared library and binds its functions.
func load(path string) (*library, error) {
	handle, err := dlopen(path)
	if err != nil {
		return nil, fmt.Errorf("%w: load %s: %w; %s", ErrCorrupt, path, err, refetchAdvice)
	}
	lib := new(library)
	for name, function := range map[string]any{
		"chdb_set_signal_handlers_enabled": &lib.setSignalHandlersEnabled,
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConn,
		"chdb_query_n":                     &lib.query,
		"chdb_query_with_params_n":         &lib.queryWithParams,
		"chdb_stream_query_with_params_n":  &lib.streamQuery,
		"chdb_stream_fetch_result":         &lib.fetchResult,
		"chdb_stream_cancel_query":         &lib.cancelQuery,
		"chdb_classify_query_n":            &lib.classify,
		"chdb_result_buffer":               &lib.resultBuffer,
		"chdb_result_length":               &lib.resultLength,
		"chdb_result_error":                &lib.resultError,
		"chdb_result_rows_written":         &lib.rowsWritten,
		"chdb_result_bytes_written":        &lib.bytesWritten,
		"chdb_destroy_query_result":        &lib.destroy,
		"chdb_stream_insert_with_params_n": &lib.streamInsert,
		"chdb_stream_append":               &lib.streamAppend,
		"chdb_stream_done":                 &lib.streamDone,
		"chdb_stream_cancel_insert":        &lib.cancelInsert,
		"chdb_stream_insert_error":         &lib.insertError,
		"chdb_destroy_insert_stream":       &lib.destroyInsert,
	} {
		symbol, err := dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%w: %s has no function %s; %s", ErrCorrupt, path, name, refetchAdvice)
		}
		purego.RegisterFunc(function, symbol)
	}
	// The engine would otherwise take the signals that Go's runtime needs.
	lib.setSignalHandlersEnabled(0)
	return lib, nil
}

// open makes a connection to the engine, starting the engine if it is the
// first one. The library gives no reason when it returns nil.
func (lib *library) open(args ...string) *unsafe.Pointer {
	argv := make([]*byte, 0, len(args)+2)
	for _, arg := range append([]string{"clickhouse"}, args...) {
		argv = append(argv, &append([]byte(arg), 0)[0])
	}
	argv = append(argv, nil)
	conn := lib.connect(int32(len(argv)-1), &argv[0]) //nolint:gosec // It fits.
	runtime.KeepAlive(argv)
	return conn
}

// buffer returns the bytes of a result. They belong to the library and are
// gone once the result is destroyed.
func (lib *library) buffer(result unsafe.Pointer) []byte {
	return unsafe.Slice(lib.resultBuffer(result), lib.resultLength(result))
}

// text copies a C string.
func text(s *byte) string {
	if s == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(s), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(s, n))
}

// cParams are query parameters in the form the library takes them.
type cParams struct {
	names, values       []*byte
	nameLens, valueLens []uintptr
	count               uintptr
}

func newCParams(params []Setting) *cParams {
	c := &cParams{count: uintptr(len(params))}
	for _, p := range params {
		c.names = append(c.names, cBytes(p.Name))
		c.nameLens = append(c.nameLens, uintptr(len(p.Name)))
		c.values = append(c.values, cBytes(p.Value))
		c.valueLens = append(c.valueLens, uintptr(len(p.Value)))
	}
	return c
}

// cBytes copies a text into memory that is never nil, as the library wants it.
func cBytes(s string) *byte {
	return &append([]byte(s), 0)[0]
}
