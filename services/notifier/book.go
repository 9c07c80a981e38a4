package notifier

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// A book holds the obligations of which something is to be announced soon,
// ordered by when, and the notices that are not yet copied into the store. One
// lock guards both: what an obligation is to announce next is always worked out
// from everything that has been announced.
type book struct {
	leads *Leads

	mu      sync.Mutex
	since   time.Time
	until   time.Time // obligations with nothing to announce by then are not kept
	entries map[obligation.Key]*entry
	order   byInstant
	// uncopied are notices of the stream that the store may not have yet, in
	// order; said finds them by obligation.
	uncopied []store.Announcement
	said     map[obligation.Key][]store.Announcement
	last     uint64 // sequence of the newest notice that is accounted for
}

// An entry is one obligation with its next notice.
type entry struct {
	row     obligation.Obligation
	history History
	goneAt  time.Time // when the row was found missing, zero while it is there
	learned time.Time // when the notifier learned of it, where that was after the start
	kind    Kind
	at      time.Time
	index   int // in order; -1 while its notice is on the way
}

func newBook(leads *Leads, since time.Time, last uint64) *book {
	return &book{leads: leads, since: since, last: last,
		entries: map[obligation.Key]*entry{}, said: map[obligation.Key][]store.Announcement{}}
}

// goneFor is how long an obligation must be missing from the store before that
// is announced: while all is judged again, one may be missing for a moment.
const goneFor = time.Minute

// next is the rule of notices for an entry.
func (b *book) next(e *entry, now time.Time) (Kind, time.Time, bool) {
	if !e.goneAt.IsZero() {
		return Cleared, e.goneAt.Add(goneFor), e.history.claims()
	}
	if !b.leads.announces(e.row.Kind) && !e.history.claims() {
		return "", time.Time{}, false
	}
	return Next(&e.row, e.history, Circumstances{Now: now, Since: b.since, Lead: b.leads.For(&e.row)})
}

// put takes in an obligation as the store has it, with what the store has of its
// notices.
func (b *book) put(e *entry, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := e.row.Key()
	for _, a := range b.said[key] {
		e.history = e.history.With(a)
	}
	if old := b.entries[key]; old != nil {
		if !old.goneAt.IsZero() && !e.goneAt.IsZero() {
			e.goneAt = old.goneAt
		}
		if old.index < 0 {
			// Its notice is on the way; what follows is worked out after that.
			old.row, old.history, old.goneAt = e.row, e.history, e.goneAt
			return
		}
		heap.Remove(&b.order, old.index)
		delete(b.entries, key)
	}
	b.place(e, now)
}

// place keeps the entry if it has something to announce soon.
func (b *book) place(e *entry, now time.Time) {
	kind, at, ok := b.next(e, now)
	if !ok || at.After(b.until) {
		delete(b.entries, e.row.Key())
		return
	}
	e.kind, e.at = kind, at
	b.entries[e.row.Key()] = e
	heap.Push(&b.order, e)
}

// wants reports whether put would keep the entry, or has to because it is kept
// already.
func (b *book) wants(e *entry, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[e.row.Key()] != nil {
		return true
	}
	probe := *e
	for _, a := range b.said[e.row.Key()] {
		probe.history = probe.history.With(a)
	}
	_, at, ok := b.next(&probe, now)
	return ok && !at.After(b.until)
}

// A dueNotice is a notice taken from the book to be announced.
type dueNotice struct {
	entry   *entry
	row     obligation.Obligation
	kind    Kind
	before  int       // how many notices of the obligation went before
	becomes time.Time // when it became due, or was learned of where that was later; zero where neither is known
}

// take gives up to limit notices that are due, and the sequence of the newest
// notice that they follow. Their entries stay in the book, on the way, until
// settle.
func (b *book) take(now time.Time, limit int) (due []dueNotice, after uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(due) < limit && len(b.order) > 0 && !b.order[0].at.After(now) {
		e := heap.Pop(&b.order).(*entry)
		// The passing of time may have changed what there is to say.
		kind, at, ok := b.next(e, now)
		if !ok || at.After(now) {
			b.place(e, now)
			continue
		}
		e.kind, e.at, e.index = kind, at, -1
		d := dueNotice{entry: e, row: e.row, kind: kind, before: e.history.Count, becomes: at}
		if e.learned.After(at) {
			d.becomes = e.learned
		}
		if !d.becomes.IsZero() && b.since.After(d.becomes) {
			d.becomes = b.since // Nobody was there to tell before.
		}
		due = append(due, d)
	}
	return due, b.last
}

// settle ends the way of some notices, whatever became of them.
func (b *book) settle(due []dueNotice, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range due {
		b.place(d.entry, now)
	}
}

// announced takes in notices of the stream, in order.
func (b *book) announced(list []store.Announcement) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range list {
		if a.Seq <= b.last {
			continue
		}
		b.last = a.Seq
		b.uncopied = append(b.uncopied, a)
		b.said[a.Key] = append(b.said[a.Key], a)
		if e := b.entries[a.Key]; e != nil {
			e.history = e.history.With(a)
		}
	}
}

// toCopy are the notices to be copied into the store.
func (b *book) toCopy() []store.Announcement {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clip(b.uncopied)
}

// copied forgets the first n of them: whoever reads the store from now on finds
// them there.
func (b *book) copied(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.uncopied[:n] {
		if rest := b.said[a.Key][1:]; len(rest) > 0 {
			b.said[a.Key] = rest
		} else {
			delete(b.said, a.Key)
		}
	}
	b.uncopied = append([]store.Announcement(nil), b.uncopied[n:]...)
}

// gone are the cases of obligations that are missing from the store.
func (b *book) gone() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for key, e := range b.entries {
		if !e.goneAt.IsZero() {
			ids = append(ids, key.CaseID)
		}
	}
	return ids
}

// extend moves the bounds of what is kept.
func (b *book) extend(since, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.since, b.until = since, until
}

// waiting is how many entries there are and when the next is due: zero when
// there is none, or some are due at once or on the way.
func (b *book) waiting() (n int, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.order) > 0 && len(b.order) == len(b.entries) {
		next = b.order[0].at
	}
	return len(b.entries), next
}

// byInstant is a heap of entries.
type byInstant []*entry

func (o byInstant) Len() int           { return len(o) }
func (o byInstant) Less(i, j int) bool { return o[i].at.Before(o[j].at) }
func (o byInstant) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

// Push implements heap.Interface.
func (o *byInstant) Push(x any) {
	e := x.(*entry)
	e.index = len(*o)
	*o = append(*o, e)
}

// Pop implements heap.Interface.
func (o *byInstant) Pop() any {
	old := *o
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*o = old[:len(old)-1]
	return e
}

// accounted is the sequence of the newest notice that is accounted for.
func (b *book) accounted() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}
