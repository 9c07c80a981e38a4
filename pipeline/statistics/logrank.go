package statistics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Stratum holds one life table for each group, in the same order in every stratum. A group with nobody in a stratum
// has an empty table there.
type Stratum []LifeTable

// LogRankTest is the result of comparing the curves of several groups.
type LogRankTest struct {
	Test

	// Groups are the parts of the statistic, in the order of the strata's tables.
	Groups []LogRankGroup
}

// LogRankGroup is one group's share in a log-rank statistic: its events, how many it would have had if the groups did
// not differ, and the variance of the difference. With rho ≠ 0 all three are weighted sums.
type LogRankGroup struct {
	Size                         int64
	Observed, Expected, Variance float64
}

// LogRank tests whether groups have the same curve. Over the event times of all groups together, within each stratum,
// it sums the expected events d·r_g/r and their hypergeometric covariance with the tie factor (r − d)/(r − 1), which
// is 0 at r = 1; then ChiSquared = (O − E)ᵀ V⁻¹ (O − E) over all but one of the groups with E > 0, and DF is their
// number less one.
//
// Weights are S(t−)^rho, S the curve of the whole stratum: rho 0 is the log-rank test, rho 1 gives early events more
// weight (the Peto and Peto modification of the Wilcoxon test). Late entry enters through the risk sets; then the test
// is the score test of a Cox model with exact ties.
//
// Sources: N. Mantel, Cancer Chemother. Rep. 50 (1966) 163; D. P. Harrington and T. R. Fleming, Biometrika 69 (1982)
// 553. A group that was gone before the first event has E = 0 and is left out. Fewer than two groups with E > 0, or a
// V that is singular because groups were never at risk together, are [ErrUndefined], with Groups filled all the same.
// No stratum, strata of different lengths, inconsistent tables, competing ends and a rho that is negative or not
// finite are [ErrInvalid].
//
// The cost is that of one merge of the tables, so aggregated tables of ten million cases take milliseconds.
func LogRank(strata []Stratum, rho float64) (LogRankTest, error) {
	if len(strata) == 0 {
		return LogRankTest{}, fmt.Errorf("%w: no stratum", ErrInvalid)
	}
	if !(rho >= 0) || math.IsInf(rho, 1) {
		return LogRankTest{}, fmt.Errorf("%w: rho %v, a finite number of at least 0 is needed", ErrInvalid, rho)
	}
	sums := newLogRankSums(len(strata[0]))
	for i, stratum := range strata {
		if len(stratum) != len(sums.groups) {
			return LogRankTest{}, fmt.Errorf("%w: stratum %d has %d groups, the first has %d",
				ErrInvalid, i+1, len(stratum), len(sums.groups))
		}
		if err := sums.add(stratum, rho); err != nil {
			return LogRankTest{}, fmt.Errorf("stratum %d: %w", i+1, err)
		}
	}
	return sums.test()
}

// logRankSums accumulates observed, expected and covariance over event times and strata.
type logRankSums struct {
	groups     []LogRankGroup
	covariance [][]float64
}

func newLogRankSums(groups int) *logRankSums {
	s := &logRankSums{groups: make([]LogRankGroup, groups), covariance: make([][]float64, groups)}
	for g := range s.covariance {
		s.covariance[g] = make([]float64, groups)
	}
	return s
}

// add walks the tables of one stratum in step, from one instant to the next.
func (s *logRankSums) add(stratum Stratum, rho float64) error {
	atRisk := make([]int64, len(stratum))
	for g, table := range stratum {
		start, err := table.start()
		if err != nil {
			return fmt.Errorf("group %d: %w", g+1, err)
		}
		atRisk[g] = start
	}
	next := make([]int, len(stratum)) // The first step of each table that is still to come.
	events := make([]int64, len(stratum))
	survival := 1.0
	for {
		now := math.Inf(1)
		for g, table := range stratum {
			if next[g] < len(table) && table[next[g]].Time < now {
				now = table[next[g]].Time
			}
		}
		if math.IsInf(now, 1) {
			return nil
		}
		var d, r int64
		for g, table := range stratum {
			r += atRisk[g]
			events[g] = 0
			if next[g] < len(table) && table[next[g]].Time == now {
				events[g] = table[next[g]].Events
			}
			d += events[g]
		}
		if d > 0 {
			s.instant(events, atRisk, d, r, math.Pow(survival, rho))
			survival *= float64(r-d) / float64(r)
		}
		for g, table := range stratum {
			if next[g] == len(table) || table[next[g]].Time != now {
				continue
			}
			step := table[next[g]]
			if step.Competing > 0 {
				return errCompeting
			}
			s.groups[g].Size += step.leaving()
			atRisk[g] += step.Entries - step.leaving()
			next[g]++
		}
	}
}

// instant adds one event time with d events among r at risk.
func (s *logRankSums) instant(events, atRisk []int64, d, r int64, weight float64) {
	dd, rr := float64(d), float64(r)
	spread := 0.0
	if r > 1 {
		spread = weight * weight * dd * (float64(r-d) / float64(r-1))
	}
	for g := range s.groups {
		if atRisk[g] == 0 {
			continue
		}
		share := float64(atRisk[g]) / rr
		s.groups[g].Observed += weight * float64(events[g])
		s.groups[g].Expected += weight * dd * share
		s.groups[g].Variance += spread * (share * (float64(r-atRisk[g]) / rr))
		for h := range g {
			s.covariance[g][h] -= spread * (share * (float64(atRisk[h]) / rr))
		}
	}
}

// test forms the quadratic form over all but one of the groups with E > 0.
func (s *logRankSums) test() (LogRankTest, error) {
	result := LogRankTest{Groups: s.groups}
	var used []int
	for g, group := range s.groups {
		if group.Expected > 0 {
			used = append(used, g)
		}
	}
	if len(used) < 2 {
		return result, fmt.Errorf("compare curves: %w: %d groups were at risk when an event happened, two are needed",
			ErrUndefined, len(used))
	}
	// Any group may be left out; without the one with most events the rest is the least like a singular matrix.
	largest := slices.MaxFunc(used, func(g, h int) int { return cmp.Compare(s.groups[g].Expected, s.groups[h].Expected) })
	used = slices.DeleteFunc(used, func(g int) bool { return g == largest })
	difference := make([]float64, len(used))
	covariance := make([][]float64, len(used))
	for i, g := range used {
		difference[i] = s.groups[g].Observed - s.groups[g].Expected
		covariance[i] = make([]float64, len(used))
		for j, h := range used[:i] {
			covariance[i][j] = s.covariance[g][h]
		}
		covariance[i][i] = s.groups[g].Variance
	}
	chiSquared, ok := inverseForm(covariance, difference)
	if !ok {
		return result, fmt.Errorf("compare curves: %w: no event sets all the groups apart, their covariance is singular", ErrUndefined)
	}
	result.Test = newTest(chiSquared, len(used))
	return result, nil
}

// inverseForm is xᵀ V⁻¹ x for a symmetric V of which the lower triangle is given, by Cholesky's method; both arguments
// are overwritten. ok is false when V is singular: a pivot that is nothing but rounding of its diagonal.
func inverseForm(v [][]float64, x []float64) (form float64, ok bool) {
	const rounding = 1e-11
	for i := range v {
		diagonal := v[i][i]
		for j := range i {
			for k := range j {
				v[i][j] -= v[i][k] * v[j][k]
			}
			v[i][j] /= v[j][j]
			v[i][i] -= v[i][j] * v[i][j]
			x[i] -= v[i][j] * x[j]
		}
		if !(v[i][i] > rounding*diagonal) {
			return 0, false
		}
		v[i][i] = math.Sqrt(v[i][i])
		x[i] /= v[i][i]
		form += x[i] * x[i]
	}
	return form, true
}
