package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/listing"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/api"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/queue"
	"amparo/services/installation"
)

// PagesCmd is amparo bench-pages.
type PagesCmd struct {
	Rounds int       `default:"30" help:"Requests of each route, with other places, duties and indicators each time."`
	AsOf   time.Time `name:"as-of" help:"Instant to count at; now by default."`
	Only   []string  `placeholder:"PATTERN" help:"Only these routes, as they are printed."`
}

// Run counts everything that is served from the store of a data folder, and prints as JSON
// lines how long that took, and how long each page and each route of the API takes then:
// half of the requests, 95 in 100, all; how much of the processor a request takes, which
// depends less on what else runs; and the bytes of the largest answer, compressed.
func (c *PagesCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	if c.Rounds <= 0 {
		return command.Invalid(errors.New("--rounds: give at least 1"))
	}
	return command.WithStore(ctx, g, streams, func(in *installation.Installation) error {
		asOf := c.AsOf
		if asOf.IsZero() {
			asOf = streams.Now()
		}
		b := pageBench{PagesCmd: c, in: in, now: func() time.Time { return asOf }, print: json.NewEncoder(streams.Out)}
		if err := b.count(ctx); err != nil {
			return err
		}
		if err := b.mount(); err != nil {
			return err
		}
		return b.ask(ctx)
	})
}

// A pageBench asks for pages in the process itself: what is measured is the answer, not the
// network.
type pageBench struct {
	*PagesCmd
	in    *installation.Installation
	now   func() time.Time
	print *json.Encoder

	reader *indicator.Reader
	last   *snapshot.Snapshot
	desk   *desk.Service
	public *aggregator.Service
	queue  *queue.Book

	guard  *access.Guard
	viewer access.Viewer

	used time.Duration // of the processor, by all requests
}

// unrecorded takes what would go into the access log.
type unrecorded struct{}

// Record implements access.Recorder.
func (unrecorded) Record(context.Context, access.Entry) error { return nil }

const pagesGrouping = "natural"

// count counts what is served, and says how long each part took.
func (b *pageBench) count(ctx context.Context) error {
	log := slog.New(slog.DiscardHandler)
	cat := b.in.Catalogue
	b.reader = aggregator.Reader(cat, b.in.Store)
	b.reader.StoredOnly = true
	refresher := snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: pagesGrouping}}, b.reader, b.in.Store, b.now, log, prometheus.NewRegistry())
	var err error
	if b.queue, err = queue.Read(func(func(queue.Act, error) bool) {}, unrecorded{}, cat.Places.Departments(), b.now); err != nil {
		return err
	}
	b.desk = desk.New(desk.Config{Grouping: pagesGrouping, Choice: store.Choice{Kinds: []string{string(law.Law)}}, Indicators: b.reader, After: b.queue.Counted}, cat, counting.With(b.in.Store), b.now, log)
	b.public = aggregator.New(aggregator.Config{Every: time.Hour, Grouping: pagesGrouping}, cat, b.in.Store, b.now, log, prometheus.NewRegistry())
	for _, part := range []struct {
		name  string
		count func(context.Context) error
	}{
		{"snapshot", refresher.Refresh}, {"board", b.desk.Refresh}, {"breakdown", b.desk.RefreshBreakdown}, {"release", b.public.Publish},
	} {
		begun, used := time.Now(), processorTime()
		if err := part.count(ctx); err != nil {
			return fmt.Errorf("count the %s: %w", part.name, err)
		}
		if err := b.print.Encode(map[string]any{"counted": part.name, "seconds": seconds(time.Since(begun)), "processor": seconds(processorTime() - used)}); err != nil {
			return err
		}
	}
	b.last = refresher.Last()
	return nil
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// whereabouts tells from the store where a case happened, as the running program does.
type whereabouts struct{ *store.Store }

// Whereabouts implements access.Whereabouts.
func (w whereabouts) Whereabouts(ctx context.Context, caseID string) ([]access.Whereabout, error) {
	found, err := w.Store.Whereabouts(ctx, caseID)
	out := make([]access.Whereabout, len(found))
	for i, f := range found {
		out[i] = access.Whereabout(f)
	}
	return out, err
}

func (b *pageBench) mount() error {
	log := slog.New(slog.DiscardHandler)
	var err error
	b.guard, err = access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return b.viewer }, Cases: whereabouts{b.in.Store}, Recorder: unrecorded{}, Log: log,
	})
	if err != nil {
		return err
	}
	last := func() *snapshot.Snapshot { return b.last }
	err = dashboard.Mount(b.guard, dashboard.Config{
		Catalogue: b.in.Catalogue, Grouping: pagesGrouping, Last: last, Board: b.desk.Last, Breakdown: b.desk.Breakdown, Reader: b.reader, Store: b.in.Store,
		Published: b.public.Published, Queue: b.queue, Program: command.Version(), Now: b.now, Log: log,
	})
	if err != nil {
		return err
	}
	return api.Mount(b.guard, api.Config{
		Catalogue: b.in.Catalogue, Grouping: pagesGrouping, Last: last, Board: b.desk.Last, Published: b.public.Published, Queue: b.queue, Now: b.now, Log: log,
	})
}

// An example is a viewer with the address that they ask for in a round.
type example struct {
	as access.Viewer
	at func(round int) string
}

// unasked are the routes that are not measured: files that are made whole from the store, what
// never changes, and what changes something.
var unasked = regexp.MustCompile(`^(/|/notice/\{token\}|/assets/.*|/api/v1/|/api/v1/cases\.xes)$`)

// ask measures every route, and refuses one of which it knows no address.
func (b *pageBench) ask(ctx context.Context) error {
	examples, err := b.examples(ctx)
	if err != nil {
		return err
	}
	var all []time.Duration
	for _, route := range b.guard.Routes() {
		path, get := strings.CutPrefix(route.Pattern, "GET ")
		if !get || unasked.MatchString(path) || len(b.Only) > 0 && !slices.Contains(b.Only, path) {
			continue
		}
		asked, known := examples[path]
		if !known {
			return fmt.Errorf("no example is known for %s: add one", path)
		}
		took, err := b.measure(ctx, path, asked)
		if err != nil {
			return err
		}
		all = append(all, took...)
	}
	if len(all) == 0 {
		return command.Invalid(fmt.Errorf("--only names no route: %s", strings.Join(b.Only, ", ")))
	}
	return b.report("all", all, b.used, 0)
}

func (b *pageBench) measure(ctx context.Context, path string, asked example) ([]time.Duration, error) {
	var took []time.Duration
	most := 0
	b.viewer = asked.as
	used := processorTime()
	for round := range b.Rounds {
		address := asked.at(round)
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		begun := time.Now()
		b.guard.ServeHTTP(w, r)
		took = append(took, time.Since(begun))
		if w.Code != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d", address, w.Code)
		}
		most = max(most, w.Body.Len())
	}
	used = processorTime() - used
	b.used += used
	return took, b.report(path, took, used, most)
}

func (b *pageBench) report(path string, took []time.Duration, used time.Duration, bytes int) error {
	sorted := slices.Sorted(slices.Values(took))
	at := func(share float64) float64 {
		return float64(sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Microseconds()) / 1000
	}
	return b.print.Encode(map[string]any{"route": path, "requests": len(sorted), "p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1), "processor_ms": float64(used.Microseconds()) / float64(1000*len(took)), "bytes": bytes})
}

// examples are addresses of all routes, with other arguments in each round.
func (b *pageBench) examples(ctx context.Context) (map[string]example, error) {
	nora := access.Viewer{Name: "nora", Role: access.National}
	cat := b.in.Catalogue
	duty := func(i int) string { return b.last.Duties[i%len(b.last.Duties)].ID }
	department := func(i int) string { d := cat.Places.Departments(); return d[i*7%len(d)] }
	ind := func(i int) string { return b.openable()[i*5%len(b.openable())] }
	same := func(path string) example { return example{nora, func(int) string { return path }} }
	out := map[string]example{"/{$}": same("/")}
	for _, path := range []string{"/matrix", "/lifecycle", "/methods", "/implications", "/causes", "/quality", "/alerts", "/alerts/history", "/public"} {
		out[path] = same(path)
	}
	for _, path := range []string{"/deadlines", "/compare"} {
		out[path] = example{nora, func(i int) string { return path + "?window=" + []string{"year", "month", "all"}[i%3] }}
	}
	for _, path := range []string{"/timeliness", "/trends", "/map"} {
		out[path] = example{nora, func(i int) string { return path + "?duty=" + duty(i) }}
	}
	out["/number"] = example{nora, func(i int) string { return "/number?duty=" + duty(i) + "&department=" + department(i) }}
	out["/cases"] = example{nora, func(i int) string {
		return "/cases?status=failed&window=year&duty=" + duty(i) + "&department=" + department(i)
	}}
	out["/indicator"] = example{nora, func(i int) string { return "/indicator?indicator=" + ind(i) + "&department=" + department(i) }}
	out["/indicator/cases"] = example{nora, func(i int) string { return "/indicator/cases?indicator=" + ind(i) + "&department=" + department(i) }}
	alerts := b.queue.Queue(nora).Lines
	if len(alerts) == 0 {
		return nil, errors.New("nothing is due or overdue in this store: choose another --as-of")
	}
	out["/alerts/{alert}"] = example{nora, func(i int) string { return "/alerts/" + alerts[i*31%len(alerts)].ID }}
	for _, path := range []string{"/api/v1/duties", "/api/v1/public/on-time", "/api/v1/comparisons", "/api/v1/standing", "/api/v1/sources", "/api/v1/alerts", "/api/v1/openapi.json"} {
		out[path] = same(path)
	}
	out["/api/v1/on-time"] = example{nora, func(i int) string { return "/api/v1/on-time?by=institution&department=" + department(i) }}
	out["/api/v1/indicators"], out["/api/v1/times"] = same("/api/v1/indicators?window=year"), same("/api/v1/times")
	steward, cases, err := b.stewarded(ctx)
	out["/case/{case}"] = example{steward, func(i int) string { return "/case/" + cases[i%len(cases)] }}
	out["/case/{case}/pdf"] = example{steward, func(i int) string { return "/case/" + cases[i%len(cases)] + "/pdf" }}
	return out, err
}

// openable are the indicators behind which cases lie.
func (b *pageBench) openable() []string {
	var out []string
	for _, ind := range b.in.Catalogue.Indicators {
		if m := &ind.Measure; m.DutyShare == nil && m.Coverage == nil && !m.Explained {
			out = append(out, ind.ID)
		}
	}
	return out
}

// stewarded are cases of an institution, and the steward who may open them.
func (b *pageBench) stewarded(ctx context.Context) (access.Viewer, []string, error) {
	var cases []string
	for _, o := range b.desk.Last().Offices {
		if o.Institution == "" || o.Year.Failed == 0 {
			continue
		}
		rows, err := listing.Of(b.in.Store).Behind(ctx, listing.Query{
			AsOf: b.desk.Last().AsOf, Duty: o.Duty, Due: store.Span{From: time.Unix(0, 0), To: b.now().AddDate(1, 0, 0)}, Institution: o.Institution,
			Statuses: []obligation.Status{obligation.Missed, obligation.Late, obligation.Met}, Choice: b.desk.Last().Choice, Limit: 50,
		})
		if err != nil {
			return access.Viewer{}, nil, err
		}
		for i := range rows {
			cases = append(cases, rows[i].CaseID)
		}
		if len(cases) >= 10 {
			return access.Viewer{Name: "saul", Role: access.Steward, Institution: o.Institution}, cases, nil
		}
		cases = nil
	}
	return access.Viewer{}, nil, errors.New("no institution has ten cases in this store")
}
