package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	ley30364 "amparo/schemas/ley-30364"
)

func catalogue(t *testing.T) *law.Catalogue {
	t.Helper()
	cat, err := law.Load(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// counted gives fixed totals, and keeps the windows that it was asked for.
type counted struct {
	totals []store.Total
	asked  store.Windows
}

func (c *counted) Totals(_ context.Context, w store.Windows) ([]store.Total, error) {
	c.asked = w
	return c.totals, nil
}

func total(duty, province string, status obligation.Status, n uint64) store.Total {
	return store.Total{Duty: duty, Kind: "law", Province: province, Status: status, Every: n, InMonth: n, InYear: n}
}

func TestPublicSharesHideSmallGroupsAndWhatWouldShowThem(t *testing.T) {
	cat := catalogue(t)
	from := &counted{totals: []store.Total{
		total("measures-decided", "1501", obligation.Met, 203), total("measures-decided", "1501", obligation.Missed, 98), // Lima: coast
		total("measures-decided", "0401", obligation.Met, 61), total("measures-decided", "0401", obligation.Late, 42), // Arequipa: highlands
		total("measures-decided", "2101", obligation.Met, 40), total("measures-decided", "2101", obligation.Late, 30), // Puno: highlands
		total("measures-decided", "1601", obligation.Met, 4), total("measures-decided", "1601", obligation.Missed, 3), // Loreto: jungle
		total("measures-decided", "1501", obligation.Open, 500),
		total("periodic-report", "1501", obligation.Met, 500), // several a case: not public
	}}
	now := time.Date(2026, 3, 17, 3, 0, 0, 0, time.UTC)
	p := &Public{from: from, cat: cat, grouping: "natural", now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 1, 0, 0, 0, 0, cat.Zone); !from.asked.AsOf.Equal(want) || !from.asked.MonthTo.Equal(want) {
		t.Errorf("counted to %v, want the start of the running month", from.asked)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(p)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, family := range families {
		for _, m := range family.GetMetric() {
			text := strings.TrimPrefix(family.GetName(), "amparo_public_")
			for _, l := range m.GetLabel() {
				text += " " + l.GetValue()
			}
			if value := m.GetGauge().GetValue(); value > 0 && strings.HasSuffix(text, " year") {
				got = append(got, fmt.Sprint(text, " ", value))
			}
		}
	}
	// Loreto is few people. Puno, the next smallest, is hidden so that Loreto is
	// not what is left of the nation, and Arequipa so that Puno is not what is
	// left of the highlands. The highlands hide the jungle.
	want := []string{
		"department_on_time 15 measures-decided denominator year 300",
		"department_on_time 15 measures-decided numerator year 205",
		"hidden_cells department measures-decided year 3",
		"hidden_cells region measures-decided year 2",
		"region_on_time measures-decided denominator coast year 300",
		"region_on_time measures-decided numerator coast year 205",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPublicSharesAreCountedAgainAtLocalMidnight(t *testing.T) {
	cat := catalogue(t)
	now := time.Date(2026, 3, 17, 4, 59, 0, 0, time.UTC) // 23:59 in Lima
	p := &Public{cat: cat, now: func() time.Time { return now }}
	if wait := p.untilMidnight(); wait != time.Minute {
		t.Errorf("the next count is in %v, want 1m", wait)
	}
}

// heard gives fixed reporters.
type heard []store.Reporter

func (h heard) Reporting(context.Context, time.Time) ([]store.Reporter, error) { return h, nil }

func TestDepartmentsThatNeverReportedAreShownWithZero(t *testing.T) {
	cat := catalogue(t)
	r := newReporting(Config{Every: time.Second}, cat, nil, time.Now, slog.New(slog.DiscardHandler))
	if n := testutil.CollectAndCount(r); n != 0 {
		t.Errorf("%d series before the first count, want none", n)
	}
	r.from = heard{
		{Origin: store.ByDepartment, Name: "04", LastAt: time.Unix(1000, 0), Day: 7, Usual: 5.5},
		{Origin: store.ByDepartment, Name: "99", LastAt: time.Unix(1000, 0), Day: 1},
		{Origin: store.ByInstitutionKind, Name: "cem", LastAt: time.Unix(2000, 0), Day: 3, Usual: 2},
	}
	if err := r.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	const departments = 25
	for name, want := range map[string]int{
		"amparo_department_events_24h": departments, "amparo_department_usual_events": departments,
		"amparo_department_last_event_timestamp_seconds": 1, "amparo_institution_kind_usual_events": 1,
	} {
		if n := testutil.CollectAndCount(r, name); n != want {
			t.Errorf("%d series of %s, want %d", n, name, want)
		}
	}
}
