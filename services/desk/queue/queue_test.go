package queue_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"amparo/pipeline/store"
	"amparo/services/access"
	"amparo/services/access/ledger"
	"amparo/services/desk"
	"amparo/services/desk/queue"
)

var (
	start  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	nora   = access.Viewer{Name: "nora", Role: access.National}
	nelly  = access.Viewer{Name: "nelly", Role: access.National}
	saul   = access.Viewer{Name: "saul", Role: access.Steward, Institution: "court-1"}
	olga   = access.Viewer{Name: "olga", Role: access.Auditor}
	places = []string{"04", "15", "21"}
)

// board is what was counted: one court with two missed and one due, another with one
// missed, and who was heard when.
func board(at time.Time, more ...store.Standing) *desk.Board {
	standing := []store.Standing{
		{Duty: "measures-decided", Institution: "court-1", Province: "1501", Overdue: 1, Count: 1, FirstDue: start.Add(-3 * time.Hour), LastDue: start.Add(-3 * time.Hour)},
		{Duty: "measures-decided", Institution: "court-1", Province: "1501", Overdue: 7, Count: 1, FirstDue: start.Add(-50 * time.Hour), LastDue: start.Add(-50 * time.Hour)},
		{Duty: "measures-decided", Institution: "court-1", Province: "1501", Count: 1, FirstDue: start.Add(5 * time.Hour), LastDue: start.Add(5 * time.Hour)},
		{Duty: "measures-decided", Institution: "court-2", Province: "0401", Overdue: 1, Count: 1, FirstDue: start.Add(-2 * time.Hour), LastDue: start.Add(-2 * time.Hour)},
	}
	return &desk.Board{AsOf: at, Standing: append(standing, more...), Reporters: []store.Reporter{
		{Origin: store.ByDepartment, Name: "15", LastAt: start.Add(-time.Hour), Day: 7}, {Origin: store.ByDepartment, Name: "04", LastAt: start.Add(-30 * time.Hour)},
	}}
}

// A house is a book over a real access log, on a clock of its own.
type house struct {
	t    *testing.T
	dir  string
	now  time.Time
	log  *ledger.Ledger
	book *queue.Book
}

func open(t *testing.T) *house {
	h := &house{t: t, dir: t.TempDir(), now: start}
	h.restart()
	h.count(board(start))
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// restart reads everything anew from the log.
func (h *house) restart() {
	h.t.Helper()
	var err error
	if h.log != nil {
		h.must(h.log.Close())
	}
	h.log, err = ledger.Open(ledger.Config{Dir: h.dir, Now: func() time.Time { return h.now }})
	h.must(err)
	h.t.Cleanup(func() { h.log.Close() })
	h.book, err = queue.Read(h.acts(), h.log, places, func() time.Time { return h.now })
	h.must(err)
}

func (h *house) acts() iter.Seq2[queue.Act, error] {
	return func(yield func(queue.Act, error) bool) {
		for row, err := range h.log.Rows(context.Background(), ledger.Filter{}) {
			if act, ok := queue.ReadAct(row.At, row.Entry); (ok || err != nil) && !yield(act, err) {
				return
			}
		}
	}
}

func (h *house) count(b *desk.Board) { h.t.Helper(); h.must(h.book.Counted(h.t.Context(), b)) }

// line is the alert of a kind at an institution, or about a place.
func (h *house) line(v access.Viewer, kind queue.Kind, of string) queue.Line {
	h.t.Helper()
	for _, l := range h.book.Queue(v).Lines {
		if l.Kind == kind && (l.Institution == of || l.Institution == "" && l.Place == of) {
			return l
		}
	}
	h.t.Fatalf("%s sees no %s alert of %s", v.Name, kind, of)
	return queue.Line{}
}

func (h *house) act(v access.Viewer, l queue.Line, r queue.Request) error {
	r.Seen, r.Through = len(l.Handling.Acts), l.Through
	return h.book.Act(h.t.Context(), v, l.ID, r, func(name string, a *queue.Alert) bool {
		return name == "nelly" || name == "saul" && a.Institution == "court-1"
	})
}

func TestTheQueueAddsUpWhatStandsByInstitutionAndNamesWhoIsSilent(t *testing.T) {
	h := open(t)
	view := h.book.Queue(nora)
	if len(view.Lines) != 5 || view.Lines[0].Institution != "court-1" || view.Lines[0].Kind != queue.Due {
		t.Fatalf("%d alerts, the first %+v", len(view.Lines), view.Lines[0].Alert)
	}
	late := h.line(nora, queue.Overdue, "court-1")
	if late.Count != 2 || !late.Since.Equal(start.Add(-50*time.Hour)) || !late.Through.Equal(start.Add(-3*time.Hour)) {
		t.Errorf("%+v", late.Alert)
	}
	if due := h.line(nora, queue.Due, "court-1"); !due.Since.Equal(start.Add(-19*time.Hour)) || !due.First.Equal(start.Add(5*time.Hour)) {
		t.Errorf("%+v", due.Alert)
	}
	if quiet := h.line(nora, queue.Silent, "04"); !quiet.Since.Equal(start.Add(-6 * time.Hour)) {
		t.Errorf("%+v", quiet.Alert)
	}
	if never := h.line(nora, queue.Silent, "21"); !never.Since.IsZero() {
		t.Errorf("a department that was never heard is silent since %s", never.Since)
	}
	own := h.book.Queue(saul).Lines
	if len(own) != 2 || slices.ContainsFunc(own, func(l queue.Line) bool { return l.Institution != "court-1" }) {
		t.Errorf("the steward sees %+v", own)
	}
	if lines := h.book.Queue(olga).Lines; len(lines) != 0 {
		t.Errorf("who may not see the queue sees %d alerts", len(lines))
	}
}

func TestAnAcknowledgedAlertComesBackWhenThereIsMore(t *testing.T) {
	h := open(t)
	l := h.line(nora, queue.Overdue, "court-1")
	h.must(h.act(nora, l, queue.Request{Did: access.AlertAcknowledged, Reason: queue.Contacted}))
	if l = h.line(nora, queue.Overdue, "court-1"); l.State != queue.Acknowledged || l.Handling.Owner != "nora" {
		t.Errorf("%s, in charge %q", l.State, l.Handling.Owner)
	}
	h.now = start.Add(2 * time.Hour)
	h.count(board(h.now))
	if l = h.line(nora, queue.Overdue, "court-1"); l.State != queue.Acknowledged {
		t.Errorf("nothing came, and it is %s", l.State)
	}
	more := store.Standing{Duty: "measures-decided", Institution: "court-1", Province: "1501", Overdue: 1, Count: 1, FirstDue: start.Add(time.Hour), LastDue: start.Add(time.Hour)}
	h.count(board(h.now, more))
	if l = h.line(nora, queue.Overdue, "court-1"); l.State != queue.Again {
		t.Errorf("one more is overdue, and it is %s", l.State)
	}
	// What came after the page was made was not seen, and is not acknowledged.
	before := *l.Alert
	before.Through = start.Add(-3 * time.Hour)
	old := queue.Line{Alert: &before, State: l.State, Handling: l.Handling}
	h.must(h.act(nora, old, queue.Request{Did: access.AlertAcknowledged, Reason: queue.Contacted}))
	if l = h.line(nora, queue.Overdue, "court-1"); l.State != queue.Again {
		t.Errorf("an old page acknowledges what it did not show: %s", l.State)
	}
}

func TestAMuteEndsByItself(t *testing.T) {
	h := open(t)
	l := h.line(nora, queue.Silent, "04")
	for _, until := range []time.Time{start, start.Add(31 * 24 * time.Hour), {}} {
		if err := h.act(nora, l, queue.Request{Did: access.AlertMuted, Until: until}); !errors.Is(err, queue.ErrUntil) {
			t.Errorf("muted until %s: %v", until, err)
		}
	}
	h.must(h.act(nora, l, queue.Request{Did: access.AlertMuted, Until: start.Add(4 * time.Hour)}))
	if l = h.line(nora, queue.Silent, "04"); l.State != queue.Muted {
		t.Errorf("it is %s", l.State)
	}
	h.now = start.Add(4 * time.Hour)
	if l = h.line(nora, queue.Silent, "04"); l.State != queue.Taken {
		t.Errorf("after its end it is %s", l.State)
	}
	h.must(h.act(nora, l, queue.Request{Did: access.AlertMuted, Until: start.Add(9 * time.Hour)}))
	l = h.line(nora, queue.Silent, "04")
	h.must(h.act(nora, l, queue.Request{Did: access.AlertUnmuted}))
	if l = h.line(nora, queue.Silent, "04"); l.State != queue.Taken {
		t.Errorf("unmuted it is %s", l.State)
	}
}

func TestOnlyWhoMayDoesWhatThereIs(t *testing.T) {
	h := open(t)
	l, other := h.line(nora, queue.Overdue, "court-1"), h.line(nora, queue.Overdue, "court-2")
	for _, c := range []struct {
		who  access.Viewer
		line queue.Line
		r    queue.Request
		want error
	}{
		{saul, other, queue.Request{Did: access.AlertTaken}, queue.ErrNoAlert},
		{olga, l, queue.Request{Did: access.AlertTaken}, queue.ErrNoAlert},
		{nora, queue.Line{Alert: &queue.Alert{}, Handling: &queue.Handling{}}, queue.Request{Did: access.AlertTaken}, queue.ErrNoAlert},
		{nora, l, queue.Request{Did: access.AlertEnded}, queue.ErrRequest},
		{nora, l, queue.Request{Did: access.AlertAcknowledged, Reason: "because I say so"}, queue.ErrRequest},
		{nora, l, queue.Request{Did: access.AlertHandedOver}, queue.ErrRequest},
		{nora, other, queue.Request{Did: access.AlertHandedOver, To: "saul"}, queue.ErrRequest},
		{nora, l, queue.Request{Did: access.AlertHandedOver, To: "saul"}, nil},
		{nelly, l, queue.Request{Did: access.AlertTaken}, queue.ErrChanged}, // The page is from before.
	} {
		if err := h.act(c.who, c.line, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s, %s: %v, want %v", c.who.Name, c.r.Did, err, c.want)
		}
	}
	if l = h.line(saul, queue.Overdue, "court-1"); l.Handling.Owner != "saul" || l.State != queue.Taken {
		t.Errorf("%+v", l)
	}
}

func TestWhatWasDoneIsReadBackFromTheLogAndWhatEndedSaysSo(t *testing.T) {
	h := open(t)
	h.now = start.Add(time.Hour)
	h.must(h.act(nora, h.line(nora, queue.Overdue, "court-2"), queue.Request{Did: access.AlertTaken}))
	h.must(h.act(nelly, h.line(nora, queue.Overdue, "court-1"), queue.Request{Did: access.AlertAcknowledged, Reason: queue.PassedOn}))
	h.restart()
	h.count(board(h.now))
	l := h.line(nora, queue.Overdue, "court-1")
	if l.State != queue.Acknowledged || l.Handling.Acknowledged.Reason != queue.PassedOn || l.Handling.Owner != "nelly" {
		t.Errorf("after a restart: %+v", l)
	}
	gone := board(h.now)
	gone.Standing = gone.Standing[:3] // The one of the other court was done.
	h.now = start.Add(3 * time.Hour)
	h.count(gone)
	h.restart()
	h.count(gone)
	history := h.book.History(olga)
	if len(history.Acts) != 3 || history.Acts[0].Did != access.AlertEnded || history.Acts[0].Who != "" || history.Acts[0].Institution != "court-2" {
		t.Fatalf("%d acts, %+v", len(history.Acts), history.Acts)
	}
	var late queue.Response
	for _, r := range history.Responses {
		if r.Kind == queue.Overdue {
			late = r
		}
	}
	// Two hours and one after its deadline, and fifty and one.
	if late.Handled != 2 || late.Known != 2 || late.Half != 3*time.Hour || late.Most != 51*time.Hour || late.Untaken != 0 {
		t.Errorf("%+v", late)
	}
	if acts := h.book.History(saul).Acts; len(acts) != 1 || acts[0].Institution != "court-1" {
		t.Errorf("the steward sees %+v", acts)
	}
	// The same comes up again: it is a new one that nobody has taken up.
	h.count(board(h.now))
	if l := h.line(nora, queue.Overdue, "court-2"); l.State != queue.Open || len(l.Handling.Acts) != 0 {
		t.Errorf("%+v", l)
	}
	report, err := h.log.Verify(t.Context())
	if err != nil || !report.Whole() {
		t.Errorf("the chain: %v %+v", err, report)
	}
}

type broken struct{}

func (broken) Record(context.Context, access.Entry) error { return errors.New("the disk is full") }

func TestWhatCannotBeRecordedIsNotDone(t *testing.T) {
	book, err := queue.Read(func(func(queue.Act, error) bool) {}, broken{}, places, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Counted(t.Context(), board(start)); err != nil {
		t.Fatal(err)
	}
	id := book.Queue(nora).Lines[0].ID
	if err := book.Act(t.Context(), nora, id, queue.Request{Did: access.AlertTaken}, nil); err == nil {
		t.Error("no error")
	}
	if l, err := book.Find(nora, id); err != nil || l.State != queue.Open {
		t.Errorf("%+v %v", l, err)
	}
}
