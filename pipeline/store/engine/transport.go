package engine

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// Transport returns the engine as the transport of clickhouse-go: set the
// protocol to HTTP and let Options.TransportFunc return it. The address in the
// options is not used.
func (e *Engine) Transport() http.RoundTripper { return transport{e} }

type transport struct{ engine *Engine }

// RoundTrip hands the request's statement to the engine.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := call{values: r.URL.Query(), header: r.Header}
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // It was read.
		c.body = r.Body
		c.abort = func() { _ = r.Body.Close() }
	}
	response, err := t.engine.respond(r.Context(), c)
	if err != nil {
		return nil, err
	}
	response.Request = r
	return response, nil
}

// helloStatement is what clickhouse-go asks first on each new connection.
const helloStatement = "SELECT displayName(), version(), revision(), timezone()"

// helloRevision says whether the request is the driver's first question, and
// at which revision of the Native format it reads the answer.
func helloRevision(req *request, values url.Values) (uint64, bool) {
	if strings.TrimSpace(req.sql) != helloStatement || req.format != "Native" {
		return 0, false
	}
	revision, err := strconv.ParseUint(values.Get("client_protocol_version"), 10, 32)
	if err != nil {
		return 0, false
	}
	return min(revision, proto.DBMS_TCP_PROTOCOL_VERSION), true
}

// hello answers the driver's first question. The driver reads this one answer
// at its own revision of the Native format, and all later ones at the revision
// it is told here. The library writes Native at revision 0.
func (e *Engine) hello(revision uint64) (*http.Response, error) {
	var block proto.Block
	for _, c := range []struct{ name, kind string }{
		{"displayName()", "String"}, {"version()", "String"}, {"revision()", "UInt32"}, {"timezone()", "String"},
	} {
		if err := block.AddColumn(c.name, column.Type(c.kind)); err != nil {
			return nil, fmt.Errorf("build the driver's greeting: %w", err)
		}
	}
	if err := block.Append("amparo", e.version, uint32(0), e.timezone); err != nil {
		return nil, fmt.Errorf("build the driver's greeting: %w", err)
	}
	var buffer chproto.Buffer
	if err := block.Encode(&buffer, revision); err != nil {
		return nil, fmt.Errorf("encode the driver's greeting: %w", err)
	}
	header := http.Header{"Content-Type": {contentType("Native")}, "X-Clickhouse-Format": {"Native"}}
	return newResponse(http.StatusOK, header, io.NopCloser(bytes.NewReader(buffer.Buf)), int64(len(buffer.Buf))), nil
}
