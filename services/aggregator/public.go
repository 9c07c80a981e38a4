package aggregator

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// Public serves shares that anyone may see. Other than the numbers for
// operators, they are of closed calendar months, published a month after they
// closed at the earliest, and then frozen: what would tell of few people is
// hidden, the rest is rounded, and asking often tells no more than asking once.
//
// Only duties with one obligation a case are in it: there a count of obligations
// is a count of cases.
type Public struct {
	from interface {
		ObligationCounts(ctx context.Context, c counting.Cut) ([]counting.ObligationCount, error)
		State(ctx context.Context, name string) (string, error)
		SetState(ctx context.Context, name, value string) error
	}
	cat      *law.Catalogue
	grouping string
	// leaveOutLow counts nothing that rests on a regime of low confidence.
	leaveOutLow bool

	now  func() time.Time
	log  *slog.Logger
	one  sync.Mutex // held while a release is made
	last atomic.Pointer[release]
}

// NewPublic returns a collector that is empty until Run has counted.
func NewPublic(cfg Config, cat *law.Catalogue, from *store.Store, now func() time.Time, log *slog.Logger) *Public {
	return &Public{from: counting.With(from), cat: cat, grouping: cfg.Grouping, leaveOutLow: cfg.LeaveOutLow, now: now, log: log}
}

const (
	// publicDelay is the least time between the end of a month and its
	// publication: live weak spots would tell where the law is not enforced.
	publicDelay = 30 * 24 * time.Hour
	// fillPublic is how often is looked whether an installation is being filled.
	fillPublic = time.Minute
)

// Run publishes at once, and then looks every minute whether the installation
// has been filled or a month is due, until the context ends.
func (p *Public) Run(ctx context.Context) error {
	for {
		if err := p.Refresh(ctx); err != nil && ctx.Err() == nil {
			p.log.Warn("public shares not counted, the last ones stay", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(fillPublic):
		}
	}
}

// closedMonth is the end of the last month that may be published: its windows end
// where another begins, since windows that moved every day would show each
// day's cases by subtraction.
func (p *Public) closedMonth() time.Time {
	at := p.now().In(p.cat.Zone).Add(-publicDelay)
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, p.cat.Zone)
}

// Refresh publishes the last closed month, if it has to be published: for the
// first time, or because what was published was not the country.
func (p *Public) Refresh(ctx context.Context) error {
	p.one.Lock()
	defer p.one.Unlock()
	now, closed := p.now(), p.closedMonth()
	name := p.releaseName(closed)
	held, err := p.held(ctx, name)
	if err != nil {
		return err
	}
	if held != nil {
		held.Closed = closed // It is named by it; older ones do not say.
	}
	p.last.Store(held)
	// While it is new an installation may still be being filled; later, once a day.
	if held != nil && held.settled(now, p.cat.Zone) {
		return nil
	}
	reader := indicator.Reader{Catalogue: p.cat, LeaveOutLow: p.leaveOutLow}
	counts, err := p.from.ObligationCounts(ctx, counting.Cut{
		AsOf: closed, Choice: reader.Choice(law.Law), Spans: indicator.Windows(p.cat, closed), By: []counting.By{counting.ByDuty, counting.ByProvince},
	})
	if err != nil {
		return fmt.Errorf("count public shares: %w", err)
	}
	pieces, version := p.pieces(counts), 1
	if held != nil {
		if !held.replacedBy(persons(pieces)) {
			held.LookedAt = now
			p.last.Store(held)
			return p.keep(ctx, name, held)
		}
		version = held.Version + 1
	}
	before, err := p.past(ctx, closed)
	if err != nil {
		return fmt.Errorf("look at what was published before: %w", err)
	}
	next, err := newRelease(pieces, before, disclosure.ForPublic, now)
	if err != nil {
		return fmt.Errorf("protect public shares: %w", err)
	}
	next.Closed, next.Version = closed, version
	if next.Persons == 0 {
		return nil // Nothing is stored yet: to publish zeros would be to say that nothing happened.
	}
	if err := p.keep(ctx, name, next); err != nil {
		return err
	}
	p.last.Store(next)
	return nil
}

// outcomeOf is the place of a status among the outcomes: done right by in time, then not.
func outcomeOf(status obligation.Status) int {
	if status == obligation.Met {
		return 0
	}
	return 1
}

// pieces adds counts up to what is counted where departments and regions cross, by
// duty.
func (p *Public) pieces(counts []counting.ObligationCount) map[string][]disclosure.Piece {
	type at struct{ duty, department, region string }
	cells := map[at]*disclosure.Piece{}
	for i := range counts {
		n := &counts[i]
		duty, ok := p.cat.Duty(n.Parts[counting.ByDuty])
		if !ok || !duty.IsCaseInstance() || !n.Status.Decided() {
			continue
		}
		province := n.Parts[counting.ByProvince]
		key := at{duty.ID, p.cat.Places.Department(province), p.cat.Places.Region(p.grouping, province)}
		c := cells[key]
		if c == nil {
			c = &disclosure.Piece{Department: key.department, Region: key.region, Month: make([]uint64, 2), Year: make([]uint64, 2)}
			cells[key] = c
		}
		outcome := outcomeOf(n.Status)
		c.Month[outcome] += uint64(n.In[0]) //nolint:gosec // A count fits.
		c.Year[outcome] += uint64(n.In[1])  //nolint:gosec // A count fits.
	}
	out := map[string][]disclosure.Piece{}
	for key, c := range cells {
		out[key.duty] = append(out[key.duty], *c)
	}
	return out
}

var (
	publicShare = map[disclosure.Level]*prometheus.Desc{
		disclosure.Region: prometheus.NewDesc("amparo_public_region_on_time",
			"Cases in which the duty was done in time (numerator) of those in which it had fallen due (denominator), rounded to 5; absent where few people are concerned.",
			[]string{"region", "duty", "window", "part"}, nil),
		disclosure.Department: prometheus.NewDesc("amparo_public_department_on_time",
			"Cases in which the duty was done in time (numerator) of those in which it had fallen due (denominator), rounded to 5; absent where few people are concerned.",
			[]string{"department", "duty", "window", "part"}, nil),
	}
	publicHidden = prometheus.NewDesc("amparo_public_hidden_cells",
		"Places of a table that are hidden: few people, or needed to hide those.", []string{"by", "duty", "window"}, nil)
	publicInfo = prometheus.NewDesc("amparo_public_info",
		"Always 1: what was done with regimes of low confidence, counted or left-out.", []string{"low_confidence"}, nil)
	publicVersion = prometheus.NewDesc("amparo_public_version",
		"How often the month has been published: more than once where the first time was not the country yet.", nil, nil)
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
	ch <- publicVersion
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
	places := map[disclosure.Level][]string{
		disclosure.Region: p.cat.Places.Regions(p.grouping), disclosure.Department: p.cat.Places.Departments(),
	}
	for duty, figures := range last.Duties {
		for _, window := range []disclosure.Period{disclosure.Month, disclosure.Year} {
			for level, codes := range places {
				hidden := 0
				for _, code := range codes {
					f, counted := figures[disclosure.Place{Period: window, Level: level, Code: code}.Key()]
					if !counted { // Nobody: the table has no cell where nothing fell due.
						f.Parts = []uint64{0, 0}
					}
					if f.Hidden != "" {
						hidden++
						continue
					}
					gauge(publicShare[level], float64(f.Parts[0]), code, duty, string(window), "numerator")
					gauge(publicShare[level], float64(f.Persons), code, duty, string(window), "denominator")
				}
				gauge(publicHidden, float64(hidden), string(level), duty, string(window))
			}
		}
	}
	gauge(publicInfo, 1, indicator.LowConfidence(p.leaveOutLow))
	gauge(publicCounted, float64(last.CountedAt.Unix()))
	gauge(publicVersion, float64(last.Version))
}
