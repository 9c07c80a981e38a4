package queue

import (
	"cmp"
	"slices"
	"time"

	"amparo/services/access"
)

// A Response is how soon alerts of a kind were taken up. Those that nobody has taken up are
// counted beside: a time of those alone that were says too little.
type Response struct {
	Kind     Kind
	Handled  int           // of which somebody did something
	Known    int           // of these, how many have a beginning
	Half     time.Duration // half of the known ones waited no longer
	Most     time.Duration // nine of ten
	Untaken  int           // that stand and nobody has taken up
	LongestU time.Duration // how long the oldest of these has stood
}

// A History is what was done about alerts, as far as one viewer may see it.
type History struct {
	AsOf      time.Time
	Acts      []Act // the newest first
	Responses []Response
}

// scopeOf is what a viewer may see of the history: an auditor all of it.
func scopeOf(v access.Viewer) access.Scope {
	if v.May(access.ReadLog) {
		return access.Scope{Everywhere: true}
	}
	return v.Queue()
}

// History is what was done about alerts that a viewer may see, and how soon.
func (b *Book) History(v access.Viewer) History {
	now, scope := b.now(), scopeOf(v)
	b.mu.Lock()
	defer b.mu.Unlock()
	out := History{AsOf: b.asOf}
	waits := map[Kind][]time.Duration{}
	handled := map[Kind]int{}
	take := func(h *Handling) {
		if !scope.Holds(h.Place, h.Institution) {
			return
		}
		handled[h.Kind]++
		if waited, known := h.Waited(); known {
			waits[h.Kind] = append(waits[h.Kind], waited)
		}
		out.Acts = append(out.Acts, h.Acts...)
	}
	for _, h := range b.ended {
		take(h)
	}
	for _, h := range b.handling {
		take(h)
	}
	slices.SortStableFunc(out.Acts, func(x, y Act) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(x.ID, y.ID)) })
	for _, kind := range Kinds() {
		r := Response{Kind: kind, Handled: handled[kind], Known: len(waits[kind])}
		if r.Known > 0 {
			slices.Sort(waits[kind])
			r.Half, r.Most = waits[kind][(r.Known-1)/2], waits[kind][(9*r.Known+9)/10-1]
		}
		for i := range b.alerts {
			a := &b.alerts[i]
			if a.Kind != kind || b.handling[a.ID] != nil || !scope.Holds(a.Place, a.Institution) {
				continue
			}
			r.Untaken++
			if !a.Since.IsZero() {
				r.LongestU = max(r.LongestU, now.Sub(a.Since))
			}
		}
		out.Responses = append(out.Responses, r)
	}
	return out
}
