package indicator

import (
	"math"
	"time"

	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// share gives one outcome for each instance whose time has passed.
func (v *view) share(ms *law.Measure) {
	s := ms.Share
	for _, i := range v.instances(s.Of, s.Per) {
		if !states(i.begins, s.Stated) {
			continue
		}
		c := at(i.begins, Outcome)
		var end time.Time
		if s.Within != nil {
			// The last instant of the span still belongs to it.
			c.At, c.Due = s.Within.From(i.begins.At), true
			end = c.At.Add(time.Millisecond)
			if c.At.After(v.windows.AsOf) {
				c.Role = LeftOut
				c.At, c.Due = i.begins.At, false
			}
		}
		if before := v.next(&i, s.Before, end); len(s.Before) > 0 && before != nil {
			end = before.At
		}
		c.Denominator = 1
		if v.succeeds(s, &i, end) {
			c.Numerator = 1
		}
		if s.Linked != nil && c.Role == Outcome {
			c.Role, c.Until = Linked, v.windows.AsOf
			if s.Within != nil {
				c.Until = s.Within.From(i.begins.At)
			}
			c.Since = i.begins.At
			c.Key = keyOf(linkKey(s.Linked, i.begins, v.ID))
			if len(s.Without) > 0 && v.next(&i, s.Without, end) != nil {
				c.Role = Outcome // Nothing that others say can make it a success.
			}
		}
		v.read(ms, c, reading{kind: i.begins.Data.Text("institution_kind"), started: i.begins.At})
	}
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
			c := at(i.begins, Outcome)
			for e := range v.all(r.Denominator.Of) {
				if i.has(e) {
					c.Denominator += quantity(&r.Denominator, e)
				}
			}
			for e := range v.all(r.Numerator.Of) {
				if i.has(e) {
					c.Numerator += quantity(&r.Numerator, e)
				}
			}
			v.emit(c)
		}
		return
	}
	for e := range v.all(r.Numerator.Of) {
		c := at(e, Outcome)
		c.Numerator = quantity(&r.Numerator, e)
		v.emit(c)
	}
	for e := range v.all(r.Denominator.Of) {
		c := at(e, Outcome)
		c.Denominator = quantity(&r.Denominator, e)
		v.emit(c)
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
		c := at(i.begins, Outcome)
		c.Denominator = 1
		for e := range v.all(count.Of) {
			if i.has(e) {
				c.Numerator++
			}
		}
		v.emit(c)
	}
}

// wait gives how long each instance waited, or has waited so far.
func (v *view) wait(w *law.Wait) {
	for _, i := range v.instances(w.From, w.Per) {
		c := at(i.begins, Duration)
		until := v.windows.AsOf
		to, other := v.next(&i, w.To, time.Time{}), v.competing(&i, w.Competing)
		switch {
		case to != nil && (other == nil || !other.At.Before(to.At)):
			until, c.End = to.At, statistics.Event
		case other != nil:
			until, c.End = other.At, statistics.Competing
		}
		c.Time = max(0, until.Sub(i.begins.At).Hours())
		v.emit(c)
	}
}

// competing is the first event that makes an instance's wait end without what it
// waits for. One that names no instance, such as a withdrawal, ends that of all.
func (v *view) competing(i *instance, of law.Matches) *event.Event {
	whole := instance{begins: i.begins}
	own, all := v.next(i, of, time.Time{}), (*event.Event)(nil)
	for e := range v.all(of) {
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

// inForce gives, for each window, the instances that stand at some time in it.
func (v *view) inForce(f *law.InForce) {
	for _, i := range v.instances(f.Of, f.Per) {
		ended := v.windows.AsOf
		for e := range v.all(f.Until) {
			// An end without the reference is one of the whole case.
			if ref := refOf(e, i.per); (ref == i.ref || ref == "") && !e.At.Before(i.begins.At) && e.At.Before(ended) {
				ended = e.At
				break
			}
		}
		for _, w := range AllWindows() {
			from, to := windowBounds(v.windows, w)
			from, to = latest(from, i.begins.At), earliestOf(to, ended)
			if !from.Before(to) {
				continue
			}
			c := at(i.begins, Outcome)
			c.Only, c.Denominator = w, 1
			n := 0.0
			for e := range v.all(f.With) {
				if i.has(e) && !e.At.Before(from) && !e.At.After(to) {
					n++
				}
			}
			c.Numerator = math.Min(n, 1)
			if f.Days > 0 {
				c.Numerator, c.Denominator = n, to.Sub(from).Hours()/24/float64(f.Days)
			}
			v.emit(c)
		}
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earliestOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// coverage gives the places that need what is looked for, and those that have
// it. A place coarser than the level cannot say which it is.
func (v *view) coverage(c *law.Coverage) {
	give := func(of law.Matches, role Role) {
		for e := range v.all(of) {
			if len(e.Place()) < c.Digits() {
				v.emit(at(e, LeftOut))
			} else {
				v.emit(at(e, role))
			}
		}
	}
	give(c.Of, Outcome)
	give(c.By, Covering)
}

// mismatch gives one outcome where two or more events state the same field, at
// the first event that repeats one.
func (v *view) mismatch(m *law.Mismatch) {
	var stated *event.Event
	differs := false
	for _, field := range m.Fields {
		value := ""
		for e := range v.all(m.Of) {
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
	c := at(stated, Outcome)
	c.Denominator = 1
	if differs {
		c.Numerator = 1
	}
	v.emit(c)
}
