package simulation

import (
	"strconv"
	"time"

	"amparo/schemas/event"
)

// decide tells hearing and decision, and then the life of the measures.
func (t *story) decide(takenUp time.Time) {
	start := takenUp
	if start.IsZero() {
		if !t.chance(0.3) {
			return
		}
		start = t.soon(t.reported.Add(hours(24)), days(6)) // on its own motion
	}
	// The limit runs from the court's knowledge, or from the report; courts aim
	// at whichever comes first.
	limit := t.decisionLimit(start)
	if t.chance(0.4) {
		start = t.reported
	}
	decided := t.within(start, limit, 0.2)
	if decided.IsZero() {
		return
	}
	heard := t.chance(0.55)
	if heard {
		t.tell(t.soon(decided.Add(-hours(12)), hours(4)), "hearing.scheduled", t.court, nil)
		t.tell(decided.Add(-30*time.Minute), "hearing.held", t.court, event.Fields{"victim_present": t.chance(0.5)})
	}
	t.decision("m-1", decided, t.court, heard)
	if t.chance(0.08) {
		t.decision("m-2", t.soon(decided.Add(days(1)), days(90)), t.court, false)
	}
	if t.flagrant && t.chance(0.5) {
		at := t.soon(t.reported.Add(hours(12)), hours(60))
		t.decision("m-p", at, t.p.penalCourt, true)
		t.send(at, "penal-court", "family-court", t.p.penalCourt, t.court, t.within(at, hours(24), 0.25))
	}
}

// Dates from which other limits for decisions are in force.
const (
	reformOf2018 = "2018-09-05"
	covidFrom    = "2020-04-28"
	reformOf2023 = "2023-03-23"
)

// decisionLimit is roughly what courts aim at: the truth never depends on it.
func (t *story) decisionLimit(at time.Time) time.Duration {
	on := t.cat.DateOf(at).String()
	switch {
	case on < reformOf2018:
		return hours(72)
	case on >= reformOf2023 && t.known == "undetermined":
		return hours(48)
	case on >= covidFrom:
		return hours(24)
	case t.known == "severe":
		return hours(24)
	case t.known == "undetermined":
		return hours(72)
	}
	return hours(48)
}

// decision tells one decision and everything that follows from it.
func (t *story) decision(ref string, at time.Time, by unit, heard bool) {
	outcome := "granted"
	if t.chance(0.09) {
		outcome = "denied"
	}
	d := event.Fields{"measure": ref, "outcome": outcome, "hearing": heard}
	if t.rural && t.chance(0.6) {
		d["area"] = "rural"
	}
	if outcome == "granted" {
		d["measures"] = t.orders()
		d["cease_only"] = t.chance(0.06)
	}
	t.tell(at, "measures.decided", by, d)
	t.inform(ref, at, by)
	if t.chance(0.6) {
		t.send(at, "family-court", "prosecutor", by, t.p.penalProsecutor, t.within(at, hours(24), 0.3))
	} else if t.chance(0.3) {
		to, receiver := "penal-court", t.p.penalCourt
		if t.chance(0.4) {
			to, receiver = "peace-court", t.p.peaceCourt
		}
		arrived := t.within(at, hours(24), 0.3)
		t.send(at, "family-court", to, by, receiver, arrived)
		acknowledged := t.within(arrived, hours(9), 0.3)
		t.tell(acknowledged, "file.acknowledged", receiver, event.Fields{"from": "family-court", "to": to})
	}
	if t.chance(0.04) {
		found := t.soon(at, days(30))
		t.tell(found, "evidence.obtained", t.p.penalProsecutor, nil)
		t.send(found, "prosecutor", "family-court", t.p.penalProsecutor, t.court, t.within(found, hours(48), 0.3))
	}
	if t.chance(0.04) {
		t.appeal(ref, t.soon(at.Add(hours(12)), days(5)))
	}
	if outcome == "granted" {
		t.supervise(ref, at)
	}
}

// orders are the single measures of a decision: about 2.2 of them.
func (t *story) orders() []any {
	n := 1 + t.r.IntN(3)
	if t.chance(0.1) {
		n += 2
	}
	var list []any
	seen := map[string]bool{}
	for len(list) < n {
		if m := pick(t.r, orders); !seen[m] {
			seen[m] = true
			list = append(list, m)
		}
	}
	return list
}

// inform tells who is notified of a decision.
func (t *story) inform(ref string, at time.Time, by unit) {
	for _, party := range [...]string{"victim", "respondent"} {
		if t.chance(0.93) {
			notifier := by
			if t.chance(0.2) {
				notifier = t.police // serves the notice for the court
			}
			t.tell(t.sameDay(at, 0.25), "measures.notified", notifier, event.Fields{"measure": ref, "to": party})
		}
	}
}

// sameDay is a time on the same local day, else in the days after it. It is
// sometimes the last moment of the day, or the first of the next.
func (t *story) sameDay(at time.Time, miss float64) time.Time {
	midnight := (t.cat.DateOf(at) + 1).Start(t.cat.Zone)
	switch edge := t.r.Float64(); {
	case edge < t.cfg.Rates.OnTheLimit:
		return midnight
	case edge < t.cfg.Rates.OnTheLimit*2:
		return midnight.Add(-time.Millisecond)
	case t.chance(miss + t.miss):
		return t.soon(midnight, days(6))
	}
	return t.soon(at, midnight.Add(-time.Second).Sub(at))
}

// supervise tells execution, visits, reports, breaches and the end of measures.
func (t *story) supervise(ref string, decided time.Time) {
	informed := t.sameDay(decided, 0.12)
	to, receiver := "police", t.police
	if t.chance(0.06) {
		to, receiver = "executor", unit{t.nation.sucamec.code, "sucamec", policeSystem, t.place}
	}
	d := event.Fields{"measure": ref, "to": to}
	if t.chance(0.85) {
		d["to_institution"] = receiver.code
	}
	if t.chance(0.94) {
		t.tell(informed, "measures.notified", t.court, d)
	}
	executed := t.within(informed, hours(24), 0.2)
	t.tell(executed, "measures.executed", t.police, event.Fields{"measure": ref, "by": t.police.kind})
	t.tell(t.within(informed, hours(48), 0.25), "victim.contacted", t.police, event.Fields{"measure": ref})
	if t.chance(0.5) {
		t.tell(t.soon(informed, hours(24)), "map.entered", t.police, event.Fields{})
	}
	t.tell(t.withinDays(informed, t.businessDays(t.bySeverity(15, 5), "general"), 0.3), "execution.reported", t.police, event.Fields{"measure": ref})
	ends := t.cfg.Until
	if t.chance(0.75) {
		ends = t.soon(decided.Add(days(30)), days(900))
		t.tell(ends, "measures.ended", t.court, event.Fields{"measure": ref})
	}
	t.visits(ref, informed, ends)
	t.reports(ref, informed, ends)
	if t.chance(0.12) {
		t.breaches(ref, informed, ends)
	}
	if t.chance(0.08) {
		t.vary(ref, decided)
	}
}

func (t *story) bySeverity(otherwise, severe int) int {
	if t.known == "severe" {
		return severe
	}
	return otherwise
}

func (t *story) visits(ref string, from, to time.Time) {
	at := from
	for range 1 + t.r.IntN(6) {
		if at = t.soon(at.Add(hours(30)), days(40)); at.After(to) && t.chance(0.9) {
			return
		}
		visitor := t.police
		if t.chance(0.3) { // supervision by a service, in place of the round of the police
			visitor = t.cem
		}
		t.tell(at, "visit.made", visitor, event.Fields{"measure": ref, "announced": t.chance(0.2)})
	}
}

// reports tells the periodic reports. Stations skip some, and send some late, so
// that a report serves an older period than the one it is meant for.
func (t *story) reports(ref string, from, to time.Time) {
	months := t.bySeverity(6, 3)
	diligent := t.chance(0.6)
	for k := 1; k < 60; k++ {
		due := t.cat.DateOf(from).AddMonths(k * months).Start(t.cat.Zone)
		if due.Add(-days(20)).After(to) {
			return
		}
		miss := 0.5
		if diligent {
			miss = 0.12
		}
		switch {
		case t.chance(t.cfg.Rates.OnTheLimit):
			t.tell(due, "compliance.reported", t.police, event.Fields{"measure": ref})
		case t.chance(t.cfg.Rates.OnTheLimit):
			t.tell(due.Add(hours(24)), "compliance.reported", t.police, event.Fields{"measure": ref})
		case !t.chance(miss + t.miss):
			t.tell(t.rounded(due.Add(-t.share(days(25), 1))), "compliance.reported", t.police, event.Fields{"measure": ref})
		case t.chance(0.5):
			t.tell(t.rounded(due.Add(hours(25)+t.share(days(60), 1))), "compliance.reported", t.police, event.Fields{"measure": ref})
		}
	}
}

func (t *story) breaches(ref string, from, to time.Time) {
	at := from
	for i := range 1 + t.r.IntN(3) {
		at = t.soon(at.Add(hours(24)), days(150))
		if at.After(to) {
			return
		}
		breach := ref + "-b" + strconv.Itoa(i+1)
		learnt, miss := t.police, 0.3
		switch {
		case t.chance(0.2):
			learnt = t.cem
		case t.chance(0.05):
			learnt = t.p.health
		}
		t.tell(at, "breach.reported", learnt, event.Fields{"breach": breach, "measure": ref})
		t.tell(t.within(at, hours(24), miss), "breach.informed", learnt, event.Fields{"breach": breach, "measure": ref, "to": "family-court", "to_institution": t.court.code})
		if t.chance(0.6) {
			t.tell(t.soon(at.Add(hours(2)), days(3)), "breach.informed", t.court, event.Fields{"breach": breach, "to": "prosecutor"})
		}
		t.tell(t.within(at, hours(2), 0.3), "breach.responded", t.police, event.Fields{"breach": breach, "arrested": t.chance(0.3)})
	}
}

func (t *story) vary(ref string, decided time.Time) {
	for i := range 1 + t.r.IntN(2) {
		variation := ref + "-v" + strconv.Itoa(i+1)
		asked := t.soon(decided.Add(days(3)), days(200))
		t.tell(asked, "variation.requested", t.court, event.Fields{"measure": ref, "variation": variation, "reason": pick(t.r, variationReasons)})
		varied := t.within(asked, t.decisionLimit(asked), 0.3)
		if varied.IsZero() {
			continue
		}
		t.tell(varied, "measures.varied", t.court, event.Fields{"measure": ref, "variation": variation, "change": pick(t.r, changes)})
		for _, party := range [...]string{"victim", "respondent", "police"} {
			if t.chance(0.8) {
				t.tell(t.within(varied, hours(24), 0.25), "variation.notified", t.court, event.Fields{"measure": ref, "variation": variation, "to": party})
			}
		}
	}
}

// appeal tells one appeal through both instances, or to where it stops.
func (t *story) appeal(ref string, filed time.Time) {
	id := ref + "-a1"
	chamber, superior := t.nation.chambers[t.place[:2]], t.nation.superiors[t.place[:2]]
	about := func() event.Fields { return event.Fields{"appeal": id, "measure": ref} }
	t.tell(filed, "appeal.filed", t.court, about())
	granted := t.withinDays(filed, t.businessDays(3, "court"), 0.25)
	t.tell(granted, "appeal.granted", t.court, about())
	notified := t.soon(granted, days(2))
	t.tell(notified, "appeal.notified", t.court, about())
	if t.chance(0.2) {
		t.tell(t.withinDays(notified, t.businessDays(3, "court"), 0), "appeal.adhered", t.court, about())
	}
	elevated := t.withinDays(granted, t.businessDays(t.bySeverity(3, 1), "court"), 0.3)
	t.tell(elevated, "appeal.elevated", chamber, about())
	sent := t.soon(elevated, days(2))
	t.tell(sent, "appeal.sent-for-opinion", superior, about())
	t.tell(t.withinDays(sent, t.businessDays(5, "general"), 0.25), "appeal.opinion-issued", superior, about())
	heard := t.withinDays(elevated, t.businessDays(3, "court"), 0.4)
	t.tell(heard, "appeal.heard", chamber, about())
	t.tell(t.withinDays(heard, t.businessDays(3, "court"), 0.3), "appeal.decided", chamber, about())
	if t.chance(0.2) {
		t.tell(t.soon(filed.Add(hours(3)), days(14)), "appeal.withdrawn", t.court, about())
	}
}
