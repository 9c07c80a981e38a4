package operate

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/amparo/command"
	"amparo/services/amparo/exchange"
	"amparo/services/installation"
	"amparo/services/intake"
	"amparo/services/senders"
	sinkservice "amparo/services/sink"
)

// doorFlags are those of whatever takes events from others.
type doorFlags struct {
	Senders string `placeholder:"FILE" help:"Who may send events; DIR/senders.json where nothing is said."`
}

func (f *doorFlags) book(g *command.Globals, streams *command.Streams) (*senders.Book, error) {
	return senders.Open(exchange.SendersFile(g, f.Senders), streams.Now)
}

// door is the intake of an installation, for others to send to.
func (f *doorFlags) door(in *installation.Installation, book *senders.Book, streams *command.Streams, log *slog.Logger, reg prometheus.Registerer) *intake.Intake {
	options := []intake.Option{intake.WithSenders(book), intake.WithFates(fates{in.Stream})}
	if in.Store != nil {
		options = append(options, intake.WithStore(known{in.Store}))
	}
	return intake.New(in.Catalogue, in.Stream, streams.Now, log, reg, options...)
}

// mount puts the door's addresses beside others.
func mount(mux *http.ServeMux, door *intake.Intake) {
	handler := door.Handler()
	for _, path := range []string{"/events", "/events/", "/openapi.json", "/asyncapi.json"} {
		mux.Handle(path, handler)
	}
}

// fates asks the stream, by the consumers of the sinks.
type fates struct{ stream *stream.Stream }

// FateOf implements intake.Fates.
func (f fates) FateOf(ctx context.Context, receipt stream.Receipt) (stream.Fate, error) {
	return f.stream.FateOf(ctx, receipt, sinkservice.ConsumerName(nil))
}

// known asks the store for what it has.
type known struct{ store *store.Store }

// Digests implements intake.Store.
func (k known) Digests(ctx context.Context, identities []event.Identity) (map[event.Identity]event.Digest, error) {
	versions, err := k.store.Stored(ctx, identities)
	if err != nil {
		return nil, fmt.Errorf("ask the store for %d events: %w", len(identities), err)
	}
	digests := make(map[event.Identity]event.Digest, len(versions))
	for id, v := range versions {
		digests[id] = v.Digest
	}
	return digests, nil
}
