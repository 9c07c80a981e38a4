package simulation

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// registerStream keeps the random numbers of units apart from those of cases.
const registerStream = 1 << 61

// registerUnits are the units that report: a sample, by code, in which every
// kind that owes a register duty has its share, and of the others two report.
func (s *Simulation) registerUnits() []numbered {
	all := s.nation.units()
	owing := map[string]bool{}
	for _, u := range all {
		if s.owes(u.kind) {
			owing[u.kind] = true
		}
	}
	share := max(1, s.cfg.Units/max(1, len(owing)))
	count := map[string]int{}
	var out []numbered
	for i, u := range all {
		quota := 2
		if owing[u.kind] {
			quota = share
		}
		if count[u.kind]++; count[u.kind] <= quota {
			out = append(out, numbered{i, u})
		}
	}
	return out
}

// A numbered unit has its place in the list of all units, for its random
// numbers.
type numbered struct {
	number int
	unit
}

// owes reports whether units of the kind owe a register duty.
func (s *Simulation) owes(kind string) bool {
	return slices.ContainsFunc(s.book.registers, func(d *law.Duty) bool { return s.book.bears(d, kind) })
}

func (b *book) bears(d *law.Duty, kind string) bool {
	return slices.ContainsFunc(d.Bearer, func(bearer string) bool { return b.cat.Bears(bearer, kind) })
}

// unitReports tells what one unit reports about itself, and keeps its books.
func (s *Simulation) unitReports(u numbered) Case {
	t := &story{Simulation: s, r: rand.New(rand.NewPCG(s.cfg.Seed, registerStream+uint64(u.number))), id: u.code}
	if s.cat.UnitReport == "" {
		return Case{ID: u.code, Unit: true}
	}
	known := t.rounded(s.cfg.From.Add(t.share(days(70), 1)))
	if t.chance(0.2) { // opened later
		known = t.rounded(s.cfg.From.Add(t.share(s.cfg.To.Sub(s.cfg.From), 1)))
	}
	for at := known; !at.After(s.cfg.Until); at = at.AddDate(0, 3, 0) {
		t.tell(at, s.cat.UnitReport, u.unit, event.Data{
			"kind": u.kind, "open_24h": t.chance(0.4), "private_room": t.chance(0.5), "interpreter": t.chance(0.15),
			"staff": float64(2 + t.r.IntN(12)), "staff_trained_12m": float64(t.r.IntN(3)), "open_cases": float64(10 + t.r.IntN(300)),
			"accredited": t.chance(0.05),
		})
	}
	for _, d := range s.book.registers {
		if s.book.bears(d, u.kind) {
			t.fileReturns(d, u.unit, known)
		}
	}
	t.affairs(u.unit, known)
	t.told = slices.DeleteFunc(t.told, func(e event.Event) bool { return e.RecordedAt.After(s.cfg.Until) })
	facts := t.live(nil)
	truth := append(s.book.keep(facts), s.book.keepRegister(facts)...)
	sortRows(truth)
	return Case{ID: u.code, Unit: true, Truth: truth, Events: t.deliver()}
}

// affairs tells what some kinds of units have to report besides: inspections of
// shelters, campaigns and observations of the ministry, meetings and schools of
// regional governments, postings of all others.
func (t *story) affairs(by unit, known time.Time) {
	for at := t.soon(known, days(200)); !at.After(t.cfg.Until); at = t.soon(at.Add(days(30)), days(300)) {
		switch by.kind {
		case "shelter":
			about := event.Data{"observation": "o-" + at.Format("060102")}
			t.tell(at, "accreditation.observed", by, about)
			t.tell(t.withinDays(at, t.businessDays(15, "general"), 0.3), "accreditation.corrected", by, maps.Clone(about))
		case "ministry":
			t.tell(at, "campaign.run", by, event.Data{"audience": "general", "reach_measured": t.chance(0.4), "effect_measured": t.chance(0.1)})
			t.tell(t.soon(at, days(20)), "media.observed", by, event.Data{"items": 200.0, "breaches": float64(t.r.IntN(40))})
			t.tell(t.soon(at, days(90)), "observation.recorded", by, event.Data{"participant": "p-1", "sector": "public", "kind": "cause", "code": pick(t.r, causes)})
		case "regional-government":
			t.tell(at, "meeting.planned", by, event.Data{"body": "regional"})
			if t.chance(0.6) {
				t.tell(t.soon(at, days(40)), "meeting.held", by, event.Data{"body": "regional"})
			}
			t.tell(t.soon(at, days(60)), "school-programme.reported", by, event.Data{"schools": 120.0, "with_programme": float64(t.r.IntN(60)), "detected": 9.0, "referred": float64(t.r.IntN(9))})
		default:
			t.tell(at, "staff.posted", by, event.Data{"trained": t.chance(0.3)})
		}
	}
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
		data := event.Data{}
		for _, f := range m.Fields {
			data[f.Name] = f.Values[0]
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

// keepRegister states the truth about one unit: for every register duty of its
// kind, one obligation for each calendar period that begins once the unit is
// known. Each is done by the first fulfilling event at or after its beginning.
func (b *book) keepRegister(facts []*event.Event) []TruthRow {
	i := slices.IndexFunc(facts, func(e *event.Event) bool { return e.Type == b.cat.UnitReport })
	if i < 0 {
		return nil
	}
	known := facts[i]
	var rows []TruthRow
	for _, d := range b.registers {
		if !b.bears(d, known.Data.Text("kind")) {
			continue
		}
		first := d.Every.Containing(b.cat.DateOf(known.At))
		if first.Start(b.cat.Zone).Before(known.At) {
			first = first.AddMonths(d.Every.Months())
		}
		for ; !first.Start(b.cat.Zone).After(b.asOf); first = first.AddMonths(d.Every.Months()) {
			for _, r := range d.Regimes {
				if r.InForce(first) {
					rows = append(rows, b.registerRow(d, r, known, first, facts))
					break
				}
			}
		}
	}
	return rows
}

func (b *book) registerRow(d *law.Duty, r *law.Regime, known *event.Event, first law.Date, facts []*event.Event) TruthRow {
	row := b.row(d, r, known)
	row.InstitutionKind, row.Institution = known.Data.Text("kind"), known.Subject
	row.Instance, row.Risk = d.Every.Name(first), "undetermined"
	row.StartedAt = first.Start(b.cat.Zone)
	row.DueAt = first.AddMonths(2 * d.Every.Months()).Start(b.cat.Zone)
	c := clock{&r.Limit, at(row.StartedAt), row.DueAt}
	row.Status = c.unfinished(b.asOf)
	for _, e := range facts {
		if d.Fulfils(r).Any(e) && !e.At.Before(row.StartedAt) {
			row.DoneAt, row.Status = e.At, c.finished(spanOf(e, b.cat.Zone))
			break
		}
	}
	return row
}
