package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/sink"
	"amparo/schemas/event"
	"amparo/services/amparo/exchange"
	"amparo/services/installation"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

// work runs an intake and a sink beside what a stage does with them.
func (b *bench) work(ctx context.Context, in *installation.Installation, do func(ctx context.Context, door *intake.Intake) error) error {
	registry, log := prometheus.NewRegistry(), b.g.Log(b.streams.Err)
	door := intake.New(in.Catalogue, in.Stream, b.streams.Now, log, registry)
	judge, err := sinkservice.New(ctx, sinkservice.Config{Passed: door.Passed()}, in.Catalogue, in.Stream, in.Store, b.streams.Now, log, registry)
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	group, work := errgroup.WithContext(work)
	group.Go(func() error { return judge.Run(work) })
	group.Go(func() error { return door.Run(work) })
	group.Go(func() error {
		defer stop()
		return do(work, door)
	})
	return group.Wait()
}

// idle is the memory of a pipeline that has nothing to do.
func (b *bench) idle(ctx context.Context) error {
	return b.work(ctx, b.in, func(ctx context.Context, _ *intake.Intake) error {
		var most int64
		for range 40 {
			most = max(most, resident())
			if err := rest(ctx, samplingEvery); err != nil {
				return err
			}
		}
		b.print("idle", float64(most), "bytes")
		return nil
	})
}

func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// bulk imports the file, until all is flushed, stored and judged.
func (b *bench) bulk(ctx context.Context) error {
	return b.rate("bulk", b.events, func() error {
		return b.work(ctx, b.in, func(ctx context.Context, door *intake.Intake) error {
			accepted, err := exchange.ImportFile(ctx, b.file, door, b.streams)
			if err != nil {
				return err
			}
			if accepted != b.events {
				return fmt.Errorf("%d of %d events were accepted", accepted, b.events)
			}
			return exchange.WaitJudged(ctx, b.in, b.events, 0, b.streams)
		})
	})
}

// rebuild judges again what bulk has stored.
func (b *bench) rebuild(ctx context.Context) error {
	return b.rate("rebuild", b.events, func() error {
		return sink.Rebuild(ctx, b.in.Catalogue, b.in.Store, sink.Config{}, b.streams.Now(), func(int) {})
	})
}

// benchRequest is how many events a request of single events has: few enough to travel alone.
const benchRequest = 10

// pipeline moves single events, in turns with the raw stages.
func (b *bench) pipeline(ctx context.Context) error {
	var stages []turn
	if b.wants("raw") {
		stages = b.rawStages(ctx)
	}
	stages = append(stages, b.inTurn(ctx, "pipeline", func(ctx context.Context, in *installation.Installation) (cost, error) {
		return b.measure(func() error { return b.sendSingly(ctx, in, b.single()) })
	}))
	if err := b.rates(b.Turns, b.single(), stages); err != nil {
		return err
	}
	if floor := min(b.values["raw_stream"], b.values["raw_insert"]); floor > 0 {
		b.print("pipeline_to_raw", b.values["pipeline"]/floor, "ratio")
	}
	return nil
}

// sendSingly sends events one a message, in many small requests, until all are judged.
func (b *bench) sendSingly(ctx context.Context, in *installation.Installation, n int) error {
	return b.work(ctx, in, func(ctx context.Context, door *intake.Intake) error {
		group, sending := errgroup.WithContext(ctx)
		group.SetLimit(b.Senders)
		for part, err := range b.raws(n, benchRequest) {
			if err != nil {
				return err
			}
			group.Go(func() error {
				outcomes, err := door.Submit(sending, intake.Submission{Origin: "bench", Raws: part})
				for i := range outcomes {
					if r := outcomes[i].Refusal; r != nil {
						return fmt.Errorf("line %d: %w", part[i].Line, r)
					}
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		return exchange.WaitJudged(ctx, in, n, 0, b.streams)
	})
}

// visible sends one event at a time, and waits until its obligations can be read.
// What bulk has stored lies beside.
func (b *bench) visible(ctx context.Context) error {
	var delays []time.Duration
	err := b.work(ctx, b.in, func(ctx context.Context, door *intake.Intake) error {
		for n := range b.Visible {
			id := fmt.Sprintf("c-visible-%d", n)
			line := fmt.Sprintf(`{"specversion":"1.0","id":"e-1","source":"urn:bench","type":"report.received","subject":%q,"time":%q,"data":{"channel":"police","ubigeo":"040101"}}`,
				id, event.FormatInstant(b.streams.Now().Add(-time.Hour)))
			begun := b.streams.Now()
			outcomes, err := door.Submit(ctx, intake.Submission{Origin: "bench", Raws: []event.Raw{{Line: 1, Bytes: []byte(line)}}})
			if err != nil {
				return err
			}
			if r := outcomes[0].Refusal; r != nil {
				return r
			}
			for {
				found, err := b.in.Store.ObligationsOf(ctx, []string{id})
				if err != nil {
					return err
				}
				if len(found) > 0 {
					break
				}
				if err := rest(ctx, time.Millisecond); err != nil {
					return err
				}
			}
			delays = append(delays, b.streams.Now().Sub(begun))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("visible: %w", err)
	}
	slices.Sort(delays)
	b.print("visible_p50", delays[len(delays)/2].Seconds(), "s")
	b.print("visible_p95", delays[len(delays)*95/100].Seconds(), "s")
	return nil
}
