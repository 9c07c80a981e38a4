package indicator_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
)

// State says that nothing is stored but events, so that all is folded.
func (h history) State(context.Context, string) (string, error) { return "", nil }

func TestASnapshotHasTheLastCountOfTheIndicators(t *testing.T) {
	clock := now
	registry := prometheus.NewRegistry()
	reader := &indicator.Reader{Catalogue: shipped(t), Store: tell(t, reports)}
	r := indicator.NewRefresher(indicator.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, nil,
		func() time.Time { return clock }, slog.New(slog.NewTextHandler(io.Discard, nil)), registry)
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
	numerator, denominator := values["police-24h-share numerator nation all "], values["police-24h-share denominator nation all "]
	// Four reports owe a file each to court and prosecutor; two files came in time.
	if numerator != 2 || denominator != 8 {
		t.Errorf("police-24h-share %v/%v, want 2/8", numerator, denominator)
	}
	if want := float64(now.Unix()); at != want {
		t.Errorf("counted at %v, want %v: the instant of the count, not of the snapshot", at, want)
	}
}
