package obligation

import (
	"fmt"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// horizon is how far ahead periods are written.
func (f *folder) horizon() time.Time {
	if f.query.Horizon.After(f.query.AsOf) {
		return f.query.Horizon
	}
	return f.query.AsOf
}

// foldRepeating folds a duty that recurs: period 1 begins with the duty, each
// next one when the period before falls due, until the scope ends. Due dates
// are counted from the original date.
func (f *folder) foldRepeating(d *law.Duty) {
	begun := map[string]bool{}
	for _, i := range f.positions(&d.StartsOn) {
		e := &f.events[i]
		ref, ok := f.instance(d, e)
		if !ok || begun[ref] || !f.mayStart(e, i) || !d.StartsOn.Any(e) {
			continue
		}
		begun[ref] = true
		f.foldPeriods(d, ref, e)
	}
}

func (f *folder) foldPeriods(d *law.Duty, ref string, start *event.Event) {
	end := f.end(d, ref)
	begins, known := start.At, spanOf(f.cat, start).last
	first, months := len(f.out), 0
	for n := 1; !begins.After(f.horizon()) && !over(end, begins); n++ {
		on := f.cat.DateOf(begins)
		if d.InForceBy == law.ByCase {
			on = f.opening
		}
		regime := f.regimeAt(d, on, f.readingAt(d, start, known))
		if regime == nil {
			break
		}
		months += regime.Limit.Months
		due := f.cat.DuePeriod(&regime.Limit, start.At, months)
		o := f.row(d, regime, start, known)
		o.Instance = fmt.Sprintf("%s/%d", orDash(ref), n)
		o.StartedAt, o.DueAt, o.LapsesFrom, o.LapsesBy = begins, due, due, due
		if f.query.Why {
			o.Why = f.why(d, regime, start, known, end)
			if n == 1 {
				o.Why.Clock = start
			}
		}
		f.out = append(f.out, o)
		begins, known = due, due
	}
	if d.Serves == law.ServesOwn {
		f.serveOwn(d, ref, f.out[first:], end)
		return
	}
	f.serve(d, ref, f.out[first:], end)
}

// serveOwn gives each period the first deed that lies in it. A day that holds
// both the end of a period and a deed known by its date belongs to the next one.
func (f *folder) serveOwn(d *law.Duty, ref string, periods []Obligation, end *event.Event) {
	for i := range periods {
		o := &periods[i]
		c := candidate{duty: d, regime: o.Under, ref: ref, start: o.Start, clock: o.Start}
		deed, _ := f.firstDeed(c, d.FulfilledBy, point(o.StartedAt), end)
		switch {
		case deed != nil && deed.At.Before(o.DueAt):
			o.Settled, o.DoneAt, o.Deed = Met, deed.At, deed
		case end != nil:
			o.Settled = voidedAt(o, end.At)
		}
	}
}

// regimeAt is the regime of a recurring duty in force on a date under the facts
// of that instant.
func (f *folder) regimeAt(d *law.Duty, on law.Date, facts law.Facts) *law.Regime {
	for _, r := range d.Regimes {
		if r.InForce(on) && r.Applies(facts) {
			return r
		}
	}
	return nil
}

// registerRegime is the regime of a register duty for the period that begins on
// a date.
func (f *folder) registerRegime(d *law.Duty, first law.Date, facts law.Facts) *law.Regime {
	for _, r := range d.Regimes {
		if d.InForceFor(r, first) && r.Applies(facts) {
			return r
		}
	}
	return nil
}

// serve gives each report to the oldest begun period still undone; one that
// finds none serves none. What is left undone when the scope ends is void.
func (f *folder) serve(d *law.Duty, ref string, periods []Obligation, end *event.Event) {
	next := 0
	for _, i := range f.positions(&d.FulfilledBy) {
		e := &f.events[i]
		if over(end, e.At) {
			break
		}
		if own, ok := f.instance(d, e); !ok || own != ref || !d.FulfilledBy.Any(e) || next == len(periods) {
			continue
		}
		o := &periods[next]
		sameDay := e.ByDay() && f.cat.DateOf(e.At) == f.cat.DateOf(o.StartedAt)
		if e.At.Before(o.StartedAt) && !sameDay {
			continue
		}
		o.Settled, o.DoneAt, o.Deed = judgeDeed(&o.Under.Limit, point(o.StartedAt), spanOf(f.cat, e), o.DueAt), e.At, e
		next++
	}
	if end == nil {
		return
	}
	for i := range periods[next:] {
		periods[next+i].Settled = voidedAt(&periods[next+i], end.At)
	}
}

// foldRegister folds a duty that a unit owes for each calendar period that
// begins once the unit is known: due when one more period has passed after its
// end, done by the first report at or after its start.
func (f *folder) foldRegister(d *law.Duty) {
	unit := f.knownUnit(d)
	if unit == nil {
		return
	}
	end := f.end(d, "")
	on := d.Every.Containing(f.cat.DateOf(unit.At))
	if on.Start(f.cat.Zone).Before(unit.At) {
		on = on.AddMonths(d.Every.Months())
	}
	for ; ; on = on.AddMonths(d.Every.Months()) {
		begins := on.Start(f.cat.Zone)
		if begins.After(f.horizon()) || over(end, begins) {
			return
		}
		regime := f.registerRegime(d, on, f.readingAt(d, unit, begins))
		if regime == nil {
			continue
		}
		due := d.PeriodDue(regime, on).Start(f.cat.Zone)
		o := f.row(d, regime, unit, begins)
		o.Instance, o.InstitutionKind, o.Institution = d.Every.Name(on), unit.Data.Text("kind"), unit.Subject
		o.StartedAt, o.DueAt, o.LapsesFrom, o.LapsesBy = begins, due, due, due
		started := candidate{duty: d, regime: regime, start: unit, clock: unit}
		if deed, _ := f.firstDeed(started, d.FulfilledBy, point(begins), end); deed != nil {
			o.Settled, o.DoneAt, o.Deed = judgeDeed(&regime.Limit, point(begins), spanOf(f.cat, deed), due), deed.At, deed
		} else if end != nil {
			o.Settled = voidedAt(&o, end.At)
		}
		if f.query.Why {
			o.Why = f.why(d, regime, unit, begins, end)
		}
		f.out = append(f.out, o)
	}
}

// knownUnit is the first report of a unit whose kind bears the duty.
func (f *folder) knownUnit(d *law.Duty) *event.Event {
	for _, i := range f.byType.At(f.cat.UnitReport) {
		e := &f.events[i]
		for _, bearer := range d.Bearer {
			if f.cat.Bears(bearer, e.Data.Text("kind")) {
				return e
			}
		}
	}
	return nil
}
