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
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

func catalogue(t *testing.T) *law.Catalogue {
	t.Helper()
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// counted gives fixed totals, remembers what it is given, and keeps the windows
// that it was asked for.
type counted struct {
	counts []counting.ObligationCount
	asked  counting.Cut
	state  map[string]string
}

func (c *counted) ObligationCounts(_ context.Context, cut counting.Cut) ([]counting.ObligationCount, error) {
	c.asked = cut
	return c.counts, nil
}

func (c *counted) State(_ context.Context, name string) (string, error) { return c.state[name], nil }

func (c *counted) SetState(_ context.Context, name, value string) error {
	if c.state == nil {
		c.state = map[string]string{}
	}
	c.state[name] = value
	return nil
}

func total(duty, province string, status obligation.Status, n int64) counting.ObligationCount {
	return counting.ObligationCount{
		Parts: counting.Parts{counting.ByDuty: duty, counting.ByProvince: province}, Basis: law.Basis{Kind: law.Law}, Status: status,
		FallenDue: true, Every: n, In: counting.InSpans{n, n, n},
	}
}

func TestPublicSharesHideSmallGroupsAndWhatWouldShowThem(t *testing.T) {
	cat := catalogue(t)
	from := &counted{counts: []counting.ObligationCount{
		total("measures-decided", "1501", obligation.Met, 203), total("measures-decided", "1501", obligation.Missed, 98), // Lima: coast
		total("measures-decided", "0401", obligation.Met, 61), total("measures-decided", "0401", obligation.Late, 42), // Arequipa: highlands
		total("measures-decided", "2101", obligation.Met, 40), total("measures-decided", "2101", obligation.Late, 30), // Puno: highlands
		total("measures-decided", "1601", obligation.Met, 4), total("measures-decided", "1601", obligation.Missed, 3), // Loreto: jungle
		total("measures-decided", "1501", obligation.Open, 500),
		total("periodic-report", "1501", obligation.Met, 500), // several a case: not public
	}}
	now := time.Date(2026, 4, 17, 3, 0, 0, 0, time.UTC)
	p := &Public{from: from, cat: cat, grouping: "natural", now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 1, 0, 0, 0, 0, cat.Zone); !from.asked.AsOf.Equal(want) || !from.asked.Spans[0].To.Equal(want) {
		t.Errorf("counted to %v, want the end of the last month that closed thirty days ago", from.asked)
	}
	got := gathered(t, p, " year")
	// Loreto is few people, and the jungle is Loreto. Puno and the highlands, the
	// next smallest, are hidden so that they are not what is left of the nation;
	// without the highlands' total Arequipa does not give Puno away.
	want := []string{
		"department_on_time 04 measures-decided denominator year 105",
		"department_on_time 04 measures-decided numerator year 60",
		"department_on_time 15 measures-decided denominator year 300",
		"department_on_time 15 measures-decided numerator year 205",
		"hidden_cells department measures-decided year 2",
		"hidden_cells region measures-decided year 2",
		"region_on_time measures-decided denominator coast year 300",
		"region_on_time measures-decided numerator coast year 205",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// gathered are the public numbers above zero whose line ends in some way.
func gathered(t *testing.T, p *Public, ending string) []string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(p)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, family := range families {
		for _, m := range family.GetMetric() {
			text := strings.TrimPrefix(family.GetName(), "amparo_public_")
			for _, l := range m.GetLabel() {
				text += " " + l.GetValue()
			}
			if value := m.GetGauge().GetValue(); value > 0 && strings.HasSuffix(text, ending) {
				out = append(out, fmt.Sprint(text, " ", value))
			}
		}
	}
	return out
}

func TestPublishedMonthsAreFrozen(t *testing.T) {
	cat := catalogue(t)
	from := &counted{}
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	p := &Public{from: from, cat: cat, grouping: "natural", now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	refreshed := func(met, missed int64) string {
		t.Helper()
		from.counts = []counting.ObligationCount{
			total("measures-decided", "1501", obligation.Met, met), total("measures-decided", "1501", obligation.Missed, missed),
		}
		if err := p.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		return strings.Join(append(gathered(t, p, "coast month"), gathered(t, p, "version")...), ", ")
	}
	if got := refreshed(0, 0); got != "" {
		t.Errorf("an empty installation publishes %s", got)
	}
	steps := []struct {
		name        string
		after       time.Duration
		met, missed int64
		want        string
	}{
		{"published at once", 0, 200, 100, "version 1"},
		{"an installation that is being filled", time.Minute, 400, 200, "version 2"},
		{"what comes in late changes nothing", time.Minute, 405, 205, "version 2"},
		{"nor does it on a later day", 72 * time.Hour, 410, 210, "version 2"},
		{"a month that was not the country", 24 * time.Hour, 800, 400, "version 3"},
		{"a second look on that day is not taken", time.Minute, 900, 400, "version 3"},
	}
	for _, step := range steps {
		now = now.Add(step.after)
		if got := refreshed(step.met, step.missed); !strings.Contains(got, step.want) {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	p = &Public{from: from, cat: cat, grouping: "natural", now: func() time.Time { return now.Add(48 * time.Hour) }, log: p.log}
	if got := refreshed(805, 405); !strings.Contains(got, "version 3") {
		t.Errorf("another process publishes %s of the same month", got)
	}
	now = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	p.now = func() time.Time { return now }
	if got := refreshed(805, 405); !strings.Contains(got, "version 1") {
		t.Errorf("the next month begins with %s", got)
	}
}

func TestAMonthIsPublishedThirtyDaysAfterItClosed(t *testing.T) {
	cat := catalogue(t)
	for now, want := range map[string]string{
		"2026-03-30T23:59:00-05:00": "2026-02-01", "2026-03-31T00:00:00-05:00": "2026-03-01", "2026-01-15T12:00:00-05:00": "2025-12-01",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		p := &Public{cat: cat, now: func() time.Time { return at }}
		if got := p.closedMonth().Format(time.DateOnly); got != want {
			t.Errorf("at %s what ended by %s is published, want %s", now, got, want)
		}
	}
}

// heard gives fixed reporters.
type heard []store.Reporter

func (h heard) Reporting(context.Context, time.Time) ([]store.Reporter, error) { return h, nil }

func (heard) Reported(_ context.Context, at time.Time) ([]store.ReportedSpan, error) {
	return []store.ReportedSpan{
		{Province: "0401", First: at.AddDate(-1, 0, 0), Until: at.AddDate(0, -1, 0), Events: 5},
		{Province: "0402", First: at.AddDate(-1, 0, 0), Until: at.AddDate(0, -2, 0), Events: 5, Synthetic: 2},
	}, nil
}

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
		"amparo_department_reported_until_timestamp_seconds": 1,
	} {
		if n := testutil.CollectAndCount(r, name); n != want {
			t.Errorf("%d series of %s, want %d", n, name, want)
		}
	}
	if made := testutil.ToFloat64(syntheticData{r}); made != 1 {
		t.Errorf("synthetic data: %v, want 1", made)
	}
}
