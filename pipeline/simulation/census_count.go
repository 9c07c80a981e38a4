package simulation

import (
	"slices"
	"strconv"
	"time"

	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// An outcome is one answer of success or failure, or one that cannot be given.
type outcome struct {
	at       time.Time
	deadline bool // at is when time ran out
	place    string
	region   string // where no place is known
	unit     string
	kind     string // of the unit
	started  time.Time
	done     time.Time
	known    bool
	success  bool
}

func (o *outcome) score() score {
	s := score{leftOut: 1}
	if o.known {
		s = score{denominator: 1, n: 1}
		if o.success {
			s.numerator = 1
		}
	}
	return s
}

// day is that of the outcome. A deadline belongs to the day before it.
func (c *census) day(o *outcome) law.Date {
	if o.deadline {
		return c.cat.DateOf(o.at.Add(-time.Millisecond))
	}
	return c.cat.DateOf(o.at)
}

func (c *census) countDuties(p *poll, s *subject, m *law.Measure) {
	wanted := Met
	if len(m.Missed) > 0 {
		wanted = Missed
	}
	for i := range s.rows {
		r := &s.rows[i]
		if !p.asks(r) {
			continue
		}
		c.read(p, s, m, outcome{
			at: r.DueAt, deadline: true, place: r.place, unit: r.Institution, kind: r.InstitutionKind,
			started: r.StartedAt, done: r.DoneAt,
			known: r.Status == Met || r.Status == Late || r.Status == Missed, success: r.Status == wanted,
		})
	}
}

func (c *census) countShare(p *poll, s *subject, m *law.Measure) {
	share := m.Share
	for _, i := range s.instances(share.Of, share.Per) {
		if slices.ContainsFunc(share.Stated, func(field string) bool { return !i.begin.Data.Has(field) }) {
			continue
		}
		o := outcome{
			at: i.begin.At, place: i.begin.Place(), region: regionOf(i.begin), known: true,
			unit: i.begin.Data.Text("institution"), kind: i.begin.Data.Text("institution_kind"), started: i.begin.At,
		}
		facts, until := c.following(&i), c.asOf
		if share.Within != nil {
			until = share.Within.From(i.begin.At)
			if until.After(c.asOf) {
				o.known = false
			} else {
				o.at, o.deadline = until, true
			}
		}
		facts = slices.DeleteFunc(facts, func(e *event.Event) bool { return e.At.After(until) })
		if cut := firstOf(facts, share.Before); cut != nil {
			facts = slices.DeleteFunc(facts, func(e *event.Event) bool { return !e.At.Before(cut.At) })
		}
		spoilt := len(share.Without) > 0 && firstOf(facts, share.Without) != nil
		o.success = !spoilt && fulfils(facts, share)
		if share.Linked == nil || spoilt || o.success || !o.known {
			c.read(p, s, m, o)
			continue
		}
		name := i.begin.Data.Text(share.Linked.Key)
		switch share.Linked.Key {
		case law.PerCase:
			name = s.id
		case law.LinkByID:
			name = i.begin.ID
		}
		p.pending = append(p.pending, pending{name, i.begin.At, until, c.cells(o.place, o.region, o.at, o.deadline)})
	}
}

// fulfils reports whether the facts have what a share wants: one, or each, or
// nothing where it wants nothing and no other subject is asked.
func fulfils(facts []*event.Event, share *law.Share) bool {
	if len(share.With) == 0 {
		return share.Linked == nil
	}
	found := 0
	for n := range share.With {
		if firstOf(facts, share.With[n:n+1]) != nil {
			found++
		}
	}
	return found == len(share.With) || found > 0 && !share.All
}

// read enters an outcome the way the measure reads it.
func (c *census) read(p *poll, s *subject, m *law.Measure, o outcome) {
	cells := c.cells(o.place, o.region, o.at, o.deadline)
	switch {
	case m.Gap != nil:
		of := c.sideOf(m.Gap, s, &o)
		o.known = o.known && of != noSide
		for i := range cells {
			cells[i].side = of
		}
		p.enter(cells, o.score())
	case m.Units != nil:
		o.known = o.known && o.unit != "" && (len(m.Units.Kinds) == 0 || slices.Contains(m.Units.Kinds, o.kind))
		if o.known {
			for i := range cells {
				cells[i].name = o.unit
			}
		}
		p.enter(cells, o.score())
	case m.Slope != nil:
		x, ok := c.cat.Attribute(m.Slope.Attribute, o.place)
		if !ok || !o.known || o.done.IsZero() {
			p.enter(cells, score{leftOut: 1})
			return
		}
		x, hours := x/m.Slope.Per, o.done.Sub(o.started).Hours()
		p.enter(cells, score{numerator: hours, n: 1, x: x, xx: x * x, xy: x * hours})
	case m.Shock != nil, m.After != nil, m.Dips != nil, m.Load:
		c.readByDay(p, m, &o)
	default:
		p.enter(cells, o.score())
	}
}

// readByDay enters an outcome by day and place, or unit: what it is compared
// with is known only when all are in.
func (c *census) readByDay(p *poll, m *law.Measure, o *outcome) {
	at := mark{name: o.place[:min(4, len(o.place))], day: c.day(o), region: c.region(o.place, o.region)}
	if m.After != nil || m.Dips != nil {
		at.name = o.unit
	}
	if m.Dips != nil {
		at.day -= law.Date((at.day.Weekday() + 6) % 7) // back to Monday
	}
	if m.Load && !o.done.IsZero() {
		deed := at
		deed.side, deed.day = done, c.cat.DateOf(o.done)
		p.score(deed).add(&score{n: 1})
	}
	ahead := m.Load && o.at.After(c.asOf) // done before it was due, which is no load yet
	if o.known && at.name != "" && !ahead {
		s := o.score()
		p.score(at).add(&s)
	}
}

// sideOf is the group that an outcome belongs to.
func (c *census) sideOf(g *law.Gap, s *subject, o *outcome) side {
	inside := false
	switch {
	case g.Places != "":
		v, ok := c.cat.Attribute(g.Places, o.place)
		if !ok {
			return noSide
		}
		inside = v != 0
	case g.Hours != nil:
		local := o.started.In(c.cat.Zone)
		inside = c.cat.Calendars[g.Hours.Calendar].IsBusiness(c.cat.DateOf(local)) && local.Hour() >= g.Hours.From && local.Hour() < g.Hours.To
	default:
		inside = len(s.of(g.Group)) > 0
		if !inside && len(g.Against) > 0 && len(s.of(g.Against)) == 0 {
			return noSide
		}
	}
	if inside {
		return group
	}
	return against
}

func (c *census) countOverdue(p *poll, s *subject) {
	for i := range s.rows {
		r := &s.rows[i]
		undone := score{denominator: 1, n: 1}
		if r.Status == Missed {
			undone.numerator = 1
		}
		if p.asks(r) && (r.Status == Missed || r.Status == Open) {
			p.enter(c.cells(r.place, "", r.DueAt, true), undone)
		}
	}
}

func (c *census) countLimits(p *poll, s *subject, l *law.LimitRatio) {
	for i := range s.rows {
		r := &s.rows[i]
		allowed := r.DueAt.Sub(r.StartedAt)
		if !p.asks(r) || allowed <= 0 {
			continue
		}
		cells := c.cells(r.place, "", r.StartedAt, false)
		switch r.Status {
		case Met, Late:
			p.enterWait(cells, l.Rounded(max(0, float64(r.DoneAt.Sub(r.StartedAt))/float64(allowed))), statistics.Event)
		case Open, Missed:
			p.enterWait(cells, l.Rounded(float64(c.asOf.Sub(r.StartedAt))/float64(allowed)), statistics.Censored)
		default:
			p.enter(cells, score{leftOut: 1})
		}
	}
}

// enterWait enters a duration with how it ended.
func (p *poll) enterWait(cells []mark, amount float64, end statistics.Outcome) {
	for i := range cells {
		cells[i].amount, cells[i].end = amount, end
	}
	p.enter(cells, score{n: 1})
}

func (c *census) countWaits(p *poll, s *subject, w *law.Wait) {
	for _, i := range s.instances(w.From, w.Per) {
		after := c.following(&i)
		to := firstOf(after, w.To)
		// An end that names no instance is one of all.
		rest := instance{begin: i.begin}
		for _, e := range s.facts {
			if slices.Contains(i.facts, e) || len(w.Per) > 0 && w.Per[0] != law.PerCase && nameOf(e, w.Per) == "" {
				rest.facts = append(rest.facts, e)
			}
		}
		given := firstOf(c.following(&rest), w.Competing)
		until, end := c.asOf, statistics.Censored
		switch {
		case to != nil && (given == nil || !given.At.Before(to.At)):
			until, end = to.At, statistics.Event
		case given != nil:
			until, end = given.At, statistics.Competing
		}
		p.enterWait(c.cells(i.begin.Place(), regionOf(i.begin), i.begin.At, false), w.Rounded(max(0, until.Sub(i.begin.At))).Hours(), end)
	}
}

func (c *census) countRatio(p *poll, s *subject, r *law.Ratio) {
	worth := func(q *law.Quantity, facts []*event.Event) float64 {
		sum := 0.0
		for _, e := range facts {
			if described(e, q.Of) {
				sum += worthOf(q, e)
			}
		}
		return sum
	}
	if len(r.Per) > 0 {
		for _, i := range s.instances(r.Denominator.Of, r.Per) {
			sum := score{numerator: worth(&r.Numerator, i.facts), denominator: worth(&r.Denominator, i.facts)}
			sum.n = one(sum.denominator > 0)
			p.enter(c.cells(i.begin.Place(), regionOf(i.begin), i.begin.At, false), sum)
		}
		return
	}
	for _, e := range s.facts {
		if !described(e, r.Numerator.Of) && !described(e, r.Denominator.Of) {
			continue
		}
		single := []*event.Event{e}
		sum := score{numerator: worth(&r.Numerator, single), denominator: worth(&r.Denominator, single)}
		sum.n = one(sum.denominator > 0)
		p.enter(c.cells(e.Place(), regionOf(e), e.At, false), sum)
	}
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// worthOf is what an event adds to a quantity.
func worthOf(q *law.Quantity, e *event.Event) float64 {
	switch {
	case q.Field == "":
		return 1
	case !e.Data.Has(q.Field):
		return q.Silent
	}
	return numberIn(e, q.Field)
}

// numberIn is a field as a number; a flag is one or zero.
func numberIn(e *event.Event, field string) float64 {
	switch v := e.Data[field].(type) {
	case float64:
		return v
	case bool:
		return float64(one(v))
	}
	n, err := strconv.ParseFloat(e.Data.Scalar(field), 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *census) countLatest(p *poll, s *subject, l *law.Latest) {
	reports := slices.DeleteFunc(s.of(l.Report), func(e *event.Event) bool {
		silent := func(field string) bool { return field != "" && !e.Data.Has(field) }
		return silent(l.Numerator) || silent(l.Minus) || silent(l.Denominator)
	})
	for w := range c.windows {
		for _, e := range slices.Backward(reports) {
			if !c.windows[w].holds(e.At, false) {
				continue
			}
			says := score{numerator: numberIn(e, l.Numerator), denominator: 1}
			if l.Minus != "" {
				says.numerator -= numberIn(e, l.Minus)
			}
			if l.Denominator != "" {
				says.denominator = numberIn(e, l.Denominator)
			}
			says.n = one(says.denominator > 0)
			p.enter(c.inRegions(w, e.Place(), regionOf(e)), says)
			break
		}
	}
}

func (c *census) countEvents(p *poll, s *subject, count *law.CountPer) {
	for _, i := range s.instances(count.Of, count.Per) {
		n := 0
		for _, e := range i.facts {
			n += int(one(described(e, count.Of)))
		}
		p.enterWait(c.cells(i.begin.Place(), regionOf(i.begin), i.begin.At, false), float64(n), statistics.Event)
	}
}

func (c *census) countInForce(p *poll, s *subject, f *law.InForce) {
	for _, i := range s.instances(f.Of, f.Per) {
		ended := c.asOf
		for _, e := range s.of(f.Until) {
			// An end that names no instance is one of the whole case.
			ends := slices.Contains(i.facts, e) || nameOf(e, f.Per) == ""
			if ends && !e.At.Before(i.begin.At) && e.At.Before(ended) {
				ended = e.At
			}
		}
		for w := range c.windows {
			from, to := i.begin.At, ended
			if start := c.windows[w].from; start.After(from) {
				from = start
			}
			if end := c.windows[w].to; !end.IsZero() && end.Before(to) {
				to = end
			}
			if !from.Before(to) {
				continue
			}
			found := 0
			for _, e := range i.facts {
				found += int(one(described(e, f.With) && !e.At.Before(from) && !e.At.After(to)))
			}
			stood := score{numerator: float64(min(1, found)), denominator: 1, n: 1}
			if f.Days > 0 {
				stood.numerator, stood.denominator = float64(found), to.Sub(from).Hours()/24/float64(f.Days)
			}
			p.enter(c.inRegions(w, i.begin.Place(), regionOf(i.begin)), stood)
		}
	}
}

func (c *census) countPlaces(p *poll, s *subject, cover *law.Coverage) {
	digits := cover.Digits()
	for _, e := range s.of(cover.Of) {
		cells := c.cells(e.Place(), regionOf(e), e.At, false)
		if len(e.Place()) < digits {
			p.enter(cells, score{leftOut: 1})
			continue
		}
		for i := range cells {
			cells[i].name, cells[i].side = e.Place()[:digits], group
		}
		p.enter(cells, score{n: 1})
	}
	for _, e := range s.of(cover.By) {
		if len(e.Place()) < digits {
			p.enter(c.cells(e.Place(), regionOf(e), e.At, false), score{leftOut: 1})
			continue
		}
		p.markFrom(e.Place()[:digits], e.At)
	}
}

func (c *census) countMismatch(p *poll, s *subject, m *law.Mismatch) {
	said := map[string]string{}
	var second *event.Event // with it, something is stated twice for the first time
	differs := false
	for _, e := range s.of(m.Of) {
		for _, field := range m.Fields {
			value := e.Data.Scalar(field)
			if value == "" {
				continue
			}
			if before, ok := said[field]; ok {
				differs = differs || before != value
				if second == nil {
					second = e
				}
			} else {
				said[field] = value
			}
		}
	}
	if second != nil {
		p.enter(c.cells(second.Place(), regionOf(second), second.At, false), score{numerator: float64(one(differs)), denominator: 1, n: 1})
	}
}
