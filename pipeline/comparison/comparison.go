// Package comparison compares groups of obligations: regions, departments, areas,
// spans of time, offices and months. Its answer is a difference with its interval and
// a verdict in words: different, equivalent or unknown. It never ranks.
package comparison

import (
	"cmp"
	"fmt"
	"slices"

	"amparo/pipeline/statistics"
	"amparo/schemas/law"
)

// A Verdict is what a comparison comes to.
type Verdict string

// The verdicts.
const (
	Different  Verdict = "different"  // the interval leaves out zero, whatever else was looked at
	Equivalent Verdict = "equivalent" // the interval lies inside the margin
	Unknown    Verdict = "unknown"    // the data do not decide; Reason says why
)

// A Doubt says why a verdict is unknown.
type Doubt string

// The reasons, from the most to the least basic.
const (
	DoubtNoCases  Doubt = "no-cases"          // one side has none that has fallen due
	DoubtTooFew   Doubt = "too-few"           // fewer than MinimumFlag on one side
	DoubtNoStrata Doubt = "nothing-in-common" // no risk level has cases on both sides
	DoubtOpposed  Doubt = "strata-disagree"   // strata point in different directions
	DoubtWide     Doubt = "interval-too-wide"
)

// Sizes below which a number is not given, or not judged.
const (
	MinimumRate = 10 // below it no share
	MinimumFlag = 30 // below it no verdict but unknown
	// MinimumOffices is how many offices tell their scatter from chance.
	MinimumOffices = 10
)

// powerWanted is the chance with which a difference should be found.
const powerWanted = 0.8

// Terms are agreed before anyone looks at the data, and printed with the answer.
type Terms struct {
	Margin float64 `json:"margin"` // differences smaller than this do not matter; a share
	Alpha  float64 `json:"alpha"`  // of the whole family
}

// DefaultTerms are five points and five per cent.
func DefaultTerms() Terms { return Terms{Margin: 0.05, Alpha: 0.05} }

// Check refuses terms that mean nothing.
func (t Terms) Check() error {
	if !(t.Margin > 0 && t.Margin < 1) {
		return fmt.Errorf("margin %v: expected a share between 0 and 1, such as 0.05 for five points", t.Margin)
	}
	if !(t.Alpha > 0 && t.Alpha < 0.5) {
		return fmt.Errorf("alpha %v: expected a share between 0 and 0.5", t.Alpha)
	}
	return nil
}

// A SideCount counts obligations of one side, stratum and office.
type SideCount struct {
	Side            int // 0 or 1
	Stratum, Office string
	Counts
}

// Counts are what a share is made of, and what is left out of it.
type Counts struct {
	Met     int64 `json:"on_time"`
	Failed  int64 `json:"failed"`
	NotDue  int64 `json:"not_yet_due"`
	Unclear int64 `json:"unclear"`
	Void    int64 `json:"void"`
}

// Due is the number that has fallen due.
func (c Counts) Due() int64 { return c.Met + c.Failed }

func (c *Counts) add(o Counts) {
	c.Met, c.Failed, c.NotDue = c.Met+o.Met, c.Failed+o.Failed, c.NotDue+o.NotDue
	c.Unclear, c.Void = c.Unclear+o.Unclear, c.Void+o.Void
}

// A Bounds is an estimate with its limits and their confidence.
type Bounds struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Level    float64 `json:"level"`
}

// A Share is one side. Rate is nil below MinimumRate.
type Share struct {
	Counts
	Rate *Bounds `json:"rate"`
}

// A StratumShare is one stratum, both sides and their difference.
type StratumShare struct {
	Stratum    string   `json:"stratum"`
	Sides      [2]Share `json:"sides"`
	Difference *Bounds  `json:"difference"`
}

// A Scatter says how much more than chance offices differ among themselves.
type Scatter struct {
	Offices int      `json:"offices"`
	Phi     *float64 `json:"phi"` // nil below MinimumOffices
}

// A Comparison is the answer for one topic. What does not exist is nil; Reason
// says why.
type Comparison struct {
	Topic string `json:"topic"`
	law.Basis
	Terms Terms    `json:"terms"`
	Sides [2]Share `json:"sides"`

	// Crude compares all cases alike; Difference holds the strata fixed and
	// allows for the scatter of offices. Points of the first side less the second.
	Crude      *Bounds `json:"crude"`
	Difference *Bounds `json:"difference"`
	// InFamily is Difference at the confidence that the family asks for, and
	// Within the interval that is held against the margin.
	InFamily *Bounds `json:"in_family"`
	Within   *Bounds `json:"within"`

	Strata []StratumShare `json:"strata"`
	// Heterogeneity is the chance of strata as unlike as these, were their odds
	// ratios equal; OpposedBy that of strata so opposed, were all on one side.
	Heterogeneity *float64 `json:"heterogeneity"`
	OpposedBy     *float64 `json:"opposed_by"`

	Scatter Scatter `json:"scatter"`
	// Detectable is the smallest difference that these numbers would show 8
	// times in 10.
	Detectable *float64 `json:"detectable"`
	Family     int      `json:"family"`

	Verdict     Verdict `json:"verdict"`
	Reason      Doubt   `json:"reason,omitempty"`
	SmallButSet bool    `json:"smaller_than_margin,omitempty"` // different, yet inside the margin
	// MoreNeeded is about how many more cases on the smaller side would decide,
	// if the shares stay as they are.
	MoreNeeded int64 `json:"more_needed,omitempty"`

	// Names are those of the sides, Title that of the topic: for whoever puts it
	// into words.
	Names [2]law.Text `json:"-"`
	Title law.Text    `json:"-"`

	pooled  *statistics.StratifiedDifference
	unequal float64 // chance of such a difference between equal sides
	outside float64 // chance of such an interval, were the difference the margin
}

// A Topic is what is compared: a duty, an implication or an indicator.
type Topic struct {
	ID     string
	Title  law.Text
	Basis  law.Basis
	Counts []SideCount
	Names  *[2]law.Text // of the sides, where they are not those of all topics
}

// Compare compares two sides on every topic looked at. The topics are one
// family: the more there are, the more each has to show.
func Compare(names [2]law.Text, topics []Topic, terms Terms) ([]Comparison, error) {
	if err := terms.Check(); err != nil {
		return nil, err
	}
	out := make([]Comparison, len(topics))
	for i := range topics {
		out[i] = estimate(&topics[i], terms)
	}
	if err := judge(out, terms); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Title, out[i].Names = topics[i].Title, names
		if topics[i].Names != nil {
			out[i].Names = *topics[i].Names
		}
	}
	return out, nil
}

// estimate computes all numbers that need no other topic.
func estimate(s *Topic, terms Terms) Comparison {
	c := Comparison{Topic: s.ID, Basis: s.Basis, Terms: terms, Verdict: Unknown, unequal: 1, outside: 1}
	counts := slices.SortedFunc(slices.Values(s.Counts), func(a, b SideCount) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Stratum, b.Stratum), cmp.Compare(a.Office, b.Office), cmp.Compare(a.Met, b.Met), cmp.Compare(a.Failed, b.Failed))
	})
	tables := c.gather(counts)
	level := 1 - terms.Alpha
	for i := range c.Sides {
		c.Sides[i].rate(level)
	}
	a, b := c.Sides[0].Counts, c.Sides[1].Counts
	c.Scatter = scatter(counts)
	switch {
	case a.Due() == 0 || b.Due() == 0:
		c.Reason = DoubtNoCases
		return c
	case a.Due() < MinimumRate || b.Due() < MinimumRate:
		c.Reason = DoubtTooFew
		return c
	}
	c.Crude = bounds(statistics.Newcombe(a.Met, a.Due(), b.Met, b.Due(), level))
	c.Crude.setLevel(level)
	var err error
	if c.pooled, err = statistics.Stratify(tables, c.Scatter.phi(), c.Scatter.Offices); err != nil {
		c.Reason = DoubtNoStrata
		return c
	}
	c.Difference, c.Within = c.at(level), c.at(1-2*terms.Alpha)
	if test, err := statistics.BreslowDay(tables); err == nil {
		c.Heterogeneity = &test.P
	}
	if test, err := statistics.GailSimon(tables); err == nil {
		c.OpposedBy = &test.P
	}
	if least, err := c.pooled.Detectable(terms.Alpha, powerWanted); err == nil {
		c.Detectable = optional(least)
	}
	if a.Due() < MinimumFlag || b.Due() < MinimumFlag {
		c.Reason = DoubtTooFew
		return c
	}
	c.unequal = c.pooled.PValue(0)
	if c.outside, err = c.pooled.TOST(terms.Margin); err != nil {
		c.outside = 1
	}
	return c
}

func (c *Comparison) at(level float64) *Bounds {
	b := bounds(c.pooled.Interval(level))
	b.setLevel(level)
	return b
}

// scatter measures how offices differ among themselves. Phi is told where there are
// offices enough, on both sides, and most cases have one.
func scatter(counts []SideCount) Scatter {
	clusters := make([]statistics.ClusterCount, len(counts))
	for i, t := range counts {
		clusters[i] = statistics.ClusterCount{Group: t.Side, Stratum: t.Stratum, Cluster: t.Office, Successes: t.Met, Total: t.Due()}
	}
	c, err := statistics.Cluster(clusters)
	if err != nil {
		return Scatter{}
	}
	s := Scatter{Offices: c.Clusters[0] + c.Clusters[1]}
	if s.Offices >= MinimumOffices && c.Covered[0] >= 0.5 && c.Covered[1] >= 0.5 {
		s.Phi = optional(c.Phi)
	}
	return s
}

func (s *Scatter) phi() statistics.Optional {
	if s.Phi == nil {
		return statistics.Optional{}
	}
	return statistics.Some(*s.Phi)
}

// gather sums the counts by side and stratum.
func (c *Comparison) gather(counts []SideCount) []statistics.Table {
	at := map[string]int{}
	for _, t := range counts {
		i, ok := at[t.Stratum]
		if !ok {
			i = len(c.Strata)
			at[t.Stratum] = i
			c.Strata = append(c.Strata, StratumShare{Stratum: t.Stratum})
		}
		c.Strata[i].Sides[t.Side].add(t.Counts)
		c.Sides[t.Side].add(t.Counts)
	}
	slices.SortFunc(c.Strata, func(a, b StratumShare) int { return cmp.Compare(a.Stratum, b.Stratum) })
	level := 1 - c.Terms.Alpha
	tables := make([]statistics.Table, len(c.Strata))
	for i := range c.Strata {
		s := &c.Strata[i]
		a, b := s.Sides[0].Counts, s.Sides[1].Counts
		tables[i] = statistics.Table{Successes1: a.Met, Total1: a.Due(), Successes2: b.Met, Total2: b.Due()}
		s.Sides[0].rate(level)
		s.Sides[1].rate(level)
		if a.Due() >= MinimumRate && b.Due() >= MinimumRate {
			s.Difference = bounds(statistics.Newcombe(a.Met, a.Due(), b.Met, b.Due(), level))
			s.Difference.setLevel(level)
		}
	}
	return tables
}

func (s *Share) rate(level float64) {
	if s.Due() < MinimumRate {
		return
	}
	s.Rate = bounds(statistics.Wilson(s.Met, s.Due(), level))
	s.Rate.setLevel(level)
}

func bounds(i statistics.Interval, err error) *Bounds {
	if err != nil {
		return nil
	}
	return &Bounds{Estimate: i.Estimate, Low: i.Low, High: i.High}
}

func (b *Bounds) setLevel(level float64) {
	if b != nil {
		b.Level = level
	}
}

// judge gives the verdicts of a family.
func judge(family []Comparison, terms Terms) error {
	var judged []*Comparison
	for i := range family {
		if family[i].Reason == "" {
			judged = append(judged, &family[i])
		}
	}
	unequal, outside := make([]float64, len(judged)), make([]float64, len(judged))
	for i, c := range judged {
		unequal[i], outside[i] = c.unequal, c.outside
	}
	adjusted, err := statistics.Holm(unequal)
	if err != nil {
		return fmt.Errorf("adjust for the family: %w", err)
	}
	inside, err := statistics.Holm(outside)
	if err != nil {
		return fmt.Errorf("adjust for the family: %w", err)
	}
	for i := range family {
		family[i].Family = len(judged)
	}
	for i, c := range judged {
		smaller := 0 // Those that Holm's procedure has decided before this one.
		for j := range judged {
			if unequal[j] < unequal[i] || unequal[j] == unequal[i] && j < i {
				smaller++
			}
		}
		c.InFamily = c.at(1 - terms.Alpha/float64(len(judged)-smaller))
		c.decide(adjusted[i] <= terms.Alpha, inside[i] <= terms.Alpha)
	}
	return nil
}

// decide gives the verdict of a comparison that is large enough for one.
func (c *Comparison) decide(unequal, inside bool) {
	excludesZero := c.InFamily.Low > 0 || c.InFamily.High < 0
	switch {
	case c.OpposedBy != nil && *c.OpposedBy <= c.Terms.Alpha:
		c.Reason = DoubtOpposed
	case unequal && excludesZero:
		c.Verdict, c.SmallButSet = Different, inside
	case inside && !c.stratumOutside():
		c.Verdict = Equivalent
	default:
		c.Reason = DoubtWide
		now := statistics.Interval{Estimate: c.InFamily.Estimate, Low: c.InFamily.Low, High: c.InFamily.High}
		c.MoreNeeded = c.pooled.MoreNeeded(now, c.Terms.Margin)
	}
	if c.Reason == DoubtOpposed {
		c.MoreNeeded = 0
	}
}

// stratumOutside reports whether some stratum alone is shown to differ by more
// than the margin, which the common difference would hide.
func (c *Comparison) stratumOutside() bool {
	for _, s := range c.Strata {
		large := s.Sides[0].Due() >= MinimumFlag && s.Sides[1].Due() >= MinimumFlag
		if large && s.Difference != nil && (s.Difference.Low > c.Terms.Margin || s.Difference.High < -c.Terms.Margin) {
			return true
		}
	}
	return false
}
