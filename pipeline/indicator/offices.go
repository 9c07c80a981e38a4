package indicator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Position is where an office lies in a funnel.
type Position string

// The positions. An office is an alarm only outside the limits that allow for
// how much offices differ anyway.
const (
	Inside    Position = "inside"
	Alert     Position = "outside-95"
	Alarm     Position = "outside-99.8"
	TooSmall  Position = "too-small" // fewer than MinimumFlag
	NoCompare Position = "unknown"   // all offices did, or none did
)

// An OfficeShare is one office in a funnel. Offices are printed by code, never
// by rank.
type OfficeShare struct {
	Office string `json:"office"`
	Region string `json:"region"`
	law.Basis
	Share
	Limits *statistics.FunnelLimits `json:"limits"`
	Above  bool                     `json:"above"`
	Where  Position                 `json:"position"`
}

// An OfficeReport is a funnel of offices around what all of them do together.
type OfficeReport struct {
	Duty          string        `json:"duty"`
	LowConfidence string        `json:"low_confidence"`
	All           Share         `json:"all"`
	Phi           *float64      `json:"phi"` // nil with fewer than MinimumOffices
	Offices       []OfficeShare `json:"offices"`
	Unnamed       int64         `json:"due_without_office"`
}

// Offices compares the offices that bear the request's only duty, within A.
func (r *Reader) Offices(ctx context.Context, q obligation.Query, req Request) (*OfficeReport, error) {
	if len(req.Duties) != 1 {
		return nil, ErrNoDuty
	}
	req.B = req.A
	cut := r.cut(&req, q.AsOf)
	exact, err := r.storedIsExact(ctx, q)
	if err != nil {
		return nil, err
	}
	var counts []store.OfficeCount
	if exact {
		counts, err = r.Store.OfficeCounts(ctx, cut)
	} else {
		counts, err = cut.TallyOffices(r.folded(ctx, q))
	}
	if err != nil {
		return nil, fmt.Errorf("count offices: %w", err)
	}
	counts = slices.DeleteFunc(counts, func(n store.OfficeCount) bool {
		return !req.A.holds(r.Catalogue, req.Grouping, n.Province, n.Area)
	})
	region := func(place string) string { return r.Catalogue.Places.Region(req.Grouping, place) }
	report := funnel(req.Duties[0].ID, counts, region, 1-req.Terms.Alpha)
	report.LowConfidence = LowConfidence(r.LeaveOutLow)
	return report, nil
}

// funnel is the pure part of Offices.
func funnel(duty string, counts []store.OfficeCount, region func(string) string, level float64) *OfficeReport {
	report := &OfficeReport{Duty: duty}
	at := map[string]int{}
	for i := range counts {
		n := &counts[i]
		report.All.add(countsOf(n))
		if n.Institution == "" {
			report.Unnamed += int64(n.Met + n.Failed) //nolint:gosec // A count fits.
			continue
		}
		k, ok := at[n.Institution]
		if !ok {
			k = len(report.Offices)
			at[n.Institution] = k
			report.Offices = append(report.Offices, OfficeShare{Office: n.Institution, Region: region(n.Province)})
		}
		report.Offices[k].add(countsOf(n))
		rests := &report.Offices[k].Basis
		rests.Add(n.Basis)
	}
	slices.SortFunc(report.Offices, func(a, b OfficeShare) int { return strings.Compare(a.Office, b.Office) })
	report.All.rate(level)
	var units []statistics.Unit
	for _, o := range report.Offices {
		units = append(units, statistics.Unit{Successes: o.Met, Total: o.Due()})
	}
	target := 0.0
	if report.All.Due() > 0 {
		target = float64(report.All.Met) / float64(report.All.Due())
	}
	dispersion, err := statistics.Overdispersion(target, units)
	if err == nil {
		report.Phi = &dispersion.Phi
	}
	for i := range report.Offices {
		report.Offices[i].place(target, dispersion, err == nil, level)
	}
	return report
}

func (o *OfficeShare) place(target float64, d statistics.Dispersion, dispersed bool, level float64) {
	o.rate(level)
	o.Where = NoCompare
	if o.Due() < MinimumFlag {
		o.Where = TooSmall
	}
	var limits statistics.FunnelLimits
	var err error
	if dispersed {
		limits, err = d.Limits(o.Due())
	} else {
		limits, err = statistics.Funnel(target, o.Due())
	}
	if err != nil || o.Where == TooSmall {
		return
	}
	share := float64(o.Met) / float64(o.Due())
	o.Limits, o.Above, o.Where = &limits, share > target, Inside
	switch {
	case share < limits.Low998 || share > limits.High998:
		o.Where = Alarm
	case share < limits.Low95 || share > limits.High95:
		o.Where = Alert
	}
}

// A MonthShare is one month in a control chart.
type MonthShare struct {
	Month string `json:"month"`
	law.Basis
	Share
	Signals []statistics.Rule `json:"signals,omitempty"`
	// Changes are the regimes of the duty that came into force in the month.
	Changes []string `json:"changes,omitempty"`
}

// A MonthReport is a control chart of months.
type MonthReport struct {
	Duty          string       `json:"duty"`
	LowConfidence string       `json:"low_confidence"`
	Mean          *float64     `json:"mean"`
	Low           *float64     `json:"low"`
	High          *float64     `json:"high"`
	Trial         bool         `json:"provisional"` // fewer than 12 months with a share
	Months        []MonthShare `json:"months"`
}

// ErrMonths says that months cannot be charted for such a group.
var ErrMonths = errors.New("months are charted for a region or a department")

// Months charts the request's only duty by month of due date, within A. The
// month that is not over is left out.
func (r *Reader) Months(ctx context.Context, q obligation.Query, req Request) (*MonthReport, error) {
	if len(req.Duties) != 1 {
		return nil, ErrNoDuty
	}
	if req.A.area != "" || req.A.span != nil {
		return nil, fmt.Errorf("%w, not for %s", ErrMonths, req.A.Code)
	}
	cut := r.cut(&req, q.AsOf)
	exact, err := r.storedIsExact(ctx, q)
	if err != nil {
		return nil, err
	}
	var counts []store.MonthCount
	if exact {
		counts, err = r.Store.MonthCounts(ctx, cut, r.Catalogue.Zone)
	} else {
		counts, err = cut.TallyMonths(r.Catalogue.Zone, r.folded(ctx, q))
	}
	if err != nil {
		return nil, fmt.Errorf("count months: %w", err)
	}
	current := q.AsOf.In(r.Catalogue.Zone).Format("2006-01")
	counts = slices.DeleteFunc(counts, func(n store.MonthCount) bool {
		return n.Month >= current || !req.A.holds(r.Catalogue, req.Grouping, n.Province, "")
	})
	report := controlChart(req.Duties[0], counts, 1-req.Terms.Alpha)
	report.LowConfidence = LowConfidence(r.LeaveOutLow)
	return report, nil
}

// controlChart is the pure part of Months. Months with too few cases for a share
// are no points.
func controlChart(d *law.Duty, counts []store.MonthCount, level float64) *MonthReport {
	report := &MonthReport{Duty: d.ID}
	byMonth := map[string]int{}
	for _, n := range counts {
		k, ok := byMonth[n.Month]
		if !ok {
			k = len(report.Months)
			byMonth[n.Month] = k
			report.Months = append(report.Months, MonthShare{Month: n.Month})
		}
		rests := &report.Months[k].Basis
		rests.Add(n.Basis)
		report.Months[k].add(Counts{Met: int64(n.Met), Failed: int64(n.Failed)}) //nolint:gosec // Counts fit.
	}
	slices.SortFunc(report.Months, func(a, b MonthShare) int { return strings.Compare(a.Month, b.Month) })
	var values []float64
	var of []int
	for i := range report.Months {
		m := &report.Months[i]
		m.rate(level)
		for _, regime := range d.Regimes {
			if regime.From.String()[:7] == m.Month {
				m.Changes = append(m.Changes, regime.ID)
			}
		}
		if m.Rate != nil {
			values, of = append(values, m.Rate.Estimate), append(of, i)
		}
	}
	report.Trial = len(values) < 12
	chart, err := statistics.XmR(values)
	if err != nil {
		return report
	}
	report.Mean, report.Low, report.High = &chart.Mean, &chart.Low, &chart.High
	for _, s := range chart.Signals {
		m := &report.Months[of[s.Index-1]]
		m.Signals = append(m.Signals, s.Rule)
	}
	return report
}
