package operate

import (
	"context"
	"errors"
	"time"

	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// startAgainAfter is how long a service waits before it starts again.
const startAgainAfter = time.Second

// endure opens an installation for a service that goes on for ever. Where NATS or
// ClickHouse are elsewhere, they may be away when it starts, or go while it runs:
// it starts again until they are there. What waiting cannot mend ends it: a
// password that is refused at the start, a server that is too old, wrong settings.
func endure(ctx context.Context, g *command.Globals, streams *command.Streams, need func(*installation.Options), use func(*installation.Installation) error) error {
	log, wasIn := g.Log(streams.Err), false
	for {
		err := command.With(ctx, g, streams, need, func(in *installation.Installation) error {
			wasIn = true
			return use(in)
		})
		elsewhere := g.NATS != "" || g.ClickHouse != ""
		if err == nil || ctx.Err() != nil || !elsewhere || !passes(err, wasIn) {
			return err
		}
		log.Warn("not all is there that this service needs, starting again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(startAgainAfter):
		}
	}
}

// passes reports whether an error may pass by waiting. One about a credential may
// only where it was good before.
func passes(err error, wasIn bool) bool {
	var refused interface{ Refused() bool }
	if errors.As(err, &refused) && refused.Refused() && !wasIn {
		return false
	}
	var e interface{ Temporary() bool }
	return errors.As(err, &e) && e.Temporary()
}
