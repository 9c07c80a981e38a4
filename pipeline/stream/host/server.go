// Package host runs a NATS server with JetStream inside this process, and says who may connect to it. It also writes
// down the same for a server that runs elsewhere.
package host

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	natsserver "github.com/nats-io/nats-server/v2/server"
)

const (
	// MaxBatch is the largest number of messages in one atomic batch.
	MaxBatch = 1000
	// MaxPayload is the largest message of all, with its headers.
	MaxPayload = 1 << 20
	// PingInterval is how often either end of a connection asks whether the other is there.
	PingInterval = 10 * time.Second
	// MaxPingsOut is how many such questions may be open before a connection counts as lost.
	MaxPingsOut = 3
)

// startTimeout is long because a server that lost its index reads every block of its files at start.
const startTimeout = 2 * time.Minute

// Config describes a NATS server inside this process.
type Config struct {
	// Dir holds the log. One server at a time may use it.
	Dir string
	// Token is the password every client must give; required when the server listens.
	Token string
	// Host is the address to listen on; empty means that only this process can connect.
	Host string
	// Port to listen on; -1 takes a free one.
	Port int
	// MaxStore limits the bytes on disk; 0 means three quarters of what the disk has free at the start.
	MaxStore int64
	// Senders lets institutions connect, each to an account of its own in which it can do nothing but send events; nil
	// lets in only who knows the token.
	Senders Admit
	// TLS encrypts the connections of those who come from elsewhere; required when Host is not loopback.
	TLS *tls.Config
	// Log receives the server's messages; nil discards them.
	Log *slog.Logger
}

// Server is a NATS server with JetStream on files, inside this process.
type Server struct {
	cfg   Config // with the port that was found
	mu    sync.Mutex
	nats  *natsserver.Server // the one that runs
	token string
	lock  *flock.Flock
	full  *atomic.Bool // the disk was full when something was to be written
	close func() error
}

// Start starts a server that flushes every message to disk before it confirms it, and waits until it answers.
func Start(cfg Config) (*Server, error) {
	switch {
	case cfg.Dir == "":
		return nil, errors.New("start NATS: give the directory for its data")
	case cfg.Host != "" && cfg.Token == "":
		return nil, errors.New("start NATS: a server that listens needs a token")
	case cfg.Host != "" && !isLoopback(cfg.Host) && cfg.TLS == nil:
		return nil, fmt.Errorf("start NATS: %s can be reached from elsewhere: give a certificate and its key", cfg.Host)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	// NATS itself would let a second server write into the same files.
	lock := flock.New(filepath.Join(cfg.Dir, "lock"))
	if held, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock the NATS directory %s: %w", cfg.Dir, err)
	} else if !held {
		return nil, fmt.Errorf("start NATS: another process uses %s: stop it, or connect to it by its address", cfg.Dir)
	}
	full := &atomic.Bool{}
	srv, err := run(cfg, cfg.Log, full)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	if address, ok := srv.Addr().(*net.TCPAddr); ok {
		cfg.Port = address.Port
	}
	s := &Server{cfg: cfg, nats: srv, token: cfg.Token, lock: lock, full: full}
	stop := make(chan struct{})
	go s.keepAlive(stop)
	s.close = sync.OnceValue(func() error {
		close(stop)
		s.mu.Lock()
		defer s.mu.Unlock()
		shutDown(s.nats)
		if err := s.lock.Unlock(); err != nil {
			return fmt.Errorf("unlock the NATS directory: %w", err)
		}
		return nil
	})
	return s, nil
}

func run(cfg Config, log *slog.Logger, full *atomic.Bool) (*natsserver.Server, error) {
	options := serverOptions(cfg)
	guard := gate{token: cfg.Token, host: cfg.Host, admit: cfg.Senders}
	if cfg.Senders != nil {
		options.Authorization, options.CustomClientAuthentication, options.AlwaysEnableNonce = "", &guard, true
	}
	srv, err := natsserver.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	if cfg.Senders != nil {
		if err := guard.open(srv); err != nil {
			return nil, err
		}
	}
	fatal := make(chan string, 1)
	srv.SetLoggerV2(serverLog{log.With("component", "nats"), fatal, full}, false, false, false)
	ready := make(chan bool, 1)
	go func() {
		srv.Start()
		ready <- srv.ReadyForConnections(startTimeout) && srv.JetStreamEnabled()
	}()
	reason := "not ready in time"
	select {
	case ok := <-ready:
		if ok {
			return srv, nil
		}
	case reason = <-fatal:
	}
	srv.Shutdown()
	srv.WaitForShutdown()
	return nil, fmt.Errorf("start NATS in %s: %s: check that the directory can be written and that the port is free", cfg.Dir, reason)
}

// serverOptions writes down every setting a promise rests on, so that a new default of the server changes nothing here.
func serverOptions(cfg Config) *natsserver.Options {
	maxStore := cfg.MaxStore
	if maxStore <= 0 {
		maxStore = -1
	}
	return &natsserver.Options{
		ServerName:    "amparo",
		Host:          cfg.Host,
		Port:          cfg.Port,
		DontListen:    cfg.Host == "",
		Authorization: cfg.Token,
		TLSConfig:     cfg.TLS,
		TLSTimeout:    5,
		AllowNonTLS:   cfg.Senders != nil, // For processes of this machine; the gate sees to it.
		NoSigs:        true,               // Signals belong to the program around it.
		NoLog:         false,

		JetStream:              true,
		NoJetStreamStrict:      false,
		StoreDir:               cfg.Dir,
		JetStreamMaxStore:      maxStore,
		JetStreamMaxMemory:     64 << 20, // Every stream is on files; only the state of short-lived readers is in memory.
		DisableJetStreamBanner: true,
		SyncAlways:             true, // The promise of Publish: on disk before it is confirmed.
		SyncInterval:           2 * time.Minute,
		JetStreamLimits: natsserver.JSLimitOpts{
			MaxBatchSize:              MaxBatch,
			MaxBatchInflightPerStream: 50,
			MaxBatchInflightTotal:     200,
			MaxBatchTimeout:           10 * time.Second,
		},

		MaxPayload:     MaxPayload,
		MaxPending:     64 << 20,
		MaxConn:        1024,
		MaxControlLine: 4096,
		AuthTimeout:    5,
		PingInterval:   PingInterval,
		MaxPingsOut:    MaxPingsOut,
		WriteDeadline:  10 * time.Second,
	}
}

// URL is the address for other processes of this machine, empty when the server does not listen.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, ok := s.nats.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := address.IP
	if host.IsUnspecified() {
		host = net.IPv4(127, 0, 0, 1)
	}
	return "nats://" + net.JoinHostPort(host.String(), strconv.Itoa(address.Port))
}

// isLoopback reports whether only processes of this machine can reach a host.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// NATS is the server itself that runs now, for tests; clients in this process connect through InProcessConn.
func (s *Server) NATS() *natsserver.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nats
}

// Token is the password that every client must give.
func (s *Server) Token() string { return s.token }

// Full reports whether the disk was full when the server was to write. It falls silent then.
func (s *Server) Full() bool { return s.full.Load() }

// Close stops the server and waits until its files are closed. It may be called more than once.
func (s *Server) Close() error { return s.close() }

// serverLog hands the server's own messages to slog. Its notices are life cycle detail, hence debug.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- string // The first message that ended the start.
	full  *atomic.Bool
}

func (l serverLog) line(level func(string, ...any), format string, args ...any) {
	level("nats server", "text", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l serverLog) Noticef(format string, v ...any) { l.line(l.log.Debug, format, v...) }
func (l serverLog) Warnf(format string, v ...any)   { l.line(l.log.Warn, format, v...) }
func (l serverLog) Debugf(format string, v ...any)  { l.line(l.log.Debug, format, v...) }
func (l serverLog) Tracef(format string, v ...any)  { l.line(l.log.Debug, format, v...) }

// Errorf takes note of a full disk: the server does not tell who publishes, and writes nothing more: keepAlive starts
// another when there is room.
func (l serverLog) Errorf(format string, v ...any) {
	l.line(l.log.Error, format, v...)
	if strings.Contains(fmt.Sprintf(format, v...), noSpace) && !l.full.Swap(true) {
		l.log.Error("the disk of the stream is full: nothing is accepted until there is room")
	}
}

// noSpace is how the operating system says that a disk is full.
var noSpace = syscall.ENOSPC.Error()

// Fatalf does not end the process, as it does in the stand-alone server: Start returns the reason.
func (l serverLog) Fatalf(format string, v ...any) {
	l.line(l.log.Error, format, v...)
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}

var _ natsserver.Logger = serverLog{}
