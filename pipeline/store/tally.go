package store

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// Obligations is a stream of obligations, as folded again from events. The
// tallies below count it as the queries count what is stored.
type Obligations = iter.Seq2[obligation.Obligation, error]

// counts reports whether a choice has an obligation among those that count.
func (c *Choice) counts(o *obligation.Obligation) bool {
	return slices.Contains(c.Kinds, string(o.Kind)) && !slices.Contains(c.Without, o.Confidence)
}

// wants reports whether a cut covers an obligation, whatever its due date.
func (c *Cut) wants(o *obligation.Obligation) bool {
	return !o.StartedAt.After(c.AsOf) && slices.Contains(c.Duties, o.Duty) && c.counts(o)
}

// TallyOffices counts what OfficeCounts counts.
func (c *Cut) TallyOffices(from Obligations) ([]OfficeCount, error) {
	type key struct {
		duty, province, area, risk, institution string

		basis law.Basis
		a, b  bool
	}
	counts := map[key]*OfficeCount{}
	for o, err := range from {
		if err != nil {
			return nil, err
		}
		k := key{o.Duty, province(o.Place), o.Area, o.Risk, o.Institution, o.Basis(), c.A.Holds(o.DueAt), c.B.Holds(o.DueAt)}
		if !c.ByArea {
			k.area = ""
		}
		if !c.wants(&o) || !k.a && !k.b {
			continue
		}
		allowed := o.DueAt.Sub(o.StartedAt)
		n := counts[k]
		if n == nil {
			n = &OfficeCount{
				Duty: k.duty, Province: k.province, Area: k.area, Risk: k.risk, Institution: k.institution, Basis: k.basis,
				InA: k.a, InB: k.b, Shortest: allowed, Longest: allowed,
			}
			counts[k] = n
		}
		n.add(o.Status(c.AsOf), !o.DueAt.After(c.AsOf))
		n.Shortest, n.Longest = min(n.Shortest, allowed), max(n.Longest, allowed)
	}
	out := make([]OfficeCount, 0, len(counts))
	for _, n := range counts {
		out = append(out, *n)
	}
	return out, nil
}

func (n *OfficeCount) add(status obligation.Status, fallenDue bool) {
	switch {
	case status == obligation.Met && fallenDue:
		n.Met++
	case status == obligation.Late, status == obligation.Missed:
		n.Failed++
	case status == obligation.Unclear:
		n.Unclear++
	case status == obligation.Void:
		n.Void++
	default:
		n.NotDue++
	}
}

// TallyDurations counts what Durations counts.
func (c *Cut) TallyDurations(sides [2]Side, from Obligations) ([]DurationCount, error) {
	type key struct {
		side    int
		risk    string
		minutes int64
	}
	counts := map[key]*DurationCount{}
	for o, err := range from {
		if err != nil {
			return nil, err
		}
		status := o.Status(c.AsOf)
		side := c.sideOf(&o, sides)
		if side < 0 || !c.wants(&o) || status == obligation.Unclear {
			continue
		}
		ended, at := endOf(&o, status, c.AsOf)
		k := key{side, o.Risk, roundedUp(at.Sub(o.StartedAt), comparisonSteps)}
		n := counts[k]
		if n == nil {
			n = &DurationCount{Side: side, Risk: k.risk, Minutes: k.minutes}
			counts[k] = n
		}
		switch ended {
		case endDone:
			n.Events++
		case endVoid:
			n.Competing++
		case endNone:
			n.Censored++
		}
	}
	out := make([]DurationCount, 0, len(counts))
	for _, n := range counts {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b DurationCount) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Risk, b.Risk), cmp.Compare(a.Minutes, b.Minutes))
	})
	return out, nil
}

func (c *Cut) sideOf(o *obligation.Obligation, sides [2]Side) int {
	for i, span := range []Span{c.A, c.B} {
		if span.Holds(o.DueAt) && slices.Contains(sides[i].Provinces, province(o.Place)) &&
			(sides[i].Area == "" || sides[i].Area == o.Area) {
			return i
		}
	}
	return -1
}

// TallyMonths counts what MonthCounts counts.
func (c *Cut) TallyMonths(zone *time.Location, from Obligations) ([]MonthCount, error) {
	type key struct {
		province, month string
		basis           law.Basis
	}
	counts := map[key]*MonthCount{}
	for o, err := range from {
		if err != nil {
			return nil, err
		}
		status := o.Status(c.AsOf)
		decided := status == obligation.Met || status == obligation.Late || status == obligation.Missed
		if !c.wants(&o) || o.DueAt.After(c.AsOf) || !decided {
			continue
		}
		k := key{province(o.Place), o.DueAt.Add(-time.Millisecond).In(zone).Format("2006-01"), o.Basis()}
		n := counts[k]
		if n == nil {
			n = &MonthCount{Province: k.province, Month: k.month, Basis: k.basis}
			counts[k] = n
		}
		if status == obligation.Met {
			n.Met++
		} else {
			n.Failed++
		}
	}
	out := make([]MonthCount, 0, len(counts))
	for _, n := range counts {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b MonthCount) int {
		return cmp.Or(cmp.Compare(a.Province, b.Province), cmp.Compare(a.Month, b.Month),
			cmp.Compare(a.Basis.Kind, b.Basis.Kind), cmp.Compare(a.Basis.Confidence, b.Basis.Confidence))
	})
	return out, nil
}

// TallyOpenAges counts what OpenAges counts.
func TallyOpenAges(asOf, dueBy time.Time, of Choice, from Obligations) ([]OpenAge, error) {
	counts := map[OpenAge]uint64{}
	for o, err := range from {
		if err != nil {
			return nil, err
		}
		if o.StartedAt.After(asOf) || o.Status(asOf) != obligation.Open || !of.counts(&o) {
			continue
		}
		counts[OpenAge{
			Duty: o.Duty, InstitutionKind: o.InstitutionKind, Risk: o.Risk, Province: province(o.Place), Basis: o.Basis(),
			Age: int64(asOf.Sub(o.StartedAt) / time.Minute), Allowed: int64(o.DueAt.Sub(o.StartedAt) / time.Minute),
			FallsDue: !o.DueAt.After(dueBy),
		}]++
	}
	out := make([]OpenAge, 0, len(counts))
	for age, n := range counts {
		age.Count = n
		out = append(out, age)
	}
	return out, nil
}

// TallyStrata counts what StratumDurations counts.
func TallyStrata(asOf, after time.Time, of Choice, regions map[string]string, from Obligations) ([]StratumDuration, error) {
	counts := map[StratumDuration]*StratumDuration{}
	for o, err := range from {
		if err != nil {
			return nil, err
		}
		status := o.Status(asOf)
		if o.StartedAt.After(asOf) || !o.StartedAt.After(after) || status == obligation.Unclear || !of.counts(&o) {
			continue
		}
		ended, at := endOf(&o, status, asOf)
		k := StratumDuration{
			Duty: o.Duty, InstitutionKind: o.InstitutionKind, Risk: o.Risk, Region: regions[province(o.Place)],
			Minutes: roundedUp(at.Sub(o.StartedAt), warningSteps),
		}
		n := counts[k]
		if n == nil {
			n = &k
			counts[k] = n
		}
		if ended == endNone {
			n.Censored++
		} else {
			n.Events++
		}
	}
	out := make([]StratumDuration, 0, len(counts))
	for _, n := range counts {
		out = append(out, *n)
	}
	return out, nil
}

type ending int

const (
	endNone ending = iota
	endDone
	endVoid
)

// endOf is how and when the time of an obligation ended, or was last seen.
func endOf(o *obligation.Obligation, status obligation.Status, asOf time.Time) (ending, time.Time) {
	switch {
	case status == obligation.Void && o.DueAt.Before(asOf):
		return endVoid, o.DueAt
	case status == obligation.Void:
		return endVoid, asOf
	case !o.DoneAt.IsZero():
		return endDone, o.DoneAt
	}
	return endNone, asOf
}

// A step says how finely times up to a length are told apart.
type step struct{ upTo, width time.Duration }

const (
	hour = time.Hour
	day  = 24 * hour
	ever = time.Duration(1<<63 - 1)
)

var (
	comparisonSteps = []step{{10 * day, time.Minute}, {ever, hour}}
	warningSteps    = []step{{3 * day, 15 * time.Minute}, {14 * day, hour}, {ever, day}}
)

// roundedUp is a time in minutes, up to the next whole step.
func roundedUp(t time.Duration, steps []step) int64 {
	t = max(0, t)
	for _, s := range steps {
		if t <= s.upTo {
			return int64((t + s.width - 1) / s.width * (s.width / time.Minute))
		}
	}
	return 0
}

// province is the first four digits of a place, or its two.
func province(place string) string { return place[:min(4, len(place))] }
