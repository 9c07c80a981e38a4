package truth

import (
	"fmt"
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A period is one turn of a duty that recurs.
type period struct {
	regime  *law.Regime
	started time.Time
	due     time.Time
	byDay   bool // only the day of the start is known
	done    *event.Event
}

// periods appends the rows of a duty that recurs: each period begins when the
// one before is due, and a report serves the oldest one that is still undone.
func (l *ledger) periods(rows []Row, o *obligation) []Row {
	var turns []period
	months := 0
	// begin starts a period; it reports false where no regime has one then.
	begin := func(at time.Time, byDay bool) bool {
		regimes := []*law.Regime{o.regime}
		if len(turns) > 0 {
			regimes = l.regimesAt(o.account, at, byDay)
		}
		if len(regimes) == 0 {
			return false
		}
		months += regimes[0].Limit.Months
		due := l.cat.DuePeriod(&regimes[0].Limit, o.begun.At, months)
		turns = append(turns, period{regime: regimes[0], started: at, due: due, byDay: byDay})
		return true
	}
	// advance starts all periods that have begun by an instant.
	advance := func(to time.Time) {
		for {
			next := turns[len(turns)-1].due
			if next.After(to) || next.After(l.asOf) || !o.end.IsZero() && !next.Before(o.end) || !begin(next, false) {
				return
			}
		}
	}
	if !begin(o.begun.At, o.begun.ByDay()) {
		return rows
	}
	for _, d := range o.deeds {
		if !o.end.IsZero() && !d.event.At.Before(o.end) {
			break
		}
		if !l.follows(d.event, o.begun) {
			continue
		}
		advance(d.event.At)
		i := slices.IndexFunc(turns, func(p period) bool { return p.done == nil })
		if o.track.duty.Serves == law.ServesOwn {
			i = len(turns) - 1 // the one that runs when it happens
			if turns[i].done != nil || !d.event.At.Before(turns[i].due) {
				i = -1
			}
		}
		if i >= 0 {
			turns[i].done = d.event
		}
	}
	advance(l.asOf)
	for i := range turns {
		rows = append(rows, l.statePeriod(o, &turns[i], i+1))
	}
	return rows
}

func (l *ledger) statePeriod(o *obligation, p *period, number int) Row {
	row := l.row(o.track.duty, p.regime, o.start)
	row.Instance = fmt.Sprintf("%s/%d", o.instance, number)
	if o.track.duty.IsCaseInstance() {
		row.Instance = fmt.Sprint(number)
	}
	row.Risk = l.risk(o.start, p.started, p.byDay)
	row.InstitutionKind, row.Institution = l.owes(o.track.duty, o.start, p.started, p.byDay)
	row.StartedAt, row.DueAt = p.started, p.due
	c := clock{&p.regime.Limit, at(p.started), p.due}
	if p.done != nil {
		row.DoneAt, row.Status = p.done.At, c.finished(spanOf(p.done, l.cat.Zone))
		return row
	}
	row.Status = l.unpaid(&c, o.end)
	return row
}
