package truth

import (
	"testing"
	"time"

	"amparo/schemas/law"
)

func TestClockOverDaysOfWhichOnlyTheDateIsKnown(t *testing.T) {
	midnight := func(day int) time.Time { return time.Date(2024, 3, day, 5, 0, 0, 0, time.UTC) }
	wholeDay := func(day int) span { return span{midnight(day), midnight(day + 1).Add(-time.Millisecond)} }
	day, sameDay := &law.Limit{Hours: 24}, &law.Limit{SameDay: true}
	for _, c := range []struct {
		outcome string
		limit   *law.Limit
		start   span
		deed    span
		want    Status
	}{
		{"met where the longest distance is the limit", day, wholeDay(1), at(midnight(2)), Met},
		{"unclear a millisecond further", day, wholeDay(1), at(midnight(2).Add(time.Millisecond)), Unclear},
		{"unclear where the shortest distance is the limit", day, wholeDay(1), at(midnight(3).Add(-time.Millisecond)), Unclear},
		{"late where the shortest is beyond it", day, wholeDay(1), at(midnight(3)), Late},
		{"met on one and the same day", day, wholeDay(1), wholeDay(1), Met},
		{"unclear from a day to the next", day, wholeDay(1), wholeDay(2), Unclear},
		{"late from a day to the next but one", day, wholeDay(1), wholeDay(3), Late},
		{"met where a deed's whole day is inside", day, at(midnight(1)), wholeDay(1), Met},
		{"unclear where a deed's day holds the limit", day, at(midnight(1).Add(time.Hour)), wholeDay(2), Unclear},
		{"met within the same day, whatever the hour", sameDay, wholeDay(1), wholeDay(1), Met},
		{"late on the first instant of the next day", sameDay, at(midnight(1).Add(time.Hour)), at(midnight(2)), Late},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			due := midnight(2)
			if c.limit.ByClock() {
				due = c.start.lo.Add(c.limit.Duration())
			}
			judged := clock{c.limit, c.start, due}
			if got := judged.finished(c.deed); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestClockWithoutADeed(t *testing.T) {
	start := time.Date(2024, 3, 1, 5, 0, 0, 0, time.UTC)
	due := start.Add(24 * time.Hour)
	byDay := span{start, due.Add(-time.Millisecond)}
	hours, sameDay := &law.Limit{Hours: 24}, &law.Limit{SameDay: true}
	for _, c := range []struct {
		outcome     string
		limit       *law.Limit
		start       span
		at          time.Time
		want, ended Status
	}{
		{"hours: open at the limit", hours, at(start), due, Open, Void},
		{"hours: missed after it", hours, at(start), due.Add(time.Millisecond), Missed, Missed},
		{"days: open before the limit", sameDay, at(start), due.Add(-time.Millisecond), Open, Void},
		{"days: missed at the limit", sameDay, at(start), due, Missed, Missed},
		{"a start known by day is unclear while it can be either", hours, byDay, due.Add(time.Millisecond), Unclear, Unclear},
		{"and open at the first limit", hours, byDay, due, Open, Void},
		{"and missed after the last", hours, byDay, due.Add(24 * time.Hour), Missed, Missed},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			judged := clock{c.limit, c.start, due}
			if got := judged.unfinished(c.at); got != c.want {
				t.Errorf("as of then %s, want %s", got, c.want)
			}
			if got := judged.abandoned(c.at); got != c.ended {
				t.Errorf("fallen away then %s, want %s", got, c.ended)
			}
		})
	}
}
