package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/installation"
)

// rawStages are what no pipeline can be faster than, without what is between them.
func (b *bench) rawStages(ctx context.Context) []turn {
	return []turn{b.inTurn(ctx, "raw_stream", b.rawStream), b.inTurn(ctx, "raw_insert", b.rawInsert)}
}

// inTurn makes each turn of a stage measure in a world of its own.
func (b *bench) inTurn(ctx context.Context, name string, measure func(context.Context, *installation.Installation) (cost, error)) turn {
	return turn{name, func(n int) (c cost, err error) {
		err = b.world(ctx, fmt.Sprintf("%s_%d", name, n), func(in *installation.Installation) error {
			c, err = measure(ctx, in)
			return err
		})
		return c, err
	}}
}

// raw measures these alone; beside the pipeline they take turns with it.
func (b *bench) raw(ctx context.Context) error {
	if b.wants("pipeline") {
		return nil
	}
	return b.rates(b.Turns, b.single(), b.rawStages(ctx))
}

// single is how many events the stages move that move them one by one.
func (b *bench) single() int { return min(b.Part, b.events) }

// rawStream publishes in atomic, flushed batches, an event a message, and
// consumes beside it.
func (b *bench) rawStream(ctx context.Context, in *installation.Installation) (cost, error) {
	return b.measure(func() error {
		return b.through(ctx, in, b.single(), func([]stream.Delivered) error { return nil })
	})
}

// through publishes the first events singly, and consumes them.
func (b *bench) through(ctx context.Context, in *installation.Installation, n int, take func([]stream.Delivered) error) error {
	consumer, err := in.Stream.Consumer(ctx, stream.ConsumerConfig{Name: "bench"})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for part, err := range b.raws(n, stream.MaxBatch) {
			if err != nil {
				return err
			}
			messages := make([]stream.Message, len(part))
			for i := range part {
				messages[i] = stream.Message{Subject: stream.EventSubject(law.NoDepartment, "bench"), Data: part[i].Bytes}
			}
			if _, err := in.Stream.Publish(ctx, messages); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for got := 0; got < n; {
			batch, err := consumer.Fetch(ctx, stream.MaxFetch, time.Second)
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				continue
			}
			if err := take(batch); err != nil {
				return err
			}
			got += len(batch)
			if err := consumer.Ack(ctx, batch[len(batch)-1].Seq); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// rawInsert inserts events into an empty database. Only the inserts are timed.
func (b *bench) rawInsert(ctx context.Context, in *installation.Installation) (total cost, err error) {
	door, now := b.in.Catalogue.Door(), b.streams.Now()
	n := 0
	for part, err := range b.raws(b.single(), stream.MaxFetch) {
		if err != nil {
			return total, err
		}
		rows := make([]store.Recorded, len(part))
		for i := range part {
			e, err := door.Decode(part[i].Bytes, now)
			if err != nil {
				return total, fmt.Errorf("line %d: %w", part[i].Line, err)
			}
			line, err := e.Line()
			if err != nil {
				return total, err
			}
			n++
			rows[i] = store.Recorded{Event: e, Digest: line.Digest(), Seq: uint64(n), ReceivedAt: now, DataText: line.DataText} //nolint:gosec // Positive.
		}
		c, err := b.measure(func() error { return in.Store.InsertEvents(ctx, rows) })
		if err != nil {
			return total, err
		}
		total.elapsed, total.processor, total.resident = total.elapsed+c.elapsed, total.processor+c.processor, max(total.resident, c.resident)
	}
	return total, nil
}

// copied is an event as somebody reads it who trusts whoever sent it.
type copied struct {
	ID           string          `json:"id"`
	Source       string          `json:"source"`
	Type         string          `json:"type"`
	Subject      string          `json:"subject"`
	Time         time.Time       `json:"time"`
	RecordedTime time.Time       `json:"recordedtime"`
	Data         json.RawMessage `json:"data"`
}

// plainCopy moves events from the stream into a table by the same client
// libraries, as anybody would write it: nothing is checked, compared or judged.
func (b *bench) plainCopy(ctx context.Context) error {
	return b.world(ctx, "plain_copy", func(in *installation.Installation) error {
		n := min(2*b.Part, b.events)
		return b.rate("plain_copy", n, func() error {
			return b.through(ctx, in, n, func(batch []stream.Delivered) error {
				rows := make([]store.Recorded, len(batch))
				for i := range batch {
					var c copied
					if err := json.Unmarshal(batch[i].Data, &c); err != nil {
						return err
					}
					if c.RecordedTime.IsZero() {
						c.RecordedTime = c.Time
					}
					rows[i] = store.Recorded{
						Event: event.Event{Subject: c.Subject, Source: c.Source, ID: c.ID, Type: c.Type, At: c.Time, RecordedAt: c.RecordedTime},
						Seq:   batch[i].Seq, ReceivedAt: batch[i].ReceivedAt, DataText: c.Data,
					}
				}
				return in.Store.InsertEvents(ctx, rows)
			})
		})
	})
}

// fold judges cases in memory. Only the judging is timed.
func (b *bench) fold(context.Context) error {
	s, err := b.simulation()
	if err != nil {
		return err
	}
	const cases = 2000
	var subjects [][]event.Event
	var elapsed time.Duration
	n, left := 0, b.Part
	asOf := b.streams.Now()
	judge := func() {
		begun := b.streams.Now()
		contribution.JudgeMany(b.in.Catalogue, len(subjects), func(to []event.Event, i int) []event.Event { return append(to, subjects[i]...) },
			func([]event.Event) obligation.Query { return obligation.Query{AsOf: asOf} })
		elapsed, subjects = elapsed+b.streams.Now().Sub(begun), nil
	}
	for c := range s.Cases() {
		subjects, n = append(subjects, c.Events), n+len(c.Events)
		if len(subjects) == cases {
			judge()
		}
		if n >= left {
			break
		}
	}
	judge()
	b.print("fold", float64(n)/elapsed.Seconds(), "events/s")
	return nil
}
