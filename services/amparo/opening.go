package main

import (
	"context"
	"errors"

	"amparo/services/installation"
)

// readingStore opens the store of an installation for a command that only reads: a
// folder that is no installation is refused.
func readingStore(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return with(ctx, g, streams, func(o *installation.Options) { o.NeedStore, o.MustExist = true, true }, use)
}

// withStore opens the store for a command that makes what it needs.
func withStore(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return with(ctx, g, streams, func(o *installation.Options) { o.NeedStore = true }, use)
}

// readingStream opens the stream for a command that only reads.
func readingStream(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return with(ctx, g, streams, func(o *installation.Options) { o.NeedStream, o.MustExist = true, true }, use)
}

// with opens what a command needs, and closes it after.
func with(ctx context.Context, g *Globals, streams *Streams, need func(*installation.Options), use func(*installation.Installation) error) (err error) {
	opt, err := g.options(streams)
	if err != nil {
		return err
	}
	need(&opt)
	in, err := installation.Open(ctx, opt)
	if errors.Is(err, installation.ErrNoInstallation) {
		return invalid(err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return use(in)
}
