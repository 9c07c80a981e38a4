package contribution

import (
	"slices"
	"strconv"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// share gives one outcome for each instance. like is what all of them have in
// common.
func (v *view) share(m *law.Measure, like Row) {
	s := m.Share
	for _, i := range v.instances(s.Of, s.Per) {
		if !states(i.begins, s.Stated) {
			continue
		}
		r := begin(i.begins, Outcome)
		r.Until, r.Low = like.Until, like.Low
		var end time.Time
		if s.Within != nil {
			// The last instant of the span still belongs to it.
			r.Told = s.Within.From(i.begins.At)
			end = r.Told.Add(time.Millisecond)
		}
		if before := v.next(&i, s.Before, end); len(s.Before) > 0 && before != nil {
			end = before.At
			r.Untold = v.sameDay(&i, s, before)
		}
		r.Denominator = 1
		if v.succeeds(s, &i, end) {
			r.Numerator = 1
		}
		if s.Linked != nil && r.Numerator == 0 && (len(s.Without) == 0 || v.next(&i, s.Without, end) == nil) {
			r.Role, r.Key = Linked, keyOf(linkKey(s.Linked, i.begins, v.ID))
		}
		v.read(m, &r, &i)
		v.emit(r)
	}
}

// sameDay reports whether it cannot be told if something lies before an event: it is of
// the event's date, and one of the two is known by its day alone.
func (v *view) sameDay(i *instance, s *law.Share, before *event.Event) bool {
	for _, of := range []law.Matches{s.With, s.Without} {
		for e := range v.events(of) {
			if i.has(e) && (e.ByDay() || before.ByDay()) && v.cat.DateOf(e.At) == v.cat.DateOf(before.At) {
				return true
			}
		}
	}
	return false
}

// read marks an outcome as a measure's reading needs it.
func (v *view) read(m *law.Measure, r *Row, i *instance) {
	switch {
	case m.Gap != nil:
		r.Side = v.side(m.Gap, r.Place, i.begins)
		r.Untold = r.Untold || r.Side == NoSide
	case m.Units != nil:
		kind := i.begins.Data.Text("institution_kind")
		r.Untold = r.Untold || r.Unit == "" || !KindWanted(m.Units, kind)
	}
}

// KindWanted reports whether institutions of a kind are compared.
func KindWanted(u *law.Units, kind string) bool {
	if len(u.Kinds) == 0 {
		return true
	}
	return slices.Contains(u.Kinds, kind)
}

// shareWhereAllOnTime gives a share over cases in which every duty of the law
// that has fallen due was met, and one was. It ends where the first of those that
// only time decides is no longer open. With regimes of low confidence left out
// other cases may belong to it.
func (v *view) shareWhereAllOnTime(m *law.Measure) {
	with, withUntil := v.allOnTime(func(*obligation.Obligation) bool { return true })
	without, withoutUntil := v.allOnTime(func(o *obligation.Obligation) bool { return o.Confidence != law.LowConfidence })
	if with && without && withUntil.Equal(withoutUntil) {
		v.share(m, Row{Until: withUntil})
		return
	}
	if with {
		v.share(m, Row{Until: withUntil, Low: WithLow})
	}
	if without {
		v.share(m, Row{Until: withoutUntil, Low: WithLowLeft})
	}
}

// allOnTime reports whether every obligation with a number in the law that has
// fallen due was met, and that there was one; and until when that holds.
func (v *view) allOnTime(counts func(*obligation.Obligation) bool) (met bool, until time.Time) {
	for i := range v.Obligations {
		o := &v.Obligations[i]
		if o.Kind != law.Law || !counts(o) {
			continue
		}
		switch o.Settled {
		case obligation.Met:
			met = true
		case obligation.Late, obligation.Unclear:
			return false, time.Time{}
		case obligation.Void:
		default:
			until = earliest(until, o.LapsesFrom)
		}
	}
	return met, until
}

// linkKey is the name by which events of other subjects mean an instance.
func linkKey(l *law.Link, e *event.Event, subject string) string {
	switch l.Key {
	case law.PerCase:
		return subject
	case law.LinkByID:
		return e.ID
	}
	return e.Data.Text(l.Key)
}

func states(e *event.Event, fields []string) bool {
	for _, field := range fields {
		if !e.Data.Has(field) {
			return false
		}
	}
	return true
}

// succeeds reports whether an instance has what it must have before an end, and
// lacks what it must lack.
func (v *view) succeeds(s *law.Share, i *instance, end time.Time) bool {
	has := func(of law.Matches) bool { return v.next(i, of, end) != nil }
	if len(s.Per) == 0 || s.Per[0] == law.PerEvent {
		has = func(of law.Matches) bool { return matches(of, i.begins) }
	}
	if len(s.Without) > 0 && has(s.Without) {
		return false
	}
	if !s.All {
		return len(s.With) > 0 && has(s.With) || len(s.With) == 0 && s.Linked == nil
	}
	for n := range s.With {
		if !has(s.With[n : n+1]) {
			return false
		}
	}
	return true
}

// ratio gives the two quantities when they happen, or both at the beginning of
// their instance.
func (v *view) ratio(r *law.Ratio) {
	if len(r.Per) > 0 {
		for _, i := range v.instances(r.Denominator.Of, r.Per) {
			row := begin(i.begins, Outcome)
			for e := range v.events(r.Denominator.Of) {
				if i.has(e) {
					row.Denominator += quantity(&r.Denominator, e)
				}
			}
			for e := range v.events(r.Numerator.Of) {
				if i.has(e) {
					row.Numerator += quantity(&r.Numerator, e)
				}
			}
			v.emit(row)
		}
		return
	}
	for e := range v.events(r.Numerator.Of) {
		row := begin(e, Outcome)
		row.Numerator = quantity(&r.Numerator, e)
		v.emit(row)
	}
	for e := range v.events(r.Denominator.Of) {
		row := begin(e, Outcome)
		row.Denominator = quantity(&r.Denominator, e)
		v.emit(row)
	}
}

func quantity(q *law.Quantity, e *event.Event) float64 {
	if q.Field == "" {
		return 1
	}
	return amount(e, q.Field, q.Silent)
}

// count gives how many events each instance has.
func (v *view) count(count *law.CountPer) {
	for _, i := range v.instances(count.Of, count.Per) {
		r := begin(i.begins, Count)
		r.Denominator = 1
		for e := range v.events(count.Of) {
			if i.has(e) {
				r.Numerator++
			}
		}
		v.emit(r)
	}
}

// wait gives how long each instance waited, or since when it waits.
func (v *view) wait(w *law.Wait) {
	for _, i := range v.instances(w.From, w.Per) {
		r := begin(i.begins, Wait)
		to, other := v.next(&i, w.To, time.Time{}), v.competing(&i, w.Competing)
		switch {
		case to != nil && (other == nil || !other.At.Before(to.At)):
			r.Until, r.Ended = to.At, Reached
		case other != nil:
			r.Until, r.Ended = other.At, EndedOtherwise
		}
		v.emit(r)
	}
}

// competing is the first event that makes an instance's wait end without what it
// waits for. One that names no instance, such as a withdrawal, ends that of all.
func (v *view) competing(i *instance, of law.Matches) *event.Event {
	whole := instance{begins: i.begins}
	own, all := v.next(i, of, time.Time{}), (*event.Event)(nil)
	for e := range v.events(of) {
		if i.per != nil && refOf(e, i.per) == "" && v.follows(&whole, e) {
			all = e
			break
		}
	}
	if own == nil || all != nil && all.At.Before(own.At) {
		return all
	}
	return own
}

// standing gives the instances that stand, since when and until when, with what
// is looked for while they do.
func (v *view) standing(f *law.InForce) {
	for _, i := range v.instances(f.Of, f.Per) {
		r := begin(i.begins, Standing)
		begun := true
		for e := range v.events(f.Until) {
			switch ref := refOf(e, i.per); {
			case ref == "" && e.At.Before(i.begins.At):
				// An end without the reference is one of the whole case: what is decided
				// after it never stands.
				begun = false
			case (ref == i.ref || ref == "") && !e.At.Before(i.begins.At):
				r.Until = earliest(r.Until, e.At)
			}
		}
		if !begun {
			continue
		}
		for e := range v.events(f.With) {
			if i.has(e) && !e.At.Before(r.At) {
				r.Deeds = append(r.Deeds, e.At)
			}
		}
		v.emit(r)
	}
}

// coverage gives the places that need what is looked for, and those that have
// it. A place coarser than the level cannot say which it is.
func (v *view) coverage(c *law.Coverage) {
	give := func(of law.Matches, role Role) {
		for e := range v.events(of) {
			r := begin(e, role)
			if len(e.Place()) < c.Digits() {
				r.Role, r.Untold = Outcome, true
			}
			v.emit(r)
		}
	}
	give(c.Of, Need)
	give(c.By, Has)
}

// mismatch gives one outcome where two or more events state the same field, at
// the first event that repeats one.
func (v *view) mismatch(m *law.Mismatch) {
	var stated *event.Event
	differs := false
	for _, field := range m.Fields {
		value := ""
		for e := range v.events(m.Of) {
			switch said := e.Data.Scalar(field); {
			case said == "":
			case value == "":
				value = said
			default:
				differs = differs || said != value
				if stated == nil || event.Compare(e, stated) < 0 {
					stated = e
				}
			}
		}
	}
	if stated == nil {
		return
	}
	r := begin(stated, Outcome)
	r.Denominator = 1
	if differs {
		r.Numerator = 1
	}
	v.emit(r)
}

// report gives what a unit's reports say, each in full: the count takes the last
// one of a window. Reports that lack a field say nothing.
func (v *view) report(l *law.Latest) {
	for e := range v.events(l.Report) {
		if !e.Data.Has(l.Numerator) || l.Minus != "" && !e.Data.Has(l.Minus) || l.Denominator != "" && !e.Data.Has(l.Denominator) {
			continue
		}
		r := begin(e, Report)
		r.Numerator, r.Denominator = amount(e, l.Numerator, 0), 1
		if l.Minus != "" {
			r.Numerator -= amount(e, l.Minus, 0)
		}
		if l.Denominator != "" {
			r.Denominator = amount(e, l.Denominator, 0)
		}
		v.emit(r)
	}
}

// amount is a field as a number: flags are one or zero.
func amount(e *event.Event, field string, silent float64) float64 {
	if n, ok := e.Data.Number(field); ok {
		return n
	}
	switch {
	case !e.Data.Has(field):
		return silent
	case e.Data.Flag(field):
		return 1
	}
	n, err := strconv.ParseFloat(e.Data.Scalar(field), 64)
	if err != nil {
		return 0
	}
	return n
}
