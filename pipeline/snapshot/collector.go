package snapshot

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// Numbers lists every number of the snapshot with its labels, zeros included:
// what is kept of it, and what /metrics serves.
func (s *Snapshot) Numbers() []store.Number {
	var out []store.Number
	add := func(name string, value float64, labels map[string]string) {
		out = append(out, store.Number{Name: name, Labels: labels, Value: value})
	}
	for _, d := range s.Duties {
		for _, status := range obligation.Statuses() {
			for _, region := range s.Regions {
				add(nameObligations, float64(s.ByRegion[Cell{region, d.ID, status}]),
					map[string]string{"region": region, "duty": d.ID, "status": string(status)})
			}
			for _, department := range s.Departments {
				add(nameDepartment, float64(s.ByDepartment[Cell{department, d.ID, status}]),
					map[string]string{"department": department, "duty": d.ID, "status": string(status)})
			}
		}
		for _, region := range s.Places() {
			for _, window := range indicator.AllWindows() {
				o := s.OnTime[OnTimeKey{region, d.ID, window}]
				labels := func(part string) map[string]string {
					return map[string]string{"region": region, "duty": d.ID, "window": string(window), "part": part}
				}
				add(nameOnTime, float64(o.Met), labels("numerator"))
				add(nameOnTime, float64(o.Due), labels("denominator"))
			}
		}
		for _, region := range s.Regions {
			labels := map[string]string{"region": region, "duty": d.ID}
			if t, ok := s.OldestMissed[Cell{Place: region, Duty: d.ID}]; ok {
				add(nameOldestMissed, seconds(t), labels)
			}
			if t, ok := s.NextDeadline[Cell{Place: region, Duty: d.ID}]; ok {
				add(nameNextDeadline, seconds(t), labels)
			}
		}
	}
	for i := range s.Indicators {
		v := &s.Indicators[i]
		if !served(v) {
			continue
		}
		numerator, denominator := v.Parts()
		labels := func(part string) map[string]string {
			return map[string]string{"region": v.Region, "indicator": v.Indicator.ID, "window": string(v.Window), "part": part}
		}
		add(nameIndicator, numerator, labels("numerator"))
		add(nameIndicator, denominator, labels("denominator"))
	}
	out = append(out, gapNumbers(s.Gaps)...)
	out = append(out, warningNumbers(s.Warnings)...)
	add(nameSnapshotInfo, 1, map[string]string{"grouping": s.Grouping, "low_confidence": s.LowConfidence})
	return append(out, store.Number{Name: nameSnapshotAt, Value: seconds(s.AsOf), Labels: map[string]string{}})
}

// served reports whether a value is served as a metric. The number of series is
// bounded: the last month is too short for most, and what speaks for a cause alone
// is about the present.
func served(v *indicator.Value) bool {
	return v.Window == indicator.Year || v.Window == indicator.All && len(v.Indicator.Implications) > 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// Names of the metrics that a snapshot gives.
const (
	nameObligations  = "amparo_obligations"
	nameDepartment   = "amparo_department_obligations"
	nameOnTime       = "amparo_duty_on_time"
	nameOldestMissed = "amparo_oldest_missed_timestamp_seconds"
	nameNextDeadline = "amparo_next_deadline_timestamp_seconds"
	nameSnapshotAt   = "amparo_snapshot_timestamp_seconds"
	nameSnapshotInfo = "amparo_snapshot_info"
	nameIndicator    = "amparo_indicator"
)

type metric struct {
	desc   *prometheus.Desc
	labels []string
}

var snapshotMetrics = map[string]metric{
	nameObligations:  newMetric(nameObligations, "Obligations of the law by status at the snapshot's instant.", "region", "duty", "status"),
	nameDepartment:   newMetric(nameDepartment, "Obligations of the law by department and status at the snapshot's instant.", "department", "duty", "status"),
	nameOnTime:       newMetric(nameOnTime, "Obligations done in time (numerator) of those that have fallen due (denominator), by window of due dates.", "region", "duty", "window", "part"),
	nameOldestMissed: newMetric(nameOldestMissed, "When the oldest missed obligation fell due; absent when none is missed.", "region", "duty"),
	nameNextDeadline: newMetric(nameNextDeadline, "When the next open obligation falls due; absent when none is open.", "region", "duty"),
	nameIndicator:    newMetric(nameIndicator, "Indicators of the catalogue: the numerator over the denominator is the value; a denominator of zero says that there is none.", "region", "indicator", "window", "part"),
	nameDifference:   newMetric(nameDifference, "Share on time of the pair's first region less that of its second, at equal risk, with its 95 % limits; absent where there are too few cases.", "pair", "indicator", "bound"),
	nameVerdict:      newMetric(nameVerdict, "Verdict on the difference among all that were compared: 0 unknown, 1 equivalent, 2 different.", "pair", "indicator"),
	nameExpected:     newMetric(nameExpected, "Open obligations expected to be missed within the horizon, with 95 % limits; absent where nothing like them has been seen.", "region", "duty", "horizon", "bound"),
	nameSnapshotInfo: newMetric(nameSnapshotInfo, "Always 1: how the snapshot was counted; regimes of low confidence are counted or left-out.", "grouping", "low_confidence"),
	nameSnapshotAt:   newMetric(nameSnapshotAt, "The instant for which all numbers of the snapshot hold."),
}

func newMetric(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil), labels}
}

// Collector serves the last snapshot: a scrape costs no query. Before the first
// snapshot it serves nothing, so that no zero is taken for a number.
type Collector struct{ Last func() *Snapshot }

// Describe implements prometheus.Collector.
func (c Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range snapshotMetrics {
		ch <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c Collector) Collect(ch chan<- prometheus.Metric) {
	s := c.Last()
	if s == nil {
		return
	}
	for _, n := range s.Numbers() {
		m := snapshotMetrics[n.Name]
		values := make([]string, len(m.labels))
		for i, label := range m.labels {
			values[i] = n.Labels[label]
		}
		ch <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, n.Value, values...)
	}
}

// verdictNumber is a verdict as a metric.
func verdictNumber(v comparison.Verdict) float64 {
	return float64(slices.Index([]comparison.Verdict{comparison.Unknown, comparison.Equivalent, comparison.Different}, v))
}

// gapNumbers are the metrics of gaps: the difference where there is one, the
// verdict always.
func gapNumbers(gaps []comparison.Gap) []store.Number {
	var out []store.Number
	for _, g := range gaps {
		out = append(out, store.Number{
			Name: nameVerdict, Labels: map[string]string{"pair": g.Pair, "indicator": g.Topic}, Value: verdictNumber(g.Verdict),
		})
		if g.Difference == nil {
			continue
		}
		for bound, value := range map[string]float64{"estimate": g.Difference.Estimate, "low": g.Difference.Low, "high": g.Difference.High} {
			out = append(out, store.Number{
				Name: nameDifference, Labels: map[string]string{"pair": g.Pair, "indicator": g.Topic, "bound": bound}, Value: value,
			})
		}
	}
	return out
}

// warningNumbers are the metrics of early warnings, absent where too little is
// known.
func warningNumbers(warnings []forecast.Warning) []store.Number {
	var out []store.Number
	for _, w := range warnings {
		if w.Expected == nil {
			continue
		}
		for bound, value := range map[string]float64{"estimate": *w.Expected, "low": float64(w.Low), "high": float64(w.High)} {
			out = append(out, store.Number{
				Name:   nameExpected,
				Labels: map[string]string{"region": w.Place, "duty": w.Duty, "horizon": "24h", "bound": bound}, Value: value,
			})
		}
	}
	return out
}

// Names of the metrics of comparisons and warnings.
const (
	nameDifference = "amparo_comparison_difference"
	nameVerdict    = "amparo_comparison_verdict"
	nameExpected   = "amparo_expected_missed"
)
