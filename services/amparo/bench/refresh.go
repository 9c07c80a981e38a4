package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/sink"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/aggregator"
)

// horizon is how far ahead a sink writes recurring periods.
const horizon = 35 * 24 * time.Hour

// refresh counts everything that is served, of what bulk has stored: with the closing
// to be made, with it there, and after one case in a hundred was judged anew. Then it
// asks what the commands of analysts ask.
func (b *bench) refresh(ctx context.Context) error {
	if err := b.judgeAll(ctx); err != nil {
		return err
	}
	reader := aggregator.Reader(b.in.Catalogue, b.in.Store)
	reader.StoredOnly = true
	refresher := snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, b.in.Store,
		b.streams.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	for _, stage := range []struct {
		name   string
		before func(context.Context) error
	}{
		{"refresh_first", nil}, {"refresh", b.merged}, {"refresh_after_1_percent", b.changeOneInAHundred}, {"refresh_then", nil},
	} {
		if stage.before != nil {
			if err := stage.before(ctx); err != nil {
				return err
			}
		}
		if err := b.seconds(stage.name, func() error { return refresher.Refresh(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
	}
	return b.questions(ctx, reader)
}

// merged waits until ClickHouse has merged what the closing holds, once a day and beside other work.
func (b *bench) merged(ctx context.Context) error {
	for merging := true; merging; {
		err := rest(ctx, 5*time.Second) // Between two merges none runs for a moment.
		if err == nil {
			merging, err = b.in.Store.Merging(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seconds prints how long something takes.
func (b *bench) seconds(name string, do func() error) error {
	r, err := b.measure(do)
	if err == nil {
		b.line(map[string]any{"name": name, "value": r.elapsed.Seconds(), "unit": "s", "processor_seconds": r.processor.Seconds(), "resident_bytes": r.resident})
	}
	return err
}

// judgeAll makes sure that what is stored was judged under the catalogue, where the
// stages before this one left that to a service.
func (b *bench) judgeAll(ctx context.Context) error {
	answers, err := b.in.Store.Answers(ctx, b.in.Catalogue.Label(), b.streams.Now())
	if err != nil || answers {
		return err
	}
	return sink.Rebuild(ctx, b.in.Catalogue, b.in.Store, sink.Config{}, b.streams.Now(), func(int) {})
}

// changeOneInAHundred stores one more event for one case in a hundred and judges these.
func (b *bench) changeOneInAHundred(ctx context.Context) error {
	cases, err := b.in.Store.CasesSince(ctx, 0)
	if err != nil {
		return err
	}
	now := b.streams.Now().UTC().Truncate(time.Millisecond)
	const seq = math.MaxUint32 << 8 // behind all that bulk has stored
	var more []store.Recorded
	for i := 0; i < len(cases); i += 100 {
		more = append(more, store.Recorded{Event: event.Event{
			Subject: cases[i], Source: "urn:amparo:bench", ID: "one-more", Type: "support.attended", At: now, RecordedAt: now,
			Data: event.Fields{"ubigeo": "15", "service": "cem"}.Data(),
		}, Digest: event.Digest{1}, Seq: seq + uint64(i), ReceivedAt: now})
	}
	if err := b.in.Store.InsertEvents(ctx, more); err != nil {
		return err
	}
	return sink.CatchUp(ctx, b.in.Catalogue, b.in.Store, sink.Config{Horizon: horizon}, seq-1, now)
}

// questions asks what indicators, indicators --causes, --duties --by risk, compare and
// warnings ask; opening the store and printing come on top.
func (b *bench) questions(ctx context.Context, reader *indicator.Reader) error {
	opt := indicator.Options{Grouping: "natural"}
	compared := comparison.Request{Grouping: opt.Grouping, Implications: true, Window: indicator.Year, Terms: comparison.DefaultTerms(), Options: opt}
	regions := b.in.Catalogue.Places.Regions(opt.Grouping)
	var err error
	if compared.A, err = comparison.ParseGroup(b.in.Catalogue, opt.Grouping, regions[0]); err != nil {
		return err
	}
	if compared.B, err = comparison.ParseGroup(b.in.Catalogue, opt.Grouping, regions[1]); err != nil {
		return err
	}
	if compared.Duties, err = comparison.Duties(reader, opt, nil, nil); err != nil {
		return err
	}
	var causes []*law.Indicator
	for _, ind := range b.in.Catalogue.Indicators {
		if len(ind.Causes) > 0 {
			causes = append(causes, ind)
		}
	}
	for _, question := range []struct {
		name string
		ask  func(obligation.Query) error
	}{
		{"indicators", func(q obligation.Query) error {
			_, err := reader.Answer(ctx, q, indicator.Request{Indicators: b.in.Catalogue.Indicators, Grouping: opt.Grouping})
			return err
		}},
		{"causes", func(q obligation.Query) error {
			_, err := reader.Answer(ctx, q, indicator.Request{Indicators: causes, Grouping: opt.Grouping})
			return err
		}},
		{"duties_by_risk", func(q obligation.Query) error {
			_, err := snapshot.Parts(ctx, reader, q, opt, counting.ByRisk)
			return err
		}},
		{"compare", func(q obligation.Query) error { _, err := comparison.Of(ctx, reader, q, compared); return err }},
		{"warnings", func(q obligation.Query) error {
			_, err := forecast.Warnings(ctx, reader, q, forecast.Request{Grouping: opt.Grouping, ByRegion: true, Horizon: 24 * time.Hour, Options: opt})
			return err
		}},
	} {
		if err := b.seconds("question_"+question.name, func() error { return question.ask(obligation.Query{AsOf: b.streams.Now()}) }); err != nil {
			return fmt.Errorf("ask for %s: %w", question.name, err)
		}
	}
	return nil
}
