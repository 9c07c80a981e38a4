package snapshot

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store/counting"
)

// auditedAtOnce is how many obligations, about, are compared after each refresh, so that
// a country's are all compared within a few hours.
const auditedAtOnce = 50_000

// An audit walks through the cases and compares what counts are made of with what is
// stored. Cases that differ twice are counted wrong: then all counts begin anew.
type audit struct {
	reader *indicator.Reader
	log    *slog.Logger

	behind   string // the case behind which it goes on
	suspects []string
	since    time.Time // when they were found

	differences prometheus.Counter
	compared    prometheus.Gauge
}

func newAudit(reader *indicator.Reader, log *slog.Logger, reg prometheus.Registerer) *audit {
	a := &audit{
		reader: reader, log: log,
		differences: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "amparo_count_audit_differences_total", Help: "Cases that were counted otherwise than they are stored; counts then begin anew.",
		}),
		compared: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "amparo_count_audit_timestamp_seconds", Help: "When counts were last compared with what is stored, a part of the cases each time; absent in a small store, which is counted as it stands.",
		}),
	}
	reg.MustRegister(a.differences, a.compared)
	return a
}

// next compares the next cases, or those once more of which some differed.
func (a *audit) next(ctx context.Context, asOf time.Time) error {
	if a.suspects != nil && asOf.Sub(a.since) < counting.AuditApart {
		return nil
	}
	differ, to, compared, err := a.reader.Counts().Audit(ctx, a.reader.Catalogue.Label(), asOf, a.behind, auditedAtOnce)
	if err != nil || !compared {
		return err
	}
	a.compared.Set(seconds(asOf))
	if a.suspects == nil && len(differ) > 0 {
		a.suspects, a.since = differ, asOf
		return nil
	}
	wrong := 0
	for _, id := range differ {
		if slices.Contains(a.suspects, id) {
			wrong++
		}
	}
	a.behind, a.suspects = to, nil
	if wrong == 0 {
		return nil
	}
	a.differences.Add(float64(wrong))
	a.log.Error("cases were counted otherwise than they are stored; counts begin anew", "cases", wrong)
	if err := a.reader.Counts().DropClosing(ctx); err != nil {
		return fmt.Errorf("begin counts anew: %w", err)
	}
	return nil
}
