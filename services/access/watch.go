package access

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ManyCases is how many looks at cases within an hour are more than the work of
// one person needs: the auditor is told.
const ManyCases = 60

// A Watch passes entries on to the access log, counts them, and tells the auditor
// when an account looks at very many cases.
type Watch struct {
	next    Recorder
	now     func() time.Time
	entries *prometheus.CounterVec

	mu    sync.Mutex
	looks map[string]*looks
}

// looks are those of one account within an hour that began with the first.
type looks struct {
	since time.Time
	n     int
}

// NewWatch watches what a recorder is given. Every deed has a counter from the
// start, so that the first one shows as a rise.
func NewWatch(next Recorder, now func() time.Time, reg prometheus.Registerer) *Watch {
	w := &Watch{
		next: next, now: now, looks: map[string]*looks{},
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_access_entries_total", Help: "Entries of the access log, by what was done.",
		}, []string{"did"}),
	}
	for _, did := range Deeds() {
		w.entries.WithLabelValues(string(did))
	}
	reg.MustRegister(w.entries)
	return w
}

// Record implements Recorder.
func (w *Watch) Record(ctx context.Context, e Entry) error {
	if err := w.next.Record(ctx, e); err != nil {
		return err
	}
	w.entries.WithLabelValues(string(e.Did)).Inc()
	if e.Did != CaseSeen || !w.isMany(e.Who) {
		return nil
	}
	return w.Record(ctx, Entry{Who: e.Who, Role: e.Role, Did: ManyCasesSeen, Detail: fmt.Sprintf("%d within an hour", ManyCases)})
}

// isMany counts a look, and reports whether it is the one too many.
func (w *Watch) isMany(who string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	l := w.looks[who] // As many as there are accounts.
	if l == nil || now.Sub(l.since) >= time.Hour {
		l = &looks{since: now}
		w.looks[who] = l
	}
	l.n++
	return l.n == ManyCases
}
