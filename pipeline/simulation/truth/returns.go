package truth

import (
	"slices"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// Returns are the register duties that units of a kind owe.
func (b *Book) Returns(kind string) []*law.Duty {
	var out []*law.Duty
	for _, d := range b.registers {
		if slices.ContainsFunc(d.Bearer, func(bearer string) bool { return b.cat.Bears(bearer, kind) }) {
			out = append(out, d)
		}
	}
	return out
}

// KeepUnit enters the facts of one unit, which are in order, and states the truth
// about what it owes as any subject does and about its returns.
func (b *Book) KeepUnit(facts []*event.Event) []Row {
	rows := append(b.Keep(facts), b.keepRegister(facts)...)
	sortRows(rows)
	return rows
}

// keepRegister states the truth about one unit: for every register duty of its
// kind, one obligation for each calendar period that begins once the unit is
// known. Each is done by the first fulfilling event at or after its beginning.
func (b *Book) keepRegister(facts []*event.Event) []Row {
	i := slices.IndexFunc(facts, func(e *event.Event) bool { return e.Type == b.cat.UnitReport })
	if i < 0 {
		return nil
	}
	known := facts[i]
	var rows []Row
	for _, d := range b.Returns(known.Data.Text("kind")) {
		first := d.Every.Containing(b.cat.DateOf(known.At))
		if first.Start(b.cat.Zone).Before(known.At) {
			first = first.AddMonths(d.Every.Months())
		}
		for ; !first.Start(b.cat.Zone).After(b.asOf); first = first.AddMonths(d.Every.Months()) {
			for _, r := range d.Regimes {
				if d.InForceFor(r, first) {
					rows = append(rows, b.registerRow(d, r, known, first, facts))
					break
				}
			}
		}
	}
	return rows
}

func (b *Book) registerRow(d *law.Duty, r *law.Regime, known *event.Event, first law.Date, facts []*event.Event) Row {
	row := b.row(d, r, known)
	row.InstitutionKind, row.Institution = known.Data.Text("kind"), known.Subject
	row.Instance, row.Risk = d.Every.Name(first), "undetermined"
	row.StartedAt = first.Start(b.cat.Zone)
	row.DueAt = d.PeriodDue(r, first).Start(b.cat.Zone)
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
