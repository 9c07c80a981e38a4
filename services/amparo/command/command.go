// Package command is what all commands of the program share: the flags that each has,
// where it prints, how it opens an installation, and how it reads instants, days and
// names that people give.
//
// An error that wraps ErrInvalid is one that the user can mend.
package command

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/term"

	"amparo/services/installation"
)

// Streams are what a command touches of the world outside: tests give their own.
type Streams struct {
	Out, Err io.Writer
	Env      func(string) (string, bool)
	Now      func() time.Time
}

// Globals are the flags of every command. Each can also be set as AMPARO_… in
// the environment, or in the YAML file that --config names.
type Globals struct {
	Config      string `placeholder:"FILE" help:"Settings in YAML: the long names of flags. Unknown keys are errors."`
	Check       bool   `help:"Check settings and catalogue, then stop."`
	Data        string `default:"amparo-data" placeholder:"DIR" help:"Folder of this installation."`
	Catalogue   string `placeholder:"DIR" help:"A catalogue in place of the one that ships."`
	NATS        string `name:"nats" placeholder:"URL" help:"A NATS server in place of the one inside."`
	NATSToken   string `name:"nats-token-file" placeholder:"FILE" help:"File with the token of that server."`
	NATSCreds   string `name:"nats-credentials" placeholder:"FILE" help:"NATS credentials file."`
	NATSCA      string `name:"nats-ca" placeholder:"FILE" help:"Certificate authority of that server."`
	SealKey     string `name:"seal-key-file" placeholder:"FILE" help:"File with the secret that intake and sinks on that server share: what the one has checked the others need not check again."`
	Replicas    int    `name:"nats-replicas" default:"1" help:"Copies of the streams in a cluster."`
	ClickHouse  string `name:"clickhouse" placeholder:"DSN" help:"A ClickHouse server in place of the engine inside: clickhouse://… or http://…"`
	Database    string `default:"amparo" help:"ClickHouse database."`
	EngineCache string `placeholder:"DIR" help:"Where the library of the engine inside is kept."`
	MaxMemory   uint64 `default:"4294967296" placeholder:"BYTES" help:"Memory that one query may use."`
	WebConfig   string `placeholder:"FILE" help:"TLS and passwords of all that is served over HTTP, in the format of Prometheus' exporters."`
	LogLevel    string `enum:"debug,info,warn,error" default:"warn" help:"debug, info, warn or error."`
	LogFormat   string `enum:"text,json" default:"text" help:"text or json."`

	// UnprotectedListen is the operator's word that a proxy stands in front.
	UnprotectedListen bool `help:"Let other machines reach what is served over HTTP without TLS and passwords: for a proxy in front that has both."`
}

// CheckSettings validates settings and catalogue.
func (g *Globals) CheckSettings() error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return Invalid(err)
	}
	_, err = g.options(&Streams{Err: io.Discard})
	if err != nil {
		return err
	}
	if err := web.Validate(g.WebConfig); err != nil {
		return Invalid(fmt.Errorf("read --web-config %s: %w", g.WebConfig, err))
	}
	fmt.Fprintf(os.Stderr, "settings and catalogue %s are in order\n", cat.Label())
	return nil
}

// Log is the operator's log.
func (g *Globals) Log(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cmp.Or(g.LogLevel, "warn"))); err != nil {
		level = slog.LevelWarn
	}
	options := &slog.HandlerOptions{Level: level}
	if g.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// options are those of the installation that the flags describe.
func (g *Globals) options(streams *Streams) (installation.Options, error) {
	token := ""
	if g.NATSToken != "" {
		b, err := os.ReadFile(g.NATSToken)
		if err != nil {
			return installation.Options{}, Invalid(fmt.Errorf("read the NATS token: %w", err))
		}
		token = string(bytes.TrimRight(b, "\r\n "))
	}
	return installation.Options{
		Dir: g.Data, CatalogueDir: g.Catalogue, NATS: g.NATS, NATSToken: token, NATSCreds: g.NATSCreds, NATSCA: g.NATSCA,
		SealKeyFile: g.SealKey, Replicas: g.Replicas, ClickHouse: g.ClickHouse, Database: g.Database, EngineCache: g.EngineCache, MaxMemory: g.MaxMemory,
		Now: streams.Now, Log: g.Log(streams.Err),
	}, nil
}

// ErrInvalid marks wrong usage or invalid input.
var ErrInvalid = errors.New("invalid input")

// ErrReported marks an error that the command has told of already.
var ErrReported = errors.New("reported")

// Invalid wraps an error that the user can correct in what they gave.
func Invalid(err error) error {
	if errors.Is(err, ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrInvalid, err)
}

// Version is the program's version as the build knows it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}

// IsTerminal reports whether a writer is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
