package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// registerStream keeps the random numbers of units apart from those of cases.
const registerStream = 1 << 61

// registerUnits are the units that report: a sample in which every kind has its
// share, spread over the country, and of regional governments all.
func (s *Simulation) registerUnits() []numbered {
	byKind := map[string][]numbered{}
	for i, u := range s.nation.units() {
		byKind[u.kind] = append(byKind[u.kind], numbered{i, u})
	}
	// Half of them are police stations, about which most is asked.
	share := max(1, s.cfg.Units/2/len(byKind))
	var out []numbered
	for kind, all := range byKind {
		n := min(share, len(all))
		switch kind {
		case "police-station":
			n = min(s.cfg.Units/2, len(all))
		case "regional-government":
			n = len(all)
		}
		for i := range n {
			out = append(out, all[i*len(all)/n])
		}
	}
	slices.SortFunc(out, func(a, b numbered) int { return cmp.Compare(a.code, b.code) })
	return out
}

// A numbered unit has its place in the list of all units, for its random
// numbers.
type numbered struct {
	number int
	unit
}

// unitReports tells what one unit reports about itself, and keeps its books.
func (s *Simulation) unitReports(u numbered) Case {
	t := &story{Simulation: s, r: rand.New(rand.NewPCG(s.cfg.Seed, registerStream+uint64(u.number))), id: u.code} //nolint:gosec // Not negative.
	if s.cat.UnitReport == "" {
		return Case{ID: t.id, Unit: true}
	}
	known := t.rounded(s.cfg.From.Add(t.share(days(70), 1)))
	if t.chance(0.2) { // opened later
		known = t.rounded(s.cfg.From.Add(t.share(s.cfg.To.Sub(s.cfg.From), 1)))
	}
	t.standing(u.unit, known)
	for _, d := range s.book.Returns(u.kind) {
		t.fileReturns(d, u.unit, known)
	}
	t.affairs(u.unit, known)
	t.dropUnwritten()
	facts := t.live(nil)
	return Case{ID: t.id, Unit: true, Truth: s.book.KeepUnit(facts), facts: facts, Events: t.deliver()}
}

// standing tells what a unit reports about itself every quarter. Most of it is
// what the unit is, and stays; the load changes.
func (t *story) standing(by unit, known time.Time) {
	posts := 3 + t.r.IntN(12)
	traits := event.Fields{
		"kind": by.kind, "open_24h": t.chance(0.4), "private_room": t.chance(0.5), "interpreter": t.chance(0.15),
		"posts": float64(posts), "specialised": by.kind == "family-station" || t.chance(0.15), "accredited": t.chance(0.05),
	}
	vehicles, beds := t.r.IntN(5), 6+t.r.IntN(20)
	switch by.kind {
	case "shelter":
		traits["beds"], traits["programmes"] = float64(beds), []any{"shelter"}
	case "police-station", "family-station":
		traits["vehicles"] = float64(vehicles)
	case "local-government":
		traits["programmes"] = t.someOf("recovery", 0.3, "reeducation", 0.2)
	}
	for at := known; !at.After(t.cfg.Until); at = at.AddDate(0, 3, 0) {
		d := maps.Clone(traits)
		staff := 1 + t.r.IntN(posts)
		d["staff"], d["staff_trained_12m"] = float64(staff), float64(t.r.IntN(1+(staff+1)/2))
		d["open_cases"] = float64(10 + t.r.IntN(300))
		switch by.kind {
		case "shelter":
			d["beds_taken"] = float64(t.r.IntN(beds + 1))
		case "police-station", "family-station":
			d["vehicles_available"], d["measures"] = float64(t.r.IntN(vehicles+1)), float64(t.r.IntN(260))
		}
		t.tell(at, t.cat.UnitReport, by, d)
	}
}

// someOf are two words, each with its chance.
func (t *story) someOf(a string, pa float64, b string, pb float64) []any {
	list := []any{}
	if t.chance(pa) {
		list = append(list, a)
	}
	if t.chance(pb) {
		list = append(list, b)
	}
	return list
}

// affairs tells what some kinds of units have to report besides: inspections of
// shelters, campaigns of the ministry and what it sees in the media, meetings and
// schools of regional governments, postings of all others.
func (t *story) affairs(by unit, known time.Time) {
	if by.kind == "regional-government" {
		for _, s := range t.nation.shocks[by.place] {
			t.tell(s.from, "shock.declared", by, event.Fields{"kind": s.kind, "until": event.FormatInstant(s.until)})
		}
	}
	step := days(300)
	if by.kind == "ministry" {
		step = days(40) // it looks at the media all the time
	}
	for at := t.soon(known, step); !at.After(t.cfg.Until); at = t.soon(at.Add(step/10), step) {
		switch by.kind {
		case "shelter":
			about := event.Fields{"observation": "o-" + at.Format("060102")}
			t.tell(at, "accreditation.observed", by, about)
			t.tell(t.withinDays(at, t.businessDays(15, "general"), 0.3), "accreditation.corrected", by, maps.Clone(about))
		case "ministry":
			t.campaign(at, by)
			due := float64(10 + t.r.IntN(10))
			t.tell(t.soon(at, days(20)), "media.observed", by, event.Fields{
				"items": 200.0, "breaches": float64(t.r.IntN(40)), "slot_hours_due": due, "slot_hours_used": float64(t.r.IntN(int(due) + 1)),
			})
		case "regional-government":
			body := event.Fields{"body": pick(t.r, bodies)}
			t.tell(at, "meeting.planned", by, body)
			if t.chance(0.6) {
				t.tell(t.soon(at, days(40)), "meeting.held", by, maps.Clone(body))
			}
			t.campaign(t.soon(at, days(30)), by)
			detected := 2 + t.r.IntN(12)
			t.tell(t.soon(at, days(60)), "school-programme.reported", by, event.Fields{
				"schools": 120.0, "with_programme": float64(t.r.IntN(60)), "detected": float64(detected), "referred": float64(t.r.IntN(detected + 1)),
			})
		default:
			t.tell(at, "staff.posted", by, event.Fields{"trained": t.chance(0.3)})
		}
	}
}

func (t *story) campaign(at time.Time, by unit) {
	t.tell(at, "campaign.run", by, event.Fields{
		"audience": pick(t.r, audiences), "language": pick(t.r, campaignLanguages),
		"reach_measured": t.chance(0.4), "effect_measured": t.chance(0.2),
	})
}

// frontlineStream keeps the random numbers of frontline workers apart from those
// of cases and units.
const frontlineStream = 1 << 60

// A worker is a participant of interviews, with the place of work.
type worker struct {
	number     int
	code       string
	department string
}

// frontline are the workers who say what they see: two of each department.
func (s *Simulation) frontline() []worker {
	var out []worker
	for _, department := range slices.Sorted(maps.Keys(s.nation.provinces)) {
		for i := range 2 {
			out = append(out, worker{len(out), fmt.Sprintf("fl-%s-%d", department, i+1), department})
		}
	}
	return out
}

// workerSays tells what one frontline worker observes, and which suggestions are
// answered.
func (s *Simulation) workerSays(w worker) Case {
	t := &story{Simulation: s, r: rand.New(rand.NewPCG(s.cfg.Seed, frontlineStream+uint64(w.number))), id: unitCode(s.cfg.Seed, w.code)} //nolint:gosec // Not negative.
	by := unit{source: frontlineSystem, place: w.department}
	sector, profession := "public", pick(t.r, workers)
	if t.chance(0.2) {
		sector = "third"
	}
	for i := range 3 + t.r.IntN(5) {
		at := t.rounded(s.cfg.From.Add(t.share(s.cfg.AsOf.Sub(s.cfg.From), 1)))
		said := event.Fields{"participant": w.code, "sector": sector, "profession": profession, "kind": "discrepancy", "code": pick(t.r, discrepancies)}
		switch i % 3 {
		case 1:
			said["kind"], said["code"] = "cause", pick(t.r, causes)
		case 2:
			said["kind"], said["code"] = "suggestion", pick(t.r, suggestions)
		}
		t.tell(at, "observation.recorded", by, said)
		if said["kind"] == "suggestion" && t.chance(0.5) {
			ministry := t.nation.ministry
			t.tell(t.soon(at.Add(days(5)), days(150)), "suggestion.answered", ministry, event.Fields{"observation": t.told[len(t.told)-1].ID})
		}
	}
	t.dropUnwritten()
	facts := t.live(nil)
	return Case{ID: t.id, Unit: true, facts: facts, Events: t.deliver()}
}

// fileReturns tells the events by which a unit does a register duty: mostly once
// a period, some late, some never.
func (t *story) fileReturns(d *law.Duty, by unit, known time.Time) {
	if len(d.FulfilledBy.Matches) == 0 {
		return
	}
	m := d.FulfilledBy.Matches[0]
	diligence, until := 1.0, t.cfg.Until
	switch lax := t.r.Float64(); {
	case lax < 0.2: // lets many periods go by
		diligence = 0.25
	case lax < 0.4: // stops one day
		until = t.soon(known, t.cfg.Until.Sub(known))
	}
	for first := d.Every.Containing(t.cat.DateOf(known)); ; first = first.AddMonths(d.Every.Months()) {
		start, end := first.Start(t.cat.Zone), first.AddMonths(d.Every.Months()).Start(t.cat.Zone)
		if start.After(until) {
			return
		}
		data := event.Fields{}
		for _, f := range m.Fields {
			data[f.Name] = f.Values[0]
		}
		if m.Type == "training.delivered" {
			data["attendees"], data["hours"], data["sensitising"] = float64(3+t.r.IntN(30)), float64(2+t.r.IntN(20)), t.chance(0.5)
		}
		switch {
		case t.chance(0.65 * diligence):
			t.tell(t.soon(end, end.Sub(start)-time.Hour), m.Type, by, data)
		case t.chance(0.1 * diligence):
			t.tell(start, m.Type, by, data)
		case t.chance(0.4 * diligence):
			t.tell(t.soon(end.Add(end.Sub(start)), end.Sub(start)), m.Type, by, data)
		}
	}
}
