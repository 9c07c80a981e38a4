package engine_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"amparo/pipeline/store/engine"
	"amparo/pipeline/store/engine/enginetest"
)

const token = "a-token-of-this-installation"

// serve serves the test process's engine on loopback.
func serve(t *testing.T) (address string) {
	t.Helper()
	server := httptest.NewServer(engine.Handler(enginetest.Open(t), token, nil))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func remote(t *testing.T, address, password, database string) clickhouse.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP,
		Addr:     []string{address},
		Auth:     clickhouse.Auth{Username: "amparo", Password: password, Database: database},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestRemoteDriverInsertsAndSelects(t *testing.T) {
	database := enginetest.Options(t).Auth.Database
	conn := remote(t, serve(t), token, database)
	execute(t, conn, eventsTable)
	if err := insertEvents(t.Context(), conn, 0, 20_000); err != nil {
		t.Fatal(err)
	}
	if n := count(t, conn, "SELECT count() FROM events WHERE note LIKE 'ñandú%'"); n != 10_000 {
		t.Errorf("%d rows, want 10000", n)
	}
	var seen int
	rows, err := conn.Query(t.Context(), "SELECT id, case_id FROM events ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		var caseID string
		if err := rows.Scan(&id, &caseID); err != nil {
			t.Fatal(err)
		}
		if id != uint64(seen) {
			t.Fatalf("id %d in row %d", id, seen)
		}
		seen++
	}
	if rows.Err() != nil || seen != 20_000 {
		t.Errorf("%d rows, %v", seen, rows.Err())
	}
	_, err = conn.Query(t.Context(), "SELECT * FROM nowhere")
	wantException(t, err, 60)
	rows, err = conn.Query(t.Context(), "SELECT throwIf(number = 2000000) FROM numbers(3000000)")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		continue
	}
	wantException(t, rows.Err(), 395)
}

func TestWrongTokenIsRefused(t *testing.T) {
	address := serve(t)
	for _, password := range []string{"", "wrong", token + "x"} {
		err := remote(t, address, password, "default").Ping(t.Context())
		wantException(t, err, 516)
	}
	unlocked := httptest.NewServer(engine.Handler(enginetest.Open(t), "", nil))
	defer unlocked.Close()
	err := remote(t, strings.TrimPrefix(unlocked.URL, "http://"), "", "default").Ping(t.Context())
	wantException(t, err, 516)
}

func TestPlainHTTP(t *testing.T) {
	database := enginetest.Options(t).Auth.Database
	base := "http://" + serve(t) + "/?"
	params := func(pairs ...string) string {
		values := url.Values{"database": {database}}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return base + values.Encode()
	}
	var values strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&values, "(%d),", i)
	}
	for _, step := range []struct {
		name, method, url, body string
		status                  int
		want                    string
	}{
		{"statement in the body", "POST", params(), "SELECT 1", 200, "1\n"},
		{"statement in the URL", "GET", params("query", "SELECT 1 + 1 AS two FORMAT JSONEachRow"), "", 200, "{\"two\":2}\n"},
		{"default format", "POST", params("default_format", "CSVWithNames"), "SELECT 'a' AS x", 200, "\"x\"\n\"a\"\n"},
		{"parameter", "POST", params("param_who", "a'b"), "SELECT {who:String}", 200, "a\\'b\n"},
		{"setting", "GET", params("query", "SELECT getSetting('max_threads')", "max_threads", "3"), "", 200, "3\n"},
		{"no statement", "POST", params(), "", 400, "Code: 62. DB::Exception: Empty query (SYNTAX_ERROR)\n"},
		{"create", "POST", params(), "CREATE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n", 200, ""},
		{"create by GET", "GET", params("query", "CREATE TABLE u (n UInt64) ENGINE = Memory"), "", 500, ""},
		{"rows after FORMAT in the body", "POST", params(), "INSERT INTO t FORMAT CSV\n1,a\n2,\"b;c\"\n", 200, ""},
		{"rows apart from the statement", "POST", params("query", "INSERT INTO t FORMAT JSONEachRow"), `{"n":3,"s":"c"}`, 200, ""},
		{"values apart from the statement", "POST", params("query", "INSERT INTO t VALUES"), "(4,'d'),(5,'e')", 200, ""},
		{"values inside the statement", "POST", params(), "INSERT INTO t (n, s) VALUES (6, 'FORMAT CSV')", 200, ""},
		{"insert from select", "POST", params(), "INSERT INTO t SELECT 7, 'g'", 200, ""},
		{"all arrived", "POST", params(), "SELECT groupArray(n), any(s) FROM (SELECT * FROM t ORDER BY n)", 200, "[1,2,3,4,5,6,7]\ta\n"},
		{"many values", "POST", params(), "INSERT INTO t (n) VALUES " + strings.TrimSuffix(values.String(), ","), 200, ""},
		{"many arrived", "POST", params(), "SELECT count() FROM t", 200, "100007\n"},
		{"a row that does not fit", "POST", params("query", "INSERT INTO t FORMAT CSV"), "x,y\n", 500, ""},
		{"compression", "POST", params("compress", "1"), "SELECT 1", 501, ""},
		{"a session", "POST", params("session_id", "s"), "SELECT 1", 501, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), step.method, step.url, strings.NewReader(step.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-ClickHouse-Key", token)
			status, body := do(t, request)
			if status != step.status {
				t.Errorf("status %d, want %d: %s", status, step.status, body)
			}
			if step.status == 200 && body != step.want {
				t.Errorf("got %q, want %q", body, step.want)
			}
		})
	}

	t.Run("gzip", func(t *testing.T) {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		fmt.Fprint(w, "SELECT 'packed'")
		w.Close()
		request, _ := http.NewRequestWithContext(t.Context(), "POST", params("password", token), &packed)
		request.Header.Set("Content-Encoding", "gzip")
		if status, body := do(t, request); status != 200 || body != "packed\n" {
			t.Errorf("%d %q", status, body)
		}
	})
	t.Run("ping without a token", func(t *testing.T) {
		request, _ := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(base, "/?", "/ping", 1), nil)
		if status, body := do(t, request); status != 200 || body != "Ok.\n" {
			t.Errorf("%d %q", status, body)
		}
	})
}

func do(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}
