package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"amparo/services/access"
	"amparo/services/desk"
)

const (
	// LongestMute is how long an alert can be muted at a time.
	LongestMute = 30 * 24 * time.Hour
	// mostEnded is how many ended handlings are kept in memory, for the history; the log
	// has all.
	mostEnded = 2000
	// mostActs bounds what one handling keeps in memory.
	mostActs = 200
)

// Errors that people can correct.
var (
	// ErrNoAlert means that there is no such alert for this viewer, or no longer.
	ErrNoAlert = errors.New("esta alerta ya no está o no es suya · this alert is gone or is not yours")
	// ErrChanged means that somebody else acted since the page was made.
	ErrChanged = errors.New("otra persona actuó mientras tanto: mire de nuevo · somebody else acted meanwhile: look again")
	// ErrRequest means that the form asks for nothing that there is.
	ErrRequest = errors.New("elija una de las opciones · choose one of the options")
	// ErrUntil means that a mute has no good end.
	ErrUntil = errors.New("el silencio debe terminar después de ahora y en 30 días a más tardar · a mute must end after now and within 30 days")
)

// A Book knows the queue and what was done about it.
type Book struct {
	recorder    access.Recorder
	departments []string
	now         func() time.Time

	mu       sync.Mutex
	asOf     time.Time
	alerts   []Alert // of the last board
	at       map[string]int
	handling map[string]*Handling // what stands, by alert
	ended    []*Handling          // the last ones, the oldest first
}

// Read reads what was done from the rows of the access log, the oldest first.
func Read(rows iter.Seq2[Act, error], recorder access.Recorder, departments []string, now func() time.Time) (*Book, error) {
	b := &Book{recorder: recorder, departments: departments, now: now, at: map[string]int{}, handling: map[string]*Handling{}}
	for act, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("read what was done about alerts: %w", err)
		}
		b.apply(&act)
	}
	return b, nil
}

// Deeds are what is recorded of alerts.
func Deeds() []access.Deed {
	return []access.Deed{access.AlertTaken, access.AlertHandedOver, access.AlertAcknowledged, access.AlertMuted, access.AlertUnmuted, access.AlertEnded}
}

// ReadAct reads an act from an entry of the access log; it is not ok where the entry tells
// of something else.
func ReadAct(at time.Time, e access.Entry) (a Act, ok bool) {
	if !slices.Contains(Deeds(), e.Did) {
		return a, false
	}
	a = Act{At: at, Who: e.Who, Role: e.Role, Did: e.Did, ID: e.Object}
	if json.Unmarshal([]byte(e.Detail), &a.Detail) != nil {
		return a, false
	}
	a.Alert.ID = a.ID
	return a, true
}

func (b *Book) apply(a *Act) {
	h := b.handling[a.ID]
	if h == nil {
		h = &Handling{Alert: a.Alert}
		b.handling[a.ID] = h
	}
	if len(h.Acts) >= mostActs {
		h.Acts = slices.Delete(h.Acts, 1, 2) // The first says how long it waited.
	}
	h.add(a)
	if a.Did != access.AlertEnded {
		return
	}
	delete(b.handling, a.ID)
	if b.ended = append(b.ended, h); len(b.ended) > mostEnded {
		b.ended = slices.Delete(b.ended, 0, len(b.ended)-mostEnded)
	}
}

// record writes an act into the log, and then lets it count.
func (b *Book) record(ctx context.Context, a *Act) error {
	detail, err := json.Marshal(&a.Detail)
	if err != nil {
		return fmt.Errorf("encode what was done about an alert: %w", err)
	}
	if err := b.recorder.Record(ctx, access.Entry{Who: a.Who, Role: a.Role, Did: a.Did, Object: a.ID, Detail: string(detail)}); err != nil {
		return fmt.Errorf("record what was done about an alert: %w", err)
	}
	b.apply(a)
	return nil
}

// Counted takes the alerts of a new board. What was handled and stands no more has ended.
func (b *Book) Counted(ctx context.Context, board *desk.Board) error {
	alerts := Alerts(board, b.departments)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asOf, b.alerts, b.at = board.AsOf, alerts, make(map[string]int, len(alerts))
	for i := range alerts {
		b.at[alerts[i].ID] = i
	}
	var errs []error
	for id, h := range b.handling {
		if _, stands := b.at[id]; !stands {
			errs = append(errs, b.record(ctx, &Act{At: board.AsOf, Did: access.AlertEnded, ID: id, Detail: Detail{Alert: h.Alert}}))
		}
	}
	return errors.Join(errs...)
}

// A Line is an alert with where it stands. Nobody may change what it points to.
type Line struct {
	*Alert
	State    State
	Handling *Handling
}

// untouched is what was done about an alert of which nothing was.
var untouched = &Handling{}

// A View is the queue at an instant, as far as one viewer may see it.
type View struct {
	AsOf  time.Time // zero before the first count
	Lines []Line
}

// Queue is the queue of a viewer: what waits for somebody first, then what has stood the
// longest.
func (b *Book) Queue(v access.Viewer) View {
	now, scope := b.now(), v.Queue()
	b.mu.Lock()
	defer b.mu.Unlock()
	apart := make([][]Line, len(States()))
	n := 0
	for i := range b.alerts {
		if a := &b.alerts[i]; scope.Holds(a.Place, a.Institution) {
			l := b.line(a, now)
			rank := slices.Index(States(), l.State)
			apart[rank] = append(apart[rank], l)
			n++
		}
	}
	out := View{AsOf: b.asOf, Lines: make([]Line, 0, n)}
	for _, lines := range apart {
		out.Lines = append(out.Lines, lines...)
	}
	return out
}

func (b *Book) line(a *Alert, now time.Time) Line {
	h := b.handling[a.ID]
	l := Line{Alert: a, State: StateOf(a, h, now), Handling: untouched}
	if h != nil {
		as := *h
		as.Acts = slices.Clone(h.Acts)
		l.Handling = &as
	}
	return l
}

// Find is one alert of a viewer's queue.
func (b *Book) Find(v access.Viewer, id string) (Line, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := b.at[id]
	if !ok || !v.Queue().Holds(b.alerts[i].Place, b.alerts[i].Institution) {
		return Line{}, ErrNoAlert
	}
	return b.line(&b.alerts[i], b.now()), nil
}

// A Request is what somebody wants to do about an alert.
type Request struct {
	Did    access.Deed
	To     string
	Reason Reason
	Until  time.Time
	// Seen is how many acts there were on the page that was looked at, and Through how far
	// the alert reached on it.
	Seen    int
	Through time.Time
}

// Act does something about an alert for a viewer. mayTake tells whether an account can be
// given alerts of a place and an institution.
func (b *Book) Act(ctx context.Context, v access.Viewer, id string, r Request, mayTake func(name string, a *Alert) bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := b.at[id]
	if !ok || !v.May(access.HandleAlerts) || !v.Queue().Holds(b.alerts[i].Place, b.alerts[i].Institution) {
		return ErrNoAlert
	}
	now, alert := b.now(), b.alerts[i]
	acts := 0
	if h := b.handling[id]; h != nil {
		acts = len(h.Acts)
	}
	if r.Seen != acts {
		return ErrChanged
	}
	if !r.Through.IsZero() && r.Through.Before(alert.Through) {
		alert.Through = r.Through // What came after the page was made was not seen.
	}
	a := Act{At: now, Who: v.Name, Role: v.Role, Did: r.Did, ID: id, Detail: Detail{Alert: alert}}
	switch r.Did {
	case access.AlertTaken, access.AlertUnmuted:
	case access.AlertHandedOver:
		if a.To = strings.TrimSpace(r.To); a.To == "" || !mayTake(a.To, &alert) {
			return ErrRequest
		}
	case access.AlertAcknowledged:
		if a.Reason = r.Reason; !slices.Contains(Reasons(), r.Reason) {
			return ErrRequest
		}
	case access.AlertMuted:
		if a.Until = r.Until.UTC(); !a.Until.After(now) || a.Until.After(now.Add(LongestMute)) {
			return ErrUntil
		}
	default:
		return ErrRequest
	}
	return b.record(ctx, &a)
}
