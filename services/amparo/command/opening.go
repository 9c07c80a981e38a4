package command

import (
	"context"
	"errors"

	"amparo/services/installation"
)

// ReadingStore opens the store of an installation for a command that only reads: a
// folder that is no installation is refused.
func ReadingStore(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return With(ctx, g, streams, func(o *installation.Options) { o.NeedStore, o.MustExist = true, true }, use)
}

// WithStore opens the store for a command that makes what it needs.
func WithStore(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return With(ctx, g, streams, func(o *installation.Options) { o.NeedStore = true }, use)
}

// ReadingStream opens the stream for a command that only reads.
func ReadingStream(ctx context.Context, g *Globals, streams *Streams, use func(*installation.Installation) error) error {
	return With(ctx, g, streams, func(o *installation.Options) { o.NeedStream, o.MustExist = true, true }, use)
}

// With opens what a command needs, and closes it after.
func With(ctx context.Context, g *Globals, streams *Streams, need func(*installation.Options), use func(*installation.Installation) error) (err error) {
	opt, err := g.options(streams)
	if err != nil {
		return err
	}
	need(&opt)
	in, err := installation.Open(ctx, opt)
	if errors.Is(err, installation.ErrNoInstallation) {
		return Invalid(err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return use(in)
}
