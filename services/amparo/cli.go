package main

import (
	"fmt"

	"amparo/services/amparo/bench"
	"amparo/services/amparo/command"
	"amparo/services/amparo/exchange"
	"amparo/services/amparo/operate"
	"amparo/services/amparo/questions"
	"amparo/services/amparo/stats"
	"amparo/services/amparo/statute"
	"amparo/services/installation"
)

// CLI is the whole command line.
type CLI struct {
	command.Globals

	Run         operate.RunCmd           `cmd:"" help:"All services in one process, nothing to install."`
	Engine      operate.EngineCmd        `cmd:"" help:"The embedded ClickHouse, served on loopback over its HTTP interface."`
	Intake      operate.IntakeCmd        `cmd:"" help:"The door for events alone: HTTP and NATS."`
	Sink        operate.SinkCmd          `cmd:"" help:"Stream to store, and judging, alone."`
	Aggregator  operate.AggregatorCmd    `cmd:"" help:"Indicators and /metrics alone."`
	Notifier    operate.NotifierCmd      `cmd:"" help:"Notices alone: what falls due, is missed, is done late or is cleared."`
	Import      exchange.ImportCmd       `cmd:"" help:"Files into events, through the stream; returns when all are stored and judged."`
	Simulate    bench.SimulateCmd        `cmd:"" help:"Made-up cases at national scale, with their truth."`
	Explain     questions.ExplainCmd     `cmd:"" help:"A case: its timeline, each duty that arose, why it is due when it is due."`
	Obligations questions.ObligationsCmd `cmd:"" help:"Obligations as rows."`
	Indicators  questions.IndicatorsCmd  `cmd:"" help:"The indicators of implications and causes, with their intervals."`
	Compare     questions.CompareCmd     `cmd:"" help:"Two groups, offices or months: differences with intervals and a verdict."`
	Warnings    questions.WarningsCmd    `cmd:"" help:"How many open obligations are expected to be missed."`
	Report      questions.ReportCmd      `cmd:"" help:"The bulletin of a month, for the public or the national desk, as HTML or PDF."`
	Study       bench.StudyCmd           `cmd:"" hidden:"" help:"Measure on simulated data how often comparisons are right."`
	Senders     exchange.SendersCmd      `cmd:"" help:"Who may send events: credentials of institutions."`
	Rejected    exchange.RejectedCmd     `cmd:"" help:"Events that could not be accepted, with the reason."`
	Users       operate.UsersCmd         `cmd:"" help:"Accounts: who may log in, as what."`
	AccessLog   operate.AccessLogCmd     `cmd:"" name:"access-log" help:"Who looked at what; whether the log is what was written."`
	Export      questions.ExportCmd      `cmd:"" help:"The event log for process mining; a codebook of every column."`
	Doctor      operate.DoctorCmd        `cmd:"" help:"Look at settings, disks, clocks and servers, and say what to do."`
	Rebuild     operate.RebuildCmd       `cmd:"" help:"Fold every case again from the stored events."`
	Law         statute.Cmd              `cmd:"" help:"The catalogue: list, show, check, compare, what it covers."`
	Stats       stats.Cmd                `cmd:"" help:"The estimators on a plain CSV file or on counts."`
	Bench       bench.Cmd                `cmd:"" hidden:"" help:"Measure the pipeline and its raw stages in one run."`
	BenchPages  bench.PagesCmd           `cmd:"" name:"bench-pages" hidden:"" help:"Measure how long each page and route of the API takes, on the store of a data folder."`
	BenchNotice bench.NoticesCmd         `cmd:"" name:"bench-notices" hidden:"" help:"Measure from the due instant to the notice."`
	Health      operate.HealthCmd        `cmd:"" hidden:"" help:"Ask a service whether it is there; exit code 0 if so."`
	Version     versionCmd               `cmd:"" help:"Version of program and catalogue."`
}

type versionCmd struct{}

// Run prints the versions.
func (versionCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	fmt.Fprintf(streams.Out, "amparo %s\ncatalogue %s\n", command.Version(), cat.Label())
	return nil
}
