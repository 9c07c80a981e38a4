package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/amparo/operate"
	"amparo/services/installation"
	"amparo/services/notifier"
)

// NoticesCmd is amparo bench-notices.
type NoticesCmd struct {
	Open    int           `default:"100000" help:"Obligations that are open."`
	Due     int           `default:"10000" help:"How many of them fall due within the span."`
	Span    time.Duration `default:"1m" help:"Span in which they fall due; 0 means all at one instant."`
	Settle  time.Duration `default:"15s" help:"Time before the first falls due."`
	Patient time.Duration `default:"5m" help:"How long to wait for the last notice."`
	Seed    uint64        `default:"1" help:"Seed of the instants."`
}

// Run measures from the due instant to the notice, by the stream's own time, and
// prints a histogram as JSON lines.
func (c *NoticesCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if c.Due > c.Open {
		return command.Invalid(errors.New("--due is more than --open"))
	}
	dir, err := os.MkdirTemp("", "amparo-bench-notices-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // A temporary folder.
	g.Data = dir
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return command.With(ctx, g, streams, need, func(in *installation.Installation) error {
		lapses, err := c.fill(ctx, g, in, streams.Now())
		if err != nil {
			return err
		}
		announce, err := (&operate.NoticeFlags{}).Open(ctx, g, in, streams, g.Log(streams.Err), prometheus.NewRegistry())
		if err != nil {
			return err
		}
		work, stop := context.WithTimeout(ctx, c.Settle+c.Span+c.Patient)
		defer stop()
		group, work := errgroup.WithContext(work)
		group.Go(func() error { return announce(work) })
		var delays []time.Duration
		group.Go(func() error {
			defer stop()
			var err error
			delays, err = c.collect(work, in, lapses)
			return err
		})
		if err := group.Wait(); err != nil {
			return err
		}
		return c.print(streams, delays)
	})
}

// fill stores open obligations, some of which fall due within the span, and
// returns the instants from which these are missed, by token.
func (c *NoticesCmd) fill(ctx context.Context, g *command.Globals, in *installation.Installation, now time.Time) (map[string]time.Time, error) {
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	first := now.UTC().Truncate(time.Millisecond).Add(c.Settle)
	departments := in.Catalogue.Places.Departments()
	secret, err := notifier.LoadSecret(g.Data)
	if err != nil {
		return nil, err
	}
	lapses := make(map[string]time.Time, c.Due)
	changes := make([]store.Change, c.Open)
	for i := range changes {
		due := first.Add(24*time.Hour + time.Duration(rng.Int64N(int64(30*24*time.Hour))).Truncate(time.Millisecond))
		if i < c.Due {
			due = first
			if c.Span > 0 {
				due = due.Add(time.Duration(rng.Int64N(int64(c.Span))).Truncate(time.Millisecond))
			}
		}
		o := obligation.Obligation{
			CaseID: fmt.Sprintf("c-%07d", i), Duty: "measures-decided", Instance: "-", Regime: "pm-known-risk-24h-2023", Kind: law.Law,
			Confidence: "high", Implication: "protection-measures", InstitutionKind: "family-court", Place: departments[i%len(departments)] + "01",
			Risk: "mild", StartedAt: due.Add(-24 * time.Hour), DueAt: due, LapsesFrom: due.Add(time.Millisecond), LapsesBy: due.Add(time.Millisecond),
		}
		changes[i] = store.Change{Obligation: &o, Catalogue: in.Catalogue.Label(), Version: 1}
		if i < c.Due {
			lapses[secret.Token(o.Key())] = o.LapsesBy
		}
	}
	return lapses, in.Store.InsertObligations(ctx, changes)
}

// collect reads the stream until every missed obligation is announced, and
// returns how long each took.
func (c *NoticesCmd) collect(ctx context.Context, in *installation.Installation, lapses map[string]time.Time) ([]time.Duration, error) {
	var (
		delays []time.Duration
		seq    uint64
	)
	announced := map[string]bool{}
	for len(delays) < len(lapses) {
		for d, err := range in.Stream.NoticesAfter(ctx, seq) {
			if err != nil {
				return nil, fmt.Errorf("%d of %d announced: %w", len(delays), len(lapses), err)
			}
			seq = d.Seq
			var n notifier.Notice
			if err := json.Unmarshal(d.Data, &n); err != nil {
				return nil, fmt.Errorf("read notice %d: %w", d.Seq, err)
			}
			if n.Kind != notifier.Missed {
				continue
			}
			if announced[n.Token] {
				return nil, fmt.Errorf("announced twice: %s, due %s", n.Token, n.DueAt)
			}
			announced[n.Token] = true
			delays = append(delays, d.ReceivedAt.Sub(lapses[n.Token]))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d announced in time: %w", len(delays), len(lapses), context.Cause(ctx))
		case <-time.After(time.Second):
		}
	}
	return delays, nil
}

func (c *NoticesCmd) print(streams *command.Streams, delays []time.Duration) error {
	slices.Sort(delays)
	at := func(q float64) float64 { return delays[min(len(delays)-1, int(q*float64(len(delays))))].Seconds() }
	out := json.NewEncoder(streams.Out)
	summary := map[string]any{
		"name": "notice_delay", "unit": "s", "open": c.Open, "due": c.Due, "span_s": c.Span.Seconds(), "seed": c.Seed,
		"p50": at(.5), "p90": at(.9), "p99": at(.99), "max": at(1), "min": at(0), "at": event.FormatInstant(streams.Now().UTC()),
	}
	if err := out.Encode(summary); err != nil {
		return err
	}
	from := 0
	for _, le := range []float64{.005, .01, .025, .05, .1, .25, .5, .75, 1, 2.5, 5, 10, 60} {
		upTo, _ := slices.BinarySearchFunc(delays, le, func(d time.Duration, le float64) int {
			if d.Seconds() <= le {
				return -1
			}
			return 1
		})
		if err := out.Encode(map[string]any{"name": "notice_delay_bucket", "le_s": le, "count": upTo - from, "cumulative": upTo}); err != nil {
			return err
		}
		from = upTo
	}
	return nil
}
