package sink

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Results of an event at the sink.
const (
	resultStored    = "stored"
	resultDuplicate = "duplicate"
	resultRejected  = "rejected"
)

// Metrics count what one sink did.
type Metrics struct {
	events      *prometheus.CounterVec
	obligations prometheus.Counter
	retries     prometheus.Counter
	batches     prometheus.Histogram
	lastInsert  prometheus.Gauge
	lastSuccess prometheus.Gauge
}

// NewMetrics registers the metrics of a sink.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_sink_events_total", Help: "Events that the sink took from the stream, by result.",
		}, []string{"result"}),
		obligations: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_sink_obligations_written_total", Help: "Obligation rows written because a fold changed them.",
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_sink_retries_total", Help: "Batches that were kept and tried again after a passing or unknown error.",
		}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "amparo_sink_batch_events", Help: "Events in a batch.", Buckets: prometheus.ExponentialBuckets(1, 10, 6),
		}),
		lastInsert: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_sink_last_insert_timestamp_seconds", Help: "When events were last stored and judged.",
		}),
		lastSuccess: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_sink_last_success_timestamp_seconds", Help: "When the sink last asked the stream and was answered.",
		}),
	}
	for _, result := range []string{resultStored, resultDuplicate, resultRejected} {
		m.events.WithLabelValues(result)
	}
	reg.MustRegister(m.events, m.obligations, m.retries, m.batches, m.lastInsert, m.lastSuccess)
	return m
}

func (m *Metrics) count(t outcomes, now time.Time) {
	m.events.WithLabelValues(resultStored).Add(float64(t.stored))
	m.events.WithLabelValues(resultDuplicate).Add(float64(t.duplicates))
	m.events.WithLabelValues(resultRejected).Add(float64(t.rejected))
	m.obligations.Add(float64(t.written))
	m.batches.Observe(float64(t.events()))
	m.lastInsert.Set(float64(now.Unix()))
}
