package operate

import (
	"context"
	"fmt"

	"amparo/pipeline/sink"
	"amparo/pipeline/store/engine"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// RebuildCmd is amparo rebuild.
type RebuildCmd struct{}

// Run folds every case again from the stored events.
func (RebuildCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStore(ctx, g, streams, func(in *installation.Installation) error {
		extent, err := in.Store.Extent(ctx)
		if err != nil {
			return err
		}
		bar := command.NewProgress(streams.Err, "rebuild", int64(extent.Events), streams.Now) //nolint:gosec // A count fits.
		defer bar.End()
		if err := sink.Rebuild(ctx, in.Catalogue, in.Store, sink.Config{}, streams.Now(), func(n int) { bar.Add(int64(n), n) }); err != nil {
			return err
		}
		fmt.Fprintf(streams.Err, "%d events of %d cases judged again under %s\n", extent.Events, extent.Cases, in.Catalogue.Label())
		return nil
	})
}

func fetchEngine(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	cache, err := installation.EngineCache(g.EngineCache)
	if err != nil {
		return err
	}
	library, err := engine.Fetch(ctx, engine.FetchConfig{CacheDir: cache, Log: g.Log(streams.Err)})
	if err != nil {
		return err
	}
	fmt.Fprintln(streams.Out, library)
	return nil
}
