package notifier

import (
	"sync"
	"time"
)

// clock gives an instant that never goes back and never stands still while real
// time passes: the wall clock, or where that has stepped back, the last instant
// plus the time that has passed since by the monotonic clock. What was announced
// stays true, and a step forward skips nothing, because all that has come due by
// the new instant is announced.
type clock struct {
	read func() time.Time

	mu   sync.Mutex
	last time.Time // as read, with its monotonic part
	at   time.Time
}

// newClock starts a clock at what is read, or at floor where that is later.
func newClock(read func() time.Time, floor time.Time) *clock {
	now := read()
	c := &clock{read: read, last: now, at: now.Round(0)}
	if floor.After(c.at) {
		c.at = floor
	}
	return c
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := c.read()
	c.at = c.at.Add(max(0, read.Sub(c.last))) // By the monotonic clock where there is one.
	c.last = read
	if wall := read.Round(0); wall.After(c.at) {
		c.at = wall
	}
	return c.at
}
