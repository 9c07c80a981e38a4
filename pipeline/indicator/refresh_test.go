package indicator_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
)

// State says that nothing is stored but events, so that all is folded.
func (h history) State(context.Context, string) (string, error) { return "", nil }

// Provinces are those of all events.
func (h history) Provinces(context.Context) ([]string, error) {
	var out []string
	for _, c := range h.cases {
		for i := range c.Events {
			if place := c.Events[i].Place(); len(place) >= 4 && !slices.Contains(out, place[:4]) {
				out = append(out, place[:4])
			}
		}
	}
	return out, nil
}

// refresher counts over a history at an instant that the test moves.
func refresher(t *testing.T, h history, clock *time.Time) (*indicator.Refresher, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	reader := &indicator.Reader{Catalogue: shipped(t), Store: h}
	return indicator.NewRefresher(indicator.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, nil,
		func() time.Time { return *clock }, slog.New(slog.DiscardHandler), registry), registry
}

func TestMetricsStayUnderTenThousandSeries(t *testing.T) {
	clock := now
	r, registry := refresher(t, simulated(t, shipped(t), 300), &clock)
	for _, count := range []func(context.Context) error{r.RefreshIndicators, r.Refresh} {
		if err := count(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName, total := map[string]int{}, 0
	for _, f := range families {
		byName[f.GetName()] = len(f.GetMetric())
		total += len(f.GetMetric())
	}
	t.Logf("%d series", total)
	if total > 10_000 {
		t.Errorf("%d series: %v", total, byName)
	}
	windows := 0
	for _, ind := range shipped(t).Indicators {
		if windows++; len(ind.Implications) > 0 {
			windows++
		}
	}
	if want := windows * 4 * 2; byName["amparo_indicator"] != want {
		t.Errorf("%d series of indicators, want %d", byName["amparo_indicator"], want)
	}
}

func TestASnapshotHasTheLastCountOfTheIndicators(t *testing.T) {
	clock := now
	r, registry := refresher(t, tell(t, shelters), &clock)
	series := func() (values map[string]float64, at float64) {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		values = map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				switch f.GetName() {
				case "amparo_indicators_timestamp_seconds":
					at = m.GetGauge().GetValue()
				case "amparo_indicator":
					name := ""
					for _, l := range m.GetLabel() {
						name += l.GetValue() + " "
					}
					values[name] = m.GetGauge().GetValue()
				}
			}
		}
		return values, at
	}
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if values, _ := series(); len(values) != 0 {
		t.Errorf("%d series before the first count: a zero would be taken for a number", len(values))
	}
	if err := r.RefreshIndicators(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Minute)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	values, at := series()
	numerator, denominator := values["shelter-gap-provinces numerator nation all "], values["shelter-gap-provinces denominator nation all "]
	if numerator != 1 || denominator != 2 {
		t.Errorf("shelter-gap-provinces %v/%v, want 1/2", numerator, denominator)
	}
	if want := float64(now.Unix()); at != want {
		t.Errorf("counted at %v, want %v: the instant of the count, not of the snapshot", at, want)
	}
}
