package notifier

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what a notifier did.
type Metrics struct {
	notices     *prometheus.CounterVec
	delay       prometheus.Histogram
	pending     prometheus.Gauge
	lastSuccess prometheus.Gauge
	errors      prometheus.Counter
	deliveries  *prometheus.CounterVec
	refused     prometheus.Counter
}

// Results of one attempt to deliver a notice to a webhook.
const (
	delivered     = "delivered"
	failed        = "failed"  // tried again
	refusedResult = "refused" // kept as undelivered
)

// NewMetrics registers the metrics of a notifier.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_notifier_notices_total", Help: "Notices announced by this process, by kind.",
		}, []string{"kind"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "amparo_notifier_delay_seconds",
			Help:    "From the instant at which something was to be announced, or was learned of, until it was: how late the notifier is, whatever the institutions.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, .75, 1, 2.5, 5, 10, 60, 600},
		}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_notifier_pending_obligations", Help: "Obligations of which something is to be announced soon.",
		}),
		lastSuccess: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_notifier_last_success_timestamp_seconds", Help: "Until when all is announced, as far as judged.",
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_notifier_errors_total", Help: "Errors of store or stream after which the notifier tried again.",
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_notifier_webhook_deliveries_total", Help: "Attempts to deliver a notice to a webhook, by result.",
		}, []string{"webhook", "result"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_notifier_undelivered_notices_total", Help: "Notices that a webhook refused for good; they are kept.",
		}),
	}
	for _, k := range Kinds() {
		m.notices.WithLabelValues(string(k))
	}
	reg.MustRegister(m)
	return m
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.notices, m.delay, m.pending, m.lastSuccess, m.errors, m.deliveries, m.refused}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(to)
	}
}

func (m *Metrics) announced(due []dueNotice, now time.Time) {
	for i := range due {
		m.notices.WithLabelValues(string(due[i].kind)).Inc()
		if !due[i].becomes.IsZero() {
			m.delay.Observe(max(0, now.Sub(due[i].becomes).Seconds()))
		}
	}
}
