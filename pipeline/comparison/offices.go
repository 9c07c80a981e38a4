package comparison

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// A Flag is how an office is marked in a funnel.
type Flag string

// The flags. An office is an alarm only outside the limits that allow for
// how much offices differ anyway.
const (
	Inside    Flag = "inside"
	Alert     Flag = "outside-95"
	Alarm     Flag = "outside-99.8"
	TooSmall  Flag = "too-small" // fewer than MinimumFlag
	NoCompare Flag = "unknown"   // all offices did, or none did
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
	Where  Flag                     `json:"position"`
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
func Offices(ctx context.Context, r *indicator.Reader, q obligation.Query, req Request) (*OfficeReport, error) {
	if len(req.Duties) != 1 {
		return nil, ErrNoDuty
	}
	req.B = req.A
	var report *OfficeReport
	err := r.At(ctx, q, func(from indicator.Counts) error {
		counts, err := from.ObligationOutcomes(ctx, req.cut(r, q.AsOf))
		if err != nil {
			return fmt.Errorf("count offices: %w", err)
		}
		report = req.funnel(r.Catalogue, counts)
		return nil
	})
	if err != nil {
		return nil, err
	}
	report.LowConfidence = indicator.LowConfidence(r.LeaveOutLow)
	return report, nil
}

// funnel is the pure part of Offices.
func (req *Request) funnel(cat *law.Catalogue, counts []counting.ObligationOutcome) *OfficeReport {
	report := &OfficeReport{Duty: req.Duties[0].ID}
	level := 1 - req.Terms.Alpha
	at := map[string]int{}
	for i := range counts {
		n := &counts[i]
		office, province := n.Parts[counting.ByInstitution], n.Parts[counting.ByProvince]
		if n.In[0].Sum() == 0 || !req.A.holds(cat, req.Grouping, province, n.Parts[counting.ByArea]) {
			continue
		}
		of := Counts(n.In[0])
		report.All.add(of)
		if office == "" {
			report.Unnamed += of.Due()
			continue
		}
		k, ok := at[office]
		if !ok {
			k = len(report.Offices)
			at[office] = k
			report.Offices = append(report.Offices, OfficeShare{Office: office, Region: cat.Places.Region(req.Grouping, province)})
		}
		report.Offices[k].add(of)
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
func Months(ctx context.Context, r *indicator.Reader, q obligation.Query, req Request) (*MonthReport, error) {
	if len(req.Duties) != 1 {
		return nil, ErrNoDuty
	}
	reports, err := MonthsIn(ctx, r, q, req, req.A)
	if err != nil {
		return nil, err
	}
	return reports[req.Duties[0].ID][0], nil
}

// MonthsIn charts as Months does, within each of some groups, each duty of a request, by its
// name: all of one reading of the store.
func MonthsIn(ctx context.Context, r *indicator.Reader, q obligation.Query, req Request, groups ...Group) (map[string][]*MonthReport, error) {
	if len(req.Duties) == 0 {
		return nil, ErrNoDuty
	}
	for _, g := range groups {
		if g.area != "" || g.span != nil {
			return nil, fmt.Errorf("%w, not for %s", ErrMonths, g.Code)
		}
	}
	cut := req.cut(r, q.AsOf)
	cut.Spans = counting.Spans{}
	cut.By, cut.Zone = []counting.By{counting.ByDuty, counting.ByMonth, counting.ByProvince}, r.Catalogue.Zone
	out := make(map[string][]*MonthReport, len(req.Duties))
	err := r.At(ctx, q, func(from indicator.Counts) error {
		counts, err := from.ObligationOutcomes(ctx, cut)
		if err != nil {
			return fmt.Errorf("count months: %w", err)
		}
		byDuty := map[string][]counting.ObligationOutcome{}
		for _, n := range counts {
			byDuty[n.Parts[counting.ByDuty]] = append(byDuty[n.Parts[counting.ByDuty]], n)
		}
		for _, d := range req.Duties {
			one := req
			one.Duties = []*law.Duty{d}
			for _, g := range groups {
				one.A = g
				report := one.controlChart(r.Catalogue, byDuty[d.ID], q.AsOf.In(r.Catalogue.Zone).Format("2006-01"))
				report.LowConfidence = indicator.LowConfidence(r.LeaveOutLow)
				out[d.ID] = append(out[d.ID], report)
			}
		}
		return nil
	})
	return out, err
}

// controlChart is the pure part of Months: those before the current one. Months with
// too few cases for a share are no points.
func (req *Request) controlChart(cat *law.Catalogue, counts []counting.ObligationOutcome, current string) *MonthReport {
	d, level := req.Duties[0], 1-req.Terms.Alpha
	report := &MonthReport{Duty: d.ID}
	byMonth := map[string]int{}
	for i := range counts {
		n := &counts[i]
		month := n.Parts[counting.ByMonth]
		if of := Counts(n.In[0]); of.Due() == 0 || month >= current || !req.A.holds(cat, req.Grouping, n.Parts[counting.ByProvince], "") {
			continue
		}
		k, ok := byMonth[month]
		if !ok {
			k = len(report.Months)
			byMonth[month] = k
			report.Months = append(report.Months, MonthShare{Month: month})
		}
		rests := &report.Months[k].Basis
		rests.Add(n.Basis)
		report.Months[k].add(Counts(n.In[0]))
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
