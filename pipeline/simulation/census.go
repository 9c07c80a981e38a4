package simulation

import (
	"slices"
	"strings"
	"time"

	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A census keeps the truth about indicators: it asks every subject, as it is
// told, what each indicator of the catalogue asks, and writes the answers into a
// table of its own. Like a ledger it shares the definitions with whoever counts
// the same events later, and nothing of the counting.
//
// What it keeps does not grow with the number of cases, but for waits on what
// other subjects say.
type census struct {
	*book
	regions []string // the nation first
	windows []window
	polls   []*poll
}

// nationwide is the name of the whole country among regions.
const nationwide = "nation"

// A window is a span of time that numbers are given for.
type window struct {
	name     string
	from, to time.Time // a zero end is none
}

// holds reports whether the window has an instant. A deadline belongs to the
// time before it: what is due when July begins was due in June.
func (w *window) holds(at time.Time, deadline bool) bool {
	if deadline {
		return (w.from.IsZero() || at.After(w.from)) && (w.to.IsZero() || !at.After(w.to))
	}
	return (w.from.IsZero() || !at.Before(w.from)) && (w.to.IsZero() || at.Before(w.to))
}

// holdsDay reports whether a day begins in the window.
func (w *window) holdsDay(d law.Date, zone *time.Location) bool { return w.holds(d.Start(zone), false) }

func newCensus(b *book) *census {
	local := b.asOf.In(b.cat.Zone)
	month := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, b.cat.Zone)
	c := &census{
		book: b, regions: append([]string{nationwide}, b.cat.Places.Regions(b.grouping)...),
		windows: []window{
			{"month", month.AddDate(0, -1, 0), month},
			{"year", local.AddDate(0, -12, 0), b.asOf.Add(time.Millisecond)},
			{name: "all"},
		},
	}
	for _, ind := range b.cat.Indicators {
		c.polls = append(c.polls, newPoll(ind))
	}
	return c
}

// A poll is one indicator with the answers so far: scores by whatever its way of
// counting tells apart.
type poll struct {
	*law.Indicator
	duties map[string]bool // nil stands for all with a number in the law
	table  map[mark]*score

	shocks  []shockDays
	marked  map[string]time.Time   // units or places, from when on they have what is asked
	links   map[string][]time.Time // names, and when other subjects named them
	pending []pending
	settled []row // the table in order, while results are taken from it
}

// A mark is what tells answers apart. Only what the way of counting needs is
// set. There is one for each unit and day, or week, of some polls: it is small.
type mark struct {
	name           string  // a unit or place
	amount         float64 // a duration or a number of events
	day            law.Date
	region, window int8
	side           side
	end            statistics.Outcome
}

// A side is a group of two that are compared.
type side int8

// The sides.
const (
	noSide side = iota
	group
	against
	done // deeds, beside what fell due
)

// A score adds answers up.
type score struct {
	numerator, denominator float64
	n, leftOut             int64

	x, xx, xy float64 // of straight lines: numerator and n are their y and number
}

func (s *score) add(o *score) {
	s.numerator, s.denominator = s.numerator+o.numerator, s.denominator+o.denominator
	s.n, s.leftOut = s.n+o.n, s.leftOut+o.leftOut
	s.x, s.xx, s.xy = s.x+o.x, s.xx+o.xx, s.xy+o.xy
}

// shockDays are the days of a shock in a place.
type shockDays struct {
	place       string
	first, last law.Date
}

// A pending answer is a failure unless another subject names it in time.
type pending struct {
	name        string
	from, until time.Time
	at          []mark
}

func newPoll(ind *law.Indicator) *poll {
	p := &poll{Indicator: ind, duties: map[string]bool{}, table: map[mark]*score{}, marked: map[string]time.Time{}, links: map[string][]time.Time{}}
	m := &ind.Measure
	named := slices.Concat(m.OnTime, m.Missed, m.Overdue)
	if m.LimitRatio != nil {
		named = m.LimitRatio.Duties
	}
	for _, id := range named {
		p.duties[id] = true
	}
	if p.duties[law.AllDuties] {
		p.duties = nil
	}
	return p
}

// asks reports whether an obligation is one that the poll asks about.
func (p *poll) asks(r *TruthRow) bool {
	if p.duties == nil {
		return r.Kind == string(law.Law)
	}
	return p.duties[r.Duty] && r.Kind != string(law.Right)
}

// score is the entry of the table under a mark.
func (p *poll) score(at mark) *score {
	s := p.table[at]
	if s == nil {
		s = &score{}
		p.table[at] = s
	}
	return s
}

// markFrom marks a unit or place from an instant on, or from earlier if it was
// already.
func (p *poll) markFrom(name string, at time.Time) {
	if old, ok := p.marked[name]; !ok || at.Before(old) {
		p.marked[name] = at
	}
}

// A subject is what the census sees of one case or register subject.
type subject struct {
	id    string
	facts []*event.Event
	rows  []TruthRow
}

// of lists the facts that one of the matches describes.
func (s *subject) of(matches law.Matches) []*event.Event {
	var out []*event.Event
	for _, e := range s.facts {
		if described(e, matches) {
			out = append(out, e)
		}
	}
	return out
}

func described(e *event.Event, by law.Matches) bool {
	for i := range by {
		if by[i].Matches(e) {
			return true
		}
	}
	return false
}

// take asks one case everything, and what it leads to elsewhere.
func (c *census) take(told *Case) {
	c.ask(&subject{told.ID, told.facts, told.Truth})
	for i := range told.Beside {
		if e := &told.Beside[i]; !e.At.After(c.asOf) {
			c.ask(&subject{id: e.Subject, facts: []*event.Event{e}})
		}
	}
}

func (c *census) ask(s *subject) {
	for _, p := range c.polls {
		c.note(p, s)
		m := &p.Measure
		if len(m.InCases) > 0 && len(s.of(m.InCases)) == 0 || m.AllOnTime && !keptAll(s.rows) {
			continue
		}
		c.count(p, s, m)
	}
}

// count asks one subject one thing.
func (c *census) count(p *poll, s *subject, m *law.Measure) {
	switch {
	case len(m.OnTime)+len(m.Missed) > 0:
		c.countDuties(p, s, m)
	case m.Share != nil:
		c.countShare(p, s, m)
	case len(m.Overdue) > 0:
		c.countOverdue(p, s)
	case m.LimitRatio != nil:
		c.countLimits(p, s, m.LimitRatio)
	case m.Ratio != nil:
		c.countRatio(p, s, m.Ratio)
	case m.Latest != nil:
		c.countLatest(p, s, m.Latest)
	case m.Count != nil:
		c.countEvents(p, s, m.Count)
	case m.Wait != nil:
		c.countWaits(p, s, m.Wait)
	case m.InForce != nil:
		c.countInForce(p, s, m.InForce)
	case m.Coverage != nil:
		c.countPlaces(p, s, m.Coverage)
	case m.Mismatch != nil:
		c.countMismatch(p, s, m.Mismatch)
	}
}

// keptAll reports whether some duty of the law was kept in time and none was
// not, or not surely.
func keptAll(rows []TruthRow) bool {
	kept := 0
	for i := range rows {
		if rows[i].Kind != string(law.Law) {
			continue
		}
		switch rows[i].Status {
		case Met:
			kept++
		case Late, Missed, Unclear:
			return false
		}
	}
	return kept > 0
}

// note takes down what a subject says about others.
func (c *census) note(p *poll, s *subject) {
	m := &p.Measure
	if m.After != nil {
		for _, e := range s.of(m.After.Mark) {
			p.markFrom(s.id, e.At)
		}
	}
	if m.Shock != nil {
		for _, e := range s.of(m.Shock.Declared) {
			last := c.cat.DateOf(c.asOf)
			if until, err := time.Parse(time.RFC3339, e.Data.Text(m.Shock.Until)); err == nil {
				last = c.cat.DateOf(until)
			}
			p.shocks = append(p.shocks, shockDays{e.Place(), c.cat.DateOf(e.At), last})
		}
	}
	if m.Share != nil && m.Share.Linked != nil {
		for _, e := range s.of(m.Share.Linked.By) {
			if name := e.Data.Text(m.Share.Linked.Field); name != "" {
				p.links[name] = append(p.links[name], e.At)
			}
		}
	}
}

// cells are the marks of an answer in its region and the nation, in every window
// that has it.
func (c *census) cells(place, region string, at time.Time, deadline bool) []mark {
	var out []mark
	for w := range c.windows {
		if c.windows[w].holds(at, deadline) {
			out = append(out, c.inRegions(w, place, region)...)
		}
	}
	return out
}

// inRegions are the nation's mark in a window and that of a place's region.
func (c *census) inRegions(window int, place, region string) []mark {
	out := []mark{{window: int8(window)}} //nolint:gosec // There are three.
	if i := c.region(place, region); i > 0 {
		out = append(out, mark{region: i, window: int8(window)}) //nolint:gosec // There are three.
	}
	return out
}

// region is the number of a place's region, or of one that is stated where no
// place is; 0 where neither is known.
func (c *census) region(place, stated string) int8 {
	if place != "" {
		stated = c.cat.Places.Region(c.grouping, place)
	}
	return int8(max(0, slices.Index(c.regions, stated))) //nolint:gosec // There are a few.
}

// regionOf is the region that an event states where it states no place.
func regionOf(e *event.Event) string {
	if e.Place() != "" {
		return ""
	}
	return e.Data.Text("region")
}

// enter adds a score under some marks.
func (p *poll) enter(at []mark, s score) {
	for _, m := range at {
		p.score(m).add(&s)
	}
}

// An instance is what is counted once: the fact that begins it, and the facts
// that belong to it.
type instance struct {
	begin *event.Event
	facts []*event.Event
}

// instances lists those that begin with a fact described by the matches: every
// such fact by itself, one a case, or one for every name that the fields give.
func (s *subject) instances(of law.Matches, per []string) []instance {
	begins := s.of(of)
	switch {
	case len(begins) == 0:
		return nil
	case len(per) == 0 || per[0] == law.PerEvent:
		out := make([]instance, len(begins))
		for i, e := range begins {
			out[i] = instance{e, []*event.Event{e}}
		}
		return out
	case per[0] == law.PerCase:
		return []instance{{begins[0], s.facts}}
	}
	var names []string
	var out []instance
	for _, e := range begins {
		name := nameOf(e, per)
		if name == "" || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		i := instance{begin: e}
		for _, f := range s.facts {
			if nameOf(f, per) == name {
				i.facts = append(i.facts, f)
			}
		}
		out = append(out, i)
	}
	return out
}

// nameOf is what some fields together call an instance, "" where one is silent.
func nameOf(e *event.Event, fields []string) string {
	var parts []string
	for _, f := range fields {
		part := e.Data.Text(f)
		if part == "" {
			return ""
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

// following lists the facts of an instance at or after its beginning.
func (c *census) following(i *instance) []*event.Event {
	var out []*event.Event
	for _, e := range i.facts {
		if c.follows(e, i.begin) {
			out = append(out, e)
		}
	}
	return out
}

// firstOf is the first of some facts that is described, or nil.
func firstOf(facts []*event.Event, by law.Matches) *event.Event {
	for _, e := range facts {
		if described(e, by) {
			return e
		}
	}
	return nil
}
