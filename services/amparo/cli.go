package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/term"

	"amparo/services/amparo/stats"
	"amparo/services/installation"
)

// CLI is the whole command line.
type CLI struct {
	Globals

	Run         runCmd          `cmd:"" help:"All services in one process, nothing to install."`
	Engine      engineCmd       `cmd:"" help:"The embedded ClickHouse, served on loopback over its HTTP interface."`
	Intake      intakeCmd       `cmd:"" help:"The door for events alone: HTTP and NATS."`
	Sink        sinkCmd         `cmd:"" help:"Stream to store, and judging, alone."`
	Aggregator  aggregatorCmd   `cmd:"" help:"Indicators and /metrics alone."`
	Notifier    notifierCmd     `cmd:"" help:"Notices alone: what falls due, is missed, is done late or is cleared."`
	Import      importCmd       `cmd:"" help:"Files into events, through the stream; returns when all are stored and judged."`
	Simulate    simulateCmd     `cmd:"" help:"Made-up cases at national scale, with their truth."`
	Explain     explainCmd      `cmd:"" help:"A case: its timeline, each duty that arose, why it is due when it is due."`
	Obligations obligationsCmd  `cmd:"" help:"Obligations as rows."`
	Indicators  indicatorsCmd   `cmd:"" help:"The indicators of implications and causes, with their intervals."`
	Compare     compareCmd      `cmd:"" help:"Two groups, offices or months: differences with intervals and a verdict."`
	Warnings    warningsCmd     `cmd:"" help:"How many open obligations are expected to be missed."`
	Report      reportCmd       `cmd:"" help:"The bulletin of a month, for the public or the national desk, as HTML or PDF."`
	Study       studyCmd        `cmd:"" hidden:"" help:"Measure on simulated data how often comparisons are right."`
	Senders     sendersCmd      `cmd:"" help:"Who may send events: credentials of institutions."`
	Rejected    rejectedCmd     `cmd:"" help:"Events that could not be accepted, with the reason."`
	Users       usersCmd        `cmd:"" help:"Accounts: who may log in, as what."`
	AccessLog   accessLogCmd    `cmd:"" name:"access-log" help:"Who looked at what; whether the log is what was written."`
	Export      exportCmd       `cmd:"" help:"The event log for process mining; a codebook of every column."`
	Doctor      doctorCmd       `cmd:"" help:"Look at settings, disks, clocks and servers, and say what to do."`
	Rebuild     rebuildCmd      `cmd:"" help:"Fold every case again from the stored events."`
	Law         lawCmd          `cmd:"" help:"The catalogue: list, show, check, compare, what it covers."`
	Stats       stats.Cmd       `cmd:"" help:"The estimators on a plain CSV file or on counts."`
	Bench       benchCmd        `cmd:"" hidden:"" help:"Measure the pipeline and its raw stages in one run."`
	BenchFresh  benchRefreshCmd `cmd:"" name:"bench-refresh" hidden:"" help:"Measure how long it takes to count everything that is served."`
	BenchNotice benchNoticeCmd  `cmd:"" name:"bench-notices" hidden:"" help:"Measure from the due instant to the notice."`
	Health      healthCmd       `cmd:"" hidden:"" help:"Ask a service whether it is there; exit code 0 if so."`
	Version     versionCmd      `cmd:"" help:"Version of program and catalogue."`
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

// check validates settings and catalogue.
func (g *Globals) check() error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	_, err = g.options(&Streams{Err: io.Discard})
	if err != nil {
		return err
	}
	if err := web.Validate(g.WebConfig); err != nil {
		return invalid(fmt.Errorf("read --web-config %s: %w", g.WebConfig, err))
	}
	fmt.Fprintf(os.Stderr, "settings and catalogue %s are in order\n", cat.Label())
	return nil
}

// log is the operator's log.
func (g *Globals) log(w io.Writer) *slog.Logger {
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
			return installation.Options{}, invalid(fmt.Errorf("read the NATS token: %w", err))
		}
		token = string(trimSpace(b))
	}
	return installation.Options{
		Dir: g.Data, CatalogueDir: g.Catalogue, NATS: g.NATS, NATSToken: token, NATSCreds: g.NATSCreds, NATSCA: g.NATSCA,
		SealKeyFile: g.SealKey, Replicas: g.Replicas, ClickHouse: g.ClickHouse, Database: g.Database, EngineCache: g.EngineCache, MaxMemory: g.MaxMemory,
		Now: streams.Now, Log: g.log(streams.Err),
	}, nil
}

// version is the program's version as the build knows it.
func version() string {
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

type versionCmd struct{}

// Run prints the versions.
func (versionCmd) Run(g *Globals, streams *Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return invalid(err)
	}
	fmt.Fprintf(streams.Out, "amparo %s\ncatalogue %s\n", version(), cat.Label())
	return nil
}

// isTerminal reports whether a writer is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}
