// Package stream keeps every accepted event in NATS JetStream and hands events on in order.
//
// What Publish has accepted is flushed to disk and survives a kill at any instant. A consumer receives every
// event at least once: it comes again until it is acknowledged. No other package imports NATS.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"amparo/pipeline/stream/host"
)

const (
	// requestTimeout bounds one exchange with the server, however long the caller is ready to wait.
	requestTimeout = 10 * time.Second
	connectTimeout = 5 * time.Second
	reconnectWait  = 250 * time.Millisecond
)

// Config says which server to use and how large the streams may grow.
type Config struct {
	// URL is the address of a server, for example "tls://nats.example.pe:4222". Left empty when Server is set.
	URL string
	// Server is a server in this process; the connection to it does not touch the network.
	Server *host.Server
	// Token is the password of the server. A Server knows its own.
	Token string
	// CredentialsFile is the path of a NATS credentials file, for servers with accounts.
	CredentialsFile string
	// CAFile is the path of the certificate authority that signed the server's certificate.
	CAFile string
	// Name tells the server's operator who is connected.
	Name string
	// Replicas is the number of copies in a cluster of servers; 0 means 1. More copies survive the loss of a disk.
	Replicas int
	// MaxBytes is the room for events; a full stream refuses new events and keeps the old. 0 means the server's limit.
	MaxBytes int64
	// SealKey is the secret that the intake and the sinks share: what is sealed with it has been checked. Without it
	// nothing is sealed, and no seal is believed.
	SealKey []byte
	// Log receives what happens to the connection; nil discards it.
	Log *slog.Logger
}

// Stream is a connection to the three JetStream streams of an installation: events, rejected events and notices.
// It is safe for concurrent use, and it reconnects by itself.
type Stream struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	log *slog.Logger

	frames framer
	server *host.Server // in this process, or nil
}

// Open connects and makes sure that the three streams exist with exactly the settings this package needs.
// It refuses a server older than the lowest supported version, and a stream whose settings could not be corrected
// without losing events.
func Open(ctx context.Context, cfg Config) (*Stream, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	nc, err := connect(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, nc, cfg, log)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return s, nil
}

func open(ctx context.Context, nc *nats.Conn, cfg Config, log *slog.Logger) (*Stream, error) {
	if err := checkVersion(nc.ConnectedServerVersion()); err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		return nil, fmt.Errorf("open the JetStream client: %w", err)
	}
	for _, want := range settings(cfg) {
		bounded, cancel := context.WithTimeout(ctx, requestTimeout)
		err := ensureStream(bounded, js, want, log)
		cancel()
		if err != nil {
			return nil, err
		}
	}
	frames, err := newFramer(cfg.SealKey)
	if err != nil {
		return nil, fmt.Errorf("prepare to pack frames: %w", err)
	}
	return &Stream{nc: nc, js: js, log: log, frames: frames, server: cfg.Server}, nil
}

// Close ends the connection. Waiting calls return an error.
func (s *Stream) Close() error {
	s.nc.Close()
	return nil
}

// LastSeq returns the sequence of the newest event, 0 when there is none.
func (s *Stream) LastSeq(ctx context.Context) (uint64, error) {
	return s.lastSeq(ctx, eventsStream)
}

func (s *Stream) lastSeq(ctx context.Context, name string) (uint64, error) {
	bounded, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	handle, err := s.js.Stream(bounded, name)
	if err != nil {
		return 0, wrap(ctx, "look up stream "+name, err)
	}
	return handle.CachedInfo().State.LastSeq, nil
}

// connect dials in a goroutine of its own because the NATS client's Connect takes no context.
func connect(ctx context.Context, cfg Config, log *slog.Logger) (*nats.Conn, error) {
	url, opts, err := connectOptions(cfg, log)
	if err != nil {
		return nil, err
	}
	type result struct {
		nc  *nats.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		nc, err := nats.Connect(url, opts...)
		done <- result{nc, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, wrap(ctx, "connect to NATS at "+describe(cfg), r.err)
		}
		return r.nc, nil
	case <-ctx.Done():
		go func() {
			if r := <-done; r.nc != nil {
				r.nc.Close()
			}
		}()
		return nil, fmt.Errorf("connect to NATS at %s: %w", describe(cfg), context.Cause(ctx))
	}
}

func describe(cfg Config) string {
	if cfg.Server != nil {
		return "this process"
	}
	return redact(cfg.URL)
}

func connectOptions(cfg Config, log *slog.Logger) (string, []nats.Option, error) {
	url := cfg.URL
	opts := []nats.Option{
		nats.Name(cfg.Name),
		nats.Timeout(connectTimeout),
		nats.MaxReconnects(-1),
		// A server that refuses the credential now let it in before, and may again; the client would give up.
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.PingInterval(host.PingInterval),
		nats.MaxPingsOutstanding(host.MaxPingsOut),
		// Without a buffer a publish fails at once while the server is away. A buffered one would be sent later, when
		// nobody waits for its answer any more.
		nats.ReconnectBufSize(-1),
		// Room for one pull: each makes a queue of its own, and the default is six times as long.
		nats.SyncQueueLen(MaxFetch + 16),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("stream connection lost, reconnecting", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { log.Info("stream connection restored", "server", nc.ConnectedServerName()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Error("stream connection error", "error", err)
		}),
	}
	token := cfg.Token
	switch {
	case cfg.Server != nil && cfg.URL != "":
		return "", nil, errors.New("open the stream: give either a server in this process or a URL, not both")
	case cfg.Server != nil:
		token = cfg.Server.Token()
		opts = append(opts, nats.InProcessServer(cfg.Server))
	case cfg.URL == "":
		return "", nil, errors.New("open the stream: give the URL of a NATS server, or a server in this process")
	}
	if token != "" {
		// A server with accounts asks for a user and a password, one without for the token; each passes over the other.
		opts = append(opts, nats.Token(token), nats.UserInfo(host.OwnUser, token))
	}
	if cfg.CredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.CredentialsFile))
	}
	if cfg.CAFile != "" {
		opts = append(opts, nats.RootCAs(cfg.CAFile))
	}
	return url, opts, nil
}
