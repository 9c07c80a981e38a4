package indicator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Window is the span of due dates that an indicator covers.
type Window string

// The windows.
const (
	Month Window = "month" // due in the last closed month
	Year  Window = "year"  // due in the last twelve months
	All   Window = "all"   // all that have fallen due
)

// AllWindows lists the windows.
func AllWindows() []Window { return []Window{Month, Year, All} }

// Nation stands for all regions together.
const Nation = "nation"

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

	ByRegion     map[Cell]uint64
	ByDepartment map[Cell]uint64
	OnTime       map[OnTimeKey]OnTime
	OldestMissed map[Cell]time.Time // by region and duty
	NextDeadline map[Cell]time.Time

	// Indicators were counted at IndicatorsAsOf, on their own slower cadence;
	// none before they are first counted.
	Indicators     []Value
	IndicatorsAsOf time.Time
	// Gaps and Warnings hold for that instant as well.
	Gaps     []Gap
	Warnings []Warning

	options Options
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
	Window       Window
}

// OnTime counts obligations that have fallen due, in one window. Unclear and
// void ones are left out of the share and counted beside, as are those not yet
// due.
type OnTime struct {
	Met, Due             uint64 // Due = met + late + missed
	Open, Unclear, Voids uint64
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
	i, err := statistics.Wilson(int64(o.Met), int64(o.Due), 0.95)
	if err != nil {
		return 0, 0, 0, false
	}
	return i.Estimate, i.Low, i.High, true
}

// add counts n obligations of a status.
func (o *OnTime) add(status obligation.Status, n uint64, basis law.Basis) {
	if n > 0 {
		o.Basis.Add(basis)
	}
	switch status {
	case obligation.Met:
		o.Met, o.Due = o.Met+n, o.Due+n
	case obligation.Late, obligation.Missed:
		o.Due += n
	case obligation.Open:
		o.Open += n
	case obligation.Unclear:
		o.Unclear += n
	case obligation.Void:
		o.Voids += n
	}
}

// Options choose what a snapshot counts.
type Options struct {
	Grouping string
	// Kinds counts regimes of these kinds; nil means law alone.
	Kinds []law.Kind
}

func (o *Options) kinds() []law.Kind {
	if len(o.Kinds) == 0 {
		return []law.Kind{law.Law}
	}
	return o.Kinds
}

// basis is what a number about a duty rests on: that of what was counted or, where
// nothing was, the kinds of its regimes that would have been.
func (o *Options) basis(d *law.Duty, counted law.Basis) law.Basis {
	if counted.Kind != "" {
		return counted
	}
	var b law.Basis
	for _, r := range d.Regimes {
		if slices.Contains(o.kinds(), r.Kind) {
			b.Add(law.Basis{Kind: r.Kind})
		}
	}
	return b
}

// Snapshot counts obligations at a query's instants.
func (r *Reader) Snapshot(ctx context.Context, q obligation.Query, opt Options) (*Snapshot, error) {
	totals, err := r.Totals(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count obligations: %w", err)
	}
	return r.Build(totals, q.AsOf, opt), nil
}

// SnapshotBy counts obligations as Snapshot does, each part of them apart.
func (r *Reader) SnapshotBy(ctx context.Context, q obligation.Query, opt Options, part func(*obligation.Obligation) string) (map[string]*Snapshot, error) {
	w := Windows(r.Catalogue, q.AsOf)
	parts := map[string]totals{}
	for o, err := range r.Obligations(ctx, q) {
		if err != nil {
			return nil, fmt.Errorf("count obligations apart: %w", err)
		}
		name := part(&o)
		if parts[name] == nil {
			parts[name] = totals{}
		}
		parts[name].add(&o, w)
	}
	out := map[string]*Snapshot{}
	for name, n := range parts {
		out[name] = r.Build(n.list(), q.AsOf, opt)
	}
	return out, nil
}

// Build makes a snapshot from totals. It asks the store nothing, so equal totals
// give equal snapshots.
func (r *Reader) Build(totals []store.Total, asOf time.Time, opt Options) *Snapshot {
	cat := r.Catalogue
	s := &Snapshot{
		AsOf: asOf, Catalogue: cat, Grouping: opt.Grouping, LowConfidence: LowConfidence(r.LeaveOutLow), options: opt,
		Regions: cat.Places.Regions(opt.Grouping), Departments: cat.Places.Departments(),
		Duties:   r.counted(opt),
		ByRegion: map[Cell]uint64{}, ByDepartment: map[Cell]uint64{}, OnTime: map[OnTimeKey]OnTime{},
		OldestMissed: map[Cell]time.Time{}, NextDeadline: map[Cell]time.Time{},
	}
	for _, t := range totals {
		if slices.Contains(opt.kinds(), law.Kind(t.Kind)) {
			s.add(&t)
		}
	}
	return s
}

// counted are the duties that have a regime that counts.
func (r *Reader) counted(opt Options) []*law.Duty {
	var out []*law.Duty
	for _, d := range r.Catalogue.Duties {
		counts := func(one *law.Regime) bool {
			return slices.Contains(opt.kinds(), one.Kind) && !r.leavesOut(one.Confidence)
		}
		if !d.NeverARow && slices.ContainsFunc(d.Regimes, counts) {
			out = append(out, d)
		}
	}
	return out
}

func (s *Snapshot) add(t *store.Total) {
	region := s.Catalogue.Places.Region(s.Grouping, t.Province)
	s.ByRegion[Cell{region, t.Duty, t.Status}] += t.Every
	s.ByDepartment[Cell{s.Catalogue.Places.Department(t.Province), t.Duty, t.Status}] += t.Every
	for _, place := range []string{region, Nation} {
		for window, n := range map[Window]uint64{Month: t.InMonth, Year: t.InYear, All: t.Every} {
			key := OnTimeKey{place, t.Duty, window}
			share := s.OnTime[key]
			share.add(t.Status, n, law.Basis{Kind: law.Kind(t.Kind), Confidence: t.Confidence})
			s.OnTime[key] = share
		}
	}
	cell := Cell{Place: region, Duty: t.Duty}
	switch t.Status {
	case obligation.Missed:
		s.OldestMissed[cell] = earliest(s.OldestMissed[cell], t.FirstDue)
	case obligation.Open:
		s.NextDeadline[cell] = earliest(s.NextDeadline[cell], t.FirstDue)
	}
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
	Window Window
	OnTime
}

// Places are the nation and then the regions: the columns of tables.
func (s *Snapshot) Places() []string { return append([]string{Nation}, s.Regions...) }

// Rows lists the shares of a window by duty and region, the nation first.
func (s *Snapshot) Rows(window Window) []Row {
	var rows []Row
	for _, d := range s.Duties {
		for _, region := range s.Places() {
			row := Row{d, region, window, s.OnTime[OnTimeKey{region, d.ID, window}]}
			row.Basis = s.options.basis(d, row.Basis)
			rows = append(rows, row)
		}
	}
	return rows
}

// Sum adds the counts of a status over all regions and duties.
func (s *Snapshot) Sum(status obligation.Status) uint64 {
	var n uint64
	for cell, count := range s.ByRegion {
		if cell.Status == status {
			n += count
		}
	}
	return n
}

// Value is what an indicator comes to in a region and window, nil where it was not
// counted.
func (s *Snapshot) Value(id, region string, window Window) *Value {
	for i := range s.Indicators {
		if v := &s.Indicators[i]; v.Indicator.ID == id && v.Region == region && v.Window == window {
			return v
		}
	}
	return nil
}
