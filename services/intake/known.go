package intake

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"amparo/schemas/event"
)

// A Store knows what was stored. It is asked whether an event is new.
type Store interface {
	Digests(ctx context.Context, identities []event.Identity) (map[event.Identity]event.Digest, error)
}

const (
	// askFor is how long an answer may wait for the store, and restAfter how long
	// a store that did not answer is left alone: events are taken without it.
	askFor    = 2 * time.Second
	restAfter = 30 * time.Second
	// askAtMost bounds how many events of a request the store is asked about.
	askAtMost = 10_000
)

// library asks the store, unless it failed a moment ago.
type library struct {
	store Store
	now   func() time.Time

	mu    sync.Mutex
	until time.Time // when it may be asked again
}

// digests are those that the store has under some identities; none when it is
// not known.
func (l *library) digests(ctx context.Context, identities []event.Identity) map[event.Identity]event.Digest {
	if l.store == nil || len(identities) == 0 || len(identities) > askAtMost || l.resting() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	known, err := l.store.Digests(bounded, identities)
	if err != nil {
		if ctx.Err() == nil {
			l.rest()
		}
		return nil
	}
	return known
}

func (l *library) resting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Before(l.until)
}

func (l *library) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = l.now().Add(restAfter)
}

// recentEvents is how many identities each half of the window remembers: about
// ten megabytes together.
const recentEvents = 50_000

// window remembers the identities that were accepted last, in two halves: when
// the new one is full, the old one is forgotten.
type window struct {
	mu       sync.Mutex
	young    map[identityKey]event.Digest
	old      map[identityKey]event.Digest
	capacity int
}

// identityKey stands for an identity in little memory.
type identityKey [16]byte

func keyOf(id event.Identity) identityKey {
	// None of the three holds a line feed: the door has seen to it.
	sum := sha256.Sum256([]byte(id.Subject + "\n" + id.Source + "\n" + id.ID))
	return identityKey(sum[:16])
}

func newWindow(capacity int) *window {
	return &window{young: map[identityKey]event.Digest{}, capacity: capacity}
}

func (w *window) find(key identityKey) (event.Digest, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.young[key]; ok {
		return d, true
	}
	d, ok := w.old[key]
	return d, ok
}

// add remembers the first content of an identity.
func (w *window) add(key identityKey, digest event.Digest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.young) >= w.capacity {
		w.old, w.young = w.young, make(map[identityKey]event.Digest, w.capacity)
	}
	w.young[key] = digest
}
