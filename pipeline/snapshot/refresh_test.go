package snapshot_test

import (
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/indicator"
	"amparo/pipeline/simulation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/store/storetest"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

// now is the instant of all counts: July 2024 has begun, June is closed.
var now = time.Date(2024, 7, 1, 17, 0, 0, 0, time.UTC)

// simulated are made-up cases and units, case by case.
func simulated(t *testing.T, cases int) [][]event.Event {
	t.Helper()
	sim, err := simulation.New(lawtest.Shipped(t), simulation.Recent(7, cases, now))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]event.Event
	for c := range sim.Cases() {
		out = append(out, c.Events)
	}
	return out
}

// judged is a reader of a store with some cases, judged.
func judged(t *testing.T, cases [][]event.Event) *indicator.Reader {
	t.Helper()
	s := storetest.Open(t)
	for _, events := range cases {
		storetest.Events(t, s, events...)
	}
	storetest.Judge(t, s, lawtest.Shipped(t), now)
	return &indicator.Reader{Catalogue: lawtest.Shipped(t), Store: s}
}

// refresher counts over cases at an instant that the test moves.
func refresher(t *testing.T, cases [][]event.Event, clock *time.Time) (*snapshot.Refresher, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	reader := judged(t, cases)
	reader.StoredOnly = true
	return snapshot.NewRefresher(snapshot.RefreshConfig{Options: indicator.Options{Grouping: "natural"}}, reader, nil,
		func() time.Time { return *clock }, slog.New(slog.DiscardHandler), registry), registry
}

func TestMetricsStayUnderTenThousandSeries(t *testing.T) {
	clock := now
	r, registry := refresher(t, simulated(t, 300), &clock)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
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
	for _, ind := range lawtest.Shipped(t).Indicators {
		if windows++; len(ind.Implications) > 0 {
			windows++
		}
	}
	if want := windows * 4 * 2; byName["amparo_indicator"] != want {
		t.Errorf("%d series of indicators, want %d", byName["amparo_indicator"], want)
	}
}

// Before the first count nothing is served, since a zero would be taken for a number;
// after it all numbers hold for its instant.
func TestAllNumbersOfASnapshotHaveOneInstant(t *testing.T) {
	clock := now
	at := time.Date(2024, 6, 3, 15, 0, 0, 0, time.UTC)
	var cases [][]event.Event
	for i, place := range []string{"040102", "1501", "15"} {
		cases = append(cases, []event.Event{{
			Subject: "a" + place, Source: "urn:test", ID: "e" + place, Type: "shelter.requested", At: at.Add(time.Duration(i) * time.Minute), RecordedAt: at.Add(time.Hour),
			Data: event.Fields{"ubigeo": place, "shelter": "s"}.Data(),
		}})
	}
	cases = append(cases, []event.Event{{
		Subject: "u1", Source: "urn:test", ID: "e", Type: "unit.reported", At: at, RecordedAt: at, Data: event.Fields{"ubigeo": "0401", "kind": "shelter"}.Data(),
	}})
	r, registry := refresher(t, cases, &clock)
	series := func() map[string]float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				values[name] = m.GetGauge().GetValue()
			}
		}
		return values
	}
	if _, ok := series()["amparo_snapshot_timestamp_seconds"]; ok {
		t.Error("numbers are served before the first count")
	}
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Minute)
	values := series()
	numerator, denominator := values["amparo_indicator shelter-gap-provinces numerator nation all"], values["amparo_indicator shelter-gap-provinces denominator nation all"]
	if numerator != 1 || denominator != 2 {
		t.Errorf("shelter-gap-provinces %v/%v, want 1/2", numerator, denominator)
	}
	if at, want := values["amparo_snapshot_timestamp_seconds"], float64(now.Unix()); at != want {
		t.Errorf("counted at %v, want %v", at, want)
	}
}

// What is asked for all the time is never folded for the question.
func TestARefreshWaitsForTheSink(t *testing.T) {
	clock := now
	s := storetest.Open(t)
	storetest.Events(t, s, simulated(t, 1)[0]...)
	r := snapshot.NewRefresher(snapshot.RefreshConfig{}, &indicator.Reader{Catalogue: lawtest.Shipped(t), Store: s, StoredOnly: true}, nil,
		func() time.Time { return clock }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err := r.Refresh(t.Context()); !errors.Is(err, indicator.ErrNotStored) {
		t.Errorf("a store that nothing judged was counted: %v", err)
	}
}
