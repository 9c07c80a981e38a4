package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A story tells one case: what happened, in the order in which it is told,
// which is not always the order of time.
type story struct {
	*Simulation
	r  *rand.Rand
	id string

	p        *province
	place    string // district of the case
	rural    bool
	level    string // true risk; what is written down may be less
	known    string // risk as last assessed
	miss     float64
	police   unit
	court    unit
	cem      unit
	channel  string
	flagrant bool
	peace    bool // no family court there

	reported time.Time
	previous string // an earlier case of the same person
	told     []event.Event
	beside   []event.Event // of other subjects
	events   int           // ids given out
}

// caseNumber tells the n-th case and keeps its books. Every case has random
// numbers of its own, so that it does not depend on the cases before it.
func (s *Simulation) caseNumber(n int) Case {
	t := s.openCase(n)
	t.repeat(n)
	t.tellAll()
	return t.finishCase()
}

// openCase begins the n-th case: who, where, when.
func (s *Simulation) openCase(n int) *story {
	t := &story{Simulation: s, r: rand.New(rand.NewPCG(s.cfg.Seed, uint64(n))), id: fmt.Sprintf("c-%x-%08d", s.cfg.Seed, n)} //nolint:gosec // Not negative.
	t.cast()
	return t
}

// repeat makes some cases those of a person who reported before: in the same
// place, some time after an earlier case, where that is not itself a repeat in
// need of a third to be told.
func (t *story) repeat(n int) {
	if !t.chance(t.cfg.Rates.Repeat) || n < 2 {
		return
	}
	before := t.openCase(1 + t.r.IntN(n-1))
	again := t.rounded(before.reported.Add(days(5) + t.share(days(400), 1)))
	if again.After(t.cfg.To) || before.chance(t.cfg.Rates.Repeat) {
		return
	}
	t.previous, t.reported = before.id, again
	t.p, t.place, t.rural, t.peace = before.p, before.place, before.rural, before.peace
	t.level, t.miss = before.level, before.miss
	t.police, t.court, t.cem = before.police, before.court, before.cem
}

// finishCase lets things go wrong with the record, then keeps the books of what
// remains.
func (t *story) finishCase() Case {
	retracted := t.spoil()
	t.dropUnwritten()
	facts := t.live(retracted)
	return Case{ID: t.id, Truth: t.book.Keep(facts), facts: facts, Beside: t.beside, Events: t.deliver()}
}

// dropUnwritten leaves out what was not written down when the record stops.
func (t *story) dropUnwritten() {
	t.told = slices.DeleteFunc(t.told, func(e event.Event) bool {
		return e.At.After(t.cfg.Until) || e.RecordedAt.After(t.cfg.Until)
	})
}

// live are the events that the books are kept from: in order, without what was
// taken back, up to the instant of the truth. A retraction that did not make it
// into the record takes nothing back.
func (t *story) live(retracted map[string]string) []*event.Event {
	present := map[string]bool{}
	for i := range t.told {
		present[t.told[i].ID] = true
	}
	facts := make([]*event.Event, 0, len(t.told))
	for i := range t.told {
		e := &t.told[i]
		by, gone := retracted[e.ID]
		if e.Type == t.cat.Retraction || gone && present[by] || e.At.After(t.cfg.AsOf) {
			continue
		}
		facts = append(facts, e)
	}
	slices.SortFunc(facts, event.Compare)
	return facts
}

// cast chooses place, risk and the institutions that deal with the case.
func (t *story) cast() {
	p, department, level := t.nation.draw(t.r)
	t.p, t.level, t.known = p, level, "undetermined"
	t.place = p.districts[0]
	if !t.chance(0.35) {
		t.place = p.districts[t.r.IntN(len(p.districts))]
	}
	t.rural = t.chance(p.rural)
	t.peace = t.rural && t.chance(0.35)
	rates := t.cfg.Rates
	t.miss = rates.Miss + p.penalty
	if t.rural {
		t.miss += rates.RuralGap
	}
	if level == "severe" {
		t.miss -= rates.SevereGain
	}
	t.police = p.stations[t.r.IntN(len(p.stations))]
	if t.chance(0.12) {
		t.police = p.familyStations[0]
	}
	t.police.place = t.place
	if t.chance(0.01) {
		t.police.place = department
	}
	t.court = p.courts[t.r.IntN(len(p.courts))]
	if t.peace {
		t.court = p.peaceCourt
	}
	t.cem = p.cems[t.r.IntN(len(p.cems))]
	t.channel = pick(t.r, channels)
	t.flagrant = t.chance(0.07)
	t.reported = t.reportTime()
	if t.nation.shocked(department, t.reported) {
		t.miss += rates.ShockLoss
	}
}

func (t *story) tellAll() {
	if t.chance(t.cfg.Rates.NoReport) {
		t.withoutReport()
		return
	}
	t.report()
	t.station()
	takenUp := t.forward()
	t.examine()
	t.support()
	t.decide(takenUp)
	t.prosecute()
	t.wayOut()
}

// tell adds an event. The zero time stands for what never happened.
func (t *story) tell(at time.Time, eventType string, by unit, data event.Fields) {
	if at.IsZero() || at.After(t.cfg.Until) {
		return
	}
	if data == nil {
		data = make(event.Fields, 3)
	}
	data["ubigeo"] = by.place
	if by.kind != "" {
		data["institution"], data["institution_kind"] = by.code, by.kind
	}
	at = at.UTC()
	t.told = append(t.told, event.Event{
		Subject: t.id, Source: by.source, ID: t.nextID(), Type: eventType,
		At: at, RecordedAt: at.Add(time.Duration(t.r.IntN(1800)) * time.Second), Data: data.Data(),
	})
}

// tellOf adds an event of another subject to what this one leads to.
func (t *story) tellOf(subject string, at time.Time, eventType string, by unit, data event.Fields) {
	before := len(t.told)
	t.tell(at, eventType, by, data)
	if len(t.told) == before {
		return
	}
	other := t.told[before]
	t.told = t.told[:before]
	// Its identity must not meet one that the other subject gives out itself.
	other.Subject, other.ID = subject, t.id[2:]+"-"+other.ID
	if !other.RecordedAt.After(t.cfg.Until) {
		t.beside = append(t.beside, other)
	}
}

func (t *story) nextID() string {
	t.events++
	return fmt.Sprintf("e-%04d", t.events)
}

func (t *story) chance(p float64) bool { return t.r.Float64() < p }

// soon is a time up to some limit after another, more often near it.
func (t *story) soon(after time.Time, limit time.Duration) time.Time {
	if after.IsZero() {
		return after
	}
	u := t.r.Float64()
	return t.rounded(after.Add(time.Duration(u * u * float64(limit))))
}

// rounded drops what clocks in offices do not show; a few show milliseconds.
func (t *story) rounded(at time.Time) time.Time {
	if t.chance(0.05) {
		return at.Truncate(time.Millisecond)
	}
	return at.Truncate(time.Second)
}

// within is when a step is done that has some hours: mostly in time, else late,
// else never, which is the zero time. A few are done exactly at the limit, or
// the moment after it.
func (t *story) within(start time.Time, limit time.Duration, miss float64) time.Time {
	if start.IsZero() {
		return start
	}
	switch edge := t.r.Float64(); {
	case edge < t.cfg.Rates.OnTheLimit:
		return start.Add(limit)
	case edge < t.cfg.Rates.OnTheLimit*1.5:
		return start.Add(limit + time.Second)
	case edge < t.cfg.Rates.OnTheLimit*2:
		return start.Add(limit + time.Millisecond)
	}
	return t.spread(start, start.Add(limit), miss)
}

// withinDays is the same for a step that has some days; the limit's last moment
// is a millisecond before the deadline.
func (t *story) withinDays(start time.Time, limit law.Limit, miss float64) time.Time {
	if start.IsZero() {
		return start
	}
	due := t.cat.Due(&limit, start, "")
	switch edge := t.r.Float64(); {
	case edge < t.cfg.Rates.OnTheLimit:
		return due
	case edge < t.cfg.Rates.OnTheLimit*2:
		return due.Add(-time.Millisecond)
	}
	return t.spread(start, due, miss)
}

func (t *story) spread(start, due time.Time, miss float64) time.Time {
	limit := due.Sub(start)
	if t.chance(t.cfg.Rates.Early) {
		return t.rounded(start.Add(-t.share(limit, 0.3)))
	}
	if !t.chance(miss + t.miss) {
		return t.rounded(start.Add(t.share(limit, 0.98)))
	}
	if t.chance(0.35) {
		return time.Time{}
	}
	return t.rounded(due.Add(time.Second + time.Duration(t.r.ExpFloat64()*0.8*float64(limit))))
}

// share is a random part of a duration, up to a share of it.
func (t *story) share(of time.Duration, upTo float64) time.Duration {
	u := t.r.Float64()
	return time.Duration((0.7*u*u + 0.3*u) * upTo * float64(of))
}

// businessDays and calendarDays are limits in the catalogue's calendars.
func (t *story) businessDays(n int, calendar string) law.Limit {
	if t.cat.Calendars[calendar] == nil {
		return law.Limit{CalendarDays: n}
	}
	return law.Limit{BusinessDays: n, Calendar: calendar}
}

// reportTime falls into the configured window, more often at night and most
// often in the nights of weekends.
func (t *story) reportTime() time.Time {
	window := t.cfg.To.Sub(t.cfg.From)
	for {
		at := t.cfg.From.Add(time.Duration(t.r.Float64() * float64(window)))
		local := at.In(t.cat.Zone)
		if t.chance(reportWeight(local.Weekday(), local.Hour())) {
			return t.rounded(at)
		}
	}
}

// reportWeight is how often an hour of the week brings reports, of at most 1.
func reportWeight(day time.Weekday, hour int) float64 {
	night := hour >= 19 || hour < 2
	weekend := day == time.Sunday || day == time.Saturday || day == time.Friday && hour >= 19 || day == time.Monday && hour < 2
	switch {
	case night && weekend:
		return 1
	case night:
		return 0.55
	case hour < 7:
		return 0.2
	case weekend:
		return 0.5
	}
	return 0.4
}

// A share is a value with how often it comes, in no fixed unit.
type share struct {
	value  string
	weight int
}

func pick(r *rand.Rand, shares []share) string {
	total := 0
	for _, s := range shares {
		total += s.weight
	}
	n := r.IntN(total)
	for _, s := range shares {
		if n -= s.weight; n < 0 {
			return s.value
		}
	}
	return shares[0].value
}
