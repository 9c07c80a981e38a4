package simulation

import (
	"maps"
	"strconv"
	"time"

	"amparo/schemas/event"
)

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

func days(n int) time.Duration { return hours(24 * n) }

// report tells the violent event, attempts that led nowhere, and the report.
func (t *story) report() {
	taker := t.taker()
	if t.chance(0.55) || t.peace {
		t.tell(t.rounded(t.reported.Add(-t.share(hours(30), 1))), "violence.occurred", unit{source: taker.source, place: t.place}, nil)
	}
	attempt := ""
	if t.chance(0.08) {
		attempt = "a-1"
		t.tell(t.reported.Add(-20*time.Minute), "report.attempted", taker, event.Fields{"attempt": attempt, "channel": t.channel, "proof_demanded": t.chance(0.1)})
		if t.chance(0.35) {
			earlier := t.rounded(t.reported.Add(-t.share(days(5), 1) - time.Hour))
			t.tell(earlier, "report.attempted", taker, event.Fields{"attempt": "a-0", "channel": t.channel, "proof_demanded": t.chance(0.4)})
			t.tell(earlier.Add(15*time.Minute), "report.refused", taker, event.Fields{"attempt": "a-0", "reason": pick(t.r, refusals)})
		}
	}
	t.tell(t.reported, "report.received", taker, t.reportData(attempt))
	if t.chance(t.cfg.Rates.SecondReport) {
		again := t.taker()
		t.tell(t.soon(t.reported.Add(time.Hour), days(40)), "report.received", again,
			event.Fields{"channel": pick(t.r, channels), "flagrancy": t.chance(0.1)})
	}
	if t.chance(t.cfg.Rates.Withdrawal) {
		t.tell(t.soon(t.reported.Add(time.Hour), days(30)), "report.withdrawn", taker, nil)
	}
}

func (t *story) reportData(attempt string) event.Fields {
	area, violence := "urban", []any{pick(t.r, kindsOfViolence)}
	if t.rural {
		area = "rural"
	}
	if more := pick(t.r, kindsOfViolence); t.chance(0.3) && more != violence[0] {
		violence = append(violence, more)
	}
	d := event.Fields{
		"channel": t.channel, "violence": violence, "flagrancy": t.flagrant, "victim_area": area,
		"victim_sex": pick(t.r, sexes), "victim_age_band": pick(t.r, ages), "relation": pick(t.r, relations),
		"victim_language": t.language(), "victim_ethnicity": pick(t.r, ethnicities), "victim_disability": pick(t.r, disabilities),
		"specialised": t.police.kind == "family-station" || t.chance(0.2),
	}
	if t.peace {
		d["peace_court"] = true
	}
	if t.chance(0.3) {
		d["urgent"] = t.chance(0.6)
	}
	if attempt != "" {
		d["attempt"] = attempt
	}
	if t.previous != "" {
		d["previous"] = t.previous
	}
	if d["victim_sex"] == "female" && t.chance(0.04) {
		d["victim_pregnant"] = true
	}
	return d
}

func (t *story) language() string {
	if t.rural && t.p.penalty > 0 && t.chance(0.3) {
		return pick(t.r, languages)
	}
	return "es"
}

func (t *story) taker() unit {
	switch t.channel {
	case "prosecutor":
		return t.p.prosecutor
	case "family-court":
		return t.p.courts[0]
	case "peace-court":
		return t.p.peaceCourt
	case "line-100":
		u := t.nation.line100
		u.place = t.place
		return u
	case "health":
		return t.p.health
	case "school":
		return unit{"ie-" + t.p.code, "school", healthSystem, t.place}
	}
	return t.police
}

// station tells what the receiver does on the day: register, leaflet, risk
// sheet, statement, interpreter, arrest, notices.
func (t *story) station() {
	by, start := t.taker(), t.reported
	if t.chance(0.96) {
		t.tell(t.within(start, time.Hour, 0.05), "report.registered", by, nil)
	}
	if t.chance(0.7) {
		t.tell(t.soon(start, 3*time.Hour), "leaflet.delivered", by, event.Fields{"language": t.language()})
	}
	t.assess(by, start)
	t.tell(t.soon(start, hours(6)), "statement.taken", by, event.Fields{"single_interview": t.chance(0.5), "private_room": t.chance(0.4)})
	if t.chance(0.25) {
		t.tell(t.soon(start.Add(hours(24)), days(20)), "statement.taken", t.p.penalProsecutor, event.Fields{"single_interview": t.chance(0.5), "private_room": t.chance(0.6)})
	}
	if t.chance(0.05) {
		need := t.soon(start, time.Hour)
		t.tell(need, "interpreter.needed", by, event.Fields{"language": pick(t.r, languages)})
		t.tell(t.within(need, hours(2), 0.4), "interpreter.provided", by, event.Fields{"mode": pick(t.r, modes)})
	}
	if by.kind == "police-station" || by.kind == "family-station" {
		if t.level == "severe" && t.chance(0.7) {
			t.tell(t.within(start, hours(2), 0.2), "patrol.assigned", by, nil)
		}
		t.tell(t.within(start, hours(2), 0.25), "prosecutor.informed", by, nil)
	}
	if t.chance(0.8) {
		t.tell(t.within(start, hours(4), 0.25), "cem.informed", by, nil)
	} else if t.chance(0.5) {
		t.tell(t.soon(start, hours(24)), "defence.informed", by, nil)
	}
	if t.flagrant || t.chance(0.02) {
		t.arrest(t.soon(start.Add(-time.Hour), hours(4)))
	}
}

// assess tells the risk sheet. Some sheets are never filled, or leave the risk
// undetermined, whatever the risk is, so that the margins hold for the rest.
func (t *story) assess(by unit, start time.Time) {
	switch chance := t.r.Float64(); {
	case chance < 0.05:
		return
	case chance < 0.08:
		t.known = "undetermined"
	default:
		t.known = t.level
	}
	at := t.soon(start, 2*time.Hour)
	if t.chance(0.06) {
		at = t.soon(start, days(4)) // after the file has left
	}
	t.tell(at, "risk.assessed", by, event.Fields{"level": t.known, "sheet": pick(t.r, sheets), "complete": t.chance(0.85), "trained": t.chance(0.6)})
	if t.chance(0.06) {
		again := pick(t.r, reassessments)
		t.tell(t.soon(start.Add(days(5)), days(200)), "risk.assessed", t.court, event.Fields{"level": again, "complete": true})
	}
}

func (t *story) arrest(at time.Time) {
	t.tell(at, "arrest.made", t.police, event.Fields{"arrest": "d-1", "flagrancy": t.flagrant})
	t.tell(t.within(at, 3*time.Hour, 0.1), "notice.given", t.police, event.Fields{"to": "prosecutor"})
	t.tell(t.within(at, 3*time.Hour, 0.2), "notice.given", t.police, event.Fields{"to": "family-court"})
	t.tell(t.within(at, hours(48), 0.05), "detention.ended", t.police, event.Fields{"arrest": "d-1", "flagrancy": t.flagrant})
}

// forward tells how the file travels, and returns when the court knows of the
// case: the zero time where it never does.
func (t *story) forward() time.Time {
	switch t.channel {
	case "family-court", "peace-court":
		if t.chance(0.8) {
			t.send(t.reported, "family-court", "prosecutor", t.court, t.p.penalProsecutor, t.within(t.reported, hours(20), 0.25))
		}
		if t.chance(0.5) {
			t.tell(t.soon(t.reported, hours(12)), "notice.given", t.court, event.Fields{"to": "police"})
		}
		return t.reported
	case "prosecutor":
		arrived := t.within(t.reported, hours(24), 0.2)
		t.send(t.reported, "prosecutor", t.courtParty(), t.p.prosecutor, t.court, arrived)
		return arrived
	case "police":
	default: // another service hands the case to the police
		t.send(t.reported, "health", "police", t.taker(), t.police, t.soon(t.reported, hours(20)))
	}
	miss := 0.14
	if t.reported.In(t.cat.Zone).Weekday() == time.Friday {
		miss += t.cfg.Rates.FridayPolice
	}
	arrived := t.within(t.reported, hours(24), miss)
	t.send(t.reported, "police", t.courtParty(), t.police, t.court, arrived)
	t.send(t.reported, "police", "prosecutor", t.police, t.p.penalProsecutor, t.within(t.reported, hours(24), miss+0.03))
	if !arrived.IsZero() && t.chance(0.03) {
		t.tell(t.soon(arrived, days(3)), "file.returned", t.court, event.Fields{"from": "family-court", "to": "police"})
		t.send(arrived, "police", t.courtParty(), t.police, t.court, t.soon(arrived.Add(hours(24)), days(5)))
	}
	return arrived
}

func (t *story) courtParty() string {
	if t.peace {
		return "peace-court"
	}
	return "family-court"
}

// send tells a file on its way: sent by one, received by the other.
func (t *story) send(start time.Time, from, to string, by, receiver unit, arrived time.Time) {
	d := event.Fields{"from": from, "to": to}
	if t.chance(0.4) {
		d["victim"] = "v-" + strconv.Itoa(t.r.IntN(3)/2) + "-" + t.id[2:]
		d["risk"] = t.known
	}
	if from == "police" && to != "prosecutor" {
		names := t.chance(0.7)
		d["names_prosecutor"] = names
		if names {
			d["prosecutor"] = t.p.penalProsecutor.code
		}
	}
	if arrived.IsZero() {
		if t.chance(0.5) {
			t.tell(t.soon(start, hours(20)), "file.sent", by, d)
		}
		return
	}
	if by.kind != "justice-of-peace" && t.chance(0.85) {
		sent := maps.Clone(d)
		sent["to_institution"] = receiver.code
		t.tell(t.rounded(start.Add(t.share(arrived.Sub(start), 0.9))), "file.sent", by, sent)
	}
	t.tell(arrived, "file.received", receiver, d)
}

func (t *story) examine() {
	for i := range 2 {
		if !t.chance(0.42) {
			continue
		}
		ref := "x-" + strconv.Itoa(i+1)
		kind := [...]string{"medical-legal", "psychological"}[i]
		ordered := t.soon(t.reported, hours(24))
		t.tell(ordered, "exam.ordered", t.police, event.Fields{"exam": ref, "kind": kind, "repeat": t.chance(0.05), "reasoned": t.chance(0.5)})
		performed := t.within(ordered, days(5+40*i), 0.25)
		t.tell(performed, "exam.performed", t.p.medicine, event.Fields{"exam": ref, "kind": kind})
		t.tell(t.within(performed, days(20), 0.3), "exam.result-delivered", t.p.medicine, event.Fields{"exam": ref, "kind": kind})
	}
}

// withoutReport tells a case that a court learns of from another court's file,
// with no report in the record.
func (t *story) withoutReport() {
	t.send(t.reported, "prosecutor", "family-court", t.p.prosecutor, t.court, t.reported)
	t.assess(t.court, t.reported)
	t.decide(t.reported)
}
