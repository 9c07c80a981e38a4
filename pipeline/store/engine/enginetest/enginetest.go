// Package enginetest gives tests a real ClickHouse: the engine in the test's own
// process. A process holds one engine, so the tests of a package share it, and
// each takes a database of its own.
//
//	func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }
package enginetest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"amparo/pipeline/store/engine"
)

// CacheVariable names the environment variable with the folder that holds the
// library; the user's cache folder if it is not set.
const CacheVariable = "AMPARO_ENGINE_CACHE"

// shared is the engine of this test process.
var shared struct {
	sync.Mutex
	running   bool
	dir       string
	engine    *engine.Engine
	databases atomic.Int64
}

// Run runs a package's tests and closes the engine after them. It is for
// TestMain.
func Run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "amparo-engine-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "make a data folder for the tests:", err)
		return 1
	}
	shared.running, shared.dir = true, dir
	defer func() {
		if shared.engine != nil {
			if err := shared.engine.Close(); err != nil {
				fmt.Fprintln(os.Stderr, "close the engine:", err)
				code = 1
			}
		}
		os.RemoveAll(dir) //nolint:errcheck // A temporary folder.
	}()
	return m.Run()
}

// Open returns the test process's engine, opening it for the first test that
// asks. Do not close it; Run does.
func Open(tb testing.TB) *engine.Engine {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.running {
		tb.Fatal("enginetest.Open without enginetest.Run: call it in TestMain")
	}
	if shared.engine == nil {
		e, err := engine.Open(engine.Config{Library: Library(tb), Dir: filepath.Join(shared.dir, "data")})
		if err != nil {
			tb.Fatal(err)
		}
		shared.engine = e
	}
	return shared.engine
}

// Library returns the path of the library, fetching it if it is not there.
func Library(tb testing.TB) string {
	tb.Helper()
	cache, err := CacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	library, err := engine.Fetch(context.Background(), engine.FetchConfig{CacheDir: cache})
	if err != nil {
		tb.Fatal(err)
	}
	return library
}

// CacheDir returns the folder where tests keep the library.
func CacheDir() (string, error) {
	if dir := os.Getenv(CacheVariable); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w; set %s", err, CacheVariable)
	}
	return filepath.Join(cache, "amparo", "libchdb"), nil
}

// Options returns the driver's options for the engine and a fresh database,
// which is dropped when the test ends.
func Options(tb testing.TB) *clickhouse.Options {
	tb.Helper()
	e := Open(tb)
	options := func(database string) *clickhouse.Options {
		return &clickhouse.Options{
			Protocol:      clickhouse.HTTP,
			Addr:          []string{"engine:0"},
			Auth:          clickhouse.Auth{Database: database},
			TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return e.Transport(), nil },
			MaxOpenConns:  8,
			MaxIdleConns:  8,
		}
	}
	admin, err := clickhouse.Open(options("default"))
	if err != nil {
		tb.Fatal(err)
	}
	database := fmt.Sprintf("test_%d", shared.databases.Add(1))
	if err := admin.Exec(tb.Context(), "CREATE DATABASE "+database); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := admin.Exec(context.WithoutCancel(tb.Context()), "DROP DATABASE "+database+" SYNC"); err != nil {
			tb.Error(err)
		}
		admin.Close() //nolint:errcheck // The test is over.
	})
	return options(database)
}

// Conn returns a connection to a fresh database of the engine.
func Conn(tb testing.TB) clickhouse.Conn {
	tb.Helper()
	conn, err := clickhouse.Open(Options(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() }) //nolint:errcheck // The test is over.
	return conn
}
