package account

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// attempts counts what went wrong, to slow down who guesses. It holds a bounded
// number of names and addresses; while it is full, who is not in it waits.
type attempts struct {
	now func() time.Time

	mu    sync.Mutex
	names map[string]*failures
	from  map[string]*visitor
}

type failures struct {
	n     int
	since time.Time
}

type visitor struct {
	limit *rate.Limiter
	last  time.Time
}

const (
	// mostFailures within lockFor lock a name for as long.
	mostFailures = 5
	lockFor      = 15 * time.Minute
	// An address may try mostTries at once, and one more every tryEvery.
	mostTries = 20
	tryEvery  = 3 * time.Second
	mostKept  = 10_000
)

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, names: map[string]*failures{}, from: map[string]*visitor{}}
}

// allowed reports whether an address may try now.
func (a *attempts) allowed(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	v := a.from[address]
	if v == nil {
		if len(a.from) >= mostKept {
			for key, other := range a.from {
				if now.Sub(other.last) > mostTries*tryEvery { // Its limit is full again.
					delete(a.from, key)
				}
			}
		}
		if len(a.from) >= mostKept {
			return false
		}
		v = &visitor{limit: rate.NewLimiter(rate.Every(tryEvery), mostTries)}
		a.from[address] = v
	}
	v.last = now
	return v.limit.AllowN(now, 1)
}

// locked reports whether a name is locked.
func (a *attempts) locked(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.names[name]
	if f == nil {
		return len(a.names) >= mostKept && !a.forget()
	}
	if a.now().Sub(f.since) >= lockFor {
		delete(a.names, name)
		return false
	}
	return f.n >= mostFailures
}

// forget drops names whose time is over, and reports whether there is room.
func (a *attempts) forget() bool {
	for key, f := range a.names {
		if a.now().Sub(f.since) >= lockFor {
			delete(a.names, key)
		}
	}
	return len(a.names) < mostKept
}

// failed counts a failure, and reports whether it locked the name.
func (a *attempts) failed(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.names[name]
	if f == nil || a.now().Sub(f.since) >= lockFor {
		f = &failures{since: a.now()}
		a.names[name] = f
	}
	f.n++
	if f.n == mostFailures {
		f.since = a.now() // Locked from now on.
	}
	return f.n == mostFailures
}

// done forgets the failures of a name.
func (a *attempts) done(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.names, name)
}
