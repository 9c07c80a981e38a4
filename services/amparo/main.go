// Command amparo watches whether the services that must protect victims of
// violence do what the law says, and when it says so.
//
// It is one program: `amparo run` is everything in one process, and each service
// also runs alone. main only picks the subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"amparo/services/amparo/command"
	"amparo/services/present"
)

func main() { os.Exit(process()) }

// process runs the command line of this process until it ends or is told to.
func process() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Main(ctx, os.Args[1:], command.Streams{Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Now: time.Now})
}

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitInvalid = 2 // wrong usage or invalid input
)

// Main runs one command line and returns its exit code.
func Main(ctx context.Context, args []string, streams command.Streams) int {
	var cli CLI
	code := -1
	parser, err := kong.New(&cli,
		kong.Name("amparo"),
		kong.Description("Vigila, caso por caso, si se cumplen los plazos de la Ley 30364. Watches, case by case, whether the duties of Law 30364 are met in time."),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(c int) { code = c }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(&streams),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Vars{"version": command.Version(), "refusals": strings.Join(present.Codes("refusal"), ", ")},
		command.FormatVars(),
	)
	if err != nil {
		fmt.Fprintln(streams.Err, "amparo:", err)
		return exitFailed
	}
	groupFlags(parser)
	resolver, err := settings(parser, args, streams.Env)
	if err != nil {
		fmt.Fprintln(streams.Err, "amparo:", err)
		return exitInvalid
	}
	kong.Resolvers(resolver).Apply(parser) //nolint:errcheck // It only appends.
	given, err := parser.Parse(args)
	if code >= 0 { // help was printed
		return code
	}
	if err != nil {
		fmt.Fprintf(streams.Err, "amparo: %v\nSee amparo --help.\n", err)
		return exitInvalid
	}
	if err := meaningless(given); err != nil {
		fmt.Fprintf(streams.Err, "amparo: %v\nSee amparo %s --help.\n", err, commandName(given))
		return exitInvalid
	}
	if cli.Check {
		return report(streams.Err, cli.CheckSettings())
	}
	return report(streams.Err, given.Run(&cli.Globals))
}

// report prints an error, if any, and gives the exit code that goes with it.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, command.ErrReported) {
		fmt.Fprintln(w, "amparo:", err)
	}
	if errors.Is(err, command.ErrInvalid) {
		return exitInvalid
	}
	return exitFailed
}
