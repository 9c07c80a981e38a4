package simulation

import (
	"strconv"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

func (t *story) support() {
	if t.chance(0.75) {
		t.supportAt(t.cem, "cem")
	}
	if t.channel == "line-100" || t.chance(0.04) {
		t.supportAt(unit{t.nation.line100.code, "line-100", programmeSystem, t.place}, "line-100")
	}
	if t.chance(0.02) {
		t.supportAt(unit{"sau-" + t.place[:2], "sau", programmeSystem, t.place}, "sau")
	}
	if t.chance(0.55) {
		t.tell(t.within(t.reported, hours(36), 0.3), "legal-aid.assigned", unit{"dp-" + t.p.code, "public-defence", defenceSystem, t.p.code}, nil)
	}
	if t.chance(0.03) {
		t.refuge()
	}
	if t.chance(0.15) {
		t.therapy()
	}
	if t.chance(0.05) {
		t.programme("recovery")
	}
	if t.chance(0.02) {
		asked := t.soon(t.reported.Add(days(2)), days(60))
		employer := unit{"emp-" + t.p.code, "employer", employerSystem, t.place}
		t.tell(asked, "workplace.requested", employer, event.Fields{"request": "w-1"})
		t.tell(t.withinDays(asked, t.businessDays(2, "general"), 0.35), "workplace.answered", employer, event.Fields{"request": "w-1"})
	}
}

func (t *story) supportAt(by unit, service string) {
	asked := t.soon(t.reported, days(3))
	t.tell(asked, "support.requested", by, event.Fields{"service": service})
	if t.chance(0.07) {
		t.tell(t.soon(asked, hours(6)), "support.abandoned", by, event.Fields{"service": service})
		return
	}
	limit := hours(24)
	switch service {
	case "line-100":
		limit = time.Minute
	case "sau":
		limit = hours(2)
	}
	for _, specialty := range [...]string{"legal", "psychological", "social"} {
		if t.chance(0.72) {
			t.tell(t.within(asked, limit, 0.3), "support.attended", by, event.Fields{"service": service, "specialty": specialty, "private_room": t.chance(0.5)})
		}
	}
	if t.chance(0.5) {
		t.tell(t.soon(asked, days(15)), "support.reported", by, event.Fields{"service": service, "specialty": "psychological"})
	}
	at := asked
	for range t.r.IntN(4) {
		at = t.soon(at.Add(days(4)), days(25))
		t.tell(at, "followup.made", by, event.Fields{"service": service})
	}
}

func (t *story) refuge() {
	asked, by := t.soon(t.reported, days(4)), t.p.shelter
	about := func() event.Fields { return event.Fields{"shelter": "s-1"} }
	t.tell(asked, "shelter.requested", t.cem, about())
	if t.chance(0.35) {
		d := about()
		d["reason"] = pick(t.r, shelterRefusals)
		t.tell(t.within(asked, hours(24), 0.2), "shelter.refused", by, d)
		return
	}
	in := t.within(asked, hours(24), 0.2)
	t.tell(in, "shelter.admitted", by, about())
	if t.chance(0.6) {
		t.tell(t.within(in, hours(72), 0.3), "shelter.insured", by, about())
	}
	t.tell(t.soon(in, days(120)), "shelter.left", by, about())
}

func (t *story) therapy() {
	ordered := t.soon(t.reported.Add(days(1)), days(30))
	about := func(sessions int) event.Fields {
		return event.Fields{"therapy": "t-1", "sessions": float64(sessions)}
	}
	planned := 6 + t.r.IntN(10)
	t.tell(ordered, "therapy.ordered", t.court, event.Fields{"therapy": "t-1"})
	at := t.within(ordered, days(30), 0.3)
	t.tell(at, "therapy.planned", t.p.health, about(planned))
	for i := range planned {
		if at = t.soon(at, days(14)); at.IsZero() || t.chance(0.06) {
			t.tell(at, "therapy.abandoned", t.p.health, about(i))
			return
		}
		t.tell(at, "therapy.session-held", t.p.health, about(1))
	}
	t.tell(t.soon(at, days(3)), "therapy.completed", t.p.health, about(planned))
}

// programme tells recovery of the victim or re-education of the aggressor; they
// have the same shape, and differ in their first word and in how they end.
func (t *story) programme(name string) {
	code := "prog-" + name + "-" + t.p.code
	first := "recovery.referred"
	if name == "reeducation" {
		first = "reeducation.ordered"
	}
	by := t.p.localGovernment()
	started := t.soon(t.reported.Add(days(20)), days(200))
	t.tell(started, first, t.cem, event.Fields{"programme": code})
	enrolled := t.within(started, days(30), 0.4)
	t.tell(enrolled, name+".enrolled", by, event.Fields{"programme": code})
	if enrolled.IsZero() {
		return
	}
	left := t.soon(enrolled.Add(days(30)), days(180))
	completed := t.chance(0.5)
	switch {
	case name == "recovery" && t.chance(0.8): // exits say whether it was completed, most of them
		t.tell(left, "recovery.left", by, event.Fields{"programme": code, "completed": completed})
	case !completed:
		t.tell(left, name+".left", by, event.Fields{"programme": code})
	case name == "reeducation":
		t.tell(left, "reeducation.completed", by, event.Fields{"programme": code})
	}
}

func (t *story) prosecute() {
	if !t.chance(0.55) {
		return
	}
	by := t.p.penalProsecutor
	opened := t.soon(t.reported.Add(hours(6)), days(20))
	t.tell(opened, "investigation.opened", by, nil)
	calendar := func(n int) law.Limit {
		l := law.Limit{CalendarDays: n}
		if t.cat.Calendars["general"] != nil {
			l.Calendar = "general"
		}
		return l
	}
	closed := t.withinDays(opened, calendar(60), 0.4)
	if t.chance(0.6) {
		t.tell(closed, "case.archived", by, nil)
		t.outcome(closed, by)
		return
	}
	t.tell(closed, "investigation.formalised", by, nil)
	ended := t.withinDays(closed, calendar(120), 0.4)
	t.tell(ended, "investigation.ended", by, nil)
	charged := t.withinDays(ended, t.businessDays(15, "general"), 0.35)
	t.tell(charged, "charge.filed", by, nil)
	if charged.IsZero() || t.chance(0.3) {
		return
	}
	sentenced := t.soon(charged.Add(days(60)), days(400))
	d := event.Fields{"outcome": "acquitted"}
	if t.chance(0.7) {
		d = event.Fields{"outcome": "convicted", "sanctions": []any{pick(t.r, penalties)}, "treatment_ordered": t.chance(0.5), "registered": t.chance(0.6)}
	}
	t.tell(sentenced, "sentence.issued", t.p.penalCourt, d)
	t.outcome(sentenced, t.p.penalCourt)
	if t.chance(0.4) {
		t.programme("reeducation")
	}
}

func (t *story) outcome(at time.Time, by unit) {
	t.tell(t.withinDays(at, t.businessDays(5, "court"), 0.3), "outcome.informed", by, event.Fields{"to": "family-court"})
}

// wayOut tells how the case leaves: closed, transferred, merged; and complaints
// and explanations on the way.
func (t *story) wayOut() {
	if t.chance(0.02) {
		ref := "q-" + t.id[2:]
		filed := t.soon(t.reported, days(40))
		t.tell(filed, "complaint.filed", unit{"defensoria", "ombudsman", publicationSystem, t.place}, event.Fields{"complaint": ref, "against": t.police.code, "about": pick(t.r, grievances)})
		if t.chance(0.6) {
			d := event.Fields{"complaint": ref, "outcome": pick(t.r, complaintOutcomes)}
			if d["outcome"] == "sanction" {
				d["sanction"] = pick(t.r, sanctions)
			}
			t.tell(t.soon(filed.Add(days(5)), days(120)), "complaint.decided", unit{"oficina-disciplina", "other", policeSystem, t.place}, d)
		}
		if t.chance(0.15) {
			t.tellOf(t.police.code, t.soon(filed.Add(days(3)), days(130)), "staff.transferred", t.police, event.Fields{"complaint": ref})
		}
	}
	if t.chance(0.03) {
		t.tell(t.soon(t.reported.Add(hours(24)), days(20)), "delay.explained", t.police, event.Fields{"duty": "police-file-to-court", "cause": pick(t.r, causes), "detail": pick(t.r, details)})
	}
	if t.chance(0.001) {
		t.tell(t.soon(t.reported.Add(days(10)), days(300)), "case.erased", t.court, nil)
	}
	if t.chance(0.12) {
		t.tell(t.soon(t.reported.Add(days(60)), days(600)), "case.closed", t.court, event.Fields{"reason": pick(t.r, closings)})
	}
	if t.chance(t.cfg.Rates.Transfer) {
		at := t.soon(t.reported.Add(hours(8)), days(60))
		if len(t.told) > 0 && t.chance(0.3) { // at the very instant of something else
			if e := &t.told[t.r.IntN(len(t.told))]; e.At.After(t.reported) {
				at = e.At
			}
		}
		if t.chance(0.5) {
			t.tell(at, "case.transferred", t.court, nil)
		} else {
			t.tell(at, "case.merged", t.court, event.Fields{"into": "c-merged-" + strconv.Itoa(t.r.IntN(1000))})
		}
	}
}
