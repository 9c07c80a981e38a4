package notifier

import (
	"testing"
	"time"

	"amparo/pipeline/obligation"
)

func TestNext(t *testing.T) {
	limit := noon.Add(10 * hour)
	open := due("c-1", limit)
	lapses := open.LapsesBy
	atOnce := time.Time{}
	byDay := with(open, func(o *obligation.Obligation) { o.LapsesBy = o.LapsesFrom.Add(12 * hour) })
	for _, tt := range []struct {
		outcome string
		row     obligation.Obligation
		history History
		now     time.Time
		since   time.Time
		kind    Kind
		at      time.Time
	}{
		{outcome: "open is warned of a lead before the deadline", row: open, now: noon, kind: DueSoon, at: limit.Add(-6 * hour)},
		{outcome: "the warning is still of use after its instant", row: open, now: limit.Add(-hour), kind: DueSoon, at: limit.Add(-6 * hour)},
		{outcome: "warned, the end comes next", row: open, history: History{Warned: limit}, now: noon, kind: Missed, at: lapses},
		{outcome: "a deadline that moved is warned of anew", row: open, history: History{Warned: limit.Add(-hour)}, now: noon, kind: DueSoon, at: limit.Add(-6 * hour)},
		{outcome: "at the limit it is not missed", row: open, history: History{Warned: limit}, now: limit, kind: Missed, at: lapses},
		{outcome: "lapsed is missed, without a warning that comes too late", row: open, now: lapses, kind: Missed, at: lapses},
		{outcome: "missed is said once", row: open, history: History{Last: Missed}, now: lapses.Add(day)},
		{outcome: "while nobody knows nothing is said but at the end", row: byDay, now: limit.Add(hour), kind: Missed, at: byDay.LapsesBy},
		{outcome: "what lapsed before the start is history", row: open, now: lapses.Add(day), since: lapses},
		{outcome: "what lapsed just after it is not", row: open, now: lapses.Add(day), since: limit, kind: Missed, at: lapses},
		{outcome: "done in time needs no word", row: done(open, noon), history: History{Warned: limit}, now: noon},
		{outcome: "done late is said at once", row: done(open, lapses), now: lapses, kind: Late, at: atOnce},
		{outcome: "done late after missed too", row: done(open, lapses), history: History{Last: Missed}, now: lapses, kind: Late, at: atOnce},
		{outcome: "late is said once", row: done(open, lapses), history: History{Last: Late}, now: lapses},
		{outcome: "late long ago is history", row: done(open, lapses), now: lapses.Add(day), since: lapses},
		{outcome: "late long ago is said where missed was", row: done(open, lapses), history: History{Last: Missed}, now: lapses.Add(day), since: lapses, kind: Late, at: atOnce},
		{outcome: "missed and done in time after all is cleared", row: done(open, noon), history: History{Last: Missed}, now: lapses, kind: Cleared, at: atOnce},
		{outcome: "missed and fallen away is cleared", row: with(open, func(o *obligation.Obligation) { o.Settled = obligation.Void }), history: History{Last: Missed}, now: lapses, kind: Cleared, at: atOnce},
		{outcome: "missed and due later after all is cleared", row: open, history: History{Last: Missed, Due: noon.Add(-hour)}, now: noon, kind: Cleared, at: atOnce},
		{outcome: "missed is not taken back for a clock that went back", row: open, history: History{Last: Missed, Due: limit}, now: noon},
		{outcome: "late and in time after all is cleared", row: done(open, noon), history: History{Last: Late}, now: lapses, kind: Cleared, at: atOnce},
		{outcome: "cleared is said once", row: done(open, noon), history: History{Last: Cleared}, now: lapses},
		{outcome: "cleared and missed again is said again", row: open, history: History{Last: Cleared, Warned: limit}, now: lapses, kind: Missed, at: lapses},
		{outcome: "late and undone again is missed", row: open, history: History{Last: Late}, now: lapses, kind: Missed, at: lapses},
		{outcome: "void from the start needs no word", row: with(open, func(o *obligation.Obligation) { o.Settled = obligation.Void }), now: noon},
	} {
		t.Run(tt.outcome, func(t *testing.T) {
			kind, at, ok := Next(&tt.row, tt.history, Circumstances{Now: tt.now, Since: tt.since, Lead: 6 * hour})
			if ok != (tt.kind != "") || ok && (kind != tt.kind || !at.Equal(tt.at)) {
				t.Errorf("%q at %v (%t), want %q at %v", kind, at, ok, tt.kind, tt.at)
			}
		})
	}
}

func TestAClockThatStepsGoesOn(t *testing.T) {
	var wall fakeClock
	wall.set(noon)
	c := newClock(wall.read)
	passes := time.Second
	c.elapsed = func(time.Time, time.Time) time.Duration { return passes }
	for _, step := range []struct{ wall, want time.Time }{
		{noon.Add(time.Minute), noon.Add(time.Minute)},
		{noon.Add(-hour), noon.Add(time.Minute + time.Second)}, // Back: it goes on by what passes.
		{noon.Add(-hour), noon.Add(time.Minute + 2*time.Second)},
		{noon.Add(day), noon.Add(day)}, // Forward: it follows.
	} {
		wall.set(step.wall)
		if got := c.now(); !got.Equal(step.want) {
			t.Errorf("wall clock at %v: %v, want %v", step.wall, got, step.want)
		}
	}
}
