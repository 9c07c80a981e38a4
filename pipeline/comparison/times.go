package comparison

import (
	"math"
	"slices"

	"amparo/pipeline/statistics"
	"amparo/pipeline/store/counting"
)

// Times compare how long two sides take. Open cases count for as long as they
// have been open; those that fell away are a competing end. All times are hours
// from the start.
type Times struct {
	Sides [2]TimeShare `json:"sides"`
	// Limit is what the law allows every case, or nil where it depends on the
	// case: then Strata may have it.
	Limit *float64 `json:"limit_hours"`
	// Horizon is up to when restricted means are taken: the longest limit.
	Horizon float64 `json:"horizon_hours"`
	// MeanDifference is the restricted mean of the first side less the second.
	MeanDifference *Bounds `json:"mean_difference_hours"`
	// LogRank compares the whole curves, risk held fixed.
	LogRank *statistics.Test `json:"log_rank"`
	Strata  []TimeStratum    `json:"strata"`
	Verdict Verdict          `json:"verdict"`
	Reason  Doubt            `json:"reason,omitempty"`
}

// A TimeShare is one side of Times. What does not exist is nil: nobody was
// watched that long, or the median was not reached.
type TimeShare struct {
	N        int64 `json:"n"`
	Done     int64 `json:"done"`
	Open     int64 `json:"open"`
	FellAway int64 `json:"fell_away"`

	Undone         *Bounds  `json:"undone_at_limit"` // Kaplan-Meier
	DoneBy         *float64 `json:"done_by_limit"`   // cumulative incidence, with those that fell away competing
	Median         *float64 `json:"median_hours"`
	MedianLow      *float64 `json:"median_low"`
	MedianHigh     *float64 `json:"median_high"`
	RestrictedMean *Bounds  `json:"restricted_mean_hours"`

	mean statistics.Mean // that RestrictedMean bounds
}

// A TimeStratum is one risk level of Times, at its own limit.
type TimeStratum struct {
	Stratum string       `json:"stratum"`
	Limit   *float64     `json:"limit_hours"`
	Sides   [2]TimeShare `json:"sides"`
}

// A Duration counts obligations of one side and risk that ended, or were last seen,
// equally long after their start.
type Duration struct {
	Side    int
	Risk    string
	Minutes int64 // begun; whole hours past ten days
	Ended   counting.Ended
	Count   int64
}

// Limits bound what the law allows in a stratum, in hours.
type Limits struct{ Shortest, Longest float64 }

func (l Limits) only() *float64 {
	if l.Longest <= 0 || l.Shortest != l.Longest {
		return nil
	}
	return &l.Longest
}

// CompareTimes compares times from counts by minute. limits bound, by risk, what
// the law allows in hours.
func CompareTimes(durations []Duration, limits map[string]Limits, terms Terms) (*Times, error) {
	risks, strata, err := lifeTables(durations)
	if err != nil {
		return nil, err
	}
	t := &Times{Verdict: Unknown}
	all := Limits{Shortest: math.Inf(1)}
	for _, l := range limits {
		all.Shortest, all.Longest = min(all.Shortest, l.Shortest), max(all.Longest, l.Longest)
	}
	t.Limit, t.Horizon = all.only(), max(0, all.Longest)
	var tables [2][]statistics.LifeTable
	for i, risk := range risks {
		row := TimeStratum{Stratum: risk, Limit: limits[risk].only()}
		for side := range 2 {
			row.Sides[side] = timeShare(strata[i][side], row.Limit, limits[risk].Longest, 1-terms.Alpha)
			tables[side] = append(tables[side], strata[i][side])
		}
		t.Strata = append(t.Strata, row)
	}
	for side := range 2 {
		t.Sides[side] = timeShare(statistics.Join(tables[side]...), t.Limit, t.Horizon, 1-terms.Alpha)
	}
	t.judge(strata, terms)
	return t, nil
}

// judge compares the curves. The verdict asks the log-rank test and the mean to
// agree, and for equality that the means differ by less than the margin's share
// of the horizon.
func (t *Times) judge(strata []statistics.Stratum, terms Terms) {
	a, b := t.Sides[0], t.Sides[1]
	switch {
	case a.N == 0 || b.N == 0:
		t.Reason = DoubtNoCases
		return
	case a.N < MinimumFlag || b.N < MinimumFlag:
		t.Reason = DoubtTooFew
		return
	case a.RestrictedMean == nil || b.RestrictedMean == nil:
		t.Reason = DoubtWide
		return
	}
	difference := a.mean.Minus(b.mean)
	t.MeanDifference = bounds(difference.Interval(1 - terms.Alpha))
	t.MeanDifference.setLevel(1 - terms.Alpha)
	for i := range strata {
		for side := range strata[i] {
			strata[i][side] = strata[i][side].CompetingAsCensored()
		}
	}
	if test, err := statistics.LogRank(strata, 0); err == nil {
		t.LogRank = &test.Test
	}
	narrow, err := difference.Interval(1 - 2*terms.Alpha)
	switch {
	case t.LogRank != nil && t.LogRank.P <= terms.Alpha && difference.StdError > 0 && (t.MeanDifference.Low > 0 || t.MeanDifference.High < 0):
		t.Verdict = Different
	case err == nil && narrow.Within(terms.Margin*t.Horizon):
		t.Verdict = Equivalent
	default:
		t.Reason = DoubtWide
	}
}

// lifeTables sorts counts into one table a risk and side, in hours.
func lifeTables(durations []Duration) (risks []string, strata []statistics.Stratum, err error) {
	byRisk := map[string]*[2][]statistics.Observation{}
	for _, d := range durations {
		of := byRisk[d.Risk]
		if of == nil {
			of = &[2][]statistics.Observation{}
			byRisk[d.Risk] = of
			risks = append(risks, d.Risk)
		}
		outcome := map[counting.Ended]statistics.Outcome{counting.EndedDone: statistics.Event, counting.EndedVoid: statistics.Competing, counting.EndedOpen: statistics.Censored}[d.Ended]
		of[d.Side] = append(of[d.Side], statistics.Observation{Time: float64(d.Minutes) / 60, Outcome: outcome, Count: d.Count})
	}
	slices.Sort(risks)
	for _, risk := range risks {
		stratum := make(statistics.Stratum, 2)
		for side := range 2 {
			if stratum[side], err = statistics.Tabulate(byRisk[risk][side]); err != nil {
				return nil, nil, err
			}
		}
		strata = append(strata, stratum)
	}
	return risks, strata, nil
}

func timeShare(table statistics.LifeTable, limit *float64, horizon, level float64) TimeShare {
	s := TimeShare{N: table.Size(), Done: table.Events()}
	for _, step := range table {
		s.Open += step.Censored
		s.FellAway += step.Competing
	}
	curve, err := statistics.KaplanMeier(table.CompetingAsCensored(), level)
	if err != nil || s.N < MinimumRate {
		return s
	}
	if limit != nil {
		if e := curve.At(*limit); e.Survival.Exists {
			s.Undone = &Bounds{Estimate: e.Survival.Value, Low: e.Survival.Value, High: e.Survival.Value, Level: level}
			if e.Low.Exists && e.High.Exists {
				s.Undone.Low, s.Undone.High = e.Low.Value, e.High.Value
			}
		}
		if incidence, err := statistics.AalenJohansen(table); err == nil {
			s.DoneBy = optional(incidence.At(*limit).Incidence)
		}
	}
	median := curve.Median()
	s.Median, s.MedianLow, s.MedianHigh = optional(median.Time), optional(median.Low), optional(median.High)
	if horizon > 0 {
		if mean, err := curve.RestrictedMean(horizon); err == nil {
			s.mean, s.RestrictedMean = mean, bounds(mean.Interval(level))
			s.RestrictedMean.setLevel(level)
		}
	}
	return s
}

func optional(o statistics.Optional) *float64 {
	if !o.Exists {
		return nil
	}
	return &o.Value
}
