package aggregator

import (
	"github.com/prometheus/client_golang/prometheus"

	"amparo/schemas/law"
	"amparo/schemas/law/diff"
)

// newDutyInfo says once for each duty what rules and dashboards join to its
// numbers: the implication, the kind of institution that owes it, the first where
// there are several, and what the numbers rest on under any of its regimes.
func newDutyInfo(cat *law.Catalogue) prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "amparo_duty_info", Help: "Always 1: the implication of a duty, the kind of institution that owes it, the kind of its limits (law, target, mixed) and their lowest confidence.",
	}, []string{"duty", "implication", "institution_kind", "kind", "confidence"})
	for _, d := range cat.Duties {
		if d.NeverARow {
			continue
		}
		bearer := "any"
		if len(d.Bearer) > 0 {
			bearer = d.Bearer[0]
		}
		rests := d.Basis()
		info.WithLabelValues(d.ID, d.Implication, bearer, string(rests.Kind), rests.Confidence).Set(1)
	}
	return info
}

// newLawChanges says when regimes of the law began and ended, so that every trend
// can show a change of law as an event. It is the same for the same catalogue.
func newLawChanges(cat *law.Catalogue) prometheus.Collector {
	changes := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "amparo_law_change_timestamp_seconds", Help: "When a regime of the law began, or had ended.",
	}, []string{"duty", "regime", "change"})
	for _, turn := range diff.Turns(cat) {
		if turn.Regime.Kind != law.Law || turn.Duty.NeverARow {
			continue
		}
		at := turn.On.Start(cat.Zone)
		changes.WithLabelValues(turn.Duty.ID, turn.Regime.ID, turn.Change()).Set(float64(at.Unix()))
	}
	return changes
}
