// Package snapshot holds every number that is served, with one as-of: counts and
// shares by duty, the indicators, the comparisons of regions and the early warnings.
// It refreshes them on a timer and serves them to Prometheus.
package snapshot

import (
	"context"
	"fmt"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Snapshot is every number of one refresh, with one as-of.
type Snapshot struct {
	AsOf      time.Time
	Catalogue *law.Catalogue
	Grouping  string

	// Regions and Departments are the closed sets that are zero-filled.
	Regions, Departments []string
	// Duties are the duties with rows that count, by default those of kind law.
	Duties []*law.Duty
	// LowConfidence is what was done with regimes of it: counted or left-out.
	LowConfidence string

	ByRegion     map[Cell]int64
	ByDepartment map[Cell]int64
	OnTime       map[OnTimeKey]OnTime

	// Deadlines by region and duty, indicators, comparisons of regions and early warnings; none in a snapshot that
	// was not made to be served.
	OldestMissed, NextDeadline map[Cell]time.Time

	Indicators []indicator.Value
	Gaps       []comparison.Gap
	Warnings   []forecast.Warning

	options indicator.Options
}

// A Cell is one count of a snapshot. Status is empty where it does not apply.
type Cell struct {
	Place  string // region or department
	Duty   string
	Status obligation.Status
}

// An OnTimeKey is one share of a snapshot.
type OnTimeKey struct {
	Region, Duty string
	Window       indicator.Window
}

// OnTime counts obligations that have fallen due, in one window. Unclear and
// void ones are left out of the share and counted beside, as are those not yet
// due.
type OnTime struct {
	Met, Due             int64 // Due = met + late + missed
	Open, Unclear, Voids int64
	Basis                law.Basis // of all that were counted
}

// Any reports whether anything was counted at all.
func (o OnTime) Any() bool { return o.Due+o.Open+o.Unclear+o.Voids > 0 }

// Share is the share done in time with its 95 % Wilson interval, and whether it
// exists: no share without a denominator.
func (o OnTime) Share() (estimate, low, high float64, ok bool) {
	if o.Due == 0 {
		return 0, 0, 0, false
	}
	i, err := statistics.Wilson(o.Met, o.Due, 0.95)
	if err != nil {
		return 0, 0, 0, false
	}
	return i.Estimate, i.Low, i.High, true
}

// add counts n obligations of a status.
func (o *OnTime) add(status obligation.Status, n int64, basis law.Basis) {
	if n > 0 {
		o.Basis.Add(basis)
	}
	if status.Decided() {
		o.Due += n
	}
	switch status {
	case obligation.Met:
		o.Met += n
	case obligation.Open:
		o.Open += n
	case obligation.Unclear:
		o.Unclear += n
	case obligation.Void:
		o.Voids += n
	}
}

// Of counts obligations at a query's instants.
func Of(ctx context.Context, r *indicator.Reader, q obligation.Query, opt indicator.Options) (*Snapshot, error) {
	parts, err := Parts(ctx, r, q, opt, "")
	if err != nil {
		return nil, err
	}
	if s := parts[""]; s != nil {
		return s, nil
	}
	return Build(r, nil, q.AsOf, opt), nil
}

// Parts counts obligations as Of does, apart by one thing; by nothing there is one
// part.
func Parts(ctx context.Context, r *indicator.Reader, q obligation.Query, opt indicator.Options, by counting.By) (map[string]*Snapshot, error) {
	var out map[string]*Snapshot
	err := r.At(ctx, q, func(from indicator.Counts) (err error) {
		out, err = parts(ctx, r, from, q.AsOf, opt, by)
		return err
	})
	return out, err
}

func parts(ctx context.Context, r *indicator.Reader, from indicator.Counts, asOf time.Time, opt indicator.Options, by counting.By) (map[string]*Snapshot, error) {
	cut := counting.Cut{AsOf: asOf, Choice: r.Choice(opt.Kinded()...), Spans: indicator.Windows(r.Catalogue, asOf), By: []counting.By{counting.ByDuty, counting.ByRegion, counting.InDepartment}, Regions: r.Regions(opt.Grouping)}
	if by != "" {
		cut.By = append(cut.By, by)
	}
	counts, err := from.ObligationCounts(ctx, cut)
	if err != nil {
		return nil, fmt.Errorf("count obligations: %w", err)
	}
	apart := map[string][]counting.ObligationCount{}
	for _, n := range counts {
		apart[n.Parts[by]] = append(apart[n.Parts[by]], n)
	}
	out := map[string]*Snapshot{}
	for part, counts := range apart {
		out[part] = Build(r, counts, asOf, opt)
	}
	return out, nil
}

// Build makes a snapshot from counts by duty, region and department. It asks the store
// nothing, so equal counts give equal snapshots.
func Build(r *indicator.Reader, counts []counting.ObligationCount, asOf time.Time, opt indicator.Options) *Snapshot {
	cat := r.Catalogue
	s := &Snapshot{
		AsOf: asOf, Catalogue: cat, Grouping: opt.Grouping, LowConfidence: indicator.LowConfidence(r.LeaveOutLow), options: opt,
		Regions: cat.Places.Regions(opt.Grouping), Departments: cat.Places.Departments(),
		Duties:   r.Counted(opt),
		ByRegion: map[Cell]int64{}, ByDepartment: map[Cell]int64{}, OnTime: map[OnTimeKey]OnTime{},
		OldestMissed: map[Cell]time.Time{}, NextDeadline: map[Cell]time.Time{},
	}
	for i := range counts {
		s.add(&counts[i])
	}
	return s
}

func (s *Snapshot) add(n *counting.ObligationCount) {
	duty, region := n.Parts[counting.ByDuty], n.Parts[counting.ByRegion]
	s.ByRegion[Cell{region, duty, n.Status}] += n.Every
	s.ByDepartment[Cell{s.Catalogue.Places.Department(n.Parts[counting.InDepartment]), duty, n.Status}] += n.Every
	for _, place := range []string{region, indicator.Nation} {
		for i, window := range indicator.AllWindows() {
			key := OnTimeKey{place, duty, window}
			share := s.OnTime[key]
			share.add(n.Status, n.In[i], n.Basis)
			s.OnTime[key] = share
		}
	}
}

// deadlines adds which deadline comes next, and which was missed first.
func (s *Snapshot) deadlines(ctx context.Context, r *indicator.Reader, from indicator.Counts) error {
	first, err := from.FirstDeadlines(ctx, counting.Cut{
		AsOf: s.AsOf, Choice: r.Choice(s.options.Kinded()...), By: []counting.By{counting.ByDuty, counting.ByRegion}, Regions: r.Regions(s.options.Grouping),
	})
	if err != nil {
		return fmt.Errorf("look for deadlines: %w", err)
	}
	for i := range first {
		d := &first[i]
		into := s.NextDeadline
		if d.Status == obligation.Missed {
			into = s.OldestMissed
		}
		cell := Cell{Place: d.Parts[counting.ByRegion], Duty: d.Parts[counting.ByDuty]}
		into[cell] = earliest(into[cell], d.At)
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// A Row is one share as printed.
type Row struct {
	Duty   *law.Duty
	Region string
	Window indicator.Window
	OnTime
}

// Places are the nation and then the regions: the columns of tables.
func (s *Snapshot) Places() []string { return append([]string{indicator.Nation}, s.Regions...) }

// Rows lists the shares of a window by duty and region, the nation first.
func (s *Snapshot) Rows(window indicator.Window) []Row {
	var rows []Row
	for _, d := range s.Duties {
		for _, region := range s.Places() {
			row := Row{d, region, window, s.OnTime[OnTimeKey{region, d.ID, window}]}
			row.Basis = s.options.BasisOf(d, row.Basis)
			rows = append(rows, row)
		}
	}
	return rows
}

// Sum adds the counts of a status over all regions and duties.
func (s *Snapshot) Sum(status obligation.Status) int64 {
	var n int64
	for cell, count := range s.ByRegion {
		if cell.Status == status {
			n += count
		}
	}
	return n
}

// Value is what an indicator comes to in a region and window, nil where it was not
// counted.
func (s *Snapshot) Value(id, region string, window indicator.Window) *indicator.Value {
	for i := range s.Indicators {
		if v := &s.Indicators[i]; v.Indicator.ID == id && v.Region == region && v.Window == window {
			return v
		}
	}
	return nil
}
