package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// Public serves shares that anyone may see. Other than the numbers for
// operators, they are counted once a day, at local midnight, over closed
// calendar months; what would tell of few people is hidden, and the rest is
// rounded, so that scraping it often tells no more than scraping it once.
//
// Only duties with one obligation a case are in it: there a count of obligations
// is a count of cases.
type Public struct {
	from interface {
		Totals(ctx context.Context, w store.Windows) ([]store.Total, error)
	}
	cat      *law.Catalogue
	grouping string
	// leaveOutLow counts nothing that rests on a regime of low confidence.
	leaveOutLow bool

	now  func() time.Time
	log  *slog.Logger
	last atomic.Pointer[publicTables]
}

// NewPublic returns a collector that is empty until Run has counted.
func NewPublic(cfg Config, cat *law.Catalogue, from *store.Store, now func() time.Time, log *slog.Logger) *Public {
	return &Public{from: from, cat: cat, grouping: cfg.Grouping, leaveOutLow: cfg.LeaveOutLow, now: now, log: log}
}

// publicTables are the cells that may be shown.
type publicTables struct {
	countedAt time.Time
	shown     map[publicKey]disclosure.Cell
	hidden    map[publicTable]int
}

// A publicTable is one table: a duty in a window, by region or by department.
type publicTable struct {
	by, duty string
	window   indicator.Window
}

type publicKey struct {
	publicTable
	place string
}

// The two ways to divide the nation.
const (
	byRegion     = "region"
	byDepartment = "department"
)

// retryPublic is the wait after a count that failed.
const retryPublic = time.Minute

// Run counts at once, and then at every local midnight, until the context ends.
func (p *Public) Run(ctx context.Context) error {
	for {
		wait := p.untilMidnight()
		if err := p.Refresh(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("public shares not counted, the last ones stay", "error", err)
			wait = min(wait, retryPublic)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (p *Public) untilMidnight() time.Duration {
	now := p.now().In(p.cat.Zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, p.cat.Zone)
	return midnight.Sub(now)
}

// Refresh counts once, now.
func (p *Public) Refresh(ctx context.Context) error {
	now := p.now().In(p.cat.Zone)
	// The windows end where the running month begins: a window that moved every
	// day would show each day's cases by subtraction.
	closed := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, p.cat.Zone)
	totals, err := p.from.Totals(ctx, indicator.Windows(p.cat, closed))
	if err != nil {
		return fmt.Errorf("count public shares: %w", err)
	}
	p.last.Store(p.tables(totals, now))
	return nil
}

// tables adds totals up to cells and hides what must be hidden.
func (p *Public) tables(totals []store.Total, now time.Time) *publicTables {
	cells := map[publicKey]disclosure.Cell{}
	add := func(by, place, duty string, window indicator.Window, n uint64, met bool) {
		key := publicKey{publicTable{by, duty, window}, place}
		c := cells[key]
		c.Place, c.Due = place, c.Due+n
		if met {
			c.Met += n
		}
		cells[key] = c
	}
	for _, t := range totals {
		decided := t.Status == obligation.Met || t.Status == obligation.Late || t.Status == obligation.Missed
		duty, ok := p.cat.Duty(t.Duty)
		if p.leaveOutLow && t.Confidence == law.LowConfidence {
			continue
		}
		if !ok || !duty.IsCaseInstance() || t.Kind != string(law.Law) || !decided {
			continue
		}
		for window, n := range map[indicator.Window]uint64{indicator.Month: t.InMonth, indicator.Year: t.InYear} {
			met := t.Status == obligation.Met
			add(byRegion, p.cat.Places.Region(p.grouping, t.Province), t.Duty, window, n, met)
			add(byDepartment, p.cat.Places.Department(t.Province), t.Duty, window, n, met)
		}
	}
	out := &publicTables{countedAt: now, shown: map[publicKey]disclosure.Cell{}, hidden: map[publicTable]int{}}
	places := map[string][]string{byRegion: p.cat.Places.Regions(p.grouping), byDepartment: p.cat.Places.Departments()}
	blocks := map[string][][]string{byDepartment: p.blocks(totals)}
	for _, table := range tablesOf(cells) {
		var of []disclosure.Cell
		for _, place := range places[table.by] {
			c := cells[publicKey{table, place}]
			c.Place = place
			of = append(of, c)
		}
		shown, hidden := disclosure.Suppress(of, blocks[table.by]...)
		out.hidden[table] = hidden
		for _, c := range shown {
			out.shown[publicKey{table, c.Place}] = c
		}
	}
	return out
}

// blocks are the departments whose sum can be known from the regions' totals.
func (p *Public) blocks(totals []store.Total) [][]string {
	regions := map[string][]string{}
	for _, department := range p.cat.Places.Departments() {
		regions[department] = []string{p.cat.Places.Region(p.grouping, department)}
	}
	for _, t := range totals {
		department := p.cat.Places.Department(t.Province)
		region := p.cat.Places.Region(p.grouping, t.Province)
		if of, ok := regions[department]; ok && !slices.Contains(of, region) {
			regions[department] = append(of, region)
		}
	}
	return disclosure.Blocks(regions)
}

func tablesOf(cells map[publicKey]disclosure.Cell) []publicTable {
	tables := map[publicTable]bool{}
	for key := range cells {
		tables[key.publicTable] = true
	}
	return slices.Collect(maps.Keys(tables))
}

var (
	publicShare = map[string]*prometheus.Desc{
		byRegion: prometheus.NewDesc("amparo_public_region_on_time",
			"Cases in which the duty was done in time (numerator) of those in which it had fallen due (denominator), rounded to 5; absent where few people are concerned.",
			[]string{"region", "duty", "window", "part"}, nil),
		byDepartment: prometheus.NewDesc("amparo_public_department_on_time",
			"Cases in which the duty was done in time (numerator) of those in which it had fallen due (denominator), rounded to 5; absent where few people are concerned.",
			[]string{"department", "duty", "window", "part"}, nil),
	}
	publicHidden = prometheus.NewDesc("amparo_public_hidden_cells",
		"Places of a table that are hidden: few people, or needed to hide those.", []string{"by", "duty", "window"}, nil)
	publicInfo = prometheus.NewDesc("amparo_public_info",
		"Always 1: what was done with regimes of low confidence, counted or left-out.", []string{"low_confidence"}, nil)
	publicCounted = prometheus.NewDesc("amparo_public_counted_timestamp_seconds",
		"When the public shares were counted.", nil, nil)
)

// Describe implements prometheus.Collector.
func (p *Public) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range publicShare {
		ch <- desc
	}
	ch <- publicHidden
	ch <- publicInfo
	ch <- publicCounted
}

// Collect implements prometheus.Collector.
func (p *Public) Collect(ch chan<- prometheus.Metric) {
	last := p.last.Load()
	if last == nil {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for key, c := range last.shown {
		gauge(publicShare[key.by], float64(c.Met), key.place, key.duty, string(key.window), "numerator")
		gauge(publicShare[key.by], float64(c.Due), key.place, key.duty, string(key.window), "denominator")
	}
	for table, n := range last.hidden {
		gauge(publicHidden, float64(n), table.by, table.duty, string(table.window))
	}
	gauge(publicInfo, 1, indicator.LowConfidence(p.leaveOutLow))
	gauge(publicCounted, float64(last.countedAt.Unix()))
}
