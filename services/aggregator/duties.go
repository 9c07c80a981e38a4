package aggregator

import (
	"github.com/prometheus/client_golang/prometheus"

	"amparo/schemas/law"
)

// newDutyInfo says once for each duty of the law what rules and dashboards join
// to its numbers: the implication, and the kind of institution that owes it, the
// first where there are several.
func newDutyInfo(cat *law.Catalogue) prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "amparo_duty_info", Help: "Always 1: the implication of a duty, and the kind of institution that owes it.",
	}, []string{"duty", "implication", "institution_kind"})
	for _, d := range cat.Duties {
		if d.NeverARow {
			continue
		}
		bearer := "any"
		if len(d.Bearer) > 0 {
			bearer = d.Bearer[0]
		}
		info.WithLabelValues(d.ID, d.Implication, bearer).Set(1)
	}
	return info
}
