package indicator

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Role says what a contribution is to its indicator.
type Role uint8

// The roles.
const (
	Outcome  Role = iota // adds to the numerator and denominator
	LeftOut              // cannot be told yet, or never: counted beside
	Duration             // a wait, or a duration measured in its limit
	Linking              // an event that names another subject's instance
	Linked               // an instance that such an event can complete
	Marking              // a mark of a unit, or a shock of a place
	Covering             // a place has what is looked for
	Done                 // a deed, where deeds and due dates are counted apart
)

// A Side is the group of a gap to which an outcome belongs.
type Side uint8

// The sides.
const (
	NoSide Side = iota
	InGroup
	Against
)

// A Contribution is what one subject adds to one indicator, once.
type Contribution struct {
	Indicator *law.Indicator
	Role      Role
	Place     string // of the event that it comes from
	Region    string // where that has a region and no place
	Unit      string // the institution that answers for it
	Side      Side

	At    time.Time // decides the windows that it falls in
	Due   bool      // At is when time ran out
	Since time.Time // of what can be completed by a link: when it began
	Until time.Time // of shocks and links: when they end
	Only  Window    // it belongs to this window alone; "" for all that At falls in

	Numerator, Denominator float64
	X                      float64            // attribute of the place, for slopes
	Time                   float64            // of durations, in hours or in limits
	End                    statistics.Outcome // of durations
	Key                    uint64             // of links
}

// A Subject is what a measure sees of one case or unit: its visible events in
// fold order, and its obligations.
type Subject struct {
	ID          string
	Events      []event.Event
	Obligations []obligation.Obligation
}

// A Meter counts what subjects contribute to the indicators of a catalogue. It
// is pure, and safe for use by several goroutines.
type Meter struct {
	cat     *law.Catalogue
	windows store.Windows
	plans   []plan
}

// A plan is an indicator with what its measure names resolved.
type plan struct {
	ind    *law.Indicator
	duties map[string]bool // nil stands for all with a number in the law
}

// NewMeter counts the given indicators in the windows of an instant.
func NewMeter(cat *law.Catalogue, indicators []*law.Indicator, w store.Windows) *Meter {
	m := &Meter{cat: cat, windows: w}
	for _, ind := range indicators {
		p := plan{ind: ind, duties: map[string]bool{}}
		named := slices.Concat(ind.Measure.OnTime, ind.Measure.Missed, ind.Measure.Overdue)
		if ind.Measure.LimitRatio != nil {
			named = ind.Measure.LimitRatio.Duties
		}
		for _, id := range named {
			p.duties[id] = true
		}
		if p.duties[law.AllDuties] {
			p.duties = nil
		}
		m.plans = append(m.plans, p)
	}
	return m
}

// has reports whether the plan's duties have the obligation among them.
func (p *plan) has(o *obligation.Obligation) bool {
	if p.duties == nil {
		return o.Kind == law.Law
	}
	return p.duties[o.Duty] && o.Kind != law.Right
}

// Contribute gives everything that a subject adds to the indicators.
func (m *Meter) Contribute(s Subject, emit func(Contribution)) {
	v := &view{Meter: m, Subject: s, byType: map[string][]int{}, sides: map[*law.Gap]Side{}}
	for i := range s.Events {
		v.byType[s.Events[i].Type] = append(v.byType[s.Events[i].Type], i)
	}
	for i := range m.plans {
		p := &m.plans[i]
		v.plan, v.emit = p, func(c Contribution) {
			c.Indicator = p.ind
			emit(c)
		}
		v.measure(&p.ind.Measure)
	}
}

// A view is one subject under one indicator at a time.
type view struct {
	*Meter
	Subject
	*plan
	byType map[string][]int // positions in Events
	sides  map[*law.Gap]Side
	emit   func(Contribution)
}

func (v *view) measure(ms *law.Measure) {
	v.marks(ms)
	if len(ms.InCases) > 0 && v.first(ms.InCases) == nil || ms.AllOnTime && !v.allOnTime() {
		return
	}
	switch {
	case len(ms.OnTime) > 0 || len(ms.Missed) > 0:
		v.duties(ms)
	case len(ms.Overdue) > 0:
		v.overdue()
	case ms.LimitRatio != nil:
		v.limits()
	case ms.Share != nil:
		v.share(ms)
	case ms.Ratio != nil:
		v.ratio(ms.Ratio)
	case ms.Latest != nil:
		v.latest(ms.Latest)
	case ms.Count != nil:
		v.count(ms.Count)
	case ms.Wait != nil:
		v.wait(ms.Wait)
	case ms.InForce != nil:
		v.inForce(ms.InForce)
	case ms.Coverage != nil:
		v.coverage(ms.Coverage)
	case ms.Mismatch != nil:
		v.mismatch(ms.Mismatch)
	}
}

// marks gives what concerns other subjects, whatever the case itself adds.
func (v *view) marks(ms *law.Measure) {
	if ms.After != nil {
		if e := v.first(ms.After.Mark); e != nil {
			v.emit(Contribution{Role: Marking, Unit: v.ID, Place: e.Place(), At: e.At})
		}
	}
	if ms.Shock != nil {
		for e := range v.all(ms.Shock.Declared) {
			until, err := time.Parse(time.RFC3339Nano, e.Data.Text(ms.Shock.Until))
			if err != nil {
				until = v.windows.AsOf
			}
			v.emit(Contribution{Role: Marking, Place: e.Place(), At: e.At, Until: until.UTC()})
		}
	}
	if ms.Share != nil && ms.Share.Linked != nil {
		for e := range v.all(ms.Share.Linked.By) {
			if named := e.Data.Text(ms.Share.Linked.Field); named != "" {
				v.emit(Contribution{Role: Linking, At: e.At, Key: keyOf(named)})
			}
		}
	}
}

// keyOf shortens the name of an instance. Two that collide in 64 bits would be
// taken for one, which no number of cases makes likely.
func keyOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name)) //nolint:gosec // A hash never fails.
	return h.Sum64()
}

// day is the civil day of a contribution. A deadline belongs to the time before
// it: what is due when July begins was due on the last day of June.
func (c *Contribution) day(cat *law.Catalogue) law.Date {
	if c.Due {
		return cat.DateOf(c.At.Add(-time.Millisecond))
	}
	return cat.DateOf(c.At)
}

// all yields the events that one of the matches describes, in order.
func (v *view) all(of law.Matches) func(func(*event.Event) bool) {
	return func(yield func(*event.Event) bool) {
		for _, i := range v.positions(of) {
			if e := &v.Events[i]; matches(of, e) && !yield(e) {
				return
			}
		}
	}
}

// positions are those of the matches' types, in order.
func (v *view) positions(of law.Matches) []int {
	if len(of) == 1 {
		return v.byType[of[0].Type]
	}
	var out []int
	for i := range of {
		if !slices.ContainsFunc(of[:i], func(m law.Match) bool { return m.Type == of[i].Type }) {
			out = append(out, v.byType[of[i].Type]...)
		}
	}
	slices.Sort(out)
	return out
}

func matches(of law.Matches, e *event.Event) bool {
	for i := range of {
		if of[i].Matches(e) {
			return true
		}
	}
	return false
}

// first is the first event that one of the matches describes, or nil.
func (v *view) first(of law.Matches) *event.Event {
	for e := range v.all(of) {
		return e
	}
	return nil
}

// at begins a contribution with where and when an event was.
func at(e *event.Event, role Role) Contribution {
	c := Contribution{Role: role, Place: e.Place(), Unit: e.Data.Text("institution"), At: e.At}
	if c.Place == "" {
		c.Region = e.Data.Text("region")
	}
	return c
}

// An instance is what a measure counts once: its first event, and all events of
// the subject that carry the same reference.
type instance struct {
	begins *event.Event
	ref    string
	per    []string
}

// has reports whether an event belongs to the instance.
func (i *instance) has(e *event.Event) bool {
	return i.per == nil || refOf(e, i.per) == i.ref
}

// instances lists the instances that begin with one of the matches. Events
// without the reference belong to none.
func (v *view) instances(of law.Matches, per []string) []instance {
	var out []instance
	if len(per) == 0 || per[0] == law.PerEvent {
		for e := range v.all(of) {
			out = append(out, instance{begins: e})
		}
		return out
	}
	if per[0] == law.PerCase {
		if e := v.first(of); e != nil {
			out = append(out, instance{begins: e})
		}
		return out
	}
	for e := range v.all(of) {
		ref := refOf(e, per)
		if ref != "" && !slices.ContainsFunc(out, func(i instance) bool { return i.ref == ref }) {
			out = append(out, instance{begins: e, ref: ref, per: per})
		}
	}
	return out
}

// refOf joins the fields that name an instance; "" where one is missing.
func refOf(e *event.Event, per []string) string {
	if len(per) == 1 {
		return e.Data.Text(per[0])
	}
	parts := make([]string, len(per))
	for i, field := range per {
		if parts[i] = e.Data.Text(field); parts[i] == "" {
			return ""
		}
	}
	return strings.Join(parts, "\x1f")
}

// next is the first event of an instance that one of the matches describes, not
// before its beginning and strictly before an end, if there is one.
func (v *view) next(i *instance, of law.Matches, end time.Time) *event.Event {
	for e := range v.all(of) {
		if !v.follows(i, e) {
			continue
		}
		if !end.IsZero() && !e.At.Before(end) {
			return nil
		}
		if i.has(e) {
			return e
		}
	}
	return nil
}

// follows reports whether an event lies at or after the beginning of an instance.
// On one date of which either is known only by its day the order is unknown, and
// taken as it should be.
func (v *view) follows(i *instance, e *event.Event) bool {
	if !e.At.Before(i.begins.At) {
		return true
	}
	return (e.ByDay() || i.begins.ByDay()) && v.cat.DateOf(e.At) == v.cat.DateOf(i.begins.At)
}
