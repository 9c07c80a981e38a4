package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/present"
)

// reporting says who reports, and who usually does: silence must not be read as
// compliance. It is counted from the store, so a restart forgets nothing.
type reporting struct {
	from interface {
		Reporting(ctx context.Context, asOf time.Time) ([]store.Reporter, error)
		Reported(ctx context.Context, knownAt time.Time) ([]store.ReportedSpan, error)
	}
	cat      *law.Catalogue
	grouping string
	every    time.Duration
	now      func() time.Time
	log      *slog.Logger

	last    atomic.Pointer[[]store.Reporter]
	sources atomic.Pointer[present.Sources]
	metrics map[store.Origin]reporterMetrics
}

// reporterMetrics are the metrics of one origin.
type reporterMetrics struct {
	last, day, usual *prometheus.Desc
	// closed are the names that are shown even when they have never reported;
	// only, whether no others are.
	closed map[string]bool
	only   bool
}

func newReporterMetrics(prefix, who, label string, closed []string, only bool) reporterMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prefix+name, help, []string{label}, nil)
	}
	m := reporterMetrics{
		last:   desc("_last_event_timestamp_seconds", "When the newest event of the "+who+" was received; absent if it never sent one."),
		day:    desc("_events_24h", "Events of the "+who+" received in the last 24 hours."),
		usual:  desc("_usual_events", "Median of the events of the "+who+" received in the same 24 hours of the eight weeks before."),
		closed: map[string]bool{}, only: only,
	}
	for _, name := range closed {
		m.closed[name] = true
	}
	return m
}

func newReporting(cfg Config, cat *law.Catalogue, from *store.Store, now func() time.Time, log *slog.Logger) *reporting {
	return &reporting{
		from: from, cat: cat, grouping: cfg.Grouping, every: reportingEvery * cfg.Every, now: now, log: log,
		metrics: map[store.Origin]reporterMetrics{
			store.ByDepartment: newReporterMetrics("amparo_department", "department", "department", cat.Places.Departments(), true),
			// The kinds are closed by the catalogue's schema: no other passes the door.
			store.ByInstitutionKind: newReporterMetrics("amparo_institution_kind", "kind of institution", "institution_kind", nil, false),
		},
	}
}

// reportedUntil is when the sources of a department last wrote something down, which
// an import of old data does not move as it moves when something was received.
var reportedUntil = prometheus.NewDesc("amparo_department_reported_until_timestamp_seconds",
	"Until when the sources of the department have reported: when the newest of their events was recorded; absent if there is none.", []string{"department"}, nil)

// reportedRatio stands beside every share: whoever divides a numerator by a
// denominator learns here whether the share says anything.
var reportedRatio = prometheus.NewDesc("amparo_reported_ratio",
	fmt.Sprintf("Which part of the window the sources of the region have reported, 1 for all of it; below %g a share over the window is not told anywhere else.", present.LeastReported),
	[]string{"region", "window"}, nil)

// reported gives how far each window of each region was reported.
func (r *reporting) reported(sources *present.Sources, ch chan<- prometheus.Metric) {
	for _, region := range append([]string{indicator.Nation}, r.cat.Places.Regions(r.grouping)...) {
		for _, window := range []indicator.Window{indicator.Month, indicator.Year, indicator.All} {
			from, to := present.WindowSpan(r.cat, sources.AsOf(), window)
			ch <- prometheus.MustNewConstMetric(reportedRatio, prometheus.GaugeValue, sources.In(r.grouping, region).Part(from, to), region, string(window))
		}
	}
}

// syntheticData says on every scrape whether what is counted is made up.
type syntheticData struct{ *reporting }

var syntheticDesc = prometheus.NewDesc("amparo_data_synthetic", "1 where events that are made up are among those counted, else 0; absent before it is known.", nil, nil)

// Describe implements prometheus.Collector.
func (s syntheticData) Describe(ch chan<- *prometheus.Desc) { ch <- syntheticDesc }

// Collect implements prometheus.Collector.
func (s syntheticData) Collect(ch chan<- prometheus.Metric) {
	sources := s.sources.Load()
	if sources == nil {
		return
	}
	made := 0.0
	if sources.Synthetic() {
		made = 1
	}
	ch <- prometheus.MustNewConstMetric(syntheticDesc, prometheus.GaugeValue, made)
}

// reportingEvery is after how many refreshes of the indicators reporting is
// counted again: silence shows after hours.
const reportingEvery = 4

// Run counts until the context ends.
func (r *reporting) Run(ctx context.Context) error {
	ticker := time.NewTicker(r.every)
	defer ticker.Stop()
	for {
		if err := r.refresh(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("who reports is not known, the last count stays", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (r *reporting) refresh(ctx context.Context) error {
	now := r.now()
	spans, err := r.from.Reported(ctx, now)
	if err != nil {
		return err
	}
	r.sources.Store(present.NewSources(r.cat, now, spans))
	reporters, err := r.from.Reporting(ctx, now)
	if err != nil {
		return err
	}
	r.last.Store(&reporters)
	return nil
}

// Describe implements prometheus.Collector.
func (r *reporting) Describe(ch chan<- *prometheus.Desc) {
	ch <- reportedUntil
	ch <- reportedRatio
	for _, m := range r.metrics {
		ch <- m.last
		ch <- m.day
		ch <- m.usual
	}
}

// Collect implements prometheus.Collector. Before the first count it gives
// nothing, so that no zero is taken for silence.
func (r *reporting) Collect(ch chan<- prometheus.Metric) {
	last := r.last.Load()
	if last == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, name string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, name)
	}
	if sources := r.sources.Load(); sources != nil {
		r.reported(sources, ch)
		for _, department := range r.cat.Places.Departments() {
			if until := sources.In("", department).Until; !until.IsZero() {
				gauge(reportedUntil, float64(until.UnixMilli())/1000, department)
			}
		}
	}
	heard := map[store.Origin]map[string]bool{store.ByDepartment: {}, store.ByInstitutionKind: {}}
	for _, reporter := range *last {
		m := r.metrics[reporter.Origin]
		if m.only && !m.closed[reporter.Name] {
			continue
		}
		heard[reporter.Origin][reporter.Name] = true
		gauge(m.last, float64(reporter.LastAt.UnixMilli())/1000, reporter.Name)
		gauge(m.day, float64(reporter.Day), reporter.Name)
		gauge(m.usual, reporter.Usual, reporter.Name)
	}
	for origin, m := range r.metrics {
		for name := range m.closed {
			if !heard[origin][name] {
				gauge(m.day, 0, name)
				gauge(m.usual, 0, name)
			}
		}
	}
}
