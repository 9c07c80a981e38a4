// Package operate are the commands that keep an installation running: its services, in
// one process or each alone, who may log in, and looking after it.
//
// Nothing listens beyond this machine without protection, unless the operator says so.
package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/exporter-toolkit/web"
	"golang.org/x/sync/errgroup"

	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/intake"
	sinkservice "amparo/services/sink"
)

// refreshFlags are those of whatever counts indicators.
type refreshFlags struct {
	command.Counting
	Every time.Duration `default:"15s" help:"Time between refreshes of the indicators."`
	Keep  time.Duration `default:"1h" help:"Time between snapshots that are kept."`
}

func (f *refreshFlags) config() aggregator.Config {
	return aggregator.Config{
		Every: f.Every, KeepAt: f.Keep, Grouping: f.Grouping, LeaveOutLow: f.LeaveOutLow,
	}
}

// RunCmd is amparo run.
type RunCmd struct {
	refreshFlags
	NoticeFlags
	doorFlags
	natsListenFlags
	accessFlags
	Listen         string `default:"127.0.0.1:8364" placeholder:"ADDRESS" help:"Where to serve pages, /metrics and /events."`
	ClickHousePort int    `name:"clickhouse-port" default:"0" help:"Loopback port of ClickHouse's HTTP interface; 0 takes a free one."`
	Demo           bool   `help:"Add simulated national data, labelled synthetic everywhere. Nobody has to log in to see it."`
	DemoCases      int    `default:"6000" help:"Cases of the demo."`
	Seed           uint64 `default:"1" help:"Seed of the demo."`
}

// Run is all services in one process.
func (c *RunCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	book, err := c.book(g, streams)
	if err != nil {
		return err
	}
	gate, err := c.gate(book)
	if err != nil {
		return err
	}
	if _, err := mayTakeEvents(g, c.Listen, book, !c.Demo); err != nil {
		return err
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore, o.Serve, o.Gate = true, true, true, gate }
	return endure(ctx, g, streams, need, func(in *installation.Installation) error {
		if err := command.CheckGrouping(in.Catalogue, c.Grouping); err != nil {
			return err
		}
		madeUp, makeDemo, err := synthetic(ctx, in, c.Demo)
		if err != nil {
			return err
		}
		log, registry := g.Log(streams.Err), newRegistry()
		if in.Owner {
			if _, err := in.Serve(ctx, c.ClickHousePort, log); err != nil {
				return err
			}
		}
		door := c.door(in, book, streams, log, registry)
		judge, err := sinkservice.New(ctx, sinkservice.Config{Passed: door.Passed()}, in.Catalogue, in.Stream, in.Store, streams.Now, log, registry)
		if err != nil {
			return err
		}
		announce, err := c.Open(ctx, g, in, streams, log, registry)
		if err != nil {
			return err
		}
		counts := aggregator.New(c.config(),
			in.Catalogue, in.Store, streams.Now, log, registry)
		front, err := c.entrance(ctx, g, in, c.Listen, c.Demo && madeUp, streams.Now, log, registry)
		if err != nil {
			return err
		}
		defer front.close() //nolint:errcheck // Each entry is on disk already.
		board := c.newDesk(in, front.queue, streams.Now, log)
		if err := c.mountPages(front, in, counts, board, madeUp, streams.Now, log); err != nil {
			return err
		}
		mux := http.NewServeMux()
		mux.Handle("/", front.handler)
		mount(mux, door)
		mux.Handle("GET /metrics", onlyNear(g, front.listen, notForwarded(aggregator.MetricsHandler(registry, log))))
		mux.Handle("GET /metrics/public", counts.PublicHandler())
		mux.Handle("GET /healthz", ready(func() bool { return true }))
		mux.Handle("GET /readyz", ready(func() bool { return counts.Last() != nil }))

		group, ctx := errgroup.WithContext(ctx)
		address, err := serveHTTP(ctx, group, g, front.listen, mux, log)
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "amparo: http://%s/  ·  http://%s/metrics  ·  catalogue %s\n", address, address, in.Catalogue.Label())
		if front.invite != "" {
			fmt.Fprintf(streams.Out, "amparo: nobody has an account yet. Set the administrator up, within a day and once: http://%s%s\n", address, front.invite)
		}
		group.Go(func() error { return door.Run(ctx) })
		group.Go(func() error { return serveNATS(ctx, in, door) })
		group.Go(func() error { return judge.Run(ctx) })
		group.Go(func() error { return announce(ctx) })
		group.Go(func() error { return counts.Run(ctx) })
		group.Go(func() error { return board.Run(ctx) })
		if makeDemo {
			group.Go(func() error {
				if err := addDemo(ctx, c, in, door, counts, streams); err != nil {
					return err
				}
				return board.Refresh(ctx)
			})
		}
		return group.Wait()
	})
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// ready answers 200 while a condition holds, else 503.
func ready(holds func() bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !holds() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}

// serveHTTP listens before it returns, serves in the group, and drains when the
// context ends. TLS and passwords are those of --web-config; without it anyone
// who reaches the address may read.
func serveHTTP(ctx context.Context, group *errgroup.Group, g *command.Globals, listen listener, handler http.Handler, log *slog.Logger) (string, error) {
	if err := mayListen(g, listen); err != nil {
		return "", err
	}
	if err := web.Validate(g.WebConfig); err != nil {
		return "", command.Invalid(fmt.Errorf("read --web-config %s: %w", g.WebConfig, err))
	}
	var cfg net.ListenConfig
	l, err := cfg.Listen(ctx, "tcp", listen.address)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w (choose another address with --listen)", listen.address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	group.Go(func() error {
		if err := web.Serve(l, server, &web.FlagConfig{WebConfigFile: &g.WebConfig}, log); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve HTTP: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(bounded)
	})
	return l.Addr().String(), nil
}

func serveNATS(ctx context.Context, in *installation.Installation, door *intake.Intake) error {
	stop, err := in.Stream.ServeIntake(ctx, door.AnswerNATS)
	if err != nil {
		return fmt.Errorf("serve the intake on NATS: %w", err)
	}
	<-ctx.Done()
	stop()
	return nil
}

// EngineCmd is amparo engine.
type EngineCmd struct {
	Fetch bool `help:"Fetch the engine's library into the cache, then stop."`
	Port  int  `default:"8123" help:"Loopback port; 0 takes a free one."`
}

// Run serves the embedded ClickHouse.
func (c *EngineCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if c.Fetch {
		return fetchEngine(ctx, g, streams)
	}
	need := func(o *installation.Options) { o.NeedStore, o.Serve = true, true }
	return command.With(ctx, g, streams, need, func(in *installation.Installation) error {
		if in.Engine == nil {
			return command.Invalid(errors.New("--clickhouse names a server elsewhere: there is no engine to serve"))
		}
		address, err := in.Serve(ctx, c.Port, g.Log(streams.Err))
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "ClickHouse %s: %s  (user amparo, password in %s/run.json)\n", in.Engine.Version(), address, g.Data)
		<-ctx.Done()
		return nil
	})
}

// IntakeCmd is amparo intake.
type IntakeCmd struct {
	doorFlags
	Listen string `default:"127.0.0.1:8365" placeholder:"ADDRESS" help:"Where to serve /events and /metrics."`
}

// Run is the intake alone.
func (c *IntakeCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	book, err := c.book(g, streams)
	if err != nil {
		return err
	}
	listen, err := mayTakeEvents(g, c.Listen, book, true)
	if err != nil {
		return err
	}
	return endure(ctx, g, streams, func(o *installation.Options) { o.NeedStream = true }, func(in *installation.Installation) error {
		log, registry := g.Log(streams.Err), newRegistry()
		door := c.door(in, book, streams, log, registry)
		mux := http.NewServeMux()
		mux.Handle("/", onlyNear(g, listen, serviceMux(registry, log))) // Senders' tokens guard the events, and nothing else.
		mount(mux, door)
		return serveGuarded(ctx, g, listen, mux, streams, func(ctx context.Context, group *errgroup.Group) {
			group.Go(func() error { return door.Run(ctx) })
			group.Go(func() error { return serveNATS(ctx, in, door) })
		})
	})
}

// SinkCmd is amparo sink.
type SinkCmd struct {
	Listen      string   `default:"127.0.0.1:8366" placeholder:"ADDRESS" help:"Where to serve /metrics."`
	Departments []string `help:"Only the events of these departments; several sinks each have their own."`
}

// Run is the sink alone.
func (c *SinkCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if err := mayListen(g, listener{address: c.Listen}); err != nil {
		return err
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return endure(ctx, g, streams, need, func(in *installation.Installation) error {
		log, registry := g.Log(streams.Err), newRegistry()
		judge, err := sinkservice.New(ctx, sinkservice.Config{Departments: c.Departments}, in.Catalogue, in.Stream, in.Store, streams.Now, log, registry)
		if err != nil {
			return err
		}
		return serveAlone(ctx, g, c.Listen, serviceMux(registry, log), streams, func(ctx context.Context, group *errgroup.Group) {
			group.Go(func() error { return judge.Run(ctx) })
		})
	})
}

// AggregatorCmd is amparo aggregator.
type AggregatorCmd struct {
	refreshFlags
	Listen string `default:"127.0.0.1:8367" placeholder:"ADDRESS" help:"Where to serve /metrics."`
}

// Run is the aggregator alone.
func (c *AggregatorCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if err := mayListen(g, listener{address: c.Listen}); err != nil {
		return err
	}
	return endure(ctx, g, streams, func(o *installation.Options) { o.NeedStore = true }, func(in *installation.Installation) error {
		if err := command.CheckGrouping(in.Catalogue, c.Grouping); err != nil {
			return err
		}
		log, registry := g.Log(streams.Err), newRegistry()
		counts := aggregator.New(c.config(),
			in.Catalogue, in.Store, streams.Now, log, registry)
		mux := serviceMux(registry, log)
		mux.Handle("GET /metrics/public", counts.PublicHandler())
		return serveAlone(ctx, g, c.Listen, mux, streams, func(ctx context.Context, group *errgroup.Group) {
			group.Go(func() error { return counts.Run(ctx) })
		})
	})
}

func serviceMux(registry *prometheus.Registry, log *slog.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", aggregator.MetricsHandler(registry, log))
	mux.Handle("GET /healthz", ready(func() bool { return true }))
	return mux
}

// serveAlone runs one service with its listener until either ends.
func serveAlone(ctx context.Context, g *command.Globals, listen string, mux *http.ServeMux, streams *command.Streams,
	start func(context.Context, *errgroup.Group),
) error {
	return serveGuarded(ctx, g, listener{address: listen}, mux, streams, start)
}

func serveGuarded(ctx context.Context, g *command.Globals, listen listener, mux *http.ServeMux, streams *command.Streams,
	start func(context.Context, *errgroup.Group),
) error {
	group, ctx := errgroup.WithContext(ctx)
	address, err := serveHTTP(ctx, group, g, listen, mux, g.Log(streams.Err))
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "amparo: http://%s/metrics\n", address)
	start(ctx, group)
	return group.Wait()
}
