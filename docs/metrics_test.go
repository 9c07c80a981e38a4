package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"amparo/pipeline/simulation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/storetest"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/intake"
	"amparo/services/notifier"
	sinkservice "amparo/services/sink"
)

// A service is one part of the program, with the metrics that it served in a run over
// made-up data.
type service struct {
	title, where string
	families     []*dto.MetricFamily
}

func TestThePageOfMetricsIsUpToDate(t *testing.T) {
	made := country(t)
	services := []service{
		{"Aggregator", "Served by `amparo run` and `amparo aggregator` at `/metrics`.", ofAggregator(t, made)},
		{"Published shares", "Served by `amparo run` and `amparo aggregator` at `/metrics/public`, for anyone: see [decision 10](decisions/0010-what-is-published.md).", ofPublic(t, made)},
		{"Intake", "Served by `amparo run` and `amparo intake`.", nil},
		{"Sink", "Served by `amparo run` and `amparo sink`.", nil},
		{"Notifier", "Served by `amparo run` and `amparo notifier`.", ofNotifier(t)},
		{"Access log", "Served by `amparo run`, whose pages it watches.", ofAccess(t)},
		{"Process", "Served by every service: what the client library says of process and runtime.", ofProcess(t)},
	}
	services[2].families, services[3].families = ofDoorAndSink(t)
	page := keepExamples(t, "metrics.md", metricsPage(t, services))
	upToDate(t, "metrics.md", page, withoutNumbers)
	wantEveryNameOfTheSources(t, page)
}

// now is when the made-up data end.
var now = time.Date(2024, 6, 15, 17, 0, 0, 0, time.UTC)

func fixed() time.Time { return now }

var quiet = slog.New(slog.DiscardHandler)

var counting = aggregator.Config{Every: time.Hour, Grouping: "natural"}

// country is a store with a made-up country, judged.
func country(t *testing.T) *store.Store {
	t.Helper()
	cat, s := lawtest.Shipped(t), storetest.Open(t)
	sim, err := simulation.New(cat, simulation.Recent(7, 300, now))
	if err != nil {
		t.Fatal(err)
	}
	var events []event.Event
	for c := range sim.Cases() {
		events = append(events, c.Events...)
	}
	storetest.Events(t, s, events...)
	storetest.Judge(t, s, cat, now)
	return s
}

func ofAggregator(t *testing.T, of *store.Store) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	counts := aggregator.New(counting, lawtest.Shipped(t), of, fixed, quiet, registry)
	return gatherWhile(t, registry, counts.Run, "amparo_snapshot_timestamp_seconds", "amparo_department_events_24h")
}

func ofPublic(t *testing.T, of *store.Store) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	public := aggregator.NewPublic(counting, lawtest.Shipped(t), of, fixed, quiet)
	registry.MustRegister(public)
	if err := public.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return gather(t, registry)
}

// ofDoorAndSink sends an event of each type through the door, and one that is none, and
// lets the sink judge them.
func ofDoorAndSink(t *testing.T) (door, sink []*dto.MetricFamily) {
	t.Helper()
	ctx, cat, fields := t.Context(), lawtest.Shipped(t), readSchema(t, "fields")
	ofDoor, ofSink := prometheus.NewRegistry(), prometheus.NewRegistry()
	events, s := streamtest.Open(t), storetest.Open(t)
	in := intake.New(cat, events, fixed, quiet, ofDoor)
	raws := []event.Raw{{Line: 1, Bytes: []byte("{}")}}
	for i, name := range cat.Events.Names() {
		raws = append(raws, event.Raw{Line: i + 2, Bytes: []byte(exampleOf(t, cat, readSchema(t, name), fields))})
	}
	if _, err := in.Accept(ctx, "file", raws); err != nil {
		t.Fatal(err)
	}
	judge, err := sinkservice.New(ctx, sinkservice.Config{}, cat, events, s, fixed, quiet, ofSink)
	if err != nil {
		t.Fatal(err)
	}
	return gather(t, ofDoor), gatherWhile(t, ofSink, judge.Run, "amparo_sink_events_total", "amparo_stream_position_timestamp_seconds")
}

func ofNotifier(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	metrics := notifier.NewMetrics(registry)
	hook := notifier.Webhook{Name: "ministry", URL: "https://ministry.example/notices"}
	if _, err := notifier.OpenSender(t.Context(), hook, streamtest.Open(t), storetest.Open(t), fixed, quiet, metrics); err != nil {
		t.Fatal(err)
	}
	return gather(t, registry)
}

func ofAccess(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	access.NewWatch(nil, fixed, registry) // Nothing is recorded.
	if _, err := access.NewLimits(1, fixed, registry); err != nil {
		t.Fatal(err)
	}
	return gather(t, registry)
}

// ofProcess are the metrics of newRegistry in services/amparo/operate, and of serving them.
func ofProcess(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	aggregator.MetricsHandler(registry, quiet)
	return gather(t, registry)
}

func gather(t *testing.T, registry *prometheus.Registry) []*dto.MetricFamily {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// gatherWhile gathers while a service runs, once all of some metrics are there with a
// number above zero.
func gatherWhile(t *testing.T, registry *prometheus.Registry, run func(context.Context) error, wanted ...string) []*dto.MetricFamily {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("the service ended before its metrics were there: %v", err)
		case <-look.C:
		}
		families := gather(t, registry)
		missing := slices.DeleteFunc(slices.Clone(wanted), func(name string) bool {
			return slices.ContainsFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == name && example(t, f).above })
		})
		if len(missing) == 0 {
			return families
		}
	}
}

// A sample is one line of a metric as it is served.
type sample struct {
	line  string
	above bool // zero
}

// example is a telling line of a metric: of the decision on protection measures, above
// zero, where there is one.
func example(t *testing.T, family *dto.MetricFamily) sample {
	t.Helper()
	var text bytes.Buffer
	if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
		t.Fatal(err)
	}
	var best sample
	rank := -1
	for line := range strings.Lines(text.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		s := sample{line, !strings.HasSuffix(line, " 0")}
		r := 0
		if s.above {
			r += 2
		}
		if strings.Contains(line, "measures-decided") {
			r++
		}
		if r > rank {
			best, rank = s, r
		}
	}
	return best
}

func metricsPage(t *testing.T, services []service) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Metrics

Generated from what the program serves over made-up data; write it again with ` + "`go test ./docs -update`" + `. The numbers of the
examples are those of that run and change with it; names, kinds, labels and texts are compared by a test.

Numbers about obligations and indicators are exact and for operators. They hold for one instant, that of
` + "`amparo_snapshot_timestamp_seconds`" + `, and a scrape costs no query. A share is served as two parts, numerator and denominator:
divide them, and only where the denominator is not zero and ` + "`amparo_reported_ratio`" + ` is not below three quarters. Nothing is served before the first count, so no zero stands for "not
known". Counters that a process counts for itself begin at zero when it starts.
`)
	for _, s := range services {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.title, s.where)
		for _, family := range s.families {
			fmt.Fprintf(&b, "\n### `%s`\n\n*%s*", family.GetName(), strings.ToLower(family.GetType().String()))
			if labels := labelsOf(family); len(labels) > 0 {
				fmt.Fprintf(&b, ", by `%s`", strings.Join(labels, "`, `"))
			}
			fmt.Fprintf(&b, ". %s\n\n```text\n%s\n```\n", family.GetHelp(), example(t, family).line)
		}
	}
	return b.String()
}

// labelsOf are the names of a metric's labels.
func labelsOf(family *dto.MetricFamily) []string {
	var names []string
	for _, pair := range family.GetMetric()[0].GetLabel() {
		names = append(names, pair.GetName())
	}
	return names
}

var (
	exampleValue = regexp.MustCompile(`(?m)^([a-z0-9_]+)(\{.*\})? [^ ]+$`)
	labelValue   = regexp.MustCompile(`="[^"]*"`)
)

// withoutNumbers leaves out of the examples what changes from run to run.
func withoutNumbers(page string) string {
	return exampleValue.ReplaceAllStringFunc(page, func(line string) string {
		name, _, _ := strings.Cut(labelValue.ReplaceAllString(line, `=""`), " ")
		return name
	})
}

// keepExamples puts the examples of a written page in place of new ones that differ in
// their numbers alone, so that writing a page again changes what has changed.
func keepExamples(t *testing.T, page, generated string) string {
	t.Helper()
	written, err := os.ReadFile(page)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, line := range exampleValue.FindAllString(string(written), -1) {
		kept[withoutNumbers(line)] = line
	}
	return exampleValue.ReplaceAllStringFunc(generated, func(line string) string {
		if before, ok := kept[withoutNumbers(line)]; ok {
			return before
		}
		return line
	})
}

// A metric that is new in the sources and that no run here has served would be missing
// from the page in silence.
func wantEveryNameOfTheSources(t *testing.T, page string) {
	t.Helper()
	name := regexp.MustCompile(`"(amparo_[a-z0-9_]+)"`)
	names := 0
	for _, top := range []string{"../pipeline", "../services"} {
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(text, []byte("client_golang/prometheus")) {
				return err
			}
			for _, found := range name.FindAllSubmatch(text, -1) {
				if bytes.HasPrefix(found[1], []byte("amparo_bench")) {
					continue // A scratch database.
				}
				if names++; !strings.Contains(page, "### `"+string(found[1])) {
					t.Errorf("%s names the metric %s, which the page lacks: let a run of this test serve it", path, found[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if names < 20 {
		t.Fatalf("%d names found: the search is broken", names)
	}
}
