// Package engine runs ClickHouse inside the process, from the C library
// libchdb, and gives it to clickhouse-go as an HTTP transport, so that the same
// SQL goes to the engine in the process and to a real server.
//
// A request gets a session of its own, as with a server's HTTP interface:
// nothing that one request sets can be seen by another.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

var (
	// ErrInUse means that an engine has the data folder open already.
	ErrInUse = errors.New("the data folder is in use")
	// ErrSecondFolder means that this process has another data folder open;
	// the library holds one at a time.
	ErrSecondFolder = errors.New("this process has another data folder open")
	// ErrRefused means that the engine did not open the data folder.
	ErrRefused = errors.New("the engine did not open the data folder")
	// ErrClosed means that the engine was closed.
	ErrClosed = errors.New("the engine is closed")
)

// Setting is a ClickHouse setting, or a parameter of a query.
type Setting struct{ Name, Value string }

// Config says how to open an engine.
type Config struct {
	Library     string       // path of the library, from Locate or Fetch
	Dir         string       // data folder; made if it is not there
	Log         *slog.Logger // nil for silence
	LogFile     string       // ClickHouse's own log; none if empty
	MaxMemory   int64        // bytes that all queries together may use; 0 leaves it to ClickHouse
	Concurrency int          // requests that run at once, others wait; 0 means twice the processors, at least 8
	Settings    []Setting    // apply to every request, before its own
}

// Engine is ClickHouse on one data folder.
type Engine struct {
	lib      *library
	log      *slog.Logger
	dir      string
	settings []Setting
	version  string
	timezone string

	keeper *handle       // never queried: the library shuts down with its last handle
	slots  chan struct{} // one for each request that may run
	lock   *flock.Flock

	mu      sync.Mutex // guards what follows
	closed  bool
	lastTag uint64
	running map[*run]struct{}
	runs    sync.WaitGroup
}

// process is what the C library has once in a process: its code, and the one
// data folder that it can have open. Only Open and Close touch it.
var process struct {
	sync.Mutex
	path   string
	lib    *library
	opened *Engine
}

// Open starts the engine on the data folder. A process has at most one engine
// open at a time. Close it before the process ends: the library's threads may
// otherwise crash while the process exits.
func Open(cfg Config) (*Engine, error) {
	if _, err := Pinned(); err != nil {
		return nil, err
	}
	if err := CheckLibrary(cfg.Library); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("resolve the data folder: %w", err)
	}

	process.Lock()
	defer process.Unlock()
	if opened := process.opened; opened != nil {
		if opened.dir == dir {
			return nil, fmt.Errorf("%w: %s is open in this process; share that engine", ErrInUse, dir)
		}
		return nil, fmt.Errorf("%w: %s; close it before opening %s", ErrSecondFolder, opened.dir, dir)
	}
	lib, err := processLibrary(cfg.Library)
	if err != nil {
		return nil, err
	}
	e, err := start(lib, dir, cfg)
	if err != nil {
		return nil, err
	}
	process.opened = e
	return e, nil
}

// processLibrary loads the library once; it cannot be unloaded. The caller
// holds the lock of process.
func processLibrary(path string) (*library, error) {
	if process.lib != nil {
		if process.path != path {
			return nil, fmt.Errorf("load %s: this process has loaded %s already; restart it", path, process.path)
		}
		return process.lib, nil
	}
	lib, err := load(path)
	if err != nil {
		return nil, err
	}
	process.lib, process.path = lib, path
	return lib, nil
}

// start takes the data folder's lock and opens the handle that keeps the
// engine running.
func start(lib *library, dir string, cfg Config) (_ *Engine, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "engine.lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: another process has %s open; stop it, or talk to it instead", ErrInUse, dir)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Unlock())
		}
	}()

	concurrency := cfg.Concurrency
	if concurrency <= 0 {
		concurrency = max(8, 2*runtime.GOMAXPROCS(0))
	}
	e := &Engine{
		lib: lib, log: logger(cfg.Log), dir: dir, settings: cfg.Settings, lock: lock,
		slots: make(chan struct{}, concurrency), running: make(map[*run]struct{}),
	}
	e.keeper = e.openHandle(serverOptions(cfg)...)
	if e.keeper == nil {
		return nil, fmt.Errorf("%w: %s; check its permissions and free space, and set a log file to see ClickHouse's reason", ErrRefused, dir)
	}
	if err := e.introduce(); err != nil {
		e.keeper.close()
		return nil, fmt.Errorf("ask the engine for its version: %w", err)
	}
	e.log.Info("engine opened", "dir", dir, "version", e.version)
	return e, nil
}

// serverOptions are those that count only for the handle that starts the engine.
func serverOptions(cfg Config) []string {
	var options []string
	if cfg.MaxMemory > 0 {
		options = append(options, "--max_server_memory_usage="+strconv.FormatInt(cfg.MaxMemory, 10))
	}
	if cfg.LogFile != "" {
		options = append(options, "--logger.log="+cfg.LogFile, "--logger.level=information")
	}
	return options
}

// introduce learns what the engine says of itself.
func (e *Engine) introduce() error {
	answer, err := e.keeper.query("SELECT version(), timezone()", "TabSeparatedRaw")
	if err != nil {
		return err
	}
	version, timezone, found := strings.Cut(strings.TrimSpace(answer), "\t")
	if !found {
		return fmt.Errorf("unexpected answer %q", answer)
	}
	e.version, e.timezone = version, timezone
	return nil
}

// Version returns the version of ClickHouse.
func (e *Engine) Version() string { return e.version }

// Dir returns the data folder.
func (e *Engine) Dir() string { return e.dir }

// Close ends every request that is running, waits until they have ended, and
// closes the data folder. Closing twice is harmless.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	for r := range e.running {
		r.cancel(ErrClosed)
	}
	e.mu.Unlock()
	e.runs.Wait()

	process.Lock()
	defer process.Unlock()
	e.keeper.close()
	process.opened = nil
	e.log.Info("engine closed", "dir", e.dir)
	if err := e.lock.Unlock(); err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}

// begin registers a request and gives it a tag by which it can be killed.
func (e *Engine) begin(r *run) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.lastTag++
	r.tag = "amparo-" + strconv.FormatUint(e.lastTag, 10)
	e.running[r] = struct{}{}
	e.runs.Add(1)
	return nil
}

func (e *Engine) end(r *run) {
	e.mu.Lock()
	delete(e.running, r)
	e.mu.Unlock()
	e.runs.Done()
}

// acquire waits for a free slot.
func (e *Engine) acquire(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (e *Engine) release() { <-e.slots }
