package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/notifier"
	"amparo/services/present"
	sinkservice "amparo/services/sink"
)

// NoticeFlags are those of whatever announces.
type NoticeFlags struct {
	Leads        string `placeholder:"FILE" help:"Which obligations are announced and how long before the deadline, in place of what ships."`
	Webhooks     string `placeholder:"FILE" help:"Webhooks to which notices are sent."`
	NoticesSince string `placeholder:"INSTANT" help:"Announce what has lapsed since then (RFC 3339; default the first start)."`
}

// NotifierCmd are the commands about notices.
type NotifierCmd struct {
	Run         notifierRunCmd `cmd:"" default:"withargs" help:"Announce what falls due, is missed, is done late or is cleared."`
	Undelivered undeliveredCmd `cmd:"" help:"Notices that a webhook refused for good."`
}

type notifierRunCmd struct {
	NoticeFlags
	Listen string `default:"127.0.0.1:8368" placeholder:"ADDRESS" help:"Where to serve /metrics."`
}

// Run is the notifier alone.
func (c *notifierRunCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if err := mayListen(g, listener{address: c.Listen}); err != nil {
		return err
	}
	need := func(o *installation.Options) { o.NeedStream, o.NeedStore = true, true }
	return endure(ctx, g, streams, need, func(in *installation.Installation) error {
		log, registry := g.Log(streams.Err), newRegistry()
		announce, err := c.Open(ctx, g, in, streams, log, registry)
		if err != nil {
			return err
		}
		return serveAlone(ctx, g, c.Listen, serviceMux(registry, log), streams, func(ctx context.Context, group *errgroup.Group) {
			group.Go(func() error { return announce(ctx) })
		})
	})
}

// Open reads the settings of notices, opens the notifier and its webhooks, and
// returns what runs them all.
func (f *NoticeFlags) Open(ctx context.Context, g *command.Globals, in *installation.Installation, streams *command.Streams, log *slog.Logger,
	registry prometheus.Registerer,
) (run func(context.Context) error, err error) {
	leads, hooks, since, err := f.read(in.Catalogue)
	if err != nil {
		return nil, command.Invalid(err)
	}
	secret, err := notifier.LoadSecret(g.Data)
	if err != nil {
		return nil, err
	}
	metrics := notifier.NewMetrics(registry)
	// Webhooks open first: a new one is told of whatever is announced from here on.
	senders := make([]*notifier.Sender, len(hooks))
	for i, hook := range hooks {
		if senders[i], err = notifier.OpenSender(ctx, hook, in.Stream, in.Store, streams.Now, log, metrics); err != nil {
			return nil, err
		}
	}
	service, err := notifier.New(ctx, notifier.Config{Since: since}, notifier.Deps{
		Catalogue: in.Catalogue, Store: in.Store, Log: in.Stream, Leads: leads, Secret: secret,
		Judged: func(ctx context.Context) (uint64, error) {
			return in.Stream.Acknowledged(ctx, sinkservice.ConsumerName(nil))
		},
		Now: streams.Now, Logger: log, Metrics: metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("open the notifier: %w", err)
	}
	return func(ctx context.Context) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return service.Run(ctx) })
		for _, sender := range senders {
			group.Go(func() error { return sender.Run(ctx) })
		}
		return group.Wait()
	}, nil
}

func (f *NoticeFlags) read(cat *law.Catalogue) (leads *notifier.Leads, hooks []notifier.Webhook, since time.Time, err error) {
	var errs [3]error
	leads, errs[0] = notifier.LoadLeads(f.Leads, cat)
	if f.Webhooks != "" {
		hooks, errs[1] = notifier.LoadWebhooks(f.Webhooks, cat)
	}
	if f.NoticesSince != "" {
		if since, err = time.Parse(time.RFC3339, f.NoticesSince); err != nil {
			errs[2] = fmt.Errorf("--notices-since %q: expected an instant such as 2024-03-01T10:15:00-05:00", f.NoticesSince)
		}
	}
	return leads, hooks, since, errors.Join(errs[:]...)
}

type undeliveredCmd struct {
	command.Output
}

// Run lists what webhooks refused for good.
func (c *undeliveredCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return command.ReadingStore(ctx, g, streams, func(in *installation.Installation) error {
		list, err := in.Store.Undelivered(ctx)
		if err != nil {
			return err
		}
		columns := []present.Column{
			present.Col("refused_at", "rechazado", "refused"), present.Col("webhook", "webhook", "webhook"), present.Col("id", "id", "id"),
			present.Col("reason", "motivo", "reason"), present.Col("notice", "aviso", "notice"),
		}
		stamp := present.Stamp{AsOf: streams.Now(), Catalogue: in.Catalogue.Label()}
		return c.Rows(streams, in.Catalogue.Zone, stamp, columns, func(p *present.Printer) error {
			for _, u := range list {
				if err := p.Row(present.At(u.RefusedAt), present.Text(u.Webhook), present.Text(u.ID), present.Text(u.Reason), present.Text(u.Body)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
