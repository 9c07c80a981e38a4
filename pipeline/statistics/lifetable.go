package statistics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Outcome is how an observation ended.
type Outcome uint8

// The outcomes. A censored observation was still open when it was last seen.
const (
	Censored Outcome = iota
	Event
	Competing // An end that makes the event impossible, such as a withdrawn case.
)

// Observation is one row of data, or Count equal rows: watched from just after Entry up to and including Time.
//
// An Entry of 0 means watched from the start, so that an end at time 0 counts. Any other Entry lies before Time.
type Observation struct {
	Entry, Time float64
	Outcome     Outcome
	Count       int64
}

// Step is everything that happened to a group at one instant, in this order: events of either kind, then censorings,
// then late entries.
type Step struct {
	Time                                 float64
	Events, Competing, Censored, Entries int64
}

// leaving is the number of those whose observation ends with the step.
func (s Step) leaving() int64 { return s.Events + s.Competing + s.Censored }

// LifeTable is a group as the estimators see it: its steps in ascending order of time, each time once. Whoever leaves
// without having entered was there from the start. A table is small where time is coarse, however many cases there
// are, so a store can aggregate ten million cases into one and only that travels.
type LifeTable []Step

// Tabulate sorts observations into a life table, in O(n log n). The argument keeps its order. A time or an entry that
// is negative or not finite, an entry above 0 that is not before its time, a negative count and an unknown outcome are
// [ErrInvalid]. No observations give an empty table.
func Tabulate(observations []Observation) (LifeTable, error) {
	steps := make(LifeTable, 0, len(observations))
	for i, o := range observations {
		step := Step{Time: o.Time}
		switch o.Outcome {
		case Censored:
			step.Censored = o.Count
		case Event:
			step.Events = o.Count
		case Competing:
			step.Competing = o.Count
		default:
			return nil, fmt.Errorf("%w: observation %d has the unknown outcome %d", ErrInvalid, i+1, o.Outcome)
		}
		steps = append(steps, step)
		if o.Entry == 0 {
			continue
		}
		if !(o.Entry > 0 && o.Entry < o.Time) {
			return nil, fmt.Errorf("%w: observation %d enters at %v and ends at %v", ErrInvalid, i+1, o.Entry, o.Time)
		}
		steps = append(steps, Step{Time: o.Entry, Entries: o.Count})
	}
	table := inOrder(steps)
	if _, err := table.start(); err != nil {
		return nil, err
	}
	return table, nil
}

// Join is the life table of several groups together: all their steps, each time once. Two tables are joined in linear
// time, k of them of n steps in O(n log k). The arguments keep what is in them.
func Join(tables ...LifeTable) LifeTable {
	switch len(tables) {
	case 0:
		return nil
	case 1:
		return tables[0]
	}
	half := len(tables) / 2
	a, b := Join(tables[:half]...), Join(tables[half:]...)
	out := make(LifeTable, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Time < b[0].Time:
			out, a = append(out, a[0]), a[1:]
		case a[0].Time > b[0].Time:
			out, b = append(out, b[0]), b[1:]
		default:
			both := a[0]
			both.Entries += b[0].Entries
			both.Events += b[0].Events
			both.Competing += b[0].Competing
			both.Censored += b[0].Censored
			out, a, b = append(out, both), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// inOrder sorts steps, and makes one of those at the same time.
func inOrder(steps LifeTable) LifeTable {
	slices.SortFunc(steps, func(a, b Step) int { return cmp.Compare(a.Time, b.Time) })
	table := steps[:0]
	for _, s := range steps {
		if last := len(table) - 1; last >= 0 && table[last].Time == s.Time {
			table[last].Events += s.Events
			table[last].Competing += s.Competing
			table[last].Censored += s.Censored
			table[last].Entries += s.Entries
			continue
		}
		table = append(table, s)
	}
	return table
}

// CompetingAsCensored is the table with competing ends counted as censorings: a world in which they do not happen.
// That is the right reading for the cause-specific log-rank test and the wrong one for "how many will have had it by
// then", which is [AalenJohansen].
func (t LifeTable) CompetingAsCensored() LifeTable {
	changed := slices.Clone(t)
	for i := range changed {
		changed[i].Censored += changed[i].Competing
		changed[i].Competing = 0
	}
	return changed
}

// Size is the number of observations in the table.
func (t LifeTable) Size() int64 {
	var n int64
	for _, s := range t {
		n += s.leaving()
	}
	return n
}

// Events is the number of events in the table.
func (t LifeTable) Events() int64 {
	var d int64
	for _, s := range t {
		d += s.Events
	}
	return d
}

// start checks the table and gives the number at risk before its first step.
func (t LifeTable) start() (int64, error) {
	for i, s := range t {
		switch {
		case !(s.Time >= 0) || math.IsInf(s.Time, 1):
			return 0, fmt.Errorf("%w: time %v, a finite number of at least 0 is needed", ErrInvalid, s.Time)
		case i > 0 && s.Time <= t[i-1].Time:
			return 0, fmt.Errorf("%w: time %v follows time %v in a life table", ErrInvalid, s.Time, t[i-1].Time)
		case s.Events < 0 || s.Competing < 0 || s.Censored < 0 || s.Entries < 0:
			return 0, fmt.Errorf("%w: a negative count at time %v", ErrInvalid, s.Time)
		}
	}
	// Backwards, those at risk at an instant are the ones who leave then or later and had entered before.
	var atRisk int64
	for _, s := range slices.Backward(t) {
		atRisk -= s.Entries
		if atRisk < 0 {
			return 0, fmt.Errorf("%w: at time %v more enter than leave later", ErrInvalid, s.Time)
		}
		atRisk += s.leaving()
	}
	return atRisk, nil
}

// lastObserved is the time of the last event or censoring; ok is false in a table where nobody was watched.
func (t LifeTable) lastObserved() (last float64, ok bool) {
	for _, s := range slices.Backward(t) {
		if s.leaving() > 0 {
			return s.Time, true
		}
	}
	return 0, false
}

// tolerance is √ε of a double: differences below it are rounding, not data.
const tolerance = 1.490116119384765625e-8

// AlignTimes makes one instant of those that differ by rounding only, in place and over all columns together (times,
// entries): neighbours among the distinct values whose distance is at most √ε, absolutely or relative to the mean of
// the distinct values, become the smallest of them. Without it 0.1 + 0.2 and 0.3 would be two event times.
//
// It is the rule of R's survival package (timefix): T. M. Therneau, Roundoff error and tied times, package vignette.
func AlignTimes(columns ...[]float64) {
	var distinct []float64
	for _, column := range columns {
		distinct = append(distinct, column...)
	}
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)

	mean := 0.0
	for i, v := range distinct { // A running mean cannot overflow.
		mean += (v - mean) / float64(i+1)
	}
	instants := distinct[:0]
	previous := math.Inf(-1)
	for _, v := range distinct {
		if distance := v - previous; distance > tolerance && distance/mean > tolerance {
			instants = append(instants, v)
		}
		previous = v
	}
	if len(instants) == len(distinct) {
		return
	}
	for _, column := range columns {
		for i, v := range column {
			at, found := slices.BinarySearch(instants, v)
			if !found {
				column[i] = instants[at-1]
			}
		}
	}
}
