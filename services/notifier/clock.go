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
	read    func() time.Time
	elapsed func(from, to time.Time) time.Duration // between two readings

	mu   sync.Mutex
	last time.Time // as read, with its monotonic part
	at   time.Time
}

func newClock(read func() time.Time) *clock {
	now := read()
	return &clock{
		read: read, last: now, at: now.Round(0),
		elapsed: func(from, to time.Time) time.Duration { return to.Sub(from) }, // By the monotonic clock where there is one.
	}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := c.read()
	c.at = c.at.Add(max(0, c.elapsed(c.last, read)))
	c.last = read
	if wall := read.Round(0); wall.After(c.at) {
		c.at = wall
	}
	return c.at
}
