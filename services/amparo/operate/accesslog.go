package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"amparo/services/access"
	"amparo/services/access/ledger"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// AccessLogCmd are the commands about the access log.
type AccessLogCmd struct {
	Show    accessLogShowCmd    `cmd:"" help:"Rows of the access log: who looked at what."`
	Verify  accessLogVerifyCmd  `cmd:"" help:"Check that no row was changed, removed or put in; exit code 1 if one was."`
	Receipt accessLogReceiptCmd `cmd:"" help:"Print how far the log has come, to be kept elsewhere and given to verify later."`
	Prune   accessLogPruneCmd   `cmd:"" help:"Take off the months that are older than the retention."`
}

// openLog opens the access log of an installation.
func openLog(g *command.Globals, streams *command.Streams, keep time.Duration, do func(*ledger.Ledger) error) error {
	if err := installed(accessDir(g.Data)); err != nil {
		return command.Invalid(err)
	}
	_, log, err := openDirectory(g.Data, keep, nil, streams.Now)
	if errors.Is(err, ledger.ErrRetention) {
		return command.Invalid(err)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(log), log.Close())
}

// installed refuses a folder that is not there: an empty answer from a mistyped
// name would be a false one.
func installed(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("there is no folder %s: give that of the installation with --data", dir)
	}
	return nil
}

type accessLogShowCmd struct {
	Who    string `help:"Rows of this account alone."`
	Did    string `help:"Rows of this deed alone, such as case.seen."`
	Object string `help:"Rows about this case, account or route alone: who saw a case."`
	From   string `placeholder:"DATE" help:"Rows from this day on."`
	To     string `placeholder:"DATE" help:"Rows before this day."`
	Format string `enum:"table,csv,csv-excel,json,ndjson,xlsx" default:"table" help:"table, csv, csv-excel, json, ndjson or xlsx."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
}

// Run prints rows of the access log, the oldest first. That they were read is a
// row as well.
func (c *accessLogShowCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	f := ledger.Filter{Who: c.Who, Did: access.Deed(c.Did), Object: c.Object}
	if c.Did != "" && !knownDeed(c.Did) {
		return command.Invalid(fmt.Errorf("--did %q: there are %s", c.Did, joinDeeds()))
	}
	for _, day := range []struct {
		flag, text string
		to         *time.Time
	}{{"--from", c.From, &f.From}, {"--to", c.To, &f.To}} {
		if day.text == "" {
			continue
		}
		if *day.to, err = command.ParseDay(day.flag, day.text, cat.Zone); err != nil {
			return command.Invalid(err)
		}
	}
	return openLog(g, streams, 0, func(log *ledger.Ledger) error {
		if err := log.Record(ctx, access.Entry{Who: string(atTheCommandLine(streams)), Did: access.LogRead}); err != nil {
			return err
		}
		p, err := present.New(streams.Out, present.Options{Format: c.Format, Lang: c.Lang, Zone: cat.Zone}, present.Stamp{},
			present.Col("n", "n", "n"), present.Col("at", "cuándo", "at"), present.Col("who", "quién", "who"), present.Col("role", "rol", "role"),
			present.Col("did", "qué", "did"), present.Col("object", "sobre", "object"), present.Col("detail", "detalle", "detail"))
		if err != nil {
			return command.Invalid(err)
		}
		for row, err := range log.Rows(ctx, f) {
			if err != nil {
				return err
			}
			if err := p.Row(present.Int(row.N), present.At(row.At), present.Text(row.Who), present.Text(string(row.Role)), present.Text(string(row.Did)),
				present.Text(row.Object), present.Text(row.Detail)); err != nil {
				return err
			}
		}
		return p.End()
	})
}

func knownDeed(name string) bool {
	for _, did := range access.Deeds() {
		if string(did) == name {
			return true
		}
	}
	return false
}

func joinDeeds() string {
	var names []string
	for _, did := range access.Deeds() {
		names = append(names, string(did))
	}
	return strings.Join(names, ", ")
}

type accessLogVerifyCmd struct {
	Receipts []string `name:"receipt" placeholder:"FILE" help:"Receipts that were kept elsewhere, one on a line; may be given again."`
}

// Run verifies the access log.
func (c *accessLogVerifyCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	kept, err := readReceipts(c.Receipts)
	if err != nil {
		return command.Invalid(err)
	}
	return openLog(g, streams, 0, func(log *ledger.Ledger) error {
		report, err := log.Verify(ctx, kept...)
		if err != nil {
			return err
		}
		if !report.Whole() {
			for _, p := range report.Problems {
				fmt.Fprintln(streams.Out, p)
			}
			if report.More {
				fmt.Fprintln(streams.Out, "… and more")
			}
			return errors.New("the access log is not what was written: tell the auditor, and keep a copy of it as it is")
		}
		fmt.Fprintf(streams.Out, "%d rows, %d to %d, are what was written; %d receipts hold\n", report.Rows, report.From, report.To, len(kept))
		return nil
	})
}

func readReceipts(files []string) ([]ledger.Receipt, error) {
	var out []ledger.Receipt
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the receipt: %w", err)
		}
		for line := range strings.Lines(string(b)) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			var r ledger.Receipt
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.N == 0 || r.Hash == "" {
				return nil, fmt.Errorf("%s: a line is no receipt of an access log", path)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

type accessLogReceiptCmd struct{}

// Run prints a receipt.
func (accessLogReceiptCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return openLog(g, streams, 0, func(log *ledger.Ledger) error {
		report, err := log.Verify(ctx)
		if err != nil {
			return err
		}
		if !report.Whole() {
			return errors.New("the access log is not what was written, and gets no receipt: see amparo access-log verify")
		}
		return json.NewEncoder(streams.Out).Encode(report.Head)
	})
}

type accessLogPruneCmd struct {
	Keep   time.Duration `default:"17520h" help:"How long rows are kept; two years at the least."`
	DryRun bool          `help:"Only tell what would be taken off."`
}

// Run takes off what is older than the retention.
func (c *accessLogPruneCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return openLog(g, streams, c.Keep, func(log *ledger.Ledger) error {
		p, err := log.Prune(ctx, c.DryRun)
		if err != nil {
			return err
		}
		if len(p.Months) == 0 {
			fmt.Fprintln(streams.Out, "nothing is older than the retention")
			return nil
		}
		done := "taken off"
		if c.DryRun {
			done = "would be taken off"
		}
		fmt.Fprintf(streams.Out, "%s: rows %d to %d, of %s\n", done, p.From, p.To, strings.Join(p.Months, ", "))
		return nil
	})
}
